//! What a proposal may add: pending versions with fresh numbers, made from the latest, out of objects that exist.

use super::rules;
use super::transition::{Author, Rule, Told, facts, migrated};
use super::types::{Dataset, Entry, Manifest, State};
use crate::flow::state::{Effective, effective};
use crate::flow::version::Version;

/// Proposals leave gaps; one that leaves out more numbers than this uses them up.
const GAP: u64 = 1_000;

/// Names everything illegal about the entries that are new in a dataset.
pub(super) fn added(
    (base, head): (&Manifest, &Manifest),
    old: Option<&Dataset>,
    new: &Dataset,
    has_receipt: &dyn Fn(&str, &Entry) -> bool,
    by: Author,
    told: &mut Told<'_>,
) {
    let name = told.dataset;
    let is_merged = |entry: &Entry| old.is_some_and(|dataset| dataset.entry(entry.version).is_some());
    let spent = old.and_then(|dataset| dataset.versions.iter().map(|entry| entry.version).max());
    let here = |entry: &Entry| effective(entry, true, has_receipt(name, entry));
    for entry in new.versions.iter().filter(|entry| !is_merged(entry)) {
        let version = Some(entry.version);
        if by == Author::Publisher {
            told.tell(version, "versions", Rule::Proposal, "the publisher adds no versions".to_owned());
        }
        if let Some(spent) = spent.filter(|spent| *spent > entry.version) {
            let message = format!("the number is spent: {spent} is on the default branch (git data merge renumbers)");
            told.tell(version, "version", Rule::Spent, message);
        }
        let highest = spent.unwrap_or(Version(0));
        if entry.version.0 > highest.0 + GAP {
            let message = format!("it leaves out too many numbers: the next one is {}", highest.next());
            told.tell(version, "version", Rule::Spent, message);
        }
        if let Some(to) = old.and_then(|dataset| dataset.renamed.as_ref()) {
            told.tell(version, "versions", Rule::Renamed, format!("the dataset is {to} now"));
        }
        born(entry, told);
        if entry.state == State::Pending {
            taken_over(head, entry, told);
            made_from(new, entry, &here, told);
            objects(base, new, entry, has_receipt, told);
        }
    }
}

/// Bytes of another dataset are taken over by renaming it: to know a digest is no right to the bytes.
fn taken_over(head: &Manifest, entry: &Entry, told: &mut Told<'_>) {
    let Some((old, _)) = entry.from.as_deref().and_then(rules::origin) else { return };
    let renamed = head.datasets.get(old).and_then(|dataset| dataset.renamed.as_deref());
    if renamed != Some(told.dataset) {
        let message = format!("{old} is not renamed to {}", told.dataset);
        told.tell(Some(entry.version), "from", Rule::Renamed, message);
    }
}

/// A version begins as pending, without facts. One given up before it was merged is withdrawn.
fn born(entry: &Entry, told: &mut Told<'_>) {
    let version = Some(entry.version);
    if !matches!(entry.state, State::Pending | State::Withdrawn) {
        let message = format!("a new version is pending, not {}", entry.state.word());
        told.tell(version, "state", Rule::State, message);
    }
    for (member, _, there) in facts(entry, entry) {
        if there.is_some() {
            told.tell(version, member, Rule::Publisher, "the publisher writes it".to_owned());
        }
    }
    for member in migrated(entry) {
        told.tell(version, member, Rule::Migrated, "only git data migrate writes it".to_owned());
    }
}

/// "I know that it came in between": without it the base is the highest lower live version.
fn made_from(dataset: &Dataset, entry: &Entry, here: &dyn Fn(&Entry) -> Effective, told: &mut Told<'_>) {
    let lower = dataset.versions.iter().filter(|e| e.version < entry.version && here(e).is_live());
    let Some(latest) = lower.map(|e| e.version).max() else { return };
    if entry.base == Some(latest) || entry.supersedes == Some(latest) {
        return;
    }
    let made = entry.base.map_or("nothing".to_owned(), |base| base.to_string());
    let (member, what) = match entry.supersedes {
        Some(between) => ("supersedes", format!("it supersedes {between}")),
        None => ("base", format!("it was made from {made}")),
    };
    let message = format!("{what}, but {latest} came in between (git data merge, or \"supersedes\": \"{latest}\")");
    told.tell(Some(entry.version), member, Rule::Base, message);
}

/// Objects that are taken from production must be there.
fn objects(
    base: &Manifest,
    dataset: &Dataset,
    entry: &Entry,
    has_receipt: &dyn Fn(&str, &Entry) -> bool,
    told: &mut Told<'_>,
) {
    let name = told.dataset;
    let state = |name: &str, version: Version| -> Option<Effective> {
        let entry = base.entry(name, version)?;
        Some(effective(entry, true, has_receipt(name, entry)))
    };
    let mut need = |member: &str, what: String, state: Option<Effective>| {
        if !state.as_ref().is_some_and(Effective::has_object) {
            let word = state.as_ref().map_or("not on the default branch", Effective::word);
            let message = format!("{what} is {word}, not published");
            told.tell(Some(entry.version), member, Rule::Object, message);
        }
    };
    if let Some(version) = entry.rollback {
        need("rollback", version.to_string(), state(name, version));
    }
    if let Some((old, version)) = entry.from.as_deref().and_then(rules::origin) {
        need("from", format!("{old} {version}"), state(old, version));
    }
    if let Some(delta) = entry.delta {
        let owners = || dataset.versions.iter().filter(|e| e.sha256 == delta && e.version != entry.version);
        let best = owners().map(|e| (e.version, state(name, e.version)));
        let published = |s: &Option<Effective>| *s == Some(Effective::Published);
        if let Some((version, state)) = best.max_by_key(|(_, state)| published(state)) {
            need("delta", version.to_string(), state);
        }
    }
}
