//! `show`: everything the manifest says of one version, and where its bytes lie.

use serde::Serialize;

use crate::command::env::Env;
use crate::command::list::{VersionRow, version_row};
use crate::command::view::View;
use crate::error::{Error, Result};
use crate::flow::hash::Digest;
use crate::flow::manifest::types::Entry;
use crate::flow::publication;

/// Show one version: NAME, NAME@vN, or the first digits of a SHA-256
#[derive(clap::Args, Debug)]
pub struct Args {
    /// NAME, NAME@vN, or at least 8 digits of a SHA-256
    pub what: String,
}

/// One version, or all that have some content.
#[derive(Serialize)]
pub struct Shown {
    /// Newest first.
    pub versions: Vec<One>,
}

/// One version.
#[derive(Serialize)]
pub struct One {
    /// The dataset.
    pub name: String,
    /// Where it lives in the work tree.
    pub path: String,
    /// `file` or `tree`.
    pub kind: String,
    /// For people.
    pub description: Option<String>,
    /// The version itself.
    #[serde(flatten)]
    pub version: VersionRow,
    /// Where its bytes lie in production.
    pub key: Option<String>,
    /// Its review page.
    pub diff: Option<String>,
    /// When it became visible.
    pub published: Option<String>,
    /// When it was retired.
    pub retired: Option<String>,
}

/// Reads the manifest.
pub fn run(env: &Env<'_>, args: &Args) -> Result<Shown> {
    let view = View::open(env)?;
    let found = find(&view, &args.what)?;
    Ok(Shown { versions: found.into_iter().map(|(name, entry)| one(&view, name, entry)).collect() })
}

/// NAME, NAME@vN, or digits of a digest.
pub fn find<'v>(view: &'v View, what: &str) -> Result<Vec<(&'v str, &'v Entry)>> {
    if let Some((name, version)) = what.rsplit_once('@') {
        let (name, _) = view.manifest.datasets.get_key_value(name).ok_or_else(|| not_found(view, name))?;
        return Ok(vec![(name, view.entry(name, version)?)]);
    }
    if let Some((name, dataset)) = view.manifest.datasets.get_key_value(what) {
        let entry = view.newest(name, dataset).ok_or_else(|| Error::user(format!("{name} has no version yet")))?;
        return Ok(vec![(name, entry)]);
    }
    let digits = what.len() >= 8 && what.len() <= 64 && what.bytes().all(|b| b.is_ascii_hexdigit());
    let lower = what.to_ascii_lowercase();
    let same = |digest: &Digest| digits && digest.hex().starts_with(&lower);
    let found: Vec<_> = view.manifest.entries().filter(|(_, e)| same(&e.sha256)).collect();
    if found.is_empty() {
        return Err(not_found(view, what));
    }
    Ok(found)
}

fn not_found(view: &View, what: &str) -> Error {
    match view.dataset(what) {
        Err(error) => error.hint("a version is NAME@vN; a content is at least 8 digits of its SHA-256"),
        Ok(_) => Error::bug(format!("{what} was found and not found")),
    }
}

fn one(view: &View, name: &str, entry: &Entry) -> One {
    let dataset = &view.manifest.datasets[name];
    One {
        name: name.to_owned(),
        path: dataset.location(name).to_owned(),
        kind: dataset.kind.word().to_owned(),
        description: dataset.description.clone(),
        version: version_row(view, name, entry),
        key: publication::target(name, dataset, entry).ok().map(|k| k.to_string()),
        diff: entry.diff.clone(),
        published: entry.published.clone(),
        retired: entry.retired.clone(),
    }
}
