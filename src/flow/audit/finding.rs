//! What an audit finds: each fault with the thing that has it, how bad it is, and its words.

use std::fmt;

use crate::flow::hash::Digest;
use crate::flow::key::Key;
use crate::flow::version::Version;

/// What is wrong with one thing.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "finding", rename_all = "kebab-case")]
pub enum Finding {
    /// A version's object is not there.
    MissingObject {
        /// The version.
        #[serde(flatten)]
        object: Object,
    },
    /// It has another size.
    WrongSize {
        /// The version.
        #[serde(flatten)]
        object: Object,
        /// What it has.
        found: u64,
    },
    /// It has other bytes.
    WrongDigest {
        /// The version.
        #[serde(flatten)]
        object: Object,
        /// What it has.
        found: Digest,
    },
    /// What a tree is made of cannot be read.
    BrokenTree {
        /// The version.
        #[serde(flatten)]
        object: Object,
        /// In words.
        why: String,
    },
    /// A published version has no receipt.
    MissingReceipt {
        /// The version.
        #[serde(flatten)]
        object: Object,
    },
    /// Its receipt has no signature, and has to have one.
    Unsigned {
        /// The version.
        #[serde(flatten)]
        object: Object,
    },
    /// The signature of its receipt is not one of an allowed signer.
    WrongSignature {
        /// The version.
        #[serde(flatten)]
        object: Object,
        /// In words.
        why: String,
    },
    /// Nobody who may attested its bytes.
    Unattested {
        /// The version.
        #[serde(flatten)]
        object: Object,
        /// In words.
        why: String,
    },
    /// A receipt says something else than its entry, or cannot be read.
    ReceiptDisagrees {
        /// Its key.
        key: Key,
        /// In words.
        why: String,
    },
    /// A receipt without an entry: history was rewritten.
    ReceiptWithoutEntry {
        /// Its key.
        key: Key,
        /// Its dataset.
        dataset: String,
        /// Its version.
        version: Version,
    },
    /// A large object has no chunk list beside it.
    MissingChunks {
        /// The version.
        #[serde(flatten)]
        object: Object,
    },
    /// The chunk list beside an object is not one of its bytes.
    WrongChunks {
        /// The version.
        #[serde(flatten)]
        object: Object,
        /// In words.
        why: String,
    },
    /// An object of our form that no version has.
    Orphan {
        /// Where.
        key: Key,
        /// Bytes.
        size: u64,
    },
    /// An object that is not of our form.
    UnknownKey {
        /// Where.
        key: Key,
        /// Bytes.
        size: u64,
    },
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Weight {
    /// Worth knowing.
    Note,
    /// A proof is missing.
    Unproven,
    /// History or bytes are not what they were.
    Broken,
}

impl Finding {
    /// How bad it is.
    #[must_use]
    pub fn weight(&self) -> Weight {
        match self {
            Finding::Orphan { .. } | Finding::UnknownKey { .. } => Weight::Note,
            // Without it everything goes on, with more bytes on the way.
            Finding::MissingChunks { .. } | Finding::WrongChunks { .. } => Weight::Note,
            Finding::MissingReceipt { .. } | Finding::Unsigned { .. } | Finding::Unattested { .. } => Weight::Unproven,
            _ => Weight::Broken,
        }
    }

    /// The object whose bytes are not right, if it is about one: look for a good copy.
    #[must_use]
    pub fn damaged(&self) -> Option<&Object> {
        match self {
            Finding::MissingObject { object }
            | Finding::WrongSize { object, .. }
            | Finding::WrongDigest { object, .. } => Some(object),
            _ => None,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Finding::MissingObject { object } => write!(f, "{object}: there is no object {}", object.key),
            Finding::WrongSize { object, found } => {
                let size = object.size.unwrap_or_default();
                write!(f, "{object}: {} has {found} bytes, not {size}", object.key)
            }
            Finding::WrongDigest { object, found } => {
                write!(f, "{object}: {} has the digest {found}, not {}", object.key, object.sha256)
            }
            Finding::BrokenTree { object, why } => write!(f, "{object}: what it is made of cannot be read: {why}"),
            Finding::MissingReceipt { object } => write!(f, "{object} is published and has no receipt"),
            Finding::Unsigned { object } => write!(f, "{object} is published and its receipt is not signed"),
            Finding::WrongSignature { why, .. } | Finding::Unattested { why, .. } => f.write_str(why),
            Finding::ReceiptDisagrees { key, why } => write!(f, "the receipt {key}: {why}"),
            Finding::ReceiptWithoutEntry { dataset, version, .. } => {
                write!(f, "{dataset} {version} has a receipt but no entry on the default branch")
            }
            Finding::MissingChunks { object } => {
                write!(f, "{object} has no chunk list: deltas against it are not to be had")
            }
            Finding::WrongChunks { object, why } => write!(f, "{object}: its chunk list is wrong: {why}"),
            Finding::Orphan { key, size } => write!(f, "no version has the object {key} ({size} bytes)"),
            Finding::UnknownKey { key, size } => write!(f, "{key} ({size} bytes) is not ours"),
        }
    }
}

/// An object that a version says is in production.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Object {
    /// The dataset.
    pub dataset: String,
    /// The oldest version that has it.
    pub version: Version,
    /// What it must be.
    pub sha256: Digest,
    /// Bytes; unknown after an offline migration.
    pub size: Option<u64>,
    /// Where it lies.
    pub key: Key,
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.dataset, self.version)
    }
}
