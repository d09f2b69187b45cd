//! How bytes leave production: mark → delete → record. Each step is a pure function of what was counted.
//!
//! A mark is a state on the default branch, reached by compare-and-swap. Only what the tip says to be purging is deleted,
//! and only while [`References`] counted on that very tip pin it by nothing.

pub mod janitor;
#[cfg(test)]
mod tests;
mod tree;

use std::collections::{BTreeMap, BTreeSet};

use tree::Held;
pub use tree::{Objects, Part};

use super::chunk;
use super::key::{self, Key};
use super::manifest::types::{Dataset, Entry, Kind, Manifest, State};
use super::manifest::validate;
use super::reference::{Pin, References, place};
use super::state::{Effective, effective};
use super::time;
use super::version::Version;

/// A version of a dataset.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct At {
    /// The dataset.
    pub dataset: String,
    /// The version.
    pub version: Version,
}

impl std::fmt::Display for At {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.dataset, self.version)
    }
}

/// An object that nothing needs, and the retired versions that had it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Unneeded {
    /// Where it lies in production.
    pub key: Key,
    /// Bytes.
    pub size: Option<u64>,
    /// Its versions.
    pub entries: Vec<At>,
}

/// An object that stays although a version of it is retired or marked.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Kept {
    /// Where it lies in production.
    pub key: Key,
    /// The version that was looked at.
    pub entry: At,
    /// What needs it.
    pub pins: Vec<Pin>,
    /// Why it stays if nothing needs it.
    pub why: Option<String>,
}

/// The first step.
#[derive(Clone, Debug, PartialEq)]
pub struct Marks {
    /// The manifest with the marks.
    pub manifest: Manifest,
    /// Versions whose retirement was seen for the first time: grace begins.
    pub seen: Vec<At>,
    /// What is marked for deletion.
    pub marked: Vec<Unneeded>,
    /// What stays.
    pub kept: Vec<Kept>,
}

/// Writes down which retirements are new, and which are over and needed by nothing.
#[must_use]
pub fn mark(references: &References) -> Marks {
    let (tip, grace) = (references.tip(), references.grace());
    let mut marks = Marks { manifest: tip.clone(), seen: Vec::new(), marked: Vec::new(), kept: Vec::new() };
    let mut unneeded: BTreeMap<Key, Unneeded> = BTreeMap::new();
    let now = time::stamp(grace.now);
    let faulty = faulty(tip);
    for (name, dataset) in &tip.datasets {
        for entry in &dataset.versions {
            let receipt = references.has_receipt(name, entry);
            if effective(entry, true, receipt) != Effective::Retired {
                continue;
            }
            let at = At { dataset: name.clone(), version: entry.version };
            let key = place(name, dataset, entry);
            let pins = references.production(&key, &entry.sha256);
            let why = stands_still(name, dataset, &key, &faulty);
            if entry.retired.is_none() && !faulty.contains(name) {
                change(&mut marks.manifest, &at, State::Retired, |entry| entry.retired = Some(now.clone()));
                marks.seen.push(at.clone());
            }
            if !pins.is_empty() || why.is_some() || !grace.is_over(entry) {
                marks.kept.push(Kept { key, entry: at, pins, why });
                continue;
            }
            change(&mut marks.manifest, &at, State::Purging, |entry| entry.purging = Some(now.clone()));
            gather(&mut unneeded, key, entry, at);
        }
    }
    marks.marked = unneeded.into_values().collect();
    marks
}

/// The second step: what may be deleted now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Marked on the tip, and needed by nothing.
    pub deletions: Vec<Unneeded>,
    /// Marked on the tip, and needed all the same.
    pub kept: Vec<Kept>,
}

/// What the tip marks, less what is needed after all. `references` must have been counted on a tip fetched just now.
/// `objects` says what the marked trees are made of.
#[must_use]
pub fn delete_plan(references: &References, objects: &Objects) -> Plan {
    let tip = references.tip();
    let mut plan = Plan::default();
    let mut unneeded: BTreeMap<Key, Unneeded> = BTreeMap::new();
    let faulty = faulty(tip);
    let held = alive(tip);
    let (kept_contents, mut trees) = (Held::by(references), Vec::<Unneeded>::new());
    for (at, dataset, entry) in marked(tip) {
        let key = place(&at.dataset, dataset, entry);
        let pins = references.production(&key, &entry.sha256);
        let why = stands_still(&at.dataset, dataset, &key, &faulty)
            .or_else(|| held.contains(&key).then(|| "a version of it is not marked".to_owned()));
        let why = why.or_else(|| objects.missing(&at, dataset));
        if !pins.is_empty() || why.is_some() {
            plan.kept.push(Kept { key, entry: at, pins, why });
        } else if dataset.kind == Kind::Tree {
            let free = objects.unneeded(references, &kept_contents, &at, entry, key);
            // A version and its rollback have the same objects.
            trees.retain(|one| free.iter().all(|other| other.key != one.key));
            trees.extend(free);
        } else {
            gather(&mut unneeded, key, entry, at);
        }
    }
    plan.deletions = unneeded.into_values().chain(trees).collect();
    plan
}

/// The third step: versions whose marked object the store says is gone become purged. Gives what changed.
pub fn record(manifest: &mut Manifest, gone: &BTreeSet<Key>, now: i64) -> Vec<At> {
    let of_gone =
        |(at, dataset, entry): (At, &Dataset, &Entry)| gone.contains(&place(&at.dataset, dataset, entry)).then_some(at);
    let purged: Vec<At> = marked(manifest).filter_map(of_gone).collect();
    for at in &purged {
        change(manifest, at, State::Purged, |entry| entry.purged = Some(time::stamp(now)));
    }
    purged
}

/// Every object that the manifest marks for deletion.
#[must_use]
pub fn marked_keys(manifest: &Manifest) -> BTreeSet<Key> {
    let known = |(_, dataset, _): &(At, &Dataset, &Entry)| !matches!(dataset.kind, Kind::Unknown(_));
    marked(manifest).filter(known).map(|(at, dataset, entry)| place(&at.dataset, dataset, entry)).collect()
}

/// The chunk list that goes with an object; `None` while a version that is neither marked nor gone has the same bytes.
#[must_use]
pub fn chunk_list(tip: &Manifest, unneeded: &Unneeded) -> Option<Key> {
    let at = unneeded.entries.first()?;
    tip.datasets.get(&at.dataset).filter(|dataset| dataset.kind == Kind::File)?;
    let sha256 = tip.entry(&at.dataset, at.version)?.sha256;
    let gone = |e: &Entry| matches!(e.state, State::Purging | State::Purged | State::Withdrawn);
    let alone = tip.entries().all(|(_, e)| e.sha256 != sha256 || gone(e));
    (alone && unneeded.size.is_none_or(chunk::listed)).then(|| key::chunks(&sha256))
}

/// Every version that is marked, with its dataset.
pub fn marked(manifest: &Manifest) -> impl Iterator<Item = (At, &Dataset, &Entry)> {
    manifest.datasets.iter().flat_map(|(name, dataset)| {
        let purging = dataset.versions.iter().filter(|entry| entry.state == State::Purging);
        purging.map(move |entry| (At { dataset: name.clone(), version: entry.version }, dataset, entry))
    })
}

/// The objects of all versions that are neither marked nor gone. The references say the same; deleting asks twice.
fn alive(manifest: &Manifest) -> BTreeSet<Key> {
    let mut keys = BTreeSet::new();
    for (name, dataset) in &manifest.datasets {
        let alive =
            |e: &&Entry| matches!(e.state, State::Pending | State::Published | State::Retired | State::Unknown(_));
        keys.extend(dataset.versions.iter().filter(alive).map(|entry| place(name, dataset, entry)));
    }
    keys
}

/// Datasets that a fault stops.
fn faulty(manifest: &Manifest) -> BTreeSet<String> {
    validate::validate(manifest).into_iter().filter_map(|fault| fault.dataset).collect()
}

/// Why an object cannot be deleted, whoever needs it.
fn stands_still(name: &str, dataset: &Dataset, key: &Key, faulty: &BTreeSet<String>) -> Option<String> {
    if faulty.contains(name) {
        return Some("its dataset is faulty: the check of a pull request says how".to_owned());
    }
    if let Kind::Unknown(kind) = &dataset.kind {
        return Some(format!("this version deletes files and trees only, and it is a {kind}"));
    }
    let odd = key.as_str().starts_with(key::OWN) || key.as_str().is_empty();
    odd.then(|| "that key does not hold a version".to_owned())
}

fn gather(unneeded: &mut BTreeMap<Key, Unneeded>, key: Key, entry: &Entry, at: At) {
    let found = unneeded.entry(key.clone()).or_insert_with(|| Unneeded { key, size: entry.size, entries: Vec::new() });
    found.entries.push(at);
}

fn change(manifest: &mut Manifest, at: &At, state: State, also: impl FnOnce(&mut Entry)) {
    let dataset = manifest.datasets.get_mut(&at.dataset);
    if let Some(entry) = dataset.and_then(|d| d.versions.iter_mut().find(|e| e.version == at.version)) {
        entry.state = state;
        also(entry);
    }
}
