//! Cuts a stream into chunks as it passes: FastCDC of 2020, whatever portions the bytes come in.

use fastcdc::v2020::{Normalization, cut, select_masks};

use super::{AVERAGE, Chunk, Chunks, MAX, MIN};

/// Takes the bytes of an object in order. It holds back no more than one chunk and a portion.
#[derive(Clone, Debug)]
pub struct Cutter {
    held: Vec<u8>,
    chunks: Chunks,
    masks: (u64, u64),
}

impl Default for Cutter {
    fn default() -> Self {
        let masks = select_masks(AVERAGE as usize, Normalization::Level1);
        Cutter { held: Vec::new(), chunks: Chunks::default(), masks }
    }
}

impl Cutter {
    /// Takes the next bytes.
    pub fn take(&mut self, bytes: &[u8]) {
        self.held.extend_from_slice(bytes);
        // A chunk is certain only once the longest one could have ended.
        let mut from = 0;
        while self.held.len() - from >= MAX as usize {
            from += self.cut(from);
        }
        self.held.drain(..from);
    }

    /// The list of all that it has seen.
    #[must_use]
    pub fn finish(mut self) -> Chunks {
        let mut from = 0;
        while from < self.held.len() {
            from += self.cut(from);
        }
        self.chunks
    }

    /// Cuts one chunk off what is held from there, and says how long it is.
    fn cut(&mut self, from: usize) -> usize {
        let (strict, loose) = self.masks;
        let held = &self.held[from..];
        let [min, average, max] = [MIN, AVERAGE, MAX].map(|size| size as usize);
        let (_, length) = cut(held, min, average, max, strict, loose, strict << 1, loose << 1);
        self.chunks.push(Chunk::of(&held[..length]));
        length
    }
}
