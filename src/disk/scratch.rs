//! Temporary files on the file system where they will be needed, and whether it has room for them.

use std::fs::File;
use std::io::Seek as _;
use std::path::Path;
use std::time::Duration;

use tempfile::NamedTempFile;

use super::{effect, failed, folder};
use crate::error::{Error, Result};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// A temporary file that nobody else may read, holding a secret or what a program is to read; removed when dropped.
pub fn private(dir: &Path, name: &str, bytes: &[u8]) -> Result<NamedTempFile> {
    effect::create_dir_all(dir).map_err(|e| failed("make", dir, e))?;
    let mut builder = tempfile::Builder::new();
    let prefix = format!(".{name}.");
    builder.prefix(&prefix).suffix(".tmp");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600));
    let file = effect::temp(&builder, dir).map_err(|e| failed("write a temporary file in", dir, e))?;
    forget_old(dir, &file);
    effect::write_all(file.as_file(), bytes).map_err(|e| failed("write", file.path(), e))?;
    Ok(file)
}

/// A temporary file in `dir`, which is made if need be; it is removed when dropped. `name` helps a person who finds one.
pub fn file(dir: &Path, name: &str) -> Result<NamedTempFile> {
    effect::create_dir_all(dir).map_err(|e| failed("make", dir, e))?;
    let file = beside(dir, name)?;
    forget_old(dir, &file);
    Ok(file)
}

/// A temporary file in a directory that exists, with the mode that a plain new file gets.
pub(crate) fn beside(dir: &Path, name: &str) -> Result<NamedTempFile> {
    let prefix = format!(".{name}.");
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(".tmp");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    effect::temp(&builder, dir).map_err(|e| failed("write a temporary file in", dir, e))
}

/// A temporary file that will become `target`: in `tmp` if that is on the same file system, else beside it.
pub(crate) fn toward(tmp: &Path, target: &Path, name: &str) -> Result<NamedTempFile> {
    let dir = near(tmp, folder(target))?;
    let file = beside(dir, name)?;
    if dir != folder(target) {
        forget_old(dir, &file);
    }
    Ok(file)
}

/// The folder for scratch files that will be renamed into `dir`, which exists.
pub(crate) fn near<'a>(tmp: &'a Path, dir: &'a Path) -> Result<&'a Path> {
    if tmp == dir {
        return Ok(dir);
    }
    effect::create_dir_all(tmp).map_err(|e| failed("make", tmp, e))?;
    Ok(if same_device(tmp, dir) { tmp } else { dir })
}

#[cfg(unix)]
pub(crate) fn same_device(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let device = |path: &Path| std::fs::metadata(path).ok().map(|meta| meta.dev());
    device(one).is_some_and(|device_of_one| device(other) == Some(device_of_one))
}

/// Renaming across drives fails and is made good by [`named`].
#[cfg(not(unix))]
pub(crate) fn same_device(_: &Path, _: &Path) -> bool {
    true
}

/// Gives a synced temporary file its name, in place of what has it. A mount may still lie between: then by a copy.
pub(crate) fn named(temp: NamedTempFile, path: &Path) -> Result<()> {
    let write = |e| failed("write", path, e);
    let mut failure = match effect::persist(temp, path) {
        Ok(_) => return Ok(()),
        Err(failure) if failure.error.kind() == std::io::ErrorKind::CrossesDevices => failure,
        Err(failure) => return Err(write(failure.error)),
    };
    let mut near = beside(folder(path), &path.file_name().unwrap_or_default().to_string_lossy())?;
    let mode = failure.file.as_file().metadata().map_err(write)?.permissions();
    failure.file.rewind().and_then(|()| effect::copy(&mut failure.file, near.as_file_mut())).map_err(write)?;
    effect::set_permissions(near.as_file(), mode).and_then(|()| effect::sync(near.as_file())).map_err(write)?;
    effect::persist(near, path).map(drop).map_err(|e| write(e.error))
}

/// Scratch that nobody wrote to for a day was left by a program that was killed; it is a copy of what is elsewhere.
/// What somebody may still want to go on fetching stays for a week.
fn forget_old(dir: &Path, young: &NamedTempFile) {
    let modified = |path: &Path| std::fs::metadata(path).and_then(|meta| meta.modified()).ok();
    let (Some(now), Ok(entries)) = (modified(young.path()), std::fs::read_dir(dir)) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        let most = match path.extension().and_then(|extension| extension.to_str()) {
            Some("tmp") => DAY,
            Some("part") => 7 * DAY,
            _ => continue,
        };
        let age = modified(&path).and_then(|then| now.duration_since(then).ok());
        if age.is_some_and(|age| age > most) {
            let _ = effect::remove_file(&path);
        }
    }
}

/// Makes what was written to a scratch file safe on disk.
pub fn settle(path: &Path, file: &File) -> Result<()> {
    effect::sync(file).map_err(|e| failed("write", path, e))
}

/// Removes a scratch file that is of no use; one that is not there is fine.
pub fn discard(path: &Path) {
    // What cannot be removed now is in the data directory and is found there.
    let _ = effect::remove_file(path);
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

    #[test]
    fn what_a_killed_program_left_is_forgotten_after_a_day() {
        let dir = tempfile::tempdir().unwrap();
        let old = dir.path().join(".a.csv.x.tmp");
        let (other, part, given_up) = (dir.path().join("kept"), dir.path().join("a.part"), dir.path().join("b.part"));
        for (path, days) in [(&old, 1), (&other, 30), (&part, 6), (&given_up, 7)] {
            let file = std::fs::File::create(path).unwrap();
            file.set_modified(std::time::SystemTime::now() - days * DAY - Duration::from_secs(60)).unwrap();
        }
        let fresh = file(dir.path(), "b.csv").unwrap();
        assert!(!old.exists() && other.exists() && fresh.path().exists());
        assert!(part.exists() && !given_up.exists());
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
