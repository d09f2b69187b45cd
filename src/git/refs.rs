//! Names: `HEAD`, branches, tags, and where the default branch is.

use super::{Id, Repo, parse_id};
use crate::error::{Error, Result};

impl Repo {
    /// The branch that is checked out; `None` when `HEAD` is detached.
    pub fn head_branch(&self) -> Result<Option<String>> {
        let name = if self.ask_git_for_refs {
            self.ask("symbolic-ref", &["--quiet", "HEAD"])?
        } else {
            let name = self.inner.head_name().map_err(|e| Error::user("HEAD cannot be read").because(e))?;
            name.map(|name| name.as_bstr().to_string())
        };
        Ok(name.map(|name| name.strip_prefix("refs/heads/").map_or(name.clone(), str::to_owned)))
    }

    /// The commit that is checked out; `None` before the first one.
    pub fn head_commit(&self) -> Result<Option<Id>> {
        if self.ask_git_for_refs {
            return self.resolve("HEAD");
        }
        let head = self.inner.head().map_err(|e| Error::user("HEAD cannot be read").because(e))?;
        let id = head.try_into_peeled_id().map_err(|e| Error::user("HEAD names no commit").because(e))?;
        Ok(id.map(gix::Id::detach))
    }

    /// Whether there is no commit yet on this branch.
    pub fn unborn(&self) -> Result<bool> {
        self.head_commit().map(|commit| commit.is_none())
    }

    /// All names below a prefix such as `refs/tags/`, and the objects they lead to (a tag's commit, not the tag), sorted.
    pub fn refs(&self, prefix: &str) -> Result<Vec<(String, Id)>> {
        let prefix = if prefix.is_empty() { "refs/" } else { prefix };
        if self.ask_git_for_refs {
            return self.refs_by_git(prefix);
        }
        let fault = || Error::user(format!("the names below {prefix} cannot be read"));
        let platform = self.inner.references().map_err(|e| fault().because(e))?;
        let mut out = Vec::new();
        for reference in platform.all().map_err(|e| fault().because(e))? {
            let mut reference = reference.map_err(|e| fault().because(e.to_string()))?;
            let name = reference.name().as_bstr().to_string();
            if !name.starts_with(prefix) {
                continue;
            }
            match reference.peel_to_id() {
                Ok(id) => out.push((name, id.detach())),
                // `refs/remotes/origin/HEAD` may lead to a branch that is gone; git passes over it too.
                Err(_) if reference.target().try_name().is_some() => {}
                Err(e) => return Err(Error::user(format!("{name} cannot be read")).because(e).hint("git fsck")),
            }
        }
        out.sort();
        Ok(out)
    }

    fn refs_by_git(&self, prefix: &str) -> Result<Vec<(String, Id)>> {
        let format = "--format=%(refname)%00%(objectname)%00%(*objectname)";
        let run = self.git.run("for-each-ref").arg(format).arg("--").arg(prefix.trim_end_matches('/'));
        let mut out = Vec::new();
        for line in run.text()?.lines() {
            let mut parts = line.split('\0');
            let (name, id) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            let peeled = parts.next().filter(|peeled| !peeled.is_empty());
            if name.starts_with(prefix) {
                out.push((name.to_owned(), parse_id(peeled.unwrap_or(id))?));
            }
        }
        out.sort();
        Ok(out)
    }

    /// The object that a full name leads to; `None` if there is no such name.
    pub fn reference(&self, name: &str) -> Result<Option<Id>> {
        if self.ask_git_for_refs {
            let peeled = format!("{name}^{{}}");
            let id = self.ask("rev-parse", &["--verify", "--quiet", "--end-of-options", &peeled])?;
            return id.map(|id| parse_id(&id)).transpose();
        }
        let fault = |e: gix::Error| Error::user(format!("{name} cannot be read")).because(e);
        match self.inner.try_find_reference(name).map_err(fault)? {
            Some(mut found) => match found.peel_to_id() {
                Ok(id) => Ok(Some(id.detach())),
                Err(_) if found.target().try_name().is_some() => Ok(None),
                Err(e) => Err(fault(e)),
            },
            None => Ok(None),
        }
    }

    /// The branch that pull requests go to: what the remote's `HEAD` was when it was cloned, else its `main` or `master`.
    pub fn default_branch(&self, remote: &str) -> Result<Option<String>> {
        let head = format!("refs/remotes/{remote}/HEAD");
        let target = if self.ask_git_for_refs {
            self.ask("symbolic-ref", &["--quiet", &head])?
        } else {
            let found = self.inner.try_find_reference(head.as_str()).ok().flatten();
            found.and_then(|found| found.target().try_name().map(|name| name.as_bstr().to_string()))
        };
        let prefix = format!("refs/remotes/{remote}/");
        if let Some(branch) = target.as_deref().and_then(|target| target.strip_prefix(&prefix)) {
            return Ok(Some(branch.to_owned()));
        }
        for branch in ["main", "master"] {
            if self.reference(&format!("{prefix}{branch}"))?.is_some() {
                return Ok(Some(branch.to_owned()));
            }
        }
        Ok(None)
    }

    /// The newest known commit of the default branch: the remote's as last fetched, else the local branch of that name.
    /// Without a remote: the local `main` or `master`.
    pub fn default_tip(&self, remote: &str) -> Result<Option<Id>> {
        let branches = match self.default_branch(remote)? {
            Some(branch) => vec![branch],
            None => vec!["main".to_owned(), "master".to_owned()],
        };
        for branch in branches {
            for name in [format!("refs/remotes/{remote}/{branch}"), format!("refs/heads/{branch}")] {
                if let Some(id) = self.reference(&name)? {
                    return Ok(Some(id));
                }
            }
        }
        Ok(None)
    }

    /// The best common ancestor of two commits; `None` if their histories never met (or were cut off).
    pub fn merge_base(&self, a: Id, b: Id) -> Result<Option<Id>> {
        // In a shallow or partial clone the library may miss a parent; git knows how to look.
        match self.inner.merge_base(a, b) {
            Ok(id) => Ok(id.map(gix::Id::detach)),
            Err(_) => self.ask("merge-base", &[&a.to_string(), &b.to_string()])?.map(|id| parse_id(&id)).transpose(),
        }
    }
}
