//! Changes the repository as the user would: their hooks run, their identity signs.

use std::path::Path;

use super::{Git, Id, branch_ref, parse_id};
use crate::error::{Error, Kind, Result};
use crate::process::{Ran, Run};

/// Tells our own hooks that the command which runs git has done their work already.
pub const INSIDE: &str = "GIT_DATA_INSIDE";

/// How a new repository is made.
#[derive(Clone, Debug, Default)]
pub struct Init {
    /// Without a work tree.
    pub bare: bool,
    /// The first branch; git's own default otherwise.
    pub branch: Option<String>,
    /// `sha1` or `sha256`; git's own default otherwise.
    pub object_format: Option<String>,
    /// `files` or `reftable`; git's own default otherwise.
    pub ref_format: Option<String>,
}

impl Git {
    /// Adds files to the index, also ignored ones if they are tracked. Paths are from the root.
    pub fn add(&self, paths: &[&str]) -> Result<()> {
        let run = self.run("add").arg("--").args(paths);
        let ran = run.output()?;
        if !ran.ok() && ran.words().contains("outside of your sparse-checkout") {
            // Only a git that says this knows the option.
            let run = self.run("add").args(["--sparse", "--"]).args(paths);
            return finished(&run, run.output()?).map(drop);
        }
        finished(&run, ran).map(drop)
    }

    /// Commits exactly these paths, or the index if there are none. Returns the new commit.
    pub fn commit(&self, message: &str, paths: &[&str]) -> Result<Id> {
        // One that was removed is known to the index already.
        let there: Vec<&str> = paths.iter().copied().filter(|path| self.dir().join(path).exists()).collect();
        if !there.is_empty() {
            self.add(&there)?;
        }
        let mut run = self.run("commit").args(["--quiet", "--cleanup=whitespace", "--file=-"]).env(INSIDE, "1");
        if !paths.is_empty() {
            run = run.args(["--only", "--"]).args(paths);
        }
        let run = run.stdin(message);
        let ran = run.output()?;
        let said = format!("{}{}", ran.text(), ran.words());
        if !ran.ok() && (said.contains("nothing to commit") || said.contains("nothing added to commit")) {
            return Err(Error::user("there is nothing to commit").hint("git status"));
        }
        finished(&run, ran)?;
        self.id_of("HEAD")
    }

    /// Makes a branch at `start` (`HEAD` if none) and checks it out.
    pub fn create_branch(&self, name: &str, start: Option<Id>) -> Result<()> {
        let full = branch_ref(name)?;
        if self.run("show-ref").args(["--verify", "--quiet", &full]).output()?.ok() {
            return Err(Error::conflict(format!("the branch {name} exists already")).hint(format!("git switch {name}")));
        }
        let mut run = self.inside("switch").args(["--quiet", "--no-track", "--create", name]);
        if let Some(start) = start {
            run = run.arg(start.to_string());
        }
        finished(&run, run.output()?).map(drop)
    }

    /// Checks out a branch.
    pub fn switch(&self, name: &str) -> Result<()> {
        branch_ref(name)?;
        let run = self.inside("switch").args(["--quiet", "--no-guess", name]);
        finished(&run, run.output()?).map(drop)
    }

    /// Makes a repository in this directory, which must exist.
    pub fn init(&self, how: &Init) -> Result<()> {
        let mut run = self.run("init").arg("--quiet");
        if how.bare {
            run = run.arg("--bare");
        }
        for (option, value) in
            [("initial-branch", &how.branch), ("object-format", &how.object_format), ("ref-format", &how.ref_format)]
        {
            if let Some(value) = value {
                run = run.arg(format!("--{option}={value}"));
            }
        }
        finished(&run, run.output()?).map(drop)
    }

    /// Clones `url` into `dir`. `options` are git's own, such as `--depth=1`.
    pub fn clone_into(&self, url: &str, dir: &Path, options: &[&str]) -> Result<Git> {
        super::remote_name(url)?;
        let run = self.run("clone").arg("--quiet").args(options).arg("--").arg(url).arg(dir);
        let ran = run.output()?;
        if ran.ok() { Ok(self.in_dir(self.dir().join(dir))) } else { Err(super::remote::unreachable(url, &ran)) }
    }

    /// The commit that a revision names.
    pub(super) fn id_of(&self, rev: &str) -> Result<Id> {
        let peeled = format!("{rev}^{{commit}}");
        parse_id(&self.run("rev-parse").args(["--verify", "--quiet", "--end-of-options", &peeled]).text()?)
    }

    pub(super) fn inside(&self, command: &str) -> Run {
        self.run(command).env(INSIDE, "1")
    }
}

/// Names the failures that a person can do something about.
pub(super) fn finished(run: &Run, ran: Ran) -> Result<Ran> {
    if ran.ok() {
        return Ok(ran);
    }
    let words = ran.words();
    let says = |part: &str| words.contains(part);
    let cause = words.trim().to_owned();
    if says("tell me who you are")
        || says("empty ident name")
        || says("auto-detect email")
        || says("no email was given")
    {
        return Err(Error::user("git does not know who you are, and a commit needs an author")
            .hint("git config --global user.name \"Your Name\"")
            .hint("git config --global user.email you@example.org"));
    }
    if says("index.lock") && says("File exists") {
        return Err(Error::conflict("another git is at work in this repository").because(cause).hint("git status"));
    }
    if says("would be overwritten by checkout") || says("local changes to the following files") {
        return Err(Error::conflict("your local changes are in the way").because(cause).hint("git stash"));
    }
    Err(run.failed(Kind::User, &ran))
}
