//! Trees that are none: listings, places and shards that lie.

use git_data::flow::tree::shard::{self, Member};
use git_data::flow::tree::{Item, Listing, Place, Places, What};
use serde_json::{Value, json};

use super::court::digest;
use super::{After, Check, Court, Make, Proposal};
use crate::lab::Staging;
use After::Refused;
use Check::Red;
use Make::Tree;

const FILES: &[(&str, &[u8])] = &[("a.txt", b"one\n"), ("b.txt", b"two\n")];

fn listing(files: &[(&str, &[u8])]) -> Listing {
    let item = |(path, content): &(&str, &[u8])| {
        let sha256 = git_data::flow::hash::Digest::of(content);
        Item { path: (*path).into(), what: What::File { executable: false, size: content.len() as u64, sha256 } }
    };
    Listing::of(files.iter().map(item).collect()).expect("a listing")
}

/// Claims a tree of these lines, whatever they are, and stages them packed in the one way.
fn lines(court: &Court, text: &str, files: u64, size: u64) {
    claim(court, text, json!({"files": files, "size": size}));
    packed(court, text, ".tree", text);
}

/// Claims a tree; nothing is staged.
fn claim(court: &Court, text: &str, more: Value) {
    court.claim("maps", "v1", text.as_bytes(), more);
    court.edit(|manifest| manifest["datasets"]["maps"]["kind"] = "tree".into());
}

fn packed(court: &Court, of: &str, ending: &str, text: &str) {
    let bytes = zstd::bulk::compress(text.as_bytes(), 3).expect("it is packed");
    court.lab.spoil(Staging, &format!("{}{ending}", digest(of.as_bytes())), &bytes);
}

fn text_of(files: &[(&str, &[u8])]) -> String {
    String::from_utf8(listing(files).print()).expect("it is text")
}

/// A right proposal, whose files are staged one by one.
fn right(court: &Court) -> String {
    let text = text_of(FILES);
    lines(court, &text, 2, 8);
    let mut places = Places::default();
    for (_, content) in FILES {
        court.lab.spoil(Staging, &digest(content), content);
        let hex = digest(content);
        places.add(git_data::flow::hash::Digest::of(content), Place { key: hex.into(), range: None });
    }
    places_are(court, &text, &places);
    text
}

fn places_are(court: &Court, text: &str, places: &Places) {
    court.lab.spoil(Staging, &format!("{}.where", digest(text.as_bytes())), &places.pack());
}

/// The same with both files in a shard, which `change` may spoil; it keeps the name of what is right.
fn in_a_shard(court: &Court, change: fn(&mut Vec<u8>)) {
    let text = text_of(FILES);
    lines(court, &text, 2, 8);
    let sha256 = git_data::flow::hash::Digest::of;
    let members: Vec<Member> = FILES
        .iter()
        .map(|(path, content)| Member { path: (*path).into(), size: content.len() as u64, sha256: sha256(content) })
        .collect();
    let mut bytes = Vec::new();
    for (member, (_, content)) in members.iter().zip(FILES) {
        bytes.extend_from_slice(&shard::header(member));
        bytes.extend_from_slice(content);
        bytes.resize(bytes.len() + shard::padding(member.size), 0);
    }
    bytes.extend_from_slice(&shard::END);
    change(&mut bytes);
    let mut places = Places::default();
    for (offset, member) in shard::layout(&members).0.into_iter().zip(&members) {
        places.add(member.sha256, Place { key: digest(&bytes).into(), range: Some((offset, member.size)) });
    }
    court.lab.spoil(Staging, &digest(&bytes), &bytes);
    places_are(court, &text, &places);
}

fn file(path: &str) -> String {
    let sha256 = digest(b"one\n");
    format!("{{\"path\":\"{path}\",\"mode\":\"644\",\"type\":\"file\",\"size\":4,\"sha256\":\"{sha256}\"}}\n")
}

const PROPOSALS: &[Proposal] = &[
    Proposal {
        name: "a listing that is not staged",
        make: Tree(|court| claim(court, &text_of(FILES), json!({"files": 2, "size": 8}))),
        check: Red(4, "maps v1 is not in staging"),
        after: Refused(4, "maps v1 is not in staging"),
    },
    Proposal {
        name: "another listing",
        make: Tree(|court| {
            let text = right(court);
            packed(court, &text, ".tree", &text_of(&FILES[..1]));
        }),
        check: Red(5, "this listing is another"),
        after: Refused(5, "this listing is another"),
    },
    Proposal {
        name: "a listing that is not packed",
        make: Tree(|court| {
            let text = right(court);
            court.lab.spoil(Staging, &format!("{}.tree", digest(text.as_bytes())), text.as_bytes());
        }),
        check: Red(5, "cannot be read"),
        after: Refused(5, "cannot be read"),
    },
    Proposal {
        name: "a listing that unfolds to a gibibyte",
        make: Tree(|court| {
            let text = right(court);
            let bomb = zstd::stream::encode_all(std::io::Read::take(std::io::repeat(b'x'), 1 << 30), 1).expect("small");
            court.lab.spoil(Staging, &format!("{}.tree", digest(text.as_bytes())), &bomb);
        }),
        check: Red(5, "a line is too long"),
        after: Refused(5, "a line is too long"),
    },
    Proposal {
        name: "a path that climbs",
        make: Tree(|court| lines(court, &file("../a.txt"), 1, 4)),
        check: Red(5, "a segment is empty, . or .."),
        after: Refused(5, "a segment is empty, . or .."),
    },
    Proposal {
        name: "a hook of git",
        make: Tree(|court| lines(court, &file(".Git/hooks/post-checkout"), 1, 4)),
        check: Red(5, "git keeps its own files"),
        after: Refused(5, "git keeps its own files"),
    },
    Proposal {
        name: "a path with another spelling",
        make: Tree(|court| lines(court, &file("\\u0061.txt"), 1, 4)),
        check: Red(5, "not spelled as it has to be"),
        after: Refused(5, "not spelled as it has to be"),
    },
    Proposal {
        name: "the same path twice",
        make: Tree(|court| lines(court, &(file("a.txt") + &file("a.txt")), 2, 8)),
        check: Red(5, "out of order"),
        after: Refused(5, "out of order"),
    },
    Proposal {
        name: "a file below a file",
        make: Tree(|court| lines(court, &(file("a") + &file("a/b")), 2, 8)),
        check: Red(5, "what is above it"),
        after: Refused(5, "what is above it"),
    },
    Proposal {
        name: "fewer files than were reviewed",
        make: Tree(|court| {
            right(court);
            court.edit(|manifest| manifest["datasets"]["maps"]["versions"][0]["files"] = 3.into());
        }),
        check: Red(5, "the listing is not what the entry says"),
        after: Refused(5, "the listing is not what the entry says"),
    },
    Proposal {
        name: "another size than was reviewed",
        make: Tree(|court| {
            right(court);
            court.edit(|manifest| manifest["datasets"]["maps"]["versions"][0]["size"] = 9.into());
        }),
        check: Red(5, "the listing is not what the entry says"),
        after: Refused(5, "the listing is not what the entry says"),
    },
    Proposal {
        name: "a tree without the number of its files",
        make: Tree(|court| {
            right(court);
            court.edit(|manifest| {
                manifest["datasets"]["maps"]["versions"][0].as_object_mut().expect("an entry").remove("files");
            });
        }),
        check: Red(1, "number of its files"),
        after: Refused(6, "number of its files"),
    },
    Proposal {
        name: "no places",
        make: Tree(|court| {
            let text = right(court);
            court.lab.lose(Staging, &format!("{}.where", digest(text.as_bytes())));
        }),
        check: Red(4, "is not in staging"),
        after: Refused(4, "is not in staging"),
    },
    Proposal {
        name: "places that point into production",
        make: Tree(|court| {
            let text = right(court);
            let mut places = Places::default();
            for (_, content) in FILES {
                let key = format!("../production/prices.csv/v1-{}.csv", digest(content));
                places.add(git_data::flow::hash::Digest::of(content), Place { key: key.into(), range: None });
            }
            places_are(court, &text, &places);
        }),
        check: Red(4, "is not in staging"),
        after: Refused(4, "is not in staging"),
    },
    Proposal {
        name: "other bytes for a file",
        make: Tree(|court| {
            right(court);
            for (_, content) in FILES {
                court.lab.spoil(Staging, &digest(content), b"six\n");
            }
        }),
        check: Red(5, "staging holds other bytes"),
        after: Refused(5, "these are not the bytes that were approved"),
    },
    Proposal {
        name: "a shard with other bytes for a file",
        make: Tree(|court| in_a_shard(court, |bytes| bytes[512] = b'O')),
        check: Red(5, "a shard holds other bytes than it should"),
        after: Refused(5, "a shard holds other bytes than it should"),
    },
    Proposal {
        name: "a shard in which a file may be run by root",
        make: Tree(|court| in_a_shard(court, |bytes| bytes[103] = b'4')),
        check: Red(5, "a shard holds other bytes than it should"),
        after: Refused(5, "a shard holds other bytes than it should"),
    },
    Proposal {
        name: "a shard with something after its end",
        make: Tree(|court| in_a_shard(court, |bytes| bytes.extend_from_slice(b"more"))),
        check: Red(5, "a shard holds other bytes than it should"),
        after: Refused(5, ""),
    },
    Proposal {
        name: "a shard that ends early",
        make: Tree(|court| in_a_shard(court, |bytes| bytes.truncate(1500))),
        check: Red(5, "a shard holds other bytes than it should"),
        after: Refused(5, ""),
    },
    Proposal {
        name: "a file that becomes a tree",
        make: Tree(|court| court.edit(|manifest| manifest["datasets"]["prices.csv"]["kind"] = "tree".into())),
        check: Red(1, "kind"),
        after: After::Nothing,
    },
];

#[test]
fn trees_that_lie() {
    Court::new().judge(PROPOSALS);
}
