//! Which contents of a tree travel alone and which together.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::listing::{Item, Listing};
use super::path;
use super::places::{Place, Places};
use super::shard::{self, Member};
use crate::error::{Error, Result};
use crate::flow::hash::Digest;

/// When files travel in shards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Files of fewer bytes are small.
    pub below: u64,
    /// Trees with more small files than this put them together.
    pub over: u64,
}

impl Default for Rule {
    fn default() -> Self {
        Rule { below: 64 << 10, over: 1_000 }
    }
}

impl Rule {
    /// Each file is an object of its own, but for those whose key no store takes.
    pub const NEVER: Rule = Rule { below: 0, over: 0 };
}

/// How the contents of a tree travel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shelves {
    /// Alone: each content once, with its first path.
    pub singles: Vec<Member>,
    /// Together: each in the order of its paths.
    pub shards: Vec<Vec<Member>>,
}

/// Every content of the listing once, with its first path, in the order of paths; without those that `skip` says.
#[must_use]
pub fn contents(listing: &Listing, skip: &dyn Fn(&Digest) -> bool) -> Vec<Member> {
    let mut seen = HashSet::new();
    let new = |item: &Item| {
        let (sha256, size) = item.content()?;
        (!skip(&sha256) && seen.insert(sha256)).then(|| Member { path: item.path.clone(), size, sha256 })
    };
    listing.items().iter().filter_map(new).collect()
}

/// Shelves the contents that `skip` does not say. `room` is what a key leaves for a path.
#[must_use]
pub fn shelve(listing: &Listing, rule: Rule, room: usize, skip: &dyn Fn(&Digest) -> bool) -> Shelves {
    let small = listing.items().iter().filter_map(Item::content).filter(|(_, size)| *size < rule.below).count();
    let together = small as u64 > rule.over;
    let mut shelves = Shelves::default();
    let (mut shard, mut bytes) = (Vec::new(), shard::END.len() as u64);
    for member in contents(listing, skip) {
        if path::fits_key(&member.path, room) && !(together && member.size < rule.below) {
            shelves.singles.push(member);
            continue;
        }
        let span = shard::span(&member);
        if !shard.is_empty() && bytes + span > shard::MOST {
            shelves.shards.push(std::mem::take(&mut shard));
            bytes = shard::END.len() as u64;
        }
        bytes += span;
        shard.push(member);
    }
    if !shard.is_empty() {
        shelves.shards.push(shard);
    }
    shelves
}

/// Shards of which this listing needs less than half: what it needs of them travels again, so that they can go one day.
/// `size` gives the bytes of a shard.
pub fn worn(
    listing: &Listing,
    places: &Places,
    mut size: impl FnMut(&Arc<str>) -> Result<Option<u64>>,
) -> Result<HashSet<Arc<str>>> {
    let mut live: HashMap<Arc<str>, u64> = HashMap::new();
    for member in contents(listing, &|_| false) {
        if let Some(Place { key, range: Some(_) }) = places.get(&member.sha256) {
            *live.entry(Arc::clone(key)).or_default() += shard::span(&member);
        }
    }
    let mut worn = HashSet::new();
    for (key, live) in live {
        if size(&key)?.is_some_and(|size| live.saturating_mul(2) < size) {
            worn.insert(key);
        }
    }
    Ok(worn)
}

/// What the places of a staged tree say, checked against its listing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Staged {
    /// Contents that are staged as objects of their own.
    pub singles: Vec<Member>,
    /// Shards by their digest, with what has to be in each.
    pub shards: Vec<(Digest, Vec<Member>)>,
}

/// Finds the contents that production lacks among the staged places. These are hints of an author: an object is named
/// by its own digest, and a shard must have the layout that follows from what is said to be in it.
pub fn staged(listing: &Listing, hints: &Places, skip: &dyn Fn(&Digest) -> bool) -> Result<Staged> {
    let mut staged = Staged::default();
    let mut shards: BTreeMap<Digest, Vec<(u64, Member)>> = BTreeMap::new();
    for member in contents(listing, skip) {
        let lost = || Error::store(format!("the content of {:?} is not in staging", member.path));
        let place = hints.get(&member.sha256).ok_or_else(lost)?;
        match (Digest::from_hex(&place.key), place.range) {
            (Some(object), None) if object == member.sha256 => staged.singles.push(member),
            (Some(object), Some((_, length))) if length == member.size => drop(shards.entry(object).or_default()),
            _ => return Err(lost()),
        }
    }
    // All that a shard is said to hold belongs to its layout, also what production has meanwhile.
    let all: HashMap<Digest, Member> =
        contents(listing, &|_| false).into_iter().map(|member| (member.sha256, member)).collect();
    for (digest, place) in hints.iter() {
        let Some((offset, _)) = place.range else { continue };
        let Some(members) = Digest::from_hex(&place.key).and_then(|object| shards.get_mut(&object)) else { continue };
        let member = all.get(digest).ok_or_else(|| misplaced(&place.key))?;
        members.push((offset, member.clone()));
    }
    for (object, mut members) in shards {
        members.sort_by(|one, two| one.1.path.as_bytes().cmp(two.1.path.as_bytes()));
        let (offsets, members): (Vec<u64>, Vec<Member>) = members.into_iter().unzip();
        if shard::layout(&members).0 != offsets {
            return Err(misplaced(&object.hex()));
        }
        staged.shards.push((object, members));
    }
    Ok(staged)
}

fn misplaced(object: &str) -> Error {
    Error::integrity(format!("the staged shard {object} has not the layout that follows from what is said to be in it"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::tree::What;

    fn item(path: &str, content: &[u8]) -> Item {
        let what = What::File { executable: false, size: content.len() as u64, sha256: Digest::of(content) };
        Item { path: path.into(), what }
    }

    fn listing(files: &[(&str, &[u8])]) -> Listing {
        Listing::of(files.iter().map(|(path, content)| item(path, content)).collect()).unwrap()
    }

    fn paths(members: &[Member]) -> Vec<&str> {
        members.iter().map(|member| &*member.path).collect()
    }

    /// As whoever prepares writes them.
    fn hints(shelves: &Shelves, shards: &[Digest]) -> Places {
        let mut places = Places::default();
        for single in &shelves.singles {
            places.add(single.sha256, Place { key: single.sha256.hex().into(), range: None });
        }
        for (object, members) in shards.iter().zip(&shelves.shards) {
            for (offset, member) in shard::layout(members).0.into_iter().zip(members) {
                places.add(member.sha256, Place { key: object.hex().into(), range: Some((offset, member.size)) });
            }
        }
        places
    }

    const ALL: &[(&str, &[u8])] = &[("a", b"1"), ("b", b"22"), ("c", b"1"), ("d/e", b"333333")];

    #[test]
    fn small_files_travel_together_where_there_are_many() {
        let listing = listing(ALL);
        let rule = Rule { below: 6, over: 2 };
        let shelves = shelve(&listing, rule, 900, &|_| false);
        assert_eq!(paths(&shelves.singles), ["d/e"]);
        assert_eq!(paths(&shelves.shards[0]), ["a", "b"], "each content once");
        assert_eq!(shelve(&listing, Rule { over: 3, ..rule }, 900, &|_| false).shards.len(), 0);
        let known = Digest::of(b"22");
        assert_eq!(paths(&shelve(&listing, rule, 900, &|digest| *digest == known).shards[0]), ["a"]);
        let never = shelve(&listing, Rule::NEVER, 2, &|_| false);
        assert_eq!((paths(&never.singles), paths(&never.shards[0])), (vec!["a", "b"], vec!["d/e"]));
    }

    #[test]
    fn a_shard_is_never_too_large_unless_it_has_one_member() {
        let what = |n: u8| What::File { executable: false, size: 30 << 20, sha256: Digest::of(&[n]) };
        let mut items: Vec<Item> = (0..5).map(|n| Item { path: format!("{n}\\").into(), what: what(n) }).collect();
        let huge = What::File { executable: false, size: 100 << 20, sha256: Digest::of(b"huge") };
        items.push(Item { path: "9\\".into(), what: huge });
        let shelves = shelve(&Listing::of(items).unwrap(), Rule::default(), 900, &|_| false);
        let sizes: Vec<u64> = shelves.shards.iter().map(|members| shard::layout(members).1).collect();
        assert_eq!(shelves.shards.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 1, 1]);
        assert!(sizes[..3].iter().all(|size| *size <= shard::MOST));
    }

    #[test]
    fn a_shard_is_worn_once_less_than_half_of_it_is_needed() {
        let shelves = shelve(&listing(ALL), Rule { below: 6, over: 2 }, 900, &|_| false);
        let places = hints(&shelves, &[Digest::of(b"shard")]);
        let size = shard::layout(&shelves.shards[0]).1;
        let worn = |files: &[(&str, &[u8])], size| super::worn(&listing(files), &places, |_| Ok(size)).unwrap().len();
        assert_eq!(size, 3 * 1024);
        assert_eq!(worn(ALL, Some(size)), 0);
        assert_eq!(worn(&ALL[..1], Some(size)), 1, "one of two, and the end");
        assert_eq!(worn(&ALL[..1], Some(2 * 1024)), 0);
        assert_eq!(worn(&ALL[3..], Some(size)), 0, "an object of its own");
        assert_eq!(worn(&ALL[..1], None), 0, "one that nobody can see");
    }

    #[test]
    fn hints_are_believed_only_if_they_follow_from_the_listing() {
        let listing = listing(ALL);
        let shelves = shelve(&listing, Rule { below: 6, over: 2 }, 900, &|_| false);
        let object = Digest::of(b"shard");
        let good = hints(&shelves, &[object]);
        let found = staged(&listing, &good, &|_| false).unwrap();
        assert_eq!(
            found,
            Staged { singles: shelves.singles.clone(), shards: vec![(object, shelves.shards[0].clone())] }
        );
        // What production has meanwhile still belongs to its shard.
        let known = Digest::of(b"1");
        assert_eq!(staged(&listing, &good, &|digest| *digest == known).unwrap().shards, found.shards);
        assert!(
            staged(&listing, &good, &|digest| [known, Digest::of(b"22")].contains(digest)).unwrap().shards.is_empty()
        );
        let other = |digest: &[u8], key: &str, range| {
            let mut places = Places::default();
            places.add(Digest::of(digest), Place { key: key.into(), range });
            good.iter().for_each(|(digest, place)| places.add(*digest, place.clone()));
            staged(&listing, &places, &|_| false)
        };
        let hex = object.hex();
        assert!(other(b"1", &hex, Some((512, 1))).is_ok());
        assert!(other(b"1", &hex, Some((0, 1))).is_err(), "elsewhere");
        assert!(other(b"1", &hex, Some((512, 2))).is_err(), "longer");
        assert!(other(b"333333", &Digest::of(b"x").hex(), None).is_err(), "another object");
        assert!(other(b"333333", "../../production", None).is_err(), "no digest");
        assert!(other(b"foreign", &hex, Some((4096, 7))).is_err(), "what is in no listing");
        assert!(staged(&listing, &Places::default(), &|_| false).is_err(), "nothing");
        assert_eq!(staged(&listing, &Places::default(), &|_| true).unwrap(), Staged::default());
    }
}
