//! `merge --driver`: git calls it with three files whenever it merges manifest.json.

use std::path::{Path, PathBuf};

use super::{Merged, Three, joined, undecided, words};
use crate::command::env::{Env, MANIFEST};
use crate::disk::{atomic, file};
use crate::error::{Error, Result};
use crate::flow::manifest::print;

/// Replaces OURS by the merge. An error makes git mark the path as conflicted.
pub(super) fn run(env: &Env<'_>, files: &[PathBuf], dry_run: bool) -> Result<Merged> {
    let [base, ours, theirs] = files else { return Err(Error::usage("--driver wants three files")) };
    let read =
        |path: &Path| Ok::<_, Error>(file::read(&env.given(path))?.filter(|bytes| !bytes.trim_ascii().is_empty()));
    let sides = env.repo.operation()?.map_or(["this branch", "the other"], |operation| operation.sides());
    let [one, two] = sides;
    let three = Three::read([("the common ancestor", &read(base)?), (one, &read(ours)?), (two, &read(theirs)?)])?;
    let joined = joined(env, &three)?;
    if !dry_run {
        // Also with conflicts: the file then holds both sides but for what the words name.
        atomic::write(&env.given(ours), print::print(&joined.manifest).as_bytes())?;
    }
    if !joined.conflicts.is_empty() {
        return Err(undecided(&joined.conflicts, sides, !dry_run).hint(format!("git add {MANIFEST}")));
    }
    let renumbered = words(&joined.renumbered);
    Ok(Merged { what: MANIFEST.to_owned(), renumbered, changed: true, dry_run, by_git: true, ..Merged::default() })
}
