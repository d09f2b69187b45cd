//! `status`: how the files on disk stand to the versions. Never touches the network.

use serde::Serialize;

use crate::command::env::Env;
use crate::command::resume::{self, Interrupted};
use crate::command::tree::differing::{self, Differing};
use crate::command::view::View;
use crate::disk::index::Index;
use crate::disk::placed::Placed;
use crate::disk::stat::Stat;
use crate::disk::{file, hash, wal};
use crate::error::Result;
use crate::flow::hash::Digest;
use crate::flow::manifest::types::{Dataset, Entry, Kind};
use crate::flow::state::Effective;
use crate::flow::time;
use crate::flow::tree::Listing;
use crate::flow::version::Version;

/// Merged for longer than this without a known receipt is worth a word.
const LATE: i64 = 2 * 3_600;

/// Compare the files on disk with the versions
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Only these datasets
    pub names: Vec<String>,
}

/// How everything stands.
#[derive(Serialize)]
pub struct Status {
    /// By name.
    pub datasets: Vec<Row>,
    /// The branch; none when HEAD is detached.
    pub branch: Option<String>,
    /// Uploads that were interrupted.
    pub interrupted: Vec<Interrupted>,
}

/// How one dataset stands.
#[derive(Serialize)]
pub struct Row {
    /// Its name.
    pub name: String,
    /// Where it lives.
    pub path: String,
    /// The highest live version.
    pub latest: Option<Version>,
    /// What is on disk.
    pub file: File,
    /// The version that is on disk, if it is one.
    pub on_disk: Option<Version>,
    /// A version that is proposed and not merged.
    pub proposed: Option<Version>,
    /// Merged versions that are not known to be published, for more than two hours.
    pub late: Vec<Version>,
    /// Of a directory that differs: the paths, where the version's listing is kept here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub differing: Option<Differing>,
    /// What to type.
    pub hints: Vec<String>,
}

/// What is on disk.
#[derive(Serialize, Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum File {
    /// The latest version, or the proposal.
    Current,
    /// An older version.
    Stale,
    /// Content that is in no version.
    Changed,
    /// No file.
    Absent,
    /// Nothing to compare: a tree of a later program, or a renamed dataset.
    Other,
}

/// Looks at every dataset.
pub fn run(env: &Env<'_>, args: &Args) -> Result<Status> {
    let view = View::open(env)?;
    for name in &args.names {
        view.dataset(name)?;
    }
    let wanted = |name: &str| args.names.is_empty() || args.names.iter().any(|n| n == name);
    let mut index = Index::load(&env.data);
    let mut datasets = Vec::new();
    for (name, dataset) in view.manifest.datasets.iter().filter(|(name, _)| wanted(name)) {
        datasets.push(row(env, &view, &mut index, name, dataset)?);
    }
    index.save()?;
    Ok(Status { datasets, branch: env.repo.head_branch()?, interrupted: resume::interrupted(env) })
}

fn row(env: &Env<'_>, view: &View, index: &mut Index, name: &str, dataset: &Dataset) -> Result<Row> {
    let proposed = dataset.versions.iter().find(|e| view.effective(name, e) == Effective::Proposed);
    let latest = view.latest(name, dataset);
    let mut row = Row {
        name: name.to_owned(),
        path: dataset.location(name).to_owned(),
        latest: latest.map(|e| e.version),
        file: File::Other,
        on_disk: None,
        proposed: proposed.map(|e| e.version),
        late: late(env, view, name, dataset),
        differing: None,
        hints: Vec::new(),
    };
    if matches!(dataset.kind, Kind::Unknown(_)) || dataset.renamed.is_some() {
        return Ok(row);
    }
    let path = env.root.join(&row.path);
    let is_tree = dataset.kind == Kind::Tree;
    let listing = if is_tree && file::exists(&path)? { Some(differing::listing(env, name, dataset)?) } else { None };
    let digest = if is_tree { listing.as_ref().map(Listing::digest) } else { digest(env, index, &path)? };
    row.on_disk = digest.and_then(|d| on_disk(env, dataset, name, d));
    row.file = match digest {
        None => File::Absent,
        Some(digest) if [proposed, latest].into_iter().flatten().any(|e| e.sha256 == digest) => File::Current,
        Some(_) if row.on_disk.is_some() => File::Stale,
        Some(_) => File::Changed,
    };
    match row.file {
        File::Absent | File::Stale if latest.is_some() => row.hints.push(format!("git data pull {name}")),
        File::Changed => row.hints.push(format!("git data prepare {name}")),
        _ => {}
    }
    if let Some(listing) = listing.filter(|_| row.file == File::Changed) {
        let placed = Placed::new(&env.data).get(&env.root, name).map(|(_, digest)| digest);
        let base = placed.or(latest.map(|e| e.sha256));
        row.differing = base.and_then(|base| differing::from(env, name, &listing, &base));
    }
    if is_tree {
        return Ok(row);
    }
    if let Some(log) = wal::open_log(&path) {
        row.hints.push(format!("{} is not empty: a program has it open", log.display()));
    }
    Ok(row)
}

/// The version that a content is: the one this worktree put there, else the newest that has it.
fn on_disk(env: &Env<'_>, dataset: &Dataset, name: &str, digest: Digest) -> Option<Version> {
    let placed = Placed::new(&env.data).get(&env.root, name).filter(|(_, d)| *d == digest).map(|(v, _)| v);
    placed.or_else(|| dataset.versions.iter().find(|e| e.sha256 == digest).map(|e| e.version))
}

/// The digest of what lies at a dataset's place; `None` where nothing does.
pub(super) fn digest_of(env: &Env<'_>, name: &str, dataset: &Dataset, index: &mut Index) -> Result<Option<Digest>> {
    let path = env.root.join(dataset.location(name));
    if dataset.kind != Kind::Tree {
        return digest(env, index, &path);
    }
    let there = file::exists(&path)?;
    there.then(|| differing::listing(env, name, dataset).map(|listing| listing.digest())).transpose()
}

fn digest(env: &Env<'_>, index: &mut Index, path: &std::path::Path) -> Result<Option<Digest>> {
    let Some(found) = Stat::find(path)? else { return Ok(None) };
    if let Some((digest, _)) = index.get(path, &found) {
        return Ok(Some(digest));
    }
    let progress = env.around.progress.as_ref();
    progress.start(&format!("reading {}", path.display()), found.size);
    let hashed = hash::file(path, &|bytes| progress.advance(bytes));
    progress.finish();
    let hashed = hashed?;
    index.put(path, hashed.stat, hashed.sha256, env.now());
    Ok(Some(hashed.sha256))
}

fn late(env: &Env<'_>, view: &View, name: &str, dataset: &Dataset) -> Vec<Version> {
    let late = |e: &&Entry| {
        let since = time::seconds(&e.created).unwrap_or(i64::MAX);
        view.effective(name, e) == Effective::Merged && env.now().saturating_sub(since) > LATE
    };
    dataset.versions.iter().filter(late).map(|e| e.version).collect()
}
