//! What others have: numbers that are spent, bytes that are live, objects that staging lost.

use std::path::Path;

use crate::command::env::Env;
use crate::command::view::View;
use crate::disk::hash::{self, Hashed};
use crate::disk::journal::Journal;
use crate::error::Result;
use crate::flow::address::Address;
use crate::flow::hash::Digest;
use crate::flow::key;
use crate::flow::manifest::edit;
use crate::flow::manifest::types::{Dataset, Entry, Manifest};
use crate::flow::state::{self, Next};
use crate::flow::version::Version;
use crate::store::transfer::{self, Sending};
use crate::store::{Read, When};

/// What is known of numbers that others took.
pub(super) struct Numbers {
    merged: Manifest,
    proposals: Vec<Manifest>,
    /// Whether production may be asked too.
    ask: bool,
}

impl Numbers {
    /// Reads the default branch and the known proposals; fetches first when it can.
    pub(super) fn of(env: &Env<'_>) -> Result<Self> {
        let remote = env.settings.remote();
        if env.repo.remote_url(remote)?.is_some() {
            // Offline work goes on with what was fetched before; merging settles the numbers.
            let _ = env.repo.git().fetch(remote, &[]);
        }
        Ok(Numbers { ask: true, ..Numbers::fetched(env)? })
    }

    /// The same of what was fetched before: nobody is asked.
    pub(super) fn fetched(env: &Env<'_>) -> Result<Self> {
        let remote = env.settings.remote();
        let mut proposals = Vec::new();
        let head = env.repo.head_branch()?.map(|head| format!("refs/heads/{head}"));
        for prefix in ["refs/heads/data/".to_owned(), format!("refs/remotes/{remote}/data/")] {
            for (name, _) in env.repo.refs(&prefix)?.into_iter().filter(|(name, _)| Some(name) != head.as_ref()) {
                // A proposal that cannot be read spends no number here; its own check says what is wrong with it.
                proposals.extend(env.manifest_at(&name).ok().flatten());
            }
        }
        Ok(Numbers { merged: env.merged_manifest()?, proposals, ask: false })
    }

    /// The number that a new version of that dataset gets.
    #[must_use]
    pub(super) fn next(&self, env: &Env<'_>, here: &Manifest, name: &str) -> Next {
        let of = |m: &Manifest| m.datasets.get(name).map(|d| d.versions.iter().map(Entry::id).collect::<Vec<_>>());
        let proposals: Vec<_> = self.proposals.iter().filter_map(of).flatten().collect();
        let receipts = if self.ask { receipts(env, name) } else { Vec::new() };
        state::next_version(name, here, Some(&self.merged), &proposals, &receipts)
    }
}

/// The own proposal that this one replaces makes room for it.
pub(super) fn make_room(manifest: &mut Manifest, name: &str, next: Next) -> Result<()> {
    let Some(old) = next.replaces.filter(|old| manifest.entry(name, *old).is_some()) else { return Ok(()) };
    let dataset = manifest.datasets.get(name).cloned();
    edit::take_back(manifest, name, old)?;
    // What people said of the dataset stays, also when this was its only version.
    if let Some(dataset) = dataset.filter(|_| !manifest.datasets.contains_key(name)) {
        manifest.datasets.insert(name.to_owned(), Dataset { versions: Vec::new(), ..dataset });
    }
    Ok(())
}

/// Versions that production holds a receipt for; empty where it cannot be asked.
fn receipts(env: &Env<'_>, name: &str) -> Vec<(Version, Digest)> {
    let mut ids = Vec::new();
    if env.settings.get("data.publicurl").is_some() {
        return ids;
    }
    let prefix = key::receipts(name);
    let _ = env.production().and_then(|production| {
        production.list(&prefix, &mut |listed| {
            let file = listed.key.as_str().strip_prefix(&prefix).unwrap_or_default();
            let id = file.strip_suffix(".json").and_then(|f| f.split_once('-'));
            ids.extend(id.and_then(|(version, digest)| Version::parse(version).zip(Digest::from_hex(digest))));
            Ok(())
        })
    });
    ids
}

/// The oldest live entry that owns these bytes, unless the latest live one has them.
#[must_use]
pub(super) fn owner_of(view: &View, name: &str, dataset: &Dataset, sha256: &Digest) -> Option<Version> {
    let live = |e: &&Entry| view.effective(name, e).is_live() && e.sha256 == *sha256;
    dataset.versions.iter().rev().find(live).map(|e| e.rollback.unwrap_or(e.version))
}

/// The message of a version that nobody described.
#[must_use]
pub(super) fn default_message(name: &str, first: bool) -> String {
    if first { format!("Add {name}") } else { format!("Update {name}") }
}

/// A directory attests nothing, and reading it costs little.
#[must_use]
pub(super) fn rereads(staging: &dyn Read) -> bool {
    matches!(staging.address(), Address::Directory { .. })
}

/// Sends the bytes of an entry if staging has them not, or not provably; gives the bytes that were sent.
pub(super) fn stage(env: &Env<'_>, name: &str, file: &Path, sha256: &Digest, hashed: Option<&Hashed>) -> Result<u64> {
    let read;
    let hashed = match hashed {
        Some(hashed) => hashed,
        None => {
            read = hash::file(file, &|_| ())?;
            &read
        }
    };
    if hashed.sha256 != *sha256 {
        return Err(hash::changed(file));
    }
    let staging = env.staging()?;
    let key = key::staging(sha256);
    let journal = Journal::new(&env.data);
    if transfer::already(staging, &key, hashed, env.now(), rereads(staging))? {
        // Somebody may have finished what was begun here.
        journal.get(sha256).inspect(|begun| journal.forget(begun));
        return Ok(0);
    }
    let progress = env.around.progress.as_ref();
    progress.start(&format!("sending {name}"), hashed.size);
    let sending = Sending { store: staging, key: &key, file, hashed, when: When::Always, progress };
    let sent = transfer::resume(&sending, &journal, name);
    progress.finish();
    sent
}
