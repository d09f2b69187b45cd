//! JSON Lines: one object a line, its members as values.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::flow::diff::cell::{Cell, Kind};

/// Reads one line: `f` gets each member in its order. A line that is no object is an error in words.
pub fn members<'a>(line: &'a [u8], f: impl FnMut(Cow<'a, str>, &'a RawValue)) -> Result<(), String> {
    let mut source = serde_json::Deserializer::from_slice(line);
    source.deserialize_map(Members(f)).and_then(|()| source.end()).map_err(|e| e.to_string())
}

struct Members<F>(F);

#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de, F: FnMut(Cow<'de, str>, &'de RawValue)> Visitor<'de> for Members<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(Name(name)) = map.next_key()? {
            let value: &RawValue = map.next_value()?;
            (self.0)(name, value);
        }
        Ok(())
    }
}

/// A member as a value. Numbers and nested values keep their spelling.
#[must_use]
pub fn cell(value: &RawValue) -> Cell<'_> {
    let raw = value.get();
    let kind = match raw.as_bytes().first() {
        Some(b'n') => return Cell::new(Kind::Null, b""),
        Some(b't' | b'f') => Kind::Bool,
        Some(b'{' | b'[') => Kind::Nested,
        Some(b'"') => return text(raw),
        _ if raw.contains(['.', 'e', 'E']) => Kind::Real,
        _ => Kind::Integer,
    };
    Cell::new(kind, raw.as_bytes())
}

fn text(raw: &str) -> Cell<'_> {
    let inner = raw.get(1..raw.len() - 1).unwrap_or_default();
    if !inner.contains('\\') {
        return Cell::new(Kind::Text, inner.as_bytes());
    }
    match serde_json::from_str::<String>(raw) {
        Ok(text) => Cell { kind: Kind::Text, raw: Cow::Owned(text.into_bytes()) },
        // Half a surrogate pair is no character: it stays as it is written.
        Err(_) => Cell::new(Kind::Text, raw.as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> String {
        let mut out = Vec::new();
        let done = members(line.as_bytes(), |name, value| {
            let cell = cell(value);
            out.push(format!("{name}={:?}:{}", cell.kind, String::from_utf8_lossy(&cell.raw)));
        });
        done.map_or_else(|e| format!("error: {e}"), |()| out.join(" "))
    }

    #[test]
    fn members_keep_their_spelling() {
        assert_eq!(read(r#"{"id":1,"v":1.10,"n":null,"t":true}"#), "id=Integer:1 v=Real:1.10 n=Null: t=Bool:true");
        assert_eq!(
            read(r#"{"a":"x\n\"y\"","b":{"c": [1, 2]},"d":1e3}"#),
            "a=Text:x\n\"y\" b=Nested:{\"c\": [1, 2]} d=Real:1e3"
        );
        assert_eq!(read(r#"{"\u0061":"\ud800"}"#), "a=Text:\"\\ud800\"");
        assert_eq!(read("{}"), "");
    }

    #[test]
    fn what_is_no_object_is_said() {
        for line in ["[1]", "1", "{", "{\"a\":1} x", "{\"a\":\u{1}}", ""] {
            assert!(read(line).starts_with("error: "), "{line:?}");
        }
        assert!(members(b"{\"a\":\"\xff\"}", |_, _| {}).is_err());
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(members(deep.as_bytes(), |_, _| {}).is_ok());
    }
}
