//! What was worked out of a large file, kept beside the stat index for the next time. A cache: it may be deleted.

use std::path::Path;

use super::{atomic, file};
use crate::error::Result;
use crate::flow::hash::Digest;

/// Another version of the program works things out anew.
fn head(of: &Digest) -> String {
    format!("git-data {} {of}\n", env!("CARGO_PKG_VERSION"))
}

/// What was kept for a content, if it is still that content's and whole.
#[must_use]
pub fn load(dir: &Path, of: &Digest) -> Option<Vec<u8>> {
    let mut bytes = file::read(&dir.join("summary")).ok()??;
    let rest = bytes.strip_prefix(head(of).as_bytes())?;
    let (sum, rest) = rest.split_at_checked(64)?;
    if Digest::of(rest).hex().as_bytes() != sum {
        return None;
    }
    let start = bytes.len() - rest.len();
    Some(bytes.split_off(start))
}

/// Keeps it, in place of what was kept for another content.
pub fn save(dir: &Path, of: &Digest, summary: &[u8]) -> Result<()> {
    file::create_folder(dir)?;
    let bytes = [head(of).as_bytes(), Digest::of(summary).hex().as_bytes(), summary].concat();
    atomic::write(&dir.join("summary"), &bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_belongs_to_the_content_and_is_whole_comes_back() {
        let dir = tempfile::tempdir().unwrap();
        let (one, two) = (Digest::of(b"1"), Digest::of(b"2"));
        assert_eq!(load(dir.path(), &one), None);
        save(dir.path(), &one, b"summary").unwrap();
        assert_eq!(load(dir.path(), &one).as_deref(), Some(b"summary".as_slice()));
        assert_eq!(load(dir.path(), &two), None);
        let path = dir.path().join("summary");
        let mut bytes = std::fs::read(&path).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        std::fs::write(&path, bytes).unwrap();
        assert_eq!(load(dir.path(), &one), None);
    }
}
