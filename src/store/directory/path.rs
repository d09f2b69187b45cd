//! From keys to paths and back: a key never leaves the directory and never means the bookkeeping.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::Directory;
use crate::error::{Error, Result};
use crate::flow::key::Key;

/// Below the root; never listed, and no key leads there.
const SIDE: &str = ".store";

impl Directory {
    /// Where the object of this key lies.
    pub(super) fn path(&self, key: &Key) -> Result<PathBuf> {
        let refuse = |why: &str| Err(Error::user(format!("{:?} is no key of a directory: {why}", key.as_str())));
        if key.as_str().contains('\0')
            || cfg!(windows) && key.as_str().contains(['\\', ':', '*', '?', '"', '<', '>', '|'])
        {
            return refuse("it has a character that no file name has here");
        }
        if key.as_str().split('/').any(|segment| matches!(segment, "" | "." | "..")) {
            return refuse("a segment is empty, . or ..");
        }
        if side(key.as_str().split('/').next().unwrap_or_default()) {
            return refuse("the store keeps its own files there");
        }
        Ok(self.root.join(key.as_str()))
    }

    /// A directory of the bookkeeping.
    pub(super) fn side(&self, what: &str) -> PathBuf {
        self.root.join(SIDE).join(what)
    }
}

/// Also in the spellings that some file system takes for the same.
pub(super) fn side(segment: &str) -> bool {
    segment.trim_end_matches(['.', ' ']).eq_ignore_ascii_case(SIDE)
}

/// The `file:` URL of an absolute path.
pub(super) fn url(path: &Path) -> String {
    let text = path.to_string_lossy();
    let text = if cfg!(windows) { format!("/{}", text.replace('\\', "/")) } else { text.into_owned() };
    let mut url = String::from("file://");
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~:".contains(&byte) {
            url.push(char::from(byte));
        } else {
            write!(url, "%{byte:02X}").expect("a string takes everything");
        }
    }
    url
}

/// The path of such a URL.
pub(super) fn of_url(url: &str) -> Option<PathBuf> {
    let rest = url.strip_prefix("file://")?.as_bytes();
    let mut bytes = Vec::with_capacity(rest.len());
    let mut at = 0;
    while at < rest.len() {
        if rest[at] == b'%' {
            let hex = std::str::from_utf8(rest.get(at + 1..at + 3)?).ok()?;
            bytes.push(u8::from_str_radix(hex, 16).ok()?);
            at += 3;
        } else {
            bytes.push(rest[at]);
            at += 1;
        }
    }
    let text = String::from_utf8(bytes).ok()?;
    Some(PathBuf::from(if cfg!(windows) { text.trim_start_matches('/').to_owned() } else { text }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::address::Address;

    #[test]
    fn no_key_leaves_the_directory() {
        let store = Directory::open(Address::parse("file:/b").unwrap(), PathBuf::from("/b"));
        for key in [
            "",
            "/etc/passwd",
            "a//b",
            "a/",
            "..",
            "a/../../b",
            "./a",
            "a/.",
            ".store/tmp/x",
            ".STORE/x",
            ".store./x",
            "a\0b",
        ] {
            assert!(store.path(&Key::new(key)).is_err(), "{key:?}");
        }
        for key in ["a", ".git-data/published/a/v1.json", "a b+c/ü.csv", "a/.store/b", ".storey"] {
            assert_eq!(store.path(&Key::new(key)).unwrap(), Path::new("/b").join(key));
        }
    }

    #[cfg(unix)]
    #[test]
    fn urls_round_trip() {
        let path = Path::new("/tmp/a b+c/ü%.csv");
        assert_eq!(url(path), "file:///tmp/a%20b%2Bc/%C3%BC%25.csv");
        assert_eq!(of_url(&url(path)).unwrap(), path);
        assert_eq!(of_url("file:///a%2"), None);
    }
}
