//! Every illegal change from the default branch is named; every legal one is not.

use super::super::json::Json;
use super::super::transition::{Author, Illegal, Rule, transitions};
use super::super::types::{Entry, Kind, Manifest, State};
use super::{NAME, TIME, add, dataset, entry, manifest, put, usual, version};
use crate::flow::hash::Digest;
use crate::flow::version::Version;
use Rule::{Base, Disappeared, Immutable, Migrated, Object, Publisher, Renamed, Spent, State as Step};

type Change = fn(&mut Manifest);

/// v1 to v3 published, v4 merged, v5 withdrawn, v6 retired, v7 purging, v8 purged.
fn all_states() -> Manifest {
    use State::{Pending, Published, Purged, Purging, Retired, Withdrawn};
    let states = [Published, Published, Published, Pending, Withdrawn, Retired, Purging, Purged];
    let mut all = manifest(&(1..).zip(states).map(|(n, s)| version(n, s, &format!("content {n}"))).collect::<Vec<_>>());
    entry(&mut all, 6).retired = Some(TIME.to_owned());
    all
}

/// Version 9, made from the latest.
fn proposal() -> Entry {
    let mut new = version(9, State::Pending, "content 9");
    new.base = Some(Version(4));
    new
}

fn without_receipts(_: &str, _: &Entry) -> bool {
    false
}

fn judge(change: Change, receipts: bool, by: Author) -> Vec<Illegal> {
    let (base, mut head) = (all_states(), all_states());
    change(&mut head);
    transitions(&base, &head, &|_, _| receipts, by)
}

const ILLEGAL: &[(Rule, &str, Change)] = &[
    (Disappeared, "energy.sqlite v2: versions: an entry never", |m| dataset(m).versions.retain(|e| e.version.0 != 2)),
    (Disappeared, "energy.sqlite: versions: a dataset never", |m| m.datasets.clear()),
    (Immutable, "v2: sha256: it is on the default branch", |m| entry(m, 2).sha256 = Digest::of(b"x")),
    (Immutable, "v4: sha256: it is on the default branch", |m| entry(m, 4).sha256 = Digest::of(b"x")),
    (Immutable, "v2: size:", |m| entry(m, 2).size = Some(1)),
    (Immutable, "v2: size:", |m| entry(m, 2).size = None),
    (Immutable, "v2: files:", |m| entry(m, 2).files = Some(1)),
    (Immutable, "v2: created:", |m| entry(m, 2).created = "2020-01-01T00:00:00Z".to_owned()),
    (Immutable, "v2: message:", |m| entry(m, 2).message.push('!')),
    (Immutable, "v2: base:", |m| entry(m, 2).base = None),
    (Immutable, "v4: supersedes:", |m| entry(m, 4).supersedes = Some(Version(1))),
    (Immutable, "v2: delta:", |m| entry(m, 2).delta = Some(Digest::of(b"x"))),
    (Immutable, "v2: rollback:", |m| entry(m, 2).rollback = Some(Version(1))),
    (Immutable, "v2: from:", |m| entry(m, 2).from = Some("a@v1".to_owned())),
    (Immutable, "v2: source:", |m| entry(m, 2).source = Some(Json::Null)),
    (Immutable, "v2: diff:", |m| entry(m, 2).diff = Some("x".to_owned())),
    (Immutable, "v2: key:", |m| entry(m, 2).key = Some("x".to_owned())),
    (Immutable, "v2: stagingKey:", |m| entry(m, 2).staging_key = Some("x".to_owned())),
    (Immutable, "v2: legacyCommit:", |m| entry(m, 2).legacy_commit = Some("x".to_owned())),
    (Immutable, "v2: an unknown member:", |m| entry(m, 2).extra.push(("x".to_owned(), Json::Null))),
    (Immutable, "v2: commit: what the publisher wrote", |m| entry(m, 2).commit = Some("0bad".to_owned())),
    (Immutable, "v2: published: what the publisher wrote", |m| entry(m, 2).published = None),
    (Immutable, "v6: retired: what the publisher wrote", |m| entry(m, 6).retired = None),
    (Publisher, "v4: commit: the publisher writes it", |m| entry(m, 4).commit = Some("4f5e".to_owned())),
    (Publisher, "v4: state: only the publisher writes published", |m| entry(m, 4).state = State::Published),
    (Publisher, "v6: state: only the publisher writes purging", |m| entry(m, 6).state = State::Purging),
    (Publisher, "v7: state: only the publisher writes purged", |m| entry(m, 7).state = State::Purged),
    (Step, "v2: state: published cannot become pending", |m| entry(m, 2).state = State::Pending),
    (Step, "v2: state: published cannot become withdrawn: retire it", |m| entry(m, 2).state = State::Withdrawn),
    (Step, "v2: state: published cannot become purging", |m| entry(m, 2).state = State::Purging),
    (Step, "v2: state: published cannot become purged", |m| entry(m, 2).state = State::Purged),
    (Step, "v4: state: merged cannot become retired: it has no receipt", |m| entry(m, 4).state = State::Retired),
    (Step, "v5: state: withdrawn cannot become pending", |m| entry(m, 5).state = State::Pending),
    (Step, "v6: state: retired cannot become purged", |m| entry(m, 6).state = State::Purged),
    (Step, "v6: state: retired cannot become withdrawn", |m| entry(m, 6).state = State::Withdrawn),
    (Step, "v7: state: purging cannot become published: wait, then", |m| entry(m, 7).state = State::Published),
    (Step, "v7: state: purging cannot become retired", |m| entry(m, 7).state = State::Retired),
    (Step, "v8: state: purged cannot become published", |m| entry(m, 8).state = State::Published),
    (Step, "v2: state: published cannot become resting", |m| entry(m, 2).state = State::Unknown("resting".to_owned())),
    (Step, "v9: state: a new version is pending, not published", |m| add(m, version(9, State::Published, "9"))),
    (Publisher, "v9: commit: the publisher writes it", |m| add(m, version(9, State::Published, "9"))),
    (Publisher, "v9: retired: the publisher writes it", |m| {
        add(m, Entry { retired: Some(TIME.to_owned()), ..proposal() });
    }),
    (Migrated, "v9: key: only git data migrate", |m| add(m, Entry { key: Some("x".to_owned()), ..proposal() })),
    (Spent, "v2: version: the number is spent: v8", |m| {
        // As if v2 had been a gap.
        dataset(m).versions.retain(|e| e.version.0 != 2);
        add(m, version(2, State::Pending, "2"));
    }),
    (Spent, "v1010: version: it leaves out too many numbers: the next one is v9", |m| {
        add(m, Entry { version: Version(1_010), ..proposal() });
    }),
    (Renamed, "v9: from: old is not renamed to energy.sqlite", |m| {
        add(m, Entry { from: Some("old@v1".to_owned()), ..proposal() });
    }),
    (Base, "v9: base: it was made from v3, but v4 came in between", |m| {
        add(m, Entry { base: Some(Version(3)), ..proposal() });
    }),
    (Base, "v9: base: it was made from nothing, but v4", |m| add(m, Entry { base: None, ..proposal() })),
    (Base, "v9: supersedes: it supersedes v3, but v4", |m| {
        add(m, Entry { base: Some(Version(2)), supersedes: Some(Version(3)), ..proposal() });
    }),
    (Object, "v9: rollback: v4 is merged, not published", |m| {
        add(m, Entry { rollback: Some(Version(4)), ..proposal() })
    }),
    (Object, "v9: rollback: v7 is purging", |m| add(m, Entry { rollback: Some(Version(7)), ..proposal() })),
    (Object, "v9: from: old v1 is not on the default branch", |m| {
        add(m, Entry { from: Some("old@v1".to_owned()), ..proposal() });
    }),
    (Object, "v9: delta: v4 is merged", |m| add(m, Entry { delta: Some(Digest::of(b"content 4")), ..proposal() })),
    (Immutable, "energy.sqlite: kind: a dataset with merged versions stays a file", |m| dataset(m).kind = Kind::Tree),
    (Renamed, "energy.sqlite: renamed: no version of new says", |m| dataset(m).renamed = Some("new".to_owned())),
];

#[test]
fn every_illegal_change_is_named() {
    for (rule, words, change) in ILLEGAL {
        let base = if words.contains("the number is spent") {
            let mut base = all_states();
            dataset(&mut base).versions.retain(|e| e.version.0 != 2);
            base
        } else {
            all_states()
        };
        let mut head = all_states();
        change(&mut head);
        let found = transitions(&base, &head, &without_receipts, Author::PullRequest);
        let named = |i: &Illegal| i.rule == *rule && i.to_string().contains(words);
        assert!(found.iter().any(named), "{words}: {found:#?}");
    }
}

#[test]
fn what_people_may_do_is_legal() {
    let cases: &[(bool, Change)] = &[
        (false, |_| {}),
        (false, |m| add(m, proposal())),
        (false, |m| add(m, Entry { version: Version(12), ..proposal() })),
        (false, |m| add(m, Entry { base: Some(Version(2)), supersedes: Some(Version(4)), ..proposal() })),
        (false, |m| add(m, version(9, State::Withdrawn, "given up"))),
        (false, |m| add(m, Entry { rollback: Some(Version(2)), ..proposal() })),
        (false, |m| add(m, Entry { rollback: Some(Version(6)), ..proposal() })),
        (false, |m| entry(m, 4).state = State::Withdrawn),
        (false, |m| entry(m, 2).state = State::Retired),
        (true, |m| entry(m, 4).state = State::Retired),
        (true, |m| entry(m, 4).state = State::Withdrawn),
        (true, |m| entry(m, 5).state = State::Pending),
        (false, |m| {
            entry(m, 6).state = State::Published;
            entry(m, 6).retired = None;
        }),
        (true, |m| {
            entry(m, 6).state = State::Pending;
            entry(m, 6).retired = None;
        }),
        (false, |m| {
            let all = dataset(m);
            all.path = Some("elsewhere".to_owned());
            all.description = Some("new".to_owned());
            all.keys = Some(Json::Object(Vec::new()));
            all.checks = Some(Json::Array(Vec::new()));
            all.redact = Some(Json::Array(Vec::new()));
            all.preview = Some("rows".to_owned());
            all.extra = vec![("later".to_owned(), Json::Null)];
        }),
        (false, |m| {
            dataset(m).renamed = Some("new".to_owned());
            let first =
                Entry { from: Some(format!("{NAME}@v3")), base: None, ..version(1, State::Pending, "content 3") };
            put(m, "new", &[first]);
        }),
    ];
    for (n, (receipts, change)) in cases.iter().enumerate() {
        assert_eq!(judge(*change, *receipts, Author::PullRequest), [], "case {n}");
    }
}

#[test]
fn the_publisher_writes_its_facts_and_nothing_else() {
    let legal: &[(bool, Change)] = &[
        (true, |m| {
            let entry = entry(m, 4);
            entry.state = State::Published;
            entry.commit = Some("4f5e".to_owned());
            entry.published = Some(TIME.to_owned());
        }),
        (false, |m| {
            entry(m, 6).state = State::Purging;
            entry(m, 6).purging = Some(TIME.to_owned());
        }),
        (false, |m| {
            entry(m, 7).state = State::Purged;
            entry(m, 7).purged = Some(TIME.to_owned());
        }),
        (true, |m| {
            entry(m, 5).state = State::Retired;
            entry(m, 5).retired = Some(TIME.to_owned());
        }),
    ];
    for (n, (receipts, change)) in legal.iter().enumerate() {
        assert_eq!(judge(*change, *receipts, Author::Publisher), [], "case {n}");
    }
    let illegal: &[(Rule, Change)] = &[
        (Rule::State, |m| entry(m, 4).state = State::Published),
        (Rule::State, |m| entry(m, 6).state = State::Purged),
        (Rule::State, |m| entry(m, 2).state = State::Purging),
        (Rule::Proposal, |m| add(m, proposal())),
        (Rule::Immutable, |m| entry(m, 2).commit = Some("other".to_owned())),
        (Rule::Immutable, |m| entry(m, 2).message.push('!')),
    ];
    for (n, (rule, change)) in illegal.iter().enumerate() {
        let found = judge(*change, false, Author::Publisher);
        assert!(found.iter().any(|i| i.rule == *rule), "case {n}: {found:#?}");
    }
}

#[test]
fn a_renamed_dataset_takes_no_versions_and_no_third_name() {
    let mut base = usual();
    dataset(&mut base).renamed = Some("new".to_owned());
    let first = Entry { from: Some(format!("{NAME}@v2")), base: None, ..version(1, State::Pending, "content 2") };
    put(&mut base, "new", &[first]);
    let mut head = base.clone();
    dataset(&mut head).renamed = None;
    let found = transitions(&base, &head, &without_receipts, Author::PullRequest);
    assert_eq!(found[0].to_string(), "energy.sqlite: renamed: it is new already");
    let mut head = base.clone();
    add(&mut head, version(4, State::Pending, "4"));
    let found = transitions(&base, &head, &without_receipts, Author::PullRequest);
    assert!(found.iter().any(|i| i.rule == Rule::Renamed), "{found:?}");
    let mut head = base.clone();
    dataset(&mut head).renamed = None;
    head.datasets.get_mut("new").unwrap().versions[0].state = State::Withdrawn;
    assert_eq!(transitions(&base, &head, &without_receipts, Author::PullRequest), []);
}

#[test]
fn what_nothing_proves_is_not_believed() {
    let mut base = usual();
    let entry_of = |manifest: &mut Manifest, state: State| {
        let entry = entry(manifest, 3);
        entry.state = state;
        entry.size = None;
    };
    entry_of(&mut base, State::Retired);
    let mut head = base.clone();
    entry_of(&mut head, State::Published);
    let found = transitions(&base, &head, &without_receipts, Author::PullRequest);
    assert!(found[0].message.contains("nothing proves that it was published"), "{found:?}");
    assert_eq!(transitions(&base, &head, &|_, _| true, Author::PullRequest), []);
    // Only a migrated version may learn its size later.
    let mut head = base.clone();
    entry(&mut head, 3).size = Some(1);
    let found = transitions(&base, &head, &without_receipts, Author::PullRequest);
    assert_eq!(found[0].member, "size");
    for manifest in [&mut base, &mut head] {
        entry(manifest, 3).key = Some("old/key".to_owned());
    }
    assert_eq!(transitions(&base, &head, &without_receipts, Author::PullRequest), []);
}
