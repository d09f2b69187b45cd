//! A directory as a dataset: what the verbs of a person do with one.

mod contents;
pub mod differing;
mod holding;
pub mod placing;
mod sending;
mod set;
mod single;
mod source;

pub(super) use holding::holding;
pub(super) use sending::{Sending, send, still_there};
pub(super) use single::{Single, listing_of};
pub(super) use source::{base_listing, lies_at};

use std::path::Path;

use crate::command::env::Env;
use crate::disk::tree::kept::Kept;
use crate::disk::tree::scan::{self, Scanned, Told};
use crate::error::{Error, Result};
use crate::flow::manifest::types::Dataset;
use crate::flow::settings::{self, Settings};
use crate::flow::tree::shelve::Rule;
use crate::flow::tree::{Listing, path, placing as plan};
use crate::store::transfer::Progress;

/// Shows how far the reading of a directory is.
struct Reading<'a> {
    label: String,
    progress: &'a dyn Progress,
}

impl Told for Reading<'_> {
    fn begin(&self, _files: u64, bytes: u64) {
        self.progress.start(&self.label, bytes);
    }

    fn read(&self, bytes: u64) {
        self.progress.advance(bytes);
    }
}

/// What lies in a directory now; only what changed since the last look is read.
fn here(env: &Env<'_>, name: &str, place: &Path) -> Result<Scanned> {
    let reading = Reading { label: format!("reading {name}"), progress: env.around.progress.as_ref() };
    let index = Kept::new(&env.data, name).index(place);
    let scanned = scan::scan(place, &index, env.now(), &reading);
    env.around.progress.finish();
    scanned
}

/// The listing that a proposal of this directory is: with what is outside its set of paths as it was.
pub(super) fn proposed(env: &Env<'_>, name: &str, dataset: &Dataset, place: &Path) -> Result<Listing> {
    let here = here(env, name, place)?.listing;
    let set = set::of(env, name)?;
    let own = place == env.root.join(dataset.location(name));
    if set.is_empty() || !own {
        return Ok(here);
    }
    let placed = crate::disk::placed::Placed::new(&env.data).get(&env.root, name);
    let base = placed.and_then(|(_, digest)| Kept::new(&env.data, name).listing(&digest));
    let base = base.ok_or_else(|| {
        Error::user(format!("only some paths of {name} are here, and it is not known what the others were"))
            .hint(format!("git data pull {name}   brings them up to date"))
            .hint(format!("git data pull {name} --all-paths"))
    })?;
    plan::completed(&here, &base, &set)
}

/// Which files travel in shards.
pub(super) fn rule(settings: &Settings) -> Result<Rule> {
    let rule = Rule::default();
    match settings.get("data.tar") {
        Some("never") => return Ok(Rule::NEVER),
        None | Some("auto") => {}
        Some(other) => {
            return Err(Error::user(format!("data.tar is {other:?}; it must be auto or never"))
                .hint("git config data.tar auto"));
        }
    }
    let below = settings.get("data.tarbelow").map(settings::bytes).transpose()?.unwrap_or(rule.below);
    let over = settings.count("data.tarover")?.map_or(rule.over, u64::from);
    Ok(Rule { below, over })
}

/// What is worth knowing of the paths of a proposal; with `strict` it is an error.
pub(super) fn portable(name: &str, listing: &Listing, strict: bool) -> Result<Vec<String>> {
    let paths = || listing.items().iter().map(|item| &*item.path);
    let mut faults: Vec<String> = paths()
        .filter_map(|path| path::unportable(path).map(|why| format!("{path:?} cannot be on every system: {why}")))
        .collect();
    let twin = |(one, two): (&str, &str)| format!("{one:?} and {two:?} are one file on some systems");
    faults.extend(path::twins(paths()).into_iter().map(twin));
    let Some(first) = faults.first().filter(|_| strict) else { return Ok(bounded(faults)) };
    let more = faults.len() - 1;
    let more = if more > 0 { format!(" (and {more} more)") } else { String::new() };
    Err(Error::user(format!("{name} is not portable: {first}{more}"))
        .hint("give them other names, or leave them out by a .gitignore in the directory"))
}

/// The first few of many lines.
fn bounded(mut lines: Vec<String>) -> Vec<String> {
    const SHOWN: usize = 5;
    let more = lines.len().saturating_sub(SHOWN);
    lines.truncate(SHOWN);
    if more > 0 {
        lines.push(format!("… and {more} more"));
    }
    lines
}

/// The sum of its files, which an entry must be able to hold.
pub(super) fn size(name: &str, listing: &Listing) -> Result<u64> {
    listing.size().ok_or_else(|| Error::user(format!("{name} is larger than any number of bytes")))
}
