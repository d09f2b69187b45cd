//! install and uninstall: plans, twice is once, what was there comes back, odd repositories.

use super::{ALL, furnished, hooks};
use crate::lab::{Backend, Lab};

const DRIVER: &str = "git config --local --get merge.git-data.driver";

#[test]
fn a_plan_changes_nothing_twice_is_once_and_out_again_nothing_is_left() {
    let lab = furnished();
    let before = (hooks(&lab, "anna/.git/hooks"), lab.read("anna/.git/config"), lab.everything("anna"));
    let plan = lab.run("anna", "git data install --dry-run").ok().says("Nothing was changed").says("pre-push: new,");
    assert!(ALL.iter().all(|hook| plan.stdout.contains(&format!("{hook}: new,"))), "{plan}");
    assert_eq!((hooks(&lab, "anna/.git/hooks"), lab.read("anna/.git/config"), lab.everything("anna")), before);

    let json = lab.run("anna", "git data install --json").ok().json();
    let told: Vec<_> = json["hooks"].as_array().unwrap().iter().map(|h| h["hook"].as_str().unwrap()).collect();
    assert_eq!(told, ALL);
    assert!(json["hooks"].as_array().unwrap().iter().all(|hook| hook["change"] == "new"), "{json}");
    assert_eq!(json["settings"][1]["name"], "merge.git-data.driver");
    lab.run("anna", DRIVER).ok().says("git data merge --driver %O %A %B");
    let installed = hooks(&lab, "anna/.git/hooks");
    assert_eq!(installed.len(), ALL.len());
    #[cfg(unix)]
    assert!(installed.iter().all(|(_, _, mode)| mode & 0o111 != 0), "{installed:?}");

    lab.run("anna", "git data install").ok().says("Everything is in place");
    assert_eq!(hooks(&lab, "anna/.git/hooks"), installed);

    let plan = lab.run("anna", "git data uninstall --dry-run").ok();
    plan.says("Nothing was changed").says("pre-push: ").says("merge.git-data.driver is unset");
    assert_eq!(hooks(&lab, "anna/.git/hooks"), installed);
    lab.run("anna", "git data uninstall").ok().says("is removed");
    lab.run("anna", DRIVER).fails(1);
    assert_eq!((hooks(&lab, "anna/.git/hooks"), lab.read("anna/.git/config"), lab.everything("anna")), before);
    lab.run("anna", "git data uninstall").ok().says("Nothing of git data is here");
}

#[test]
fn a_driver_of_a_persons_own_stays() {
    let lab = furnished();
    lab.run("anna", "git config merge.git-data.driver 'mine %A'").ok();
    lab.run("anna", "git data install").ok().says("merge.git-data.driver is set to something else, and stays that");
    lab.run("anna", "git data uninstall").ok();
    lab.run("anna", DRIVER).ok().says("mine %A");
    lab.run("anna", "git config merge.git-data.driver 'git data merge --driver of an older program'").ok();
    lab.run("anna", "git data install").ok();
    lab.run("anna", DRIVER).ok().says("%O %A %B");
}

#[test]
fn a_pattern_for_the_diff_driver_is_written_once() {
    let lab = furnished();
    lab.run("anna", "git data install --diff '*.parquet' --diff '*.parquet'").ok().says("*.parquet diff=git-data");
    lab.run("anna", "git data install --diff '*.parquet'").ok().says("Everything is in place");
    assert_eq!(lab.text("anna/.gitattributes").matches("*.parquet diff=git-data\n").count(), 1);
    for pattern in ["", "a b", "#x", "!x", "[attr]x"] {
        lab.run("anna", &format!("git data install --diff '{pattern}'")).fails(2).explains();
    }
}

#[test]
fn a_repository_without_a_commit_and_two_work_trees_share_one_set_of_hooks() {
    let lab = Lab::new(Backend::Directory);
    lab.run("", "git init --quiet new").ok();
    lab.run("new", "git data install").ok();
    lab.run("new", &lab.init()).ok();
    lab.run("new", "git commit --quiet -m first").ok();
    lab.run("new", "git worktree add --quiet ../second -b second").ok();
    let installed = hooks(&lab, "new/.git/hooks");
    lab.run("second", "git data install").ok().says("Everything is in place");
    lab.run("second", "git data uninstall").ok();
    assert_eq!(hooks(&lab, "new/.git/hooks"), []);
    lab.run("second", "git data install").ok();
    assert_eq!(hooks(&lab, "new/.git/hooks"), installed);
}

#[test]
fn a_bare_repository_and_none_are_refused_in_words() {
    let lab = Lab::new(Backend::Directory);
    lab.run("origin.git", "git data install").fails(1).explains();
    lab.run("temp", "git data install").fails(1).explains();
}

#[test]
fn hooks_in_the_work_tree_are_written_where_git_looks_for_them() {
    let lab = furnished();
    lab.run("anna", "git config core.hooksPath .githooks").ok();
    lab.run("anna", "git data install").ok().says("commit the hooks to share them");
    assert_eq!(hooks(&lab, "anna/.githooks").len(), ALL.len());
    assert_eq!(hooks(&lab, "anna/.git/hooks"), []);
    // Where git looked before is looked at too.
    lab.run("anna", "git config --unset core.hooksPath").ok();
    lab.run("anna", "git data install").ok();
    lab.run("anna", "git config core.hooksPath .githooks").ok();
    lab.run("anna", "git data uninstall").ok();
    assert_eq!((hooks(&lab, "anna/.githooks"), hooks(&lab, "anna/.git/hooks")), (vec![], vec![]));
}

#[test]
fn a_folder_that_others_share_is_only_written_when_told_so() {
    let lab = furnished();
    let shared = lab.path("shared");
    lab.run("anna", &format!("git config core.hooksPath {}", shared.display())).ok();
    let ran = lab.run("anna", "git data install").fails(1).explains();
    assert!(ran.stderr.contains("which other repositories may share"), "{ran}");
    assert!(!lab.has("shared"));
    lab.run("anna", DRIVER).fails(1);
    lab.run("anna", "git data install --force").ok();
    assert_eq!(hooks(&lab, "shared").len(), ALL.len());
    lab.run("anna", "git data uninstall").fails(1).explains();
    lab.run("anna", "git data uninstall --force").ok();
    assert_eq!(hooks(&lab, "shared"), []);
    for outside in ["../shared", "../new/shared", "none/../../new"] {
        lab.run("anna", &format!("git config core.hooksPath {outside}")).ok();
        lab.run("anna", "git data install").fails(1).explains();
    }
    lab.run("anna", "git config core.hooksPath /dev/null").ok();
    lab.run("anna", "git data install --force").fails(1).explains().says("is not a folder");
}

#[cfg(unix)]
#[test]
fn a_git_folder_that_cannot_be_written_is_said_in_words() {
    use std::os::unix::fs::PermissionsExt as _;
    let lab = furnished();
    let git = lab.path("anna/.git");
    let set = |mode| std::fs::set_permissions(&git, std::fs::Permissions::from_mode(mode)).unwrap();
    // Root may write everywhere: for it a file stands where the folder would be.
    lab.write("anna/.git/hooks", "");
    set(0o555);
    let ran = lab.run("anna", "git data install").fails(1).explains();
    set(0o755);
    assert!(ran.stderr.contains(".git"), "{ran}");
    lab.run("anna", DRIVER).fails(1);
}

#[test]
fn every_repository_to_come_gets_its_hooks_from_a_template() {
    let lab = Lab::new(Backend::Directory);
    lab.write("home/own", "[user]\n\tname = anna\n");
    lab.set("", "GIT_CONFIG_GLOBAL", lab.path("home/own").to_str().unwrap());
    let template = "home/nobody/.config/git-data/template/hooks";
    lab.run("", "git data install --global --dry-run").ok();
    assert!(!lab.has(template));
    lab.run("", "git data install --global").ok().says("init.templateDir = ");
    assert_eq!(hooks(&lab, template).len(), ALL.len());
    lab.run("", "git data install --global").ok().says("Everything is in place");
    lab.run("", "git init --quiet made").ok();
    lab.set("made", "GIT_CONFIG_GLOBAL", lab.path("home/own").to_str().unwrap());
    assert_eq!(hooks(&lab, "made/.git/hooks"), hooks(&lab, template));
    lab.run("made", "git config --get merge.git-data.driver").ok();
    // A repository without data sees nothing of it.
    lab.write("made/a", "1");
    lab.run("made", "git add a").ok();
    let quiet = lab.run("made", "git commit --quiet -m first").ok();
    assert_eq!((quiet.stdout.as_str(), quiet.stderr.as_str()), ("", ""));
    lab.run("", "git data uninstall --global").ok();
    assert_eq!(hooks(&lab, template), []);
    assert_eq!(lab.text("home/own"), "[user]\n\tname = anna\n");
}

#[test]
fn a_template_of_a_persons_own_and_hooks_for_all_are_used() {
    let lab = Lab::new(Backend::Directory);
    let own = lab.path("own");
    lab.write("home/own", format!("[init]\n\ttemplateDir = {}\n", own.display()));
    lab.set("", "GIT_CONFIG_GLOBAL", lab.path("home/own").to_str().unwrap());
    let before = lab.text("home/own");
    lab.run("", "git data install --global").ok();
    assert_eq!(hooks(&lab, "own/hooks").len(), ALL.len());
    lab.run("", "git data uninstall --global").ok();
    assert_eq!((hooks(&lab, "own/hooks"), lab.text("home/own")), (vec![], before));

    lab.write("home/own", format!("[core]\n\thooksPath = {}\n", lab.path("all").display()));
    lab.run("", "git data install --global").ok();
    assert_eq!(hooks(&lab, "all").len(), ALL.len());
    lab.write("home/own", "[core]\n\thooksPath = .githooks\n");
    lab.run("", "git data install --global").fails(1).explains();
    lab.write("home/own", "[init]\n\ttemplateDir =\n");
    lab.run("", "git data install --global").fails(1).explains();
}
