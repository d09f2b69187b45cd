//! Tells the pull request what checks found: in a comment, and from their reports where they ran in jobs of their own.

use std::path::PathBuf;

use super::Checked;
use crate::command::env::{Env, Surroundings};
use crate::disk::file;
use crate::error::{Error, Kind, Result};
use crate::flow::compare::{self, Host, Web};
use crate::git::{Git, Said, say};

/// Puts the reports of the parts together. One that cannot be read is a part of which nothing is known.
pub(super) fn read(around: &Surroundings, files: &[PathBuf]) -> Result<Checked> {
    let mut all: Option<Checked> = None;
    let mut notes = Vec::new();
    for path in files {
        let bytes = file::read(&around.cwd.join(path))?.unwrap_or_default();
        let Ok(one) = serde_json::from_slice::<Checked>(&bytes) else {
            notes.push(format!("{} is no report of a check: its part is not known", path.display()));
            continue;
        };
        let all = all.get_or_insert_with(|| Checked::nothing(one.head.clone()));
        if all.head != one.head {
            return Err(Error::user(format!("the reports are of two commits, {} and {}", all.head, one.head)));
        }
        all.structure = all.structure.take().or(one.structure);
        all.bytes = all.bytes.take().or(one.bytes);
        all.reviews = all.reviews.take().or(one.reviews);
    }
    let mut all = all.ok_or_else(|| Error::user("no report can be read: there is nothing to tell"))?;
    // What counts is what they found, not what they say of it.
    let legal = all.structure.as_ref().is_some_and(Vec::is_empty);
    let proven = all.bytes.as_ref().is_some_and(|proofs| proofs.iter().all(|p| p.by.is_some() && p.error.is_none()));
    let kept = all.reviews.iter().flatten().all(|review| review.broken.is_empty());
    (all.ok, all.together, all.notes) = (legal && proven && kept, true, notes);
    Ok(all)
}

/// Writes the comment. Being forbidden to is a note; so is any other failure after a check, which decides the exit code.
pub fn tell(around: &Surroundings, checked: &mut Checked, number: u64, body: &str) {
    let said = page(around).and_then(|web| say(&Git::at(&around.cwd), &web, number, body));
    match said {
        Ok(Said::Written { url }) => checked.comment = Some(url),
        Ok(Said::Forbidden { why }) => checked.notes.push(format!("pull request {number} was not told: {why}")),
        Err(error) => {
            let causes = error.causes().join("; ");
            checked.notes.push(format!("pull request {number} was not told: {error}: {causes}"));
            // Nothing else was to be done.
            if checked.together {
                checked.failure = Some(Kind::Store);
            }
        }
    }
}

/// The repository on its host: as a workflow is told, else as the remote says.
fn page(around: &Surroundings) -> Result<Web> {
    if let (Some(server), Some(name)) = (around.variable("GITHUB_SERVER_URL"), around.variable("GITHUB_REPOSITORY")) {
        let web = compare::web(&format!("{server}/{name}"));
        return web.ok_or_else(|| Error::user(format!("{server}/{name} is no repository on the web")));
    }
    let env = Env::open(around)?;
    let remote = env.settings.remote();
    let web = env.repo.remote_url(remote)?.as_deref().and_then(compare::web);
    web.filter(|web| compare::host_of(web) == Some(Host::GitHub))
        .ok_or_else(|| Error::user(format!("gh comments on GitHub only, and {remote} is not there")))
}
