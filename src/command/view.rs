//! A manifest seen with what is known beside it: what is merged and which receipts were seen.

use std::collections::BTreeSet;

use crate::command::env::Env;
use crate::disk::seen;
use crate::error::{Error, Result};
use crate::flow::hash::Digest;
use crate::flow::manifest::types::{Dataset, Entry, Manifest, State};
use crate::flow::state::{self, Effective};
use crate::flow::version::Version;

/// Entries are named by dataset, version and digest.
pub type Id = (String, Version, Digest);

/// The manifest of the work tree and what its spelled states really mean.
pub struct View {
    /// As it is in the work tree.
    pub manifest: Manifest,
    merged: BTreeSet<Id>,
    receipts: BTreeSet<Id>,
}

impl View {
    /// Reads the work tree's manifest; never touches the network.
    pub fn open(env: &Env<'_>) -> Result<Self> {
        View::of(env, env.manifest()?)
    }

    /// The same for the manifest of the work tree when it was read already.
    pub fn of(env: &Env<'_>, manifest: Manifest) -> Result<Self> {
        if !manifest.entries().any(|(_, e)| open(e)) {
            return Ok(View { manifest, merged: BTreeSet::new(), receipts: BTreeSet::new() });
        }
        let id = |(name, e): (&str, &Entry)| (name.to_owned(), e.version, e.sha256);
        let ids = |m: &Manifest| m.entries().filter(|(_, e)| open(e)).map(id).collect();
        // Usually the default branch is what is here: then there is nothing to unpack and read.
        let merged = if env.is_merged()? { ids(&manifest) } else { ids(&env.merged_manifest()?) };
        Ok(View { manifest, merged, receipts: seen::load(&env.data)? })
    }

    /// What an entry's state really is, as far as this machine knows.
    #[must_use]
    pub fn effective(&self, name: &str, entry: &Entry) -> Effective {
        if !open(entry) {
            return state::effective(entry, false, false);
        }
        let id = (name.to_owned(), entry.version, entry.sha256);
        state::effective(entry, self.merged.contains(&id), self.receipts.contains(&id))
    }

    /// The dataset of that name; the error lists what there is.
    pub fn dataset(&self, name: &str) -> Result<&Dataset> {
        dataset(&self.manifest, name)
    }

    /// The highest live version.
    #[must_use]
    pub fn latest<'m>(&self, name: &str, dataset: &'m Dataset) -> Option<&'m Entry> {
        state::latest(dataset, |e| self.effective(name, e))
    }

    /// The highest live version, or else the newest proposal.
    #[must_use]
    pub fn newest<'m>(&self, name: &str, dataset: &'m Dataset) -> Option<&'m Entry> {
        self.latest(name, dataset)
            .or_else(|| dataset.versions.iter().find(|e| self.effective(name, e) == Effective::Proposed))
            .or_else(|| dataset.versions.first())
    }

    /// That version of that dataset; the error lists what there is.
    pub fn entry(&self, name: &str, version: &str) -> Result<&Entry> {
        let dataset = self.dataset(name)?;
        let number = Version::parse(version).ok_or_else(|| {
            Error::usage(format!("{version:?} is not a version: versions are v1, v2, …"))
                .hint(format!("git data log {name}"))
        })?;
        dataset.versions.iter().find(|e| e.version == number).ok_or_else(|| {
            let known: Vec<String> = dataset.versions.iter().take(8).map(|e| e.version.to_string()).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            Error::user(format!("{name} has no {version}; it has {known}")).hint(format!("git data log {name}"))
        })
    }
}

/// Only what is spelled pending or withdrawn can mean something else.
fn open(entry: &Entry) -> bool {
    matches!(entry.state, State::Pending | State::Withdrawn)
}

/// The dataset of that name in a manifest; the error says what to look at, or which name was meant.
pub fn dataset<'m>(manifest: &'m Manifest, name: &str) -> Result<&'m Dataset> {
    manifest.datasets.get(name).ok_or_else(|| {
        let lower = name.to_lowercase();
        let near = manifest.datasets.iter().find(|(known, dataset)| {
            let path = dataset.location(known) == name;
            let known = known.to_lowercase();
            path || known.starts_with(&lower) || known.ends_with(&lower)
        });
        let error = Error::user(format!("{name} is not a dataset of this repository"));
        match near {
            Some((known, _)) => error.hint(format!("did you mean {known}?")),
            None => error.hint("git data list"),
        }
    })
}
