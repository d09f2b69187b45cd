//! What columns hold over the rows that are the same on both sides, counted while these pass by.

use super::cell::Cell;
use super::stats::Column;

/// So many different values are counted exactly: of all columns, and of one.
const VALUES: (usize, usize) = (100_000, 5_000);

/// So many of one column, where so many columns are counted.
pub(super) fn values(columns: usize) -> usize {
    (VALUES.0 / columns.max(1)).min(VALUES.1)
}

/// More columns would not all get [`values`] as one alone does, so that they are counted when all are known.
const COLUMNS: usize = VALUES.0 / VALUES.1;

/// How many cells of a column there are, and how many of them hold something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Filled {
    pub(super) filled: u64,
    pub(super) rows: u64,
}

impl Filled {
    pub(super) fn add(&mut self, cell: &Cell<'_>) {
        self.filled += u64::from(!cell.is_missing());
        self.rows += 1;
    }

    pub(super) fn merge(&mut self, other: Filled) {
        self.filled += other.filled;
        self.rows += other.rows;
    }
}

/// Counts columns of the older side.
pub struct Passing {
    /// In the order of their places.
    columns: Vec<(usize, Passed)>,
    places: Vec<usize>,
    touched: usize,
}

/// What is counted of a column.
pub(super) enum Passed {
    /// It is gone.
    Gone(Filled),
    /// It is on both sides; of rows before this one nothing was counted.
    Both(Box<Column>, u64),
}

impl Passing {
    /// Columns that are `gone` are counted from the first row on.
    #[must_use]
    pub fn new(gone: &[usize]) -> Passing {
        let columns: Vec<_> = gone.iter().map(|place| (*place, Passed::Gone(Filled::default()))).collect();
        let mut passing = Passing { columns, places: Vec::new(), touched: 0 };
        passing.sort();
        passing
    }

    fn sort(&mut self) {
        self.columns.sort_by_key(|(place, _)| *place);
        self.places = self.columns.iter().map(|(place, _)| *place).collect();
    }

    /// Counts one more column from now on: the next row is this one, or they have no order any more.
    pub fn touch(&mut self, place: usize, since: u64) {
        if !self.has(place) && self.touched < COLUMNS {
            self.touched += 1;
            self.columns.push((place, Passed::Both(Box::new(Column::new(values(1))), since)));
            self.sort();
        }
    }

    /// Whether no column is counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Whether a column is counted.
    #[must_use]
    pub fn has(&self, place: usize) -> bool {
        self.places.binary_search(&place).is_ok()
    }

    /// The columns whose cells are wanted, by their positions, in ascending order; and what takes each of these cells.
    pub fn counting(&mut self) -> (&[usize], impl for<'c> FnMut(usize, Cell<'c>)) {
        let columns = &mut self.columns;
        let count = |at: usize, cell: Cell<'_>| match columns.get_mut(at) {
            Some((_, Passed::Gone(filled))) => filled.add(&cell),
            Some((_, Passed::Both(column, _))) => column.add(&cell),
            None => {}
        };
        (&self.places, count)
    }

    /// What was counted of a column.
    pub(super) fn of(&self, place: usize) -> Option<&Passed> {
        self.places.binary_search(&place).ok().map(|at| &self.columns[at].1)
    }
}
