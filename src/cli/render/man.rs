//! Pages of man.

use super::{dry, next};
use crate::cli::Show;
use crate::cli::page::Page;
use crate::command::man::Manual;
use crate::flow::text::plural;

impl Show for Manual {
    fn show(&self, page: &mut Page) {
        let pages = match self {
            Manual::Page(sheet) => return page.lines(&sheet.text),
            Manual::Pages(pages) => pages,
        };
        dry(page, pages.dry_run);
        let would = if pages.dry_run { "would be " } else { "" };
        let verb = if pages.removed { "removed from" } else { "written to" };
        page.line(format!("{} {would}{verb} {}", plural(pages.files.len() as u64, "page"), pages.folder.display()));
        next(page, &pages.next);
    }
}
