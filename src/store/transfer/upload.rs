//! Pass 2 over a file: sends what pass 1 hashed, or nothing.

use std::path::Path;

use super::super::{Attested, Body, Head, Outcome, Part, Read, Source, Upload, When, Write};
use super::Progress;
use super::crowd::{self, Crowd};
use crate::disk::hash::{Hashed, stream};
use crate::error::{Error, Kind, Result};
use crate::flow::hash::Digest;
use crate::flow::key::Key;
use crate::flow::part;

/// An older object is sent again: the janitor may be about to remove it.
pub const FRESH: i64 = 7 * 24 * 3600;

/// A file on its way to a bucket.
#[derive(Clone, Copy)]
pub struct Sending<'a> {
    /// The bucket.
    pub store: &'a dyn Write,
    /// Where in it.
    pub key: &'a Key,
    /// The file.
    pub file: &'a Path,
    /// What pass 1 found in it.
    pub hashed: &'a Hashed,
    /// Whether something may lie there already.
    pub when: When<'a>,
    /// Is told how it goes on.
    pub progress: &'a dyn Progress,
}

/// Sends a file to staging. A file that is not what it was in pass 1 is an error and stores nothing.
pub fn upload(store: &dyn Write, key: &Key, file: &Path, hashed: &Hashed, progress: &dyn Progress) -> Result<()> {
    bring(&Sending { store, key, file, hashed, when: When::Always, progress })
}

/// Sends a file to where nothing may lie yet, or lies already with these very bytes.
pub fn create(store: &dyn Write, key: &Key, file: &Path, hashed: &Hashed, progress: &dyn Progress) -> Result<()> {
    bring(&Sending { store, key, file, hashed, when: When::Absent, progress })
}

fn bring(sending: &Sending<'_>) -> Result<()> {
    if sending.hashed.size < part::SMALLEST {
        return sending.whole();
    }
    let upload = sending.store.begin(sending.key)?;
    // The first error is the one to tell; what remains of the upload, the janitor takes away.
    sending.parts(&upload, Vec::new(), &|_| ()).inspect_err(|_| drop(sending.store.abort(&upload)))
}

impl Sending<'_> {
    /// In one request, and not looked for afterwards; what is large goes as ever.
    pub(super) fn unseen(&self) -> Result<()> {
        let Hashed { sha256, size, .. } = *self.hashed;
        if size >= part::SMALLEST {
            return bring(self);
        }
        let body = Body { sha256, size, source: Source::File(self.file, 0) };
        let done = match self.store.put(self.key, body, self.when) {
            Ok(Outcome::Stored(_)) => Ok(()),
            other => settled(self.store, self.key, self.hashed, other),
        };
        self.progress.advance(size);
        done
    }

    /// Looks whether it is there.
    pub(super) fn seen(&self) -> Result<()> {
        seen(self.store, self.key, self.hashed)
    }

    /// In one request.
    pub(super) fn whole(&self) -> Result<()> {
        let Hashed { sha256, size, .. } = *self.hashed;
        let body = Body { sha256, size, source: Source::File(self.file, 0) };
        let done = settled(self.store, self.key, self.hashed, self.store.put(self.key, body, self.when));
        self.progress.advance(size);
        done
    }

    /// Sends the parts that the upload lacks, and completes it. `told` is told of each that arrived.
    pub(super) fn parts(&self, upload: &Upload, held: Vec<Part>, told: &(dyn Fn(&Part) + Sync)) -> Result<()> {
        let mut parts = held;
        self.progress.resumed(parts.iter().map(|part| part.size).sum());
        let lacks = |number| parts.iter().all(|part| part.number != number);
        let missing: Vec<_> = self.cuts().filter(|(number, ..)| lacks(*number)).collect();
        let crowd = Crowd::within(self.store, self.store.memory());
        parts.extend(crowd::all(&crowd, &missing, |(number, offset, size, sha256)| {
            let body = Body { sha256: *sha256, size: *size, source: Source::File(self.file, *offset) };
            let part = self.store.part(upload, *number, body)?;
            self.progress.advance(*size);
            told(&part);
            Ok(part)
        })?);
        parts.sort_by_key(|part| part.number);
        let done = self.store.complete(upload, &parts, self.hashed.size, self.when);
        settled(self.store, &upload.key, self.hashed, done)
    }

    /// Number, offset, size and digest of each part.
    pub(super) fn cuts(&self) -> impl Iterator<Item = (u32, u64, u64, Digest)> {
        let cuts = part::cut(self.hashed.size).zip(&self.hashed.parts).zip(1u32..);
        cuts.map(|(((offset, size), sha256), number)| (number, offset, size, *sha256))
    }

    /// The object lies there, and the store says that it is this.
    pub(super) fn is_there(&self) -> Result<bool> {
        Ok(self.store.head(self.key)?.is_some_and(|head| head.size == self.hashed.size && attests(&head, self.hashed)))
    }
}

/// Whether the object is there already and may be believed: the store attests its content, and it is young.
/// With `reread`, a store that attests nothing is read instead: cheap for a directory.
pub fn already(store: &dyn Read, key: &Key, hashed: &Hashed, now: i64, reread: bool) -> Result<bool> {
    let Some(head) = store.head(key)? else { return Ok(false) };
    if head.size != hashed.size || head.modified.saturating_add(FRESH) <= now {
        return Ok(false);
    }
    if head.attested != Attested::Nothing || !reread {
        return Ok(attests(&head, hashed));
    }
    holds(store, key, &head, hashed)
}

/// What the store says of the object, compared with what we know of the file.
fn attests(head: &Head, hashed: &Hashed) -> bool {
    match head.attested {
        Attested::Nothing => false,
        Attested::Whole(digest) => digest == hashed.sha256,
        Attested::Parts { composite, parts } => {
            let digests: Vec<u8> = hashed.parts.iter().flat_map(|digest| *digest.bytes()).collect();
            parts == hashed.parts.len() as u64 && composite == Digest::of(&digests)
        }
    }
}

fn holds(store: &dyn Read, key: &Key, head: &Head, hashed: &Hashed) -> Result<bool> {
    let Some(mut bytes) = store.open(key, None, Some(&head.pin))? else { return Ok(false) };
    let found = stream(&mut bytes).map_err(|e| Error::store(format!("cannot read {key}")).because(e))?;
    Ok(found == (hashed.sha256, hashed.size))
}

/// A success is one when it can be seen: a store, or what stands between it and us, may have said yes to anything.
fn seen(store: &dyn Write, key: &Key, hashed: &Hashed) -> Result<()> {
    match store.head(key)? {
        Some(head) if head.size == hashed.size => Ok(()),
        found => Err(Error::store(format!("{key} in {} is not there after it was sent", store.address()))
            .because(found.map_or("nothing lies there".to_owned(), |head| format!("{} bytes lie there", head.size)))
            .hint("run the same command again; git data verify shows what this store does")),
    }
}

/// A failed write may have taken effect: look before failing.
fn settled(store: &dyn Write, key: &Key, hashed: &Hashed, done: Result<Outcome>) -> Result<()> {
    let error = match done {
        Ok(Outcome::Stored(_)) => return seen(store, key, hashed),
        Ok(Outcome::Refused) => Error::integrity(format!("{key} in {} is taken by other bytes", store.address())),
        Err(error) if error.kind == Kind::Store => error,
        Err(error) => return Err(error),
    };
    let there = match store.head(key) {
        Ok(Some(head)) if head.size == hashed.size => match head.attested {
            Attested::Nothing => holds(store, key, &head, hashed).unwrap_or(false),
            _ => attests(&head, hashed),
        },
        _ => false,
    };
    if there { Ok(()) } else { Err(error) }
}
