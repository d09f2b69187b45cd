//! Pushes, and understands the refusal: somebody was faster, or a rule forbids it.

use super::act::finished;
use super::{Git, Id, branch_ref, remote, remote_name};
use crate::error::{Error, Kind, Result};
use crate::process::Ran;

/// What became of a push that reached the remote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// The branch is there.
    Ok,
    /// Somebody else changed the branch in between: fetch and try again.
    Rejected {
        /// Git's own word for it.
        reason: String,
    },
    /// A rule of the remote forbids it, and would again: a protected branch, or a hook.
    Forbidden {
        /// The rule, in the remote's own words.
        rule: String,
    },
}

impl Pushed {
    /// For a person: anything but done is an error.
    pub fn done(self, branch: &str) -> Result<()> {
        match self {
            Pushed::Ok => Ok(()),
            Pushed::Rejected { reason } => Err(Error::conflict(format!("{branch} changed on the remote in between"))
                .because(reason)
                .hint("git pull --rebase")),
            Pushed::Forbidden { rule } => {
                Err(Error::user(format!("the remote forbids to push to {branch}")).because(rule))
            }
        }
    }
}

impl Git {
    /// Pushes a branch under its own name; the user's hooks run.
    pub fn push(&self, remote: &str, branch: &str, set_upstream: bool) -> Result<Pushed> {
        remote_name(remote)?;
        let full = branch_ref(branch)?;
        let mut run = self.inside("push").args(["--porcelain", "--no-progress"]);
        if set_upstream {
            run = run.arg("--set-upstream");
        }
        let run = run.args(["--", remote, &format!("{full}:{full}")]);
        let ran = run.output()?;
        match understood(remote, &ran)? {
            Some(pushed) => Ok(pushed),
            None => finished(&run, ran).map(|_| Pushed::Ok),
        }
    }

    /// Advances a remote branch from exactly `old` to `commit`, which must descend from it; `None` makes a new branch.
    /// No hook of this machine runs.
    pub fn push_commit(&self, remote: &str, commit: Id, branch: &str, old: Option<Id>) -> Result<Pushed> {
        remote_name(remote)?;
        let full = branch_ref(branch)?;
        if let Some(old) = old {
            // The lease below would also allow a push that is no fast-forward: this is what forbids it.
            let run = self.run("merge-base").args(["--is-ancestor", &old.to_string(), &commit.to_string()]);
            let ran = run.output()?;
            match ran.code {
                0 => {}
                1 => return Err(Error::bug(format!("{commit} does not descend from {old}"))),
                _ => return Err(run.failed(Kind::User, &ran)),
            }
        }
        let lease = format!("--force-with-lease={full}:{}", old.map(|id| id.to_string()).unwrap_or_default());
        let run = self
            .inside("push")
            .args(["--porcelain", "--no-progress", "--no-verify", &lease, "--"])
            .args([remote, &format!("{commit}:{full}")]);
        let ran = run.output()?;
        match understood(remote, &ran)? {
            Some(pushed) => Ok(pushed),
            None => Err(run.failed(Kind::User, &ran)),
        }
    }
}

/// Reads what `git push --porcelain` printed; `None` if it stopped before it asked the remote for anything.
fn understood(remote: &str, ran: &Ran) -> Result<Option<Pushed>> {
    if ran.ok() {
        return Ok(Some(Pushed::Ok));
    }
    let (out, words) = (ran.text(), ran.words());
    let Some(refusal) = out.lines().find_map(|line| line.strip_prefix("!\t")) else {
        let asked =
            ["fatal: ", "ssh: ", "remote: "].iter().any(|start| words.lines().any(|line| line.starts_with(start)));
        return if asked { Err(remote::unreachable(remote, ran)) } else { Ok(None) };
    };
    let summary = refusal.split('\t').nth(1).unwrap_or(refusal).trim();
    if summary.starts_with("[rejected]") || raced(summary) {
        return Ok(Some(Pushed::Rejected { reason: reason(summary) }));
    }
    if summary.starts_with("[remote rejected]") {
        return Ok(Some(Pushed::Forbidden { rule: rule(&words).unwrap_or_else(|| reason(summary)) }));
    }
    Err(remote::unreachable(remote, ran))
}

/// Two pushes met on the server, and ours came second.
fn raced(summary: &str) -> bool {
    ["cannot lock ref", "failed to update ref", "incorrect old value", "reference already exists", "failed to lock"]
        .iter()
        .any(|word| summary.contains(word))
}

/// `fetch first` of `[rejected] (fetch first)`.
fn reason(summary: &str) -> String {
    let inner = summary.split_once('(').map_or(summary, |(_, rest)| rest);
    inner.strip_suffix(')').unwrap_or(inner).to_owned()
}

/// The line in which the host names its rule: GitHub's codes, else the first that speaks of it, else the first at all.
fn rule(words: &str) -> Option<String> {
    let lines: Vec<&str> = words
        .lines()
        .filter_map(|line| line.strip_prefix("remote:"))
        .map(str::trim)
        .filter(|line| line.chars().any(char::is_alphanumeric))
        .collect();
    let names = |word: &str| lines.iter().find(|line| line.to_ascii_lowercase().contains(word));
    let found =
        ["gh006", "gh013", "protected branch", "not allowed", "denied", "declined"].iter().find_map(|w| names(w));
    found.or(lines.first()).map(|line| line.strip_prefix("error: ").unwrap_or(line).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ran(stdout: &str, stderr: &str) -> Ran {
        Ran { code: 1, stdout: stdout.into(), stderr: stderr.into() }
    }

    fn refused(summary: &str, stderr: &str) -> Pushed {
        let stdout = format!("To https://host/r\n!\tabc:refs/heads/main\t{summary}\nDone\n");
        understood("origin", &ran(&stdout, stderr)).unwrap().unwrap()
    }

    #[test]
    fn losing_a_race_is_no_rule() {
        for (summary, want) in [
            ("[rejected] (fetch first)", "fetch first"),
            ("[rejected] (non-fast-forward)", "non-fast-forward"),
            ("[rejected] (stale info)", "stale info"),
            (
                "[remote rejected] (cannot lock ref 'refs/heads/main': is at 1 but expected 2)",
                "cannot lock ref 'refs/heads/main': is at 1 but expected 2",
            ),
            ("[remote rejected] (failed to update ref)", "failed to update ref"),
        ] {
            assert_eq!(refused(summary, ""), Pushed::Rejected { reason: want.into() });
        }
    }

    #[test]
    fn a_rule_is_told_in_the_words_of_the_host() {
        let github = "remote: error: GH006: Protected branch update failed for refs/heads/main.        \nremote: \nremote: - Changes must be made through a pull request.\n";
        let rulesets =
            "remote: error: GH013: Repository rule violations found for refs/heads/main.\nremote: Review all\n";
        let gitlab = "remote: GitLab: You are not allowed to push code to protected branches on this project.\n";
        for (summary, stderr, want) in [
            (
                "[remote rejected] (protected branch hook declined)",
                github,
                "GH006: Protected branch update failed for refs/heads/main.",
            ),
            (
                "[remote rejected] (push declined due to repository rule violations)",
                rulesets,
                "GH013: Repository rule violations found for refs/heads/main.",
            ),
            (
                "[remote rejected] (pre-receive hook declined)",
                gitlab,
                "GitLab: You are not allowed to push code to protected branches on this project.",
            ),
            ("[remote rejected] (pre-receive hook declined)", "", "pre-receive hook declined"),
            ("[remote rejected] (pre-receive hook declined)", "remote: \nremote: policy 7\n", "policy 7"),
        ] {
            assert_eq!(refused(summary, stderr), Pushed::Forbidden { rule: want.into() });
        }
    }

    #[test]
    fn silence_and_darkness_are_told_apart() {
        let dark = "fatal: unable to access 'https://me:pw@host/': Could not resolve host: host\n";
        let error = understood("https://me:pw@host/", &ran("", dark)).unwrap_err();
        assert_eq!(error.kind, Kind::Store);
        let all = format!("{error} {:?}", error.causes());
        assert!(!all.contains("pw") && all.contains("Could not resolve host"), "{all}");
        // A local hook that refuses leaves nothing but its own words.
        assert_eq!(understood("origin", &ran("", "my hook says no\nerror: failed to push some refs")).unwrap(), None);
    }
}
