//! Reading `manifest.json`: quick, strict about our members, keeping those of later programs.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use super::json::Members;
use super::legacy;
use super::pieces;
use super::seen::{At, Seen};
use super::types::{Dataset, Entry, FORMAT, Manifest};
use super::value::{Count, Size};
use crate::error::{Error, Result};
use crate::flow::hash::Digest;
use crate::flow::version::Version;

/// Reads a manifest of format 1, or datamanager's legacy array.
pub fn parse(bytes: &[u8]) -> Result<Manifest> {
    let text = text(bytes)?;
    if legacy::is_legacy(bytes) {
        return legacy::read(bytes);
    }
    if let Some(manifest) = pieces::read(text) {
        return Ok(manifest);
    }
    let at = At::default();
    let mut from = serde_json::Deserializer::from_str(text);
    let read = Root { at: &at }.deserialize(&mut from).and_then(|manifest| from.end().map(|()| manifest));
    // A later format may look quite different: that is the first thing to say.
    read.map_err(|error| later_format(text).unwrap_or_else(|| at.error(&error)))
}

/// The text without a byte order mark. CRLF needs no care: to JSON it is white space.
pub(super) fn text(bytes: &[u8]) -> Result<&str> {
    let text = std::str::from_utf8(bytes).map_err(|e| {
        let line = bytes[..e.valid_up_to()].iter().filter(|b| **b == b'\n').count() + 1;
        Error::user(format!("manifest.json, line {line}: not UTF-8")).because(e)
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

fn later_format(text: &str) -> Option<Error> {
    let Members(members) = serde_json::from_str(text).ok()?;
    let format = members.into_iter().find(|(name, _)| name.0 == "format")?.1.get();
    let number = format.bytes().all(|b| b.is_ascii_digit()) && format != FORMAT.to_string();
    number.then(|| {
        Error::user(format!("manifest.json has format {format}; this git data reads format {FORMAT}"))
            .hint("a newer git data is needed: cargo install git-data")
    })
}

/// A seed that reads one object with a visitor of the same name.
macro_rules! object {
    ($seed:ident, $value:ty, $method:ident) => {
        pub(super) struct $seed<'a> {
            pub(super) at: &'a At,
        }
        impl<'de> DeserializeSeed<'de> for $seed<'_> {
            type Value = $value;
            fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<$value, D::Error> {
                from.$method(self)
            }
        }
    };
}

object!(Root, Manifest, deserialize_map);
object!(Datasets, BTreeMap<String, Dataset>, deserialize_map);
object!(OneDataset, Dataset, deserialize_map);
object!(Versions, Vec<Entry>, deserialize_seq);

/// Reads one entry to the end of the list. Not as a value: moving so large a thing about takes longer than filling it.
struct OneEntry<'a> {
    at: &'a At,
    list: &'a mut Vec<Entry>,
}

impl<'de> DeserializeSeed<'de> for OneEntry<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Root<'_> {
    type Value = Manifest;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Manifest, A::Error> {
        let mut manifest = Manifest::default();
        let mut seen = Seen::new(self.at, &["format", "datasets"]);
        while let Some(member) = seen.next(&mut map)? {
            if member == "datasets" {
                manifest.datasets = map.next_value_seed(Datasets { at: self.at })?;
            } else if map.next_value::<u64>()? != FORMAT {
                return Err(A::Error::custom(format_args!("is not {FORMAT}")));
            }
        }
        manifest.extra = seen.end(&["format", "datasets"])?;
        Ok(manifest)
    }
}

impl<'de> Visitor<'de> for Datasets<'_> {
    type Value = BTreeMap<String, Dataset>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of datasets")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut datasets = BTreeMap::new();
        self.at.member.set(None);
        while let Some(name) = map.next_key::<String>()? {
            self.at.enter(&name);
            let dataset = map.next_value_seed(OneDataset { at: self.at })?;
            if datasets.insert(name, dataset).is_some() {
                return Err(A::Error::custom("the dataset is there twice"));
            }
            self.at.leave();
        }
        Ok(datasets)
    }
}

impl<'de> Visitor<'de> for OneDataset<'_> {
    type Value = Dataset;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a dataset")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Dataset, A::Error> {
        let mut dataset = Dataset::default();
        let mut seen = Seen::new(self.at, &Dataset::MEMBERS);
        while let Some(member) = seen.next(&mut map)? {
            match member {
                "kind" => dataset.kind = map.next_value()?,
                "path" => dataset.path = Some(map.next_value()?),
                "description" => dataset.description = Some(map.next_value()?),
                "keys" => dataset.keys = Some(map.next_value()?),
                "checks" => dataset.checks = Some(map.next_value()?),
                "redact" => dataset.redact = Some(map.next_value()?),
                "preview" => dataset.preview = Some(map.next_value()?),
                "renamed" => dataset.renamed = Some(map.next_value()?),
                _ => dataset.versions = map.next_value_seed(Versions { at: self.at })?,
            }
        }
        dataset.extra = seen.end(&["kind", "versions"])?;
        Ok(dataset)
    }
}

impl<'de> Visitor<'de> for Versions<'_> {
    type Value = Vec<Entry>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of versions")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<Entry>, A::Error> {
        let mut versions = Vec::new();
        self.at.member.set(None);
        self.at.index.set(Some(0));
        while list.next_element_seed(OneEntry { at: self.at, list: &mut versions })?.is_some() {
            self.at.index.set(Some(versions.len()));
        }
        self.at.index.set(None);
        Ok(versions)
    }
}

impl<'de> Visitor<'de> for OneEntry<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a version")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let blank = Digest::from_bytes([0; 32]);
        self.list.push(Entry::pending(Version(0), blank, 0, String::new(), String::new()));
        let entry = self.list.last_mut().expect("it was pushed above");
        let mut seen = Seen::new(self.at, &Entry::MEMBERS);
        while let Some(member) = seen.next(&mut map)? {
            match member {
                "version" => entry.version = map.next_value()?,
                "state" => entry.state = map.next_value()?,
                "sha256" => entry.sha256 = map.next_value()?,
                "size" => entry.size = map.next_value::<Size>()?.0,
                "files" => entry.files = map.next_value::<Count>()?.0,
                "created" => entry.created = map.next_value()?,
                "message" => entry.message = map.next_value()?,
                "base" => entry.base = Some(map.next_value()?),
                "supersedes" => entry.supersedes = Some(map.next_value()?),
                "delta" => entry.delta = Some(map.next_value()?),
                "rollback" => entry.rollback = Some(map.next_value()?),
                "from" => entry.from = Some(map.next_value()?),
                "source" => entry.source = Some(map.next_value()?),
                "diff" => entry.diff = Some(map.next_value()?),
                "commit" => entry.commit = Some(map.next_value()?),
                "published" => entry.published = Some(map.next_value()?),
                "retired" => entry.retired = Some(map.next_value()?),
                "purging" => entry.purging = Some(map.next_value()?),
                "purged" => entry.purged = Some(map.next_value()?),
                "key" => entry.key = Some(map.next_value()?),
                "stagingKey" => entry.staging_key = Some(map.next_value()?),
                _ => entry.legacy_commit = Some(map.next_value()?),
            }
        }
        entry.extra = seen.end(&["version", "state", "sha256", "size", "created", "message"])?;
        Ok(())
    }
}
