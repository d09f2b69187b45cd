//! What published trees are made of, as their receipts, places and listings say.

use std::collections::{BTreeMap, BTreeSet};

use crate::command::listings;
use crate::error::{Error, Result};
use crate::flow::audit::Object;
use crate::flow::hash::Digest;
use crate::flow::key::{self, Key};
use crate::flow::manifest::types::{Dataset, Entry, Kind, Manifest};
use crate::flow::publication::Earlier;
use crate::flow::reference::{place, receipt_of};
use crate::flow::retention::janitor::Listed;
use crate::flow::tree::shelve;
use crate::flow::version::Version;
use crate::store::Read;

type Trees = BTreeMap<(String, Version), Result<Vec<Object>, String>>;

/// Reads each tree that has a receipt.
pub(super) fn read(production: &dyn Read, manifest: &Manifest, listing: &[Listed]) -> Trees {
    let receipts: BTreeSet<_> = listing.iter().filter_map(|listed| receipt_of(&listed.key)).collect();
    let mut trees = Trees::new();
    for (name, dataset) in manifest.datasets.iter().filter(|(_, dataset)| dataset.kind == Kind::Tree) {
        for entry in &dataset.versions {
            let receipted = receipts.contains(&(name.clone(), entry.version, entry.sha256));
            if !receipted || matches!(entry.state.word(), "purging" | "purged") {
                continue;
            }
            let parts = parts(production, name, dataset, entry).map_err(|error| error.line());
            trees.insert((name.clone(), entry.version), parts);
        }
    }
    trees
}

/// Every object beside the listing, with the digest that it must have.
fn parts(production: &dyn Read, name: &str, dataset: &Dataset, entry: &Entry) -> Result<Vec<Object>> {
    let at = place(name, dataset, entry);
    let lost = |what: &str| Error::store(format!("{what} is not in production"));
    let listing = listings::listing(production, &at, &entry.sha256)?.ok_or_else(|| lost("its listing"))?;
    let earlier = Earlier { dataset: name.to_owned(), version: entry.version, sha256: entry.sha256 };
    let (key, places) = listings::receipted(production, &earlier)?.ok_or_else(|| lost("its list of places"))?;
    let (_, _, own) = key::places_named(&key).ok_or_else(|| lost("its list of places"))?;
    let object =
        |key: Key, sha256, size| Object { dataset: name.to_owned(), version: entry.version, sha256, size, key };
    let mut objects = BTreeMap::from([(key.clone(), object(key, own, None))]);
    for member in shelve::contents(&listing, &|_| false) {
        let place = places.get(&member.sha256).ok_or_else(|| lost(&format!("the content of {:?}", member.path)))?;
        let key = place.object();
        let part = match place.range {
            None => object(key.clone(), member.sha256, Some(member.size)),
            Some(_) => {
                object(key.clone(), shard(&key).ok_or_else(|| lost(&format!("the shard of {:?}", member.path)))?, None)
            }
        };
        objects.entry(key).or_insert(part);
    }
    Ok(objects.into_values().collect())
}

/// The digest that the name of a shard says.
fn shard(key: &Key) -> Option<Digest> {
    Digest::from_hex(key.as_str().rsplit_once('/')?.1.strip_suffix(".tar")?)
}
