//! Programs started as on a new machine: an empty home, no settings of this one. And a clone of this repository.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The repository that is tested.
pub(crate) fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A text file of it.
pub(crate) fn text(path: &str) -> String {
    std::fs::read_to_string(top().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What a program left.
#[must_use]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// It ended well; what it printed.
    #[track_caller]
    pub(crate) fn well(self) -> String {
        self.ends(0).out
    }

    /// It ended with that code.
    #[track_caller]
    pub(crate) fn ends(self, code: i32) -> Ran {
        assert_eq!(self.code, code, "{}{}", self.out, self.err);
        self
    }
}

/// A folder for one test, with a home in it.
pub(crate) struct Machine {
    folder: tempfile::TempDir,
}

impl Machine {
    pub(crate) fn new() -> Self {
        let machine = Machine { folder: tempfile::tempdir().unwrap() };
        std::fs::create_dir(machine.at("home")).unwrap();
        machine
    }

    pub(crate) fn at(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// The command, not yet started: a new home, our two programs on the path, nothing else of this machine.
    pub(crate) fn command(&self, folder: &str, program: &str, args: &[&str]) -> Command {
        let ours = Path::new(env!("CARGO_BIN_EXE_git-data")).parent().unwrap();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let paths = std::iter::once(ours.to_path_buf()).chain(std::env::split_paths(&path));
        let mut command = Command::new(program);
        command.current_dir(self.at(folder)).args(args).env_clear();
        command.env("PATH", std::env::join_paths(paths).unwrap()).env("HOME", self.at("home"));
        command.env("LC_ALL", "C.UTF-8").env("GIT_CONFIG_NOSYSTEM", "1");
        for who in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{who}_NAME"), "Anna").env(format!("GIT_{who}_EMAIL"), "anna@example.org");
        }
        for kept in ["SystemRoot", "TEMP", "TMPDIR"] {
            if let Some(value) = std::env::var_os(kept) {
                command.env(kept, value);
            }
        }
        command
    }

    pub(crate) fn run(&self, folder: &str, program: &str, args: &[&str]) -> Ran {
        let output = self.command(folder, program, args).output().unwrap();
        Ran {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// A command as a page shows it: words between spaces, or in single quotes.
    pub(crate) fn shell(&self, folder: &str, line: &str) -> Ran {
        let (program, args) = line.split_once(' ').unwrap_or((line, ""));
        let mut words: Vec<&str> = Vec::new();
        for (number, piece) in args.split('\'').enumerate() {
            if number % 2 == 1 { words.push(piece) } else { words.extend(piece.split_whitespace()) }
        }
        self.run(folder, program, &words)
    }

    /// The last commit of this repository, cloned as anybody would. `clone` is the folder.
    pub(crate) fn with_clone() -> Self {
        let machine = Machine::new();
        // With this machine's own settings: they say whose repositories git may read.
        let mut command = Command::new("git");
        command.args(["clone", "--quiet", "--no-hardlinks"]).arg(top()).arg(machine.at("clone"));
        for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
            command.env_remove(name);
        }
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        machine
    }
}
