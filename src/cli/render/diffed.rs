//! What `diff` shows: each dataset in the form that was asked for.

use crate::cli::Show;
use crate::cli::page::{Page, Tone};
use crate::cli::render::diff::diff;
use crate::command::diff::sheet::{counted, heading, sheet};
use crate::command::diff::{Diffed, Format, One, Outcome, Paths};
use crate::command::preview::Seen;
use crate::error::Kind;
use crate::flow::comment::LIMIT;
use crate::flow::diff::found::Found;
use crate::flow::diff::html::html;
use crate::flow::diff::sql::sql;
use crate::flow::diff::words::Heading;

/// So many paths of a directory are named.
const PATHS: usize = 20;

impl Show for Diffed {
    fn show(&self, page: &mut Page) {
        if self.datasets.is_empty() {
            page.line("Nothing differs.");
        }
        for (n, one) in self.datasets.iter().enumerate() {
            if n > 0 {
                page.gap();
            }
            match self.format {
                Format::Term => terminal(page, one, self.rows),
                Format::Md => page.lines(&sheet(one, LIMIT / self.datasets.len().max(1))),
                Format::Json => page.line(serde_json::to_string(self).unwrap_or_default()),
                Format::Html | Format::Sql | Format::Patch => written(page, one, self.format),
            }
            if self.format == Format::Json {
                break;
            }
        }
    }

    fn remarks(&self) -> Vec<String> {
        self.notes.clone()
    }

    fn failure(&self) -> Option<Kind> {
        self.failure
    }
}

fn terminal(page: &mut Page, one: &One, rows: usize) {
    let most = if rows == 0 { usize::MAX } else { rows };
    let head = heading(one);
    match &one.result {
        Outcome::Same => page.line(format!("{}   {} → {}   the same bytes", head.name, head.old, head.new)),
        Outcome::Alone if one.old.is_none() => page.line(format!("{}   {}: a first version", head.name, head.new)),
        Outcome::Alone => page.line(format!("{}   {}: it is there no more", head.name, head.old)),
        Outcome::Seen(seen) => read(page, &head, seen, most),
        Outcome::Tree(paths) => {
            page.line(format!("{}   {} → {}   {}", head.name, head.old, head.new, counted(paths)));
            listed(page, paths);
            for (path, seen) in &paths.tables {
                page.gap();
                read(page, &Heading { name: path, ..head }, seen, most);
            }
        }
    }
}

fn read(page: &mut Page, head: &Heading<'_>, seen: &Seen, most: usize) {
    match seen {
        Seen::Tables(found) => diff(page, head, found, page.width(), most),
        Seen::Lines(lines) => {
            page.line(format!("{}   {} → {}", head.name, head.old, head.new));
            page.lines(lines);
        }
        Seen::Opaque => {
            page.line(format!(
                "{}   {} → {}   other bytes, which are no table and no text",
                head.name, head.old, head.new
            ));
        }
        Seen::Unavailable(why) => {
            page.toned(Tone::Bad, format!("{}   {} → {}   not compared: {why}", head.name, head.old, head.new));
        }
    }
}

fn listed(page: &mut Page, paths: &Paths) {
    let moved: Vec<String> = paths.renamed.iter().map(|(from, to)| format!("{from} → {to}")).collect();
    let groups = [
        (Tone::Good, '+', &paths.added),
        (Tone::Bad, '-', &paths.removed),
        (Tone::Warn, '~', &paths.changed),
        (Tone::Plain, '→', &moved),
    ];
    for (tone, sign, items) in groups {
        for item in items.iter().take(PATHS) {
            page.toned(tone, format!(" {sign} {item}"));
        }
        if items.len() > PATHS {
            page.toned(Tone::Dim, format!("   … {} more", items.len() - PATHS));
        }
    }
}

/// Forms of which each table is one document.
fn written(page: &mut Page, one: &One, format: Format) {
    let found: Vec<&Found> = one
        .seen()
        .into_iter()
        .filter_map(|seen| match seen {
            Seen::Tables(found) => Some(&**found),
            Seen::Lines(_) | Seen::Opaque | Seen::Unavailable(_) => None,
        })
        .collect();
    for found in found {
        match format {
            Format::Html => page.lines(&html(&heading(one), found)),
            _ => match sql(found) {
                Ok(text) => page.lines(&text),
                Err(error) => page.toned(Tone::Bad, error.to_string()),
            },
        }
    }
}
