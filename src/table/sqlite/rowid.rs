//! Tables whose key is the rowid: rows whose bytes differ are told, and of those that are the same the touched columns are
//! counted. Records are read as the file format writes them, where that is all there is to it; else by SQLite.

use super::rows::{Rows, Seek, tell};
use super::walk::{Step, Steps, Tree, walk};
use crate::error::Result;
use crate::flow::diff::found::At;
use crate::flow::diff::pairs::Pairs;
use crate::flow::diff::passing::Passing;
use crate::flow::diff::row;
use crate::flow::sqlite::record::{Value, values};
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

/// Where the values of a table's records are.
pub(super) struct Plain {
    /// The column that is the rowid, and is not in the record.
    pub(super) rowid: Option<usize>,
    /// The place of each column in the record; of the rowid it is any.
    pub(super) places: Vec<usize>,
    /// Columns whose whole numbers are read as fractions.
    pub(super) real: Vec<bool>,
}

impl Plain {
    fn value<'v>(&self, column: usize, id: i64, value: Value<'v>) -> Value<'v> {
        match value {
            _ if self.rowid == Some(column) => Value::Integer(id),
            #[expect(clippy::cast_precision_loss, reason = "as SQLite does")]
            Value::Integer(n) if self.real[column] => Value::Real(n as f64),
            value => value,
        }
    }

    /// The record as typed readers write it.
    fn record(&self, id: i64, bytes: &[u8]) -> Option<Vec<u8>> {
        let (mut out, mut room) = (Vec::new(), Vec::new());
        let own: Vec<usize> = (0..self.places.len()).filter(|column| self.rowid != Some(*column)).collect();
        let places: Vec<usize> = own.iter().map(|column| self.places[*column]).collect();
        let mut next = 0;
        let mut push = |column: usize, value| {
            room.clear();
            tell(self.value(column, id, value), &mut room, &mut |cell| row::push(&mut out, cell.kind, &cell.raw));
        };
        let whole = values(bytes, &places, &mut |at, value| {
            // The rowid has its place among the others.
            while next < own[at] {
                push(next, Value::Null);
                next += 1;
            }
            push(own[at], value);
            next = own[at] + 1;
        });
        (next..self.places.len()).for_each(|column| push(column, Value::Null));
        whole.then_some(out)
    }
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
