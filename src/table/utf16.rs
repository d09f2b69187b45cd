//! UTF-16 as UTF-8. Half of a surrogate pair is written as UTF-8 would write it, so that no difference is lost.

use std::io::{self, Read};

const BLOCK: usize = 64 << 10;

/// Reads UTF-16 and gives UTF-8.
pub struct Utf16<R> {
    inner: R,
    big: bool,
    /// A byte of a unit, or a unit of a pair, whose second half is still to come.
    rest: Vec<u8>,
    out: Vec<u8>,
    given: usize,
}

impl<R: Read> Utf16<R> {
    /// Behind the mark; `big` is big-endian.
    pub fn new(inner: R, big: bool) -> Utf16<R> {
        Utf16 { inner, big, rest: Vec::new(), out: Vec::new(), given: 0 }
    }

    fn refill(&mut self) -> io::Result<()> {
        let mut block = std::mem::take(&mut self.rest);
        let kept = block.len();
        let read = self.inner.by_ref().take(BLOCK as u64).read_to_end(&mut block)?;
        (self.out, self.given) = (Vec::with_capacity(block.len() * 3 / 2), 0);
        let last = read == 0;
        if last && kept % 2 == 1 {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "its last UTF-16 unit is half a unit"));
        }
        let unit = |bytes: &[u8]| {
            let pair = [bytes[0], bytes[1]];
            if self.big { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) }
        };
        let mut at = 0;
        while at + 2 <= block.len() {
            let first = unit(&block[at..]);
            if (0xd800..0xdc00).contains(&first) {
                if at + 4 > block.len() && !last {
                    break;
                }
                let second = block.get(at + 2..at + 4).map(unit).filter(|unit| (0xdc00..0xe000).contains(unit));
                if let Some(second) = second {
                    push(&mut self.out, 0x10000 + (u32::from(first - 0xd800) << 10) + u32::from(second - 0xdc00));
                    at += 4;
                    continue;
                }
            }
            push(&mut self.out, u32::from(first));
            at += 2;
        }
        self.rest = block.split_off(at);
        Ok(())
    }
}

fn push(out: &mut Vec<u8>, code: u32) {
    match char::from_u32(code) {
        Some(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        None => out.extend([0xe0 | (code >> 12) as u8, 0x80 | (code >> 6 & 0x3f) as u8, 0x80 | (code & 0x3f) as u8]),
    }
}

impl<R: Read> Read for Utf16<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        while self.given == self.out.len() {
            let held = self.rest.len();
            self.refill()?;
            if self.out.is_empty() && self.rest.len() <= held {
                return Ok(0);
            }
        }
        let mut ready = &self.out[self.given..];
        let read = ready.read(bytes)?;
        self.given += read;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Gives a few bytes at a time.
    struct Dripping<'a>(&'a [u8], usize);

    impl Read for Dripping<'_> {
        fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
            let most = bytes.len().min(self.1);
            self.0.read(&mut bytes[..most])
        }
    }

    fn read(units: &[u16], big: bool) -> io::Result<Vec<u8>> {
        let bytes: Vec<u8> = units.iter().flat_map(|u| if big { u.to_be_bytes() } else { u.to_le_bytes() }).collect();
        let mut out = Vec::new();
        Utf16::new(Dripping(&bytes, 3), big).read_to_end(&mut out)?;
        Ok(out)
    }

    #[test]
    fn halves_of_pairs_are_kept_apart() {
        assert_eq!(read(&[0xd83d, 0xde00], true).unwrap(), "😀".as_bytes());
        assert_eq!(read(&[0xd83d], true).unwrap(), b"\xed\xa0\xbd");
        assert_eq!(read(&[0xde00, 0x61], false).unwrap(), b"\xed\xb8\x80a");
        let mut out = Vec::new();
        assert!(Utf16::new(&b"a\0b"[..], false).read_to_end(&mut out).is_err());
    }

    proptest! {
        #[test]
        fn all_text_comes_through(text in ".{0,50}", big: bool) {
            let units: Vec<u16> = text.encode_utf16().collect();
            prop_assert_eq!(read(&units, big).unwrap(), text.as_bytes());
        }

        #[test]
        fn long_text_comes_through(n in 0_usize..3, tail in ".{0,3}") {
            let text = format!("{}😀{tail}", "a".repeat(BLOCK / 2 - 2 + n));
            let units: Vec<u16> = text.encode_utf16().collect();
            prop_assert_eq!(read(&units, false).unwrap(), text.as_bytes());
        }
    }
}
