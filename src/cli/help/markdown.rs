//! Markdown of our own manual, as it reads well on a terminal: no comments, no fences, prose as wide as the terminal.

use crate::cli::page::{Page, Tone};

/// Shows a page.
pub(super) fn show(markdown: &str, page: &mut Page) {
    let mut lines = markdown.lines().peekable();
    let mut blank = true;
    while let Some(line) = lines.next() {
        if line.starts_with("<!--") {
            let mut end = line;
            while !end.contains("-->") {
                let Some(next) = lines.next() else { break };
                end = next;
            }
            continue;
        }
        if line.trim().is_empty() {
            if !std::mem::replace(&mut blank, true) {
                page.gap();
            }
            continue;
        }
        blank = false;
        if line.starts_with("```") {
            for code in lines.by_ref().take_while(|line| !line.starts_with("```")) {
                page.line(format!("    {}", code.replace('\t', "    ")));
            }
        } else if line.starts_with('#') {
            page.toned(Tone::Good, plain(line.trim_start_matches('#').trim()));
        } else if line.starts_with('|') {
            let mut rows = vec![line];
            while let Some(row) = lines.next_if(|line| line.starts_with('|')) {
                rows.push(row);
            }
            table(&rows, page);
        } else {
            let mut text = line.trim_end_matches('\\').to_owned();
            while let Some(more) = lines.next_if(|line| goes_on(line)) {
                text.push(' ');
                text.push_str(more.trim().trim_end_matches('\\'));
            }
            let text = plain(&text);
            let hang = text.len() - text.trim_start_matches(|c: char| " -*.0123456789".contains(c)).len();
            wrap(&text, 0, if begins_item(&text) { hang } else { 0 }, page);
        }
    }
}

/// Whether a line belongs to the paragraph or item above it.
fn goes_on(line: &str) -> bool {
    let other = ["```", "#", "|", "<!--", ">"].iter().any(|mark| line.starts_with(mark));
    !line.trim().is_empty() && !other && !begins_item(line)
}

fn begins_item(line: &str) -> bool {
    let line = line.trim_start();
    let number = line.trim_start_matches(|c: char| c.is_ascii_digit());
    line.starts_with("- ") || (number.len() < line.len() && number.starts_with(". "))
}

/// Text without the marks of Markdown; a link to elsewhere keeps its address.
fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('[') {
        let (before, from) = rest.split_at(at);
        let link = from[1..].split_once("](").and_then(|(words, after)| Some((words, after.split_once(')')?)));
        out.push_str(before);
        match link {
            Some((words, (target, after))) if !words.contains('[') => {
                out.push_str(words);
                if target.starts_with("https://") {
                    out.push_str(&format!(" <{target}>"));
                } else if let Some(page) = target.strip_suffix(".md").filter(|page| !page.contains('/')) {
                    out.push_str(&format!(" (git data help {page})"));
                }
                rest = after;
            }
            _ => {
                out.push('[');
                rest = &from[1..];
            }
        }
    }
    out.push_str(rest);
    out.replace("**", "")
}

/// The last column needs so much room to be broken between words.
const ROOM: usize = 24;

/// Columns where they fit, the last one in lines of its own if need be; else each row as a paragraph under its first cell.
fn table(rows: &[&str], page: &mut Page) {
    let cells = |row: &&str| -> Vec<String> {
        row.trim().trim_matches('|').split('|').map(|cell| plain(cell.trim()).replace('`', "")).collect()
    };
    let rows: Vec<Vec<String>> =
        rows.iter().filter(|row| !row.trim_matches(['|', '-', ':', ' ']).is_empty()).map(cells).collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widest = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell: &String| cell.chars().count()).max().unwrap_or(0)
    };
    let first: usize = (0..columns.saturating_sub(1)).map(|column| widest(column) + 2).sum();
    let last = widest(columns.saturating_sub(1));
    if first + last <= page.width() {
        let toned = |row: &Vec<String>| row.iter().map(|cell| (Tone::Plain, cell.clone())).collect();
        page.table(&"<".repeat(columns), &rows.iter().map(toned).collect::<Vec<Vec<_>>>());
        return;
    }
    if columns > 1 && first + ROOM <= page.width() {
        for row in &rows {
            let (last, before) = row.split_last().expect("a row has a cell");
            let mut head = String::new();
            for (column, cell) in before.iter().enumerate() {
                let blank = (widest(column) + 2).saturating_sub(cell.chars().count());
                head.push_str(&format!("{cell}{}", " ".repeat(blank)));
            }
            hang(&head, last, page);
        }
        return;
    }
    for row in &rows {
        let (head, rest) = row.split_first().expect("a row has a cell");
        wrap(head, 0, 0, page);
        for cell in rest.iter().filter(|cell| !cell.is_empty()) {
            wrap(cell, 4, 4, page);
        }
    }
}

/// Words in lines of the page's width: so far in at first, so far in after that.
fn wrap(text: &str, first: usize, then: usize, page: &mut Page) {
    lines(" ".repeat(first), then, text, page);
}

/// Words in lines of the page's width behind what begins the first of them.
fn hang(head: &str, text: &str, page: &mut Page) {
    if text.is_empty() {
        page.line(head.trim_end());
    }
    lines(head.to_owned(), head.chars().count(), text, page);
}

fn lines(mut line: String, then: usize, text: &str, page: &mut Page) {
    let mut empty = true;
    for word in text.split_whitespace() {
        if !empty && line.chars().count() + 1 + word.chars().count() > page.width() {
            page.line(&line);
            line = " ".repeat(then);
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(word);
        empty = false;
    }
    if !empty {
        page.line(&line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(markdown: &str, width: usize) -> String {
        let mut page = Page::new(false).within(width);
        show(markdown, &mut page);
        page.finish()
    }

    #[test]
    fn a_page_reads_well_on_a_terminal() {
        let page = "# A **page**\n\n<!-- a mark\nof two lines -->\nSee [limits](limits.md) and [git](https://example.org).\nMore of it,\nin `code`.\n\n\
                    ```sh\ngit\tdata\n```\n- one\n  goes on\n- two\n\n| a | b |\n|---|--:|\n| `x` | 1 |\n";
        let want = "A page\n\nSee limits (git data help limits) and git\n<https://example.org>. More of it, in `code`.\n\n    git    data\n\
                    - one goes on\n- two\n\na  b\nx  1\n";
        assert_eq!(shown(page, 48), want);
    }

    #[test]
    fn what_is_too_wide_is_broken_between_words() {
        let row = format!("| `a` | {} |\n", "word ".repeat(12).trim());
        let want = "a  word word word word word word word\n   word word word word word\n";
        assert_eq!(shown(&row, 40), want);
        let row = format!("| {} | {} |\n", "a".repeat(20), "word ".repeat(12).trim());
        let want = "    word word word word word word word\n    word word word word word\n";
        assert_eq!(shown(&row, 40), format!("{}\n{want}", "a".repeat(20)));
        assert_eq!(
            shown("1. one two three four five six seven eight nine", 40),
            "1. one two three four five six seven\n   eight nine\n"
        );
    }
}
