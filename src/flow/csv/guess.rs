//! Which dialect a text is written in, by its first records.

use super::split::{Width, walk};
use super::{Dialect, QUOTE, Scan, cell, content};
use crate::flow::diff::cell::Kind;

const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// More records tell nothing new.
const RECORDS: usize = 200;

/// The dialect of a text that begins with `sample`; nothing follows it with `last`. `hint` is the delimiter that the
/// file's name suggests.
#[must_use]
pub fn guess(sample: &[u8], last: bool, hint: Option<u8>) -> Dialect {
    let end = if !sample.contains(&b'\n') && sample.contains(&b'\r') { b'\r' } else { b'\n' };
    let mut delimiters = DELIMITERS;
    delimiters.sort_by_key(|delimiter| Some(*delimiter) != hint);
    // Of equally good ones the first.
    let mut best = (Score::default(), Dialect { delimiter: delimiters[0], quoting: true, end });
    for delimiter in delimiters {
        for quoting in [true, false] {
            let dialect = Dialect { delimiter, quoting, end };
            let score = score(sample, last, dialect);
            if score > best.0 {
                best = (score, dialect);
            }
        }
    }
    best.1
}

/// How well a dialect fits; the first member counts most.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
struct Score {
    /// More than one column.
    several: bool,
    /// The share of records that have as many fields as the first.
    regular: f64,
    /// The share of well-formed among quoted fields.
    quoted: f64,
    columns: usize,
}

fn score(sample: &[u8], last: bool, dialect: Dialect) -> Score {
    let (mut start, mut records, mut regular, mut columns) = (0, 0_usize, 0_usize, 0);
    let (mut well, mut quotes) = (0_usize, 0_usize);
    while start < sample.len() && records < RECORDS {
        let rest = &sample[start..];
        let mut scan = Scan::default();
        let end = match scan.end(rest, dialect, last) {
            Some(end) => end,
            // A quote that never closes is no quote.
            None if scan.open().is_some_and(|open| last || rest.len() - open > sample.len() / 2) => {
                quotes += 1;
                break;
            }
            None if last || records == 0 => rest.len(),
            None => break,
        };
        let record = content(rest, end, dialect);
        start += end + 1;
        if record.is_empty() {
            continue;
        }
        let mut fields = 0;
        let limit = if records == 0 { usize::MAX } else { columns };
        let width = walk(record, dialect, limit.min(record.len() + 1), usize::MAX, |_, field, _| {
            let Some(field) = field else { return };
            fields += 1;
            if field.first() == Some(&QUOTE) {
                quotes += 1;
                well += usize::from(dialect.quoting && cell(field, dialect).kind == Kind::Quoted);
            }
        });
        if records == 0 {
            columns = fields;
        }
        records += 1;
        regular += usize::from(fields == columns && width != Width::Long);
    }
    let share = |part: usize, whole: usize| if whole == 0 { 1.0 } else { part as f64 / whole as f64 };
    // Without quoting no quote is wrong, but none is explained either.
    let quoted = if dialect.quoting || quotes == 0 { share(well, quotes) } else { 0.5 };
    Score { several: columns > 1, regular: share(regular, records.max(1)), quoted, columns }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(sample: &str, hint: Option<u8>) -> (char, bool) {
        let dialect = guess(sample.as_bytes(), true, hint);
        (char::from(dialect.delimiter), dialect.quoting)
    }

    #[test]
    fn delimiters_are_found() {
        assert_eq!(found("a,b\n1,2\n", None), (',', true));
        assert_eq!(found("a;b\n1,5;2,5\n", None), (';', true));
        assert_eq!(found("a\tb\n1,5\t2\n", None), ('\t', true));
        assert_eq!(found("a|b\n1|2\n", None), ('|', true));
        assert_eq!(found("name,note\nx,\"a;b;c\"\n", None), (',', true));
        assert_eq!(found("a\n1\n", Some(b'\t')), ('\t', true));
        assert_eq!(found("", None), (',', true));
    }

    #[test]
    fn a_quote_that_is_none_is_found_out() {
        assert_eq!(found("a\tb\n1\t\"open\n2\tx\n3\ty\n", Some(b'\t')), ('\t', false));
        assert_eq!(found("a,b\n1,\"x\ny\"\n", None), (',', true));
    }

    #[test]
    fn a_lone_carriage_return_ends_lines() {
        assert_eq!(guess(b"a,b\r1,2\r", true, None).end, b'\r');
        assert_eq!(guess(b"a,b\r\n1,2\r\n", true, None).end, b'\n');
    }
}
