//! In which way two cells are equal: by their bytes, by their value, within a tolerance, or not at all.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::cell::{Cell, Kind};
use super::decimal::Decimal;
use super::found::Class;
use super::moment::instant;

/// How far two numbers may lie apart. It is enough that one of the two holds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tolerance {
    /// Their difference.
    pub abs: Option<f64>,
    /// Their difference as a part of the larger one.
    pub rel: Option<f64>,
}

impl Tolerance {
    fn covers(self, old: &[u8], new: &[u8]) -> bool {
        let (Some(old), Some(new)) = (float(old), float(new)) else { return false };
        let apart = (old - new).abs();
        let larger = old.abs().max(new.abs());
        // 1.1 - 1.0 is a little more than 0.1.
        let rounding = larger * f64::EPSILON * 4.0;
        let within = |bound: f64| apart <= bound + rounding;
        self.abs.is_some_and(within) || self.rel.is_some_and(|rel| within(rel * larger))
    }
}

/// The number that a plain decimal is closest to.
#[must_use]
pub fn float(text: &[u8]) -> Option<f64> {
    Decimal::parse(text)?;
    std::str::from_utf8(text).ok()?.parse().ok().filter(|number: &f64| number.is_finite())
}

/// How two cells of a column differ; `None`: they are the same. After its type changed (`retyped`), a column's typed
/// cells are compared by value: that `1` became `1.0` is said once, on the column.
#[must_use]
pub fn differ(old: &Cell<'_>, new: &Cell<'_>, retyped: bool, tolerance: Tolerance) -> Option<Class> {
    let (a, b) = (old.means(), new.means());
    if a == b && old.raw == new.raw {
        return None;
    }
    if same_value(a, &old.raw, b, &new.raw, retyped) {
        return if retyped && typed(old, new) { None } else { Some(Class::Format) };
    }
    let numbers = is_number(a, retyped) && is_number(b, retyped);
    if numbers && tolerance.covers(&old.raw, &new.raw) { Some(Class::Tolerance) } else { Some(Class::Value) }
}

/// Whether a side comes from a format that knows types.
fn typed(old: &Cell<'_>, new: &Cell<'_>) -> bool {
    let text = |cell: &Cell<'_>| matches!(cell.kind, Kind::Bare | Kind::Quoted | Kind::Null | Kind::Absent);
    !text(old) || !text(new)
}

fn is_number(kind: Kind, retyped: bool) -> bool {
    matches!(kind, Kind::Integer | Kind::Real | Kind::Bare) || (retyped && kind == Kind::Text)
}

fn same_value(a: Kind, old: &[u8], b: Kind, new: &[u8], retyped: bool) -> bool {
    use Kind::{Absent, Bare, Blob, Bool, Integer, Nested, Null, Quoted, Real, Text, Time};
    match (a, b) {
        (Absent, Absent) | (Null, Null) => true,
        (Absent | Null, _) | (_, Absent | Null) => false,
        (Text, Text) | (Blob, Blob) => old == new,
        (Nested, Nested) => old == new || nested(old, new),
        (Integer | Real, Integer | Real) => old == new || numbers(old, new),
        (Bool, Bool) => truth(old).is_some() && truth(old) == truth(new),
        (Time, Time) => old == new || instants(old, new),
        (Bare | Quoted, Bare | Quoted) => loose(old, new),
        _ if retyped || matches!(a, Bare | Quoted) || matches!(b, Bare | Quoted) => loose(old, new),
        _ => false,
    }
}

/// Equal as text, as numbers, as truth or as instants.
fn loose(old: &[u8], new: &[u8]) -> bool {
    old == new || numbers(old, new) || (truth(old).is_some() && truth(old) == truth(new)) || instants(old, new)
}

fn numbers(old: &[u8], new: &[u8]) -> bool {
    Decimal::parse(old).is_some_and(|old| Decimal::parse(new) == Some(old))
}

fn instants(old: &[u8], new: &[u8]) -> bool {
    instant(old).is_some_and(|old| instant(new) == Some(old))
}

fn truth(text: &[u8]) -> Option<bool> {
    [(&b"true"[..], true), (b"false", false)].into_iter().find(|(word, _)| text.eq_ignore_ascii_case(word)).map(|x| x.1)
}

/// Equal as JSON: spaces and the order of members mean nothing, numbers are compared exactly.
fn nested(old: &[u8], new: &[u8]) -> bool {
    let read = |text| serde_json::from_slice::<&RawValue>(text).ok();
    read(old).zip(read(new)).is_some_and(|(old, new)| json(old, new))
}

// The depth is bounded by the parser, which goes through all of it first.
fn json(old: &RawValue, new: &RawValue) -> bool {
    let (old, new) = (old.get(), new.get());
    match (old.as_bytes().first(), new.as_bytes().first()) {
        (Some(b'{'), Some(b'{')) => {
            type Members<'a> = BTreeMap<String, &'a RawValue>;
            let read = |text| serde_json::from_str::<Members<'_>>(text).ok();
            let (Some(a), Some(b)) = (read(old), read(new)) else { return false };
            // A name that stands twice hides a value.
            let whole = |text: &str, read: &Members<'_>| commas(text) + usize::from(!read.is_empty()) == read.len();
            whole(old, &a)
                && whole(new, &b)
                && a.len() == b.len()
                && a.iter().zip(&b).all(|((k, x), (l, y))| k == l && json(x, y))
        }
        (Some(b'['), Some(b'[')) => {
            let read = |text| serde_json::from_str::<Vec<&RawValue>>(text).ok();
            let Some((a, b)) = read(old).zip(read(new)) else { return false };
            a.len() == b.len() && a.iter().zip(&b).all(|(x, y)| json(x, y))
        }
        (Some(b'"'), Some(b'"')) => {
            let read = |text| serde_json::from_str::<String>(text).ok();
            old == new || (read(old).is_some() && read(old) == read(new))
        }
        _ => old == new || numbers(old.as_bytes(), new.as_bytes()),
    }
}

/// Commas between the members of an object, not those deeper within.
fn commas(object: &str) -> usize {
    let (mut depth, mut quoted, mut escaped, mut found) = (0_usize, false, false, 0);
    for byte in object.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' if depth == 1 => found += 1,
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn class(a: (Kind, &str), b: (Kind, &str), retyped: bool) -> Option<Class> {
        let cell = |(kind, text): (Kind, &'static str)| Cell::new(kind, text.as_bytes());
        let leak = |(kind, text): (Kind, &str)| (kind, &*text.to_owned().leak());
        differ(&cell(leak(a)), &cell(leak(b)), retyped, Tolerance::default())
    }

    #[test]
    fn text_tables_compare_what_is_meant() {
        use Kind::{Absent, Bare, Null, Quoted};
        let (value, format) = (Some(Class::Value), Some(Class::Format));
        for (a, b, want) in [
            ((Bare, "1.50"), (Bare, "1.5"), format),
            ((Bare, "1e3"), (Bare, "1000"), format),
            ((Bare, "007"), (Bare, "7"), value),
            ((Bare, "+5"), (Bare, "5"), value),
            ((Bare, " 5"), (Bare, "5"), value),
            ((Bare, "TRUE"), (Bare, "true"), format),
            ((Bare, "yes"), (Bare, "YES"), value),
            ((Bare, "a"), (Quoted, "a"), format),
            ((Bare, "a"), (Bare, "a"), None),
            ((Bare, ""), (Quoted, ""), value),
            ((Bare, ""), (Null, ""), None),
            ((Null, ""), (Null, "NA"), format),
            ((Absent, ""), (Null, ""), value),
            ((Null, ""), (Quoted, ""), value),
            ((Bare, "2026-11-21T10:00:00Z"), (Bare, "2026-11-21T11:00:00+01:00"), format),
            ((Bare, "2026-11-21T10:00:00"), (Bare, "2026-11-21T11:00:00"), value),
        ] {
            assert_eq!(class(a, b, false), want, "{a:?} {b:?}");
        }
    }

    #[test]
    fn typed_tables_compare_types_too() {
        use Kind::{Integer, Nested, Real, Text};
        let (value, format) = (Some(Class::Value), Some(Class::Format));
        for (a, b, retyped, want) in [
            ((Text, "1"), (Integer, "1"), false, value),
            ((Text, "1"), (Integer, "1"), true, None),
            ((Text, "1"), (Integer, "2"), true, value),
            ((Integer, "1"), (Real, "1.0"), false, format),
            ((Integer, "1"), (Real, "1.0"), true, None),
            ((Text, "1.50"), (Text, "1.5"), false, value),
            ((Text, "TRUE"), (Text, "true"), false, value),
            ((Integer, "1"), (Real, "1"), false, format),
            ((Nested, "{\"a\": 1, \"b\":[1e3]}"), (Nested, "{\"b\":[1000],\"a\":1}"), false, format),
            ((Nested, "{\"a\":1,\"a\":2}"), (Nested, "{\"a\":2,\"a\":2}"), false, value),
            ((Nested, "{\"a\":1}"), (Nested, "{\"a\":\"1\"}"), false, value),
        ] {
            assert_eq!(class(a, b, retyped), want, "{a:?} {b:?} {retyped}");
        }
        // A text table says nothing about types: what is spelled in another way is told.
        assert_eq!(class((Kind::Bare, "1.50"), (Kind::Bare, "1.5"), true), format);
    }

    #[test]
    fn either_tolerance_is_enough() {
        let within = |old: &str, new: &str, abs, rel| {
            let cell = |text| Cell::new(Kind::Bare, text);
            differ(&cell(old.as_bytes()), &cell(new.as_bytes()), false, Tolerance { abs, rel })
                == Some(Class::Tolerance)
        };
        assert!(within("1.0", "1.1", Some(0.1), None));
        assert!(within("1000", "1009", None, Some(0.01)));
        assert!(within("1000", "1009", Some(0.1), Some(0.01)));
        assert!(!within("1000", "1011", Some(0.1), Some(0.01)));
        assert!(!within("a", "b", Some(9.0), Some(9.0)));
        assert!(!within("1", "2", None, None));
        assert!(!within("1e999", "2e999", Some(9.0), Some(9.0)));
    }

    fn any_cell() -> impl Strategy<Value = (Kind, String)> {
        let text = prop_oneof![
            "[0-9.eE+-]{0,6}",
            "[tT][rR][uU][eE]",
            "2026-11-21T1[01]:00:00(Z|\\+01:00)",
            "[a-z\" ,{}:\\[\\]1]{0,8}",
            any::<String>(),
        ];
        (prop::sample::select(Kind::ALL.to_vec()), text)
    }

    proptest! {
        #[test]
        fn no_cell_differs_from_itself(a in any_cell(), retyped in any::<bool>()) {
            let cell = Cell::new(a.0, a.1.as_bytes());
            prop_assert_eq!(differ(&cell, &cell, retyped, Tolerance::default()), None);
        }

        #[test]
        fn it_does_not_matter_which_side_is_older(a in any_cell(), b in any_cell(), retyped in any::<bool>(), abs in 0.0..9.0) {
            let tolerance = Tolerance { abs: Some(abs), rel: None };
            let (a, b) = (Cell::new(a.0, a.1.as_bytes()), Cell::new(b.0, b.1.as_bytes()));
            prop_assert_eq!(differ(&a, &b, retyped, tolerance), differ(&b, &a, retyped, tolerance));
        }
    }
}
