//! Statistics of the columns that were touched, and what they say about the changes.

use super::cell::Cell;
use super::found::{Change, Class, Flag, Note, Table, Value};
use super::passing::{Filled, Passed, Passing, values};
use super::scale::{Scale, between, near};
use super::stats::Column;

/// More touched columns than these have no statistics.
const COLUMNS: usize = 200;
/// Missing values are worth a flag when one more in so many rows is missing.
const ROWS: u64 = 1_000;

/// Which rows a cell belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Those that only the older side has like this.
    Older,
    /// Those that only the newer side has like this.
    Newer,
    /// Those that are the same on both.
    Both,
}

/// Takes the touched columns of both sides cell by cell, in any order. Every row of a side is told once: as one of that
/// side, or as one of both.
pub struct Sides {
    old: Vec<usize>,
    new: Vec<usize>,
    reaches: Vec<Reach>,
    /// For each part.
    columns: [Vec<Column>; 3],
    /// The columns that are gone.
    gone: Vec<Filled>,
    /// The rows that differ are counted.
    differing: bool,
}

impl Sides {
    pub(super) fn new(gone: &[usize]) -> Sides {
        Sides {
            old: gone.to_vec(),
            new: Vec::new(),
            reaches: Vec::new(),
            columns: Default::default(),
            gone: vec![Filled::default(); gone.len()],
            differing: false,
        }
    }

    /// A touched column, by its places.
    pub(super) fn touch(&mut self, old: usize, new: usize, reach: Reach) {
        if self.new.len() < COLUMNS {
            self.old.push(old);
            self.new.push(new);
            self.reaches.push(reach);
        }
    }

    /// Whether there is anything to look at.
    #[must_use]
    pub fn wanted(&self) -> bool {
        !self.old.is_empty()
    }

    /// The columns that are asked for of the rows of a part, by position and in this order: those that are gone come
    /// first. Rows of both are read on the older side.
    #[must_use]
    pub fn columns(&self, part: Part) -> &[usize] {
        if part == Part::Newer { &self.new } else { &self.old }
    }

    /// A cell of one of these columns.
    pub fn add(&mut self, part: Part, at: usize, cell: &Cell<'_>) {
        let gone = if part == Part::Newer { 0 } else { self.gone.len() };
        if at < gone { self.gone[at].add(cell) } else { self.column(part, at - gone).add(cell) }
    }

    fn column(&mut self, part: Part, at: usize) -> &mut Column {
        let columns = &mut self.columns[part as usize];
        if columns.is_empty() {
            columns.resize_with(self.new.len(), || Column::new(values(self.new.len())));
        }
        &mut columns[at]
    }

    /// Whether the rows that differ are counted already.
    #[must_use]
    pub fn has_differing(&self) -> bool {
        self.differing
    }

    pub(super) fn differing_counted(&mut self) {
        self.differing = true;
    }

    /// Takes over what was counted in passing. For each column of the older side: from which row on it was; `None`:
    /// never.
    pub fn adopt(&mut self, passing: &Passing) -> Vec<Option<u64>> {
        let mut since = Vec::with_capacity(self.old.len());
        for (at, place) in self.old.clone().into_iter().enumerate() {
            since.push(match passing.of(place) {
                Some(Passed::Gone(filled)) => {
                    self.gone[at].merge(*filled);
                    Some(0)
                }
                Some(Passed::Both(column, since)) => {
                    let at = at - self.gone.len();
                    let counted = Column::clone(column).limited(values(self.new.len()));
                    self.column(Part::Both, at).merge(&counted);
                    Some(*since)
                }
                None => None,
            });
        }
        since
    }

    /// The table with its statistics, and with the flags and notes that follow from them.
    #[must_use]
    pub fn settle(mut self, mut table: Table) -> Table {
        self.fill_in(&mut table.flags);
        let [mut older, mut newer, common] = std::mem::take(&mut self.columns);
        for columns in [&mut older, &mut newer] {
            for (column, common) in columns.iter_mut().zip(&common) {
                column.merge(common);
            }
            if columns.is_empty() {
                columns.clone_from(&common);
            }
        }
        let none = Column::new(0);
        for (at, touched) in table.touched.iter_mut().enumerate().take(self.new.len()) {
            let (before, after) = (older.get(at).unwrap_or(&none), newer.get(at).unwrap_or(&none));
            let bounds = match (before.bounds(), after.bounds()) {
                (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
                (one, other) => one.or(other),
            };
            (touched.before, touched.after) = (before.stats(bounds), after.stats(bounds));
            if missing(touched.before.nulls, touched.before.rows, touched.after.nulls, touched.after.rows) {
                let (before, after) = (touched.before.nulls, touched.after.nulls);
                table.flags.push(Flag::MoreNulls { column: touched.name.clone(), before, after });
            }
            if let Some(scale) = before.scale() {
                table.flags.extend(self.reaches[at].beyond(scale, before, &touched.name));
                mark(&mut table.changes, scale, before, &touched.name);
            }
        }
        table.flags.sort_by_key(Flag::weight);
        table
    }

    /// How much the columns that are gone held.
    fn fill_in(&self, flags: &mut [Flag]) {
        let dropped = flags.iter_mut().filter_map(|flag| match flag {
            Flag::ColumnDropped { filled, .. } => Some(filled),
            _ => None,
        });
        for (filled, gone) in dropped.zip(&self.gone).filter(|(_, gone)| gone.rows > 0) {
            *filled = Some((gone.filled, gone.rows));
        }
    }
}

/// Whether noticeably more is missing, also as a part of the rows.
fn missing(before: u64, rows_before: u64, after: u64, rows_after: u64) -> bool {
    let share = |part: u64, of: u64| u128::from(part) * u128::from(of);
    after.saturating_sub(before).saturating_mul(ROWS) >= rows_after
        && after > before
        && share(after, rows_before) > share(before, rows_after)
}

/// Marks the changed cells of a column that lie beyond what it held before.
fn mark(changes: &mut [Change], scale: Scale, before: &Column, name: &str) {
    for change in changes {
        let Change::Edited { cells, .. } = change else { continue };
        for edit in cells.iter_mut().filter(|edit| edit.column == name && edit.class == Class::Value) {
            if Scale::of(edit.new.kind, &edit.new.raw) == Some(scale)
                && before.span(scale).excludes(scale, &edit.new.raw)
            {
                edit.notes.push(Note::OutOfRange);
            }
        }
    }
}

/// The smallest and the largest new value of a column, with where it stands.
#[derive(Debug, Default)]
pub(super) struct Reach {
    ends: [Option<(End, End)>; 2],
    /// The ends of numbers: most values lie between them and need no exact look.
    near: Option<(f64, f64)>,
}

#[derive(Clone, Debug)]
struct End {
    place: u64,
    old: Value,
    new: Value,
    key: Vec<Value>,
}

impl Reach {
    pub(super) fn offer(&mut self, place: u64, old: &Cell<'_>, new: &Cell<'_>, key: impl Fn() -> Vec<Value>) {
        if between(self.near, near(&new.raw)) {
            return;
        }
        let Some(scale) = Scale::of(new.kind, &new.raw) else { return };
        let end = || End { place, old: old.kept(), new: new.kept(), key: key() };
        let (low, high) = self.ends[scale as usize].get_or_insert_with(|| (end(), end()));
        // Of equal values the first one counts.
        let order = |than: &End| scale.value(&new.raw, &than.new.raw);
        if order(low).then(place.cmp(&low.place)).is_lt() {
            *low = end();
        }
        if order(high).reverse().then(place.cmp(&high.place)).is_lt() {
            *high = end();
        }
        if scale == Scale::Number {
            self.near = near(&low.new.raw).zip(near(&high.new.raw));
        }
    }

    /// Those beyond all that the column held before.
    fn beyond(&self, scale: Scale, before: &Column, name: &str) -> Vec<Flag> {
        let ends = self.ends[scale as usize].iter().flat_map(|(low, high)| [low, high]);
        let mut flags: Vec<Flag> = Vec::new();
        for end in ends.filter(|end| before.span(scale).excludes(scale, &end.new.raw)) {
            let (column, end) = (name.to_owned(), end.clone());
            let flag = Flag::OutOfRange { column, old: end.old, new: end.new, key: end.key };
            // One new value can be both ends.
            if !flags.contains(&flag) {
                flags.push(flag);
            }
        }
        flags
    }
}
