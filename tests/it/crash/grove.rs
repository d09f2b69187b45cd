//! Trees as a world sees them: the lines under zstd, and whether each content is where they say.

use std::collections::BTreeMap;

use serde_json::Value;

/// The lines of listings and places, by their keys.
pub(super) type Lines = BTreeMap<String, Vec<Value>>;

/// The digests of objects, by their keys.
type Objects = BTreeMap<String, String>;

/// What is under zstd, if the key says that there are lines.
pub(super) fn unpacked(key: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    let lines = key.ends_with(".tree") || key.ends_with(".where");
    lines.then(|| zstd::stream::decode_all(bytes).unwrap_or_default())
}

/// Lines as values.
pub(super) fn values(text: &[u8]) -> Vec<Value> {
    text.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect()
}

/// The digest that the key of an object says, if it is one of a tree; `None` where it says nothing.
pub(super) fn said(key: &str) -> Option<Option<&str>> {
    if let Some((_, name)) = key.rsplit_once("/shards/") {
        return Some(name.strip_suffix(".tar"));
    }
    if key.contains("/files/") {
        return Some(None);
    }
    let own = key.strip_suffix(".where")?;
    Some(own.rsplit('-').next())
}

/// Whether each file of a listing is in an object that is there, as these lists of places say.
pub(super) fn has_all(listing: &[Value], places: &[&Vec<Value>], objects: &Objects) -> bool {
    listing.iter().filter(|item| item["type"] == "file").all(|file| {
        let lies = |place: &&Value| {
            let key = place["key"].as_str().unwrap_or_default();
            let found = objects.get(key).map(String::as_str);
            // A shard is judged by its own name; a file by the listing.
            place["sha256"] == file["sha256"]
                && match place["offset"].is_number() {
                    true => found.is_some() && found == said(key).flatten().or(Some(key)),
                    false => found == file["sha256"].as_str(),
                }
        };
        places.iter().flat_map(|list| list.iter()).any(|place| lies(&place))
    })
}
