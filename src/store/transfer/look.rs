//! Reads an object without keeping it: to hash it, or because it is small.

use std::io::Read as _;

use super::super::Read;
use crate::disk::hash::stream;
use crate::error::{Error, Result};
use crate::flow::hash::Digest;
use crate::flow::key::Key;

/// The digest of what lies at `key`, read to its end; `None` if nothing does.
pub fn digest(store: &dyn Read, key: &Key) -> Result<Option<Digest>> {
    let Some(head) = store.head(key)? else { return Ok(None) };
    let Some(mut body) = store.open(key, None, Some(&head.pin))? else { return Ok(None) };
    let (digest, size) = stream(&mut body).map_err(|e| unread(store, key).because(e))?;
    // A connection that ends early must not look like other bytes.
    if size < head.size {
        return Err(unread(store, key).because(format!("{size} of {} bytes came", head.size)));
    }
    Ok(Some(digest))
}

/// All bytes of a small object; `None` if nothing lies there, an error if there are more than `most`.
pub fn bytes(store: &dyn Read, key: &Key, most: u64) -> Result<Option<Vec<u8>>> {
    let Some(body) = store.open(key, None, None)? else { return Ok(None) };
    let mut bytes = Vec::new();
    body.take(most + 1).read_to_end(&mut bytes).map_err(|e| unread(store, key).because(e))?;
    if bytes.len() as u64 > most {
        return Err(unread(store, key).because(format!("it has more than {most} bytes")));
    }
    Ok(Some(bytes))
}

fn unread(store: &dyn Read, key: &Key) -> Error {
    Error::store(format!("cannot read {key} in {}", store.address()))
}
