//! Writes facts on the default branch by compare-and-swap: count on a fresh tip, commit on it, push, and begin anew if it moved.

use crate::command::env::{Env, MANIFEST};
use crate::command::refs::Where;
use crate::error::{Error, Result};
use crate::flow::hash::Digest;
use crate::flow::manifest::print;
use crate::flow::manifest::types::Manifest;
use crate::git::{self, Author, FileChange, Id, Pushed, Request, Review};

/// A push that loses against another is tried again so often.
const ATTEMPTS: u32 = 20;

/// A changed manifest and what changed.
pub(super) struct Change {
    pub(super) manifest: Manifest,
    pub(super) message: String,
    /// Other files of the same commit, and what they hold.
    pub(super) files: Vec<(String, String)>,
}

impl Change {
    /// Of the manifest alone.
    pub(super) fn of(manifest: Manifest, message: String) -> Self {
        Change { manifest, message, files: Vec::new() }
    }
}

/// How it ended.
#[derive(Debug)]
pub(super) enum Recorded {
    /// The tip says it all already.
    Nothing,
    /// The commit is on the default branch.
    Pushed(Id),
    /// A rule forbids it; the commit is only here.
    Forbidden { rule: String, commit: Id, message: String },
}

/// Asks `change` for a fetched tip and what to change on it, until a push is the next commit after that tip.
pub(super) fn record(
    env: &Env<'_>,
    at: &Where,
    change: &mut dyn FnMut() -> Result<(Id, Option<Change>)>,
) -> Result<Recorded> {
    let git = env.repo.git();
    for attempt in 0..ATTEMPTS {
        let (tip, Some(change)) = change()? else { return Ok(Recorded::Nothing) };
        let (commit, message) = (commit(env, tip, &change)?, change.message);
        if commit == tip {
            return Ok(Recorded::Nothing);
        }
        match git.push_commit(&at.remote, commit, &at.branch, Some(tip))? {
            Pushed::Ok => return Ok(Recorded::Pushed(commit)),
            Pushed::Forbidden { rule } => return Ok(Recorded::Forbidden { rule, commit, message }),
            Pushed::Rejected { .. } => env.around.clock.sleep(u64::from(attempt.min(5))),
        }
    }
    Err(Error::conflict(format!("{} moved {ATTEMPTS} times while this was recorded", at.branch))
        .because("nothing is lost: the next run does it")
        .hint("run the same command again"))
}

/// A commit of the change on `tip`, which nothing points to yet; `tip` itself if nothing changes.
pub(super) fn commit(env: &Env<'_>, tip: Id, change: &Change) -> Result<Id> {
    let text = print::print(&change.manifest);
    let mut files = vec![FileChange { path: MANIFEST, bytes: Some(text.as_bytes()) }];
    files.extend(change.files.iter().map(|(path, text)| FileChange { path, bytes: Some(text.as_bytes()) }));
    env.repo.git().commit_files_on(tip, &files, &change.message, &author(env))
}

/// The pull request that a forbidden push becomes.
pub(super) struct Proposed {
    /// Its branch on the remote.
    pub(super) branch: String,
    /// Its page, or the page that opens it.
    pub(super) review: Option<String>,
}

/// Proposes a commit that is not to be pushed to the default branch; the error says why not even that may be.
/// `kind` begins the name of its branch.
pub(super) fn propose(
    env: &Env<'_>,
    at: &Where,
    kind: &str,
    commit: Id,
    message: &str,
    body: &str,
) -> Result<Proposed> {
    let git = env.repo.git();
    let subject = message.lines().next().unwrap_or_default().to_owned();
    // The same proposal has the same name, so that a schedule opens it once.
    let branch = format!("data/{kind}-{}", Digest::of(message.as_bytes()).short16());
    let known = env.repo.counted()?.iter().any(|(name, _)| *name == format!("refs/heads/{branch}"));
    if !known {
        git.push_commit(&at.remote, commit, &branch, None)?.done(&branch)?;
    }
    let request = Request {
        remote_url: env.repo.remote_url(&at.remote)?.unwrap_or_default(),
        head: branch.clone(),
        base: at.branch.clone(),
        title: subject,
        body: body.to_owned(),
    };
    let review = match git::propose(git, &request)? {
        Review::Opened { url } | Review::Exists { url } => Some(url),
        Review::ByHand { url, .. } => url,
    };
    Ok(Proposed { branch, review })
}

/// In whose name it is recorded: git's own variables, else the program.
fn author(env: &Env<'_>) -> Author {
    let set = |name: &str, otherwise: &str| env.around.variable(name).unwrap_or(otherwise).to_owned();
    Author {
        name: set("GIT_AUTHOR_NAME", "git-data-publish"),
        email: set("GIT_AUTHOR_EMAIL", "git-data-publish@users.noreply.github.com"),
    }
}
