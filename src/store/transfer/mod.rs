//! Moves whole files between the disk and a bucket, in both directions, proving every byte on the way.

mod batch;
pub mod crowd;
pub mod download;
mod look;
mod resume;
mod steady;
pub mod upload;
mod width;

pub use batch::{there, upload_all};
pub use download::{Fetched, download, resume_download};
pub use look::{bytes, digest};
pub use resume::resume;
pub use steady::steady;
pub use upload::{FRESH, Sending, already, create, upload};

/// Is told how a transfer goes on. Threads call it.
pub trait Progress: Send + Sync {
    /// Something of so many bytes begins.
    fn start(&self, what: &str, total: u64);

    /// So many more bytes are done.
    fn advance(&self, bytes: u64);

    /// So many bytes were there before: an earlier run brought them.
    fn resumed(&self, bytes: u64) {
        self.advance(bytes);
    }

    /// Something begins of which nobody knows how long it is.
    fn wait(&self, what: &str) {
        self.start(what, 0);
    }

    /// It is over.
    fn finish(&self);

    /// Something worth saying meanwhile.
    fn note(&self, _text: &str) {}
}

/// Shows nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn start(&self, _what: &str, _total: u64) {}
    fn advance(&self, _bytes: u64) {}
    fn finish(&self) {}
}
