//! What the system says of a file without reading it: enough to notice that it changed.

use std::fs::Metadata;
use std::path::Path;

use super::failed;
use crate::error::{Error, Result};

/// The marks of a file that change when its content does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    /// The file system; 0 where there is no such number.
    pub dev: u64,
    /// The file in it; 0 where there is no such number.
    pub ino: u64,
    /// Bytes.
    pub size: u64,
    /// Nanoseconds since 1970 of the last write.
    pub mtime_ns: i64,
    /// Nanoseconds since 1970 of the last change of its attributes; of its creation on Windows.
    pub ctime_ns: i64,
}

impl Stat {
    /// The same, or `None` where nothing is.
    pub fn find(path: &Path) -> Result<Option<Self>> {
        match std::fs::metadata(path) {
            Err(e) if matches!(e.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => Ok(None),
            _ => Stat::of(path).map(Some),
        }
    }

    /// Looks at a regular file, or the one that a link leads to; anything else is refused in words.
    pub fn of(path: &Path) -> Result<Self> {
        let meta = std::fs::metadata(path).map_err(|e| failed("look at", path, e))?;
        regular(path, &meta)?;
        Ok(Stat::from(&meta))
    }
}

/// Refuses what has no content of its own: reading a FIFO would wait for ever.
pub(crate) fn regular(path: &Path, meta: &Metadata) -> Result<()> {
    if meta.is_file() {
        return Ok(());
    }
    Err(Error::user(format!("{} is {}, not a file", path.display(), kind(meta))))
}

fn kind(meta: &Metadata) -> &'static str {
    if meta.is_dir() {
        return "a directory";
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        let it = meta.file_type();
        if it.is_fifo() {
            return "a FIFO";
        }
        if it.is_socket() {
            return "a socket";
        }
    }
    "a device"
}

#[cfg(unix)]
impl From<&Metadata> for Stat {
    fn from(meta: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt as _;
        let ns = |secs: i64, nanos: i64| secs.saturating_mul(1_000_000_000).saturating_add(nanos);
        Stat {
            dev: meta.dev(),
            ino: meta.ino(),
            size: meta.size(),
            mtime_ns: ns(meta.mtime(), meta.mtime_nsec()),
            ctime_ns: ns(meta.ctime(), meta.ctime_nsec()),
        }
    }
}

#[cfg(windows)]
impl From<&Metadata> for Stat {
    fn from(meta: &Metadata) -> Self {
        use std::os::windows::fs::MetadataExt as _;
        // Windows counts steps of 100 ns since 1601.
        let ns = |steps: u64| (steps as i64).saturating_sub(116_444_736_000_000_000).saturating_mul(100);
        Stat {
            dev: 0,
            ino: 0,
            size: meta.file_size(),
            mtime_ns: ns(meta.last_write_time()),
            ctime_ns: ns(meta.creation_time()),
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_file_is_refused_in_words() {
        let dir = tempfile::tempdir().unwrap();
        let error = Stat::of(dir.path()).unwrap_err();
        assert_eq!(error.message, format!("{} is a directory, not a file", dir.path().display()));
        assert!(Stat::of(Path::new("/dev/null")).unwrap_err().message.contains("a device"));
    }
}
