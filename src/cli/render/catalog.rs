//! What became of a catalog.

use super::{dry, next};
use crate::cli::Show;
use crate::cli::page::{Page, Tone};
use crate::command::catalog::{Catalogued, Was};
use crate::error::Kind;
use crate::flow::proposal::quoted;
use crate::flow::text::plural;

impl Show for Catalogued {
    fn show(&self, page: &mut Page) {
        let holds = |count: usize, one: &str| plural(count as u64, one);
        let (datasets, versions) = (holds(self.datasets, "dataset"), holds(self.versions, "version"));
        let current = self.is_current();
        if self.checked && !current {
            for file in &self.files {
                match file.was {
                    Was::Same => {}
                    Was::Missing => page.toned(Tone::Bad, format!("{} is not there", file.path)),
                    Was::Different => page.toned(Tone::Bad, format!("{} is not what would be written", file.path)),
                }
            }
            let folder = if self.folder.is_empty() { "." } else { &self.folder };
            return next(page, &[format!("git data catalog -o {}", quoted(folder))]);
        }
        dry(page, self.dry_run);
        if !current {
            let would = if self.dry_run { "would be written" } else { "written" };
            let word = |was| if was == Was::Same { "as it was" } else { would };
            let rows: Vec<_> = self
                .files
                .iter()
                .map(|file| vec![(Tone::Plain, file.path.clone()), (Tone::Dim, word(file.was).to_owned())])
                .collect();
            page.table("<<", &rows);
        }
        let end = if current { ", as it was" } else { "" };
        page.line(format!("{datasets}, {versions}{end}."));
        if !current && !self.dry_run {
            let paths: Vec<String> = self.files.iter().map(|file| quoted(&file.path)).collect();
            next(page, &[format!("git add {} && git commit -m 'data: catalog'", paths.join(" "))]);
        }
    }

    fn remarks(&self) -> Vec<String> {
        let mut notes = self.notes.clone();
        if self.left_out > 0 && !self.checked {
            let word = if self.left_out == 1 { "is" } else { "are" };
            notes.push(format!("{} {word} not merged and left out", plural(self.left_out as u64, "version")));
        }
        notes
    }

    fn failure(&self) -> Option<Kind> {
        Catalogued::failure(self)
    }
}
