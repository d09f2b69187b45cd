//! Receipts that were seen: what is published although the manifest still says pending. A cache: it may be deleted.

use std::collections::BTreeSet;
use std::path::Path;

use super::{atomic, file};
use crate::error::Result;
use crate::flow::hash::Digest;
use crate::flow::version::Version;

/// (dataset, version, sha256) of every receipt that was seen. A line that cannot be read is passed over.
pub fn load(dir: &Path) -> Result<BTreeSet<(String, Version, Digest)>> {
    let bytes = file::read(&dir.join("receipts"))?.unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    Ok(text.lines().filter_map(line).collect())
}

fn line(line: &str) -> Option<(String, Version, Digest)> {
    let mut fields = line.split('\t');
    let (version, digest, name) = (fields.next()?, fields.next()?, fields.next()?);
    Some((name.to_owned(), Version::parse(version)?, Digest::from_hex(digest)?))
}

/// Remembers a receipt.
pub fn add(dir: &Path, name: &str, version: Version, sha256: Digest) -> Result<()> {
    let mut all = load(dir)?;
    if all.insert((name.to_owned(), version, sha256)) {
        let lines: String = all.iter().map(|(n, v, d)| format!("{v}\t{d}\t{n}\n")).collect();
        file::create_folder(dir)?;
        atomic::write(&dir.join("receipts"), lines.as_bytes())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn receipts_are_remembered_and_garbage_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let digest = Digest::of(b"x");
        add(dir.path(), "eu/a.csv", Version(2), digest).unwrap();
        add(dir.path(), "b.csv", Version(1), digest).unwrap();
        let path = dir.path().join("receipts");
        let text = String::from_utf8(std::fs::read(&path).unwrap()).unwrap();
        std::fs::write(&path, format!("{text}garbage\n\u{0}\n")).unwrap();
        assert_eq!(load(dir.path()).unwrap().len(), 2);
        assert!(load(dir.path()).unwrap().contains(&("eu/a.csv".to_owned(), Version(2), digest)));
    }
}
