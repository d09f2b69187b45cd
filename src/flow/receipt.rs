//! A receipt: the immutable proof of one publication.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::flow::hash::Digest;
use crate::flow::key::Key;
use crate::flow::version::Version;

/// How the bytes came to production.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// One create-only PUT of the verified bytes.
    Put,
    /// Server-side copy, verified before it was visible.
    Copy,
    /// Server-side copy through the quarantine.
    Incoming,
    /// Rebuilt from a delta.
    Rebuild,
    /// Nothing was copied: the object was there.
    Reference,
}

/// The identity members: a receipt counts only for the entry that is equal in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The dataset's name.
    pub dataset: String,
    /// Its version.
    pub version: Version,
    /// `file` or `tree`.
    pub kind: String,
    /// What was reviewed.
    pub sha256: Digest,
    /// Bytes.
    pub size: u64,
    /// Where the bytes lie.
    pub key: Key,
}

/// One publication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// What was published.
    pub identity: Identity,
    /// Where the files of a tree lie.
    pub places: Option<Key>,
    /// The version it was made from.
    pub base: Option<Version>,
    /// The commit that the publisher read.
    pub commit: String,
    /// The run that wrote it.
    pub run: String,
    /// RFC 3339, UTC, seconds.
    pub time: String,
    /// How.
    pub method: Method,
}

#[derive(Serialize, Deserialize)]
struct Wire {
    format: u64,
    dataset: String,
    version: String,
    kind: String,
    sha256: String,
    size: u64,
    key: String,
    #[serde(rename = "where", default, skip_serializing_if = "Option::is_none")]
    places: Option<String>,
    base: Option<String>,
    commit: String,
    run: String,
    time: String,
    method: Method,
}

impl Receipt {
    /// The bytes as stored.
    #[must_use]
    pub fn print(&self) -> Vec<u8> {
        let id = &self.identity;
        let wire = Wire {
            format: 1,
            dataset: id.dataset.clone(),
            version: id.version.to_string(),
            kind: id.kind.clone(),
            sha256: id.sha256.hex(),
            size: id.size,
            key: id.key.to_string(),
            places: self.places.as_ref().map(ToString::to_string),
            base: self.base.map(|v| v.to_string()),
            commit: self.commit.clone(),
            run: self.run.clone(),
            time: self.time.clone(),
            method: self.method,
        };
        let mut bytes = serde_json::to_vec_pretty(&wire).expect("strings and numbers always serialise");
        bytes.push(b'\n');
        bytes
    }

    /// Reads stored bytes; anything that is not a receipt of format 1 is an error that says why.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let bad = |why: &str| Error::integrity(format!("this receipt cannot be read: {why}"));
        let wire: Wire = serde_json::from_slice(bytes).map_err(|e| bad(&e.to_string()))?;
        if wire.format != 1 {
            return Err(bad(&format!("its format is {}, this program knows 1", wire.format)));
        }
        let version = |text: &str| Version::parse(text).ok_or_else(|| bad("a version is not of the form v<number>"));
        Ok(Receipt {
            identity: Identity {
                dataset: wire.dataset,
                version: version(&wire.version)?,
                kind: wire.kind,
                sha256: Digest::from_hex(&wire.sha256).ok_or_else(|| bad("its sha256 has not 64 digits"))?,
                size: wire.size,
                key: Key::new(wire.key),
            },
            places: wire.places.map(Key::new),
            base: wire.base.as_deref().map(version).transpose()?,
            commit: wire.commit,
            run: wire.run,
            time: wire.time,
            method: wire.method,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Receipt {
        let sha256 = Digest::of(b"abc");
        Receipt {
            identity: Identity {
                dataset: "a.csv".to_owned(),
                version: Version(2),
                kind: "file".to_owned(),
                sha256,
                size: 3,
                key: crate::flow::key::production("a.csv", Version(2), &sha256),
            },
            places: None,
            base: Some(Version(1)),
            commit: "c0ffee".to_owned(),
            run: "local".to_owned(),
            time: "2026-11-21T10:00:00Z".to_owned(),
            method: Method::Put,
        }
    }

    #[test]
    fn a_receipt_round_trips() {
        assert_eq!(Receipt::parse(&sample().print()).unwrap(), sample());
        let places = Some(crate::flow::key::places("a", Version(2), &Digest::of(b"abc"), &Digest::of(b"own")));
        let tree = Receipt { places, ..sample() };
        assert!(String::from_utf8(tree.print()).unwrap().contains("\n  \"where\": \"a/v2-ba78"));
        assert_eq!(Receipt::parse(&tree.print()).unwrap(), tree);
    }

    #[test]
    fn garbage_is_refused_in_words() {
        assert!(Receipt::parse(b"").is_err());
        let newer = String::from_utf8(sample().print()).unwrap().replace("\"format\": 1", "\"format\": 2");
        assert!(Receipt::parse(newer.as_bytes()).unwrap_err().message.contains("its format is 2"));
    }
}
