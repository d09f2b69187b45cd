//! Quick hashing of values, for maps whose order nobody sees.

use std::hash::{BuildHasher, Hasher, RandomState};

use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Makes hashers that share one seed, which is drawn anew: whoever wrote the values does not know it.
#[derive(Clone, Debug)]
pub(super) struct Quick(u64);

impl Default for Quick {
    fn default() -> Quick {
        Quick(RandomState::new().hash_one(0))
    }
}

impl BuildHasher for Quick {
    type Hasher = Running;

    fn build_hasher(&self) -> Running {
        Running(self.0)
    }
}

/// A hash on its way.
pub(super) struct Running(u64);

impl Hasher for Running {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = xxh3_64_with_seed(bytes, self.0);
    }

    fn write_u64(&mut self, number: u64) {
        // Both halves of a long product depend on all bits of the number.
        let product = u128::from(self.0 ^ number) * 0x9e37_79b9_7f4a_7c15;
        self.0 = (product >> 64) as u64 ^ product as u64;
    }

    fn write_usize(&mut self, number: usize) {
        self.0 ^= number as u64;
    }
}
