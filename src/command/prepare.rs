//! `prepare`: the bytes go to staging, the change goes to the manifest, ready for review.

use std::path::PathBuf;

use serde::Serialize;

use crate::command::env::Env;
use crate::command::examine::{New, examine};
use crate::command::propose::{self, Change, Proposed};
use crate::command::view::View;
use crate::command::{review_page, survey};
use crate::disk::placed::Placed;
use crate::error::{Error, Result};
use crate::flow::hash::Digest;
use crate::flow::manifest::types::{Dataset, Kind, Manifest};
use crate::flow::manifest::{edit, name};
use crate::flow::proposal::{self, Item};
use crate::flow::version::Version;

/// Propose a new version of a dataset
///
/// Hashes the file, sends it to the staging bucket if it is not there, and adds a pending version to manifest.json.
/// Production is not touched: it changes after the review, by the publisher.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The dataset's name, as in `energy.sqlite` or `eu/prices.csv`
    #[arg(required_unless_present = "all")]
    pub name: Option<String>,
    /// The file; for a dataset that is known, its own path when absent
    pub path: Option<PathBuf>,
    /// Every dataset whose file changed, in one proposal
    #[arg(long, conflicts_with_all = ["name", "path"])]
    pub all: bool,
    /// Say that versions which came in between are known and superseded
    #[arg(long)]
    pub supersede: bool,
    /// What the dataset is, for people
    #[arg(long, value_name = "TEXT", conflicts_with = "all")]
    pub description: Option<String>,
    /// Send so many bytes a second at most, as in 2MB
    #[arg(long, value_name = "RATE")]
    pub limit_rate: Option<String>,
    /// How far the proposal goes
    #[command(flatten)]
    pub propose: propose::Args,
}

/// What was prepared.
#[derive(Serialize)]
pub struct Prepared {
    /// Each dataset that was looked at.
    pub datasets: Vec<One>,
    /// How far the proposal went; none where there was nothing to propose.
    pub proposal: Option<Proposed>,
    /// What a dry run would do, step by step.
    pub plan: Vec<String>,
    /// Nothing was changed: this is the plan.
    pub dry_run: bool,
}

/// What became of one dataset.
#[derive(Serialize, Debug)]
pub struct One {
    /// Its name.
    pub name: String,
    /// What was found.
    pub outcome: Outcome,
    /// The version that is meant.
    pub version: Option<Version>,
    /// Its digest.
    pub sha256: Option<Digest>,
    /// Bytes.
    pub size: Option<u64>,
    /// The version it was made from.
    pub base: Option<Version>,
    /// Bytes that were (or would be) sent.
    pub sent: u64,
    /// Things worth knowing.
    pub notes: Vec<String>,
}

/// What was found.
#[derive(Serialize, Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The content is that of the latest version.
    Unchanged,
    /// The same content is proposed already.
    AlreadyPrepared,
    /// A first version.
    Created,
    /// A further version.
    Updated,
    /// The content of an older live version: it comes back as a rollback.
    Rollback,
    /// The content of an older version, found by `--all`: left alone.
    Stale,
    /// There is no file.
    Missing,
}

/// A dataset to be prepared.
pub(super) struct Subject {
    pub(super) name: String,
    pub(super) file: PathBuf,
    /// Where it lives in the work tree, if that is to be recorded.
    pub(super) location: Option<String>,
}

/// A file and the entry that it becomes.
struct Ready {
    subject: Subject,
    new: New,
    /// Its place among the datasets that were looked at.
    one: usize,
}

/// Prepares one dataset, or all whose file changed.
pub fn run(env: &Env<'_>, args: &Args) -> Result<Prepared> {
    propose::preflight(env, &args.propose)?;
    let view = View::of(env, env.manifest_if_any()?.unwrap_or_default())?;
    let subjects = if args.all { changed(env, &view)? } else { vec![named(env, &view, args)?] };
    let mut datasets = Vec::new();
    let mut ready = Vec::new();
    let mut numbers = None;
    for subject in subjects {
        let (one, new) = examine(env, &view, args, &subject, &mut numbers)?;
        if let Some(new) = new {
            ready.push(Ready { subject, new, one: datasets.len() });
        }
        datasets.push(one);
    }
    let dry_run = args.propose.dry_run;
    let mut done = Prepared { datasets, proposal: None, plan: Vec::new(), dry_run };
    if ready.is_empty() {
        return Ok(done);
    }
    // What cannot be proposed is said before anything is sent.
    let composed = compose(env, args, &view, &ready, false)?;
    if dry_run {
        done.plan = propose::plan(env, &args.propose, &composed.change())?;
        return Ok(done);
    }
    for Ready { subject, new, one } in &ready {
        if new.entry.rollback.is_none() {
            let sent = survey::stage(env, &subject.name, &subject.file, &new.entry.sha256, new.hashed.as_ref())?;
            done.datasets[*one].sent = sent;
        }
    }
    done.proposal = Some(write(env, args, &view, &ready)?);
    Ok(done)
}

/// The one dataset that was named.
fn named(env: &Env<'_>, view: &View, args: &Args) -> Result<Subject> {
    let name = args.name.clone().expect("clap asks for a name unless --all is there");
    name::check(&name)?;
    let known = view.manifest.datasets.get(&name);
    if let Some(renamed) = known.and_then(|d| d.renamed.as_deref()) {
        return Err(
            Error::user(format!("{name} was renamed to {renamed}")).hint(format!("git data prepare {renamed} PATH"))
        );
    }
    if known.is_some_and(|d| d.kind != Kind::File) {
        return Err(Error::user(format!("{name} is not a file dataset")));
    }
    if let Some(path) = &args.path
        && crate::disk::file::is_folder(&env.given(path))?
    {
        return Err(Error::user(format!("{} is a directory; a dataset is one file", path.display()))
            .hint(format!("git data prepare {name} FILE")));
    }
    let file = match (&args.path, known) {
        (Some(path), _) => env.given(path),
        (None, Some(dataset)) => env.root.join(dataset.location(&name)),
        (None, None) => {
            return Err(Error::usage(format!("{name} is new: say which file it is"))
                .hint(format!("git data prepare {name} PATH")));
        }
    };
    // A known dataset keeps its place; a new one lives where its file lies, if that is inside the repository.
    let location = match known {
        Some(_) => None,
        None => crate::disk::file::inside(&env.root, &file)?.filter(|path| *path != name),
    };
    Ok(Subject { name, file, location })
}

/// Every dataset whose file differs from what this worktree expects.
fn changed(env: &Env<'_>, view: &View) -> Result<Vec<Subject>> {
    let files = |d: &Dataset| d.kind == Kind::File && d.renamed.is_none();
    let all = view.manifest.datasets.iter().filter(|(_, d)| files(d));
    Ok(all
        .map(|(name, d)| Subject { name: name.clone(), file: env.root.join(d.location(name)), location: None })
        .collect())
}

/// The proposal as a whole.
struct Composed {
    manifest: Manifest,
    items: Vec<Item>,
    files: Vec<(String, String)>,
    ignore: Vec<String>,
}

impl Composed {
    fn change(&self) -> Change<'_> {
        let named: Vec<(&str, Version)> = self.items.iter().map(|i| (i.dataset.as_str(), i.version)).collect();
        Change {
            manifest: &self.manifest,
            branch: proposal::branch_name(&named),
            title: proposal::title(&self.items),
            body: proposal::pull_request_body(&self.items),
            files: self.files.clone(),
            ignore: self.ignore.clone(),
        }
    }
}

/// Makes the new manifest from what is there now; the pages cost a look at the base, which a plan does without.
fn compose(env: &Env<'_>, args: &Args, view: &View, ready: &[Ready], pages: bool) -> Result<Composed> {
    let manifest = env.manifest_if_any()?.unwrap_or_default();
    let mut all = Composed { manifest, items: Vec::new(), files: Vec::new(), ignore: Vec::new() };
    for Ready { subject, new, .. } in ready {
        let (name, entry) = (&subject.name, &new.entry);
        let page = match &entry.diff {
            Some(_) if pages => Some(review_page::of(env, view, name, entry, &subject.file)?),
            Some(_) => Some(String::new()),
            None => None,
        };
        all.files.extend(entry.diff.clone().zip(page.clone()));
        survey::make_room(&mut all.manifest, name, new.next)?;
        edit::propose(&mut all.manifest, name, Kind::File, subject.location.clone(), entry.clone())?;
        let dataset = all.manifest.datasets.get_mut(name).expect("it was proposed above");
        if args.description.is_some() {
            dataset.description.clone_from(&args.description);
        }
        all.ignore.push(dataset.location(name).to_owned());
        all.items.push(Item {
            dataset: name.clone(),
            version: entry.version,
            base: entry.base,
            sha256: entry.sha256,
            size: entry.size.unwrap_or(0),
            message: entry.message.clone(),
            diff: page,
        });
    }
    Ok(all)
}

/// Writes the manifest and its pages under the lock, and goes as far as asked.
fn write(env: &Env<'_>, args: &Args, view: &View, ready: &[Ready]) -> Result<Proposed> {
    let _lock = env.lock("prepare")?;
    // Somebody may have changed it during a long upload: start from what is there now.
    let composed = compose(env, args, view, ready, true)?;
    let proposed = propose::run(env, &args.propose, &composed.change())?;
    let placed = Placed::new(&env.data);
    for item in &composed.items {
        placed.set(&env.root, &item.dataset, item.version, item.sha256)?;
    }
    Ok(proposed)
}
