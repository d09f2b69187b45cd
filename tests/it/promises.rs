//! The seven promises of the manual, each played with the real programs and two directory buckets.
//!
//! What a promise says about real stores, and about every moment of a publication, belongs to the publisher's own tests.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use git_data::flow::hash::Digest;
use git_data::flow::key;
use git_data::flow::version::Version;

use crate::fresh::Machine;

const FIRST: &str = "region,price\nnorth,41\n";
const SECOND: &str = "region,price\nnorth,42\n";
const NAME: &str = "prices.csv";

/// A bare origin, Anna's clone, two buckets.
struct Team {
    machine: Machine,
}

impl Team {
    fn new() -> Self {
        let team = Team { machine: Machine::new() };
        team.shell("", "git init --quiet --bare --initial-branch=main origin.git");
        team.shell("", "git clone --quiet origin.git anna");
        team.shell("anna", "git switch --quiet --create main");
        team.shell("anna", "git data init --staging file:../staging --production file:../production");
        team.shell("anna", "git commit --quiet -m data");
        team.shell("anna", "git push --quiet origin main");
        team
    }

    #[track_caller]
    fn shell(&self, folder: &str, line: &str) -> String {
        self.machine.shell(folder, line).well()
    }

    /// Proposed, reviewed and merged: not yet published.
    fn merged(&self, name: &str, content: &str) {
        self.shell("anna", "git switch --quiet main");
        self.shell("anna", "git pull --quiet");
        fs::write(self.machine.at("anna").join(name), content).unwrap();
        self.shell("anna", &format!("git data prepare {name} {name} -m 'New prices' --commit"));
        self.shell("anna", "git push --quiet origin main");
    }

    fn object(&self, version: u64, content: &str) -> PathBuf {
        let key = key::production(NAME, Version(version), &Digest::of(content.as_bytes()));
        self.machine.at("production").join(key.as_str())
    }

    fn states(&self) -> Vec<String> {
        let text = self.shell("", "git --git-dir origin.git show main:manifest.json");
        let states = text.lines().filter_map(|line| line.trim().strip_prefix("\"state\": \""));
        states.map(|state| state.trim_end_matches("\",").to_owned()).collect()
    }

    /// Files of the bucket below a folder.
    fn files(&self, bucket: &str, below: &str) -> usize {
        let Ok(entries) = fs::read_dir(self.machine.at(bucket).join(below)) else { return 0 };
        entries.count()
    }
}

#[test]
fn promise_1_a_published_version_is_pulled_exactly_or_the_exit_code_says_no() {
    let team = Team::new();
    team.merged(NAME, FIRST);
    team.shell("anna", "git-data-publish run");
    team.merged(NAME, SECOND);
    team.shell("anna", "git-data-publish run");
    team.shell("", "git clone --quiet origin.git bert");
    let file = team.machine.at("bert/prices.csv");
    for (version, content) in [("v1", FIRST), ("v2", SECOND)] {
        team.shell("bert", &format!("git data pull {NAME} --version {version}"));
        assert_eq!(fs::read_to_string(&file).unwrap(), content);
    }
    fs::remove_file(&file).unwrap();
    fs::remove_dir_all(team.machine.at("home/.cache")).unwrap();
    fs::write(team.object(2, SECOND), SECOND.replace('2', "3")).unwrap();
    let ran = team.machine.shell("bert", "git data pull").ends(5);
    assert!(!file.exists(), "{}{}", ran.out, ran.err);
    fs::remove_file(team.object(2, SECOND)).unwrap();
    let ran = team.machine.shell("bert", "git data pull prices.csv").ends(4);
    assert!(ran.err.starts_with("error: prices.csv v2 is published, but production does not have it\n"), "{}", ran.err);
    assert!(!file.exists());
}

#[test]
fn promise_2_bytes_that_nobody_approved_never_become_visible() {
    let team = Team::new();
    team.merged(NAME, FIRST);
    let staged = team.machine.at("staging").join(key::staging(&Digest::of(FIRST.as_bytes())).as_str());
    for other in [FIRST.replace("41", "99"), FIRST.replace("41", "411"), String::new()] {
        fs::write(&staged, &other).unwrap();
        let ran = team.machine.shell("anna", "git-data-publish run");
        assert!([4, 5].contains(&ran.code), "{}: {}{}", ran.code, ran.out, ran.err);
        assert!(!team.object(1, FIRST).exists());
        assert_eq!((team.files("production", NAME), team.files("production", ".git-data/published")), (0, 0));
        assert_eq!(team.states(), ["pending"]);
    }
    fs::write(&staged, FIRST).unwrap();
    team.shell("anna", "git-data-publish run");
    assert_eq!(fs::read_to_string(team.object(1, FIRST)).unwrap(), FIRST);
    assert_eq!(team.states(), ["published"]);
}

#[test]
fn promise_3_after_a_kill_at_any_moment_the_next_run_ends_well() {
    let team = Team::new();
    team.merged(NAME, FIRST);
    // The kills are spread over the run; none of them has to hit a certain place.
    for pause in (0..12).map(|step| 12 * step) {
        let mut publisher =
            team.machine.command("anna", "git-data-publish", &["run", "-q"]).stdout(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(pause));
        publisher.kill().unwrap();
        publisher.wait().unwrap();
    }
    team.shell("anna", "git-data-publish run");
    assert_eq!(team.states(), ["published"]);
    assert_eq!(fs::read_to_string(team.object(1, FIRST)).unwrap(), FIRST);
    team.shell("", "git clone --quiet origin.git bert");
    let file = team.machine.at("bert/prices.csv");
    for pause in (0..12).map(|step| 4 * step) {
        let mut pull = team.machine.command("bert", "git-data", &["pull"]).stdout(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(pause));
        pull.kill().unwrap();
        pull.wait().unwrap();
        assert!(fs::read_to_string(&file).is_ok_and(|text| text == FIRST) || !file.exists(), "whole or not at all");
    }
    team.shell("bert", "git data pull");
    assert_eq!(fs::read_to_string(&file).unwrap(), FIRST);
}

#[test]
fn promise_4_a_deletion_that_was_merged_takes_nothing_from_production() {
    let team = Team::new();
    team.merged(NAME, FIRST);
    team.shell("anna", "git-data-publish run");
    team.shell("anna", "git pull --quiet");
    team.shell("anna", "git data delete prices.csv --yes --confirm prices.csv -m 'No longer needed' --commit");
    team.shell("anna", "git push --quiet origin main");
    team.shell("anna", "git-data-publish run");
    assert_eq!(team.states(), ["retired"]);
    assert_eq!(fs::read_to_string(team.object(1, FIRST)).unwrap(), FIRST);
    team.shell("anna", "git data restore prices.csv -m 'Still needed' --commit");
    team.shell("anna", "git push --quiet origin main");
    team.shell("", "git clone --quiet origin.git bert");
    team.shell("bert", "git data pull");
    assert_eq!(fs::read_to_string(team.machine.at("bert/prices.csv")).unwrap(), FIRST);
}

#[test]
fn promise_5_publishers_at_the_same_time_publish_each_version_once() {
    let team = Team::new();
    team.merged(NAME, FIRST);
    team.merged("costs.csv", SECOND);
    let clones = ["one", "two", "three"];
    for clone in clones {
        team.shell("", &format!("git clone --quiet origin.git {clone}"));
    }
    std::thread::scope(|scope| {
        let runs = clones.map(|clone| scope.spawn(|| team.machine.shell(clone, "git-data-publish run")));
        for run in runs {
            let _ = run.join().unwrap().well();
        }
    });
    assert_eq!(team.states(), ["published", "published"]);
    for name in [NAME, "costs.csv"] {
        assert_eq!(team.files("production", name), 1);
        assert_eq!(team.files("production", &format!(".git-data/published/{name}")), 1);
    }
    let commits = team.shell("", "git --git-dir origin.git log --oneline main");
    team.shell("one", "git-data-publish run");
    assert_eq!(team.shell("", "git --git-dir origin.git log --oneline main"), commits, "a further run changes nothing");
}

#[test]
fn promise_6_pull_replaces_no_file_with_changes_of_your_own() {
    let team = Team::new();
    team.merged(NAME, FIRST);
    team.shell("anna", "git-data-publish run");
    team.shell("", "git clone --quiet origin.git bert");
    let file = team.machine.at("bert/prices.csv");
    fs::write(&file, "mine\n").unwrap();
    let ran = team.machine.shell("bert", "git data pull prices.csv").ends(1);
    assert!(ran.err.contains("has changes that are in no version of prices.csv"), "{}", ran.err);
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine\n");
    team.shell("bert", "git data pull --force");
    assert_eq!(fs::read_to_string(&file).unwrap(), FIRST);
    let beside = fs::read_dir(team.machine.at("bert")).unwrap().map(|entry| entry.unwrap().path());
    let mut kept = beside.filter(|path| fs::read_to_string(path).is_ok_and(|text| text == "mine\n"));
    assert!(kept.next().is_some(), "the old file lies beside the new one");
}

#[cfg(feature = "s3")]
#[test]
fn promise_7_a_laptop_that_can_write_production_is_a_fault() {
    use crate::s3::{Mode, Rights, Server};

    for mode in [Mode::Aws, Mode::R2] {
        let server = Server::start(mode);
        server.bucket("staging");
        server.bucket("production");
        let machine = Machine::new();
        let _ = machine.shell("", "git init --quiet laptop").well();
        let init =
            format!("git data init --staging s3://staging --production s3://production --endpoint {}", server.url());
        let _ = machine.shell("laptop", &init).well();
        let verify = |name: &str, production: Rights| {
            let key = server.key(name, &[("staging", Rights::READ_WRITE), ("production", production)]);
            let mut command = machine.command("laptop", "git", &["data", "verify"]);
            let output = command.envs(key.environment()).output().unwrap();
            (output.status.code(), String::from_utf8(output.stdout).unwrap())
        };
        let (code, page) = verify("developer", Rights::READ);
        assert_eq!(code, Some(0), "{page}");
        let (code, page) = verify("careless", Rights::READ_WRITE);
        assert_eq!(code, Some(1), "{page}");
        assert!(page.contains("a laptop must not be able to write production"), "{page}");
        assert!(server.objects("production").is_empty() && server.uploads("production").is_empty());
        assert!(server.objects("staging").is_empty() && server.uploads("staging").is_empty());
    }
}
