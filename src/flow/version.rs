//! Version numbers: `v1`, `v2`, … never reused.

use std::fmt;

/// The number of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(pub u64);

impl Version {
    /// The highest that can be written.
    pub const LAST: Version = Version(999_999_999_999_999_999);

    /// Reads `v<n>`, n ≥ 1 of at most 18 digits, without leading zeros; anything else is `None`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('v')?;
        // So that there always is a next one.
        let plain =
            (1..=18).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
        if plain { digits.parse().ok().map(Version) } else { None }
    }

    /// The one after this.
    #[must_use]
    pub fn next(self) -> Self {
        Version(self.0 + 1)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}", self.0)
    }
}

impl serde::Serialize for Version {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_v_and_a_plain_number_is_a_version() {
        assert_eq!(Version::parse("v12"), Some(Version(12)));
        for bad in ["", "v", "12", "v0", "v01", "v-1", "v1.0", "V1", "v1000000000000000000"] {
            assert_eq!(Version::parse(bad), None, "{bad}");
        }
    }
}
