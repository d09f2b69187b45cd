//! `why`: where a file, a version or a content came from, and what needs it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::command::env::{Env, MANIFEST, checked};
use crate::command::show;
use crate::command::tree;
use crate::command::view::View;
use crate::disk::index::Index;
use crate::disk::stat::Stat;
use crate::disk::{file, hash};
use crate::error::{Error, Result};
use crate::flow::hash::Digest;
use crate::flow::manifest::types::{Entry, Manifest, State};
use crate::flow::publication;
use crate::flow::time;
use crate::flow::version::Version;
use crate::git::Id;

/// Explain a file, a version or a content: who made it, why, and what needs it
#[derive(clap::Args, Debug)]
pub struct Args {
    /// A path, NAME, NAME@vN, or at least 8 digits of a SHA-256
    pub what: String,
}

/// The explanation.
#[derive(Serialize)]
pub struct Why {
    /// The content.
    pub sha256: Digest,
    /// Every version that has it.
    pub versions: Vec<Reason>,
    /// Tags and branches whose manifest needs it.
    pub needed_by: Vec<String>,
}

/// One version that has the content.
#[derive(Serialize)]
pub struct Reason {
    /// The dataset.
    pub name: String,
    /// The version.
    pub version: Version,
    /// Its state.
    pub state: String,
    /// Why it was made.
    pub message: String,
    /// The version it was made from.
    pub base: Option<Version>,
    /// The version whose bytes it brings back.
    pub rollback: Option<Version>,
    /// Where its bytes lie in production.
    pub key: Option<String>,
    /// The commit that brought it in.
    pub introduced: Option<Commit>,
}

/// A commit, for people.
#[derive(Serialize)]
pub struct Commit {
    /// Its id.
    pub id: String,
    /// Who.
    pub author: String,
    /// When.
    pub time: String,
    /// Its subject.
    pub subject: String,
}

/// Looks in the manifest, its history and the refs.
pub fn run(env: &Env<'_>, args: &Args) -> Result<Why> {
    let view = View::open(env)?;
    let sha256 = content(env, &view, &args.what)?;
    let found: Vec<_> = view.manifest.entries().filter(|(_, e)| e.sha256 == sha256).collect();
    if found.is_empty() {
        return Err(unknown(env, &view, &args.what, sha256));
    }
    let ids: Vec<(String, Version)> = found.iter().map(|(n, e)| ((*n).to_owned(), e.version)).collect();
    let mut introduced = introductions(env, &ids, sha256)?;
    let versions = found.iter().map(|(name, entry)| {
        let dataset = &view.manifest.datasets[*name];
        let at = ids.iter().position(|id| *id == ((*name).to_owned(), entry.version));
        Reason {
            name: (*name).to_owned(),
            version: entry.version,
            state: view.effective(name, entry).word().to_owned(),
            message: entry.message.clone(),
            base: entry.base,
            rollback: entry.rollback,
            key: publication::target(name, dataset, entry).ok().map(|k| k.to_string()),
            introduced: at.and_then(|at| introduced[at].take()),
        }
    });
    let versions = versions.collect();
    Ok(Why { sha256, versions, needed_by: needed_by(env, sha256)? })
}

/// A dataset's name comes first, then a file, then a version or digits.
fn content(env: &Env<'_>, view: &View, what: &str) -> Result<Digest> {
    if view.manifest.datasets.contains_key(what) {
        return Ok(show::find(view, what)?[0].1.sha256);
    }
    let path = env.given(std::path::Path::new(what));
    if file::exists(&path)?
        && let Some(version) = tree::holding(env, view, &path)?
    {
        return Ok(version);
    }
    if file::is_folder(&path)? {
        return Err(Error::user(format!("{what} is a directory: name a file in it")).hint("git data list"));
    }
    if let Some(found) = Stat::find(&path)? {
        let index = Index::load(&env.data);
        return match index.get(&path, &found) {
            Some((digest, _)) => Ok(digest),
            None => Ok(hash::file(&path, &|_| ())?.sha256),
        };
    }
    one_content(&show::find(view, what)?, what)
}

/// Digits may begin the digests of several contents.
fn one_content(found: &[(&str, &Entry)], what: &str) -> Result<Digest> {
    let first = found[0].1.sha256;
    if found.iter().all(|(_, e)| e.sha256 == first) {
        return Ok(first);
    }
    let mut error = Error::user(format!("{what} begins the digests of several contents: say more digits"));
    for (name, entry) in found.iter().take(4) {
        error = error.hint(format!("git data why {name}@{}   ({})", entry.version, entry.sha256.short16()));
    }
    Err(error)
}

/// Of no version: a changed file of a dataset, or one that is none.
fn unknown(env: &Env<'_>, view: &View, what: &str, sha256: Digest) -> Error {
    let error = Error::user(format!("the content of {what} is in no version"))
        .because(format!("no entry of {MANIFEST} has the digest {sha256}"));
    let path = file::inside(&env.root, &env.given(std::path::Path::new(what))).ok().flatten();
    let datasets = view.manifest.datasets.iter();
    let owner = datasets.filter(|(n, d)| path.as_deref() == Some(d.location(n))).map(|(name, _)| name).next();
    match owner {
        Some(name) => error
            .hint(format!("git data prepare {name}   proposes it as a new version"))
            .hint(format!("git data why {name}   explains the version before the change")),
        None => error.hint(format!("git data prepare NAME {what}")),
    }
}

/// For each entry the oldest commit of this branch's history that holds it.
fn introductions(env: &Env<'_>, ids: &[(String, Version)], sha256: Digest) -> Result<Vec<Option<Commit>>> {
    let mut oldest: Vec<Option<Commit>> = ids.iter().map(|_| None).collect();
    let Some(head) = env.repo.head_commit()? else { return Ok(oldest) };
    for change in env.repo.history(MANIFEST, head, false)? {
        let change = change?;
        let Some(blob) = change.blob else { continue };
        let Ok(manifest) = checked(&env.repo.blob(blob)?, MANIFEST) else { continue };
        for (slot, (name, version)) in oldest.iter_mut().zip(ids) {
            if manifest.entry(name, *version).is_some_and(|e| e.sha256 == sha256) {
                *slot = Some(Commit {
                    id: change.commit.to_string(),
                    author: change.author.clone(),
                    time: time::stamp(change.time),
                    subject: change.subject.clone(),
                });
            }
        }
    }
    Ok(oldest)
}

/// The branches and tags on which a version with this content is live, or may be again.
fn needed_by(env: &Env<'_>, sha256: Digest) -> Result<Vec<String>> {
    let needs = |e: &Entry| matches!(e.state, State::Pending | State::Published | State::Retired);
    let holds = |m: &Manifest| m.entries().any(|(_, e)| e.sha256 == sha256 && needs(e));
    let mut answers: BTreeMap<Id, bool> = BTreeMap::new();
    let mut names = Vec::new();
    for prefix in ["refs/heads/", "refs/remotes/", "refs/tags/"] {
        for (name, commit) in env.repo.refs(prefix)? {
            if name.ends_with("/HEAD") {
                continue;
            }
            let at_commit = || env.manifest_at(&commit.to_string()).ok().flatten().is_some_and(|m| holds(&m));
            if *answers.entry(commit).or_insert_with(at_commit) {
                names.push(name.trim_start_matches(prefix).to_owned());
            }
        }
    }
    Ok(names)
}
