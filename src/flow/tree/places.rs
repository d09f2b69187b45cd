//! Where the contents of a tree's files lie: an object of its own, or a range of a shard.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::pack;
use crate::error::{Error, Result};
use crate::flow::hash::Digest;
use crate::flow::key::Key;

const MOST: usize = 20_000_000;

/// Where one content lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The object.
    pub key: Arc<str>,
    /// (offset, length) in it; `None` if it is all of it.
    pub range: Option<(u64, u64)>,
}

impl Place {
    /// The object as a key.
    #[must_use]
    pub fn object(&self) -> Key {
        Key::new(&*self.key)
    }
}

/// Places by digest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    by_digest: BTreeMap<Digest, Place>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire<'a> {
    #[serde(borrow)]
    sha256: Cow<'a, str>,
    #[serde(borrow)]
    key: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    offset: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    length: Option<u64>,
}

impl Places {
    /// Where that content lies.
    #[must_use]
    pub fn get(&self, digest: &Digest) -> Option<&Place> {
        self.by_digest.get(digest)
    }

    /// Notes where a content lies; the first word counts.
    pub fn add(&mut self, digest: Digest, place: Place) {
        self.by_digest.entry(digest).or_insert(place);
    }

    /// Forgets those that `which` says.
    pub fn forget(&mut self, which: &dyn Fn(&Digest, &Place) -> bool) {
        self.by_digest.retain(|digest, place| !which(digest, place));
    }

    /// All of them, by digest.
    pub fn iter(&self) -> impl Iterator<Item = (&Digest, &Place)> {
        self.by_digest.iter()
    }

    /// How many contents it knows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_digest.len()
    }

    /// Whether it knows none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_digest.is_empty()
    }

    /// The objects that are named, each once.
    #[must_use]
    pub fn objects(&self) -> HashSet<Arc<str>> {
        self.by_digest.values().map(|place| Arc::clone(&place.key)).collect()
    }

    /// The lines.
    #[must_use]
    pub fn print(&self) -> Vec<u8> {
        let mut text = Vec::with_capacity(self.by_digest.len() * 200);
        for (digest, place) in &self.by_digest {
            line(&mut text, digest, place);
        }
        text
    }

    /// The lines as they are stored.
    #[must_use]
    pub fn pack(&self) -> Vec<u8> {
        pack::pack(&self.print())
    }

    /// Reads stored lines, spelled in the one way there is. What they say is to be verified by whoever uses it.
    pub fn unpack(packed: &[u8]) -> Result<Self> {
        let bad = |why: &str| Error::integrity(format!("this list of places cannot be read: {why}"));
        let mut places = Places::default();
        let (mut known, mut again): (HashSet<Arc<str>>, _) = (HashSet::new(), Vec::new());
        let mut last: Option<Digest> = None;
        pack::lines("this list of places", packed, |text| {
            let wire: Wire<'_> = serde_json::from_slice(text).map_err(|e| bad(&e.to_string()))?;
            let digest = Digest::from_hex(&wire.sha256).ok_or_else(|| bad("a digest is none"))?;
            let range = match (wire.offset, wire.length) {
                (None, None) => None,
                (Some(offset), Some(length)) if offset.checked_add(length).is_some() => Some((offset, length)),
                _ => return Err(bad("a range is none")),
            };
            let key = match known.get(&*wire.key) {
                Some(key) => Arc::clone(key),
                None => Arc::from(&*wire.key),
            };
            if range.is_some() {
                known.insert(Arc::clone(&key));
            }
            let place = Place { key, range };
            again.clear();
            line(&mut again, &digest, &place);
            if again.strip_suffix(b"\n") != Some(text) {
                return Err(bad("a line is not spelled as it has to be"));
            }
            if last.is_some_and(|last| last >= digest) || places.by_digest.len() == MOST {
                return Err(bad("a line is out of order, or there are too many"));
            }
            last = Some(digest);
            places.by_digest.insert(digest, place);
            Ok(())
        })?;
        Ok(places)
    }
}

fn line(text: &mut Vec<u8>, digest: &Digest, place: &Place) {
    let (offset, length) = place.range.unzip();
    let wire = Wire { sha256: Cow::Owned(digest.hex()), key: Cow::Borrowed(&place.key), offset, length };
    serde_json::to_writer(&mut *text, &wire).expect("memory takes every line");
    text.push(b'\n');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_bytes_are_those_of_the_format_page() {
        let mut places = Places::default();
        let (a, b) = (Digest::of(b"a"), Digest::of(b"b"));
        places.add(a, Place { key: "maps/v1-0123456789abcdef/files/a".into(), range: None });
        places.add(b, Place { key: "maps/v1-0123456789abcdef/shards/x.tar".into(), range: Some((512, 1)) });
        places.add(b, Place { key: "other".into(), range: None });
        let text = format!(
            "{{\"sha256\":\"{b}\",\"key\":\"maps/v1-0123456789abcdef/shards/x.tar\",\"offset\":512,\"length\":1}}\n\
             {{\"sha256\":\"{a}\",\"key\":\"maps/v1-0123456789abcdef/files/a\"}}\n"
        );
        assert_eq!(places.pack(), pack::pack(text.as_bytes()));
        assert_eq!(Places::unpack(&places.pack()).unwrap(), places);
        assert_eq!(places.objects().len(), 2);
    }

    #[test]
    fn a_list_that_is_not_spelled_in_the_one_way_is_refused() {
        let hex = Digest::of(b"a").hex();
        let good = format!("{{\"sha256\":\"{hex}\",\"key\":\"k\",\"offset\":0,\"length\":5}}\n");
        assert!(Places::unpack(&pack::pack(good.as_bytes())).is_ok());
        let most = u64::MAX.to_string();
        for bad in [
            good.replace(",\"length\":5", ""),
            good.replace(":0,", &format!(":{most},")),
            good.replace(":5", ":5.0"),
            good.replace("\"k\"", "\"\\u006b\""),
            good.replace(&hex[..2], "zz"),
            format!("{good}{good}"),
        ] {
            assert!(Places::unpack(&pack::pack(bad.as_bytes())).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn what_was_packed_is_read_again(
            all in proptest::collection::vec((any::<[u8; 32]>(), "[a-z/\"\u{e9}]{1,20}", any::<Option<(u32, u32)>>()), 0..40),
        ) {
            let mut places = Places::default();
            for (digest, key, range) in all {
                let range = range.map(|(offset, length)| (u64::from(offset), u64::from(length)));
                places.add(Digest::from_bytes(digest), Place { key: key.into(), range });
            }
            prop_assert_eq!(Places::unpack(&places.pack()).unwrap(), places);
        }
    }
}
