//! The protocol, played in all orders of its steps by a model checker: publishers, sweeps and a janitor at the same time,
//! people who propose and merge, an attacker, crashes, lost answers, a store that writes wrong bytes.
//!
//! Plans, marks, deletions, merges and edits are the functions of `git_data::flow` that the programs use. What the model adds is
//! the order of requests, taken from `src/command/publish`, `sweep.rs`, `janitor.rs` and `record.rs`, and the two buckets.
//!
//! Not played: trees and deltas, kept refs, forks, the copy of large objects part by part, and clocks that differ.

mod guards;
mod history;
mod janitor;
mod large;
mod numbers;
mod people;
mod play;
mod promises;
mod publisher;
mod setup;
mod sweeper;
mod world;

use stateright::{Checker, Expectation, Model};

use play::Play;
use setup::{Left, Setup, Wish};

/// Plays it to the end: nothing is violated, nothing is stuck, and all that should occur does.
fn holds(setup: Setup) {
    let name = setup.name;
    let checker = Play::new(setup).checker().threads(2).spawn_dfs().join();
    let found = checker.discoveries();
    let mut violations = Vec::new();
    for property in checker.model().properties() {
        match (property.expectation, found.get(property.name)) {
            (Expectation::Sometimes, None) => violations.push(format!("never: {}", property.name)),
            (Expectation::Always, Some(path)) => {
                violations.push(format!("not so: {}\n{}", property.name, told(path.clone().into_actions())));
            }
            _ => {}
        }
    }
    assert!(violations.is_empty(), "{name}, {} states\n{}", checker.unique_state_count(), violations.join("\n"));
    crate::figure::figure(&format!("model {name} states={} violations=0 stuck=0", checker.unique_state_count()));
}

/// A way to a state, an act a line.
fn told(acts: Vec<world::Act>) -> String {
    acts.iter().map(|act| format!("  {act:?}\n")).collect()
}

#[test]
fn publishers_that_die_lose_answers_and_are_attacked() {
    holds(Setup {
        name: "publishers",
        wishes: vec![Wish::Add("one"), Wish::Add("two")],
        publishers: 2,
        left: Left { crashes: 1, lost: 1, swaps: 1, ..Left::default() },
        ..Setup::default()
    });
}

#[test]
fn two_publishers_on_a_store_that_writes_wrong_bytes_once() {
    holds(Setup {
        name: "faulty-store",
        published: vec!["one"],
        wishes: vec![Wish::Add("two")],
        publishers: 2,
        janitor: true,
        left: Left { crashes: 1, faults: 1, months: 1, ..Left::default() },
        ..Setup::default()
    });
}

#[test]
fn a_sweep_and_a_publisher_while_versions_are_given_up_and_wanted_again() {
    holds(Setup {
        name: "deletion",
        published: vec!["one", "two"],
        wishes: vec![Wish::Prune(1), Wish::Rollback(1), Wish::Restore(1)],
        publishers: 1,
        sweepers: 1,
        left: Left { crashes: 1, lost: 1, months: 2, ..Left::default() },
        ..Setup::default()
    });
}

#[test]
fn two_sweeps_one_of_them_late() {
    holds(Setup {
        name: "two-sweeps",
        published: vec!["one", "two"],
        wishes: vec![Wish::Prune(1), Wish::Again("one")],
        publishers: 1,
        sweepers: 2,
        left: Left { months: 1, ..Left::default() },
        ..Setup::default()
    });
}

#[test]
fn a_janitor_between_proposals_that_wait() {
    holds(Setup {
        name: "janitor",
        published: vec!["one"],
        wishes: vec![Wish::Add("two"), Wish::Add("three")],
        publishers: 1,
        janitor: true,
        left: Left { crashes: 1, swaps: 1, months: 1, ..Left::default() },
        ..Setup::default()
    });
}

#[test]
fn a_rename_while_its_origin_is_given_up() {
    holds(Setup {
        name: "rename",
        published: vec!["one"],
        wishes: vec![Wish::Rename, Wish::Delete],
        publishers: 1,
        sweepers: 1,
        left: Left { crashes: 1, months: 2, ..Left::default() },
        ..Setup::default()
    });
}

#[test]
fn everybody_at_once_and_nobody_sees_what_is_proposed() {
    holds(Setup {
        name: "hidden",
        published: vec!["one", "two"],
        wishes: vec![Wish::Prune(1), Wish::Rollback(1), Wish::Restore(1)],
        publishers: 1,
        sweepers: 2,
        hidden: true,
        left: Left { months: 1, ..Left::default() },
        ..Setup::default()
    });
}

#[test]
fn publishers_and_a_sweep_that_die() {
    holds(Setup {
        name: "together",
        published: vec!["one", "two"],
        wishes: vec![Wish::Prune(1), Wish::Rollback(1)],
        publishers: 2,
        sweepers: 1,
        left: Left { crashes: 1, months: 1, ..Left::default() },
        ..Setup::default()
    });
}

#[test]
fn a_version_is_given_up_while_it_is_published() {
    holds(Setup {
        name: "crossing",
        published: vec!["one"],
        wishes: vec![Wish::Add("two"), Wish::Delete],
        publishers: 1,
        sweepers: 1,
        left: Left { crashes: 1, lost: 1, months: 2, ..Left::default() },
        ..Setup::default()
    });
}
