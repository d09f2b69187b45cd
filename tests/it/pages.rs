//! Reads the manual: its pages, and the blocks of code that a comment above them names.

use crate::fresh::{text, top};

/// A fenced block.
pub(crate) struct Block {
    /// What the comment right above the fence says, as in `<!-- golden: manifest -->`.
    pub(crate) mark: String,
    /// The language after the fence.
    pub(crate) language: String,
    pub(crate) text: String,
}

/// Every fenced block of a page.
pub(crate) fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut above = "";
    let mut open: Option<Block> = None;
    for line in page.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(language)) => {
                let mark = above.strip_prefix("<!-- ").and_then(|m| m.strip_suffix(" -->")).unwrap_or_default();
                open = Some(Block { mark: mark.to_owned(), language: language.to_owned(), text: String::new() });
            }
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(block), None) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, None) => above = line,
        }
    }
    assert!(open.is_none(), "a fence is not closed");
    blocks
}

/// The one block of that mark.
pub(crate) fn block(path: &str, mark: &str) -> String {
    let mut found: Vec<_> = blocks(&text(path)).into_iter().filter(|block| block.mark == mark).collect();
    assert_eq!(found.len(), 1, "{path} has {} blocks marked {mark:?}", found.len());
    found.remove(0).text
}

/// A page without its fenced blocks.
pub(crate) fn prose(page: &str) -> String {
    let mut inside = false;
    let mut prose = String::new();
    for line in page.lines() {
        if line.starts_with("```") {
            inside = !inside;
        } else if !inside {
            prose.push_str(line);
            prose.push('\n');
        }
    }
    prose
}

/// The pages of the manual and the front pages, as paths from the top.
pub(crate) fn pages() -> Vec<String> {
    let mut pages = vec!["README.md".to_owned(), "CONTRIBUTING.md".to_owned(), "CHANGELOG.md".to_owned()];
    for entry in std::fs::read_dir(top().join("docs")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name == "llms.txt" {
            continue;
        }
        assert!(name.ends_with(".md"), "docs/{name} is no page");
        pages.push(format!("docs/{name}"));
    }
    pages.sort();
    pages
}

/// The cells of a Markdown table's rows below its head, code marks removed, of the part of a page that follows `mark`.
pub(crate) fn table(path: &str, mark: &str) -> Vec<Vec<String>> {
    let page = text(path);
    let mark = format!("<!-- {mark} -->\n");
    let (_, after) = page.split_once(&mark).unwrap_or_else(|| panic!("{path} has no {mark}"));
    let rows = after.trim_start().lines().take_while(|line| line.starts_with('|')).skip(2);
    let cell = |cell: &str| cell.trim().trim_matches('`').to_owned();
    rows.map(|row| row.trim_matches('|').split('|').map(cell).collect()).collect()
}

#[test]
fn blocks_are_found_with_their_marks() {
    let page = "<!-- golden: a -->\n```json\n{}\n```\n\n```\nx\n```\ntext\n";
    let found = blocks(page);
    assert_eq!(
        (found[0].mark.as_str(), found[0].language.as_str(), found[0].text.as_str()),
        ("golden: a", "json", "{}\n")
    );
    assert_eq!((found[1].mark.as_str(), found[1].text.as_str()), ("", "x\n"));
    assert_eq!(prose(page), "<!-- golden: a -->\n\ntext\n");
}
