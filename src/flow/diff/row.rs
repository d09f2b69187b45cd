//! Rows of typed values as bytes: equal rows are equal bytes, other rows are other bytes.
//!
//! A row is its cells, one after the other; a cell is a byte for its kind, the length of its spelling, the spelling.
//! The length is written in groups of seven bits, the lowest first; all but the last have the high bit set.

use super::cell::{Cell, Kind};

/// Adds a value to a row.
pub fn push(row: &mut Vec<u8>, kind: Kind, raw: &[u8]) {
    // The order of Kind::ALL is that of the declaration.
    row.push(kind as u8);
    let mut length = raw.len();
    while length >= 0x80 {
        row.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    row.push(length as u8);
    row.extend_from_slice(raw);
}

/// The values of a row; `None` for bytes that [`push`] did not write.
#[must_use]
pub fn cells(row: &[u8]) -> Option<Vec<Cell<'_>>> {
    let mut out = Vec::new();
    each(row, &mut |_, cell| out.push(cell)).then_some(out)
}

/// Tells the values of a row one by one; `false` once there are bytes that [`push`] did not write.
pub fn each<'r>(mut row: &'r [u8], f: &mut dyn FnMut(usize, Cell<'r>)) -> bool {
    let mut place = 0;
    while !row.is_empty() {
        let Some((cell, rest)) = first(row) else { return false };
        f(place, cell);
        (row, place) = (rest, place + 1);
    }
    true
}

fn first(row: &[u8]) -> Option<(Cell<'_>, &[u8])> {
    let (kind, rest) = row.split_first()?;
    let kind = *Kind::ALL.get(usize::from(*kind))?;
    let (length, rest) = length(rest)?;
    let (raw, rest) = rest.split_at_checked(length)?;
    Some((Cell::new(kind, raw), rest))
}

fn length(mut bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut length = 0_usize;
    for shift in (0..usize::BITS).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        bytes = rest;
        let part = usize::from(byte & 0x7f);
        length |= part.checked_shl(shift).filter(|it| it >> shift == part)?;
        if byte & 0x80 == 0 {
            return Some((length, bytes));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn kinds_are_numbered_as_declared() {
        assert!(Kind::ALL.iter().enumerate().all(|(n, kind)| *kind as usize == n));
    }

    #[test]
    fn other_bytes_are_refused() {
        for bytes in [&b"\x0b\x00"[..], b"\x02", b"\x02\x05abc", b"\x02\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"] {
            assert_eq!(cells(bytes), None, "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn a_row_comes_back(row in prop::collection::vec((0_usize..11, prop::collection::vec(any::<u8>(), 0..300)), 0..6)) {
            let mut bytes = Vec::new();
            row.iter().for_each(|(kind, raw)| push(&mut bytes, Kind::ALL[*kind], raw));
            let want: Vec<Cell<'_>> = row.iter().map(|(kind, raw)| Cell::new(Kind::ALL[*kind], raw)).collect();
            prop_assert_eq!(cells(&bytes), Some(want));
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let _ = cells(&bytes);
        }
    }
}
