//! `apply`: the changes of a patch, made in a file.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::command::diff::temporary;
use crate::command::env::Surroundings;
use crate::command::patching::{self, Application};
use crate::disk::atomic::Replacement;
use crate::disk::{file, hash, scratch};
use crate::error::{Error, Kind, Result};
use crate::flow::diff::patch::{Conflict, Counts};
use crate::flow::hash::Digest;
use crate::flow::settings;
use crate::flow::text::plural;

/// Make the changes of a patch in a file
///
/// A patch is what `git data diff --format patch` tells: of CSV and its kin and of JSON Lines, lines of JSON; of a
/// Parquet file, a Parquet file. FILE need not be the file that the patch was made of: rows are then found by their key,
/// and whatever is not as the patch expects it is refused, or merged with --3way.
///
/// What a patch of a text table does not name stays as it is, byte for byte. A Parquet file is written anew, value for
/// value. FILE is replaced as a whole or not at all.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The patch
    pub patch: PathBuf,
    /// The file to change
    pub file: PathBuf,
    /// Take the changes back
    #[arg(short = 'R', long)]
    pub reverse: bool,
    /// Merge cell by cell with what was changed elsewhere; what both changed differently is a conflict
    #[arg(long = "3way")]
    pub merge: bool,
    /// In conflicts keep what FILE has
    #[arg(long, requires = "merge")]
    pub ours: bool,
    /// Write to another file
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Say what would be done and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// About how much memory may be held
    #[arg(long, value_name = "SIZE", default_value = "256M")]
    pub memory: String,
}

/// What was done.
#[derive(Serialize)]
pub struct Changed {
    /// The file that was written.
    pub file: PathBuf,
    /// The rows that the patch changes.
    pub rows: Counts,
    /// The file was what the patch makes already.
    pub already: bool,
    /// The file was the one that the patch was made for.
    pub exact: bool,
    /// What it held, and what it holds.
    pub before: Digest,
    /// The digest of what was made.
    pub after: Digest,
    /// What both changed; the file keeps what it had.
    pub conflicts: Vec<Told>,
    /// Nothing was changed: this is the plan.
    pub dry_run: bool,
}

/// A conflict, in words.
#[derive(Serialize)]
pub struct Told {
    /// The row, and its column.
    pub place: String,
    /// What the file has.
    pub here: String,
    /// What it had before both changed it.
    pub base: String,
    /// What the patch makes of it.
    pub patch: String,
}

/// Applies a patch.
pub fn run(around: &Surroundings, args: &Args) -> Result<Changed> {
    let [patch, path] = [&args.patch, &args.file].map(|path| around.cwd.join(path));
    for (there, typed) in [(&patch, &args.patch), (&path, &args.file)] {
        if !file::exists(there)? || file::is_folder(there)? {
            return Err(Error::user(format!("{} is not a file", typed.display())).hint("git data apply PATCH FILE"));
        }
    }
    let target = args.output.as_ref().map_or_else(|| path.clone(), |output| around.cwd.join(output));
    let (tmp, memory) = (temporary(around), settings::bytes(&args.memory)?);
    let before = hash::file(&path, &|_| ())?;
    let ask = |out: &Path| {
        let name = args.file.to_string_lossy().into_owned();
        let (reverse, merge) = (args.reverse, args.merge);
        let application =
            Application { patch: patch.clone(), file: path.clone(), name, reverse, merge, out: out.into(), memory };
        patching::apply(around, &application)
    };
    let applied = if args.dry_run {
        let out = scratch::file(&tmp, "applied")?;
        ask(out.path())?
    } else {
        let mut new = Replacement::begin(&tmp, &target)?;
        let applied = ask(new.path())?;
        let wanted = applied.conflicts.is_empty() || args.ours;
        if wanted && (!applied.already || args.output.is_some()) {
            if applied.already {
                new.copy(&path)?;
            }
            // An editor may have saved it meanwhile.
            new.finish(|| if hash::file(&path, &|_| ())? == before { Ok(()) } else { Err(edited(&args.file)) })?;
        }
        applied
    };
    let conflicts: Vec<Told> = applied.conflicts.iter().map(told).collect();
    let [before, after] = applied.digests;
    let file = args.output.clone().unwrap_or_else(|| args.file.clone());
    let (rows, already, exact, dry_run) = (applied.counts, applied.already, applied.exact, args.dry_run);
    let changed = Changed { file, rows, already, exact, before, after, conflicts, dry_run };
    if changed.conflicts.is_empty() || args.ours { Ok(changed) } else { Err(conflicting(&changed)) }
}

fn told(conflict: &Conflict) -> Told {
    let [here, base, patch] = conflict.values();
    Told { place: conflict.place(), here, base, patch }
}

/// So many conflicts are told one by one.
const TOLD: usize = 10;

fn conflicting(changed: &Changed) -> Error {
    let all = &changed.conflicts;
    let one = |it: &Told| format!("{}: {} here, {} before, {} in the patch", it.place, it.here, it.base, it.patch);
    let mut lines: Vec<String> = all.iter().take(TOLD).map(one).collect();
    if all.len() > TOLD {
        lines.push(format!("and {} more", all.len() - TOLD));
    }
    let count = plural(all.len() as u64, "conflict");
    Error::new(Kind::Conflict, format!("{} was not changed: {count}", changed.file.display()))
        .because(lines.join("; "))
        .hint("git data apply --3way --ours keeps what the file has, and makes all other changes")
}

fn edited(path: &Path) -> Error {
    Error::conflict(format!("someone edited {} in the meantime", path.display()))
        .hint("nothing was written: run the same command again")
}
