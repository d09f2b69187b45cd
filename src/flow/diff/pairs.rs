//! What an engine that compares tables tells, pair by pair, and how its rows are laid out.

use std::collections::HashMap;

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
    /// Columns that only got another name, as [`super::renames::Renames`] found them; empty before that.
    pub renamed: Vec<Match>,
}

/// A column of both sides under two names.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Match {
    /// Its position in the older side.
    pub old: usize,
    /// Its position in the newer side.
    pub new: usize,
    /// How many of a hundred shared rows have the same value in both.
    pub alike: f64,
}

impl Layout {
    /// The columns that both sides have, as positions, in the order of the newer side. A name that stands more than
    /// once is matched in order.
    #[must_use]
    pub fn shared(&self) -> Vec<(usize, usize)> {
        let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, column) in self.before.iter().enumerate().rev() {
            places.entry(&column.name).or_default().push(at);
        }
        let renamed: HashMap<usize, usize> = self.renamed.iter().map(|m| (m.new, m.old)).collect();
        let named = |(new, column): (usize, &Column)| {
            let old = renamed.get(&new).copied().or_else(|| places.get_mut(column.name.as_str())?.pop())?;
            Some((old, new))
        };
        self.after.iter().enumerate().filter_map(named).collect()
    }

    /// The columns that only the older and only the newer side has, as positions.
    #[must_use]
    pub fn alone(&self) -> (Vec<usize>, Vec<usize>) {
        let (mut old, mut new) = (vec![true; self.before.len()], vec![true; self.after.len()]);
        for (o, n) in self.shared() {
            (old[o], new[n]) = (false, false);
        }
        let places = |alone: Vec<bool>| (0..alone.len()).filter(|at| alone[*at]).collect();
        (places(old), places(new))
    }
}

/// Takes what an engine finds. Calls come in any order of rows; cells are in the order of their own side's columns.
///
/// Two rows are the same where the columns of [`Layout::shared`] are the same byte for byte: what columns that came or
/// went hold is not a change of the row.
pub trait Pairs {
    /// A pair of rows that are not the same. (Where [`Pairs::all`] says so, every pair.)
    fn both(&mut self, at: At, old: &[Cell<'_>], new: &[Cell<'_>]) -> Result<()>;

    /// A row that only the newer side has.
    fn added(&mut self, row: u64, cells: &[Cell<'_>]) -> Result<()>;

    /// A row that only the older side has.
    fn removed(&mut self, row: u64, cells: &[Cell<'_>]) -> Result<()>;

    /// Keys that more than one row of a side has (`newer`: of the newer one), and the key of one of them.
    fn duplicates(&mut self, newer: bool, rows: u64, key: &[Cell<'_>]) -> Result<()>;

    /// Whether pairs that are the same are told too.
    fn all(&self) -> bool {
        false
    }
}
