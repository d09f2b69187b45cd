//! Reads an object without keeping it: to hash it, or because it is small.

use std::io::Read as _;

use super::super::Read;
use super::steady::steady;
use crate::disk::hash::stream;
use crate::error::{Error, Result};
use crate::flow::hash::Digest;
use crate::flow::key::Key;

/// How often a small object is read again.
const CUTS: u32 = 3;

/// The digest of what lies at `key`, read to its end; `None` if nothing does.
pub fn digest(store: &dyn Read, key: &Key) -> Result<Option<Digest>> {
    let Some(head) = store.head(key)? else { return Ok(None) };
    let Some(mut body) = steady(store, key, (0, head.size), &head.pin)? else { return Ok(None) };
    let (digest, size) = stream(&mut body).map_err(|e| unread(store, key).because(e))?;
    // A connection that ends early must not look like other bytes.
    if size < head.size {
        return Err(unread(store, key).because(format!("{size} of {} bytes came", head.size)));
    }
    Ok(Some(digest))
}

/// All bytes of a small object; `None` if nothing lies there, an error if there are more than `most`.
pub fn bytes(store: &dyn Read, key: &Key, most: u64) -> Result<Option<Vec<u8>>> {
    let mut cuts = 0;
    let bytes = loop {
        let Some(body) = store.open(key, None, None)? else { return Ok(None) };
        let mut bytes = Vec::new();
        match body.take(most + 1).read_to_end(&mut bytes) {
            Ok(_) => break bytes,
            // It is small: from the start.
            Err(_) if cuts < CUTS => cuts += 1,
            Err(error) => return Err(unread(store, key).because(error)),
        }
    };
    if bytes.len() as u64 > most {
        return Err(unread(store, key).because(format!("it has more than {most} bytes")));
    }
    Ok(Some(bytes))
}

fn unread(store: &dyn Read, key: &Key) -> Error {
    Error::store(format!("cannot read {key} in {}", store.address())).hint("run the same command again")
}
