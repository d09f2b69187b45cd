//! How the contents that are missing are fetched: alone, as ranges of a shard, or with the whole shard.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::places::Places;
use super::shard;
use crate::flow::hash::Digest;
use crate::flow::key::Key;

/// Ranges that lie closer together are fetched in one.
const GAP: u64 = 32 << 10;
/// No request for ranges is for more, unless for one content.
const MOST: u64 = 4 << 20;

/// A content and where it begins in what is fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Of the content.
    pub sha256: Digest,
    /// Where it begins.
    pub offset: u64,
    /// Bytes.
    pub length: u64,
}

/// One thing to ask a bucket for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// An object that is one content.
    Single {
        /// The object.
        key: Key,
        /// Of the content.
        sha256: Digest,
        /// Bytes.
        size: u64,
    },
    /// A range of a shard, with the contents in it; their offsets are from its beginning.
    Range {
        /// The object.
        key: Key,
        /// Where the range begins.
        offset: u64,
        /// Bytes.
        length: u64,
        /// The contents.
        parts: Vec<Part>,
    },
    /// A shard of which most is wanted.
    Shard {
        /// The object.
        key: Key,
        /// Its digest, which its name says.
        sha256: Digest,
        /// The contents that are wanted.
        parts: Vec<Part>,
    },
}

/// What to ask for, and the contents of which nobody says where they lie.
#[must_use]
pub fn asks(wanted: &BTreeMap<Digest, u64>, places: &Places) -> (Vec<Ask>, Vec<Digest>) {
    let (mut asks, mut lost) = (Vec::new(), Vec::new());
    let mut shards: BTreeMap<Arc<str>, Vec<Part>> = BTreeMap::new();
    for (sha256, size) in wanted {
        match places.get(sha256) {
            Some(place) => match place.range {
                None => asks.push(Ask::Single { key: place.object(), sha256: *sha256, size: *size }),
                Some((offset, length)) if length == *size => {
                    shards.entry(Arc::clone(&place.key)).or_default().push(Part { sha256: *sha256, offset, length });
                }
                Some(_) => lost.push(*sha256),
            },
            None => lost.push(*sha256),
        }
    }
    let mut all: BTreeMap<&str, u64> = BTreeMap::new();
    for (_, place) in places.iter() {
        if let Some((_, length)) = place.range {
            let sum = all.entry(&place.key).or_default();
            *sum = sum.saturating_add(length);
        }
    }
    for (key, mut parts) in shards {
        parts.sort_by_key(|part| part.offset);
        let wanted = parts.iter().fold(0_u64, |sum, part| sum.saturating_add(part.length));
        let whole = wanted.saturating_mul(2) >= all.get(&*key).copied().unwrap_or(0);
        match digest_of(&key) {
            Some(sha256) if whole => asks.push(Ask::Shard { key: Key::new(&*key), sha256, parts }),
            _ => ranges(&Key::new(&*key), parts, &mut asks),
        }
    }
    (asks, lost)
}

/// The digest that a shard's key names: `<sha256>` in staging, `…/shards/<sha256>.tar` in production.
fn digest_of(key: &str) -> Option<Digest> {
    let name = key.rsplit('/').next().unwrap_or(key);
    Digest::from_hex(name.strip_suffix(".tar").unwrap_or(name))
}

fn ranges(key: &Key, parts: Vec<Part>, asks: &mut Vec<Ask>) {
    let mut group: Vec<Part> = Vec::new();
    let mut end = 0;
    for part in parts {
        let start = group.first().map_or(part.offset, |first| first.offset);
        let (ends, reach) = (part.offset.saturating_add(part.length), end + GAP);
        if !group.is_empty() && (part.offset > reach || ends - start > MOST) {
            asks.push(range(key, std::mem::take(&mut group), end));
        }
        end = if group.is_empty() { ends } else { end.max(ends) };
        group.push(part);
    }
    if !group.is_empty() {
        asks.push(range(key, group, end));
    }
}

fn range(key: &Key, mut parts: Vec<Part>, end: u64) -> Ask {
    let offset = parts.first().map_or(0, |first| first.offset);
    parts.iter_mut().for_each(|part| part.offset -= offset);
    Ask::Range { key: key.clone(), offset, length: end - offset, parts }
}

/// The longest shard that is fetched whole.
pub const LONGEST_SHARD: u64 = 4 * shard::MOST;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::flow::tree::Place;

    fn digest(n: u64) -> Digest {
        Digest::of(&n.to_le_bytes())
    }

    fn places(key: &str, lengths: &[u64]) -> Places {
        let (mut places, mut at) = (Places::default(), 0);
        for (n, length) in lengths.iter().enumerate() {
            at += 512;
            places.add(digest(n as u64), Place { key: key.into(), range: Some((at, *length)) });
            at += length.next_multiple_of(512);
        }
        places
    }

    #[test]
    fn a_shard_is_fetched_whole_when_most_of_it_is_wanted() {
        let name = digest(99);
        let key = format!("maps/v1-0123456789abcdef/shards/{name}.tar");
        let places = places(&key, &[1000; 10]);
        let want = |numbers: &[u64]| numbers.iter().map(|n| (digest(*n), 1000)).collect::<BTreeMap<_, _>>();
        let (found, lost) = asks(&want(&[0, 1, 2, 3, 9]), &places);
        assert!(matches!(&found[..], [Ask::Shard { sha256, parts, .. }] if *sha256 == name && parts.len() == 5));
        assert!(lost.is_empty());
        let (found, _) = asks(&want(&[4, 5]), &places);
        let [Ask::Range { offset, length, parts, .. }] = &found[..] else { panic!("{found:?}") };
        assert_eq!((*offset, *length), (4 * 1536 + 512, 2536));
        assert_eq!(parts.iter().map(|part| part.offset).collect::<Vec<_>>(), [0, 1536]);
        let (found, lost) = asks(&BTreeMap::from([(digest(3), 999), (digest(50), 1)]), &places);
        assert_eq!((found.len(), lost.len()), (0, 2), "another length, and what nobody knows");
    }

    #[test]
    fn ranges_that_lie_far_apart_are_fetched_alone() {
        let places = places("odd", &[10, 100_000, 10, 5 << 20, 10]);
        let want = BTreeMap::from([(digest(0), 10), (digest(2), 10)]);
        assert_eq!(asks(&want, &places).0.len(), 2);
        let all: BTreeMap<_, _> =
            [10, 100_000, 10, 5 << 20, 10].iter().enumerate().map(|(n, l)| (digest(n as u64), *l)).collect();
        assert_eq!(asks(&all, &places).0.len(), 3, "a name that is no digest is no whole shard");
    }

    proptest! {
        #[test]
        fn each_content_is_asked_for_once_and_lies_in_what_is_fetched(
            lengths in proptest::collection::vec(0_u64..100_000, 1..40), picks in any::<u64>(),
        ) {
            let places = places("odd", &lengths);
            let wanted: BTreeMap<Digest, u64> = lengths.iter().enumerate().filter(|(n, _)| picks >> n & 1 == 1).map(|(n, l)| (digest(n as u64), *l)).collect();
            let (asks, lost) = asks(&wanted, &places);
            prop_assert!(lost.is_empty());
            let mut seen = Vec::new();
            for ask in asks {
                let Ask::Range { offset, length, parts, .. } = ask else { panic!("a single") };
                for part in parts {
                    let place = places.get(&part.sha256).unwrap();
                    prop_assert_eq!(place.range, Some((offset + part.offset, part.length)));
                    prop_assert!(part.offset + part.length <= length);
                    seen.push(part.sha256);
                }
            }
            seen.sort_unstable();
            prop_assert_eq!(seen, wanted.into_keys().collect::<Vec<_>>());
        }
    }
}
