//! Whole objects: written, read, listed, deleted.

use git_data::error::{Error, Kind};
use git_data::flow::hash::Digest;
use git_data::store::{Body, Outcome, Source, When};

use super::{Bench, body, bytes, read};

pub(super) fn put_head_get(b: &Bench<'_>) {
    let key = b.key("a.csv");
    let Outcome::Stored(pin) = b.put(&key, b"hello", When::Always) else { panic!() };
    let head = b.store.head(&key).unwrap().unwrap();
    assert_eq!(head.size, 5);
    assert_eq!(head.pin.etag, pin.etag, "the pin of the answer is that of the object");
    assert!(head.modified > 1_600_000_000);
    assert_eq!(b.get(&key).unwrap(), b"hello");
}

pub(super) fn absent(b: &Bench<'_>) {
    assert_eq!(b.store.head(&b.key("none")).unwrap(), None);
    assert_eq!(b.get(&b.key("none")), None);
    b.put(&b.key("some/thing"), b"x", When::Always);
    assert_eq!(b.store.head(&b.key("some")).unwrap(), None, "a prefix is no object");
    assert_eq!(b.get(&b.key("some")), None);
    assert_eq!(b.get(&b.key("some/thing/below")), None);
}

pub(super) fn ranges(b: &Bench<'_>) {
    let key = b.key("a");
    let all = bytes(100_000, 1);
    b.put(&key, &all, When::Always);
    for (at, len) in [(0, 1), (0, 100_000), (99_999, 1), (1, 65_536), (50_000, 50_000)] {
        let got = read(b.store, &key, Some((at, len)), None).unwrap().unwrap();
        assert_eq!(got, all[at as usize..(at + len) as usize], "{at} {len}");
    }
}

pub(super) fn zero_bytes(b: &Bench<'_>) {
    let key = b.key("empty");
    b.put(&key, b"", When::Always);
    assert_eq!(b.store.head(&key).unwrap().unwrap().size, 0);
    assert_eq!(b.get(&key).unwrap(), b"");
    assert_eq!(b.keys(""), ["empty"]);
}

const ODD: [&str; 6] = ["%41%2F", "(x)!',;=@&$.txt", "a b+c/ü.csv", "a b+c/日本.csv", "a~b#c", "x/.y/-z"];

pub(super) fn odd_keys(b: &Bench<'_>) {
    for (n, name) in ODD.iter().enumerate() {
        b.put(&b.key(name), &bytes(10 + n, 2), When::Always);
    }
    for (n, name) in ODD.iter().enumerate() {
        assert_eq!(b.get(&b.key(name)).unwrap(), bytes(10 + n, 2), "{name}");
    }
    assert_eq!(b.keys(""), ODD);
    for name in ODD {
        b.store.delete(&b.key(name)).unwrap();
    }
    assert!(b.keys("").is_empty());
}

pub(super) fn always_replaces(b: &Bench<'_>) {
    let key = b.key("a");
    let one = b.stored(&key, b"one");
    let two = b.stored(&key, b"two");
    assert_ne!(one, two, "other bytes, another pin");
    assert_eq!(b.get(&key).unwrap(), b"two");
}

pub(super) fn file_range(b: &Bench<'_>) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("f");
    let all = bytes(300_000, 3);
    std::fs::write(&path, &all).unwrap();
    let part = &all[1000..201_000];
    let body = Body { sha256: Digest::of(part), size: 200_000, source: Source::File(&path, 1000) };
    b.store.put(&b.key("a"), body, When::Always).unwrap();
    assert_eq!(b.get(&b.key("a")).unwrap(), part);
}

pub(super) fn wrong_bytes(b: &Bench<'_>) {
    let key = b.key("a");
    let wrong = Body { sha256: Digest::of(b"other"), ..body(b"hello") };
    let error = b.store.put(&key, wrong, When::Always).unwrap_err();
    assert_eq!(error.kind, Kind::Integrity, "{error}");
    assert_eq!(b.store.head(&key).unwrap(), None);
    b.put(&key, b"good", When::Always);
    assert!(b.store.put(&key, wrong, When::Always).is_err());
    assert_eq!(b.get(&key).unwrap(), b"good");
}

pub(super) fn changed_file(b: &Bench<'_>) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("f");
    for now in ["other", "hell", ""] {
        std::fs::write(&path, now).unwrap();
        let body = Body { source: Source::File(&path, 0), ..body(b"hello") };
        let error = b.store.put(&b.key("a"), body, When::Always).unwrap_err();
        assert_eq!(error.kind, Kind::User, "{error}");
        assert!(error.message.starts_with("FILE_CHANGED"), "{error}");
        assert_eq!(b.store.head(&b.key("a")).unwrap(), None);
    }
}

pub(super) fn list_order(b: &Bench<'_>) {
    let mut names = ["a/b", "a-b", "a.b", "a0", "b/c/d", "b/c-d", "Z", "ä", "a/b-", "c"];
    for name in names {
        b.put(&b.key(name), name.as_bytes(), When::Always);
    }
    names.sort_unstable();
    assert_eq!(b.keys(""), names);
}

pub(super) fn list_prefix(b: &Bench<'_>) {
    for name in ["v1-abc", "v1/x", "v10-abc", "v2/files/y", "w"] {
        b.put(&b.key(name), b"x", When::Always);
    }
    assert_eq!(b.keys("v1"), ["v1-abc", "v1/x", "v10-abc"]);
    assert_eq!(b.keys("v1/"), ["v1/x"]);
    assert_eq!(b.keys("v2/f"), ["v2/files/y"]);
    assert_eq!(b.keys("v2/files/y"), ["v2/files/y"]);
    assert!(b.keys("v3").is_empty());
    assert!(b.keys("w/").is_empty());
}

pub(super) fn list_error(b: &Bench<'_>) {
    b.put(&b.key("a"), b"x", When::Always);
    b.put(&b.key("b"), b"x", When::Always);
    let mut seen = 0;
    let mut each = |_| {
        seen += 1;
        Err(Error::user("enough"))
    };
    assert_eq!(b.store.list(&b.base, &mut each).unwrap_err().message, "enough");
    assert_eq!(seen, 1);
}

pub(super) fn delete(b: &Bench<'_>) {
    let key = b.key("a/b");
    b.put(&key, b"x", When::Always);
    b.store.delete(&key).unwrap();
    assert_eq!(b.store.head(&key).unwrap(), None);
    b.store.delete(&key).unwrap();
    assert!(b.keys("").is_empty());
    b.put(&key, b"y", When::Always);
    assert_eq!(b.get(&key).unwrap(), b"y");
}

pub(super) fn pin(b: &Bench<'_>) {
    let key = b.key("a");
    let old = b.stored(&key, b"one");
    assert_eq!(read(b.store, &key, None, Some(&old)).unwrap().unwrap(), b"one");
    let new = b.stored(&key, b"two");
    assert_eq!(read(b.store, &key, Some((1, 2)), Some(&new)).unwrap().unwrap(), b"wo");
    // A bucket with versions still has the old one, and that is as good.
    match read(b.store, &key, None, Some(&old)) {
        Ok(got) => assert_eq!(got.unwrap(), b"one"),
        Err(error) => assert_eq!(error.kind, Kind::Conflict),
    }
}

pub(super) fn link(b: &Bench<'_>) {
    let key = b.key("a b.csv");
    b.put(&key, b"x", When::Always);
    let link = b.store.link(&key, 60).unwrap();
    assert!(link.starts_with("file:///") || link.starts_with("http"), "{link}");
    assert!(link.contains("a%20b.csv"), "{link}");
}
