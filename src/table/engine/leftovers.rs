//! Rows that were not paired in passing, in parts by the hashes of their keys: in memory as long as they fit, then in
//! scratch files.

use std::path::{Path, PathBuf};

use super::hashes;
use crate::disk::spill::Spill;
use crate::error::{Error, Result};

/// What is collected for a part before it is written.
const BUFFER: usize = 32 << 10;
/// A part of about so many bytes stays near the processor while its rows are compared with each other.
const PART: usize = 4 << 20;
/// More files are not open at once.
const FILES: u64 = 256;
/// Side, row, hash, length.
const HEAD: usize = 1 + 8 + 8 + 4;

/// Rows of both sides.
pub struct Leftovers {
    scratch: PathBuf,
    most: usize,
    /// Bytes that are expected.
    bytes: u64,
    depth: u32,
    held: usize,
    parts: Vec<Vec<u8>>,
    spilled: Vec<Spill>,
    rows: u64,
}

/// A row as it comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// Of its key.
    pub hash: u64,
    /// Whether it is of the newer side.
    pub newer: bool,
    /// Its place there.
    pub row: u64,
    /// Its bytes.
    pub record: &'a [u8],
}

impl Leftovers {
    /// None yet. At most about `most` bytes are held; `bytes` are expected.
    #[must_use]
    pub fn new(scratch: &Path, most: usize, bytes: u64) -> Leftovers {
        Leftovers::at(scratch, most, bytes, 0)
    }

    fn at(scratch: &Path, most: usize, bytes: u64, depth: u32) -> Leftovers {
        let parts = bytes.div_ceil(most.clamp(1, PART) as u64).clamp(1, FILES) as usize;
        let parts = vec![Vec::new(); parts];
        Leftovers { scratch: scratch.to_owned(), most, bytes, depth, held: 0, parts, spilled: Vec::new(), rows: 0 }
    }

    /// How many parts there are.
    #[must_use]
    pub fn parts(&self) -> usize {
        self.parts.len()
    }

    /// How many rows were added.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// One more row.
    pub fn add(&mut self, row: &Row<'_>) -> Result<()> {
        let length = u32::try_from(row.record.len()).map_err(|_| Error::user("a row is longer than 4 GiB"))?;
        let part = hashes::part(row.hash, self.parts.len(), self.depth);
        let held = &mut self.parts[part];
        held.push(u8::from(row.newer));
        held.extend_from_slice(&row.row.to_le_bytes());
        held.extend_from_slice(&row.hash.to_le_bytes());
        held.extend_from_slice(&length.to_le_bytes());
        held.extend_from_slice(row.record);
        self.rows += 1;
        self.held += HEAD + row.record.len();
        if !self.spilled.is_empty() {
            if held.len() >= BUFFER {
                self.spilled[part].write(held)?;
                held.clear();
            }
        } else if self.held > self.most {
            self.spill()?;
        }
        Ok(())
    }

    fn spill(&mut self) -> Result<()> {
        Spill::room(&self.scratch, self.bytes)?;
        self.spilled = self.parts.iter().map(|_| Spill::new(&self.scratch, "rows")).collect::<Result<_>>()?;
        for (part, spill) in self.parts.iter_mut().zip(&mut self.spilled) {
            spill.write(part)?;
            *part = Vec::with_capacity(BUFFER * 2);
        }
        Ok(())
    }

    /// Gives the bytes of each part, with its number. One that is too large is parted again; what falls together
    /// all the same has one key.
    pub fn each(self, f: &mut dyn FnMut(usize, &[u8]) -> Result<()>) -> Result<()> {
        let (most, depth, scratch) = (self.most, self.depth, self.scratch);
        let mut spilled = self.spilled.into_iter();
        for (number, mut part) in self.parts.into_iter().enumerate() {
            if let Some(mut spill) = spilled.next() {
                spill.write(&std::mem::take(&mut part))?;
                let size = spill.size();
                part = spill.read()?;
                if size > 2 * most as u64 && depth < 3 {
                    let mut again = Leftovers::at(&scratch, most, size.saturating_mul(2), depth + 1);
                    rows(&part).try_for_each(|row| again.add(&row))?;
                    drop(part);
                    again.each(&mut |_, part| f(number, part))?;
                    continue;
                }
            }
            f(number, &part)?;
        }
        Ok(())
    }
}

/// The rows of a part, in the order in which they were added.
pub fn rows(mut part: &[u8]) -> impl Iterator<Item = Row<'_>> {
    std::iter::from_fn(move || {
        let (head, rest) = part.split_first_chunk::<HEAD>()?;
        let number = |at: usize| head[at..].first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        let length = head[17..].first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes));
        let (record, rest) = rest.split_at_checked(length as usize)?;
        part = rest;
        Some(Row { hash: number(9), newer: head[0] == 1, row: number(1), record })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(most: usize, bytes: u64) -> (Vec<(u64, bool, Vec<u8>)>, usize) {
        let dir = tempfile::tempdir().unwrap();
        let mut leftovers = Leftovers::new(dir.path(), most, bytes);
        for n in 0..3000_u64 {
            let record = vec![n as u8; n as usize % 50];
            let hash = hashes::of(&(n / 3).to_le_bytes());
            leftovers.add(&Row { hash, newer: n % 3 == 0, row: n, record: &record }).unwrap();
        }
        let (mut found, mut parts) = (Vec::new(), 0);
        leftovers
            .each(&mut |_, part| {
                parts += 1;
                found.extend(rows(part).map(|row| (row.row, row.newer, row.record.to_vec())));
                Ok(())
            })
            .unwrap();
        assert_eq!(dir.path().read_dir().unwrap().count(), 0);
        found.sort();
        (found, parts)
    }

    #[test]
    fn rows_that_will_not_fit_on_the_disk_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let mut leftovers = Leftovers::new(dir.path(), 100, 1 << 60);
        let mut row = || leftovers.add(&Row { hash: 1, newer: false, row: 0, record: &[0; 60] });
        row().unwrap();
        assert!(row().unwrap_err().line().starts_with("there is no room for rows that have to wait"));
        assert_eq!(dir.path().read_dir().unwrap().count(), 0);
    }

    #[test]
    fn rows_come_back_from_memory_from_files_and_from_parts_of_parts() {
        let want: Vec<_> = (0..3000_u64).map(|n| (n, n % 3 == 0, vec![n as u8; n as usize % 50])).collect();
        assert_eq!(all(usize::MAX, 1), (want.clone(), 1));
        assert_eq!(all(50_000, 140_000), (want.clone(), 3));
        let (found, parts) = all(10_000, 10_000);
        assert!(found == want && parts > 10, "{parts}");
    }
}
