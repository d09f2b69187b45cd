//! Pass 2 over a file: sends what pass 1 hashed, or nothing.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use super::super::{Attested, Body, Head, Outcome, Part, Read, Source, Upload, When, Write};
use super::Progress;
use crate::disk::hash::{Hashed, stream};
use crate::error::{Error, Kind, Result};
use crate::flow::address::Address;
use crate::flow::hash::Digest;
use crate::flow::key::Key;
use crate::flow::part;

/// An older object is sent again: the janitor may be about to remove it.
const FRESH: i64 = 7 * 24 * 3600;

/// Sends a file to staging. A file that is not what it was in pass 1 is an error and stores nothing.
pub fn upload(store: &dyn Write, key: &Key, file: &Path, hashed: &Hashed, progress: &dyn Progress) -> Result<()> {
    bring(store, key, file, hashed, When::Always, progress)
}

/// Sends a file to where nothing may lie yet, or lies already with these very bytes.
pub fn create(store: &dyn Write, key: &Key, file: &Path, hashed: &Hashed, progress: &dyn Progress) -> Result<()> {
    bring(store, key, file, hashed, When::Absent, progress)
}

fn bring(
    store: &dyn Write,
    key: &Key,
    file: &Path,
    hashed: &Hashed,
    when: When<'_>,
    progress: &dyn Progress,
) -> Result<()> {
    if hashed.size < part::SMALLEST {
        let body = Body { sha256: hashed.sha256, size: hashed.size, source: Source::File(file, 0) };
        let done = settled(store, key, hashed, store.put(key, body, when));
        progress.advance(hashed.size);
        return done;
    }
    let upload = store.begin(key)?;
    send(store, &upload, file, hashed, when, progress)
}

/// Sends the parts that an upload lacks and completes it. On an error the upload is given up, except when nobody
/// knows whether it was completed.
pub fn send(
    store: &dyn Write,
    upload: &Upload,
    file: &Path,
    hashed: &Hashed,
    when: When<'_>,
    progress: &dyn Progress,
) -> Result<()> {
    let sent = parts(store, upload, file, hashed, progress);
    match sent {
        Ok(parts) => {
            let done = store.complete(upload, &parts, hashed.size, when);
            settled(store, &upload.key, hashed, done)
        }
        Err(error) => {
            // The first error is the one to tell; what remains of the upload, the janitor takes away.
            let _ = store.abort(upload);
            Err(error)
        }
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

fn parts(
    store: &dyn Write,
    upload: &Upload,
    file: &Path,
    hashed: &Hashed,
    progress: &dyn Progress,
) -> Result<Vec<Part>> {
    let held = store.parts(upload)?;
    let cuts: Vec<_> = part::cut(hashed.size).zip(&hashed.parts).zip(1u32..).collect();
    let next = AtomicUsize::new(0);
    let stop = AtomicBool::new(false);
    let sent = Mutex::new(Vec::with_capacity(cuts.len()));
    let work = || -> Result<()> {
        while !stop.load(Ordering::Relaxed) {
            let Some(((cut, sha256), number)) = cuts.get(next.fetch_add(1, Ordering::Relaxed)) else { break };
            let (offset, size) = *cut;
            let there = held.iter().find(|p| p.number == *number && p.size == size && p.sha256 == Some(**sha256));
            let body = Body { sha256: **sha256, size, source: Source::File(file, offset) };
            let done = match there {
                Some(part) => Ok(part.clone()),
                None => store.part(upload, *number, body),
            };
            let part = done.inspect_err(|_| stop.store(true, Ordering::Relaxed))?;
            progress.advance(size);
            sent.lock().expect("no holder panics").push(part);
        }
        Ok(())
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads(store).min(cuts.len())).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| worker.join().expect("a worker does not panic"))
    })?;
    let mut sent = sent.into_inner().expect("no holder panics");
    sent.sort_by_key(|part| part.number);
    Ok(sent)
}

fn threads(store: &dyn Write) -> usize {
    match store.address() {
        Address::Directory { .. } => 2,
        Address::S3 { .. } => 4,
    }
}
