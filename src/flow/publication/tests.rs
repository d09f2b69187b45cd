//! Publication: what is planned, and what facts do to a manifest.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

use super::*;

fn entry(n: u64, bytes: &[u8]) -> Entry {
    let stamp = "2026-11-21T10:00:00Z".to_owned();
    Entry::pending(Version(n), Digest::of(bytes), bytes.len() as u64, stamp, "m".to_owned())
}

fn manifest(entries: Vec<Entry>) -> Manifest {
    let mut manifest = Manifest::default();
    manifest.datasets.insert("a.csv".to_owned(), Dataset { versions: entries, ..Dataset::default() });
    manifest
}

#[test]
fn all_pending_versions_are_planned_oldest_first() {
    let mut first = entry(1, b"1");
    first.state = State::Published;
    let (items, blocked) = plan(&manifest(vec![entry(3, b"3"), entry(2, b"2"), first]));
    assert!(blocked.is_empty());
    assert_eq!(items.iter().map(|i| i.identity.version.0).collect::<Vec<_>>(), [2, 3]);
    assert_eq!(items[0].action, Action::Copy { from: key::staging(&Digest::of(b"2")) });
}

#[test]
fn a_rollback_references_the_owner_and_copies_nothing() {
    let mut first = entry(1, b"1");
    first.state = State::Published;
    let mut back = entry(3, b"1");
    back.rollback = Some(Version(1));
    let (items, _) = plan(&manifest(vec![back, first]));
    assert_eq!(items[0].action, Action::Reference);
    assert_eq!(items[0].identity.key, key::production("a.csv", Version(1), &Digest::of(b"1")));
}

#[test]
fn a_delta_is_made_against_an_older_version_of_this_dataset_and_no_other() {
    let mut first = entry(1, b"1");
    first.state = State::Published;
    let mut made = entry(2, b"2");
    made.delta = Some(first.sha256);
    let mut tip = manifest(vec![made.clone(), first.clone()]);
    tip.datasets.insert("b.csv".to_owned(), tip.datasets["a.csv"].clone());
    let rebuild = |tip: &Manifest| match plan(tip).0.remove(0).action {
        Action::Rebuild { delta, base, bases, from } => (delta, base, bases, from),
        other => panic!("{other:?}"),
    };
    let (delta, base, bases, from) = rebuild(&tip);
    assert_eq!((delta, from), (key::staged_delta(&made.sha256, &base), key::staging(&made.sha256)));
    assert_eq!(bases.iter().map(|id| (id.dataset.as_str(), id.version)).collect::<Vec<_>>(), [("a.csv", Version(1))]);
    for state in [State::Purging, State::Purged, State::Withdrawn] {
        tip.datasets.get_mut("a.csv").unwrap().versions[1].state = state;
        assert_eq!(rebuild(&tip).2, []);
    }
    // Itself, or one that comes later, is none.
    assert_eq!(super::bases("a.csv", &tip.datasets["a.csv"], &made, &made.sha256), []);
}

#[test]
fn a_migrated_proposal_comes_from_its_own_key_and_goes_to_its_own() {
    let mut old = entry(1, b"1");
    (old.key, old.staging_key) = (Some("a.csv/v1-x.csv".to_owned()), Some("staging/a".to_owned()));
    let (items, _) = plan(&manifest(vec![old]));
    assert_eq!(items[0].action, Action::Copy { from: Key::new("staging/a") });
    assert_eq!(items[0].identity.key, Key::new("a.csv/v1-x.csv"));
}

#[test]
fn bytes_of_another_dataset_are_taken_over_by_renaming_it_only() {
    let mut first = entry(1, b"1");
    first.state = State::Published;
    let mut taken = entry(1, b"1");
    taken.from = Some("a.csv@v1".to_owned());
    let mut both = manifest(vec![first]);
    both.datasets.insert("b.csv".to_owned(), Dataset { versions: vec![taken], ..Dataset::default() });
    assert_eq!(plan(&both).1[0].why, "a.csv is not renamed to b.csv");
    both.datasets.get_mut("a.csv").unwrap().renamed = Some("b.csv".to_owned());
    let from = key::production("a.csv", Version(1), &Digest::of(b"1"));
    assert_eq!(plan(&both).0[0].action, Action::Rename { from });
    both.datasets.get_mut("a.csv").unwrap().versions[0].state = State::Purged;
    assert_eq!(plan(&both).1[0].why, "a.csv@v1 is purged");
}

#[test]
fn a_purged_owner_blocks_its_rollback() {
    let mut first = entry(1, b"1");
    first.state = State::Purged;
    let mut back = entry(3, b"1");
    back.rollback = Some(Version(1));
    let (items, blocked) = plan(&manifest(vec![back, first]));
    assert!(items.is_empty());
    assert_eq!(blocked[0].why, "v1 owns the bytes and is purged");
}

#[test]
fn applying_twice_is_applying_once() {
    let mut head = manifest(vec![entry(1, b"1")]);
    let fact = Fact { commit: "c".to_owned(), published: "2026-11-21T10:00:00Z".to_owned() };
    let facts = Facts::from([(("a.csv".to_owned(), Version(1), Digest::of(b"1")), fact)]);
    assert_eq!(apply(&facts, &mut head), 1);
    let once = head.clone();
    assert_eq!(apply(&facts, &mut head), 0);
    assert_eq!(head, once);
}

#[test]
fn a_fact_about_other_bytes_changes_nothing() {
    let mut head = manifest(vec![entry(1, b"1")]);
    let fact = Fact { commit: "c".to_owned(), published: "2026-11-21T10:00:00Z".to_owned() };
    let facts = Facts::from([(("a.csv".to_owned(), Version(1), Digest::of(b"2")), fact)]);
    assert_eq!(apply(&facts, &mut head), 0);
}

/// Two datasets with versions in any state, and facts about some of their entries and about others.
fn any_manifest_and_facts() -> impl Strategy<Value = (Manifest, Facts)> {
    const STATES: [State; 6] =
        [State::Pending, State::Published, State::Withdrawn, State::Retired, State::Purging, State::Purged];
    let states = || vec(prop::sample::select(&STATES[..]), 0..6);
    let about = (prop::sample::select(&["a.csv", "b.csv"][..]), 1..7_u64, any::<bool>());
    (states(), states(), btree_map(about, 10..60_u8, 0..12)).prop_map(|(a, b, facts)| {
        let mut manifest = Manifest::default();
        for (name, states) in [("a.csv", a), ("b.csv", b)] {
            let all = (1..).zip(states).map(|(n, state)| Entry { state, ..entry(n, &[n as u8]) });
            let mut versions: Vec<Entry> = all.collect();
            versions.reverse();
            manifest.datasets.insert(name.to_owned(), Dataset { versions, ..Dataset::default() });
        }
        let facts = facts.into_iter().map(|((name, n, other), at)| {
            let bytes = if other { vec![0, n as u8] } else { vec![n as u8] };
            let fact = Fact { commit: format!("c{at}"), published: format!("2026-11-21T10:00:{at}Z") };
            ((name.to_owned(), Version(n), Digest::of(&bytes)), fact)
        });
        (manifest, facts.collect())
    })
}

proptest! {
    #[test]
    fn facts_in_any_order_and_any_portions_come_to_the_same((start, facts) in any_manifest_and_facts(), cut in 0..13_usize) {
        let mut at_once = start.clone();
        let changed = apply(&facts, &mut at_once);
        let list: Vec<_> = facts.clone().into_iter().collect();
        let (one, two) = list.split_at(cut.min(list.len()));
        for order in [[one, two], [two, one]] {
            let mut by_portions = start.clone();
            let count: usize = order.iter().map(|part| apply(&part.iter().cloned().collect(), &mut by_portions)).sum();
            prop_assert_eq!(&by_portions, &at_once);
            prop_assert_eq!(count, changed);
        }
        // Twice is once.
        let mut again = at_once.clone();
        prop_assert_eq!(apply(&facts, &mut again), 0);
        prop_assert_eq!(again, at_once);
    }

    #[test]
    fn recording_only_ever_turns_pending_into_published((start, more) in any_manifest_and_facts(), cut in 0..13_usize) {
        let fewer: Facts = more.clone().into_iter().take(cut).collect();
        let after = |facts: &Facts| {
            let mut manifest = start.clone();
            apply(facts, &mut manifest);
            manifest
        };
        let (with_fewer, with_more) = (after(&fewer), after(&more));
        for (name, before) in start.entries() {
            let [small, large] = [&with_fewer, &with_more].map(|m| m.entry(name, before.version).unwrap());
            let told = more.contains_key(&(name.to_owned(), before.version, before.sha256));
            prop_assert_eq!(large.state == State::Published, before.state == State::Published || told && before.state == State::Pending);
            // Whoever knows less publishes no other entry.
            prop_assert!(small == large || small == before);
            if large != before {
                let Entry { commit, published, .. } = large.clone();
                prop_assert_eq!(large, &Entry { state: State::Published, commit, published, ..before.clone() });
            }
        }
        prop_assert_eq!(with_more.entries().count(), start.entries().count());
    }
}
