//! The rows that differ, kept while they are few: which of their columns are to be counted is known only at the end.

use super::cell::Cell;
use super::row;
use super::sides::{Part, Sides};

/// More bytes are not kept.
const BYTES: usize = 16 << 20;

/// Rows of both sides.
#[derive(Debug, Default)]
pub(super) struct Differing {
    /// Rows of the older and of the newer side, each behind its length.
    rows: [Vec<u8>; 2],
    full: bool,
}

impl Differing {
    /// One more row.
    pub(super) fn keep(&mut self, newer: bool, cells: &[Cell<'_>]) {
        if self.full {
            return;
        }
        let rows = &mut self.rows[usize::from(newer)];
        let begin = rows.len();
        rows.extend_from_slice(&[0; size_of::<u64>()]);
        cells.iter().for_each(|cell| row::push(rows, cell.kind, &cell.raw));
        let length = (rows.len() - begin - size_of::<u64>()) as u64;
        rows[begin..begin + size_of::<u64>()].copy_from_slice(&length.to_le_bytes());
        if self.rows.iter().map(Vec::len).sum::<usize>() > BYTES {
            *self = Differing { full: true, ..Differing::default() };
        }
    }

    /// Counts all of them. `false`: they were too many.
    pub(super) fn count(&self, sides: &mut Sides) -> bool {
        if self.full {
            return false;
        }
        for (part, rows) in [Part::Older, Part::Newer].into_iter().zip(&self.rows) {
            let places = sides.columns(part).to_vec();
            let (mut rest, absent) = (rows.as_slice(), Cell::absent());
            while let Some((length, behind)) = rest.split_first_chunk() {
                let length = usize::try_from(u64::from_le_bytes(*length)).unwrap_or(usize::MAX);
                let (record, behind) = behind.split_at(length.min(behind.len()));
                rest = behind;
                let cells = row::cells(record).unwrap_or_default();
                for (at, place) in places.iter().enumerate() {
                    sides.add(part, at, cells.get(*place).unwrap_or(&absent));
                }
            }
        }
        true
    }
}
