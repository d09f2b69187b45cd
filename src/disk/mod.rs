//! The working tree and the cache: everything that touches files. Each write happens whole or not at all.
#![expect(clippy::disallowed_methods, reason = "this room is where files are touched")]

pub mod aside;
pub mod atomic;
pub mod cache;
pub mod chunked;
pub mod effect;
pub mod file;
pub mod hash;
pub mod index;
pub mod journal;
pub mod lines;
pub mod lock;
pub mod partial;
pub mod place;
pub mod placed;
pub mod same;
pub mod scratch;
pub mod script;
pub mod seen;
pub mod spill;
pub mod stat;
pub mod summary;
pub mod tree;
pub mod wal;

use std::io;
use std::path::Path;

use crate::error::Error;

/// What could not be done to which file, with the system's reason.
pub fn failed(doing: &str, path: &Path, source: io::Error) -> Error {
    let full = matches!(source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
    let error = Error::user(format!("cannot {doing} {}", path.display())).because(source);
    if full { error.hint(format!("df -h {} shows what is free there", folder(path).display())) } else { error }
}

/// The directory that holds `path`; `.` for a bare name.
pub(crate) fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}
