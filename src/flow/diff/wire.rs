//! How what was found travels from the process that reads a file to the one that shows it: text as text, other bytes as
//! hexadecimal digits after a sign that no text begins with.

use std::borrow::Cow;

use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::Serializer;

/// Begins what is no text, and text that begins with it.
const SIGN: char = '\u{0}';

/// Writes bytes.
pub(super) fn serialize<S: Serializer>(raw: &[u8], to: S) -> Result<S::Ok, S::Error> {
    match std::str::from_utf8(raw) {
        Ok(text) if !text.starts_with(SIGN) => to.serialize_str(text),
        _ => {
            let digits: String = raw.iter().map(|byte| format!("{byte:02x}")).collect();
            to.serialize_str(&format!("{SIGN}{digits}"))
        }
    }
}

/// Reads them.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
    let text = Cow::<str>::deserialize(from)?;
    let Some(digits) = text.strip_prefix(SIGN) else { return Ok(text.into_owned().into_bytes()) };
    let pairs = digits.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).ok());
    let bytes = pairs.map(|pair| pair.and_then(|pair| u8::from_str_radix(pair, 16).ok()));
    bytes.collect::<Option<Vec<u8>>>().ok_or_else(|| D::Error::custom("no hexadecimal digits"))
}

#[cfg(test)]
mod tests {
    use super::super::cell::Kind;
    use super::super::found::Value;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_value_comes_as_it_was(raw in any::<Vec<u8>>(), text in any::<String>()) {
            for raw in [raw, text.clone().into_bytes(), format!("\0{text}").into_bytes()] {
                let value = Value { kind: Kind::Bare, raw };
                let sent = serde_json::to_vec(&value).unwrap();
                prop_assert_eq!(serde_json::from_slice::<Value>(&sent).unwrap(), value);
            }
        }
    }
}
