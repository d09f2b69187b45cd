//! Where a version of a tree can be had: its listing, and what says where its contents lie.

use crate::command::env::Env;
use crate::command::fetch::{self, Want, Whence};
use crate::command::listings;
use crate::command::view::View;
use crate::disk::seen;
use crate::disk::tree::kept::Kept;
use crate::error::{Error, Kind, Result};
use crate::flow::key::Key;
use crate::flow::manifest::types::Entry;
use crate::flow::publication::{self, Earlier, Tree};
use crate::flow::state::Effective;
use crate::flow::tree::{Listing, Places};
use crate::store::Read;

/// The listing of a version: kept here, or from a bucket.
pub(super) fn listing(env: &Env<'_>, want: &Want<'_>) -> Result<(Listing, Whence)> {
    let kept = Kept::new(&env.data, want.name);
    if let Some(listing) = kept.listing(&want.entry.sha256) {
        return Ok((listing, Whence::Cache));
    }
    let found = match fetch::patiently(env, want.wait, || look(env, want))? {
        (Some(found), _) => found,
        (None, waited) => return Err(fetch::missing(want, waited)),
    };
    kept.keep_listing(&found.0, &want.entry.sha256)?;
    Ok(found)
}

fn look(env: &Env<'_>, want: &Want<'_>) -> Result<Option<(Listing, Whence)>> {
    let staged = || -> Result<Option<(Listing, Whence)>> {
        let key = publication::staged(&want.dataset.kind, want.entry);
        take(env.staging()?, want, &key, Whence::Staging)
    };
    if want.effective == Effective::Proposed {
        return staged();
    }
    let key = publication::target(want.name, want.dataset, want.entry)
        .map_err(|why| Error::user(format!("{} {} cannot be pulled: {why}", want.name, want.entry.version)))?;
    let merged = want.effective == Effective::Merged;
    match env.production().and_then(|production| take(production, want, &key, Whence::Production)) {
        // Before its publication a merged version is in staging, where this machine may be allowed to read.
        Ok(None) if merged => Ok(staged().ok().flatten()),
        Err(error) if merged && error.kind == Kind::Store => staged().ok().flatten().map(Some).ok_or(error),
        other => other,
    }
}

fn take(store: &dyn Read, want: &Want<'_>, key: &Key, whence: Whence) -> Result<Option<(Listing, Whence)>> {
    let found = listings::listing(store, key, &want.entry.sha256);
    Ok(found.map_err(|error| fetch::other_bytes(want, whence, error))?.map(|listing| (listing, whence)))
}

/// A bucket, and where in it contents lie.
pub(super) struct Shelf<'a> {
    pub(super) store: &'a dyn Read,
    pub(super) whence: Whence,
    pub(super) places: Places,
}

/// Where the contents of a version lie, the best first.
pub(super) fn shelves<'a>(env: &'a Env<'_>, want: &Want<'_>) -> Result<Vec<Shelf<'a>>> {
    let mut shelves = Vec::new();
    if want.effective != Effective::Proposed {
        match production(env, want) {
            Ok(Some(places)) => {
                shelves.push(Shelf { store: env.production()?, whence: Whence::Production, places });
                return Ok(shelves);
            }
            Ok(None) if want.effective == Effective::Merged => {}
            Err(error) if want.effective == Effective::Merged && error.kind == Kind::Store => {}
            Ok(None) => return Err(fetch::missing(want, 0)),
            Err(error) => return Err(error),
        }
    }
    if let Some(places) = listings::staged_places(env.staging()?, &want.entry.sha256)? {
        shelves.push(Shelf { store: env.staging()?, whence: Whence::Staging, places });
    }
    // What it took over from its base was not staged again.
    let base = Tree::of(want.name, want.dataset, want.entry).map_err(Error::user)?.earlier;
    for earlier in &base {
        if let Some((_, places)) = listings::receipted(env.production()?, earlier)? {
            shelves.push(Shelf { store: env.production()?, whence: Whence::Production, places });
        }
    }
    Ok(shelves)
}

/// Where production holds a published version; a receipt that is seen makes it published for every later command.
fn production(env: &Env<'_>, want: &Want<'_>) -> Result<Option<Places>> {
    let kept = Kept::new(&env.data, want.name);
    if let Some(places) = kept.places(&want.entry.sha256) {
        return Ok(Some(places));
    }
    let (version, sha256) = want.entry.id();
    let own = Earlier { dataset: want.name.to_owned(), version, sha256 };
    let found = listings::receipted(env.production()?, &own);
    let found = found.map_err(|error| fetch::other_bytes(want, Whence::Production, error))?;
    let Some((_, places)) = found else { return Ok(None) };
    kept.keep_places(&places, &sha256)?;
    if want.effective == Effective::Merged {
        seen::add(&env.data, want.name, version, sha256)?;
    }
    Ok(Some(places))
}

/// Where production holds what a proposal took over from its base: by the receipt of a version that the manifest
/// spells published, as the publisher will read it.
pub(super) fn of_base(env: &Env<'_>, view: &View, name: &str, entry: &Entry) -> Result<Option<Places>> {
    let Some(base) = entry.base.and_then(|base| view.manifest.entry(name, base)) else { return Ok(None) };
    let dataset = view.dataset(name)?;
    let earlier = Tree::of(name, dataset, entry).map_err(Error::user)?.earlier;
    if !earlier.first().is_some_and(|first| (first.version, first.sha256) == base.id()) {
        return Ok(None);
    }
    let want = Want { name, dataset, entry: base, effective: view.effective(name, base), staged: false, wait: 0 };
    production(env, &want)
}

/// The listing of the version that an entry was made from; `None` where it cannot be had here.
pub(in crate::command) fn base_listing(env: &Env<'_>, view: &View, name: &str, entry: &Entry) -> Option<Listing> {
    let dataset = view.manifest.datasets.get(name)?;
    let base = dataset.entry(entry.base?)?;
    let effective = view.effective(name, base);
    listing(env, &Want { name, dataset, entry: base, effective, staged: true, wait: 0 })
        .ok()
        .map(|(listing, _)| listing)
}
