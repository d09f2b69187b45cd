//! Values to test retention with: manifests of few lines, and a count of them.

use super::{Count, Counted, Found, Grace, Receipts, References, Refusal, Standing, Trees};
use crate::flow::hash::Digest;
use crate::flow::key::{self, Key};
use crate::flow::manifest::types::{Dataset, Entry, Manifest, State};
use crate::flow::time;
use crate::flow::version::Version;

pub(crate) const DAY: i64 = 86_400;
/// 2026-11-21T10:00:00Z
pub(crate) const NOW: i64 = 1_795_255_200;
pub(crate) const GRACE: Grace = Grace { now: NOW, seconds: 30 * 86_400 };
pub(crate) const NAME: &str = "a.csv";
pub(crate) const MAIN: &str = "refs/heads/main";

pub(crate) fn digest(content: &str) -> Digest {
    Digest::of(content.as_bytes())
}

/// A version with that content.
pub(crate) fn version(number: u64, state: State, content: &str) -> Entry {
    let size = content.len() as u64;
    let mut entry = Entry::pending(Version(number), digest(content), size, time::stamp(NOW - 99 * DAY), "m".to_owned());
    if matches!(state, State::Published | State::Retired | State::Purging | State::Purged) {
        entry.commit = Some("4f5e".to_owned());
        entry.published = Some(time::stamp(NOW - 98 * DAY));
    }
    entry.state = state;
    entry
}

/// A version that was retired so many days ago.
pub(crate) fn retired(number: u64, content: &str, days: i64) -> Entry {
    let mut entry = version(number, State::Retired, content);
    entry.retired = Some(time::stamp(NOW - days * DAY));
    entry
}

/// A version that is marked.
pub(crate) fn purging(number: u64, content: &str) -> Entry {
    let mut entry = retired(number, content, 40);
    entry.state = State::Purging;
    entry.purging = Some(time::stamp(NOW - DAY));
    entry
}

/// A version with the content of an older one.
pub(crate) fn rollback(number: u64, state: State, content: &str, owner: u64) -> Entry {
    let mut entry = version(number, state, content);
    entry.rollback = Some(Version(owner));
    entry
}

pub(crate) fn put(manifest: &mut Manifest, name: &str, mut versions: Vec<Entry>) {
    versions.sort_by_key(|entry| std::cmp::Reverse(entry.version));
    manifest.datasets.insert(name.to_owned(), Dataset { versions, ..Dataset::default() });
}

pub(crate) fn manifest(versions: Vec<Entry>) -> Manifest {
    let mut manifest = Manifest::default();
    put(&mut manifest, NAME, versions);
    manifest
}

/// Where a version's own bytes lie.
pub(crate) fn at(number: u64, content: &str) -> Key {
    key::production(NAME, Version(number), &digest(content))
}

pub(crate) fn found(manifest: &Manifest) -> Found {
    Found::Manifest(Box::new(manifest.clone()))
}

pub(crate) fn kept(name: &str, manifest: &Manifest) -> Counted {
    Counted { name: name.to_owned(), standing: Standing::Kept, manifest: found(manifest) }
}

pub(crate) fn open(name: &str, base: &Manifest, head: &Manifest) -> Counted {
    let standing = Standing::Open { base: Some(Box::new(base.clone())), fork: false };
    Counted { name: name.to_owned(), standing, manifest: found(head) }
}

/// A count that began on that tip, with receipts for all that is published there.
pub(crate) fn on(tip: &Manifest) -> Count {
    let proven = |entry: &Entry| entry.published.is_some();
    let receipts = tip.entries().filter(|(_, e)| proven(e)).map(|(n, e)| (n.to_owned(), e.version, e.sha256));
    Count::of(MAIN, found(tip), receipts.collect(), Trees::new(), GRACE)
}

/// What that tip alone needs, and these names.
pub(crate) fn counted(tip: &Manifest, names: &[Counted]) -> References {
    tried(tip, names).unwrap()
}

pub(crate) fn tried(tip: &Manifest, names: &[Counted]) -> Result<References, Vec<Refusal>> {
    let mut count = on(tip);
    names.iter().for_each(|counted| count.add(counted));
    count.finish()
}

/// A count with these receipts and no other name.
pub(crate) fn proven(tip: &Manifest, receipts: &[(&str, u64, &str)]) -> Result<References, Vec<Refusal>> {
    let receipts: Receipts =
        receipts.iter().map(|(name, number, c)| ((*name).to_owned(), Version(*number), digest(c))).collect();
    Count::of(MAIN, found(tip), receipts, Trees::new(), GRACE).finish()
}
