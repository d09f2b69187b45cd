//! Where bytes lie in a bucket. Keys are derived from the reviewed identity, never spelled out by an author.

use std::fmt;

use super::hash::Digest;
use super::version::Version;

/// The key of one object, relative to the bucket's prefix.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(String);

impl Key {
    /// Takes a key as a store listed it or as a manifest spells it.
    pub fn new(key: impl Into<String>) -> Self {
        Key(key.into())
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl serde::Serialize for Key {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.0)
    }
}

/// Everything of ours that is not a version's bytes lies under this.
pub const OWN: &str = ".git-data/";

/// `<dataset>/<version>-<sha256><ext>`: a published file.
#[must_use]
pub fn production(dataset: &str, version: Version, digest: &Digest) -> Key {
    Key(format!("{dataset}/{version}-{digest}{}", extension(dataset)))
}

/// `<dataset>/<version>-<sha256>.tree`: a published tree's listing.
#[must_use]
pub fn tree(dataset: &str, version: Version, digest: &Digest) -> Key {
    Key(format!("{dataset}/{version}-{digest}.tree"))
}

/// `<dataset>/<version>-<sha256>-<sha256 of the stored bytes>.where`: where the listing's files lie.
#[must_use]
pub fn places(dataset: &str, version: Version, digest: &Digest, own: &Digest) -> Key {
    Key(format!("{dataset}/{version}-{digest}-{own}.where"))
}

/// What the name of such an object says: the dataset, the tree's digest, and the digest of the object's own bytes.
#[must_use]
pub fn places_named(key: &Key) -> Option<(&str, Digest, Digest)> {
    let (dataset, file) = key.0.strip_suffix(".where")?.rsplit_once('/')?;
    let mut parts = file.splitn(3, '-');
    Version::parse(parts.next()?)?;
    Some((dataset, Digest::from_hex(parts.next()?)?, Digest::from_hex(parts.next()?)?))
}

/// `<dataset>/<version>-<first 16 digits>/`: what is new or changed in that version of a tree.
#[must_use]
pub fn folder(dataset: &str, version: Version, digest: &Digest) -> String {
    format!("{dataset}/{version}-{}/", digest.short16())
}

/// `…/files/<path>`: one file of a tree.
#[must_use]
pub fn tree_file(dataset: &str, version: Version, digest: &Digest, path: &str) -> Key {
    Key(format!("{}files/{path}", folder(dataset, version, digest)))
}

/// What a key of at most 900 bytes leaves for the path of a file.
#[must_use]
pub fn room(dataset: &str, version: Version, digest: &Digest) -> usize {
    900_usize.saturating_sub(tree_file(dataset, version, digest, "").0.len())
}

/// `…/shards/<sha256>.tar`: many small files of a tree.
#[must_use]
pub fn tree_shard(dataset: &str, version: Version, digest: &Digest, shard: &Digest) -> Key {
    Key(format!("{}shards/{shard}.tar", folder(dataset, version, digest)))
}

/// `<sha256>.tree`: a staged listing.
#[must_use]
pub fn staged_tree(digest: &Digest) -> Key {
    Key(format!("{digest}.tree"))
}

/// `<sha256>.where`: where in staging the contents of that listing lie.
#[must_use]
pub fn staged_places(digest: &Digest) -> Key {
    Key(format!("{digest}.where"))
}

/// `<sha256>`: a staged file.
#[must_use]
pub fn staging(digest: &Digest) -> Key {
    Key(digest.hex())
}

/// `<sha256>.delta-<base sha256>`: how a staged file is made of a published one.
#[must_use]
pub fn staged_delta(digest: &Digest, base: &Digest) -> Key {
    Key(format!("{digest}.delta-{base}"))
}

/// `.git-data/published/<dataset>/`: where a dataset's receipts lie.
#[must_use]
pub fn receipts(dataset: &str) -> String {
    format!("{OWN}published/{dataset}/")
}

/// `.git-data/published/<dataset>/<version>-<sha256>.json`: the proof of a publication.
#[must_use]
pub fn receipt(dataset: &str, version: Version, digest: &Digest) -> Key {
    Key(format!("{}{version}-{digest}.json", receipts(dataset)))
}

/// `….json.sig`: the signature beside a receipt.
#[must_use]
pub fn signature(dataset: &str, version: Version, digest: &Digest) -> Key {
    Key(format!("{}.sig", receipt(dataset, version, digest)))
}

/// `.git-data/chunks/<sha256>`: the chunk list of a large object.
#[must_use]
pub fn chunks(digest: &Digest) -> Key {
    Key(format!("{OWN}chunks/{digest}"))
}

/// `.git-data/incoming/<id>`: quarantine of the publisher.
#[must_use]
pub fn incoming(id: &str) -> Key {
    Key(format!("{OWN}incoming/{id}"))
}

/// `.git-data/probe/<id>`: what a store can do is tried here.
#[must_use]
pub fn probe(id: &str) -> Key {
    Key(format!("{OWN}probe/{id}"))
}

/// The last dot-suffix of the last segment, with the one before it if the last is a compression; ≤ 16 characters, else none.
#[must_use]
pub fn extension(dataset: &str) -> &str {
    let segment = dataset.rsplit('/').next().unwrap_or(dataset);
    let Some(last) = segment.rfind('.').filter(|at| *at > 0) else { return "" };
    let packed = matches!(&segment[last..], ".gz" | ".zst" | ".bz2" | ".xz");
    let before = if packed { segment[..last].rfind('.').filter(|at| *at > 0) } else { None };
    let ext = &segment[before.unwrap_or(last)..];
    if ext.len() > 16 { "" } else { ext }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extension_follows_the_last_segment() {
        let cases = [
            ("energy.sqlite", ".sqlite"),
            ("eu.west/prices", ""),
            ("eu/prices.csv.gz", ".csv.gz"),
            ("prices.gz", ".gz"),
            ("a.tar.zst", ".tar.zst"),
            ("a.json.bz2", ".json.bz2"),
            ("a.sixteen-letters0", ""),
            ("a.fifteen-letter", ".fifteen-letter"),
            ("plain", ""),
        ];
        for (name, want) in cases {
            assert_eq!(extension(name), want, "{name}");
        }
    }

    #[test]
    fn keys_are_those_of_the_format_page() {
        let digest = Digest::of(b"abc");
        let hex = digest.hex();
        assert_eq!(production("eu/a.csv", Version(3), &digest).as_str(), format!("eu/a.csv/v3-{hex}.csv"));
        assert_eq!(staging(&digest).as_str(), hex);
        let tree = |key: Key| key.to_string().replace(&hex, "SHA").replace(&hex[..16], "16");
        assert_eq!(tree(super::tree("eu/maps", Version(3), &digest)), "eu/maps/v3-SHA.tree");
        assert_eq!(tree(places("eu/maps", Version(3), &digest, &digest)), "eu/maps/v3-SHA-SHA.where");
        let own = Digest::of(b"own");
        let place = places("eu/maps", Version(3), &digest, &own);
        assert_eq!(places_named(&place), Some(("eu/maps", digest, own)));
        assert_eq!(places_named(&super::tree("eu/maps", Version(3), &digest)), None);
        assert_eq!(tree(tree_file("eu/maps", Version(3), &digest, "a/b")), "eu/maps/v3-16/files/a/b");
        assert_eq!(tree(tree_shard("eu/maps", Version(3), &digest, &digest)), "eu/maps/v3-16/shards/SHA.tar");
        assert_eq!(room("eu/maps", Version(3), &digest), 900 - "eu/maps/v3-0123456789abcdef/files/".len());
        assert_eq!((tree(staged_tree(&digest)), tree(staged_places(&digest))), ("SHA.tree".into(), "SHA.where".into()));
        assert_eq!(staged_delta(&digest, &Digest::of(b"abc")).as_str(), format!("{hex}.delta-{hex}"));
        assert_eq!(chunks(&digest).as_str(), format!(".git-data/chunks/{hex}"));
        assert_eq!(
            receipt("eu/a.csv", Version(3), &digest).as_str(),
            format!(".git-data/published/eu/a.csv/v3-{hex}.json")
        );
    }
}
