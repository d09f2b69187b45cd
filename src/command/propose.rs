//! A proposal: the changed manifest, its review pages, and as much of branch, commit, push and pull request as was asked for.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::command::env::{Env, MANIFEST};
use crate::command::unsent::{self, Care};
use crate::disk::file;
use crate::disk::lines;
use crate::error::{Error, Result};
use crate::flow::manifest::types::Manifest;
use crate::flow::{compare, ignore, proposal};
use crate::git::{self, Git, Pushed, Request, Review};

pub(super) const IGNORE: &str = ".gitignore";

/// How far a proposal should go.
#[derive(clap::Args, Debug, Default, Clone)]
#[group(skip)]
pub struct Args {
    /// Why: becomes the version's message and the commit's subject
    #[arg(short, long, value_name = "MSG")]
    pub message: Option<String>,
    /// Put the change on this branch, made if it is not there
    #[arg(long, value_name = "NAME")]
    pub branch: Option<String>,
    /// Commit the change
    #[arg(long)]
    pub commit: bool,
    /// Commit and push
    #[arg(long)]
    pub push: bool,
    /// Branch, commit, push and open a pull request
    #[arg(long)]
    pub pr: bool,
    /// Say what would be done and change nothing
    #[arg(long)]
    pub dry_run: bool,
}

impl Args {
    /// Whether a commit is wanted.
    pub(super) fn commits(&self) -> bool {
        self.commit || self.push || self.pr
    }

    fn pushes(&self) -> bool {
        self.push || self.pr
    }
}

/// What a proposal is about.
pub struct Change<'a> {
    /// The manifest as it shall be.
    pub manifest: &'a Manifest,
    /// The branch that a pull request of its own gets.
    pub branch: String,
    /// The commit's subject.
    pub title: String,
    /// The text of the pull request.
    pub body: String,
    /// Other files that travel along: path from the root, content.
    pub files: Vec<(String, String)>,
    /// Paths that git must not take in.
    pub ignore: Vec<String>,
}

/// How far it went.
#[derive(Serialize, Default, Debug)]
pub struct Proposed {
    /// The branch it is on.
    pub branch: Option<String>,
    /// The commit, if one was made.
    pub commit: Option<String>,
    /// Whether it was pushed.
    pub pushed: bool,
    /// The pull request, or the page that opens one.
    pub review: Option<String>,
    /// Whether `review` is a pull request that exists.
    pub opened: bool,
    /// What is left to type.
    pub next: Vec<String>,
    /// Things worth knowing.
    pub notes: Vec<String>,
}

/// Checks beforehand what would otherwise fail after an upload.
pub fn preflight(env: &Env<'_>, args: &Args) -> Result<()> {
    if let Some(branch) = &args.branch {
        git::branch_ref(branch)?;
        if env.repo.head_branch()?.as_ref() != Some(branch) {
            same_start(env, branch)?;
        }
    }
    if args.commits() && !args.pr && args.branch.is_none() && env.repo.head_branch()?.is_none() {
        return Err(Error::user("HEAD is detached: a commit here would belong to no branch")
            .hint("add --branch NAME, or --pr, which makes a branch"));
    }
    if args.pushes() && env.repo.remote_url(env.settings.remote())?.is_none() {
        let remote = env.settings.remote();
        return Err(Error::user(format!("there is no git remote called {remote} to push to"))
            .hint(format!("git remote add {remote} URL")));
    }
    Ok(())
}

/// Writes the change, stages it, and commits, pushes and opens as asked.
pub fn run(env: &Env<'_>, args: &Args, change: &Change<'_>) -> Result<Proposed> {
    let mut proposed = Proposed::default();
    let git = env.repo.git().clone();
    let current = env.repo.head_branch()?;
    let branch = chosen_branch(env, args, change, current.as_deref())?;
    if let Some(branch) = branch.as_deref().filter(|b| Some(*b) != current.as_deref()) {
        same_start(env, branch)?;
        if env.repo.reference(&format!("refs/heads/{branch}"))?.is_some() {
            git.switch(branch)?;
        } else {
            git.create_branch(branch, None)?;
        }
    }
    let paths = write(env, change)?;
    git.add(&paths.iter().map(String::as_str).collect::<Vec<_>>())?;
    proposed.branch = branch.or(current);
    if args.commits() {
        let mut changed = Vec::new();
        for path in &paths {
            if file::read(&env.root.join(path))? != committed(env, path)? {
                changed.push(path.as_str());
            }
        }
        // What an earlier run committed need not be committed again to be pushed.
        proposed.commit = match env.repo.head_commit()? {
            Some(head) if changed.is_empty() => Some(head.to_string()),
            _ => Some(git.commit(&change.title, &changed)?.to_string()),
        };
    }
    if args.pushes() {
        push(env, &git, &mut proposed)?;
    }
    if args.pr {
        open(env, &git, change, &mut proposed)?;
    }
    proposed.next = next_steps(env, args, change, &proposed)?;
    Ok(proposed)
}

/// A file as HEAD has it.
fn committed(env: &Env<'_>, path: &str) -> Result<Option<Vec<u8>>> {
    match env.repo.head_commit()? {
        Some(head) => env.repo.show_at(head, path),
        None => Ok(None),
    }
}

/// A branch that is there and holds another manifest would lose what only it has.
fn same_start(env: &Env<'_>, branch: &str) -> Result<()> {
    let full = format!("refs/heads/{branch}");
    let there = env.repo.reference(&full)?.is_some();
    if !there || env.repo.show(&full, MANIFEST)? == committed(env, MANIFEST)? {
        return Ok(());
    }
    Err(Error::user(format!("the branch {branch} is there already and has another {MANIFEST}"))
        .hint(format!("git switch {branch}   then the same command again, to continue there"))
        .hint("--branch NEW-NAME"))
}

/// The branch to be on; `None` leaves HEAD where it is.
fn chosen_branch(env: &Env<'_>, args: &Args, change: &Change<'_>, current: Option<&str>) -> Result<Option<String>> {
    if args.branch.is_some() {
        return Ok(args.branch.clone());
    }
    let on_default = current.is_none() || current == env.default_branch()?.as_deref();
    Ok((args.pr && on_default).then(|| change.branch.clone()))
}

/// What [`run`] would do, step by step.
pub fn plan(env: &Env<'_>, args: &Args, change: &Change<'_>) -> Result<Vec<String>> {
    let (remote, current) = (env.settings.remote(), env.repo.head_branch()?);
    let new = chosen_branch(env, args, change, current.as_deref())?.filter(|b| Some(b) != current.as_ref());
    let branch = new.clone().or(current).unwrap_or_else(|| "a detached HEAD".to_owned());
    let mut steps = Vec::new();
    if let Some(new) = new {
        same_start(env, &new)?;
        steps.push(format!("switch to the branch {new}"));
    }
    let mut written = vec![MANIFEST.to_owned()];
    written.extend(change.files.iter().map(|(path, _)| path.clone()));
    if !missing(env, change)?.is_empty() {
        written.push(IGNORE.to_owned());
    }
    steps.push(format!("write and stage {}", written.join(", ")));
    if args.commits() {
        steps.push(format!("commit {} on {branch}", proposal::quoted(&change.title)));
    }
    if args.pushes() {
        steps.push(format!("push {branch} to {remote}"));
    }
    if args.pr {
        steps.push("open a pull request, or print the page that opens it".to_owned());
    }
    Ok(steps)
}

/// Lines that keep the datasets' files out of git.
fn missing(env: &Env<'_>, change: &Change<'_>) -> Result<Vec<String>> {
    let mut missing = Vec::new();
    for path in &change.ignore {
        if !env.repo.is_ignored(path)? {
            missing.push(ignore::line(path));
        }
    }
    Ok(missing)
}

/// Pages of proposals that this change replaces.
fn outdated(env: &Env<'_>, change: &Change<'_>) -> Result<Vec<String>> {
    let pages = |manifest: &Manifest| -> BTreeSet<String> {
        manifest.entries().filter_map(|(_, entry)| entry.diff.clone()).collect()
    };
    let before = env.manifest_if_any()?.unwrap_or_default();
    Ok(pages(&before).difference(&pages(change.manifest)).cloned().collect())
}

/// Writes manifest, review pages and ignore lines; gives the paths that git shall take.
fn write(env: &Env<'_>, change: &Change<'_>) -> Result<Vec<String>> {
    let mut paths = vec![MANIFEST.to_owned()];
    for path in outdated(env, change)? {
        let known = env.repo.is_tracked(&path)?;
        file::remove(&env.root, &path)?;
        paths.extend(known.then_some(path));
    }
    for (path, text) in &change.files {
        file::create_parents(&env.root, &env.root.join(path))?;
        env.write(path, text)?;
        paths.push(path.clone());
    }
    env.write_manifest(change.manifest)?;
    let missing = missing(env, change)?;
    let lines: Vec<&str> = missing.iter().map(String::as_str).collect();
    let added = !lines.is_empty() && lines::ensure(&env.tmp(), &env.root.join(IGNORE), &lines)?;
    if added || cut_short(env, change)? {
        paths.push(IGNORE.to_owned());
    }
    Ok(paths)
}

/// Whether a run that was killed wrote our ignore lines and committed nothing. What a person changed there stays theirs.
fn cut_short(env: &Env<'_>, change: &Change<'_>) -> Result<bool> {
    let text = |bytes: Option<Vec<u8>>| String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned();
    let ours: Vec<String> = change.ignore.iter().map(|path| ignore::line(path)).collect();
    Ok(ignore::only_adds(&text(committed(env, IGNORE)?), &text(file::read(&env.root.join(IGNORE))?), &ours))
}

fn push(env: &Env<'_>, git: &Git, proposed: &mut Proposed) -> Result<()> {
    let remote = env.settings.remote();
    let branch = proposed.branch.clone().ok_or_else(|| Error::bug("a commit was made on no branch"))?;
    // The hook that would send what earlier commits propose has none of our keys here.
    unsent::fill(env, env.manifest()?, Care::Present)?;
    match git.push(remote, &branch, true)? {
        Pushed::Ok => proposed.pushed = true,
        Pushed::Rejected { reason } => {
            return Err(Error::conflict(format!("{remote} has a newer {branch}; the commit is only here"))
                .because(reason)
                .hint(format!("git pull --rebase {remote} {branch}"))
                .hint(format!("git push {remote} {branch}")));
        }
        Pushed::Forbidden { rule } => {
            return Err(Error::user(format!("{remote} does not take a push to {branch}; the commit is only here"))
                .because(rule)
                .hint("git data prepare … --pr puts the change on a branch of its own"));
        }
    }
    Ok(())
}

fn open(env: &Env<'_>, git: &Git, change: &Change<'_>, proposed: &mut Proposed) -> Result<()> {
    let request = Request {
        remote_url: host_url(env)?.unwrap_or_default(),
        head: proposed.branch.clone().unwrap_or_default(),
        base: env.default_branch()?.unwrap_or_else(|| "main".to_owned()),
        title: change.title.clone(),
        body: change.body.clone(),
    };
    match git::propose(git, &request)? {
        Review::Opened { url } | Review::Exists { url } => {
            proposed.review = Some(url);
            proposed.opened = true;
        }
        Review::ByHand { url, why } => {
            proposed.review = url;
            proposed.notes.push(format!("the pull request is to be opened by hand: {why}"));
        }
    }
    Ok(())
}

/// The remote's URL as its host knows it: as it is used, or, where that is a path or a mirror, as it is written.
pub(super) fn host_url(env: &Env<'_>) -> Result<Option<String>> {
    let used = env.repo.remote_url(env.settings.remote())?;
    if used.as_deref().and_then(compare::web).is_some() {
        return Ok(used);
    }
    let written = env.repo.written_url(env.settings.remote());
    Ok(written.filter(|url| compare::web(url).is_some()).or(used))
}

/// The four steps of a proposal that are left: add, commit, push, pull request.
fn next_steps(env: &Env<'_>, args: &Args, change: &Change<'_>, proposed: &Proposed) -> Result<Vec<String>> {
    if args.pr {
        return Ok(Vec::new());
    }
    let remote = env.settings.remote();
    let default = env.default_branch()?;
    let mut steps = Vec::new();
    let mut branch = proposed.branch.clone().unwrap_or_else(|| "HEAD".to_owned());
    if !args.commits() && proposed.branch.is_some() && proposed.branch == default {
        branch.clone_from(&change.branch);
        steps.push(format!("git switch -c {branch}"));
    }
    if !args.commits() {
        let paths: Vec<&str> = change.files.iter().map(|(path, _)| path.as_str()).collect();
        steps.push(format!("git add {}", [&[MANIFEST], paths.as_slice()].concat().join(" ")));
        steps.push(format!("git commit -m {}", proposal::quoted(&change.title)));
    }
    if !proposed.pushed {
        steps.push(format!("git push {remote} {branch}"));
    }
    let link = host_url(env)?.and_then(|url| {
        let base = default.clone().unwrap_or_else(|| "main".to_owned());
        proposal::compare_url(&url, &base, &branch)
    });
    steps.push(match link {
        Some(link) if Some(&branch) != default.as_ref() => format!("open a pull request: {link}"),
        _ => "open a pull request".to_owned(),
    });
    Ok(steps)
}
