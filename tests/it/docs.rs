//! The manual is true: its links lead somewhere, its commands exist, its sessions print what it shows, its tables are complete.

mod commands;
#[cfg(unix)]
mod sessions;
#[cfg(unix)]
mod story;
#[cfg(unix)]
mod worlds;

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use git_data::cli::exit;
use git_data::error::Kind;
use git_data::flow::settings::KNOWN;

use crate::fresh::{text, top};
use crate::pages::{pages, prose, table};

/// A link of a page: its words, its target.
fn links(page: &str) -> Vec<(String, String)> {
    let prose = prose(page);
    let mut found = Vec::new();
    for (at, _) in prose.match_indices("](") {
        let words = prose[..at].rsplit('[').next().unwrap_or_default();
        let target = prose[at + 2..].split(')').next().unwrap_or_default();
        found.push((words.to_owned(), target.to_owned()));
    }
    found
}

/// The file that a link of `page` names, from the top.
fn resolved(page: &str, target: &str) -> PathBuf {
    let mut path = Path::new(page).parent().unwrap().to_path_buf();
    for part in Path::new(target).components() {
        match part {
            Component::ParentDir => assert!(path.pop(), "{page}: {target} leaves the repository"),
            part => path.push(part),
        }
    }
    path
}

/// What GitHub makes of a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[test]
fn every_link_leads_to_a_file_and_a_heading() {
    let mut local = 0;
    for page in pages() {
        for (_, target) in links(&text(&page)) {
            if target.starts_with("https://") {
                continue;
            }
            local += 1;
            let (file, heading) = target.split_once('#').unwrap_or((&target, ""));
            let path = if file.is_empty() { PathBuf::from(&page) } else { resolved(&page, file) };
            assert!(top().join(&path).is_file(), "{page}: {target} leads nowhere");
            if !heading.is_empty() {
                let there = text(path.to_str().unwrap());
                assert!(
                    prose(&there).lines().any(|l| l.starts_with('#') && anchor(l) == heading),
                    "{page}: {target} has no such heading"
                );
            }
        }
    }
    assert!(local > 40, "{local} links were looked at");
}

#[test]
fn every_test_that_is_named_exists() {
    let mut named = BTreeSet::new();
    for page in pages() {
        for (words, target) in links(&text(&page)) {
            let Some(name) = words.strip_prefix('`').and_then(|w| w.strip_suffix('`')) else { continue };
            let name_of_test =
                name.contains('_') && name.chars().all(|c| c.is_ascii_lowercase() || "_0123456789".contains(c));
            if !name_of_test || !target.ends_with(".rs") {
                continue;
            }
            let source = text(resolved(&page, &target).to_str().unwrap());
            let (before, _) = source
                .split_once(&format!("fn {name}("))
                .unwrap_or_else(|| panic!("{page}: there is no test {name} in {target}"));
            assert!(before[before.rfind("}\n").unwrap_or(0)..].contains("#[test]"), "{name} in {target} is no test");
            named.insert(name.to_owned());
        }
    }
    for promise in 1..=7 {
        assert!(
            named.iter().any(|name| name.starts_with(&format!("promise_{promise}_"))),
            "promise {promise} names none"
        );
    }
}

#[test]
fn every_page_is_in_the_index_and_short() {
    let index: Vec<_> = links(&text("docs/README.md")).into_iter().map(|(_, target)| target).collect();
    for page in pages() {
        let name = page.strip_prefix("docs/").unwrap_or(&page);
        assert!(page == "docs/README.md" || !page.starts_with("docs/") || index.contains(&name.to_owned()), "{page}");
        let lines = text(&page).lines().count();
        assert!(lines <= if page == "README.md" { 150 } else { 400 }, "{page} has {lines} lines");
    }
}

#[test]
fn the_settings_are_those_of_the_program() {
    let shown = table("docs/configuration.md", "settings");
    let shown: Vec<_> = shown.iter().map(|row| (row[0].to_lowercase(), row[1].clone(), row[2].clone())).collect();
    let known = KNOWN.iter().map(|(name, variable, about)| (name.to_string(), variable.to_string(), about.to_string()));
    assert_eq!(shown, known.collect::<Vec<_>>());
}

#[test]
fn the_r2_names_are_those_of_the_program() {
    let source = text("src/flow/settings.rs");
    let (source, _) = source.split_once("mod tests {").unwrap();
    let names = source.split('"').filter(|word| word.starts_with("R2_") && !word.contains(' '));
    let shown = table("docs/configuration.md", "r2 names");
    assert_eq!(shown.iter().map(|row| row[0].as_str()).collect::<BTreeSet<_>>(), names.collect());
}

#[test]
fn the_exit_codes_are_those_of_the_program() {
    use Kind::{Bug, Conflict, Integrity, Interrupted, Partial, Store, Usage, User};
    let kinds = [User, Usage, Partial, Store, Integrity, Conflict, Bug, Interrupted];
    let known = kinds.map(|kind| (kind.exit(), kind.word()));
    assert_eq!(exit::TABLE.map(|(code, kind, _)| (code, kind))[1..], known);
    let told = exit::TABLE.map(|(code, kind, about)| [code.to_string(), kind.to_owned(), about.to_owned()]);
    for page in ["README.md", "docs/exit-codes.md"] {
        let shown = table(page, "exit codes");
        assert_eq!(
            shown.iter().map(|row| &row[..3]).collect::<Vec<_>>(),
            told.iter().map(|row| &row[..]).collect::<Vec<_>>()
        );
    }
    for (code, ..) in exit::TABLE {
        let listed = exit::CODES.split_whitespace().any(|word| word == code.to_string());
        assert!(listed, "{code} is not in the table of the help pages");
    }
}

/// The rows of the index: page and what it tells.
fn index() -> Vec<(String, String)> {
    let page = text("docs/README.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| [")?.split_once("](")?.1.split_once(") | "));
    rows.map(|(file, about)| (file.to_owned(), about.trim_end_matches(" |").to_owned())).collect()
}

#[test]
fn programs_that_read_find_the_same_index() {
    let listed = text("docs/llms.txt");
    assert!(listed.starts_with("# git data\n\n> "), "the form of llms.txt: a title, then a summary");
    for (file, about) in index() {
        let line = format!("- [{}]({file}): {about}", file.trim_end_matches(".md"));
        assert!(listed.lines().any(|listed| listed == line), "docs/llms.txt lacks\n{line}");
    }
    assert_eq!(listed.lines().filter(|line| line.starts_with("- [")).count(), index().len());
}

#[test]
fn a_topic_is_told_as_in_the_index() {
    let source = text("src/cli/help/topics.rs");
    let index = index();
    let mut topics = 0;
    for line in source.lines().filter(|line| line.trim_start().starts_with("topic!(")) {
        let words: Vec<&str> = line.split('"').collect();
        let (name, about) = (words[1], words[words.len() - 2]);
        assert!(
            index.contains(&(format!("{name}.md"), about.to_owned())),
            "the index tells {name} with other words than {about:?}"
        );
        topics += 1;
    }
    assert!(topics > 15, "{topics} topics");
}
