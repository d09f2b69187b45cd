//! What has to be published, where it goes, and what the default branch learns of it.

mod migrated;
mod portion;
#[cfg(test)]
mod tests;
mod tree;

use std::collections::BTreeMap;

pub use self::migrated::{migrated, unproven};
pub use self::portion::Portion;
pub use self::tree::{Earlier, Tree};
use crate::flow::hash::Digest;
use crate::flow::key::{self, Key};
use crate::flow::manifest::rules;
use crate::flow::manifest::types::{Dataset, Entry, Kind, Manifest, State};
use crate::flow::receipt::Identity;
use crate::flow::version::Version;

/// How the bytes come to their key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// From staging.
    Copy {
        /// Where in staging.
        from: Key,
    },
    /// Inside production, from a renamed dataset.
    Rename {
        /// Where in production.
        from: Key,
    },
    /// Made of a published version and of what was staged; or from staging, if all of it is there.
    Rebuild {
        /// The delta in staging.
        delta: Key,
        /// What it is made against.
        base: Digest,
        /// The versions of this dataset that have those bytes: one whose receipt says the same is the base.
        bases: Vec<Identity>,
        /// Where in staging the whole would lie.
        from: Key,
    },
    /// They are there: an older version owns them.
    Reference,
}

/// One version to be published. It carries all that the one who acts needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What the receipt will say, and where the bytes go.
    pub identity: Identity,
    /// The version it was made from.
    pub base: Option<Version>,
    /// How.
    pub action: Action,
    /// What else is to be known of a tree.
    pub tree: Option<Tree>,
}

/// A pending version that cannot be published, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocked {
    /// The dataset.
    pub dataset: String,
    /// Its version.
    pub version: Version,
    /// In words.
    pub why: String,
}

/// Where an entry's bytes lie in production; the error says why they can lie nowhere.
pub fn target(name: &str, dataset: &Dataset, entry: &Entry) -> Result<Key, String> {
    if let Some(own) = &entry.key {
        return Ok(Key::new(own));
    }
    let Some(owner) = entry.rollback else { return Ok(derived(name, &dataset.kind, entry.version, &entry.sha256)) };
    let Some(owner) = dataset.versions.iter().find(|e| e.version == owner) else {
        return Err(format!("it rolls back to {owner}, which is not there"));
    };
    if owner.sha256 != entry.sha256 || owner.rollback.is_some() {
        return Err(format!("it rolls back to {}, which does not own these bytes", owner.version));
    }
    match owner.state {
        State::Purging | State::Purged => {
            Err(format!("{} owns the bytes and is {}", owner.version, owner.state.word()))
        }
        _ => target(name, dataset, owner),
    }
}

/// Where the bytes of a version lie: those of a tree are its listing.
#[must_use]
pub fn derived(name: &str, kind: &Kind, version: Version, sha256: &Digest) -> Key {
    match kind {
        Kind::Tree => key::tree(name, version, sha256),
        Kind::File | Kind::Unknown(_) => key::production(name, version, sha256),
    }
}

/// Where an entry's bytes lie in staging: a migrated proposal has a key of its own.
#[must_use]
pub fn staged(kind: &Kind, entry: &Entry) -> Key {
    match (&entry.staging_key, kind) {
        (Some(own), _) => Key::new(own),
        (None, Kind::Tree) => key::staged_tree(&entry.sha256),
        (None, _) => key::staging(&entry.sha256),
    }
}

/// Whether an entry names a key of its own instead of one that follows from its digest.
#[must_use]
pub fn is_spelled_out(entry: &Entry) -> bool {
    entry.key.is_some() || entry.staging_key.is_some()
}

/// Every pending version of the default branch, in a stable order.
#[must_use]
pub fn plan(manifest: &Manifest) -> (Vec<Item>, Vec<Blocked>) {
    let mut items = Vec::new();
    let mut blocked = Vec::new();
    for (name, dataset) in &manifest.datasets {
        // Oldest first: a rollback follows the version it points at.
        for entry in dataset.versions.iter().rev().filter(|e| e.state == State::Pending) {
            match item(manifest, name, dataset, entry) {
                Ok(item) => items.push(item),
                Err(why) => blocked.push(Blocked { dataset: name.clone(), version: entry.version, why }),
            }
        }
    }
    (items, blocked)
}

fn item(manifest: &Manifest, name: &str, dataset: &Dataset, entry: &Entry) -> Result<Item, String> {
    let tree = match &dataset.kind {
        Kind::File => None,
        Kind::Tree => Some(Tree::of(name, dataset, entry)?),
        Kind::Unknown(kind) => return Err(format!("its kind {kind:?} is not known to this version")),
    };
    let size = entry.size.ok_or("its size is not known")?;
    let key = target(name, dataset, entry)?;
    let action = if entry.rollback.is_some() {
        Action::Reference
    } else if let Some(from) = &entry.from {
        Action::Rename { from: renamed_from(manifest, name, from, entry)? }
    } else if let Some(base) = entry.delta {
        let delta = key::staged_delta(&entry.sha256, &base);
        Action::Rebuild { delta, base, bases: bases(name, dataset, entry, &base), from: staged(&dataset.kind, entry) }
    } else {
        Action::Copy { from: staged(&dataset.kind, entry) }
    };
    let kind = dataset.kind.word().to_owned();
    let identity = Identity { dataset: name.to_owned(), version: entry.version, kind, sha256: entry.sha256, size, key };
    Ok(Item { identity, base: entry.base, action, tree })
}

/// What the receipts of other versions of this dataset with those bytes would say: only such a one is a base.
#[must_use]
pub fn bases(name: &str, dataset: &Dataset, entry: &Entry, base: &Digest) -> Vec<Identity> {
    let kind = dataset.kind.word();
    let older = dataset.versions.iter().rev().filter(|old| old.sha256 == *base && old.version < entry.version);
    let held = older.filter(|old| matches!(old.state, State::Pending | State::Published | State::Retired));
    held.filter_map(|old| {
        let (key, size) = (target(name, dataset, old).ok()?, old.size?);
        let (dataset, kind) = (name.to_owned(), kind.to_owned());
        Some(Identity { dataset, version: old.version, kind, sha256: old.sha256, size, key })
    })
    .collect()
}

fn renamed_from(manifest: &Manifest, name: &str, from: &str, entry: &Entry) -> Result<Key, String> {
    let (old, version) = rules::origin(from).ok_or("its `from` is not of the form OLD@vN")?;
    let dataset = manifest.datasets.get(old).ok_or_else(|| format!("{old} is not there"))?;
    let owner = dataset.versions.iter().find(|e| e.version == version).ok_or_else(|| format!("{from} is not there"))?;
    if owner.sha256 != entry.sha256 {
        return Err(format!("{from} has other bytes"));
    }
    // To know a digest is no right to the bytes.
    if dataset.renamed.as_deref() != Some(name) {
        return Err(format!("{old} is not renamed to {name}"));
    }
    if matches!(owner.state, State::Purging | State::Purged) {
        return Err(format!("{from} is {}", owner.state.word()));
    }
    target(old, dataset, owner)
}

/// A publication that was proven: its bytes are in production and are those bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// The first commit of the default branch that contains the entry.
    pub commit: String,
    /// When it became visible.
    pub published: String,
}

/// Facts by (dataset, version, sha256).
pub type Facts = BTreeMap<(String, Version, Digest), Fact>;

/// Writes what was proven into a manifest and says how many entries changed. Applying twice changes nothing more.
pub fn apply(facts: &Facts, manifest: &mut Manifest) -> usize {
    let mut changed = 0;
    for (name, dataset) in &mut manifest.datasets {
        for entry in dataset.versions.iter_mut().filter(|e| e.state == State::Pending) {
            let id = (name.clone(), entry.version, entry.sha256);
            if let Some(fact) = facts.get(&id) {
                entry.state = State::Published;
                entry.commit = Some(fact.commit.clone());
                entry.published = Some(fact.published.clone());
                changed += 1;
            }
        }
    }
    changed
}
