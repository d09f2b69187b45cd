//! Adds lines to a person's text file (`.gitignore`, `.gitattributes`) and leaves everything else as it is.

use std::io;
use std::path::Path;

use super::{atomic, failed};
use crate::error::Result;
use crate::flow::hash::Digest;

/// Adds those of `lines` that the file does not have; says whether it changed. A missing file is made.
/// Scratch is in `tmp`.
pub fn ensure(tmp: &Path, path: &Path, lines: &[&str]) -> Result<bool> {
    let old = match std::fs::read(path) {
        Ok(bytes) => Some(bytes),
        Err(e) if e.kind() == io::ErrorKind::NotFound => None,
        Err(e) => return Err(failed("read", path, e)),
    };
    match added(old.as_deref().unwrap_or_default(), lines) {
        None => Ok(false),
        Some(new) => atomic::write_if(tmp, path, &new, old.map(|bytes| Digest::of(&bytes))).map(|()| true),
    }
}

/// The text with the missing lines at its end, in its own style; `None` if none is missing.
fn added(old: &[u8], lines: &[&str]) -> Option<Vec<u8>> {
    let have: Vec<&[u8]> = old.split(|b| *b == b'\n').map(<[u8]>::trim_ascii_end).collect();
    let mut missing: Vec<&str> = Vec::new();
    for line in lines {
        if !have.contains(&line.trim_ascii_end().as_bytes()) && !missing.contains(line) {
            missing.push(line);
        }
    }
    if missing.is_empty() {
        return None;
    }
    let end = if old.windows(2).any(|pair| pair == b"\r\n") { "\r\n" } else { "\n" };
    let open = !old.is_empty() && !old.ends_with(b"\n");
    let mut new = old.to_vec();
    if open {
        new.extend(end.bytes());
    }
    new.extend(missing.join(end).bytes());
    if !open {
        new.extend(end.bytes());
    }
    Some(new)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(old: &str, lines: &[&str]) -> Option<String> {
        added(old.as_bytes(), lines).map(|new| String::from_utf8(new).unwrap())
    }

    #[test]
    fn the_style_of_the_file_is_kept() {
        assert_eq!(text("", &["/a", "/b"]).unwrap(), "/a\n/b\n");
        assert_eq!(text("x\n", &["/a"]).unwrap(), "x\n/a\n");
        assert_eq!(text("x\r\ny\r\n", &["/a"]).unwrap(), "x\r\ny\r\n/a\r\n");
        assert_eq!(text("x\ny", &["/a"]).unwrap(), "x\ny\n/a");
        assert_eq!(text("x\n", &["/a", "/a"]).unwrap(), "x\n/a\n");
    }

    #[test]
    fn a_second_time_changes_nothing() {
        for old in ["/a\n", "/a\r\nx", "x\n/a", "/a  \n"] {
            assert_eq!(text(old, &["/a"]), None, "{old:?}");
        }
        assert!(text("/ab\n", &["/a"]).is_some());
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(".gitignore");
        assert!(ensure(dir.path(), &path, &["/data/a"]).unwrap());
        assert!(!ensure(dir.path(), &path, &["/data/a"]).unwrap());
        assert_eq!(std::fs::read(&path).unwrap(), b"/data/a\n");
    }
}
