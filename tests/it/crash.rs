//! The process is killed at every moment before and after every effect (`src/crash.rs`), one moment a run, with
//! `SIGKILL`. Whatever the moment: nothing is lost or wrong then, and the same command once more ends where it would
//! have ended without the kill.

mod grove;
mod scenario;
mod schedule;
mod world;

use std::collections::BTreeSet;
use std::io::{Read as _, Seek as _};
use std::os::unix::process::CommandExt as _;

use rustix::process::Pid;

use self::scenario::Scenario;
use self::world::World;
use crate::lab::Lab;

/// Plays a command once for each of its moments, killed there.
fn every_moment(scenario: &Scenario) {
    let lab = (scenario.before)();
    let saved = lab.save();
    let before = World::look_with(&lab, scenario.person);
    let moments = moments(&lab, scenario);
    settle(&lab, scenario, "without a kill");
    let clean = World::look_with(&lab, scenario.person);
    assert_ne!(clean, before, "{}: it changes nothing that is looked at", scenario.name);
    let mut killed = 0;
    for moment in &moments {
        lab.restore(&saved);
        killed += usize::from(killed_at(&lab, scenario.person, scenario.command, moment));
        let at = format!("{}, killed at {moment}", scenario.name);
        World::look(&lab).sound(&before, &at);
        settle(&lab, scenario, &at);
        World::look_with(&lab, scenario.person).same(&clean, &at);
    }
    assert!(killed * 10 >= moments.len() * 9, "{}: hardly a moment came again", scenario.name);
    crate::figure::figure(&format!(
        "crash points scenario={} points={} killed={killed} lost=0 wrong=0 stuck=0",
        scenario.name,
        moments.len()
    ));
}

/// The same command again does what is left: once, or until it has nothing to do where one run is one step.
fn settle(lab: &Lab, scenario: &Scenario, at: &str) {
    for _ in 0..scenario.runs {
        let ran = lab.run(scenario.person, scenario.command);
        assert_eq!(ran.code, 0, "{at}, then once more:\n{ran}");
    }
}

/// The moments that come when nothing happens, in their order. Between two effects there is one: after the first and
/// before the second the world is the same, and `GIT_DATA_TEST_ALL=1` plays both.
fn moments(lab: &Lab, scenario: &Scenario) -> Vec<String> {
    let log = lab.path("moments");
    let set = [("GIT_DATA_TEST_MOMENTS", log.to_str().unwrap())];
    let (code, said) = alone(lab, scenario.person, scenario.command, &set);
    assert_eq!(code, Some(0), "{}: {said}", scenario.name);
    let text = std::fs::read_to_string(&log).unwrap();
    std::fs::remove_file(&log).unwrap();
    let all = std::env::var_os("GIT_DATA_TEST_ALL").is_some();
    let (mut seen, mut chosen, mut last) = (BTreeSet::new(), Vec::new(), "");
    for line in text.lines() {
        let between = last.contains(" after#") && line.contains(" before#");
        if seen.insert(line) && (all || !between) {
            chosen.push(line.to_owned());
        }
        last = line;
    }
    chosen
}

/// Runs a command that is to be killed at a moment; false if the moment did not come.
fn killed_at(lab: &Lab, person: &str, command: &str, moment: &str) -> bool {
    alone(lab, person, command, &[("GIT_DATA_TEST_CRASH", moment)]).0.is_none()
}

/// Runs a command in a process group of its own and waits for all of it: a killed program may leave a `git` behind.
/// No exit code means that it was killed.
fn alone(lab: &Lab, person: &str, command: &str, set: &[(&str, &str)]) -> (Option<i32>, String) {
    // No pipes: one that outlives its program would be written to by none and read by none.
    let mut said = tempfile::tempfile().unwrap();
    let child = lab.start_with(person, command, |run| {
        run.envs(set.iter().copied()).process_group(0);
        run.stdout(said.try_clone().unwrap()).stderr(said.try_clone().unwrap());
    });
    let group = Pid::from_child(&child);
    let output = child.wait_with_output().unwrap();
    end_of(group);
    let mut text = String::new();
    said.rewind().and_then(|()| said.read_to_string(&mut text)).unwrap();
    (output.status.code(), text)
}

/// Waits until nobody of the group works any more. One that ended may be there for long: its new parent is in no hurry.
fn end_of(group: Pid) {
    while rustix::process::test_kill_process_group(group).is_ok() && someone_works(group) {
        std::thread::yield_now();
    }
}

#[cfg(target_os = "linux")]
fn someone_works(group: Pid) -> bool {
    let group = group.as_raw_nonzero().to_string();
    let stats = std::fs::read_dir("/proc").unwrap().flatten();
    // After the name, in parentheses: the state, the parent, the group.
    stats.filter_map(|entry| std::fs::read_to_string(entry.path().join("stat")).ok()).any(|stat| {
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().take(3).collect();
        matches!(fields[..], [state, _, its] if its == group && state != "Z")
    })
}

#[cfg(not(target_os = "linux"))]
fn someone_works(_: Pid) -> bool {
    true
}
