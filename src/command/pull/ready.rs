//! Whether the bytes of a version can be had, and how long to wait for them.

use std::collections::BTreeSet;

use crate::command::env::{Env, MANIFEST, checked};
use crate::command::pull::Args;
use crate::error::{Error, Result};
use crate::flow::hash::Digest;
use crate::flow::manifest::types::{Entry, State};
use crate::flow::settings;
use crate::flow::state::Effective;

/// A state in which the bytes can still be had.
pub(super) fn available(name: &str, entry: &Entry, effective: &Effective, staged: bool) -> Result<()> {
    let version = entry.version;
    match effective {
        Effective::Published | Effective::Merged | Effective::Retired => Ok(()),
        Effective::Proposed if staged => Ok(()),
        Effective::Proposed => {
            Err(Error::store(format!("{name} {version} is a proposal: it is not merged and not published"))
                .hint(format!("git data pull {name} --version {version} --staged")))
        }
        Effective::Purging | Effective::Purged | Effective::Withdrawn | Effective::Unknown(_) => {
            Err(Error::user(format!("{name} {version} is {}: its bytes cannot be pulled", effective.word()))
                .hint(format!("git data log {name}")))
        }
    }
}

/// Seconds to wait for a merged version to be published.
pub(super) fn waiting(env: &Env<'_>, args: &Args) -> Result<u64> {
    match args.wait.as_deref().or(env.settings.get("data.pullwait")) {
        Some(text) => settings::duration(text),
        None if env.around.variable("CI").is_some() => Ok(600),
        None => Ok(0),
    }
}

/// Whether a branch, fetched or own, has this content as a version that can be had again.
pub(super) fn on_a_branch(env: &Env<'_>, name: &str, digest: Digest) -> bool {
    let refs = ["refs/heads/", "refs/remotes/"].map(|prefix| env.repo.refs(prefix).unwrap_or_default());
    let mut seen = BTreeSet::new();
    refs.into_iter().flatten().any(|(_, commit)| {
        let Ok(Some(bytes)) = env.repo.show_at(commit, MANIFEST) else { return false };
        if !seen.insert(Digest::of(&bytes)) {
            return false;
        }
        let had =
            |e: &Entry| e.sha256 == digest && matches!(e.state, State::Pending | State::Published | State::Retired);
        checked(&bytes, MANIFEST)
            .is_ok_and(|manifest| manifest.datasets.get(name).is_some_and(|dataset| dataset.versions.iter().any(had)))
    })
}

/// The refusal of a file that has changes of its own.
pub(super) fn modified(env: &Env<'_>, name: &str, target: &std::path::Path) -> Error {
    let shown = target.strip_prefix(&env.root).unwrap_or(target).display();
    Error::user(format!("{shown} has changes that are in no version of {name}; it was not replaced"))
        .hint(format!("git data prepare {name}   proposes them as a new version"))
        .hint(format!("git data pull {name} --force   replaces the file and keeps the old one beside it"))
}
