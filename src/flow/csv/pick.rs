//! The fields of some columns, found eight bytes at a time.

use super::{Dialect, QUOTE};

/// So many columns at once.
const COLUMNS: usize = 16;
/// Bytes that are looked at together.
const WORD: usize = 8;
const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// Marks the highest bit of each byte that is the one that `like` repeats.
fn marks(word: u64, like: u64) -> u64 {
    let other = word ^ like;
    !(((other & !HIGHS) + !HIGHS) | other) & HIGHS
}

/// Where a mark is, in bytes.
fn place(marks: u64) -> usize {
    (marks.trailing_zeros() / 8) as usize
}

/// The fields of `columns`, which ascend, in a record of a table of `width` columns, as they stand. `false`: there is a
/// quote on the way, or the record is not as wide; nothing was told then, and [`super::walk`] tells it.
pub fn pick<'a>(
    record: &'a [u8],
    dialect: Dialect,
    width: usize,
    columns: &[usize],
    mut f: impl FnMut(usize, &'a [u8]),
) -> bool {
    let mut found = [(0, 0); COLUMNS];
    if columns.len() > COLUMNS || !ends(record, dialect, width, columns, &mut found) {
        return false;
    }
    found.iter().take(columns.len()).enumerate().for_each(|(at, (start, end))| f(at, &record[*start..*end]));
    true
}

/// Where these fields begin and end.
fn ends(
    record: &[u8],
    dialect: Dialect,
    width: usize,
    columns: &[usize],
    found: &mut [(usize, usize); COLUMNS],
) -> bool {
    let (delimiters, quotes) = (ONES * u64::from(dialect.delimiter), ONES * u64::from(QUOTE));
    let mut wanted = columns.iter().copied();
    let Some(mut next) = wanted.next() else { return true };
    let (mut column, mut start, mut at) = (0, 0, 0);
    let (words, tail) = record.as_chunks::<WORD>();
    // Behind the end there is neither a delimiter nor a quote.
    let mut last = [b'x'; WORD];
    last[..tail.len()].copy_from_slice(tail);
    for (base, word) in (0..).step_by(WORD).zip(words.iter().chain([&last])) {
        let word = u64::from_le_bytes(*word);
        let mut marked = marks(word, delimiters);
        let quoted = if dialect.quoting { marks(word, quotes) } else { 0 };
        if quoted != 0 {
            marked &= quoted - 1;
        }
        while marked != 0 {
            let end = base + place(marked);
            marked &= marked - 1;
            if column + 1 == width {
                return false;
            }
            if column == next {
                found[at] = (start, end);
                at += 1;
                match wanted.next() {
                    Some(later) => next = later,
                    None => return true,
                }
            }
            (column, start) = (column + 1, end + 1);
        }
        if quoted != 0 {
            return false;
        }
    }
    if column == next && at + 1 == columns.len() {
        found[at] = (start, record.len());
        return true;
    }
    false
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::walk;
    use super::*;

    proptest! {
        #[test]
        fn fields_are_those_that_the_walk_finds(
            record in "([ab]{0,9}|\"a,b\"|a\"b)(,([ab]{0,9}|\"a,b\"|a\"b)){0,7}",
            wanted in prop::collection::btree_set(0_usize..9, 0..4),
            width in 1_usize..10,
            quoting in any::<bool>(),
        ) {
            let dialect = Dialect { quoting, ..Dialect::default() };
            let wanted: Vec<usize> = wanted.into_iter().filter(|column| *column < width).collect();
            let (mut want, mut found) = (Vec::new(), Vec::new());
            let until = wanted.last().map_or(0, |last| last + 1);
            walk(record.as_bytes(), dialect, width, until, |column, field, _| {
                if wanted.contains(&column) {
                    want.push(field);
                }
            });
            if pick(record.as_bytes(), dialect, width, &wanted, |_, field| found.push(Some(field))) {
                prop_assert_eq!(found, want);
            } else {
                prop_assert!(found.is_empty());
                prop_assert!(record.contains('"') || want.contains(&None) || record.matches(',').count() >= width);
            }
        }
    }

    #[test]
    fn marks_are_exact() {
        for byte in 0..=u8::MAX {
            let word = u64::from_le_bytes([b',', byte, b',', 0x2d, byte, 0, 0xff, b',']);
            let want = word.to_le_bytes().map(|it| if it == b',' { 0x80 } else { 0 });
            assert_eq!(marks(word, ONES * u64::from(b',')).to_le_bytes(), want);
        }
    }
}
