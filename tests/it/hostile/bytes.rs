//! Bytes in staging that are not the approved ones, and sizes that lie.

use serde_json::{Value, json};

use super::court::{COSTS, digest};
use super::{After, Check, Court, Make, Proposal};
use crate::lab::Staging;
use After::{Live, Refused};
use Check::{Green, Red};
use Make::Tree;

const NEW: &[u8] = b"north,3\n";
const OTHER: &str = "these are not the bytes that were approved";

fn staged(court: &Court, bytes: &[u8]) {
    court.claim("prices.csv", "v3", NEW, json!({"base": "v2"}));
    court.lab.spoil(Staging, &digest(NEW), bytes);
}

const PROPOSALS: &[Proposal] = &[
    Proposal {
        name: "nothing is staged",
        make: Tree(|court| court.claim("prices.csv", "v3", NEW, json!({"base": "v2"}))),
        check: Red(4, "prices.csv v3 is not in staging"),
        after: Refused(4, "prices.csv v3 is not in staging"),
    },
    Proposal {
        name: "other bytes of the same size are staged",
        make: Tree(|court| staged(court, b"north,4\n")),
        check: Red(5, "staging holds other bytes for prices.csv v3"),
        after: Refused(5, OTHER),
    },
    Proposal {
        name: "the bytes and a little more are staged",
        make: Tree(|court| staged(court, b"north,3\nsouth,1\n")),
        check: Red(5, "16 bytes instead of 8"),
        after: Refused(5, OTHER),
    },
    Proposal {
        name: "an empty object is staged",
        make: Tree(|court| staged(court, b"")),
        check: Red(5, "0 bytes instead of 8"),
        after: Refused(5, OTHER),
    },
    Proposal {
        name: "two proposals whose bytes are exchanged",
        make: Tree(|court| {
            court.claim("prices.csv", "v3", NEW, json!({"base": "v2"}));
            court.claim("costs.csv", "v2", b"rent,10\n", json!({"base": "v1"}));
            court.lab.spoil(Staging, &digest(NEW), b"rent,10\n");
            court.lab.spoil(Staging, &digest(b"rent,10\n"), NEW);
        }),
        check: Red(5, "staging holds other bytes for prices.csv v3"),
        after: Refused(5, OTHER),
    },
    Proposal {
        name: "a size that is too small",
        make: Tree(|court| court.offer("prices.csv", "v3", NEW, json!({"base": "v2", "size": 7}))),
        check: Red(5, "8 bytes instead of 7"),
        after: Refused(5, OTHER),
    },
    Proposal {
        name: "a size that is beyond all stores",
        make: Tree(|court| court.offer("prices.csv", "v3", NEW, json!({"base": "v2", "size": u64::MAX}))),
        check: Red(5, "8 bytes instead of 18446744073709551615"),
        after: Refused(5, OTHER),
    },
    Proposal {
        name: "a size that is none",
        make: Tree(|court| {
            court.offer("prices.csv", "v3", NEW, json!({"base": "v2"}));
            court.edit(|m| m["datasets"]["prices.csv"]["versions"][0]["size"] = Value::Null);
        }),
        check: Red(1, "only a migrated version may have no size yet"),
        after: Refused(1, "prices.csv stands still"),
    },
    Proposal {
        name: "a size below nothing",
        make: Tree(|court| court.offer("prices.csv", "v3", NEW, json!({"base": "v2", "size": -1}))),
        check: Red(1, "size"),
        after: Refused(1, "prices.csv stands still"),
    },
    Proposal {
        name: "a size in parts of a byte",
        make: Tree(|court| court.offer("prices.csv", "v3", NEW, json!({"base": "v2", "size": 8.5}))),
        check: Red(1, "size"),
        after: Refused(1, "prices.csv stands still"),
    },
    Proposal {
        name: "the digest of nothing as a wildcard",
        make: Tree(|court| {
            court.claim("prices.csv", "v3", b"", json!({"base": "v2", "size": 8}));
            court.lab.spoil(Staging, &digest(b""), NEW);
        }),
        check: Red(5, "staging holds other bytes for prices.csv v3"),
        after: Refused(5, OTHER),
    },
    Proposal {
        name: "an empty file, and it is that",
        make: Tree(|court| court.offer("empty.csv", "v1", b"", json!({}))),
        check: Green,
        after: Live("empty.csv v1", b""),
    },
    Proposal {
        name: "a digest that is too short",
        make: Tree(|court| court.offer("prices.csv", "v3", NEW, json!({"base": "v2", "sha256": "0f6d"}))),
        check: Red(1, "is not a digest of 64 lower-case hexadecimal digits"),
        after: Refused(1, "prices.csv stands still"),
    },
    Proposal {
        name: "a digest in capitals",
        make: Tree(|court| {
            let sha256 = digest(NEW).to_uppercase();
            court.offer("prices.csv", "v3", NEW, json!({"base": "v2", "sha256": sha256}));
        }),
        check: Red(1, "is not a digest of 64 lower-case hexadecimal digits"),
        after: Refused(1, "prices.csv stands still"),
    },
    Proposal {
        name: "a digest that is a path",
        make: Tree(|court| {
            let sha256 = format!("{:a<64}", "../../../");
            court.offer("prices.csv", "v3", NEW, json!({"base": "v2", "sha256": sha256}));
        }),
        check: Red(1, "is not a digest of 64 lower-case hexadecimal digits"),
        after: Refused(1, "prices.csv stands still"),
    },
    Proposal {
        name: "the bytes of another dataset, staged by the author: the author has them",
        make: Tree(|court| court.offer("copy.csv", "v1", COSTS, json!({}))),
        check: Green,
        after: Live("copy.csv v1", COSTS),
    },
    Proposal {
        name: "a good proposal beside a bad one goes on",
        make: Tree(|court| {
            court.offer("good.csv", "v1", b"good\n", json!({}));
            court.offer("-bad.csv", "v1", b"bad\n", json!({}));
        }),
        check: Red(1, "does not begin with a letter or a digit"),
        after: After::Partly("good.csv v1", b"good\n", "-bad.csv stands still"),
    },
    Proposal {
        name: "a good proposal beside one that cannot be read goes on",
        make: Tree(|court| {
            court.offer("good.csv", "v1", b"good\n", json!({}));
            court.offer("bad.csv", "v1", b"bad\n", json!({"sha256": 7}));
        }),
        check: Red(1, "sha256"),
        after: After::Partly("good.csv v1", b"good\n", "bad.csv stands still"),
    },
];

#[test]
fn only_approved_bytes() {
    Court::new().judge(PROPOSALS);
}
