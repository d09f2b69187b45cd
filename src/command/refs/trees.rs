//! Reads the listings of trees that may count: what they are made of, in production and in staging.

use std::collections::{BTreeMap, HashSet};

use crate::command::env::Env;
use crate::command::listings;
use crate::error::Result;
use crate::flow::hash::Digest;
use crate::flow::key::{self, Key};
use crate::flow::manifest::types::{Dataset, Entry, Kind, State};
use crate::flow::publication::Earlier;
use crate::flow::reference::{Contents, Found, Trees, place};
use crate::flow::retention::Part;
use crate::store::Read;

/// Listings, each read once. One that cannot be read is not there: whoever counts it refuses.
pub(super) struct Listings<'a> {
    production: &'a dyn Read,
    staging: Option<&'a dyn Read>,
    tried: HashSet<Digest>,
}

impl<'a> Listings<'a> {
    pub(super) fn of(env: &'a Env<'_>, production: &'a dyn Read) -> Self {
        let staging = env.staging().ok().map(|staging| staging as &dyn Read);
        Listings { production, staging, tried: HashSet::new() }
    }

    /// Those of a manifest that were not read before.
    pub(super) fn of_found(&mut self, found: &Found) -> Trees {
        let mut trees = Trees::new();
        let Found::Manifest(manifest) = found else { return trees };
        for (name, dataset) in manifest.datasets.iter().filter(|(_, dataset)| dataset.kind == Kind::Tree) {
            for entry in dataset.versions.iter().filter(|entry| may_count(entry)) {
                if self.tried.insert(entry.sha256)
                    && let Ok(Some(contents)) = self.contents(name, dataset, entry)
                {
                    trees.insert(entry.sha256, contents);
                }
            }
        }
        trees
    }

    fn contents(&self, name: &str, dataset: &Dataset, entry: &Entry) -> Result<Option<Contents>> {
        let published = listings::listing(self.production, &place(name, dataset, entry), &entry.sha256);
        let staged = || match self.staging {
            Some(staging) => listings::listing(staging, &key::staged_tree(&entry.sha256), &entry.sha256),
            None => Ok(None),
        };
        let listing = match published {
            Ok(Some(listing)) => Some(listing),
            _ => staged()?,
        };
        let Some(listing) = listing else { return Ok(None) };
        let files: HashSet<Digest> = listing.items().iter().filter_map(|item| Some(item.content()?.0)).collect();
        // Until it is published its shards are needed too, where staging has them.
        let shards = match (self.staging, &entry.state) {
            (Some(staging), State::Pending) => listings::staged_places(staging, &entry.sha256)?.map(|places| {
                let of_shards = places.iter().filter(|(_, place)| place.range.is_some());
                let named: HashSet<Digest> = of_shards.filter_map(|(_, p)| Digest::from_hex(&p.key)).collect();
                named.into_iter().collect()
            }),
            _ => None,
        };
        Ok(Some(Contents { files: files.into_iter().collect(), shards: shards.unwrap_or_default() }))
    }
}

fn may_count(entry: &Entry) -> bool {
    !matches!(entry.state, State::Withdrawn | State::Purging | State::Purged)
}

/// The objects that a tree in production is made of, the list of places last. Nothing but what its own receipt names.
pub(in crate::command) fn parts(production: &dyn Read, name: &str, entry: &Entry) -> Result<Vec<Part>> {
    let earlier = Earlier { dataset: name.to_owned(), version: entry.version, sha256: entry.sha256 };
    let Some((key, places)) = listings::receipted(production, &earlier)? else {
        // Deleted up to its listing by a run that was cut; or never published.
        return Ok(Vec::new());
    };
    let mut objects: BTreeMap<Key, Vec<Digest>> = BTreeMap::new();
    for (digest, place) in places.iter() {
        objects.entry(place.object()).or_default().push(*digest);
    }
    let mut parts: Vec<Part> = objects.into_iter().map(|(key, contents)| Part { key, contents }).collect();
    parts.push(Part { key, contents: Vec::new() });
    Ok(parts)
}
