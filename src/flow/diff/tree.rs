//! The review page of a tree: how many paths changed, and the first of them by name.

use crate::flow::hash::Digest;
use crate::flow::markdown::{md, md_code};
use crate::flow::text::{human_size, plural};
use crate::flow::tree::diff::diff;
use crate::flow::tree::{Item, Listing, What};
use crate::flow::version::Version;

/// A page never grows beyond this.
const BUDGET: usize = 60_000;
/// More paths than this of a kind are counted, not shown.
const SHOWN: usize = 100;

/// One side of the comparison.
pub struct Side<'a> {
    /// The version.
    pub label: Version,
    /// Its digest.
    pub sha256: Digest,
    /// The number of its files.
    pub files: Option<u64>,
    /// Bytes.
    pub size: Option<u64>,
    /// Its listing, where it could be read.
    pub listing: Option<&'a Listing>,
}

/// The page for a new version, with or without an older one.
#[must_use]
pub fn markdown(name: &str, old: Option<&Side<'_>>, new: &Side<'_>) -> String {
    let mut page = format!("# {} {}\n\n", md(name), new.label);
    page.push_str("| | files | size | SHA-256 |\n|---|---:|---:|---|\n");
    for side in old.into_iter().chain([new]) {
        let files = side.files.map_or("unknown".to_owned(), |files| files.to_string());
        let size = side.size.map_or("unknown".to_owned(), human_size);
        page.push_str(&format!("| {} | {files} | {size} | `{}` |\n", side.label, side.sha256));
    }
    page.push('\n');
    let empty = Listing::default();
    let before = match old {
        None => Some(&empty),
        Some(old) => old.listing,
    };
    match (before, new.listing) {
        (Some(before), Some(now)) => changes(&mut page, old.is_none(), before, now),
        _ => page.push_str("Not compared path by path: the listing of a side could not be read here.\n"),
    }
    page
}

fn changes(page: &mut String, first: bool, before: &Listing, now: &Listing) {
    let changes = diff(before, now);
    let count = |items: usize| plural(items as u64, "path");
    if first {
        page.push_str(&format!("A first version of {}.\n", count(changes.added.len())));
    } else {
        let (added, removed) = (changes.added.len(), changes.removed.len());
        let (changed, renamed) = (changes.changed.len(), changes.renamed.len());
        page.push_str(&format!(
            "{added} added, {removed} removed, {changed} changed, {renamed} renamed; {} unchanged.\n",
            count(usize::try_from(changes.same).unwrap_or(usize::MAX))
        ));
    }
    let alone = |items: &[&Item]| items.iter().map(|item| told(item)).collect::<Vec<_>>();
    section(page, "Added", changes.added.len(), alone(&changes.added[..changes.added.len().min(SHOWN)]));
    section(page, "Removed", changes.removed.len(), alone(&changes.removed[..changes.removed.len().min(SHOWN)]));
    let both = |(old, new): &(&Item, &Item)| format!("{}: {} → {}", md_code(&new.path), what(old), what(new));
    section(page, "Changed", changes.changed.len(), changes.changed.iter().take(SHOWN).map(both).collect());
    let moved = |(old, new): &(&Item, &Item)| format!("{} → {}", md_code(&old.path), md_code(&new.path));
    section(page, "Renamed", changes.renamed.len(), changes.renamed.iter().take(SHOWN).map(moved).collect());
}

fn section(page: &mut String, title: &str, total: usize, lines: Vec<String>) {
    if total == 0 {
        return;
    }
    page.push_str(&format!("\n## {title}\n\n"));
    let mut shown = 0;
    for line in lines {
        if page.len() + line.len() > BUDGET - 1_000 {
            break;
        }
        page.push_str(&format!("- {line}\n"));
        shown += 1;
    }
    if shown < total {
        page.push_str(&format!("- … and {} more\n", total - shown));
    }
}

fn told(item: &Item) -> String {
    format!("{} ({})", md_code(&item.path), what(item))
}

/// What is at a path, in words.
fn what(item: &Item) -> String {
    match &item.what {
        What::File { executable, size, sha256 } => {
            let run = if *executable { ", executable" } else { "" };
            format!("{}, `{}`{run}", human_size(*size), &sha256.hex()[..10])
        }
        What::Link { target } => format!("a link to {}", md_code(target)),
        What::Dir => "an empty directory".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(files: &[(&str, &str)]) -> Listing {
        let item = |(path, content): &(&str, &str)| {
            let (size, sha256) = (content.len() as u64, Digest::of(content.as_bytes()));
            Item { path: (*path).into(), what: What::File { executable: false, size, sha256 } }
        };
        Listing::of(files.iter().map(item).collect()).unwrap()
    }

    fn side(version: u64, listing: Option<&Listing>) -> Side<'_> {
        let (files, size) = (listing.map(Listing::files), listing.and_then(Listing::size));
        Side { label: Version(version), sha256: Digest::of(&[version as u8]), files, size, listing }
    }

    #[test]
    fn a_page_counts_and_names_what_changed() {
        let (old, new) =
            (listing(&[("a", "1"), ("b", "2"), ("c", "3")]), listing(&[("a", "9"), ("d", "3"), ("e", "5")]));
        let page = markdown("maps", Some(&side(1, Some(&old))), &side(2, Some(&new)));
        assert!(page.starts_with("# maps v2\n\n| | files | size | SHA-256 |\n"), "{page}");
        assert!(page.contains("1 added, 1 removed, 1 changed, 1 renamed; 0 paths unchanged."), "{page}");
        assert!(page.contains("## Renamed\n\n- `c` → `d`\n"), "{page}");
        assert!(page.contains("- `a`: 1 B, `6b86b273ff` → 1 B, `19581e27de`\n"), "{page}");
        let first = markdown("maps", None, &side(1, Some(&old)));
        assert!(first.contains("A first version of 3 paths.\n\n## Added\n\n- `a` (1 B"), "{first}");
        assert!(markdown("maps", Some(&side(1, None)), &side(2, Some(&new))).contains("Not compared path by path"));
    }

    #[test]
    fn names_from_outside_are_shown_as_text_and_within_bounds() {
        let hostile = listing(&[("<img src=x>|`@all", "1"), ("\u{1b}[2J", "2")]);
        let page = markdown("maps", None, &side(1, Some(&hostile)));
        assert!(!page.contains('\u{1b}') && page.contains("``<img"), "{page}");
        let long = "x".repeat(3_000);
        let many: Vec<String> = (0..500).map(|n| format!("{n}{long}")).collect();
        let many: Vec<(&str, &str)> = many.iter().map(|path| (path.as_str(), "1")).collect();
        let page = markdown("maps", None, &side(1, Some(&listing(&many))));
        assert!(page.len() < BUDGET && page.contains("more\n"), "{}", page.len());
    }
}
