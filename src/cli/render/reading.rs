//! Pages of url and cache.

use super::dry;
use crate::cli::Show;
use crate::cli::page::Page;
use crate::command::cache::Report;
use crate::command::url::Link;
use crate::flow::text::{human_size, plural};

impl Show for Link {
    fn show(&self, page: &mut Page) {
        page.line(&self.url);
    }

    fn remarks(&self) -> Vec<String> {
        let (name, version) = (&self.name, self.version);
        match self.state.as_str() {
            "merged" => vec![format!("{name} {version} is merged: the link works once it is published")],
            "retired" => vec![format!("{name} {version} is retired: the link ends with its grace period")],
            _ => Vec::new(),
        }
    }
}

impl Show for Report {
    fn show(&self, page: &mut Page) {
        dry(page, self.dry_run);
        if let (Some(bytes), Some(objects)) = (self.removed, self.objects) {
            let verb = if self.dry_run { "would be removed" } else { "removed" };
            page.line(format!("{} ({}) {verb}.", human_size(bytes), plural(objects, "object")));
        }
        page.line(format!("{} in {}", human_size(self.size), self.path.display()));
    }
}
