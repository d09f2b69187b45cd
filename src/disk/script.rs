//! Files that git runs: what lies at the place of a hook, and what is put there.

use std::fs;
use std::io;
use std::path::Path;

use super::{atomic, effect, failed, folder, scratch};
use crate::error::Result;
use crate::flow::hook::plan::There;

/// What lies there.
pub fn look(path: &Path) -> Result<There> {
    let meta = match fs::symlink_metadata(path) {
        Ok(meta) => meta,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(There::Nothing),
        Err(e) => return Err(failed("look at", path, e)),
    };
    if meta.is_symlink() {
        return Ok(There::Link);
    }
    if !meta.is_file() {
        return Ok(There::Other);
    }
    let bytes = fs::read(path).map_err(|e| failed("read", path, e))?;
    Ok(There::File { bytes, runs: runs(&meta) })
}

#[cfg(unix)]
fn runs(meta: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    meta.permissions().mode() & 0o111 != 0
}

/// Elsewhere a name or a first line says it.
#[cfg(not(unix))]
fn runs(_: &fs::Metadata) -> bool {
    true
}

/// Puts a script there that can be run, whole or not at all. A mode that was there stays, but for that.
pub fn write(tmp: &Path, path: &Path, bytes: &[u8]) -> Result<()> {
    let write = |e| failed("write", path, e);
    let temp = scratch::toward(tmp, path, &path.file_name().unwrap_or_default().to_string_lossy())?;
    effect::write_all(temp.as_file(), bytes).map_err(write)?;
    let old = fs::metadata(path).ok();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // Whoever may read it may run it.
        let mode = match &old {
            Some(old) => old.permissions().mode(),
            None => temp.as_file().metadata().map_err(write)?.permissions().mode(),
        };
        let mode = fs::Permissions::from_mode(mode | (mode & 0o444) >> 2);
        effect::set_permissions(temp.as_file(), mode).map_err(write)?;
    }
    let _ = old;
    effect::sync(temp.as_file()).map_err(write)?;
    scratch::named(temp, path)?;
    effect::sync_folder(folder(path)).map_err(write)
}

/// Puts the bytes of before back into a script: its mode stays.
pub fn rewrite(tmp: &Path, path: &Path, bytes: &[u8]) -> Result<()> {
    atomic::write_by(tmp, path, bytes)
}

/// Gives a hook another name, which nothing has.
pub fn rename(from: &Path, to: &Path) -> Result<()> {
    effect::rename(from, to).and_then(|()| effect::sync_folder(folder(to))).map_err(|e| failed("move", from, e))
}

/// Removes a hook.
pub fn remove(path: &Path) -> Result<()> {
    effect::remove_file(path).map_err(|e| failed("remove", path, e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn whoever_may_read_a_script_may_run_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("hook");
        let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        write(dir.path(), &path, b"#!/bin/sh\n").unwrap();
        assert_eq!(mode() & 0o111, (mode() & 0o444) >> 2);
        assert_eq!(look(&path).unwrap(), There::File { bytes: b"#!/bin/sh\n".to_vec(), runs: true });
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert_eq!(look(&path).unwrap(), There::File { bytes: b"#!/bin/sh\n".to_vec(), runs: false });
        write(dir.path(), &path, b"#!/bin/sh\nx\n").unwrap();
        assert_eq!(mode(), 0o750);
        assert_eq!(look(&dir.path().join("none")).unwrap(), There::Nothing);
        assert_eq!(look(dir.path()).unwrap(), There::Other);
    }
}
