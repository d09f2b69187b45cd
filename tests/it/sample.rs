//! This repository's own data: a fresh clone lists and pulls it, offline, and every byte of its bucket is accounted for.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use git_data::flow::hash::Digest;
use git_data::flow::key;
use git_data::flow::manifest::types::{Entry, Manifest, State};
use git_data::flow::manifest::{parse, rules, validate};
use git_data::flow::receipt::Receipt;
use git_data::flow::version::Version;

use crate::fresh::{Machine, text, top};

const BUCKET: &str = "tests/bucket/production";

fn manifest() -> Manifest {
    let manifest = parse::parse(text("manifest.json").as_bytes()).unwrap();
    assert_eq!(validate::validate(&manifest), []);
    manifest
}

fn same_bytes(file: &Path, entry: &Entry) {
    let bytes = fs::read(file).unwrap();
    assert_eq!(Digest::of(&bytes), entry.sha256, "{}", file.display());
    assert_eq!(Some(bytes.len() as u64), entry.size, "{}", file.display());
}

#[test]
fn a_fresh_clone_lists_and_pulls_offline() {
    let machine = Machine::with_clone();
    let manifest = manifest();
    let listed = machine.run("clone", "git", &["data", "list"]).well();
    let pulled = machine.run("clone", "git", &["data", "pull"]).well();
    assert!(manifest.datasets.len() >= 2);
    for (name, dataset) in &manifest.datasets {
        let latest = &dataset.versions[0];
        assert!(
            listed.lines().any(|l| l.starts_with(name) && l.contains(&format!(" {} ", latest.version))),
            "{listed}"
        );
        assert!(pulled.contains(&format!("{name} {}: ", latest.version)), "{pulled}");
        same_bytes(&machine.at("clone").join(dataset.location(name)), latest);
        let older = machine.at("older");
        let args = ["data", "pull", name, "--version", "v1", "-o", older.to_str().unwrap(), "--force"];
        machine.run("clone", "git", &args).well();
        same_bytes(&older, dataset.entry(Version(1)).unwrap());
    }
    let left = machine.run("clone", "git", &["status", "--short", "--ignored"]).well();
    assert_eq!(left, "!! sample/\n", "reading wrote nothing into the repository but the datasets");
}

#[test]
fn history_is_there_to_be_read() {
    let machine = Machine::with_clone();
    let log = machine.run("clone", "git", &["data", "log", "prices.csv"]).well();
    let versions: Vec<_> = log.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(versions.starts_with(&["prices.csv", "v2", "v1"]) || versions.len() > 3, "{log}");
    for (name, entry) in manifest().entries() {
        let page = entry.diff.as_deref().unwrap();
        assert_eq!(page, rules::page(name, entry));
        assert!(text(page).starts_with(&format!("# {name} {}\n", entry.version)), "{page}");
    }
}

#[test]
fn every_object_of_the_bucket_is_a_version_with_its_receipt() {
    let mut keys = BTreeSet::new();
    for (name, entry) in manifest().entries() {
        assert_eq!(entry.state, State::Published);
        let (version, digest) = entry.id();
        let object = key::production(name, version, &digest);
        let receipt = key::receipt(name, version, &digest);
        same_bytes(&top().join(BUCKET).join(object.as_str()), entry);
        let bytes = fs::read(top().join(BUCKET).join(receipt.as_str())).unwrap();
        let read = Receipt::parse(&bytes).unwrap();
        assert_eq!(read.print(), bytes);
        let id = &read.identity;
        assert_eq!((id.dataset.as_str(), id.version, id.sha256), (name, version, digest));
        assert_eq!((id.kind.as_str(), Some(id.size), &id.key), ("file", entry.size, &object));
        keys.extend([format!("{BUCKET}/{object}"), format!("{BUCKET}/{receipt}")]);
    }
    let machine = Machine::with_clone();
    let committed = machine.run("clone", "git", &["ls-files", "tests/bucket"]).well();
    assert_eq!(committed.lines().map(str::to_owned).collect::<BTreeSet<_>>(), keys);
}
