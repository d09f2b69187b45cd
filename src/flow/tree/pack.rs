//! Lines under zstd: read line by line, so that what unfolds to more than it should is never held.

use std::io::{BufRead as _, BufReader, Read as _};

use crate::error::{Error, Result};
use crate::flow::hash::Hasher;

/// No line of ours is longer: a path and a link's target of 4,096 bytes each, every byte escaped.
const LONGEST: u64 = 64 << 10;

pub(super) fn pack(text: &[u8]) -> Vec<u8> {
    zstd::bulk::compress(text, 3).expect("memory takes every byte")
}

/// Calls `each` for every line, without its LF, and gives the digest of all lines. A last line without LF is an error.
pub(super) fn lines(what: &str, packed: &[u8], mut each: impl FnMut(&[u8]) -> Result<()>) -> Result<Hasher> {
    let bad = |why: &str| Error::integrity(format!("{what} cannot be read: {why}"));
    let decoder = zstd::stream::read::Decoder::with_buffer(packed).map_err(|e| bad(&e.to_string()))?;
    let mut text = BufReader::with_capacity(128 << 10, decoder);
    let (mut hasher, mut line) = (Hasher::default(), Vec::new());
    loop {
        line.clear();
        let count = (&mut text).take(LONGEST).read_until(b'\n', &mut line).map_err(|e| bad(&e.to_string()))?;
        if count == 0 {
            return Ok(hasher);
        }
        hasher.update(&line);
        let Some(line) = line.strip_suffix(b"\n") else { return Err(bad("a line is too long or has no end")) };
        each(line)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::hash::Digest;

    fn all(packed: &[u8]) -> Result<(Vec<Vec<u8>>, Digest)> {
        let mut all = Vec::new();
        let hasher = lines("it", packed, |line| {
            all.push(line.to_vec());
            Ok(())
        })?;
        Ok((all, hasher.finish()))
    }

    #[test]
    fn lines_come_back_with_their_digest() {
        let text = b"one\n\nthree\n";
        let (lines, digest) = all(&pack(text)).unwrap();
        assert_eq!(lines, [&b"one"[..], b"", b"three"]);
        assert_eq!(digest, Digest::of(text));
        assert!(all(&pack(b"")).unwrap().0.is_empty());
    }

    #[test]
    fn what_is_cut_damaged_or_endless_is_refused() {
        let packed = pack(b"one\ntwo\n");
        for at in 1..packed.len() {
            assert!(all(&packed[..at]).is_err(), "{at}");
        }
        assert!(all(b"no zstd").is_err());
        assert!(all(&pack(b"no end")).is_err());
        // 1 GiB without a line end, in a few kB.
        let bomb = zstd::stream::encode_all(std::io::repeat(b'x').take(1 << 30), 1).unwrap();
        assert!(all(&bomb).is_err());
    }
}
