//! Uploads in parts, and copies inside the provider.

use git_data::error::Kind;
use git_data::flow::hash::Digest;
use git_data::flow::key::Key;
use git_data::store::{Body, CopySource, Outcome, Part, Pin, Upload, When};

use super::{Bench, PART, body, bytes};

fn cut(all: &[u8]) -> Vec<&[u8]> {
    all.chunks(PART).collect()
}

fn send(b: &Bench<'_>, key: &Key, all: &[u8]) -> (Upload, Vec<Part>) {
    let upload = b.store.begin(key).unwrap();
    let parts = cut(all).iter().zip(1..).map(|(part, n)| b.store.part(&upload, n, body(part)).unwrap()).collect();
    (upload, parts)
}

pub(super) fn parts_in_order(b: &Bench<'_>) {
    let key = b.key("a");
    let all = bytes(2 * PART + 12_345, 5);
    let (upload, parts) = send(b, &key, &all);
    let held = b.store.parts(&upload).unwrap();
    let numbers: Vec<_> = held.iter().map(|part| (part.number, part.size)).collect();
    assert_eq!(numbers, [(1, PART as u64), (2, PART as u64), (3, 12_345)]);
    let done = b.store.complete(&upload, &parts, all.len() as u64, When::Always).unwrap();
    let Outcome::Stored(pin) = done else { panic!("refused") };
    assert_eq!(b.store.head(&key).unwrap().unwrap().pin.etag, pin.etag);
    assert!(b.get(&key).unwrap() == all);
    assert!(b.store.uploads(&b.base).unwrap().is_empty());
}

pub(super) fn parts_out_of_order(b: &Bench<'_>) {
    let key = b.key("a");
    // Parts of our own size, so that a store may put them to their place at once.
    let all = bytes(3 * (8 << 20) + 777, 6);
    let upload = b.store.begin(&key).unwrap();
    let mut parts: Vec<_> = std::thread::scope(|scope| {
        let mut cut: Vec<_> = all.chunks(8 << 20).zip(1..).collect();
        cut.reverse();
        let send = |(part, n)| b.store.part(&upload, n, body(part)).unwrap();
        let workers: Vec<_> = cut.into_iter().map(|it| scope.spawn(move || send(it))).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).collect()
    });
    parts.sort_by_key(|part| part.number);
    b.store.complete(&upload, &parts, all.len() as u64, When::Always).unwrap();
    assert!(b.get(&key).unwrap() == all);
}

pub(super) fn part_replaced(b: &Bench<'_>) {
    for size in [PART, 8 << 20] {
        let key = b.key(&format!("a{size}"));
        let (old, new, tail) = (bytes(size, 7), bytes(size, 8), bytes(9, 9));
        let upload = b.store.begin(&key).unwrap();
        let was = b.store.part(&upload, 1, body(&old)).unwrap();
        let last = b.store.part(&upload, 2, body(&tail)).unwrap();
        let now = b.store.part(&upload, 1, body(&new)).unwrap();
        assert_ne!(was.etag, now.etag);
        let total = (size + 9) as u64;
        assert!(b.store.complete(&upload, &[was, last.clone()], total, When::Always).is_err());
        b.store.complete(&upload, &[now, last], total, When::Always).unwrap();
        assert!(b.get(&key).unwrap() == [new, tail].concat());
    }
}

pub(super) fn one_part(b: &Bench<'_>) {
    for size in [17, 8 << 20] {
        let key = b.key(&format!("a{size}"));
        let all = bytes(size, 10);
        let upload = b.store.begin(&key).unwrap();
        let part = b.store.part(&upload, 1, body(&all)).unwrap();
        b.store.complete(&upload, &[part], size as u64, When::Always).unwrap();
        assert!(b.get(&key).unwrap() == all);
    }
}

pub(super) fn empty_part(b: &Bench<'_>) {
    let key = b.key("a");
    let upload = b.store.begin(&key).unwrap();
    let part = b.store.part(&upload, 1, body(b"")).unwrap();
    b.store.complete(&upload, &[part], 0, When::Always).unwrap();
    assert_eq!(b.get(&key).unwrap(), b"");
}

pub(super) fn wrong_part(b: &Bench<'_>) {
    let upload = b.store.begin(&b.key("a")).unwrap();
    let good = bytes(8 << 20, 11);
    b.store.part(&upload, 1, body(&good)).unwrap();
    let wrong = Body { sha256: Digest::of(b"other"), ..body(b"hello") };
    assert_eq!(b.store.part(&upload, 2, wrong).unwrap_err().kind, Kind::Integrity);
    assert_eq!(b.store.parts(&upload).unwrap().len(), 1);
    b.store.abort(&upload).unwrap();
}

pub(super) fn unfinished(b: &Bench<'_>) {
    let key = b.key("dir/a");
    let (upload, parts) = send(b, &key, &bytes(PART + 1, 12));
    assert_eq!(b.store.head(&key).unwrap(), None);
    assert!(b.keys("").is_empty());
    let found = b.store.uploads(&b.base).unwrap();
    assert_eq!(found.iter().map(|it| (&it.key, &it.id)).collect::<Vec<_>>(), [(&key, &upload.id)]);
    assert!(b.store.uploads(&format!("{}else", b.base)).unwrap().is_empty());
    b.store.abort(&upload).unwrap();
    b.store.abort(&upload).unwrap();
    assert!(b.store.uploads(&b.base).unwrap().is_empty());
    assert!(b.store.part(&upload, 1, body(b"x")).is_err());
    assert!(b.store.complete(&upload, &parts, (PART + 1) as u64, When::Always).is_err());
    assert_eq!(b.store.head(&key).unwrap(), None);
}

pub(super) fn part_not_sent(b: &Bench<'_>) {
    let all = bytes(PART + 1, 13);
    let (upload, mut parts) = send(b, &b.key("a"), &all);
    parts.push(Part { number: 3, ..parts[1].clone() });
    assert!(b.store.complete(&upload, &parts, all.len() as u64 + 1, When::Always).is_err());
    assert_eq!(b.store.head(&b.key("a")).unwrap(), None);
    b.store.abort(&upload).unwrap();
}

pub(super) fn wrong_size(b: &Bench<'_>) {
    let all = bytes(PART + 1, 14);
    let (upload, parts) = send(b, &b.key("a"), &all);
    assert!(b.store.complete(&upload, &parts, all.len() as u64 - 1, When::Always).is_err());
    assert_eq!(b.store.head(&b.key("a")).unwrap(), None);
    b.store.abort(&upload).unwrap();
}

pub(super) fn complete_create_only(b: &Bench<'_>) {
    let key = b.key("a");
    let all = bytes(PART + 1, 15);
    let (first, parts) = send(b, &key, &all);
    assert!(matches!(b.store.complete(&first, &parts, all.len() as u64, When::Absent).unwrap(), Outcome::Stored(_)));
    let (second, parts) = send(b, &key, &bytes(PART + 1, 16));
    assert_eq!(b.store.complete(&second, &parts, all.len() as u64, When::Absent).unwrap(), Outcome::Refused);
    assert!(b.get(&key).unwrap() == all);
    b.store.abort(&second).unwrap();
    assert!(b.get(&key).unwrap() == all);
}

fn source<'a>(b: &'a Bench<'_>, key: &'a Key, pin: &'a Pin, range: Option<(u64, u64)>) -> CopySource<'a> {
    CopySource { bucket: b.store, key, pin, range }
}

pub(super) fn copy(b: &Bench<'_>) {
    let (from, to) = (b.key("a b+ü%41"), b.key("to/a"));
    let all = bytes(100_000, 17);
    let pin = b.stored(&from, &all);
    let done = b.store.copy(&to, &source(b, &from, &pin, None), When::Always).unwrap();
    assert!(matches!(done, Outcome::Stored(_)));
    assert_eq!(b.get(&to).unwrap(), all);
    assert_eq!(b.get(&from).unwrap(), all);
}

pub(super) fn copy_of_nothing(b: &Bench<'_>) {
    let (from, to) = (b.key("none"), b.key("to"));
    assert!(b.store.copy(&to, &source(b, &from, &Pin::default(), None), When::Always).is_err());
    assert_eq!(b.store.head(&to).unwrap(), None);
}

pub(super) fn copy_create_only(b: &Bench<'_>) {
    let (from, to) = (b.key("from"), b.key("to"));
    let pin = b.stored(&from, b"new");
    b.stored(&to, b"old");
    let done = b.store.copy(&to, &source(b, &from, &pin, None), When::Absent).unwrap();
    assert_eq!(done, Outcome::Refused);
    assert_eq!(b.get(&to).unwrap(), b"old");
}

pub(super) fn copy_of_another(b: &Bench<'_>) {
    let (from, to) = (b.key("from"), b.key("to"));
    let pin = b.stored(&from, b"reviewed");
    b.stored(&from, b"swapped!");
    let copied = b.store.copy(&to, &source(b, &from, &pin, None), When::Always);
    if copied.is_ok() {
        assert_eq!(b.get(&to).unwrap(), b"reviewed", "a bucket with versions copies the pinned one");
        return;
    }
    assert_eq!(b.store.head(&to).unwrap(), None);
    let upload = b.store.begin(&to).unwrap();
    assert!(b.store.copy_part(&upload, 1, &source(b, &from, &pin, Some((0, 8)))).is_err());
    b.store.abort(&upload).unwrap();
}

pub(super) fn copy_parts(b: &Bench<'_>) {
    let (from, to) = (b.key("from"), b.key("to"));
    let all = bytes(2 * PART + 99, 18);
    let pin = b.stored(&from, &all);
    let upload = b.store.begin(&to).unwrap();
    let mut parts = Vec::new();
    for (n, part) in cut(&all).iter().enumerate().rev() {
        let range = Some(((n * PART) as u64, part.len() as u64));
        let copied = b.store.copy_part(&upload, n as u32 + 1, &source(b, &from, &pin, range)).unwrap();
        assert!(copied.sha256.is_none_or(|it| it == Digest::of(part)));
        assert_eq!(copied.size, part.len() as u64);
        parts.insert(0, copied);
    }
    b.store.complete(&upload, &parts, all.len() as u64, When::Always).unwrap();
    assert!(b.get(&to).unwrap() == all);
}
