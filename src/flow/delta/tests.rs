//! A recipe rebuilds exactly, says so in bytes that are read exactly or refused, and never reaches beyond what there is.

use proptest::collection::vec;
use proptest::prelude::*;

use super::codec::Opening;
use super::*;
use crate::flow::chunk::{Chunks, Cutter};

/// Bytes without a pattern.
fn noise(seed: u64, size: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2_654_435_769) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    (0..size).map(|_| next()).collect()
}

fn chunks(bytes: &[u8]) -> Chunks {
    let mut cutter = Cutter::default();
    bytes.chunks(256 << 10).for_each(|portion| cutter.take(portion));
    cutter.finish()
}

/// The recipe between two contents, and its staged bytes.
fn staged(old: &[u8], new: &[u8]) -> (Recipe, Vec<u8>) {
    let recipe = plan((Digest::of(old), &chunks(old)), (Digest::of(new), &chunks(new)));
    let mut bytes = head(&recipe);
    for run in recipe.runs().iter().filter(|run| run.from == From::Data) {
        bytes.extend_from_slice(&new[run.at as usize..run.end() as usize]);
    }
    (recipe, bytes)
}

fn read(bytes: &[u8]) -> Result<(Recipe, u64)> {
    let first = &bytes[..bytes.len().min(HEAD as usize)];
    let opening = Opening::read(first, bytes.len() as u64)?;
    let (at, length) = opening.ops;
    Ok((opening.recipe(&bytes[at as usize..(at + length) as usize])?, opening.data_at()))
}

fn rebuilt(runs: impl Iterator<Item = Run>, base: &[u8], data: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for run in runs {
        let from = if run.from == From::Base { base } else { data };
        out.extend_from_slice(&from[run.offset as usize..(run.offset + run.length) as usize]);
    }
    out
}

/// Changes content as people and programs do.
fn edit(content: &mut Vec<u8>, (kind, at, length, seed): (u8, u32, u32, u64)) {
    let at = at as usize % (content.len() + 1);
    let length = length as usize;
    let end = (at + length).min(content.len());
    match kind {
        0 => content[at..end].copy_from_slice(&noise(seed, end - at)),
        1 => drop(content.splice(at..at, noise(seed, length))),
        2 => drop(content.drain(at..end)),
        3 => content.truncate(at),
        4 => content.extend(noise(seed, length)),
        5 => content.rotate_left(at),
        _ => {
            let piece = content[at..end].to_vec();
            content.splice(at..at, piece);
        }
    }
}

fn any_edits() -> impl Strategy<Value = Vec<(u8, u32, u32, u64)>> {
    vec((0..7_u8, any::<u32>(), 0..300_000_u32, any::<u64>()), 0..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_edit_is_rebuilt_exactly(size in 0..1_500_000_usize, edits in any_edits(), from in any::<u32>(), some in any::<u32>()) {
        let old = noise(9, size);
        let mut new = old.clone();
        edits.into_iter().for_each(|one| edit(&mut new, one));
        let (recipe, bytes) = staged(&old, &new);
        let (found, at) = read(&bytes).unwrap();
        prop_assert_eq!(&found, &recipe);
        recipe.within(old.len() as u64).unwrap();
        let data = &bytes[at as usize..];
        prop_assert!(rebuilt(found.runs().iter().copied(), &old, data) == new);
        // And any range of it.
        let from = from as usize % (new.len() + 1);
        let to = from + some as usize % (new.len() - from + 1);
        let range = (from as u64, (to - from) as u64);
        prop_assert!(rebuilt(found.range(range), &old, data) == new[from..to]);
        if let Some(offset) = found.unchanged(range) {
            prop_assert!(old[offset as usize..offset as usize + (to - from)] == new[from..to]);
        }
    }

    #[test]
    fn whatever_is_read_is_within_what_it_says(bytes: Vec<u8>, size: u64, ops in 0..5_u64, records in vec(any::<(u8, u64, u64)>(), 0..5)) {
        let _ = Opening::read(&bytes, size);
        let base = Digest::of(b"x");
        let opening = Opening { base, sha256: base, size, ops: (0, ops * 17), data: size / 2 };
        let mut raw = Vec::new();
        for (kind, offset, length) in records {
            raw.push(kind % 3);
            raw.extend_from_slice(&(offset >> (offset % 64)).to_le_bytes());
            raw.extend_from_slice(&(length >> (length % 64)).to_le_bytes());
        }
        if let Ok(recipe) = opening.recipe(&raw) {
            prop_assert_eq!(recipe.runs().iter().map(|run| run.length).sum::<u64>(), size);
        }
    }
}

#[test]
fn small_changes_stay_small() {
    let old = noise(1, 6 << 20);
    let mut places = old.clone();
    for at in [100_000, 2_000_000, 5_000_000] {
        places[at..at + 4_096].copy_from_slice(&noise(2, 4_096));
    }
    let mut inserted = old.clone();
    inserted.splice(3_000_000..3_000_000, noise(3, 50_000));
    for (new, most) in [(places, 900_000), (inserted, 400_000), (old.clone(), 0)] {
        let (recipe, bytes) = staged(&old, &new);
        assert!(recipe.data <= most, "{}", recipe.data);
        assert!(recipe.runs().len() <= 7, "{:?}", recipe.runs());
        assert!(pays(bytes.len() as u64, recipe.size) && worth(&recipe));
    }
    let other = noise(4, 6 << 20);
    assert!(!worth(&staged(&old, &other).0));
    assert!(pays(75, 100) && !pays(76, 100) && !pays(1, 0));
}

#[test]
fn equal_chunks_go_on_where_they_are() {
    // Zeros are one chunk many times: the run must not jump back to the first of them.
    let mut old = vec![0; 2 << 20];
    old.extend(noise(5, 1 << 20));
    let mut new = old.clone();
    new.extend(noise(6, 100_000));
    let (recipe, _) = staged(&old, &new);
    assert!(recipe.runs().len() <= 3, "{:?}", recipe.runs());
}

fn sample() -> (Vec<u8>, Vec<u8>, Vec<u8>) {
    let old = noise(7, 700_000);
    let mut new = old.clone();
    new[300_000..300_100].copy_from_slice(&noise(8, 100));
    let bytes = staged(&old, &new).1;
    (old, new, bytes)
}

#[test]
fn every_cut_is_refused_and_every_flip_is_refused_or_rebuilds_something_that_is_measured() {
    let (old, _, bytes) = sample();
    let (recipe, at) = read(&bytes).unwrap();
    for at in (0..bytes.len()).step_by(61).chain(0..400) {
        assert!(read(&bytes[..at]).is_err(), "cut at {at}");
    }
    for at in 0..at as usize {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1;
        // The digest of what is built decides: here it need only be of the right size, and in bounds or refused.
        if let Ok((found, _)) = read(&flipped) {
            assert!(found.size == recipe.size && found != recipe, "byte {at}");
            let _ = found.within(old.len() as u64);
        }
    }
}

#[test]
fn a_recipe_that_lies_is_refused() {
    let (_, _, bytes) = sample();
    let (_, at) = read(&bytes).unwrap();
    let begin = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(1).unwrap().0 + 1;
    let text = String::from_utf8(bytes[..begin].to_vec()).unwrap();
    let headed = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        [text.replacen(from, to, 1).as_bytes(), &bytes[begin..]].concat()
    };
    let op = |at: usize, value: u64| {
        let mut bytes = bytes.clone();
        bytes[begin + at..begin + at + 8].copy_from_slice(&value.to_le_bytes());
        bytes
    };
    let mut kind = bytes.clone();
    kind[begin] = 2;
    let cases = [
        ("does not begin as one", headed("delta 1", "delta 2")),
        ("head cannot be read", headed("\"base\":\"", "\"base\":7,\"b\":\"")),
        ("names no digest", headed("\"sha256\":\"", "\"sha256\":\"0")),
        ("spelled in another way", headed(",\"size\"", " ,\"size\"")),
        ("operations for", headed("\"ops\":", "\"ops\":9999999999")),
        ("not as many as its head says", headed("\"data\":", "\"data\":1")),
        ("not as many as its head says", [bytes.as_slice(), b"x"].concat()),
        ("head has no end", [b"git-data delta 1\n".as_slice(), &[b' '; 600]].concat()),
        ("has an operation 2", kind),
        ("do not make up the object", op(9, 0)),
        ("do not make up the object", op(9, u64::MAX)),
        ("do not make up the object", op(1, u64::MAX)),
        ("do not make up the object", op(9, 1)),
        ("does not use its data in order", op(17 + 1, 5)),
    ];
    for (words, bytes) in cases {
        let error = read(&bytes).expect_err(words);
        assert!(error.message.contains(words), "{words}: {}", error.message);
    }
    assert!(at > begin as u64);
    let far = read(&op(1, 1 << 40)).unwrap().0;
    assert!(far.within(1 << 30).unwrap_err().message.contains("of a base that has"));
    far.within(1 << 41).unwrap();
}
