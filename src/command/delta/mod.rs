//! Deltas of one file: prepare stages what changed, the publisher and pull make the whole of it again.

mod proof;
mod pulled;
mod rebuilt;
mod staging;

use std::io::Read as _;

use crate::error::{Error, Result};
use crate::flow::chunk::{self, Chunks};
use crate::flow::delta::{HEAD, Opening, Recipe};
use crate::flow::hash::Digest;
use crate::flow::key::{self, Key};
use crate::flow::receipt::{Identity, Receipt};
use crate::store::transfer::{self, steady};
use crate::store::{Pin, Read};

pub(super) use proof::{gone, proves};
pub(super) use pulled::{Near, nearby, proposed};
pub(super) use rebuilt::{Place, Places};
pub(super) use staging::{Staging, read, stage};

/// What a delta is made against: the object of a version whose receipt says so.
pub(super) struct Base {
    pub(super) key: Key,
    pub(super) size: u64,
    pub(super) pin: Pin,
}

/// The first of the versions that production proves and holds; none where it holds none of them.
pub(super) fn base(production: &dyn Read, versions: &[Identity]) -> Result<Option<Base>> {
    for id in versions {
        let receipt = key::receipt(&id.dataset, id.version, &id.sha256);
        let Some(bytes) = transfer::bytes(production, &receipt, 1 << 20)? else { continue };
        if !Receipt::parse(&bytes).is_ok_and(|receipt| receipt.identity == *id) {
            continue;
        }
        if let Some(head) = production.head(&id.key)?.filter(|head| head.size == id.size) {
            return Ok(Some(Base { key: id.key.clone(), size: id.size, pin: head.pin }));
        }
    }
    Ok(None)
}

/// A delta in staging whose recipe was checked.
pub(super) struct Delta {
    pub(super) recipe: Recipe,
    key: Key,
    pin: Pin,
    data_at: u64,
}

impl Delta {
    /// Opens what lies at the key; `None` if nothing does. Any other recipe than for these bytes is refused.
    pub(super) fn open(staging: &dyn Read, key: &Key, want: (Digest, u64), base: &Digest) -> Result<Option<Self>> {
        let Some(head) = staging.head(key)? else { return Ok(None) };
        let bytes = |range: (u64, u64)| -> Result<Vec<u8>> {
            let mut bytes = Vec::new();
            let unread = || Error::store(format!("cannot read {key} in {}", staging.address()));
            let body = steady(staging, key, range, &head.pin)?;
            let mut body = body.ok_or_else(|| unread().because("it went while it was read"))?;
            body.read_to_end(&mut bytes).map_err(|e| unread().because(e))?;
            Ok(bytes)
        };
        let opening = Opening::read(&bytes((0, HEAD.min(head.size)))?, head.size)?;
        if (opening.sha256, opening.size) != want || opening.base != *base {
            return Err(Error::integrity(format!("the delta {key} is one of something else")));
        }
        let recipe = opening.recipe(&bytes(opening.ops)?)?;
        Ok(Some(Delta { recipe, key: key.clone(), pin: head.pin, data_at: opening.data_at() }))
    }

    /// Its changed bytes.
    pub(super) fn data<'a>(&'a self, staging: &'a dyn Read) -> Place<'a> {
        Place::Object { store: staging, key: &self.key, pin: &self.pin, begin: self.data_at }
    }
}

impl Base {
    /// Its bytes.
    pub(super) fn place<'a>(&'a self, production: &'a dyn Read) -> Place<'a> {
        Place::Object { store: production, key: &self.key, pin: &self.pin, begin: 0 }
    }
}

/// The chunk list beside an object of that size. It is a hint: one that is missing or wrong is an error that says so.
pub(super) fn listed(production: &dyn Read, sha256: &Digest, size: u64) -> Result<Chunks> {
    let key = key::chunks(sha256);
    match transfer::bytes(production, &key, chunk::most(size))? {
        Some(bytes) => chunk::parse(&bytes, size),
        None => Err(Error::store(format!("there is no chunk list {key}"))),
    }
}
