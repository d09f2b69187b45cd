//! Merging by meaning: no entry is lost, facts join, and who is on the default branch keeps its numbers.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::join::{self, Pick};
use super::json::Json;
use super::occupied;
pub use super::renumber::{self, Renumbered};
use super::types::{Dataset, Entry, Manifest, State};
use crate::flow::hash::Digest;
use crate::flow::version::Version;

/// One of the two sides of a merge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The branch that is merged into.
    Ours,
    /// The branch that is merged.
    Theirs,
}

/// What has no answer that keeps both meanings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// Of which dataset; `None` is the manifest itself.
    pub dataset: Option<String>,
    /// Of which entry.
    pub version: Option<Version>,
    /// Which member.
    pub member: String,
    /// The value of one side; the merged manifest has that of the side that keeps its numbers.
    pub ours: String,
    /// The value of the other.
    pub theirs: String,
    /// What to type.
    pub hint: String,
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.dataset.as_deref().unwrap_or("manifest.json"))?;
        if let Some(version) = self.version {
            write!(f, " {version}")?;
        }
        write!(f, ": {}: ours is {}, theirs is {}; {}", self.member, self.ours, self.theirs, self.hint)
    }
}

/// A merge.
#[derive(Clone, Debug, PartialEq)]
pub struct Merged {
    /// Both sides in one.
    pub manifest: Manifest,
    /// Proposals that took another number.
    pub renumbered: Vec<Renumbered>,
    /// What a person must decide.
    pub conflicts: Vec<Conflict>,
}

/// Merges two manifests; `keeps_number` is the side whose entries are reachable from the remote default branch.
#[must_use]
pub fn merge(base: &Manifest, ours: &Manifest, theirs: &Manifest, keeps_number: Side) -> Merged {
    let mut merged = Merged { manifest: Manifest::default(), renumbered: Vec::new(), conflicts: Vec::new() };
    let names: BTreeSet<&String> = [base, ours, theirs].into_iter().flat_map(|m| m.datasets.keys()).collect();
    let none = Dataset::default();
    for name in names {
        let of = |manifest: &'_ Manifest| manifest.datasets.get(name).cloned();
        let three = (of(base), of(ours), of(theirs));
        let mut pick = Pick::new(keeps_number, Some(name), &mut merged.conflicts);
        let mut dataset = match &three {
            (Some(base), None, Some(one)) | (Some(base), Some(one), None) => members(Some(base), one, one, &mut pick),
            (_, None, Some(one)) | (_, Some(one), None) | (Some(one), None, None) => one.clone(),
            (base, Some(ours), Some(theirs)) => members(base.as_ref(), ours, theirs, &mut pick),
            (None, None, None) => continue,
        };
        let (base, ours, theirs) =
            (three.0.as_ref().unwrap_or(&none), three.1.as_ref().unwrap_or(&none), three.2.as_ref().unwrap_or(&none));
        let (keeping, other) = match keeps_number {
            Side::Ours => (ours, theirs),
            Side::Theirs => (theirs, ours),
        };
        let kept = entries(base, keeping, other, &mut pick);
        let (versions, renumbered) = renumber::together(name, kept, &mut pick);
        dataset.versions = versions;
        merged.renumbered.extend(renumbered);
        merged.manifest.datasets.insert(name.clone(), dataset);
    }
    let mut pick = Pick::new(keeps_number, None, &mut merged.conflicts);
    merged.manifest.extra = extra(&base.extra, &ours.extra, &theirs.extra, &mut pick);
    clashes(ours, theirs, &mut merged);
    merged
}

/// The members of a dataset, but for its versions.
fn members(base: Option<&Dataset>, ours: &Dataset, theirs: &Dataset, pick: &mut Pick<'_>) -> Dataset {
    let none = Dataset::default();
    let old = base.unwrap_or(&none);
    let text = |pick: &mut Pick<'_>, member: &str, of: fn(&Dataset) -> &Option<String>| {
        pick.one(None, member, of(old), of(ours), of(theirs), join::text)
    };
    let json = |pick: &mut Pick<'_>, member: &str, of: fn(&Dataset) -> &Option<Json>| {
        pick.one(None, member, of(old), of(ours), of(theirs), join::json)
    };
    let kind = |kind: &super::types::Kind| kind.word().to_owned();
    let kind_before = if base.is_some() { &old.kind } else { &ours.kind };
    let kind = match base {
        None if ours.kind != theirs.kind => pick.clash(None, "kind", &ours.kind, &theirs.kind, kind),
        _ => pick.one(None, "kind", kind_before, &ours.kind, &theirs.kind, kind),
    };
    Dataset {
        kind,
        path: text(pick, "path", |d| &d.path),
        description: text(pick, "description", |d| &d.description),
        keys: json(pick, "keys", |d| &d.keys),
        checks: json(pick, "checks", |d| &d.checks),
        redact: json(pick, "redact", |d| &d.redact),
        preview: text(pick, "preview", |d| &d.preview),
        renamed: text(pick, "renamed", |d| &d.renamed),
        versions: Vec::new(),
        extra: extra(&old.extra, &ours.extra, &theirs.extra, pick),
    }
}

/// Members of later programs, each by itself.
pub(super) fn extra(
    base: &[(String, Json)],
    ours: &[(String, Json)],
    theirs: &[(String, Json)],
    pick: &mut Pick<'_>,
) -> Vec<(String, Json)> {
    let names: BTreeSet<&String> = [base, ours, theirs].into_iter().flatten().map(|(name, _)| name).collect();
    let get = |list: &[(String, Json)], name: &str| list.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
    let merged = names.into_iter().filter_map(|name| {
        let three = (get(base, name), get(ours, name), get(theirs, name));
        pick.one(None, name, &three.0, &three.1, &three.2, join::json).map(|value| (name.clone(), value))
    });
    merged.collect()
}

/// The entries of a dataset: those of the side that keeps its numbers, and those that only the other has.
pub(super) struct Entries {
    /// On the side that keeps its numbers, or in the base and lost by both.
    pub(super) kept: Vec<Entry>,
    /// Only on the other side.
    pub(super) only_other: Vec<Entry>,
}

fn entries(base: &Dataset, keeping: &Dataset, other: &Dataset, pick: &mut Pick<'_>) -> Entries {
    let by_id = |dataset: &Dataset| -> BTreeMap<(Version, Digest), Entry> {
        dataset.versions.iter().map(|entry| (entry.id(), entry.clone())).collect()
    };
    let (base, keeping, other) = (by_id(base), by_id(keeping), by_id(other));
    let mut found = Entries { kept: Vec::new(), only_other: Vec::new() };
    for (id, one) in &keeping {
        match (other.get(id), base.get(id)) {
            (Some(two), old) => found.kept.push(join::entry(old, one, two, pick)),
            // Gone from the other side: it may not, so it stays.
            (None, _) => found.kept.push(one.clone()),
        }
    }
    let replaced = |id: &(Version, Digest)| keeping.keys().any(|new| new.0 == id.0 && !base.contains_key(new));
    for (id, two) in other.iter().filter(|(id, _)| !keeping.contains_key(*id)) {
        match base.get(id) {
            // Prepared again on its branch: the side that keeps its numbers replaced its own pending entry.
            Some(old) if old == two && old.state == State::Pending && replaced(id) => {}
            _ => found.only_other.push(two.clone()),
        }
    }
    let neither = |id: &(Version, Digest)| !keeping.contains_key(id) && !other.contains_key(id);
    found.kept.extend(base.iter().filter(|(id, e)| neither(id) && e.state != State::Pending).map(|(_, e)| e.clone()));
    found
}

/// Names and paths that only together are in each other's way.
fn clashes(ours: &Manifest, theirs: &Manifest, merged: &mut Merged) {
    let known: Vec<_> = [ours, theirs].into_iter().flat_map(occupied::faults).collect();
    for fault in occupied::faults(&merged.manifest).into_iter().filter(|fault| !known.contains(fault)) {
        let name = fault.dataset.clone().unwrap_or_default();
        let has = |m: &Manifest| if m.datasets.contains_key(&name) { "there" } else { "absent" }.to_owned();
        merged.conflicts.push(Conflict {
            dataset: fault.dataset,
            version: None,
            member: "name or path".to_owned(),
            ours: has(ours),
            theirs: has(theirs),
            hint: fault.message,
        });
    }
}
