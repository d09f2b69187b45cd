//! One value of a table as a reader found it, and in which way two of them are equal.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::found::Value;

/// What kind of value it is.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A field that a record does not have at all.
    Absent,
    /// No value: NULL, an unquoted empty field, a declared null token.
    Null,
    /// A field of a text table as it stands; whether it is a number is a guess.
    Bare,
    /// The same, but quoted there: an empty one is the empty text.
    Quoted,
    /// Text in a format that knows types. It is never a number.
    Text,
    /// A whole number.
    Integer,
    /// A number with a fraction.
    Real,
    /// True or false.
    Bool,
    /// A date, a time, or both.
    Time,
    /// Bytes; written as hexadecimal digits.
    Blob,
    /// A list, a map, an object; written as JSON.
    Nested,
}

impl Kind {
    /// All of them, in the order of their declaration.
    pub const ALL: [Kind; 11] = [
        Kind::Absent,
        Kind::Null,
        Kind::Bare,
        Kind::Quoted,
        Kind::Text,
        Kind::Integer,
        Kind::Real,
        Kind::Bool,
        Kind::Time,
        Kind::Blob,
        Kind::Nested,
    ];
}

/// One value: its kind and its spelling. Text tables spell it as they hold it, without the quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell<'a> {
    /// What it is.
    pub kind: Kind,
    /// How it is written.
    pub raw: Cow<'a, [u8]>,
}

impl<'a> Cell<'a> {
    /// A value that borrows its spelling.
    #[must_use]
    pub fn new(kind: Kind, raw: &'a [u8]) -> Cell<'a> {
        Cell { kind, raw: Cow::Borrowed(raw) }
    }

    /// What it is, where the spelling has a say: an unquoted empty field is no value.
    #[must_use]
    pub fn means(&self) -> Kind {
        if self.kind == Kind::Bare && self.raw.is_empty() { Kind::Null } else { self.kind }
    }

    /// Whether it holds nothing.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self.means(), Kind::Absent | Kind::Null)
    }

    /// The value on its own.
    #[must_use]
    pub fn kept(&self) -> Value {
        Value { kind: self.means(), raw: self.raw.to_vec() }
    }

    /// What a record does not have.
    #[must_use]
    pub fn absent() -> Cell<'static> {
        Cell { kind: Kind::Absent, raw: Cow::Borrowed(b"") }
    }
}
