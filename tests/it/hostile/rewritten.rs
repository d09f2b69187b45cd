//! The past is rewritten: what was published is changed, renumbered, or left out.

use serde_json::json;

use super::court::{digest, entry};
use super::{After, Check, Court, Make, Proposal};
use After::{Nothing, Refused};
use Check::Red;
use Make::Tree;

const SAME: &str = "it is on the default branch and does not change";
const LOST: &str = "has a receipt but no entry";

const PROPOSALS: &[Proposal] = &[
    Proposal {
        name: "the digest of a published version is another",
        make: Tree(|court| court.edit(|m| entry(m, "prices.csv", "v1")["sha256"] = digest(b"other").into())),
        check: Red(1, "prices.csv v1: sha256: it is on the default branch and does not change"),
        after: Refused(6, LOST),
    },
    Proposal {
        name: "the size of a published version is another",
        make: Tree(|court| court.edit(|m| entry(m, "prices.csv", "v1")["size"] = 9.into())),
        check: Red(1, SAME),
        after: Nothing,
    },
    Proposal {
        name: "the words of a published version are others",
        make: Tree(|court| court.edit(|m| entry(m, "prices.csv", "v1")["message"] = "approved by everybody".into())),
        check: Red(1, "prices.csv v1: message"),
        after: Nothing,
    },
    Proposal {
        name: "a published version gets another number",
        make: Tree(|court| court.edit(|m| entry(m, "prices.csv", "v2")["version"] = "v3".into())),
        check: Red(1, "prices.csv v2: versions: an entry never disappears"),
        after: Refused(6, LOST),
    },
    Proposal {
        name: "a published number is used again, for other bytes that are there",
        make: Tree(|court| {
            court.edit(|m| m["datasets"]["prices.csv"]["versions"].as_array_mut().unwrap().truncate(1));
            court.offer("other.csv", "v1", b"swindle\n", json!({}));
            court.edit(|m| {
                let swindle = m["datasets"]["other.csv"]["versions"][0].take();
                m["datasets"].as_object_mut().unwrap().remove("other.csv");
                m["datasets"]["prices.csv"]["versions"].as_array_mut().unwrap().push(swindle);
            });
        }),
        check: Red(1, "prices.csv v1: sha256"),
        after: Refused(6, LOST),
    },
    Proposal {
        name: "a published version becomes pending again",
        make: Tree(|court| {
            court.edit(|m| {
                let members = entry(m, "prices.csv", "v2").as_object_mut().unwrap();
                members.insert("state".to_owned(), "pending".into());
                members.remove("commit");
                members.remove("published");
            });
        }),
        check: Red(1, "prices.csv v2: state: published cannot become pending"),
        after: Nothing,
    },
    Proposal {
        name: "an entry is left out",
        make: Tree(|court| {
            court.edit(|m| drop(m["datasets"]["prices.csv"]["versions"].as_array_mut().unwrap().remove(1)))
        }),
        check: Red(1, "prices.csv v1: versions: an entry never disappears"),
        after: Refused(6, LOST),
    },
    Proposal {
        name: "a dataset is left out",
        make: Tree(|court| court.edit(|m| drop(m["datasets"].as_object_mut().unwrap().remove("costs.csv")))),
        check: Red(1, "costs.csv: versions: a dataset never disappears"),
        after: Refused(6, LOST),
    },
    Proposal {
        name: "everything is left out",
        make: Tree(|court| court.edit(|m| m["datasets"] = json!({}))),
        check: Red(1, "a dataset never disappears"),
        after: Refused(6, LOST),
    },
    Proposal {
        name: "a tombstone is left out",
        make: Tree(|court| court.edit(|m| m["datasets"]["gone.csv"]["versions"] = json!([]))),
        check: Red(1, "gone.csv v1: versions: an entry never disappears"),
        after: Refused(6, LOST),
    },
    Proposal {
        name: "a purged version is live again",
        make: Tree(|court| court.edit(|m| entry(m, "gone.csv", "v1")["state"] = "published".into())),
        check: Red(1, "gone.csv v1: state: purged cannot become published"),
        after: Refused(1, "gone.csv stands still"),
    },
    Proposal {
        name: "a purged version is pending again, and its bytes are back in staging",
        make: Tree(|court| {
            court.offer("spare.csv", "v1", b"gone\n", json!({}));
            court.edit(|m| {
                let again = m["datasets"]["spare.csv"]["versions"].take();
                m["datasets"].as_object_mut().unwrap().remove("spare.csv");
                m["datasets"]["gone.csv"]["versions"] = again;
            });
        }),
        check: Red(1, "gone.csv v1: state: purged cannot become pending"),
        after: Refused(4, "gone.csv v1 is not in production"),
    },
    Proposal {
        name: "the grace period began long ago",
        make: Tree(|court| {
            court.edit(|m| {
                entry(m, "prices.csv", "v1")["state"] = "retired".into();
                entry(m, "prices.csv", "v1")["retired"] = "2020-01-01T00:00:00Z".into();
            });
        }),
        check: Red(1, "prices.csv v1: retired: the publisher writes it"),
        after: Nothing,
    },
    Proposal {
        name: "a deletion without a grace period",
        make: Tree(|court| {
            court.edit(|m| {
                for member in ["retired", "purging"] {
                    entry(m, "prices.csv", "v1")[member] = "2020-01-01T00:00:00Z".into();
                }
                entry(m, "prices.csv", "v1")["state"] = "purging".into();
            });
        }),
        check: Red(1, "prices.csv v1: state: published cannot become purging"),
        after: Nothing,
    },
    Proposal {
        name: "a deletion that is said to be done",
        make: Tree(|court| court.edit(|m| entry(m, "prices.csv", "v1")["state"] = "purged".into())),
        check: Red(1, "prices.csv v1: state: published cannot become purged"),
        after: Nothing,
    },
    Proposal {
        name: "the proof of a publication names another commit",
        make: Tree(|court| court.edit(|m| entry(m, "prices.csv", "v1")["commit"] = "d".repeat(40).into())),
        check: Red(1, "prices.csv v1: commit: what the publisher wrote does not change"),
        after: Nothing,
    },
    Proposal {
        name: "the time of a publication is another",
        make: Tree(|court| court.edit(|m| entry(m, "prices.csv", "v1")["published"] = "2020-01-01T00:00:00Z".into())),
        check: Red(1, "prices.csv v1: published: what the publisher wrote does not change"),
        after: Nothing,
    },
    Proposal {
        name: "a published version gets a key of its own",
        make: Tree(|court| court.edit(|m| entry(m, "prices.csv", "v1")["key"] = "costs.csv/v1".into())),
        check: Red(1, "prices.csv v1: key: it is on the default branch"),
        after: Nothing,
    },
    Proposal {
        name: "a file is a tree from now on",
        make: Tree(|court| court.edit(|m| m["datasets"]["prices.csv"]["kind"] = "tree".into())),
        check: Red(1, "prices.csv: kind: a dataset with merged versions stays a file"),
        after: Nothing,
    },
    Proposal {
        name: "a dataset is said to be renamed to one that took nothing over",
        make: Tree(|court| court.edit(|m| m["datasets"]["prices.csv"]["renamed"] = "costs.csv".into())),
        check: Red(1, "no version of costs.csv says that it is from prices.csv"),
        after: Nothing,
    },
    Proposal {
        name: "every dataset is retired at once: legal, seen in review, and undone for a month",
        make: Tree(|court| {
            court.edit(|m| {
                for (name, version) in [("prices.csv", "v1"), ("prices.csv", "v2"), ("costs.csv", "v1")] {
                    entry(m, name, version)["state"] = "retired".into();
                }
            });
        }),
        check: Check::Green,
        after: Nothing,
    },
];

#[test]
fn the_past_is_not_rewritten() {
    Court::new().judge(PROPOSALS);
}
