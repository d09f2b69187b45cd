//! Pages of resume and abort.

use super::{dry, next};
use crate::cli::Show;
use crate::cli::page::{Page, Tone};
use crate::command::abort::Aborted;
use crate::command::resume::{One, Resumed};
use crate::error::Kind;
use crate::flow::text::human_size;

/// Also the answer to resume: nobody is to wonder whether it worked.
const NOTHING: &str = "No upload was interrupted here.";

impl Show for Resumed {
    fn show(&self, page: &mut Page) {
        dry(page, self.dry_run);
        if self.uploads.is_empty() {
            page.line(NOTHING);
        }
        for one in &self.uploads {
            let One { name, size, .. } = one;
            let size = human_size(*size);
            match (&one.error, one.sent) {
                (Some(error), _) => {
                    let said = if error.starts_with(name) { error.clone() } else { format!("{name}: {error}") };
                    page.toned(Tone::Bad, said);
                    for hint in &one.hints {
                        page.line(format!("  hint: {hint}"));
                    }
                }
                (None, Some(sent)) => page.line(format!("{name}: {size} in staging now, {} sent.", human_size(sent))),
                (None, None) => page.line(format!("{name}: {size} of {}", one.path.display())),
            }
        }
        let done: Vec<String> =
            self.uploads.iter().filter(|u| u.sent.is_some()).flat_map(|u| u.hints.clone()).collect();
        next(page, &done);
    }

    fn failure(&self) -> Option<Kind> {
        self.failure
    }
}

impl Show for Aborted {
    fn show(&self, page: &mut Page) {
        dry(page, self.dry_run);
        if self.uploads.is_empty() {
            page.line(NOTHING);
        }
        let verb = if self.dry_run { "would be given up" } else { "was given up" };
        for one in &self.uploads {
            page.line(format!("{}: the upload of {} {verb}.", one.name, human_size(one.size)));
            for note in &one.notes {
                page.toned(Tone::Warn, format!("  note: {note}"));
            }
        }
    }
}
