//! Whether two files hold the same bytes, without a digest of either.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use super::stat::Stat;
use super::{failed, file};
use crate::error::Result;

/// What is compared at once.
const BLOCK: u64 = 256 << 10;

/// Compares two files up to the first difference.
pub fn same(one: &Path, other: &Path) -> Result<bool> {
    if Stat::of(one)?.size != Stat::of(other)?.size {
        return Ok(false);
    }
    let (mut left, mut right) = (file::open(one)?, file::open(other)?);
    let (mut a, mut b) = (Vec::new(), Vec::new());
    loop {
        block(&mut left, &mut a).map_err(|e| failed("read", one, e))?;
        block(&mut right, &mut b).map_err(|e| failed("read", other, e))?;
        if a != b {
            return Ok(false);
        }
        if a.is_empty() {
            return Ok(true);
        }
    }
}

fn block(from: &mut File, to: &mut Vec<u8>) -> io::Result<usize> {
    to.clear();
    from.take(BLOCK).read_to_end(to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_the_same_to_their_last_byte_or_not() {
        let dir = tempfile::tempdir().unwrap();
        let large = vec![7; BLOCK as usize + 3];
        let mut other = large.clone();
        *other.last_mut().unwrap() = 8;
        let path = |name: &str, bytes: &[u8]| {
            let path = dir.path().join(name);
            file::append(&path, bytes).unwrap();
            path
        };
        let (a, b, c, d) = (path("a", &large), path("b", &large), path("c", &other), path("d", &large[1..]));
        assert_eq!((same(&a, &b).unwrap(), same(&a, &c).unwrap(), same(&a, &d).unwrap()), (true, false, false));
        let (empty, none) = (path("e", b""), path("n", b""));
        assert!(same(&empty, &none).unwrap());
    }
}
