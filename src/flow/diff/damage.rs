//! What a spreadsheet does to values when it opens and saves a table, and what it would run.

use super::cell::{Cell, Kind};
use super::decimal::Decimal;
use super::found::Note;
use super::moment::is_date;

/// A spreadsheet keeps so many digits of a number.
const DIGITS: usize = 15;
/// From so many digits on it shows a number with an exponent.
const LONG: usize = 11;
/// Longer values are no numbers, dates or codes.
const LONGEST: usize = 64;

/// What is to be said of a cell whose bytes changed.
pub(super) fn notes(old: &Cell<'_>, new: &Cell<'_>) -> Vec<Note> {
    let mut notes = Vec::new();
    match (old.is_missing(), new.is_missing()) {
        (true, false) => notes.push(Note::Filled),
        (false, true) => notes.push(Note::Emptied),
        _ => notes.extend(damage(&old.raw, &new.raw)),
    }
    if runs(new) && !runs(old) {
        notes.push(Note::Formula);
    }
    notes
}

/// How a spreadsheet would have made `new` of `old`.
fn damage(old: &[u8], new: &[u8]) -> Option<Note> {
    if old.len() > LONGEST || new.len() > LONGEST || old == new {
        return None;
    }
    if lost_zeros(old, new) {
        Some(Note::LostZeros)
    } else if exponent(old, new) {
        Some(Note::Exponent)
    } else if lost_digits(old, new) {
        Some(Note::LostDigits)
    } else if date(old, new) {
        Some(Note::DateDamage)
    } else {
        None
    }
}

fn all_digits(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(u8::is_ascii_digit)
}

fn lost_zeros(old: &[u8], new: &[u8]) -> bool {
    let zeros = old.iter().take_while(|byte| **byte == b'0').count();
    all_digits(old) && all_digits(new) && zeros > 0 && old.len() > 1 && new == &old[zeros.min(old.len() - 1)..]
}

/// `123456789012` became `1.23457E+11`: the first digits still fit.
fn exponent(old: &[u8], new: &[u8]) -> bool {
    let Some(at) = new.iter().position(|byte| matches!(byte, b'e' | b'E')) else { return false };
    let number = Decimal::parse(old).is_some() && old.iter().all(|byte| !matches!(byte, b'e' | b'E'));
    if !number || old.iter().filter(|byte| byte.is_ascii_digit()).count() < LONG || Decimal::parse(new).is_none() {
        return false;
    }
    let figures =
        |text: &[u8]| text.iter().copied().filter(u8::is_ascii_digit).skip_while(|b| *b == b'0').collect::<Vec<_>>();
    let (long, short) = (figures(old), figures(&new[..at]));
    // The last digit that is shown was rounded.
    short.len() <= DIGITS && long.starts_with(&short[..short.len().saturating_sub(1)])
}

/// Digits beyond the fifteenth became zeros.
fn lost_digits(old: &[u8], new: &[u8]) -> bool {
    let same = all_digits(old) && all_digits(new) && old.len() == new.len() && old.len() > DIGITS;
    same && old[..DIGITS] == new[..DIGITS] && new[DIGITS..].iter().all(|byte| *byte == b'0')
}

/// A date that is written as no machine writes it, where there was another text.
fn date(old: &[u8], new: &[u8]) -> bool {
    let shown = |text: &[u8]| slashed(text) || with_month(text);
    // `SEPT2` and `1-2` become dates; so does `2026-11-21`, in the order of the machine's own country.
    let code = old.iter().any(u8::is_ascii_digit) && (is_date(old) || old.len() <= 12);
    shown(new)
        && !shown(old)
        && code
        && old.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-/.: TZ".contains(byte))
}

/// `11/21/26`, `21.11.2026`.
fn slashed(text: &[u8]) -> bool {
    let parts: Vec<&[u8]> = text.split(|byte| matches!(byte, b'/' | b'.')).collect();
    let part = |part: &&[u8], from: usize, to: usize| all_digits(part) && (from..=to).contains(&part.len());
    // Versions have points too.
    let year = |year: &&[u8]| part(year, 4, 4) || (part(year, 2, 2) && text.contains(&b'/'));
    matches!(parts.as_slice(), [a, b, c] if part(a, 1, 2) && part(b, 1, 2) && year(c))
}

/// `2-Sep`, `Sep-02`, `1-Mar-26`.
fn with_month(text: &[u8]) -> bool {
    const MONTHS: [&[u8]; 12] =
        [b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"];
    let month = |part: &[u8]| MONTHS.iter().any(|month| part.eq_ignore_ascii_case(month));
    let number = |part: &[u8]| all_digits(part) && part.len() <= 4;
    let parts: Vec<&[u8]> = text.split(|byte| *byte == b'-').collect();
    match parts.as_slice() {
        [a, b] => (month(a) && number(b)) || (number(a) && month(b)),
        [a, b, c] => number(a) && month(b) && number(c),
        _ => false,
    }
}

/// Whether a spreadsheet would run a value. Numbers, telephone numbers, dashes and lists are left alone.
pub(super) fn runs(cell: &Cell<'_>) -> bool {
    if !matches!(cell.kind, Kind::Bare | Kind::Quoted | Kind::Text) {
        return false;
    }
    match cell.raw.split_first() {
        Some((b'=' | b'@', rest)) => !rest.is_empty(),
        Some((b'\t' | b'\r', rest)) => matches!(rest.first(), Some(b'=' | b'+' | b'-' | b'@')),
        Some((b'+' | b'-', rest)) => {
            let harmless = |byte: &u8| byte.is_ascii_digit() || b" .,()/:-eE%".contains(byte);
            rest.first().is_some_and(|byte| *byte != b' ') && !rest.iter().all(harmless) && calls(rest)
        }
        _ => false,
    }
}

/// An operator, a call or a reference.
fn calls(text: &[u8]) -> bool {
    text.iter().any(|byte| b"(|!=+*".contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(old: &str, new: &str) -> Vec<Note> {
        notes(&Cell::new(Kind::Bare, old.as_bytes()), &Cell::new(Kind::Bare, new.as_bytes()))
    }

    #[test]
    fn what_a_spreadsheet_did_is_recognised() {
        for (old, new, note) in [
            ("007", "7", Note::LostZeros),
            ("000", "0", Note::LostZeros),
            ("123456789012", "1.23457E+11", Note::Exponent),
            ("4006381333931", "4.00638E+12", Note::Exponent),
            ("12345678901234567890", "12345678901234500000", Note::LostDigits),
            ("2026-11-21", "21/11/2026", Note::DateDamage),
            ("2026-11-21", "11/21/26", Note::DateDamage),
            ("SEPT2", "2-Sep", Note::DateDamage),
            ("MARCH1", "1-Mar", Note::DateDamage),
            ("1-2", "2-Jan", Note::DateDamage),
            ("", "x", Note::Filled),
            ("x", "", Note::Emptied),
            ("x", "=HYPERLINK(1)", Note::Formula),
            ("x", "@SUM(A1)", Note::Formula),
            ("x", "-2+3+cmd|' /C calc'!A0", Note::Formula),
        ] {
            assert_eq!(of(old, new), [note], "{old} {new}");
        }
    }

    #[test]
    fn ordinary_edits_raise_nothing() {
        for (old, new) in [
            ("12.40", "12400"),
            ("7", "007"),
            ("100", "1e2"),
            ("12.50", "12.5"),
            ("Leeds", "LEEDS"),
            ("5", "-5"),
            ("5", "+5"),
            ("x", "-"),
            ("x", "- none"),
            ("x", "- apples (green)"),
            ("x", "+49 170 (12) 34-5"),
            ("x", "-1.5e-3"),
            ("=a", "=b"),
            ("2026-11-21", "2026-11-22"),
            ("1.2.3", "1.2.34"),
            ("a long sentence of words", "1/2/2026"),
        ] {
            assert_eq!(of(old, new), [], "{old} {new}");
        }
    }
}
