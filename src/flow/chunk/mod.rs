//! Chunk lists: what a large object is made of, piece by piece, so that two versions of it can be compared without their
//! bytes. A list is a hint and proves nothing: whoever builds an object by one hashes all of it.

mod cut;
mod list;
#[cfg(test)]
mod tests;

pub use cut::Cutter;
pub use list::{most, parse, print};

use super::part;

/// Below this an object has no chunk list: it travels whole.
pub const LARGE: u64 = part::SMALLEST;
/// Above this neither: the list alone would be too much to hold.
const LARGEST: u64 = 256 << 30;
/// No chunk but the last is shorter.
pub const MIN: u32 = 16 << 10;
/// What the cutting aims at.
pub const AVERAGE: u32 = 64 << 10;
/// No chunk is longer.
pub const MAX: u32 = 256 << 10;

/// Whether an object of that size has a chunk list.
#[must_use]
pub fn listed(size: u64) -> bool {
    (LARGE..=LARGEST).contains(&size)
}

/// A piece of an object, cut where its content says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Bytes.
    pub length: u32,
    /// The BLAKE3 of its bytes.
    pub blake3: [u8; 32],
}

impl Chunk {
    /// The chunk that these bytes are.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let length = u32::try_from(bytes.len()).expect("a chunk has at most 256 KiB");
        Chunk { length, blake3: *blake3::hash(bytes).as_bytes() }
    }
}

/// All chunks of an object, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chunks {
    list: Vec<Chunk>,
    size: u64,
}

impl Chunks {
    /// The chunks, in order.
    #[must_use]
    pub fn list(&self) -> &[Chunk] {
        &self.list
    }

    /// Bytes of the object.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Each chunk with its offset.
    pub fn placed(&self) -> impl Iterator<Item = (u64, &Chunk)> {
        self.list.iter().scan(0, |at, chunk| {
            let offset = *at;
            *at += u64::from(chunk.length);
            Some((offset, chunk))
        })
    }

    fn push(&mut self, chunk: Chunk) {
        self.size += u64::from(chunk.length);
        self.list.push(chunk);
    }
}
