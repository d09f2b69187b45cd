//! The only functions that change files: those of the standard library, each between its two moments ([`crate::crash`]).

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::path::Path;

use tempfile::{Builder, NamedTempFile, PathPersistError, PersistError, TempPath};

use crate::crash::around;

/// Makes a directory and those above it.
#[track_caller]
pub fn create_dir_all(path: &Path) -> io::Result<()> {
    around(|| fs::create_dir_all(path))
}

/// Gives a file or directory another name, in place of what has that name.
#[track_caller]
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    around(|| fs::rename(from, to))
}

/// Gives a file a second name, if nothing has it.
#[track_caller]
pub fn hard_link(from: &Path, to: &Path) -> io::Result<()> {
    around(|| fs::hard_link(from, to))
}

/// Takes a name from a file.
#[track_caller]
pub fn remove_file(path: &Path) -> io::Result<()> {
    around(|| fs::remove_file(path))
}

/// Takes a name from a file that may be read-only, which Windows does not remove.
#[track_caller]
#[cfg_attr(windows, allow(clippy::permissions_set_readonly_false, reason = "it speaks of the mode bits of unix"))]
pub fn remove_read_only(path: &Path) -> io::Result<()> {
    #[cfg(windows)]
    if let Ok(meta) = fs::metadata(path) {
        let mut mode = meta.permissions();
        mode.set_readonly(false);
        let _ = fs::set_permissions(path, mode);
    }
    around(|| fs::remove_file(path))
}

/// Removes an empty directory.
#[track_caller]
pub fn remove_dir(path: &Path) -> io::Result<()> {
    around(|| fs::remove_dir(path))
}

/// Removes a directory and all below it.
#[track_caller]
pub fn remove_dir_all(path: &Path) -> io::Result<()> {
    around(|| fs::remove_dir_all(path))
}

/// Writes a file that nobody reads before it is renamed.
#[track_caller]
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    around(|| fs::write(path, bytes))
}

/// Opens a file so that it can be written; this may make it, or empty it.
#[track_caller]
pub fn open(options: &OpenOptions, path: &Path) -> io::Result<File> {
    around(|| options.open(path))
}

/// Writes to an open file.
#[track_caller]
pub fn write_all(mut file: impl Write, bytes: &[u8]) -> io::Result<()> {
    around(|| file.write_all(bytes))
}

/// Writes all that comes to an open file.
#[track_caller]
pub fn copy(from: &mut impl Read, to: &mut File) -> io::Result<u64> {
    around(|| io::copy(from, to))
}

/// Makes an open file so long.
#[track_caller]
pub fn set_len(file: &File, size: u64) -> io::Result<()> {
    around(|| file.set_len(size))
}

/// Sets the mode of an open file.
#[track_caller]
pub fn set_permissions(file: &File, mode: Permissions) -> io::Result<()> {
    around(|| file.set_permissions(mode))
}

/// Makes what was written survive a power loss. A failure is final: a second sync may say yes about pages that were
/// thrown away.
#[track_caller]
pub fn sync(file: &File) -> io::Result<()> {
    around(|| file.sync_all())
}

/// Makes renames and links in a directory survive a power loss. Only unix has such a call.
#[track_caller]
pub fn sync_folder(dir: &Path) -> io::Result<()> {
    if cfg!(unix) {
        let dir = File::open(dir)?;
        around(|| dir.sync_all())?;
    }
    Ok(())
}

/// Makes everything that was written to the file system of `dir` survive a power loss: one wait for many files.
#[track_caller]
pub fn sync_file_system(dir: &Path) -> io::Result<()> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        let dir = File::open(dir)?;
        around(|| rustix::fs::syncfs(&dir))?;
    }
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let _ = dir;
    Ok(())
}

/// Makes a link that leads to `target`.
#[track_caller]
pub fn symlink(target: &str, path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    return around(|| std::os::unix::fs::symlink(target, path));
    #[cfg(not(unix))]
    {
        let _ = (target, path, around(|| ()));
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// A temporary file, removed when it is dropped.
#[track_caller]
pub fn temp(builder: &Builder<'_, '_>, dir: &Path) -> io::Result<NamedTempFile> {
    around(|| builder.tempfile_in(dir))
}

/// A temporary file that shares its blocks with `from`; an error where the file system cannot.
#[track_caller]
pub fn clone(
    builder: &Builder<'_, '_>,
    from: &Path,
    dir: &Path,
    mode: Option<&Permissions>,
) -> io::Result<NamedTempFile> {
    around(|| {
        builder.make_in(dir, |path| {
            reflink_copy::reflink(from, path)?;
            // It comes with the mode of its source, which may be read-only.
            if let Some(mode) = mode {
                fs::set_permissions(path, mode.clone())?;
            }
            File::options().read(true).write(true).open(path)
        })
    })
}

/// Gives a temporary file its name, in place of what has that name.
#[track_caller]
pub fn persist(temp: NamedTempFile, path: &Path) -> Result<File, PersistError> {
    around(|| temp.persist(path))
}

/// The same for a temporary file that was closed.
#[track_caller]
pub fn persist_path(temp: TempPath, path: &Path) -> Result<(), PathPersistError> {
    around(|| temp.persist(path))
}
