//! Points in time as data writes them.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};

/// Longer texts are no times.
const LONGEST: usize = 40;

/// An RFC 3339 time with its zone, as nanoseconds since 1970. The zone is what makes two spellings comparable.
#[must_use]
pub fn instant(text: &[u8]) -> Option<i128> {
    let zoned = text.last().is_some_and(|last| matches!(last, b'Z' | b'z')) || zone(text);
    if !zoned || !begins_as_time(text) {
        return None;
    }
    let read: Timestamp = std::str::from_utf8(text).ok()?.parse().ok()?;
    Some(read.as_nanosecond())
}

/// A date or time with or without a zone, as nanoseconds since 1970: good enough to order a column by.
#[must_use]
pub fn order(text: &[u8]) -> Option<i128> {
    if let Some(seconds) = plain(text) {
        return Some(i128::from(seconds) * 1_000_000_000);
    }
    slowly(text)
}

fn slowly(text: &[u8]) -> Option<i128> {
    if let Some(instant) = instant(text) {
        return Some(instant);
    }
    let plain = std::str::from_utf8(text).ok().filter(|_| is_date(text))?;
    let read = if text.len() == 10 {
        plain.parse::<Date>().ok()?.to_datetime(jiff::civil::Time::midnight())
    } else {
        Some(text).filter(|text| begins_as_time(text))?;
        plain.parse::<DateTime>().ok()?
    };
    Some(read.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_nanosecond())
}

/// The same in seconds of the usual spellings, `2026-11-21` and `2026-11-21T10:00:00Z` with or without the last
/// letter. `None` says nothing about a text.
fn plain(text: &[u8]) -> Option<i64> {
    if !matches!(text.len(), 10 | 19 | 20) || !shape(&text[..10], b"0000-00-00") {
        return None;
    }
    let number = |at: usize, length: usize| {
        text[at..at + length].iter().fold(0_i64, |number, byte| number * 10 + i64::from(byte - b'0'))
    };
    let (year, month, day) = (number(0, 4), number(5, 2), number(8, 2));
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let longest = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if !(1..=12).contains(&month) || !(1..=longest).contains(&day) {
        return None;
    }
    // Years that begin in March have their odd day at the end.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let days = days + (153 * month + 2) / 5 + day - 1 - 719_468;
    if text.len() == 10 {
        return Some(days * 86_400);
    }
    let zone = text.len() == 19 || matches!(text[19], b'Z' | b'z');
    if !zone || !matches!(text[10], b'T' | b't' | b' ') || !shape(&text[11..19], b"00:00:00") {
        return None;
    }
    let (hour, minute, second) = (number(11, 2), number(14, 2), number(17, 2));
    (hour < 24 && minute < 60 && second < 60).then_some(days * 86_400 + hour * 3600 + minute * 60 + second)
}

/// Whether it begins with `2026-11-21`.
#[must_use]
pub fn is_date(text: &[u8]) -> bool {
    text.len() >= 10 && text.len() <= LONGEST && shape(&text[..10], b"0000-00-00")
}

/// `2026-11-21T10:00:00`, then digits and a zone. A leap second has no number of its own and would equal another time.
fn begins_as_time(text: &[u8]) -> bool {
    let timed = is_date(text) && text.len() >= 19 && shape(&text[11..19], b"00:00:00") && &text[17..19] != b"60";
    let between = timed && matches!(text[10], b'T' | b't' | b' ');
    let fraction = text.get(20..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_digit()).count();
    let tail = text.get(19..).unwrap_or_default();
    between && fraction <= 9 && tail.iter().all(|byte| byte.is_ascii_digit() || b".:+-Zz".contains(byte))
}

fn zone(text: &[u8]) -> bool {
    text.len() >= 25 && matches!(text[text.len() - 6], b'+' | b'-') && shape(&text[text.len() - 5..], b"00:00")
}

fn shape(text: &[u8], like: &[u8]) -> bool {
    let fits = |(byte, like): (&u8, &u8)| if *like == b'0' { byte.is_ascii_digit() } else { byte == like };
    text.len() == like.len() && text.iter().zip(like).all(fits)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn usual_spellings_are_read_at_once_as_they_are_read_slowly(
            (year, month, day) in (0_u16..=9998, 0_u8..=13, 0_u8..=32),
            (hour, minute, second) in (0_u8..=24, 0_u8..=60, 0_u8..=60),
            form in 0_usize..5,
        ) {
            let (date, time) = (format!("{year:04}-{month:02}-{day:02}"), format!("{hour:02}:{minute:02}:{second:02}"));
            let text = match form {
                0 => date,
                1 => format!("{date}T{time}"),
                2 => format!("{date} {time}Z"),
                3 => format!("{date}t{time}z"),
                _ => format!("{date}_{time}Z"),
            };
            prop_assert_eq!(plain(text.as_bytes()).map(|it| i128::from(it) * 1_000_000_000), slowly(text.as_bytes()), "{}", text);
        }
    }

    #[test]
    fn one_instant_has_many_zones() {
        let utc = instant(b"2026-11-21T10:00:00Z");
        assert!(utc.is_some());
        for same in ["2026-11-21T11:00:00+01:00", "2026-11-21 10:00:00.000Z", "2026-11-21t05:30:00-04:30"] {
            assert_eq!(instant(same.as_bytes()), utc, "{same}");
        }
        for other in [
            "2026-11-21T10:00:00",
            "2026-11-21",
            "2026-11-21T10:00:60Z",
            "2026-13-21T10:00:00Z",
            "Z",
            "",
            "2026-11-21T10:00:00.0000000001Z",
            "2026-11-21T10:00:00Z[Europe/Oslo]",
            "12026-11-21T10:00:00Z",
        ] {
            assert_eq!(instant(other.as_bytes()), None, "{other}");
        }
    }

    #[test]
    fn only_days_of_the_calendar_are_days() {
        for year in [0, 1900, 2000, 2023, 2024, 9998] {
            for (month, day) in (0..=13).flat_map(|month| (0..=32).map(move |day| (month, day))) {
                let text = format!("{year:04}-{month:02}-{day:02}");
                let at_once = plain(text.as_bytes()).map(|it| i128::from(it) * 1_000_000_000);
                assert_eq!(at_once, slowly(text.as_bytes()), "{text}");
            }
        }
        // The day that stands for "never" is one, too.
        assert!(order(b"9999-12-31") > order(b"9999-12-30"));
    }

    #[test]
    fn dates_have_an_order() {
        let order = |text: &str| order(text.as_bytes());
        assert!(order("2026-11-21") < order("2026-11-21 00:00:01"));
        assert!(order("2026-11-21T23:00:00Z") < order("2026-11-22"));
        assert_eq!((order("21/11/2026"), order("2026-02-30"), order("2026-11-21x")), (None, None, None));
    }
}
