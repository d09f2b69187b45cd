//! The listing of a directory: walked, and hashed where it changed since it was last looked at.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use super::index::{Index, Known, Writer};
use super::walk::walk;
use super::walked::Lies;
use crate::disk::hash;
use crate::disk::stat::Stat;
use crate::error::{Error, Result};
use crate::flow::hash::Digest;
use crate::flow::tree::{Item, Listing, What};

/// Is told how the reading goes on.
pub trait Told: Sync {
    /// So many files of so many bytes are to be read.
    fn begin(&self, files: u64, bytes: u64);
    /// So many more bytes were read.
    fn read(&self, bytes: u64);
}

/// What lies in a directory, and whether rules leave out some of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scanned {
    /// What belongs to the tree.
    pub listing: Listing,
    /// More lies there than that.
    pub hides: bool,
}

/// What lies in a directory now. `index` is the file of its stat index, `now` is seconds since 1970.
pub fn scan(root: &Path, index: &Path, now: i64, told: &dyn Told) -> Result<Scanned> {
    let mut known = Index::open(index);
    let (mut items, mut stats, mut todo) = (Vec::new(), Vec::new(), Vec::new());
    let mut trusted = 0;
    let walked = walk(root)?;
    let hides = walked.hides();
    walked.each(|path, lies| {
        let what = match lies {
            Lies::Empty => What::Dir,
            Lies::Link(target) => What::Link { target },
            Lies::File { stat, executable } => {
                let digest = known.digest(path, &stat);
                trusted += u64::from(digest.is_some());
                if digest.is_none() {
                    todo.push((items.len(), stats.len()));
                }
                stats.push(stat);
                What::File { executable, size: stat.size, sha256: digest.unwrap_or_else(|| Digest::of(b"")) }
            }
        };
        items.push(Item { path: path.into(), what });
        Ok(())
    })?;
    if !todo.is_empty() || known.count() != trusted {
        hash_all(root, &mut items, &stats, &todo, told)?;
        save(index, now, &items, &stats)?;
    }
    Ok(Scanned { listing: Listing::of(items)?, hides })
}

/// Hashes the files that are not known, by all cores.
fn hash_all(root: &Path, items: &mut [Item], stats: &[Stat], todo: &[(usize, usize)], told: &dyn Told) -> Result<()> {
    told.begin(todo.len() as u64, todo.iter().map(|(_, at)| stats[*at].size).sum());
    let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let done: Mutex<Vec<(usize, Digest)>> = Mutex::new(Vec::with_capacity(todo.len()));
    let failure: Mutex<Option<Error>> = Mutex::new(None);
    let paths = &*items;
    let work = || {
        let mut own = Vec::new();
        while !stop.load(Ordering::Relaxed) {
            let Some((item, stat)) = todo.get(next.fetch_add(1, Ordering::Relaxed)) else { break };
            match digest(&root.join(&*paths[*item].path), &stats[*stat], told) {
                Ok(digest) => own.push((*item, digest)),
                Err(error) => {
                    stop.store(true, Ordering::Relaxed);
                    failure.lock().expect("no holder panics").get_or_insert(error);
                }
            }
        }
        done.lock().expect("no holder panics").extend(own);
    };
    let threads = thread::available_parallelism().map_or(2, usize::from).min(todo.len());
    thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(work);
        }
        work();
    });
    if let Some(error) = failure.into_inner().expect("no holder panics") {
        return Err(error);
    }
    for (at, digest) in done.into_inner().expect("no holder panics") {
        if let What::File { sha256, .. } = &mut items[at].what {
            *sha256 = digest;
        }
    }
    Ok(())
}

/// The digest of a file that is still the one that was seen.
fn digest(path: &Path, seen: &Stat, told: &dyn Told) -> Result<Digest> {
    let hashed = hash::file(path, &|bytes| told.read(bytes))?;
    if hashed.stat == *seen { Ok(hashed.sha256) } else { Err(hash::changed(path)) }
}

/// Writes the index of these items. A stat belongs to each file.
fn save(index: &Path, now: i64, items: &[Item], stats: &[Stat]) -> Result<()> {
    let mut writer = Writer::new(index, now)?;
    let files = items.iter().filter_map(|item| Some((&*item.path, item.content()?)));
    for ((path, (sha256, _)), stat) in files.zip(stats) {
        writer.put(path, Known { stat: *stat, sha256 })?;
    }
    writer.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU64;

    #[derive(Default)]
    struct Count {
        files: AtomicU64,
        bytes: AtomicU64,
    }

    impl Told for Count {
        fn begin(&self, files: u64, _bytes: u64) {
            self.files.fetch_add(files, Ordering::Relaxed);
        }

        fn read(&self, bytes: u64) {
            self.bytes.fetch_add(bytes, Ordering::Relaxed);
        }
    }

    /// The listing, how many files were read, and how many bytes.
    fn scanned(root: &Path, index: &Path, now: i64) -> (Listing, u64, u64) {
        let count = Count::default();
        let listing = scan(root, index, now, &count).unwrap().listing;
        (listing, count.files.into_inner(), count.bytes.into_inner())
    }

    #[test]
    fn what_did_not_change_is_not_read_again() {
        let dir = tempfile::tempdir().unwrap();
        let (root, index) = (dir.path().join("tree"), dir.path().join("index"));
        std::fs::create_dir_all(root.join("empty")).unwrap();
        for n in 0..50 {
            std::fs::write(root.join(format!("f{n}")), format!("{n}")).unwrap();
        }
        let later = i64::MAX / 1_000_000_000;
        let (first, files, bytes) = scanned(&root, &index, 1);
        assert_eq!((first.files(), files, bytes), (50, 50, 90));
        assert_eq!(scanned(&root, &index, later).1, 50, "too young to be believed");
        assert_eq!(scanned(&root, &index, later), (first.clone(), 0, 0));
        std::thread::sleep(std::time::Duration::from_millis(30));
        std::fs::write(root.join("f7"), "8").unwrap();
        std::fs::remove_file(root.join("f8")).unwrap();
        let (second, files, bytes) = scanned(&root, &index, later);
        assert_eq!((second.files(), files, bytes), (49, 1, 1));
        let content = second.get("f7").unwrap().content().unwrap();
        assert_eq!(content, (Digest::of(b"8"), 1));
        assert!(second.get("empty").is_some());
        assert_eq!(scanned(&root, &index, later), (second, 0, 0));
    }

    #[test]
    fn a_file_that_is_another_than_was_seen_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        std::fs::write(&path, "1").unwrap();
        let seen = Stat::of(&path).unwrap();
        assert_eq!(digest(&path, &seen, &Count::default()).unwrap(), Digest::of(b"1"));
        let error = digest(&path, &Stat { ctime_ns: 7, ..seen }, &Count::default()).unwrap_err();
        assert!(error.message.starts_with("FILE_CHANGED: "), "{}", error.message);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_cannot_be_read_is_an_error() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("tree");
        std::fs::create_dir(&root).unwrap();
        std::fs::write(root.join("a"), "1").unwrap();
        std::fs::set_permissions(root.join("a"), std::fs::Permissions::from_mode(0o000)).unwrap();
        if std::fs::read(root.join("a")).is_err() {
            let error = scan(&root, &dir.path().join("index"), 1, &Count::default()).unwrap_err();
            assert!(error.message.starts_with("cannot read "), "{}", error.message);
        }
    }
}
