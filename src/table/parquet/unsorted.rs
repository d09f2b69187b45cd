//! Two Parquet files whose rows are in any order: each row becomes a key and a sum, and these are paired part by part.

use super::differences::Differences;
use super::open::Opened;
use super::sums::Numbers;
use crate::error::Result;
use crate::flow::diff::found::At;
use crate::flow::diff::pairs::Layout;
use crate::table::engine::Options;
use crate::table::engine::leftovers::{Leftovers, Row, rows};

/// What a row takes while it waits to be paired.
const ROW: u64 = 40;

/// Pairs the rows of both. `None` where a key is there twice or misses a value, a value cannot be summed up, or more than
/// `most` rows differ.
pub(super) fn unsorted(
    old: &Opened,
    new: &Opened,
    layout: &Layout,
    options: &Options<'_>,
    most: usize,
) -> Result<Option<Differences>> {
    let shared = layout.shared();
    let mut numbers = Numbers::new(shared.len());
    let bytes = (old.rows() + new.rows()).saturating_mul(ROW);
    let mut all = Leftovers::new(options.scratch, options.memory / 4, bytes);
    for (file, newer) in [(old, false), (new, true)] {
        let place = |place: &(usize, usize)| if newer { place.1 } else { place.0 };
        let columns: Vec<usize> = shared.iter().map(place).collect();
        let keys: Vec<usize> = layout.key.iter().map(place).collect();
        if !read(file, newer, &columns, &keys, &mut numbers, &mut all)? {
            return Ok(None);
        }
    }
    let mut found = Differences { rows: [old.rows(), new.rows()], ..Differences::default() };
    let mut unique = true;
    all.each(&mut |_, part| {
        if unique && found.count() <= most {
            unique = pair(part, &mut found);
        }
        Ok(())
    })?;
    found.both.sort_unstable_by_key(|at| at.new);
    found.added.sort_unstable();
    found.removed.sort_unstable();
    Ok((unique && found.count() <= most).then_some(found))
}

/// Sums up the rows of a side. `false`: that cannot be done.
fn read(
    file: &Opened,
    newer: bool,
    columns: &[usize],
    keys: &[usize],
    numbers: &mut Numbers,
    all: &mut Leftovers,
) -> Result<bool> {
    let mut stored = columns.to_vec();
    stored.sort_unstable();
    let mut row = 0;
    for batch in file.read(columns, None, None)? {
        let batch = batch.map_err(|e| file.failed(e))?;
        let (mut names, mut sums) = (vec![0; batch.num_rows()], vec![0; batch.num_rows()]);
        for (at, column) in columns.iter().enumerate() {
            let Ok(place) = stored.binary_search(column) else { return Ok(false) };
            let array = batch.column(place);
            let is_key = keys.contains(column);
            if is_key && array.logical_null_count() > 0 {
                return Ok(false);
            }
            if !numbers.add(at, array, if is_key { &mut names } else { &mut sums }) {
                return Ok(false);
            }
        }
        for (name, sum) in names.iter().zip(&sums) {
            // The higher half depends on all bits.
            let hash = (name >> 64) as u64;
            all.add(&Row { hash, newer, row, record: &sum.to_le_bytes() })?;
            row += 1;
        }
    }
    Ok(true)
}

/// Pairs the rows of a part by their keys. `false`: one is there twice.
fn pair(part: &[u8], found: &mut Differences) -> bool {
    let mut all: Vec<Row<'_>> = rows(part).collect();
    all.sort_unstable_by_key(|row| (row.hash, row.newer, row.row));
    let mut rest = all.as_slice();
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        match behind.split_first() {
            Some((second, behind)) if second.hash == first.hash => {
                let again = behind.first().is_some_and(|third| third.hash == first.hash);
                if again || first.newer == second.newer {
                    return false;
                }
                found.met += 1;
                if first.record != second.record {
                    found.both.push(At { old: first.row, new: second.row });
                }
                rest = behind;
            }
            _ if first.newer => found.added.push(first.row),
            _ => found.removed.push(first.row),
        }
    }
    true
}
