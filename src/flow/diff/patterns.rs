//! Equal changes of many cells, counted within bounds.

use std::collections::HashMap;

use super::cell::Cell;
use super::found::{Class, Pattern};
use super::row::{self, push};

/// So many different changes are told apart, over all columns, and so many bytes of them are held.
const MOST: (usize, usize) = (1 << 17, 32 << 20);
/// So many patterns are told.
const TOLD: usize = 20;

/// The changes of one column. One that changes in too many ways has no patterns: the bound is passed or not whatever
/// the order of the cells.
#[derive(Debug)]
pub(super) struct Patterns {
    /// By both values, one behind the other.
    counts: Option<HashMap<Vec<u8>, (Class, u64)>>,
    bytes: usize,
    most: (usize, usize),
    both: Vec<u8>,
}

impl Patterns {
    pub(super) fn new(columns: usize) -> Self {
        let share = |of: usize, least: usize| (of / columns.max(1)).max(least);
        let most = (share(MOST.0, 16), share(MOST.1, 1 << 10));
        Patterns { counts: Some(HashMap::new()), bytes: 0, most, both: Vec::new() }
    }

    pub(super) fn add(&mut self, old: &Cell<'_>, new: &Cell<'_>, class: Class) {
        let Some(counts) = &mut self.counts else { return };
        self.both.clear();
        push(&mut self.both, old.means(), &old.raw);
        push(&mut self.both, new.means(), &new.raw);
        if let Some((_, cells)) = counts.get_mut(&self.both) {
            *cells += 1;
            return;
        }
        self.bytes += old.raw.len() + new.raw.len();
        counts.insert(self.both.clone(), (class, 1));
        if counts.len() > self.most.0 || self.bytes > self.most.1 {
            self.counts = None;
        }
    }

    /// Those of more than one cell.
    pub(super) fn into_told(self, column: &str) -> Vec<Pattern> {
        let counts = self.counts.unwrap_or_default().into_iter().filter(|(_, (_, cells))| *cells > 1);
        let told = |(both, (class, cells)): (Vec<u8>, (Class, u64))| {
            let both = row::cells(&both)?;
            let [old, new] = both.as_slice() else { return None };
            Some(Pattern { column: column.to_owned(), old: old.kept(), new: new.kept(), class, cells })
        };
        counts.filter_map(told).collect()
    }
}

/// The largest first, then by column as given, then by value.
pub(super) fn largest(mut all: Vec<Pattern>) -> Vec<Pattern> {
    all.sort_by(|a, b| {
        b.cells.cmp(&a.cells).then_with(|| (&a.column, &a.old, &a.new).cmp(&(&b.column, &b.old, &b.new)))
    });
    all.truncate(TOLD);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::diff::cell::Kind;

    #[test]
    fn a_column_that_changes_in_too_many_ways_has_no_patterns() {
        let told = |ways: usize, long: usize| {
            let (mut patterns, old) = (Patterns::new(1 << 20), "x".repeat(long));
            for at in (0..ways).chain(0..ways) {
                let new = at.to_string();
                let cell = |text| Cell::new(Kind::Bare, text);
                patterns.add(&cell(old.as_bytes()), &cell(new.as_bytes()), Class::Value);
            }
            largest(patterns.into_told("a"))
        };
        assert_eq!((told(16, 0).len(), told(17, 0).len(), told(2, 500).len(), told(2, 600).len()), (16, 0, 2, 0));
        assert!(told(16, 0).iter().all(|one| one.cells == 2));
    }
}
