//! Which objects to read this time, so that every one is read in turn: chosen by digest and date, not by chance.

use std::str::FromStr;

use crate::error::Error;
use crate::flow::hash::Digest;

/// How much is read each time: `10%`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    groups: u64,
}

impl FromStr for Share {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let number = text.trim().strip_suffix('%').and_then(|n| n.trim().parse::<f64>().ok());
        let percent = number
            .filter(|n| *n > 0.0 && *n <= 100.0)
            .ok_or_else(|| Error::usage(format!("{text:?} is no share: write 10%, above 0% and at most 100%")))?;
        // At least the share that was asked for.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and a large number")]
        let groups = (100.0 / percent).floor().clamp(1.0, 1_000_000.0) as u64;
        // A weekly run moves on by 7 groups: it would meet only one in seven of them.
        Ok(Share { groups: if groups.is_multiple_of(7) { groups - 1 } else { groups } })
    }
}

impl Share {
    /// Everything.
    pub const ALL: Share = Share { groups: 1 };

    /// Whether the object of these bytes is read on that day.
    #[must_use]
    pub fn holds(self, sha256: &Digest, day: i64) -> bool {
        let bytes = sha256.bytes();
        let head = u64::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], bytes[7]]);
        head % self.groups == day.rem_euclid(i64::try_from(self.groups).unwrap_or(1)).unsigned_abs()
    }
}

/// The day of a time in seconds since 1970.
#[must_use]
pub fn day(seconds: i64) -> i64 {
    seconds.div_euclid(86_400)
}
