//! `sweep`: what was retired leaves production, in three steps with different rights: mark → delete → record.
//!
//! Each step counts the references afresh. Only what the default branch says to be purging is deleted.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::command::env::Env;
use crate::command::publish::{Opener, trusted};
use crate::command::record::{self, Change, Recorded};
use crate::command::refs::{self, Gathered, Where};
use crate::error::{Error, Kind, Result};
use crate::flow::key::{self, Key};
use crate::flow::manifest::types::Kind::Tree;
use crate::flow::manifest::types::Manifest;
use crate::flow::markdown::md_block;
use crate::flow::reference::Grace;
use crate::flow::retention::janitor::{is_leftover, is_stale};
use crate::flow::retention::{self, At, Kept, Objects, Unneeded};
use crate::store::{Read, Write};

/// Delete from production what was retired, after its grace period
///
/// Three steps: mark it on the default branch, delete what is marked and needed by no name, record what is gone.
/// Anything that cannot be read stops it before it deletes.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Where the manifest is
    #[command(flatten)]
    pub at: Where,
    /// How long a retired version is kept [default: data.grace, else 30d]
    #[arg(long, value_name = "TIME")]
    pub grace: Option<String>,
    /// Do only this step
    #[arg(long, value_enum, value_name = "STEP")]
    pub step: Option<Step>,
    /// Say what would be done, and what pins each object that stays
    #[arg(long)]
    pub dry_run: bool,
}

/// A step of a sweep.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Write marks on the default branch: needs git rights
    Mark,
    /// Delete what is marked: needs to delete in production
    Delete,
    /// Write what is gone on the default branch: needs git rights
    Record,
}

/// What a sweep did.
#[derive(Serialize, Default)]
pub struct Swept {
    /// Nothing was changed: this is the plan.
    pub dry_run: bool,
    /// The names in git that were counted.
    pub counted: Vec<String>,
    /// Names that could not be counted and pin nothing, and other things worth knowing.
    pub notes: Vec<String>,
    /// Versions whose retirement was seen for the first time.
    pub seen: Vec<At>,
    /// Marked for deletion in this run.
    pub marked: Vec<Unneeded>,
    /// Deleted in this run.
    pub deleted: Vec<Unneeded>,
    /// Could not be deleted.
    pub failed: Vec<Failed>,
    /// Recorded as gone.
    pub purged: Vec<At>,
    /// What stays, and what pins it.
    pub kept: Vec<Kept>,
    /// Quarantine and probes that somebody left behind.
    pub leftovers: Vec<Key>,
    /// Unfinished uploads that were given up.
    pub uploads: Vec<Key>,
    /// The commits on the default branch.
    pub commits: Vec<String>,
    /// The default branch takes no push by a rule.
    pub forbidden: Option<String>,
    /// The branch that proposes the marks instead.
    pub branch: Option<String>,
    /// The pull request, or the page that opens it.
    pub review: Option<String>,
    /// Not everything was done.
    #[serde(skip)]
    pub failure: Option<Kind>,
}

/// An object that could not be deleted.
#[derive(Serialize)]
pub struct Failed {
    /// Where.
    pub key: Key,
    /// Why.
    pub error: String,
}

/// Does the step that was asked for, or all three.
pub fn run(env: &Env<'_>, open: Opener, args: &Args) -> Result<Swept> {
    trusted::settings(env)?;
    let sweep =
        Sweep { env, at: &args.at, grace: refs::grace(env, args.grace.as_deref())?, read: refs::production(env)? };
    let mut done = Swept { dry_run: args.dry_run, ..Swept::default() };
    let does = |step| args.step.is_none_or(|only| only == step);
    if args.dry_run {
        sweep.plan(&does, open, &mut done)?;
        return Ok(done);
    }
    if does(Step::Mark) {
        sweep.mark(&mut done)?;
    }
    if does(Step::Delete) {
        sweep.delete(open(env)?.as_ref(), &mut done)?;
    }
    if does(Step::Record) {
        sweep.record(&mut done)?;
    }
    if !done.failed.is_empty() {
        done.failure = Some(if done.deleted.is_empty() { Kind::Store } else { Kind::Partial });
    }
    Ok(done)
}

struct Sweep<'a> {
    env: &'a Env<'a>,
    at: &'a Where,
    grace: Grace,
    read: Box<dyn Read>,
}

impl Sweep<'_> {
    fn gather(&self, done: &mut Swept) -> Result<Gathered> {
        let gathered = refs::gather(self.env, self.at, self.read.as_ref(), self.grace)?;
        refs::writable(self.env, gathered.tip)?;
        done.counted = gathered.references.names().to_vec();
        done.notes = gathered.references.notes().to_vec();
        Ok(gathered)
    }

    fn plan(&self, does: &dyn Fn(Step) -> bool, open: Opener, done: &mut Swept) -> Result<()> {
        let references = self.gather(done)?.references;
        if does(Step::Mark) {
            let marks = retention::mark(&references);
            (done.seen, done.marked, done.kept) = (marks.seen, marks.marked, marks.kept);
        }
        if does(Step::Delete) {
            let plan = retention::delete_plan(&references, &self.objects(references.tip(), done));
            done.deleted = plan.deletions;
            done.kept.extend(plan.kept);
            self.leftovers(open(self.env)?.as_ref(), done)?;
        }
        if does(Step::Record) {
            let mut manifest = references.tip().clone();
            done.purged = retention::record(&mut manifest, &self.gone(references.tip())?, self.grace.now);
        }
        Ok(())
    }

    fn mark(&self, done: &mut Swept) -> Result<()> {
        let recorded = record::record(self.env, self.at, &mut || {
            let Gathered { tip, references, .. } = self.gather(done)?;
            let marks = retention::mark(&references);
            let change = (marks.manifest != *references.tip())
                .then(|| Change::of(marks.manifest, message(&marks.seen, &marks.marked)));
            (done.seen, done.marked, done.kept) = (marks.seen, marks.marked, marks.kept);
            Ok((tip, change))
        })?;
        self.recorded(recorded, done)
    }

    fn delete(&self, production: &dyn Write, done: &mut Swept) -> Result<()> {
        let references = self.gather(done)?.references;
        let plan = retention::delete_plan(&references, &self.objects(references.tip(), done));
        done.kept.extend(plan.kept);
        let mut stopped: BTreeSet<At> = BTreeSet::new();
        for deletion in plan.deletions {
            // The listing of a tree goes last, so that what is left of it is found again.
            if deletion.entries.iter().any(|at| stopped.contains(at)) {
                continue;
            }
            // First: a list without its object would be found by no later run.
            if let Some(list) = retention::chunk_list(references.tip(), &deletion)
                && let Err(error) = erase(production, &list)
            {
                done.notes.push(format!("{list} could not be deleted: {}", error.line()));
            }
            match erase(production, &deletion.key) {
                Ok(()) => done.deleted.push(deletion),
                Err(error) => {
                    stopped.extend(deletion.entries);
                    done.failed.push(Failed { key: deletion.key, error: error.line() });
                }
            }
        }
        self.leftovers(production, done)
    }

    /// What the marked trees are made of; one whose places cannot be read stays.
    fn objects(&self, tip: &Manifest, done: &mut Swept) -> Objects {
        let mut objects = Objects::default();
        for (at, _, entry) in retention::marked(tip).filter(|(_, dataset, _)| dataset.kind == Tree) {
            match refs::parts(self.read.as_ref(), &at.dataset, entry) {
                Ok(parts) => objects.add(at, parts),
                Err(error) => done.notes.push(format!("{at} stays: {}", error.line())),
            }
        }
        objects
    }

    /// Quarantine, probes and unfinished uploads that are older than seven days.
    fn leftovers(&self, production: &dyn Write, done: &mut Swept) -> Result<()> {
        let (mut refusals, now) = (Vec::new(), self.grace.now);
        let listing = refs::listing(production, key::OWN, "production", &mut refusals);
        for listed in listing.iter().filter(|listed| is_leftover(listed, now)) {
            if done.dry_run || erase(production, &listed.key).is_ok() {
                done.leftovers.push(listed.key.clone());
            } else {
                done.notes.push(format!("{} could not be deleted", listed.key));
            }
        }
        match production.uploads("") {
            Ok(uploads) => {
                for upload in uploads.iter().filter(|upload| is_stale(upload.started, now)) {
                    if !done.dry_run {
                        production.abort(upload)?;
                    }
                    done.uploads.push(upload.key.clone());
                }
            }
            Err(error) => done.notes.push(format!("unfinished uploads were not looked at: {}", error.line())),
        }
        Ok(())
    }

    fn record(&self, done: &mut Swept) -> Result<()> {
        let recorded = record::record(self.env, self.at, &mut || {
            let Gathered { tip, references, .. } = self.gather(done)?;
            let mut manifest = references.tip().clone();
            let gone = self.gone(&manifest)?;
            done.purged = retention::record(&mut manifest, &gone, references.grace().now);
            let each: Vec<String> = done.purged.iter().map(|at| format!("\npurged: {at}")).collect();
            let message = format!("data: record the deletion of {}\n{}", listed(&done.purged), each.concat());
            Ok((tip, (!done.purged.is_empty()).then_some(Change::of(manifest, message))))
        })?;
        self.recorded(recorded, done)
    }

    /// The marked objects of which the store says that they are not there.
    fn gone(&self, tip: &Manifest) -> Result<BTreeSet<Key>> {
        let mut gone = BTreeSet::new();
        for key in retention::marked_keys(tip) {
            if self.read.head(&key)?.is_none() {
                gone.insert(key);
            }
        }
        Ok(gone)
    }

    /// A forbidden push becomes a pull request; where even that is forbidden, that is said and nothing is lost.
    fn recorded(&self, recorded: Recorded, done: &mut Swept) -> Result<()> {
        match recorded {
            Recorded::Nothing => {}
            Recorded::Pushed(commit) => done.commits.push(commit.to_string()),
            Recorded::Forbidden { rule, commit, message } => {
                let body = format!("{}\n\nWritten by `git-data-publish sweep`.\n", md_block(&message));
                match record::propose(self.env, self.at, "sweep", commit, &message, &body) {
                    Ok(proposed) => (done.branch, done.review) = (Some(proposed.branch), proposed.review),
                    Err(error) => done.notes.push(format!("no pull request could be made: {}", error.line())),
                }
                done.forbidden = Some(rule);
            }
        }
        Ok(())
    }
}

/// Deletes an object and looks whether it is gone.
fn erase(store: &dyn Write, key: &Key) -> Result<()> {
    store.delete(key)?;
    match store.head(key)? {
        None => Ok(()),
        Some(_) => Err(Error::store(format!("{key} is still there after it was deleted"))),
    }
}

/// One line, and every version by its name below it.
fn message(seen: &[At], marked: &[Unneeded]) -> String {
    let entries: Vec<At> = marked.iter().flat_map(|unneeded| unneeded.entries.clone()).collect();
    let mut message = match (entries.is_empty(), seen.is_empty()) {
        (true, _) => format!("data: the grace period of {} begins\n", listed(seen)),
        (false, _) => format!("data: mark {} for deletion\n", listed(&entries)),
    };
    for (word, list) in [("purging", entries.as_slice()), ("retired", seen)] {
        for at in list {
            message.push_str(&format!("\n{word}: {at}"));
        }
    }
    message
}

fn listed(entries: &[At]) -> String {
    let names: Vec<String> = entries.iter().map(ToString::to_string).collect();
    match names.as_slice() {
        [first, second, third, rest @ ..] if rest.len() > 1 => {
            format!("{first}, {second}, {third} and {} more", rest.len())
        }
        few => few.join(", "),
    }
}
