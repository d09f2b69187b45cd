//! Each guard removed in turn, to see that the model can tell: the promise that breaks is named.

use std::collections::BTreeSet;

use stateright::{Checker, HasDiscoveries, Model};

use super::play::Play;
use super::promises::{HISTORY, NEEDED, STAGED, THERE, VISIBLE};
use super::setup::{Guard, Left, Setup, Wish};
use super::{holds, told};

/// Without the guard the checker finds a way to break that promise; with it there is none.
fn breaks(promise: &'static str, without: Guard, setup: Setup) {
    let broken = Setup { without: Some(without), ..setup.clone() };
    let only = HasDiscoveries::AnyOf(BTreeSet::from([promise]));
    let checker = Play::new(broken).checker().finish_when(only).spawn_bfs().join();
    let found = checker.discovery(promise);
    let found = found.unwrap_or_else(|| panic!("without {without:?} it still holds: {promise}"));
    println!("without {without:?} it is not so: {promise}\n{}", told(found.into_actions()));
    holds(setup);
}

/// A version is proposed while somebody replaces its staged bytes.
fn attacked(name: &'static str) -> Setup {
    Setup {
        name,
        wishes: vec![Wish::Add("one")],
        publishers: 1,
        left: Left { swaps: 1, ..Left::default() },
        ..Setup::default()
    }
}

/// A version is given up, and somebody rolls back to it.
fn rolled_back(name: &'static str, sweepers: usize) -> Setup {
    Setup {
        name,
        published: vec!["one", "two"],
        wishes: vec![Wish::Prune(1), Wish::Rollback(1)],
        publishers: 1,
        sweepers,
        left: Left { months: 1, ..Left::default() },
        ..Setup::default()
    }
}

/// A store that writes wrong bytes once.
fn faulty(name: &'static str) -> Setup {
    Setup {
        name,
        wishes: vec![Wish::Add("one")],
        publishers: 2,
        left: Left { faults: 1, ..Left::default() },
        ..Setup::default()
    }
}

#[test]
fn the_publisher_hashes_what_it_read() {
    breaks(VISIBLE, Guard::Hash, attacked("guard-hash"));
}

#[test]
fn the_bytes_that_are_written_are_those_that_were_hashed() {
    breaks(VISIBLE, Guard::SameBytes, attacked("guard-same-bytes"));
}

#[test]
fn a_push_is_refused_when_the_branch_moved() {
    breaks(THERE, Guard::Swap, rolled_back("guard-swap", 1));
    breaks(HISTORY, Guard::Swap, rolled_back("guard-swap-history", 1));
}

#[test]
fn nothing_is_published_onto_what_is_purging() {
    breaks(THERE, Guard::Purging, Setup { hidden: true, ..rolled_back("guard-purging", 1) });
}

#[test]
fn references_are_counted_by_object() {
    breaks(THERE, Guard::Count, rolled_back("guard-count", 1));
    breaks(NEEDED, Guard::Count, rolled_back("guard-count-needed", 1));
}

#[test]
fn only_what_main_says_to_be_purging_is_deleted() {
    breaks(THERE, Guard::Mark, rolled_back("guard-mark", 1));
}

#[test]
fn a_key_is_never_used_twice() {
    let setup = Setup {
        name: "guard-fresh",
        published: vec!["one", "two"],
        wishes: vec![Wish::Prune(1), Wish::Again("one")],
        publishers: 1,
        sweepers: 2,
        left: Left { months: 1, ..Left::default() },
        ..Setup::default()
    };
    breaks(THERE, Guard::Fresh, setup);
}

#[test]
fn what_was_written_is_looked_at_before_it_is_recorded() {
    breaks(THERE, Guard::Look, faulty("guard-look"));
}

#[test]
fn a_key_of_production_is_written_once() {
    breaks(THERE, Guard::Once, faulty("guard-once"));
}

#[test]
fn staging_is_cleaned_after_the_publication_was_recorded() {
    let left = Left { faults: 1, months: 1, ..Left::default() };
    breaks(STAGED, Guard::Recorded, Setup { janitor: true, publishers: 1, left, ..faulty("guard-recorded") });
}

#[test]
fn staging_is_cleaned_by_what_is_needed_not_by_age() {
    let left = Left { months: 1, ..Left::default() };
    breaks(STAGED, Guard::Needed, Setup { janitor: true, left, ..attacked("guard-needed") });
}

/// The one gap that is known: an object that nothing needed may be sent again, and proposed, between the janitor's last look
/// and its deletion. `check` and the publisher name the missing bytes, and preparing again sends them.
#[test]
fn between_the_last_look_and_the_deletion_staged_bytes_can_be_lost() {
    let left = Left { months: 1, ..Left::default() };
    let published = vec!["zero"];
    breaks(STAGED, Guard::Together, Setup { published, janitor: true, left, ..attacked("guard-together") });
}

#[test]
fn grace_is_counted_by_a_clock_read_after_the_branch() {
    breaks(NEEDED, Guard::Clock, rolled_back("guard-clock", 1));
}

/// A run that publishes one version and leaves the others to the next breaks nothing, because every run reads all that is
/// pending from the default branch: what one leaves is not forgotten. It would be fatal only if each merge had one run.
#[test]
fn publishing_all_in_one_run_is_not_needed_for_safety() {
    let setup = Setup {
        name: "without-all",
        published: vec!["one"],
        wishes: vec![Wish::Add("two"), Wish::Add("three")],
        publishers: 2,
        left: Left { crashes: 1, ..Left::default() },
        ..Setup::default()
    };
    holds(Setup { without: Some(Guard::All), ..setup });
}
