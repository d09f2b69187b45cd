//! Puts verified content where a person wants it: inside the repository, through no link, whole or not at all.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Component, Path, PathBuf};

use tempfile::NamedTempFile;

use super::aside::{Aside, fill};
use super::{effect, failed, folder, scratch};
use crate::error::{Error, Result};
use crate::flow::hash::{Digest, Hasher};

/// What is smaller is copied, and stays in the cache as well.
const MOVED: u64 = 64 << 20;

/// How content came to its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// It shares its blocks with the source.
    Reflink,
    /// It has blocks of its own.
    Copy,
    /// It left the cache.
    Move,
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    /// Cheap or not.
    pub how: How,
    /// Where the file went that lay there.
    pub old: Option<PathBuf>,
}

/// Puts `from`, which must have the digest, at `target` inside `root`. What lies there is replaced; with `keep_old`
/// it is kept as `<name>.orig.<n>`. Scratch is in `tmp`. Whether it may be replaced is the caller's question.
pub fn place(tmp: &Path, root: &Path, target: &Path, from: &Path, digest: Digest, keep_old: bool) -> Result<Placement> {
    inside(root, target)?;
    let dir = folder(target);
    effect::create_dir_all(dir).map_err(|e| failed("make", dir, e))?;
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let (temp, how, found) = filled(from, scratch::near(tmp, dir)?, &name, None)?;
    if found != digest {
        return Err(Error::integrity(format!("{} has {found}, not {digest}", from.display())));
    }
    finish(temp, target, keep_old).map(|old| Placement { how, old })
}

/// The same for a file of the cache whose content this process verified while it arrived: it is not read again, and a
/// large one is not written twice. Where no blocks can be shared it leaves the cache for its place.
pub fn fresh(tmp: &Path, root: &Path, target: &Path, from: &Path, digest: Digest, keep_old: bool) -> Result<Placement> {
    inside(root, target)?;
    let dir = folder(target);
    effect::create_dir_all(dir).map_err(|e| failed("make", dir, e))?;
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let near = scratch::near(tmp, dir)?;
    let write = |e| failed("write", target, e);
    let size = fs::metadata(from).map_err(|e| failed("look at", from, e))?.len();
    let temp = scratch::beside(near, &name)?;
    let mode = temp.as_file().metadata().map_err(write)?.permissions();
    if let Some(clone) = reflink(from, near, mode.clone()) {
        return finish(clone, target, keep_old).map(|old| Placement { how: How::Reflink, old });
    }
    if size < MOVED || !scratch::same_device(from, dir) {
        drop(temp);
        return place(tmp, root, target, from, digest, keep_old);
    }
    let file = File::open(from).map_err(|e| failed("read", from, e))?;
    effect::set_permissions(&file, mode).map_err(write)?;
    effect::sync(&file).map_err(write)?;
    let old = if keep_old { keep(target)? } else { None };
    effect::rename(from, target).map_err(write)?;
    effect::sync_folder(dir).map_err(write)?;
    Ok(Placement { how: How::Move, old })
}

/// Moves a scratch file whose content the caller verified to `target`, by the same rules. It must lie on the same
/// file system. Returns where the file went that lay there.
pub fn moved(root: &Path, target: &Path, temp: NamedTempFile, keep_old: bool) -> Result<Option<PathBuf>> {
    inside(root, target)?;
    let dir = folder(target);
    effect::create_dir_all(dir).map_err(|e| failed("make", dir, e))?;
    finish(temp, target, keep_old)
}

fn finish(temp: NamedTempFile, target: &Path, keep_old: bool) -> Result<Option<PathBuf>> {
    let write = |e| failed("write", target, e);
    effect::sync(temp.as_file()).map_err(write)?;
    let old = if keep_old { keep(target)? } else { None };
    scratch::named(temp, target)?;
    effect::sync_folder(folder(target)).map_err(write)?;
    Ok(old)
}

/// Refuses a target that leaves `root`, passes a link, or lies in `.git`. Both paths are absolute.
pub fn inside(root: &Path, target: &Path) -> Result<()> {
    let refuse = |why: &str| Err(Error::user(format!("nothing is written to {}: {why}", target.display())));
    let Ok(below) = target.strip_prefix(root) else { return refuse("it is outside the repository") };
    let mut path = root.to_owned();
    let mut count = 0;
    for component in below.components() {
        let Component::Normal(name) = component else { return refuse("it is outside the repository") };
        if git(&name.to_string_lossy()) {
            return refuse("git keeps its own files there");
        }
        path.push(name);
        count += 1;
        match fs::symlink_metadata(&path) {
            Ok(meta) if meta.is_symlink() => return refuse(&format!("{} is a symbolic link", path.display())),
            Ok(meta) if path == target && meta.is_dir() => return refuse("a directory is there"),
            Ok(meta) if path != target && !meta.is_dir() => {
                return refuse(&format!("{} is not a directory", path.display()));
            }
            Ok(_) => {}
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) => return Err(failed("look at", &path, e)),
        }
    }
    if count == 0 { refuse("it is the repository itself") } else { Ok(()) }
}

/// The spellings that some file system takes for `.git`.
fn git(name: &str) -> bool {
    let name: String = name.chars().filter(|c| !('\u{200b}'..='\u{200f}').contains(c)).collect();
    let name = name.split(':').next().unwrap_or_default().trim_end_matches(['.', ' ']).to_lowercase();
    name == ".git" || name == "git~1"
}

/// Gives the file at `target` a second name; there is no moment at which it has none.
fn keep(target: &Path) -> Result<Option<PathBuf>> {
    if !target.exists() {
        return Ok(None);
    }
    for n in 1..10_000 {
        let mut aside = target.as_os_str().to_owned();
        aside.push(format!(".orig.{n}"));
        let aside = PathBuf::from(aside);
        match effect::hard_link(target, &aside) {
            Ok(()) => return Ok(Some(aside)),
            // A run that was killed gave it this name already.
            Err(_) if same_file(target, &aside) => return Ok(Some(aside)),
            Err(_) if fs::symlink_metadata(&aside).is_ok() => {}
            // No links here.
            Err(_) => {
                return effect::rename(target, &aside).map(|()| Some(aside)).map_err(|e| failed("move", target, e));
            }
        }
    }
    Err(Error::user(format!("{} has 9,999 old copies beside it", target.display())))
}

/// Whether both are names of one file.
fn same_file(one: &Path, other: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let id = |path: &Path| fs::symlink_metadata(path).ok().map(|meta| (meta.dev(), meta.ino()));
        id(one).is_some() && id(one) == id(other)
    }
    #[cfg(not(unix))]
    {
        let _ = (one, other);
        false
    }
}

/// A temporary file in `dir` with the content of `from`; says how it came and what its digest is.
/// With `known` the caller vouches for the source, and what the system copies by itself is not read again.
pub(crate) fn filled(
    from: &Path,
    dir: &Path,
    name: &str,
    known: Option<Digest>,
) -> Result<(NamedTempFile, How, Digest)> {
    let mut temp = scratch::beside(dir, name)?;
    let copy = |e: io::Error| failed("copy to", dir, e);
    let mode = temp.as_file().metadata().map_err(copy)?.permissions();
    if let Some(mut clone) = reflink(from, dir, mode) {
        let found = match known {
            Some(known) => known,
            None => pour(clone.as_file_mut(), &mut io::sink()).map_err(copy)?,
        };
        return Ok((clone, How::Reflink, found));
    }
    let mut source = File::open(from).map_err(|e| failed("read", from, e))?;
    let found = match known {
        Some(known) => effect::copy(&mut source, temp.as_file_mut()).map(|_| known),
        None => pour(&mut source, temp.as_file_mut()),
    };
    Ok((temp, How::Copy, found.map_err(copy)?))
}

/// A clone that shares its blocks with `from`; `None` where the file system cannot.
fn reflink(from: &Path, dir: &Path, mode: fs::Permissions) -> Option<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".clone.").suffix(".tmp");
    effect::clone(&builder, from, dir, Some(&mode)).ok()
}

/// Copies all of it, hashing on the way.
pub(crate) fn pour(from: &mut dyn Read, to: &mut dyn Write) -> io::Result<Digest> {
    let mut aside = Aside::start(Hasher::default());
    loop {
        let mut buffer = aside.buffer();
        let (filled, end) = fill(from, &mut buffer);
        end?;
        if filled == 0 {
            return Ok(aside.finish().finish());
        }
        buffer.truncate(filled);
        effect::write_all(&mut *to, &buffer)?;
        aside.give(buffer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where nothing is: files are made beside their targets.
    fn tmp(root: &Path) -> PathBuf {
        root.with_file_name("tmp")
    }

    fn lab() -> (tempfile::TempDir, PathBuf, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("repo");
        fs::create_dir(&root).unwrap();
        let from = dir.path().join("from");
        fs::write(&from, b"new").unwrap();
        (dir, root, from)
    }

    #[test]
    fn content_comes_whole_and_the_old_file_is_kept_on_request() {
        let (_dir, root, from) = lab();
        let target = root.join("data/a.csv");
        let digest = Digest::of(b"new");
        assert_eq!(place(&tmp(&root), &root, &target, &from, digest, true).unwrap().old, None);
        fs::write(&target, b"mine").unwrap();
        let first = place(&tmp(&root), &root, &target, &from, digest, true).unwrap().old.unwrap();
        assert!(first.ends_with("data/a.csv.orig.1"));
        assert_eq!(fs::read(&first).unwrap(), b"mine");
        let second = place(&tmp(&root), &root, &target, &from, digest, true).unwrap().old.unwrap();
        assert!(second.ends_with("data/a.csv.orig.2"));
        assert_eq!(place(&tmp(&root), &root, &target, &from, digest, false).unwrap().old, None);
        assert_eq!(fs::read(&target).unwrap(), b"new");
        assert_eq!(fs::read_dir(root.join("data")).unwrap().count(), 3);
        let temp = scratch::file(&root.join("tmp"), "a").unwrap();
        fs::write(temp.path(), b"newer").unwrap();
        assert!(moved(&root, &target, temp, true).unwrap().unwrap().ends_with("data/a.csv.orig.3"));
        assert_eq!(fs::read(&target).unwrap(), b"newer");
    }

    #[cfg(unix)]
    #[test]
    fn an_old_file_that_a_killed_run_kept_is_not_kept_twice() {
        let (_dir, root, from) = lab();
        let target = root.join("a.csv");
        fs::write(&target, b"mine").unwrap();
        fs::hard_link(&target, root.join("a.csv.orig.1")).unwrap();
        let placed = place(&tmp(&root), &root, &target, &from, Digest::of(b"new"), true).unwrap();
        assert!(placed.old.unwrap().ends_with("a.csv.orig.1"));
        assert!(!root.join("a.csv.orig.2").exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_large_file_that_just_came_is_not_written_twice() {
        use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
        let (_dir, root, from) = lab();
        File::options().write(true).open(&from).unwrap().set_len(MOVED).unwrap();
        fs::set_permissions(&from, fs::Permissions::from_mode(0o444)).unwrap();
        let ino = fs::metadata(&from).unwrap().ino();
        let target = root.join("a.csv");
        fs::write(&target, b"mine").unwrap();
        // Its content was verified before, and is not looked at.
        let placed = fresh(&tmp(&root), &root, &target, &from, Digest::of(b"new"), true).unwrap();
        let meta = fs::metadata(&target).unwrap();
        assert_eq!(fs::read(placed.old.unwrap()).unwrap(), b"mine");
        assert_eq!((meta.len(), meta.mode() & 0o600), (MOVED, 0o600));
        assert!(placed.how == How::Reflink || (meta.ino() == ino && !from.exists()));
        fs::write(&from, b"new").unwrap();
        assert_ne!(fresh(&tmp(&root), &root, &target, &from, Digest::of(b"new"), false).unwrap().how, How::Move);
        assert!(from.exists());
    }

    #[test]
    fn wrong_content_leaves_everything_as_it_was() {
        let (_dir, root, from) = lab();
        let target = root.join("a.csv");
        fs::write(&target, b"mine").unwrap();
        let error = place(&tmp(&root), &root, &target, &from, Digest::of(b"other"), true).unwrap_err();
        assert_eq!(error.kind, crate::error::Kind::Integrity);
        assert_eq!(fs::read(&target).unwrap(), b"mine");
        assert_eq!(fs::read_dir(&root).unwrap().count(), 1);
    }

    #[test]
    fn nothing_leaves_the_repository_or_enters_dot_git() {
        let (dir, root, from) = lab();
        let digest = Digest::of(b"new");
        let outside = [
            dir.path().join("x"),
            root.join("../x"),
            root.join("a/../../x"),
            root.clone(),
            root.join(".git/hooks/pre-push"),
            root.join("sub/.GIT/config"),
            root.join(".git./config"),
            root.join(".git::$INDEX_ALLOCATION/config"),
            root.join("git~1/config"),
        ];
        for target in outside {
            assert!(place(&tmp(&root), &root, &target, &from, digest, false).is_err(), "{}", target.display());
        }
        assert_eq!(fs::read_dir(&root).unwrap().count(), 0);
        place(&tmp(&root), &root, &root.join(".gitdata-x/git/a"), &from, digest, false).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn no_link_is_passed_on_the_way() {
        let (dir, root, from) = lab();
        let elsewhere = dir.path().join("elsewhere");
        fs::create_dir(&elsewhere).unwrap();
        std::os::unix::fs::symlink(&elsewhere, root.join("data")).unwrap();
        std::os::unix::fs::symlink(&from, root.join("file")).unwrap();
        let digest = Digest::of(b"new");
        let error = place(&tmp(&root), &root, &root.join("data/a.csv"), &from, digest, false).unwrap_err();
        assert!(error.message.contains("symbolic link"), "{}", error.message);
        assert!(place(&tmp(&root), &root, &root.join("file"), &from, digest, true).is_err());
        assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0);
    }
}
