//! What each worktree last pulled or prepared: the file that is expected there.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{atomic, file};
use crate::error::{Error, Result};
use crate::flow::hash::Digest;
use crate::flow::version::Version;

/// The record of all worktrees of a repository.
#[derive(Debug)]
pub struct Placed {
    file: PathBuf,
}

impl Placed {
    /// The record in `<dir>/placed`.
    #[must_use]
    pub fn new(dir: &Path) -> Self {
        Placed { file: dir.join("placed") }
    }

    /// What the worktree last pulled or prepared of the dataset.
    #[must_use]
    pub fn get(&self, worktree: &Path, dataset: &str) -> Option<(Version, Digest)> {
        let worktree = worktree.to_str()?;
        let line = self.lines().into_iter().find(|line| line["worktree"] == worktree && line["dataset"] == dataset)?;
        Some((Version::parse(line["version"].as_str()?)?, Digest::from_hex(line["sha256"].as_str()?)?))
    }

    /// Remembers it, and forgets worktrees that are gone. The caller holds the lock.
    pub fn set(&self, worktree: &Path, dataset: &str, version: Version, sha256: Digest) -> Result<()> {
        let worktree =
            worktree.to_str().ok_or_else(|| Error::user(format!("the path {} is not UTF-8", worktree.display())))?;
        let mut lines = self.lines();
        lines.retain(|line| {
            let there = line["worktree"].as_str().is_some_and(|path| Path::new(path).is_dir());
            there && (line["worktree"] != worktree || line["dataset"] != dataset)
        });
        lines.push(json!({"worktree": worktree, "dataset": dataset, "version": version.to_string(), "sha256": sha256}));
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        file::create_folder(super::folder(&self.file))?;
        atomic::write(&self.file, text.as_bytes())
    }

    /// A line that cannot be read is no line: the worst that follows is a file that is called stale.
    fn lines(&self) -> Vec<Value> {
        let text = std::fs::read(&self.file).unwrap_or_default();
        String::from_utf8_lossy(&text).lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_worktree_has_its_own_memory() {
        let dir = tempfile::tempdir().unwrap();
        let (a, b) = (dir.path().join("a"), dir.path().join("b"));
        std::fs::create_dir(&a).unwrap();
        std::fs::create_dir(&b).unwrap();
        let placed = Placed::new(dir.path());
        assert_eq!(placed.get(&a, "x"), None);
        placed.set(&a, "x", Version(1), Digest::of(b"1")).unwrap();
        placed.set(&b, "x", Version(2), Digest::of(b"2")).unwrap();
        placed.set(&a, "x", Version(3), Digest::of(b"3")).unwrap();
        assert_eq!(placed.get(&a, "x"), Some((Version(3), Digest::of(b"3"))));
        assert_eq!(placed.get(&b, "x"), Some((Version(2), Digest::of(b"2"))));
        assert_eq!(placed.get(&b, "y"), None);
        std::fs::remove_dir(&a).unwrap();
        placed.set(&b, "y", Version(1), Digest::of(b"4")).unwrap();
        assert_eq!(placed.lines().len(), 2);
    }

    #[test]
    fn a_damaged_line_costs_only_itself() {
        let dir = tempfile::tempdir().unwrap();
        let placed = Placed::new(dir.path());
        placed.set(dir.path(), "x", Version(1), Digest::of(b"1")).unwrap();
        let file = dir.path().join("placed");
        let mut text = std::fs::read(&file).unwrap();
        text.splice(0..0, *b"\xff{torn\n");
        std::fs::write(&file, text).unwrap();
        assert_eq!(placed.get(dir.path(), "x"), Some((Version(1), Digest::of(b"1"))));
    }
}
