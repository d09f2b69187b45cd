//! Where a person opens a pull request in the browser: the remote's address, turned into the page of its host.

use std::fmt::Write as _;

/// What serves the repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    /// github.com, `*.ghe.com`, and servers named after it.
    GitHub,
    /// gitlab.com, and servers named after it.
    GitLab,
    /// Gitea, Forgejo, Codeberg.
    Gitea,
    /// bitbucket.org.
    Bitbucket,
}

/// A remote on the web, without credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Web {
    /// `host` or `host:port`.
    pub host: String,
    /// `owner/repository`, percent-encoded.
    pub path: String,
    /// `http` only where the remote itself says so.
    pub scheme: &'static str,
}

/// The page on which `head` is proposed for `base`; `None` for a host that is not known.
#[must_use]
pub fn compare_url(remote_url: &str, base: &str, head: &str) -> Option<String> {
    let web = web(remote_url)?;
    let Web { host, path, scheme } = &web;
    let (base_path, head_path) = (encode(base, true), encode(head, true));
    let (base, head) = (encode(base, false), encode(head, false));
    Some(match host_of(&web)? {
        Host::GitHub => format!("{scheme}://{host}/{path}/compare/{base_path}...{head_path}?expand=1"),
        Host::Gitea => format!("{scheme}://{host}/{path}/compare/{base_path}...{head_path}"),
        Host::GitLab => format!(
            "{scheme}://{host}/{path}/-/merge_requests/new?merge_request%5Bsource_branch%5D={head}\
             &merge_request%5Btarget_branch%5D={base}"
        ),
        Host::Bitbucket => format!("{scheme}://{host}/{path}/pull-requests/new?source={head}&dest={base}"),
    })
}

/// What serves this remote, by its name.
#[must_use]
pub fn host_of(web: &Web) -> Option<Host> {
    let host = web.host.split(':').next().unwrap_or(&web.host);
    let label = |word: &str| host.split('.').any(|part| part.split('-').any(|p| p == word));
    if label("github") || host.ends_with(".ghe.com") {
        Some(Host::GitHub)
    } else if label("gitlab") {
        Some(Host::GitLab)
    } else if label("codeberg") || label("gitea") || label("forgejo") {
        Some(Host::Gitea)
    } else if label("bitbucket") {
        Some(Host::Bitbucket)
    } else {
        None
    }
}

/// Reads `https://…`, `ssh://…`, `git://…` and `user@host:path`; `None` for a path or a file.
#[must_use]
pub fn web(remote_url: &str) -> Option<Web> {
    let url = remote_url.trim();
    let (scheme, authority, path) = match url.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, path) = rest.split_once('/')?;
            (scheme.to_ascii_lowercase(), authority, path)
        }
        None => {
            let (authority, path) = url.split_once(':')?;
            // `C:\data` and `./a:b` are paths.
            if authority.contains('/') || (authority.len() == 1 && !authority.contains('@')) {
                return None;
            }
            ("ssh".to_owned(), authority, path)
        }
    };
    let host = authority.rsplit('@').next().unwrap_or(authority).to_ascii_lowercase();
    let host = match scheme.as_str() {
        "http" | "https" => host,
        // The port of ssh is not the port of the web.
        "ssh" | "git+ssh" | "ssh+git" | "git" => host.split(':').next().unwrap_or(&host).to_owned(),
        _ => return None,
    };
    let host = match host.as_str() {
        "ssh.github.com" => "github.com",
        "altssh.gitlab.com" => "gitlab.com",
        "altssh.bitbucket.org" => "bitbucket.org",
        host => host,
    };
    let path = path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    let named = !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:".contains(&b));
    if !named || path.is_empty() || path.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return None;
    }
    let scheme = if scheme == "http" { "http" } else { "https" };
    Some(Web { host: host.to_owned(), path: encode_kept(path), scheme })
}

/// Percent-encodes all but the unreserved characters, and slashes where they may stay.
pub(in crate::flow) fn encode(text: &str, slashes: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for b in text.bytes() {
        match b {
            b'-' | b'.' | b'_' | b'~' => out.push(char::from(b)),
            b'/' if slashes => out.push('/'),
            b if b.is_ascii_alphanumeric() => out.push(char::from(b)),
            b => {
                let _ = write!(out, "%{b:02X}");
            }
        }
    }
    out
}

/// Like [`encode`], for a path that may be encoded already.
fn encode_kept(path: &str) -> String {
    encode(path, true).replace("%25", "%")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_host_gets_its_own_page() {
        let github = "https://github.com/o/r/compare/main...data/energy.sqlite-v5?expand=1";
        let cases = [
            ("https://github.com/o/r.git", Some(github)),
            ("https://github.com/o/r/", Some(github)),
            ("https://me:hunter2@github.com/o/r.git", Some(github)),
            ("https://x-access-token:ghs_1@GitHub.com/o/r", Some(github)),
            ("git@github.com:o/r.git", Some(github)),
            ("github.com:o/r", Some(github)),
            ("ssh://git@ssh.github.com:443/o/r.git", Some(github)),
            ("git://github.com/o/r", Some(github)),
            (
                "git@github.corp.example:o/r.git",
                Some("https://github.corp.example/o/r/compare/main...data/energy.sqlite-v5?expand=1"),
            ),
            ("https://a.ghe.com/o/r", Some("https://a.ghe.com/o/r/compare/main...data/energy.sqlite-v5?expand=1")),
            (
                "https://github-internal.example:8443/o/r",
                Some("https://github-internal.example:8443/o/r/compare/main...data/energy.sqlite-v5?expand=1"),
            ),
            (
                "git@gitlab.com:group/sub/r.git",
                Some(
                    "https://gitlab.com/group/sub/r/-/merge_requests/new?merge_request%5Bsource_branch%5D=\
                     data%2Fenergy.sqlite-v5&merge_request%5Btarget_branch%5D=main",
                ),
            ),
            ("https://codeberg.org/o/r.git", Some("https://codeberg.org/o/r/compare/main...data/energy.sqlite-v5")),
            ("ssh://git@gitea.corp:2222/o/r.git", Some("https://gitea.corp/o/r/compare/main...data/energy.sqlite-v5")),
            (
                "git@bitbucket.org:o/r.git",
                Some("https://bitbucket.org/o/r/pull-requests/new?source=data%2Fenergy.sqlite-v5&dest=main"),
            ),
            ("https://git.example/o/r", None),
            ("https://notgithub.com/o/r", None),
            ("/srv/git/github/r.git", None),
            ("./a:b", None),
            ("C:\\github\\r", None),
            ("file:///srv/github/r.git", None),
            ("https://github.com/", None),
            ("https://github.com/../x", None),
            ("https://git\u{1b}hub.com/o/r", None),
            ("", None),
        ];
        for (remote, want) in cases {
            assert_eq!(compare_url(remote, "main", "data/energy.sqlite-v5").as_deref(), want, "{remote}");
        }
    }

    #[test]
    fn odd_names_are_percent_encoded() {
        let url = compare_url("git@github.com:o/my%20r\u{e9}po.git", "a#b", "data/ü?x&y%").unwrap();
        assert_eq!(url, "https://github.com/o/my%20r%C3%A9po/compare/a%23b...data/%C3%BC%3Fx%26y%25?expand=1");
    }
}
