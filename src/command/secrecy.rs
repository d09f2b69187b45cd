//! What a proposal shows where its dataset does not say: numbers only, if everybody reads the repository and not the bucket.

use std::path::Path;

use serde_json::Value as Json;

use crate::command::env::Env;
use crate::command::propose;
use crate::disk::file;
use crate::flow::compare::{self, Host};
use crate::git;

/// Whether rows stay out of pages and comments, unless a dataset's own `preview` says otherwise.
#[must_use]
pub(super) fn hides(env: &Env<'_>) -> bool {
    match env.settings.get("data.preview") {
        Some("rows") => false,
        // What a later program means by another word may be less than this.
        Some(_) => true,
        None => env.settings.get("data.publicurl").is_none() && is_public(env).unwrap_or(false),
    }
}

/// A workflow was told by its host; elsewhere the host is asked.
fn is_public(env: &Env<'_>) -> Option<bool> {
    if let Some(path) = env.around.variable("GITHUB_EVENT_PATH") {
        let event = file::read(Path::new(path)).ok()??;
        let event: Json = serde_json::from_slice(&event).ok()?;
        return event["repository"]["private"].as_bool().map(|private| !private);
    }
    let url = propose::host_url(env).ok()??;
    let web = compare::web(&url)?;
    match compare::host_of(&web) {
        Some(Host::GitHub) => git::is_public(env.repo.git(), &web),
        _ => None,
    }
}
