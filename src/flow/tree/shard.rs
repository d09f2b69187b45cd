//! A shard: many small files as one tar that any program reads. For given members there is only one spelling: that of
//! GNU tar with `-b2 --format=ustar --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=644`, but for long names.

use crate::error::{Error, Result};
use crate::flow::hash::{Digest, Hasher};

/// A shard has no more bytes, unless it has only one member.
pub const MOST: u64 = 64 << 20;
const BLOCK: usize = 512;
/// The end: two blocks of zeros.
pub const END: [u8; 2 * BLOCK] = [0; 2 * BLOCK];
/// What eleven octal digits hold.
const LARGEST: u64 = (1 << 33) - 1;

/// A file in a shard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its path in the listing: the first one with this content.
    pub path: Box<str>,
    /// Bytes.
    pub size: u64,
    /// Of its content.
    pub sha256: Digest,
}

/// What stands before a member's content.
#[must_use]
pub fn header(member: &Member) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(BLOCK);
    let split = split(&member.path);
    if split.is_none() || member.size > LARGEST {
        let mut records = Vec::new();
        if split.is_none() {
            record(&mut records, "path", &member.path);
        }
        if member.size > LARGEST {
            record(&mut records, "size", &member.size.to_string());
        }
        block(&mut bytes, "", "pax", records.len() as u64, b'x');
        bytes.extend_from_slice(&records);
        bytes.resize(bytes.len() + padding(records.len() as u64), 0);
    }
    // A program that knows no pax shows the beginning of a long name.
    let (prefix, name) = split.unwrap_or(("", clipped(&member.path)));
    block(&mut bytes, prefix, name, member.size.min(LARGEST), b'0');
    bytes
}

/// Zeros that follow a content of that length.
#[must_use]
pub fn padding(size: u64) -> usize {
    let over = usize::try_from(size % BLOCK as u64).unwrap_or(0);
    if over == 0 { 0 } else { BLOCK - over }
}

/// What a member takes, with its header and what follows.
#[must_use]
pub fn span(member: &Member) -> u64 {
    (header(member).len() + padding(member.size)) as u64 + member.size
}

/// Where each content begins, and how long the shard is.
#[must_use]
pub fn layout(members: &[Member]) -> (Vec<u64>, u64) {
    let (mut at, mut offsets) = (0_u64, Vec::with_capacity(members.len()));
    for member in members {
        offsets.push(at.saturating_add(header(member).len() as u64));
        at = at.saturating_add(span(member));
    }
    (offsets, at.saturating_add(END.len() as u64))
}

/// Name and prefix, if they hold the path.
fn split(path: &str) -> Option<(&str, &str)> {
    if path.len() <= 100 {
        return Some(("", path));
    }
    let cut = path.match_indices('/').map(|(at, _)| at).find(|at| path.len() - at - 1 <= 100)?;
    (cut <= 155 && cut > 0).then(|| (&path[..cut], &path[cut + 1..]))
}

fn clipped(path: &str) -> &str {
    let mut end = path.len().min(100);
    while !path.is_char_boundary(end) {
        end -= 1;
    }
    &path[..end]
}

/// `<length> <name>=<value>\n`, whose length counts itself.
fn record(to: &mut Vec<u8>, name: &str, value: &str) {
    let rest = name.len() + value.len() + 3;
    let mut length = rest + 1;
    while length != rest + length.to_string().len() {
        length = rest + length.to_string().len();
    }
    to.extend_from_slice(format!("{length} {name}={value}\n").as_bytes());
}

fn block(to: &mut Vec<u8>, prefix: &str, name: &str, size: u64, kind: u8) {
    let mut block = [0_u8; BLOCK];
    let mut put = |at: usize, text: &[u8]| block[at..at + text.len()].copy_from_slice(text);
    put(0, name.as_bytes());
    put(100, b"0000644\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, format!("{size:011o}\0").as_bytes());
    put(136, b"00000000000\0");
    put(148, b"        ");
    put(156, &[kind]);
    put(257, b"ustar\0");
    put(263, b"00");
    put(329, b"0000000\0");
    put(337, b"0000000\0");
    put(345, prefix.as_bytes());
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    to.extend_from_slice(&block);
}

/// Compares bytes, as they come, with the one spelling of a shard of these members.
pub struct Check<'a> {
    members: &'a [Member],
    /// Of `members`: the one whose bytes come.
    at: usize,
    /// What has to come before its content; then what has to come after.
    fixed: Vec<u8>,
    seen: usize,
    left: u64,
    content: Option<Hasher>,
}

impl<'a> Check<'a> {
    /// Waits for the first byte.
    #[must_use]
    pub fn of(members: &'a [Member]) -> Self {
        let fixed = members.first().map_or_else(|| END.to_vec(), header);
        Check { members, at: 0, fixed, seen: 0, left: 0, content: None }
    }

    /// Takes the next bytes; an error says what is not as it has to be.
    pub fn take(&mut self, mut bytes: &[u8]) -> Result<()> {
        while !bytes.is_empty() {
            if let Some(content) = &mut self.content {
                let count = bytes.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
                content.update(&bytes[..count]);
                self.left -= count as u64;
                bytes = &bytes[count..];
                if self.left == 0 {
                    self.content_ended()?;
                }
                continue;
            }
            let count = bytes.len().min(self.fixed.len() - self.seen);
            if count == 0 {
                return Err(wrong("it goes on after its end"));
            }
            if self.fixed[self.seen..self.seen + count] != bytes[..count] {
                return Err(match self.members.get(self.at) {
                    Some(member) => wrong(&format!("what is before {:?} is not as it has to be", member.path)),
                    None => wrong("its end is not as it has to be"),
                });
            }
            self.seen += count;
            bytes = &bytes[count..];
            if self.seen == self.fixed.len() {
                self.content_begins()?;
            }
        }
        Ok(())
    }

    /// All bytes were taken.
    pub fn finish(self) -> Result<()> {
        if self.content.is_none() && self.at == self.members.len() && self.seen == self.fixed.len() {
            return Ok(());
        }
        Err(wrong("it ends early"))
    }

    fn content_begins(&mut self) -> Result<()> {
        let Some(member) = self.members.get(self.at) else { return Ok(()) };
        (self.left, self.content) = (member.size, Some(Hasher::default()));
        if self.left == 0 { self.content_ended() } else { Ok(()) }
    }

    fn content_ended(&mut self) -> Result<()> {
        let member = &self.members[self.at];
        let found = self.content.take().unwrap_or_default().finish();
        if found != member.sha256 {
            return Err(wrong(&format!("{:?} in it has the SHA-256 {found}, not {}", member.path, member.sha256)));
        }
        self.at += 1;
        (self.fixed, self.seen) = (vec![0; padding(member.size)], 0);
        match self.members.get(self.at) {
            Some(next) => self.fixed.extend_from_slice(&header(next)),
            None => self.fixed.extend_from_slice(&END),
        }
        Ok(())
    }
}

fn wrong(why: &str) -> Error {
    Error::integrity(format!("a shard holds other bytes than it should: {why}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn member(path: &str, content: &[u8]) -> Member {
        Member { path: path.into(), size: content.len() as u64, sha256: Digest::of(content) }
    }

    fn built(files: &[(&str, &[u8])]) -> (Vec<Member>, Vec<u8>) {
        let members: Vec<_> = files.iter().map(|(path, content)| member(path, content)).collect();
        let mut bytes = Vec::new();
        for (member, (_, content)) in members.iter().zip(files) {
            bytes.extend_from_slice(&header(member));
            bytes.extend_from_slice(content);
            bytes.resize(bytes.len() + padding(member.size), 0);
        }
        bytes.extend_from_slice(&END);
        (members, bytes)
    }

    fn check(members: &[Member], bytes: &[u8], piece: usize) -> Result<()> {
        let mut check = Check::of(members);
        bytes.chunks(piece).try_for_each(|piece| check.take(piece))?;
        check.finish()
    }

    #[test]
    fn the_bytes_are_those_of_the_format_page() {
        let (members, bytes) = built(&[("a/b.txt", b"hello\n")]);
        assert_eq!(bytes.len(), 512 + 512 + 1024);
        assert_eq!(layout(&members), (vec![512], 2048));
        assert_eq!(&bytes[..8], b"a/b.txt\0");
        assert_eq!(&bytes[100..157], b"0000644\x000000000\x000000000\x0000000000006\x0000000000000\x00010403\x00 0");
        assert_eq!(&bytes[257..265], b"ustar\x0000");
        assert_eq!(Digest::of(&bytes).hex(), "8ca58864f0b7e52e0cf0eee394fd3eb6d01e34ef4a9f04a38b8749c1ebbccafe",);
    }

    #[test]
    fn long_names_and_sizes_are_said_in_records() {
        let long = format!("{}/{}", "d".repeat(150), "f".repeat(100));
        assert_eq!(header(&member(&long, b"")).len(), 512);
        let longer = format!("{}/{}", "ü".repeat(80), "f".repeat(100));
        let bytes = header(&member(&longer, b""));
        assert_eq!(bytes.len(), 3 * 512);
        assert_eq!((bytes[156], bytes[1024 + 156]), (b'x', b'0'));
        assert!(bytes[512..].starts_with(format!("271 path={longer}\n").as_bytes()));
        let huge = Member { size: 1 << 40, ..member("x", b"") };
        let bytes = header(&huge);
        assert!(bytes[512..].starts_with(b"22 size=1099511627776\n"));
        assert_eq!(span(&huge), 3 * 512 + (1 << 40));
        let mut text = Vec::new();
        record(&mut text, "path", &"x".repeat(90));
        assert_eq!(text.len(), 99);
        text.clear();
        record(&mut text, "path", &"x".repeat(91));
        assert!(text.starts_with(b"101 "), "{:?}", String::from_utf8_lossy(&text));
    }

    #[test]
    fn each_byte_counts() {
        let (members, bytes) = built(&[("a", b"1"), ("b", b""), ("c", &[7; 600])]);
        assert!(check(&members, &bytes, 100).is_ok());
        for at in 0..bytes.len() {
            let mut other = bytes.clone();
            other[at] ^= 1;
            assert!(check(&members, &other, 512).is_err(), "{at}");
        }
        for cut in [0, 1, 512, 1024, bytes.len() - 1] {
            assert!(check(&members, &bytes[..cut], 99).is_err(), "{cut}");
        }
        assert!(check(&members, &[bytes.as_slice(), b"\0"].concat(), 512).is_err());
        assert!(check(&members[..2], &bytes, 512).is_err());
        assert!(check(&[], &END, 5).is_ok());
    }

    proptest! {
        #[test]
        fn a_shard_is_the_same_in_whatever_pieces_it_comes(
            files in proptest::collection::btree_map("[a-z\u{e9}]{1,60}(/[a-z]{1,90}){0,2}", proptest::collection::vec(any::<u8>(), 0..1200), 0..6),
            piece in 1_usize..700,
        ) {
            let files: Vec<(&str, &[u8])> = files.iter().map(|(path, content)| (path.as_str(), content.as_slice())).collect();
            let (members, bytes) = built(&files);
            prop_assert!(check(&members, &bytes, piece).is_ok());
            let (offsets, size) = layout(&members);
            prop_assert_eq!(size, bytes.len() as u64);
            for (offset, (_, content)) in offsets.iter().zip(&files) {
                let at = usize::try_from(*offset).unwrap();
                prop_assert_eq!(&bytes[at..at + content.len()], *content);
            }
        }
    }
}
