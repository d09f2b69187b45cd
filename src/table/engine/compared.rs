//! What a comparison found beside what it told: which rows are the same on both sides. From them the columns that were
//! touched are counted.

use super::Options;
use super::bits::Bits;
use super::watch::Watch;
use crate::error::Result;
#[cfg(test)]
use crate::flow::diff::cell::Cell;
use crate::flow::diff::moved::Moved;
use crate::flow::diff::passing::Passing;
use crate::flow::diff::sides::{Part, Sides};
use crate::table::records::Records;

/// A row as tests ask for it: whether the other side has an equal one, and the cells that were asked for.
#[cfg(test)]
pub type Seen<'f> = dyn FnMut(bool, &[Cell<'_>]) -> Result<()> + 'f;

/// What was found besides what the sink was told.
pub struct Compared<'a> {
    pub(super) sides: [&'a dyn Records; 2],
    /// Rows of the older and of the newer side.
    pub rows: [u64; 2],
    /// Rows of each side that have an equal one on the other.
    pub(super) same: [Bits; 2],
    /// Those of the older side that were found in passing, in their order.
    pub(super) passed: Bits,
    pub(super) watch: Watch,
    /// Which rows are in another order, if that was asked for.
    pub moved: Option<Moved>,
    /// Why rows were not paired as well as they could be, if so.
    pub partly: Option<String>,
}

impl<'a> Compared<'a> {
    /// For a reader that found by itself which rows of each side are `other`: all the rest is the same on both, and in
    /// the same order.
    #[must_use]
    pub fn all_but(
        sides: [&'a dyn Records; 2],
        rows: [u64; 2],
        other: [Bits; 2],
        options: &Options<'_>,
    ) -> Compared<'a> {
        let same = [0, 1].map(|side| {
            let mut same = Bits::default();
            (0..rows[side]).for_each(|row| same.set(row, !other[side].has(row)));
            same
        });
        let (passed, watch, moved) = (Bits::default(), Watch::off(), options.order.then(|| Moved::new(0)));
        Compared { sides, rows, same, passed, watch, moved, partly: None }
    }

    /// The same where the reader counted what some columns hold in rows of the older side that `passed` by.
    #[must_use]
    pub fn counted(self, passing: Passing, passed: Bits) -> Compared<'a> {
        Compared { watch: Watch::of(passing), passed, ..self }
    }

    /// The same where all of them passed by.
    #[must_use]
    pub fn counted_all(self, passing: Passing) -> Compared<'a> {
        let [passed, _] = self.same.clone();
        self.counted(passing, passed)
    }

    /// Whether a row of a side has an equal one on the other.
    #[must_use]
    pub fn is_same(&self, newer: bool, row: u64) -> bool {
        self.same[usize::from(newer)].has(row)
    }

    /// How many rows are the same on both sides.
    #[must_use]
    pub fn same(&self) -> u64 {
        self.same[1].count()
    }

    /// Counts what is still to be counted of the columns that `sides` asks for.
    pub fn count(&self, sides: &mut Sides) -> Result<()> {
        let all = vec![None; sides.columns(Part::Both).len()];
        let since = self.watch.passing().map_or(all, |passing| sides.adopt(passing));
        // What was counted in passing is counted from some row on, and all that was not found in passing.
        let until = since.iter().map(|since| since.map_or(u64::MAX, |since| since.min(self.passed.end()))).max();
        let until = if sides.has_differing() { until.unwrap_or(0) } else { u64::MAX };
        self.read(false, until, sides, &mut |row, at, same| match since[at] {
            Some(since) if same => row < since && self.passed.has(row),
            _ => true,
        })?;
        if sides.has_differing() || self.same() == self.rows[1] {
            return Ok(());
        }
        self.read(true, u64::MAX, sides, &mut |_, _, _| true)
    }

    /// Reads the rows of a side before one, and counts those of their cells that are wanted.
    fn read(
        &self,
        newer: bool,
        until: u64,
        sides: &mut Sides,
        wanted: &mut dyn FnMut(u64, usize, bool) -> bool,
    ) -> Result<()> {
        let (side, same) = (self.sides[usize::from(newer)], &self.same[usize::from(newer)]);
        let columns = sides.columns(if newer { Part::Newer } else { Part::Older }).to_vec();
        let mut sorted: Vec<(usize, usize)> = columns.iter().copied().zip(0..).collect();
        sorted.sort_unstable();
        let (places, order): (Vec<usize>, Vec<usize>) = sorted.into_iter().unzip();
        if until == 0 {
            return Ok(());
        }
        // Rows that are the same are read on the older side.
        let differing = !sides.has_differing();
        let rows = |row| if same.has(row) { !newer } else { differing };
        side.scan(&places, until, &rows, &mut |row, at, cell| {
            let is_same = same.has(row);
            let part = match (is_same, newer) {
                (true, _) => Part::Both,
                (false, false) => Part::Older,
                (false, true) => Part::Newer,
            };
            if wanted(row, order[at], is_same) {
                sides.add(part, order[at], &cell);
            }
        })
    }

    /// Reads a side once more and gives the cells of some columns, by their positions there, row by row.
    #[cfg(test)]
    pub fn each(&self, newer: bool, columns: &[usize], f: &mut Seen<'_>) -> Result<()> {
        let (side, same) = (self.sides[usize::from(newer)], &self.same[usize::from(newer)]);
        let mut cursor = side.open_for(columns)?;
        let mut number = 0;
        while let Some(record) = cursor.record()? {
            let mut cells = vec![Cell::absent(); columns.len()];
            side.pick(record, columns, &mut |place, cell| cells[place] = cell)?;
            f(same.has(number), &cells)?;
            number += 1;
        }
        Ok(())
    }
}
