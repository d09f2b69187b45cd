//! Tests of the manifest: values to test with, then a file a topic.

mod edits;
mod generated;
mod legacy;
mod legality;
mod merging;
mod names;
mod reading;
mod validity;

use super::types::{Dataset, Entry, Manifest, State};
use crate::flow::hash::Digest;
use crate::flow::version::Version;

/// The example of FORMATS section 1, with a real digest.
pub(super) const GOLDEN: &str = r#"{
  "format": 1,
  "datasets": {
    "energy.sqlite": {
      "kind": "file",
      "path": "data/energy.sqlite",
      "description": "Technology costs",
      "keys": {
        "costs": [
          "region",
          "year"
        ]
      },
      "checks": [
        "no-dropped-column",
        "removed-rows<0.1%"
      ],
      "versions": [
        {
          "version": "v3",
          "state": "pending",
          "sha256": "9f2c41d07a5be8129f2c41d07a5be8129f2c41d07a5be8129f2c41d07a5be812",
          "size": 1234,
          "created": "2026-11-21T10:00:00Z",
          "message": "Add 2025 costs",
          "base": "v2",
          "diff": "diffs/energy.sqlite/9f2c41d07a5be812.md"
        }
      ]
    }
  }
}
"#;

pub(super) const NAME: &str = "energy.sqlite";
pub(super) const TIME: &str = "2026-11-21T10:00:00Z";

/// A version whose content is that text.
pub(super) fn version(number: u64, state: State, content: &str) -> Entry {
    let digest = Digest::of(content.as_bytes());
    let mut entry = Entry::pending(Version(number), digest, content.len() as u64, TIME.to_owned(), "Why".to_owned());
    entry.base = (number > 1).then(|| Version(number - 1));
    if matches!(state, State::Published | State::Retired | State::Purging | State::Purged) {
        entry.commit = Some("4f5e".to_owned());
        entry.published = Some(TIME.to_owned());
    }
    entry.state = state;
    entry
}

/// A manifest of one dataset; the versions in any order.
pub(super) fn manifest(versions: &[Entry]) -> Manifest {
    let mut manifest = Manifest::default();
    put(&mut manifest, NAME, versions);
    manifest
}

pub(super) fn put(manifest: &mut Manifest, name: &str, versions: &[Entry]) {
    let mut versions = versions.to_vec();
    versions.sort_by_key(|entry| std::cmp::Reverse(entry.version));
    manifest.datasets.insert(name.to_owned(), Dataset { versions, ..Dataset::default() });
}

/// v1 and v2 published, v3 merged.
pub(super) fn usual() -> Manifest {
    let states = [State::Published, State::Published, State::Pending];
    let versions: Vec<_> = (1..).zip(states).map(|(n, state)| version(n, state, &format!("content {n}"))).collect();
    manifest(&versions)
}

pub(super) fn dataset(manifest: &mut Manifest) -> &mut Dataset {
    manifest.datasets.get_mut(NAME).unwrap()
}

/// The entry of that version, to change it.
pub(super) fn entry(manifest: &mut Manifest, number: u64) -> &mut Entry {
    dataset(manifest).versions.iter_mut().find(|entry| entry.version == Version(number)).unwrap()
}

pub(super) fn add(manifest: &mut Manifest, entry: Entry) {
    dataset(manifest).versions.insert(0, entry);
}
