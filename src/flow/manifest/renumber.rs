//! Two proposals took the same number: the unmerged one takes the next, and says what came in between.

use std::collections::BTreeMap;

use super::join::Pick;
use super::merge::Entries;
use super::types::{Entry, State};
use crate::flow::hash::Digest;
use crate::flow::version::Version;

/// A proposal that took another number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renumbered {
    /// Of which dataset.
    pub dataset: String,
    /// What it was.
    pub from: Version,
    /// What it is.
    pub to: Version,
    /// Its content, which stays.
    pub sha256: Digest,
}

/// All entries, newest first, after those of the other side made room.
pub(super) fn together(name: &str, entries: Entries, pick: &mut Pick<'_>) -> (Vec<Entry>, Vec<Renumbered>) {
    let Entries { mut kept, mut only_other } = entries;
    only_other.sort_by_key(|entry| entry.version);
    let numbers = numbers(&kept, &only_other);
    let mut renumbered = Vec::new();
    for entry in &mut only_other {
        let was = entry.version;
        let unmerged = is_unmerged(entry);
        entry.version = numbers.get(&was).copied().unwrap_or(was);
        if unmerged {
            for reference in [&mut entry.base, &mut entry.supersedes, &mut entry.rollback].into_iter().flatten() {
                *reference = numbers.get(reference).copied().unwrap_or(*reference);
            }
        }
        if entry.version == was {
            continue;
        }
        if !unmerged {
            let (state, to) = (entry.state.word(), entry.version);
            let hint = format!("both are there, the second as {to}; only a reviewed restore of one can decide");
            pick.tell(was, "sha256", format!("two versions {was}"), format!("one is {state}"), hint);
        }
        if entry.version > Version::LAST {
            let hint = format!("withdraw {} by a pull request, so that numbers are left", Version::LAST);
            pick.tell(was, "version", format!("{was}"), "no number is left".to_owned(), hint);
        }
        let (dataset, sha256) = (name.to_owned(), entry.sha256);
        renumbered.push(Renumbered { dataset, from: was, to: entry.version, sha256 });
    }
    let proposals: Vec<Version> = only_other.iter().filter(|e| e.state == State::Pending).map(|e| e.version).collect();
    kept.append(&mut only_other);
    kept.sort_by_key(|entry| std::cmp::Reverse(entry.version));
    supersede(&mut kept, &proposals);
    (kept, renumbered)
}

/// New numbers for those of the other side that are spent, or lower than a spent one.
fn numbers(kept: &[Entry], only_other: &[Entry]) -> BTreeMap<Version, Version> {
    let spent = kept.iter().map(|entry| entry.version).max().unwrap_or(Version(0));
    let fixed = |entry: &Entry| !is_unmerged(entry) && kept.iter().all(|other| other.version != entry.version);
    let mut last = only_other.iter().filter(|e| fixed(e)).map(|e| e.version).max().map_or(spent, |v| v.max(spent));
    let mut numbers = BTreeMap::new();
    for entry in only_other.iter().filter(|entry| !fixed(entry)) {
        last = if entry.version > last { entry.version } else { last.next() };
        numbers.insert(entry.version, last);
    }
    numbers
}

/// Its key does not hold its number yet.
fn is_unmerged(entry: &Entry) -> bool {
    matches!(entry.state, State::Pending | State::Withdrawn)
}

/// Makes base and `supersedes` of each proposal such that `check` is green.
fn supersede(versions: &mut [Entry], proposals: &[Version]) {
    for n in 0..versions.len() {
        if !proposals.contains(&versions[n].version) {
            continue;
        }
        let live = |e: &&Entry| matches!(e.state, State::Pending | State::Published);
        let between = versions[n + 1..].iter().find(live).map(|e| e.version);
        let entry = &mut versions[n];
        entry.supersedes = between.filter(|latest| entry.base != Some(*latest));
    }
}
