//! `cache`: the content cache that all clones share, its size, and making it smaller.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde::Serialize;

use crate::command::env::{Env, MANIFEST, checked};
use crate::disk::{file, seen as receipts};
use crate::error::Result;
use crate::flow::hash::Digest;
use crate::flow::manifest::types::{Entry, State};
use crate::flow::settings;

/// Show the content cache, or make it smaller
#[derive(clap::Args, Debug)]
pub struct Args {
    /// What to do; shows the size when absent
    #[command(subcommand)]
    pub action: Option<Action>,
}

/// What to do with the cache.
#[derive(clap::Subcommand, Debug)]
pub enum Action {
    /// Show where it is and how large
    Size,
    /// Remove what was longest not used, never bytes that this repository has not published
    Prune {
        /// Keep at most so many bytes, as in 10G; data.cacheSize when absent, else nothing is kept
        #[arg(long, value_name = "SIZE")]
        limit: Option<String>,
        /// Say what would be removed and change nothing
        #[arg(long)]
        dry_run: bool,
    },
}

/// The cache.
#[derive(Serialize)]
pub struct Report {
    /// Where it is.
    pub path: PathBuf,
    /// Bytes in it.
    pub size: u64,
    /// Bytes that were (or would be) removed.
    pub removed: Option<u64>,
    /// Objects that were (or would be) removed.
    pub objects: Option<u64>,
    /// Nothing was changed: this is the plan.
    pub dry_run: bool,
}

/// Shows or prunes.
pub fn run(env: &Env<'_>, args: &Args) -> Result<Report> {
    let cache = env.cache()?;
    let mut report =
        Report { path: cache.root().to_path_buf(), size: cache.size()?, removed: None, objects: None, dry_run: false };
    let Some(Action::Prune { limit, dry_run }) = &args.action else { return Ok(report) };
    let limit = limit.as_deref().or(env.settings.get("data.cachesize"));
    let limit = limit.map(settings::bytes).transpose()?.unwrap_or(0);
    let unpublished = unpublished(env)?;
    let keep = |digest: &Digest| unpublished.contains(digest);
    let pruned = if *dry_run { cache.would_prune(limit, &keep)? } else { cache.prune(limit, &keep)? };
    report.dry_run = *dry_run;
    report.removed = Some(pruned.bytes);
    report.objects = Some(pruned.entries);
    report.size = cache.size()?;
    Ok(report)
}

/// Keeps the cache under `data.cacheSize`, if that is set.
pub fn trim(env: &Env<'_>) -> Result<()> {
    let Some(limit) = env.settings.get("data.cachesize").map(settings::bytes).transpose()? else { return Ok(()) };
    let cache = env.cache()?;
    if cache.size()? > limit {
        let unpublished = unpublished(env)?;
        cache.prune(limit, &|digest| unpublished.contains(digest))?;
    }
    Ok(())
}

/// Bytes that may exist nowhere else: what is proposed or merged, and not known to be published, on any branch, fetched or
/// own, and in any work tree.
fn unpublished(env: &Env<'_>) -> Result<BTreeSet<Digest>> {
    let mut seen = BTreeSet::new();
    let mut manifests = Vec::new();
    for prefix in ["refs/heads/", "refs/remotes/", "refs/stash"] {
        for (_, commit) in env.repo.refs(prefix)? {
            manifests.extend(env.repo.show_at(commit, MANIFEST)?.filter(|bytes| seen.insert(Digest::of(bytes))));
        }
    }
    for root in env.repo.git().work_trees()? {
        manifests.extend(file::read(&root.join(MANIFEST))?.filter(|bytes| seen.insert(Digest::of(bytes))));
    }
    let receipts = receipts::load(&env.data)?;
    let mut keep = BTreeSet::new();
    for bytes in &manifests {
        let Ok(manifest) = checked(bytes, MANIFEST) else {
            // What cannot be read may need everything that it names.
            keep.extend(every_digest(bytes));
            continue;
        };
        let open = manifest.entries().filter(|(_, e)| e.state == State::Pending);
        let proven = |name: &str, e: &Entry| receipts.contains(&(name.to_owned(), e.version, e.sha256));
        keep.extend(open.filter(|(name, e)| !proven(name, e)).map(|(_, e)| e.sha256));
    }
    let merged = env.merged_manifest().unwrap_or_default();
    for (_, entry) in merged.entries().filter(|(_, e)| e.state == State::Published) {
        keep.remove(&entry.sha256);
    }
    Ok(keep)
}

/// Every run of 64 hexadecimal digits.
fn every_digest(bytes: &[u8]) -> impl Iterator<Item = Digest> {
    let words = bytes.split(|b| !b.is_ascii_hexdigit()).filter(|word| word.len() == 64);
    words.filter_map(|word| Digest::from_hex(std::str::from_utf8(word).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_that_cannot_be_read_still_names_what_it_needs() {
        let digest = Digest::of(b"1");
        let text = format!("<<<<<<< ours\n\"sha256\": \"{digest}\", \"x\": \"{digest}0\"");
        assert_eq!(every_digest(text.as_bytes()).collect::<Vec<_>>(), [digest]);
    }
}
