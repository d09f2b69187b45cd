//! The architecture as a test: edges between rooms, heads, sizes, one opener of production, pinned actions.
//!
//! `rules` decides on text alone; this file walks the repository. A new rule goes there, with its red sample.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "reads the repository it stands in")]

mod effects;
mod names;
mod red;
pub(crate) mod rules;

use std::path::Path;
use std::process::Command;

/// All files that git tracks or would add, as paths from the top with `/`, and their text; others than text are left out.
fn tree() -> Vec<(String, String)> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut list = Command::new("git");
    list.current_dir(top).args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        list.env_remove(name);
    }
    let output = list.output().unwrap();
    assert!(output.status.success(), "git ls-files: {}", String::from_utf8_lossy(&output.stderr));
    let paths = String::from_utf8(output.stdout).unwrap();
    let read = |path: &str| Some((path.to_owned(), String::from_utf8(std::fs::read(top.join(path)).ok()?).ok()?));
    let files: Vec<_> = paths.split_terminator('\0').filter_map(read).collect();
    assert!(files.iter().any(|(path, _)| path == "tests/it/tidy.rs"), "git lists {} files, not this one", files.len());
    files
}

/// Applies a rule to every file that `applies`, and shows all faults at once.
fn each(applies: fn(&str) -> bool, rule: impl Fn(&str, &str) -> Vec<String>) {
    let faults: Vec<_> =
        tree().iter().filter(|(path, _)| applies(path)).flat_map(|(path, text)| rule(path, text)).collect();
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

fn rust(path: &str) -> bool {
    path.ends_with(".rs")
}

fn source(path: &str) -> bool {
    rust(path) && path.starts_with("src/")
}

#[test]
fn rooms_open_only_onto_the_rooms_drawn_above() {
    each(source, rules::edges);
    each(source, rules::way_out);
}

#[test]
fn every_file_says_what_it_is_for_and_is_short() {
    each(rust, rules::head);
    each(rust, rules::length);
}

#[test]
fn production_is_opened_for_writing_in_one_place() {
    each(source, rules::one_opener);
    let files = tree();
    for writer in rules::WRITERS {
        assert!(files.iter().any(|(path, _)| path == writer), "{writer} is gone: the rule above guards nothing");
    }
}

#[test]
fn every_effect_is_between_two_moments() {
    each(source, effects::effects);
    each(|path| path == "src/disk/effect.rs", |_, text| effects::each_between(text));
}

#[test]
fn names_say_what_a_file_holds() {
    each(|_| true, |path, _| rules::name(path));
}

#[test]
fn nothing_is_left_unfinished_or_ignored() {
    each(rust, rules::finished);
}

#[test]
fn every_source_file_is_listed_by_a_module() {
    let files = tree();
    let text = |path: &str| files.iter().find(|(name, _)| name == path).map(|(_, text)| text.as_str());
    let mut faults = Vec::new();
    for (path, _) in files.iter().filter(|(path, _)| source(path) || rust(path) && path.starts_with("tests/")) {
        let module = path.trim_end_matches(".rs").trim_end_matches("/mod");
        let (above, name) = module.rsplit_once('/').unwrap();
        if above == "src/bin"
            || matches!(path.as_str(), "src/lib.rs" | "tests/it/main.rs")
            || path.starts_with("tests/fuzz/")
        {
            continue;
        }
        // tests/s3 belongs to the one test program too.
        let above = if above == "tests" { "tests/it" } else { above };
        let files = ["mod.rs", "main.rs", "lib.rs"].map(|file| format!("{above}/{file}"));
        let parent = files.iter().find_map(|file| text(file)).or_else(|| text(&format!("{above}.rs")));
        faults.extend(rules::listed(path, name, parent.unwrap_or_default()));
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn nothing_names_a_machine_or_a_registry() {
    each(|path| path != "Cargo.lock", rules::places);
}

#[test]
fn no_line_opens_with_a_pictogram() {
    each(|_| true, rules::plain);
}

#[test]
fn actions_are_pinned_to_the_commits_of_the_table() {
    let files = tree();
    let (_, table) = files.iter().find(|(path, _)| path == ".github/actions.tsv").unwrap();
    each(|path| path.ends_with(".yml") || path.ends_with(".yaml"), |path, text| rules::pinned(path, text, table));
}
