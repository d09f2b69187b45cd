//! Pages of patches: made and applied.

use super::dry;
use crate::cli::Show;
use crate::cli::page::{Page, Tone};
use crate::command::apply::Changed;
use crate::command::diff::Patched;
use crate::flow::diff::patch::Counts;
use crate::flow::text::plural;

impl Show for Patched {
    fn show(&self, page: &mut Page) {
        if let Some(patch) = &self.patch {
            page.lines(patch);
        }
        if let Some(path) = &self.written {
            page.line(format!("{}: {}, written to {}", self.name, counted(self.rows), path.display()));
        }
    }
}

impl Show for Changed {
    fn show(&self, page: &mut Page) {
        dry(page, self.dry_run);
        let file = self.file.display();
        if self.already {
            page.line(format!("{file} is what the patch makes already."));
            return;
        }
        page.line(format!("{file}: {}", counted(self.rows)));
        for one in &self.conflicts {
            page.toned(Tone::Warn, format!("  kept {}: {}, not {}", one.place, one.here, one.patch));
        }
    }

    fn remarks(&self) -> Vec<String> {
        let other = "it is not the file that the patch was made for: its rows were found by their key";
        if self.exact || self.already { Vec::new() } else { vec![format!("{}: {other}", self.file.display())] }
    }
}

fn counted(rows: Counts) -> String {
    let all = [(rows.edited, "edited"), (rows.moved, "moved"), (rows.added, "added"), (rows.removed, "removed")];
    let some: Vec<String> =
        all.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{} {what}", plural(*n, "row"))).collect();
    if some.is_empty() { "no row changes".to_owned() } else { some.join(", ") }
}
