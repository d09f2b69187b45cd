//! Pass 1 over a file: what it is, whole and part by part, in one reading.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::aside::{Aside, BUFFER, Digests, fill};
use super::failed;
use super::stat::{Stat, regular};
use crate::error::{Error, Result};
use crate::flow::hash::{Digest, Hasher};
use crate::flow::part;

/// What a file held at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hashed {
    /// Of all of it.
    pub sha256: Digest,
    /// Bytes.
    pub size: u64,
    /// Of each part that [`part::cut`] gives.
    pub parts: Vec<Digest>,
    /// Its marks, the same before and after the reading.
    pub stat: Stat,
}

/// Hashes a file. `progress` is told how many bytes were read since it was last told.
pub fn file(path: &Path, progress: &dyn Fn(u64)) -> Result<Hashed> {
    watched(path, progress, &mut |_| ())
}

/// The same; `watch` is shown the bytes in their order.
pub fn watched(path: &Path, progress: &dyn Fn(u64), watch: &mut dyn FnMut(&[u8])) -> Result<Hashed> {
    // Asked before the opening, which would wait for ever on a FIFO.
    Stat::of(path)?;
    let mut file = File::open(path).map_err(|e| failed("read", path, e))?;
    let before = look(path, &file)?;
    let mut told = |bytes: &[u8]| {
        watch(bytes);
        progress(bytes.len() as u64);
    };
    let (sha256, count, parts) = if before.size <= part::size(before.size) {
        let (sha256, count) = whole(path, &mut file, before.size, &mut told)?;
        (sha256, count, vec![sha256])
    } else {
        both(path, &mut file, before.size, &mut told)?
    };
    // Looked at by name as well: an editor may have put another file in its place.
    if count != before.size || look(path, &file)? != before || Stat::of(path)? != before {
        return Err(changed(path));
    }
    Ok(Hashed { sha256, size: count, parts, stat: before })
}

/// Hashes what can be read, to its end.
pub fn stream(from: &mut dyn Read) -> io::Result<(Digest, u64)> {
    let mut hasher = Hasher::default();
    let mut buffer = vec![0; BUFFER];
    loop {
        match from.read(&mut buffer) {
            Ok(0) => {
                let count = hasher.count();
                return Ok((hasher.finish(), count));
            }
            Ok(n) => hasher.update(&buffer[..n]),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
}

/// The error of a file that does not hold still.
#[must_use]
pub fn changed(path: &Path) -> Error {
    Error::user(format!("FILE_CHANGED: {} changed while it was being read", path.display()))
        .hint("run the same command again when nothing writes to it")
}

fn look(path: &Path, file: &File) -> Result<Stat> {
    let meta = file.metadata().map_err(|e| failed("look at", path, e))?;
    regular(path, &meta)?;
    Ok(Stat::from(&meta))
}

/// The digests of the parts, one after the other.
struct Parts {
    size: u64,
    done: Vec<Digest>,
    hasher: Hasher,
}

impl Digests for Parts {
    fn take(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
        if self.hasher.count() == self.size {
            self.done.push(std::mem::take(&mut self.hasher).finish());
        }
    }
}

impl Parts {
    fn finish(mut self) -> Vec<Digest> {
        if self.hasher.count() > 0 {
            self.done.push(self.hasher.finish());
        }
        self.done
    }
}

/// Reads to the end, and not far beyond `size`: a file that grows as fast as we read would have none.
/// The whole digest is made here, those of the parts in a second thread, from the same bytes.
fn both(path: &Path, file: &mut File, size: u64, told: &mut dyn FnMut(&[u8])) -> Result<(Digest, u64, Vec<Digest>)> {
    let mut aside = Aside::start(Parts { size: part::size(size), done: Vec::new(), hasher: Hasher::default() });
    let mut hasher = Hasher::default();
    while hasher.count() <= size {
        let mut buffer = aside.buffer();
        let (filled, end) = fill(file, &mut buffer);
        end.map_err(|e| failed("read", path, e))?;
        if filled == 0 {
            break;
        }
        buffer.truncate(filled);
        hasher.update(&buffer);
        told(&buffer);
        aside.give(buffer);
    }
    let count = hasher.count();
    Ok((hasher.finish(), count, aside.finish().finish()))
}

/// The same for a file that is one part.
fn whole(path: &Path, file: &mut File, size: u64, told: &mut dyn FnMut(&[u8])) -> Result<(Digest, u64)> {
    let mut hasher = Hasher::default();
    let mut buffer = vec![0; BUFFER];
    while hasher.count() <= size {
        let (filled, end) = fill(file, &mut buffer);
        end.map_err(|e| failed("read", path, e))?;
        if filled == 0 {
            break;
        }
        hasher.update(&buffer[..filled]);
        told(&buffer[..filled]);
    }
    let count = hasher.count();
    Ok((hasher.finish(), count))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::sync::atomic::{AtomicBool, Ordering};

    fn sample(size: usize) -> Vec<u8> {
        (0..size).map(|n| ((n * 31) >> 7) as u8).collect()
    }

    #[test]
    fn whole_and_parts_are_those_of_the_bytes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        for size in [0, 1, 8 << 20, (8 << 20) + 1, (24 << 20) + 300_001] {
            let bytes = sample(size);
            std::fs::write(&path, &bytes).unwrap();
            let seen = Cell::new(0);
            let hashed = file(&path, &|n| seen.set(seen.get() + n)).unwrap();
            assert_eq!(hashed.sha256, Digest::of(&bytes));
            assert_eq!((hashed.size, seen.get()), (size as u64, size as u64));
            let want: Vec<_> =
                part::cut(size as u64).map(|(at, len)| Digest::of(&bytes[at as usize..(at + len) as usize])).collect();
            assert_eq!(hashed.parts, want, "{size}");
        }
    }

    #[test]
    fn a_file_that_changes_meanwhile_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        for change in ["append", "overwrite", "truncate", "replace", "delete"] {
            std::fs::write(&path, sample(9 << 20)).unwrap();
            let once = AtomicBool::new(false);
            let error = file(&path, &|_| {
                if !once.swap(true, Ordering::SeqCst) {
                    disturb(&path, change);
                }
            })
            .unwrap_err();
            assert_eq!(error.kind, crate::error::Kind::User);
            assert!(change == "delete" || error.message.starts_with("FILE_CHANGED: "), "{change}: {}", error.message);
        }
    }

    fn disturb(path: &Path, change: &str) {
        use std::io::{Seek as _, SeekFrom, Write as _};
        // File systems stamp times in ticks of a few ms: without this the change could bear the old stamp.
        std::thread::sleep(std::time::Duration::from_millis(30));
        let mut it = File::options().write(true).open(path).unwrap();
        match change {
            "append" => it.seek(SeekFrom::End(0)).and_then(|_| it.write_all(b"x")).unwrap(),
            "overwrite" => it.write_all(b"x").unwrap(),
            "truncate" => it.set_len(8 << 20).unwrap(),
            "replace" => {
                let other = path.with_extension("new");
                std::fs::write(&other, sample(9 << 20)).unwrap();
                std::fs::rename(&other, path).unwrap();
            }
            _ => std::fs::remove_file(path).unwrap(),
        }
    }
}
