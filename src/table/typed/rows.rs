//! What the readers of typed formats share: how they write a row, and what they say of it.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Error, Result};
use crate::flow::diff::cell::Cell;
use crate::flow::diff::found::{At, Object};
use crate::flow::diff::pairs::Pairs;
use crate::flow::diff::row;

/// Texts of what a database defines, by what it is and its name.
pub(in crate::table) type Texts = BTreeMap<(String, String), String>;

/// What is defined on both sides in other words, and what but a table only one of them has: a table that came or went
/// is told as one.
pub(in crate::table) fn objects(old: &Texts, new: &Texts) -> Vec<Object> {
    let names: BTreeSet<&(String, String)> = old.keys().chain(new.keys()).collect();
    let differing = names.into_iter().filter(|name| {
        let (before, after) = (old.get(name), new.get(name));
        before != after && (name.0 != "table" || before.is_some() && after.is_some())
    });
    let object = |name: &(String, String)| {
        let (old, new) = (old.get(name).cloned(), new.get(name).cloned());
        Object { what: name.0.clone(), name: name.1.clone(), old, new }
    };
    differing.map(object).collect()
}

/// How records of typed readers are written: cells as [`row`] writes them.
pub(in crate::table) const SPELLING: &str = "typed";

/// Tells the cells of such a record.
pub(in crate::table) fn visit<'r>(record: &'r [u8], f: &mut dyn FnMut(usize, Cell<'r>)) -> Result<()> {
    if row::each(record, f) { Ok(()) } else { Err(not_ours()) }
}

/// The cells of such a record.
pub(in crate::table) fn cells(record: &[u8]) -> Result<Vec<Cell<'_>>> {
    row::cells(record).ok_or_else(not_ours)
}

fn not_ours() -> Error {
    Error::bug("a row is not what was written")
}

/// A row that was there a moment ago is not.
pub(in crate::table) fn changed_under_us() -> Error {
    Error::user("a file changed while it was compared, or is damaged: a row is not found a second time")
}

/// Passes on what is told of some rows under the numbers that these rows have in their tables.
pub(in crate::table) struct Numbered<'a> {
    pub(in crate::table) pairs: &'a mut dyn Pairs,
    /// The numbers, for each side.
    pub(in crate::table) numbers: [&'a [u64]; 2],
}

impl Numbered<'_> {
    fn number(&self, side: usize, row: u64) -> u64 {
        let number = usize::try_from(row).ok().and_then(|row| self.numbers[side].get(row));
        number.copied().unwrap_or(row)
    }
}

impl Pairs for Numbered<'_> {
    fn both(&mut self, at: At, old: &[Cell<'_>], new: &[Cell<'_>]) -> Result<()> {
        let at = At { old: self.number(0, at.old), new: self.number(1, at.new) };
        self.pairs.both(at, old, new)
    }

    fn added(&mut self, row: u64, cells: &[Cell<'_>]) -> Result<()> {
        let row = self.number(1, row);
        self.pairs.added(row, cells)
    }

    fn removed(&mut self, row: u64, cells: &[Cell<'_>]) -> Result<()> {
        let row = self.number(0, row);
        self.pairs.removed(row, cells)
    }

    fn duplicates(&mut self, newer: bool, rows: u64, key: &[Cell<'_>]) -> Result<()> {
        self.pairs.duplicates(newer, rows, key)
    }
}
