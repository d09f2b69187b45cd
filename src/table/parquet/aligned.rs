//! Two Parquet files whose keys ascend, read side by side. Where the same keys follow each other on both, whole columns
//! are compared; only where they differ single rows are looked for.

use std::cmp::Ordering;

use arrow_array::{Array, ArrayRef};
use arrow_row::{RowConverter, SortField};

use super::cells::readable;
use super::chunks;
use super::differences::{Differences, Held};
use super::keys::{Keyed, Side};
use super::open::Opened;
use crate::error::Result;
use crate::flow::diff::found::At;
use crate::flow::diff::key::Place;
use crate::flow::diff::pairs::Layout;
use crate::flow::diff::passing::Passing;
use crate::table::engine::bits::Bits;
use crate::table::typed::changed_under_us;

/// Walks both. `None` where a key does not ascend, or misses a value, or more than `most` rows differ; records of no more
/// than `bytes` are held.
pub(super) fn aligned(
    old: &Opened,
    new: &Opened,
    layout: &Layout,
    (most, bytes): (usize, usize),
) -> Result<Option<Differences>> {
    let (key, shared) = (&layout.key, layout.shared());
    let types = key.iter().filter_map(|place| new.fields().get(place.1));
    let fields: Vec<SortField> = types.map(|field| SortField::new(field.data_type().clone())).collect();
    if !RowConverter::supports_fields(&fields) {
        return Ok(None);
    }
    let converter = RowConverter::new(fields).map_err(|e| new.failed(e))?;
    // The key comes first: what both sides have beside it is compared behind.
    let values = shared.iter().filter(|place| !key.contains(place));
    let places: Vec<Place> = key.iter().chain(values).copied().collect();
    let columns = |newer: bool| places.iter().map(|p| if newer { p.1 } else { p.0 }).collect::<Vec<_>>();
    // Where every column is compared, all of a row is at hand; and a column that is gone is read later anyway.
    let whole = shared.len() == layout.before.len() && shared.len() == layout.after.len();
    let found = Differences {
        rows: [old.rows(), new.rows()],
        held: whole.then(Held::default),
        counted: Some((Passing::new(&[]), Bits::default())),
        ..Differences::default()
    };
    let mut walk = Walk {
        old: Side::new(old, columns(false), key.len(), &converter),
        new: Side::new(new, columns(true), key.len(), &converter),
        found,
        room: bytes,
    };
    while walk.step()? {
        if walk.old.broken || walk.new.broken || walk.found.count() > most {
            return Ok(None);
        }
    }
    Ok((!walk.old.broken && !walk.new.broken).then_some(walk.found))
}

/// Both sides on their way.
struct Walk<'a> {
    old: Side<'a>,
    new: Side<'a>,
    found: Differences,
    /// So many bytes of records may still be held.
    room: usize,
}

impl Walk<'_> {
    /// Goes on; `false` at the end.
    fn step(&mut self) -> Result<bool> {
        if self.old.between()? && self.new.between()? && self.same_keys()? {
            return self.group().map(|()| true);
        }
        let ordering = match (self.old.ready()?, self.new.ready()?) {
            (false, false) => return Ok(false),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (true, true) => {
                let run = self.old.common(&self.new);
                if run > 0 {
                    return self.compare(run).map(|()| true);
                }
                self.old.key().cmp(&self.new.key())
            }
        };
        if ordering == Ordering::Less {
            self.found.removed.push(self.old.row);
            self.hold(|old, _| Ok([old.record(0)?, Vec::new()]), |held, [record, _]| held.removed.push(record))?;
            self.old.pass(1);
        } else {
            self.found.added.push(self.new.row);
            self.hold(|_, new| Ok([new.record(0)?, Vec::new()]), |held, [record, _]| held.added.push(record))?;
            self.new.pass(1);
        }
        Ok(true)
    }

    /// Holds the records of a row that differs, as long as there is room.
    fn hold(
        &mut self,
        records: impl FnOnce(&Side<'_>, &Side<'_>) -> Result<[Vec<u8>; 2]>,
        push: impl FnOnce(&mut Held, [Vec<u8>; 2]),
    ) -> Result<()> {
        let Some(held) = &mut self.found.held else { return Ok(()) };
        let records = records(&self.old, &self.new)?;
        let bytes = records.iter().map(|record| record.len() + size_of::<Vec<u8>>()).sum();
        match self.room.checked_sub(bytes) {
            Some(room) => {
                self.room = room;
                push(held, records);
            }
            None => self.found.held = None,
        }
        Ok(())
    }

    /// Compares so many rows, which have the same keys.
    fn compare(&mut self, run: usize) -> Result<()> {
        let (old, new) = (&self.old, &self.new);
        let (mut marks, mut one) = (vec![false; run], vec![false; run]);
        for (at, (a, b)) in old.values().iter().zip(new.values()).enumerate() {
            one.fill(false);
            mark(&a.slice(old.at, run), &b.slice(new.at, run), &mut one);
            if one.contains(&true) {
                marks.iter_mut().zip(&one).for_each(|(mark, one)| *mark |= one);
                if let Some((passing, _)) = &mut self.found.counted {
                    passing.touch(old.columns[old.keys + at], old.row);
                }
            }
        }
        self.count(run, &marks)?;
        for (n, _) in marks.iter().enumerate().filter(|(_, mark)| **mark) {
            self.hold(|old, new| Ok([old.record(n)?, new.record(n)?]), |held, records| held.both.push(records))?;
        }
        self.note(&marks);
        self.old.pass(run);
        self.new.pass(run);
        Ok(())
    }

    /// Counts what the touched columns hold in those of so many rows that are the same.
    fn count(&mut self, run: usize, marks: &[bool]) -> Result<()> {
        let Some((passing, passed)) = &mut self.found.counted else { return Ok(()) };
        (self.old.row..).zip(marks).filter(|(_, mark)| !**mark).for_each(|(row, _)| passed.set(row, true));
        let (places, mut add) = passing.counting();
        for (at, place) in places.iter().enumerate() {
            let Some(array) = self.old.array(*place) else { continue };
            let failed = |e| self.old.file.failed(e);
            let array = readable(&array.slice(self.old.at, run)).map_err(failed)?;
            super::cells::each(&array, &mut |row, cell| {
                if !marks[row] {
                    add(at, cell);
                }
            })
            .map_err(failed)?;
        }
        Ok(())
    }

    fn note(&mut self, marks: &[bool]) {
        self.found.met += marks.len() as u64;
        let marked = (0..).zip(marks).filter(|(_, mark)| **mark);
        let at = |(n, _): (u64, _)| At { old: self.old.row + n, new: self.new.row + n };
        self.found.both.extend(marked.map(at));
    }

    /// Whether the next row groups have the same keys, in the same bytes.
    fn same_keys(&self) -> Result<bool> {
        let (Some(a), Some(b)) = (self.old.group(), self.new.group()) else { return Ok(false) };
        if a.num_rows() != b.num_rows() {
            return Ok(false);
        }
        (0..self.old.keys).try_fold(true, |same, column| Ok(same && self.same_column(column)?))
    }

    /// Whether a compared column of the next row groups is in the same bytes on both sides.
    fn same_column(&self, column: usize) -> Result<bool> {
        let (Some(a), Some(b)) = (self.old.group(), self.new.group()) else { return Ok(false) };
        let (left, right) = (self.old.leaves(column), self.new.leaves(column));
        if left.len() != right.len() {
            return Ok(false);
        }
        let mut leaves = left.iter().zip(&right);
        leaves.try_fold(true, |same, (x, y)| {
            Ok(same && chunks::same(self.old.file, a.column(*x), self.new.file, b.column(*y))?)
        })
    }

    /// Compares row groups with the same keys: only columns that are not in the same bytes.
    fn group(&mut self) -> Result<()> {
        // Not all columns are unpacked here.
        (self.found.held, self.found.counted) = (None, None);
        let mut differing = Vec::new();
        for column in self.old.keys..self.old.columns.len() {
            if !self.same_column(column)? {
                differing.push(column);
            }
        }
        let mut keys = self.old.reading(&(0..self.old.keys).collect::<Vec<_>>())?;
        while let Some(batch) = keys.next()? {
            let keyed = Keyed::new(&self.old, batch)?;
            self.old.follow(&keyed);
            self.new.follow(&keyed);
        }
        let mut left = self.old.reading(&differing)?;
        let mut right = self.new.reading(&differing)?;
        let (mut a, mut b): (Vec<ArrayRef>, Vec<ArrayRef>) = (Vec::new(), Vec::new());
        let mut rest = self.old.group().map_or(0, |group| usize::try_from(group.num_rows()).unwrap_or(0));
        while rest > 0 && !differing.is_empty() {
            let length = |columns: &[ArrayRef]| columns.first().map_or(0, |column| column.len());
            if length(&a) == 0 {
                a = left.next()?.ok_or_else(changed_under_us)?;
            }
            if length(&b) == 0 {
                b = right.next()?.ok_or_else(changed_under_us)?;
            }
            // Both may be cut into batches of other sizes.
            let run = length(&a).min(length(&b));
            let mut marks = vec![false; run];
            for (x, y) in a.iter().zip(&b) {
                mark(&x.slice(0, run), &y.slice(0, run), &mut marks);
            }
            self.note(&marks);
            self.old.row += run as u64;
            self.new.row += run as u64;
            rest = rest.checked_sub(run).filter(|_| run > 0).ok_or_else(changed_under_us)?;
            a = a.iter().map(|column| column.slice(run, column.len() - run)).collect();
            b = b.iter().map(|column| column.slice(run, column.len() - run)).collect();
        }
        self.found.met += rest as u64;
        self.old.next_group(rest as u64);
        self.new.next_group(rest as u64);
        Ok(())
    }
}

/// Marks the rows in which two columns of one length differ.
fn mark(a: &ArrayRef, b: &ArrayRef, marks: &mut [bool]) {
    if **a == **b {
        return;
    }
    let length = a.len();
    if let [mark] = marks {
        *mark = true;
        return;
    }
    let half = length / 2;
    let (left, right) = marks.split_at_mut(half);
    mark(&a.slice(0, half), &b.slice(0, half), left);
    mark(&a.slice(half, length - half), &b.slice(half, length - half), right);
}
