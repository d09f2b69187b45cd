//! The review page: sizes and digests always, lines where both sides are text, within a budget.

use similar::{ChangeTag, TextDiff};

use crate::flow::hash::Digest;
use crate::flow::markdown::md;
use crate::flow::text::{Untrusted, human_size};
use crate::flow::version::Version;

/// A page never grows beyond this.
pub const BUDGET: usize = 60_000;
/// More changed lines than this are counted, not shown.
const LINES: usize = 200;
/// A longer line is cut.
const WIDTH: usize = 300;

/// One side of the comparison.
pub struct Side {
    /// The version.
    pub label: Version,
    /// Its digest.
    pub sha256: Digest,
    /// Bytes.
    pub size: Option<u64>,
}

/// The page for a new version, with or without an older one: `body` says what changed.
#[must_use]
pub fn markdown(name: &str, old: Option<&Side>, new: &Side, body: &str) -> String {
    let mut page = format!("# {} {}\n\n", md(name), new.label);
    page.push_str("| | size | SHA-256 |\n|---|---:|---|\n");
    for side in old.into_iter().chain([new]) {
        let size = side.size.map_or("unknown".to_owned(), human_size);
        page.push_str(&format!("| {} | {size} | `{}` |\n", side.label, side.sha256));
    }
    page.push('\n');
    page.push_str(body);
    page
}

/// The body for a first version; of a text with its first lines, where these may be seen.
#[must_use]
pub fn begins(bytes: Option<&[u8]>) -> String {
    match bytes.and_then(|bytes| std::str::from_utf8(bytes).ok()).filter(|text| !text.contains('\0')) {
        Some(text) => first(text),
        None => "A first version.\n".to_owned(),
    }
}

fn first(new: &str) -> String {
    let total = new.lines().count();
    let shown: Vec<String> = new.lines().take(10).map(|l| format!("    {}\n", cut(l))).collect();
    let rest = total.saturating_sub(shown.len());
    let more = if rest > 0 { format!("\n… and {rest} more lines.\n") } else { String::new() };
    format!("A first version of {total} lines. It begins:\n\n{}{more}", shown.concat())
}

/// The changed lines of two texts, each neutralised and indented, so that Markdown shows them as they are.
#[must_use]
pub fn lines(old: &str, new: &str) -> String {
    let diff = TextDiff::from_lines(old, new);
    let (mut added, mut removed) = (0_usize, 0_usize);
    let mut body = String::new();
    let mut shown = 0;
    for group in diff.grouped_ops(2) {
        if !body.is_empty() {
            body.push_str("    …\n");
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let sign = match change.tag() {
                ChangeTag::Insert => '+',
                ChangeTag::Delete => '-',
                ChangeTag::Equal => ' ',
            };
            added += usize::from(sign == '+');
            removed += usize::from(sign == '-');
            let line = format!("    {sign} {}\n", cut(change.value().trim_end_matches(['\n', '\r'])));
            if shown < LINES && body.len() + line.len() < BUDGET - 2_000 {
                body.push_str(&line);
                shown += usize::from(sign != ' ');
            }
        }
    }
    let hidden = (added + removed).saturating_sub(shown);
    let more = if hidden > 0 { format!("\n… and {hidden} more changed lines.\n") } else { String::new() };
    if added + removed == 0 {
        return "The lines are equal; only line ends differ.\n".to_owned();
    }
    format!("Lines: {added} added, {removed} removed.\n\n{body}{more}")
}

/// An indented code block keeps Markdown out; the neutraliser keeps control characters out.
fn cut(line: &str) -> String {
    let mut short: String = line.chars().take(WIDTH).collect();
    if short.len() < line.len() {
        short.push('…');
    }
    Untrusted(&short).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changed_lines_are_counted_and_shown() {
        let page = lines("id,v\n1,a\n2,b\n", "id,v\n1,a\n2,c\n3,d\n");
        assert!(page.contains("Lines: 2 added, 1 removed."), "{page}");
        assert!(page.contains("    - 2,b\n    + 2,c\n    + 3,d\n"), "{page}");
    }

    #[test]
    fn lines_stay_within_the_budget_and_say_what_they_hide() {
        let long: String = (0..100_000).map(|n| format!("{n},{}\n", "x".repeat(400))).collect();
        let page = lines("id,v\n", &long);
        assert!(page.len() <= BUDGET, "{}", page.len());
        assert!(page.contains("more changed lines"), "{}", &page[page.len() - 200..]);
    }

    #[test]
    fn what_is_not_text_begins_with_nothing() {
        assert_eq!(begins(Some(b"\0\x01")), "A first version.\n");
        assert_eq!(begins(None), "A first version.\n");
    }

    #[test]
    fn control_characters_never_reach_the_page() {
        let page = begins(Some(b"a\x1b[31m\n"));
        assert!(!page.contains('\u{1b}'), "{page:?}");
    }
}
