//! Effective states: what an entry is, by what it spells, where it is, and what receipts prove.

use std::fmt;

use super::hash::Digest;
use super::manifest::types::{Dataset, Entry, Manifest, State};
use super::version::Version;

/// What an entry is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effective {
    /// Pending, and not on the default branch.
    Proposed,
    /// Pending on the default branch: approved, not yet known to be in production.
    Merged,
    /// In production.
    Published,
    /// Given up before it was published.
    Withdrawn,
    /// To be deleted once the grace period is over.
    Retired,
    /// Its bytes are about to go.
    Purging,
    /// Its bytes are gone.
    Purged,
    /// A later program's word.
    Unknown(String),
}

impl Effective {
    /// The word that people see.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Effective::Proposed => "pending",
            Effective::Merged => "merged",
            Effective::Published => "published",
            Effective::Withdrawn => "withdrawn",
            Effective::Retired => "retired",
            Effective::Purging => "purging",
            Effective::Purged => "purged",
            Effective::Unknown(word) => word,
        }
    }

    /// Whether it can be the latest version.
    #[must_use]
    pub fn is_live(&self) -> bool {
        matches!(self, Effective::Merged | Effective::Published)
    }

    /// Whether its object is in production, and nothing has marked it for deletion.
    #[must_use]
    pub fn has_object(&self) -> bool {
        matches!(self, Effective::Published | Effective::Retired)
    }
}

impl fmt::Display for Effective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// What an entry is. The receipt must be one that matches it.
#[must_use]
pub fn effective(entry: &Entry, on_default_branch: bool, has_receipt: bool) -> Effective {
    match &entry.state {
        State::Pending if has_receipt => Effective::Published,
        State::Pending if on_default_branch => Effective::Merged,
        State::Pending => Effective::Proposed,
        State::Published => Effective::Published,
        // Withdrawing and publishing crossed.
        State::Withdrawn if has_receipt => Effective::Retired,
        State::Withdrawn => Effective::Withdrawn,
        State::Retired => Effective::Retired,
        State::Purging => Effective::Purging,
        State::Purged => Effective::Purged,
        State::Unknown(word) => Effective::Unknown(word.clone()),
    }
}

/// The highest live version.
#[must_use]
pub fn latest(dataset: &Dataset, effective: impl Fn(&Entry) -> Effective) -> Option<&Entry> {
    dataset.versions.iter().filter(|entry| effective(entry).is_live()).max_by_key(|entry| entry.version)
}

/// The number that a new version gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Next {
    /// `v<n>`.
    pub version: Version,
    /// The own pending entry of this branch that makes room for it.
    pub replaces: Option<Version>,
}

/// 1 + the highest number known for that dataset, except that preparing again on the same unmerged branch replaces its own
/// pending entry and keeps that one's number where it can.
///
/// `proposals` and `receipts` are the identities known for this dataset; the own proposal may be among them.
#[must_use]
pub fn next_version(
    name: &str,
    here: &Manifest,
    default_branch: Option<&Manifest>,
    proposals: &[(Version, Digest)],
    receipts: &[(Version, Digest)],
) -> Next {
    let of = |manifest: &Manifest| -> Vec<(Version, Digest)> {
        manifest.datasets.get(name).map(|d| d.versions.iter().map(Entry::id).collect()).unwrap_or_default()
    };
    let merged = default_branch.map(of).unwrap_or_default();
    let spent = |id: &(Version, Digest)| merged.contains(id) || receipts.contains(id);
    let entries = here.datasets.get(name).map(|d| d.versions.as_slice()).unwrap_or_default();
    let own = entries.iter().filter(|e| e.state == State::Pending && !spent(&e.id())).max_by_key(|e| e.version);
    let own = own.map(Entry::id);
    let here = of(here);
    let known = [here.as_slice(), &merged, proposals, receipts].concat();
    let highest = known.iter().filter(|id| Some(**id) != own).map(|id| id.0).max().unwrap_or(Version(0));
    let version = own.map_or(highest.next(), |(version, _)| version.max(highest.next()));
    Next { version, replaces: own.map(|(version, _)| version) }
}

/// An entry and those it was made from, the newest first.
#[must_use]
pub fn ancestry<'m>(dataset: &'m Dataset, entry: &'m Entry) -> Vec<&'m Entry> {
    let base = |entry: &&'m Entry| {
        // Bases lie lower; whatever else a damaged manifest says would lead in circles.
        let base = entry.base.filter(|base| *base < entry.version)?;
        dataset.versions.iter().find(|e| e.version == base)
    };
    std::iter::successors(Some(entry), base).collect()
}
