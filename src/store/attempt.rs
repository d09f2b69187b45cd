//! What may be tried on a bucket without leaving a trace, and the one lie that a probe must be able to tell.

use super::Write;
use crate::error::Result;
use crate::flow::hash::Digest;
use crate::flow::key::Key;

/// What an attempt came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is allowed, or so.
    Yes,
    /// The store refused it, or it is not so.
    No,
    /// It could not be found out, and why.
    Unknown(String),
}

/// A bucket on which rights can be tried with nothing left behind. Each answers for this machine's credentials.
pub trait Attempt: Send + Sync {
    /// As configured, for messages.
    fn name(&self) -> String;

    /// Why no rights can protect this bucket, if that is so: a directory on this machine.
    fn unprotectable(&self) -> Option<&'static str> {
        None
    }

    /// The bucket is there.
    fn exists(&self) -> Result<Answer>;

    /// Objects may be read. `id` is a fresh random name.
    fn can_read(&self, id: &str) -> Result<Answer>;

    /// Keys may be listed.
    fn can_list(&self) -> Result<Answer>;

    /// An upload may be begun; it is given up at once.
    fn can_write(&self, id: &str) -> Result<Answer>;

    /// A fresh random name may be deleted, under a condition that cannot hold.
    fn can_delete(&self, id: &str) -> Result<Answer>;

    /// The bucket keeps versions.
    fn versioned(&self) -> Result<Answer>;
}

/// A writable bucket that can also be put to the test.
pub trait Probed: Write + Attempt {
    /// Sends bytes that claim another digest, without looking at them first; `true` if the store refused them.
    fn put_lying(&self, key: &Key, bytes: &[u8], claimed: Digest) -> Result<bool>;
}
