//! Records that are read as the file format writes them: where the values of a table are in them, and how these are spelled.

use crate::flow::diff::cell::{Cell, Kind};
use crate::flow::diff::row;
use crate::flow::diff::spell::{double, pointed};
use crate::flow::sqlite::record::{Value, values};

/// Where the values of a table's records are.
pub(super) struct Plain {
    /// The column that is the rowid, and is not in the record.
    pub(super) rowid: Option<usize>,
    /// The place of each column in the record; of the rowid it is any.
    pub(super) places: Vec<usize>,
    /// Columns whose whole numbers are read as fractions.
    pub(super) real: Vec<bool>,
}

impl Plain {
    pub(super) fn value<'v>(&self, column: usize, id: i64, value: Value<'v>) -> Value<'v> {
        match value {
            _ if self.rowid == Some(column) => Value::Integer(id),
            #[expect(clippy::cast_precision_loss, reason = "as SQLite does")]
            Value::Integer(n) if self.real[column] => Value::Real(n as f64),
            value => value,
        }
    }

    /// The record as typed readers write it.
    pub(super) fn record(&self, id: i64, bytes: &[u8]) -> Option<Vec<u8>> {
        let (mut out, mut room) = (Vec::new(), Vec::new());
        let own: Vec<usize> = (0..self.places.len()).filter(|column| self.rowid != Some(*column)).collect();
        let places: Vec<usize> = own.iter().map(|column| self.places[*column]).collect();
        let mut next = 0;
        let mut push = |column: usize, value| {
            room.clear();
            tell(self.value(column, id, value), &mut room, &mut |cell| row::push(&mut out, cell.kind, &cell.raw));
        };
        let whole = values(bytes, &places, &mut |at, value| {
            // The rowid has its place among the others.
            while next < own[at] {
                push(next, Value::Null);
                next += 1;
            }
            push(own[at], value);
            next = own[at] + 1;
        });
        (next..self.places.len()).for_each(|column| push(column, Value::Null));
        whole.then_some(out)
    }
}

/// A value, spelled in `room` if it is not a text.
pub(super) fn spelled<'c>(value: Value<'c>, room: &'c mut Vec<u8>) -> Cell<'c> {
    let kind = match value {
        Value::Null => return Cell::new(Kind::Null, b""),
        Value::Text(text) => return Cell::new(Kind::Text, text),
        Value::Integer(n) => {
            pointed(n.unsigned_abs().into(), n < 0, 0, room);
            Kind::Integer
        }
        Value::Real(n) => {
            // The shortest spelling that reads back as the same number.
            double(n, room);
            Kind::Real
        }
        Value::Blob(bytes) => {
            let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
            room.extend(digits.map(|n| b"0123456789abcdef"[usize::from(n)]));
            Kind::Blob
        }
    };
    Cell::new(kind, room)
}

/// Tells a value, spelled in `room`, which is empty.
pub(super) fn tell(value: Value<'_>, room: &mut Vec<u8>, f: &mut dyn FnMut(Cell<'_>)) {
    f(spelled(value, room));
}
