//! A database that is being written is more than its file.

use std::path::{Path, PathBuf};

/// A non-empty `-wal`, `-journal` or `.wal` beside the file: part of the content is not in the file itself.
#[must_use]
pub fn open_log(path: &Path) -> Option<PathBuf> {
    ["-wal", "-journal", ".wal"].into_iter().find_map(|suffix| {
        let mut beside = path.as_os_str().to_owned();
        beside.push(suffix);
        let beside = PathBuf::from(beside);
        std::fs::metadata(&beside).is_ok_and(|meta| meta.is_file() && meta.len() > 0).then_some(beside)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_log_with_content_counts() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("energy.sqlite");
        for suffix in ["-wal", "-journal", ".wal"] {
            let log = dir.path().join(format!("energy.sqlite{suffix}"));
            std::fs::write(&log, b"").unwrap();
            assert_eq!(open_log(&file), None);
            std::fs::write(&log, b"x").unwrap();
            assert_eq!(open_log(&file), Some(log.clone()));
            std::fs::remove_file(&log).unwrap();
        }
    }
}
