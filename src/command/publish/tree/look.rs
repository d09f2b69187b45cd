//! Looks at a published tree: what is said to be in production has to be there.

use crate::command::listings;
use crate::command::publish::tree::gather::{fits, holds, sizes};
use crate::error::{Error, Result};
use crate::flow::key::{self, Key};
use crate::flow::publication::Item;
use crate::flow::receipt::{Identity, Receipt};
use crate::flow::tree::shelve;
use crate::store::Read;

/// A tree in production: its listing and its places are read back, and each object that these name is looked at.
pub(in crate::command) fn look(production: &dyn Read, item: &Item, key: &Key) -> Result<()> {
    let id = &item.identity;
    let lost = |what: &Key| Error::store(format!("{} {} is not in production at {what}", id.dataset, id.version));
    let listing = listings::listing(production, &id.key, &id.sha256)?.ok_or_else(|| lost(&id.key))?;
    if let Some(tree) = &item.tree {
        fits(&listing, id, tree)?;
    }
    let (_, _, own) = key::places_named(key).ok_or_else(|| lost(key))?;
    let places = listings::places(production, key, &own)?.ok_or_else(|| lost(key))?;
    let objects = places.iter().map(|(_, place)| place.object()).collect();
    let there = sizes(production, &id.dataset, objects)?;
    for member in shelve::contents(&listing, &|_| false) {
        let place = places.get(&member.sha256);
        if !place.is_some_and(|place| holds(place, member.size, &there)) {
            return Err(Error::store(format!(
                "{} {}: the content of {:?} is not in production",
                id.dataset, id.version, member.path
            )));
        }
    }
    Ok(())
}

/// The places that a receipt names, which have to be there with the listing.
pub(in crate::command) fn named(production: &dyn Read, id: &Identity, receipt: &Receipt) -> Result<Key> {
    let (key, _) = listings::named_places(receipt).ok_or_else(|| {
        Error::integrity(format!("{} {} has a receipt that does not name its places", id.dataset, id.version))
            .hint("receipts are never rewritten: find out who wrote it before anything else")
    })?;
    for key in [&id.key, &key] {
        if production.head(key)?.is_none() {
            return Err(Error::store(format!("{} {} is not in production at {key}", id.dataset, id.version)));
        }
    }
    Ok(key)
}
