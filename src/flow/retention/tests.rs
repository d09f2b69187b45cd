//! Mark, delete and record: what stays, what goes, and that nothing goes before its mark.

use proptest::prelude::*;

use super::janitor::{Decision, Listed, Verdict, is_leftover, is_stale, janitor};
use super::*;
use crate::flow::hash::Digest;
use crate::flow::manifest::transition::{Author, transitions};
use crate::flow::reference::sample::*;
use crate::flow::reference::{Count, Counted, Grace, Receipts, Trees, Why};

fn keys(list: &[Unneeded]) -> Vec<Key> {
    list.iter().map(|u| u.key.clone()).collect()
}

fn state(manifest: &Manifest, number: u64) -> State {
    manifest.entry(NAME, Version(number)).unwrap().state.clone()
}

#[test]
fn the_first_sweep_writes_when_it_saw_a_retirement_and_nothing_else() {
    let tip = manifest(vec![version(2, State::Published, "2"), version(1, State::Retired, "1")]);
    let marks = mark(&counted(&tip, &[]));
    assert_eq!(marks.seen, [At { dataset: NAME.to_owned(), version: Version(1) }]);
    assert_eq!(marks.marked, []);
    let entry = marks.manifest.entry(NAME, Version(1)).unwrap();
    assert_eq!((entry.state.clone(), entry.retired.clone()), (State::Retired, Some(time::stamp(NOW))));
    assert_eq!(marks.kept[0].pins[0].why, Why::Grace);
    let no_grace = Grace { now: NOW, seconds: 0 };
    let references = Count::of(MAIN, found(&tip), Receipts::new(), Trees::new(), no_grace).finish().unwrap();
    assert_eq!(mark(&references).marked, [], "even without any grace the two are two sweeps");
}

#[test]
fn after_grace_what_nothing_needs_is_marked_and_the_rest_names_what_pins_it() {
    let tip = manifest(vec![version(3, State::Published, "3"), retired(2, "2", 30), retired(1, "1", 31)]);
    let tagged = manifest(vec![version(1, State::Published, "1")]);
    let marks = mark(&counted(&tip, &[kept("refs/tags/paper", &tagged)]));
    assert_eq!(keys(&marks.marked), [at(2, "2")]);
    assert_eq!((state(&marks.manifest, 2), state(&marks.manifest, 1)), (State::Purging, State::Retired));
    let stays = &marks.kept[0];
    assert_eq!((stays.key.clone(), stays.pins[0].reference.as_str()), (at(1, "1"), "refs/tags/paper"));
}

#[test]
fn prune_after_a_rollback_keeps_the_live_object() {
    // v1 was pruned; v3 rolled back to its bytes and is live.
    let tip = manifest(vec![rollback(3, State::Published, "1", 1), retired(2, "2", 99), retired(1, "1", 99)]);
    let marks = mark(&counted(&tip, &[]));
    assert_eq!(keys(&marks.marked), [at(2, "2")]);
    let plan = delete_plan(&counted(&marks.manifest, &[]), &Objects::default());
    assert_eq!(keys(&plan.deletions), [at(2, "2")]);
    // The mark came first, the rollback was merged after it: the tip that is deleted from says so.
    let crossed =
        manifest(vec![rollback(3, State::Pending, "1", 1), version(2, State::Published, "2"), purging(1, "1")]);
    let plan = delete_plan(&counted(&crossed, &[]), &Objects::default());
    assert_eq!(plan.deletions, []);
    assert_eq!(plan.kept[0].pins[0].to_string(), "a.csv v3 is merged on main and not yet published, a rollback to it");
}

#[test]
fn nothing_is_deleted_before_the_mark_is_on_the_default_branch() {
    let tip = manifest(vec![version(2, State::Published, "2"), retired(1, "1", 400)]);
    let marks = mark(&counted(&tip, &[]));
    assert_eq!(keys(&marks.marked), [at(1, "1")]);
    // The push was lost: the tip does not hold the mark.
    assert_eq!(delete_plan(&counted(&tip, &[]), &Objects::default()).deletions, []);
    assert_eq!(keys(&delete_plan(&counted(&marks.manifest, &[]), &Objects::default()).deletions), [at(1, "1")]);
}

#[test]
fn a_marked_object_that_is_needed_after_all_stays() {
    let tip = manifest(vec![version(2, State::Published, "2"), purging(1, "1")]);
    let tagged = manifest(vec![version(1, State::Published, "1")]);
    let plan = delete_plan(&counted(&tip, &[kept("refs/heads/release/1", &tagged)]), &Objects::default());
    assert_eq!(plan.deletions, []);
    assert_eq!(plan.kept[0].pins[0].reference, "refs/heads/release/1");
}

#[test]
fn an_object_goes_with_all_its_versions_or_stays() {
    let tip = manifest(vec![version(4, State::Published, "4"), rollback(3, State::Retired, "1", 1), purging(1, "1")]);
    let plan = delete_plan(&counted(&tip, &[]), &Objects::default());
    assert_eq!(plan.deletions, []);
    let mut both = rollback(3, State::Purging, "1", 1);
    both.retired = Some(time::stamp(NOW - 99 * DAY));
    let tip = manifest(vec![version(4, State::Published, "4"), both, purging(1, "1")]);
    let plan = delete_plan(&counted(&tip, &[]), &Objects::default());
    assert_eq!(plan.deletions.len(), 1);
    assert_eq!(plan.deletions[0].entries.len(), 2);
    let mut after = tip.clone();
    assert_eq!(record(&mut after, &keys(&plan.deletions).into_iter().collect(), NOW).len(), 2);
}

#[test]
fn what_is_gone_is_recorded_and_nothing_else() {
    let mut tip = manifest(vec![version(3, State::Published, "3"), purging(2, "2"), purging(1, "1")]);
    let gone = BTreeSet::from([at(1, "1"), at(3, "3")]);
    assert_eq!(record(&mut tip, &gone, NOW), [At { dataset: NAME.to_owned(), version: Version(1) }]);
    assert_eq!([state(&tip, 3), state(&tip, 2), state(&tip, 1)], [State::Published, State::Purging, State::Purged]);
    assert_eq!(record(&mut tip, &gone, NOW + DAY), []);
    assert_eq!(marked_keys(&tip), BTreeSet::from([at(2, "2")]));
}

#[test]
fn faulty_datasets_and_odd_keys_stand_still() {
    let mut tip = manifest(vec![version(2, State::Published, "2"), retired(1, "1", 99)]);
    let mut odd = retired(1, "odd", 99);
    odd.key = Some(".git-data/published/a.csv/v1.json".to_owned());
    put(&mut tip, "odd.csv", vec![odd]);
    let mut faulty = retired(1, "f", 99);
    faulty.rollback = Some(Version(7));
    put(&mut tip, "faulty.csv", vec![faulty, version(2, State::Retired, "g")]);
    let marks = mark(&counted(&tip, &[]));
    assert_eq!(keys(&marks.marked), [at(1, "1")]);
    assert_eq!(marks.seen, []);
    let why: Vec<_> = marks.kept.iter().filter_map(|kept| kept.why.as_deref()).collect();
    assert_eq!(why.len(), 3, "{why:?}");
    let mut all = tip.clone();
    for dataset in all.datasets.values_mut() {
        for entry in dataset.versions.iter_mut().filter(|e| e.state == State::Retired) {
            entry.state = State::Purging;
        }
    }
    assert_eq!(keys(&delete_plan(&counted(&all, &[]), &Objects::default()).deletions), [at(1, "1")]);
}

#[test]
fn the_same_bytes_in_another_dataset_are_another_object() {
    let mut tip = manifest(vec![version(2, State::Published, "2"), retired(1, "same", 99)]);
    put(&mut tip, "b.csv", vec![version(1, State::Published, "same")]);
    assert_eq!(keys(&mark(&counted(&tip, &[])).marked), [at(1, "same")]);
}

fn staged(content: &str, days: i64) -> Listed {
    Listed { key: key::staging(&Digest::of(content.as_bytes())), size: 1, modified: NOW - days * DAY }
}

fn verdicts(decisions: &[Decision]) -> Vec<Verdict> {
    decisions.iter().map(|d| d.verdict).collect()
}

#[test]
fn staging_under_an_open_pull_request_is_never_swept() {
    let tip = manifest(vec![version(1, State::Published, "1")]);
    let head = manifest(vec![version(2, State::Pending, "new"), version(1, State::Published, "1")]);
    let references = counted(&tip, &[open("refs/pull/7/head", &tip, &head)]);
    let hex = Digest::of(b"new").hex();
    let lines: Vec<_> = ["", ".tree", ".where", &format!(".delta-{hex}")]
        .iter()
        .map(|tail| Listed { key: Key::new(format!("{hex}{tail}")), size: 1, modified: 0 })
        .collect();
    let decisions = janitor(&lines, &references, NOW);
    assert_eq!(verdicts(&decisions), [Verdict::Needed; 4]);
    assert_eq!(decisions[0].pins[0].reference, "refs/pull/7/head");
}

#[test]
fn staging_of_a_merged_version_stays_until_its_publication_is_recorded() {
    let tip = manifest(vec![version(1, State::Pending, "1")]);
    // The receipt is there, the default branch has not heard of it.
    let references = proven(&tip, &[(NAME, 1, "1")]).unwrap();
    assert_eq!(verdicts(&janitor(&[staged("1", 400)], &references, NOW)), [Verdict::Needed]);
    let done = manifest(vec![version(1, State::Published, "1")]);
    assert_eq!(verdicts(&janitor(&[staged("1", 400)], &counted(&done, &[]), NOW)), [Verdict::Delete]);
}

#[test]
fn neither_age_nor_absence_alone_deletes_staging() {
    let references = counted(&manifest(vec![version(1, State::Published, "1")]), &[]);
    let lines = [staged("1", 30), staged("1", 31), staged("nobody's", -400)];
    assert_eq!(verdicts(&janitor(&lines, &references, NOW)), [Verdict::Young, Verdict::Delete, Verdict::Young]);
    assert_eq!(janitor(&[], &references, NOW), []);
}

#[test]
fn keys_that_are_not_ours_are_reported_and_never_deleted() {
    let references = counted(&manifest(vec![version(1, State::Published, "1")]), &[]);
    for odd in ["README", "a.csv/v1", ".git-data/x", ".git-data/published/x", "../x", ""] {
        let listed = Listed { key: Key::new(odd), size: 1, modified: 0 };
        assert_eq!(verdicts(&janitor(&[listed], &references, NOW)), [Verdict::Unknown], "{odd:?}");
    }
    let probe = |days| Listed { key: key::probe("x"), size: 0, modified: NOW - days * DAY };
    assert_eq!(verdicts(&janitor(&[probe(7), probe(8)], &references, NOW)), [Verdict::Young, Verdict::Delete]);
}

#[test]
fn leftovers_go_after_seven_days() {
    let line = |key: Key, days| Listed { key, size: 1, modified: NOW - days * DAY };
    assert!(is_leftover(&line(key::incoming("x"), 8), NOW));
    assert!(is_leftover(&line(key::probe("x"), 8), NOW));
    assert!(!is_leftover(&line(key::incoming("x"), 7), NOW));
    for stays in [at(1, "1"), Key::new(".git-data/published/x"), Key::new(".git-data/incoming/")] {
        assert!(!is_leftover(&line(stays, 400), NOW));
    }
    assert!(is_stale(NOW - 8 * DAY, NOW));
    assert!(!is_stale(NOW - 7 * DAY, NOW));
    assert!(!is_stale(0, NOW), "a store that does not tell the age");
}

/// Versions 1..n of one dataset in any state, some of them rollbacks, each retired long or shortly ago.
fn any_manifest() -> impl Strategy<Value = Manifest> {
    let one = (0..7_usize, proptest::option::of(1..6_u64), 0..60_i64);
    proptest::collection::vec(one, 1..7).prop_map(|list| {
        let mut entries: Vec<Entry> = Vec::new();
        for (number, (state, owner, days)) in (1..).zip(list) {
            let mut entry = match state {
                0 => version(number, State::Pending, &number.to_string()),
                1 => version(number, State::Withdrawn, &number.to_string()),
                2 => version(number, State::Retired, &number.to_string()),
                3 => purging(number, &number.to_string()),
                4 => retired(number, &number.to_string(), days),
                _ => version(number, State::Published, &number.to_string()),
            };
            if let Some(owner) = entries.iter().find(|e| Some(e.version.0) == owner && e.rollback.is_none()) {
                entry.rollback = Some(owner.version);
                (entry.sha256, entry.size) = (owner.sha256, owner.size);
            }
            entries.push(entry);
        }
        manifest(entries)
    })
}

fn objects(manifest: &Manifest, states: &[State]) -> BTreeSet<Key> {
    let all = manifest.datasets.iter().flat_map(|(n, d)| d.versions.iter().map(move |e| (n, d, e)));
    all.filter(|(_, _, e)| states.contains(&e.state)).map(|(n, d, e)| place(n, d, e)).collect()
}

proptest! {
    #[test]
    fn no_live_object_is_ever_marked_or_deleted(tip in any_manifest(), tagged in any_manifest(), head in any_manifest()) {
        let names = [kept("refs/tags/t", &tagged), open("refs/heads/h", &tagged, &head)];
        let mut references = counted(&tip, &names);
        let live = [State::Pending, State::Published];
        for _ in 0..2 {
            let marks = mark(&references);
            let held = objects(&tip, &live);
            for unneeded in &marks.marked {
                prop_assert!(!held.contains(&unneeded.key));
                prop_assert!(references.production(&unneeded.key, &Digest::of(b"none")).is_empty());
            }
            // What the publisher writes is legal and valid.
            let receipt = |name: &str, entry: &Entry| references.has_receipt(name, entry);
            prop_assert_eq!(transitions(references.tip(), &marks.manifest, &receipt, Author::Publisher), []);
            // Twice is once.
            let again = counted(&marks.manifest, &names);
            prop_assert_eq!(&mark(&again).manifest, &marks.manifest);
            let plan = delete_plan(&again, &Objects::default());
            for deletion in &plan.deletions {
                prop_assert!(!held.contains(&deletion.key));
                prop_assert!(marked_keys(&marks.manifest).contains(&deletion.key));
            }
            let mut after = marks.manifest.clone();
            let gone = plan.deletions.iter().map(|d| d.key.clone()).collect();
            record(&mut after, &gone, NOW);
            prop_assert_eq!(transitions(&marks.manifest, &after, &receipt, Author::Publisher), []);
            let once = after.clone();
            prop_assert_eq!(record(&mut after, &gone, NOW + DAY), []);
            prop_assert_eq!(&after, &once);
            prop_assert_eq!(delete_plan(&counted(&after, &names), &Objects::default()).deletions, []);
            references = counted(&after, &names);
        }
    }

    #[test]
    fn one_more_name_never_frees_an_object(tip in any_manifest(), one in any_manifest(), two in any_manifest()) {
        let few = counted(&tip, &[kept("refs/tags/t", &one)]);
        let more = counted(&tip, &[kept("refs/tags/t", &one), open("refs/heads/h", &tip, &two)]);
        let (few, more) = (mark(&few), mark(&more));
        let few: BTreeSet<Key> = few.marked.into_iter().map(|u| u.key).collect();
        prop_assert!(more.marked.iter().all(|u| few.contains(&u.key)));
    }

    #[test]
    fn the_janitor_keeps_whatever_a_pending_version_needs(tip in any_manifest(), head in any_manifest(), days in 0..400_i64) {
        let names: [Counted; 1] = [open("refs/heads/h", &tip, &head)];
        let references = counted(&tip, &names);
        let pending = tip.entries().chain(head.entries()).filter(|(_, e)| e.state == State::Pending);
        for (_, entry) in pending {
            let landed = tip.entry(NAME, entry.version).is_some_and(|e| e.sha256 == entry.sha256 && e.state != State::Pending);
            let listed = Listed { key: key::staging(&entry.sha256), size: 1, modified: NOW - days * DAY };
            let decision = janitor(&[listed], &references, NOW).remove(0);
            prop_assert!(decision.verdict == Verdict::Needed || landed && tip != head);
        }
    }
}

#[test]
fn a_chunk_list_goes_with_the_last_object_of_its_bytes() {
    let large = |mut entry: Entry| {
        entry.size = Some(9 << 20);
        entry
    };
    let purging = large(version(1, State::Purging, "1"));
    let tip = manifest(vec![version(2, State::Published, "2"), purging]);
    let unneeded = |size| {
        let entries = vec![At { dataset: NAME.to_owned(), version: Version(1) }];
        Unneeded { key: at(1, "1"), size, entries }
    };
    assert_eq!(chunk_list(&tip, &unneeded(Some(9 << 20))), Some(key::chunks(&digest("1"))));
    assert_eq!(chunk_list(&tip, &unneeded(Some(9))), None, "a small object has none");
    for state in [State::Pending, State::Published, State::Retired] {
        let mut shared = tip.clone();
        put(&mut shared, "b.csv", vec![large(version(1, state, "1"))]);
        assert_eq!(chunk_list(&shared, &unneeded(Some(9 << 20))), None);
    }
}
