//! Puts the paths of a tree in their place, many at a time: whole or not at all, inside the tree, through no link.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use tempfile::{NamedTempFile, TempPath};

use crate::disk::stat::Stat;
use crate::disk::{effect, failed, folder, place, scratch};
use crate::error::{Error, Result};
use crate::flow::hash::{Digest, Hasher};

/// The directory of a tree that is being filled.
pub struct Ground {
    root: PathBuf,
    scratch: PathBuf,
    /// Directories that are there and are no links.
    sound: Mutex<HashSet<PathBuf>>,
}

/// What came of one path.
#[derive(Debug, PartialEq, Eq)]
pub enum Put {
    /// It is there.
    Done,
    /// The system cannot hold such a name, or such a thing; why, in its words.
    Unheld(String),
}

/// Content that is on its way: in a file of its own, with its mode, and proven.
#[derive(Debug)]
pub struct Ready {
    temp: TempPath,
}

impl Ground {
    /// Opens the directory `root`, which is made if need be. It lies inside `boundary`, and no link leads to it.
    pub fn open(boundary: &Path, root: &Path, tmp: &Path) -> Result<Self> {
        let refuse = |path: &Path, why: &str| {
            Err(Error::user(format!("nothing is written below {}: {} {why}", root.display(), path.display())))
        };
        let Ok(below) = root.strip_prefix(boundary) else { return refuse(root, "is outside the repository") };
        let mut path = boundary.to_owned();
        for part in below.components() {
            let Component::Normal(name) = part else { return refuse(root, "is outside the repository") };
            path.push(name);
            match fs::symlink_metadata(&path) {
                Ok(meta) if meta.is_symlink() => return refuse(&path, "is a symbolic link"),
                Ok(meta) if !meta.is_dir() => return refuse(&path, "is not a directory"),
                Ok(_) => {}
                Err(e) if e.kind() == io::ErrorKind::NotFound => break,
                Err(e) => return Err(failed("look at", &path, e)),
            }
        }
        effect::create_dir_all(root).map_err(|e| failed("make", root, e))?;
        let scratch = scratch::near(tmp, root)?.to_owned();
        Ok(Ground { root: root.to_owned(), scratch, sound: Mutex::default() })
    }

    fn at(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// What the system says of a path of the tree, through no link; `None` where nothing is.
    pub fn look(&self, path: &str) -> Result<Option<fs::Metadata>> {
        let at = self.at(path);
        let above = at.ancestors().skip(1).take_while(|above| *above != self.root);
        // A link above would show what lies elsewhere.
        if above.map(fs::symlink_metadata).any(|meta| meta.is_ok_and(|meta| !meta.is_dir())) {
            return Ok(None);
        }
        match fs::symlink_metadata(&at) {
            Ok(meta) => Ok(Some(meta)),
            Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
            Err(e) if unheld(&e) => Ok(None),
            Err(e) => Err(failed("look at", &at, e)),
        }
    }

    /// The marks of a file that was put.
    pub fn stat(&self, path: &str) -> Result<Option<Stat>> {
        Ok(self.look(path)?.filter(fs::Metadata::is_file).map(|meta| Stat::from(&meta)))
    }

    /// Takes content that must have the digest.
    pub fn take(&self, from: &mut dyn Read, digest: Digest, executable: bool) -> Result<Ready> {
        let temp = scratch::beside(&self.scratch, "git-data")?;
        let write = |e: io::Error| failed("write", temp.path(), e);
        let (mut hasher, mut buffer) = (Hasher::default(), vec![0; 64 << 10]);
        loop {
            let count = from.read(&mut buffer).map_err(write)?;
            if count == 0 {
                break;
            }
            hasher.update(&buffer[..count]);
            effect::write_all(temp.as_file(), &buffer[..count]).map_err(write)?;
        }
        self.ready(temp, hasher.finish(), digest, executable)
    }

    /// The same for content that is in memory.
    pub fn take_bytes(&self, bytes: &[u8], digest: Digest, executable: bool) -> Result<Ready> {
        let found = Digest::of(bytes);
        if found != digest {
            return Err(other(found, digest));
        }
        let temp = scratch::beside(&self.scratch, "git-data")?;
        effect::write_all(temp.as_file(), bytes).map_err(|e| failed("write", temp.path(), e))?;
        self.ready(temp, found, digest, executable)
    }

    /// Takes the content of a whole file, sharing its blocks where the file system can.
    pub fn take_file(&self, from: &Path, digest: Digest, executable: bool) -> Result<Ready> {
        let (temp, _, found) = place::filled(from, &self.scratch, "git-data", None)?;
        self.ready(temp, found, digest, executable)
    }

    fn ready(&self, temp: NamedTempFile, found: Digest, digest: Digest, executable: bool) -> Result<Ready> {
        if found != digest {
            return Err(other(found, digest));
        }
        let write = |e| failed("write", temp.path(), e);
        if executable {
            run_by_readers(temp.as_file()).map_err(write)?;
        }
        // Elsewhere one wait is for all of them.
        if cfg!(not(any(target_os = "linux", target_os = "android"))) {
            effect::sync(temp.as_file()).map_err(write)?;
        }
        Ok(Ready { temp: temp.into_temp_path() })
    }

    /// Makes safe on disk what was taken, and what was put.
    pub fn settle(&self) -> Result<()> {
        for dir in [&self.scratch, &self.root] {
            effect::sync_file_system(dir).map_err(|e| failed("write to", dir, e))?;
        }
        Ok(())
    }

    /// Puts content at its path, in place of a file, a link or an empty directory.
    pub fn put(&self, path: &str, ready: Ready) -> Result<Put> {
        let at = self.at(path);
        let done = self.room(path).and_then(|()| match effect::persist_path(ready.temp, &at) {
            Err(failure) if failure.error.kind() == io::ErrorKind::CrossesDevices => across(failure.path, &at),
            other => other.map_err(|failure| failure.error),
        });
        self.came(&at, done)
    }

    /// Puts a link at its path.
    pub fn link(&self, path: &str, target: &str) -> Result<Put> {
        let at = self.at(path);
        let done = self.room(path).and_then(|()| {
            if fs::symlink_metadata(&at).is_ok() {
                effect::remove_file(&at)?;
            }
            effect::symlink(target, &at)
        });
        self.came(&at, done)
    }

    /// Makes an empty directory.
    pub fn folder(&self, path: &str) -> Result<Put> {
        let at = self.at(path);
        let done = self.parents(path).and_then(|()| {
            if fs::symlink_metadata(&at).is_ok_and(|meta| !meta.is_dir()) {
                effect::remove_file(&at)?;
            }
            effect::create_dir_all(&at)
        });
        self.came(&at, done)
    }

    /// Gives a file the mode that it should have.
    pub fn mode(&self, path: &str, executable: bool) -> Result<Put> {
        let at = self.at(path);
        let done = self.parents(path).and_then(|()| {
            let file = File::open(&at)?;
            if executable { run_by_readers(&file) } else { run_by_nobody(&file) }
        });
        self.came(&at, done)
    }

    /// Takes away a file, a link or an empty directory, and the directories that are empty then.
    pub fn remove(&self, path: &str) -> Result<()> {
        let at = self.at(path);
        let Some(meta) = self.look(path)? else { return Ok(()) };
        let gone = if meta.is_dir() { effect::remove_dir(&at) } else { effect::remove_file(&at) };
        gone.map_err(|e| failed("remove", &at, e))?;
        self.forget_empty(&at);
        Ok(())
    }

    /// Removes the directories above a path that are empty now.
    fn forget_empty(&self, at: &Path) {
        for above in at.ancestors().skip(1).take_while(|above| *above != self.root) {
            // The first one that is not empty ends it.
            if effect::remove_dir(above).is_err() {
                break;
            }
        }
    }

    /// Moves what lies at a path to the same path below `aside`.
    pub fn keep(&self, path: &str, aside: &Path) -> Result<()> {
        let (at, to) = (self.at(path), aside.join(path));
        let parent = folder(&to);
        effect::create_dir_all(parent).map_err(|e| failed("make", parent, e))?;
        effect::rename(&at, &to).map_err(|e| failed("move", &at, e))?;
        self.forget_empty(&at);
        Ok(())
    }

    fn came(&self, at: &Path, done: io::Result<()>) -> Result<Put> {
        match done {
            Ok(()) => Ok(Put::Done),
            Err(e) if unheld(&e) => Ok(Put::Unheld(e.to_string())),
            Err(e) => Err(failed("write", at, e)),
        }
    }

    /// Room for a file or a link: real directories above it, and no directory in its place.
    fn room(&self, path: &str) -> io::Result<()> {
        self.parents(path)?;
        let at = self.at(path);
        if fs::symlink_metadata(&at).is_ok_and(|meta| meta.is_dir()) {
            effect::remove_dir(&at)?;
        }
        Ok(())
    }

    /// Makes the directories above a path; none of them may be a link.
    fn parents(&self, path: &str) -> io::Result<()> {
        let at = self.at(path);
        let parent = folder(&at);
        let known = |path: &Path| self.sound.lock().unwrap_or_else(PoisonError::into_inner).contains(path);
        if parent == self.root || known(parent) {
            return Ok(());
        }
        let mut above: Vec<&Path> = parent.ancestors().take_while(|above| *above != self.root).collect();
        above.reverse();
        for dir in above.into_iter().filter(|dir| !known(dir)) {
            match fs::symlink_metadata(dir) {
                Ok(meta) if meta.is_dir() => {}
                Ok(_) => return Err(io::Error::other(format!("{} is not a directory", dir.display()))),
                Err(e) if e.kind() == io::ErrorKind::NotFound => effect::create_dir_all(dir)?,
                Err(e) => return Err(e),
            }
            self.sound.lock().unwrap_or_else(PoisonError::into_inner).insert(dir.to_owned());
        }
        Ok(())
    }
}

fn other(found: Digest, digest: Digest) -> Error {
    Error::integrity(format!("these bytes have the SHA-256 {found}, not {digest}"))
}

/// A mount lies between the scratch and the tree.
fn across(temp: TempPath, at: &Path) -> io::Result<()> {
    let mut near = scratch::beside(folder(at), "git-data").map_err(io::Error::other)?;
    let mode = fs::metadata(&temp)?.permissions();
    effect::copy(&mut File::open(&temp)?, near.as_file_mut())?;
    effect::set_permissions(near.as_file(), mode)?;
    effect::sync(near.as_file())?;
    effect::persist(near, at).map(drop).map_err(|e| e.error)
}

/// What the system says of a name that it cannot hold.
fn unheld(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidFilename, InvalidInput, Unsupported};
    matches!(error.kind(), InvalidFilename | InvalidInput | Unsupported)
}

/// Who may read it may run it.
fn run_by_readers(file: &File) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = file.metadata()?.permissions().mode();
        effect::set_permissions(file, fs::Permissions::from_mode(mode | (mode & 0o444) >> 2))?;
    }
    #[cfg(not(unix))]
    let _ = file;
    Ok(())
}

fn run_by_nobody(file: &File) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = file.metadata()?.permissions().mode();
        effect::set_permissions(file, fs::Permissions::from_mode(mode & !0o111))?;
    }
    #[cfg(not(unix))]
    let _ = file;
    Ok(())
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    fn ground(dir: &tempfile::TempDir) -> Ground {
        Ground::open(dir.path(), &dir.path().join("data/maps"), &dir.path().join("tmp")).unwrap()
    }

    fn put(ground: &Ground, path: &str, content: &str) -> Result<Put> {
        ground.put(path, ground.take_bytes(content.as_bytes(), Digest::of(content.as_bytes()), path.ends_with('x'))?)
    }

    #[test]
    fn content_comes_to_its_place_with_its_mode() {
        let dir = tempfile::tempdir().unwrap();
        let ground = ground(&dir);
        let at = |path: &str| dir.path().join("data/maps").join(path);
        assert_eq!(put(&ground, "a/b/x", "1").unwrap(), Put::Done);
        assert_eq!(put(&ground, "a/b/c", "2").unwrap(), Put::Done);
        let mode = |path: &str| fs::metadata(at(path)).unwrap().permissions().mode() & 0o111;
        assert_ne!(mode("a/b/x"), 0);
        assert_eq!(mode("a/b/c"), 0);
        ground.mode("a/b/c", true).unwrap();
        ground.mode("a/b/x", false).unwrap();
        assert_ne!(mode("a/b/c"), 0);
        assert_eq!(mode("a/b/x"), 0);
        ground.link("a/l", "b").unwrap();
        ground.link("a/l", "c").unwrap();
        assert_eq!(fs::read_link(at("a/l")).unwrap(), Path::new("c"));
        ground.folder("e/f").unwrap();
        put(&ground, "e/f", "3").unwrap();
        assert_eq!(fs::read(at("e/f")).unwrap(), b"3");
        for path in ["a/b/x", "a/b/c", "a/l", "e/f", "gone"] {
            ground.remove(path).unwrap();
        }
        assert_eq!(fs::read_dir(dir.path().join("data/maps")).unwrap().count(), 0);
        assert_eq!(fs::read_dir(dir.path().join("tmp")).unwrap().count(), 0);
    }

    #[test]
    fn nothing_is_written_through_a_link() {
        let dir = tempfile::tempdir().unwrap();
        let elsewhere = dir.path().join("elsewhere");
        fs::create_dir(&elsewhere).unwrap();
        fs::write(elsewhere.join("f"), "theirs").unwrap();
        let ground = ground(&dir);
        let root = dir.path().join("data/maps");
        symlink(&elsewhere, root.join("l")).unwrap();
        assert!(put(&ground, "l/new", "1").is_err());
        assert!(ground.folder("l/d").is_err());
        assert!(ground.mode("l/f", true).is_err());
        assert!(ground.look("l/f").unwrap().is_none());
        ground.remove("l/f").unwrap();
        // A link in the place of a file is replaced, not followed.
        symlink(elsewhere.join("f"), root.join("f")).unwrap();
        put(&ground, "f", "ours").unwrap();
        assert_eq!(fs::read(elsewhere.join("f")).unwrap(), b"theirs");
        assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 1);
        symlink(&elsewhere, dir.path().join("linked")).unwrap();
        for root in ["linked", "linked/maps", "../x"] {
            assert!(Ground::open(dir.path(), &dir.path().join(root), &dir.path().join("tmp")).is_err(), "{root}");
        }
    }

    #[test]
    fn other_bytes_come_to_no_place() {
        let dir = tempfile::tempdir().unwrap();
        let ground = ground(&dir);
        let (good, from) = (Digest::of(b"good"), dir.path().join("from"));
        fs::write(&from, "bad").unwrap();
        assert!(ground.take_bytes(b"bad", good, false).is_err());
        assert!(ground.take(&mut &b"bad"[..], good, false).is_err());
        assert_eq!(ground.take_file(&from, good, false).unwrap_err().kind, crate::error::Kind::Integrity);
        assert!(ground.take(&mut &b"good"[..], good, false).is_ok());
        assert_eq!(fs::read_dir(dir.path().join("tmp")).unwrap().count(), 0);
    }

    #[test]
    fn a_name_that_the_system_cannot_hold_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let ground = ground(&dir);
        assert!(matches!(put(&ground, &"n".repeat(300), "1").unwrap(), Put::Unheld(_)));
        ground.keep("missing", &dir.path().join("aside")).unwrap_err();
        put(&ground, "a/b", "1").unwrap();
        ground.keep("a/b", &dir.path().join("aside")).unwrap();
        assert_eq!(fs::read(dir.path().join("aside/a/b")).unwrap(), b"1");
        ground.settle().unwrap();
    }
}
