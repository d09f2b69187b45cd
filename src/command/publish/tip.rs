//! What the publisher reads of the default branch. A dataset that breaks a rule stands still alone; the others go on.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::command::env::{Env, MANIFEST};
use crate::command::refs;
use crate::error::{Error, Result};
use crate::flow::manifest::isolate::parse_isolating;
use crate::flow::manifest::types::{Entry, Manifest};
use crate::flow::manifest::{legacy, parse, validate};
use crate::flow::publication::{Item, is_spelled_out};
use crate::flow::reference::Receipts;
use crate::git::Id;
use crate::store::Read;

/// A dataset that stands still until it is repaired.
#[derive(Serialize, Clone, Debug, PartialEq, Eq)]
pub struct Still {
    /// The dataset.
    pub dataset: String,
    /// Where, and which rule it breaks.
    pub fault: String,
}

/// A tip of the default branch.
pub(super) struct Tip {
    pub(super) id: Id,
    /// All of it that could be read.
    pub(super) manifest: Manifest,
    /// What stands still.
    pub(super) still: Vec<Still>,
    /// Datasets that could not be read at all: written back, the manifest would lose them.
    unread: BTreeSet<String>,
}

impl Tip {
    /// Reads the manifest of that commit. One that is no manifest at all is an error.
    pub(super) fn read(env: &Env<'_>, id: Id) -> Result<Self> {
        let bytes = env.repo.show_at(id, MANIFEST)?.ok_or_else(|| {
            Error::user(format!("commit {id} has no {MANIFEST}: there is nothing to publish"))
                .hint(format!("git log -p -1 -- {MANIFEST}   shows who removed it"))
        })?;
        let named = |error: Error| {
            let message = error.message.replacen(MANIFEST, &format!("{id}:{MANIFEST}"), 1);
            let hint = format!("git log -p -1 -- {MANIFEST}   shows who changed it");
            Error { message, ..error }.hint(hint)
        };
        let (manifest, malformed) = parse_isolating(&bytes).map_err(named)?;
        let unread = malformed.iter().filter_map(|fault| fault.dataset.clone()).collect();
        let mut still = Vec::new();
        for fault in malformed.into_iter().chain(validate::validate(&manifest)) {
            let words = fault.to_string();
            let Some(dataset) = fault.dataset else { return Err(named(Error::user(format!("{MANIFEST}, {words}")))) };
            still.push(Still { dataset, fault: words });
        }
        Ok(Tip { id, manifest, still, unread })
    }

    /// Whether the manifest can be written back without losing anything.
    pub(super) fn is_whole(&self) -> bool {
        self.unread.is_empty()
    }

    /// Whether that dataset stands still.
    pub(super) fn stands_still(&self, dataset: &str) -> bool {
        self.still.iter().any(|still| still.dataset == dataset)
    }

    /// Production proves what it published. `receipts` were listed before this tip was fetched: one without an entry
    /// means that history was rewritten, or that a number was used again.
    pub(super) fn knows(&self, receipts: &Receipts, production: &dyn Read) -> Result<()> {
        let known = |name: &str, entry: Option<&Entry>, sha256| {
            self.unread.contains(name) || entry.is_some_and(|entry| entry.sha256 == sha256)
        };
        let lost = receipts
            .iter()
            .filter(|(name, version, sha256)| !known(name, self.manifest.entry(name, *version), *sha256));
        let lost: Receipts = lost.cloned().collect();
        if lost.is_empty() { Ok(()) } else { Err(refs::disappeared(production, &lost)) }
    }

    /// Why an item may not go where its entry says: a key that is spelled out must have been datamanager's.
    pub(super) fn misled(&self, env: &Env<'_>, item: &Item) -> Result<Option<String>> {
        let id = &item.identity;
        let Some(entry) = self.manifest.entry(&id.dataset, id.version).filter(|entry| is_spelled_out(entry)) else {
            return Ok(None);
        };
        for change in env.repo.history(MANIFEST, self.id, true)? {
            let Some(blob) = change?.blob else { continue };
            let bytes = env.repo.blob(blob)?;
            if !legacy::is_legacy(&bytes) {
                continue;
            }
            let old = parse::parse(&bytes)?;
            let same = |old: &Entry| {
                (old.sha256, &old.key, &old.staging_key) == (entry.sha256, &entry.key, &entry.staging_key)
            };
            if old.entry(&id.dataset, id.version).is_some_and(same) {
                return Ok(None);
            }
        }
        Ok(Some("its key is spelled out, which only a migrated version's may be".to_owned()))
    }
}
