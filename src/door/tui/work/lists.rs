//! The lists: datasets as `list` and `status` see them, versions as `log` does.

use std::collections::BTreeMap;

use crate::cli::page::Tone;
use crate::command::env::Env;
use crate::command::list::{self, VersionRow};
use crate::command::log;
use crate::command::status::{self, File};
use crate::door::tui::model::{Answer, Dataset, Version};
use crate::error::Result;
use crate::flow::text::{human_size, plural};

/// Every dataset, and how the file here stands to it.
pub(super) fn datasets(env: &Env<'_>) -> Result<Answer> {
    let mut notes = env.notes.clone();
    let status = status::run(env, &status::Args { names: Vec::new() })?;
    for upload in &status.interrupted {
        notes.push(format!("{}: an upload was interrupted; git data resume goes on with it", upload.name));
    }
    for row in status.datasets.iter().filter(|row| !row.late.is_empty()) {
        notes.push(format!("{}: merged for more than two hours and not known to be published", row.name));
    }
    let mut files: BTreeMap<&str, &status::Row> = status.datasets.iter().map(|row| (row.name.as_str(), row)).collect();
    let history = log::run(env, &log::Args { name: None, limit: None })?;
    let versions: BTreeMap<&str, &[VersionRow]> =
        history.datasets.iter().map(|one| (one.name.as_str(), one.versions.as_slice())).collect();
    let listing = list::run(env, &list::Args { names: Vec::new() }, false)?;
    let one = |row: list::Row<'_>| Dataset {
        name: row.name.to_owned(),
        latest: row.latest.map(|version| version.to_string()),
        before: versions.get(row.name).and_then(|all| before(all)),
        state: toned(if row.renamed.is_some() { "renamed" } else { &row.state }),
        size: row.size.map_or("?".to_owned(), human_size),
        here: files.remove(row.name).map_or((Tone::Dim, "–".to_owned()), here),
        about: about(&row),
    };
    let datasets = listing.datasets().map(one).collect();
    let name = env.root.file_name().map_or(String::new(), |name| name.to_string_lossy().into_owned());
    let branch = status.branch.unwrap_or_else(|| "no branch".to_owned());
    Ok(Answer::Datasets { place: format!("{name}  {branch}"), datasets, notes })
}

/// The versions of one, newest first.
pub(super) fn versions(env: &Env<'_>, name: &str) -> Result<Answer> {
    let history = log::run(env, &log::Args { name: Some(name.to_owned()), limit: None })?;
    let rows = history.datasets.into_iter().flat_map(|one| one.versions);
    Ok(Answer::Versions(rows.map(version).collect()))
}

fn version(row: VersionRow) -> Version {
    let back = row.rollback.map_or(String::new(), |to| format!(" (back to {to})"));
    Version {
        version: row.version.to_string(),
        base: row.base.map(|base| base.to_string()),
        state: toned(&row.state),
        size: row.size.map_or("?".to_owned(), human_size),
        day: row.created.chars().take(10).collect(),
        message: format!("{}{back}", row.message.lines().next().unwrap_or_default()),
    }
}

/// What a rollback goes back to, unless another version is meant.
fn before(versions: &[VersionRow]) -> Option<String> {
    let mut live = versions.iter().filter(|row| matches!(row.state.as_str(), "published" | "merged"));
    let latest = live.next()?;
    live.find(|row| row.sha256 != latest.sha256).map(|row| row.version.to_string())
}

fn about(row: &list::Row<'_>) -> String {
    let renamed = row.renamed.map(|new| format!("now {new}"));
    let proposed = row.proposed.filter(|_| row.latest.is_some()).map(|version| format!("{version} proposed"));
    let files = row.files.map(|files| plural(files, "file"));
    renamed.or(proposed).or_else(|| row.description.map(str::to_owned)).or(files).unwrap_or_default()
}

fn here(row: &status::Row) -> (Tone, String) {
    let on_disk = row.on_disk.map_or(String::new(), |version| format!(" {version}"));
    match row.file {
        File::Current => (Tone::Good, format!("current{on_disk}")),
        File::Stale => (Tone::Warn, format!("stale{on_disk}")),
        File::Changed => (Tone::Warn, "changed".to_owned()),
        File::Absent => (Tone::Dim, "not here".to_owned()),
        File::Other => (Tone::Dim, "–".to_owned()),
    }
}

fn toned(state: &str) -> (Tone, String) {
    let tone = match state {
        "published" => Tone::Good,
        "pending" | "merged" | "proposed" => Tone::Warn,
        "purging" | "purged" => Tone::Bad,
        _ => Tone::Dim,
    };
    (tone, state.to_owned())
}
