//! Whether the bytes of a version can be had, and how long to wait for them.

use crate::command::env::Env;
use crate::command::pull::Args;
use crate::error::{Error, Result};
use crate::flow::manifest::types::Entry;
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

/// The refusal of a file that has changes of its own.
pub(super) fn modified(env: &Env<'_>, name: &str, target: &std::path::Path) -> Error {
    let shown = target.strip_prefix(&env.root).unwrap_or(target).display();
    Error::user(format!("{shown} has changes that are in no version of {name}; it was not replaced"))
        .hint(format!("git data prepare {name}   proposes them as a new version"))
        .hint(format!("git data pull {name} --force   replaces the file and keeps the old one beside it"))
}
