//! What of a proposed tree production lacks, and where in staging that lies. It reads, and writes nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::command::listings;
use crate::error::{Error, Result};
use crate::flow::hash::Digest;
use crate::flow::key::Key;
use crate::flow::publication::{Action, Item, Tree};
use crate::flow::receipt::Identity;
use crate::flow::tree::shelve::{self, Staged};
use crate::flow::tree::{Listing, Place, Places};
use crate::store::Read;

/// A proposed tree and the two buckets.
pub(in crate::command) struct Gathering<'a> {
    pub(in crate::command) production: &'a dyn Read,
    pub(in crate::command) staging: &'a dyn Read,
    pub(in crate::command) item: &'a Item,
    pub(in crate::command) tree: &'a Tree,
}

/// What was found.
pub(in crate::command) struct Gathered {
    /// The reviewed listing.
    pub(in crate::command) listing: Listing,
    /// Contents that production holds.
    pub(in crate::command) known: Places,
    /// Those that it lacks.
    pub(in crate::command) staged: Staged,
}

impl Gathering<'_> {
    /// Reads the listing, what earlier receipts say, and what the author says of the rest.
    pub(in crate::command) fn gather(&self) -> Result<Gathered> {
        let listing = self.listing()?;
        fits(&listing, &self.item.identity, self.tree)?;
        let mut known = self.known(&listing)?;
        let hints = match self.item.action {
            Action::Rename { .. } | Action::Reference => None,
            Action::Copy { .. } | Action::Rebuild { .. } => {
                listings::staged_places(self.staging, &self.item.identity.sha256).map_err(|error| self.again(error))?
            }
        };
        let hints = hints.unwrap_or_default();
        // What is sent again in a shard is to leave an old one, of which little is needed any more.
        let moves = |digest: &Digest| hints.get(digest).is_some_and(|hint| hint.range.is_some());
        known.forget(&|digest, place| place.range.is_some() && moves(digest));
        let has = |digest: &Digest| known.get(digest).is_some();
        let staged = shelve::staged(&listing, &hints, &has).map_err(|error| self.again(error))?;
        Ok(Gathered { listing, known, staged })
    }

    /// The reviewed listing, from staging, or of the old name of a renamed tree.
    fn listing(&self) -> Result<Listing> {
        let (bucket, from): (&dyn Read, &Key) = match &self.item.action {
            Action::Copy { from } | Action::Rebuild { from, .. } => (self.staging, from),
            Action::Rename { from } => (self.production, from),
            Action::Reference => (self.production, &self.item.identity.key),
        };
        let listing = listings::listing(bucket, from, &self.item.identity.sha256).map_err(|e| self.again(e))?;
        listing.ok_or_else(|| {
            self.again(
                Error::store(format!(
                    "{} {} is not in staging",
                    self.item.identity.dataset, self.item.identity.version
                ))
                .because(format!("there is no object {from} in {}", bucket.address())),
            )
        })
    }

    /// The places of earlier versions, as their receipts name them.
    pub(super) fn earlier(&self) -> Result<Vec<(Key, Places)>> {
        let found = self.tree.earlier.iter().map(|earlier| listings::receipted(self.production, earlier));
        Ok(found.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
    }

    /// Where production holds contents of this listing already: what a receipt names and a fresh look finds.
    fn known(&self, listing: &Listing) -> Result<Places> {
        let earlier = self.earlier()?;
        let mut known = Places::default();
        if earlier.is_empty() {
            return Ok(known);
        }
        let objects = earlier.iter().flat_map(|(_, places)| places.iter()).map(|(_, place)| place.object()).collect();
        let there = sizes(self.production, &self.item.identity.dataset, objects)?;
        for member in shelve::contents(listing, &|_| false) {
            let place = earlier.iter().find_map(|(_, places)| places.get(&member.sha256));
            if let Some(place) = place.filter(|place| holds(place, member.size, &there)) {
                known.add(member.sha256, place.clone());
            }
        }
        Ok(known)
    }

    /// The way out of whatever staging lacks.
    pub(in crate::command) fn again(&self, error: Error) -> Error {
        let name = &self.item.identity.dataset;
        error.hint(format!("git data prepare {name}   on the machine that has the directory sends it again"))
    }
}

/// Whether the listing is what was reviewed beside its digest.
pub(super) fn fits(listing: &Listing, id: &Identity, tree: &Tree) -> Result<()> {
    let (files, size) = (listing.files(), listing.size());
    if (files, size) == (tree.files, Some(id.size)) {
        return Ok(());
    }
    let size = size.map_or("too many".to_owned(), |size| size.to_string());
    Err(Error::integrity(format!("{} {}: the listing is not what the entry says", id.dataset, id.version))
        .because(format!("it has {files} files of {size} bytes, the entry {} of {}", tree.files, id.size))
        .hint(format!("git data prepare {}   on the machine that has the directory", id.dataset)))
}

/// Whether an object that was seen is large enough for what is said to lie in it.
pub(super) fn holds(place: &Place, size: u64, there: &BTreeMap<Key, u64>) -> bool {
    let Some(found) = there.get(&place.object()) else { return false };
    match place.range {
        None => *found == size,
        Some((offset, length)) => length == size && offset.checked_add(length).is_some_and(|end| end <= *found),
    }
}

/// The sizes of objects, by one listing; what it lacks is asked for.
pub(super) fn sizes(production: &dyn Read, dataset: &str, objects: BTreeSet<Key>) -> Result<BTreeMap<Key, u64>> {
    let mut there = BTreeMap::new();
    production.list(&format!("{dataset}/"), &mut |listed| {
        if objects.contains(&listed.key) {
            there.insert(listed.key, listed.size);
        }
        Ok(())
    })?;
    for key in objects {
        if !there.contains_key(&key)
            && let Some(head) = production.head(&key)?
        {
            there.insert(key, head.size);
        }
    }
    Ok(there)
}
