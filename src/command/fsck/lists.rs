//! The part of `fsck` that looks at the chunk lists beside large objects, and writes those that are missing or wrong.

use crate::command::delta;
use crate::disk::aside::{Aside, fill};
use crate::error::{Error, Kind, Result};
use crate::flow::audit::{Finding, Object};
use crate::flow::chunk::{self, Chunks, Cutter};
use crate::flow::hash::{Digest, Hasher};
use crate::flow::key;
use crate::store::transfer::{self, steady};
use crate::store::{Body, Outcome, Read, Source, When, Write};

/// Reads an object once: its digest, and the list of a large one. `None` if it is not there.
pub(super) fn read(production: &dyn Read, object: &Object) -> Result<Option<(Digest, Option<Chunks>)>> {
    if !object.size.is_some_and(chunk::listed) {
        return Ok(transfer::digest(production, &object.key)?.map(|digest| (digest, None)));
    }
    let Some(head) = production.head(&object.key)? else { return Ok(None) };
    let Some(mut body) = steady(production, &object.key, (0, head.size), &head.pin)? else { return Ok(None) };
    let (mut hasher, mut aside) = (Hasher::default(), Aside::start(Cutter::default()));
    loop {
        let mut buffer = aside.buffer();
        let (filled, end) = fill(&mut body, &mut buffer);
        buffer.truncate(filled);
        hasher.update(&buffer);
        aside.give(buffer);
        end.map_err(|e| Error::store(format!("cannot read {} in {}", object.key, production.address())).because(e))?;
        if filled == 0 {
            return Ok(Some((hasher.finish(), Some(aside.finish().finish()))));
        }
    }
}

/// What is wrong with the list that lies beside an object; one that is missing is told by the listing.
pub(super) fn compared(production: &dyn Read, object: &Object, chunks: &Chunks) -> Option<Finding> {
    let why = match delta::listed(production, &object.sha256, chunks.size()) {
        Ok(found) if found == *chunks => return None,
        Ok(_) => "it is one of other bytes".to_owned(),
        Err(error) if error.kind == Kind::Integrity => error.message,
        Err(_) => return None,
    };
    Some(Finding::WrongChunks { object: object.clone(), why })
}

/// Writes the list of an object that has the right bytes; false where the store does not let it.
pub(super) fn written(production: &dyn Write, object: &Object) -> Result<bool> {
    let Some((found, Some(chunks))) = read(production, object)? else { return Ok(false) };
    if found != object.sha256 {
        return Ok(false);
    }
    let (bytes, key) = (chunk::print(&chunks), key::chunks(&object.sha256));
    let body = Body { sha256: Digest::of(&bytes), size: bytes.len() as u64, source: Source::Bytes(&bytes) };
    let there = production.head(&key)?.and_then(|head| head.pin.etag);
    // A list is a hint, and the one thing beside an object that may be replaced.
    let when = there.as_deref().map_or(When::Absent, When::Matches);
    Ok(matches!(production.put(&key, body, when), Ok(Outcome::Stored(_))))
}
