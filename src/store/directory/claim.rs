//! How a finished temporary file gets its key under a condition, with nothing but what any file system offers.
//!
//! Create-only is `link(2)`. If-Match, and create-only without links, is a *claim*: a directory named by the key and
//! the state that it wants to follow, moved into place with the complete temporary file already in it. Moving a
//! directory onto one that is not empty fails everywhere, so one state has one claim. Whoever meets a claim finishes
//! its rename, or voids it if the state is past, and then answers Refused. The file in a claim has a name of its own:
//! who comes late finds it gone and can move nobody else's.

use std::fs;
use std::hash::{BuildHasher as _, Hasher as _};
use std::io;
use std::path::{Path, PathBuf};

use super::super::{Outcome, Pin, When};
use super::{Directory, etag};
use crate::disk::effect;
use crate::error::{Error, Result};
use crate::flow::hash::Digest;
use crate::flow::key::Key;

/// The state of a key at which nothing lies; no etag is spelled like this.
const NOTHING: &str = "nothing";

impl Directory {
    /// Gives the synced file at `temp` its key. Afterwards `temp` may still exist and is the caller's to remove.
    pub(super) fn settle(&self, key: &Key, temp: &Path, path: &Path, when: When<'_>) -> Result<Outcome> {
        let failed = |e| self.failed("write", key, e);
        let dir = path.parent().unwrap_or(&self.root);
        effect::create_dir_all(dir).map_err(|e| match e.kind() {
            io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => self.both(key),
            _ => failed(e),
        })?;
        if path.is_dir() {
            return Err(self.both(key));
        }
        let meta = fs::metadata(temp).map_err(failed)?;
        let mine = etag(&meta);
        let stored = match when {
            When::Always => effect::rename(temp, path).map(|()| true).map_err(failed)?,
            When::Absent if self.links => match self.create_only(temp, path).map_err(failed)? {
                Some(stored) => stored,
                None => self.claim(key, temp, path, NOTHING)?,
            },
            When::Absent => self.claim(key, temp, path, NOTHING)?,
            When::Matches(old) => self.claim(key, temp, path, old)?,
        };
        if !stored {
            return Ok(Outcome::Refused);
        }
        self.synced(key, path)?;
        Ok(Outcome::Stored(Pin { etag: Some(mine), version: None }))
    }

    fn both(&self, key: &Key) -> Error {
        Error::store(format!(
            "cannot write {key} in the bucket {}: a directory cannot hold an object and others below its name",
            self.address
        ))
    }

    /// `None` where this file system has no links.
    fn create_only(&self, temp: &Path, path: &Path) -> io::Result<Option<bool>> {
        let Err(error) = effect::hard_link(temp, path) else { return Ok(Some(true)) };
        // A network file system may have made the link and lost the answer: the count knows.
        if links(temp) > 1 {
            return Ok(Some(true));
        }
        match error.kind() {
            io::ErrorKind::AlreadyExists => Ok(Some(false)),
            io::ErrorKind::NotFound | io::ErrorKind::StorageFull | io::ErrorKind::ReadOnlyFilesystem => Err(error),
            _ => Ok(None),
        }
    }

    fn state(&self, path: &Path, key: &Key) -> Result<String> {
        Ok(self.look(path, key)?.map_or_else(|| NOTHING.to_owned(), |meta| etag(&meta)))
    }

    fn claim(&self, key: &Key, temp: &Path, path: &Path, after: &str) -> Result<bool> {
        let failed = |e| self.failed("write", key, e);
        let claims = self.side("claims");
        let id = unique();
        let ours = claims.join(format!("new-{id}"));
        let claim = claims.join(Digest::of(format!("{key}\n{after}").as_bytes()).hex());
        if self.state(path, key)? != after {
            return Ok(false);
        }
        effect::create_dir_all(&ours).map_err(failed)?;
        effect::rename(temp, &ours.join(&id)).map_err(failed)?;
        effect::sync_folder(&ours).map_err(failed)?;
        for _ in 0..100 {
            if effect::rename(&ours, &claim).is_ok() {
                effect::sync_folder(&claims).map_err(failed)?;
                return self.finish_own(key, &claim, &id, path, after);
            }
            self.finish_met(key, &claim, path, after)?;
            if self.state(path, key)? != after {
                effect::remove_dir_all(&ours).map_err(failed)?;
                return Ok(false);
            }
        }
        let _ = effect::remove_dir_all(&ours);
        Err(Error::conflict(format!("{key} in {} is written to by too many at once", self.address)))
    }

    /// Our claim is in place, and with it our file: do what it says, unless somebody who met it did.
    fn finish_own(&self, key: &Key, claim: &Path, id: &str, path: &Path, after: &str) -> Result<bool> {
        let file = claim.join(id);
        let stored = if self.state(path, key)? == after {
            match effect::rename(&file, path) {
                // The state was the right one while the claim was ours, so it was finished, not voided.
                Err(e) if e.kind() == io::ErrorKind::NotFound => true,
                done => done.map(|()| true).map_err(|e| self.failed("write", key, e))?,
            }
        } else {
            // Too late if the file is still here, or was voided. If it is neither here nor there, it was finished.
            effect::remove_file(&file).is_err() && effect::remove_file(&self.voided(id)).is_err()
        };
        let _ = effect::remove_dir(claim);
        Ok(stored)
    }

    /// Where the file of a claim goes that came too late: its writer learns of it there.
    fn voided(&self, id: &str) -> PathBuf {
        self.side("claims").join(format!("void-{id}"))
    }

    fn finish_met(&self, key: &Key, claim: &Path, path: &Path, after: &str) -> Result<()> {
        let Ok(files) = fs::read_dir(claim) else { return Ok(()) };
        for file in files.flatten() {
            let done = if self.state(path, key)? == after {
                effect::rename(&file.path(), path)
            } else {
                let void = self.voided(&file.file_name().to_string_lossy());
                // Its writer may be dead: what stays behind should be small.
                effect::rename(&file.path(), &void).and_then(|()| emptied(&void))
            };
            match done {
                Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(self.failed("write", key, e)),
                _ => self.synced(key, path)?,
            }
        }
        // Its file is missing: the claim is void. This fails when somebody's new claim is there already.
        let _ = effect::remove_dir(claim);
        Ok(())
    }
}

/// Its writer may take it away at any time.
fn emptied(path: &Path) -> io::Result<()> {
    match effect::open(fs::OpenOptions::new().write(true).truncate(true), path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

/// How many names the file has; 1 where that cannot be asked.
pub(super) fn links(path: &Path) -> u64 {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        fs::symlink_metadata(path).map_or(1, |meta| meta.nlink())
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        1
    }
}

/// A name that nobody else takes, on this machine or another.
pub(super) fn unique() -> String {
    let random = || std::hash::RandomState::new().build_hasher().finish();
    format!("{:016x}{:08x}{:016x}", random(), std::process::id(), random().rotate_left(17))
}

#[cfg(test)]
mod tests {
    use super::super::super::{Body, Read as _, Source, Write as _};
    use super::*;
    use crate::flow::address::Address;

    fn lab() -> (tempfile::TempDir, Directory, Key) {
        let dir = tempfile::tempdir().unwrap();
        let store = Directory::open(Address::parse("file:x").unwrap(), dir.path().to_owned());
        (dir, store, Key::new("a"))
    }

    fn put(store: &Directory, key: &Key, bytes: &[u8], when: When<'_>) -> Outcome {
        let body = Body { sha256: Digest::of(bytes), size: bytes.len() as u64, source: Source::Bytes(bytes) };
        store.put(key, body, when).unwrap()
    }

    /// A writer that died right after its claim.
    fn left(store: &Directory, key: &Key, after: &str, bytes: &[u8]) {
        let claim = store.side("claims").join(Digest::of(format!("{key}\n{after}").as_bytes()).hex());
        fs::create_dir_all(&claim).unwrap();
        fs::write(claim.join("dead"), bytes).unwrap();
    }

    fn content(store: &Directory) -> Vec<u8> {
        fs::read(store.root.join("a")).unwrap()
    }

    fn claims(store: &Directory) -> usize {
        fs::read_dir(store.side("claims")).unwrap().count()
    }

    #[test]
    fn a_claim_that_is_met_is_finished_first() {
        let (_dir, store, key) = lab();
        let Outcome::Stored(pin) = put(&store, &key, b"one", When::Absent) else { panic!("refused") };
        let etag = pin.etag.unwrap();
        left(&store, &key, &etag, b"two");
        assert_eq!(put(&store, &key, b"three", When::Matches(&etag)), Outcome::Refused);
        assert_eq!(content(&store), b"two");
        let now = store.head(&key).unwrap().unwrap().pin.etag.unwrap();
        assert!(matches!(put(&store, &key, b"three", When::Matches(&now)), Outcome::Stored(_)));
        assert_eq!((content(&store), claims(&store)), (b"three".to_vec(), 0));
    }

    #[test]
    fn a_create_only_claim_that_is_met_is_finished_first() {
        let (_dir, store, key) = lab();
        let store = store.without_links();
        left(&store, &key, NOTHING, b"one");
        assert_eq!(put(&store, &key, b"two", When::Absent), Outcome::Refused);
        assert_eq!((content(&store), claims(&store)), (b"one".to_vec(), 0));
    }

    #[test]
    fn a_claim_without_its_file_is_void() {
        let (_dir, store, key) = lab();
        let store = store.without_links();
        left(&store, &key, NOTHING, b"x");
        let claim = fs::read_dir(store.side("claims")).unwrap().next().unwrap().unwrap().path();
        fs::remove_file(claim.join("dead")).unwrap();
        assert!(matches!(put(&store, &key, b"one", When::Absent), Outcome::Stored(_)));
        assert_eq!((content(&store), claims(&store)), (b"one".to_vec(), 0));
    }

    #[test]
    fn a_claim_on_a_state_that_is_past_changes_nothing() {
        let (_dir, store, key) = lab();
        put(&store, &key, b"one", When::Always);
        let etag = store.head(&key).unwrap().unwrap().pin.etag.unwrap();
        put(&store, &key, b"two", When::Always);
        left(&store, &key, &etag, b"late");
        assert_eq!(put(&store, &key, b"three", When::Matches(&etag)), Outcome::Refused);
        let claim = fs::read_dir(store.side("claims")).unwrap().next().unwrap().unwrap().path();
        store.finish_met(&key, &claim, &store.root.join("a"), &etag).unwrap();
        assert_eq!(content(&store), b"two");
        let void = fs::metadata(store.side("claims").join("void-dead")).unwrap();
        assert_eq!((void.len(), claims(&store)), (0, 1));
    }

    #[test]
    fn a_link_whose_answer_was_lost_is_a_success() {
        let (dir, store, _) = lab();
        let (temp, path) = (dir.path().join("temp"), dir.path().join("a"));
        fs::write(&temp, b"x").unwrap();
        assert_eq!(store.create_only(&temp, &path).unwrap(), Some(true));
        let again = store.create_only(&temp, &path).unwrap();
        assert_eq!(again, Some(cfg!(unix)));
        fs::remove_file(&temp).unwrap();
        fs::write(&temp, b"y").unwrap();
        assert_eq!(store.create_only(&temp, &path).unwrap(), Some(false));
    }
}
