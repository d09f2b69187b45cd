//! The values of a record, as the file format writes them.

/// A value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// Nothing.
    Null,
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    Real(f64),
    /// Text in the file's encoding.
    Text(&'a [u8]),
    /// Bytes.
    Blob(&'a [u8]),
}

/// Tells the values of some columns, which ascend, by their places in `columns`. `false`: the record is too short for
/// one of them, or contradicts itself.
#[must_use]
pub fn values<'a>(record: &'a [u8], columns: &[usize], f: &mut dyn FnMut(usize, Value<'a>)) -> bool {
    let Some((length, mut head)) = varint(record, 0) else { return false };
    let Ok(end) = usize::try_from(length) else { return false };
    let (mut body, mut column) = (end, 0);
    for (at, wanted) in columns.iter().enumerate() {
        loop {
            if head >= end {
                return false;
            }
            let Some((kind, next)) = varint(record, head) else { return false };
            head = next;
            let size = size(kind);
            let Some(bytes) = usize::try_from(size).ok().and_then(|size| record.get(body..body.checked_add(size)?))
            else {
                return false;
            };
            body += bytes.len();
            column += 1;
            if column > *wanted {
                let Some(value) = value(kind, bytes) else { return false };
                f(at, value);
                break;
            }
        }
    }
    true
}

fn size(kind: u64) -> u64 {
    match kind {
        0 | 8..=11 => 0,
        1..=4 => kind,
        5 => 6,
        6 | 7 => 8,
        _ => (kind - 12) / 2,
    }
}

fn value(kind: u64, bytes: &[u8]) -> Option<Value<'_>> {
    Some(match kind {
        0 => Value::Null,
        1..=6 => {
            let first = bytes.first().map_or(0, |byte| i64::from(byte.cast_signed()));
            Value::Integer(bytes[1..].iter().fold(first, |number, byte| number << 8 | i64::from(*byte)))
        }
        // What is no number is nothing.
        7 => match f64::from_be_bytes(*bytes.first_chunk()?) {
            number if number.is_nan() => Value::Null,
            number => Value::Real(number),
        },
        8 => Value::Integer(0),
        9 => Value::Integer(1),
        10 | 11 => return None,
        _ if kind.is_multiple_of(2) => Value::Blob(bytes),
        _ => Value::Text(bytes),
    })
}

/// A number of one to nine bytes, and where it ends.
fn varint(bytes: &[u8], mut at: usize) -> Option<(u64, usize)> {
    let mut value = 0_u64;
    for _ in 0..8 {
        let byte = *bytes.get(at)?;
        at += 1;
        value = value << 7 | u64::from(byte & 0x7f);
        if byte < 0x80 {
            return Some((value, at));
        }
    }
    Some((value << 8 | u64::from(*bytes.get(at)?), at + 1))
}

/// Whether a column of a declared type reads whole numbers as numbers with a fraction.
#[must_use]
pub fn reads_real(declared: &str) -> bool {
    let upper = declared.to_ascii_uppercase();
    let has = |words: &[&str]| words.iter().any(|word| upper.contains(word));
    has(&["REAL", "FLOA", "DOUB"]) && !has(&["INT", "CHAR", "CLOB", "TEXT", "BLOB"])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(record: &[u8], columns: &[usize]) -> Option<Vec<String>> {
        let mut out = Vec::new();
        values(record, columns, &mut |at, value| out.push(format!("{at} {value:?}"))).then_some(out)
    }

    #[test]
    fn values_are_read_by_their_kinds() {
        let mut record = vec![10, 0, 1, 2, 6, 7, 8, 9, 15, 16];
        record.extend_from_slice(&[0xff, 1, 0, 0x80, 0, 0, 0, 0, 0, 0, 0]);
        record.extend_from_slice(&1.5_f64.to_be_bytes());
        record.extend_from_slice(b"a\x01\x02");
        let all: Vec<usize> = (0..9).collect();
        let want = [
            "Null",
            "Integer(-1)",
            "Integer(256)",
            "Integer(-9223372036854775808)",
            "Real(1.5)",
            "Integer(0)",
            "Integer(1)",
            "Text([97])",
            "Blob([1, 2])",
        ];
        let want: Vec<String> = want.iter().enumerate().map(|(at, value)| format!("{at} {value}")).collect();
        assert_eq!(read(&record, &all), Some(want));
        assert_eq!(read(&record, &[2, 7]), Some(vec!["0 Integer(256)".into(), "1 Text([97])".into()]));
        assert_eq!(read(&record, &[9]), None);
        assert_eq!(read(&record[..record.len() - 1], &[8]), None);
        assert_eq!((read(&[2, 10], &[0]), read(&[], &[0]), read(&[0xff], &[0])), (None, None, None));
    }

    #[test]
    fn declared_types_say_what_reads_as_a_fraction() {
        for (declared, is) in
            [("REAL", true), ("double precision", true), ("FLOATING POINT", false), ("TEXT REAL", false), ("", false)]
        {
            assert_eq!(reads_real(declared), is, "{declared}");
        }
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(record in prop::collection::vec(any::<u8>(), 0..40), columns in prop::collection::btree_set(0_usize..12, 0..5)) {
            let _ = read(&record, &columns.into_iter().collect::<Vec<_>>());
        }
    }
}
