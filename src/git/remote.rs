//! Asks a remote: fetch, and what its branches are.

use super::{Git, Id, parse_id, remote_name};
use crate::error::{Error, Result};
use crate::process::Ran;

impl Git {
    /// Fetches these refspecs, or what the remote's settings say if there are none.
    pub fn fetch(&self, remote: &str, refspecs: &[&str]) -> Result<()> {
        remote_name(remote)?;
        let run = self.inside("fetch").args(["--quiet", "--no-recurse-submodules", "--"]).arg(remote).args(refspecs);
        let ran = run.output()?;
        if ran.ok() { Ok(()) } else { Err(unreachable(remote, &ran)) }
    }

    /// The commit that a branch has on the remote right now; `None` if there is no such branch.
    pub fn remote_tip(&self, remote: &str, branch: &str) -> Result<Option<Id>> {
        remote_name(remote)?;
        let full = super::branch_ref(branch)?;
        let run = self.inside("ls-remote").args(["--quiet", "--", remote, &full]);
        let ran = run.output()?;
        if !ran.ok() {
            return Err(unreachable(remote, &ran));
        }
        let text = ran.text();
        // A pattern also matches at the end of longer names.
        let line = text.lines().filter_map(|line| line.split_once('\t')).find(|(_, name)| *name == full);
        line.map(|(id, _)| parse_id(id)).transpose()
    }
}

/// The error for a remote that did not answer or did not let us in: one line of cause.
pub(super) fn unreachable(remote: &str, ran: &Ran) -> Error {
    let words = ran.words();
    let told = |prefix: &str| words.lines().find(|line| line.starts_with(prefix)).map(str::to_owned);
    let last = || words.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("git gave no reason").to_owned();
    let cause = told("fatal: ").or_else(|| told("error: ")).or_else(|| told("ssh: ")).unwrap_or_else(last);
    let remote = crate::flow::text::without_credentials(remote);
    Error::store(format!("the remote {remote} cannot be reached")).because(cause)
}
