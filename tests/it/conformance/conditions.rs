//! Writes that may be refused, alone and in a crowd.

use std::sync::atomic::{AtomicUsize, Ordering};

use git_data::store::{Outcome, When};

use super::{Bench, body, bytes, read};

pub(super) fn create_only(b: &Bench<'_>) {
    let key = b.key("a");
    assert!(matches!(b.put(&key, b"one", When::Absent), Outcome::Stored(_)));
    assert_eq!(b.put(&key, b"two", When::Absent), Outcome::Refused);
    assert_eq!(b.put(&key, b"one", When::Absent), Outcome::Refused);
    assert_eq!(b.get(&key).unwrap(), b"one");
}

pub(super) fn if_match(b: &Bench<'_>) {
    let key = b.key("a");
    assert!(!matches!(b.store.put(&key, body(b"x"), When::Matches("\"none\"")), Ok(Outcome::Stored(_))));
    assert_eq!(b.store.head(&key).unwrap(), None);
    let old = b.stored(&key, b"one").etag.unwrap();
    assert!(matches!(b.put(&key, b"two", When::Matches(&old)), Outcome::Stored(_)));
    assert_eq!(b.put(&key, b"three", When::Matches(&old)), Outcome::Refused);
    assert_eq!(b.get(&key).unwrap(), b"two");
}

pub(super) fn create_race(b: &Bench<'_>) {
    for round in 0..5 {
        let key = b.key(&format!("r{round}"));
        let stored = AtomicUsize::new(0);
        let winner = AtomicUsize::new(99);
        std::thread::scope(|scope| {
            for n in 0..12 {
                let (key, stored, winner) = (&key, &stored, &winner);
                scope.spawn(move || {
                    if let Ok(Outcome::Stored(_)) = b.store.put(key, body(&bytes(1000 + n, 4)), When::Absent) {
                        stored.fetch_add(1, Ordering::SeqCst);
                        winner.store(n, Ordering::SeqCst);
                    }
                });
            }
        });
        assert_eq!(stored.load(Ordering::SeqCst), 1);
        assert_eq!(b.get(&key).unwrap(), bytes(1000 + winner.load(Ordering::SeqCst), 4));
    }
}

/// Everybody adds one to a counter: none is lost.
pub(super) fn match_race(b: &Bench<'_>) {
    let key = b.key("counter");
    b.stored(&key, b"0");
    let added = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                for _ in 0..8 {
                    let head = b.store.head(&key).unwrap().unwrap();
                    let Ok(Some(now)) = read(b.store, &key, None, Some(&head.pin)) else { continue };
                    let next = String::from_utf8(now).unwrap().parse::<usize>().unwrap() + 1;
                    let etag = head.pin.etag.unwrap();
                    let next = next.to_string();
                    if let Ok(Outcome::Stored(_)) = b.store.put(&key, body(next.as_bytes()), When::Matches(&etag)) {
                        added.fetch_add(1, Ordering::SeqCst);
                    }
                }
            });
        }
    });
    let added = added.load(Ordering::SeqCst);
    assert!(added > 0);
    assert_eq!(b.get(&key).unwrap(), added.to_string().as_bytes());
}
