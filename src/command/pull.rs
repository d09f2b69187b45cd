//! `pull`: brings a version to its place, verified byte for byte before it is visible.

mod ready;
mod tree;
mod vouch;

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde::Serialize;

use crate::command::cache;
use crate::command::env::Env;
use crate::command::fetch::{self, Whence};
use crate::command::tree::placing::Counts;
use crate::command::view::View;
use crate::disk::index::Index;
use crate::disk::place;
use crate::disk::placed::Placed;
use crate::disk::stat::Stat;
use crate::disk::{file, hash};
use crate::error::{Error, Kind, Result};
use crate::flow::hash::Digest;
use crate::flow::manifest::types::{Dataset, Entry, Kind as DatasetKind};
use crate::flow::pull::{self, Present, Step};
use crate::flow::signature::Signer;
use crate::flow::state::Effective;
use crate::flow::version::Version;

use ready::{available, modified, on_a_branch, waiting};
pub(super) use tree::unoffered;
use vouch::Vouching;

/// Bring datasets to their paths, verified
///
/// Without a name: every dataset. A file with local changes is never replaced without --force.
#[derive(clap::Args, Debug, Default)]
pub struct Args {
    /// The dataset; all of them when absent
    pub name: Option<String>,
    /// Of a directory: only these files and folders, now and from now on
    #[arg(last = true, requires = "name", value_name = "PATH")]
    pub paths: Vec<String>,
    /// Of a directory: all of it again
    #[arg(long, requires = "name", conflicts_with = "paths")]
    pub all_paths: bool,
    /// This version instead of the latest
    #[arg(long, value_name = "vN", requires = "name")]
    pub version: Option<String>,
    /// Put it there instead of at the dataset's path
    #[arg(short, long, value_name = "PATH", requires = "name")]
    pub output: Option<PathBuf>,
    /// Also take proposals, from the staging bucket
    #[arg(long)]
    pub staged: bool,
    /// Receipts have to be signed by an allowed signer; says who signed
    #[arg(long, conflicts_with = "staged")]
    pub verify_signature: bool,
    /// GitHub has to have attested that the publisher's workflow published these bytes; asks gh
    #[arg(long, conflicts_with = "staged")]
    pub verify_attestation: bool,
    /// Wait so long for a merged version to be published, as in 10m
    #[arg(long, value_name = "TIME")]
    pub wait: Option<String>,
    /// Of a directory: keep local changes, and bring what the version changed beside them
    #[arg(long, requires = "name", conflicts_with_all = ["paths", "all_paths", "output", "force"])]
    pub merge: bool,
    /// Replace a file with local changes; the old one is kept beside it
    #[arg(long)]
    pub force: bool,
    /// Further contents that can be had again, so that a file of them may go
    #[arg(skip)]
    pub known: BTreeSet<Digest>,
    /// Fetch so many bytes a second at most, as in 2MB
    #[arg(long, value_name = "RATE")]
    pub limit_rate: Option<String>,
    /// Say what would be done and change nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// What was pulled.
#[derive(Serialize)]
pub struct Pulled {
    /// Each dataset.
    pub datasets: Vec<One>,
    /// Nothing was changed: this is the plan.
    pub dry_run: bool,
    /// Not all could be had.
    #[serde(skip)]
    pub failure: Option<Kind>,
}

/// What became of one dataset.
#[derive(Serialize, Debug)]
pub struct One {
    /// Its name.
    pub name: String,
    /// The version that was wanted.
    pub version: Option<Version>,
    /// What was done.
    pub outcome: Outcome,
    /// Where it lies.
    pub path: Option<PathBuf>,
    /// Bytes.
    pub size: Option<u64>,
    /// Where the bytes came from.
    pub from: Option<Whence>,
    /// How many bytes were fetched, where an older version here had the rest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fetched: Option<u64>,
    /// Who signed its receipt, if that was to be known.
    #[serde(flatten)]
    pub signer: Option<Signer>,
    /// The workflow that attested its bytes, if that was to be known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attested_by: Option<String>,
    /// Where the file with local changes was put.
    pub kept: Option<PathBuf>,
    /// Of a directory: how many paths were put, taken away and left as they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paths: Option<Counts>,
    /// Of a directory: names that this system cannot hold.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unheld: Vec<String>,
    /// Things worth knowing.
    pub notes: Vec<String>,
    /// What went wrong, in the words of an error.
    pub error: Option<String>,
    /// What to type then.
    pub hints: Vec<String>,
}

/// What was done.
#[derive(Serialize, Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It was there already.
    Current,
    /// It was put there.
    Pulled,
    /// Nothing of it is live.
    Nothing,
    /// It could not be had.
    Failed,
}

/// A version and the place it belongs to.
struct Wanted<'v> {
    name: &'v str,
    dataset: &'v Dataset,
    entry: &'v Entry,
    target: PathBuf,
    /// Whether `target` is the dataset's own path.
    own: bool,
}

/// Pulls one dataset, or all.
pub fn run(env: &Env<'_>, args: &Args) -> Result<Pulled> {
    let view = View::open(env)?;
    let vouching = Vouching::new(env, args)?;
    let mut pulled = Pulled { datasets: Vec::new(), dry_run: args.dry_run, failure: None };
    if let Some(name) = &args.name {
        let wanted = wanted(env, &view, args, name)?;
        pulled.datasets.push(one(env, &view, args, &wanted, &vouching)?);
        pulled.failure = pulled.partly();
        trim(env, &pulled)?;
        return Ok(pulled);
    }
    let files = view.manifest.datasets.iter().filter(|(_, d)| d.renamed.is_none());
    let mut failures = Vec::new();
    for (name, dataset) in files {
        if selected(&view, args, name, dataset).is_none() {
            pulled.datasets.push(failed(name, None, Outcome::Nothing, None));
            continue;
        }
        match wanted(env, &view, args, name).and_then(|w| one(env, &view, args, &w, &vouching)) {
            Ok(one) => pulled.datasets.push(one),
            Err(error) => {
                failures.push(error.kind);
                let version = selected(&view, args, name, dataset).map(|e| e.version);
                pulled.datasets.push(failed(name, version, Outcome::Failed, Some(error)));
            }
        }
    }
    trim(env, &pulled)?;
    let any = pulled.datasets.iter().any(|d| matches!(d.outcome, Outcome::Current | Outcome::Pulled));
    pulled.failure = Kind::gravest(&failures).map(|gravest| match gravest {
        // Who asks for signatures is not to take a wrong one for something that was left over.
        Kind::Integrity if vouching.vouches() => Kind::Integrity,
        _ if any => Kind::Partial,
        gravest => gravest,
    });
    pulled.failure = pulled.failure.or(pulled.partly());
    Ok(pulled)
}

impl Pulled {
    fn partly(&self) -> Option<Kind> {
        self.datasets.iter().any(|one| !one.unheld.is_empty()).then_some(Kind::Partial)
    }
}

/// What was fetched may have made the cache too large.
fn trim(env: &Env<'_>, pulled: &Pulled) -> Result<()> {
    let fetched = |one: &One| one.outcome == Outcome::Pulled && one.from != Some(fetch::Whence::Cache);
    if !pulled.dry_run && pulled.datasets.iter().any(fetched) { cache::trim(env) } else { Ok(()) }
}

fn failed(name: &str, version: Option<Version>, outcome: Outcome, error: Option<Error>) -> One {
    let words = error.as_ref().map(Error::line);
    One {
        name: name.to_owned(),
        version,
        outcome,
        path: None,
        size: None,
        from: None,
        fetched: None,
        signer: None,
        attested_by: None,
        kept: None,
        paths: None,
        unheld: Vec::new(),
        notes: Vec::new(),
        error: words,
        hints: error.map(|e| e.hints).unwrap_or_default(),
    }
}

/// The version that a pull without `--version` means.
fn selected<'v>(view: &'v View, args: &Args, name: &str, dataset: &'v Dataset) -> Option<&'v Entry> {
    let proposed = dataset.versions.iter().find(|e| view.effective(name, e) == Effective::Proposed);
    proposed.filter(|_| args.staged).or_else(|| view.latest(name, dataset))
}

fn wanted<'v>(env: &Env<'_>, view: &'v View, args: &Args, name: &'v str) -> Result<Wanted<'v>> {
    let dataset = view.dataset(name)?;
    if let Some(new) = &dataset.renamed
        && args.version.is_none()
    {
        return Err(Error::user(format!("{name} was renamed to {new}")).hint(format!("git data pull {new}")));
    }
    if let DatasetKind::Unknown(kind) = &dataset.kind {
        return Err(Error::user(format!("{name} is a dataset of kind {kind:?}, which this version cannot pull")));
    }
    if dataset.kind != DatasetKind::Tree && (args.all_paths || !args.paths.is_empty()) {
        return Err(Error::usage(format!("{name} is a file: it has no paths")).hint(format!("git data pull {name}")));
    }
    let entry = match &args.version {
        Some(version) => view.entry(name, version)?,
        None => selected(view, args, name, dataset).ok_or_else(|| nothing_live(view, name, dataset))?,
    };
    let (target, own) = match &args.output {
        Some(output) if dataset.kind == DatasetKind::Tree => (env.given(output), false),
        Some(output) => (output_path(env, name, output)?, false),
        None => (env.root.join(dataset.location(name)), true),
    };
    Ok(Wanted { name, dataset, entry, target, own })
}

/// `-o DIR` keeps the file's name.
fn output_path(env: &Env<'_>, name: &str, output: &std::path::Path) -> Result<PathBuf> {
    let path = env.given(output);
    if file::is_folder(&path)? {
        let last = name.rsplit('/').next().unwrap_or(name);
        return Ok(path.join(last));
    }
    Ok(path)
}

fn nothing_live(view: &View, name: &str, dataset: &Dataset) -> Error {
    let proposed = dataset.versions.iter().find(|e| view.effective(name, e) == Effective::Proposed);
    match proposed {
        Some(entry) => {
            Error::store(format!("{name} {} is a proposal: it is not merged and not published", entry.version))
                .hint(format!("git data pull {name} --staged"))
        }
        None => Error::user(format!("{name} has no live version")).hint(format!("git data log {name}")),
    }
}

fn one(env: &Env<'_>, view: &View, args: &Args, wanted: &Wanted<'_>, vouching: &Vouching<'_>) -> Result<One> {
    let Wanted { name, dataset, entry, target, own } = wanted;
    if dataset.kind == DatasetKind::Tree {
        return tree::one(env, view, args, wanted, vouching);
    }
    let mut one = failed(name, Some(entry.version), Outcome::Current, None);
    one.path = Some(target.clone());
    one.size = entry.size;
    let effective = view.effective(name, entry);
    available(name, entry, &effective, args.staged)?;
    if let Some(log) = crate::disk::wal::open_log(target) {
        return Err(Error::user(format!(
            "{} is open in another program: {} is not empty",
            target.display(),
            log.display()
        ))
        .hint("close that program, or checkpoint the database, then pull again"));
    }
    let present = present(env, target)?;
    let here = |digest| args.known.contains(&digest) || dataset.versions.iter().any(|e| e.sha256 == digest);
    let known = |digest| here(digest) || on_a_branch(env, name, digest);
    let step = pull::step(present, entry.sha256, &known, args.force);
    if step == Step::Refuse {
        return Err(modified(env, name, target));
    }
    let wait = waiting(env, args)?;
    one.notes.extend(vouching.note(&effective));
    let want = fetch::Want { name, dataset, entry, effective, staged: args.staged, wait };
    one.signer = vouching.signer(&want, !matches!(step, Step::Keep) && !args.dry_run)?;
    match step {
        Step::Keep | Step::Refuse => {
            one.attested_by = vouching.attested(&format!("{name} {}", entry.version), target)?
        }
        Step::Place | Step::PlaceAndKeepOld if args.dry_run => one.outcome = Outcome::Pulled,
        Step::Place | Step::PlaceAndKeepOld => {
            let root = if *own { env.root.clone() } else { target.parent().unwrap_or(target).to_path_buf() };
            let keep = step == Step::PlaceAndKeepOld;
            if keep {
                unoffered(env, target)?;
            }
            let place = |bytes: &fetch::Bytes| {
                let put = if bytes.whence == Whence::Cache { place::place } else { place::fresh };
                put(&env.tmp(), &root, target, &bytes.path, entry.sha256, keep)
            };
            bring(env, &want, vouching, &mut one, place)?;
            remember(env, target, entry.sha256)?;
        }
    }
    if *own && !args.dry_run {
        Placed::new(&env.data).set(&env.root, name, entry.version, entry.sha256)?;
    }
    Ok(one)
}

/// Fetches the bytes and places them; nothing is placed before all that was asked for vouches for it.
fn bring(
    env: &Env<'_>,
    want: &fetch::Want<'_>,
    vouching: &Vouching<'_>,
    one: &mut One,
    place: impl Fn(&fetch::Bytes) -> Result<place::Placement>,
) -> Result<()> {
    let sha256 = want.entry.sha256;
    let mut bytes = fetch::fetch(env, want)?;
    if vouching.attests() {
        bytes = vouching.sound(want, bytes, &mut one.notes)?;
        one.attested_by = vouching.attested(&format!("{} {}", want.name, want.entry.version), &bytes.path)?;
    }
    let placement = match place(&bytes) {
        // A damaged copy in the cache is put aside; the bucket has a good one.
        Err(error) if error.kind == Kind::Integrity && bytes.whence == Whence::Cache => {
            one.notes.push(put_aside(env, sha256, &error)?);
            bytes = fetch::fetch(env, want)?;
            place(&bytes)?
        }
        other => other?,
    };
    one.kept = placement.old;
    one.from = Some(bytes.whence);
    one.fetched = bytes.fetched;
    one.notes.append(&mut bytes.notes);
    one.outcome = Outcome::Pulled;
    Ok(())
}

/// What lies at the target: by the stat index where the file did not change, else read.
fn present(env: &Env<'_>, target: &std::path::Path) -> Result<Present> {
    let Some(found) = Stat::find(target)? else { return Ok(Present::Nothing) };
    let mut index = Index::load(&env.data);
    if let Some((digest, _)) = index.get(target, &found) {
        return Ok(Present::Content(digest));
    }
    let hashed = hash::file(target, &|_| ())?;
    index.put(target, hashed.stat, hashed.sha256, env.now());
    index.save()?;
    Ok(Present::Content(hashed.sha256))
}

/// The file was verified when it was placed: the next command need not read it.
fn remember(env: &Env<'_>, target: &std::path::Path, sha256: Digest) -> Result<()> {
    if let Some(found) = Stat::find(target)? {
        let mut index = Index::load(&env.data);
        index.put(target, found, sha256, env.now());
        index.save()?;
    }
    Ok(())
}

/// Takes a damaged file out of the cache, and says what was wrong with it.
fn put_aside(env: &Env<'_>, sha256: Digest, error: &Error) -> Result<String> {
    match env.cache()?.verify_and_get(&sha256) {
        Ok(_) => Ok(error.message.clone()),
        Err(error) if error.kind == Kind::Integrity => Ok(error.message),
        Err(error) => Err(error),
    }
}
