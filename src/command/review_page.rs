//! The bounded page of differences that travels with a version.

use std::path::Path;

use crate::command::env::Env;
use crate::command::tree;
use crate::command::view::View;
use crate::disk::file;
use crate::error::Result;
use crate::flow::diff::page::{self, Side};
use crate::flow::diff::tree as paths;
use crate::flow::manifest::types::Entry;
use crate::flow::publication;
use crate::flow::tree::Listing;
use crate::store::transfer::{self, Fetched, Silent};

/// Beyond this, content is compared by size and digest only.
const READABLE: u64 = 4 << 20;

/// Compares the file with the version it was made from.
pub(super) fn of(env: &Env<'_>, view: &View, name: &str, entry: &Entry, path: &Path) -> Result<String> {
    let base = entry.base.and_then(|version| view.manifest.entry(name, version));
    let small = |size: Option<u64>| size.is_some_and(|s| s <= READABLE);
    let both = small(entry.size) && base.is_none_or(|b| small(b.size));
    let new = if both { file::read(path)? } else { None };
    let old = match base {
        Some(base) if both => base_bytes(env, view, name, base)?,
        _ => None,
    };
    let old_side = base.map(|b| Side { label: b.version, sha256: b.sha256, size: b.size, bytes: old.as_deref() });
    let new_side = Side { label: entry.version, sha256: entry.sha256, size: entry.size, bytes: new.as_deref() };
    Ok(page::markdown(name, old_side.as_ref(), &new_side))
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

/// The bytes of an older version, from the cache or from production; `None` where they cannot be had.
fn base_bytes(env: &Env<'_>, view: &View, name: &str, base: &Entry) -> Result<Option<Vec<u8>>> {
    let cache = env.cache()?;
    if let Some(path) = cache.get(&base.sha256) {
        return file::read(&path);
    }
    let dataset = view.dataset(name)?;
    let (Ok(key), Some(size)) = (publication::target(name, dataset, base), base.size) else { return Ok(None) };
    let fetched = env.production().and_then(|production| {
        let scratch = cache.scratch()?;
        match transfer::download(production, &key, scratch.path(), (base.sha256, size), &Silent)? {
            Fetched::Done => cache.adopt(scratch, &base.sha256).map(Some),
            Fetched::Absent => Ok(None),
        }
    });
    // A page without the old side is still a page: production may be out of reach here.
    match fetched {
        Ok(Some(path)) => file::read(&path),
        Ok(None) | Err(_) => Ok(None),
    }
}
