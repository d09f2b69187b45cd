//! Properties, on generated manifests: one encoding, nothing lost, merging commutes.

use std::collections::BTreeSet;

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;

use super::super::edit::{delete, prune, restore};
use super::super::json::Json;
use super::super::merge::{Side, merge};
use super::super::parse::parse;
use super::super::print::print;
use super::super::types::{Dataset, Entry, Kind, Manifest, State};
use super::{NAME, TIME};
use crate::flow::hash::Digest;
use crate::flow::manifest::isolate::parse_isolating;
use crate::flow::state::effective;
use crate::flow::version::Version;

/// Numbers that no Rust type keeps as they are.
fn json() -> impl Strategy<Value = Json> {
    const NUMBERS: [&str; 8] =
        ["0", "-0", "1.0", "1e400", "1E+2", "-1.50", "123456789012345678901234567890", "0.1e-999"];
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        prop::sample::select(&NUMBERS[..]).prop_map(|text| Json::Number(text.to_owned())),
        any::<String>().prop_map(Json::String),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Json::Array),
            btree_map(any::<String>(), inner, 0..4).prop_map(|map| Json::Object(map.into_iter().collect())),
        ]
    })
}

fn extra() -> impl Strategy<Value = Vec<(String, Json)>> {
    btree_map("x-\\PC{0,6}", json(), 0..3).prop_map(|map| map.into_iter().collect())
}

fn state() -> impl Strategy<Value = State> {
    const WORDS: [&str; 7] = ["pending", "published", "withdrawn", "retired", "purging", "purged", "resting"];
    prop::sample::select(&WORDS[..]).prop_map(State::of)
}

fn entry() -> impl Strategy<Value = Entry> {
    let texts = vec(option::of(any::<String>()), 11);
    let number = || 1..1_000_000_000_000_000_000u64;
    let numbers = (option::of(any::<u64>()), option::of(any::<u64>()), vec(option::of(number()), 3));
    let plain = (state(), any::<[u8; 32]>(), option::of(any::<[u8; 32]>()), any::<String>(), any::<String>());
    (plain, numbers, texts, option::of(json()), extra()).prop_map(|(plain, numbers, mut texts, source, extra)| {
        let (state, digest, delta, created, message) = plain;
        let (size, files, references) = numbers;
        let mut next = || texts.pop().flatten();
        Entry {
            version: Version(0),
            state,
            sha256: Digest::from_bytes(digest),
            size,
            files,
            created,
            message,
            base: references[0].map(Version),
            supersedes: references[1].map(Version),
            delta: delta.map(Digest::from_bytes),
            rollback: references[2].map(Version),
            from: next(),
            source,
            diff: next(),
            commit: next(),
            published: next(),
            retired: next(),
            purging: next(),
            purged: next(),
            key: next(),
            staging_key: next(),
            legacy_commit: next(),
            extra,
        }
    })
}

fn any_dataset() -> impl Strategy<Value = Dataset> {
    let texts = vec(option::of(any::<String>()), 4);
    let free = vec(option::of(json()), 3);
    (prop::sample::select(&["file", "tree", "album"][..]), texts, free, btree_map(1..99u64, entry(), 0..5), extra())
        .prop_map(|(kind, mut texts, mut free, entries, extra)| Dataset {
            kind: Kind::of(kind),
            path: texts.pop().flatten(),
            description: texts.pop().flatten(),
            keys: free.pop().flatten(),
            checks: free.pop().flatten(),
            redact: free.pop().flatten(),
            preview: texts.pop().flatten(),
            renamed: texts.pop().flatten(),
            versions: entries.into_iter().rev().map(|(n, entry)| Entry { version: Version(n), ..entry }).collect(),
            extra,
        })
}

fn any_manifest() -> impl Strategy<Value = Manifest> {
    (btree_map(any::<String>(), any_dataset(), 0..3), extra())
        .prop_map(|(datasets, extra)| Manifest { datasets, extra })
}

/// What a side did since the base: states that moved, proposals that came.
type Moves = (Vec<(usize, u8)>, Vec<u8>);

fn moves() -> impl Strategy<Value = Moves> {
    (vec((0..6usize, 0..6u8), 0..4), vec(any::<u8>(), 0..4))
}

fn moved(base: &Manifest, (states, proposals): &Moves, who: &str) -> Manifest {
    let mut manifest = base.clone();
    let dataset = manifest.datasets.entry(NAME.to_owned()).or_default();
    for (at, state) in states {
        if let Some(entry) = dataset.versions.iter_mut().rev().nth(*at) {
            *entry = spelled(entry.version.0, *state, entry.sha256);
        }
    }
    for content in proposals {
        let last = dataset.versions.first().map_or(0, |entry| entry.version.0);
        // Contents below 40 are common to both sides.
        let content = if *content < 40 { content.to_string() } else { format!("{who} {content}") };
        let mut entry = spelled(last + 1 + u64::from(content.len() as u8 % 2), 0, Digest::of(content.as_bytes()));
        entry.base = (last > 0).then_some(Version(last));
        dataset.versions.insert(0, entry);
    }
    manifest
}

fn spelled(number: u64, state: u8, sha256: Digest) -> Entry {
    use State::{Pending, Published, Purged, Purging, Retired, Withdrawn};
    let mut entry = Entry::pending(Version(number), sha256, 1, TIME.to_owned(), String::new());
    entry.state = [Pending, Withdrawn, Published, Retired, Purging, Purged][usize::from(state)].clone();
    entry.retired = (state > 2).then(|| TIME.to_owned());
    entry.purging = (state > 3).then(|| TIME.to_owned());
    entry.purged = (state > 4).then(|| TIME.to_owned());
    entry
}

fn base_of(states: &[u8]) -> Manifest {
    let numbers = (1..).take(states.len()).collect::<Vec<u64>>();
    let versions =
        numbers.into_iter().zip(states).map(|(n, s)| spelled(n, *s, Digest::of(&n.to_be_bytes()))).rev().collect();
    let dataset = Dataset { versions, ..Dataset::default() };
    Manifest { datasets: [(NAME.to_owned(), dataset)].into(), extra: Vec::new() }
}

fn contents(manifest: &Manifest) -> BTreeSet<(Digest, String)> {
    manifest.entries().map(|(_, entry)| (entry.sha256, entry.state.word().to_owned())).collect()
}

fn digests(manifest: &Manifest) -> BTreeSet<Digest> {
    manifest.entries().map(|(_, entry)| entry.sha256).collect()
}

proptest! {
    #[test]
    fn a_manifest_has_one_encoding(manifest in any_manifest()) {
        let text = print(&manifest);
        let read = parse(text.as_bytes()).map_err(|e| TestCaseError::fail(e.to_string()))?;
        prop_assert_eq!(&read, &manifest);
        prop_assert_eq!(print(&read), text.clone());
        prop_assert_eq!(parse_isolating(text.as_bytes()).unwrap(), (manifest, Vec::new()));
    }

    #[test]
    fn the_pretty_form_is_that_of_serde_json(value in json()) {
        let printed = value.to_string();
        prop_assert_eq!(serde_json::from_str::<Json>(&printed).unwrap(), value.clone());
        // serde_json itself loses numbers, so they are compared without.
        if !printed.contains(|c: char| c.is_ascii_digit() || c == '-') {
            let known: serde_json::Value = serde_json::from_str(&printed).unwrap();
            prop_assert_eq!(serde_json::to_string_pretty(&known).unwrap(), printed);
        }
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in vec(any::<u8>(), 0..200), cut in any::<prop::sample::Index>()) {
        let _ = parse(&bytes);
        let text = super::GOLDEN.as_bytes();
        let _ = parse_isolating(&[&text[..cut.index(text.len())], &bytes].concat());
    }

    #[test]
    fn merging_loses_nothing_and_commutes_but_for_numbers(
        states in vec(0..6u8, 0..6), one in moves(), two in moves(),
    ) {
        let base = base_of(&states);
        let (ours, theirs) = (moved(&base, &one, "one"), moved(&base, &two, "two"));
        let merged = merge(&base, &ours, &theirs, Side::Theirs);
        let known: BTreeSet<_> = digests(&ours).union(&digests(&theirs)).copied().collect();
        prop_assert_eq!(digests(&merged.manifest), known);
        let same = merge(&base, &theirs, &ours, Side::Ours);
        prop_assert_eq!(&same.manifest, &merged.manifest);
        let other = merge(&base, &theirs, &ours, Side::Theirs);
        prop_assert_eq!(contents(&other.manifest), contents(&merged.manifest));
        // The side that keeps its numbers keeps every one.
        for (name, entry) in theirs.entries() {
            prop_assert_eq!(merged.manifest.entry(name, entry.version).map(|e| e.sha256), Some(entry.sha256));
        }
        let numbers: Vec<_> = merged.manifest.entries().map(|(_, entry)| entry.version).collect();
        prop_assert!(numbers.windows(2).all(|pair| pair[0] > pair[1]), "{:?}", numbers);
    }

    #[test]
    fn no_edit_lets_an_entry_disappear(states in vec(0..6u8, 1..8), keep in 1..4usize, verb in 0..3) {
        let base = base_of(&states);
        let mut head = base.clone();
        let judge = |entry: &Entry| effective(entry, true, false);
        let done = match verb {
            0 => delete(&mut head, NAME, &judge).is_ok(),
            1 => prune(&mut head, NAME, keep, &judge).is_ok(),
            _ => restore(&mut head, NAME, None, &judge).is_ok(),
        };
        prop_assert!(done || head == base);
        let ids = |manifest: &Manifest| manifest.entries().map(|(_, entry)| entry.id()).collect::<Vec<_>>();
        prop_assert_eq!(ids(&head), ids(&base));
    }
}
