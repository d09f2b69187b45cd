//! The second pass over two tables: statistics of the columns that were touched, and what they say about the changes.

use super::cell::Cell;
use super::found::{Change, Class, Flag, Note, Table, Value};
use super::stats::{Column, Scale, between, near};

/// More touched columns than these have no statistics.
const COLUMNS: usize = 200;
/// So many different values are counted exactly: of all columns, and of one.
const VALUES: (usize, usize) = (100_000, 5_000);
/// Missing values are worth a flag when one more in so many rows is missing.
const ROWS: u64 = 1_000;

/// Takes the touched columns of both sides row by row, in any order of rows. Every row of a side is told once: as one
/// of that side, or as one of both.
pub struct Sides {
    old: Vec<usize>,
    new: Vec<usize>,
    reaches: Vec<Reach>,
    before: Vec<Column>,
    after: Vec<Column>,
    common: Vec<Column>,
    /// Filled values of each column that is gone.
    gone: Vec<u64>,
    gone_rows: u64,
}

impl Sides {
    pub(super) fn new(gone: &[usize]) -> Sides {
        let (old, none) = (gone.to_vec(), Vec::new);
        Sides {
            old,
            new: Vec::new(),
            reaches: Vec::new(),
            before: none(),
            after: none(),
            common: none(),
            gone: vec![0; gone.len()],
            gone_rows: 0,
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

    /// The columns of the older side that are asked for, by position and in this order: those that are gone come first.
    #[must_use]
    pub fn old_columns(&self) -> &[usize] {
        &self.old
    }

    /// The columns of the newer side that are asked for, by position and in this order.
    #[must_use]
    pub fn new_columns(&self) -> &[usize] {
        &self.new
    }

    /// A row of the older side: the cells of [`Sides::old_columns`].
    pub fn older(&mut self, cells: &[Cell<'_>]) {
        let (gone, touched) = cells.split_at(self.gone.len().min(cells.len()));
        self.gone_rows += 1;
        for (count, cell) in self.gone.iter_mut().zip(gone) {
            *count += u64::from(!cell.is_missing());
        }
        feed(&mut self.before, self.new.len(), touched);
    }

    /// A row of the newer side: the cells of [`Sides::new_columns`].
    pub fn newer(&mut self, cells: &[Cell<'_>]) {
        feed(&mut self.after, self.new.len(), cells);
    }

    /// A row that is the same on both sides: the cells of [`Sides::old_columns`].
    pub fn both(&mut self, cells: &[Cell<'_>]) {
        let (gone, touched) = cells.split_at(self.gone.len().min(cells.len()));
        self.gone_rows += 1;
        for (count, cell) in self.gone.iter_mut().zip(gone) {
            *count += u64::from(!cell.is_missing());
        }
        feed(&mut self.common, self.new.len(), touched);
    }

    /// The table with its statistics, and with the flags and notes that follow from them.
    #[must_use]
    pub fn settle(mut self, mut table: Table) -> Table {
        self.fill_in(&mut table.flags);
        for columns in [&mut self.before, &mut self.after] {
            for (column, common) in columns.iter_mut().zip(&self.common) {
                column.merge(common);
            }
            if columns.is_empty() {
                columns.clone_from(&self.common);
            }
        }
        let none = Column::new(0);
        for (at, touched) in table.touched.iter_mut().enumerate().take(self.new.len()) {
            let (before, after) = (self.before.get(at).unwrap_or(&none), self.after.get(at).unwrap_or(&none));
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
        for (filled, count) in dropped.zip(&self.gone).filter(|_| self.gone_rows > 0) {
            *filled = Some((*count, self.gone_rows));
        }
    }
}

fn feed(columns: &mut Vec<Column>, many: usize, cells: &[Cell<'_>]) {
    if columns.is_empty() {
        let most = (VALUES.0 / many.max(1)).min(VALUES.1);
        columns.resize_with(many, || Column::new(most));
    }
    let absent = Cell::absent();
    for (at, column) in columns.iter_mut().enumerate() {
        column.add(cells.get(at).unwrap_or(&absent));
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
