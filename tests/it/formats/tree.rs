//! The examples of trees: listing, places, keys, and a shard that GNU tar writes just so.

use git_data::flow::hash::Digest;
use git_data::flow::key;
use git_data::flow::tree::shard::{self, Member};
use git_data::flow::tree::{Item, Listing, Place, Places, What};
use git_data::flow::version::Version;

use super::golden;
use crate::fresh::Machine;

const RUN: &[u8] = b"#!/bin/sh\n";

fn listing() -> Listing {
    let prices = golden("content");
    let file = |path: &str, content: &[u8], executable| Item {
        path: path.into(),
        what: What::File { executable, size: content.len() as u64, sha256: Digest::of(content) },
    };
    let link = Item { path: "latest.csv".into(), what: What::Link { target: "prices.csv".into() } };
    let out = Item { path: "out".into(), what: What::Dir };
    Listing::of(vec![file("prices.csv", prices.as_bytes(), false), file("bin/run", RUN, true), link, out]).unwrap()
}

fn members() -> Vec<Member> {
    let items = listing();
    let member = |item: &Item| {
        let (sha256, size) = item.content()?;
        Some(Member { path: item.path.clone(), size, sha256 })
    };
    items.items().iter().filter_map(member).collect()
}

fn built(members: &[Member], contents: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (member, content) in members.iter().zip(contents) {
        bytes.extend_from_slice(&shard::header(member));
        bytes.extend_from_slice(content);
        bytes.resize(bytes.len() + shard::padding(member.size), 0);
    }
    bytes.extend_from_slice(&shard::END);
    bytes
}

#[test]
fn the_listing_and_the_places_are_what_the_page_shows() {
    let listing = listing();
    let text = golden("listing");
    assert_eq!(String::from_utf8(listing.print()).unwrap(), text);
    assert_eq!(listing.digest(), Digest::of(text.as_bytes()));
    assert_eq!(Listing::unpack(&listing.pack(), &listing.digest()).unwrap(), listing);
    let prices = golden("content");
    let object = Digest::of(&built(&members(), &[RUN, prices.as_bytes()]));
    let (name, version, digest) = ("maps", Version(1), listing.digest());
    let mut places = Places::default();
    let in_shard = key::tree_shard(name, version, &digest, &object);
    places.add(Digest::of(RUN), Place { key: in_shard.as_str().into(), range: Some((512, 10)) });
    let alone = key::tree_file(name, version, &digest, "prices.csv");
    places.add(Digest::of(prices.as_bytes()), Place { key: alone.as_str().into(), range: None });
    let text = golden("places");
    assert_eq!(String::from_utf8(places.print()).unwrap(), text);
    let packed = places.pack();
    let expected = format!(
        "production  {}\nproduction  {}\nproduction  {alone}\nproduction  {in_shard}\nstaging     {}\nstaging     {}\n",
        key::tree(name, version, &digest),
        key::places(name, version, &digest, &Digest::of(&packed))
            .to_string()
            .replace(&Digest::of(&packed).hex(), "SHA256_OF_ITS_OWN_BYTES"),
        key::staged_tree(&digest),
        key::staged_places(&digest),
    );
    assert_eq!(golden("tree keys"), expected);
}

#[test]
fn gnu_tar_writes_the_same_shard() {
    let machine = Machine::new();
    let said = machine.run("", "tar", &["--version"]).out;
    if !said.contains("GNU tar") {
        return;
    }
    let prices = golden("content");
    std::fs::create_dir(machine.at("bin")).unwrap();
    std::fs::write(machine.at("bin/run"), RUN).unwrap();
    std::fs::write(machine.at("prices.csv"), &prices).unwrap();
    machine.run("", "sh", &["-c", golden("shard").trim()]).well();
    let theirs = std::fs::read(machine.at("shard.tar")).unwrap();
    assert!(theirs == built(&members(), &[RUN, prices.as_bytes()]));
}
