//! What one manifest must hold; every fault is named, and what is allowed is not.

use super::super::json::Json;
use super::super::types::{Kind, Manifest, State};
use super::super::validate::{Fault, error, validate};
use super::{NAME, TIME, add, dataset, entry, manifest, put, usual, version};
use crate::flow::hash::Digest;
use crate::flow::version::Version;

fn rolled_back() -> Manifest {
    let mut manifest = usual();
    let mut back = version(4, State::Pending, "content 1");
    back.base = Some(Version(3));
    back.rollback = Some(Version(1));
    add(&mut manifest, back);
    manifest
}

#[test]
fn what_is_allowed_has_no_faults() {
    assert_eq!(validate(&usual()), []);
    assert_eq!(validate(&rolled_back()), []);
    let all = [State::Published, State::Withdrawn, State::Retired, State::Purging, State::Purged, State::Pending];
    let mut gaps =
        manifest(&(0..).zip(all).map(|(n, state)| version(n * 3 + 1, state, &format!("{n}"))).collect::<Vec<_>>());
    entry(&mut gaps, 7).retired = Some(TIME.to_owned());
    entry(&mut gaps, 10).purging = Some(TIME.to_owned());
    entry(&mut gaps, 10).retired = Some(TIME.to_owned());
    entry(&mut gaps, 13).purged = Some(TIME.to_owned());
    entry(&mut gaps, 4).published = Some(TIME.to_owned());
    entry(&mut gaps, 16).base = Some(Version(4));
    entry(&mut gaps, 16).supersedes = Some(Version(7));
    dataset(&mut gaps).preview = Some("counts".to_owned());
    dataset(&mut gaps).path = Some("data/ä b.sqlite".to_owned());
    dataset(&mut gaps).extra = vec![("later".to_owned(), Json::Null)];
    assert_eq!(validate(&gaps), []);
}

type Change = fn(&mut Manifest);

const FAULTS: &[(&str, &str, Change)] = &[
    ("versions[2].version", "v4 comes after v3", |m| entry(m, 2).version = Version(4)),
    ("versions[2].version", "v3 is there twice", |m| entry(m, 2).version = Version(3)),
    ("versions[1].files", "only a tree", |m| entry(m, 3).files = Some(1)),
    ("versions[1].size", "only a migrated version", |m| entry(m, 3).size = None),
    ("versions[1].diff", "is not diffs/energy.sqlite/", |m| entry(m, 3).diff = Some("diffs/x.md".to_owned())),
    ("versions[1].created", "is not a time like", |m| entry(m, 3).created = "2026-11-21".to_owned()),
    ("versions[1].created", "is not a time like", |m| entry(m, 3).created = "2026-02-30T10:00:00Z".to_owned()),
    ("versions[1].created", "is not a time like", |m| entry(m, 3).created = "2026-11-21T10:00:00.5Z".to_owned()),
    ("versions[1].created", "is not a time like", |m| entry(m, 3).created = "2026-11-21T10:00:00+00:00".to_owned()),
    ("versions[2].published", "is not a time like", |m| entry(m, 2).published = Some("now".to_owned())),
    ("versions[1].commit", "a pending version cannot", |m| entry(m, 3).commit = Some("4f5e".to_owned())),
    ("versions[1].published", "a pending version cannot", |m| entry(m, 3).published = Some(TIME.to_owned())),
    ("versions[2].retired", "a published version cannot", |m| entry(m, 2).retired = Some(TIME.to_owned())),
    ("versions[2].purging", "a published version cannot", |m| entry(m, 2).purging = Some(TIME.to_owned())),
    ("versions[2].purged", "a published version cannot", |m| entry(m, 2).purged = Some(TIME.to_owned())),
    ("versions[1].base", "v3 is not a lower", |m| entry(m, 3).base = Some(Version(3))),
    ("versions[1].supersedes", "v9 is not a lower", |m| entry(m, 3).supersedes = Some(Version(9))),
    ("versions[1].supersedes", "v2 is the base already", |m| entry(m, 3).supersedes = Some(Version(2))),
    ("versions[0].supersedes", "there is no v2", |m| {
        dataset(m).versions.retain(|e| e.version != Version(2));
        entry(m, 3).base = None;
        entry(m, 4).supersedes = Some(Version(2));
    }),
    ("versions[0].rollback", "there is no v9", |m| entry(m, 4).rollback = Some(Version(9))),
    ("versions[0].rollback", "v4 is not a lower", |m| entry(m, 4).rollback = Some(Version(4))),
    ("versions[0].rollback", "v2 has another content", |m| entry(m, 4).rollback = Some(Version(2))),
    ("versions[0].rollback", "v1 has another content", |m| entry(m, 4).size = Some(1)),
    ("versions[0].rollback", "v1 is purging", |m| entry(m, 1).state = State::Purging),
    ("versions[0].rollback", "v3 is a rollback itself; the object belongs to v1", |m| {
        let (digest, size) = (entry(m, 1).sha256, entry(m, 1).size);
        entry(m, 3).sha256 = digest;
        entry(m, 3).size = size;
        entry(m, 3).rollback = Some(Version(1));
        entry(m, 4).rollback = Some(Version(3));
    }),
    ("versions[1].delta", "no version of this dataset", |m| entry(m, 3).delta = Some(Digest::of(b"elsewhere"))),
    ("versions[1].from", "is not of the form OLD@vN", |m| entry(m, 3).from = Some("old".to_owned())),
    ("versions[1].from", "is not of the form OLD@vN", |m| entry(m, 3).from = Some("../old@v1".to_owned())),
    ("versions[1].from", "there is no old v1", |m| entry(m, 3).from = Some("old@v1".to_owned())),
    ("versions[1].from", "is this dataset itself", |m| entry(m, 3).from = Some(format!("{NAME}@v1"))),
    ("versions[1].source", "is not an object", |m| entry(m, 3).source = Some(Json::Null)),
    ("versions[1].key", "is empty", |m| entry(m, 3).key = Some(String::new())),
    ("preview", "neither rows nor counts", |m| dataset(m).preview = Some("all".to_owned())),
    ("path", "cannot hold a dataset", |m| dataset(m).path = Some(".git/config".to_owned())),
    ("path", "a renamed dataset has no path", |m| {
        dataset(m).renamed = Some("new".to_owned());
        dataset(m).path = Some("x".to_owned());
    }),
    ("renamed", "cannot name a dataset", |m| dataset(m).renamed = Some("v1".to_owned())),
    ("renamed", "the dataset's own name", |m| dataset(m).renamed = Some(NAME.to_owned())),
];

#[test]
fn each_rule_of_the_format_page_is_checked() {
    for (place, words, change) in FAULTS {
        let mut manifest = rolled_back();
        change(&mut manifest);
        let faults = validate(&manifest);
        let at = format!("datasets.\"{NAME}\".{place}");
        let named = |fault: &&Fault| fault.place == at && fault.message.contains(words);
        assert!(faults.iter().any(|f| named(&f)), "{place}: {words}: {faults:#?}");
        assert!(faults.iter().all(|f| f.dataset.as_deref() == Some(NAME)));
    }
    let mut bad_name = Manifest::default();
    put(&mut bad_name, "a b", &[version(1, State::Published, "x")]);
    assert!(validate(&bad_name)[0].message.contains("cannot name a dataset"));
}

#[test]
fn a_tree_has_files_and_a_rename_has_its_source() {
    let mut manifest = usual();
    dataset(&mut manifest).kind = Kind::Tree;
    entry(&mut manifest, 3).files = Some(7);
    let mut first = version(1, State::Pending, "content 2");
    first.from = Some(format!("{NAME}@v2"));
    dataset(&mut manifest).renamed = Some("new.sqlite".to_owned());
    put(&mut manifest, "new.sqlite", &[first.clone()]);
    dataset(&mut manifest).path = None;
    assert_eq!(validate(&manifest), []);
    first.from = Some(format!("{NAME}@v1"));
    put(&mut manifest, "new.sqlite", &[first]);
    assert!(validate(&manifest)[0].message.contains("energy.sqlite v1 has another content"));
}

#[test]
fn of_two_in_each_others_way_the_later_stands_still() {
    let late = |name: &str, path: Option<&str>, state: State| {
        let mut manifest = usual();
        let mut entry = version(1, state, "late");
        entry.created = "2026-11-22T10:00:00Z".to_owned();
        put(&mut manifest, name, &[entry]);
        manifest.datasets.get_mut(name).unwrap().path = path.map(str::to_owned);
        manifest
    };
    let cases = [
        ("Energy.sqlite", Some("elsewhere"), "differs from \"energy.sqlite\" by case"),
        ("energy.sqlite/x", Some("elsewhere"), "one of it and \"energy.sqlite\" is a directory above"),
        ("other", Some("ENERGY.sqlite"), "\"ENERGY.sqlite\" is the path of \"energy.sqlite\" already"),
        ("other", Some("energy.sqlite/x"), "one of \"energy.sqlite/x\" and the path of \"energy.sqlite\""),
        ("Energy.sqlite", None, "differs from \"energy.sqlite\" by case"),
    ];
    for (name, path, words) in cases {
        let faults = validate(&late(name, path, State::Pending));
        assert_eq!(faults.len(), 1, "{name}: {faults:?}");
        assert!(faults[0].message.contains(words), "{name}: {faults:?}");
        assert_eq!(faults[0].dataset.as_deref(), Some(name));
        assert_eq!(validate(&late(name, path, State::Withdrawn)), [], "{name}");
    }
    let mut early = late("other", Some("energy.sqlite"), State::Published);
    early.datasets.get_mut("other").unwrap().versions[0].created = "2020-11-22T10:00:00Z".to_owned();
    assert_eq!(validate(&early)[0].dataset.as_deref(), Some(NAME));
}

#[test]
fn many_faults_are_one_error() {
    let mut manifest = usual();
    entry(&mut manifest, 3).size = None;
    entry(&mut manifest, 2).diff = Some("x".to_owned());
    let faults = validate(&manifest);
    let told = error(&faults).unwrap();
    assert_eq!(told.message, format!("manifest.json, {}", faults[0]));
    assert_eq!(told.causes(), [faults[1].to_string()]);
    assert!(error(&[]).is_none());
}
