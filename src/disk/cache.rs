//! Content that is already on this machine, shared between clones: read-only files named by their digest.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use tempfile::NamedTempFile;

use super::partial::Partial;
use super::{effect, failed, folder, place, scratch};
use crate::error::{Error, Result};
use crate::flow::hash::Digest;

/// The cache below one directory.
#[derive(Clone, Debug)]
pub struct Cache {
    root: PathBuf,
}

/// What [`Cache::prune`] took away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// How many entries.
    pub entries: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl Cache {
    /// The cache at `root`, which need not exist yet.
    #[must_use]
    pub fn new(root: PathBuf) -> Self {
        Cache { root }
    }

    /// Where it is.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A scratch file on the cache's own file system: [`Cache::adopt`] then costs no copy.
    pub fn scratch(&self) -> Result<NamedTempFile> {
        scratch::file(&self.root.join("incoming"), "fetch")
    }

    /// Takes over a scratch file whose bytes were hashed to the digest while they were written.
    pub fn adopt(&self, scratch: NamedTempFile, digest: &Digest) -> Result<PathBuf> {
        let path = self.path(digest);
        let write = |e| failed("write", &path, e);
        let dir = folder(&path);
        effect::create_dir_all(dir).map_err(|e| failed("make", dir, e))?;
        read_only(scratch.as_file()).map_err(write)?;
        effect::persist(scratch, &path).map_err(|e| write(e.error))?;
        effect::sync_folder(dir).map_err(write)?;
        Ok(path)
    }

    /// What an interrupted fetch left of that content, to go on with.
    pub fn partial(&self, digest: &Digest, size: u64) -> Result<Partial> {
        Partial::open(&self.root.join("incoming").join(format!("{digest}.part")), size)
    }

    /// Takes over what arrived and was hashed to the digest.
    pub fn adopt_partial(&self, partial: Partial, digest: &Digest) -> Result<PathBuf> {
        let path = self.path(digest);
        let write = |e| failed("write", &path, e);
        let dir = folder(&path);
        effect::create_dir_all(dir).map_err(|e| failed("make", dir, e))?;
        read_only(partial.file()).map_err(write)?;
        effect::rename(partial.path(), &path).map_err(write)?;
        partial.moved();
        effect::sync_folder(dir).map_err(write)?;
        Ok(path)
    }

    fn path(&self, digest: &Digest) -> PathBuf {
        let hex = digest.hex();
        self.root.join("sha256").join(&hex[..2]).join(hex)
    }

    /// Where the content lies, if it is here; it counts as used now. Whoever copies it verifies it.
    #[must_use]
    pub fn get(&self, digest: &Digest) -> Option<PathBuf> {
        let path = self.path(digest);
        if !fs::symlink_metadata(&path).is_ok_and(|meta| meta.is_file()) {
            return None;
        }
        used(&path);
        Some(path)
    }

    /// Like [`Cache::get`], but reads all of it first. A damaged entry is moved to `corrupt/` and reported.
    pub fn verify_and_get(&self, digest: &Digest) -> Result<Option<PathBuf>> {
        let Some(path) = self.get(digest) else { return Ok(None) };
        let mut file = fs::File::open(&path).map_err(|e| failed("read", &path, e))?;
        let found = place::pour(&mut file, &mut io::sink()).map_err(|e| failed("read", &path, e))?;
        if found == *digest {
            return Ok(Some(path));
        }
        let aside = self.root.join("corrupt");
        effect::create_dir_all(&aside).map_err(|e| failed("make", &aside, e))?;
        let aside = aside.join(digest.hex());
        effect::rename(&path, &aside).map_err(|e| failed("move", &path, e))?;
        Err(Error::integrity(format!("the cache's copy of {digest} was damaged: it has {found}"))
            .hint(format!("it was moved to {}; the same command again fetches a good one", aside.display())))
    }

    /// Adds the content of a file. Its digest is computed from the very bytes that go in.
    pub fn add_file(&self, from: &Path, digest: &Digest) -> Result<PathBuf> {
        self.add(from, digest, false)
    }

    /// Adds a file that the caller hashed and that nobody else can write to, such as its own scratch file.
    pub fn add_hashed(&self, from: &Path, digest: &Digest) -> Result<PathBuf> {
        self.add(from, digest, true)
    }

    fn add(&self, from: &Path, digest: &Digest, hashed: bool) -> Result<PathBuf> {
        if let Some(path) = self.get(digest) {
            return Ok(path);
        }
        let path = self.path(digest);
        let dir = folder(&path);
        let write = |e| failed("write", &path, e);
        effect::create_dir_all(dir).map_err(|e| failed("make", dir, e))?;
        let (temp, _, found) = place::filled(from, dir, "adding", if hashed { Some(*digest) } else { None })?;
        if found != *digest {
            return Err(Error::integrity(format!("{} has {found}, not {digest}", from.display())));
        }
        read_only(temp.as_file()).map_err(write)?;
        effect::sync(temp.as_file()).map_err(write)?;
        effect::persist(temp, &path).map_err(|e| write(e.error))?;
        effect::sync_folder(dir).map_err(write)?;
        Ok(path)
    }

    /// How many bytes it holds.
    pub fn size(&self) -> Result<u64> {
        Ok(self.entries()?.iter().map(|entry| entry.size).sum())
    }

    /// Takes the least recently used entries away until at most `limit` bytes are left; never one that `keep` says.
    pub fn prune(&self, limit: u64, keep: &dyn Fn(&Digest) -> bool) -> Result<Pruned> {
        self.fall(limit, keep, &|entry| remove(&entry.path))
    }

    /// What [`Cache::prune`] would take away.
    pub fn would_prune(&self, limit: u64, keep: &dyn Fn(&Digest) -> bool) -> Result<Pruned> {
        self.fall(limit, keep, &|_| Ok(()))
    }

    fn fall(&self, limit: u64, keep: &dyn Fn(&Digest) -> bool, take: &dyn Fn(&Entry) -> Result<()>) -> Result<Pruned> {
        let mut entries = self.entries()?;
        entries.sort_by_key(|entry| entry.used);
        let mut total: u64 = entries.iter().map(|entry| entry.size).sum();
        let mut pruned = Pruned::default();
        for entry in entries {
            if total <= limit {
                break;
            }
            if keep(&entry.digest) {
                continue;
            }
            take(&entry)?;
            total -= entry.size;
            pruned.entries += 1;
            pruned.bytes += entry.size;
        }
        Ok(pruned)
    }

    fn entries(&self) -> Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for dir in read_dir(&self.root.join("sha256"))? {
            for path in read_dir(&dir)? {
                let name = path.file_name().and_then(|name| name.to_str());
                let Some(digest) = name.and_then(Digest::from_hex) else { continue };
                // One that another program pruned meanwhile is not there any more, which is fine.
                let Ok(meta) = fs::symlink_metadata(&path) else { continue };
                let used = meta.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                entries.push(Entry { path, digest, size: meta.len(), used });
            }
        }
        Ok(entries)
    }
}

fn read_only(file: &fs::File) -> io::Result<()> {
    let mut mode = file.metadata()?.permissions();
    mode.set_readonly(true);
    #[cfg(unix)]
    std::os::unix::fs::PermissionsExt::set_mode(&mut mode, 0o444);
    effect::set_permissions(file, mode)
}

struct Entry {
    path: PathBuf,
    digest: Digest,
    size: u64,
    used: SystemTime,
}

fn read_dir(dir: &Path) -> Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(dir) {
        Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => return Ok(Vec::new()),
        entries => entries.map_err(|e| failed("list", dir, e))?,
    };
    entries.map(|entry| entry.map(|it| it.path()).map_err(|e| failed("list", dir, e))).collect()
}

fn remove(path: &Path) -> Result<()> {
    match effect::remove_read_only(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(failed("remove", path, e)),
        _ => Ok(()),
    }
}

/// Marks an entry as used, by the file system's own clock. Another user's entry keeps its old mark.
fn used(path: &Path) {
    #[cfg(unix)]
    {
        use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, UTIME_NOW, UTIME_OMIT, utimensat};
        let times = Timestamps {
            last_access: Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT },
            last_modification: Timespec { tv_sec: 0, tv_nsec: UTIME_NOW },
        };
        let _ = crate::crash::around(|| utimensat(CWD, path, &times, AtFlags::empty()));
    }
    #[cfg(not(unix))]
    let _ = path;
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn cache() -> (tempfile::TempDir, Cache) {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::new(dir.path().join("cache"));
        (dir, cache)
    }

    fn add(dir: &tempfile::TempDir, cache: &Cache, bytes: &[u8]) -> (Digest, PathBuf) {
        let from = dir.path().join("from");
        fs::write(&from, bytes).unwrap();
        let digest = Digest::of(bytes);
        (digest, cache.add_file(&from, &digest).unwrap())
    }

    #[test]
    fn what_was_added_is_found_read_only_under_its_digest() {
        let (dir, cache) = cache();
        let (digest, path) = add(&dir, &cache, b"abc");
        assert!(path.ends_with(format!("sha256/ba/{digest}")));
        assert_eq!(fs::read(&path).unwrap(), b"abc");
        assert!(fs::metadata(&path).unwrap().permissions().readonly());
        assert_eq!(cache.get(&digest), Some(path.clone()));
        assert_eq!(cache.verify_and_get(&digest).unwrap(), Some(path));
        assert_eq!(cache.get(&Digest::of(b"x")), None);
        assert_eq!(cache.size().unwrap(), 3);
    }

    #[test]
    fn bytes_that_are_not_the_digest_do_not_get_in() {
        let (dir, cache) = cache();
        let from = dir.path().join("from");
        fs::write(&from, b"abc").unwrap();
        let error = cache.add_file(&from, &Digest::of(b"abd")).unwrap_err();
        assert_eq!(error.kind, crate::error::Kind::Integrity);
        assert_eq!(cache.size().unwrap(), 0);
        let left = read_dir(&cache.root.join("sha256")).unwrap();
        assert!(left.iter().all(|dir| read_dir(dir).unwrap().is_empty()));
    }

    #[cfg(unix)]
    #[test]
    fn a_flipped_bit_is_found_and_put_aside() {
        use std::os::unix::fs::PermissionsExt as _;
        let (dir, cache) = cache();
        let (digest, path) = add(&dir, &cache, b"abc");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        fs::write(&path, b"abb").unwrap();
        let error = cache.verify_and_get(&digest).unwrap_err();
        assert_eq!(error.kind, crate::error::Kind::Integrity);
        assert_eq!(cache.get(&digest), None);
        assert!(cache.root.join("corrupt").join(digest.hex()).exists());
        let (_, again) = add(&dir, &cache, b"abc");
        assert_eq!(again, path);
    }

    #[test]
    fn pruning_takes_the_least_recently_used_and_spares_what_must_stay() {
        let (dir, cache) = cache();
        let old = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        let mut all = Vec::new();
        for (n, bytes) in [b"aaaa", b"bbbb", b"cccc", b"dddd"].iter().enumerate() {
            let (digest, path) = add(&dir, &cache, *bytes);
            let file = fs::File::open(&path).unwrap();
            file.set_modified(old + Duration::from_secs(n as u64)).unwrap();
            all.push(digest);
        }
        if cfg!(unix) {
            cache.get(&all[1]).unwrap();
        } else {
            return;
        }
        let pruned = cache.prune(8, &|digest| *digest == all[0]).unwrap();
        assert_eq!(pruned, Pruned { entries: 2, bytes: 8 });
        let left: Vec<_> = all.iter().map(|digest| cache.get(digest).is_some()).collect();
        assert_eq!(left, [true, true, false, false]);
        assert_eq!(cache.prune(0, &|_| true).unwrap(), Pruned::default());
    }
}
