//! Makes a patch of what an engine found.

use std::collections::{HashMap, HashSet};

use super::{Field, Form, Patch, Record, Row, What};
use crate::error::{Error, Result};
use crate::flow::diff::cell::Cell;
use crate::flow::diff::found::At;
use crate::flow::diff::pairs::Pairs;

/// More changed rows are no patch any more.
const ROWS: usize = 10_000_000;

/// The places of all rows that are not the same on both sides.
#[derive(Debug, Default)]
pub struct Rows {
    /// Those that changed where they are.
    pub both: Vec<At>,
    /// Those in another order, whether they changed or not.
    pub moved: Vec<At>,
    /// Those of the newer side only.
    pub added: Vec<u64>,
    /// Those of the older side only.
    pub removed: Vec<u64>,
}

impl Rows {
    /// The records of the older side that the patch is made of, by their place.
    #[must_use]
    pub fn older(&self) -> Vec<u64> {
        sorted(self.pairs().map(|at| at.old).chain(self.removed.iter().copied()))
    }

    /// The same of the newer side.
    #[must_use]
    pub fn newer(&self) -> Vec<u64> {
        sorted(self.pairs().map(|at| at.new).chain(self.added.iter().copied()))
    }

    /// Adds rows that have to be moved for all others to be in the older side's order.
    pub fn set_moved(&mut self, rows: Vec<At>) {
        let moved: HashSet<u64> = rows.iter().map(|at| at.old).collect();
        self.both.retain(|at| !moved.contains(&at.old));
        self.moved = rows;
    }

    fn pairs(&self) -> impl Iterator<Item = &At> {
        self.both.iter().chain(&self.moved)
    }

    fn one(&mut self) -> Result<()> {
        if self.both.len() + self.added.len() + self.removed.len() >= ROWS {
            return Err(Error::user(format!("more than {ROWS} rows changed: that is no patch"))
                .hint("publish the new version itself: git data prepare NAME FILE"));
        }
        Ok(())
    }
}

fn sorted(places: impl Iterator<Item = u64>) -> Vec<u64> {
    let mut places: Vec<u64> = places.collect();
    places.sort_unstable();
    places
}

impl Pairs for Rows {
    fn both(&mut self, at: At, _: &[Cell<'_>], _: &[Cell<'_>]) -> Result<()> {
        self.one()?;
        self.both.push(at);
        Ok(())
    }

    fn added(&mut self, row: u64, _: &[Cell<'_>]) -> Result<()> {
        self.one()?;
        self.added.push(row);
        Ok(())
    }

    fn removed(&mut self, row: u64, _: &[Cell<'_>]) -> Result<()> {
        self.one()?;
        self.removed.push(row);
        Ok(())
    }

    fn duplicates(&mut self, _: bool, _: u64, _: &[Cell<'_>]) -> Result<()> {
        Ok(())
    }
}

/// The patch. `empty` is one without rows; the records of `rows` on both sides are given by their place.
pub fn make(mut empty: Patch, rows: &Rows, old: &HashMap<u64, Record>, new: &HashMap<u64, Record>) -> Result<Patch> {
    let record = |side: &HashMap<u64, Record>, place: u64| {
        let missing = || Error::bug(format!("record {place} was found and is not there"));
        side.get(&place).cloned().ok_or_else(missing)
    };
    let (form, key) = (empty.form, empty.key.clone());
    let keyed =
        |record: &Record, what: What, columns: &[String]| Row { key: form.key(&record.raw, columns, &key), what };
    for at in &rows.both {
        let (old, new) = (record(old, at.old)?, record(new, at.new)?);
        let edits = edits(form, &empty.columns, &old.raw, &new.raw).filter(|_| old.end == new.end);
        let key = new.clone();
        let what = match edits {
            Some(cells) => What::Edit { places: [at.old, at.new], cells },
            None => What::Replace { old, new },
        };
        let row = keyed(&key, what, &empty.columns);
        empty.rows.push(row);
    }
    for at in &rows.moved {
        let (old, new) = (record(old, at.old)?, record(new, at.new)?);
        let row = keyed(&new.clone(), What::Move { old, new }, &empty.columns);
        empty.rows.push(row);
    }
    for place in &rows.added {
        let new = record(new, *place)?;
        let row = keyed(&new.clone(), What::Add(new), &empty.columns);
        empty.rows.push(row);
    }
    for place in &rows.removed {
        let old = record(old, *place)?;
        let row = keyed(&old.clone(), What::Remove(old), &empty.columns);
        empty.rows.push(row);
    }
    empty.sort();
    Ok(empty)
}

/// The fields in which two records differ; `None`: they differ in more than the fields of columns.
fn edits(form: Form, columns: &[String], old: &[u8], new: &[u8]) -> Option<Vec<Field>> {
    let (before, after) = (form.fields(old, columns), form.fields(new, columns));
    let mut cells = Vec::new();
    for (column, sides) in before.iter().zip(&after).enumerate() {
        match sides {
            (Some(a), Some(b)) if old[a.clone()] != new[b.clone()] => {
                cells.push(Field { column, old: old[a.clone()].to_vec(), new: new[b.clone()].to_vec() });
            }
            (Some(_), Some(_)) | (None, None) => {}
            _ => return None,
        }
    }
    // Spaces between members, their order, members that stand twice.
    let same = splice(form, columns, old, &cells, |field| (&field.old, &field.new)).is_ok_and(|made| made == new);
    same.then_some(cells)
}

/// The record with other fields; the error is the column that is not as it should be.
pub(super) fn splice<'f>(
    form: Form,
    columns: &[String],
    record: &[u8],
    cells: impl IntoIterator<Item = &'f Field>,
    sides: impl Fn(&'f Field) -> (&'f Vec<u8>, &'f Vec<u8>),
) -> Result<Vec<u8>, usize> {
    let fields = form.fields(record, columns);
    let mut edits = Vec::new();
    for cell in cells {
        let (old, new) = sides(cell);
        match fields.get(cell.column).cloned().flatten() {
            Some(range) if record[range.clone()] == **old => edits.push((range, new)),
            _ => return Err(cell.column),
        }
    }
    edits.sort_by_key(|(range, _)| range.start);
    let (mut out, mut done) = (Vec::with_capacity(record.len()), 0);
    for (range, new) in edits {
        out.extend_from_slice(record.get(done..range.start).unwrap_or_default());
        out.extend_from_slice(new);
        done = range.end;
    }
    out.extend_from_slice(&record[done.min(record.len())..]);
    Ok(out)
}
