//! Merging by meaning, case by case.

use super::super::json::Json;
use super::super::merge::{Merged, Side, merge};
use super::super::transition::{Author, transitions};
use super::super::types::{Entry, Manifest, State};
use super::super::validate::validate;
use super::{NAME, TIME, add, dataset, entry, put, usual, version};
use crate::flow::version::Version;

/// A branch that proposes that content as v4, v5…
fn branch(contents: &[&str]) -> Manifest {
    let mut head = usual();
    for (n, content) in (4..).zip(contents) {
        add(&mut head, version(n, State::Pending, content));
    }
    head
}

fn versions(merged: &Merged) -> Vec<(u64, Option<u64>, Option<u64>)> {
    let number = |v: Option<Version>| v.map(|v| v.0);
    let all = &merged.manifest.datasets[NAME].versions;
    all.iter().map(|e| (e.version.0, number(e.base), number(e.supersedes))).collect()
}

#[test]
fn the_unmerged_side_takes_the_next_numbers_and_check_is_green() {
    let (main, mine) = (branch(&["theirs"]), branch(&["mine", "mine too"]));
    let merged = merge(&usual(), &mine, &main, Side::Theirs);
    assert_eq!(merged.conflicts, []);
    assert_eq!(versions(&merged)[..3], [(6, Some(5), None), (5, Some(3), Some(4)), (4, Some(3), None)]);
    let moved: Vec<_> = merged.renumbered.iter().map(|r| (r.from.0, r.to.0)).collect();
    assert_eq!(moved, [(4, 5), (5, 6)]);
    assert_eq!(validate(&merged.manifest), []);
    assert_eq!(transitions(&main, &merged.manifest, &|_, _| false, Author::PullRequest), []);
    // The same from the other side.
    assert_eq!(merge(&usual(), &main, &mine, Side::Ours), merged);
    // Merging again changes nothing.
    let again = merge(&main, &merged.manifest, &main, Side::Theirs);
    assert_eq!((again.manifest, again.renumbered), (merged.manifest, vec![]));
}

#[test]
fn references_among_proposals_follow_their_numbers() {
    let mut mine = branch(&["mine", "mine too"]);
    let mut back = version(6, State::Pending, "mine");
    back.rollback = Some(Version(4));
    back.base = Some(Version(5));
    add(&mut mine, back);
    let merged = merge(&usual(), &mine, &branch(&["a", "b"]), Side::Theirs);
    assert_eq!(versions(&merged)[..3], [(8, Some(7), None), (7, Some(6), None), (6, Some(3), Some(5))]);
    assert_eq!(merged.manifest.datasets[NAME].versions[0].rollback, Some(Version(6)));
}

#[test]
fn a_fresh_proposal_without_collision_only_learns_what_came_in_between() {
    let mut mine = usual();
    add(&mut mine, Entry { base: Some(Version(3)), ..version(9, State::Pending, "mine") });
    let merged = merge(&usual(), &mine, &branch(&["theirs"]), Side::Theirs);
    assert_eq!(versions(&merged)[..2], [(9, Some(3), Some(4)), (4, Some(3), None)]);
    assert_eq!(merged.renumbered, []);
    let mut withdrawn = branch(&["theirs"]);
    entry(&mut withdrawn, 4).state = State::Withdrawn;
    let merged = merge(&usual(), &mine, &withdrawn, Side::Theirs);
    assert_eq!(versions(&merged)[0], (9, Some(3), None));
}

#[test]
fn one_entry_on_both_sides_joins_by_state() {
    use State::{Pending, Published, Purging, Retired, Withdrawn};
    let cases = [
        (Pending, Published, Pending, Published),
        (Pending, Published, Withdrawn, Retired),
        (Pending, Withdrawn, Pending, Withdrawn),
        (Published, Retired, Published, Retired),
        (Retired, Published, Retired, Published),
        (Retired, Published, Purging, Purging),
        (Retired, Purging, Retired, Purging),
    ];
    for (before, ours, theirs, want) in cases {
        let with = |state: &State| {
            let mut manifest = usual();
            *entry(&mut manifest, 3) = version(3, state.clone(), "content 3");
            if *state == Retired || *state == Purging {
                entry(&mut manifest, 3).retired = Some(TIME.to_owned());
            }
            manifest
        };
        for (one, two) in [(&ours, &theirs), (&theirs, &ours)] {
            let merged = merge(&with(&before), &with(one), &with(two), Side::Ours);
            let joined = merged.manifest.entry(NAME, Version(3)).unwrap();
            assert_eq!(joined.state, want, "{before:?} {one:?} {two:?}");
            assert_eq!(joined.published.is_some(), want != Pending && want != Withdrawn);
            assert_eq!(merged.conflicts, [], "{before:?} {one:?} {two:?}");
            assert_eq!(validate(&merged.manifest), []);
        }
    }
}

#[test]
fn facts_only_grow_and_grace_runs_from_the_later_time() {
    let time = |hour: u32| Some(format!("2026-11-21T{hour:02}:00:00Z"));
    let with = |published, retired| {
        let mut manifest = usual();
        let entry = entry(&mut manifest, 2);
        entry.state = State::Retired;
        (entry.published, entry.retired) = (published, retired);
        manifest
    };
    let merged = merge(&with(None, None), &with(time(3), time(5)), &with(time(4), time(6)), Side::Ours);
    let joined = merged.manifest.entry(NAME, Version(2)).unwrap();
    assert_eq!((joined.published.clone(), joined.retired.clone()), (time(3), time(6)));
    let mut half = usual();
    entry(&mut half, 3).commit = Some("4f5e".to_owned());
    let merged = merge(&usual(), &usual(), &half, Side::Ours);
    assert_eq!(merged.manifest.entry(NAME, Version(3)).unwrap().commit.as_deref(), Some("4f5e"));
}

#[test]
fn what_keeps_no_meaning_is_a_conflict_in_words() {
    let described = |text: &str| {
        let mut manifest = usual();
        dataset(&mut manifest).description = Some(text.to_owned());
        dataset(&mut manifest).extra = vec![("mood".to_owned(), Json::String(text.to_owned()))];
        manifest
    };
    let merged = merge(&usual(), &described("one"), &described("two"), Side::Theirs);
    let said: Vec<_> = merged.conflicts.iter().map(ToString::to_string).collect();
    assert_eq!(
        said[0],
        "energy.sqlite: description: ours is \"one\", theirs is \"two\"; \"two\" was kept: \
         edit manifest.json if that is wrong, then git add manifest.json"
    );
    assert!(said[1].starts_with("energy.sqlite: mood: ours is \"one\""));
    assert_eq!(merged.manifest, described("two"));
    for keeps in [Side::Ours, Side::Theirs] {
        for (ours, theirs) in [(described("one"), usual()), (usual(), described("one"))] {
            let one_side = merge(&usual(), &ours, &theirs, keeps);
            assert_eq!((one_side.manifest, one_side.conflicts), (described("one"), vec![]));
        }
    }

    let told = |message: &str, base| {
        let mut manifest = branch(&["same"]);
        entry(&mut manifest, 4).message = message.to_owned();
        entry(&mut manifest, 4).base = base;
        manifest
    };
    let merged = merge(&usual(), &told("one", None), &told("two", Some(Version(2))), Side::Ours);
    let said: Vec<_> = merged.conflicts.iter().map(ToString::to_string).collect();
    assert!(said[0].starts_with("energy.sqlite v4: message: ours is \"one\", theirs is \"two\"; \"one\" was kept"));
    assert!(said[1].starts_with("energy.sqlite v4: base: ours is absent, theirs is v2; absent was kept"), "{said:?}");
}

#[test]
fn two_published_versions_of_one_number_are_a_conflict_that_loses_neither() {
    let published = |content: &str| {
        let mut manifest = usual();
        add(&mut manifest, version(4, State::Published, content));
        manifest
    };
    let merged = merge(&usual(), &published("one"), &published("two"), Side::Ours);
    assert_eq!(merged.manifest.datasets[NAME].versions.len(), 5);
    assert!(merged.conflicts[0].to_string().contains("energy.sqlite v4: sha256:"));
}

#[test]
fn names_that_clash_only_together_are_a_conflict() {
    let with = |name: &str| {
        let mut manifest = usual();
        put(&mut manifest, name, &[version(1, State::Pending, name)]);
        manifest
    };
    let merged = merge(&usual(), &with("a.csv"), &with("A.csv"), Side::Ours);
    assert_eq!(merged.manifest.datasets.len(), 3);
    assert_eq!(merged.conflicts.len(), 1);
    assert!(merged.conflicts[0].hint.contains("by case or normalization"));
}

#[test]
fn an_entry_that_was_dropped_comes_back_unless_its_own_branch_replaced_it() {
    let mut dropped = usual();
    dataset(&mut dropped).versions.retain(|e| e.version != Version(2));
    for (ours, theirs) in [(&dropped, &usual()), (&usual(), &dropped), (&dropped, &dropped)] {
        assert_eq!(merge(&usual(), ours, theirs, Side::Ours).manifest, usual());
    }
    let (first, second) = (branch(&["first"]), branch(&["second"]));
    let replaced = merge(&first, &second, &first, Side::Ours);
    assert_eq!(replaced.manifest, second);
    // It reached the default branch meanwhile: then it stays.
    let merged = merge(&first, &second, &first, Side::Theirs);
    assert_eq!(merged.manifest.datasets[NAME].versions.len(), 5);
    assert_eq!(versions(&merged)[..2], [(5, Some(3), Some(4)), (4, Some(3), None)]);
    assert_eq!(merge(&usual(), &Manifest::default(), &usual(), Side::Ours).manifest, usual());
}
