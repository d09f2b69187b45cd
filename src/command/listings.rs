//! Reads the listing of a tree, and where its contents lie, from a bucket. Nothing of it is believed before it is proven.

use crate::error::{Error, Result};
use crate::flow::hash::Digest;
use crate::flow::key::{self, Key};
use crate::flow::publication::Earlier;
use crate::flow::receipt::Receipt;
use crate::flow::tree::{Listing, Places};
use crate::store::{Read, transfer};

/// Larger lists are refused: they have to fit into memory.
const MOST: u64 = 2 << 30;

/// The listing at a key, which must be that of the digest; `None` if nothing lies there.
pub(super) fn listing(store: &dyn Read, key: &Key, digest: &Digest) -> Result<Option<Listing>> {
    let Some(packed) = transfer::bytes(store, key, MOST)? else { return Ok(None) };
    Listing::unpack(&packed, digest).map(Some).map_err(|error| named(store, key, error))
}

/// What an author says of where the contents of a staged tree lie: hints.
pub(super) fn staged_places(staging: &dyn Read, digest: &Digest) -> Result<Option<Places>> {
    let key = key::staged_places(digest);
    let Some(packed) = transfer::bytes(staging, &key, MOST)? else { return Ok(None) };
    Places::unpack(&packed).map(Some).map_err(|error| named(staging, &key, error))
}

/// Where production holds the contents of a tree: the bytes must have the digest that the key names.
pub(super) fn places(production: &dyn Read, key: &Key, digest: &Digest) -> Result<Option<Places>> {
    let Some(packed) = transfer::bytes(production, key, MOST)? else { return Ok(None) };
    let found = Digest::of(&packed);
    if found != *digest {
        return Err(Error::integrity(format!("{key} in {} has other bytes than its name says", production.address()))
            .because(format!("their SHA-256 is {found}")));
    }
    Places::unpack(&packed).map(Some).map_err(|error| named(production, key, error))
}

/// The list of places that the receipt of a version names; `None` where there is no receipt, or no such list any more.
pub(super) fn receipted(production: &dyn Read, earlier: &Earlier) -> Result<Option<(Key, Places)>> {
    let Some(bytes) = transfer::bytes(production, &earlier.receipt(), 1 << 20)? else { return Ok(None) };
    let receipt = Receipt::parse(&bytes).map_err(|error| named(production, &earlier.receipt(), error))?;
    let Some((key, digest)) = named_places(&receipt) else { return Ok(None) };
    Ok(places(production, &key, &digest)?.map(|places| (key, places)))
}

/// The list of places that a receipt names, and the digest of its bytes. A rollback names that of the owner.
pub(super) fn named_places(receipt: &Receipt) -> Option<(Key, Digest)> {
    let key = receipt.places.clone()?;
    let (dataset, tree, own) = key::places_named(&key)?;
    let ours = dataset == receipt.identity.dataset && tree == receipt.identity.sha256;
    ours.then_some((key, own))
}

fn named(store: &dyn Read, key: &Key, error: Error) -> Error {
    Error { message: format!("{key} in {}: {}", store.address(), error.message), ..error }
}
