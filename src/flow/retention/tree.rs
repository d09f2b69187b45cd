//! What goes with a tree: each of its objects that no other tree needs, then its places, then its listing.

use std::collections::{BTreeMap, HashSet};

use super::{At, Unneeded};
use crate::flow::hash::Digest;
use crate::flow::key::{self, Key};
use crate::flow::manifest::types::{Dataset, Entry, Kind, Manifest, State};
use crate::flow::reference::References;

/// An object that holds contents of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Where it lies in production.
    pub key: Key,
    /// The contents that are known to be in it.
    pub contents: Vec<Digest>,
}

/// What marked trees are made of, as their places say. The list of places itself is the last part, with no content.
#[derive(Clone, Debug, Default)]
pub struct Objects {
    parts: BTreeMap<At, Vec<Part>>,
}

impl Objects {
    /// Notes what a tree is made of.
    pub fn add(&mut self, at: At, parts: Vec<Part>) {
        self.parts.insert(at, parts);
    }

    /// Why a tree stays: what it is made of could not be read.
    pub(super) fn missing(&self, at: &At, dataset: &Dataset) -> Option<String> {
        let missing = dataset.kind == Kind::Tree && !self.parts.contains_key(at);
        missing.then(|| "where its files lie could not be read".to_owned())
    }
}

/// The contents of all trees on the tip that are neither marked nor gone. The references say the same; deleting asks twice.
pub(super) struct Held {
    contents: HashSet<Digest>,
    /// A tree whose listing was not read holds everything.
    everything: bool,
}

impl Held {
    pub(super) fn by(references: &References) -> Self {
        let mut held = Held { contents: HashSet::new(), everything: false };
        for entry in alive(references.tip()) {
            match references.tree(&entry.sha256) {
                Some(tree) => held.contents.extend(&tree.files),
                None => held.everything = true,
            }
        }
        held
    }

    fn any(&self, contents: &[Digest]) -> bool {
        contents.iter().any(|content| self.everything || self.contents.contains(content))
    }
}

impl Objects {
    /// What may be deleted of a tree that nothing needs, in the order in which it has to go: while its listing is there,
    /// the rest is found again.
    pub(super) fn unneeded(
        &self,
        references: &References,
        held: &Held,
        at: &At,
        entry: &Entry,
        listing: Key,
    ) -> Vec<Unneeded> {
        let parts = self.parts.get(at).map(Vec::as_slice).unwrap_or_default();
        let own = |key: &Key| key.as_str().starts_with(key::OWN);
        let free = |part: &&Part| {
            !own(&part.key) && references.holding(&part.key, &part.contents).is_empty() && !held.any(&part.contents)
        };
        let one = |key: Key, size| Unneeded { key, size, entries: vec![at.clone()] };
        let parts = parts.iter().filter(free).map(|part| one(part.key.clone(), None));
        parts.chain([one(listing, entry.size)]).collect()
    }
}

fn alive(tip: &Manifest) -> impl Iterator<Item = &Entry> {
    let trees = tip.datasets.values().filter(|dataset| dataset.kind == Kind::Tree);
    let alive =
        |entry: &&Entry| matches!(entry.state, State::Pending | State::Published | State::Retired | State::Unknown(_));
    trees.flat_map(move |dataset| dataset.versions.iter().filter(alive))
}

#[cfg(test)]
mod tests {
    use super::super::{delete_plan, mark, record};
    use super::*;
    use crate::flow::reference::sample::*;
    use crate::flow::reference::{Contents, Count, Receipts, Trees};
    use crate::flow::version::Version;

    /// v1 with the contents a and b is retired; v2 with b and c is published.
    fn grove(first: Entry) -> (Manifest, Objects) {
        let mut tip = Manifest::default();
        put(&mut tip, "maps", vec![first, version(2, State::Published, "two")]);
        tip.datasets.get_mut("maps").expect("it was put").kind = Kind::Tree;
        for entry in &mut tip.datasets.get_mut("maps").expect("it was put").versions {
            entry.files = Some(2);
        }
        let part = |key: &str, contents: &[&str]| Part {
            key: Key::new(key),
            contents: contents.iter().map(|content| digest(content)).collect(),
        };
        let mut objects = Objects::default();
        let parts = vec![
            part("maps/v1-x/files/a", &["a"]),
            part("maps/v1-x/shards/s.tar", &["b", "z"]),
            part("maps/v1-x/shards/t.tar", &["y", "z"]),
            part(".git-data/published/maps/v2.json", &["y"]),
            part("maps/v1.where", &[]),
        ];
        objects.add(At { dataset: "maps".to_owned(), version: Version(1) }, parts);
        (tip, objects)
    }

    fn count(tip: &Manifest, known: &[(&str, &[&str])]) -> References {
        let contents =
            |names: &[&str]| Contents { files: names.iter().map(|name| digest(name)).collect(), shards: Vec::new() };
        let trees: Trees = known.iter().map(|(listing, files)| (digest(listing), contents(files))).collect();
        Count::of(MAIN, found(tip), Receipts::new(), trees, GRACE).finish().unwrap()
    }

    fn keys(all: &[Unneeded]) -> Vec<&str> {
        all.iter().map(|one| one.key.as_str()).collect()
    }

    const TWO: (&str, &[&str]) = ("two", &["b", "c"]);

    #[test]
    fn a_tree_goes_without_what_another_version_needs_and_its_listing_goes_last() {
        let (tip, objects) = grove(purging(1, "one"));
        let listing = key::tree("maps", Version(1), &digest("one"));
        let plan = delete_plan(&count(&tip, &[TWO]), &objects);
        assert_eq!(
            keys(&plan.deletions),
            ["maps/v1-x/files/a", "maps/v1-x/shards/t.tar", "maps/v1.where", listing.as_str()]
        );
        assert_eq!(plan.kept, []);
        let mut after = tip.clone();
        let gone = std::collections::BTreeSet::from([listing]);
        assert_eq!(record(&mut after, &gone, NOW).len(), 1);
        assert_eq!(record(&mut tip.clone(), &std::collections::BTreeSet::new(), NOW), []);
    }

    #[test]
    fn a_tree_whose_places_were_not_read_stays_whole() {
        let (tip, _) = grove(purging(1, "one"));
        let plan = delete_plan(&count(&tip, &[TWO]), &Objects::default());
        assert_eq!(plan.deletions, []);
        assert_eq!(plan.kept[0].why.as_deref(), Some("where its files lie could not be read"));
    }

    #[test]
    fn a_pending_version_keeps_the_places_of_the_one_it_was_made_from() {
        let (mut tip, _) = grove(retired(1, "one", 99));
        assert_eq!(mark(&count(&tip, &[TWO])).marked.len(), 1);
        let mut next = version(3, State::Pending, "three");
        (next.base, next.supersedes, next.files) = (Some(Version(1)), Some(Version(2)), Some(1));
        tip.datasets.get_mut("maps").unwrap().versions.insert(0, next);
        let marks = mark(&count(&tip, &[TWO, ("three", &["q"])]));
        assert_eq!((marks.marked.len(), marks.kept.len()), (0, 1));
    }
}
