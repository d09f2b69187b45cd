//! A malformed dataset stands still alone: the others go on.

use std::collections::BTreeMap;

use serde::de::DeserializeSeed;
use serde_json::value::RawValue;

use super::json::{self, Json, Members};
use super::legacy;
use super::parse::{OneDataset, parse, text};
use super::seen::At;
use super::types::{FORMAT, Manifest};
use super::validate::Fault;
use crate::error::Result;

/// Like [`parse`], but a malformed dataset is left out and named, so that the others can go on.
///
/// Where the fault is not inside one dataset the error is that of [`parse`].
pub fn parse_isolating(bytes: &[u8]) -> Result<(Manifest, Vec<Fault>)> {
    let whole = match parse(bytes) {
        Ok(manifest) => return Ok((manifest, Vec::new())),
        Err(error) => error,
    };
    if legacy::is_legacy(bytes) {
        return Err(whole);
    }
    let text = text(bytes)?;
    let Some((datasets, extra)) = frame(text) else { return Err(whole) };
    let mut manifest = Manifest { datasets: BTreeMap::new(), extra };
    let mut faults = Vec::new();
    for (name, raw) in datasets {
        let at = At::default();
        at.enter(&name);
        match (OneDataset { at: &at }).deserialize(&mut serde_json::Deserializer::from_str(raw.get())) {
            Ok(dataset) => {
                manifest.datasets.insert(name, dataset);
            }
            Err(error) => faults.push(fault(text, raw, name, &at, &error)),
        }
    }
    if faults.is_empty() { Err(whole) } else { Ok((manifest, faults)) }
}

type Frame<'a> = (BTreeMap<String, &'a RawValue>, Vec<(String, Json)>);

/// The unread datasets and the unknown members of a manifest that is sound but for what is inside its datasets.
fn frame(text: &str) -> Option<Frame<'_>> {
    let Members(members) = serde_json::from_str(text).ok()?;
    let (mut format, mut datasets, mut extra) = (None, None, Vec::new());
    for (name, raw) in members {
        let twice = match &*name.0 {
            "format" => format.replace(raw).is_some(),
            "datasets" => datasets.replace(raw).is_some(),
            other => {
                extra.push((other.to_owned(), serde_json::from_str(raw.get()).ok()?));
                false
            }
        };
        if twice {
            return None;
        }
    }
    json::sort(&mut extra).ok()?;
    if format?.get() != FORMAT.to_string() {
        return None;
    }
    let Members(members) = serde_json::from_str(datasets?.get()).ok()?;
    let count = members.len();
    let datasets: BTreeMap<_, _> = members.into_iter().map(|(name, raw)| (name.0.into_owned(), raw)).collect();
    (datasets.len() == count).then_some((datasets, extra))
}

fn fault(text: &str, raw: &RawValue, name: String, at: &At, error: &serde_json::Error) -> Fault {
    // The raw text is a slice of the whole, so its address tells the line on which it begins.
    let start = raw.get().as_ptr().addr() - text.as_ptr().addr();
    let line = text[..start].bytes().filter(|b| *b == b'\n').count() + error.line();
    Fault { dataset: Some(name), place: at.path(), message: format!("line {line}: {}", json::words(error)) }
}
