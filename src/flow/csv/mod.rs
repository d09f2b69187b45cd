//! Text tables with delimiters, byte for byte: where a record ends, what its fields are, what they are written with.
//!
//! Two records of one dialect that are not the same byte for byte never have the same cells.

mod guess;
mod header;
mod pick;
mod split;

pub use guess::guess;
pub use header::names;
pub use pick::pick;
pub use split::{Width, cell, longest, nth, walk};

use memchr::{memchr, memchr2};

/// A field that opens and closes with it may hold delimiters, line ends, and itself doubled.
pub const QUOTE: u8 = b'"';

/// How records and fields are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// Between fields.
    pub delimiter: u8,
    /// Whether a quote at the beginning of a field is one.
    pub quoting: bool,
    /// The last byte of a line end. A carriage return before a line feed belongs to the line end too.
    pub end: u8,
}

impl Default for Dialect {
    fn default() -> Self {
        Dialect { delimiter: b',', quoting: true, end: b'\n' }
    }
}

/// How far a record was looked through for its end. It can go on where it stopped, once more bytes are there.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scan {
    at: usize,
    open: Option<usize>,
}

impl Scan {
    /// The place of the line end behind the record with which `bytes` begin; `None`: the record goes on beyond them.
    /// With `last`, nothing follows `bytes`.
    pub fn end(&mut self, bytes: &[u8], dialect: Dialect, last: bool) -> Option<usize> {
        if !dialect.quoting {
            let found = memchr(dialect.end, bytes.get(self.at..)?);
            self.at = found.map_or(bytes.len(), |n| self.at + n);
            return found.map(|_| self.at);
        }
        loop {
            let rest = bytes.get(self.at..)?;
            if self.open.is_some() {
                let Some(quote) = memchr(QUOTE, rest).map(|n| self.at + n) else {
                    self.at = bytes.len();
                    return None;
                };
                match bytes.get(quote + 1) {
                    Some(&QUOTE) => self.at = quote + 2,
                    // The next byte decides whether it closes.
                    None if !last => {
                        self.at = quote;
                        return None;
                    }
                    _ => (self.open, self.at) = (None, quote + 1),
                }
                continue;
            }
            let Some(found) = memchr2(QUOTE, dialect.end, rest).map(|n| self.at + n) else {
                self.at = bytes.len();
                return None;
            };
            if bytes[found] == dialect.end {
                self.at = found;
                return Some(found);
            }
            if found == 0 || bytes[found - 1] == dialect.delimiter {
                self.open = Some(found);
            }
            self.at = found + 1;
        }
    }

    /// Where the quoted field begins whose end was not found yet.
    #[must_use]
    pub fn open(&self) -> Option<usize> {
        self.open
    }
}

/// The record in front of the line end at `end`.
#[must_use]
pub fn content(bytes: &[u8], end: usize, dialect: Dialect) -> &[u8] {
    let record = &bytes[..end];
    if dialect.end == b'\n' { record.strip_suffix(b"\r").unwrap_or(record) } else { record }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Records of a whole text, fed in pieces of `step` bytes.
    fn records(text: &[u8], dialect: Dialect, step: usize) -> Vec<&[u8]> {
        let (mut found, mut start) = (Vec::new(), 0);
        while start < text.len() {
            let mut scan = Scan::default();
            let mut seen = (start + step).min(text.len());
            let end = loop {
                match scan.end(&text[start..seen], dialect, seen == text.len()) {
                    Some(end) => break end,
                    None if seen == text.len() => break text.len() - start,
                    None => seen = (seen + step).min(text.len()),
                }
            };
            found.push(content(&text[start..], end, dialect));
            start += end + 1;
        }
        found
    }

    #[test]
    fn a_record_ends_where_no_quote_is_open() {
        let text = b"a,b\r\n1,\"x\ny\"\n2,5\" pipe\n3,\"say \"\"hi\"\"\"\r\n4";
        let want: [&[u8]; 5] = [b"a,b", b"1,\"x\ny\"", b"2,5\" pipe", b"3,\"say \"\"hi\"\"\"", b"4"];
        for step in 1..text.len() {
            assert_eq!(records(text, Dialect::default(), step), want, "{step}");
        }
        let plain = Dialect { quoting: false, ..Dialect::default() };
        assert_eq!(records(b"a\n\"b\nc\n", plain, 2), [&b"a"[..], b"\"b", b"c"]);
        let old = Dialect { end: b'\r', ..Dialect::default() };
        assert_eq!(records(b"a\rb\r", old, 1), [&b"a"[..], b"b"]);
    }

    proptest! {
        #[test]
        fn pieces_do_not_matter(text in "[a,\"\r\n]{0,40}", step in 1_usize..9) {
            let text = text.as_bytes();
            prop_assert_eq!(records(text, Dialect::default(), step), records(text, Dialect::default(), text.len().max(1)));
        }
    }
}
