//! Two Parquet files whose keys ascend, read side by side. Where the same keys follow each other on both, whole columns
//! are compared; only where they differ single rows are looked for.

use std::cmp::Ordering;

use arrow_array::{Array, ArrayRef};
use arrow_row::{RowConverter, SortField};

use super::chunks;
use super::keys::{Keyed, Side};
use super::open::{BATCH, Opened};
use super::rows::Rows;
use crate::error::Result;
use crate::flow::diff::found::At;
use crate::flow::diff::key::Place;
use crate::flow::diff::pairs::Pairs;
use crate::table::engine::bits::Bits;
use crate::table::engine::{Compared, Options};
use crate::table::typed::{cells, changed_under_us};

/// What differs, by the numbers of rows.
#[derive(Debug, Default)]
pub(super) struct Aligned {
    rows: [u64; 2],
    both: Vec<At>,
    added: Vec<u64>,
    removed: Vec<u64>,
    /// Keys that both sides have.
    met: u64,
}

impl Aligned {
    /// Walks both. `None` where a key does not ascend, or misses a value, or more than `most` rows differ.
    pub(super) fn of(
        old: &Opened,
        new: &Opened,
        key: &[Place],
        shared: &[Place],
        most: usize,
    ) -> Result<Option<Aligned>> {
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
        let mut walk = Walk {
            old: Side::new(old, columns(false), key.len(), &converter),
            new: Side::new(new, columns(true), key.len(), &converter),
            found: Aligned { rows: [old.rows(), new.rows()], ..Aligned::default() },
        };
        while walk.step()? {
            let found = &walk.found;
            let differing = found.both.len() + found.added.len() + found.removed.len();
            if walk.old.broken || walk.new.broken || differing > most {
                return Ok(None);
            }
        }
        Ok((!walk.old.broken && !walk.new.broken).then_some(walk.found))
    }

    /// Whether at least half the rows of the smaller side are on the other.
    pub(super) fn identifies(&self) -> bool {
        self.met.saturating_mul(2) >= self.rows[0].min(self.rows[1])
    }

    /// Reads the rows that differ once more, and tells them.
    pub(super) fn tell<'a>(
        &self,
        [old, new]: [&'a Rows; 2],
        options: &Options<'_>,
        pairs: &mut dyn Pairs,
    ) -> Result<Compared<'a>> {
        old.chosen(&self.removed, &mut |row, record| pairs.removed(row, &cells(record)?))?;
        new.chosen(&self.added, &mut |row, record| pairs.added(row, &cells(record)?))?;
        let (mut rest, mut next) = (self.both.as_slice(), BATCH);
        while !rest.is_empty() {
            let (batch, later) = rest.split_at(next.min(rest.len()));
            rest = later;
            let older: Vec<u64> = batch.iter().map(|at| at.old).collect();
            let newer: Vec<u64> = batch.iter().map(|at| at.new).collect();
            let kept = old.kept(&older)?;
            // The key ascends, so that both lists do.
            let mut at = batch.iter();
            new.chosen(&newer, &mut |_, record| {
                let at = at.next().copied().ok_or_else(changed_under_us)?;
                let before = kept.get(&at.old).ok_or_else(changed_under_us)?;
                pairs.both(at, &cells(before)?, &cells(record)?)
            })?;
            let weight: usize = kept.values().map(|record| 64 + record.len()).sum();
            next = (options.memory / 4 * batch.len() / weight.max(1)).max(BATCH);
        }
        let mut other: [Bits; 2] = Default::default();
        self.both.iter().map(|at| at.old).chain(self.removed.iter().copied()).for_each(|row| other[0].set(row, true));
        self.both.iter().map(|at| at.new).chain(self.added.iter().copied()).for_each(|row| other[1].set(row, true));
        Ok(Compared::all_but([old, new], self.rows, other, options))
    }
}

/// Both sides on their way.
struct Walk<'a> {
    old: Side<'a>,
    new: Side<'a>,
    found: Aligned,
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
                    self.compare(run);
                    return Ok(true);
                }
                self.old.key().cmp(&self.new.key())
            }
        };
        if ordering == Ordering::Less {
            self.found.removed.push(self.old.row);
            self.old.pass(1);
        } else {
            self.found.added.push(self.new.row);
            self.new.pass(1);
        }
        Ok(true)
    }

    /// Compares so many rows, which have the same keys.
    fn compare(&mut self, run: usize) {
        let (old, new) = (&self.old, &self.new);
        let mut marks = vec![false; run];
        for (a, b) in old.values().iter().zip(new.values()) {
            mark(&a.slice(old.at, run), &b.slice(new.at, run), &mut marks);
        }
        self.note(&marks);
        self.old.pass(run);
        self.new.pass(run);
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
