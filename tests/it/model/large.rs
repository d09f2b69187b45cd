//! Plays of millions of states, run by hand: docs/testing.md has the command. They take minutes.

use super::holds;
use super::setup::{Left, Setup, Wish};

#[test]
#[ignore = "run by hand: millions of states"]
fn a_new_version_between_a_rollback_and_its_sweep() {
    holds(Setup {
        name: "large-three-objects",
        published: vec!["one", "two"],
        wishes: vec![Wish::Prune(1), Wish::Rollback(1), Wish::Add("three")],
        publishers: 2,
        sweepers: 1,
        left: Left { months: 1, ..Left::default() },
        ..Setup::default()
    });
}

#[test]
#[ignore = "run by hand: millions of states"]
fn three_publishers_and_two_sweeps_of_which_two_may_die() {
    holds(Setup {
        name: "large-three-publishers",
        published: vec!["one", "two"],
        wishes: vec![Wish::Prune(1), Wish::Rollback(1), Wish::Restore(1), Wish::Again("one")],
        publishers: 3,
        sweepers: 2,
        left: Left { crashes: 2, months: 1, ..Left::default() },
        ..Setup::default()
    });
}
