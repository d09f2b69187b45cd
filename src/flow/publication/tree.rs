//! What the publisher has to know of a tree beside its digest: how many files, and who may know where they lie.

use crate::flow::hash::Digest;
use crate::flow::key;
use crate::flow::manifest::rules;
use crate::flow::manifest::types::{Dataset, Entry, State};
use crate::flow::version::Version;

/// A version whose receipt says where its contents lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Earlier {
    /// The dataset.
    pub dataset: String,
    /// The version.
    pub version: Version,
    /// Its digest.
    pub sha256: Digest,
}

/// A tree to be published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    /// The number of its files, as it was reviewed.
    pub files: u64,
    /// Versions whose contents need not come again: the one it was made from first.
    pub earlier: Vec<Earlier>,
}

impl Tree {
    /// What is to be known of an entry; the error says why it can be no tree.
    pub fn of(name: &str, dataset: &Dataset, entry: &Entry) -> Result<Self, String> {
        let files = entry.files.ok_or("the number of its files is not known")?;
        if entry.delta.is_some() {
            return Err("a tree has no delta".to_owned());
        }
        let id = |name: &str, entry: &Entry| Earlier {
            dataset: name.to_owned(),
            version: entry.version,
            sha256: entry.sha256,
        };
        let same = match entry.from.as_deref().and_then(rules::origin) {
            Some((old, version)) => Some((old, version)),
            None => entry.rollback.map(|owner| (name, owner)),
        };
        if let Some((name, version)) = same {
            let earlier = vec![Earlier { dataset: name.to_owned(), version, sha256: entry.sha256 }];
            return Ok(Tree { files, earlier });
        }
        let has_objects =
            |e: &&Entry| matches!(e.state, State::Published | State::Retired) && e.version < entry.version;
        let base = entry.base.and_then(|base| dataset.entry(base)).filter(has_objects);
        let latest = dataset.versions.iter().filter(has_objects).max_by_key(|e| e.version);
        let mut earlier: Vec<Earlier> = base.map(|e| id(name, e)).into_iter().collect();
        earlier.extend(latest.filter(|latest| Some(latest.version) != base.map(|e| e.version)).map(|e| id(name, e)));
        Ok(Tree { files, earlier })
    }
}

impl Earlier {
    /// Where its receipt lies.
    #[must_use]
    pub fn receipt(&self) -> key::Key {
        key::receipt(&self.dataset, self.version, &self.sha256)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::manifest::types::Kind;

    fn entry(n: u64, state: State) -> Entry {
        let stamp = "2026-11-21T10:00:00Z".to_owned();
        let mut entry = Entry::pending(Version(n), Digest::of(&[n as u8]), 1, stamp, "m".to_owned());
        (entry.state, entry.files) = (state, Some(1));
        entry
    }

    fn earlier(base: Option<u64>, states: &[State]) -> Vec<u64> {
        let mut new = entry(9, State::Pending);
        new.base = base.map(Version);
        let old = states.iter().zip(1..).map(|(state, n)| entry(n, state.clone()));
        let versions = std::iter::once(new.clone()).chain(old).collect();
        let dataset = Dataset { kind: Kind::Tree, versions, ..Dataset::default() };
        Tree::of("a", &dataset, &new).unwrap().earlier.iter().map(|earlier| earlier.version.0).collect()
    }

    #[test]
    fn contents_are_looked_for_where_the_base_and_the_latest_have_them() {
        use State::{Pending, Published, Purged, Retired};
        assert_eq!(earlier(None, &[]), [0; 0]);
        assert_eq!(earlier(Some(1), &[Published]), [1]);
        assert_eq!(earlier(Some(1), &[Retired, Published]), [1, 2]);
        assert_eq!(earlier(Some(2), &[Published, Pending]), [1]);
        assert_eq!(earlier(Some(1), &[Purged, Purged]), [0; 0]);
    }
}
