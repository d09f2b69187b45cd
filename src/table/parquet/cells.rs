//! How values of a Parquet file are spelled: numbers exactly, times as RFC 3339, what is nested as JSON.

use std::io::Write as _;

use arrow_array::cast::AsArray as _;
use arrow_array::types::{Decimal128Type, Float16Type, Float32Type, Float64Type, Int32Type, Int64Type};
use arrow_array::{Array, ArrayRef};
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use arrow_schema::{ArrowError, DataType};

use crate::flow::diff::cell::{Cell, Kind};
use crate::flow::diff::row;
use crate::flow::diff::spell::{double, pointed};

/// Lists in lists beyond this depth are refused.
const DEEPEST: usize = 64;

/// A column whose values can be spelled: UTC is a zone without a name here.
pub(super) fn readable(array: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    match array.data_type() {
        DataType::Timestamp(unit, Some(zone)) if &**zone == "UTC" => {
            arrow_cast::cast(array, &DataType::Timestamp(*unit, Some("+00:00".into())))
        }
        _ => Ok(ArrayRef::clone(array)),
    }
}

/// Writes records of a batch.
pub(super) struct Speller<'a> {
    columns: Vec<Spelled<'a>>,
    one: Vec<u8>,
}

/// One column, and how its values are written.
struct Spelled<'a> {
    array: &'a ArrayRef,
    kind: Kind,
    /// For what has a format of its own: whole numbers, decimals, times.
    formatter: Option<ArrayFormatter<'a>>,
}

impl<'a> Speller<'a> {
    /// For columns that [`readable`] gave.
    pub(super) fn new(columns: &'a [ArrayRef]) -> Result<Speller<'a>, ArrowError> {
        let columns = columns.iter().map(Spelled::new).collect::<Result<_, _>>()?;
        Ok(Speller { columns, one: Vec::new() })
    }

    /// Adds the cells of a row to a record.
    pub(super) fn write(&mut self, at: usize, record: &mut Vec<u8>) -> Result<(), ArrowError> {
        for column in &self.columns {
            self.one.clear();
            if column.array.is_null(at) {
                row::push(record, Kind::Null, b"");
            } else {
                let kind = column.spell(at, &mut self.one)?;
                row::push(record, kind, &self.one);
            }
        }
        Ok(())
    }
}

/// Tells the cells of a column that [`readable`] gave, by their rows.
pub(super) fn each(array: &ArrayRef, f: &mut dyn FnMut(usize, Cell<'_>)) -> Result<(), ArrowError> {
    let (spelled, mut raw) = (Spelled::new(array)?, Vec::new());
    for row in 0..array.len() {
        if array.is_null(row) {
            f(row, Cell::new(Kind::Null, b""));
            continue;
        }
        raw.clear();
        let kind = spelled.spell(row, &mut raw)?;
        f(row, Cell::new(kind, &raw));
    }
    Ok(())
}

impl<'a> Spelled<'a> {
    fn new(array: &'a ArrayRef) -> Result<Spelled<'a>, ArrowError> {
        let kind = kind(array.data_type());
        let own = matches!(kind, Kind::Text | Kind::Blob | Kind::Nested)
            || matches!(array.data_type(), DataType::Float16 | DataType::Float32 | DataType::Float64)
            || matches!(array.data_type(), DataType::Int32 | DataType::Int64 | DataType::Decimal128(_, 0..));
        let format = || ArrayFormatter::try_new(array, &FormatOptions::new().with_display_error(false));
        let formatter = if own { None } else { Some(format()?) };
        Ok(Spelled { array, kind, formatter })
    }

    fn spell(&self, at: usize, out: &mut Vec<u8>) -> Result<Kind, ArrowError> {
        if self.kind == Kind::Nested {
            json(self.array, at, out, DEEPEST)?;
            return Ok(self.kind);
        }
        let Some(formatter) = &self.formatter else {
            plain(self.array, at, out)?;
            return Ok(self.kind);
        };
        match formatter.value(at).try_to_string() {
            Ok(text) => {
                out.extend_from_slice(text.as_bytes());
                Ok(self.kind)
            }
            // A time beyond all calendars is still a number.
            Err(_) => {
                let one = arrow_cast::cast(&self.array.slice(at, 1), &DataType::Int64)?;
                let number = one.as_primitive::<arrow_array::types::Int64Type>().value(0);
                out.extend_from_slice(number.to_string().as_bytes());
                Ok(Kind::Integer)
            }
        }
    }
}

/// What the values of a type are.
pub(super) fn kind(data_type: &DataType) -> Kind {
    match data_type {
        DataType::Null => Kind::Null,
        DataType::Boolean => Kind::Bool,
        t if t.is_integer() => Kind::Integer,
        t if t.is_floating() || t.is_decimal() => Kind::Real,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Kind::Text,
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => Kind::Blob,
        t if t.is_nested() => Kind::Nested,
        t if t.is_temporal() => Kind::Time,
        _ => Kind::Text,
    }
}

/// Text as it is, bytes in hexadecimal digits, numbers in the shortest way that reads back the same.
fn plain(array: &ArrayRef, at: usize, out: &mut Vec<u8>) -> Result<(), ArrowError> {
    match array.data_type() {
        DataType::Utf8 => out.extend_from_slice(array.as_string::<i32>().value(at).as_bytes()),
        DataType::LargeUtf8 => out.extend_from_slice(array.as_string::<i64>().value(at).as_bytes()),
        DataType::Utf8View => out.extend_from_slice(array.as_string_view().value(at).as_bytes()),
        DataType::Binary => hex(array.as_binary::<i32>().value(at), out),
        DataType::LargeBinary => hex(array.as_binary::<i64>().value(at), out),
        DataType::BinaryView => hex(array.as_binary_view().value(at), out),
        DataType::FixedSizeBinary(_) => hex(array.as_fixed_size_binary().value(at), out),
        // Writing to memory does not fail.
        DataType::Float16 => drop(write!(out, "{:?}", array.as_primitive::<Float16Type>().value(at).to_f32())),
        DataType::Float32 => drop(write!(out, "{:?}", array.as_primitive::<Float32Type>().value(at))),
        DataType::Float64 => double(array.as_primitive::<Float64Type>().value(at), out),
        DataType::Int32 => drop(write!(out, "{}", array.as_primitive::<Int32Type>().value(at))),
        DataType::Int64 => drop(write!(out, "{}", array.as_primitive::<Int64Type>().value(at))),
        DataType::Decimal128(_, scale) => {
            let value = array.as_primitive::<Decimal128Type>().value(at);
            pointed(value.unsigned_abs(), value < 0, usize::from(scale.unsigned_abs()), out);
        }
        other => return Err(ArrowError::NotYetImplemented(format!("values of the type {other}"))),
    }
    Ok(())
}

fn hex(bytes: &[u8], out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.extend(bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|digit| DIGITS[usize::from(digit)]));
}

/// A value as JSON: a map as pairs, bytes and times as texts.
fn json(array: &ArrayRef, at: usize, out: &mut Vec<u8>, depth: usize) -> Result<(), ArrowError> {
    if depth == 0 {
        return Err(ArrowError::NotYetImplemented(format!("lists of more than {DEEPEST} levels")));
    }
    if array.is_null(at) {
        out.extend_from_slice(b"null");
        return Ok(());
    }
    let items = match array.data_type() {
        DataType::List(_) => array.as_list::<i32>().value(at),
        DataType::LargeList(_) => array.as_list::<i64>().value(at),
        DataType::FixedSizeList(..) => array.as_fixed_size_list().value(at),
        DataType::Map(..) => std::sync::Arc::new(array.as_map().value(at)),
        DataType::Struct(fields) => {
            out.push(b'{');
            for (n, (field, column)) in fields.iter().zip(array.as_struct().columns()).enumerate() {
                out.extend_from_slice(if n > 0 { b"," } else { b"" });
                text(field.name().as_bytes(), out);
                out.push(b':');
                json(column, at, out, depth - 1)?;
            }
            out.push(b'}');
            return Ok(());
        }
        _ => return scalar(array, at, out),
    };
    out.push(b'[');
    for n in 0..items.len() {
        out.extend_from_slice(if n > 0 { b"," } else { b"" });
        json(&items, n, out, depth - 1)?;
    }
    out.push(b']');
    Ok(())
}

fn scalar(array: &ArrayRef, at: usize, out: &mut Vec<u8>) -> Result<(), ArrowError> {
    let (value, mut one) = (readable(&array.slice(at, 1))?, Vec::new());
    let kind = Spelled::new(&value)?.spell(0, &mut one)?;
    let finite = !matches!(one.as_slice(), b"NaN" | b"inf" | b"-inf");
    match kind {
        Kind::Integer | Kind::Real | Kind::Bool if finite => out.extend_from_slice(&one),
        _ => text(&one, out),
    }
    Ok(())
}

fn text(bytes: &[u8], out: &mut Vec<u8>) {
    let quoted = serde_json::to_string(&String::from_utf8_lossy(bytes)).unwrap_or_default();
    out.extend_from_slice(quoted.as_bytes());
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::Decimal128Array;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn decimals_are_spelled_as_the_library_does(value in prop_oneof![any::<i64>().prop_map(i128::from), -2000_i128..2000, -(10_i128.pow(38) - 1)..10_i128.pow(38)], scale in 0_i8..=38) {
            let array: ArrayRef = Arc::new(Decimal128Array::from(vec![value]).with_precision_and_scale(38, scale).unwrap());
            let mut out = Vec::new();
            plain(&array, 0, &mut out).unwrap();
            let want = ArrayFormatter::try_new(&array, &FormatOptions::new()).unwrap().value(0).to_string();
            prop_assert_eq!(String::from_utf8(out).unwrap(), want);
        }
    }
}
