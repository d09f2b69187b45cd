//! Versions that the older tool published: they have no receipt until our publisher has hashed their object once.

use super::{Action, Item};
use crate::flow::key::Key;
use crate::flow::manifest::types::{Kind, Manifest, State};
use crate::flow::receipt::Identity;
use crate::flow::reference::Receipts;

/// How many versions one run takes, and how many bytes: receipts stand, the next run goes on.
const VERSIONS: usize = 1000;
const BYTES: u64 = 64 << 30;

/// Published versions that lie at a key of the older tool. One whose size nobody wrote down yet is left out.
#[must_use]
pub fn migrated(manifest: &Manifest) -> Vec<Item> {
    let files = manifest.datasets.iter().filter(|(_, dataset)| dataset.kind == Kind::File);
    let mut items: Vec<Item> = files
        .flat_map(|(name, dataset)| {
            dataset.versions.iter().filter(|entry| entry.state == State::Published).filter_map(|entry| {
                let (key, size) = (Key::new(entry.key.as_ref()?), entry.size?);
                let (dataset, kind) = (name.clone(), dataset.kind.word().to_owned());
                let identity = Identity { dataset, version: entry.version, kind, sha256: entry.sha256, size, key };
                Some(Item { identity, base: entry.base, action: Action::Reference, tree: None })
            })
        })
        .collect();
    // The smallest first: what is wrong or large does not keep others from their receipts.
    items.sort_by_key(|item| item.identity.size);
    items
}

/// Those without a receipt that one run takes, and how many are left for the next.
#[must_use]
pub fn unproven(items: Vec<Item>, receipts: &Receipts) -> (Vec<Item>, usize) {
    let has = |item: &Item| {
        let id = &item.identity;
        receipts.contains(&(id.dataset.clone(), id.version, id.sha256))
    };
    let mut open: Vec<Item> = items.into_iter().filter(|item| !has(item)).collect();
    let mut bytes = 0u64;
    let fits = |item: &Item| {
        bytes = bytes.saturating_add(item.identity.size);
        bytes <= BYTES
    };
    // One that is larger than all that a run takes is a run of its own.
    let taken = open.iter().take(VERSIONS).map(fits).take_while(|fits| *fits).count().max(1).min(open.len());
    let left = open.split_off(taken).len();
    (open, left)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::hash::Digest;
    use crate::flow::manifest::types::{Dataset, Entry};
    use crate::flow::version::Version;

    fn entry(n: u64, size: Option<u64>, state: State) -> Entry {
        let stamp = "2026-11-21T10:00:00Z".to_owned();
        let mut entry = Entry::pending(Version(n), Digest::of(&n.to_le_bytes()), 0, stamp, "m".to_owned());
        (entry.size, entry.state, entry.key) = (size, state, Some(format!("old/{n}")));
        entry
    }

    fn items(entries: Vec<Entry>) -> Vec<Item> {
        let mut manifest = Manifest::default();
        manifest.datasets.insert("a.csv".to_owned(), Dataset { versions: entries, ..Dataset::default() });
        migrated(&manifest)
    }

    fn versions(items: &[Item]) -> Vec<u64> {
        items.iter().map(|item| item.identity.version.0).collect()
    }

    #[test]
    fn published_versions_of_the_older_tool_are_meant_and_no_others() {
        let mut ours = entry(6, Some(6), State::Published);
        ours.key = None;
        let found = items(vec![
            ours,
            entry(5, None, State::Published),
            entry(4, Some(9), State::Published),
            entry(3, Some(3), State::Pending),
            entry(2, Some(2), State::Retired),
            entry(1, Some(1), State::Published),
        ]);
        assert_eq!(versions(&found), [1, 4]);
        assert_eq!((found[1].identity.key.as_str(), &found[1].action), ("old/4", &Action::Reference));
    }

    #[test]
    fn a_receipt_is_written_once() {
        let found = items(vec![entry(2, Some(2), State::Published), entry(1, Some(1), State::Published)]);
        let id = &found[0].identity;
        let receipts: Receipts = [(id.dataset.clone(), id.version, id.sha256)].into();
        let (open, left) = unproven(found, &receipts);
        assert_eq!((versions(&open), left), (vec![2], 0));
        assert_eq!(unproven(Vec::new(), &receipts), (Vec::new(), 0));
    }

    #[test]
    fn a_run_takes_no_more_than_it_can() {
        let sized = |sizes: &[u64]| {
            let entries = sizes.iter().zip(1..).map(|(size, n)| entry(n, Some(*size), State::Published));
            let (open, left) = unproven(items(entries.collect()), &Receipts::new());
            (versions(&open), left)
        };
        assert_eq!(sized(&[BYTES + 1, 5, BYTES - 5, 7]), (vec![2, 4], 2));
        assert_eq!(sized(&[BYTES + 1]), (vec![1], 0));
        let (taken, left) = sized(&vec![1; VERSIONS + 3]);
        assert_eq!((taken.len(), left), (VERSIONS, 3));
    }
}
