//! What an engine that compares tables tells, pair by pair, and how its rows are laid out.

use super::cell::Cell;
use super::found::{At, Column, How};
use crate::error::Result;

/// The two tables that are compared, before the first row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    /// Columns of the older side, in its order.
    pub before: Vec<Column>,
    /// Columns of the newer side, in its order.
    pub after: Vec<Column>,
    /// The key, as positions in `before` and `after`; empty: rows are paired by their whole content.
    pub key: Vec<(usize, usize)>,
    /// Where that key comes from.
    pub how: How,
}

/// Takes what an engine finds. Calls come in any order of rows; cells are in the order of their own side's columns.
pub trait Pairs {
    /// A pair of rows that are not the same byte for byte.
    fn both(&mut self, at: At, old: &[Cell<'_>], new: &[Cell<'_>]) -> Result<()>;

    /// A row that only the newer side has.
    fn added(&mut self, row: u64, cells: &[Cell<'_>]) -> Result<()>;

    /// A row that only the older side has.
    fn removed(&mut self, row: u64, cells: &[Cell<'_>]) -> Result<()>;

    /// Keys that more than one row of a side has (`newer`: of the newer one), and the key of one of them.
    fn duplicates(&mut self, newer: bool, rows: u64, key: &[Cell<'_>]) -> Result<()>;
}
