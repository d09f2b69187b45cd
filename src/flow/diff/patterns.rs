//! Equal changes of many cells, counted within bounds.

use std::collections::HashMap;

use super::found::{Class, Pattern, Value};

/// So many different changes are told apart, over all columns, and so many bytes of them are held.
const MOST: (usize, usize) = (1 << 17, 32 << 20);
/// So many patterns are told.
const TOLD: usize = 20;

/// The changes of one column. One that changes in too many ways has no patterns: the bound is passed or not whatever
/// the order of the cells.
#[derive(Debug)]
pub(super) struct Patterns {
    counts: Option<HashMap<(Value, Value), (Class, u64)>>,
    bytes: usize,
    most: (usize, usize),
}

impl Patterns {
    pub(super) fn new(columns: usize) -> Self {
        let share = |of: usize, least: usize| (of / columns.max(1)).max(least);
        Patterns { counts: Some(HashMap::new()), bytes: 0, most: (share(MOST.0, 16), share(MOST.1, 1 << 10)) }
    }

    pub(super) fn add(&mut self, old: &Value, new: &Value, class: Class) {
        let Some(counts) = &mut self.counts else { return };
        let change = (old.clone(), new.clone());
        let known = counts.entry(change).or_insert((class, 0));
        known.1 += 1;
        if known.1 == 1 {
            self.bytes += old.raw.len() + new.raw.len();
            if counts.len() > self.most.0 || self.bytes > self.most.1 {
                self.counts = None;
            }
        }
    }

    /// Those of more than one cell.
    pub(super) fn into_told(self, column: &str) -> Vec<Pattern> {
        let counts = self.counts.unwrap_or_default().into_iter().filter(|(_, (_, cells))| *cells > 1);
        let told = |((old, new), (class, cells)): ((Value, Value), (Class, u64))| Pattern {
            column: column.to_owned(),
            old,
            new,
            class,
            cells,
        };
        counts.map(told).collect()
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
        let value = |text: String| Value { kind: Kind::Bare, raw: text.into_bytes() };
        let told = |ways: usize, long: usize| {
            let mut patterns = Patterns::new(1 << 20);
            for at in (0..ways).chain(0..ways) {
                patterns.add(&value("x".repeat(long)), &value(at.to_string()), Class::Value);
            }
            largest(patterns.into_told("a"))
        };
        assert_eq!((told(16, 0).len(), told(17, 0).len(), told(2, 500).len(), told(2, 600).len()), (16, 0, 2, 0));
        assert!(told(16, 0).iter().all(|one| one.cells == 2));
    }
}
