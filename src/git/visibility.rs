//! Whether everybody can read a repository, as its host says.

use std::time::Duration;

use super::Git;
use crate::flow::compare::Web;

/// Asks the host, by `gh`; `None` where that has no answer.
#[must_use]
pub fn is_public(git: &Git, web: &Web) -> Option<bool> {
    let place = format!("repos/{}", web.path);
    let gh = git.gh().args(["api", "--hostname", &web.host, &place, "--jq", ".visibility"]);
    let ran = gh.timeout(Duration::from_secs(10)).output().ok()?;
    match ran.text().trim() {
        "public" if ran.ok() => Some(true),
        "private" | "internal" if ran.ok() => Some(false),
        _ => None,
    }
}
