//! What the host of a workflow offers: a page for the job, and places to write on it.

use std::path::Path;

use crate::command::env::Surroundings;
use crate::disk::file;
use crate::error::Result;

/// Adds Markdown to the job's page, where there is one.
pub fn summary(around: &Surroundings, markdown: &str) -> Result<()> {
    match around.variable("GITHUB_STEP_SUMMARY") {
        Some(path) => file::append(Path::new(path), markdown.as_bytes()),
        None => Ok(()),
    }
}

/// Whether lines of the form `::error …` are understood.
#[must_use]
pub fn annotates(around: &Surroundings) -> bool {
    around.variable("GITHUB_ACTIONS") == Some("true")
}
