//! One sheet as records. What is empty is not kept: a far away cell does not make a sheet large.

use std::collections::BTreeSet;

use calamine::Data;

use crate::error::Result;
use crate::flow::csv::names;
use crate::flow::diff::cell::{Cell, Kind};
use crate::flow::diff::found::Column;
use crate::flow::diff::row;
use crate::table::records::{Cursor, Records};
use crate::table::typed;

/// Bytes of all rows of a sheet.
const MOST: usize = 1 << 30;
/// Places for cells, with or without one: more than these are compared only
const PLACES: u64 = 64 << 20;
/// if one of so many is taken.
const SPARSE: u64 = 20;

/// A sheet.
pub(super) struct Sheet {
    columns: Vec<Column>,
    records: Vec<u8>,
    /// Where each record ends. The cells of a row without a value at its end are left out.
    ends: Vec<usize>,
}

/// A sheet whose cells come in.
#[derive(Default)]
pub(super) struct Building {
    header: Vec<String>,
    /// The row that names the columns.
    top: Option<u32>,
    kinds: Vec<BTreeSet<&'static str>>,
    records: Vec<u8>,
    ends: Vec<usize>,
    /// Cells that hold something.
    filled: u64,
    /// The row that is built, and how many of its cells are there.
    row: u32,
    cells: u32,
    spelled: Vec<u8>,
}

impl Building {
    /// Takes the next cell: row by row, from the left to the right.
    pub(super) fn cell(&mut self, row: u32, column: u32, value: &Data) -> Result<(), &'static str> {
        let Some(kind) = spell(value, &mut self.spelled) else { return Ok(()) };
        let top = *self.top.get_or_insert(row);
        if row > 0x000f_ffff || column > 0x3fff {
            return Err("a cell lies beyond all rows and columns");
        }
        if row == top {
            let column = column as usize;
            if column < self.header.len() {
                return Err("its cells are out of order");
            }
            self.header.resize(column, String::new());
            self.header.push(String::from_utf8_lossy(&self.spelled).into_owned());
            return Ok(());
        }
        let first = self.row <= top;
        if row < top || (!first && row < self.row) || (!first && row == self.row && column < self.cells) {
            return Err("its cells are out of order");
        }
        let from = if first { top + 1 } else { self.row };
        if first {
            self.row = from;
        }
        while self.row < row {
            self.ends.push(self.records.len());
            (self.row, self.cells) = (self.row + 1, 0);
        }
        while self.cells < column {
            row::push(&mut self.records, Kind::Null, b"");
            self.cells += 1;
        }
        row::push(&mut self.records, kind, &self.spelled);
        self.cells += 1;
        let column = column as usize;
        if self.kinds.len() <= column {
            self.kinds.resize_with(column + 1, BTreeSet::new);
        }
        self.kinds[column].insert(word(kind));
        self.filled += 1;
        let places = u64::from(row - top) * self.kinds.len().max(self.header.len()) as u64;
        if places > PLACES && places / SPARSE > self.filled {
            return Err("its cells lie so far from each other that it would become far larger than it is");
        }
        if self.records.len() > MOST { Err("it is too large to be read") } else { Ok(()) }
    }

    /// The sheet, when all cells are there.
    pub(super) fn finish(mut self) -> Sheet {
        if self.cells > 0 {
            self.ends.push(self.records.len());
        }
        self.header.resize(self.header.len().max(self.kinds.len()), String::new());
        self.kinds.resize_with(self.header.len(), BTreeSet::new);
        let kind = |words: BTreeSet<&str>| match words.len() {
            0 | 1 => words.first().copied().unwrap_or_default().to_owned(),
            _ => "mixed".to_owned(),
        };
        let columns = names(self.header).into_iter().zip(self.kinds);
        let columns = columns.map(|(name, words)| Column { name, kind: kind(words) }).collect();
        Sheet { columns, records: self.records, ends: self.ends }
    }
}

/// Writes a value. `None` for none.
fn spell(value: &Data, out: &mut Vec<u8>) -> Option<Kind> {
    let (kind, text) = match value {
        Data::Empty => return None,
        Data::Int(number) => (Kind::Integer, number.to_string()),
        // Excel has one kind of number: a whole one is written as such.
        Data::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => (Kind::Integer, format!("{number}")),
        Data::Float(number) => (Kind::Real, format!("{number:?}")),
        Data::String(text) => (Kind::Text, text.clone()),
        Data::Bool(truth) => (Kind::Bool, truth.to_string()),
        Data::DateTime(time) if time.is_datetime() => (Kind::Time, moment(time)),
        Data::DateTime(duration) => (Kind::Real, format!("{:?}", duration.as_f64())),
        Data::DateTimeIso(text) | Data::DurationIso(text) => (Kind::Time, text.clone()),
        Data::Error(error) => (Kind::Text, error.to_string()),
    };
    out.clear();
    out.extend_from_slice(text.as_bytes());
    Some(kind)
}

/// `2026-11-18`, or with the time of day, to the millisecond where there are any.
fn moment(time: &calamine::ExcelDateTime) -> String {
    let (year, month, day, hour, minute, second, milli) = time.to_ymd_hms_milli();
    let date = format!("{year:04}-{month:02}-{day:02}");
    match (hour, minute, second, milli) {
        (0, 0, 0, 0) => date,
        (.., 0) => format!("{date}T{hour:02}:{minute:02}:{second:02}"),
        _ => format!("{date}T{hour:02}:{minute:02}:{second:02}.{milli:03}"),
    }
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Integer | Kind::Real => "number",
        Kind::Bool => "bool",
        Kind::Time => "time",
        _ => "text",
    }
}

impl Sheet {
    /// How many rows it has below the one with the names.
    pub(super) fn rows(&self) -> u64 {
        self.ends.len() as u64
    }
}

impl Records for Sheet {
    fn columns(&self) -> &[Column] {
        &self.columns
    }

    fn spelling(&self) -> String {
        typed::SPELLING.to_owned()
    }

    fn bytes(&self) -> u64 {
        self.records.len() as u64
    }

    fn open(&self) -> Result<Box<dyn Cursor + '_>> {
        Ok(Box::new(Reading { sheet: self, at: 0 }))
    }

    fn visit<'r>(&self, record: &'r [u8], f: &mut dyn FnMut(usize, Cell<'r>)) -> Result<()> {
        let cells = typed::cells(record)?;
        let empty = (cells.len()..self.columns.len()).map(|_| Cell::new(Kind::Null, b""));
        cells.into_iter().chain(empty).enumerate().for_each(|(n, cell)| f(n, cell));
        Ok(())
    }
}

struct Reading<'a> {
    sheet: &'a Sheet,
    at: usize,
}

impl Cursor for Reading<'_> {
    fn record(&mut self) -> Result<Option<&[u8]>> {
        let Some(end) = self.sheet.ends.get(self.at) else { return Ok(None) };
        let from = self.at.checked_sub(1).map_or(0, |before| self.sheet.ends[before]);
        self.at += 1;
        Ok(self.sheet.records.get(from..*end))
    }
}
