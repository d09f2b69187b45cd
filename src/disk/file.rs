//! Small questions to the file system: read a small file, is it there, is it inside the repository.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::{effect, failed};
use crate::error::Result;

/// The content of a small file; `None` if there is none.
pub fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(failed("read", path, e)),
    }
}

/// Opens a regular file to read it; reading a FIFO would wait for ever.
pub fn open(path: &Path) -> Result<fs::File> {
    super::stat::Stat::of(path)?;
    fs::File::open(path).map_err(|e| failed("read", path, e))
}

/// Opens a scratch file of the caller's own to write it anew.
pub fn create(path: &Path) -> Result<fs::File> {
    effect::open(fs::OpenOptions::new().create(true).write(true).truncate(true), path)
        .map_err(|e| failed("write", path, e))
}

/// Adds to the end of a file, which is made if it is not there.
pub fn append(path: &Path, bytes: &[u8]) -> Result<()> {
    let file = effect::open(fs::OpenOptions::new().create(true).append(true), path);
    file.and_then(|file| effect::write_all(file, bytes)).map_err(|e| failed("write", path, e))
}

/// Whether anything is there, even a link that leads nowhere.
pub fn exists(path: &Path) -> Result<bool> {
    match fs::symlink_metadata(path) {
        Ok(_) => Ok(true),
        Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(false),
        Err(e) => Err(failed("look at", path, e)),
    }
}

/// Whether a directory is there.
pub fn is_folder(path: &Path) -> Result<bool> {
    match fs::metadata(path) {
        Ok(meta) => Ok(meta.is_dir()),
        Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(false),
        Err(e) => Err(failed("look at", path, e)),
    }
}

/// Makes a directory and those above it.
pub fn create_folder(path: &Path) -> Result<()> {
    effect::create_dir_all(path).map_err(|e| failed("make", path, e))
}

/// Removes a file below `root`, and the folders that are empty then; one that is not there is removed already.
pub fn remove(root: &Path, path: &str) -> Result<()> {
    let target = root.join(path);
    super::place::inside(root, &target)?;
    match effect::remove_file(&target) {
        Ok(()) => {}
        Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => return Ok(()),
        Err(e) => return Err(failed("remove", &target, e)),
    }
    let folders = target.ancestors().skip(1).take_while(|folder| *folder != root);
    // The first one that is not empty ends it.
    for folder in folders {
        if effect::remove_dir(folder).is_err() {
            break;
        }
    }
    Ok(())
}

/// Makes the directories above `target`, which must stay inside `root` and pass no link.
pub fn create_parents(root: &Path, target: &Path) -> Result<()> {
    super::place::inside(root, target)?;
    create_folder(super::folder(target))
}

/// The path of a file from the repository's root, with `/`; `None` if it lies outside, or has a name that is not UTF-8.
pub fn inside(root: &Path, file: &Path) -> Result<Option<String>> {
    let folder = super::folder(file);
    // The directory counts where it really is; the file itself may be a link.
    let (Ok(root), Ok(folder)) = (fs::canonicalize(root), fs::canonicalize(folder)) else { return Ok(None) };
    let Some(name) = file.file_name() else { return Ok(None) };
    let path = folder.join(name);
    let Ok(below) = path.strip_prefix(&root) else { return Ok(None) };
    let parts: Option<Vec<&str>> = below
        .components()
        .map(|part| match part {
            Component::Normal(name) => name.to_str(),
            _ => None,
        })
        .collect();
    Ok(parts.map(|parts| parts.join("/")))
}

/// An absolute path in which links are followed as far as it exists.
#[must_use]
pub fn absolute(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// The same of a path of which only the beginning need be there.
#[must_use]
pub fn resolved(path: &Path) -> PathBuf {
    let whole = |known: &Path| Some(fs::canonicalize(known).ok()?.join(path.strip_prefix(known).ok()?));
    path.ancestors().find_map(whole).unwrap_or_else(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_named_from_the_root_or_not_at_all() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("data")).unwrap();
        let file = root.path().join("data/../data/a.csv");
        assert_eq!(inside(root.path(), &file).unwrap().as_deref(), Some("data/a.csv"));
        assert_eq!(inside(&root.path().join("data"), &root.path().join("b.csv")).unwrap(), None);
    }

    #[test]
    fn what_is_not_there_is_no_error() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(read(&root.path().join("none")).unwrap(), None);
        assert!(!exists(&root.path().join("none/below")).unwrap());
        assert!(read(root.path()).is_err());
    }
}
