//! Every name of a remote that can hold a version: branches, tags, and the heads of pull requests.

use super::{Git, Id, Repo, remote, remote_name};
use crate::error::Result;

/// Where copies of a remote's names are kept, apart from the user's own.
const COPIES: &str = "refs/git-data/counted/";

/// What is fetched, and where hosts keep the heads of pull requests: GitHub and Gitea, GitLab, Bitbucket.
const NAMES: [&str; 5] =
    ["refs/heads/*", "refs/tags/*", "refs/pull/*/head", "refs/merge-requests/*/head", "refs/pull-requests/*/from"];

/// A name of the remote and the object it leads to.
pub type Named = (String, Id);

impl Git {
    /// Fetches them all, and forgets those that are gone from the remote.
    pub fn fetch_counted(&self, remote: &str) -> Result<()> {
        remote_name(remote)?;
        let specs = NAMES.map(|name| {
            let copy = name.strip_prefix("refs/").unwrap_or(name);
            let copy = copy.strip_suffix("/head").or_else(|| copy.strip_suffix("/from")).unwrap_or(copy);
            format!("+{name}:{COPIES}{copy}")
        });
        let run = self.inside("fetch").args(["--quiet", "--prune", "--no-tags", "--no-recurse-submodules", "--"]);
        let ran = run.arg(remote).args(&specs).output()?;
        if ran.ok() { Ok(()) } else { Err(remote::unreachable(remote, &ran)) }
    }
}

impl Repo {
    /// The names that [`Git::fetch_counted`] brought, as the remote has them, sorted.
    pub fn counted(&self) -> Result<Vec<Named>> {
        let mut names = Vec::new();
        for (copy, id) in self.refs(COPIES)? {
            let name = copy.strip_prefix(COPIES).unwrap_or(&copy);
            let tail = match name.split('/').next() {
                Some("pull" | "merge-requests") => "/head",
                Some("pull-requests") => "/from",
                _ => "",
            };
            names.push((format!("refs/{name}{tail}"), id));
        }
        Ok(names)
    }

    /// Whether an object is a file: a tag may lead to one, and then to no manifest.
    #[must_use]
    pub fn is_blob(&self, id: Id) -> bool {
        self.blob(id).is_ok()
    }
}
