//! Writes a file whole or not at all: temporary file, sync, rename, sync of the directory.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::{effect, failed, folder, scratch};
use crate::error::{Error, Result};
use crate::flow::hash::Digest;

/// Replaces `path`, a file of our own, by `bytes`, whatever it held.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    replace(folder(path), path, bytes, || Ok(()))
}

/// Replaces `path`, a file of our own that nobody else may read.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temp = scratch::private(folder(path), &name, bytes)?;
    effect::sync(temp.as_file()).map_err(|e| failed("write", path, e))?;
    scratch::named(temp, path)
}

/// Replaces `path`, a file that people see, by `bytes`. What a kill leaves behind is in `tmp`, not beside it.
pub fn write_by(tmp: &Path, path: &Path, bytes: &[u8]) -> Result<()> {
    replace(tmp, path, bytes, || Ok(()))
}

/// Like [`write_by`], if it still holds `was` (`None`: if it does not exist). The caller holds the lock.
pub fn write_if(tmp: &Path, path: &Path, bytes: &[u8], was: Option<Digest>) -> Result<()> {
    replace(tmp, path, bytes, || if digest(path)? == was { Ok(()) } else { Err(edited(path)) })
}

/// The digest of a small file's content now, to be given to [`write_if`] later; `None` if it does not exist.
pub fn digest(path: &Path) -> Result<Option<Digest>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(Digest::of(&bytes))),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(failed("read", path, e)),
    }
}

fn edited(path: &Path) -> Error {
    Error::conflict(format!("someone edited {} in the meantime", path.display()))
        .hint("nothing was written: run the same command again")
}

/// `last` is asked when the new content is safe on disk, just before the rename.
fn replace(tmp: &Path, path: &Path, bytes: &[u8], last: impl FnOnce() -> Result<()>) -> Result<()> {
    let new = Replacement::begin(tmp, path)?;
    effect::write_all(new.temp.as_file(), bytes).map_err(|e| failed("write", path, e))?;
    new.finish(last)
}

/// A file that will take the place of another once all of it is written.
pub struct Replacement {
    path: PathBuf,
    temp: NamedTempFile,
    mode: Option<fs::Permissions>,
}

impl Replacement {
    /// An empty one; what a kill leaves behind is in `tmp` if that is on the same file system. A link is refused.
    pub fn begin(tmp: &Path, path: &Path) -> Result<Replacement> {
        let mode = match fs::symlink_metadata(path) {
            Ok(meta) if meta.is_symlink() => {
                return Err(Error::user(format!("{} is a symbolic link: it is not written through", path.display())));
            }
            Ok(meta) => Some(meta.permissions()),
            Err(e) if e.kind() == io::ErrorKind::NotFound => None,
            Err(e) => return Err(failed("look at", path, e)),
        };
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let temp = scratch::toward(tmp, path, &name)?;
        Ok(Replacement { path: path.to_owned(), temp, mode })
    }

    /// Where it is written.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.temp.path()
    }

    /// Makes it what another file is.
    pub fn copy(&mut self, from: &Path) -> Result<()> {
        let mut source = super::file::open(from)?;
        effect::copy(&mut source, self.temp.as_file_mut()).map_err(|e| failed("write", &self.path, e)).map(drop)
    }

    /// Gives it its place. `last` is asked when all of it is safe on disk, just before.
    pub fn finish(self, last: impl FnOnce() -> Result<()>) -> Result<()> {
        let Replacement { path, temp, mode } = self;
        let write = |e| failed("write", &path, e);
        if let Some(mode) = mode {
            effect::set_permissions(temp.as_file(), mode).map_err(write)?;
        }
        effect::sync(temp.as_file()).map_err(write)?;
        last()?;
        scratch::named(temp, &path)?;
        effect::sync_folder(folder(&path)).map_err(write)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_is_replaced_and_nothing_is_left_beside_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("manifest.json");
        write(&path, b"one").unwrap();
        write(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_someone_edited_is_not_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("manifest.json");
        write_if(dir.path(), &path, b"one", None).unwrap();
        let was = digest(&path).unwrap();
        fs::write(&path, b"edited").unwrap();
        let error = write_if(dir.path(), &path, b"two", was).unwrap_err();
        assert_eq!(error.kind, crate::error::Kind::Conflict);
        assert!(write_if(dir.path(), &path, b"two", None).is_err());
        assert_eq!(fs::read(&path).unwrap(), b"edited");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
        write_if(dir.path(), &path, b"two", Some(Digest::of(b"edited"))).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
    }

    #[cfg(unix)]
    #[test]
    fn the_mode_is_kept_and_a_link_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run");
        write(&path, b"one").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o750)).unwrap();
        write(&path, b"two").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o750);
        let link = dir.path().join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert!(write(&link, b"three").unwrap_err().message.contains("symbolic link"));
        assert_eq!(fs::read(&path).unwrap(), b"two");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn an_error_names_the_file() {
        let error = write(Path::new("/proc/nowhere/manifest.json"), b"x").unwrap_err();
        assert!(error.message.contains("/proc/nowhere"), "{}", error.message);
    }
}
