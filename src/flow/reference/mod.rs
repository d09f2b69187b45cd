//! Which objects are needed, by which name in git, and why. Counted by key over all names that count.
//!
//! [`References`] exist only when every name could be read: what deletes takes them, and nothing else, as its proof.

mod count;
mod entry;
pub mod keep;
mod refusal;
#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

pub use count::Count;
pub use entry::{Contents, Trees, place, staged_digest};
pub use refusal::{Refusal, error};

use super::hash::Digest;
use super::key::{self, Key};
use super::manifest::types::{Entry, Manifest};
use super::time;
use super::version::Version;

/// What was found at `manifest.json` of a commit.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// A manifest.
    Manifest(Box<Manifest>),
    /// The commit has no such file.
    Nothing,
    /// The very bytes of its merge base: it adds and changes nothing.
    Unchanged,
    /// It was read and is no manifest; in words.
    Malformed(String),
    /// It, or the commit, could not be read here, whoever wrote it; in words.
    Unreadable(String),
}

/// Why a name counts.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing {
    /// A tag or another kept name: each dataset's latest there is needed.
    Kept,
    /// Another head: what it adds or changes is needed.
    Open {
        /// The manifest of its merge base with the default branch; `None` where they have none: then all its entries count.
        base: Option<Box<Manifest>>,
        /// Nobody who can push here made it: if it cannot be parsed it pins nothing.
        fork: bool,
    },
}

/// A name in git that counts, beside the default branch.
#[derive(Clone, Debug, PartialEq)]
pub struct Counted {
    /// As the remote has it: `refs/tags/v1`.
    pub name: String,
    /// Why it counts.
    pub standing: Standing,
    /// Its manifest.
    pub manifest: Found,
}

/// The publications that production proves, by the names of their receipts.
pub type Receipts = BTreeSet<(String, Version, Digest)>;

/// The (dataset, version, sha256) whose receipt lies at that key.
#[must_use]
pub fn receipt_of(key: &Key) -> Option<(String, Version, Digest)> {
    let path = key.as_str().strip_prefix(key::OWN)?.strip_prefix("published/")?.strip_suffix(".json")?;
    let (dataset, file) = path.rsplit_once('/')?;
    let (version, digest) = file.split_once('-')?;
    Some((dataset.to_owned(), Version::parse(version)?, Digest::from_hex(digest)?))
}

/// How long a retired version is kept, from the time the first sweep wrote down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grace {
    /// Now, in seconds since 1970.
    pub now: i64,
    /// The period.
    pub seconds: u64,
}

impl Grace {
    /// Whether it has ended for this entry. One whose retirement no sweep has seen yet is at its beginning.
    #[must_use]
    pub fn is_over(&self, entry: &Entry) -> bool {
        self.ends(entry).is_some_and(|end| end <= self.now)
    }

    /// When it ends, once a sweep has seen the retirement.
    #[must_use]
    pub fn ends(&self, entry: &Entry) -> Option<i64> {
        let retired = time::seconds(entry.retired.as_deref()?)?;
        Some(retired.saturating_add(i64::try_from(self.seconds).unwrap_or(i64::MAX)))
    }
}

/// Why an entry needs an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Why {
    /// Merged on the default branch, to be published.
    Pending,
    /// Published on the default branch.
    Published,
    /// Retired on the default branch, within the grace period.
    Grace,
    /// The latest version at a kept name.
    Latest,
    /// Added or changed by a head.
    Proposed,
    /// A delta that lies in staging is made against it.
    Staged,
}

/// What the object is to the entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Through {
    /// Its own bytes.
    Own,
    /// The bytes it rolls back to.
    Rollback,
    /// The bytes it takes along from its old name.
    From,
    /// What its delta is made against.
    Delta,
    /// A file of its tree.
    Tree,
}

/// What holds an object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Pin {
    /// The name in git; for a staged delta its key.
    #[serde(rename = "ref")]
    pub reference: String,
    /// The dataset of the entry there.
    pub dataset: String,
    /// Its version there; `None` for a staged delta.
    pub version: Option<Version>,
    /// Why that entry counts.
    pub why: Why,
    /// What the object is to it.
    pub through: Through,
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(version) = self.version else {
            return write!(f, "the staged delta {} is made against it", self.reference);
        };
        let (name, reference) = (&self.dataset, short(&self.reference));
        match self.why {
            Why::Pending => write!(f, "{name} {version} is merged on {reference} and not yet published")?,
            Why::Published => write!(f, "{name} {version} is published on {reference}")?,
            Why::Grace => write!(f, "{name} {version} is retired on {reference}, within its grace period")?,
            Why::Latest => write!(f, "{name} {version} is the latest at {reference}")?,
            Why::Proposed => write!(f, "{reference} proposes {name} {version}")?,
            Why::Staged => write!(f, "{name} {version} is staged")?,
        }
        f.write_str(match self.through {
            Through::Own => "",
            Through::Rollback => ", a rollback to it",
            Through::From => ", renamed from it",
            Through::Delta => ", whose delta is made against it",
            Through::Tree => ", a tree that holds it",
        })
    }
}

/// A name as people say it.
fn short(reference: &str) -> &str {
    reference.strip_prefix("refs/heads/").or_else(|| reference.strip_prefix("refs/")).unwrap_or(reference)
}

/// Everything that is needed. Made only by [`Count::finish`], which gives it only if nothing was unreadable.
#[derive(Clone, Debug)]
pub struct References {
    tip: Manifest,
    grace: Grace,
    receipts: Receipts,
    names: Vec<String>,
    notes: Vec<String>,
    keys: BTreeMap<Key, Vec<Pin>>,
    digests: BTreeMap<Digest, Vec<Pin>>,
    staged: BTreeMap<Digest, Vec<Pin>>,
    staged_keys: BTreeMap<Key, Vec<Pin>>,
    trees: Trees,
}

impl References {
    /// The manifest of the default branch's tip that was counted.
    #[must_use]
    pub fn tip(&self) -> &Manifest {
        &self.tip
    }

    /// The grace period that was counted with.
    #[must_use]
    pub fn grace(&self) -> Grace {
        self.grace
    }

    /// Whether production holds a receipt of that entry.
    #[must_use]
    pub fn has_receipt(&self, dataset: &str, entry: &Entry) -> bool {
        self.receipts.contains(&(dataset.to_owned(), entry.version, entry.sha256))
    }

    /// The names that were counted, the default branch first.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Names that could not be counted and pin nothing, in words.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// What needs the object of these bytes at that key of production.
    #[must_use]
    pub fn production(&self, key: &Key, sha256: &Digest) -> Vec<Pin> {
        together(self.keys.get(key), self.digests.get(sha256))
    }

    /// What needs the object of a tree at that key of production, which holds all of these contents.
    #[must_use]
    pub fn holding(&self, key: &Key, contents: &[Digest]) -> Vec<Pin> {
        let by_content = contents.iter().filter_map(|digest| self.digests.get(digest)).flatten();
        let all: BTreeSet<&Pin> = self.keys.get(key).into_iter().flatten().chain(by_content).collect();
        all.into_iter().cloned().collect()
    }

    /// What a tree is made of, if its listing was read.
    #[must_use]
    pub fn tree(&self, listing: &Digest) -> Option<&Contents> {
        self.trees.get(listing)
    }

    /// What needs that key of staging.
    #[must_use]
    pub fn staging(&self, key: &Key) -> Vec<Pin> {
        let digest = staged_digest(key);
        together(self.staged_keys.get(key), digest.and_then(|digest| self.staged.get(&digest)))
    }
}

fn together(one: Option<&Vec<Pin>>, two: Option<&Vec<Pin>>) -> Vec<Pin> {
    let all: BTreeSet<&Pin> = one.into_iter().chain(two).flatten().collect();
    all.into_iter().cloned().collect()
}
