//! `demo`: the whole journey in a sandbox, with real git, two directory buckets and the real publisher.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::command::env::Surroundings;
use crate::disk::{atomic, file};
use crate::error::{Error, Result};
use crate::flow::proposal;
use crate::process::Run;

/// Play the whole journey in a sandbox
///
/// init, prepare, review, merge, publish, pull, a new version, rollback: each command and its real output.
/// Makes a folder with a bare origin, two clones and two directory buckets. Touches nothing else, needs no account.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Leave the sandbox, to look around in it
    #[arg(long)]
    pub keep: bool,
    /// Where the sandbox goes; a temporary folder when absent
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
}

/// How the demo ended.
#[derive(Serialize)]
pub struct Played {
    /// Commands that were run.
    pub commands: usize,
    /// Versions that were published.
    pub published: usize,
    /// The sandbox, if it was left.
    pub sandbox: Option<PathBuf>,
}

const FIRST: &str = "region,year,price\nnorth,2024,41\nsouth,2024,39\n";
const SECOND: &str = "region,year,price\nnorth,2024,41\nsouth,2024,390\nnorth,2025,44\n";

/// The developer's clone, the colleague's clone, and what is said while they work.
struct Stage<'a> {
    around: &'a Surroundings,
    sandbox: PathBuf,
    tell: &'a mut dyn FnMut(&str),
    commands: usize,
}

/// Plays the journey; `tell` gets each line as it happens.
pub fn run(around: &Surroundings, args: &Args, tell: &mut dyn FnMut(&str)) -> Result<Played> {
    let (sandbox, temporary) = sandbox(around, args)?;
    let mut stage = Stage { around, sandbox: sandbox.clone(), tell, commands: 0 };
    play(&mut stage)?;
    let commands = stage.commands;
    let left = if args.keep {
        if let Some(temporary) = temporary {
            let _ = temporary.keep();
        }
        Some(sandbox)
    } else {
        None
    };
    Ok(Played { commands, published: 3, sandbox: left })
}

fn sandbox(around: &Surroundings, args: &Args) -> Result<(PathBuf, Option<tempfile::TempDir>)> {
    let Some(dir) = &args.dir else {
        let dir = tempfile::Builder::new().prefix("git-data-demo-").tempdir();
        let dir = dir.map_err(|e| Error::user("the sandbox could not be made").because(e))?;
        return Ok((dir.path().to_path_buf(), Some(dir)));
    };
    let dir = around.cwd.join(dir);
    if file::exists(&dir)? {
        return Err(Error::user(format!("{} is there already; the demo wants a folder of its own", dir.display()))
            .hint("git data demo --dir NEW-FOLDER --keep"));
    }
    file::create_folder(&dir)?;
    Ok((dir, None))
}

fn play(s: &mut Stage<'_>) -> Result<()> {
    s.chapter("A repository, its origin, and two buckets (directories in this sandbox)");
    s.quietly("", "git", &["init", "--quiet", "--bare", "--initial-branch=main", "origin.git"])?;
    s.quietly("", "git", &["clone", "--quiet", "origin.git", "anna"])?;
    s.quietly("anna", "git", &["switch", "--quiet", "--create", "main"])?;
    s.run("anna", "git", &["data", "init", "--staging", "file:../staging", "--production", "file:../production"])?;
    s.run("anna", "git", &["commit", "--quiet", "-m", "data: version data with git data"])?;
    s.run("anna", "git", &["push", "--quiet", "origin", "main"])?;

    s.chapter("Anna proposes the first version: bytes go to staging, the manifest changes on a branch");
    s.write("anna", "prices.csv", FIRST)?;
    s.propose("prices.csv", "v1", "Prices of 2024")?;
    s.merge("v1")?;

    s.chapter("Bert pulls: every byte is verified before the file appears");
    s.run("", "git", &["clone", "--quiet", "origin.git", "bert"])?;
    s.run("bert", "git", &["data", "pull"])?;

    s.chapter("Anna proposes a second version; the reviewer sees what changed inside the data");
    s.run("anna", "git", &["switch", "--quiet", "main"])?;
    s.run("anna", "git", &["pull", "--quiet"])?;
    s.write("anna", "prices.csv", SECOND)?;
    s.run("anna", "git", &["data", "status"])?;
    s.propose("prices.csv", "v2", "Prices of 2025")?;
    s.review("v2")?;
    s.merge("v2")?;
    s.run("bert", "git", &["pull", "--quiet"])?;
    s.run("bert", "git", &["data", "pull"])?;

    s.chapter("South 390 was a slip. Anna goes back to v1; no byte is copied again");
    s.run("anna", "git", &["switch", "--quiet", "main"])?;
    s.run("anna", "git", &["pull", "--quiet"])?;
    let branch = "data/prices.csv-v3";
    let message = "South 390 was a slip";
    let back = ["data", "rollback", "prices.csv", "--to-version", "v1", "-m", message, "--branch", branch, "--push"];
    s.run("anna", "git", &back)?;
    s.merge("v3")?;
    s.run("bert", "git", &["pull", "--quiet"])?;
    s.run("bert", "git", &["data", "pull"])?;
    s.run("bert", "git", &["data", "log", "prices.csv"])?;
    s.check("bert", "prices.csv", FIRST)
}

impl Stage<'_> {
    fn chapter(&mut self, title: &str) {
        (self.tell)("");
        (self.tell)(&format!("# {title}"));
    }

    fn propose(&mut self, file: &str, version: &str, message: &str) -> Result<()> {
        let branch = format!("data/{file}-{version}");
        self.run("anna", "git", &["data", "prepare", file, file, "-m", message, "--branch", &branch, "--push"])
    }

    /// What a host shows in a pull request.
    fn review(&mut self, version: &str) -> Result<()> {
        let range = format!("main...data/prices.csv-{version}");
        self.run("anna", "git", &["diff", "--stat", &range])?;
        self.run("anna", "git", &["diff", "--unified=0", &range, "--", "diffs"])
    }

    /// The merge of the pull request, and the workflow that follows it.
    fn merge(&mut self, version: &str) -> Result<()> {
        let branch = format!("data/prices.csv-{version}");
        self.run("anna", "git", &["switch", "--quiet", "main"])?;
        self.run("anna", "git", &["merge", "--quiet", "--no-ff", "-m", &format!("Merge {branch}"), &branch])?;
        self.run("anna", "git", &["push", "--quiet", "origin", "main"])?;
        self.run("anna", "git-data-publish", &["run"])
    }

    fn write(&mut self, clone: &str, name: &str, text: &str) -> Result<()> {
        (self.tell)(&format!("  ({name} is edited)"));
        atomic::write(&self.sandbox.join(clone).join(name), text.as_bytes())
    }

    /// The demo proves its own claim.
    fn check(&mut self, clone: &str, name: &str, text: &str) -> Result<()> {
        let there = file::read(&self.sandbox.join(clone).join(name))?;
        if there.as_deref() == Some(text.as_bytes()) {
            return Ok(());
        }
        Err(Error::integrity(format!("the demo pulled other bytes than were published: {name} in {clone}")))
    }

    fn run(&mut self, clone: &str, program: &str, args: &[&str]) -> Result<()> {
        let shown: Vec<String> = args.iter().map(|a| proposal::quoted(a)).collect();
        let place = if clone.is_empty() { String::new() } else { format!("{clone} ") };
        (self.tell)(&format!("{place}$ {program} {}", shown.join(" ")));
        let text = self.quietly(clone, program, args)?;
        for line in text.lines() {
            (self.tell)(&format!("  {line}"));
        }
        Ok(())
    }

    fn quietly(&mut self, clone: &str, program: &str, args: &[&str]) -> Result<String> {
        self.commands += 1;
        let folder = self.around.program.parent().unwrap_or(Path::new(""));
        let path = self.around.variable("PATH").unwrap_or_default();
        let separator = if cfg!(windows) { ';' } else { ':' };
        let own = folder.join(program);
        let program = if program == "git" { PathBuf::from("git") } else { own };
        let mut run = Run::new(program).args(args).cwd(self.sandbox.join(clone));
        for name in self.around.variables.keys().filter(|n| foreign(n)) {
            run = run.env_remove(name);
        }
        let ran = run
            .env("PATH", format!("{}{separator}{path}", folder.display()))
            .env("HOME", self.sandbox.join("home"))
            .env("XDG_CACHE_HOME", self.sandbox.join("cache"))
            .env("GIT_CONFIG_GLOBAL", self.sandbox.join("home/.gitconfig"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_PAGER", "cat")
            .env("GIT_AUTHOR_NAME", "Anna")
            .env("GIT_AUTHOR_EMAIL", "anna@example.org")
            .env("GIT_COMMITTER_NAME", "Anna")
            .env("GIT_COMMITTER_EMAIL", "anna@example.org")
            .output()?;
        let text = String::from_utf8_lossy(&ran.stdout).into_owned() + &String::from_utf8_lossy(&ran.stderr);
        if !ran.ok() {
            return Err(Error::bug(format!("a step of the demo ended with {}", ran.code)).because(text));
        }
        Ok(text)
    }
}

/// Variables of the caller that would reach into the sandbox.
fn foreign(name: &str) -> bool {
    ["GIT_", "R2_", "AWS_", "CI", "GITHUB_"].iter().any(|prefix| name.starts_with(prefix))
}
