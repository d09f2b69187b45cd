//! post-commit: what pre-commit put into the index of a partial commit comes into the real one.

use crate::command::env::Env;
use crate::command::hook::Hooked;
use crate::error::Result;
use crate::flow::hook::Hook;

/// The paths that preparing writes.
const OURS: [&str; 3] = ["manifest.json", "diffs", ".gitignore"];

/// A partial commit has an index of its own. Afterwards the real one still has the file of before, while the commit and
/// the work tree have the new one: then, and only then, it is brought up to date.
pub(super) fn run(env: &Env<'_>) -> Result<Hooked> {
    let git = env.repo.git();
    let mut behind = Vec::new();
    for change in env.repo.index_against_head(&OURS)? {
        let before = env.repo.blob_at_parent(&change.path)?;
        let here = git.hash_of(&change.path)?;
        if change.new == before && here.is_some() && here == change.old {
            behind.push(change.path);
        }
    }
    if !behind.is_empty() {
        git.add(&behind.iter().map(String::as_str).collect::<Vec<_>>())?;
    }
    Ok(Hooked::new(Hook::PostCommit))
}
