//! What counts and why, rule by rule; and each absence that stops everything.

use super::sample::*;
use super::*;
use crate::error::Kind as Failure;
use crate::flow::manifest::json::Json;
use crate::flow::manifest::types::{Kind, State};

fn pins(references: &References, number: u64, content: &str) -> Vec<(String, Why, Through)> {
    let pins = references.production(&at(number, content), &digest(content));
    pins.into_iter().map(|pin| (pin.reference, pin.why, pin.through)).collect()
}

fn staged(references: &References, content: &str) -> Vec<String> {
    references.staging(&key::staging(&digest(content))).into_iter().map(|pin| pin.reference).collect()
}

fn base() -> Manifest {
    manifest(vec![version(1, State::Published, "1"), version(2, State::Published, "2")])
}

#[test]
fn the_default_branch_needs_what_is_pending_published_or_retired_within_grace() {
    let tip = manifest(vec![
        version(6, State::Pending, "6"),
        version(5, State::Published, "5"),
        retired(4, "4", 29),
        retired(3, "3", 30),
        version(2, State::Withdrawn, "2"),
        version(1, State::Purged, "1"),
    ]);
    let references = counted(&tip, &[]);
    let main = |why| vec![(MAIN.to_owned(), why, Through::Own)];
    assert_eq!(pins(&references, 6, "6"), main(Why::Pending));
    assert_eq!(pins(&references, 5, "5"), main(Why::Published));
    assert_eq!(pins(&references, 4, "4"), main(Why::Grace));
    for (number, content) in [(3, "3"), (2, "2"), (1, "1")] {
        assert_eq!(pins(&references, number, content), []);
    }
    assert_eq!(staged(&references, "6"), [MAIN]);
    assert_eq!(staged(&references, "5"), [""; 0]);
}

#[test]
fn a_retirement_that_no_sweep_has_seen_is_within_grace() {
    let tip = manifest(vec![version(2, State::Published, "2"), version(1, State::Retired, "1")]);
    assert_eq!(pins(&counted(&tip, &[]), 1, "1"), [(MAIN.to_owned(), Why::Grace, Through::Own)]);
}

#[test]
fn a_time_that_cannot_be_read_never_ends() {
    let mut entry = retired(1, "1", 400);
    entry.retired = Some("yesterday".to_owned());
    assert!(!GRACE.is_over(&entry));
    let later = Grace { now: NOW, seconds: u64::MAX };
    assert!(!later.is_over(&retired(1, "1", 400)));
    assert!(!GRACE.is_over(&retired(1, "1", -400)));
}

#[test]
fn withdrawn_with_a_receipt_is_retired_and_not_yet_seen() {
    let tip = manifest(vec![version(2, State::Published, "2"), version(1, State::Withdrawn, "1")]);
    let references = proven(&tip, &[(NAME, 1, "1"), (NAME, 2, "2")]).unwrap();
    assert_eq!(pins(&references, 1, "1"), [(MAIN.to_owned(), Why::Grace, Through::Own)]);
}

#[test]
fn a_tag_needs_the_latest_of_each_dataset_there() {
    let tip = manifest(vec![version(3, State::Published, "3"), retired(2, "2", 99), retired(1, "1", 99)]);
    let references = counted(&tip, &[kept("refs/tags/paper", &base())]);
    assert_eq!(pins(&references, 2, "2"), [("refs/tags/paper".to_owned(), Why::Latest, Through::Own)]);
    assert_eq!(pins(&references, 1, "1"), []);
}

#[test]
fn a_tag_whose_latest_is_pending_needs_what_was_published_before_it_too() {
    let tip = manifest(vec![retired(3, "3", 99), retired(2, "2", 99), version(4, State::Published, "4")]);
    let mut tagged = base();
    put(&mut tagged, NAME, vec![version(3, State::Pending, "3"), version(2, State::Published, "2")]);
    let references = counted(&tip, &[kept("refs/tags/paper", &tagged)]);
    assert_eq!(pins(&references, 3, "3").len(), 1);
    assert_eq!(pins(&references, 2, "2").len(), 1);
    assert_eq!(staged(&references, "3"), ["refs/tags/paper"]);
}

#[test]
fn a_head_needs_what_it_adds() {
    let mut head = base();
    put(&mut head, NAME, vec![version(3, State::Pending, "new"), version(2, State::Published, "2")]);
    let references = counted(&base(), &[open("refs/pull/7/head", &base(), &head)]);
    assert_eq!(staged(&references, "new"), ["refs/pull/7/head"]);
    assert_eq!(pins(&references, 3, "new"), [("refs/pull/7/head".to_owned(), Why::Proposed, Through::Own)]);
    // What it did not change is the default branch's business.
    assert_eq!(pins(&references, 2, "2"), [(MAIN.to_owned(), Why::Published, Through::Own)]);
}

#[test]
fn an_old_head_does_not_pin_all_that_it_was_forked_with() {
    let tip = manifest(vec![version(3, State::Published, "3"), retired(2, "2", 99), retired(1, "1", 99)]);
    let references = counted(&tip, &[open("refs/heads/old", &base(), &base())]);
    assert_eq!(pins(&references, 2, "2"), []);
}

#[test]
fn a_head_that_takes_a_retirement_back_needs_the_object() {
    let tip = manifest(vec![version(2, State::Published, "2"), retired(1, "1", 99)]);
    let mut head = tip.clone();
    put(&mut head, NAME, vec![version(2, State::Published, "2"), version(1, State::Published, "1")]);
    let references = counted(&tip, &[open("refs/heads/restore", &tip, &head)]);
    assert_eq!(pins(&references, 1, "1"), [("refs/heads/restore".to_owned(), Why::Proposed, Through::Own)]);
}

#[test]
fn a_head_that_retires_needs_nothing() {
    let tip = base();
    let head = manifest(vec![version(2, State::Published, "2"), version(1, State::Retired, "1")]);
    let references = counted(&tip, &[open("refs/heads/retire", &tip, &head)]);
    assert_eq!(pins(&references, 1, "1"), [(MAIN.to_owned(), Why::Published, Through::Own)]);
}

#[test]
fn a_squashed_head_whose_entry_landed_pins_it_no_longer() {
    let fork = base();
    let mut head = base();
    put(&mut head, NAME, vec![version(3, State::Pending, "3"), version(2, State::Published, "2")]);
    let tip = manifest(vec![version(4, State::Published, "4"), retired(3, "3", 99), version(2, State::Published, "2")]);
    let references = counted(&tip, &[open("refs/pull/7/head", &fork, &head)]);
    assert_eq!(pins(&references, 3, "3"), []);
    assert_eq!(staged(&references, "3"), [""; 0]);
    // The same number with other bytes did not land.
    let mut other = head.clone();
    put(&mut other, NAME, vec![version(3, State::Pending, "other")]);
    assert_eq!(staged(&counted(&tip, &[open("refs/pull/8/head", &fork, &other)]), "other"), ["refs/pull/8/head"]);
    // A publication recorded by a pull request that was squashed.
    let bot = manifest(vec![version(3, State::Published, "3"), version(2, State::Published, "2")]);
    assert_eq!(pins(&counted(&tip, &[open("refs/pull/9/head", &head, &bot)]), 3, "3"), []);
}

#[test]
fn without_a_merge_base_all_entries_of_a_head_count() {
    let tip = manifest(vec![version(3, State::Published, "3"), retired(1, "1", 99)]);
    let standing = Standing::Open { base: None, fork: false };
    let orphan = Counted { name: "refs/heads/x".to_owned(), standing, manifest: found(&base()) };
    assert_eq!(pins(&counted(&tip, &[orphan]), 1, "1").len(), 1);
}

#[test]
fn a_rollback_pins_its_owner() {
    let tip = manifest(vec![rollback(3, State::Published, "1", 1), retired(1, "1", 99)]);
    assert_eq!(pins(&counted(&tip, &[]), 1, "1"), [(MAIN.to_owned(), Why::Published, Through::Rollback)]);
    let mut head = base();
    put(&mut head, NAME, vec![rollback(3, State::Pending, "1", 1), version(2, State::Published, "2")]);
    let tip = manifest(vec![version(2, State::Published, "2"), retired(1, "1", 99)]);
    let proposed = counted(&tip, &[open("refs/heads/back", &tip, &head)]);
    // Even where the head has lost sight of the owner's entry.
    assert_eq!(pins(&proposed, 1, "1"), [("refs/heads/back".to_owned(), Why::Proposed, Through::Rollback)]);
}

#[test]
fn a_rename_pins_what_it_takes_along() {
    let mut tip = manifest(vec![retired(1, "1", 99)]);
    let mut renamed = version(1, State::Pending, "1");
    renamed.from = Some(format!("{NAME}@v1"));
    put(&mut tip, "b.csv", vec![renamed]);
    assert_eq!(pins(&counted(&tip, &[]), 1, "1"), [(MAIN.to_owned(), Why::Pending, Through::From)]);
}

#[test]
fn a_delta_pins_its_base_from_an_entry_and_from_staging() {
    let mut made = version(2, State::Pending, "2");
    made.delta = Some(digest("1"));
    let tip = manifest(vec![made.clone(), retired(1, "1", 99)]);
    assert_eq!(pins(&counted(&tip, &[]), 1, "1"), [(MAIN.to_owned(), Why::Pending, Through::Delta)]);
    made.state = State::Published;
    assert_eq!(pins(&counted(&manifest(vec![made, retired(1, "1", 99)]), &[]), 1, "1"), []);
    let tip = manifest(vec![version(2, State::Published, "2"), retired(1, "1", 99)]);
    let mut count = on(&tip);
    let lies = format!("{}.delta-{}", digest("2"), digest("1"));
    count.staged(&Key::new(&lies));
    count.staged(&Key::new(digest("1").hex()));
    assert_eq!(pins(&count.finish().unwrap(), 1, "1"), [(lies, Why::Staged, Through::Delta)]);
}

#[test]
fn a_legacy_entry_pins_its_own_keys() {
    let mut legacy = version(1, State::Pending, "1");
    legacy.key = Some("old/place".to_owned());
    legacy.staging_key = Some("staging/old".to_owned());
    let references = counted(&manifest(vec![legacy]), &[]);
    assert_eq!(references.production(&Key::new("old/place"), &digest("else")).len(), 1);
    assert_eq!(references.staging(&Key::new("staging/old")).len(), 1);
}

#[test]
fn a_tree_pins_the_objects_of_its_files_and_stops_everything_where_its_listing_was_not_read() {
    let mut tip = manifest(vec![retired(1, "file", 99)]);
    put(&mut tip, "tree", vec![version(1, State::Pending, "listing")]);
    tip.datasets.get_mut("tree").unwrap().kind = Kind::Tree;
    assert!(matches!(&tried(&tip, &[]).unwrap_err()[..], [Refusal::Tree { .. }]));
    let contents = Contents { files: vec![digest("file")], shards: vec![digest("shard")] };
    let trees = Trees::from([(digest("listing"), contents)]);
    let references = Count::of(MAIN, found(&tip), Receipts::new(), trees, GRACE).finish().unwrap();
    assert_eq!(pins(&references, 1, "file"), [(MAIN.to_owned(), Why::Pending, Through::Tree)]);
    assert_eq!(staged(&references, "file"), [MAIN]);
    assert_eq!(staged(&references, "shard"), [MAIN]);
    assert_eq!(references.holding(&Key::new("any"), &[digest("x"), digest("file")]).len(), 1);
    assert_eq!(references.holding(&Key::new("any"), &[digest("x"), digest("shard")]), []);
    let where_ = Key::new(format!("{}.where", digest("listing")));
    assert_eq!(references.staging(&where_).len(), 1);
}

#[test]
fn an_unreadable_counted_name_stops_everything() {
    let unreadable = |standing| Counted {
        name: "refs/heads/broken".to_owned(),
        standing,
        manifest: Found::Malformed("line 3: not JSON".to_owned()),
    };
    for standing in [Standing::Kept, Standing::Open { base: None, fork: false }] {
        let refusals = tried(&base(), &[unreadable(standing)]).unwrap_err();
        let said = error("nothing was deleted", &refusals);
        assert_eq!(said.kind, Failure::Conflict);
        assert_eq!(said.message, "nothing was deleted: broken cannot be read: line 3: not JSON");
        assert!(said.hints[0].starts_with("git log -p -1 refs/heads/broken"));
    }
    let mut fork = unreadable(Standing::Open { base: None, fork: true });
    fork.manifest = Found::Unreadable("an object is missing in this clone".to_owned());
    assert!(tried(&base(), std::slice::from_ref(&fork)).is_err(), "what fails here is not the fork's doing");
    fork = unreadable(Standing::Open { base: None, fork: true });
    let references = counted(&base(), &[fork]);
    assert!(references.notes()[0].contains("is a fork's"), "{:?}", references.notes());
    assert_eq!(references.names(), [MAIN]);
}

#[test]
fn an_unknown_word_on_any_counted_name_stops_everything() {
    let mut newer = vec![base(); 4];
    newer[0].datasets.get_mut(NAME).unwrap().versions[0].state = State::of("archived");
    newer[1].datasets.get_mut(NAME).unwrap().kind = Kind::of("stream");
    newer[2].extra.push(("legalHold".to_owned(), Json::Bool(true)));
    newer[3].datasets.get_mut(NAME).unwrap().versions[1].extra.push(("keep".to_owned(), Json::Bool(true)));
    for head in &newer {
        for counted in [kept("refs/tags/t", head), open("refs/heads/h", &base(), head)] {
            let refusals = tried(&base(), &[counted]).unwrap_err();
            assert!(refusals.iter().any(|refusal| matches!(refusal, Refusal::Unknown { .. })), "{refusals:?}");
        }
        assert!(tried(head, &[]).is_err());
    }
}

#[test]
fn an_absent_unreadable_or_empty_default_branch_stops_everything() {
    let count = |tip| Count::of(MAIN, tip, Receipts::new(), Trees::new(), GRACE).finish().unwrap_err();
    assert!(matches!(&count(Found::Nothing)[..], [Refusal::NoEntry { .. }]));
    assert!(matches!(&count(Found::Unreadable("x".to_owned()))[..], [Refusal::Unreadable { .. }]));
    assert!(matches!(&count(found(&Manifest::default()))[..], [Refusal::NoEntry { .. }]));
    assert!(matches!(&count(found(&manifest(Vec::new())))[..], [Refusal::NoEntry { .. }]));
}

#[test]
fn a_shallow_clone_or_a_listing_that_failed_stops_everything() {
    for refusal in [Refusal::Shallow, Refusal::Listing { bucket: "production".to_owned(), why: "cut off".to_owned() }] {
        let mut count = on(&base());
        count.refuse(refusal.clone());
        assert_eq!(count.finish().unwrap_err(), [refusal]);
    }
}

#[test]
fn a_receipt_without_an_entry_stops_everything() {
    for receipt in [(NAME, 9, "1"), (NAME, 1, "other"), ("gone.csv", 1, "1")] {
        let refusals = proven(&base(), &[(NAME, 1, "1"), receipt]).unwrap_err();
        assert!(matches!(&refusals[..], [Refusal::Receipt { .. }]), "{refusals:?}");
        assert!(error("nothing was deleted", &refusals).hints[0].contains("by a pull request"));
    }
}

#[test]
fn a_name_without_a_manifest_pins_nothing_and_stops_nothing() {
    let pages = |manifest| Counted { name: "refs/heads/pages".to_owned(), standing: Standing::Kept, manifest };
    for found in [Found::Nothing, Found::Unchanged] {
        assert_eq!(counted(&base(), &[pages(found)]).names(), [MAIN, "refs/heads/pages"]);
    }
}

#[test]
fn only_keys_of_our_form_are_taken_for_staged_content() {
    let hex = digest("x").hex();
    for ours in ["", ".tree", ".where", &format!(".delta-{hex}")] {
        assert_eq!(staged_digest(&Key::new(format!("{hex}{ours}"))), Some(digest("x")), "{ours}");
    }
    for odd in [".csv", ".delta-", ".delta-12", "0", &format!("{hex}.delta-{hex}.x")] {
        assert_eq!(staged_digest(&Key::new(format!("{hex}{odd}"))), None, "{odd}");
    }
    assert_eq!(staged_digest(&Key::new(hex.to_uppercase())), None);
    assert_eq!(staged_digest(&Key::new("é".repeat(33))), None);
}

#[test]
fn receipts_are_known_by_their_names() {
    let key = key::receipt("eu/a.csv", Version(3), &digest("x"));
    assert_eq!(receipt_of(&key), Some(("eu/a.csv".to_owned(), Version(3), digest("x"))));
    for odd in [format!("{key}.sig"), "a.csv/v1-x.json".to_owned(), ".git-data/published/v1-x.json".to_owned()] {
        assert_eq!(receipt_of(&Key::new(odd)), None);
    }
}

#[test]
fn many_refusals_are_told_together() {
    let many: Vec<_> =
        (0..40).map(|n| Refusal::Unreadable { reference: format!("refs/heads/b{n}"), why: "x".to_owned() }).collect();
    let said = error("nothing was deleted", &many);
    assert!(said.causes()[0].ends_with("and 19 more"), "{:?}", said.causes());
    assert_eq!(said.hints.len(), 10);
}

#[test]
fn a_pin_is_told_in_words() {
    let tip = manifest(vec![rollback(3, State::Published, "1", 1), retired(1, "1", 99)]);
    let pin = counted(&tip, &[]).production(&at(1, "1"), &digest("1")).remove(0);
    assert_eq!(pin.to_string(), "a.csv v3 is published on main, a rollback to it");
    assert_eq!(
        serde_json::to_string(&pin).unwrap(),
        r#"{"ref":"refs/heads/main","dataset":"a.csv","version":"v3","why":"published","through":"rollback"}"#
    );
}
