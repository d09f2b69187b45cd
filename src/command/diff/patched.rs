//! `diff --format patch`: what makes the newer file of the older one.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::compared::{self, Comparing};
use super::{Args, sides, temporary};
use crate::command::env::{Env, Surroundings};
use crate::command::patching;
use crate::disk::atomic::Replacement;
use crate::disk::{file, scratch};
use crate::error::{Error, Result};
use crate::flow::diff::patch::Counts;
use crate::flow::diff::wishes::Wishes;

/// A patch that was made.
#[derive(Serialize)]
pub struct Patched {
    /// What it is of.
    pub name: String,
    /// What changes.
    pub rows: Counts,
    /// The file that it was written to.
    pub written: Option<PathBuf>,
    /// The patch itself, where it was not written to a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patch: Option<String>,
}

/// Two files and what is known of them.
struct Two<'a> {
    name: &'a str,
    paths: [PathBuf; 2],
    names: [&'a str; 2],
    wishes: Wishes,
}

/// The patch of the one dataset that changed.
pub fn run(env: &Env<'_>, args: &Args) -> Result<Patched> {
    let comparing = Comparing::new(args, env.tmp())?;
    let mut changed = Vec::new();
    for pair in sides::pairs(env, args)? {
        if let Some(paths) = compared::changed(env, &comparing, &pair)? {
            changed.push((pair, paths));
        }
    }
    let (pair, paths) = match <[_; 1]>::try_from(changed) {
        Ok([one]) => one,
        Err(none) if none.is_empty() => {
            return Err(Error::user("no file changed, so there is no patch").hint("git data status"));
        }
        Err(many) => {
            let names: Vec<&str> = many.iter().map(|(pair, _)| &*pair.name).collect();
            return Err(Error::usage(format!("a patch is of one dataset, and {} changed", names.join(", ")))
                .hint(format!("git data diff --format patch -- {}", names[0])));
        }
    };
    let name = pair.dataset.location(&pair.name);
    let two = Two { name: &pair.name, paths, names: [name; 2], wishes: comparing.wishes(&pair.dataset)? };
    made(env.around, args, &comparing, &two, &env.tmp())
}

/// The patch of two files.
pub fn files(around: &Surroundings, args: &Args) -> Result<Patched> {
    let scratch = temporary(around);
    let comparing = Comparing::new(args, scratch.clone())?;
    let [old, new] = &args.files[..] else { return Err(Error::usage("--files needs two files")) };
    let paths = compared::places(around, [old, new])?;
    let names = [old.to_string_lossy(), new.to_string_lossy()];
    let two = Two { name: &names[1], paths, names: [&names[0], &names[1]], wishes: Wishes::default() };
    made(around, args, &comparing, &two, &scratch)
}

fn made(around: &Surroundings, args: &Args, comparing: &Comparing, two: &Two<'_>, tmp: &Path) -> Result<Patched> {
    let [old, new] = &two.paths;
    let wish = comparing.wish(around, [old, new], two.names, &two.wishes);
    let none = || {
        Error::user(format!("{} has no patches: it is no text table and no Parquet file", two.name))
            .hint("git data diff --format sql tells the changes of a database as statements")
    };
    let (name, written) = (two.name.to_owned(), args.output.clone());
    if let Some(path) = &args.output {
        let new = Replacement::begin(tmp, &around.cwd.join(path))?;
        let rows = patching::make(around, &wish, new.path())?.ok_or_else(none)?;
        new.finish(|| Ok(()))?;
        return Ok(Patched { name, rows, written, patch: None });
    }
    let scratch = scratch::file(tmp, "patch")?;
    let rows = patching::make(around, &wish, scratch.path())?.ok_or_else(none)?;
    let bytes = file::read(scratch.path())?.unwrap_or_default();
    let patch = String::from_utf8(bytes).map_err(|_| {
        Error::user(format!("the patch of {} is a Parquet file, as the dataset is", two.name))
            .hint("git data diff --format patch -o PATCH.parquet writes it")
    })?;
    Ok(Patched { name, rows, written, patch: Some(patch) })
}
