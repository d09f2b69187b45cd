//! Time as the manifest writes it: RFC 3339, UTC, whole seconds.

use jiff::Timestamp;

/// `2026-11-21T10:00:00Z` of seconds since 1970.
#[must_use]
pub fn stamp(seconds: i64) -> String {
    let clamped = seconds.clamp(0, 253_402_300_799);
    Timestamp::from_second(clamped).expect("the years 1970 to 9999 are in range").to_string()
}

/// Seconds since 1970 of such a stamp; `None` for anything else.
#[must_use]
pub fn seconds(stamp: &str) -> Option<i64> {
    let plain = stamp.len() == 20 && stamp.ends_with('Z') && stamp.as_bytes()[10] == b'T';
    if plain { stamp.parse::<Timestamp>().ok().map(|t| t.as_second()) } else { None }
}

/// How long ago, for a person: `3 h ago`.
#[must_use]
pub fn ago(then: i64, now: i64) -> String {
    let gone = now.saturating_sub(then).max(0);
    match gone {
        0..60 => "just now".to_owned(),
        60..3_600 => format!("{} min ago", gone / 60),
        3_600..172_800 => format!("{} h ago", gone / 3_600),
        _ => format!("{} days ago", gone / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_round_trip_and_nothing_else_is_one() {
        assert_eq!(stamp(1_795_255_200), "2026-11-21T10:00:00Z");
        assert_eq!(seconds("2026-11-21T10:00:00Z"), Some(1_795_255_200));
        for bad in ["", "2026-11-21", "2026-11-21T10:00:00+00:00", "2026-11-21 10:00:00Z", "2026-13-21T10:00:00Z"] {
            assert_eq!(seconds(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_person_reads_how_long_ago() {
        assert_eq!(ago(100, 130), "just now");
        assert_eq!(ago(0, 7_200), "2 h ago");
        assert_eq!(ago(0, 864_000), "10 days ago");
    }
}
