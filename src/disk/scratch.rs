//! Temporary files on the file system where they will be needed, and whether it has room for them.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use tempfile::NamedTempFile;

use super::failed;
use crate::error::{Error, Result};

/// A temporary file that nobody else may read, holding a secret or what a program is to read; removed when dropped.
pub fn private(dir: &Path, name: &str, bytes: &[u8]) -> Result<NamedTempFile> {
    std::fs::create_dir_all(dir).map_err(|e| failed("make", dir, e))?;
    let mut builder = tempfile::Builder::new();
    let prefix = format!(".{name}.");
    builder.prefix(&prefix).suffix(".tmp");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600));
    let mut file = builder.tempfile_in(dir).map_err(|e| failed("write a temporary file in", dir, e))?;
    file.write_all(bytes).and_then(|()| file.flush()).map_err(|e| failed("write", file.path(), e))?;
    Ok(file)
}

/// A temporary file in `dir`, which is made if need be; it is removed when dropped. `name` helps a person who finds one.
pub fn file(dir: &Path, name: &str) -> Result<NamedTempFile> {
    std::fs::create_dir_all(dir).map_err(|e| failed("make", dir, e))?;
    beside(dir, name)
}

/// A temporary file in a directory that exists, with the mode that a plain new file gets.
pub(crate) fn beside(dir: &Path, name: &str) -> Result<NamedTempFile> {
    let prefix = format!(".{name}.");
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(".tmp");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(dir).map_err(|e| failed("write a temporary file in", dir, e))
}

/// Empties a scratch file, or makes it, and opens it for writing.
pub fn rewrite(path: &Path) -> Result<File> {
    File::create(path).map_err(|e| failed("write", path, e))
}

/// Makes what was written to a scratch file safe on disk.
pub fn settle(path: &Path, file: &File) -> Result<()> {
    file.sync_all().map_err(|e| failed("write", path, e))
}

/// Removes a scratch file that is of no use; one that is not there is fine.
pub fn discard(path: &Path) {
    // What cannot be removed now is in the data directory and is found there.
    let _ = std::fs::remove_file(path);
}

/// Refuses, before anything is transferred, what will not fit on the file system of `dir` (with 5 % to spare).
pub fn space(dir: &Path, needs: u64) -> Result<()> {
    match free(dir) {
        Some(free) if free < needs.saturating_add(needs / 20) => {
            Err(Error::user(format!("needs {}, {} free on {}", size(needs), size(free), dir.display()))
                .hint(format!("df -h {}", dir.display())))
        }
        _ => Ok(()),
    }
}

/// What is free for us; `None` where the system does not say, which is no reason to refuse.
#[cfg(unix)]
fn free(dir: &Path) -> Option<u64> {
    let it = rustix::fs::statvfs(dir).ok()?;
    Some(it.f_bavail.saturating_mul(it.f_frsize))
}

#[cfg(not(unix))]
fn free(_dir: &Path) -> Option<u64> {
    None
}

/// Bytes for people: `17 B`, `2.5 MiB`.
fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scratch_file_lies_in_the_folder_and_goes_when_dropped() {
        let dir = tempfile::tempdir().unwrap();
        let tmp = dir.path().join("tmp");
        let scratch = file(&tmp, "prices").unwrap();
        let path = scratch.path().to_owned();
        assert!(path.starts_with(&tmp) && path.exists());
        drop(scratch);
        assert!(!path.exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_secret_is_for_its_owner_only() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let scratch = private(&dir.path().join("tmp"), "key", b"secret").unwrap();
        let mode = std::fs::metadata(scratch.path()).unwrap().permissions().mode();
        assert_eq!((mode & 0o777, std::fs::read(scratch.path()).unwrap().as_slice()), (0o600, &b"secret"[..]));
    }

    #[cfg(unix)]
    #[test]
    fn what_does_not_fit_is_refused_with_both_figures() {
        let dir = tempfile::tempdir().unwrap();
        space(dir.path(), 1).unwrap();
        let error = space(dir.path(), 1 << 60).unwrap_err();
        assert!(error.message.starts_with("needs 1024.0 PiB, "), "{}", error.message);
        assert!(error.message.contains(" free on "));
    }

    #[test]
    fn sizes_read_well() {
        assert_eq!([size(17), size(2560), size(3 << 30)], ["17 B", "2.5 KiB", "3.0 GiB"]);
    }
}
