//! The pages of an SQLite file, as far as telling equal ones apart from others needs it. Every byte may lie.

pub mod page;
pub mod record;

use std::fmt;

/// Bytes of a file's header.
pub const HEADER: usize = 100;

/// What a file's first bytes say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Bytes of a page.
    pub page: u32,
    /// Bytes of a page that hold content.
    pub usable: u32,
    /// Pages, as the file believes; 0 where an old program wrote it.
    pub pages: u32,
    /// How the schema's texts are to be read.
    pub format: u32,
    /// How texts are written: 1 UTF-8, 2 and 3 UTF-16.
    pub encoding: u32,
}

/// What is wrong with a file, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage(pub String);

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Damage {}

pub(crate) fn damage<T>(what: impl Into<String>) -> Result<T, Damage> {
    Err(Damage(what.into()))
}

impl Header {
    /// Reads it.
    pub fn parse(bytes: &[u8]) -> Result<Header, Damage> {
        let Some(bytes) = bytes.first_chunk::<HEADER>() else { return damage("it is shorter than a header") };
        if !bytes.starts_with(b"SQLite format 3\0") {
            return damage("it does not begin as an SQLite file does");
        }
        let number = |at: usize| u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        let page = match u32::from(u16::from_be_bytes([bytes[16], bytes[17]])) {
            1 => 65_536,
            size => size,
        };
        let usable = page.saturating_sub(u32::from(bytes[20]));
        if !page.is_power_of_two() || page < 512 || usable < 480 {
            return damage(format!("it says that a page has {page} bytes, {usable} of them in use"));
        }
        // The count is only as good as the change counter beside it.
        let pages = if number(24) == number(92) { number(28) } else { 0 };
        Ok(Header { page, usable, pages, format: number(44), encoding: number(56).max(1) })
    }

    /// Whether the same row has the same bytes in both files, in a table of the same definition.
    #[must_use]
    pub fn stores_like(&self, other: &Header) -> bool {
        let how = |header: &Header| (header.page, header.usable, header.format, header.encoding);
        how(self) == how(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_or_refused() {
        let mut bytes = vec![0; HEADER];
        bytes[..16].copy_from_slice(b"SQLite format 3\0");
        bytes[16..18].copy_from_slice(&[0, 1]);
        bytes[20] = 8;
        bytes[31] = 7;
        bytes[59] = 2;
        let header = Header::parse(&bytes).unwrap();
        assert_eq!(header, Header { page: 65_536, usable: 65_528, pages: 7, format: 0, encoding: 2 });
        for size in [[0, 0], [1, 0], [2, 1], [0, 2]] {
            bytes[16..18].copy_from_slice(&size);
            assert!(Header::parse(&bytes).is_err(), "{size:?}");
        }
        assert!(Header::parse(&bytes[..99]).is_err() && Header::parse(&[0; HEADER]).is_err());
    }
}
