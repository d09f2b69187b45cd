//! Repositories of every shape: each has an answer, and one that is not the wrong one.

use std::fs;

use super::furnished;
use crate::lab::{Backend, Lab};

const INIT: &str = "git data init --staging file:../buckets/staging --production file:../buckets/production";

#[test]
fn outside_a_repository_and_in_a_bare_one_the_way_in_is_named() {
    let lab = furnished();
    fs::create_dir(lab.path("nowhere")).unwrap();
    for verb in ["list", "status", "pull", "prepare a a", "init", "verify", "merge", "cache"] {
        lab.run("nowhere", &format!("git-data {verb}")).fails(1).explains().says("hint: git init");
        lab.run("origin.git", &format!("git data {verb}")).fails(1).explains().says("bare").says("git clone");
    }
    for verb in ["completions bash", "-h", "--version", "help prepare"] {
        lab.run("nowhere", &format!("git-data {verb}")).ok();
    }
}

#[test]
fn each_linked_work_tree_remembers_its_own_files() {
    let lab = furnished();
    lab.release("anna", "a.csv", "1\n");
    lab.run("anna", "git worktree add --quiet ../second").ok();
    lab.set("second", "XDG_CACHE_HOME", lab.path("home/anna/cache").to_str().unwrap());
    lab.run("second", "git data status").ok().says("not here");
    lab.run("second", "git data pull").ok();
    lab.release("anna", "a.csv", "2\n");
    // The second work tree is still at v1, and its file is what it expects.
    lab.write("second/a.csv", "3\n");
    lab.run("second", "git merge --quiet --ff-only origin/main").ok();
    let json = lab.run("second", "git data prepare a.csv --json --dry-run").ok().json();
    assert_eq!(json["datasets"][0]["base"], "v1", "made from what this work tree pulled: {json}");
    lab.run("anna", "git data status").ok().says("current v2");
}

#[test]
fn a_submodule_is_a_repository_of_its_own() {
    let lab = furnished();
    lab.release("anna", "a.csv", "1\n");
    lab.run("", "git init --quiet whole").ok();
    fs::create_dir(lab.path("whole/.git/modules")).unwrap();
    lab.run("whole", "git clone --quiet --separate-git-dir=.git/modules/part ../origin.git part").ok();
    lab.run("whole", "git add part").ok();
    lab.run("whole", "git commit --quiet -m part").ok();
    // Relative buckets count from the submodule's root.
    lab.run("whole/part", &format!("git config data.production {}", "file:../../buckets/production")).ok();
    lab.run("whole/part", "git data list").ok().says("a.csv  v1");
    lab.run("whole/part", "git data pull").ok();
    assert_eq!(lab.text("whole/part/a.csv"), "1\n");
    lab.run("whole", "git data list").fails(1).explains().says("there is no manifest.json");
}

#[test]
fn a_sha256_repository_works_as_any_other() {
    let lab = Lab::new(Backend::Directory);
    lab.run("", "git init --quiet --object-format=sha256 --initial-branch=main modern").ok();
    lab.run("modern", INIT).ok();
    lab.run("modern", "git commit --quiet -m init").ok();
    lab.write("modern/a.csv", "1\n");
    lab.run("modern", "git data prepare a.csv a.csv --commit").ok();
    lab.run("modern", "git data list").ok().says("a.csv  v1  merged");
    let commit = lab.run("modern", "git data why a.csv --json").ok().json()["versions"][0]["introduced"]["id"].clone();
    assert_eq!(commit.as_str().unwrap().len(), 64);
}

#[test]
fn a_dirty_manifest_is_worked_on_as_it_is() {
    let lab = furnished();
    lab.write("anna/a.csv", "1\n");
    lab.write("anna/b.csv", "2\n");
    lab.run("anna", "git data prepare a.csv a.csv").ok();
    lab.run("anna", "git data prepare b.csv b.csv").ok();
    lab.run("anna", "git data list").ok().says("a.csv").says("b.csv");
    let text = lab.text("anna/manifest.json");
    assert!(text.contains("a.csv") && text.contains("b.csv"));
}

#[test]
fn on_a_detached_head_a_commit_needs_a_branch() {
    let lab = furnished();
    lab.release("anna", "a.csv", "1\n");
    lab.run("anna", "git switch --quiet --detach").ok();
    lab.write("anna/a.csv", "2\n");
    let before = lab.everything("anna");
    for how in ["--commit", "--push"] {
        lab.run("anna", &format!("git data prepare a.csv {how}")).fails(1).explains().says("detached").says("--branch");
        assert_eq!(lab.everything("anna"), before);
    }
    for verb in ["list", "status", "log", "pull --dry-run --force"] {
        lab.run("anna", &format!("git data {verb}")).ok();
    }
    lab.run("anna", "git data prepare a.csv").ok().says("a detached HEAD");
    lab.run("anna", "git checkout --quiet -- .").ok();
    lab.run("anna", "git reset --quiet --hard").ok();
    let json = lab.run("anna", "git data prepare a.csv --pr --json").ok().json();
    assert_eq!(json["proposal"]["branch"], "data/a.csv-v2");
}

#[test]
fn before_the_first_commit_all_is_there_already() {
    let lab = Lab::new(Backend::Directory);
    lab.run("", "git init --quiet new").ok();
    lab.run("new", INIT).ok();
    lab.write("new/a.csv", "1\n");
    for verb in ["list", "status", "verify", "cache", "pull", "prepare a.csv a.csv", "log", "show a.csv", "why a.csv"] {
        lab.run("new", &format!("git data {verb}")).ok();
    }
    lab.run("new", "git data merge").fails(1).explains();
    lab.write("new/b.csv", "2\n");
    lab.run("new", "git data prepare b.csv b.csv --commit").ok();
    lab.run("new", "git data list").ok().says("b.csv  v1  merged");
}

#[test]
fn a_shallow_or_partial_clone_reads_and_pulls() {
    let lab = furnished();
    lab.release("anna", "a.csv", "1\n");
    lab.release("anna", "a.csv", "2\n");
    let url = format!("file://{}", lab.path("origin.git").display());
    for (name, how) in [("shallow", "--depth=1"), ("partial", "--filter=blob:none"), ("sparse", "--sparse")] {
        lab.run("", &format!("git clone --quiet {how} {url} {name}")).ok();
        lab.run(name, "git data list").ok().says("a.csv  v2");
        lab.run(name, "git data why a.csv").ok();
        lab.run(name, "git data pull").ok();
        assert_eq!(lab.text(&format!("{name}/a.csv")), "2\n");
        lab.write(&format!("{name}/a.csv"), format!("{name}\n"));
        lab.run(name, "git data prepare a.csv --branch mine --commit").ok();
        lab.run(name, "git data merge").ok().says("Nothing to merge");
    }
}

#[test]
fn paths_count_from_where_one_stands_and_may_be_odd() {
    let lab = furnished();
    lab.write("anna/deep/er/über 数.csv", "1\n");
    lab.run("anna/deep/er", "git data prepare odd.csv 'über 数.csv' -m odd --commit").ok();
    let list = lab.run("anna/deep", "git data list --json").ok().json();
    assert_eq!(list["datasets"][0]["path"], "deep/er/über 数.csv");
    lab.run("anna/deep/er", "git data why 'über 数.csv'").ok().says("odd.csv v1");
    lab.run("anna/deep", "git data status").ok().says("current v1");
    assert_eq!(lab.run("anna", "git status --porcelain --untracked-files=all").ok().stdout, "", "it is ignored");
    lab.run("anna", "git push --quiet origin main").ok();
    lab.publish();
    lab.update("bert");
    lab.run("bert", "git data pull").ok();
    assert_eq!(lab.text("bert/deep/er/über 数.csv"), "1\n");
}

#[test]
fn a_name_in_the_way_of_another_is_refused() {
    let lab = furnished();
    lab.release("anna", "a.csv", "1\n");
    lab.write("anna/other", "2\n");
    for (name, says) in [
        ("A.csv", "a.csv"),
        ("a.csv/b", "a.csv"),
        ("v2", "v2"),
        ("x.tree", "x.tree"),
        ("con", "con"),
        (".git/hooks/post-commit", ".git"),
        ("x/../y", ".."),
        ("a b", "a b"),
    ] {
        lab.run("anna", &format!("git data prepare '{name}' other")).fails(1).explains().says(says);
        assert_eq!(lab.run("anna", "git status --porcelain").ok().stdout, "?? other\n", "{name}");
    }
}

/// A manifest of somebody else that wants its file written elsewhere.
#[test]
#[cfg(unix)]
fn a_path_that_leads_out_of_the_repository_is_never_written() {
    let lab = furnished();
    lab.release("anna", "a.csv", "1\n");
    let good = lab.text("anna/manifest.json");
    lab.write("outside/kept", "kept\n");
    std::os::unix::fs::symlink(lab.path("outside"), lab.path("anna/link")).unwrap();
    for path in ["../outside/new", "/tmp/new", ".git/hooks/post-commit", "x/.GIT/config", "link/new", "link/kept"] {
        let text = good.replace("\"kind\": \"file\",", &format!("\"kind\": \"file\",\n      \"path\": \"{path}\","));
        assert_ne!(text, good);
        lab.write("anna/manifest.json", text);
        lab.run("anna", "git data pull --force").fails(1);
        assert_eq!(fs::read_dir(lab.path("outside")).unwrap().count(), 1, "{path}");
        assert_eq!(lab.text("outside/kept"), "kept\n");
        assert!(!lab.has("anna/.git/hooks/post-commit"));
    }
}
