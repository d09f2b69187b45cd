//! The list of a ZIP archive: where its members lie and how large they say they are. Every byte may lie.

/// Bytes at the end of an archive among which its list is found.
pub const TAIL: usize = 66 << 10;
/// What the head of a member takes at least.
pub const LOCAL: usize = 30;

/// Where the list of members is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct List {
    /// Where it begins.
    pub offset: u64,
    /// Its bytes.
    pub size: u64,
    /// Its members.
    pub members: u64,
}

/// One member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// How it is packed: 0 not at all, 8 deflated.
    pub method: u16,
    /// Its bytes in the archive.
    pub packed: u64,
    /// Where its head is.
    pub offset: u64,
}

/// Finds the list from the last bytes of an archive. `None` if it is none, or one of more than 4 GiB.
#[must_use]
pub fn list(tail: &[u8]) -> Option<List> {
    let at = tail.windows(4).rposition(|four| four == b"PK\x05\x06")?;
    let end = tail.get(at..at + 22)?;
    let list = List { offset: long(end, 16)?, size: long(end, 12)?, members: u64::from(short(end, 10)?) };
    let far = u64::from(u32::MAX);
    (list.offset != far && list.size != far && list.members != 0xffff).then_some(list)
}

/// Reads the list. `None` if it is cut short.
#[must_use]
pub fn members(mut list: &[u8], count: u64) -> Option<Vec<Member>> {
    let mut members = Vec::new();
    for _ in 0..count {
        if !list.starts_with(b"PK\x01\x02") {
            return None;
        }
        members.push(Member { method: short(list, 10)?, packed: long(list, 20)?, offset: long(list, 42)? });
        let behind = [28, 30, 32].into_iter().try_fold(46, |sum, at| Some(sum + usize::from(short(list, at)?)))?;
        list = list.get(behind..)?;
    }
    Some(members)
}

/// How far behind the start of its head a member's bytes begin.
#[must_use]
pub fn content(head: &[u8]) -> Option<u64> {
    let lengths = u64::from(short(head, 26)?) + u64::from(short(head, 28)?);
    head.starts_with(b"PK\x03\x04").then_some(LOCAL as u64 + lengths)
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).map(|two| u16::from_le_bytes(*two))
}

fn long(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).map(|four| u64::from(u32::from_le_bytes(*four)))
}

/// An archive, for tests: names, and contents that are not packed.
#[cfg(test)]
pub(crate) fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut out, mut list) = (Vec::new(), Vec::new());
    for (name, content) in files {
        let mut crc = !0_u32;
        for byte in *content {
            crc ^= u32::from(*byte);
            (0..8).for_each(|_| crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 });
        }
        let size = (content.len() as u32).to_le_bytes();
        let shared = [&[0; 8][..], &(!crc).to_le_bytes(), &size, &size, &(name.len() as u16).to_le_bytes()].concat();
        list.extend(
            [b"PK\x01\x02\x14\0\x14\0", &shared[..], &[0; 12], &(out.len() as u32).to_le_bytes(), name.as_bytes()]
                .concat(),
        );
        out.extend([b"PK\x03\x04\x14\0", &shared[..], &[0; 2], name.as_bytes(), content].concat());
    }
    let (count, at) = ((files.len() as u16).to_le_bytes(), (out.len() as u32).to_le_bytes());
    let end = [b"PK\x05\x06\0\0\0\0", &count[..], &count, &(list.len() as u32).to_le_bytes(), &at, &[0; 2]].concat();
    out.extend(list);
    out.extend(end);
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn members_are_found() {
        let bytes = archive(&[("a", b"one"), ("bc", b"three")]);
        let list = list(&bytes).unwrap();
        let members = members(&bytes[list.offset as usize..], list.members).unwrap();
        let packed: Vec<_> = members.iter().map(|m| (m.method, m.packed, m.offset)).collect();
        assert_eq!(packed, [(0, 3, 0), (0, 5, 34)]);
        let at = 34 + content(&bytes[34..]).unwrap() as usize;
        assert_eq!(&bytes[at..at + 5], b"three");
        assert_eq!(super::list(&bytes[..bytes.len() - 1]), None);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..120), count in any::<u64>()) {
            let marked = |mark: &[u8]| [mark, &bytes[..]].concat();
            let _ = (list(&marked(b"PK\x05\x06")), members(&marked(b"PK\x01\x02"), count), content(&marked(b"PK\x03\x04")));
        }
    }
}
