//! Manual pages, help topics and completions: what somebody reads or presses Tab for.

use std::fs;

use super::furnished;
use crate::fresh::Machine;
use crate::lab::{Backend, Lab};

#[test]
fn a_page_is_written_as_git_writes_its_own() {
    let lab = furnished();
    let page = lab.run("", "git data man prepare").ok().stdout;
    let at = |section: &str| page.find(&format!("\n.SH {section}\n")).unwrap_or_else(|| panic!("no {section}\n{page}"));
    let sections = ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "\"EXIT STATUS\"", "EXAMPLES", "\"SEE ALSO\""];
    let order: Vec<usize> = sections.into_iter().map(at).collect();
    assert!(order.is_sorted(), "{order:?}");
    assert!(page.contains(".TH GIT-DATA-PREPARE 1 \"\" \"git-data "), "{page}");
    assert!(page.is_ascii() && page.contains("\\[u00B1]"), "every troff reads it\n{page}");
    assert!(page.contains("\\-m|\\-\\-message") && page.contains("data.limitRate"), "{page}");
    let front = lab.run("", "git data man").ok().stdout;
    for part in
        ["git\\-data\\-prepare", ".SH FILES", "data.pathStyle", "GIT_DATA_PATH_STYLE", "git\\-data\\-publish(1)"]
    {
        assert!(front.contains(part), "{part}\n{front}");
    }
    lab.run("", "git data man publish-run").ok().says("GIT-DATA-PUBLISH-RUN");
    assert!(lab.run("", "git data man prepare --json").ok().json()["text"].as_str().unwrap().contains(".SH NAME"));
    lab.run("", "git data man nope").fails(1).explains().says("one of git-data, init");
}

#[test]
fn pages_are_installed_for_the_user_and_removed() {
    let lab = Lab::new(Backend::Directory);
    fs::create_dir(lab.path("anna")).unwrap();
    let folder = "home/anna/.local/share/man/man1";
    lab.run("anna", "git data man --install --dry-run").ok().says("this is the plan").says("pages would be written to");
    assert!(!lab.has(folder), "a plan writes nothing");
    let installed = lab.run("anna", "git data man --install").ok().says("pages written to");
    assert!(installed.stdout.contains("install man"), "there is no man on this path\n{installed}");
    let names: Vec<_> = fs::read_dir(lab.path(folder)).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    for page in
        ["git-data.1", "git-data-prepare.1", "git-data-cache-prune.1", "git-data-publish.1", "git-data-publish-run.1"]
    {
        assert!(names.iter().any(|name| name == page), "{page} is not in {names:?}");
    }
    lab.write(&format!("{folder}/other.1"), "x");
    let removed = lab.run("anna", "git data man --uninstall --json").ok().json();
    assert_eq!(removed["files"].as_array().unwrap().len(), names.len());
    assert_eq!(fs::read_dir(lab.path(folder)).unwrap().count(), 1, "what is not ours stays");
    lab.run("anna", "git data man --uninstall").ok().says("0 pages removed");
    lab.run("anna", "git data man --dir pages").ok().says("/anna/pages");
    assert_eq!(lab.text("anna/pages/git-data.1"), lab.run("anna", "git data man").ok().stdout);
}

/// What `git data --help` becomes: git asks for the page `git-data`, and looks where MANPATH says.
#[cfg(unix)]
#[test]
fn git_opens_the_page_with_man() {
    let lab = Lab::new(Backend::Directory);
    fs::create_dir(lab.path("anna")).unwrap();
    lab.program(
        "man",
        "#!/bin/sh\nfor last; do :; done\ncase $1 in -w) exit 1 ;; esac\ncat \"$HOME/.local/share/man/man1/$last.1\"\n",
    );
    let installed = lab.run("anna", "git data man --install").ok().stdout;
    let folder = lab.path("home/anna/.local/share/man");
    assert!(installed.contains(&format!("export MANPATH={}:\"$MANPATH\"", folder.display())), "{installed}");
    let page = lab.run("anna", "git data man").ok().stdout;
    for command in ["git data --help", "git -c core.pager=cat help data"] {
        assert_eq!(lab.run("anna", command).ok().stdout, page, "{command}");
    }
    lab.program("man", &format!("#!/bin/sh\necho {}/man1/git-data.1\n", folder.display()));
    let again = lab.run("anna", "git data man --install").ok().stdout;
    assert!(!again.contains("MANPATH"), "{again}");
}

/// The same with the man of this machine, and the line that `--install` prints.
#[cfg(unix)]
#[test]
fn man_program_opens_the_installed_pages() {
    let machine = Machine::new();
    let there = machine.run("", "sh", &["-c", "command -v man"]).code == 0;
    if !there {
        assert!(std::env::var_os("REQUIRE_ALL").is_none(), "man is not on PATH: install man-db");
        eprintln!("skipped: man is not on PATH");
        return;
    }
    let installed = machine.run("", "git-data", &["man", "--install"]).well();
    let next = installed.lines().find(|line| line.contains("MANPATH")).unwrap_or("").trim().to_owned();
    let script = |command: &str| format!("{next}\n{command}");
    let sh = |command: &str| machine.run("", "sh", &["-ec", &script(command)]).well();
    let found = sh("man -w git-data-prepare");
    assert_eq!(found.trim(), machine.at("home/.local/share/man/man1/git-data-prepare.1").to_str().unwrap());
    let page = sh("MANWIDTH=80 MANPAGER=cat git -c core.pager=cat help data");
    for part in ["NAME", "git-data - Git reviews code", "git data [<verb>", "EXIT STATUS", "git-data-prepare(1)"] {
        assert!(page.contains(part), "{part}\n{page}");
    }
}

#[test]
fn help_shows_verbs_and_topics() {
    let lab = furnished();
    let list = lab.run("", "git data help").ok().says("Verbs:").says("\nTopics:\n").stdout;
    let (_, topics) = list.split_once("\nTopics:\n").unwrap();
    for topic in topics.lines().map(|line| line.split_whitespace().next().unwrap()) {
        let page = lab.run("", &format!("git data help {topic}")).ok().stdout;
        for mark in ["<!--", "```", "]("] {
            assert!(!page.contains(mark), "{topic} shows {mark}\n{page}");
        }
        let json = lab.run("", &format!("git data help {topic} --json")).ok().json();
        assert!(json["markdown"].as_str().unwrap().starts_with("# "), "{topic}");
    }
    lab.run("", "git data help config").ok().says("GIT_DATA_STAGING");
    lab.run("", "git data help manifest").ok().says("\"format\": 1");
    let page = lab.run("", "git data help prepare").ok().says("Examples:\n").says("--expect append-only").stdout;
    assert_eq!(page, lab.run("", "git-data prepare --help").ok().stdout);
    lab.run("", "git data help cache prune").ok().says("--limit");
}

/// The candidates of a line whose last word is being typed.
fn offered(lab: &Lab, person: &str, words: &str) -> Vec<String> {
    let ran = lab.run(person, &format!("git-data completions bash -- git-data {words}")).ok();
    assert_eq!(ran.stderr, "", "nobody wants words in the middle of a line");
    ran.stdout.lines().map(str::to_owned).collect()
}

#[test]
fn verbs_options_and_values_are_completed() {
    let lab = furnished();
    lab.release("anna", "prices.csv", "a,b\n");
    lab.release("anna", "prices.csv", "a,b\n1,2\n");
    lab.release("anna", "maps.csv", "a,b\n3,4\n");
    assert_eq!(offered(&lab, "anna", "pre"), ["prepare"]);
    assert_eq!(
        offered(&lab, "anna", "pull --ver"),
        ["--version", "--verify-signature", "--verify-attestation", "--verbose"]
    );
    assert_eq!(offered(&lab, "anna", "pull ''"), ["maps.csv", "prices.csv"]);
    assert_eq!(offered(&lab, "anna", "pull prices.csv --version ''"), ["v2", "v1"]);
    assert_eq!(offered(&lab, "anna", "rollback maps.csv --to-version v"), ["v1"]);
    assert_eq!(offered(&lab, "anna", "pull prices.csv --version="), ["--version=v2", "--version=v1"]);
    assert_eq!(offered(&lab, "anna", "diff --format=m"), ["--format=md"]);
    assert_eq!(offered(&lab, "anna", "help config"), ["configuration"]);
    assert_eq!(offered(&lab, "anna", "man prep"), ["prepare"]);
    let zsh = lab.run("anna", "git-data completions zsh -- git-data pre").ok().stdout;
    assert_eq!(zsh, "prepare:Propose a new version of a dataset\n");
    let fish = lab.run("anna", "git-data completions fish -- git-data pre").ok().stdout;
    assert_eq!(fish, "prepare\tPropose a new version of a dataset\n");
}

#[test]
fn where_there_is_no_repository_completion_is_quiet() {
    let lab = furnished();
    assert_eq!(offered(&lab, "", "pull ''"), Vec::<String>::new());
    lab.write("anna/manifest.json", "{");
    assert_eq!(offered(&lab, "anna", "pull ''"), Vec::<String>::new());
    assert_eq!(offered(&lab, "anna", "pre"), ["prepare"]);
}

#[test]
fn each_shell_has_a_script() {
    let lab = furnished();
    for (shell, part) in [
        ("bash", "_git_data()"),
        ("zsh", "#compdef git-data"),
        ("fish", "--command git --condition"),
        ("elvish", "git-data"),
        ("powershell", "git-data"),
    ] {
        lab.run("", &format!("git data completions {shell}")).ok().says(part);
    }
    assert!(
        lab.run("", "git data completions bash --json").ok().json()["script"].as_str().unwrap().contains("_git_data()")
    );
}

/// `git data pre<TAB>`: what git's completion of bash does before it calls `_git_data`, and what readline does for `git-data`.
#[cfg(unix)]
#[test]
fn bash_completes_inside_git_and_alone() {
    let machine = Machine::new();
    if machine.run("", "sh", &["-c", "command -v bash"]).code != 0 {
        eprintln!("skipped: bash is not on PATH");
        return;
    }
    let script = r#"
        source <(git-data completions bash)
        compopt() { :; }
        words=(git -C . data pre) cword=4 __git_cmd_idx=3
        _git_data
        printf '[%s]' "${COMPREPLY[@]}"
        words=(git data diff --format=m) cword=3 __git_cmd_idx=1
        _git_data
        printf '[%s]' "${COMPREPLY[@]}"
        COMP_WORDS=(git-data pull --wa rest) COMP_CWORD=2
        __git_data_program
        printf '[%s]' "${COMPREPLY[@]}"
        complete -p git-data
    "#;
    let said = machine.run("", "bash", &["-c", script]).well();
    assert!(said.starts_with("[prepare ][md ][--wait ]"), "{said}");
    assert!(said.contains("-F __git_data_program git-data"), "{said}");
}
