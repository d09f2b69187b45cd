//! Reads pages of an SQLite file, many at a time.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use crate::disk::{failed, file};
use crate::error::{Error, Result};
use crate::flow::sqlite::{Damage, HEADER, Header};

/// Bytes that are read at once: the largest page fits.
const BLOCK: u64 = 64 << 10;
/// Blocks that are kept.
const KEPT: u64 = 32;

/// A file, as pages.
pub(super) struct Pages {
    path: PathBuf,
    file: File,
    size: u64,
    pub(super) header: Header,
    blocks: Vec<Option<(u64, Vec<u8>)>>,
}

impl Pages {
    /// Opens it, and reads its header.
    pub(super) fn open(path: &Path, size: u64) -> Result<Pages> {
        let mut file = file::open(path)?;
        let mut head = Vec::new();
        (&mut file).take(HEADER as u64).read_to_end(&mut head).map_err(|e| failed("read", path, e))?;
        let header = Header::parse(&head).map_err(|e| damaged(path, e))?;
        let (whole, said) = (size / u64::from(header.page), u64::from(header.pages));
        if said > whole {
            return Err(damaged(path, Damage(format!("it is cut short: {whole} of its {said} pages are there"))));
        }
        let blocks = (0..KEPT).map(|_| None).collect();
        Ok(Pages { path: path.to_owned(), file, size, header, blocks })
    }

    /// How many there are.
    pub(super) fn count(&self) -> u64 {
        self.size / u64::from(self.header.page)
    }

    /// The bytes of a page; the first is 1.
    pub(super) fn page(&mut self, number: u32) -> Result<&[u8]> {
        if number == 0 || u64::from(number) > self.count() {
            return Err(self.damaged(Damage(format!("it points to page {number} of {}", self.count()))));
        }
        let from = u64::from(number - 1) * u64::from(self.header.page);
        let (block, within) = (from / BLOCK, (from % BLOCK) as usize);
        let slot = (block % KEPT) as usize;
        if self.blocks[slot].as_ref().is_none_or(|(kept, _)| *kept != block) {
            let mut bytes = self.blocks[slot].take().map(|(_, bytes)| bytes).unwrap_or_default();
            bytes.clear();
            let read = self.file.seek(SeekFrom::Start(block * BLOCK));
            let read = read.and_then(|_| (&mut self.file).take(BLOCK).read_to_end(&mut bytes));
            read.map_err(|e| failed("read", &self.path, e))?;
            self.blocks[slot] = Some((block, bytes));
        }
        let bytes = self.blocks[slot].as_ref().and_then(|(_, b)| b.get(within..within + self.header.page as usize));
        bytes.ok_or_else(|| damaged(&self.path, Damage(format!("page {number} is cut short"))))
    }

    /// The error for a file whose pages contradict each other.
    pub(super) fn damaged(&self, what: Damage) -> Error {
        damaged(&self.path, what)
    }
}

/// The error for a file that contradicts itself.
pub(super) fn damaged(path: &Path, what: Damage) -> Error {
    Error::user(format!("{} cannot be read as an SQLite file", path.display()))
        .because(what)
        .hint(format!("sqlite3 {} 'PRAGMA integrity_check' tells what is wrong with it", path.display()))
}
