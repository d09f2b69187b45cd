//! What each result looks like to a person.

mod catalog;
pub(super) mod check;
pub mod diff;
mod diffed;
mod edits;
mod guests;
mod interrupted;
mod journey;
mod man;
mod manifest;
mod patches;
mod reading;
mod retention;
mod set_up;

use crate::cli::page::{Page, Tone};
use crate::command::propose::Proposed;

/// The tone of a state.
fn tone(state: &str) -> Tone {
    match state {
        "published" => Tone::Good,
        "pending" | "merged" => Tone::Warn,
        "purging" | "purged" => Tone::Bad,
        "retired" | "withdrawn" | "renamed" => Tone::Dim,
        _ => Tone::Plain,
    }
}

/// How far a proposal went and what is left to type.
fn proposal(page: &mut Page, proposed: &Proposed) {
    let branch = proposed.branch.as_deref().unwrap_or("a detached HEAD");
    if let Some(commit) = &proposed.commit {
        let short: String = commit.chars().take(10).collect();
        let pushed = if proposed.pushed { ", pushed" } else { "" };
        page.line(format!("Committed {short} on {branch}{pushed}."));
    } else {
        page.line(format!("manifest.json is changed and staged on {branch}."));
    }
    match (&proposed.review, proposed.opened) {
        (Some(url), true) => page.line(format!("Pull request: {url}")),
        (Some(url), false) => page.line(format!("Open the pull request: {url}")),
        (None, _) => {}
    }
    for note in &proposed.notes {
        page.toned(Tone::Warn, format!("note: {note}"));
    }
    next(page, &proposed.next);
}

fn next(page: &mut Page, steps: &[String]) {
    if steps.is_empty() {
        return;
    }
    page.line("Next:");
    for step in steps {
        page.line(format!("  {step}"));
    }
}

/// What a dry run says first.
fn dry(page: &mut Page, dry_run: bool) {
    if dry_run {
        page.toned(Tone::Dim, "Nothing was changed; this is the plan:");
    }
}
