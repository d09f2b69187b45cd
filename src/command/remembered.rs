//! What git and its host go on showing of versions that are given up.

use crate::command::env::Env;
use crate::disk::file;
use crate::error::Result;
use crate::flow::manifest::types::{Dataset, Entry};
use crate::flow::proposal::pull_request;
use crate::flow::version::Version;

/// The pages and pull requests that show rows of these versions, in words. A page shows rows of both its sides.
pub(super) fn of(env: &Env<'_>, dataset: &Dataset, versions: &[Version]) -> Result<Vec<String>> {
    let mut shown = Vec::new();
    let shows =
        |entry: &&Entry| versions.contains(&entry.version) || entry.base.is_some_and(|base| versions.contains(&base));
    for entry in dataset.versions.iter().filter(shows) {
        if let Some(path) = &entry.diff
            && file::exists(&env.root.join(path))?
        {
            shown.push(format!("{path} ({})", entry.version));
        }
        let Some(commit) = &entry.commit else { continue };
        // A shallow clone does not have it.
        let said = env
            .repo
            .git()
            .run("log")
            .args(["--max-count=1", "--format=%s", "--end-of-options"])
            .arg(commit.to_string())
            .text();
        if let Some(number) = said.ok().as_deref().and_then(pull_request) {
            shown.push(format!("pull request #{number} ({})", entry.version));
        }
    }
    Ok(shown)
}
