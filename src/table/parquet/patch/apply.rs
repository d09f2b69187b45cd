//! Applies a patch to a Parquet file, batch by batch: columns are put together from those of the file and of the patch.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, RecordBatch, StructArray};
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use arrow_row::{RowConverter, SortField};
use arrow_schema::{ArrowError, Schema};

use super::{Changes, Op, caught, write};
use crate::error::{Error, Result};
use crate::flow::diff::patch::{Conflict, Finding, Made, Wanted, shown};
use crate::flow::hash::Digest;
use crate::table::parquet::open::Opened;

/// Writes what a patch makes of a file with the digest `found` to `out`, an empty file.
pub fn apply(file: &Path, found: Digest, patch: &Path, wanted: Wanted, out: &Path) -> Result<Made> {
    if !write::is_parquet(file)? {
        return Err(
            Error::user(format!("{} is no Parquet file", file.display())).because("the patch is one of a Parquet file")
        );
    }
    caught(file, || {
        let base = Opened::new(file)?;
        let changes = Changes::read(patch, &base)?;
        let changes = if wanted.reverse { changes.reversed() } else { changes };
        let (sides, counts) = ([changes.base, changes.head], changes.counts());
        let finding = Finding::of(found, sides, wanted.merge);
        let Some(finding) = finding else { return Ok(Made { sides, counts, conflicts: Vec::new() }) };
        let mut writer = write::Writer::like(&base, out)?;
        let conflicts = stream(&base, &changes, finding, &mut |batch| writer.write(&batch))?;
        writer.finish()?;
        Ok(Made { sides, counts, conflicts })
    })
}

/// Tells the rows that a patch makes.
pub(super) fn stream(
    base: &Opened,
    changes: &Changes,
    finding: Finding,
    tell: &mut dyn FnMut(RecordBatch) -> Result<()>,
) -> Result<Vec<Conflict>> {
    let failed = |e: ArrowError| base.failed(e);
    let mut applying = Applying::new(base, changes, finding)?;
    let all: Vec<usize> = (0..base.fields().len()).collect();
    for batch in base.read(&all, None, None)? {
        let batch = batch.map_err(failed)?;
        let rows = applying.sources(&batch)?;
        tell(applying.put(&batch, &rows).map_err(failed)?)?;
    }
    let rows = applying.rest()?;
    if !rows.is_empty() {
        let none = RecordBatch::new_empty(Arc::clone(&applying.schema));
        tell(applying.put(&none, &rows).map_err(failed)?)?;
    }
    Ok(applying.conflicts)
}

/// Where a row comes from.
#[derive(Clone, Copy)]
enum Source {
    /// The file, at a place in the batch.
    File(usize),
    /// The patch.
    Patch(usize),
    /// The file, but for the columns that a change of the patch names and the file has as it expects them.
    Both(usize, usize),
}

struct Applying<'a> {
    changes: &'a Changes,
    finding: Finding,
    schema: Arc<Schema>,
    /// Which columns each change touches.
    touched: Vec<Vec<bool>>,
    /// The changes by the place of their row before, and new rows, the last first.
    places: HashMap<u64, usize>,
    added: Vec<usize>,
    /// The changes by the key of their row, and whether it was seen.
    keys: HashMap<Vec<u8>, (usize, bool)>,
    converter: Option<(RowConverter, Vec<usize>)>,
    /// Rows that were taken and made.
    old: u64,
    new: u64,
    conflicts: Vec<Conflict>,
}

impl<'a> Applying<'a> {
    fn new(base: &Opened, changes: &'a Changes, finding: Finding) -> Result<Applying<'a>> {
        let schema = Arc::new(Schema::new(base.fields().clone()));
        let differ = |at: usize| {
            let pairs = changes.old.columns().iter().zip(changes.new.columns());
            pairs.map(|(old, new)| !same(old, at, new, at)).collect()
        };
        let mut applying = Applying {
            changes,
            finding,
            schema,
            touched: (0..changes.rows.len()).map(differ).collect(),
            places: HashMap::new(),
            added: Vec::new(),
            keys: HashMap::new(),
            converter: None,
            old: 0,
            new: 0,
            conflicts: Vec::new(),
        };
        if finding == Finding::Place {
            applying.by_place()?
        } else {
            applying.by_key(base)?
        }
        Ok(applying)
    }

    fn by_place(&mut self) -> Result<()> {
        for (at, change) in self.changes.rows.iter().enumerate() {
            if matches!(change.op, Op::Add | Op::Move) {
                self.added.push(at);
            }
            if change.old.is_some_and(|place| self.places.insert(place, at).is_some()) {
                return Err(Error::user("the patch changes one row twice"));
            }
        }
        self.added.sort_by_key(|at| std::cmp::Reverse(self.changes.rows[*at].new));
        Ok(())
    }

    fn by_key(&mut self, base: &Opened) -> Result<()> {
        let place = |name: &String| self.changes.old.column_names().iter().position(|column| column == name);
        let columns: Vec<usize> = self.changes.key.iter().filter_map(place).collect();
        if columns.is_empty() || columns.len() != self.changes.key.len() {
            return Err(Error::conflict("the file is not the one that the patch was made for")
                .because("the patch has no key, so its rows are known by their place only"));
        }
        let fields = columns.iter().map(|at| SortField::new(self.schema.field(*at).data_type().clone())).collect();
        let converter = RowConverter::new(fields).map_err(|e| base.failed(e))?;
        self.converter = Some((converter, columns));
        let [olds, news] = [self.keys_of(self.changes.old.columns())?, self.keys_of(self.changes.new.columns())?];
        for (at, change) in self.changes.rows.iter().enumerate() {
            let key = if change.op == Op::Add { &news[at] } else { &olds[at] };
            if self.keys.insert(key.clone(), (at, false)).is_some() {
                return Err(Error::user(format!("the patch changes {} twice", shown(&self.key(at)))));
            }
        }
        Ok(())
    }

    /// The keys of rows, as bytes that are equal where they are.
    fn keys_of(&self, columns: &[ArrayRef]) -> Result<Vec<Vec<u8>>> {
        let (converter, places) = self.converter.as_ref().expect("there is a key");
        let columns: Vec<ArrayRef> = places.iter().map(|at| Arc::clone(&columns[*at])).collect();
        let rows = converter.convert_columns(&columns).map_err(|e| Error::user("a key cannot be read").because(e))?;
        Ok(rows.iter().map(|row| row.as_ref().to_vec()).collect())
    }

    /// What becomes of the rows of a batch.
    fn sources(&mut self, batch: &RecordBatch) -> Result<Vec<Source>> {
        let mut out = Vec::with_capacity(batch.num_rows());
        let mut keys = match self.finding {
            Finding::Place => Vec::new(),
            Finding::Key | Finding::Merge => self.keys_of(batch.columns())?,
        }
        .into_iter();
        for row in 0..batch.num_rows() {
            let source = match keys.next() {
                Some(key) => self.by_its_key(batch, row, &key)?,
                None => {
                    self.due(&mut out);
                    match self.places.remove(&self.old) {
                        None => Some(Source::File(row)),
                        Some(at) => (self.changes.rows[at].op == Op::Edit).then_some(Source::Both(row, at)),
                    }
                }
            };
            self.old += 1;
            if let Some(source) = source {
                out.push(source);
                self.new += 1;
            }
        }
        Ok(out)
    }

    fn by_its_key(&mut self, batch: &RecordBatch, row: usize, key: &[u8]) -> Result<Option<Source>> {
        let Some((at, seen)) = self.keys.get_mut(key) else { return Ok(Some(Source::File(row))) };
        let (at, again) = (*at, std::mem::replace(seen, true));
        if again {
            return Err(Error::user(format!("more than one row has the key {}", shown(&self.key(at)))));
        }
        self.found(batch, row, at)
    }

    /// New rows whose turn it is.
    fn due(&mut self, out: &mut Vec<Source>) {
        while let Some(at) = self.added.pop_if(|at| self.changes.rows[*at].new == Some(self.new)) {
            out.push(Source::Patch(at));
            self.new += 1;
        }
    }

    /// What becomes of a row that has the key of a change.
    fn found(&mut self, batch: &RecordBatch, row: usize, at: usize) -> Result<Option<Source>> {
        let (merge, changes) = (self.finding == Finding::Merge, self.changes);
        let is = |side: &StructArray| {
            batch.columns().iter().zip(side.columns()).all(|(here, column)| same(here, row, column, at))
        };
        match changes.rows[at].op {
            Op::Remove if is(&changes.old) => return Ok(None),
            Op::Add if merge && is(&changes.new) => return Ok(Some(Source::File(row))),
            Op::Remove => self.conflict(at, None, [Some("another row".to_owned()), None])?,
            Op::Add => self.conflict(at, None, [Some("a row".to_owned()), Some("a new one".to_owned())])?,
            Op::Edit | Op::Move => {
                for (column, here) in batch.columns().iter().enumerate() {
                    let [old, new] = [changes.old.column(column), changes.new.column(column)];
                    if !self.touched[at][column] || same(here, row, old, at) {
                        continue;
                    }
                    // It stays as it is, in a merge also where both did the same.
                    self.touched[at][column] = false;
                    if !(merge && same(here, row, new, at)) {
                        self.conflict(at, Some(column), [Some(spelled(here, row)), Some(spelled(new, at))])?;
                    }
                }
                return Ok(Some(Source::Both(row, at)));
            }
        }
        Ok(Some(Source::File(row)))
    }

    /// After the last row: the rows behind it.
    fn rest(&mut self) -> Result<Vec<Source>> {
        let mut out = Vec::new();
        if self.finding == Finding::Place {
            self.due(&mut out);
            if !self.places.is_empty() || !self.added.is_empty() {
                return Err(Error::conflict("the patch changes rows that the file does not have"));
            }
            return Ok(out);
        }
        let mut left: Vec<usize> = self.keys.values().filter(|(_, seen)| !seen).map(|(at, _)| *at).collect();
        left.sort_unstable();
        for at in left {
            match self.changes.rows[at].op {
                Op::Add => out.push(Source::Patch(at)),
                // Whoever removed it here did what the patch does.
                Op::Remove if self.finding == Finding::Merge => {}
                Op::Remove => self.conflict(at, None, [None, None])?,
                Op::Edit | Op::Move => self.conflict(at, None, [None, Some("another row".to_owned())])?,
            }
        }
        Ok(out)
    }

    /// Notes a conflict, or refuses where nothing is merged.
    fn conflict(&mut self, at: usize, column: Option<usize>, [here, patch]: [Option<String>; 2]) -> Result<()> {
        let bytes = |text: Option<String>| text.map(String::into_bytes);
        let base = match column {
            Some(column) => Some(spelled(self.changes.old.column(column), at)),
            None => self.changes.rows[at].old.map(|_| "a row".to_owned()),
        };
        let column = column.map(|at| self.schema.field(at).name().clone());
        let conflict =
            Conflict { key: self.key(at), column, base: bytes(base), here: bytes(here), patch: bytes(patch) };
        if self.finding != Finding::Merge {
            return Err(conflict.refused());
        }
        self.conflicts.push(conflict);
        Ok(())
    }

    /// The key of a change, for people.
    fn key(&self, at: usize) -> Vec<Vec<u8>> {
        let side = if self.changes.rows[at].op == Op::Add { &self.changes.new } else { &self.changes.old };
        let columns = self.converter.as_ref().map(|(_, columns)| columns.as_slice()).unwrap_or_default();
        columns.iter().map(|column| spelled(side.column(*column), at).into_bytes()).collect()
    }

    /// Puts rows together.
    fn put(&self, batch: &RecordBatch, rows: &[Source]) -> Result<RecordBatch, ArrowError> {
        let column = |column: usize| {
            let place = |source: &Source| match *source {
                Source::File(row) => (0, row),
                Source::Patch(at) => (1, at),
                Source::Both(row, at) => {
                    if self.touched[at][column] {
                        (1, at)
                    } else {
                        (0, row)
                    }
                }
            };
            let places: Vec<(usize, usize)> = rows.iter().map(place).collect();
            let sides: [&dyn Array; 2] = [batch.column(column), self.changes.new.column(column)];
            arrow_select::interleave::interleave(&sides, &places)
        };
        let columns = (0..batch.num_columns()).map(column).collect::<Result<Vec<_>, _>>()?;
        RecordBatch::try_new(Arc::clone(&self.schema), columns)
    }
}

/// Whether two values are the same, bit by bit.
fn same(one: &ArrayRef, at: usize, other: &ArrayRef, its: usize) -> bool {
    one.slice(at, 1).to_data() == other.slice(its, 1).to_data()
}

/// A value for people.
fn spelled(column: &ArrayRef, at: usize) -> String {
    let options = FormatOptions::new().with_null("∅");
    ArrayFormatter::try_new(column, &options).map_or_else(|e| e.to_string(), |it| it.value(at).to_string())
}
