//! New versions that claim what is not theirs: keys, facts, numbers, the bytes of others.

use serde_json::json;

use super::court::{COSTS, TIME, V1, V2, digest};
use super::{After, Check, Court, Make, Proposal};
use After::{Live, Nothing, Refused};
use Check::{Green, Red};
use Make::Tree;

const SPELLED: &str = "its key is spelled out, which only a migrated version's may be";
const NEW: &[u8] = b"north,3\n";

const CLAIMS: &[Proposal] = &[
    Proposal {
        name: "a key inside another dataset",
        make: Tree(|court| {
            court.offer(
                "prices.csv",
                "v3",
                NEW,
                json!({"base": "v2", "key": format!("costs.csv/v2-{}.csv", digest(NEW))}),
            );
        }),
        check: Red(1, "prices.csv v3: key: only git data migrate writes it"),
        after: Refused(6, SPELLED),
    },
    Proposal {
        name: "a key that is a receipt's",
        make: Tree(|court| {
            let key = format!(".git-data/published/costs.csv/v2-{}.json", digest(NEW));
            court.offer("prices.csv", "v3", NEW, json!({"base": "v2", "key": key}));
        }),
        check: Red(1, "prices.csv v3: key: only git data migrate writes it"),
        after: Refused(6, SPELLED),
    },
    Proposal {
        name: "a key in staging that is another object's",
        make: Tree(|court| court.offer("prices.csv", "v3", NEW, json!({"base": "v2", "stagingKey": digest(COSTS)}))),
        check: Red(1, "prices.csv v3: stagingKey: only git data migrate writes it"),
        after: Refused(6, SPELLED),
    },
    Proposal {
        name: "a commit of the predecessor",
        make: Tree(|court| court.offer("prices.csv", "v3", NEW, json!({"base": "v2", "legacyCommit": "c".repeat(40)}))),
        check: Red(1, "prices.csv v3: legacyCommit: only git data migrate writes it"),
        after: Live("prices.csv v3", NEW),
    },
    Proposal {
        name: "published, says the author",
        make: Tree(|court| {
            let facts = json!({"state": "published", "base": "v2", "commit": court.base(), "published": TIME});
            court.offer("prices.csv", "v3", NEW, facts);
        }),
        check: Red(1, "prices.csv v3: state: a new version is pending, not published"),
        after: Nothing,
    },
    Proposal {
        name: "pending with the facts of a publication",
        make: Tree(|court| court.offer("prices.csv", "v3", NEW, json!({"base": "v2", "commit": court.base()}))),
        check: Red(1, "v3: a pending version cannot have it"),
        after: Refused(1, "prices.csv stands still"),
    },
    Proposal {
        name: "purged from birth",
        make: Tree(|court| {
            let facts = json!({"state": "purged", "base": "v2", "retired": TIME, "purging": TIME, "purged": TIME});
            court.offer("prices.csv", "v3", NEW, facts);
        }),
        check: Red(1, "a new version is pending, not purged"),
        after: Nothing,
    },
    Proposal {
        name: "a number that is as good as the last there is",
        make: Tree(|court| court.offer("prices.csv", "v999999999999999999", NEW, json!({"base": "v2"}))),
        check: Red(1, "leaves out too many numbers"),
        after: Live("prices.csv v999999999999999999", NEW),
    },
    Proposal {
        name: "a number with no next one",
        make: Tree(|court| court.offer("prices.csv", "v18446744073709551615", NEW, json!({"base": "v2"}))),
        check: Red(1, "is not a version like v3"),
        after: Refused(1, "prices.csv stands still"),
    },
    Proposal {
        name: "a gap, as somebody else's proposal leaves one",
        make: Tree(|court| court.offer("prices.csv", "v7", NEW, json!({"base": "v2"}))),
        check: Green,
        after: Live("prices.csv v7", NEW),
    },
    Proposal {
        name: "a number with a leading zero",
        make: Tree(|court| court.offer("prices.csv", "v03", NEW, json!({"base": "v2"}))),
        check: Red(1, "is not a version like v3"),
        after: Refused(1, "prices.csv stands still"),
    },
    Proposal {
        name: "a base that is not the latest",
        make: Tree(|court| court.offer("prices.csv", "v3", NEW, json!({"base": "v1"}))),
        check: Red(1, "it was made from v1, but v2 came in between"),
        after: Live("prices.csv v3", NEW),
    },
    Proposal {
        name: "a base that was never there",
        make: Tree(|court| court.offer("prices.csv", "v9", NEW, json!({"base": "v8"}))),
        check: Red(1, "it was made from v8, but v2 came in between"),
        after: Live("prices.csv v9", NEW),
    },
    Proposal {
        name: "a base in the future",
        make: Tree(|court| court.offer("prices.csv", "v3", NEW, json!({"base": "v4"}))),
        check: Red(1, "v4 is not a lower version"),
        after: Refused(1, "prices.csv stands still"),
    },
    Proposal {
        name: "it supersedes what was never there",
        make: Tree(|court| court.offer("prices.csv", "v9", NEW, json!({"base": "v1", "supersedes": "v8"}))),
        check: Red(1, "there is no v8"),
        after: Refused(1, "prices.csv stands still"),
    },
    Proposal {
        name: "it supersedes what it was made from",
        make: Tree(|court| court.offer("prices.csv", "v3", NEW, json!({"base": "v2", "supersedes": "v2"}))),
        check: Red(1, "v2 is the base already"),
        after: Refused(1, "prices.csv stands still"),
    },
];

const BORROWED: &[Proposal] = &[
    Proposal {
        name: "a rollback to what was never there",
        make: Tree(|court| court.claim("prices.csv", "v3", V1, json!({"base": "v2", "rollback": "v7"}))),
        check: Red(1, "there is no v7"),
        after: Refused(1, "prices.csv stands still"),
    },
    Proposal {
        name: "a rollback to what is purged",
        make: Tree(|court| court.claim("gone.csv", "v2", b"gone\n", json!({"rollback": "v1"}))),
        check: Red(1, "v1 is purged"),
        after: Refused(1, "gone.csv stands still"),
    },
    Proposal {
        name: "a rollback to the bytes of another dataset",
        make: Tree(|court| court.claim("prices.csv", "v3", COSTS, json!({"base": "v2", "rollback": "v1"}))),
        check: Red(1, "v1 has another content"),
        after: Refused(1, "prices.csv stands still"),
    },
    Proposal {
        name: "a rollback to itself",
        make: Tree(|court| court.claim("prices.csv", "v3", V1, json!({"base": "v2", "rollback": "v3"}))),
        check: Red(1, "v3 is not a lower version"),
        after: Refused(1, "prices.csv stands still"),
    },
    Proposal {
        name: "a rollback as git data makes it",
        make: Tree(|court| court.claim("prices.csv", "v3", V1, json!({"base": "v2", "rollback": "v1"}))),
        check: Green,
        after: After::Receipt("prices.csv v3", V1),
    },
    Proposal {
        name: "the bytes of another dataset, taken without renaming it",
        make: Tree(|court| court.claim("stolen.csv", "v1", COSTS, json!({"from": "costs.csv@v1"}))),
        check: Red(1, "stolen.csv v1: from: costs.csv is not renamed to stolen.csv"),
        after: Refused(6, "costs.csv is not renamed to stolen.csv"),
    },
    Proposal {
        name: "the bytes of what was never there",
        make: Tree(|court| court.claim("stolen.csv", "v1", COSTS, json!({"from": "other.csv@v1"}))),
        check: Red(1, "there is no other.csv v1"),
        after: Refused(1, "stolen.csv stands still"),
    },
    Proposal {
        name: "the bytes of a purged version",
        make: Tree(|court| court.claim("stolen.csv", "v1", b"gone\n", json!({"from": "gone.csv@v1"}))),
        check: Red(1, "gone.csv v1 is purged, not published"),
        after: Refused(6, "gone.csv is not renamed to stolen.csv"),
    },
    Proposal {
        name: "other bytes than those that it says to take over",
        make: Tree(|court| court.claim("stolen.csv", "v1", NEW, json!({"from": "costs.csv@v1"}))),
        check: Red(1, "costs.csv v1 has another content"),
        after: Refused(1, "stolen.csv stands still"),
    },
    Proposal {
        name: "taken over from a path",
        make: Tree(|court| court.claim("stolen.csv", "v1", COSTS, json!({"from": "../costs.csv@v1"}))),
        check: Red(1, "is not of the form OLD@vN"),
        after: Refused(1, "stolen.csv stands still"),
    },
    Proposal {
        name: "a digest that somebody knows, without its bytes",
        make: Tree(|court| {
            court.lab.lose(crate::lab::Staging, &digest(V2));
            court.claim("stolen.csv", "v1", V2, json!({}));
        }),
        check: Red(4, "stolen.csv v1 is not in staging"),
        after: Refused(4, "stolen.csv v1 is not in staging"),
    },
    Proposal {
        name: "a delta against another dataset's version",
        make: Tree(|court| court.offer("prices.csv", "v3", NEW, json!({"base": "v2", "delta": digest(COSTS)}))),
        check: Red(1, "no version of this dataset has the digest"),
        after: Refused(1, "prices.csv stands still"),
    },
    Proposal {
        name: "the review page of another dataset",
        make: Tree(|court| {
            let page = format!("diffs/costs.csv/{}.md", &digest(NEW)[..16]);
            court.offer("prices.csv", "v3", NEW, json!({"base": "v2", "diff": page}));
        }),
        check: Red(1, "is not diffs/prices.csv/"),
        after: Refused(1, "prices.csv stands still"),
    },
    Proposal {
        name: "a review page outside the repository",
        make: Tree(|court| court.offer("prices.csv", "v3", NEW, json!({"base": "v2", "diff": "../../etc/passwd"}))),
        check: Red(1, "is not diffs/prices.csv/"),
        after: Refused(1, "prices.csv stands still"),
    },
];

#[test]
fn nothing_is_claimed() {
    Court::new().judge(CLAIMS);
}

#[test]
fn nothing_is_borrowed() {
    Court::new().judge(BORROWED);
}
