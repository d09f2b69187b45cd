//! The Markdown of a comparison, for pages that travel in git and for comments.

use crate::command::diff::{One, Outcome, Paths};
use crate::command::preview::Seen;
use crate::flow::diff::markdown::markdown;
use crate::flow::diff::words::Heading;
use crate::flow::markdown::{md, md_code};
use crate::flow::text::plural;

/// What a comparison is of.
#[must_use]
pub fn heading(one: &One) -> Heading<'_> {
    let (old, new) = (side(&one.old), side(&one.new));
    Heading { name: &one.name, old, new, command: None }
}

fn side(label: &Option<String>) -> &str {
    label.as_deref().unwrap_or("nothing")
}

/// How many paths changed, in words.
#[must_use]
pub fn counted(paths: &Paths) -> String {
    let count = |items: usize, what: &str| (items > 0).then(|| format!("{} {what}", plural(items as u64, "path")));
    let all = [
        count(paths.added.len(), "added"),
        count(paths.removed.len(), "removed"),
        count(paths.changed.len(), "changed"),
        count(paths.renamed.len(), "renamed"),
    ];
    all.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// The Markdown of one dataset, of at most so many bytes.
#[must_use]
pub fn sheet(one: &One, budget: usize) -> String {
    let head = heading(one);
    let alone = |words: &str| format!("### {}: {words}\n", md_code(head.name));
    match &one.result {
        Outcome::Same => alone("the same bytes"),
        Outcome::Alone if one.old.is_none() => alone("a first version"),
        Outcome::Alone => alone("it is there no more"),
        Outcome::Seen(seen) => seen_sheet(&head, seen, budget),
        Outcome::Tree(paths) => {
            let mut text = alone(&md(&counted(paths)));
            for (path, seen) in &paths.tables {
                let one = seen_sheet(&Heading { name: path, ..head }, seen, budget / paths.tables.len().max(1));
                if text.len() + one.len() > budget {
                    text.push_str("\n… and more files.\n");
                    break;
                }
                text.push_str(&format!("\n{one}"));
            }
            text
        }
    }
}

fn seen_sheet(head: &Heading<'_>, seen: &Seen, budget: usize) -> String {
    let alone = |words: &str| format!("### {}: {words}\n", md_code(head.name));
    match seen {
        Seen::Tables(found) => markdown(head, found, budget),
        Seen::Lines(lines) => {
            let room = lines.floor_char_boundary(budget.saturating_sub(200).min(lines.len()));
            let end = if room < lines.len() { lines[..room].rfind('\n').map_or(0, |at| at + 1) } else { room };
            format!("{}\n{}", alone("changed lines"), &lines[..end])
        }
        Seen::Opaque => alone("other bytes, which are no table and no text"),
        Seen::Unavailable(why) => alone(&format!("preview unavailable: {}", md(why))),
    }
}
