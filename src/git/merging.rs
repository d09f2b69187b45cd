//! Merges that are under way: what git stopped at, and a real merge whose commit is left to the caller.

use std::path::PathBuf;

use super::act::finished;
use super::{Git, Id, Repo};
use crate::error::{Error, Kind, Result};

/// What git is in the middle of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// `git merge`.
    Merge,
    /// `git rebase`; what git calls ours is the branch that is rebased onto.
    Rebase,
    /// `git cherry-pick`.
    CherryPick,
    /// `git revert`.
    Revert,
}

impl Operation {
    /// The command that goes on with it.
    #[must_use]
    pub fn go_on(self) -> &'static str {
        match self {
            Operation::Merge => "git commit",
            Operation::Rebase => "git rebase --continue",
            Operation::CherryPick => "git cherry-pick --continue",
            Operation::Revert => "git revert --continue",
        }
    }

    /// What the two sides of a conflict are to a person.
    #[must_use]
    pub fn sides(self) -> [&'static str; 2] {
        match self {
            Operation::Merge => ["this branch", "the merged branch"],
            Operation::Rebase => ["the branch you rebase onto", "your commit"],
            Operation::CherryPick => ["this branch", "the picked commit"],
            Operation::Revert => ["this branch", "the state before the reverted commit"],
        }
    }
}

impl Repo {
    /// What git is in the middle of in this work tree, if anything.
    pub fn operation(&self) -> Result<Option<Operation>> {
        use gix::state::InProgress;
        Ok(match self.inner.state() {
            Some(InProgress::Merge) => Some(Operation::Merge),
            Some(InProgress::Rebase | InProgress::RebaseInteractive | InProgress::ApplyMailboxRebase) => {
                Some(Operation::Rebase)
            }
            Some(InProgress::CherryPick | InProgress::CherryPickSequence) => Some(Operation::CherryPick),
            Some(InProgress::Revert | InProgress::RevertSequence) => Some(Operation::Revert),
            _ => None,
        })
    }
}

impl Git {
    /// Paths that still have more than one side in the index, from the root.
    pub fn unmerged(&self) -> Result<Vec<String>> {
        let text = self.run("diff").args(["--name-only", "--diff-filter=U", "-z"]).text()?;
        Ok(text.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect())
    }

    /// Tracked files that differ from `HEAD`, from the root.
    pub fn changes(&self) -> Result<Vec<String>> {
        let text = self.run("diff").args(["--name-only", "--ignore-submodules=dirty", "-z", "HEAD", "--"]).text()?;
        Ok(text.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect())
    }

    /// The roots of all work trees of this repository, this one too.
    pub fn work_trees(&self) -> Result<Vec<PathBuf>> {
        // Without -z: git 2.25 has none there. A path with a line end is not found, and counts as gone.
        let text = self.run("worktree").args(["list", "--porcelain"]).text()?;
        Ok(text.lines().filter_map(|line| line.strip_prefix("worktree ")).map(PathBuf::from).collect())
    }

    /// Merges a commit into the work tree and the index and makes no commit, unless it is a fast-forward.
    /// Says whether all went together.
    pub fn merge_uncommitted(&self, commit: Id, message: &str) -> Result<bool> {
        let run = self.inside("merge").args(["--quiet", "--no-commit", "-m", message]).arg(commit.to_string());
        let ran = run.output()?;
        match ran.code {
            0 => Ok(true),
            1 if self.in_merge()? => Ok(false),
            _ if ran.words().contains("unrelated histories") => {
                Err(Error::user("this branch and the default branch have no commit in common")
                    .hint("git log --graph --all"))
            }
            1 | 128 => finished(&run, ran).map(|_| true),
            _ => Err(run.failed(Kind::User, &ran)),
        }
    }

    fn in_merge(&self) -> Result<bool> {
        Ok(self.run("rev-parse").args(["--verify", "--quiet", "MERGE_HEAD"]).output()?.ok())
    }
}
