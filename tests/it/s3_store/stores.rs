//! What every S3 store must do, whatever it is.

use std::io::Write as _;

use git_data::error::Kind;
use git_data::flow::hash::Digest;
use git_data::store::{Attested, Body, CopySource, Outcome, Pin, Read as _, Source, When, Write as _};

use super::{Lab, MODES, body, bytes, key, noise};
use crate::s3::Mode;

#[test]
fn every_mode_passes_the_suite_of_all_stores() {
    use crate::conformance::{self, Honours};
    for mode in MODES {
        let lab = Lab::new(mode);
        lab.server.minimum_part(5 << 20);
        let honours = Honours {
            conditions: matches!(mode, Mode::Aws | Mode::R2),
            source_conditions: true,
            sizes: mode == Mode::Aws,
        };
        conformance::run(&lab.open("s3://staging/suite"), honours, "run/");
    }
}

#[test]
fn objects_come_back_as_they_were_sent() {
    for mode in MODES {
        let lab = Lab::new(mode);
        let store = lab.open("s3://staging/deep/prefix");
        for name in ["plain", "a b+c%d&e?f#g/é", "…/x=1"] {
            assert_eq!(store.head(&key(name)).unwrap(), None, "{mode:?}");
            assert!(bytes(&store, name, None, None).unwrap().is_none());
            let stored = store.put(&key(name), body(b"hello"), When::Absent).unwrap();
            assert!(matches!(stored, Outcome::Stored(_)), "{mode:?} {stored:?}");
            let head = store.head(&key(name)).unwrap().unwrap();
            assert_eq!(head.size, 5);
            assert!(head.modified > 0);
            if mode != Mode::Ceph {
                assert_eq!(head.attested, Attested::Whole(Digest::of(b"hello")), "{mode:?}");
            }
            assert_eq!(bytes(&store, name, None, Some(&head.pin)).unwrap().unwrap(), b"hello");
            assert_eq!(bytes(&store, name, Some((1, 3)), None).unwrap().unwrap(), b"ell");
            assert_eq!(bytes(&store, name, Some((1, 0)), Some(&head.pin)).unwrap().unwrap(), b"");
            store.delete(&key(name)).unwrap();
            store.delete(&key(name)).unwrap();
        }
        store.put(&key("empty"), body(b""), When::Always).unwrap();
        assert_eq!(bytes(&store, "empty", None, None).unwrap().unwrap(), b"");
        assert_eq!(lab.server.objects("staging")[0].0, "deep/prefix/empty");
    }
}

#[test]
fn the_signed_body_is_the_digest_of_the_object() {
    let lab = Lab::new(Mode::Aws);
    let content = noise(700 << 10);
    lab.open("s3://staging").put(&key("x"), body(&content), When::Absent).unwrap();
    let entry = lab.server.log().into_iter().find(|entry| entry.op == "PutObject").unwrap();
    assert_eq!(entry.header("x-amz-content-sha256"), Some(&*Digest::of(&content).hex()));
    assert!(
        entry.signs("x-amz-content-sha256") && entry.signs("x-amz-checksum-sha256") && entry.signs("if-none-match")
    );
    assert_eq!(entry.header("content-length"), Some("716800"));
    assert_eq!(entry.header("x-amz-trailer"), None);
    assert_eq!(entry.header("x-amz-sdk-checksum-algorithm"), None);
    assert_eq!(entry.received, 716_800);
}

#[test]
fn conditions_are_kept_where_the_store_has_them() {
    for mode in [Mode::Aws, Mode::R2] {
        let lab = Lab::new(mode);
        let store = lab.open("s3://staging");
        let Outcome::Stored(pin) = store.put(&key("x"), body(b"one"), When::Absent).unwrap() else {
            panic!("{mode:?}")
        };
        assert_eq!(store.put(&key("x"), body(b"two"), When::Absent).unwrap(), Outcome::Refused);
        assert_eq!(store.put(&key("x"), body(b"two"), When::Matches("\"no\"")).unwrap(), Outcome::Refused);
        assert_eq!(store.put(&key("y"), body(b"two"), When::Matches("\"no\"")).unwrap(), Outcome::Refused);
        let etag = pin.etag.clone().unwrap();
        assert!(matches!(store.put(&key("x"), body(b"two"), When::Matches(&etag)).unwrap(), Outcome::Stored(_)));
        let error = bytes(&store, "x", None, Some(&pin)).unwrap_err();
        assert_eq!(error.kind, Kind::Conflict);
        assert_eq!(error.message, "cannot read s3://staging/x: it was replaced since it was looked at");
    }
}

#[test]
fn files_are_streamed_and_a_changed_one_is_stored_nowhere() {
    let lab = Lab::new(Mode::Aws);
    let store = lab.open("s3://staging");
    let content = noise(3 << 20);
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&content).unwrap();
    let part = &content[1 << 20..];
    let whole = Body { sha256: Digest::of(part), size: 2 << 20, source: Source::File(file.path(), 1 << 20) };
    store.put(&key("x"), whole, When::Absent).unwrap();
    assert_eq!(lab.server.get("staging", "x").unwrap(), part);
    let upload = store.begin(&key("z")).unwrap();
    for (sha256, size) in [(Digest::of(b"other"), 2 << 20), (Digest::of(part), 9 << 20), (Digest::of(b"x"), 0)] {
        let changed = Body { sha256, size, source: Source::File(file.path(), 1 << 20) };
        for error in
            [store.put(&key("y"), changed, When::Absent).unwrap_err(), store.part(&upload, 1, changed).unwrap_err()]
        {
            assert_eq!(error.kind, Kind::User);
            assert!(error.message.starts_with("FILE_CHANGED"), "{error}");
        }
    }
    let gone = Body { source: Source::File("/nonexistent/file".as_ref(), 0), ..whole };
    assert!(store.put(&key("y"), gone, When::Absent).unwrap_err().message.starts_with("FILE_CHANGED"));
    let lie = Body { sha256: Digest::of(b"b"), ..body(b"a") };
    assert_eq!(store.put(&key("y"), lie, When::Absent).unwrap_err().kind, Kind::Integrity);
    assert_eq!(lab.server.get("staging", "y"), None);
    assert!(lab.slept.lock().unwrap().is_empty());
}

#[test]
fn uploads_in_parts_are_made_of_their_parts() {
    for mode in MODES {
        let lab = Lab::new(mode);
        let store = lab.open("s3://staging/p");
        let upload = store.begin(&key("big")).unwrap();
        let content = noise(5 << 20);
        let pieces: Vec<_> = content.chunks(2 << 20).collect();
        let mut parts = vec![];
        for (number, piece) in (1..).zip(&pieces) {
            parts.push(store.part(&upload, number, body(piece)).unwrap());
        }
        let listed = store.parts(&upload).unwrap();
        assert_eq!(listed, parts, "{mode:?}");
        let seen = store.uploads("b").unwrap();
        assert_eq!((seen[0].key.as_str(), &seen[0].id), ("big", &upload.id));
        assert!(seen[0].started > 0 && store.uploads("other").unwrap().is_empty());
        let made = store.complete(&upload, &parts, content.len() as u64, When::Absent).unwrap();
        assert!(matches!(&made, Outcome::Stored(pin) if pin.etag.is_some()), "{mode:?} {made:?}");
        assert_eq!(bytes(&store, "big", None, None).unwrap().unwrap(), content);
        let digests: Vec<u8> = pieces.iter().flat_map(|piece| *Digest::of(piece).bytes()).collect();
        let attested = store.head(&key("big")).unwrap().unwrap().attested;
        if mode != Mode::Ceph {
            assert_eq!(attested, Attested::Parts { composite: Digest::of(&digests), parts: 3 }, "{mode:?}");
        }
        store.abort(&upload).unwrap();
        let given_up = store.begin(&key("big")).unwrap();
        store.abort(&given_up).unwrap();
        store.abort(&given_up).unwrap();
        assert_eq!(store.parts(&given_up).unwrap_err().kind, Kind::Conflict);
    }
}

#[test]
fn copies_stay_inside_and_keep_to_their_source() {
    for mode in MODES {
        let lab = Lab::new(mode);
        let (staging, production) = (lab.open("s3://staging/s"), lab.open("s3://production/p"));
        let content = noise(6 << 20);
        staging.put(&key("a b"), body(&content), When::Absent).unwrap();
        let pin = staging.head(&key("a b")).unwrap().unwrap().pin;
        let source = |pin, range| CopySource { bucket: &staging, key: FROM.get_or_init(|| key("a b")), pin, range };
        lab.server.minimum_part(5 << 20);
        production.copy(&key("whole"), &source(&pin, None), When::Absent).unwrap();
        assert_eq!(lab.server.get("production", "p/whole").unwrap(), content);
        let upload = production.begin(&key("parts")).unwrap();
        let first = production.copy_part(&upload, 1, &source(&pin, Some((0, 5 << 20)))).unwrap();
        let second = production.copy_part(&upload, 2, &source(&pin, Some((5 << 20, 1 << 20)))).unwrap();
        assert_eq!((first.size, second.size), (5 << 20, 1 << 20));
        if mode == Mode::Aws {
            assert_eq!(second.sha256, Some(Digest::of(&content[5 << 20..])));
        }
        production.complete(&upload, &[first, second], content.len() as u64, When::Absent).unwrap();
        assert_eq!(lab.server.get("production", "p/parts").unwrap(), content);
        let upload = production.begin(&key("stale")).unwrap();
        let stale = Pin { etag: Some("\"stale\"".into()), version: None };
        let refused = production.copy_part(&upload, 1, &source(&stale, None)).unwrap_err();
        assert_eq!(refused.kind, Kind::Conflict, "{mode:?} {refused}");
        let refused = production.copy(&key("stale"), &source(&stale, None), When::Absent).unwrap_err();
        assert_eq!(refused.kind, Kind::Conflict, "{mode:?} {refused}");
        if matches!(mode, Mode::Aws | Mode::R2) {
            let again = production.copy(&key("whole"), &source(&pin, None), When::Absent).unwrap();
            assert_eq!(again, Outcome::Refused, "{mode:?}");
        }
    }
}

#[test]
fn from_a_directory_the_bytes_stream_through_us() {
    use git_data::store::directory::Directory;
    let lab = Lab::new(Mode::Aws);
    let store = lab.open("s3://production");
    let folder = tempfile::tempdir().unwrap();
    let address = git_data::flow::address::Address::parse("file:staging").unwrap();
    let from = Directory::open(address, folder.path().to_owned());
    let content = noise(6 << 20);
    from.put(&key("a"), body(&content), When::Absent).unwrap();
    let pin = from.head(&key("a")).unwrap().unwrap().pin;
    let name = key("a");
    let source = |range| CopySource { bucket: &from, key: &name, pin: &pin, range };
    assert!(matches!(store.copy(&key("whole"), &source(None), When::Absent).unwrap(), Outcome::Stored(_)));
    assert_eq!(store.copy(&key("whole"), &source(None), When::Absent).unwrap(), Outcome::Refused);
    let upload = store.begin(&key("parts")).unwrap();
    let part = store.copy_part(&upload, 1, &source(Some((1, 5 << 20)))).unwrap();
    assert_eq!(part.sha256, Some(Digest::of(&content[1..=5 << 20])));
    store.complete(&upload, &[part], 5 << 20, When::Absent).unwrap();
    assert!(lab.server.get("production", "whole").unwrap() == content);
    assert!(lab.server.get("production", "parts").unwrap() == content[1..=5 << 20]);
}

static FROM: std::sync::OnceLock<git_data::flow::key::Key> = std::sync::OnceLock::new();

#[test]
fn listings_are_whole_or_an_error() {
    use crate::s3::{Fault, Kind as Wrong, ListLie};
    let lab = Lab::new(Mode::Aws);
    let store = lab.open("s3://staging/p");
    for n in 0..1_203 {
        lab.server.put_raw("staging", &format!("p/k/{n:05}"), "x", crate::s3::Backdoor::Put);
    }
    lab.server.put_raw("staging", "p/other", "x", crate::s3::Backdoor::Put);
    let list = |prefix: &str| -> git_data::error::Result<Vec<String>> {
        let mut keys = vec![];
        store.list(prefix, &mut |line| {
            assert_eq!(line.size, 1);
            keys.push(line.key.to_string());
            Ok(())
        })?;
        Ok(keys)
    };
    let keys = list("k/").unwrap();
    assert_eq!((keys.len(), &*keys[0], &*keys[1_202]), (1_203, "k/00000", "k/01202"));
    assert_eq!(list("").unwrap().len(), 1_204);
    for lie in [ListLie::Duplicate, ListLie::SaysTruncated, ListLie::Unsorted] {
        lab.server.fault(Fault::new("ListObjectsV2", Wrong::List(lie)).always());
        let error = list("").unwrap_err();
        assert!(error.message.starts_with("incomplete listing of s3://staging/p/"), "{lie:?} {error}");
        lab.server.mend();
    }
}

#[test]
fn a_link_works_without_credentials() {
    let lab = Lab::new(Mode::Aws);
    let store = lab.open("s3://staging/p");
    let link = store.link(&key("a b"), 60).unwrap();
    assert!(
        link.contains("/staging/p/a%20b?") && link.contains("X-Amz-Expires=60") && link.contains("X-Amz-Signature=")
    );
}

#[test]
fn many_threads_use_one_store() {
    let lab = Lab::new(Mode::Aws);
    let store = lab.open("s3://staging");
    std::thread::scope(|scope| {
        for n in 0..8 {
            let store = &store;
            scope.spawn(move || {
                let content = noise(100_000 + n);
                store.put(&key(&n.to_string()), body(&content), When::Absent).unwrap();
                assert_eq!(bytes(store, &n.to_string(), None, None).unwrap().unwrap(), content);
            });
        }
    });
    assert_eq!(lab.server.objects("staging").len(), 8);
}
