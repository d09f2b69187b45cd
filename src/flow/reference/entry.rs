//! What one entry needs: its own object, and those it is made of.

use std::collections::BTreeMap;

use super::{Pin, Through, Why};
use crate::flow::hash::Digest;
use crate::flow::key::Key;
use crate::flow::manifest::rules::origin;
use crate::flow::manifest::types::{Dataset, Entry, Kind, Manifest, State};
use crate::flow::publication::derived;

/// Where an entry's bytes lie, or would lie, whatever its state.
#[must_use]
pub fn place(name: &str, dataset: &Dataset, entry: &Entry) -> Key {
    match entry.rollback.map(|version| (version, dataset.entry(version))) {
        _ if entry.key.is_some() => own(name, dataset, entry),
        None => own(name, dataset, entry),
        Some((_, Some(owner))) => own(name, dataset, owner),
        Some((version, None)) => derived(name, &dataset.kind, version, &entry.sha256),
    }
}

fn own(name: &str, dataset: &Dataset, entry: &Entry) -> Key {
    match &entry.key {
        Some(key) => Key::new(key),
        None => derived(name, &dataset.kind, entry.version, &entry.sha256),
    }
}

/// The digest whose bytes, or whose recipe, a key of staging holds; `None` for a key that is not ours.
#[must_use]
pub fn staged_digest(key: &Key) -> Option<Digest> {
    let (hex, rest) = key.as_str().split_at_checked(64)?;
    let ours = matches!(rest, "" | ".tree" | ".where") || delta_base(key).is_some();
    Digest::from_hex(hex).filter(|_| ours)
}

/// The digest that a staged delta is made against.
pub(super) fn delta_base(key: &Key) -> Option<Digest> {
    let (hex, rest) = key.as_str().split_at_checked(64)?;
    Digest::from_hex(hex)?;
    Digest::from_hex(rest.strip_prefix(".delta-")?)
}

/// The listings of trees that were read, by their digests.
pub type Trees = BTreeMap<Digest, Contents>;

/// What a tree is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// The contents of its files.
    pub files: Vec<Digest>,
    /// Shards that hold some of them in staging.
    pub shards: Vec<Digest>,
}

/// What is pinned so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Pins {
    pub(super) keys: BTreeMap<Key, Vec<Pin>>,
    pub(super) digests: BTreeMap<Digest, Vec<Pin>>,
    pub(super) staged: BTreeMap<Digest, Vec<Pin>>,
    pub(super) staged_keys: BTreeMap<Key, Vec<Pin>>,
}

/// An entry that counts.
#[derive(Clone, Copy)]
pub(super) struct Needs<'a> {
    pub(super) reference: &'a str,
    pub(super) manifest: &'a Manifest,
    pub(super) name: &'a str,
    pub(super) dataset: &'a Dataset,
    pub(super) entry: &'a Entry,
    pub(super) why: Why,
}

impl Needs<'_> {
    fn pin(&self, through: Through) -> Pin {
        Pin {
            reference: self.reference.to_owned(),
            dataset: self.name.to_owned(),
            version: Some(self.entry.version),
            why: self.why,
            through,
        }
    }
}

impl Pins {
    /// Pins all that the entry needs; false if it is a tree whose listing was not read.
    pub(super) fn add(&mut self, needs: &Needs<'_>, trees: &Trees) -> bool {
        let Needs { manifest, name, dataset, entry, .. } = *needs;
        let pending = entry.state == State::Pending;
        self.key(own(name, dataset, entry), needs.pin(Through::Own));
        if entry.rollback.is_some() {
            self.key(place(name, dataset, entry), needs.pin(Through::Rollback));
        }
        if let Some((old, version)) = entry.from.as_deref().and_then(origin) {
            let from = manifest.datasets.get(old).and_then(|dataset| Some((dataset, dataset.entry(version)?)));
            let key = match from {
                Some((dataset, entry)) => place(old, dataset, entry),
                None => derived(old, &dataset.kind, version, &entry.sha256),
            };
            self.key(key, needs.pin(Through::From));
        }
        // Once it is published it is whole, and needs its base no more.
        if let Some(base) = entry.delta.filter(|_| pending) {
            self.digests.entry(base).or_default().push(needs.pin(Through::Delta));
        }
        if pending {
            self.staged.entry(entry.sha256).or_default().push(needs.pin(Through::Own));
            if let Some(key) = &entry.staging_key {
                self.staged_keys.entry(Key::new(key)).or_default().push(needs.pin(Through::Own));
            }
        }
        if dataset.kind != Kind::Tree {
            return true;
        }
        // Whoever publishes it asks its base where the contents lie that did not change.
        let base = entry.base.and_then(|base| dataset.entry(base)).filter(|_| pending);
        if let Some(base) = base {
            self.key(place(name, dataset, base), needs.pin(Through::Tree));
        }
        let Some(Contents { files, shards }) = trees.get(&entry.sha256) else { return false };
        for file in files {
            self.digests.entry(*file).or_default().push(needs.pin(Through::Tree));
        }
        for object in files.iter().chain(shards).filter(|_| pending) {
            self.staged.entry(*object).or_default().push(needs.pin(Through::Tree));
        }
        true
    }

    /// A delta that lies in staging needs what it is made against.
    pub(super) fn add_staged(&mut self, key: &Key) {
        let Some(base) = delta_base(key) else { return };
        let reference = key.to_string();
        let pin = Pin { reference, dataset: String::new(), version: None, why: Why::Staged, through: Through::Delta };
        self.digests.entry(base).or_default().push(pin);
    }

    fn key(&mut self, key: Key, pin: Pin) {
        self.keys.entry(key).or_default().push(pin);
    }
}
