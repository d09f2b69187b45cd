//! A JSON value that keeps how its numbers were spelled.

use std::borrow::Cow;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Deeper than any member of ours; a manifest is read by every pull request's check.
const DEEPEST: usize = 64;

/// Any JSON value; objects are sorted by name, numbers are kept as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// As it was spelled.
    Number(String),
    /// Decoded.
    String(String),
    /// In order.
    Array(Vec<Json>),
    /// By name.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// The member of that name, if this is an object that has one.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Json> {
        match self {
            Json::Object(members) => members.iter().find(|(n, _)| n == name).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The text, if this is a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Json::String(text) => Some(text),
            _ => None,
        }
    }

    /// Appends the value in `serde_json`'s pretty form, at that many levels of indentation.
    pub fn print(&self, out: &mut String, level: usize) {
        match self {
            Json::Null => out.push_str("null"),
            Json::Bool(yes) => out.push_str(if *yes { "true" } else { "false" }),
            Json::Number(text) => out.push_str(text),
            Json::String(text) => quote(out, text),
            Json::Array(items) if items.is_empty() => out.push_str("[]"),
            Json::Array(items) => {
                out.push('[');
                for (n, item) in items.iter().enumerate() {
                    line(out, n, level + 1);
                    item.print(out, level + 1);
                }
                close(out, level, ']');
            }
            Json::Object(members) if members.is_empty() => out.push_str("{}"),
            Json::Object(members) => {
                out.push('{');
                for (n, (name, value)) in members.iter().enumerate() {
                    line(out, n, level + 1);
                    quote(out, name);
                    out.push_str(": ");
                    value.print(out, level + 1);
                }
                close(out, level, '}');
            }
        }
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        self.print(&mut out, 0);
        f.write_str(&out)
    }
}

/// Begins the n-th member or item of something.
pub(super) fn line(out: &mut String, n: usize, level: usize) {
    out.push_str(if n == 0 { "\n" } else { ",\n" });
    indent(out, level);
}

/// Ends something that has members or items.
pub(super) fn close(out: &mut String, level: usize, bracket: char) {
    out.push('\n');
    indent(out, level);
    out.push(bracket);
}

fn indent(out: &mut String, level: usize) {
    out.extend(std::iter::repeat_n("  ", level));
}

/// Appends a string with exactly the escapes `serde_json` writes.
pub(super) fn quote(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// A member's name, borrowed from the text where it has no escapes.
pub(super) struct Name<'a>(pub(super) Cow<'a, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct V;
        impl<'de> Visitor<'de> for V {
            type Value = Name<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Owned(text.to_owned())))
            }
        }
        from.deserialize_str(V)
    }
}

/// An object's members, unread.
pub(super) struct Members<'a>(pub(super) Vec<(Name<'a>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct V;
        impl<'de> Visitor<'de> for V {
            type Value = Members<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        from.deserialize_map(V)
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        read(<&RawValue>::deserialize(from)?.get(), 0).map_err(de::Error::custom)
    }
}

/// `RawValue` is the one door of `serde_json` that shows how a number was spelled.
fn read(text: &str, depth: usize) -> Result<Json, String> {
    if depth > DEEPEST {
        return Err(format!("is nested deeper than {DEEPEST} levels"));
    }
    let inner = |raw: &RawValue| read(raw.get(), depth + 1);
    Ok(match text.as_bytes().first() {
        Some(b'n') => Json::Null,
        Some(b't') => Json::Bool(true),
        Some(b'f') => Json::Bool(false),
        Some(b'"') => Json::String(serde_json::from_str(text).map_err(|e| words(&e))?),
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(text).map_err(|e| words(&e))?;
            Json::Array(items.into_iter().map(inner).collect::<Result<_, _>>()?)
        }
        Some(b'{') => {
            let Members(raw) = serde_json::from_str(text).map_err(|e| words(&e))?;
            let mut members = Vec::with_capacity(raw.len());
            for (name, value) in raw {
                members.push((name.0.into_owned(), inner(value)?));
            }
            sort(&mut members).map_err(|name| format!("has the member {name:?} twice"))?;
            Json::Object(members)
        }
        _ => Json::Number(text.to_owned()),
    })
}

/// Sorts members by name; a name that is there twice is the error.
pub(super) fn sort(members: &mut [(String, Json)]) -> Result<(), String> {
    members.sort_by(|a, b| a.0.cmp(&b.0));
    match members.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        Some(pair) => Err(pair[0].0.clone()),
        None => Ok(()),
    }
}

/// What `serde_json` says, without its position, which counts from somewhere inside.
pub(super) fn words(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let tail = format!(" at line {} column {}", error.line(), error.column());
    text.strip_suffix(&tail).map(str::to_owned).unwrap_or(text)
}
