//! Hashes of keys, kept in parts: in memory as long as they fit, then in scratch files.

use std::path::{Path, PathBuf};

use crate::disk::spill::Spill;
use crate::error::Result;

/// A hash of a key. It has no seed: the same key has the same hash everywhere.
#[must_use]
pub fn of(key: &[u8]) -> u64 {
    xxhash_rust::xxh3::xxh3_64(key)
}

/// Which of `parts` a hash belongs to, at a depth: of those that fell together at one, some part at the next.
#[must_use]
pub fn part(hash: u64, parts: usize, depth: u32) -> usize {
    let turned = hash.rotate_left(depth * 16);
    ((u128::from(turned) * parts as u128) >> 64) as usize
}

/// Hashes in parts.
pub struct Hashes {
    scratch: PathBuf,
    /// More bytes are not held.
    most: usize,
    held: usize,
    parts: Vec<Vec<u64>>,
    spilled: Vec<Spill>,
}

impl Hashes {
    /// None yet, in so many parts.
    #[must_use]
    pub fn new(scratch: &Path, most: usize, parts: usize) -> Hashes {
        let parts = vec![Vec::new(); parts];
        Hashes { scratch: scratch.to_owned(), most, held: 0, parts, spilled: Vec::new() }
    }

    /// One more.
    pub fn add(&mut self, hash: u64) -> Result<()> {
        let part = part(hash, self.parts.len(), 0);
        self.parts[part].push(hash);
        self.held += size_of::<u64>();
        if self.held > self.most {
            self.spill()?;
        }
        Ok(())
    }

    fn spill(&mut self) -> Result<()> {
        if self.spilled.is_empty() {
            self.spilled = self.parts.iter().map(|_| Spill::new(&self.scratch, "keys")).collect::<Result<_>>()?;
        }
        for (part, spill) in self.parts.iter_mut().zip(&mut self.spilled) {
            let bytes: Vec<u8> = part.drain(..).flat_map(u64::to_le_bytes).collect();
            spill.write(&bytes)?;
        }
        self.held = 0;
        Ok(())
    }

    /// All of each part, in ascending order, part by part.
    pub fn sorted(self) -> impl Iterator<Item = Result<Vec<u64>>> {
        let mut spilled = self.spilled.into_iter();
        self.parts.into_iter().map(move |mut part| {
            if let Some(spill) = spilled.next() {
                let bytes = spill.read()?;
                part.extend(bytes.as_chunks().0.iter().map(|bytes| u64::from_le_bytes(*bytes)));
            }
            part.sort_unstable();
            Ok(part)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_come_back_in_order_from_memory_and_from_files() {
        let dir = tempfile::tempdir().unwrap();
        for most in [usize::MAX, 100] {
            let mut hashes = Hashes::new(dir.path(), most, 3);
            let mut all: Vec<u64> = (0..1000_u64).map(|n| of(&n.to_le_bytes())).collect();
            all.iter().for_each(|hash| hashes.add(*hash).unwrap());
            all.sort_unstable();
            let found: Vec<Vec<u64>> = hashes.sorted().map(Result::unwrap).collect();
            assert_eq!((found.len(), found.concat()), (3, all), "a part is a range");
        }
    }

    #[test]
    fn what_falls_together_is_parted_at_the_next_depth() {
        let together: Vec<u64> =
            (0..10_000_u64).map(|n| of(&n.to_le_bytes())).filter(|h| part(*h, 64, 0) == 7).collect();
        let mut parts: Vec<usize> = together.iter().map(|hash| part(*hash, 4, 1)).collect();
        parts.sort_unstable();
        parts.dedup();
        assert_eq!(parts, [0, 1, 2, 3]);
    }
}
