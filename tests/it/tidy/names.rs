//! Reads the `crate::…` names that a source file uses. Text, not syntax: a fence, not a proof.

/// `text` without `//` comments, so that documentation may name any room.
pub(super) fn without_comments(text: &str) -> String {
    text.lines().map(|line| format!("{}\n", code(line))).collect()
}

/// The part of a line before `//`, unless that stands in a string or an address.
fn code(line: &str) -> &str {
    let mut quoted = false;
    let bytes = line.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'"' if at == 0 || !matches!(bytes[at - 1], b'\\' | b'\'') => quoted = !quoted,
            b'/' if !quoted && bytes.get(at + 1) == Some(&b'/') => return &line[..at],
            _ => {}
        }
    }
    line
}

/// Every full path after `crate::`, use trees spelled out: `crate::{a, b::{c, d}}` gives `a`, `b::c`, `b::d`.
pub(super) fn crate_paths(text: &str) -> Vec<String> {
    let text = without_comments(text);
    let mut found = Vec::new();
    for (at, name) in text.match_indices("crate::") {
        let before = text[..at].chars().next_back();
        if !before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
            tree(&text[at + name.len()..], "", &mut found);
        }
    }
    found
}

/// Reads one branch of a use tree and returns what follows it.
fn tree<'a>(text: &'a str, above: &str, found: &mut Vec<String>) -> &'a str {
    let mut rest = text.trim_start();
    if let Some(inside) = rest.strip_prefix('{') {
        rest = inside;
        loop {
            rest = tree(rest, above, found).trim_start();
            // Past `as name`, to the next branch or the end of this list.
            let Some(at) = rest.find([',', '}', ';']) else { return "" };
            let ends = !rest[at..].starts_with(',');
            rest = &rest[at + 1..];
            if ends {
                return rest;
            }
        }
    }
    let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '*')).unwrap_or(rest.len());
    if end == 0 {
        return rest;
    }
    let path = if above.is_empty() { rest[..end].to_owned() } else { format!("{above}::{}", &rest[..end]) };
    match rest[end..].strip_prefix("::").map(str::trim_start) {
        Some(below)
            if below.starts_with('{') || below.starts_with(|c: char| c.is_alphanumeric() || "_*".contains(c)) =>
        {
            tree(below, &path, found)
        }
        _ => {
            found.push(path);
            &rest[end..]
        }
    }
}

#[test]
fn use_trees_are_spelled_out() {
    let text = "use crate::{error::Result, flow::{hash, key::{Key, *}}, disk};\nfn f() -> crate::git::Act { x }\n";
    assert_eq!(
        crate_paths(text),
        ["error::Result", "flow::hash", "flow::key::Key", "flow::key::*", "disk", "git::Act"]
    );
    assert_eq!(crate_paths("use crate::store::{\n    Read as R,\n    self,\n};"), ["store::Read", "store::self"]);
    assert_eq!(crate_paths("crate::flow::parse::<u8>(crate::disk::x)"), ["flow::parse", "disk::x"]);
}

#[test]
fn comments_and_other_crates_are_not_names() {
    assert!(crate_paths("/// see [`crate::disk`]\nlet x = 1; // crate::git\nuse other_crate::flow;").is_empty());
    assert_eq!(code("let url = \"s3://bucket\"; // note"), "let url = \"s3://bucket\"; ");
    assert_eq!(code("let quote = '\"'; // note"), "let quote = '\"'; ");
}
