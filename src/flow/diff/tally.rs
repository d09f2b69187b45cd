//! Counts what an engine finds, and keeps the first of it. What comes out does not depend on the order of the calls.

use std::collections::{BTreeMap, BTreeSet};

use super::cell::Cell;
use super::damage::{notes, runs};
use super::differing::Differing;
use super::found::{
    At, Cells, Change, Class, Columns, Duplicates, Edit, Flag, Key, Note, Renamed, Retyped, Rows, Stats, Table,
    Touched, Value,
};
use super::kept::{Kept, weight};
use super::ladder::{Tolerance, differ};
use super::pairs::{Layout, Pairs};
use super::patterns::{Patterns, largest};
use super::sides::{Reach, Sides};
use crate::error::Result;

/// So many keys that are not unique are shown.
const EXAMPLES: usize = 3;
/// What a spreadsheet does to a cell, in the order in which it is told.
const DAMAGE: [Note; 4] = [Note::LostZeros, Note::Exponent, Note::LostDigits, Note::DateDamage];

/// How cells are judged, and how much is kept.
#[derive(Clone, Debug)]
pub struct Options {
    /// For all columns that have none of their own.
    pub tolerance: Tolerance,
    /// By the column's name on the newer side.
    pub tolerances: BTreeMap<String, Tolerance>,
    /// The first so many changed cells are kept; as many added rows, and as many removed ones.
    pub changes: usize,
    /// No more bytes than these of each.
    pub bytes: usize,
    /// Columns of which more values are missing than before count as touched, even if no cell of theirs changed.
    pub missing: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            tolerance: Tolerance::default(),
            tolerances: BTreeMap::new(),
            changes: 10_000,
            bytes: 16 << 20,
            missing: false,
        }
    }
}

/// Takes every change, in the order in which an engine finds them.
pub trait Spool {
    /// One of them.
    fn change(&mut self, change: &Change) -> Result<()>;
}

/// Counts one table.
pub struct Tally<'s> {
    layout: Layout,
    shared: Vec<Shared>,
    rows: Rows,
    cells: Cells,
    kept: Kept,
    /// Keys of each side that more than one row has.
    duplicates: [Repeated; 2],
    missing: bool,
    /// For the statistics.
    differing: Differing,
    spool: Option<&'s mut dyn Spool>,
}

/// A column of both sides.
struct Shared {
    old: usize,
    new: usize,
    retyped: bool,
    tolerance: Tolerance,
    cells: Cells,
    damaged: [u64; DAMAGE.len()],
    formulas: u64,
    /// How many more values are missing than before.
    missing: i64,
    patterns: Patterns,
    reach: Reach,
}

#[derive(Default)]
struct Repeated {
    keys: u64,
    rows: u64,
    examples: BTreeSet<Vec<Value>>,
}

impl<'s> Tally<'s> {
    /// Before the first row. Renamed columns are known already: see [`super::renames::Renames`].
    #[must_use]
    pub fn new(layout: Layout, options: &Options) -> Self {
        let columns = layout.shared();
        let patterns = columns.len();
        let shared = |(old, new): (usize, usize)| {
            let (before, after) = (&layout.before[old], &layout.after[new]);
            Shared {
                old,
                new,
                retyped: retyped(&before.kind, &after.kind),
                tolerance: options.tolerances.get(&after.name).copied().unwrap_or(options.tolerance),
                cells: Cells::default(),
                damaged: [0; DAMAGE.len()],
                formulas: 0,
                missing: 0,
                patterns: Patterns::new(patterns),
                reach: Reach::default(),
            }
        };
        let shared = columns.into_iter().map(shared).collect();
        Tally {
            layout,
            shared,
            rows: Rows::default(),
            cells: Cells::default(),
            kept: Kept::new(options.changes, options.bytes),
            duplicates: Default::default(),
            missing: options.missing,
            differing: Differing::default(),
            spool: None,
        }
    }

    /// Every change goes there too.
    #[must_use]
    pub fn spooling(mut self, spool: &'s mut dyn Spool) -> Self {
        self.spool = Some(spool);
        self
    }

    /// After the last row: the table, and what is to be fed for the statistics of touched columns: rows that are the same
    /// on both sides, and the others unless they are counted there already. `before` and `after` are all rows of each side.
    #[must_use]
    pub fn finish(self, before: u64, after: u64) -> (Table, Sides) {
        let (layout, missing) = (self.layout, self.missing);
        let mut table = Table { rows: Rows { before, after, ..self.rows }, cells: self.cells, ..Table::default() };
        table.columns = columns(&layout);
        let [older, newer] = self.duplicates;
        let names = layout.key.iter().filter_map(|(_, new)| Some(layout.after.get(*new)?.name.clone()));
        table.key = Key { columns: names.collect(), how: layout.how, before: older.told(), after: newer.told() };
        let (gone, _) = layout.alone();
        let mut sides = Sides::new(&gone);
        for at in &gone {
            let column = &layout.before[*at];
            let (column, kind) = (column.name.clone(), column.kind.clone());
            table.flags.push(Flag::ColumnDropped { column, kind, filled: None });
        }
        let mut patterns = Vec::new();
        for one in self.shared {
            let column = &layout.after[one.new];
            let name = || column.name.clone();
            let damaged = DAMAGE.into_iter().zip(one.damaged).filter(|(_, cells)| *cells > 0);
            table.flags.extend(damaged.map(|(how, cells)| Flag::Damaged { column: name(), how, cells }));
            if one.formulas > 0 {
                table.flags.push(Flag::Formulas { column: name(), cells: one.formulas });
            }
            patterns.extend(one.patterns.into_told(&column.name));
            if one.cells != Cells::default() || (missing && one.missing > 0) {
                sides.touch(one.old, one.new, one.reach);
                let (cells, kind) = (one.cells, column.kind.clone());
                let (before, after) = (Stats::default(), Stats::default());
                table.touched.push(Touched { name: name(), kind, cells, before, after });
            }
        }
        let after = &table.key.after;
        if after.keys > 0 {
            table.flags.push(Flag::DuplicateKeys { keys: after.keys, rows: after.rows });
        }
        table.flags.sort_by_key(Flag::weight);
        table.patterns = largest(patterns);
        table.changes = self.kept.into_changes();
        if self.differing.count(&mut sides) {
            sides.differing_counted();
        }
        (table, sides)
    }
}

impl Shared {
    /// A changed cell.
    fn count(&mut self, class: Class, old: &Cell<'_>, new: &Cell<'_>, notes: &[Note]) {
        self.cells.add(class);
        for (count, how) in self.damaged.iter_mut().zip(DAMAGE) {
            *count += u64::from(notes.contains(&how));
        }
        self.formulas += u64::from(notes.contains(&Note::Formula));
        self.missing += i64::from(new.is_missing()) - i64::from(old.is_missing());
        self.patterns.add(old, new, class);
    }
}

/// The key of a row.
fn key(layout: &Layout, newer: bool, cells: &[Cell<'_>]) -> Vec<Value> {
    let place = |(old, new): &(usize, usize)| if newer { *new } else { *old };
    layout.key.iter().filter_map(|key| cells.get(place(key)).map(Cell::kept)).collect()
}

impl Pairs for Tally<'_> {
    fn both(&mut self, at: At, old: &[Cell<'_>], new: &[Cell<'_>]) -> Result<()> {
        let absent = Cell::absent();
        self.differing.keep(false, old);
        self.differing.keep(true, new);
        // A change that is only counted is not copied.
        let kept = self.kept.edited.wants(at.new) || self.spool.is_some();
        let (layout, mut edits, mut changed) = (&self.layout, Vec::new(), false);
        for one in &mut self.shared {
            let (a, b) = (old.get(one.old).unwrap_or(&absent), new.get(one.new).unwrap_or(&absent));
            let Some(class) = differ(a, b, one.retyped, one.tolerance) else { continue };
            changed = true;
            let notes = notes(a, b);
            one.count(class, a, b, &notes);
            self.cells.add(class);
            if class == Class::Value {
                one.reach.offer(at.new, a, b, || key(layout, true, new));
            }
            if kept {
                let column = layout.after[one.new].name.clone();
                edits.push(Edit { column, old: a.kept(), new: b.kept(), class, notes });
            }
        }
        self.rows.changed += u64::from(changed);
        if edits.is_empty() {
            return Ok(());
        }
        let key = key(layout, true, new);
        let bytes = edits.iter().map(|edit| edit.old.raw.len() + edit.new.raw.len() + size_of::<Edit>()).sum::<usize>();
        let (items, bytes) = (edits.len(), bytes + weight(&key));
        let change = Change::Edited { key, at, cells: edits };
        self.spool.as_mut().map_or(Ok(()), |spool| spool.change(&change))?;
        self.kept.edited.offer(at.new, items, bytes, change);
        Ok(())
    }

    fn added(&mut self, row: u64, cells: &[Cell<'_>]) -> Result<()> {
        self.rows.added += 1;
        self.differing.keep(true, cells);
        let absent = Cell::absent();
        let layout = &self.layout;
        for one in &mut self.shared {
            let cell = cells.get(one.new).unwrap_or(&absent);
            one.missing += i64::from(cell.is_missing());
            one.formulas += u64::from(runs(cell));
            one.reach.offer(row, &absent, cell, || key(layout, true, cells));
        }
        if !self.kept.added.wants(row) && self.spool.is_none() {
            return Ok(());
        }
        let (key, values) = (key(layout, true, cells), cells.iter().map(Cell::kept).collect::<Vec<_>>());
        let bytes = weight(&key) + weight(&values);
        let change = Change::Added { key, row, values };
        self.spool.as_mut().map_or(Ok(()), |spool| spool.change(&change))?;
        self.kept.added.offer(row, 1, bytes, change);
        Ok(())
    }

    fn removed(&mut self, row: u64, cells: &[Cell<'_>]) -> Result<()> {
        self.rows.removed += 1;
        self.differing.keep(false, cells);
        for one in &mut self.shared {
            one.missing -= i64::from(cells.get(one.old).is_none_or(Cell::is_missing));
        }
        if !self.kept.removed.wants(row) && self.spool.is_none() {
            return Ok(());
        }
        let (key, values) = (key(&self.layout, false, cells), cells.iter().map(Cell::kept).collect::<Vec<_>>());
        let bytes = weight(&key) + weight(&values);
        let change = Change::Removed { key, row, values };
        self.spool.as_mut().map_or(Ok(()), |spool| spool.change(&change))?;
        self.kept.removed.offer(row, 1, bytes, change);
        Ok(())
    }

    fn duplicates(&mut self, newer: bool, rows: u64, key: &[Cell<'_>]) -> Result<()> {
        let side = &mut self.duplicates[usize::from(newer)];
        side.keys += 1;
        side.rows += rows;
        side.examples.insert(key.iter().map(Cell::kept).collect());
        if side.examples.len() > EXAMPLES {
            side.examples.pop_last();
        }
        Ok(())
    }
}

impl Repeated {
    fn told(self) -> Duplicates {
        Duplicates { keys: self.keys, rows: self.rows, examples: self.examples.into_iter().collect() }
    }
}

/// A kind that is not known is no other kind.
fn retyped(before: &str, after: &str) -> bool {
    !before.is_empty() && !after.is_empty() && before != after
}

/// What became of the columns.
fn columns(layout: &Layout) -> Columns {
    let (shared, (gone, come)) = (layout.shared(), layout.alone());
    let renamed = layout.renamed.iter().map(|m| Renamed {
        from: layout.before[m.old].name.clone(),
        to: layout.after[m.new].name.clone(),
        alike: m.alike,
    });
    let kinds = shared.iter().map(|(old, new)| (&layout.before[*old], &layout.after[*new]));
    let retyped = kinds.filter(|(old, new)| retyped(&old.kind, &new.kind)).map(|(old, new)| Retyped {
        name: new.name.clone(),
        from: old.kind.clone(),
        to: new.kind.clone(),
    });
    Columns {
        added: come.iter().map(|at| layout.after[*at].name.clone()).collect(),
        removed: gone.iter().map(|at| layout.before[*at].name.clone()).collect(),
        renamed: renamed.collect(),
        retyped: retyped.collect(),
        reordered: !shared.is_sorted_by_key(|(old, _)| *old),
        before: layout.before.clone(),
        after: layout.after.clone(),
    }
}
