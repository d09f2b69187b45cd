//! Fetches an object into a scratch file: pinned, in pieces at the same time, resumed when a connection is cut or the
//! program was, and proven before it counts.

use std::io;
use std::path::Path;
use std::thread;
use std::time::Duration;

use super::super::{Head, Read};
use super::Progress;
use super::crowd::{self, Crowd};
use crate::disk::aside::{BUFFER, fill};
use crate::disk::partial::{Gap, Partial};
use crate::error::{Error, Kind, Result};
use crate::flow::hash::Digest;
use crate::flow::key::Key;
use crate::flow::text::human_size;

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
    let partial = Partial::open(into, want.1)?;
    let done = proven(store, key, &partial, want.0, progress);
    if !matches!(done, Ok(Fetched::Done)) {
        partial.discard();
    }
    done
}

/// The same, going on with what an earlier process left; what this one leaves is for the next.
pub fn resume_download(
    store: &dyn Read,
    key: &Key,
    partial: Partial,
    sha256: Digest,
    progress: &dyn Progress,
) -> Result<Option<Partial>> {
    match proven(store, key, &partial, sha256, progress) {
        Ok(Fetched::Done) => Ok(Some(partial)),
        // The next command goes on with it.
        Err(error) if error.kind == Kind::Store && partial.there() > 0 => Err(error),
        other => {
            partial.discard();
            other.map(|_| None)
        }
    }
}

fn proven(store: &dyn Read, key: &Key, partial: &Partial, sha256: Digest, progress: &dyn Progress) -> Result<Fetched> {
    // A second time from the start: the object may have been replaced, or a byte been flipped on the way.
    match attempt(store, key, partial, sha256, progress) {
        Err(error) if matches!(error.kind, Kind::Integrity | Kind::Conflict) => {
            partial.reset()?;
            attempt(store, key, partial, sha256, progress)
        }
        done => done,
    }
}

fn attempt(store: &dyn Read, key: &Key, partial: &Partial, sha256: Digest, progress: &dyn Progress) -> Result<Fetched> {
    let Some(head) = store.head(key)? else { return Ok(Fetched::Absent) };
    let size = partial.size();
    let wrong = |found: String| {
        Error::integrity(format!("{key} in {} has {found}, not {sha256} in {size} bytes", store.address()))
    };
    if head.size != size {
        return Err(wrong(format!("{} bytes", head.size)));
    }
    let there = partial.there();
    if there > 0 {
        progress.resumed(there);
        progress.note(&format!("resuming: {} of {} already there", human_size(there), human_size(size)));
    }
    let fetch = Fetch { store, key, head, partial, progress };
    let found = match fetch.pieces() {
        // Some servers know no ranges.
        Err(error) if error.kind == Kind::Store && there == 0 && partial.there() == 0 => {
            fetch.whole().map_err(|_| error)?
        }
        found => found?,
    };
    match found {
        None => Ok(Fetched::Absent),
        Some(found) if found == sha256 => partial.finish().map(|()| Fetched::Done),
        Some(found) => Err(wrong(format!("{found} in {size} bytes"))),
    }
}

struct Fetch<'a> {
    store: &'a dyn Read,
    key: &'a Key,
    head: Head,
    partial: &'a Partial,
    progress: &'a dyn Progress,
}

impl Fetch<'_> {
    /// What is missing, many pieces at the same time, and the digest of the whole; `None` if the object went away
    /// before its first byte.
    fn pieces(&self) -> Result<Option<Digest>> {
        let missing = self.partial.missing();
        if let [] | [_] = missing[..] {
            return match missing.first() {
                Some(gap) if !self.gap(*gap)? => Ok(None),
                _ => self.partial.digest(),
            };
        }
        let crowd = Crowd::within(self.store, self.store.memory());
        thread::scope(|scope| {
            let digest = scope.spawn(|| self.partial.digest());
            let settled = scope.spawn(|| self.partial.settle_along());
            let fetched = crowd::all(&crowd, &missing, |gap| self.gap(*gap));
            if !matches!(&fetched, Ok(all) if all.iter().all(|there| *there)) {
                self.partial.give_up();
            }
            let settled = settled.join().expect("waiting does not panic");
            let digest = digest.join().expect("hashing does not panic");
            fetched.and(settled).and(digest)
        })
    }

    /// All of it in one stream.
    fn whole(&self) -> Result<Option<Digest>> {
        self.partial.reset()?;
        let Some(mut bytes) = self.store.open(self.key, None, Some(&self.head.pin))? else { return Ok(None) };
        for gap in self.partial.missing() {
            if let (_, Some(error)) = self.pour(&mut *bytes, gap)? {
                return Err(self.cut(gap.offset, error.into()));
            }
        }
        self.partial.digest()
    }

    /// All of a gap, resumed where it was cut; false if the object went away before its first byte.
    fn gap(&self, gap: Gap) -> Result<bool> {
        let (mut left, mut cuts) = (gap, 0);
        loop {
            let Gap { offset, length, .. } = left;
            let range = if length == self.head.size { None } else { Some((offset, length)) };
            let cut = match self.store.open(self.key, range, Some(&self.head.pin)) {
                Ok(None) if self.partial.there() == 0 => return Ok(false),
                Ok(None) => return Err(self.cut(offset, "it was deleted meanwhile".into())),
                Ok(Some(mut bytes)) => {
                    let (came, end) = self.pour(&mut *bytes, left)?;
                    (left.offset, left.length) = (offset + came, length - came);
                    match end {
                        None => return Ok(true),
                        Some(error) => self.cut(left.offset, error.into()),
                    }
                }
                // The store was asked often enough; but what has begun to come is worth more patience.
                Err(error) if error.kind == Kind::Store && self.partial.there() > 0 => error,
                Err(error) => return Err(error),
            };
            if cuts == RESUMES {
                return Err(cut);
            }
            // A long download may be cut often; only one that hardly moves on is hopeless.
            cuts = if left.offset - offset >= 1 << 20 { 1 } else { cuts + 1 };
            thread::sleep(Duration::from_millis(100 << cuts));
        }
    }

    /// Takes bytes until the gap is filled or the connection is cut, and says how many came.
    fn pour(&self, bytes: &mut dyn io::Read, gap: Gap) -> Result<(u64, Option<io::Error>)> {
        let mut buffer = vec![0; BUFFER];
        let mut came = 0;
        while came < gap.length {
            let most = usize::try_from(gap.length - came).unwrap_or(BUFFER).min(BUFFER);
            let (filled, end) = fill(bytes, &mut buffer[..most]);
            self.partial.take(gap.piece, &buffer[..filled])?;
            came += filled as u64;
            self.progress.advance(filled as u64);
            match end {
                Ok(()) if filled < most => {
                    return Ok((
                        came,
                        Some(io::Error::new(io::ErrorKind::UnexpectedEof, "the connection ended early")),
                    ));
                }
                Ok(()) => {}
                Err(error) => return Ok((came, Some(error))),
            }
        }
        Ok((came, None))
    }

    fn cut(&self, at: u64, why: Box<dyn std::error::Error + Send + Sync>) -> Error {
        let size = self.head.size;
        Error::store(format!("cannot fetch {} from {}: cut at {at} of {size} bytes", self.key, self.store.address()))
            .because(why)
            .hint("run the same command again")
    }
}
