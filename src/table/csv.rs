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
use crate::flow::text::Untrusted;

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

    fn note(&self, width: Width) {
        match width {
            Width::Exact => {}
            Width::Short => self.short.set(true),
            Width::Long => self.long.set(true),
        }
    }

    /// How the file is written, in the words of a note.
    fn words(&self) -> [(&'static str, String); 4] {
        let delimiter = match self.dialect.delimiter {
            b'\t' => "tab".to_owned(),
            other => char::from(other).to_string(),
        };
        let seen = self.seen.get();
        let ends = match (self.dialect.end, seen.crlf, seen.other) {
            (b'\r', ..) => "CR",
            // The last record may have no end at all.
            (_, 2.., 0..=1) | (_, 1, 0) => "CRLF",
            (_, 0, _) => "LF",
            _ => "CRLF and LF",
        };
        let encoding = match self.input.encoding {
            Encoding::Marked => "UTF-8 with a byte order mark",
            Encoding::Utf16(false) => "UTF-16, little-endian",
            Encoding::Utf16(true) => "UTF-16, big-endian",
            Encoding::Bytes if self.utf8 => "UTF-8",
            Encoding::Bytes => "not UTF-8",
        };
        let quotes = if self.dialect.quoting { "quoted with \"" } else { "none" };
        [
            ("delimiter", delimiter),
            ("quoting", quotes.to_owned()),
            ("line ends", ends.to_owned()),
            ("encoding", encoding.to_owned()),
        ]
    }

    /// What is to be said of two such files besides their rows.
    #[must_use]
    pub fn notes(old: &Csv, new: &Csv) -> Vec<String> {
        let pairs = old.words().into_iter().zip(new.words());
        let mut notes: Vec<String> = pairs
            .filter(|((_, before), (_, after))| before != after)
            .map(|((what, before), (_, after))| format!("{what}: {before} → {after}"))
            .collect();
        for (side, csv) in [("older", old), ("newer", new)] {
            let mut say = |is: bool, what: String| if is { notes.push(format!("the {side} file {what}")) };
            say(!csv.utf8 && csv.input.encoding == Encoding::Bytes, "is not UTF-8; its values are compared as bytes".to_owned());
            say(!csv.dialect.quoting, "has quotes that do not enclose fields; they are read as plain characters".to_owned());
            say(csv.short.get(), "has records with fewer fields than its header; the others count as absent".to_owned());
            say(csv.long.get(), "has records with more fields than its header; the last column holds the rest".to_owned());
            let blank = csv.seen.get().blank;
            say(blank > 0, format!("has {blank} empty lines, which are no rows"));
        }
        notes
    }
}

/// The names in the first record.
fn header(input: &Input, dialect: Dialect) -> Result<Vec<String>> {
    let mut lines = Lines::new(input, dialect, None)?;
    let Some(record) = lines.record()? else { return Ok(Vec::new()) };
    let mut names = Vec::new();
    let width = csv::walk(record, dialect, COLUMNS.min(record.len() + 1), |_, field, _| {
        names.extend(field.map(|field| String::from_utf8_lossy(&csv::cell(field, dialect).raw).into_owned()));
    });
    if width == Width::Long {
        return Err(Error::user(format!("{} has more than {COLUMNS} columns", Untrusted(&input.name()))));
    }
    Ok(names)
}

impl Records for Csv {
    fn columns(&self) -> &[Column] {
        &self.columns
    }

    fn spelling(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|column| column.name.as_str()).collect();
        format!("csv {:?} {names:?}", self.dialect)
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

    fn visit<'r>(&self, record: &'r [u8], f: &mut dyn FnMut(usize, Cell<'r>)) -> Result<()> {
        let width = csv::walk(record, self.dialect, self.columns.len(), |column, field, whole| {
            let cell = match field {
                None => Cell::new(Kind::Absent, b""),
                Some(field) if whole => Cell::new(Kind::Bare, field),
                Some(field) => csv::cell(field, self.dialect),
            };
            f(column, cell);
        });
        self.note(width);
        Ok(())
    }

    fn key(&self, record: &[u8], columns: &[usize], out: &mut Vec<u8>) -> Result<()> {
        out.clear();
        for column in columns {
            if column + 1 == self.columns.len() {
                self.visit(record, &mut |n, cell| {
                    if n == *column {
                        push_key(out, columns.len(), &cell.raw);
                    }
                })?;
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
            columns.iter().filter_map(|column| cells.get(*column)).for_each(|cell| row::push(out, cell.kind, &cell.raw));
            return Ok(());
        }
        let mut wanted = columns.iter().peekable();
        self.visit(record, &mut |column, cell| {
            if wanted.next_if_eq(&&column).is_some() {
                row::push(out, cell.kind, &cell.raw);
            }
        })
    }
}
