//! Where the fields of a record stand.

use std::ops::Range;

use crate::flow::csv::{self, Dialect};
use crate::flow::diff::cell::{Cell, Kind};
use crate::flow::jsonl;

/// How records are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Fields with delimiters between them, below a header.
    Csv(Dialect),
    /// An object a line.
    Jsonl,
}

impl Form {
    /// How records are told apart.
    #[must_use]
    pub fn dialect(self) -> Dialect {
        match self {
            Form::Csv(dialect) => dialect,
            Form::Jsonl => Dialect { quoting: false, ..Dialect::default() },
        }
    }

    /// Where the field of each column stands in a record; `None`: it has no such field, or the record cannot be read.
    pub(super) fn fields(self, record: &[u8], columns: &[String]) -> Vec<Option<Range<usize>>> {
        let mut found = vec![None; columns.len()];
        let within = |field: &[u8]| {
            let start = field.as_ptr() as usize - record.as_ptr() as usize;
            start..start + field.len()
        };
        match self {
            Form::Csv(dialect) => {
                let width = columns.len();
                csv::walk(record, dialect, width, width, |at, field, _| found[at] = field.map(within));
            }
            Form::Jsonl => {
                let read = jsonl::members(record, |name, value| {
                    if let Some(at) = columns.iter().position(|column| *column == name) {
                        found[at] = Some(within(value.get().as_bytes()));
                    }
                });
                if read.is_err() {
                    found.fill(None);
                }
            }
        }
        found
    }

    /// A field as a value. The last column of a record that is too long holds the rest of it.
    pub(super) fn cell(self, field: &[u8], rest: bool) -> Cell<'_> {
        match self {
            Form::Csv(_) if rest => Cell::new(Kind::Bare, field),
            Form::Csv(dialect) => csv::cell(field, dialect),
            Form::Jsonl => {
                let value = serde_json::from_slice(field).ok();
                value.map_or(Cell::new(Kind::Text, field), |value| jsonl::cell(value))
            }
        }
    }

    /// The values of a key.
    pub(super) fn key(self, record: &[u8], columns: &[String], key: &[usize]) -> Vec<Vec<u8>> {
        let fields = self.fields(record, columns);
        let value = |column: &usize| {
            let field = fields.get(*column)?.clone()?;
            // A rest holds delimiters: read as a field it would end too early.
            let rest = column + 1 == columns.len() && self.is_rest(&record[field.clone()]);
            Some(self.cell(&record[field], rest).raw.into_owned())
        };
        key.iter().map(|column| value(column).unwrap_or_default()).collect()
    }

    pub(super) fn is_rest(self, field: &[u8]) -> bool {
        let Form::Csv(dialect) = self else { return false };
        csv::walk(field, dialect, 1, 1, |_, _, _| {}) == csv::Width::Long
    }
}
