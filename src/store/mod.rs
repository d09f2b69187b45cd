//! Buckets. Reading and writing are two traits: who was not given [`Write`] cannot do it.

pub mod attempt;
pub mod directory;
pub mod open;
pub mod options;
pub mod percent;
pub mod probe;
pub mod retry;
pub mod rights;
#[cfg(feature = "s3")]
pub mod s3;
#[cfg(not(feature = "s3"))]
#[path = "s3_absent.rs"]
pub mod s3;
pub mod transfer;

use std::io;
use std::path::Path;

use crate::error::Result;
use crate::flow::address::Address;
use crate::flow::hash::Digest;
use crate::flow::key::Key;

/// Pins the very object that was looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pin {
    /// Opaque; guards a race between honest parties and proves nothing about content.
    pub etag: Option<String>,
    /// Where the bucket keeps versions.
    pub version: Option<String>,
}

/// What the store itself says about an object's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attested {
    /// Nothing: read and hash it.
    Nothing,
    /// The SHA-256 of all its bytes.
    Whole(Digest),
    /// The SHA-256 over the SHA-256 digests of its parts.
    Parts {
        /// The digest of the digests.
        composite: Digest,
        /// How many parts.
        parts: u64,
    },
}

/// What lies at a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Bytes.
    pub size: u64,
    /// Pins this object.
    pub pin: Pin,
    /// What the store says of its content.
    pub attested: Attested,
    /// Seconds since 1970 by the store's own clock.
    pub modified: i64,
}

/// A line of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Where.
    pub key: Key,
    /// Bytes.
    pub size: u64,
    /// Seconds since 1970 by the store's own clock.
    pub modified: i64,
}

/// An unfinished multipart upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// Where the object will be.
    pub key: Key,
    /// The store's name for the upload.
    pub id: String,
    /// Seconds since 1970 by the store's own clock; 0 if it does not say.
    pub started: i64,
}

/// A part that the store holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// From 1.
    pub number: u32,
    /// Bytes.
    pub size: u64,
    /// The store's name for its content.
    pub etag: String,
    /// The SHA-256 that the store computed or checked, if it does so.
    pub sha256: Option<Digest>,
}

/// Bytes to be stored, whose digest is known beforehand.
#[derive(Clone, Copy, Debug)]
pub struct Body<'a> {
    /// Sent and signed: the store refuses anything else where it can, and so do we while sending.
    pub sha256: Digest,
    /// Bytes.
    pub size: u64,
    /// Where they are.
    pub source: Source<'a>,
}

/// Where bytes come from.
#[derive(Clone, Copy, Debug)]
pub enum Source<'a> {
    /// Memory.
    Bytes(&'a [u8]),
    /// A range of a file that begins here.
    File(&'a Path, u64),
}

/// When a write may take effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When<'a> {
    /// Only if nothing lies at the key.
    Absent,
    /// Only if this etag lies at the key.
    Matches(&'a str),
    /// Whatever lies there. Only staging and probes may be overwritten.
    Always,
}

/// What a conditional write came to. A refusal says that something lies there, not whose it is: look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was stored.
    Stored(Pin),
    /// The condition did not hold.
    Refused,
}

/// A source inside the same provider.
pub struct CopySource<'a> {
    /// The bucket that holds it.
    pub bucket: &'a dyn Read,
    /// Where in it.
    pub key: &'a Key,
    /// The object that was looked at.
    pub pin: &'a Pin,
    /// (offset, length); `None` is all of it.
    pub range: Option<(u64, u64)>,
}

/// A bucket that can be read. This is all a person's program gets of production.
pub trait Read: Send + Sync {
    /// As configured, for messages and to tell two buckets apart.
    fn address(&self) -> &Address;

    /// What lies at `key`; `None` only if the store said that nothing does.
    fn head(&self, key: &Key) -> Result<Option<Head>>;

    /// Streams `key` or (offset, length) of it; `None` only if the store said that nothing lies there.
    /// With a pin, an object that was replaced since is an error of kind conflict.
    fn open(&self, key: &Key, range: Option<(u64, u64)>, pin: Option<&Pin>)
    -> Result<Option<Box<dyn io::Read + Send>>>;

    /// Calls `each` for every object below `prefix`, in key order. A listing that fails half way is an error.
    fn list(&self, prefix: &str, each: &mut dyn FnMut(Listed) -> Result<()>) -> Result<()>;

    /// A link that works without credentials for so many seconds; for a directory its `file:` URL.
    fn link(&self, key: &Key, seconds: u64) -> Result<String>;

    /// How often the store has asked for fewer requests so far, whether a later try went well or not.
    fn slowdowns(&self) -> u64 {
        0
    }
}

/// A bucket that can be written.
pub trait Write: Read {
    /// Stores the body whole or not at all. A file that no longer has the digest is an error and stores nothing.
    fn put(&self, key: &Key, body: Body<'_>, when: When<'_>) -> Result<Outcome>;

    /// Begins an upload in parts.
    fn begin(&self, key: &Key) -> Result<Upload>;

    /// Sends one part; the same number again replaces it.
    fn part(&self, upload: &Upload, number: u32, body: Body<'_>) -> Result<Part>;

    /// Copies one part inside the provider: no byte crosses this machine.
    fn copy_part(&self, upload: &Upload, number: u32, source: &CopySource<'_>) -> Result<Part>;

    /// The parts that the store holds, by number.
    fn parts(&self, upload: &Upload) -> Result<Vec<Part>>;

    /// Makes the object visible, whole or not at all.
    fn complete(&self, upload: &Upload, parts: &[Part], size: u64, when: When<'_>) -> Result<Outcome>;

    /// Gives an upload up; one that is not there is no error.
    fn abort(&self, upload: &Upload) -> Result<()>;

    /// Unfinished uploads below `prefix`.
    fn uploads(&self, prefix: &str) -> Result<Vec<Upload>>;

    /// Copies a whole object of at most 5 GiB inside the provider.
    fn copy(&self, key: &Key, source: &CopySource<'_>, when: When<'_>) -> Result<Outcome>;

    /// Deletes one object; one that is not there is no error.
    fn delete(&self, key: &Key) -> Result<()>;
}
