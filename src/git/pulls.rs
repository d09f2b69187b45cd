//! Which pull requests are closed, as the host says; where it says nothing, none is known to be.

use std::collections::BTreeMap;

use super::Git;
use crate::flow::compare::{self, Host};

impl Git {
    /// When each closed pull request was closed (RFC 3339), by number. `None` where the host was not asked or gave no answer.
    #[must_use]
    pub fn closed_pulls(&self, remote_url: &str) -> Option<BTreeMap<u64, String>> {
        let web = compare::web(remote_url)?;
        if compare::host_of(&web) != Some(Host::GitHub) {
            return None;
        }
        let run = self
            .gh()
            .args(["api", "--paginate", "--hostname", &web.host])
            .arg(format!("repos/{}/pulls?state=closed&per_page=100", web.path))
            .args(["--jq", ".[] | [.number, .closed_at] | @tsv"]);
        let ran = run.output().ok().filter(crate::process::Ran::ok)?;
        read(&ran.text())
    }
}

/// A line that is not understood spoils the answer: then nothing is known.
fn read(text: &str) -> Option<BTreeMap<u64, String>> {
    let line = |line: &str| {
        let (number, closed) = line.split_once('\t')?;
        Some((number.parse().ok()?, closed.to_owned()))
    };
    text.lines().filter(|l| !l.is_empty()).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_whole_or_not_at_all() {
        let two = read("7\t2026-11-21T10:00:00Z\n9\t2026-01-01T00:00:00Z\n").unwrap();
        assert_eq!(two.len(), 2);
        assert_eq!(two[&7], "2026-11-21T10:00:00Z");
        assert_eq!(read(""), Some(BTreeMap::new()));
        assert_eq!(read("7\t2026-11-21T10:00:00Z\nerror"), None);
        assert_eq!(read("x\ty"), None);
    }

    #[test]
    fn a_host_that_is_not_known_is_not_asked() {
        assert_eq!(Git::at(".").closed_pulls("/srv/git/data.git"), None);
        assert_eq!(Git::at(".").closed_pulls("https://gitlab.com/o/r"), None);
    }
}
