//! CSV, TSV and their kin as records: the bytes of each line as it stands.

use std::cell::Cell as Shared;

use super::input::{Encoding, Input};
use super::lines::{Lines, Seen};
use super::records::{Cursor, Records, push_key};
use crate::error::{Error, Result};
use crate::flow::csv::{self, Dialect, Width};
use crate::flow::diff::cell::{Cell, Kind};
use crate::flow::diff::found::Column;
use crate::flow::diff::row;

/// So much of a file tells its dialect.
const SAMPLE: u64 = 64 << 10;
/// More columns are refused.
pub const COLUMNS: usize = 10_000;

/// A text table with a header.
pub struct Csv {
    input: Input,
    dialect: Dialect,
    columns: Vec<Column>,
    utf8: bool,
    seen: Shared<Seen>,
    short: Shared<bool>,
    long: Shared<bool>,
}

impl Csv {
    /// Finds the dialect and reads the header. `hint` is the delimiter that the file's name suggests.
    pub fn new(input: Input, hint: Option<u8>) -> Result<Csv> {
        let sample = input.first(SAMPLE)?;
        let whole = (sample.len() as u64) < SAMPLE;
        let dialect = csv::guess(&sample, whole, hint);
        // A character may be cut at the end of the sample.
        let utf8 = std::str::from_utf8(&sample).map_or_else(|e| e.error_len().is_none() && !whole, |_| true);
        let header = header(&input, dialect)?;
        let columns = csv::names(header).into_iter().map(|name| Column { name, kind: String::new() }).collect();
        let (seen, short, long) = (Shared::default(), Shared::new(false), Shared::new(false));
        Ok(Csv { input, dialect, columns, utf8, seen, short, long })
    }

    /// The first cells of a record.
    fn walk<'r>(&self, record: &'r [u8], until: usize, mut f: impl FnMut(usize, Cell<'r>)) {
        let found = csv::walk(record, self.dialect, self.columns.len(), until, |column, field, rest| {
            let cell = match field {
                None => Cell::absent(),
                Some(field) if rest => Cell::new(Kind::Bare, field),
                Some(field) => csv::cell(field, self.dialect),
            };
            f(column, cell);
        });
        match found {
            Width::Exact => {}
            Width::Short => self.short.set(true),
            Width::Long => self.long.set(true),
        }
    }
}

/// How records are told apart. `hint` is the delimiter that the file's name suggests.
pub(super) fn dialect(input: &Input, hint: Option<u8>) -> Result<Dialect> {
    let sample = input.first(SAMPLE)?;
    Ok(csv::guess(&sample, (sample.len() as u64) < SAMPLE, hint))
}

/// The names in the first record.
pub(super) fn header(input: &Input, dialect: Dialect) -> Result<Vec<String>> {
    let mut lines = Lines::new(input, dialect, None)?;
    let Some(record) = lines.record()? else { return Ok(Vec::new()) };
    let mut names = Vec::new();
    let width = csv::walk(record, dialect, COLUMNS.min(record.len() + 1), COLUMNS, |_, field, _| {
        names.extend(field.map(|field| String::from_utf8_lossy(&csv::cell(field, dialect).raw).into_owned()));
    });
    if width == Width::Long {
        return Err(Error::user(format!("{} has more than {COLUMNS} columns", input.name())));
    }
    Ok(names)
}

impl Records for Csv {
    fn columns(&self) -> &[Column] {
        &self.columns
    }

    fn spelling(&self) -> String {
        format!("csv {:?}", self.dialect)
    }

    fn bytes(&self) -> u64 {
        self.input.content()
    }

    fn open(&self) -> Result<Box<dyn Cursor + '_>> {
        let mut lines = Lines::new(&self.input, self.dialect, Some(&self.seen))?;
        // The header.
        lines.record()?;
        // Of a single column, an empty line is a row without a value.
        lines.blank(self.columns.len() == 1);
        Ok(Box::new(lines))
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let delimiter = match self.dialect.delimiter {
            b'\t' => "tab".to_owned(),
            other => char::from(other).to_string(),
        };
        let encoding = match self.input.encoding {
            Encoding::Marked => "UTF-8 with a byte order mark",
            Encoding::Utf16(false) => "UTF-16, little-endian",
            Encoding::Utf16(true) => "UTF-16, big-endian",
            Encoding::Bytes if self.utf8 => "UTF-8",
            Encoding::Bytes => "not UTF-8",
        };
        let quoting = if self.dialect.quoting { "with \"" } else { "none" };
        let ends = if self.dialect.end == b'\r' { "CR" } else { self.seen.get().ends() };
        vec![
            ("delimiter", delimiter),
            ("quoting", quoting.to_owned()),
            ("line ends", ends.to_owned()),
            ("encoding", encoding.to_owned()),
        ]
    }

    fn oddities(&self) -> Vec<String> {
        let latin = !self.utf8 && self.input.encoding == Encoding::Bytes;
        let blank = self.seen.get().blank;
        let said = [
            (latin, "it is not UTF-8; its values are compared as bytes".to_owned()),
            (!self.dialect.quoting, "it has quotes that enclose no fields; they are plain characters".to_owned()),
            (self.short.get(), "some records have fewer fields than the header; the others are absent".to_owned()),
            (
                self.long.get(),
                "some records have more fields than the header; the last column holds the rest".to_owned(),
            ),
            (blank > 0, format!("{blank} empty lines are no rows")),
        ];
        said.into_iter().filter(|(is, _)| *is).map(|(_, words)| words).collect()
    }

    fn visit<'r>(&self, record: &'r [u8], f: &mut dyn FnMut(usize, Cell<'r>)) -> Result<()> {
        self.walk(record, usize::MAX, f);
        Ok(())
    }

    fn pick<'r>(&self, record: &'r [u8], columns: &[usize], f: &mut dyn FnMut(usize, Cell<'r>)) -> Result<()> {
        let ascending = columns.is_sorted_by(|one, other| one < other);
        let tell = |place, field| f(place, csv::cell(field, self.dialect));
        if ascending && csv::pick(record, self.dialect, self.columns.len(), columns, tell) {
            return Ok(());
        }
        let until = columns.iter().max().map_or(0, |last| last + 1);
        let mut wanted = columns.iter().enumerate().peekable();
        self.walk(record, until, |column, cell| {
            if !ascending {
                columns.iter().enumerate().filter(|(_, it)| **it == column).for_each(|(at, _)| f(at, cell.clone()));
            } else if let Some((place, _)) = wanted.next_if(|(_, it)| **it == column) {
                f(place, cell);
            }
        });
        Ok(())
    }

    fn key(&self, record: &[u8], columns: &[usize], out: &mut Vec<u8>) -> Result<()> {
        out.clear();
        for column in columns {
            if column + 1 == self.columns.len() {
                self.pick(record, &[*column], &mut |_, cell| push_key(out, columns.len(), &cell.raw))?;
            } else {
                let field = csv::nth(record, self.dialect, *column).unwrap_or_default();
                push_key(out, columns.len(), &csv::cell(field, self.dialect).raw);
            }
        }
        Ok(())
    }

    fn project(&self, record: &[u8], columns: &[usize], out: &mut Vec<u8>) -> Result<()> {
        out.clear();
        if !columns.is_sorted() {
            let cells = self.cells(record)?;
            let cells = columns.iter().filter_map(|column| cells.get(*column));
            cells.for_each(|cell| row::push(out, cell.kind, &cell.raw));
            return Ok(());
        }
        let mut wanted = columns.iter().peekable();
        self.walk(record, columns.last().map_or(0, |last| last + 1), |column, cell| {
            if wanted.next_if_eq(&&column).is_some() {
                row::push(out, cell.kind, &cell.raw);
            }
        });
        Ok(())
    }
}
