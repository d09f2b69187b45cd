//! Each finding from a bucket that has it, and a sample that reads everything in turn.

use super::*;
use crate::flow::manifest::parse::parse;
use crate::flow::receipt::{Identity, Method};
use crate::flow::reference::sample::*;

fn receipt(number: u64, content: &str, key: Key) -> Receipt {
    let identity = Identity {
        dataset: NAME.to_owned(),
        version: Version(number),
        kind: "file".to_owned(),
        sha256: digest(content),
        size: content.len() as u64,
        key,
    };
    let time = "2026-11-21T10:00:00Z".to_owned();
    Receipt {
        identity,
        places: None,
        base: None,
        commit: "4f5e".to_owned(),
        run: "r".to_owned(),
        time,
        method: Method::Put,
    }
}

impl Seen {
    fn with(mut self, key: Key, size: u64) -> Self {
        self.listing.push(Listed { key, size, modified: NOW });
        self
    }

    fn proven(self, number: u64, content: &str, receipt: Read) -> Self {
        let key = key::receipt(NAME, Version(number), &digest(content));
        let mut seen = self.with(key.clone(), 300);
        seen.receipts.insert(key, receipt);
        seen
    }

    fn published(self, number: u64, content: &str) -> Self {
        let right = receipt(number, content, at(number, content));
        self.with(at(number, content), content.len() as u64).proven(number, content, Read::Receipt(Box::new(right)))
    }
}

fn findings(manifest: &Manifest, seen: &Seen) -> Vec<String> {
    audit(manifest, seen).findings.iter().map(ToString::to_string).collect()
}

#[test]
fn a_bucket_that_holds_what_the_manifest_says_has_no_finding() {
    let mut tip = manifest(vec![
        version(4, State::Pending, "4"),
        rollback(3, State::Published, "1", 1),
        version(2, State::Purged, "2"),
        retired(1, "1", 3),
    ]);
    put(&mut tip, "tree", vec![version(1, State::Published, "t")]);
    tip.datasets.get_mut("tree").unwrap().kind = Kind::Unknown("forest".to_owned());
    let back = Read::Receipt(Box::new(receipt(3, "1", at(1, "1"))));
    let seen = Seen::default()
        .published(1, "1")
        .proven(3, "1", back)
        .with(at(4, "4"), 1)
        .with(Key::new("tree/v1-0123456789abcdef/files/x"), 9)
        .with(key::incoming("x"), 1)
        .with(key::probe("x"), 1)
        .with(Key::new(format!(".git-data/chunks/{}", digest("1"))), 1)
        .with(Key::new(format!("{}.sig", key::receipt(NAME, Version(1), &digest("1")))), 1);
    let audit = audit(&tip, &seen);
    assert_eq!(audit.findings, []);
    assert_eq!(audit.objects.iter().map(|o| o.key.clone()).collect::<Vec<_>>(), [at(1, "1")]);
    assert_eq!(audit.skipped, ["tree"]);
}

#[test]
fn each_object_of_a_tree_is_looked_at_and_what_no_tree_has_is_an_orphan() {
    let mut tip = manifest(vec![version(1, State::Published, "1")]);
    put(&mut tip, "maps", vec![version(1, State::Published, "t")]);
    tip.datasets.get_mut("maps").unwrap().kind = Kind::Tree;
    let listing = key::tree("maps", Version(1), &digest("t"));
    let part = |key: &str, size| Object {
        dataset: "maps".to_owned(),
        version: Version(1),
        sha256: digest(key),
        size,
        key: Key::new(key),
    };
    let whole = || {
        let seen = Seen::default().published(1, "1").with(listing.clone(), 40).with(Key::new("maps/a"), 1);
        let seen = seen.with(Key::new("maps/s.tar"), 99).with(key::receipt("maps", Version(1), &digest("t")), 300);
        let parts = vec![part("maps/a", Some(1)), part("maps/s.tar", None)];
        Seen { trees: BTreeMap::from([(("maps".to_owned(), Version(1)), Ok(parts))]), ..seen }
    };
    let audited = audit(&tip, &whole());
    assert_eq!(audited.findings, []);
    assert_eq!(audited.objects.len(), 4);
    let mut short = whole();
    short.listing.retain(|listed| listed.key != Key::new("maps/s.tar"));
    assert_eq!(findings(&tip, &short), ["maps v1: there is no object maps/s.tar"]);
    let more = Key::new("maps/v1-0123456789abcdef/files/x");
    assert_eq!(findings(&tip, &whole().with(more.clone(), 9)), [format!("no version has the object {more} (9 bytes)")]);
    let broken = Seen { trees: BTreeMap::new(), ..whole().with(more, 9) };
    assert_eq!(findings(&tip, &broken), ["maps v1: what it is made of cannot be read: it was not read"]);
}

#[test]
fn a_missing_or_short_object_is_broken_and_says_what_it_must_be() {
    let tip = manifest(vec![version(2, State::Published, "22"), version(1, State::Published, "1")]);
    let mut seen = Seen::default().published(2, "22").published(1, "1");
    seen.listing.retain(|l| l.key != at(1, "1"));
    seen.listing.iter_mut().find(|l| l.key == at(2, "22")).unwrap().size = 1;
    let audit = audit(&tip, &seen);
    assert!(audit.findings.iter().all(|f| f.weight() == Weight::Broken));
    let damaged: Vec<_> = audit.findings.iter().filter_map(|f| f.damaged().map(|o| o.version)).collect();
    assert_eq!(damaged, [Version(1), Version(2)]);
    assert!(audit.findings[1].to_string().ends_with("has 1 bytes, not 2"));
}

#[test]
fn a_large_object_has_a_chunk_list_and_a_list_has_an_object() {
    let mut large = version(1, State::Published, "1");
    large.size = Some(9 << 20);
    let tip = manifest(vec![version(3, State::Purging, "3"), version(2, State::Purged, "2"), large]);
    let mut right = receipt(1, "1", at(1, "1"));
    right.identity.size = 9 << 20;
    let seen = || {
        let proof = Read::Receipt(Box::new(right.clone()));
        Seen::default().with(at(1, "1"), 9 << 20).proven(1, "1", proof)
    };
    let list = |content: &str| key::chunks(&digest(content));
    let missing = audit(&tip, &seen());
    assert!(matches!(&missing.findings[..], [Finding::MissingChunks { .. }]), "{:?}", missing.findings);
    assert_eq!((missing.findings[0].weight(), missing.findings[0].damaged()), (Weight::Note, None));
    assert_eq!(audit(&tip, &seen().with(list("1"), 99)).findings, []);
    // What is being purged loses its list first; what is purged has none.
    assert_eq!(audit(&tip, &seen().with(list("1"), 99).with(list("3"), 99)).findings, []);
    let orphan = Finding::Orphan { key: list("2"), size: 99 };
    assert_eq!(audit(&tip, &seen().with(list("1"), 99).with(list("2"), 99)).findings, [orphan]);
}

#[test]
fn a_published_version_without_a_receipt_is_unproven_unless_it_was_migrated() {
    let mut migrated = version(1, State::Published, "1");
    migrated.key = Some("old/1".to_owned());
    let tip = manifest(vec![version(2, State::Published, "2"), migrated]);
    let seen = Seen::default().with(at(2, "2"), 1).with(Key::new("old/1"), 1);
    let audit = audit(&tip, &seen);
    assert_eq!(audit.findings.len(), 1);
    assert_eq!(
        (audit.findings[0].weight(), audit.findings[0].to_string()),
        (Weight::Unproven, "a.csv v2 is published and has no receipt".to_owned())
    );
}

#[test]
fn a_receipt_that_says_something_else_is_found_member_by_member() {
    let tip = manifest(vec![version(1, State::Published, "1")]);
    let right = receipt(1, "1", at(1, "1"));
    let wrong = |change: &dyn Fn(&mut Identity)| {
        let mut receipt = right.clone();
        change(&mut receipt.identity);
        let seen = Seen::default().with(at(1, "1"), 1).proven(1, "1", Read::Receipt(Box::new(receipt)));
        findings(&tip, &seen).join("; ")
    };
    assert_eq!(wrong(&|_| {}), "");
    assert!(wrong(&|id| id.dataset = "b".to_owned()).contains("its dataset is b, the entry's is a.csv"));
    assert!(wrong(&|id| id.version = Version(2)).contains("its version is v2"));
    assert!(wrong(&|id| id.kind = "tree".to_owned()).contains("its kind is tree"));
    assert!(wrong(&|id| id.sha256 = digest("x")).contains("its sha256 is"));
    assert!(wrong(&|id| id.size = 9).contains("its size is 9"));
    assert!(wrong(&|id| id.key = Key::new("x")).contains("its key is x"));
    let garbage = Seen::default().with(at(1, "1"), 1).proven(1, "1", Read::Unreadable("not JSON".to_owned()));
    assert!(findings(&tip, &garbage)[0].ends_with("not JSON"));
}

#[test]
fn what_no_version_has_is_reported_and_weighs_little() {
    let tip = manifest(vec![version(2, State::Purged, "2"), version(1, State::Published, "1")]);
    let seen = Seen::default()
        .published(1, "1")
        .with(at(2, "2"), 1)
        .with(Key::new("gone/v1-x"), 1)
        .with(Key::new("README.txt"), 1)
        .with(Key::new(format!("a.csv/v9-{}.txt", digest("1"))), 1)
        .with(Key::new(".git-data/new"), 1);
    let audit = audit(&tip, &seen);
    assert!(audit.findings.iter().all(|f| f.weight() == Weight::Note && f.damaged().is_none()));
    let orphans = audit.findings.iter().filter(|f| matches!(f, Finding::Orphan { .. })).count();
    assert_eq!((orphans, audit.findings.len()), (1, 5));
}

#[test]
fn a_receipt_without_an_entry_prints_the_lines_that_bring_it_back() {
    let lost = receipt(1, "1", at(1, "1"));
    let seen = Seen::default().published(1, "1");
    let found = audit(&manifest(vec![version(2, State::Published, "2")]), &seen.published(2, "2"));
    assert!(matches!(&found.findings[0], Finding::ReceiptWithoutEntry { version: Version(1), .. }));
    let back = parse(lines(&lost).as_bytes()).unwrap();
    let entry = back.entry(NAME, Version(1)).unwrap();
    assert_eq!((entry.sha256, entry.size, &entry.state), (digest("1"), Some(1), &State::Published));
    assert!(entry.key.is_none() && entry.rollback.is_none());
    let rolled = parse(lines(&receipt(3, "1", at(1, "1"))).as_bytes()).unwrap();
    assert_eq!(rolled.entry(NAME, Version(3)).unwrap().rollback, Some(Version(1)));
    let migrated = parse(lines(&receipt(1, "1", Key::new("old/1"))).as_bytes()).unwrap();
    assert_eq!(migrated.entry(NAME, Version(1)).unwrap().key.as_deref(), Some("old/1"));
}

#[test]
fn a_share_reads_everything_in_turn_daily_or_weekly() {
    let digests: Vec<Digest> = (0..500).map(|n| digest(&n.to_string())).collect();
    for (text, runs) in [("10%", 10), ("100%", 1), ("14%", 6), ("15%", 6), ("1%", 100), ("33.3%", 3)] {
        let share: Share = text.parse().unwrap();
        for step in [1, 7] {
            let mut times = vec![0; digests.len()];
            for run in 0..runs {
                for (n, digest) in digests.iter().enumerate() {
                    times[n] += usize::from(share.holds(digest, 20_000 + run * step));
                }
            }
            assert!(times.iter().all(|t| *t == 1), "{text} every {step} days");
        }
    }
    let tenth: Share = "10%".parse().unwrap();
    let today = digests.iter().filter(|d| tenth.holds(d, day(NOW))).count();
    assert!((25..80).contains(&today), "{today} of 500");
    assert_eq!(digests.iter().filter(|d| Share::ALL.holds(d, 3)).count(), 500);
}

#[test]
fn a_share_is_a_percentage() {
    for bad in ["", "10", "0%", "-1%", "101%", "ten%", "NaN%"] {
        assert!(bad.parse::<Share>().is_err(), "{bad}");
    }
}
