//! One side of a walk over two Parquet files: its batches, and the order of its keys.

use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_row::{Row, RowConverter, Rows};
use parquet::arrow::arrow_reader::ParquetRecordBatchReader;
use parquet::file::metadata::RowGroupMetaData;

use super::cells::{Speller, readable};
use super::open::Opened;
use crate::error::Result;

/// One side.
pub(super) struct Side<'a> {
    pub(super) file: &'a Opened,
    /// The compared columns, those of the key first.
    pub(super) columns: Vec<usize>,
    /// How many of them are the key.
    pub(super) keys: usize,
    converter: &'a RowConverter,
    /// The row group that is read, or the next one.
    group: usize,
    reader: Option<Reading<'a>>,
    batch: Option<Keyed>,
    /// The current row in the batch,
    pub(super) at: usize,
    /// and in the file.
    pub(super) row: u64,
    last: Vec<u8>,
    /// A key that is not behind the one before it, or one without a value.
    pub(super) broken: bool,
}

/// A batch whose keys can be compared as bytes.
pub(super) struct Keyed {
    columns: Vec<ArrayRef>,
    keys: Rows,
    /// No value of a key is missing.
    whole: bool,
}

impl Keyed {
    /// The columns of a batch, those of the key first.
    pub(super) fn new(side: &Side<'_>, columns: Vec<ArrayRef>) -> Result<Keyed> {
        let key = columns.get(..side.keys).unwrap_or_default();
        let whole = key.iter().all(|column| column.logical_null_count() == 0);
        let keys = side.converter.convert_columns(key).map_err(|e| side.file.failed(e))?;
        Ok(Keyed { columns, keys, whole })
    }
}

/// Reads some columns of one row group, in the order in which they were asked for.
pub(super) struct Reading<'a> {
    file: &'a Opened,
    reader: ParquetRecordBatchReader,
    /// Where in a batch each of them is.
    places: Vec<usize>,
}

impl Reading<'_> {
    /// The next batch.
    pub(super) fn next(&mut self) -> Result<Option<Vec<ArrayRef>>> {
        let batch: Option<RecordBatch> = self.reader.next().transpose().map_err(|e| self.file.failed(e))?;
        Ok(batch.map(|batch| self.places.iter().map(|at| ArrayRef::clone(batch.column(*at))).collect()))
    }
}

impl<'a> Side<'a> {
    /// Before the first row.
    pub(super) fn new(file: &'a Opened, columns: Vec<usize>, keys: usize, converter: &'a RowConverter) -> Side<'a> {
        let (reader, batch, last) = (None, None, Vec::new());
        Side { file, columns, keys, converter, group: 0, reader, batch, at: 0, row: 0, last, broken: false }
    }

    /// Reads some of the compared columns of the next row group.
    pub(super) fn reading(&self, some: &[usize]) -> Result<Reading<'a>> {
        let wanted: Vec<usize> = some.iter().filter_map(|at| self.columns.get(*at).copied()).collect();
        let mut stored = wanted.clone();
        stored.sort_unstable();
        let places = wanted.iter().filter_map(|column| stored.binary_search(column).ok()).collect();
        Ok(Reading { file: self.file, reader: self.file.read(&wanted, Some(vec![self.group]), None)?, places })
    }

    /// The next row group; while one is read, that.
    pub(super) fn group(&self) -> Option<&'a RowGroupMetaData> {
        self.file.metadata().row_groups().get(self.group)
    }

    /// The leaf columns of a compared column.
    pub(super) fn leaves(&self, column: usize) -> Vec<usize> {
        self.columns.get(column).map(|root| self.file.leaves(*root)).unwrap_or_default()
    }

    /// Whether the next row is the first of a row group, or there is none.
    pub(super) fn between(&mut self) -> Result<bool> {
        Ok(!self.has_batch()? && self.reader.is_none())
    }

    /// Whether there is a row left; if so, it is the current one.
    pub(super) fn ready(&mut self) -> Result<bool> {
        while !self.has_batch()? {
            if self.group().is_none() {
                return Ok(false);
            }
            let all: Vec<usize> = (0..self.columns.len()).collect();
            self.reader = Some(self.reading(&all)?);
        }
        Ok(true)
    }

    /// Whether there is a row left in the row group that is read.
    fn has_batch(&mut self) -> Result<bool> {
        while self.left() == 0 {
            let Some(reader) = &mut self.reader else { return Ok(false) };
            let Some(columns) = reader.next()? else {
                (self.reader, self.batch) = (None, None);
                self.group += 1;
                return Ok(false);
            };
            let keyed = Keyed::new(self, columns)?;
            self.follow(&keyed);
            (self.batch, self.at) = (Some(keyed), 0);
        }
        Ok(true)
    }

    fn left(&self) -> usize {
        self.batch.as_ref().map_or(0, |batch| batch.keys.num_rows() - self.at)
    }

    /// Looks whether keys go on ascending.
    pub(super) fn follow(&mut self, batch: &Keyed) {
        self.broken |= !batch.whole;
        let mut keys = batch.keys.iter();
        let Some(mut last) = keys.next() else { return };
        // Before the first row there is nothing; every key is longer.
        self.broken |= last.data() <= self.last.as_slice();
        for key in keys {
            self.broken |= key <= last;
            last = key;
        }
        self.last.clear();
        self.last.extend_from_slice(last.data());
    }

    /// The key of the current row.
    pub(super) fn key(&self) -> Option<Row<'_>> {
        self.batch.as_ref().map(|batch| batch.keys.row(self.at))
    }

    /// How many rows from here on have the same keys as those of the other side.
    pub(super) fn common(&self, other: &Side<'_>) -> usize {
        let (Some(a), Some(b)) = (&self.batch, &other.batch) else { return 0 };
        let most = self.left().min(other.left());
        let mut rows = 0..most;
        let differs = rows.find(|n| a.keys.row(self.at + n) != b.keys.row(other.at + n));
        differs.unwrap_or(most)
    }

    /// The compared columns of the batch, without the key.
    pub(super) fn values(&self) -> &[ArrayRef] {
        self.batch.as_ref().and_then(|batch| batch.columns.get(self.keys..)).unwrap_or_default()
    }

    /// A column of the batch, by its place in the file.
    pub(super) fn array(&self, column: usize) -> Option<&ArrayRef> {
        let at = self.columns.iter().position(|it| *it == column)?;
        self.batch.as_ref()?.columns.get(at)
    }

    /// The record of the row that is so many behind the current one; every column of the file is read.
    pub(super) fn record(&self, behind: usize) -> Result<Vec<u8>> {
        let failed = |e| self.file.failed(e);
        let columns = (0..self.columns.len()).filter_map(|column| self.array(column));
        let row = columns.map(|array| readable(&array.slice(self.at + behind, 1)));
        let row = row.collect::<Result<Vec<_>, _>>().map_err(failed)?;
        let mut record = Vec::new();
        Speller::new(&row).and_then(|mut speller| speller.write(0, &mut record)).map_err(failed)?;
        Ok(record)
    }

    /// Goes on by so many rows of the batch.
    pub(super) fn pass(&mut self, rows: usize) {
        self.at += rows;
        self.row += rows as u64;
    }

    /// Goes past the rest of a row group, which has so many rows left.
    pub(super) fn next_group(&mut self, rows: u64) {
        self.row += rows;
        self.group += 1;
    }
}
