//! The stat index: digests that need no second hashing. It is a cache: when in doubt it forgets.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::stat::Stat;
use super::{atomic, file};
use crate::error::Result;
use crate::flow::hash::Digest;

const HEAD: &str = "git-data index 1";
/// A file may change twice within one tick of its file system's clock; git's rule, with room for coarse clocks.
const RACY_NS: i64 = 2_000_000_000;

/// What was known of files when they were last hashed.
#[derive(Debug)]
pub struct Index {
    file: PathBuf,
    entries: BTreeMap<String, Entry>,
    dirty: bool,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    digest: Digest,
    stat: Stat,
    recorded: i64,
}

impl Index {
    /// Reads `<dir>/index`. A missing, damaged or foreign one is empty.
    #[must_use]
    pub fn load(dir: &Path) -> Self {
        let file = dir.join("index");
        let entries = std::fs::read_to_string(&file).ok().and_then(|text| parse(&text)).unwrap_or_default();
        Index { file, entries, dirty: false }
    }

    /// Digest and size of the file, if it surely is what it was when it was hashed.
    #[must_use]
    pub fn get(&self, path: &Path, stat: &Stat) -> Option<(Digest, u64)> {
        let entry = self.entries.get(path.to_str()?)?;
        let touched = stat.mtime_ns.max(stat.ctime_ns);
        let settled = entry.recorded.saturating_mul(1_000_000_000) >= touched.saturating_add(RACY_NS);
        (entry.stat == *stat && settled).then_some((entry.digest, stat.size))
    }

    /// Remembers a digest. `stat` is from before the hashing, `now` is seconds since 1970.
    pub fn put(&mut self, path: &Path, stat: Stat, digest: Digest, now: i64) {
        // A name that is not UTF-8 is hashed every time.
        if let Some(path) = path.to_str() {
            self.entries.insert(path.to_owned(), Entry { digest, stat, recorded: now });
            self.dirty = true;
        }
    }

    /// Writes it if it changed, without the files that are gone.
    pub fn save(&mut self) -> Result<()> {
        if !self.dirty {
            return Ok(());
        }
        self.entries.retain(|path, _| std::fs::symlink_metadata(path).is_ok());
        file::create_folder(super::folder(&self.file))?;
        atomic::write(&self.file, print(&self.entries).as_bytes())?;
        self.dirty = false;
        Ok(())
    }
}

fn print(entries: &BTreeMap<String, Entry>) -> String {
    use std::fmt::Write as _;
    let mut text = format!("{HEAD}\n");
    for (path, Entry { digest, stat, recorded }) in entries {
        let Stat { dev, ino, size, mtime_ns, ctime_ns } = stat;
        let path = serde_json::Value::from(path.as_str());
        writeln!(text, "{digest} {size} {dev} {ino} {mtime_ns} {ctime_ns} {recorded} {path}")
            .expect("a string takes every line");
    }
    let sum = Digest::of(text.as_bytes());
    text + &format!("end {sum}\n")
}

fn parse(text: &str) -> Option<BTreeMap<String, Entry>> {
    let (body, sum) = text.strip_suffix('\n')?.rsplit_once("\nend ")?;
    let covered = text.get(..body.len() + 1)?;
    // A flipped bit could turn one digest into another.
    if Digest::from_hex(sum)? != Digest::of(covered.as_bytes()) {
        return None;
    }
    let mut lines = body.lines();
    if lines.next()? != HEAD {
        return None;
    }
    lines.map(line).collect()
}

fn line(line: &str) -> Option<(String, Entry)> {
    let mut words = line.splitn(8, ' ');
    let digest = Digest::from_hex(words.next()?)?;
    let size = words.next()?.parse().ok()?;
    let dev = words.next()?.parse().ok()?;
    let ino = words.next()?.parse().ok()?;
    let mtime_ns = words.next()?.parse().ok()?;
    let ctime_ns = words.next()?.parse().ok()?;
    let recorded = words.next()?.parse().ok()?;
    let path = serde_json::from_str(words.next()?).ok()?;
    Some((path, Entry { digest, stat: Stat { dev, ino, size, mtime_ns, ctime_ns }, recorded }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stat() -> Stat {
        Stat { dev: 1, ino: 2, size: 3, mtime_ns: 100_000_000_000, ctime_ns: 100_000_000_000 }
    }

    #[test]
    fn a_digest_is_trusted_only_for_the_same_settled_file() {
        let dir = tempfile::tempdir().unwrap();
        let mut index = Index::load(dir.path());
        let path = Path::new("/some/where");
        let digest = Digest::of(b"abc");
        index.put(path, stat(), digest, 101);
        assert_eq!(index.get(path, &stat()), None, "hashed too soon after the write");
        index.put(path, stat(), digest, 102);
        assert_eq!(index.get(path, &stat()), Some((digest, 3)));
        for other in [
            Stat { dev: 9, ..stat() },
            Stat { ino: 9, ..stat() },
            Stat { size: 9, ..stat() },
            Stat { mtime_ns: 9, ..stat() },
            Stat { ctime_ns: 9, ..stat() },
        ] {
            assert_eq!(index.get(path, &other), None);
        }
        assert_eq!(index.get(Path::new("/else/where"), &stat()), None);
    }

    #[test]
    fn it_survives_a_restart_and_drops_what_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        let kept = dir.path().join("a \"b\"\n c");
        std::fs::write(&kept, "x").unwrap();
        let gone = dir.path().join("gone");
        let mut index = Index::load(dir.path());
        index.put(&kept, stat(), Digest::of(b"a"), 200);
        index.put(&gone, stat(), Digest::of(b"b"), 200);
        index.save().unwrap();
        let index = Index::load(dir.path());
        assert_eq!(index.get(&kept, &stat()), Some((Digest::of(b"a"), 3)));
        assert_eq!(index.get(&gone, &stat()), None);
    }

    #[test]
    fn a_damaged_index_is_an_empty_one() {
        let dir = tempfile::tempdir().unwrap();
        let kept = dir.path().join("kept");
        std::fs::write(&kept, "x").unwrap();
        let mut index = Index::load(dir.path());
        index.put(&kept, stat(), Digest::of(b"a"), 200);
        index.save().unwrap();
        let file = dir.path().join("index");
        let good = std::fs::read(&file).unwrap();
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            std::fs::write(&file, &bad).unwrap();
            assert_eq!(Index::load(dir.path()).entries.len(), 0, "bit {at}");
            std::fs::write(&file, &good[..at]).unwrap();
            assert_eq!(Index::load(dir.path()).entries.len(), 0, "cut {at}");
        }
        std::fs::write(&file, &good).unwrap();
        assert_eq!(Index::load(dir.path()).entries.len(), 1);
    }
}
