//! `list`: every dataset, its latest version and its state. Never touches the network.

use serde::{Serialize, Serializer};

use crate::command::env::Env;
use crate::command::summary;
use crate::command::view::View;
use crate::error::Result;
use crate::flow::hash::Digest;
use crate::flow::manifest::types::{Dataset, Entry};
use crate::flow::state::Effective;
use crate::flow::version::Version;

/// List the datasets of this repository
///
/// Reads manifest.json only; never touches the network.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Only these datasets
    pub names: Vec<String>,
}

/// Every dataset that was asked for.
pub struct Listing {
    view: View,
    /// None: all of them.
    names: Vec<String>,
}

/// One dataset.
#[derive(Serialize)]
pub struct Row<'v> {
    /// Its name.
    pub name: &'v str,
    /// `file` or `tree`.
    pub kind: &'v str,
    /// Where it lives in the work tree.
    pub path: &'v str,
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<&'v str>,
    /// The new name of a renamed dataset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub renamed: Option<&'v str>,
    /// The highest live version; none where nothing is live.
    pub latest: Option<Version>,
    /// The newest entry, if it is a proposal.
    #[serde(skip)]
    pub proposed: Option<Version>,
    /// The state of the latest version, or of the newest entry where none is live.
    pub state: String,
    /// Bytes of that version.
    pub size: Option<u64>,
    /// Of a directory: how many files that version has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub files: Option<u64>,
    /// Its digest.
    pub sha256: Option<Digest>,
    /// Newest first.
    pub versions: Versions<'v>,
}

/// The versions of a dataset: made when they are printed, which for people they are not.
pub struct Versions<'v> {
    view: &'v View,
    name: &'v str,
    entries: &'v [Entry],
}

/// One version.
#[derive(Serialize)]
pub struct VersionRow {
    /// Its number.
    pub version: Version,
    /// What its state really is.
    pub state: String,
    /// Its digest.
    pub sha256: Digest,
    /// Bytes.
    pub size: Option<u64>,
    /// Of a directory: how many files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub files: Option<u64>,
    /// When it was prepared.
    pub created: String,
    /// Why.
    pub message: String,
    /// The version it was made from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<Version>,
    /// The version whose bytes it brings back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rollback: Option<Version>,
    /// The commit that brought it to the default branch, once published.
    pub commit: Option<String>,
}

/// Reads the manifest. For a `brief` listing, whose versions nobody asks for, what an earlier one kept will do.
pub fn run(env: &Env<'_>, args: &Args, brief: bool) -> Result<Listing> {
    let view = match if brief { summary::load(env) } else { None } {
        Some(reduced) => View::of(env, reduced)?,
        None => {
            let view = View::open(env)?;
            if brief {
                summary::keep(env, &view);
            }
            view
        }
    };
    for name in &args.names {
        view.dataset(name)?;
    }
    Ok(Listing { view, names: args.names.clone() })
}

impl Listing {
    /// By name.
    pub fn datasets(&self) -> impl Iterator<Item = Row<'_>> {
        let wanted = |name: &String| self.names.is_empty() || self.names.contains(name);
        let datasets = self.view.manifest.datasets.iter().filter(move |(name, _)| wanted(name));
        datasets.map(|(name, dataset)| row(&self.view, name, dataset))
    }
}

fn row<'v>(view: &'v View, name: &'v str, dataset: &'v Dataset) -> Row<'v> {
    let latest = view.latest(name, dataset);
    let shown = latest.or_else(|| view.newest(name, dataset));
    let proposed = dataset.versions.first().filter(|e| view.effective(name, e) == Effective::Proposed);
    Row {
        name,
        kind: dataset.kind.word(),
        path: dataset.location(name),
        description: dataset.description.as_deref(),
        renamed: dataset.renamed.as_deref(),
        latest: latest.map(|e| e.version),
        proposed: proposed.map(|e| e.version),
        state: shown.map_or("empty".to_owned(), |e| view.effective(name, e).word().to_owned()),
        size: shown.and_then(|e| e.size),
        files: shown.and_then(|e| e.files),
        sha256: shown.map(|e| e.sha256),
        versions: Versions { view, name, entries: &dataset.versions },
    }
}

impl Serialize for Listing {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map([("datasets", Datasets(self))])
    }
}

struct Datasets<'l>(&'l Listing);

impl Serialize for Datasets<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.0.datasets())
    }
}

impl Serialize for Versions<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.entries.iter().map(|e| version_row(self.view, self.name, e)))
    }
}

/// One version as `list`, `log` and `show` print it.
pub fn version_row(view: &View, name: &str, entry: &Entry) -> VersionRow {
    VersionRow {
        version: entry.version,
        state: view.effective(name, entry).word().to_owned(),
        sha256: entry.sha256,
        size: entry.size,
        files: entry.files,
        created: entry.created.clone(),
        message: entry.message.clone(),
        base: entry.base,
        rollback: entry.rollback,
        commit: entry.commit.clone(),
    }
}
