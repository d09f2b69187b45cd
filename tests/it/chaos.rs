//! Two publishers, a sweeper and a janitor at once, killed at random, while people propose and merge. At the end an
//! independent judge, `tests/checker.py`, which shares no code with the product, finds nothing lost or wrong.

use std::process::{Child, Command};
use std::time::{Duration, Instant};

use crate::dice::{Dice, asked};
use crate::lab::{Backend, Lab, Production, Ran, Staging};

/// Who works at the same time, each in a clone of its own, with the publisher's key.
const ROBOTS: [(&str, &str); 4] = [
    ("robot", "git-data-publish run"),
    ("robot-2", "git-data-publish run"),
    ("robot-3", "git-data-publish sweep --grace 0s"),
    ("robot-4", "git-data-publish janitor"),
];
/// What people propose; a refusal is an answer too.
const PROPOSALS: [&str; 7] = [
    "git-data prepare a.csv a.csv --pr",
    "git-data prepare b.csv b.csv --pr",
    "git-data prepare c.csv c.csv --pr",
    "git-data prepare a.csv a.csv --pr",
    "git-data rollback a.csv --to-version v1 -m back --pr",
    "git-data prune a.csv --keep 2 --pr",
    "git-data prune b.csv --keep 1 --pr",
];

/// The same of a tree, where the judge can read what is under zstd.
const TREES: [&str; 4] = [
    "git-data prepare maps maps --pr",
    "git-data prepare --all --pr",
    "git-data rollback maps --to-version v1 -m back --pr",
    "git-data prune maps --keep 1 --pr",
];

#[derive(Debug, Default)]
struct Counted {
    runs: u32,
    kills: u32,
    merged: u32,
    /// Runs that found a world in which they could do nothing, and said so.
    refused: u32,
}

/// The robots, each starting anew when it ends; two of three runs are killed at some moment.
struct Robots<'a> {
    lab: &'a Lab,
    dice: Dice,
    running: [Option<Child>; 4],
    counted: Counted,
}

impl Robots<'_> {
    fn tend(&mut self) {
        for (at, (robot, command)) in ROBOTS.iter().enumerate() {
            if let Some(child) = &mut self.running[at]
                && child.try_wait().unwrap().is_none()
            {
                continue;
            }
            self.ended(at);
            // A run with nothing to do has few moments; one of four lives.
            let reach = *self.dice.pick(&[0, 15, 60, 300]);
            let moment = format!("#{}", if reach == 0 { 0 } else { 1 + self.dice.below(reach) });
            let child = self.lab.start_with(robot, command, |run| {
                run.stdout(std::process::Stdio::null());
                run.env("GIT_DATA_TEST_CRASH", &moment);
            });
            self.running[at] = Some(child);
            self.counted.runs += 1;
        }
    }

    /// A command of a person, while the robots work.
    fn meanwhile(&mut self, person: &str, command: &str) -> Ran {
        let mut child = self.lab.start(person, command);
        while child.try_wait().unwrap().is_none() {
            self.tend();
            std::thread::sleep(Duration::from_millis(1));
        }
        Ran::new(command, &child.wait_with_output().unwrap())
    }

    fn ended(&mut self, at: usize) {
        let Some(child) = self.running[at].take() else { return };
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!said.contains("panicked at"), "{}: {said}", ROBOTS[at].1);
        match output.status.code() {
            None => self.counted.kills += 1,
            Some(0) => {}
            // 3: some could not be published; 4: the server was busy; 6: somebody else was faster.
            Some(3 | 4 | 6) => self.counted.refused += 1,
            Some(code) => panic!("{} ended with {code}: {said}", ROBOTS[at].1),
        }
    }
}

/// One proposal of anna's and what a host does with it: check, merge, push; a proposal that cannot be merged is closed.
fn propose(robots: &mut Robots<'_>, dice: &mut Dice, step: u64) -> bool {
    let lab = robots.lab;
    lab.update("anna");
    if lab.is_sandbox() {
        // What is proposed is in git by now; what is not, the janitor may take.
        lab.age_staging(40);
    }
    for name in ["a", "b", "c"] {
        lab.write(&format!("anna/{name}.csv"), format!("{step} {name} {}\n", dice.below(1 << 40)));
    }
    if trees() {
        // Some files change, and one is the same in every version.
        for n in 0..3 {
            lab.write(&format!("anna/maps/{}/{n}", dice.below(3)), format!("{step} {n} {}\n", dice.below(1 << 40)));
        }
        lab.write("anna/maps/same", "the same\n");
    }
    let command = if trees() && dice.below(3) == 0 { *dice.pick(&TREES) } else { *dice.pick(&PROPOSALS) };
    let proposed = robots.meanwhile("anna", &format!("{command} --json"));
    if proposed.code != 0 {
        return false;
    }
    let said = proposed.json();
    let Some(branch) = said["proposal"]["branch"].as_str().filter(|branch| branch.starts_with("data/")) else {
        return false;
    };
    // One of eight stays open: staging must keep its bytes.
    if dice.below(8) == 0 {
        return false;
    }
    let merged = (0..20).any(|_| merge(robots, branch));
    lab.run("anna", &format!("git push --quiet origin --delete {branch}")).ok();
    merged
}

/// False if somebody else was faster, or the check is red.
fn merge(robots: &mut Robots<'_>, branch: &str) -> bool {
    let lab = robots.lab;
    lab.run("host", "git fetch --quiet origin").ok();
    lab.run("host", "git reset --quiet --hard origin/main").ok();
    let check = format!("git-data-publish check --base origin/main --head origin/{branch}");
    if robots.meanwhile("host", &check).code != 0 {
        return false;
    }
    if lab.run("host", &format!("git merge --quiet --no-ff -m merged origin/{branch}")).code != 0 {
        let _ = lab.run("host", "git merge --abort");
        return false;
    }
    lab.run("host", "git push --quiet origin main").code == 0
}

/// Plays for so long, then lets everything come to rest and has it judged.
fn chaos(lab: &Lab, seconds: u64, seed: u64) {
    lab.furnish();
    for clone in ["host", "robot-2", "robot-3", "robot-4"] {
        lab.clone_for(clone);
    }
    lab.release("anna", "a.csv", "first\n");
    // Half of the small files travel in shards, the others alone.
    lab.run("anna", "git config data.tarOver 3").ok();
    lab.run("anna", "git config data.tarBelow 18").ok();
    let dice = Dice::of(seed);
    let mut robots = Robots { lab, dice, running: Default::default(), counted: Counted::default() };
    let mut people = Dice::of(seed.wrapping_add(17));
    let start = Instant::now();
    let mut step = 0;
    // At least a few rounds on a slow machine.
    while start.elapsed() < Duration::from_secs(seconds) || step < 6 {
        let merged = propose(&mut robots, &mut people, step);
        robots.counted.merged += u32::from(merged);
        step += 1;
    }
    (0..ROBOTS.len()).for_each(|at| robots.ended(at));
    let counted = robots.counted;
    for _ in 0..3 {
        for (robot, command) in ROBOTS {
            let last = lab.run(robot, command);
            assert!(matches!(last.code, 0 | 3), "after seed {seed}: {last}");
        }
    }
    let judged = judge(lab);
    crate::figure::figure(&format!("chaos seconds={seconds} seed={seed} {counted:?} judged={judged}"));
    assert!(counted.merged > 0, "nothing was merged: {counted:?}");
    assert!(counted.kills > 0, "nobody was killed: {counted:?}");
}

/// The checker's count; it ends with 0, and nothing is left to be published.
fn judge(lab: &Lab) -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/checker.py");
    let mut run = Command::new(python());
    run.args([script, lab.path("origin.git").to_str().unwrap()]);
    for which in [Staging, Production] {
        run.arg(match lab.url(which).strip_prefix("file:../") {
            Some(folder) => lab.path(folder).to_str().unwrap().to_owned(),
            None => lab.url(which),
        });
    }
    let set = lab.environment("robot");
    if let Some(endpoint) = set.get("GIT_DATA_ENDPOINT") {
        run.arg(endpoint).envs(set.iter().filter(|(name, _)| name.starts_with("AWS_")));
    }
    let output = run.output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "the checker found:\n{said}");
    let counted: serde_json::Value = serde_json::from_str(said.lines().next().unwrap()).unwrap();
    assert_eq!(counted["pending"], 0, "something is left to be published: {said}");
    said.lines().next().unwrap().to_owned()
}

/// Whether the judge can read trees: its Python has `zstandard`, which tests/run sees to.
fn trees() -> bool {
    static CAN: std::sync::OnceLock<bool> = std::sync::OnceLock::new();
    *CAN.get_or_init(|| {
        Command::new(python()).args(["-c", "import zstandard"]).output().is_ok_and(|output| output.status.success())
    })
}

/// With what the checker needs; `tests/run` sets it.
fn python() -> String {
    std::env::var("GIT_DATA_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned())
}

mod python {
    use super::*;

    #[test]
    fn publishers_sweeper_and_janitor_at_once_on_directories() {
        let there = Command::new(python()).arg("--version").output().is_ok_and(|output| output.status.success());
        assert!(there || std::env::var_os("REQUIRE_ALL").is_none(), "{} is not installed", python());
        if there {
            chaos(&Lab::new(Backend::Directory), asked("GIT_DATA_TEST_CHAOS", 8) / 2, asked("GIT_DATA_TEST_SEED", 1));
        }
    }
}

#[cfg(feature = "s3")]
mod ministack {
    use super::*;

    #[test]
    fn publishers_sweeper_and_janitor_at_once() {
        if crate::lab::ministack_is_there() {
            chaos(&Lab::new(Backend::MiniStack), asked("GIT_DATA_TEST_CHAOS", 5), asked("GIT_DATA_TEST_SEED", 1));
        }
    }
}
