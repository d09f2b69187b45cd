//! A large manifest in its one encoding, read in pieces by as many threads as there are cores.
//!
//! Where a piece ends is a guess by the encoding's indentation, and the reading proves it: each piece must be whole
//! members of `datasets`, so the next one begins where a reader of all of it would be. A wrong guess, or any fault,
//! gives `None`: then one thread reads everything and says what is wrong, and where.

use std::collections::BTreeMap;
use std::thread;

use serde::de::{Deserialize, DeserializeSeed as _, Deserializer};

use super::json::Name;
use super::parse::{OneDataset, Root};
use super::seen::At;
use super::types::{Dataset, Manifest};

/// How the one encoding begins.
const HEAD: &str = "{\n  \"format\": 1,\n  \"datasets\": {";
/// Between two datasets.
const BETWEEN: &str = ",\n    \"";
/// Below this a thread costs more than it brings.
const PIECE: usize = 1 << 20;
const MOST: usize = 8;

/// Reads all of it, or nothing.
pub(super) fn read(text: &str) -> Option<Manifest> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    in_pieces(text, cores.min(MOST).min(text.len() / PIECE))
}

fn in_pieces(text: &str, count: usize) -> Option<Manifest> {
    let inside = text.strip_prefix(HEAD).filter(|_| count > 1)?;
    let (body, tail) = inside.split_at(inside.rfind("\n  }")?);
    let mut manifest = frame(tail)?;
    let pieces = cut(body, count);
    let read = thread::scope(|scope| {
        let (last, others) = pieces.split_last()?;
        let others: Vec<_> = others.iter().map(|piece| scope.spawn(|| datasets(piece))).collect();
        let last = datasets(last);
        let mut all: Vec<_> = others.into_iter().map(|one| one.join().expect("reading does not panic")).collect();
        all.push(last);
        all.into_iter().collect::<Option<Vec<_>>>()
    })?;
    let count: usize = read.iter().map(BTreeMap::len).sum();
    for mut datasets in read {
        manifest.datasets.append(&mut datasets);
    }
    // One that is there twice is a fault, to be named.
    (manifest.datasets.len() == count).then_some(manifest)
}

/// What stands around the datasets.
fn frame(tail: &str) -> Option<Manifest> {
    let text = [HEAD, tail].concat();
    let mut from = serde_json::Deserializer::from_str(&text);
    let manifest = Root { at: &At::default() }.deserialize(&mut from).ok()?;
    from.end().ok()?;
    Some(manifest)
}

/// About equal pieces.
fn cut(body: &str, count: usize) -> Vec<&str> {
    let mut pieces = Vec::with_capacity(count);
    let mut rest = body;
    for left in (1..count).rev() {
        let near = rest.floor_char_boundary(rest.len() / (left + 1));
        let Some(at) = rest[near..].find(BETWEEN) else { break };
        let (piece, after) = rest.split_at(near + at);
        pieces.push(piece);
        rest = &after[1..];
    }
    pieces.push(rest);
    pieces
}

/// The members of an object, without its braces; at least one, and no comma at either end.
fn datasets(piece: &str) -> Option<BTreeMap<String, Dataset>> {
    let mut datasets = BTreeMap::new();
    let mut rest = piece;
    loop {
        let (name, after) = first::<Name>(rest)?;
        let (One(dataset), after) = first::<One>(space(after).strip_prefix(':')?)?;
        if datasets.insert(name.0.into_owned(), dataset).is_some() {
            return None;
        }
        match space(after) {
            "" => return Some(datasets),
            more => rest = more.strip_prefix(',')?,
        }
    }
}

fn space(text: &str) -> &str {
    text.trim_start_matches([' ', '\n', '\r', '\t'])
}

/// The value that the text begins with, and what follows it.
fn first<'t, T: Deserialize<'t>>(text: &'t str) -> Option<(T, &'t str)> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<T>();
    let value = values.next()?.ok()?;
    Some((value, &text[values.byte_offset()..]))
}

/// A dataset where nobody asks for the place of a fault.
struct One(Dataset);

impl<'de> Deserialize<'de> for One {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        OneDataset { at: &At::default() }.deserialize(from).map(One)
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse::parse;
    use super::super::print::print;
    use super::*;
    use crate::flow::manifest::tests::{put, version};
    use crate::flow::manifest::types::State;

    fn sample() -> Manifest {
        let mut manifest = Manifest::default();
        for name in ["a", "b.csv", "c/d", "e", "f"] {
            put(&mut manifest, name, &[version(1, State::Published, "one"), version(2, State::Pending, "two")]);
        }
        manifest
    }

    #[test]
    fn pieces_are_what_the_whole_is() {
        let manifest = sample();
        let text = print(&manifest);
        for count in 2..9 {
            assert_eq!(in_pieces(&text, count).as_ref(), Some(&manifest), "{count}");
        }
        let more = text.replacen("  }\n}\n", "  },\n  \"x\": {\n    \"y\": 1\n  }\n}\n", 1);
        assert_eq!(in_pieces(&more, 2), None);
        let flat = text.replacen("  }\n}\n", "  },\n  \"x\": 1\n}\n", 1);
        assert_eq!(in_pieces(&flat, 2), Some(parse(flat.as_bytes()).unwrap()));
    }

    #[test]
    fn what_is_faulty_or_spelled_otherwise_is_left_to_one_reader() {
        let text = print(&sample());
        for (from, to) in [
            ("\"format\": 1", "\"format\":1"),
            ("\"format\": 1", "\"format\": 2"),
            ("\"b.csv\"", "\"a\""),
            ("\"state\": \"pending\"", "\"state\": 1"),
            ("\"state\": \"pending\"", "\"state\": \"pending\"\n    }\n  }\n}"),
            ("\n}\n", "\n}\n}\n"),
            ("\n}\n", "\n"),
        ] {
            let bad = text.replacen(from, to, 1);
            assert_ne!(bad, text);
            for count in 2..6 {
                assert_eq!(in_pieces(&bad, count), None, "{to} {count}");
            }
        }
        // Every cut of the text.
        for at in 0..text.len() - 1 {
            assert_eq!(in_pieces(&text[..at], 3), None, "{at}");
        }
    }

    #[test]
    fn a_line_that_only_looks_like_a_dataset_moves_no_border() {
        let mut manifest = sample();
        let text =
            print(&manifest).replacen("\"kind\": \"file\",", "\"kind\": \"file\",\n    \"x\": 1,\n    \"z\": 2,", 5);
        for dataset in manifest.datasets.values_mut() {
            let number = |n: &str| super::super::json::Json::Number(n.to_owned());
            dataset.extra = vec![("x".to_owned(), number("1")), ("z".to_owned(), number("2"))];
        }
        for count in 2..9 {
            if let Some(read) = in_pieces(&text, count) {
                assert_eq!(read, manifest);
            }
        }
    }
}
