//! Stands in for the host: a bare origin, two folders as buckets, a repository that `init` furnished, and a runner that
//! executes the scripts of a written workflow with the variables and files that GitHub gives them.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use super::steps::{self, Step, filled};

pub const REVISION: &str = "0123456789abcdef0123456789abcdef01234567";

pub struct Runner {
    dir: TempDir,
    /// What the expressions of the workflow are.
    pub known: BTreeMap<&'static str, String>,
    /// What started the workflow.
    pub event: &'static str,
}

impl Runner {
    /// A repository with the workflows, pushed; `more` are further words for `init`.
    pub fn new(more: &[&str]) -> Runner {
        let runner = Runner { dir: TempDir::new().unwrap(), known: BTreeMap::new(), event: "push" };
        for folder in ["home", "bin", "temp/git-data/bin", "author"] {
            fs::create_dir_all(runner.path(folder)).unwrap();
        }
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_git-data"), runner.path("bin/git-data")).unwrap();
        runner.ok("", "git init --quiet --bare -b main origin.git");
        runner.ok("author", "git init --quiet -b main . && git remote add origin ../origin.git");
        let at = |name: &str| format!("file://{}", runner.path(name).display());
        let publisher = format!("--publisher-repository https://github.com/o/git-data --publisher {REVISION}");
        let more = more.join(" ");
        let publisher = if more.contains("--publisher") { String::new() } else { publisher };
        let (staging, production) = (at("staging"), at("production"));
        let buckets = format!("--staging {staging} --production {production}");
        runner.ok("author", &format!("git data init {buckets} --workflows {publisher} {more} && git commit -qm init"));
        runner.ok("author", "git push --quiet origin main && git fetch --quiet origin");
        runner
    }

    pub fn path(&self, name: &str) -> PathBuf {
        fs::canonicalize(self.dir.path()).unwrap().join(name)
    }

    pub fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    /// A workflow as it was written.
    pub fn workflow(&self, name: &str) -> String {
        self.text(&format!("author/.github/workflows/{name}"))
    }

    /// A step of a job of a workflow.
    pub fn step(&self, workflow: &str, job: &str, step: &str) -> (BTreeMap<String, String>, Step) {
        let jobs = steps::jobs(&self.workflow(workflow));
        let job = jobs.into_iter().find(|j| j.name == job).unwrap_or_else(|| panic!("{workflow} has no job {job}"));
        let found = job.steps.into_iter().find(|s| s.name == step || s.id == step);
        (job.env, found.unwrap_or_else(|| panic!("{workflow}: {} has no step {step}", job.name)))
    }

    /// A program of that name, to be found first.
    pub fn stand_in(&self, place: &str, script: &str) {
        let path = self.path(place);
        let _ = fs::remove_file(&path);
        fs::write(&path, format!("#!/usr/bin/env bash\nset -euo pipefail\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// The publisher that is tested, where the workflow would install it.
    pub fn install(&self) {
        let real = env!("CARGO_BIN_EXE_git-data-publish");
        std::os::unix::fs::symlink(real, self.path("temp/git-data/bin/git-data-publish")).unwrap();
    }

    /// A publisher that writes down how it was called.
    pub fn install_recorder(&self) {
        let calls = self.path("calls");
        let script = format!("printf '%s|' \"$@\" >>'{0}'; echo >>'{0}'; echo '# A page'", calls.display());
        self.stand_in("temp/git-data/bin/git-data-publish", &script);
    }

    /// A checkout of a commit as the action makes it: all branches, no credentials.
    pub fn checkout(&self, commit: &str) {
        let _ = fs::remove_dir_all(self.path("work"));
        self.ok("", &format!("git clone --quiet origin.git work && git -C work checkout --quiet {commit}"));
    }

    /// Executes a step in the checkout; gives what it wrote, with its outputs and summary.
    pub fn execute(&self, workflow: &str, job: &str, step: &str) -> Ran {
        let (env, step) = self.step(workflow, job, step);
        let script = step.run.unwrap_or_else(|| panic!("{} runs nothing", step.name));
        for file in ["output", "summary"] {
            fs::write(self.path(file), "").unwrap();
        }
        fs::write(self.path("event.json"), "{}").unwrap();
        fs::write(self.path("temp/script.sh"), script).unwrap();
        let mut command = self.command("work");
        // As GitHub starts a script for `shell: bash`.
        command.args(["--noprofile", "--norc", "-eo", "pipefail"]).arg(self.path("temp/script.sh"));
        for (name, value) in env.iter().chain(&step.env) {
            command.env(name, filled(value, &self.known));
        }
        command.envs([("CI", "true"), ("GITHUB_ACTIONS", "true"), ("GITHUB_RUN_ID", "77")]);
        command.env("GITHUB_EVENT_NAME", self.event);
        command.envs([("GITHUB_REPOSITORY", "o/r"), ("GITHUB_SERVER_URL", "https://github.com")]);
        for (name, file) in [
            ("GITHUB_OUTPUT", "output"),
            ("GITHUB_STEP_SUMMARY", "summary"),
            ("GITHUB_EVENT_PATH", "event.json"),
            ("RUNNER_TEMP", "temp"),
            ("GITHUB_WORKSPACE", "work"),
        ] {
            command.env(name, self.path(file));
        }
        let output = command.output().unwrap();
        Ran { output, outputs: outputs(&self.text("output")), summary: self.text("summary") }
    }

    /// A shell line in a folder, which must succeed; its output.
    #[track_caller]
    pub fn ok(&self, folder: &str, line: &str) -> String {
        let output = self.command(folder).args(["-euc", line]).output().unwrap();
        assert!(output.status.success(), "{line}\n{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn command(&self, folder: &str) -> Command {
        let path = format!("{}:{}", self.path("bin").display(), std::env::var("PATH").unwrap());
        let mut command = Command::new("bash");
        command.current_dir(self.path(folder)).env_clear().env("PATH", path).env("HOME", self.path("home"));
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("LC_ALL", "C");
        for who in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{who}_NAME"), "A").env(format!("GIT_{who}_EMAIL"), "a@example.org");
        }
        command
    }
}

/// Reads `name=value` and `name<<END`, lines, `END`, as GitHub does.
fn outputs(text: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some((name, end)) = line.split_once("<<") {
            let value: Vec<&str> = lines.by_ref().take_while(|line| *line != end).collect();
            found.insert(name.to_owned(), value.join("\n"));
        } else if let Some((name, value)) = line.split_once('=') {
            found.insert(name.to_owned(), value.to_owned());
        }
    }
    found
}

/// What a step did.
pub struct Ran {
    output: Output,
    pub outputs: BTreeMap<String, String>,
    pub summary: String,
}

impl Ran {
    #[track_caller]
    pub fn ok(self) -> Ran {
        assert!(self.output.status.success(), "{}", self.words());
        self
    }

    #[track_caller]
    pub fn fails(self) -> Ran {
        assert!(!self.output.status.success(), "{}", self.words());
        self
    }

    pub fn words(&self) -> String {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        text(&self.output.stdout) + &text(&self.output.stderr)
    }
}

/// Every file below a folder, by its path from there.
pub fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}
