//! Cutting does not depend on the portions, and a list is read exactly or not at all.

use fastcdc::v2020::FastCDC;
use proptest::prelude::*;

use super::*;

/// Bytes without a pattern.
fn noise(seed: u64, size: usize) -> Vec<u8> {
    let mut state = seed | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    (0..size).map(|_| next()).collect()
}

fn cut(bytes: &[u8], portion: usize) -> Chunks {
    let mut cutter = Cutter::default();
    bytes.chunks(portion).for_each(|portion| cutter.take(portion));
    cutter.finish()
}

#[test]
fn whatever_the_portions_the_chunks_are_those_of_fastcdc() {
    for bytes in [noise(1, 1_500_001), vec![0; 900_000], noise(2, 16 << 10), vec![7], Vec::new()] {
        let whole = FastCDC::new(&bytes, MIN as usize, AVERAGE as usize, MAX as usize);
        let lengths: Vec<_> = whole.map(|chunk| chunk.length).collect();
        for portion in [1 << 20, 256 << 10, 65_537, 8_191] {
            let chunks = cut(&bytes, portion);
            let found: Vec<_> = chunks.list().iter().map(|chunk| chunk.length as usize).collect();
            assert_eq!(found, lengths, "{portion}");
            assert_eq!(chunks.size(), bytes.len() as u64);
            assert!(chunks.placed().all(|(at, chunk)| {
                let at = at as usize;
                Chunk::of(&bytes[at..at + chunk.length as usize]) == *chunk
            }));
        }
    }
}

#[test]
fn an_insertion_changes_few_chunks() {
    let old = noise(3, 4 << 20);
    let mut new = old.clone();
    new.splice(2_000_000..2_000_000, noise(4, 1_000));
    let (old, new) = (cut(&old, 1 << 18), cut(&new, 1 << 18));
    let changed = new.list().iter().filter(|chunk| !old.list().contains(chunk)).count();
    assert!((1..=4).contains(&changed), "{changed} of {}", new.list().len());
}

#[test]
fn a_list_is_bounded_before_it_is_read() {
    for size in [0, 1, u64::from(MIN), u64::from(MIN) + 1, 9 << 20] {
        let smallest = Chunks {
            list: (0..size.div_ceil(u64::from(MIN))).map(|_| Chunk { length: MIN, blake3: [0; 32] }).collect(),
            size,
        };
        assert!(print(&smallest).len() as u64 <= most(size), "{size}");
    }
    let _ = most(u64::MAX);
}

/// Every list that is almost this one.
fn wrong(good: &Chunks) -> Vec<(&'static str, Vec<u8>, u64)> {
    let bytes = print(good);
    let text = String::from_utf8_lossy(&bytes[..400]).into_owned();
    let end = text.match_indices('\n').nth(1).unwrap().0 + 1;
    let headed = |from: &str, to: &str| {
        let head = text[..end].replacen(from, to, 1);
        assert_ne!(head, text[..end], "{from}");
        [head.as_bytes(), &bytes[end..]].concat()
    };
    let other = |change: &dyn Fn(&mut Vec<Chunk>)| {
        let mut other = good.clone();
        change(&mut other.list);
        other.size = good.size;
        print(&other)
    };
    let size = good.size;
    vec![
        ("another format", headed("chunks 1", "chunks 2"), size),
        ("another cutting", headed("\"min\":16384", "\"min\":16386"), size),
        ("another hash", headed("blake3", "blake2"), size),
        ("a head of another spelling", headed(",\"min\"", ", \"min\""), size),
        ("a strange member", headed("{", "{\"x\":1,"), size),
        ("too many are said", headed("\"chunks\":", "\"chunks\":1"), size),
        ("more are said than there could be", headed("\"chunks\":", "\"chunks\":1844674407370955"), size),
        ("another size is said", headed("\"size\":", "\"size\":1"), size),
        ("another size is meant", bytes.clone(), size + 1),
        ("a chunk is lost", other(&|list| list.truncate(1)), size),
        ("a chunk is too long", other(&|list| list[0].length = MAX + 1), size),
        ("a chunk is too short", other(&|list| list[0].length = MIN - 1), size),
        ("an empty chunk", other(&|list| list.push(Chunk { length: 0, blake3: [0; 32] })), size),
        ("lengths beyond all sizes", other(&|list| list.iter_mut().for_each(|c| c.length = u32::MAX)), size),
        ("something behind", [bytes.as_slice(), b"\n"].concat(), size),
        ("nothing", Vec::new(), size),
        ("a head without end", [FORMAT_LINE, &[b' '; 4_000]].concat(), size),
    ]
}

const FORMAT_LINE: &[u8] = b"git-data chunks 1\n";

#[test]
fn a_list_that_lies_is_refused() {
    let good = cut(&noise(5, 400_000), 1 << 18);
    assert_eq!(parse(&print(&good), good.size).unwrap(), good);
    for (what, bytes, size) in wrong(&good) {
        let error = parse(&bytes, size).expect_err(what);
        assert!(error.message.starts_with("this is no chunk list of "), "{what}: {}", error.message);
    }
}

#[test]
fn every_flip_and_every_cut_is_refused() {
    let good = cut(&noise(6, 300_000), 1 << 18);
    let bytes = print(&good);
    for at in 0..bytes.len() {
        assert!(parse(&bytes[..at], good.size).is_err(), "cut at {at}");
        for bit in [1, 16, 128] {
            let mut flipped = bytes.clone();
            flipped[at] ^= bit;
            assert!(parse(&flipped, good.size).is_err(), "bit {bit} of byte {at}");
        }
    }
}

proptest! {
    #[test]
    fn a_list_is_read_as_it_was_printed(lengths in prop::collection::vec(MIN..=MAX, 0..40), last in 1..=MAX, seed: [u8; 32]) {
        let mut chunks = Chunks::default();
        for (n, length) in lengths.into_iter().chain([last]).enumerate() {
            let mut blake3 = seed;
            blake3[0] ^= n as u8;
            chunks.push(Chunk { length, blake3 });
        }
        prop_assert_eq!(parse(&print(&chunks), chunks.size).unwrap(), chunks);
    }

    #[test]
    fn rubbish_is_refused(bytes: Vec<u8>, size: u64) {
        prop_assert!(parse(&[FORMAT_LINE, &bytes].concat(), size).is_err());
        prop_assert!(parse(&bytes, size).is_err());
    }
}
