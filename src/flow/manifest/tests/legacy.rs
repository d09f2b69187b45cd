//! datamanager's manifest: read as it is, migrated without loss.

use super::super::json::Json;
use super::super::legacy::{Object, is_legacy, migrate};
use super::super::parse::parse;
use super::super::print::print;
use super::super::transition::{Author, transitions};
use super::super::types::{Entry, Manifest, State};
use super::super::validate::{unknown, validate};
use crate::flow::version::Version;

/// In the shape of the real one: rollback by key, a wrong latestVersion, microseconds, marks, a fork's own members.
fn fixture() -> String {
    let (a, b, c) = ("a".repeat(64), "b".repeat(64), "c".repeat(64));
    format!(
        r#"[
  {{
    "fileName": "costs.sqlite",
    "bucket": "internal",
    "latestVersion": "v1",
    "history": [
      {{"version": "v6", "timestamp": "2025-07-04T01:00:00Z", "sha256": "{c}", "r2_object_key": "costs/v6-{c}.sqlite",
        "staging_key": "staging_uploads/{c}.sqlite", "diffFromPrevious": "diffs/costs.sqlite/diff-v5-to-v6.diff",
        "commit": "pending-merge", "temoaRepoHash": "77", "description": "pending-merge"}},
      {{"version": "v5", "timestamp": "2025-07-02T00:43:37.774115Z", "sha256": "{a}", "r2_object_key": "costs/v3-{a}.sqlite",
        "diffFromPrevious": null, "commit": "361221b", "description": "Rollback to version v3"}},
      {{"version": "v3", "timestamp": "2025-07-01T01:47:11.036588Z", "sha256": "{a}", "r2_object_key": "costs/v3-{a}.sqlite",
        "diffFromPrevious": "diffs/costs.sqlite/diff-v2-to-v3.diff", "commit": "675c0a9", "description": "Newer"}},
      {{"version": "v2", "timestamp": "2025-07-01T01:36:00+00:00", "sha256": "{b}", "r2_object_key": "costs/v2-{b}.sqlite",
        "diffFromPrevious": null, "commit": "522bc76", "status": "pending-deletion"}},
      {{"version": "v1", "timestamp": "2025-07-01T01:34:10Z", "sha256": "{a}", "r2_object_key": "costs/v1-{a}.sqlite",
        "diffFromPrevious": null, "commit": "bbb3926"}}
    ]
  }},
  {{
    "fileName": "gone.sqlite", "latestVersion": "v1", "status": "pending-deletion",
    "history": [{{"version": "v1", "timestamp": "2025-07-01T01:34:10Z", "sha256": "{b}",
      "r2_object_key": "gone/v1-{b}.sqlite", "diffFromPrevious": null, "commit": "cc99320"}}]
  }}
]"#
    )
}

fn read() -> Manifest {
    parse(fixture().as_bytes()).unwrap()
}

#[test]
fn the_array_is_read_by_the_same_door() {
    assert!(is_legacy(b"\xef\xbb\xbf \n[]") && !is_legacy(b"{}") && !is_legacy(b""));
    let manifest = read();
    let costs = &manifest.datasets["costs.sqlite"];
    let states: Vec<_> = costs.versions.iter().map(|e| (e.version.0, e.state.word())).collect();
    assert_eq!(states, [(6, "pending"), (5, "published"), (3, "published"), (2, "retired"), (1, "published")]);
    let of = |n| costs.entry(Version(n)).unwrap();
    assert_eq!(of(5).rollback, Some(Version(3)), "v1 has the content too, but another object");
    assert_eq!((of(3).rollback, of(1).rollback), (None, None));
    assert_eq!(of(5).created, "2025-07-02T00:43:37Z");
    assert_eq!(of(2).created, "2025-07-01T01:36:00Z");
    assert_eq!(of(5).message, "Rollback to version v3");
    assert_eq!((of(6).message.as_str(), &of(6).legacy_commit), ("", &None));
    assert_eq!(of(5).legacy_commit.as_deref(), Some("361221b"));
    assert!(of(6).staging_key.as_deref().unwrap().starts_with("staging_uploads/"));
    assert!(of(1).key.as_deref().unwrap().starts_with("costs/v1-"));
    assert!(costs.versions.iter().all(|e| e.size.is_none()));
    assert_eq!(manifest.datasets["gone.sqlite"].versions[0].state, State::Retired);
    assert_eq!(validate(&manifest), []);
}

#[test]
fn migrating_loses_nothing_and_is_a_legal_change() {
    let legacy = read();
    let sizes = |_: &str, entry: &Entry| match entry.version.0 {
        6 => Object::Absent,
        2 => Object::Absent,
        1 => Object::Unasked,
        n => Object::Size(n.min(3) * 100),
    };
    let migrated = migrate(&legacy, &sizes);
    let text = print(&migrated);
    assert_eq!(print(&parse(text.as_bytes()).unwrap()), text);
    assert_eq!(validate(&migrated), []);
    let of = |n| migrated.entry("costs.sqlite", Version(n)).unwrap();
    assert_eq!((of(3).size, &of(3).state), (Some(300), &State::Published));
    assert_eq!((of(2).size, &of(2).state), (None, &State::Purged));
    assert_eq!((of(6).size, &of(6).state), (None, &State::Withdrawn));
    assert_eq!((of(1).size, &of(1).state), (None, &State::Published));
    let illegal = transitions(&legacy, &migrated, &|_, _| false, Author::PullRequest);
    assert_eq!(illegal, []);
    // What can be found in the old text is found in the new one, but for latestVersion and what a state says.
    let Json::Array(old) = serde_json::from_str(&fixture()).unwrap() else { panic!("an array") };
    let mut words = Vec::new();
    old.iter().for_each(|item| strings(item, &mut words));
    let said = ["pending-merge", "pending-deletion"];
    for word in words.iter().filter(|word| !said.contains(&word.as_str())) {
        assert!(text.contains(&format!("{word:?}")), "{word}");
    }
    let later: Vec<_> = unknown(&migrated).into_iter().map(|fault| fault.place).collect();
    assert_eq!(later, ["datasets.\"costs.sqlite\".bucket", "datasets.\"costs.sqlite\".versions[0].temoaRepoHash"]);
}

fn strings(value: &Json, words: &mut Vec<String>) {
    match value {
        Json::String(text) => words.push(text.clone()),
        Json::Array(items) => items.iter().for_each(|item| strings(item, words)),
        Json::Object(members) => members.iter().for_each(|(_, value)| strings(value, words)),
        _ => {}
    }
}

#[test]
fn offline_sizes_stay_open_and_can_be_filled_in_later() {
    let offline = migrate(&read(), &|_, _| Object::Unasked);
    assert_eq!(offline, read());
    assert!(print(&offline).contains("\"size\": null"));
    let later = migrate(&offline, &|_, _| Object::Size(5));
    assert_eq!(transitions(&offline, &later, &|_, _| false, Author::PullRequest), []);
    let mut moved = later.clone();
    moved.datasets.get_mut("costs.sqlite").unwrap().versions[1].key = Some("elsewhere".to_owned());
    let illegal = transitions(&read(), &moved, &|_, _| false, Author::PullRequest);
    assert_eq!(illegal[0].to_string(), "costs.sqlite v5: key: it is on the default branch and does not change");
}

#[test]
fn a_broken_array_is_named() {
    let cases = [
        ("\"fileName\": \"costs.sqlite\"", "\"fileName\": 5", "[0]: \"fileName\" is not a string"),
        ("\"version\": \"v5\"", "\"version\": \"5\"", "[0].history[1]: \"version\" is not right: \"5\""),
        ("\"timestamp\": \"2025-07-01T01:34:10Z\", ", "", "history[4]: the member \"timestamp\" is missing"),
        ("gone.sqlite", "costs.sqlite", "[1]: the dataset is there twice"),
        ("\"commit\": \"361221b\"", "\"commit\": \"1\", \"commit\": \"2\"", "the member \"commit\" twice"),
    ];
    for (from, to, words) in cases {
        let error = parse(fixture().replacen(from, to, 1).as_bytes()).expect_err(to);
        assert!(error.message.contains(words), "{error} {:?}", error.causes());
    }
    let clash = fixture().replace("\"temoaRepoHash\"", "\"size\"");
    let text = print(&migrate(&parse(clash.as_bytes()).unwrap(), &|_, _| Object::Size(1)));
    assert!(text.contains("\"datamanager-size\": \"77\"") && parse(text.as_bytes()).is_ok());
}
