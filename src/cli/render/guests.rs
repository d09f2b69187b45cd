//! What git shows by the diff driver.

use crate::cli::Show;
use crate::cli::page::{Page, Tone};
use crate::command::diff::driver::Driven;

impl Show for Driven {
    fn show(&self, page: &mut Page) {
        match self {
            Driven::Manifest(lines) => {
                page.line("manifest.json");
                lines.iter().for_each(|line| page.line(format!("  {line}")));
            }
            Driven::File(diffed) => diffed.show(page),
            Driven::Said(words) => page.toned(Tone::Warn, words),
        }
    }
}
