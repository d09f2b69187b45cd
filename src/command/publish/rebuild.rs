//! Makes a version of a published one and of a staged delta. The delta is an author's word: what it makes is hashed
//! before any of it is visible, and it may take bytes only from a base of its own dataset that a receipt proves.

use std::io;
use std::path::Path;

use crate::command::delta::{self, Base, Delta, Places};
use crate::command::publish::bytes::{Bringing, Brought, Origin};
use crate::disk::{hash, place, scratch};
use crate::error::{Error, Kind, Result};
use crate::flow::delta::Recipe;
use crate::flow::hash::Digest;
use crate::flow::key::Key;
use crate::flow::receipt::{Identity, Method};
use crate::store::{Body, CopySource, Part, Read, Source, Upload, Write};

/// Some stores copy no less from a range.
const LEAST: u64 = 5 << 20;

/// What was staged, and what it says it is made against.
pub(super) struct Staged<'a> {
    pub(super) delta: &'a Key,
    pub(super) base: &'a Digest,
    pub(super) bases: &'a [Identity],
    pub(super) tmp: &'a Path,
}

/// Rebuilds the object at its key.
pub(super) fn bring(bringing: &Bringing<'_>, staged: &Staged<'_>) -> Result<Brought> {
    let (id, production) = (bringing.identity, bringing.production);
    let opened = Delta::open(bringing.source, staged.delta, (id.sha256, id.size), staged.base);
    let opened = opened.map_err(|error| refused(bringing, error))?.ok_or_else(|| bringing.missing())?;
    let base = delta::base(production, staged.bases)?;
    let base = base.ok_or_else(|| delta::gone(&bringing.label(), &id.dataset, staged.base))?;
    opened.recipe.within(base.size).map_err(|error| refused(bringing, error))?;
    let places = Places { base: base.place(production), data: opened.data(bringing.source) };
    let rebuilding = Rebuilding { recipe: &opened.recipe, places, base: &base, production, tmp: staged.tmp };
    let brought = bringing.assemble(&rebuilding, Method::Rebuild, Method::Rebuild)?;
    Ok(Brought { method: Method::Rebuild, ..brought })
}

fn refused(bringing: &Bringing<'_>, error: Error) -> Error {
    if error.kind != Kind::Integrity {
        return error;
    }
    bringing.other(&error.message)
}

struct Rebuilding<'a> {
    recipe: &'a Recipe,
    places: Places<'a>,
    base: &'a Base,
    production: &'a dyn Read,
    tmp: &'a Path,
}

impl Rebuilding<'_> {
    /// Where a range lies in the base, if it is copied from there.
    fn copied(&self, range: (u64, u64)) -> Option<u64> {
        self.recipe.unchanged(range).filter(|_| range.1 >= LEAST)
    }
}

impl Origin for Rebuilding<'_> {
    fn read(&self, range: (u64, u64)) -> Result<Option<Box<dyn io::Read + '_>>> {
        Ok(Some(Box::new(self.places.read(self.recipe, range))))
    }

    fn is_copied(&self, range: (u64, u64)) -> bool {
        self.copied(range).is_some()
    }

    /// What did not change is copied inside the store, whatever its place in the base was; the rest is read and sent.
    fn part(
        &self,
        to: &dyn Write,
        upload: &Upload,
        number: u32,
        range: (u64, u64),
        sha256: Option<&Digest>,
    ) -> Result<Part> {
        if let Some(offset) = self.copied(range) {
            let Base { key, pin, .. } = self.base;
            let source = CopySource { bucket: self.production, key, pin, range: Some((offset, range.1)) };
            return to.copy_part(upload, number, &source);
        }
        let mut stream = self.places.read(self.recipe, range);
        let unread =
            |e: io::Error| Error::store(format!("part {number} of {} could not be read", upload.key)).because(e);
        let size = range.1;
        // Many versions and parts are made at a time: none is held in memory.
        let mut temp = scratch::file(self.tmp, "part")?;
        scratch::space(self.tmp, size)?;
        let poured = place::pour(&mut stream, temp.as_file_mut()).map_err(unread)?;
        if sha256.is_some_and(|sha256| *sha256 != poured) {
            return Err(hash::changed(temp.path()));
        }
        to.part(upload, number, Body { sha256: poured, size, source: Source::File(temp.path(), 0) })
    }
}
