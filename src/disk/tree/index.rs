//! The stat index of a tree: digests of files that need no second reading. One file, read and written in the order of
//! paths, so that a million of them need no memory. It is a cache: when in doubt it forgets.

use std::fs::File;
use std::io::{BufReader, Read, Seek as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::disk::hash;
use crate::disk::stat::Stat;
use crate::disk::{effect, failed, file, folder, scratch};
use crate::error::Result;
use crate::flow::hash::{Digest, Hasher};

const HEAD: &[u8] = b"git-data tree index 1\n";
/// A file may change twice within one tick of its file system's clock; git's rule, with room for coarse clocks.
const RACY_NS: i64 = 2_000_000_000;
/// No path of a tree is longer.
const LONGEST: u64 = 4_096;
const BUFFER: usize = 256 << 10;

/// What was known of a file when it was last hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its marks then.
    pub stat: Stat,
    /// Of its content.
    pub sha256: Digest,
}

/// Reads an index from its first path to its last.
pub struct Index {
    body: Option<BufReader<std::io::Take<File>>>,
    path: Vec<u8>,
    known: Option<Known>,
    count: u64,
}

impl Index {
    /// Opens an index. A missing, damaged or foreign one is empty.
    #[must_use]
    pub fn open(file: &Path) -> Self {
        let mut index = Index { body: sound(file), path: Vec::new(), known: None, count: 0 };
        index.next();
        index
    }

    /// What is known of that path. Paths are asked for in the order of their bytes, each once.
    pub fn find(&mut self, path: &str) -> Option<Known> {
        while self.known.is_some() && self.path.as_slice() < path.as_bytes() {
            self.next();
        }
        self.known.filter(|_| self.path == path.as_bytes())
    }

    /// The digest of a file, if it surely is what it was when it was hashed.
    pub fn digest(&mut self, path: &str, stat: &Stat) -> Option<Digest> {
        self.find(path).filter(|known| known.stat == *stat).map(|known| known.sha256)
    }

    /// How many files it knows; it is read to its end for that.
    pub fn count(mut self) -> u64 {
        while self.known.is_some() {
            self.next();
        }
        self.count
    }

    fn next(&mut self) {
        self.known = self.body.as_mut().and_then(|body| record(body, &mut self.path));
        self.count += u64::from(self.known.is_some());
    }
}

/// The body of an index whose checksum is right: a flipped bit could turn one digest into another.
fn sound(path: &Path) -> Option<BufReader<std::io::Take<File>>> {
    let mut file = File::open(path).ok()?;
    let size = file.metadata().ok()?.len();
    let body = size.checked_sub(HEAD.len() as u64 + 32)?;
    let covered = hash::stream(&mut (&mut file).take(size - 32)).ok()?;
    let mut sum = [0; 32];
    file.read_exact(&mut sum).ok()?;
    file.rewind().ok()?;
    let mut head = [0; HEAD.len()];
    file.read_exact(&mut head).ok()?;
    (covered == (Digest::from_bytes(sum), size - 32) && head == HEAD)
        .then(|| BufReader::with_capacity(BUFFER, file.take(body)))
}

/// One record: what of the path is new, then the marks, then the digest. `None` at the end.
fn record(body: &mut impl Read, path: &mut Vec<u8>) -> Option<Known> {
    let shared = usize::try_from(number(body)?).ok().filter(|shared| *shared <= path.len())?;
    let fresh = number(body).filter(|fresh| *fresh <= LONGEST)?;
    path.truncate(shared);
    path.resize(shared + usize::try_from(fresh).ok()?, 0);
    body.read_exact(&mut path[shared..]).ok()?;
    let (size, dev, ino) = (number(body)?, number(body)?, number(body)?);
    let mut time = || {
        let mut bytes = [0; 8];
        body.read_exact(&mut bytes).ok()?;
        Some(i64::from_le_bytes(bytes))
    };
    let (mtime_ns, ctime_ns) = (time()?, time()?);
    let mut digest = [0; 32];
    body.read_exact(&mut digest).ok()?;
    Some(Known { stat: Stat { dev, ino, size, mtime_ns, ctime_ns }, sha256: Digest::from_bytes(digest) })
}

/// Seven bits a byte, the lowest first; the last one has no eighth.
fn number(body: &mut impl Read) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let mut byte = [0];
        body.read_exact(&mut byte).ok()?;
        value |= u64::from(byte[0] & 0x7f).checked_shl(shift)?;
        if byte[0] & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn put_number(to: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        to.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    to.push(value as u8);
}

/// Writes an index, path by path.
pub struct Writer {
    to: PathBuf,
    temp: NamedTempFile,
    hasher: Hasher,
    buffer: Vec<u8>,
    last: Vec<u8>,
    now_ns: i64,
}

impl Writer {
    /// Begins one that will replace `file`. `now` is seconds since 1970, from before the files were hashed.
    pub fn new(file: &Path, now: i64) -> Result<Self> {
        file::create_folder(folder(file))?;
        let temp = scratch::beside(folder(file), "index")?;
        let now_ns = now.saturating_mul(1_000_000_000);
        let (hasher, last) = (Hasher::default(), Vec::new());
        Ok(Writer { to: file.to_owned(), temp, hasher, buffer: HEAD.to_vec(), last, now_ns })
    }

    /// Notes a file, unless it may still change without showing. Paths come in the order of their bytes.
    pub fn put(&mut self, path: &str, known: Known) -> Result<()> {
        let Known { stat, sha256 } = known;
        if self.now_ns < stat.mtime_ns.max(stat.ctime_ns).saturating_add(RACY_NS) {
            return Ok(());
        }
        let path = path.as_bytes();
        let shared = self.last.iter().zip(path).take_while(|(one, two)| one == two).count();
        put_number(&mut self.buffer, shared as u64);
        put_number(&mut self.buffer, (path.len() - shared) as u64);
        self.buffer.extend_from_slice(&path[shared..]);
        for value in [stat.size, stat.dev, stat.ino] {
            put_number(&mut self.buffer, value);
        }
        for time in [stat.mtime_ns, stat.ctime_ns] {
            self.buffer.extend_from_slice(&time.to_le_bytes());
        }
        self.buffer.extend_from_slice(sha256.bytes());
        self.last.clear();
        self.last.extend_from_slice(path);
        if self.buffer.len() >= BUFFER { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<()> {
        self.hasher.update(&self.buffer);
        effect::write_all(self.temp.as_file(), &self.buffer).map_err(|e| failed("write", &self.to, e))?;
        self.buffer.clear();
        Ok(())
    }

    /// Puts it in its place. Without a sync: what a power cut leaves of it has a wrong checksum.
    pub fn finish(mut self) -> Result<()> {
        self.flush()?;
        let sum = self.hasher.finish();
        effect::write_all(self.temp.as_file(), sum.bytes()).map_err(|e| failed("write", &self.to, e))?;
        effect::persist(self.temp, &self.to).map(drop).map_err(|e| failed("write", &self.to, e.error))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn known(n: u64) -> Known {
        let stat = Stat { dev: 1, ino: n, size: n, mtime_ns: 100_000_000_000, ctime_ns: 100_000_000_000 };
        Known { stat, sha256: Digest::of(&n.to_le_bytes()) }
    }

    fn written(file: &Path, now: i64, all: &[(String, Known)]) {
        let mut writer = Writer::new(file, now).unwrap();
        all.iter().for_each(|(path, known)| writer.put(path, *known).unwrap());
        writer.finish().unwrap();
    }

    #[test]
    fn a_digest_is_trusted_only_for_the_same_settled_file() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("trees/index");
        let all = [("a".to_owned(), known(1)), ("b/c".to_owned(), known(300))];
        written(&file, 101, &all);
        assert_eq!(Index::open(&file).count(), 0, "hashed too soon after the write");
        written(&file, 102, &all);
        let mut index = Index::open(&file);
        assert_eq!(index.digest("a", &known(1).stat), Some(known(1).sha256));
        assert_eq!(index.digest("b", &known(300).stat), None);
        assert_eq!(index.digest("b/c", &Stat { ctime_ns: 9, ..known(300).stat }), None);
        assert_eq!(Index::open(&file).count(), 2);
    }

    #[test]
    fn a_damaged_index_is_an_empty_one() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("index");
        assert_eq!(Index::open(&file).count(), 0);
        written(&file, 200, &[("a".to_owned(), known(7)), ("ab".to_owned(), known(8))]);
        let good = std::fs::read(&file).unwrap();
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            std::fs::write(&file, &bad).unwrap();
            assert_eq!(Index::open(&file).count(), 0, "bit {at}");
            std::fs::write(&file, &good[..at]).unwrap();
            assert_eq!(Index::open(&file).count(), 0, "cut {at}");
        }
        std::fs::write(&file, &good).unwrap();
        assert_eq!(Index::open(&file).count(), 2);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn what_was_written_is_found(
            all in proptest::collection::btree_map("[a-c/é]{1,6}", any::<(u64, u64, u64, i64, [u8; 32])>(), 0..40),
            ask in proptest::collection::btree_set("[a-c/é]{1,6}", 0..40),
        ) {
            let dir = tempfile::tempdir().unwrap();
            let file = dir.path().join("index");
            let all: Vec<(String, Known)> = all.into_iter().map(|(path, (dev, ino, size, time, sha256))| {
                let stat = Stat { dev, ino, size, mtime_ns: time / 4, ctime_ns: time / 3 };
                (path, Known { stat, sha256: Digest::from_bytes(sha256) })
            }).collect();
            written(&file, i64::MAX, &all);
            let mut index = Index::open(&file);
            for path in &ask {
                let want = all.iter().find(|(known, _)| known == path).map(|(_, known)| *known);
                prop_assert_eq!(index.find(path), want);
            }
            let mut index = Index::open(&file);
            for (path, known) in &all {
                prop_assert_eq!(index.find(path), Some(*known));
            }
            prop_assert_eq!(index.count(), all.len() as u64);
        }
    }
}
