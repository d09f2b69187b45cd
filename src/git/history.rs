//! Which commits changed a file. Reads only commits and the trees on the way to the path.

use std::collections::HashMap;

use gix::revision::walk::Sorting;
use gix::traverse::commit::simple::CommitTimeOrder;

use super::{Id, Repo, read};
use crate::error::{Error, Result};

/// A commit that changed the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The commit.
    pub commit: Id,
    /// When it was made, in seconds since 1970 (the committer's clock).
    pub time: i64,
    /// Who wrote it.
    pub author: String,
    /// The first line of its message.
    pub subject: String,
    /// The file as it was after it; `None` when the commit removed it.
    pub blob: Option<Id>,
}

/// The commits that changed a file, newest first.
pub struct History<'repo> {
    repo: &'repo Repo,
    path: String,
    walk: gix::revision::Walk<'repo>,
    first_parent: bool,
    shallow: Vec<Id>,
    /// What is known of a commit: its file. Entries leave when the commit was visited.
    seen: HashMap<Id, Option<Id>>,
    /// The tree that was read last is often that of the next commit too.
    last: Option<(Id, Option<Id>)>,
}

impl Repo {
    /// The commits reachable from `tip` that changed `path` against their first parent, newest first. Along all parents,
    /// a merge counts only if its file differs from that of each parent.
    pub fn history(&self, path: &str, tip: Id, first_parent: bool) -> Result<History<'_>> {
        let fault = || Error::user(format!("the history of {path} cannot be read"));
        let mut walk = self.inner.rev_walk([tip]).sorting(Sorting::ByCommitTime(CommitTimeOrder::NewestFirst));
        if first_parent {
            walk = walk.first_parent_only();
        }
        let walk = walk.all().map_err(|e| fault().because(e))?;
        let shallow = self.inner.shallow_commits().map_err(|e| fault().because(e))?;
        Ok(History {
            repo: self,
            path: path.to_owned(),
            walk,
            first_parent,
            shallow: shallow.map(|ids| ids.iter().copied().collect()).unwrap_or_default(),
            seen: HashMap::new(),
            last: None,
        })
    }
}

impl History<'_> {
    fn file(&mut self, commit: Id) -> Result<Option<Id>> {
        if let Some(known) = self.seen.get(&commit) {
            return Ok(*known);
        }
        let tree = self.repo.tree_of(commit)?;
        let file = match self.last {
            Some((last, file)) if last == tree => file,
            _ => self.repo.blob_in(tree, &self.path)?,
        };
        self.last = Some((tree, file));
        self.seen.insert(commit, file);
        Ok(file)
    }

    fn change(&mut self, commit: Id) -> Result<Option<Change>> {
        let file = self.file(commit)?;
        let bytes = self.repo.object(commit, "commit")?;
        let parsed = gix::objs::CommitRef::from_bytes(&bytes, self.repo.object_hash())
            .map_err(|e| read::unreadable("commit", commit).because(e))?;
        // Beyond the edge of a shallow clone a commit names parents that are not there.
        let parents: Vec<Id> = if self.shallow.contains(&commit) {
            Vec::new()
        } else {
            parsed.parents().take(if self.first_parent { 1 } else { usize::MAX }).collect()
        };
        let mut changed = !parents.is_empty() || file.is_some();
        for parent in parents {
            changed &= self.file(parent)? != file;
        }
        // On one line no commit is asked for twice. Where lines join, a parent may still be.
        if self.first_parent {
            self.seen.remove(&commit);
        }
        if !changed {
            return Ok(None);
        }
        let author = parsed.author().map_err(|e| read::unreadable("commit", commit).because(e))?;
        Ok(Some(Change {
            commit,
            time: parsed.time().map(|time| time.seconds).unwrap_or_default(),
            author: author.name.to_string(),
            subject: parsed.message().summary().to_string(),
            blob: file,
        }))
    }
}

impl Iterator for History<'_> {
    type Item = Result<Change>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let commit = match self.walk.next()? {
                Ok(info) => info.id,
                Err(e) => return Some(Err(Error::user("the history cannot be read").because(e.to_string()))),
            };
            match self.change(commit) {
                Ok(Some(change)) => return Some(Ok(change)),
                Ok(None) => {}
                Err(e) => return Some(Err(e)),
            }
        }
    }
}
