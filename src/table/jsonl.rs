//! JSON Lines as records: the bytes of each line as it stands.

use std::cell::Cell as Shared;
use std::collections::HashMap;

use super::csv::COLUMNS;
use super::input::Input;
use super::lines::{CELL, Lines, Seen};
use super::records::{Cursor, Records};
use crate::error::{Error, Result};
use crate::flow::csv::Dialect;
use crate::flow::diff::cell::{Cell, Kind};
use crate::flow::diff::found::Column;
use crate::flow::jsonl;
use crate::flow::text::Untrusted;

/// Lines have no fields of their own.
pub(super) const LINE: Dialect = Dialect { delimiter: b'\n', quoting: false, end: b'\n' };

/// A file with an object a line.
pub struct Jsonl {
    input: Input,
    columns: Vec<Column>,
    places: HashMap<String, usize>,
    seen: Shared<Seen>,
}

impl Jsonl {
    /// Reads the file once: its columns are the members of all its objects, in the order in which they come up.
    pub fn new(input: Input) -> Result<Jsonl> {
        let (mut columns, mut places) = (Vec::new(), HashMap::new());
        let mut lines = Lines::new(&input, LINE, None)?;
        let mut number = 0_u64;
        while let Some(line) = lines.record()? {
            number += 1;
            let mut expected = 0;
            let told = jsonl::members(line, |name, _| {
                // Most lines have the same members in the same order.
                if columns.get(expected).is_some_and(|column: &Column| column.name == name) {
                    expected += 1;
                } else if let Some(place) = places.get(&*name) {
                    expected = place + 1;
                } else if columns.len() <= COLUMNS {
                    places.insert(name.clone().into_owned(), columns.len());
                    columns.push(Column { name: name.into_owned(), kind: String::new() });
                    expected = columns.len();
                }
            });
            told.map_err(|e| {
                Error::user(format!("{}: record {number} is not a JSON object", input.name())).because(e)
            })?;
            if columns.len() > COLUMNS {
                return Err(Error::user(format!("{} has more than {COLUMNS} columns", input.name())));
            }
        }
        drop(lines);
        Ok(Jsonl { input, columns, places, seen: Shared::default() })
    }

    /// The cells of a line at the places of their columns.
    fn split<'r>(&self, line: &'r [u8]) -> Result<Vec<Option<Cell<'r>>>> {
        let mut cells: Vec<Option<Cell<'r>>> = vec![None; self.columns.len()];
        let mut fault = None;
        let mut expected = 0;
        let told = jsonl::members(line, |name, value| {
            let place = if self.columns.get(expected).is_some_and(|column| column.name == name) {
                Some(expected)
            } else {
                self.places.get(&*name).copied()
            };
            let Some(place) = place else { return };
            expected = place + 1;
            let cell = jsonl::cell(value);
            if cells[place].is_some() {
                fault = Some(format!("an object has two members {}", Untrusted(&name)));
            } else if cell.raw.len() > CELL {
                fault = Some(format!("a value of {} is longer than {} MiB", Untrusted(&name), CELL >> 20));
            }
            cells[place] = Some(cell);
        });
        if let Some(fault) = told.err().or(fault) {
            return Err(Error::user(format!("cannot read the rows of {}", self.input.name())).because(fault));
        }
        Ok(cells)
    }
}

impl Records for Jsonl {
    fn columns(&self) -> &[Column] {
        &self.columns
    }

    fn spelling(&self) -> String {
        "jsonl".to_owned()
    }

    fn named(&self) -> bool {
        true
    }

    fn exact(&self) -> bool {
        false
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        vec![("line ends", self.seen.get().ends().to_owned())]
    }

    fn bytes(&self) -> u64 {
        self.input.content()
    }

    fn open(&self) -> Result<Box<dyn Cursor + '_>> {
        Ok(Box::new(Lines::new(&self.input, LINE, Some(&self.seen))?))
    }

    fn visit<'r>(&self, record: &'r [u8], f: &mut dyn FnMut(usize, Cell<'r>)) -> Result<()> {
        for (column, cell) in self.split(record)?.into_iter().enumerate() {
            f(column, cell.unwrap_or(Cell::new(Kind::Absent, b"")));
        }
        Ok(())
    }
}
