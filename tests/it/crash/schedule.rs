//! More than one kill: every ordered pair of moments of a command, and random days on which people, publishers and
//! cleaners are killed at random moments. By hand; each prints the seed with which it can be played again.

use super::scenario::{self, Scenario};
use super::world::World;
use super::{alone, moments, settle};
use crate::dice::{Dice, asked};
use crate::lab::{Lab, ROBOT, Saved};

/// The first run is killed at one moment, the second at another, the third ends as if nothing had been.
fn pairs(scenario: &Scenario) -> usize {
    let lab = (scenario.before)();
    let saved = lab.save();
    let before = World::look(&lab);
    let firsts = moments(&lab, scenario);
    settle(&lab, scenario, "without a kill");
    let clean = World::look_with(&lab, scenario.person);
    let mut played = 0;
    for first in &firsts {
        lab.restore(&saved);
        alone(&lab, scenario.person, scenario.command, &[("GIT_DATA_TEST_CRASH", first)]);
        let halfway = lab.save();
        // What is left to do has moments of its own.
        for second in moments(&lab, scenario) {
            lab.restore(&halfway);
            alone(&lab, scenario.person, scenario.command, &[("GIT_DATA_TEST_CRASH", &second)]);
            let at = format!("{}, killed at {first}, then at {second}", scenario.name);
            World::look(&lab).sound(&before, &at);
            settle(&lab, scenario, &at);
            World::look_with(&lab, scenario.person).same(&clean, &at);
            played += 1;
        }
    }
    played
}

#[test]
#[ignore = "run by hand: about an hour; docs/testing.md"]
fn every_pair_of_moments() {
    for name in ["publish_a_first_version", "sweep_marks_deletes_and_records", "prepare_a_first_version"] {
        let scenario = scenario::ALL.iter().map(|make| make()).find(|s| s.name == name).unwrap();
        crate::figure::figure(&format!(
            "crash pairs scenario={name} pairs={} lost=0 wrong=0 stuck=0",
            pairs(&scenario)
        ));
    }
}

/// A day: what people do, the publisher and its cleaners, each of them killed now and then.
const DAY: [(&str, &str); 12] = [
    ("anna", "git-data prepare a.csv a.csv --pr"),
    ("anna", "git-data prepare b.csv b.csv --pr"),
    ("anna", "git-data rollback a.csv --to-version v1 -m back --pr"),
    ("anna", "git-data prune a.csv --keep 1 --pr"),
    ("anna", "git-data restore a.csv v1 -m again --pr"),
    ("bert", "git-data pull --force"),
    (ROBOT, "git-data-publish run"),
    (ROBOT, "git-data-publish run"),
    (ROBOT, "git-data-publish copy"),
    (ROBOT, "git-data-publish finalize"),
    (ROBOT, "git-data-publish sweep --grace 0s"),
    (ROBOT, "git-data-publish janitor"),
];

/// One random schedule. Whatever is refused is refused; nothing may be lost or wrong, and the end is a quiet world.
fn play(lab: &Lab, saved: &Saved, seed: u64) -> usize {
    let mut dice = Dice::of(seed);
    lab.restore(saved);
    let mut kills = 0;
    let mut world = World::look(lab);
    for step in 0..4 + dice.below(5) {
        let (person, command) = *dice.pick(&DAY);
        let at = format!("seed {seed}, step {step}: {command}");
        if person == "anna" {
            begin_anew(lab);
            lab.write("anna/a.csv", format!("{seed} {step} a\n"));
            lab.write("anna/b.csv", format!("{seed} {step} b\n"));
        }
        let moment = format!("#{}", 1 + dice.below(160));
        let killed = alone(lab, person, command, &[("GIT_DATA_TEST_CRASH", &moment)]).0.is_none();
        kills += usize::from(killed);
        let before = std::mem::replace(&mut world, World::look(lab));
        world.sound(&before, &at);
        if person == "anna" && dice.below(3) > 0 {
            merge_what_is_open(lab);
        }
    }
    quiet(lab, &world, seed);
    kills
}

/// Her clone after a bad day, as git itself puts it right.
fn begin_anew(lab: &Lab) {
    for lock in ["index.lock", "HEAD.lock"] {
        // Git's own, left by a git that was killed in our place; git says so, and how.
        let _ = std::fs::remove_file(lab.path(&format!("anna/.git/{lock}")));
    }
    let _ = lab.run("anna", "git reset --quiet --hard");
    lab.update("anna");
}

/// Every proposal that git and its check let through is merged.
fn merge_what_is_open(lab: &Lab) {
    let branches = lab.run("origin.git", "git for-each-ref --format=%(refname:short) refs/heads/data").ok().stdout;
    for branch in branches.lines() {
        lab.run(ROBOT, "git fetch --quiet --prune origin").ok();
        lab.run(ROBOT, "git switch --quiet main").ok();
        lab.run(ROBOT, "git reset --quiet --hard origin/main").ok();
        let check = format!("git-data-publish check --base origin/main --head origin/{branch}");
        let merge = format!("git merge --quiet --no-ff -m merged origin/{branch}");
        if lab.run(ROBOT, &check).code == 0 && lab.run(ROBOT, &merge).code == 0 {
            lab.run(ROBOT, "git push --quiet origin main").ok();
        } else {
            let _ = lab.run(ROBOT, "git merge --abort");
        }
        lab.run(ROBOT, &format!("git push --quiet origin --delete {branch}")).ok();
    }
}

/// One run without a kill publishes all that can be published, and every live version can be pulled.
fn quiet(lab: &Lab, before: &World, seed: u64) {
    let at = format!("seed {seed}, at the end");
    let run = lab.run(ROBOT, "git-data-publish run");
    assert!(matches!(run.code, 0 | 3), "{at}: {run}");
    let world = World::look(lab);
    world.sound(before, &at);
    assert_eq!(world.waiting(), [""; 0], "{at}: {run}");
    let fsck = lab.run(ROBOT, "git-data-publish fsck --read-data 100%");
    assert_eq!(fsck.code, 0, "{at}: {fsck}");
    let _ = lab.run("bert", "git switch --quiet main");
    lab.run("bert", "git reset --quiet --hard").ok();
    lab.update("bert");
    let pull = lab.run("bert", "git-data pull --force");
    assert_eq!(pull.code, 0, "{at}: {pull}");
}

fn schedules(first: u64, count: u64) {
    let lab = scenario::released_lab();
    let saved = lab.save();
    let mut kills = 0;
    for seed in first..first + count {
        kills += play(&lab, &saved, seed);
    }
    crate::figure::figure(&format!(
        "crash schedules first={first} played={count} kills={kills} lost=0 wrong=0 stuck=0"
    ));
}

#[test]
fn a_few_random_schedules() {
    schedules(asked("GIT_DATA_TEST_SEED", 1), 10);
}

#[test]
#[ignore = "run by hand: GIT_DATA_TEST_SCHEDULES=10000; docs/testing.md"]
fn many_random_schedules() {
    schedules(asked("GIT_DATA_TEST_SEED", 1_000_000), asked("GIT_DATA_TEST_SCHEDULES", 10_000));
}
