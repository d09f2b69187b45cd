//! The bounded page of differences that travels with a version.

use std::path::Path;

use crate::command::diff::sheet::sheet;
use crate::command::diff::{self, Comparing, Lying, One, Pair, Recorded, Side};
use crate::command::env::Env;
use crate::command::tree;
use crate::command::view::View;
use crate::disk::file;
use crate::error::Result;
use crate::flow::diff::page;
use crate::flow::diff::tree as paths;
use crate::flow::manifest::types::{Dataset, Entry};
use crate::flow::tree::Listing;

/// The beginning of a first version is shown of text up to this.
const READABLE: u64 = 4 << 20;
/// Seconds of processor time that a page may take.
const SECONDS: u64 = 60;
/// An older version of more bytes is not fetched for a page.
pub(super) const FETCHED: u64 = 256 << 20;
/// What a page has beside its comparison.
const HEAD: usize = 1_000;

/// Compares the file with the version it was made from; gives also what was found. Of that version at most `fetch` bytes
/// are fetched.
pub(super) fn of(
    env: &Env<'_>,
    view: &View,
    name: &str,
    entry: &Entry,
    path: &Path,
    fetch: u64,
) -> Result<(String, Option<One>)> {
    let dataset = view.manifest.datasets.get(name);
    let base = dataset.and_then(|dataset| Some((dataset, dataset.entry(entry.base?)?)));
    let side = |e: &Entry| page::Side { label: e.version, sha256: e.sha256, size: e.size };
    let comparing = Comparing::bounded(env, SECONDS, fetch);
    let wishes = comparing.wishes(dataset.unwrap_or(&Dataset::default()))?;
    let (body, one) = match base {
        None => {
            let small = entry.size.is_some_and(|size| size <= READABLE) && !wishes.hide();
            let bytes = if small { file::read(path)? } else { None };
            (page::begins(bytes.as_deref()), None)
        }
        Some((dataset, base)) => {
            let one = against(env, &comparing, view, name, (dataset, base), entry, path)?;
            (one.as_ref().map_or(String::new(), body), one)
        }
    };
    Ok((page::markdown(name, base.map(|(_, base)| side(base)).as_ref(), &side(entry), &body), one))
}

/// What a page says of a comparison.
pub(super) fn body(one: &One) -> String {
    sheet(one, page::BUDGET - HEAD)
}

fn against(
    env: &Env<'_>,
    comparing: &Comparing,
    view: &View,
    name: &str,
    (dataset, base): (&Dataset, &Entry),
    entry: &Entry,
    path: &Path,
) -> Result<Option<One>> {
    let old = Recorded { dataset: dataset.clone(), entry: base.clone(), effective: view.effective(name, base) };
    let new = Lying { path: path.to_owned(), label: entry.version.to_string(), sha256: Some(entry.sha256) };
    let (old, new) = (Some(Side::Version(Box::new(old))), Some(Side::Here(new)));
    let pair = Pair { name: name.to_owned(), dataset: dataset.clone(), old, new };
    diff::dataset(env, comparing, &pair)
}

/// Compares a directory with the version it was made from, path by path.
pub(super) fn of_tree(env: &Env<'_>, view: &View, name: &str, entry: &Entry, listing: &Listing) -> String {
    let base = entry.base.and_then(|version| view.manifest.entry(name, version));
    let old = base.and_then(|_| tree::base_listing(env, view, name, entry));
    fn side<'a>(e: &Entry, listing: Option<&'a Listing>) -> paths::Side<'a> {
        paths::Side { label: e.version, sha256: e.sha256, files: e.files, size: e.size, listing }
    }
    let old = base.map(|base| side(base, old.as_ref()));
    paths::markdown(name, old.as_ref(), &side(entry, Some(listing)))
}
