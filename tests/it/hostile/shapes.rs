//! Manifests that are none, or more than one: encodings, doubles, depths, words that nobody knows.

use serde_json::json;

use super::{After, Check, Court, Make, Proposal};
use After::{Live, Nothing, Refused};
use Check::{Green, Red};
use Make::Tree;

const NEW: &[u8] = b"north,3\n";

fn offered(court: &Court) {
    court.offer("prices.csv", "v3", NEW, json!({"base": "v2"}));
}

const PROPOSALS: &[Proposal] = &[
    Proposal {
        name: "a member twice: one for the reader, one for the publisher",
        make: Tree(|court| {
            court.edit_text(|text| text.replacen("\"sha256\":", "\"sha256\": \"0\", \"sha256\":", 1));
        }),
        check: Red(1, "sha256"),
        after: Refused(1, "stands still"),
    },
    Proposal {
        name: "a member twice, once spelled with an escape",
        make: Tree(|court| {
            court.edit_text(|text| text.replacen("\"size\":", "\"si\\u007ae\": 1, \"size\":", 1));
        }),
        check: Red(1, "size"),
        after: Refused(1, "stands still"),
    },
    Proposal {
        name: "a dataset twice",
        make: Tree(|court| {
            court.edit_text(|text| {
                let twin = "\"costs.csv\": {\"kind\": \"file\", \"versions\": []},";
                text.replacen("\"costs.csv\":", &format!("{twin} \"costs.csv\":"), 1)
            });
        }),
        check: Red(1, "twice"),
        after: Refused(1, "twice"),
    },
    Proposal {
        name: "all datasets twice",
        make: Tree(|court| court.edit_text(|text| text.replacen('{', "{\"datasets\": {},", 1))),
        check: Red(1, "datasets"),
        after: Refused(1, "datasets"),
    },
    Proposal {
        name: "a later format",
        make: Tree(|court| court.edit(|m| m["format"] = 2.into())),
        check: Red(1, "this git data reads format 1"),
        after: Refused(1, "this git data reads format 1"),
    },
    Proposal {
        name: "no format",
        make: Tree(|court| court.edit(|m| drop(m.as_object_mut().unwrap().remove("format")))),
        check: Red(1, "format"),
        after: Refused(1, "format"),
    },
    Proposal {
        name: "the predecessor's format, in which everything is spelled out",
        make: Tree(|court| {
            court.write(
                "manifest.json",
                json!([{"fileName": "prices.csv", "latestVersion": "v1", "history": []}]).to_string(),
            );
        }),
        check: Red(1, "never disappears"),
        after: Refused(6, "has a receipt but no entry"),
    },
    Proposal {
        name: "a kind that nobody knows",
        make: Tree(|court| {
            court.offer("new.csv", "v1", NEW, json!({}));
            court.edit(|m| m["datasets"]["new.csv"]["kind"] = "swarm".into());
        }),
        check: Red(1, "unknown kind \"swarm\""),
        after: Refused(6, "its kind \"swarm\" is not known"),
    },
    Proposal {
        name: "a state that nobody knows",
        make: Tree(|court| court.offer("prices.csv", "v3", NEW, json!({"base": "v2", "state": "approved"}))),
        check: Red(1, "a new version is pending, not approved"),
        after: Nothing,
    },
    Proposal {
        name: "a member that nobody knows, which would stop every deletion",
        make: Tree(|court| court.offer("prices.csv", "v3", NEW, json!({"base": "v2", "approvedBy": "everybody"}))),
        check: Red(1, "an unknown member"),
        after: Live("prices.csv v3", NEW),
    },
    Proposal {
        name: "a member of the whole that nobody knows",
        make: Tree(|court| court.edit(|m| m["buckets"] = json!({"production": "s3://elsewhere"}))),
        check: Red(1, "an unknown member"),
        after: Nothing,
    },
    Proposal {
        name: "a depth without an end",
        make: Tree(|court| court.edit_text(|text| text.replacen('{', &format!("{{\"x\": {}", "[".repeat(200_000)), 1))),
        check: Red(1, "manifest.json"),
        after: Refused(1, "manifest.json"),
    },
    Proposal {
        name: "a depth that ends",
        make: Tree(|court| {
            let deep = format!("{{\"x\": {}{},", "[".repeat(10_000), "]".repeat(10_000));
            court.edit_text(|text| text.replacen('{', &deep, 1));
        }),
        check: Red(1, "manifest.json"),
        after: Refused(1, "manifest.json"),
    },
    Proposal {
        name: "thousands of versions that are all the same",
        make: Tree(|court| {
            court.edit(|m| {
                let versions = m["datasets"]["prices.csv"]["versions"].as_array_mut().unwrap();
                let one = versions[0].clone();
                versions.extend(std::iter::repeat_n(one, 5_000));
            });
        }),
        check: Red(1, "v2 is there twice"),
        after: Refused(1, "prices.csv stands still"),
    },
    Proposal {
        name: "a byte order mark and the line ends of another system: harmless",
        make: Tree(|court| {
            offered(court);
            court.edit_text(|text| format!("\u{feff}{}", text.replace('\n', "\r\n")));
        }),
        check: Green,
        after: Live("prices.csv v3", NEW),
    },
    Proposal {
        name: "no text at all",
        make: Tree(|court| court.write("manifest.json", b"{\"format\": 1, \"datasets\": {\"\xff\": {}}}")),
        check: Red(1, "not UTF-8"),
        after: Refused(1, "not UTF-8"),
    },
    Proposal {
        name: "an empty file",
        make: Tree(|court| court.write("manifest.json", "")),
        check: Red(1, "manifest.json"),
        after: Refused(1, "manifest.json"),
    },
    Proposal {
        name: "both sides of a conflict",
        make: Tree(|court| court.edit_text(|text| format!("<<<<<<< ours\n{text}=======\n{text}>>>>>>> theirs\n"))),
        check: Red(1, "manifest.json, line 1"),
        after: Refused(1, "line 1"),
    },
    Proposal {
        name: "something after the end",
        make: Tree(|court| court.edit_text(|text| format!("{text}{text}"))),
        check: Red(1, "manifest.json"),
        after: Refused(1, "manifest.json"),
    },
    Proposal {
        name: "versions in another order",
        make: Tree(|court| court.edit(|m| m["datasets"]["prices.csv"]["versions"].as_array_mut().unwrap().reverse())),
        check: Red(1, "versions are newest first"),
        after: Refused(1, "prices.csv stands still"),
    },
];

#[test]
fn a_manifest_is_one_or_it_is_refused() {
    Court::new().judge(PROPOSALS);
}
