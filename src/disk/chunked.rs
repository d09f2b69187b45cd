//! Large files and their chunk lists: cut while they are hashed, and the lists that this machine made itself.

use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use super::aside::{Aside, Digests};
use super::hash::{self, Hashed};
use super::{atomic, effect, failed, file as small};
use crate::error::Result;
use crate::flow::chunk::{self, Chunks, Cutter};
use crate::flow::hash::{Digest, Hasher};

/// Lists of so many objects are remembered.
const KEPT: usize = 64;

impl Digests for Cutter {
    fn take(&mut self, bytes: &[u8]) {
        Cutter::take(self, bytes);
    }
}

/// Hashes a file as [`hash::file`] does, and cuts it in the same reading if it is large.
pub fn file(path: &Path, progress: &dyn Fn(u64)) -> Result<(Hashed, Option<Chunks>)> {
    let large = std::fs::metadata(path).is_ok_and(|meta| chunk::listed(meta.len()));
    let mut aside = large.then(|| Aside::start(Cutter::default()));
    let hashed = hash::watched(path, progress, &mut |bytes| {
        if let Some(aside) = &mut aside {
            let mut buffer = aside.buffer();
            buffer.truncate(bytes.len());
            buffer.copy_from_slice(bytes);
            aside.give(buffer);
        }
    })?;
    let chunks = aside.map(|aside| aside.finish().finish()).filter(|chunks| chunks.size() == hashed.size);
    Ok((hashed, chunks))
}

/// The digests of an object's parts, and its chunk list, as its bytes pass.
pub struct Passing {
    size: u64,
    parts: Vec<Digest>,
    part: Hasher,
    cutter: Option<Cutter>,
}

impl Passing {
    /// Parts of that size; with a chunk list if the object is large.
    #[must_use]
    pub fn new(part: u64, large: bool) -> Self {
        Passing { size: part, parts: Vec::new(), part: Hasher::default(), cutter: large.then(Cutter::default) }
    }

    /// What passed.
    #[must_use]
    pub fn finish(mut self) -> (Vec<Digest>, Option<Chunks>) {
        if self.part.count() > 0 || self.parts.is_empty() {
            self.parts.push(self.part.finish());
        }
        (self.parts, self.cutter.map(Cutter::finish))
    }
}

impl Digests for Passing {
    fn take(&mut self, bytes: &[u8]) {
        self.part.update(bytes);
        if self.part.count() == self.size {
            self.parts.push(std::mem::take(&mut self.part).finish());
        }
        if let Some(cutter) = &mut self.cutter {
            cutter.take(bytes);
        }
    }
}

/// The lists that this machine made of bytes it had: unlike those of a bucket they can be believed.
#[derive(Clone, Debug)]
pub struct Lists {
    root: PathBuf,
}

impl Lists {
    /// Beside the content cache at `cache`.
    #[must_use]
    pub fn new(cache: &Path) -> Self {
        Lists { root: cache.join("chunks") }
    }

    /// The list of an object; one that is damaged is none.
    #[must_use]
    pub fn get(&self, digest: &Digest, size: u64) -> Option<Chunks> {
        let bytes = small::read(&self.root.join(digest.hex())).ok().flatten()?;
        chunk::parse(&bytes, size).ok()
    }

    /// Remembers the list of an object.
    pub fn put(&self, digest: &Digest, chunks: &Chunks) -> Result<()> {
        small::create_folder(&self.root)?;
        atomic::write(&self.root.join(digest.hex()), &chunk::print(chunks))?;
        self.forget_old();
        Ok(())
    }

    /// A list that was not written lately can be made again, or is in production.
    fn forget_old(&self) {
        let Ok(entries) = std::fs::read_dir(&self.root) else { return };
        let dated = |path: PathBuf| Some((std::fs::metadata(&path).and_then(|meta| meta.modified()).ok()?, path));
        let mut lists: Vec<_> = entries.flatten().filter_map(|entry| dated(entry.path())).collect();
        lists.sort();
        let many = lists.len().saturating_sub(KEPT);
        for (_, path) in lists.drain(..many) {
            let _ = effect::remove_file(&path);
        }
    }
}

/// A file that is read here and there.
#[derive(Debug)]
pub struct Spans {
    path: PathBuf,
    file: File,
}

impl Spans {
    /// Opens it.
    pub fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(|e| failed("read", path, e))?;
        Ok(Spans { path: path.to_owned(), file })
    }

    /// Bytes of the file now.
    pub fn size(&self) -> Result<u64> {
        self.file.metadata().map(|meta| meta.len()).map_err(|e| failed("look at", &self.path, e))
    }

    /// So many bytes from there; an error if the file has not so many.
    pub fn exact(&mut self, offset: u64, buffer: &mut [u8]) -> Result<()> {
        let read = self.file.seek(SeekFrom::Start(offset)).and_then(|_| self.file.read_exact(buffer));
        read.map_err(|e| failed("read", &self.path, e))
    }

    /// All bytes from there on.
    pub fn from(mut self, offset: u64) -> io::Result<File> {
        self.file.seek(SeekFrom::Start(offset))?;
        Ok(self.file)
    }
}

/// Writes all that comes to a scratch file, from there on.
pub fn write_at(path: &Path, offset: u64, mut from: impl Read) -> io::Result<u64> {
    let mut file = effect::open(File::options().write(true), path)?;
    file.seek(SeekFrom::Start(offset))?;
    effect::copy(&mut from, &mut file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::part;

    fn sample(size: usize) -> Vec<u8> {
        (0..size as u64).map(|n| (n.wrapping_mul(2_654_435_769) >> 13) as u8 ^ (n >> 16) as u8).collect()
    }

    #[test]
    fn a_large_file_is_hashed_and_cut_in_one_reading_and_a_small_one_is_not_cut() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        for size in [0, 5, (8 << 20) - 1, 8 << 20, (16 << 20) + 300_001] {
            let bytes = sample(size);
            std::fs::write(&path, &bytes).unwrap();
            let (hashed, chunks) = file(&path, &|_| ()).unwrap();
            assert_eq!(hashed, hash::file(&path, &|_| ()).unwrap());
            assert_eq!(chunks.is_some(), size as u64 >= chunk::LARGE);
            let mut cutter = Cutter::default();
            cutter.take(&bytes);
            assert!(chunks.is_none_or(|chunks| chunks == cutter.finish()));
            let mut passing = Passing::new(part::size(size as u64), true);
            bytes.chunks(256 << 10).for_each(|portion| passing.take(portion));
            assert_eq!(passing.finish().0, hashed.parts, "{size}");
        }
    }

    #[test]
    fn a_list_is_found_again_and_a_damaged_one_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let (lists, digest) = (Lists::new(dir.path()), Digest::of(b"x"));
        let mut cutter = Cutter::default();
        cutter.take(&sample(300_000));
        let chunks = cutter.finish();
        assert_eq!(lists.get(&digest, 300_000), None);
        lists.put(&digest, &chunks).unwrap();
        assert_eq!(lists.get(&digest, 300_000), Some(chunks));
        assert_eq!(lists.get(&digest, 300_001), None);
        let path = dir.path().join("chunks").join(digest.hex());
        std::fs::write(&path, &std::fs::read(&path).unwrap()[1..]).unwrap();
        assert_eq!(lists.get(&digest, 300_000), None);
    }

    #[test]
    fn only_the_latest_lists_are_remembered() {
        let dir = tempfile::tempdir().unwrap();
        let lists = Lists::new(dir.path());
        let mut cutter = Cutter::default();
        cutter.take(b"x");
        let chunks = cutter.finish();
        for n in 0..KEPT as u8 + 3 {
            lists.put(&Digest::of(&[n]), &chunks).unwrap();
        }
        assert_eq!(std::fs::read_dir(dir.path().join("chunks")).unwrap().count(), KEPT);
        assert_eq!(lists.get(&Digest::of(&[KEPT as u8 + 2]), 1), Some(chunks));
    }

    #[test]
    fn spans_are_read_where_they_are_and_never_short() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        std::fs::write(&path, b"0123456789").unwrap();
        let mut spans = Spans::open(&path).unwrap();
        let mut two = [0; 2];
        spans.exact(8, &mut two).unwrap();
        assert_eq!((&two, spans.size().unwrap()), (b"89", 10));
        assert!(spans.exact(9, &mut two).is_err());
        write_at(&path, 12, &b"ab"[..]).unwrap();
        write_at(&path, 1, &b"cd"[..]).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"0cd3456789\0\0ab");
    }
}
