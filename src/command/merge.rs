//! `merge`: two manifests become one by meaning, where git or the host saw only lines.

mod driver;
mod tip;

use serde::Serialize;

use crate::command::env::{Env, MANIFEST, checked};
use crate::error::{Error, Result};
use crate::flow::manifest::legacy;
use crate::flow::manifest::merge::{self, Conflict, Renumbered, Side};
use crate::flow::manifest::types::{Entry, Manifest};
use crate::flow::union::union;
use crate::git::{Git, Operation};

/// Merge manifest.json by meaning
///
/// In a merge, rebase or cherry-pick that stopped at manifest.json: resolves it and stages the result. Lines that both
/// sides added to .gitignore are joined too. Other files are left to you, and named.
///
/// Else, on a proposal's branch that the host cannot merge any more: fetches, merges the default branch with a real merge
/// commit, and resolves manifest.json by meaning. The work tree must have no uncommitted changes.
///
/// No version is lost. Two versions of the same number: the one on the default branch keeps it, the other gets the next.
/// What has no answer that keeps both meanings ends with exit code 6 and words that say what to decide.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// As git's merge driver: the files BASE OURS THEIRS; the result replaces OURS
    #[arg(long, num_args = 3, value_names = ["BASE", "OURS", "THEIRS"])]
    pub driver: Option<Vec<std::path::PathBuf>>,
    /// Say what would be done and change nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// The merge.
#[derive(Serialize, Default)]
pub struct Merged {
    /// What was merged.
    pub what: String,
    /// Versions that got another number.
    pub renumbered: Vec<String>,
    /// Whether anything changed.
    pub changed: bool,
    /// The merge commit, if one was made.
    pub commit: Option<String>,
    /// Files that a person must merge.
    pub left: Vec<String>,
    /// What is left to type.
    pub next: Vec<String>,
    /// Worth knowing.
    pub notes: Vec<String>,
    /// Nothing was changed: this is the plan.
    pub dry_run: bool,
    /// Git called it and says the rest itself.
    #[serde(skip)]
    pub by_git: bool,
}

/// Merges what is there to be merged.
pub fn run(env: &Env<'_>, args: &Args) -> Result<Merged> {
    if let Some(files) = &args.driver {
        return driver::run(env, files, args.dry_run);
    }
    let stages = [1, 2, 3].map(|n| env.repo.staged(n, MANIFEST));
    let [base, ours, theirs] = stages;
    let stages = [base?, ours?, theirs?];
    let operation = env.repo.operation()?;
    match (operation, stages.iter().any(Option::is_some)) {
        (_, true) => stopped(env, operation.unwrap_or(Operation::Merge), &stages, args.dry_run),
        (Some(operation), false) => resolved(env, operation, args.dry_run),
        (None, false) => tip::run(env, args.dry_run),
    }
}

/// Git stopped and left three stages in its index.
fn stopped(env: &Env<'_>, operation: Operation, stages: &[Option<Vec<u8>>; 3], dry_run: bool) -> Result<Merged> {
    let [one, two] = operation.sides();
    let [base, ours, theirs] = stages;
    let three = Three::read([("the common ancestor", base), (one, ours), (two, theirs)])?;
    let joined = joined(env, &three)?;
    if !joined.conflicts.is_empty() {
        // Both sides are in it but for what the words name: it is edited, not begun again.
        let written = !dry_run && env.write_manifest(&joined.manifest).is_ok();
        return Err(undecided(&joined.conflicts, operation.sides(), written).hint("git add manifest.json"));
    }
    let what = format!("the two sides of {MANIFEST}");
    let mut done = Merged { what, renumbered: words(&joined.renumbered), changed: true, dry_run, ..Merged::default() };
    if dry_run {
        return Ok(done);
    }
    let git = Git::at(&env.root);
    let _lock = env.lock("merge")?;
    env.write_manifest(&joined.manifest)?;
    git.add(&[MANIFEST])?;
    if ignore_lines(env, &git)? {
        done.what.push_str(" and .gitignore");
    }
    done.left = git.unmerged()?;
    done.next = left_to_do(operation, &done.left);
    Ok(done)
}

/// Git stopped at something else, or this was resolved before.
fn resolved(env: &Env<'_>, operation: Operation, dry_run: bool) -> Result<Merged> {
    env.manifest()?;
    let git = Git::at(&env.root);
    let changed = !dry_run && {
        let _lock = env.lock("merge")?;
        ignore_lines(env, &git)?
    };
    let what = if changed { "the two sides of .gitignore".to_owned() } else { String::new() };
    let left = git.unmerged()?;
    let next = left_to_do(operation, &left);
    Ok(Merged { what, changed, left, next, dry_run, ..Merged::default() })
}

fn left_to_do(operation: Operation, left: &[String]) -> Vec<String> {
    let mut next = Vec::new();
    if !left.is_empty() {
        let quoted: Vec<String> = left.iter().map(|path| crate::flow::proposal::quoted(path)).collect();
        next.push(format!("git add {}   (once they are merged)", quoted.join(" ")));
    }
    next.push(operation.go_on().to_owned());
    next
}

/// The lines that both sides added to `.gitignore` are joined; anything else there is a person's matter.
fn ignore_lines(env: &Env<'_>, git: &Git) -> Result<bool> {
    const IGNORE: &str = ".gitignore";
    let stage = |n| -> Result<Option<String>> {
        Ok(env.repo.staged(n, IGNORE)?.and_then(|bytes| String::from_utf8(bytes).ok()))
    };
    let (Some(ours), Some(theirs)) = (stage(2)?, stage(3)?) else { return Ok(false) };
    match union(&stage(1)?.unwrap_or_default(), &ours, &theirs) {
        Some(text) => {
            env.write(IGNORE, &text)?;
            git.add(&[IGNORE]).map(|()| true)
        }
        None => Ok(false),
    }
}

/// The three manifests of a merge.
struct Three {
    base: Manifest,
    ours: Manifest,
    theirs: Manifest,
}

impl Three {
    /// Reads them; a side that lost its manifest loses no version by that.
    fn read(sides: [(&str, &Option<Vec<u8>>); 3]) -> Result<Self> {
        let there = || sides.iter().filter_map(|(_, bytes)| bytes.as_ref());
        if there().all(|bytes| legacy::is_legacy(bytes)) {
            return Err(Error::user(format!(
                "{MANIFEST} is datamanager's on every side: that can only be merged by hand"
            ))
            .hint("git data migrate   on the default branch makes it mergeable"));
        }
        let [base, ours, theirs] = sides.map(|(name, bytes)| match bytes {
            Some(bytes) => checked(bytes, &format!("{name}: {MANIFEST}")),
            None => Ok(Manifest::default()),
        });
        Ok(Three { base: base?, ours: ours?, theirs: theirs? })
    }
}

/// What is reachable from the default branch keeps its numbers.
fn joined(env: &Env<'_>, three: &Three) -> Result<merge::Merged> {
    let Three { base, ours, theirs } = three;
    let merged_already = env.merged_manifest()?;
    let same = |in_manifest: &Manifest, name: &str, e: &Entry| {
        in_manifest.entry(name, e.version).is_some_and(|m| m.sha256 == e.sha256)
    };
    let reachable = |side: &Manifest| {
        let fresh = side.entries().filter(|(name, e)| !same(base, name, e));
        fresh.filter(|(name, e)| same(&merged_already, name, e)).count()
    };
    let keeps = if reachable(ours) > reachable(theirs) { Side::Ours } else { Side::Theirs };
    Ok(merge::merge(base, ours, theirs, keeps))
}

fn words(renumbered: &[Renumbered]) -> Vec<String> {
    renumbered.iter().map(|r| format!("{} {} is now {}", r.dataset, r.from, r.to)).collect()
}

/// What only a person can decide, each in words.
fn undecided(conflicts: &[Conflict], sides: [&str; 2], written: bool) -> Error {
    let say = |c: &Conflict| {
        let name = c.dataset.as_deref().unwrap_or(MANIFEST);
        let version = c.version.map_or(String::new(), |v| format!(" {v}"));
        let [one, two] = sides;
        format!("{name}{version}: {} is {} on {one} and {} on {two}; {}", c.member, c.ours, c.theirs, c.hint)
    };
    let count = crate::flow::text::plural(conflicts.len() as u64, "conflict");
    let all: Vec<String> = conflicts.iter().map(say).collect();
    let error = Error::conflict(format!("{MANIFEST} has {count} that a person must decide")).because(all.join(" · "));
    if written {
        error.hint(format!("edit {MANIFEST}: it holds both sides, and one of the two values"))
    } else {
        error.hint(format!("edit {MANIFEST} to what is meant"))
    }
}
