//! The golden examples of docs/formats.md: what the program reads, prints and derives is what the page shows.

mod tree;

use std::path::Path;

use git_data::flow::diff::markdown::markdown;
use git_data::flow::diff::page::{self, Side};
use git_data::flow::diff::patch;
use git_data::flow::diff::tally;
use git_data::flow::diff::words::Heading;
use git_data::flow::hash::Digest;
use git_data::flow::manifest::types::State;
use git_data::flow::manifest::{legacy, parse, print, rules, validate};
use git_data::flow::receipt::Receipt;
use git_data::flow::settings::Settings;
use git_data::flow::version::Version;
use git_data::flow::{chunk, delta, key, publication, signature};
use git_data::table;

use crate::fresh::Machine;
use crate::pages::block;

fn golden(name: &str) -> String {
    block("docs/formats.md", &format!("golden: {name}"))
}

/// What stood there before: the base of the review page.
const BEFORE: &str = "region,year,price\nnorth,2024,41\nsouth,2024,39\n";

fn digest() -> Digest {
    Digest::of(golden("content").as_bytes())
}

#[test]
fn the_digest_is_that_of_the_content() {
    assert_eq!(golden("digest"), format!("{}\n", digest()));
    assert_eq!(golden("content").len(), 61);
}

#[test]
fn the_manifest_is_printed_as_it_was_read() {
    let text = golden("manifest");
    let manifest = parse::parse(text.as_bytes()).unwrap();
    assert_eq!(print::print(&manifest), text);
    assert_eq!(validate::validate(&manifest), []);
    assert_eq!(validate::unknown(&manifest), []);
    let dataset = &manifest.datasets["prices.csv"];
    for (version, content) in [(1, BEFORE.to_owned()), (2, golden("content")), (3, BEFORE.to_owned())] {
        let entry = dataset.entry(Version(version)).unwrap();
        assert_eq!((entry.sha256, entry.size), (Digest::of(content.as_bytes()), Some(content.len() as u64)));
    }
    let states: Vec<_> = dataset.versions.iter().map(|entry| &entry.state).collect();
    assert_eq!(states, [&State::Pending, &State::Published, &State::Published]);
}

#[test]
fn keys_follow_from_the_identity() {
    let (name, version) = ("prices.csv", Version(2));
    let expected = format!(
        "production  {}\nproduction  {}\nproduction  {}\nproduction  {}\nstaging     {}\nstaging     {}\n",
        key::production(name, version, &digest()),
        key::receipt(name, version, &digest()),
        key::signature(name, version, &digest()),
        key::chunks(&digest()),
        key::staging(&digest()),
        key::staged_delta(&digest(), &Digest::of(BEFORE.as_bytes())),
    );
    assert_eq!(golden("keys"), expected);
    let manifest = parse::parse(golden("manifest").as_bytes()).unwrap();
    let dataset = &manifest.datasets[name];
    let owner = dataset.entry(Version(1)).unwrap();
    let rollback = publication::target(name, dataset, dataset.entry(Version(3)).unwrap()).unwrap();
    assert_eq!(rollback, key::production(name, Version(1), &owner.sha256));
}

#[test]
fn the_receipt_is_printed_as_it_was_read_and_counts_for_the_entry() {
    let text = golden("receipt");
    let receipt = Receipt::parse(text.as_bytes()).unwrap();
    assert_eq!(String::from_utf8(receipt.print()).unwrap(), text);
    let manifest = parse::parse(golden("manifest").as_bytes()).unwrap();
    let entry = manifest.entry("prices.csv", Version(2)).unwrap();
    let id = &receipt.identity;
    assert_eq!((id.version, id.sha256, Some(id.size)), (entry.version, entry.sha256, entry.size));
    assert_eq!(id.key, key::production("prices.csv", Version(2), &digest()));
    assert_eq!((receipt.base, Some(receipt.commit.as_str())), (entry.base, entry.commit.as_deref()));
}

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits.chunks(2).map(|two| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap()).collect()
}

#[test]
fn the_chunk_list_is_that_of_the_content() {
    let content = golden("content");
    let mut cutter = chunk::Cutter::default();
    cutter.take(content.as_bytes());
    let chunks = cutter.finish();
    let bytes = [golden("chunks").into_bytes(), hex(&golden("chunk"))].concat();
    assert_eq!(chunk::print(&chunks), bytes);
    assert_eq!(chunk::parse(&bytes, 61).unwrap(), chunks);
}

#[test]
fn the_delta_makes_the_content_of_what_was_before() {
    let head = [golden("delta").into_bytes(), hex(&golden("operations"))].concat();
    let bytes = [head.clone(), golden("data").into_bytes()].concat();
    let opening = delta::Opening::read(&bytes, bytes.len() as u64).unwrap();
    let (at, length) = opening.ops;
    let recipe = opening.recipe(&bytes[at as usize..(at + length) as usize]).unwrap();
    assert_eq!(delta::head(&recipe), head);
    assert_eq!((recipe.sha256, recipe.base), (digest(), Digest::of(BEFORE.as_bytes())));
    let data = &bytes[opening.data_at() as usize..];
    let made = recipe.runs().iter().flat_map(|run| {
        let from = if run.from == delta::From::Base { BEFORE.as_bytes() } else { data };
        from[run.offset as usize..(run.offset + run.length) as usize].to_vec()
    });
    assert_eq!(String::from_utf8(made.collect()).unwrap(), golden("content"));
}

#[test]
fn the_signed_bytes_are_the_identity_of_the_receipt() {
    let receipt = Receipt::parse(golden("receipt").as_bytes()).unwrap();
    assert_eq!(String::from_utf8(signature::signed_bytes(&receipt.identity)).unwrap(), golden("signed"));
}

/// The example of the page is a real signature, which any `ssh-keygen` verifies.
#[test]
fn ssh_keygen_verifies_the_signature_that_the_page_shows() {
    if !crate::lab::has_ssh_keygen() {
        return;
    }
    let machine = Machine::new();
    for name in ["signers", "signature", "signed"] {
        std::fs::write(machine.at(name), golden(name)).unwrap();
    }
    let check = "ssh-keygen -Y verify -f signers -I publisher@example.org -n git-data -s signature -Overify-time=20261121110500 <signed";
    let said = machine.run("", "sh", &["-c", check]).well();
    assert_eq!(signature::key_of(&said).as_deref(), Some(golden("signing key").trim()));
}

/// Asks of the content and what stood there before.
fn compared<T>(ask: impl FnOnce(&Path, &Path, &table::Ask<'_>) -> T) -> T {
    let machine = Machine::new();
    let (old, new) = (machine.at("old.csv"), machine.at("new.csv"));
    std::fs::write(&old, BEFORE).unwrap();
    std::fs::write(&new, golden("content")).unwrap();
    let (cells, keys, scratch) = (tally::Options::default(), std::collections::BTreeMap::new(), machine.at(""));
    let (names, memory) = (["prices.csv"; 2], table::MEMORY);
    ask(
        &old,
        &new,
        &table::Ask { names, key: &[], keys: &keys, cells: &cells, order: false, memory, scratch: &scratch },
    )
}

#[test]
fn the_patch_is_what_the_page_shows() {
    let patch = compared(table::patch::make).unwrap().unwrap();
    assert_eq!(golden("patch"), patch::print(&patch));
    assert_eq!(patch::parse(&golden("patch")).unwrap(), patch);
}

#[test]
fn the_review_page_is_what_the_page_shows() {
    let found = compared(table::compare).unwrap().unwrap();
    let body = markdown(&Heading { name: "prices.csv", old: "v1", new: "v2", command: None }, &found, page::BUDGET);
    let side = |label, text: &str| Side {
        label: Version(label),
        sha256: Digest::of(text.as_bytes()),
        size: Some(text.len() as u64),
    };
    let said = page::markdown("prices.csv", Some(&side(1, BEFORE)), &side(2, &golden("content")), &body);
    assert_eq!(golden("page"), said);
    let manifest = parse::parse(golden("manifest").as_bytes()).unwrap();
    let entry = manifest.entry("prices.csv", Version(2)).unwrap();
    assert_eq!(entry.diff.as_deref(), Some(rules::page("prices.csv", entry).as_str()));
}

#[test]
fn the_shared_settings_are_read_and_all_known() {
    let pairs = git_data::git::gitdata_file(&golden("gitdata")).unwrap();
    let settings = Settings::overlay(&pairs, &[], &std::collections::BTreeMap::new()).unwrap();
    assert_eq!(settings.unknown, Vec::<String>::new());
    assert_eq!(settings.bucket("data.production").unwrap().to_string(), "s3://team-production/data");
    assert_eq!(settings.get("data.region"), Some("eu-central-1"));
}

#[test]
fn an_error_is_the_line_that_the_page_shows() {
    let machine = Machine::with_clone();
    let ran = machine.run("clone", "git", &["data", "pull", "absent.csv", "--json"]).ends(1);
    assert_eq!(ran.out, golden("error"));
}

#[test]
fn the_older_tools_array_is_read() {
    let text = golden("legacy");
    assert!(legacy::is_legacy(text.as_bytes()));
    let manifest = parse::parse(text.as_bytes()).unwrap();
    let entry = manifest.entry("prices.csv", Version(1)).unwrap();
    assert_eq!((entry.sha256, entry.size), (Digest::of(BEFORE.as_bytes()), None));
    assert!(entry.key.as_deref().is_some_and(|key| key.starts_with("prices/v1-")));
}
