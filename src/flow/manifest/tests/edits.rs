//! What the verbs do to a manifest: whole, or refused with the way out.

use super::super::edit::{NewName, delete, propose, prune, rename, restore, rollback, take_back};
use super::super::transition::{Author, transitions};
use super::super::types::{Entry, Kind, Manifest, State};
use super::super::validate::validate;
use super::{NAME, TIME, add, dataset, entry, manifest, put, usual, version};
use crate::error::Kind as Failure;
use crate::flow::state::{Effective, effective, latest, next_version};
use crate::flow::version::Version;

/// All on the default branch, without receipts.
fn merged(entry: &Entry) -> Effective {
    effective(entry, true, false)
}

fn legal(base: &Manifest, head: &Manifest) {
    assert_eq!(validate(head), []);
    assert_eq!(transitions(base, head, &|_, _| false, Author::PullRequest), []);
}

fn back(manifest: &Manifest, to: u64) -> crate::error::Result<Entry> {
    rollback(manifest, NAME, Version(to), Version(9), TIME.to_owned(), "Back".to_owned())
}

#[test]
fn a_proposal_is_added_newest_first_and_replaces_its_own() {
    let base = usual();
    let mut head = base.clone();
    propose(&mut head, NAME, Kind::File, Some("data/x.sqlite".to_owned()), version(4, State::Pending, "4")).unwrap();
    legal(&base, &head);
    let mut again = version(4, State::Pending, "better");
    again.base = Some(Version(3));
    propose(&mut head, NAME, Kind::File, None, again).unwrap();
    legal(&base, &head);
    assert_eq!(head.datasets[NAME].path.as_deref(), Some("data/x.sqlite"));
    assert_eq!(head.datasets[NAME].versions.len(), 4);
    propose(&mut head, "new/a.csv", Kind::Tree, Some("new/a.csv".to_owned()), version(1, State::Pending, "x")).unwrap();
    assert_eq!(head.datasets["new/a.csv"].path, None);
    let before = head.clone();
    let mut refused = |name: &str, kind, path: Option<&str>, words: &str| {
        let entry = version(7, State::Pending, "7");
        let error = propose(&mut head, name, kind, path.map(str::to_owned), entry).expect_err(words);
        assert!(error.message.contains(words), "{error}");
        assert_eq!(head, before);
    };
    refused(NAME, Kind::Tree, None, "is a file, not a tree");
    refused("a b", Kind::File, None, "cannot name a dataset");
    refused("x", Kind::File, Some("../x"), "cannot hold a dataset");
    refused("x", Kind::File, Some("data/X.sqlite"), "is the path of \"energy.sqlite\" already");
    refused("Energy.sqlite", Kind::File, None, "by case or normalization");
    assert_eq!(take_back(&mut head, "new/a.csv", Version(1)).unwrap().version, Version(1));
    assert!(!head.datasets.contains_key("new/a.csv"));
    assert!(take_back(&mut head, NAME, Version(2)).unwrap_err().message.contains("v2 is not pending"));
}

#[test]
fn a_rollback_names_the_oldest_owner() {
    let mut base = usual();
    let mut head = base.clone();
    let mut first = back(&head, 1).unwrap();
    assert_eq!((first.rollback, first.base, first.size), (Some(Version(1)), Some(Version(3)), Some(9)));
    add(&mut head, first.clone());
    legal(&base, &head);
    first.state = State::Published;
    add(&mut base, first);
    add(&mut base, Entry { base: Some(Version(9)), ..version(10, State::Published, "10") });
    let second = rollback(&base, NAME, Version(9), Version(11), TIME.to_owned(), String::new()).unwrap();
    assert_eq!((second.rollback, second.base), (Some(Version(1)), Some(Version(10))));
    let said = |manifest: &Manifest, to| back(manifest, to).unwrap_err().message;
    assert!(said(&usual(), 3).contains("v3 has the content of v3 already"));
    assert!(said(&usual(), 7).contains("has no v7"));
    for state in [State::Purging, State::Purged, State::Withdrawn] {
        let mut gone = usual();
        entry(&mut gone, 1).state = state;
        assert!(said(&gone, 1).contains("its object may be gone"));
    }
}

#[test]
fn deleting_pruning_and_restoring_are_legal_and_keep_every_entry() {
    let mut base = usual();
    let mut back = back(&base, 1).unwrap();
    back.state = State::Published;
    back.published = Some(TIME.to_owned());
    add(&mut base, back);
    let mut head = base.clone();
    let gone = delete(&mut head, NAME, &merged).unwrap();
    let words: Vec<_> = gone.iter().map(|(v, s)| (v.0, s.word())).collect();
    assert_eq!(words, [(9, "retired"), (3, "withdrawn"), (2, "retired"), (1, "retired")]);
    legal(&base, &head);
    assert!(delete(&mut head, NAME, &merged).unwrap_err().message.contains("deleted already"));
    assert!(delete(&mut head, "none", &merged).unwrap_err().message.contains("no dataset"));

    let mut pruned = base.clone();
    assert_eq!(prune(&mut pruned, NAME, 1, &merged).unwrap(), [Version(3), Version(2), Version(1)]);
    legal(&base, &pruned);
    assert_eq!(latest(&pruned.datasets[NAME], merged).unwrap().version, Version(9));
    assert_eq!(prune(&mut pruned, NAME, 1, &merged).unwrap(), []);
    assert_eq!(prune(&mut pruned, NAME, 0, &merged).unwrap_err().kind, Failure::Usage);

    entry(&mut pruned, 2).retired = Some(TIME.to_owned());
    let mut restored = pruned.clone();
    assert_eq!(restore(&mut restored, NAME, None, &merged).unwrap(), [Version(2), Version(1)]);
    legal(&pruned, &restored);
    assert_eq!(entry(&mut restored, 2).state, State::Published);
    assert_eq!(restored.datasets[NAME].versions.len(), base.datasets[NAME].versions.len());
}

#[test]
fn what_cannot_be_restored_says_why() {
    let mut all = usual();
    let cases = [
        (State::Purging, "v2 is being purged and cannot be restored"),
        (State::Purged, "v2 is purged: its bytes are gone"),
        (State::Withdrawn, "v2 was withdrawn before it was published"),
        (State::Published, "v2 is published, not retired"),
    ];
    for (state, words) in cases {
        entry(&mut all, 2).state = state;
        let error = restore(&mut all, NAME, Some(Version(2)), &merged).expect_err(words);
        assert!(error.message.contains(words), "{error}");
    }
    assert!(
        restore(&mut all, NAME, None, &merged).unwrap_err().message.contains("no version of energy.sqlite is retired")
    );
    // The object of a rollback is that of its owner.
    let mut back = back(&usual(), 1).unwrap();
    back.state = State::Retired;
    add(&mut all, back);
    entry(&mut all, 1).state = State::Purging;
    assert!(restore(&mut all, NAME, None, &merged).unwrap_err().message.contains("v9 is being purged"));
    // Retired with a receipt only: the publisher has yet to write the fact down.
    let mut crossed = manifest(&[version(1, State::Withdrawn, "x")]);
    let base = crossed.clone();
    restore(&mut crossed, NAME, None, &|entry| effective(entry, true, true)).unwrap();
    assert_eq!(entry(&mut crossed, 1).state, State::Pending);
    assert_eq!(transitions(&base, &crossed, &|_, _| true, Author::PullRequest), []);
}

#[test]
fn a_rename_moves_the_latest_and_leaves_the_rest() {
    let mut base = usual();
    let to = |name: &str| NewName {
        name: name.to_owned(),
        path: None,
        version: Version(1),
        created: TIME.to_owned(),
        message: "Better name".to_owned(),
    };
    let mut head = base.clone();
    let error = rename(&mut head, NAME, to("new.sqlite"), &merged).unwrap_err();
    assert!(error.message.contains("v3 is merged, but not yet published"));
    entry(&mut base, 3).state = State::Published;
    dataset(&mut base).description = Some("Costs".to_owned());
    dataset(&mut base).path = Some("data/e.sqlite".to_owned());
    put(&mut base, "other", &[version(1, State::Published, "o")]);
    let mut head = base.clone();
    for (name, words) in [("a b", "cannot name"), ("other", "is a dataset already"), ("OTHER", "by case")] {
        let error = rename(&mut head, NAME, to(name), &merged).expect_err(words);
        assert!(error.message.contains(words), "{error}");
        assert_eq!(head, base);
    }
    rename(&mut head, NAME, to("new.sqlite"), &merged).unwrap();
    legal(&base, &head);
    let (old, new) = (&head.datasets[NAME], &head.datasets["new.sqlite"]);
    assert_eq!((old.renamed.as_deref(), &old.path, old.versions.len()), (Some("new.sqlite"), &None, 3));
    assert_eq!(new.description.as_deref(), Some("Costs"));
    assert_eq!(new.versions[0].from.as_deref(), Some("energy.sqlite@v3"));
    assert!(rename(&mut head, NAME, to("third"), &merged).unwrap_err().message.contains("was renamed to new.sqlite"));
    let error = propose(&mut head, NAME, Kind::File, None, version(4, State::Pending, "4")).unwrap_err();
    assert_eq!(error.hints, ["git data prepare new.sqlite <file>"]);
}

#[test]
fn effective_states_follow_branch_and_receipt() {
    let cases = [
        (State::Pending, false, false, "pending"),
        (State::Pending, true, false, "merged"),
        (State::Pending, true, true, "published"),
        (State::Published, true, false, "published"),
        (State::Withdrawn, true, false, "withdrawn"),
        (State::Withdrawn, true, true, "retired"),
        (State::Retired, true, true, "retired"),
        (State::Purging, true, true, "purging"),
        (State::Purged, true, true, "purged"),
        (State::Unknown("resting".to_owned()), true, true, "resting"),
    ];
    for (state, on_default, receipt, word) in cases {
        let state = effective(&version(1, state, "x"), on_default, receipt);
        assert_eq!(state.word(), word);
        assert_eq!(state.is_live(), ["merged", "published"].contains(&word));
    }
    let mut all = usual();
    assert_eq!(latest(&all.datasets[NAME], merged).unwrap().version, Version(3));
    entry(&mut all, 3).state = State::Withdrawn;
    assert_eq!(latest(&all.datasets[NAME], merged).unwrap().version, Version(2));
}

#[test]
fn the_next_number_is_above_all_that_are_known() {
    let main = usual();
    let next = |here: &Manifest, proposals: &[Entry], receipts: &[Entry]| {
        let ids = |entries: &[Entry]| entries.iter().map(Entry::id).collect::<Vec<_>>();
        let next = next_version(NAME, here, Some(&main), &ids(proposals), &ids(receipts));
        (next.version.0, next.replaces.map(|v| v.0))
    };
    let own = version(4, State::Pending, "own");
    let other = version(4, State::Pending, "other");
    let mut branch = main.clone();
    assert_eq!(next(&Manifest::default(), &[], &[]), (4, None));
    assert_eq!(next(&branch, &[], &[]), (4, None));
    assert_eq!(next(&branch, std::slice::from_ref(&other), &[]), (5, None));
    assert_eq!(next(&branch, &[], &[version(8, State::Published, "lost")]), (9, None));
    add(&mut branch, own.clone());
    assert_eq!(next(&branch, &[], &[]), (4, Some(4)));
    assert_eq!(next(&branch, std::slice::from_ref(&own), &[]), (4, Some(4)), "the own proposal is known, too");
    assert_eq!(next(&branch, &[other], &[]), (5, Some(4)));
    assert_eq!(next(&branch, &[], &[own]), (5, None), "it is published: the number is spent");
    assert_eq!(next_version("new", &main, None, &[], &[]).version, Version(1));
}
