//! A Parquet file as records: its rows one by one, all of them or chosen ones.

use std::collections::HashMap;
use std::ops::Range;

use arrow_array::RecordBatch;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, RowSelection};

use super::cells::{Speller, each, readable};
use super::open::Opened;
use crate::error::Result;
use crate::flow::diff::cell::{Cell, Kind};
use crate::flow::diff::found::Column;
use crate::flow::diff::row;
use crate::table::records::{Cursor, Records};
use crate::table::typed;

/// One side.
pub(super) struct Rows {
    pub(super) file: Opened,
    columns: Vec<Column>,
}

impl Rows {
    /// `kinds`: the types of its columns in other words, if there are any.
    pub(super) fn new(file: Opened, kinds: Vec<String>) -> Rows {
        let mut columns = file.columns();
        columns.iter_mut().zip(kinds).for_each(|(column, kind)| column.kind = kind);
        Rows { columns, file }
    }

    /// The records of rows, whose numbers come sorted.
    pub(super) fn chosen(&self, rows: &[u64], each: &mut dyn FnMut(u64, &[u8]) -> Result<()>) -> Result<()> {
        let mut reading = Reading::new(&self.file, self.at(rows)?, None);
        for number in rows {
            let record = reading.record()?.ok_or_else(typed::changed_under_us)?;
            each(*number, record)?;
        }
        Ok(())
    }

    /// Reads rows, whose numbers come sorted.
    pub(super) fn at(&self, rows: &[u64]) -> Result<ParquetRecordBatchReader> {
        let (mut groups, mut ranges, mut before, mut selected, mut rest) = (Vec::new(), Vec::new(), 0_u64, 0, rows);
        // Only row groups that hold one of them are read.
        for (n, group) in self.file.metadata().row_groups().iter().enumerate() {
            let size = u64::try_from(group.num_rows()).unwrap_or(0);
            let here = rest.partition_point(|row| *row < before + size);
            let (some, later) = rest.split_at(here);
            if !some.is_empty() {
                groups.push(n);
                ranges.extend(some.iter().map(|row| range(selected + (row - before))));
                selected += size;
            }
            (before, rest) = (before + size, later);
        }
        let chosen = RowSelection::from_consecutive_ranges(ranges.into_iter(), usize::try_from(selected).unwrap_or(0));
        let all: Vec<usize> = (0..self.columns.len()).collect();
        self.file.read(&all, Some(groups), Some(chosen))
    }

    /// The same, to be looked up by their numbers.
    pub(super) fn kept(&self, rows: &[u64]) -> Result<HashMap<u64, Vec<u8>>> {
        let mut kept = HashMap::with_capacity(rows.len());
        self.chosen(rows, &mut |number, record| {
            kept.insert(number, record.to_vec());
            Ok(())
        })?;
        Ok(kept)
    }
}

fn range(row: u64) -> Range<usize> {
    let row = usize::try_from(row).unwrap_or(usize::MAX - 1);
    row..row + 1
}

impl Records for Rows {
    fn columns(&self) -> &[Column] {
        &self.columns
    }

    fn spelling(&self) -> String {
        typed::SPELLING.to_owned()
    }

    fn bytes(&self) -> u64 {
        let groups = self.file.metadata().row_groups().iter();
        groups.map(|group| u64::try_from(group.total_byte_size()).unwrap_or(0)).sum()
    }

    fn open(&self) -> Result<Box<dyn Cursor + '_>> {
        let all: Vec<usize> = (0..self.columns.len()).collect();
        Ok(Box::new(Reading::new(&self.file, self.file.read(&all, None, None)?, None)))
    }

    fn open_for(&self, columns: &[usize]) -> Result<Box<dyn Cursor + '_>> {
        let mut some = columns.to_vec();
        some.sort_unstable();
        some.dedup();
        let reader = self.file.read(&some, None, None)?;
        Ok(Box::new(Reading::new(&self.file, reader, Some((some, self.columns.len())))))
    }

    fn scan(
        &self,
        columns: &[usize],
        until: u64,
        wanted: &dyn Fn(u64) -> bool,
        f: &mut dyn FnMut(u64, usize, Cell<'_>),
    ) -> Result<()> {
        let mut before = 0;
        for batch in self.file.read(columns, None, None)? {
            let batch = batch.map_err(|e| self.file.failed(e))?;
            for (at, array) in batch.columns().iter().enumerate() {
                let told = readable(array).and_then(|array| {
                    each(&array, &mut |row, cell| {
                        let row = before + row as u64;
                        if row < until && wanted(row) {
                            f(row, at, cell);
                        }
                    })
                });
                told.map_err(|e| self.file.failed(e))?;
            }
            before += batch.num_rows() as u64;
            if before >= until {
                break;
            }
        }
        Ok(())
    }

    fn visit<'r>(&self, record: &'r [u8], f: &mut dyn FnMut(usize, Cell<'r>)) -> Result<()> {
        typed::visit(record, f)
    }
}

/// Reads records batch by batch.
struct Reading<'a> {
    file: &'a Opened,
    reader: ParquetRecordBatchReader,
    /// Which columns are read, if not all, and how many there are.
    some: Option<(Vec<usize>, usize)>,
    /// The records of a batch, where they end, and how many of them were given.
    records: Vec<u8>,
    ends: Vec<usize>,
    at: usize,
}

impl<'a> Reading<'a> {
    fn new(file: &'a Opened, reader: ParquetRecordBatchReader, some: Option<(Vec<usize>, usize)>) -> Reading<'a> {
        Reading { file, reader, some, records: Vec::new(), ends: Vec::new(), at: 0 }
    }

    fn fill(&mut self, batch: &RecordBatch) -> Result<()> {
        self.records.clear();
        self.ends.clear();
        self.at = 0;
        let columns =
            batch.columns().iter().map(readable).collect::<Result<Vec<_>, _>>().map_err(|e| self.file.failed(e))?;
        let mut speller = Speller::new(&columns).map_err(|e| self.file.failed(e))?;
        let mut narrow = Vec::new();
        for at in 0..batch.num_rows() {
            match &self.some {
                None => speller.write(at, &mut self.records).map_err(|e| self.file.failed(e))?,
                Some((some, width)) => {
                    narrow.clear();
                    speller.write(at, &mut narrow).map_err(|e| self.file.failed(e))?;
                    widen(&narrow, some, *width, &mut self.records)?;
                }
            }
            self.ends.push(self.records.len());
        }
        Ok(())
    }
}

/// Puts the cells of some columns in their places; the others are absent.
fn widen(narrow: &[u8], some: &[usize], width: usize, out: &mut Vec<u8>) -> Result<()> {
    let mut cells = some.iter().zip(typed::cells(narrow)?).peekable();
    for column in 0..width {
        match cells.next_if(|(at, _)| **at == column) {
            Some((_, cell)) => row::push(out, cell.kind, &cell.raw),
            None => row::push(out, Kind::Absent, b""),
        }
    }
    Ok(())
}

impl Cursor for Reading<'_> {
    fn record(&mut self) -> Result<Option<&[u8]>> {
        while self.at == self.ends.len() {
            let Some(batch) = self.reader.next().transpose().map_err(|e| self.file.failed(e))? else { return Ok(None) };
            self.fill(&batch)?;
        }
        let from = self.at.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.at += 1;
        Ok(self.records.get(from..self.ends[self.at - 1]))
    }
}
