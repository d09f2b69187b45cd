//! Words in, words out: the verbs, one match, and the pages that people read.

mod asked;
mod completions;
pub mod exit;
mod help;
mod manual;
pub mod page;
pub mod progress;
pub mod prompt;
mod publisher;
mod reading;
pub mod render;
mod usage;
mod verbs;

use std::io::{self, IsTerminal as _, Write as _};

use serde::Serialize;

use crate::cli::page::Page;
use crate::command::env::Surroundings;
use crate::error::{Kind, Result};
use crate::flow::text::json_escaped;

pub use publisher::run as run_publisher;
pub use verbs::run as run_person;

/// A result that can be shown to a person.
pub(crate) trait Show: Serialize {
    /// Fills the page.
    fn show(&self, page: &mut Page);

    /// Worth knowing, said on stderr beside the result.
    fn remarks(&self) -> Vec<String> {
        Vec::new()
    }

    /// What went wrong although there is a result.
    fn failure(&self) -> Option<Kind> {
        None
    }
}

/// Where a help page shows the options that every verb has.
const EVERYWHERE: &str = "Options of every verb";

/// How results and words are wanted.
#[derive(clap::Args, Debug, Clone, Copy, Default)]
pub(crate) struct Manner {
    /// Print the result as JSON, errors too
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    pub(crate) json: bool,
    /// Print nothing but results and errors
    #[arg(short, long, global = true, help_heading = EVERYWHERE)]
    pub(crate) quiet: bool,
    /// Say more
    #[arg(short, long, global = true, help_heading = EVERYWHERE)]
    pub(crate) verbose: bool,
}

/// An empty page as wide as the terminal, in colour where a person looks.
fn paper(around: &Surroundings) -> Page {
    // Git's pager shows colours.
    let seen = io::stdout().is_terminal() || around.variable("GIT_PAGER_IN_USE").is_some();
    let page = Page::new(seen && around.variable("NO_COLOR").is_none());
    match around.variable("COLUMNS").and_then(|columns| columns.parse().ok()) {
        Some(columns) => page.within(columns),
        None => page,
    }
}

/// Prints a result and gives the exit code. A reader that went away is no failure.
fn tell(around: &Surroundings, manner: Manner, result: &dyn ErasedShow) -> u8 {
    let text = if manner.json {
        result.json() + "\n"
    } else {
        let mut page = paper(around);
        result.page(&mut page);
        page.finish()
    };
    let _ = io::stdout().lock().write_all(text.as_bytes());
    if !manner.json {
        notes(manner, &result.remarked());
    }
    result.failed().map_or(0, Kind::exit)
}

/// [`Show`] without its type, so that one function prints every result.
trait ErasedShow {
    fn json(&self) -> String;
    fn page(&self, page: &mut Page);
    fn remarked(&self) -> Vec<String>;
    fn failed(&self) -> Option<Kind>;
}

impl<T: Show> ErasedShow for T {
    fn json(&self) -> String {
        json_escaped(serde_json::to_string(self).expect("results hold only what JSON can hold"))
    }

    fn page(&self, page: &mut Page) {
        self.show(page);
    }

    fn remarked(&self) -> Vec<String> {
        self.remarks()
    }

    fn failed(&self) -> Option<Kind> {
        self.failure()
    }
}

/// Says things on stderr that are no result.
fn notes(manner: Manner, notes: &[String]) {
    if manner.quiet {
        return;
    }
    for note in notes {
        let _ = writeln!(io::stderr(), "note: {}", crate::flow::text::Untrusted(note));
    }
}

/// A command that ended: its result printed, or its error.
fn end<T: Show>(around: &Surroundings, manner: Manner, result: Result<T>) -> u8 {
    match result {
        Ok(value) => {
            let code = tell(around, manner, &value);
            // The program ends here: giving back a large result piece by piece would only take time.
            std::mem::forget(value);
            code
        }
        Err(error) => exit::fail(&error, manner.json),
    }
}
