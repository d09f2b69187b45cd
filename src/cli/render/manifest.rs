//! Pages of what the manifest says: list, log, show, why, status.

use super::tone;
use crate::cli::Show;
use crate::cli::page::{Page, Tone};
use crate::command::list::{Listing, VersionRow};
use crate::command::log::History;
use crate::command::show::Shown;
use crate::command::status::{File, Status};
use crate::command::tree::differing::Differing;
use crate::command::why::Why;
use crate::flow::text::{human_size, plural};

fn size(bytes: Option<u64>) -> String {
    bytes.map_or("?".to_owned(), human_size)
}

/// The same, and of a directory the number of its files.
fn content(files: Option<u64>, bytes: Option<u64>) -> String {
    files.map_or_else(|| size(bytes), |files| format!("{}, {}", plural(files, "file"), size(bytes)))
}

/// A size for people and, where that is rounded, in bytes.
fn exactly(bytes: u64) -> String {
    if bytes < 1024 { human_size(bytes) } else { format!("{} ({bytes} bytes)", human_size(bytes)) }
}

fn plain(text: impl Into<String>) -> (Tone, String) {
    (Tone::Plain, text.into())
}

fn dim(text: impl Into<String>) -> (Tone, String) {
    (Tone::Dim, text.into())
}

impl Show for Listing {
    fn show(&self, page: &mut Page) {
        let rows: Vec<_> = self
            .datasets()
            .map(|d| {
                let state = if d.renamed.is_some() { "renamed" } else { &d.state };
                let about = d.renamed.map(|new| format!("now {new}"));
                let about = about.or_else(|| d.proposed.map(|version| format!("{version} proposed")));
                let about = about.or_else(|| d.description.map(str::to_owned)).unwrap_or_default();
                let version = d.latest.map_or("–".to_owned(), |v| v.to_string());
                vec![
                    plain(d.name),
                    plain(version),
                    (tone(state), state.to_owned()),
                    plain(content(d.files, d.size)),
                    dim(about),
                ]
            })
            .collect();
        if rows.is_empty() {
            page.line("No datasets yet. Propose the first: git data prepare NAME FILE");
            return;
        }
        page.table("<<<><", &rows);
    }
}

fn version(v: &VersionRow) -> Vec<(Tone, String)> {
    let day: String = v.created.chars().take(10).collect();
    let back = v.rollback.map_or(String::new(), |to| format!(" (back to {to})"));
    let message = v.message.lines().next().unwrap_or_default();
    vec![
        plain(v.version.to_string()),
        (tone(&v.state), v.state.clone()),
        plain(content(v.files, v.size)),
        dim(day),
        dim(v.sha256.short16()),
        plain(format!("{message}{back}")),
    ]
}

impl Show for History {
    fn show(&self, page: &mut Page) {
        for (n, dataset) in self.datasets.iter().enumerate() {
            if n > 0 {
                page.gap();
            }
            page.line(&dataset.name);
            let rows: Vec<_> = dataset
                .versions
                .iter()
                .map(|v| {
                    let mut row = version(v);
                    row[0].1.insert_str(0, "  ");
                    row
                })
                .collect();
            page.table("<<><<<", &rows);
        }
    }
}

impl Show for Shown {
    fn show(&self, page: &mut Page) {
        for (n, one) in self.versions.iter().enumerate() {
            if n > 0 {
                page.gap();
            }
            let v = &one.version;
            page.line(format!("{} {}", one.name, v.version));
            let mut rows = vec![
                vec![dim("  state"), (tone(&v.state), v.state.clone())],
                vec![dim("  message"), plain(&v.message)],
                vec![dim("  sha256"), plain(v.sha256.hex())],
                vec![dim("  size"), plain(v.size.map_or("unknown".to_owned(), exactly))],
                vec![dim("  files"), plain(v.files.map_or(String::new(), |files| files.to_string()))],
                vec![dim("  created"), plain(&v.created)],
                vec![dim("  path"), plain(&one.path)],
            ];
            let optional = [
                ("  made from", v.base.map(|b| b.to_string())),
                ("  back to", v.rollback.map(|b| b.to_string())),
                ("  commit", v.commit.clone()),
                ("  published", one.published.clone()),
                ("  retired", one.retired.clone()),
                ("  key", one.key.clone()),
                ("  diff", one.diff.clone()),
                ("  about", one.description.clone()),
            ];
            if v.files.is_none() {
                rows.remove(4);
            }
            rows.extend(optional.into_iter().filter_map(|(name, value)| Some(vec![dim(name), plain(value?)])));
            page.table("<<", &rows);
        }
    }
}

impl Show for Why {
    fn show(&self, page: &mut Page) {
        page.line(format!("sha256 {}", self.sha256));
        for reason in &self.versions {
            page.gap();
            page.line(format!("{} {} ({}): {}", reason.name, reason.version, reason.state, reason.message));
            if let Some(to) = reason.rollback {
                page.line(format!("  brings back {to}"));
            }
            if let Some(base) = reason.base {
                page.line(format!("  made from {base}"));
            }
            match &reason.introduced {
                Some(c) => {
                    page.line(format!("  came in with {} by {}, {}: {}", short(&c.id), c.author, c.time, c.subject))
                }
                None => page.line("  not committed yet"),
            }
            if let Some(key) = &reason.key {
                page.line(format!("  production key {key}"));
            }
        }
        page.gap();
        match self.needed_by.as_slice() {
            [] => page.line("No branch or tag needs it yet."),
            names if names.len() > SHOWN => {
                page.line(format!("Needed by {} and {} more.", names[..SHOWN].join(", "), names.len() - SHOWN));
            }
            names => page.line(format!("Needed by {}.", names.join(", "))),
        }
    }
}

/// How many branches and tags a person wants to read.
const SHOWN: usize = 8;

fn short(id: &str) -> String {
    id.chars().take(10).collect()
}

impl Show for Status {
    fn show(&self, page: &mut Page) {
        if self.datasets.is_empty() {
            page.line("No datasets yet. Propose the first: git data prepare NAME FILE");
            return;
        }
        let rows: Vec<_> = self.datasets.iter().map(status_row).collect();
        page.table("<<<<", &rows);
        for (dataset, differing) in self.datasets.iter().filter_map(|d| Some((d, d.differing.as_ref()?))) {
            differs(page, &dataset.name, differing);
        }
        for dataset in self.datasets.iter().filter(|d| !d.late.is_empty()) {
            let late: Vec<String> = dataset.late.iter().map(ToString::to_string).collect();
            page.toned(
                Tone::Warn,
                format!(
                    "{} {} is merged for more than two hours and not known to be published: look at the publisher's workflow",
                    dataset.name,
                    late.join(", ")
                ),
            );
        }
        let hints: Vec<&String> = self.datasets.iter().flat_map(|d| &d.hints).collect();
        if !hints.is_empty() {
            page.line("Next:");
            for hint in hints {
                page.line(format!("  {hint}"));
            }
        }
    }
}

/// How many paths of each kind are shown.
const PATHS: usize = 10;

/// The paths of a directory that differ, as `git status --short` marks them.
fn differs(page: &mut Page, name: &str, differing: &Differing) {
    let Differing { added, removed, changed, renamed } = differing;
    let counts =
        [("changed", changed.len()), ("added", added.len()), ("removed", removed.len()), ("renamed", renamed.len())];
    let counts: Vec<String> =
        counts.iter().filter(|(_, count)| *count > 0).map(|(word, count)| format!("{count} {word}")).collect();
    page.line(format!("{name}: {}", counts.join(", ")));
    for (mark, paths) in [('M', changed), ('A', added), ('D', removed)] {
        for path in paths.iter().take(PATHS) {
            page.line(format!("  {mark} {path}"));
        }
        if paths.len() > PATHS {
            page.toned(Tone::Dim, format!("  {mark} … and {} more", paths.len() - PATHS));
        }
    }
    for moved in renamed.iter().take(PATHS) {
        page.line(format!("  R {} → {}", moved.from, moved.to));
    }
    if renamed.len() > PATHS {
        page.toned(Tone::Dim, format!("  R … and {} more", renamed.len() - PATHS));
    }
}

fn status_row(row: &crate::command::status::Row) -> Vec<(Tone, String)> {
    let on_disk = row.on_disk.map_or(String::new(), |v| format!(" {v}"));
    let (tone, file) = match row.file {
        File::Current => (Tone::Good, format!("current{on_disk}")),
        File::Stale => (Tone::Warn, format!("stale{on_disk}")),
        File::Changed => (Tone::Warn, "changed".to_owned()),
        File::Absent => (Tone::Dim, "not here".to_owned()),
        File::Other => (Tone::Dim, "–".to_owned()),
    };
    let latest = row.latest.map_or("nothing live".to_owned(), |v| format!("latest {v}"));
    let proposed = row.proposed.map_or(String::new(), |v| format!("{v} proposed"));
    vec![plain(&row.name), (tone, file), plain(latest), (Tone::Warn, proposed)]
}
