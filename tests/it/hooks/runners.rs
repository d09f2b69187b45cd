//! Programs that manage hooks: they are known, told what to add, and nothing of theirs is written.

use super::{furnished, hooks};

#[test]
fn a_manager_is_told_what_to_add_and_nothing_is_written() {
    for (name, file, text, says) in [
        ("husky", ".husky/pre-commit", "npm test\n", &[".husky/pre-push:", "  git data hook pre-push \"$@\""][..]),
        ("lefthook", "lefthook.yml", "pre-commit:\n", &["run: git data hook pre-push {0}", "Then: lefthook install"]),
        (
            "the pre-commit framework",
            ".pre-commit-config.yaml",
            "repos: []\n",
            &["entry: git data hook pre-push", "Then: pre-commit install -t pre-commit"],
        ),
    ] {
        let lab = furnished();
        lab.write(&format!("anna/{file}"), text);
        let before = (hooks(&lab, "anna/.git/hooks"), lab.everything("anna"));
        let ran = lab.run("anna", "git data install").ok();
        assert!(ran.stdout.contains(&format!("{name} manages the hooks here")), "{ran}");
        assert!(says.iter().all(|part| ran.stdout.contains(part)), "{ran}");
        assert_eq!((hooks(&lab, "anna/.git/hooks"), lab.everything("anna")), before);
        lab.run("anna", "git config --get merge.git-data.driver").ok();
        lab.run("anna", "git data uninstall").ok().says("yours to take out");
        lab.run("anna", "git config --get merge.git-data.driver").fails(1);
    }
}

#[test]
fn husky_is_known_by_where_git_looks_and_runs_what_was_added() {
    let lab = furnished();
    // What husky 9 makes: a folder of scripts that call those a person writes.
    let call = "#!/bin/sh\nexec sh -e \".husky/${0##*/}\" \"$@\"\n";
    lab.script("anna/.husky/_/pre-commit", call);
    lab.run("anna", "git config core.hooksPath .husky/_").ok();
    lab.run("anna", "git data install").ok().says("husky manages the hooks here");
    lab.write("anna/.husky/pre-commit", "git data hook pre-commit \"$@\"\n");
    lab.write("anna/manifest.json", "{");
    lab.run("anna", "git add manifest.json").ok();
    lab.run("anna", "git commit -m broken").fails(1).says("manifest.json");
    lab.run("anna", "git data install --force").ok();
    assert_eq!(hooks(&lab, "anna/.husky/_").len(), super::ALL.len());
}

#[test]
fn the_file_for_the_pre_commit_framework_says_what_install_says() {
    let lab = furnished();
    lab.write("anna/.pre-commit-config.yaml", "repos: []\n");
    let told = lab.run("anna", "git data install").ok().stdout;
    let ours = crate::fresh::text(".pre-commit-hooks.yaml");
    let entries: Vec<&str> = ours.lines().filter(|line| !line.starts_with('#')).collect();
    for line in entries.iter().filter(|line| !line.trim_start().starts_with("description")) {
        assert!(told.contains(line), "{line}");
    }
    assert_eq!(ours.matches("- id: git-data-").count(), super::ALL.len());
}
