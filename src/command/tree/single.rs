//! Single files of a version of a tree, each in a file of the cache.

use std::path::PathBuf;

use crate::command::env::Env;
use crate::command::fetch::Want;
use crate::command::tree::source::{self, Shelf};
use crate::disk::place::pour;
use crate::error::{Error, Result};
use crate::flow::tree::{Item, Listing};
use crate::store::Pin;
use crate::store::transfer::steady;

/// The listing of a version.
pub(in crate::command) fn listing_of(env: &Env<'_>, want: &Want<'_>) -> Result<Listing> {
    source::listing(env, want).map(|(listing, _)| listing)
}

/// Where single files of a version are to be had. It is looked up once.
pub(in crate::command) struct Single<'a> {
    env: &'a Env<'a>,
    name: &'a str,
    shelves: Vec<Shelf<'a>>,
}

impl<'a> Single<'a> {
    /// Finds out what lies where.
    pub(in crate::command) fn of(env: &'a Env<'a>, want: &Want<'a>) -> Result<Self> {
        Ok(Single { env, name: want.name, shelves: source::shelves(env, want)? })
    }

    /// One of its files, proven.
    pub(in crate::command) fn file(&self, item: &Item) -> Result<PathBuf> {
        let cache = self.env.cache()?;
        let lost = || Error::store(format!("{}: the content of {:?} was not found", self.name, item.path));
        let (sha256, size) = item.content().ok_or_else(lost)?;
        if let Some(path) = cache.get(&sha256) {
            return Ok(path);
        }
        let found = self.shelves.iter().find_map(|shelf| Some((shelf, shelf.places.get(&sha256)?)));
        let (shelf, place) = found.ok_or_else(lost)?;
        let (key, range) = (place.object(), place.range.unwrap_or((0, size)));
        let pin = Pin::default();
        let mut body = steady(shelf.store, &key, range, &pin)?.ok_or_else(lost)?;
        let mut scratch = cache.scratch()?;
        let poured = pour(&mut body, scratch.as_file_mut()).map_err(|e| lost().because(e))?;
        if poured != sha256 {
            return Err(Error::integrity(format!("{}: {:?} is not what its listing says", self.name, item.path))
                .because(format!("expected {sha256}, found {poured} in {}", shelf.store.address())));
        }
        cache.adopt(scratch, &sha256)
    }
}
