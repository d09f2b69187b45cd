//! Where the repository's own pages are: on its host's web, else beside the catalog.

use crate::flow::compare::{self, Host, Web, encode};

/// The pages of a repository.
pub(super) struct Pages {
    web: Option<(Web, Option<Host>)>,
    /// From the catalog's folder to the root.
    up: String,
}

impl Pages {
    pub(super) fn of(remote: Option<&str>, folder: &str) -> Self {
        let web = remote.and_then(compare::web).map(|web| {
            let host = compare::host_of(&web);
            (web, host)
        });
        Pages { web, up: "../".repeat(folder.split('/').filter(|part| !part.is_empty()).count()) }
    }

    /// Its front page.
    pub(super) fn home(&self) -> Option<String> {
        self.web.as_ref().map(|(web, _)| home(web))
    }

    /// The page of a commit.
    pub(super) fn commit(&self, id: &str) -> Option<String> {
        let (web, host) = self.web.as_ref()?;
        let place = match (*host)? {
            Host::GitHub | Host::Gitea => "commit",
            Host::GitLab => "-/commit",
            Host::Bitbucket => "commits",
        };
        Some(format!("{}/{place}/{}", home(web), encode(id, false)))
    }

    /// A file of the repository: at that commit for ever, or as it lies beside the catalog.
    pub(super) fn file(&self, commit: Option<&str>, path: &str) -> String {
        let path = encode(path, true);
        let (Some((web, Some(host))), Some(commit)) = (&self.web, commit) else {
            return format!("{}{}", self.up, path.trim_start_matches('/'));
        };
        let place = match host {
            Host::GitHub => "blob",
            Host::GitLab => "-/blob",
            Host::Gitea => "src/commit",
            Host::Bitbucket => "src",
        };
        format!("{}/{place}/{}/{path}", home(web), encode(commit, false))
    }
}

fn home(web: &Web) -> String {
    format!("{}://{}/{}", web.scheme, web.host, web.path)
}

/// What a remote calls the repository.
pub(super) fn name(remote: &str) -> Option<&str> {
    let path = remote.trim().trim_end_matches('/');
    let name = path.rsplit(['/', ':', '\\']).next().unwrap_or(path);
    let name = name.strip_suffix(".git").unwrap_or(name);
    // What has an @ may hold a password.
    (!matches!(name, "" | "." | "..") && !name.contains('@')).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_host_has_pages_of_its_own() {
        let cases = [
            ("git@github.com:o/r.git", "https://github.com/o/r/commit/c1", "https://github.com/o/r/blob/c1/diffs/a.md"),
            (
                "https://me:pw@gitlab.com/g/r",
                "https://gitlab.com/g/r/-/commit/c1",
                "https://gitlab.com/g/r/-/blob/c1/diffs/a.md",
            ),
            (
                "https://codeberg.org/o/r",
                "https://codeberg.org/o/r/commit/c1",
                "https://codeberg.org/o/r/src/commit/c1/diffs/a.md",
            ),
            (
                "git@bitbucket.org:o/r.git",
                "https://bitbucket.org/o/r/commits/c1",
                "https://bitbucket.org/o/r/src/c1/diffs/a.md",
            ),
        ];
        for (remote, commit, file) in cases {
            let pages = Pages::of(Some(remote), "catalog");
            assert_eq!(pages.commit("c1").as_deref(), Some(commit));
            assert_eq!(pages.file(Some("c1"), "diffs/a.md"), file);
            assert_eq!(pages.file(None, "diffs/a.md"), "../diffs/a.md", "not merged yet: no commit has it");
        }
    }

    #[test]
    fn without_a_known_host_a_page_is_beside_the_catalog() {
        let pages = Pages::of(Some("https://git.example/o/r"), "docs/data");
        assert_eq!(pages.home().as_deref(), Some("https://git.example/o/r"));
        assert_eq!((pages.commit("c1"), pages.file(Some("c1"), "diffs/a b")), (None, "../../diffs/a%20b".to_owned()));
        assert_eq!(Pages::of(None, "").file(None, "javascript:x"), "javascript%3Ax", "no scheme");
        assert_eq!(Pages::of(None, "").file(None, "//evil.example"), "evil.example");
    }

    #[test]
    fn the_remote_names_the_repository() {
        for (remote, want) in [
            ("git@github.com:team/prices.git", Some("prices")),
            ("https://github.com/team/prices/", Some("prices")),
            ("../origin.git", Some("origin")),
            ("host:prices.git", Some("prices")),
            ("https://me:pw@host", None),
            ("..", None),
        ] {
            assert_eq!(name(remote), want, "{remote}");
        }
    }
}
