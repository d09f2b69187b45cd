//! The one escaper for Markdown. What comes out is text and nothing else: no link, mention, tag, table or picture.

use std::fmt::Write as _;

use super::text::is_hostile;

/// Text as it may stand in a line, a list item or a table cell.
#[must_use]
pub fn md(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' if chars.peek() == Some(&'\n') => {}
            '\n' | '\r' => out.push(' '),
            c if is_hostile(c) => spell(&mut out, c),
            // Whatever could begin markup. Words, digits and common punctuation stay readable in the source.
            '<' | '>' | '&' | '|' | ':' | '/' | '`' | '*' | '_' | '~' | '[' | ']' | '\\' | '$' => entity(&mut out, c),
            // Hosts look for mentions after the entities are decoded: an empty space keeps the name apart.
            '@' | '#' => {
                entity(&mut out, c);
                out.push_str("&#8203;");
            }
            // These mean something only at the start of a line: a list, a rule, a heading's underline.
            '-' | '+' | '=' if out.trim_start().is_empty() => entity(&mut out, c),
            '.' if !out.is_empty() && out.trim_start().bytes().all(|b| b.is_ascii_digit()) => entity(&mut out, c),
            // `www.` becomes a link by itself.
            '.' if ends_with_www(&out) => entity(&mut out, c),
            ' ' if out.is_empty() => {}
            c => out.push(c),
        }
    }
    out
}

/// Text as a code span: its fence is longer than any run of backticks within.
#[must_use]
pub fn md_code(text: &str) -> String {
    let mut inner = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' => inner.push(' '),
            // GitHub's tables split cells even within code.
            '|' => inner.push('¦'),
            c if is_hostile(c) => spell(&mut inner, c),
            c => inner.push(c),
        }
    }
    if inner.is_empty() {
        return "`(empty)`".to_owned();
    }
    let fence = "`".repeat(longest_run(&inner) + 1);
    let pad = if inner.starts_with(['`', ' ']) || inner.ends_with(['`', ' ']) { " " } else { "" };
    format!("{fence}{pad}{inner}{pad}{fence}")
}

/// Text as a fenced block.
#[must_use]
pub fn md_block(text: &str) -> String {
    let text = super::text::Lines(text).to_string();
    let fence = "`".repeat((longest_run(&text) + 1).max(3));
    format!("{fence}text\n{}\n{fence}\n", text.trim_end_matches('\n'))
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

fn ends_with_www(out: &str) -> bool {
    let tail = out.as_bytes();
    tail.len() >= 3 && tail[tail.len() - 3..].eq_ignore_ascii_case(b"www")
}

fn entity(out: &mut String, c: char) {
    let _ = write!(out, "&#{};", u32::from(c));
}

fn spell(out: &mut String, c: char) {
    let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn markup_becomes_text() {
        let cases = [
            ("plain words, 3.5 % of rows", "plain words, 3.5 % of rows"),
            ("@everyone", "&#64;&#8203;everyone"),
            ("see #12 | <img src=x>", "see &#35;&#8203;12 &#124; &#60;img src=x&#62;"),
            ("https://evil.example", "https&#58;&#47;&#47;evil.example"),
            ("www.evil.example", "www&#46;evil.example"),
            ("a&amp;b", "a&#38;amp;b"),
            ("two\r\nlines", "two lines"),
            ("`code` **bold** _i_", "&#96;code&#96; &#42;&#42;bold&#42;&#42; &#95;i&#95;"),
            ("- item", "&#45; item"),
            ("    indented", "indented"),
            ("1. item", "1&#46; item"),
            ("\u{1b}[2J\u{202e}", "\\u{1b}&#91;2J\\u{202e}"),
        ];
        for (text, want) in cases {
            assert_eq!(md(text), want, "{text:?}");
        }
    }

    #[test]
    fn code_spans_cannot_be_left() {
        let cases = [
            ("a", "`a`"),
            ("a`b", "``a`b``"),
            ("``", "``` `` ```"),
            ("x``y`", "``` x``y` ```"),
            (" padded ", "`  padded  `"),
            ("a|b\nc", "`a¦b c`"),
            ("", "`(empty)`"),
            ("  ", "`    `"),
        ];
        for (text, want) in cases {
            assert_eq!(md_code(text), want, "{text:?}");
        }
        assert_eq!(md_block("a\n```\nb\n"), "````text\na\n```\nb\n````\n");
    }

    proptest! {
        #[test]
        fn no_markup_comes_out(text in any::<String>()) {
            let out = md(&text);
            prop_assert!(!out.chars().any(is_hostile));
            prop_assert!(!out.contains(['@', '<', '>', '|', ':', '/', '`', '[', ']', '*', '_']));
            // Each `&` begins one of our entities, each `#` is within one.
            prop_assert_eq!(out.matches('&').count(), out.matches("&#").count());
            prop_assert_eq!(out.matches('#').count(), out.matches("&#").count());
        }

        #[test]
        fn a_span_holds_no_run_as_long_as_its_fence(text in "[`a|\\n ]{0,20}") {
            let out = md_code(&text);
            let fence = out.len() - out.trim_start_matches('`').len();
            let inner = &out[fence..out.len() - fence];
            prop_assert!(longest_run(inner) < fence, "{}", out);
            prop_assert!(!out.contains(['\n', '|']));
        }
    }
}
