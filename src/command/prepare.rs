//! `prepare`: the bytes go to staging, the change goes to the manifest, ready for review.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::command::delta::{self, Staging};
use crate::command::env::Env;
use crate::command::examine::{New, examine};
use crate::command::preview::Seen;
use crate::command::propose::{self, Change, Proposed};
use crate::command::tree::{self, Sending};
use crate::command::view::View;
use crate::command::{diff, review_page, survey, unsent};
use crate::disk::placed::Placed;
use crate::disk::tree::kept::Kept;
use crate::error::{Error, Result};
use crate::flow::diff::gate::{self, Said};
use crate::flow::hash::Digest;
use crate::flow::manifest::types::{Dataset, Kind, Manifest};
use crate::flow::manifest::{edit, name};
use crate::flow::proposal::{self, Item};
use crate::flow::version::Version;

/// Propose a new version of a dataset
///
/// Hashes the file, or all files of a directory, sends to the staging bucket what is not there, and adds a pending version to manifest.json.
/// Production is not touched: it changes after the review, by the publisher.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The dataset's name, as in `energy.sqlite` or `eu/prices.csv`
    #[arg(required_unless_present = "all")]
    pub name: Option<String>,
    /// The file or directory; for a dataset that is known, its own path when absent
    pub path: Option<PathBuf>,
    /// Every dataset whose file changed, in one proposal
    #[arg(long, conflicts_with_all = ["name", "path"])]
    pub all: bool,
    /// Say that versions which came in between are known and superseded
    #[arg(long)]
    pub supersede: bool,
    /// Refuse paths that some systems cannot hold, instead of warning of them
    #[arg(long)]
    pub portable: bool,
    /// What the dataset is, for people
    #[arg(long, value_name = "TEXT", conflicts_with = "all")]
    pub description: Option<String>,
    /// Propose nothing if the change is another one: append-only, rows+3000±10%, …
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub expect: Vec<String>,
    /// Send whole files, also where only little changed since the last version
    #[arg(long)]
    pub no_delta: bool,
    /// Send nothing now: the bytes are kept in the cache, and git push sends them (git data install)
    #[arg(long, conflicts_with_all = ["push", "pr"])]
    pub no_upload: bool,
    /// Send so many bytes a second at most, as in 2MB
    #[arg(long, value_name = "RATE")]
    pub limit_rate: Option<String>,
    /// A hook asks: nobody is waited for, and nothing is fetched.
    #[arg(skip)]
    pub by_hook: bool,
    /// How far the proposal goes
    #[command(flatten)]
    pub propose: propose::Args,
}

impl Args {
    /// As a hook prepares: every dataset whose file changed, and nothing is sent.
    pub(super) fn by_hook() -> Self {
        Args {
            name: None,
            path: None,
            all: true,
            supersede: false,
            portable: false,
            description: None,
            expect: Vec::new(),
            no_delta: false,
            no_upload: true,
            limit_rate: None,
            by_hook: true,
            propose: propose::Args::default(),
        }
    }
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
    /// Of a directory: how many files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub files: Option<u64>,
    /// The version it was made from.
    pub base: Option<Version>,
    /// Bytes that were (or would be) sent.
    pub sent: u64,
    /// The version that has the rest, where only what changed was staged.
    pub rest_in: Option<Version>,
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
    pub(super) kind: Kind,
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
    gate::parse(&args.expect.join(","), Said::Wanted)?;
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
    for ready in &mut ready {
        if args.no_upload {
            unsent::keep(env, &ready.subject.file, &ready.new, &mut done.datasets[ready.one].notes)?;
        } else {
            send(env, args, &view, ready, &mut done.datasets)?;
        }
    }
    done.proposal = Some(write(env, args, &view, &ready)?);
    Ok(done)
}

/// Sends the bytes of a new version; the entry learns whether it is a delta.
fn send(env: &Env<'_>, args: &Args, view: &View, ready: &mut Ready, told: &mut [One]) -> Result<()> {
    let Ready { subject: Subject { name, file, .. }, new, one } = ready;
    if new.entry.rollback.is_some() {
        return Ok(());
    }
    if let Some(listing) = &new.tree {
        let sending = Sending { name, place: file, entry: &new.entry, listing, whole: args.no_delta };
        let sent = tree::send(env, view, &sending, &mut told[*one].notes)?;
        told[*one].sent = sent;
        return Ok(());
    }
    let empty = Dataset::default();
    let dataset = view.manifest.datasets.get(name).unwrap_or(&empty);
    let hashed = new.hashed.as_ref();
    let sent = delta::stage(env, &Staging { name, dataset, file, entry: &new.entry, hashed, delta: !args.no_delta })?;
    let told = &mut told[*one];
    told.notes.extend(sent.note);
    (told.sent, told.rest_in) = (sent.bytes, sent.delta.map(|(_, version)| version));
    new.entry.delta = sent.delta.map(|(base, _)| base);
    Ok(())
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
    if let Some(Kind::Unknown(kind)) = known.map(|d| &d.kind) {
        return Err(Error::user(format!("{name} is a dataset of kind {kind:?}, which this version cannot prepare")));
    }
    let file = match (&args.path, known) {
        (Some(path), _) => env.given(path),
        (None, Some(dataset)) => env.root.join(dataset.location(&name)),
        (None, None) => {
            return Err(Error::usage(format!("{name} is new: say which file it is"))
                .hint(format!("git data prepare {name} PATH")));
        }
    };
    let kind = kind(&name, &file, known)?;
    // A known dataset keeps its place; a new one lives where its file lies, if that is inside the repository.
    let location = match known {
        Some(_) => None,
        None => crate::disk::file::inside(&env.root, &file)?.filter(|path| *path != name),
    };
    Ok(Subject { name, kind, file, location })
}

/// A directory makes a tree, anything else a file; a dataset stays what it is.
fn kind(name: &str, file: &Path, known: Option<&Dataset>) -> Result<Kind> {
    let kind = if crate::disk::file::is_folder(file)? { Kind::Tree } else { Kind::File };
    match known.filter(|known| !known.versions.is_empty()).map(|known| &known.kind) {
        Some(Kind::File) if kind == Kind::Tree => {
            Err(Error::user(format!("{} is a directory, and {name} is a file", file.display()))
                .hint("git data prepare ANOTHER-NAME DIRECTORY   makes a dataset of it"))
        }
        Some(Kind::Tree) if kind == Kind::File && crate::disk::file::exists(file)? => {
            Err(Error::user(format!("{} is a file, and {name} is a directory", file.display()))
                .hint("git data prepare ANOTHER-NAME FILE   makes a dataset of it"))
        }
        Some(known) => Ok(known.clone()),
        None => Ok(kind),
    }
}

/// Every dataset whose file differs from what this worktree expects.
fn changed(env: &Env<'_>, view: &View) -> Result<Vec<Subject>> {
    let files = |d: &Dataset| !matches!(d.kind, Kind::Unknown(_)) && d.renamed.is_none();
    let all = view.manifest.datasets.iter().filter(|(_, d)| files(d));
    Ok(all
        .map(|(name, d)| {
            let (kind, file) = (d.kind.clone(), env.root.join(d.location(name)));
            Subject { name: name.clone(), kind, file, location: None }
        })
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
            Some(_) if pages => Some(match &new.tree {
                Some(listing) => review_page::of_tree(env, view, name, entry, listing),
                None => {
                    let fetch = if args.by_hook { 0 } else { review_page::FETCHED };
                    let (page, one) = review_page::of(env, view, name, entry, &subject.file, fetch)?;
                    expected(args, name, one.as_ref())?;
                    page
                }
            }),
            Some(_) => Some(String::new()),
            None => None,
        };
        all.files.extend(entry.diff.clone().zip(page.clone()));
        survey::make_room(&mut all.manifest, name, new.next)?;
        edit::propose(&mut all.manifest, name, subject.kind.clone(), subject.location.clone(), entry.clone())?;
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

/// Whether a change is what its author expects.
fn expected(args: &Args, name: &str, one: Option<&diff::One>) -> Result<()> {
    let rules = gate::parse(&args.expect.join(","), Said::Wanted)?;
    if rules.is_empty() {
        return Ok(());
    }
    let seen = one.map(diff::One::seen).unwrap_or_default();
    let unknown = |why: &str| {
        Error::user(format!("{name}: whether it is as expected cannot be known: {why}; nothing was proposed"))
    };
    let mut broken = Vec::new();
    for seen in &seen {
        match seen {
            Seen::Tables(found) => broken.extend(gate::judge(&rules, found)),
            Seen::Unavailable(why) => return Err(unknown(why)),
            Seen::Lines(_) | Seen::Opaque => return Err(unknown("it is no table")),
        }
    }
    if seen.is_empty() {
        return Err(unknown("there is no older version to compare with"));
    }
    if broken.is_empty() {
        return Ok(());
    }
    Err(Error::user(format!("{name} did not change as expected; nothing was proposed"))
        .because(broken.join("; "))
        .hint(format!("git data diff {name}   shows what changed")))
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
    for Ready { subject, new, .. } in ready {
        if let Some(listing) = &new.tree {
            Kept::new(&env.data, &subject.name).keep_listing(listing, &new.entry.sha256)?;
        }
    }
    Ok(proposed)
}
