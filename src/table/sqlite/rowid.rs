//! Tables whose key is the rowid: rows whose bytes differ are told, and of those that are the same the touched columns are
//! counted. Records are read as the file format writes them, where that is all there is to it; else by SQLite.

use super::plain::tell;
use super::rows::{Rows, Seek};
use super::walk::{Step, Steps, Tree, walk};
use crate::error::Result;
use crate::flow::diff::found::At;
use crate::flow::diff::pairs::Pairs;
use crate::flow::diff::passing::Passing;
use crate::flow::sqlite::record::values;
use crate::table::engine::bits::Bits;
use crate::table::engine::{Compared, Options};
use crate::table::typed::cells;

/// Tells the rows whose bytes differ.
pub(super) fn by_rowid<'a>(
    [old, new]: [&'a Rows<'a>; 2],
    trees: [Tree<'_>; 2],
    options: &Options<'_>,
    pairs: &mut dyn Pairs,
) -> Result<Compared<'a>> {
    let seeks = [old.seek()?, new.seek()?];
    let counted = old.plain().map(|_| Passing::new(&[]));
    let mut telling = Telling { sides: [old, new], seeks, other: Default::default(), pairs, counted };
    let sizes = walk(trees, &mut telling)?;
    let Telling { other, counted, .. } = telling;
    let compared = Compared::all_but([old, new], sizes, other, options);
    Ok(match counted {
        Some(passing) => compared.counted_all(passing),
        None => compared,
    })
}

struct Telling<'a, 'p> {
    sides: [&'a Rows<'a>; 2],
    seeks: [Seek<'a>; 2],
    other: [Bits; 2],
    pairs: &'p mut dyn Pairs,
    counted: Option<Passing>,
}

impl Telling<'_, '_> {
    fn record(&mut self, side: usize, id: i64, bytes: Option<&[u8]>) -> Result<Vec<u8>> {
        let plain = self.sides[side].plain().zip(bytes).and_then(|(plain, bytes)| plain.record(id, bytes));
        plain.map_or_else(|| self.seeks[side].record(id).map(<[u8]>::to_vec), Ok)
    }

    fn both(&mut self, id: i64, at: At, bytes: [Option<&[u8]>; 2]) -> Result<()> {
        let (before, after) = (self.record(0, id, bytes[0])?, self.record(1, id, bytes[1])?);
        // The same values may be written in other bytes.
        if before == after {
            self.same(id, bytes[0]);
            return Ok(());
        }
        self.other[0].set(at.old, true);
        self.other[1].set(at.new, true);
        let (before, after) = (cells(&before)?, cells(&after)?);
        if let Some(passing) = &mut self.counted {
            let differing = (0..before.len()).filter(|column| before.get(*column) != after.get(*column));
            differing.for_each(|column| passing.touch(column, at.old + 1));
        }
        self.pairs.both(at, &before, &after)
    }
}

impl Steps for Telling<'_, '_> {
    fn step(&mut self, step: Step<'_>) -> Result<()> {
        match step {
            Step::Both(id, at, bytes) => self.both(id, at, bytes),
            Step::Older(id, number, bytes) => {
                self.other[0].set(number, true);
                let record = self.record(0, id, bytes)?;
                self.pairs.removed(number, &cells(&record)?)
            }
            Step::Newer(id, number, bytes) => {
                self.other[1].set(number, true);
                let record = self.record(1, id, bytes)?;
                self.pairs.added(number, &cells(&record)?)
            }
        }
    }

    fn counts(&self) -> bool {
        self.counted.as_ref().is_some_and(|passing| !passing.is_empty())
    }

    fn same(&mut self, id: i64, bytes: Option<&[u8]>) {
        let Some(passing) = self.counted.as_mut().filter(|passing| !passing.is_empty()) else { return };
        let (columns, mut count) = passing.counting();
        let mut room = Vec::new();
        let whole = self.sides[0].plain().zip(bytes).is_some_and(|(plain, bytes)| {
            let mut places = [0; 24];
            let places = &mut places[..columns.len().min(24)];
            places.iter_mut().zip(columns).for_each(|(place, column)| *place = plain.places[*column]);
            columns.len() == places.len()
                && values(bytes, places, &mut |at, value| {
                    room.clear();
                    tell(plain.value(columns[at], id, value), &mut room, &mut |cell| count(at, cell));
                })
        });
        if !whole {
            drop(count);
            self.counted = None;
        }
    }
}
