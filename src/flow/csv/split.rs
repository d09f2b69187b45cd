//! The fields of a record.

use std::borrow::Cow;

use memchr::memchr;

use super::{Dialect, QUOTE};
use crate::flow::diff::cell::{Cell, Kind};

/// Where the field ends with which `rest` begins: at a delimiter or at the end.
fn end(rest: &[u8], dialect: Dialect) -> usize {
    let closed =
        if dialect.quoting && rest.first() == Some(&QUOTE) { close(rest).map_or(rest.len(), |q| q + 1) } else { 0 };
    memchr(dialect.delimiter, &rest[closed..]).map_or(rest.len(), |n| closed + n)
}

/// Where the quote closes that opens a field.
fn close(field: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        let quote = at + memchr(QUOTE, &field[at..])?;
        if field.get(quote + 1) != Some(&QUOTE) {
            return Some(quote);
        }
        at = quote + 2;
    }
}

/// A field as it stands in the record, as a value.
#[must_use]
pub fn cell(field: &[u8], dialect: Dialect) -> Cell<'_> {
    if field.is_empty() {
        return Cell::new(Kind::Null, field);
    }
    if !dialect.quoting || field[0] != QUOTE || close(field) != Some(field.len() - 1) {
        // Text behind a closing quote is malformed: it stays as it stands, so that no difference is lost.
        return Cell::new(Kind::Bare, field);
    }
    let inner = &field[1..field.len() - 1];
    if memchr(QUOTE, inner).is_none() {
        return Cell::new(Kind::Quoted, inner);
    }
    let mut raw = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(quote) = memchr(QUOTE, rest) {
        raw.extend_from_slice(&rest[..=quote]);
        rest = &rest[quote + 2..];
    }
    raw.extend_from_slice(rest);
    Cell { kind: Kind::Quoted, raw: Cow::Owned(raw) }
}

/// What a record has besides the fields that the header names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// One field for each name.
    Exact,
    /// Fewer; the others are absent.
    Short,
    /// More; they stay in the last column with their delimiters.
    Long,
}

/// The first `until` fields of a record in a table of `width` columns, one by one, as they stand; `None` where it has no
/// such field. The flag says that it is all the rest.
pub fn walk<'a>(
    record: &'a [u8],
    dialect: Dialect,
    width: usize,
    until: usize,
    mut f: impl FnMut(usize, Option<&'a [u8]>, bool),
) -> Width {
    let mut rest = Some(record);
    let mut found = Width::Exact;
    for column in 0..width.min(until) {
        let Some(bytes) = rest else {
            found = Width::Short;
            f(column, None, false);
            continue;
        };
        let end = end(bytes, dialect);
        if column + 1 == width && end < bytes.len() {
            found = Width::Long;
            f(column, Some(bytes), true);
            return found;
        }
        f(column, Some(&bytes[..end]), false);
        rest = bytes.get(end + 1..);
    }
    found
}

/// The field of one column, as it stands.
#[must_use]
pub fn nth(record: &[u8], dialect: Dialect, column: usize) -> Option<&[u8]> {
    let mut rest = record;
    for _ in 0..column {
        rest = rest.get(end(rest, dialect) + 1..)?;
    }
    Some(&rest[..end(rest, dialect)])
}

/// The bytes of the longest field.
#[must_use]
pub fn longest(record: &[u8], dialect: Dialect) -> usize {
    let (mut rest, mut longest) = (Some(record), 0);
    while let Some(bytes) = rest {
        let end = end(bytes, dialect);
        longest = longest.max(end);
        rest = bytes.get(end + 1..);
    }
    longest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cells(record: &[u8], width: usize) -> (Vec<(Kind, Vec<u8>)>, Width) {
        let mut out = Vec::new();
        let found = walk(record, Dialect::default(), width, width, |_, field, whole| {
            out.push(match field {
                None => (Kind::Absent, Vec::new()),
                Some(field) if whole => (Kind::Bare, field.to_vec()),
                Some(field) => {
                    let cell = cell(field, Dialect::default());
                    (cell.kind, cell.raw.into_owned())
                }
            });
        });
        (out, found)
    }

    fn spelled(record: &str, width: usize) -> String {
        let (cells, found) = cells(record.as_bytes(), width);
        let cells: Vec<String> =
            cells.into_iter().map(|(kind, raw)| format!("{kind:?}:{}", String::from_utf8(raw).unwrap())).collect();
        format!("{} {found:?}", cells.join(" "))
    }

    #[test]
    fn fields_are_told_apart() {
        assert_eq!(spelled("1,a,2.50", 3), "Bare:1 Bare:a Bare:2.50 Exact");
        assert_eq!(spelled("1,,\"\"", 3), "Bare:1 Null: Quoted: Exact");
        assert_eq!(spelled("\"a,\"\"b\"\"\n\",x", 2), "Quoted:a,\"b\"\n Bare:x Exact");
        assert_eq!(spelled("5\" pipe,\"a\"b,\"", 3), "Bare:5\" pipe Bare:\"a\"b Bare:\" Exact");
        assert_eq!(spelled("1", 3), "Bare:1 Absent: Absent: Short");
        assert_eq!(spelled("1,2,3,4", 3), "Bare:1 Bare:2 Bare:3,4 Long");
        assert_eq!(spelled("1,2,", 2), "Bare:1 Bare:2, Long");
        assert_eq!(spelled("", 1), "Null: Exact");
    }

    proptest! {
        #[test]
        fn other_bytes_are_other_cells(a in "[a,\"\n]{0,12}", b in "[a,\"\n]{0,12}", width in 1_usize..5) {
            let same = cells(a.as_bytes(), width).0 == cells(b.as_bytes(), width).0;
            prop_assert_eq!(same, a == b);
        }

        #[test]
        fn one_column_is_found_as_the_walk_finds_it(record in "[a,\"\n]{0,20}", column in 0_usize..4) {
            let mut found = None;
            walk(record.as_bytes(), Dialect::default(), 40, 40, |n, field, _| if n == column { found = field });
            prop_assert_eq!(nth(record.as_bytes(), Dialect::default(), column), found);
        }
    }
}
