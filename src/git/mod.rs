//! The repository. [`Repo`] reads it in process; [`Git`] changes it, by the user's own `git`, with the user's hooks and rights.
//!
//! `Repo` asks `git` only where the library cannot answer: reftable storage, a partial clone, an owner that is somebody else.

mod act;
mod comment;
mod config;
mod counted;
mod files;
mod history;
mod hooks;
mod merging;
mod next;
mod pulls;
mod push;
mod read;
mod refs;
mod remote;
mod review;
mod visibility;
mod write;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

pub use act::{INSIDE, Init};
pub use comment::{Said, say};
pub use config::{Scope, Setting, gitdata_file};
pub use counted::Named;
pub use history::{Change, History};
pub use hooks::Whose;
pub use merging::Operation;
pub use next::Staged;
pub use push::Pushed;
pub use read::Repo;
pub use review::{Request, Review, propose};
pub use visibility::is_public;
pub use write::{Author, FileChange};

use crate::error::{Error, Result};
use crate::process::Run;

/// The name of a commit, tree or blob: SHA-1 or SHA-256, as the repository has it.
pub type Id = gix::ObjectId;

/// The user's own `git`, in one directory.
#[derive(Clone, Debug)]
pub struct Git {
    dir: PathBuf,
    env: Vec<(OsString, Option<OsString>)>,
}

impl Git {
    /// Runs in `dir`: the work tree's root, or a bare repository.
    pub fn at(dir: impl Into<PathBuf>) -> Self {
        Git { dir: dir.into(), env: Vec::new() }
    }

    /// Sets a variable for each run, such as `GIT_TERMINAL_PROMPT`.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.env.push((name.into(), Some(value.into())));
        self
    }

    /// Removes a variable from each run.
    #[must_use]
    pub fn env_remove(mut self, name: impl Into<OsString>) -> Self {
        self.env.push((name.into(), None));
        self
    }

    /// The directory it runs in.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The same `git` in another directory.
    #[must_use]
    pub fn in_dir(&self, dir: impl Into<PathBuf>) -> Self {
        Git { dir: dir.into(), env: self.env.clone() }
    }

    /// One run, with what holds for all: paths mean themselves, and no URL of a repository starts a program.
    #[must_use]
    pub fn run(&self, command: &str) -> Run {
        self.bare_run().arg("--literal-pathspecs").arg(command)
    }

    fn bare_run(&self) -> Run {
        let run = Run::new("git")
            .args(["-c", "protocol.ext.allow=never", "-c", "advice.detachedHead=false"])
            .cwd(&self.dir)
            .install_hint("install git 2.25 or newer: https://git-scm.com/downloads");
        self.dress(run)
    }

    /// `gh`, the program of a host: it asks nobody anything, and prints no colours.
    pub(crate) fn gh(&self) -> Run {
        self.dress(Run::new("gh")).env("GH_PROMPT_DISABLED", "1").env("NO_COLOR", "1")
    }

    /// Gives another program the same directory and variables.
    fn dress(&self, mut run: Run) -> Run {
        run = run.cwd(&self.dir);
        for (name, value) in &self.env {
            run = match value {
                Some(value) => run.env(name, value),
                None => run.env_remove(name),
            };
        }
        run
    }
}

/// Refuses what git would take for an option, or no branch may be called.
pub fn branch_ref(name: &str) -> Result<String> {
    let full = format!("refs/heads/{name}");
    let valid = !name.starts_with('-') && gix::validate::reference::branch_name(full.as_str().into()).is_ok();
    if valid { Ok(full) } else { Err(Error::user(format!("`{name}` cannot be the name of a branch"))) }
}

/// Refuses what git would take for an option, and URLs that start programs.
fn remote_name(name: &str) -> Result<&str> {
    let odd = name.is_empty() || name.starts_with('-') || name.contains("::") || name.chars().any(char::is_control);
    if odd { Err(Error::user(format!("`{name}` cannot be a remote"))) } else { Ok(name) }
}

fn unread_index() -> Error {
    Error::user("git's index cannot be read").hint("git status")
}

/// Reads an id that git printed.
fn parse_id(text: &str) -> Result<Id> {
    Id::from_hex(text.trim().as_bytes()).map_err(|e| {
        Error::bug(format!("git printed {text:?} where an object's name was expected")).because(e.to_string())
    })
}
