//! post-checkout, post-merge, post-rewrite: which datasets differ from what was checked out, and `data.autopull`.

use super::{furnished, installed};
use crate::lab::Lab;

/// v1 is published, v2 is proposed on `mine`, and bert has hooks and the file of v1.
fn two_branches() -> Lab {
    let lab = furnished();
    lab.release("anna", "a.csv", "one\n");
    lab.release("anna", "same.csv", "same\n");
    lab.write("anna/a.csv", "two\n");
    lab.run("anna", "git data prepare a.csv --branch mine --push").ok();
    lab.update("bert");
    lab.run("bert", "git data pull").ok();
    lab.run("bert", "git fetch --quiet").ok();
    installed(&lab, &["bert"]);
    lab
}

#[test]
fn a_checkout_says_which_datasets_differ_and_what_to_type() {
    let lab = two_branches();
    // What differed before and has the same version there is no news.
    lab.write("bert/same.csv", "mine\n");
    let ran = lab.run("bert", "git switch --quiet mine").ok().silent_about("same.csv");
    assert!(ran.stderr.contains("git data: a.csv: v2 is proposed here, and the file is v1"), "{ran}");
    assert!(ran.stderr.contains("hint: git data pull a.csv --staged"), "{ran}");
    lab.run("bert", "git data pull a.csv --staged").ok();
    let back = lab.run("bert", "git switch --quiet main").ok();
    assert!(back.stderr.contains("a.csv: v1 is the version here, and the file is v2"), "{back}");
    // What is as it should be needs no word, nor does a checkout of files or of the same commit.
    for command in
        ["git switch --quiet -c same", "git restore manifest.json", "git checkout --quiet HEAD -- manifest.json"]
    {
        let ran = lab.run("bert", command).ok();
        assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""), "{command}");
    }
    lab.write("bert/a.csv", "mine\n");
    lab.run("bert", "git switch --quiet mine").ok().says("the file has changes that are in no version");
}

#[test]
fn what_was_never_here_is_not_missed() {
    let lab = two_branches();
    lab.release("anna", "b.csv", "b\n");
    let ran = lab.run("bert", "git pull --quiet --ff-only origin main").ok();
    assert!(!ran.stderr.contains("b.csv"), "{ran}");
}

#[test]
fn a_merge_and_a_rebase_say_it_once() {
    let lab = two_branches();
    lab.run("bert", "git tag before").ok();
    lab.release("anna", "a.csv", "three\n");
    let ran = lab.run("bert", "git pull --quiet --ff-only origin main").ok();
    assert!(ran.stderr.contains("a.csv: v2 is the version here, and the file is v1"), "{ran}");
    lab.run("bert", "git switch --quiet -c old before").ok();
    lab.run("bert", "git data pull --quiet").ok();
    lab.write("bert/code", "x");
    lab.run("bert", "git add code").ok();
    lab.run("bert", "git commit --quiet -m code").ok();
    let ran = lab.run("bert", "git rebase --quiet origin/main").ok();
    assert_eq!(ran.stderr.matches("git data: a.csv: v2 is").count(), 1, "{ran}");
    let ran = lab.run("bert", "git commit --quiet --amend -m other").ok();
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
}

#[test]
fn autopull_brings_the_files_along_and_keeps_what_is_a_persons_own() {
    let lab = two_branches();
    lab.run("bert", "git config data.autopull true").ok();
    lab.run("bert", "git switch --quiet mine").ok().says("a.csv v2: 4 B, pulled and verified");
    assert_eq!(lab.text("bert/a.csv"), "two\n");
    lab.run("bert", "git switch --quiet main").ok().says("a.csv v1: 4 B, pulled and verified");
    assert_eq!(lab.text("bert/a.csv"), "one\n");
    lab.write("bert/a.csv", "mine\n");
    lab.run("bert", "git switch --quiet mine").ok().says("changes that are in no version");
    assert_eq!(lab.text("bert/a.csv"), "mine\n");
    // A bucket that cannot be reached fails no checkout.
    lab.write("bert/a.csv", "two\n");
    lab.remove("home/bert/cache");
    lab.offline("bert");
    lab.run("bert", "git switch --quiet main").ok();
    assert_eq!(
        (lab.text("bert/a.csv"), lab.run("bert", "git branch --show-current").ok().stdout),
        ("two\n".into(), "main\n".into())
    );
}

#[test]
fn a_new_work_tree_and_a_clone_miss_all_of_it() {
    let lab = two_branches();
    let ran = lab.run("bert", "git worktree add --quiet ../second -b second").ok();
    assert!(ran.stderr.contains("a.csv: v1 is the version here, and its file is not"), "{ran}");
    lab.run("bert", "git config data.autopull true").ok();
    lab.run("bert", "git worktree add --quiet ../third -b third").ok().says("a.csv v1: 4 B, pulled");
    assert_eq!(lab.text("third/a.csv"), "one\n");

    lab.write("home/own", "");
    lab.set("cleo", "GIT_CONFIG_GLOBAL", lab.path("home/own").to_str().unwrap());
    std::fs::create_dir(lab.path("cleo")).unwrap();
    lab.run("cleo", "git data install --global").ok();
    let ran = lab.run("cleo", "git clone --quiet ../origin.git ../dora").ok();
    assert!(ran.stderr.contains("a.csv: v1 is the version here, and its file is not"), "{ran}");
    lab.run("dora", "git data pull").ok();
}
