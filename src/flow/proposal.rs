//! What a proposal says: its branch, its commit, and the text that people review.

use std::fmt::Write as _;

pub use super::compare::compare_url;
use super::hash::Digest;
use super::markdown::{md, md_code};
use super::text::{Untrusted, human_size, plural};
use super::version::Version;

/// The longest text a host takes, with room to spare (GitHub's limit is 65,536).
const LIMIT: usize = 60_000;

/// One new version in a proposal.
#[derive(Clone, Debug)]
pub struct Item {
    /// The dataset's name.
    pub dataset: String,
    /// Its new version.
    pub version: Version,
    /// The version it was made from; `None` for a first one.
    pub base: Option<Version>,
    /// The digest that people approve.
    pub sha256: Digest,
    /// The size in bytes.
    pub size: u64,
    /// What the author says of it.
    pub message: String,
    /// The diff, as Markdown that was escaped where it was made.
    pub diff: Option<String>,
}

/// The number of the pull request that a merge's subject names.
#[must_use]
pub fn pull_request(subject: &str) -> Option<u64> {
    let merge = subject.strip_prefix("Merge pull request #").and_then(|rest| rest.split(' ').next());
    let squash =
        || subject.trim_end().strip_suffix(')').and_then(|rest| rest.rsplit_once("(#")).map(|(_, number)| number);
    merge.or_else(squash)?.parse().ok()
}

/// `data/<dataset>-v5`, or `data/<first>-and-2-more-1f2e3d4c` for several.
#[must_use]
pub fn branch_name(items: &[(&str, Version)]) -> String {
    match items {
        [] => "data/nothing".to_owned(),
        [(name, version)] => format!("data/{}-{version}", ref_safe(name)),
        [(name, _), rest @ ..] => {
            let all: String = items.iter().map(|(name, version)| format!("{name}@{version}\n")).collect();
            let short = &Digest::of(all.as_bytes()).hex()[..8];
            format!("data/{}-and-{}-more-{short}", ref_safe(name), rest.len())
        }
    }
}

/// The message of the commit: a subject of at most 72 characters, and a line for each version.
#[must_use]
pub fn commit_message(items: &[Item]) -> String {
    let subject = match items {
        [] => "data: nothing".to_owned(),
        [one] => {
            let first = one.message.lines().next().unwrap_or_default().trim();
            let what = format!("{} {}", one.dataset, one.version);
            if first.is_empty() { format!("data: {what}") } else { format!("data: {what}: {first}") }
        }
        [first, rest @ ..] => format!("data: {} {} and {} more", first.dataset, first.version, rest.len()),
    };
    let mut out = cut(&Untrusted(&subject).to_string(), 72);
    out.push('\n');
    for item in items {
        let _ = write!(out, "\n{} {}: sha256 {}, {}\n", item.dataset, item.version, item.sha256, human_size(item.size));
        for line in item.message.lines().filter(|line| !line.trim().is_empty()) {
            let _ = writeln!(out, "    {}", Untrusted(line));
        }
    }
    out
}

/// The title of the pull request: the subject of the commit.
#[must_use]
pub fn title(items: &[Item]) -> String {
    commit_message(items).lines().next().unwrap_or_default().to_owned()
}

/// The text of the pull request.
#[must_use]
pub fn pull_request_body(items: &[Item]) -> String {
    let mut out = format!("This proposes {}.\n", plural(items.len() as u64, "new version"));
    out.push_str("\n| dataset | version | made from | size | sha256 |\n| --- | --- | --- | --: | --- |\n");
    for item in items {
        let base = item.base.map_or("–".to_owned(), |base| base.to_string());
        let (name, size) = (md_code(&item.dataset), human_size(item.size));
        let _ = writeln!(out, "| {name} | {} | {base} | {size} | `{}` |", item.version, item.sha256);
    }
    for item in items {
        let _ = write!(out, "\n### {} {}\n\n", md_code(&item.dataset), item.version);
        for line in item.message.lines().filter(|line| !line.trim().is_empty()) {
            let _ = writeln!(out, "{}\n", md(line));
        }
        let Some(diff) = &item.diff else { continue };
        if out.len() + diff.len() > LIMIT {
            out.push_str("The diff is too long for this page; it is part of the commit.\n");
        } else {
            out.push_str(diff.trim_end());
            out.push('\n');
        }
    }
    if out.len() > LIMIT {
        let end = out.floor_char_boundary(LIMIT);
        out.truncate(out[..end].rfind('\n').map_or(end, |at| at + 1));
        out.push_str("\n…\n");
    }
    out
}

/// A dataset's name as part of a branch's name. Git forbids `..`, `.lock` and much else.
fn ref_safe(name: &str) -> String {
    let kept = |c: char| if c.is_alphanumeric() || "-_./".contains(c) { c } else { '-' };
    let mut clean: String = name.chars().map(kept).collect();
    while clean.contains("..") {
        clean = clean.replace("..", ".-");
    }
    let parts: Vec<String> = clean
        .split('/')
        .filter(|part| !part.is_empty())
        .map(|part| part.trim_start_matches('.').to_owned())
        .map(|part| part.strip_suffix(".lock").map_or(part.clone(), |stem| format!("{stem}-lock")))
        .map(|part| if part.is_empty() { "-".to_owned() } else { part })
        .collect();
    if parts.is_empty() { "-".to_owned() } else { parts.join("/") }
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(most - 1).collect();
    short.truncate(short.trim_end().len());
    short + "…"
}

/// `diffs/<dataset>/<first 16 hex of sha256>.md`: where a version's review page lies.
#[must_use]
pub fn diff_path(dataset: &str, sha256: &Digest) -> String {
    format!("diffs/{dataset}/{}.md", sha256.short16())
}

/// A word as a POSIX shell takes it, so that a line can be pasted.
#[must_use]
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@=+,%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_merge_names_its_pull_request() {
        assert_eq!(pull_request("Merge pull request #12 from team/data"), Some(12));
        assert_eq!(pull_request("data: prices.csv v2: (#3) prices (#14)"), Some(14));
        for other in ["Merge branch 'main'", "fixes #12", "(#x)", "Merge pull request #", ""] {
            assert_eq!(pull_request(other), None, "{other}");
        }
    }

    fn item(dataset: &str, message: &str) -> Item {
        Item {
            dataset: dataset.to_owned(),
            version: Version(5),
            base: Some(Version(4)),
            sha256: Digest::of(b"abc"),
            size: 2048,
            message: message.to_owned(),
            diff: Some("two rows added\n".to_owned()),
        }
    }

    #[test]
    fn branches_are_named_after_the_dataset() {
        let cases = [
            ("energy.sqlite", "data/energy.sqlite-v5"),
            ("eu/west/prices", "data/eu/west/prices-v5"),
            ("My data (1).csv", "data/My-data--1-.csv-v5"),
            ("a..b", "data/a.-b-v5"),
            ("x.lock/y", "data/x-lock/y-v5"),
            (".hidden//x", "data/hidden/x-v5"),
            ("~^:?*[\\", "data/--------v5"),
        ];
        for (name, want) in cases {
            assert_eq!(branch_name(&[(name, Version(5))]), want);
        }
        let several = branch_name(&[("a", Version(1)), ("b", Version(2)), ("c", Version(3))]);
        assert!(several.starts_with("data/a-and-2-more-") && several.len() == 26, "{several}");
        assert_ne!(several, branch_name(&[("a", Version(1)), ("b", Version(2)), ("c", Version(4))]));
    }

    #[test]
    fn the_commit_says_what_and_why() {
        let message = commit_message(&[item("energy.sqlite", "Add 2025 costs\n\nfrom the agency")]);
        let hex = Digest::of(b"abc").hex();
        let want = format!(
            "data: energy.sqlite v5: Add 2025 costs\n\nenergy.sqlite v5: sha256 {hex}, 2.0 KiB\n    Add 2025 costs\n    from the agency\n"
        );
        assert_eq!(message, want);
        assert_eq!(title(&[item("a", ""), item("b", "x")]), "data: a v5 and 1 more");
        assert_eq!(title(&[item("a", &"long ".repeat(40))]).chars().count(), 72);
    }

    #[test]
    fn the_body_is_text_and_never_markup_of_the_author() {
        let body = pull_request_body(&[item("a|b", "@all <img src=//x>\n## Approved")]);
        assert!(body.starts_with("This proposes 1 new version.\n\n| dataset |"), "{body}");
        assert!(body.contains("| `a¦b` | v5 | v4 | 2.0 KiB | `ba7816bf"), "{body}");
        assert!(!body.contains("@all") && !body.contains("<img") && !body.contains("\n## "), "{body}");
        assert!(body.ends_with("two rows added\n"));
        let many = vec![item("a", &"x".repeat(3000)); 40];
        assert!(pull_request_body(&many).len() <= LIMIT + 8);
        let mut long = item("a", "m");
        long.diff = Some("d".repeat(LIMIT));
        assert!(pull_request_body(&[long]).contains("too long for this page"));
    }

    proptest! {
        #[test]
        fn any_name_makes_a_branch_that_git_takes(name in any::<String>()) {
            let branch = format!("refs/heads/{}", branch_name(&[(&name, Version(1))]));
            prop_assert!(gix::validate::reference::branch_name(branch.as_str().into()).is_ok(), "{}", branch);
        }
    }
}
