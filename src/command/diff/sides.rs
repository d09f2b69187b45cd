//! Which contents of which datasets are compared: versions, proposals, commits, files of the work tree.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::command::diff::Args;
use crate::command::env::Env;
use crate::command::view::{self, View};
use crate::disk::file;
use crate::disk::placed::Placed;
use crate::error::{Error, Result};
use crate::flow::hash::Digest;
use crate::flow::manifest::types::{Dataset, Entry, Kind, State};
use crate::flow::state::Effective;
use crate::flow::version::Version;

/// One content of a dataset.
pub(in crate::command) enum Side {
    /// As the manifest has it.
    Version(Box<Recorded>),
    /// What lies in the work tree.
    Here(Lying),
}

/// A version, and the dataset as the manifest that names it has it.
pub(in crate::command) struct Recorded {
    pub(in crate::command) dataset: Dataset,
    pub(in crate::command) entry: Entry,
    pub(in crate::command) effective: Effective,
}

/// A file or directory of the work tree.
pub(in crate::command) struct Lying {
    pub(in crate::command) path: PathBuf,
    /// What it is called.
    pub(in crate::command) label: String,
    /// Where it was hashed before.
    pub(in crate::command) sha256: Option<Digest>,
}

/// A dataset, and what is compared of it. At least one side is there.
pub(in crate::command) struct Pair {
    pub(in crate::command) name: String,
    /// As the newer side has it.
    pub(in crate::command) dataset: Dataset,
    pub(in crate::command) old: Option<Side>,
    pub(in crate::command) new: Option<Side>,
}

/// What the words of the command line ask for.
pub(super) fn pairs(env: &Env<'_>, args: &Args) -> Result<Vec<Pair>> {
    let view = View::open(env)?;
    let (range, names) = words(&view, args)?;
    let Some(range) = range else {
        return if args.staged { proposed(&view, &names) } else { here(env, &view, None, &names) };
    };
    if let Some((old, new)) = range.split_once("..") {
        if let (Some(old), Some(new)) = (Version::parse(old), Version::parse(new)) {
            return versions(&view, &names, old, new);
        }
        let (old, new) = match new.strip_prefix('.') {
            Some(new) => (merge_base(env, or_head(old), or_head(new))?, new),
            None => (or_head(old).to_owned(), new),
        };
        return commits(&at(env, &old)?, &at(env, or_head(new))?, &names);
    }
    here(env, &view, Some(&at(env, &range)?), &names)
}

/// A first word that names a dataset and no commit is a name.
fn words(view: &View, args: &Args) -> Result<(Option<String>, Vec<String>)> {
    let mut names = args.names.clone();
    let range = match &args.range {
        Some(word) if view.manifest.datasets.contains_key(word) => {
            names.insert(0, word.clone());
            None
        }
        range => range.clone(),
    };
    if args.staged && range.is_some() {
        return Err(Error::usage("--staged compares each proposal with the version it was made from: leave out A..B"));
    }
    Ok((range, names))
}

fn or_head(rev: &str) -> &str {
    if rev.is_empty() { "HEAD" } else { rev }
}

fn merge_base(env: &Env<'_>, old: &str, new: &str) -> Result<String> {
    env.repo.git().run("merge-base").arg("--end-of-options").args([old, new]).text()
}

/// The manifest of a commit.
fn at(env: &Env<'_>, rev: &str) -> Result<View> {
    if env.repo.resolve(rev)?.is_none() {
        return Err(Error::user(format!("{rev} is no commit, and no dataset of this repository"))
            .hint("git data list")
            .hint("git log --oneline"));
    }
    View::of(env, env.manifest_at(rev)?.unwrap_or_default())
}

/// Those that are asked for, else all, each as the last of the views that has it knows it.
fn chosen<'v>(views: &[&'v View], names: &'v [String]) -> Result<Vec<(&'v str, &'v Dataset)>> {
    let known = |name: &str| -> Option<(&'v str, &'v Dataset)> {
        let (name, dataset) = views.iter().rev().find_map(|view| view.manifest.datasets.get_key_value(name))?;
        Some((name, dataset))
    };
    if names.is_empty() {
        let all: BTreeSet<&str> =
            views.iter().flat_map(|view| view.manifest.datasets.keys().map(String::as_str)).collect();
        return Ok(all.into_iter().filter_map(known).collect());
    }
    let last = views.last().expect("there is a manifest to choose from");
    // The error of a name that none has says which was meant.
    let found = |name: &'v String| {
        known(name).map_or_else(|| view::dataset(&last.manifest, name).map(|d| (name.as_str(), d)), Ok)
    };
    names.iter().map(found).collect()
}

fn recorded(view: &View, name: &str, dataset: &Dataset, entry: &Entry) -> Side {
    let effective = view.effective(name, entry);
    Side::Version(Box::new(Recorded { dataset: dataset.clone(), entry: entry.clone(), effective }))
}

/// The newest that is not withdrawn or gone: what a reader of that commit takes it for.
fn newest(view: &View, name: &str) -> Option<Side> {
    let dataset = view.manifest.datasets.get(name)?;
    let live = |entry: &&Entry| matches!(entry.state, State::Pending | State::Published);
    dataset.versions.iter().find(live).map(|entry| recorded(view, name, dataset, entry))
}

/// Each dataset whose newest version is another one.
fn commits(old: &View, new: &View, names: &[String]) -> Result<Vec<Pair>> {
    let mut pairs = Vec::new();
    for (name, dataset) in chosen(&[old, new], names)? {
        let (before, after) = (newest(old, name), newest(new, name));
        let digest = |side: &Option<Side>| match side {
            Some(Side::Version(recorded)) => Some(recorded.entry.sha256),
            _ => None,
        };
        if digest(&before) != digest(&after) {
            pairs.push(Pair { name: name.to_owned(), dataset: dataset.clone(), old: before, new: after });
        }
    }
    Ok(pairs)
}

/// Two versions of the one dataset that is named.
fn versions(view: &View, names: &[String], old: Version, new: Version) -> Result<Vec<Pair>> {
    let [name] = names else {
        return Err(Error::usage(format!("{old}..{new} are versions of one dataset: which one?"))
            .hint(format!("git data diff {old}..{new} -- NAME")));
    };
    let dataset = view.dataset(name)?;
    let side = |version: Version| -> Result<Option<Side>> {
        Ok(Some(recorded(view, name, dataset, view.entry(name, &version.to_string())?)))
    };
    Ok(vec![Pair { name: name.clone(), dataset: dataset.clone(), old: side(old)?, new: side(new)? }])
}

/// Each proposal and the version it was made from.
fn proposed(view: &View, names: &[String]) -> Result<Vec<Pair>> {
    let mut pairs = Vec::new();
    for (name, dataset) in chosen(&[view], names)? {
        let open = |entry: &&Entry| matches!(view.effective(name, entry), Effective::Proposed);
        for entry in dataset.versions.iter().filter(open) {
            let base = entry.base.and_then(|base| dataset.versions.iter().find(|e| e.version == base));
            let old = base.map(|base| recorded(view, name, dataset, base));
            let new = Some(recorded(view, name, dataset, entry));
            pairs.push(Pair { name: name.to_owned(), dataset: dataset.clone(), old, new });
        }
    }
    Ok(pairs)
}

/// Files of the work tree beside what a commit has, or what was last pulled or prepared here.
fn here(env: &Env<'_>, view: &View, at: Option<&View>, names: &[String]) -> Result<Vec<Pair>> {
    let placed = Placed::new(&env.data);
    let mut pairs = Vec::new();
    for (name, dataset) in chosen(&[at.unwrap_or(view)], names)? {
        let path = env.root.join(dataset.location(name));
        if !file::exists(&path)? {
            if !names.is_empty() {
                return Err(Error::user(format!("{name} is not here: there is nothing at {}", dataset.location(name)))
                    .hint(format!("git data pull {name}")));
            }
            continue;
        }
        let label = if dataset.kind == Kind::Tree { "the directory here" } else { "the file here" }.to_owned();
        let last = placed
            .get(&env.root, name)
            .and_then(|(version, sha256)| dataset.versions.iter().find(|entry| entry.id() == (version, sha256)));
        let old = match (at, last) {
            (None, Some(entry)) => Some(recorded(view, name, dataset, entry)),
            (None, None) => view.newest(name, dataset).map(|entry| recorded(view, name, dataset, entry)),
            (Some(view), _) => newest(view, name),
        };
        pairs.push(Pair {
            name: name.to_owned(),
            dataset: dataset.clone(),
            old,
            new: Some(Side::Here(Lying { path, label, sha256: None })),
        });
    }
    Ok(pairs)
}
