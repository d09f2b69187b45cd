//! Fetches an object into a scratch file: pinned, resumed when the connection is cut, and proven before it counts.

use std::fs::File;
use std::io;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use super::super::{Head, Read};
use super::Progress;
use crate::disk::aside::{Aside, fill};
use crate::disk::{effect, failed, scratch};
use crate::error::{Error, Kind, Result};
use crate::flow::hash::{Digest, Hasher};
use crate::flow::key::Key;

const RESUMES: u32 = 5;

/// What a download came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "an absent object left no file"]
pub enum Fetched {
    /// The file is there and is what was wanted.
    Done,
    /// The store said that nothing lies at the key.
    Absent,
}

/// Fetches `key` into the scratch file `into`. Unless it is done, that file is removed.
pub fn download(
    store: &dyn Read,
    key: &Key,
    into: &Path,
    want: (Digest, u64),
    progress: &dyn Progress,
) -> Result<Fetched> {
    // A second time from the start: the object may have been replaced, or a byte been flipped on the way.
    let mut done = attempt(store, key, into, want, progress);
    if matches!(&done, Err(e) if matches!(e.kind, Kind::Integrity | Kind::Conflict)) {
        done = attempt(store, key, into, want, progress);
    }
    if !matches!(done, Ok(Fetched::Done)) {
        scratch::discard(into);
    }
    done
}

fn attempt(store: &dyn Read, key: &Key, into: &Path, want: (Digest, u64), progress: &dyn Progress) -> Result<Fetched> {
    let (digest, size) = want;
    let Some(head) = store.head(key)? else { return Ok(Fetched::Absent) };
    let wrong = |found: String| {
        Error::integrity(format!("{key} in {} has {found}, not {digest} in {size} bytes", store.address()))
    };
    if head.size != size {
        return Err(wrong(format!("{} bytes", head.size)));
    }
    let file = scratch::rewrite(into)?;
    let aside = Aside::start(Hasher::default());
    let mut fetch = Fetch { store, key, head, into, file, aside, count: 0, progress };
    if !fetch.all()? {
        return Ok(Fetched::Absent);
    }
    let Fetch { file, aside, count, .. } = fetch;
    let found = aside.finish().finish();
    if (found, count) != want {
        return Err(wrong(format!("{found} in {count} bytes")));
    }
    scratch::settle(into, &file)?;
    Ok(Fetched::Done)
}

struct Fetch<'a> {
    store: &'a dyn Read,
    key: &'a Key,
    head: Head,
    into: &'a Path,
    file: File,
    /// Hashes what was written, in a second thread.
    aside: Aside<Hasher>,
    count: u64,
    progress: &'a dyn Progress,
}

impl Fetch<'_> {
    /// Everything, resumed where it was cut; false if the object went away before its first byte.
    fn all(&mut self) -> Result<bool> {
        let size = self.head.size;
        let mut cuts = 0;
        loop {
            let at = self.count;
            let range = if at == 0 { None } else { Some((at, size - at)) };
            let cut = match self.store.open(self.key, range, Some(&self.head.pin)) {
                Ok(None) if at == 0 => return Ok(false),
                Ok(None) => return Err(self.cut("it was deleted meanwhile".into())),
                Ok(Some(mut bytes)) => match self.pour(&mut *bytes)? {
                    None if self.count >= size => return Ok(true),
                    None => self.cut("the connection ended early".into()),
                    Some(error) => self.cut(error.into()),
                },
                Err(error) if error.kind == Kind::Store => error,
                Err(error) => return Err(error),
            };
            if cuts == RESUMES {
                return Err(cut);
            }
            // A long download may be cut often; only one that hardly moves on is hopeless.
            cuts = if self.count - at >= 1 << 20 { 1 } else { cuts + 1 };
            sleep(Duration::from_millis(100 << cuts));
        }
    }

    /// Takes bytes until the end or a cut, and never more than one buffer too many.
    fn pour(&mut self, bytes: &mut dyn io::Read) -> Result<Option<io::Error>> {
        while self.count <= self.head.size {
            let mut buffer = self.aside.buffer();
            let (filled, end) = fill(bytes, &mut buffer);
            buffer.truncate(filled);
            effect::write_all(&self.file, &buffer).map_err(|e| failed("write", self.into, e))?;
            self.aside.give(buffer);
            self.count += filled as u64;
            self.progress.advance(filled as u64);
            match end {
                Ok(()) if filled == 0 => break,
                Ok(()) => {}
                Err(error) => return Ok(Some(error)),
            }
        }
        Ok(None)
    }

    fn cut(&self, why: Box<dyn std::error::Error + Send + Sync>) -> Error {
        let (at, size) = (self.count, self.head.size);
        Error::store(format!("cannot fetch {} from {}: cut at {at} of {size} bytes", self.key, self.store.address()))
            .because(why)
            .hint("run the same command again")
    }
}
