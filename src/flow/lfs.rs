//! Pointers of Git LFS: the few lines that git holds in place of a file.

use super::hash::Digest;

/// A pointer is shorter than this.
pub const LARGEST: u64 = 1024;

/// What a pointer says: the digest of Git LFS is ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pointer {
    /// Of the content.
    pub sha256: Digest,
    /// Bytes.
    pub size: u64,
}

/// Reads a pointer; `None` for anything else, and for one whose content passed through an extension.
#[must_use]
pub fn parse(bytes: &[u8]) -> Option<Pointer> {
    if bytes.len() as u64 >= LARGEST {
        return None;
    }
    let mut lines = std::str::from_utf8(bytes).ok()?.lines();
    let known = ["https://git-lfs.github.com/spec/v1", "https://hawser.github.com/spec/v1"];
    if !known.contains(&lines.next()?.strip_prefix("version ")?) {
        return None;
    }
    let (mut sha256, mut size) = (None, None);
    for line in lines {
        match line.split_once(' ')? {
            ("oid", oid) if sha256.is_none() => sha256 = Some(Digest::from_hex(oid.strip_prefix("sha256:")?)?),
            ("size", number) if size.is_none() => size = Some(number.parse().ok()?),
            _ => return None,
        }
    }
    Some(Pointer { sha256: sha256?, size: size? })
}

/// Where its object lies in the store of Git LFS.
#[must_use]
pub fn object(sha256: &Digest) -> String {
    let hex = sha256.hex();
    format!("objects/{}/{}/{hex}", &hex[..2], &hex[2..4])
}

/// One content of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// What it was.
    pub pointer: Pointer,
    /// When, in seconds since 1970.
    pub time: i64,
    /// What the commit says.
    pub subject: String,
}

/// The versions that a history makes, oldest first. A content that came back is there once, where it was last: no two
/// versions of a dataset hold the same.
#[must_use]
pub fn versions(newest_first: impl IntoIterator<Item = Seen>) -> Vec<Seen> {
    let mut kept: Vec<Seen> = Vec::new();
    for seen in newest_first {
        if !kept.iter().any(|later| later.pointer.sha256 == seen.pointer.sha256) {
            kept.push(seen);
        }
    }
    kept.reverse();
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(oid: &str, size: &str) -> String {
        format!("version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {size}\n")
    }

    #[test]
    fn a_pointer_is_read_and_nothing_else() {
        let digest = Digest::of(b"content");
        let good = text(&digest.hex(), "7");
        assert_eq!(parse(good.as_bytes()), Some(Pointer { sha256: digest, size: 7 }));
        assert!(parse(good.replace("git-lfs", "hawser").as_bytes()).is_some());
        let other = [
            String::new(),
            "region,price\n".to_owned(),
            good.replace("spec/v1", "spec/v2"),
            good.replace("sha256:", "md5:"),
            text("abc", "7"),
            text(&digest.hex(), "-7"),
            good.replace("oid", "ext-0-crypt"),
            format!("{good}size 7\n"),
            good.lines().take(2).collect::<Vec<_>>().join("\n"),
            format!("{good}{}", "x".repeat(1024)),
        ];
        for text in other {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
        assert_eq!(parse(b"version \xff"), None);
    }

    #[test]
    fn objects_lie_in_folders_of_their_digits() {
        let digest = Digest::of(b"abc");
        assert_eq!(object(&digest), format!("objects/ba/78/{digest}"));
    }

    #[test]
    fn a_content_that_came_back_is_there_once() {
        let seen = |content: &[u8], time| Seen {
            pointer: Pointer { sha256: Digest::of(content), size: 1 },
            time,
            subject: String::new(),
        };
        let times = |history: Vec<Seen>| versions(history).iter().map(|seen| seen.time).collect::<Vec<_>>();
        assert_eq!(times(vec![seen(b"a", 4), seen(b"c", 3), seen(b"a", 2), seen(b"b", 1)]), [1, 3, 4]);
        assert_eq!(times(vec![]), Vec::<i64>::new());
    }
}
