//! How the values of a manifest are read: strict about what they are, kind to words of later programs.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

use super::types::{Kind, State};
use crate::flow::hash::Digest;
use crate::flow::version::Version;

/// Reads a string as something; `None` means that it is not one.
struct Text<T> {
    expects: &'static str,
    read: fn(&str) -> Option<T>,
}

impl<T> Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expects)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        (self.read)(text).ok_or_else(|| E::custom(format_args!("{text:?} is not {}", self.expects)))
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(Text { expects: "a digest of 64 lower-case hexadecimal digits", read: Digest::from_hex })
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(Text { expects: "a version like v3", read: Version::parse })
    }
}

impl<'de> Deserialize<'de> for State {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(Text { expects: "a state", read: |word| Some(State::of(word)) })
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(Text { expects: "a kind", read: |word| Some(Kind::of(word)) })
    }
}

/// A plain non-negative whole number, or `null` where that is allowed.
struct Whole {
    or_null: bool,
}

impl Visitor<'_> for Whole {
    type Value = Option<u64>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.or_null { "a plain whole number or null" } else { "a plain whole number" })
    }

    fn visit_u64<E>(self, number: u64) -> Result<Option<u64>, E> {
        Ok(Some(number))
    }

    fn visit_unit<E: Error>(self) -> Result<Option<u64>, E> {
        if self.or_null { Ok(None) } else { Err(E::invalid_type(serde::de::Unexpected::Unit, &self)) }
    }
}

/// A number of files.
pub(super) struct Count(pub(super) Option<u64>);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Whole { or_null: false }).map(Count)
    }
}

/// A size; `null` after an offline migration.
pub(super) struct Size(pub(super) Option<u64>);

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Whole { or_null: true }).map(Size)
    }
}
