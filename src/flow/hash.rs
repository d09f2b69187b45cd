//! SHA-256: the identity of every version.

use std::fmt;

use sha2::Digest as _;

/// The SHA-256 of some content.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of bytes at hand.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Digest(sha2::Sha256::digest(bytes).into())
    }

    /// Takes the 32 bytes as they are.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Digest(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads 64 lower-case hexadecimal digits; anything else is `None`.
    #[must_use]
    pub fn from_hex(hex: &str) -> Option<Self> {
        let hex = hex.as_bytes();
        if hex.len() != 64 {
            return None;
        }
        let mut bytes = [0; 32];
        let mut bad = 0;
        for (byte, pair) in bytes.iter_mut().zip(hex.chunks_exact(2)) {
            let (high, low) = (NIBBLES[usize::from(pair[0])], NIBBLES[usize::from(pair[1])]);
            bad |= high | low;
            *byte = high << 4 | low;
        }
        (bad < NO_DIGIT).then_some(Digest(bytes))
    }

    /// The 64 digits.
    #[must_use]
    pub fn hex(&self) -> String {
        self.digits().map(char::from).collect()
    }

    /// Whether these are its first `count` digits.
    #[must_use]
    pub fn begins_with(&self, digits: &str, count: usize) -> bool {
        digits.len() == count && count <= 64 && self.digits().zip(digits.bytes()).all(|(own, given)| own == given)
    }

    fn digits(&self) -> impl Iterator<Item = u8> {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        self.0.iter().flat_map(|b| [DIGITS[usize::from(b >> 4)], DIGITS[usize::from(b & 15)]])
    }

    /// The first 16 digits: names of review pages and tree folders.
    #[must_use]
    pub fn short16(&self) -> String {
        let mut hex = self.hex();
        hex.truncate(16);
        hex
    }
}

const NO_DIGIT: u8 = 0x10;

/// A table, because a manifest has a digest in every entry and digits cannot be predicted by branches.
const NIBBLES: [u8; 256] = {
    let mut table = [NO_DIGIT; 256];
    let mut n = 0;
    while n < 16 {
        table[b"0123456789abcdef"[n] as usize] = n as u8;
        n += 1;
    }
    table
};

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.hex())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.hex())
    }
}

impl serde::Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.hex())
    }
}

/// Takes bytes as they come and gives their digest and count.
#[derive(Clone, Default)]
pub struct Hasher {
    inner: sha2::Sha256,
    count: u64,
}

impl Hasher {
    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.inner.update(bytes);
        self.count += bytes.len() as u64;
    }

    /// How many bytes it has seen.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The digest of all it has seen.
    #[must_use]
    pub fn finish(self) -> Digest {
        Digest(self.inner.finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_round_trips_and_refuses_everything_else() {
        let digest = Digest::of(b"abc");
        assert_eq!(digest.hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(Digest::from_hex(&digest.hex()), Some(digest));
        assert_eq!(Digest::from_hex(&digest.hex().to_uppercase()), None);
        assert_eq!(Digest::from_hex("ba78"), None);
        assert_eq!(Digest::from_hex(&"é".repeat(32)), None);
        assert!(digest.begins_with("ba7816bf8f01cfea", 16));
        for other in ["ba7816bf8f01cfe", "ba7816bf8f01cfeb", "BA7816BF8F01CFEA", "ba7816bf8f01cfea4"] {
            assert!(!digest.begins_with(other, 16), "{other}");
        }
    }
}
