//! Proof that a version's bytes are in production. It is made here, in two ways, and nowhere else.

use crate::command::publish::tree;
use crate::error::{Error, Result};
use crate::flow::hash::{Digest, Hasher};
use crate::flow::key::{self, Key};
use crate::flow::publication::Item;
use crate::flow::receipt::{Identity, Method, Receipt};
use crate::store::{Attested, Head, Read, transfer};

/// A version whose bytes are in production and are those that were reviewed. Nothing else is ever recorded.
#[derive(Clone, Debug)]
pub struct Proven {
    identity: Identity,
    method: Method,
    /// Where the files of a tree lie.
    places: Option<Key>,
    /// When its receipt was written, if that was before.
    published: Option<String>,
}

impl Proven {
    /// What was published.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// How the bytes came there.
    #[must_use]
    pub fn method(&self) -> Method {
        self.method
    }

    /// Where the files of a tree lie.
    #[must_use]
    pub fn places(&self) -> Option<&Key> {
        self.places.as_ref()
    }

    /// When an earlier run wrote the receipt; `None` if this run does.
    #[must_use]
    pub fn published(&self) -> Option<&str> {
        self.published.as_deref()
    }

    /// By looking at the object: the store attests what this run hashed, or every byte is read back.
    /// `parts` are the digests of its parts, if this run hashed them on the way.
    pub(super) fn by_look(production: &dyn Read, item: &Item, method: Method, parts: &[Digest]) -> Result<Self> {
        object(production, &item.identity, parts)?;
        Ok(Proven { identity: item.identity.clone(), method, places: None, published: None })
    }

    /// A tree, by reading its listing and its places back, and by a look at every object that these name.
    pub(super) fn by_listing(production: &dyn Read, item: &Item, method: Method, places: &Key) -> Result<Self> {
        tree::look(production, item, places)?;
        Ok(Proven { identity: item.identity.clone(), method, places: Some(places.clone()), published: None })
    }

    /// By a receipt that says the same, and a fresh look at what lies there now. `None` where there is no receipt.
    pub(super) fn by_receipt(production: &dyn Read, item: &Item) -> Result<Option<Self>> {
        let id = &item.identity;
        let key = key::receipt(&id.dataset, id.version, &id.sha256);
        let Some(bytes) = transfer::bytes(production, &key, 1 << 20)? else { return Ok(None) };
        let receipt = Receipt::parse(&bytes).map_err(|e| Error { message: format!("{key}: {}", e.message), ..e })?;
        if receipt.identity != *id {
            return Err(Error::integrity(format!(
                "{} {} has a receipt for something else at {key}",
                id.dataset, id.version
            ))
            .hint("receipts are never rewritten: find out who wrote it before anything else"));
        }
        let places = match &item.tree {
            None => {
                let head = there(production, id)?;
                if let Attested::Whole(digest) = head.attested
                    && digest != id.sha256
                {
                    return Err(other(id, &digest.hex()));
                }
                None
            }
            Some(_) => Some(tree::named(production, id, &receipt)?),
        };
        Ok(Some(Proven { identity: id.clone(), method: receipt.method, places, published: Some(receipt.time) }))
    }
}

/// One object: the store attests what this run hashed, or every byte is read back.
pub(super) fn object(production: &dyn Read, id: &Identity, parts: &[Digest]) -> Result<()> {
    let head = there(production, id)?;
    let read = match head.attested {
        Attested::Whole(digest) => Some(digest),
        Attested::Parts { composite, parts: count } if count == parts.len() as u64 && composite == over(parts) => {
            Some(id.sha256)
        }
        Attested::Parts { .. } | Attested::Nothing => transfer::digest(production, &id.key)?,
    };
    if read != Some(id.sha256) {
        return Err(other(id, &read.map_or("nothing".to_owned(), |digest| digest.hex())));
    }
    Ok(())
}

/// The object, of the right size.
fn there(production: &dyn Read, id: &Identity) -> Result<Head> {
    match production.head(&id.key)? {
        Some(head) if head.size == id.size => Ok(head),
        Some(head) => Err(other(id, &format!("{} bytes", head.size))),
        None => Err(Error::store(format!("{} {} is not in production at {}", id.dataset, id.version, id.key))),
    }
}

fn other(id: &Identity, found: &str) -> Error {
    Error::integrity(format!("{} {}: production holds other bytes at {}", id.dataset, id.version, id.key))
        .because(format!("expected {} ({} bytes), found {found}", id.sha256, id.size))
        .hint("nothing was overwritten: find out who wrote that object before anything else")
}

/// What a store attests of an object that was sent in parts.
fn over(parts: &[Digest]) -> Digest {
    let mut hasher = Hasher::default();
    parts.iter().for_each(|part| hasher.update(part.bytes()));
    hasher.finish()
}
