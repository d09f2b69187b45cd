//! Every command that the manual shows exists, with every flag it is shown with.

use std::collections::{BTreeMap, BTreeSet};

use crate::fresh::{Machine, text};
use crate::pages::{blocks, pages, prose, table};

/// The pieces of code of a page: lines of fenced blocks, and what stands between back quotes.
fn code(page: &str) -> Vec<String> {
    let fenced = blocks(page).into_iter().filter(|block| block.language != "mermaid");
    let mut pieces: Vec<String> = fenced.flat_map(|b| b.text.lines().map(str::to_owned).collect::<Vec<_>>()).collect();
    pieces.extend(prose(page).split('`').skip(1).step_by(2).map(|piece| piece.replace('\n', " ")));
    pieces
}

/// The commands in a piece of code: program, verb, flags. A verb in capitals stands for any.
fn commands(piece: &str) -> Vec<(&'static str, String, Vec<String>)> {
    let mut found = Vec::new();
    for (name, program) in
        [("git data ", "git-data"), ("target/debug/git-data ", "git-data"), ("git-data-publish ", "git-data-publish")]
    {
        for (at, _) in piece.match_indices(name) {
            let words = piece[at + name.len()..].split(['|', '&', ';', '#', ',', '→', '"']).next().unwrap_or_default();
            let quoted = words.split('\'').step_by(2).collect::<Vec<_>>().join(" _ ");
            let mut words = quoted.split_whitespace();
            let Some(verb) = words.next().filter(|w| w.starts_with(|c: char| c.is_ascii_lowercase() || c == '-'))
            else {
                continue;
            };
            let flags = words.filter(|word| word.starts_with('-') && word.len() > 1).map(str::to_owned);
            found.push((program, verb.to_owned(), flags.collect()));
        }
    }
    found
}

#[test]
fn commands_are_found_in_code() {
    let found = commands("cargo build && target/debug/git-data demo --keep | cat -n");
    assert_eq!(found, [("git-data", "demo".to_owned(), vec!["--keep".to_owned()])]);
    assert_eq!(commands("git data pull x -m 'a --b c'")[0].2, ["-m"]);
    assert!(commands("git data VERB").is_empty() && commands("git data").is_empty());
}

/// The help pages that were asked for.
struct Help {
    machine: Machine,
    pages: BTreeMap<(&'static str, String), String>,
}

impl Help {
    fn of(&mut self, program: &'static str, verb: &str) -> &str {
        let machine = &self.machine;
        self.pages.entry((program, verb.to_owned())).or_insert_with(|| {
            let words: &[&str] = if verb.is_empty() { &["-h"] } else { &[verb, "-h"] };
            machine.run("", program, words).well()
        })
    }

    fn verbs(&mut self, program: &'static str) -> BTreeSet<String> {
        let help = self.of(program, "");
        let (_, after) = help.split_once("Verbs:\n").unwrap();
        let lines = after.lines().take_while(|line| !line.is_empty());
        let lines = lines.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
        lines.map(|line| line.split_whitespace().next().unwrap().to_owned()).collect()
    }

    /// Also those that only git calls: the help of `install` shows them.
    fn callable(&mut self, program: &'static str) -> BTreeSet<String> {
        let mut verbs = self.verbs(program);
        if program == "git-data" {
            let install = self.machine.run("", program, &["install", "--help"]).well();
            for verb in ["hook", "diff-driver"] {
                assert!(install.contains(&format!("git data {verb} ")), "install --help does not tell of {verb}");
                self.of(program, verb);
                verbs.insert(verb.to_owned());
            }
        }
        verbs
    }
}

#[test]
fn every_command_and_flag_of_the_manual_exists() {
    let mut help = Help { machine: Machine::new(), pages: BTreeMap::new() };
    let mut looked_at = 0;
    for page in pages() {
        for piece in code(&text(&page)) {
            for (program, verb, flags) in commands(&piece) {
                looked_at += 1;
                let verbs = help.callable(program);
                let known = verbs.contains(&verb) || matches!(verb.as_str(), "-h" | "--help");
                assert!(known, "{page}: `{piece}`: {program} has no {verb}, it has {verbs:?}");
                let verb = if matches!(verb.as_str(), "-h" | "--help") { "" } else { &verb };
                let there = help.of(program, verb);
                let words: Vec<&str> = there.split([' ', '\n', ',']).collect();
                // What stands alone ends the flags.
                for flag in flags.into_iter().take_while(|flag| flag != "--") {
                    let flag = flag.split('=').next().unwrap();
                    assert!(words.contains(&flag), "{page}: `{piece}`: {program} {verb} has no {flag}");
                }
            }
        }
    }
    assert!(looked_at > 20, "{looked_at} commands were looked at");
}

#[test]
fn the_table_of_verbs_is_that_of_the_help() {
    let machine = Machine::new();
    for program in ["git-data", "git-data-publish"] {
        let help = machine.run("", program, &["-h"]).well();
        let (_, after) = help.split_once("Verbs:\n").unwrap();
        let lines = after.lines().take_while(|line| !line.is_empty()).map(str::trim);
        let own = lines.filter(|line| program == "git-data" || !line.starts_with("help "));
        let verbs: Vec<_> =
            own.map(|line| line.split_once(' ').unwrap()).map(|(verb, about)| vec![verb, about.trim()]).collect();
        let shown = table("docs/verbs.md", &format!("verbs: {program}"));
        assert_eq!(shown, verbs, "docs/verbs.md beside {program} -h");
    }
}

#[test]
fn every_verb_is_told_of_in_the_changelog() {
    let mut help = Help { machine: Machine::new(), pages: BTreeMap::new() };
    let changes = text("CHANGELOG.md");
    for verb in help.verbs("git-data").into_iter().chain(help.verbs("git-data-publish")) {
        let told = [format!("`{verb}`"), format!(" {verb}`")].iter().any(|name| changes.contains(name));
        assert!(told || matches!(verb.as_str(), "help" | "completions"), "CHANGELOG.md does not tell of {verb}");
    }
}
