//! Staged deltas that are not what they say: each is an author's word, and the digest decides.

use serde_json::json;

use super::court::{COSTS, V1, V2, digest};
use super::{After, Check, Court, Make, Proposal};
use crate::lab::Staging;
use After::{Live, Refused};
use Check::{Green, Red};
use Make::Tree;

/// Made from `north,1\nsouth,2\n`.
const NEW: &[u8] = b"north,1\nsouth,2\neast,3\n";
const UNPROVEN: &str = "the delta that is staged for prices.csv v3 does not make its bytes";
const OTHER: &str = "these are not the bytes that were approved";
const COPY: u8 = 0;
const INSERT: u8 = 1;

/// What a delta says, right or wrong.
struct Said<'a> {
    base: &'a [u8],
    sha256: &'a [u8],
    size: u64,
    count: u64,
    ops: &'a [(u8, u64, u64)],
    length: u64,
    data: &'a [u8],
}

const RIGHT: Said<'static> = Said {
    base: V2,
    sha256: NEW,
    size: NEW.len() as u64,
    count: 2,
    ops: &[(COPY, 0, 16), (INSERT, 0, 7)],
    length: 7,
    data: b"east,3\n",
};

impl Said<'_> {
    fn bytes(&self) -> Vec<u8> {
        let Said { base, sha256, size, count, ops, length, data } = self;
        let (base, sha256) = (digest(base), digest(sha256));
        let head = format!(
            "git-data delta 1\n{{\"base\":\"{base}\",\"sha256\":\"{sha256}\",\"size\":{size},\"ops\":{count},\"data\":{length}}}\n"
        );
        let mut bytes = head.into_bytes();
        for (kind, offset, length) in *ops {
            bytes.push(*kind);
            bytes.extend(offset.to_le_bytes());
            bytes.extend(length.to_le_bytes());
        }
        bytes.extend_from_slice(data);
        bytes
    }
}

/// A proposal of `NEW` as a delta against v2, where those bytes are staged.
fn staged(court: &Court, bytes: &[u8]) {
    court.claim("prices.csv", "v3", NEW, json!({"base": "v2", "delta": digest(V2)}));
    court.lab.spoil(Staging, &format!("{}.delta-{}", digest(NEW), digest(V2)), bytes);
}

const PROPOSALS: &[Proposal] = &[
    Proposal {
        name: "a delta that is right",
        make: Tree(|court| staged(court, &RIGHT.bytes())),
        check: Green,
        after: Live("prices.csv v3", NEW),
    },
    Proposal {
        name: "a delta is said, and all of it is staged",
        make: Tree(|court| court.offer("prices.csv", "v3", NEW, json!({"base": "v2", "delta": digest(V2)}))),
        check: Green,
        after: Live("prices.csv v3", NEW),
    },
    Proposal {
        name: "a wrong delta beside all of it",
        make: Tree(|court| {
            staged(court, b"rubbish");
            court.lab.spoil(Staging, &digest(NEW), NEW);
        }),
        check: Green,
        after: Live("prices.csv v3", NEW),
    },
    Proposal {
        name: "a delta is said, and nothing is staged",
        make: Tree(|court| court.claim("prices.csv", "v3", NEW, json!({"base": "v2", "delta": digest(V2)}))),
        check: Red(4, "prices.csv v3 is not in staging"),
        after: Refused(4, "prices.csv v3 is not in staging"),
    },
    Proposal {
        name: "a delta that is none",
        make: Tree(|court| staged(court, NEW)),
        check: Red(5, UNPROVEN),
        after: Refused(5, OTHER),
    },
    Proposal {
        name: "an empty delta",
        make: Tree(|court| staged(court, b"")),
        check: Red(5, UNPROVEN),
        after: Refused(5, OTHER),
    },
    Proposal {
        name: "a recipe that rebuilds other bytes",
        make: Tree(|court| staged(court, &Said { data: b"east,4\n", ..RIGHT }.bytes())),
        check: Red(5, UNPROVEN),
        after: Refused(5, OTHER),
    },
    Proposal {
        name: "a recipe that reaches beyond its base",
        make: Tree(|court| staged(court, &Said { ops: &[(COPY, 8, 16), (INSERT, 0, 7)], ..RIGHT }.bytes())),
        check: Red(5, "of a base that has 16"),
        after: Refused(5, "of a base that has 16"),
    },
    Proposal {
        name: "offsets beyond all numbers",
        make: Tree(|court| staged(court, &Said { ops: &[(COPY, u64::MAX, 16), (INSERT, 0, 7)], ..RIGHT }.bytes())),
        check: Red(5, UNPROVEN),
        after: Refused(5, OTHER),
    },
    Proposal {
        name: "more operations than there can be",
        make: Tree(|court| staged(court, &Said { count: u64::MAX / 17, ..RIGHT }.bytes())),
        check: Red(5, "operations for 23 bytes"),
        after: Refused(5, OTHER),
    },
    Proposal {
        name: "operations of one byte each",
        make: Tree(|court| {
            let ops: Vec<_> = (0..16).map(|at| (COPY, at, 1)).chain([(INSERT, 0, 7)]).collect();
            staged(court, &Said { count: 17, ops: &ops, ..RIGHT }.bytes());
        }),
        check: Red(5, "17 operations for 23 bytes"),
        after: Refused(5, OTHER),
    },
    Proposal {
        name: "less data than is said",
        make: Tree(|court| staged(court, &Said { data: b"east", ..RIGHT }.bytes())),
        check: Red(5, "not as many as its head says"),
        after: Refused(5, OTHER),
    },
    Proposal {
        name: "data that nothing uses",
        make: Tree(|court| staged(court, &Said { length: 12, data: b"east,3\neast\n", ..RIGHT }.bytes())),
        check: Red(5, UNPROVEN),
        after: Refused(5, OTHER),
    },
    Proposal {
        name: "a recipe for another size",
        make: Tree(|court| staged(court, &Said { size: 24, ..RIGHT }.bytes())),
        check: Red(5, "is one of something else"),
        after: Refused(5, OTHER),
    },
    Proposal {
        name: "a recipe for other bytes",
        make: Tree(|court| staged(court, &Said { sha256: V1, ..RIGHT }.bytes())),
        check: Red(5, "is one of something else"),
        after: Refused(5, OTHER),
    },
    Proposal {
        name: "a recipe over another dataset's bytes, under the name of this one's",
        make: Tree(|court| staged(court, &Said { base: COSTS, ..RIGHT }.bytes())),
        check: Red(5, "is one of something else"),
        after: Refused(5, OTHER),
    },
    Proposal {
        name: "a delta against bytes that are gone",
        make: Tree(|court| {
            let gone = b"gone\n";
            court.claim("gone.csv", "v2", NEW, json!({"base": "v1", "delta": digest(gone)}));
            let said = Said { base: gone, count: 1, ops: &[(INSERT, 0, 23)], length: 23, data: NEW, ..RIGHT };
            court.lab.spoil(Staging, &format!("{}.delta-{}", digest(NEW), digest(gone)), &said.bytes());
        }),
        check: Red(1, "v1 is purged, not published"),
        after: Refused(4, "what it was made against is not in production"),
    },
    Proposal {
        name: "a delta against itself",
        make: Tree(|court| {
            court.claim("prices.csv", "v3", NEW, json!({"base": "v2", "delta": digest(NEW)}));
            let said = Said { base: NEW, count: 1, ops: &[(COPY, 0, 23)], length: 0, data: b"", ..RIGHT };
            court.lab.spoil(Staging, &format!("{}.delta-{}", digest(NEW), digest(NEW)), &said.bytes());
        }),
        check: Red(4, "what it was made against is not in production"),
        after: Refused(4, "what it was made against is not in production"),
    },
];

#[test]
fn only_what_a_delta_really_makes() {
    Court::new().judge(PROPOSALS);
}
