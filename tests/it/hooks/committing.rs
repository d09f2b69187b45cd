//! pre-commit, prepare-commit-msg and post-commit: what may not be committed, and what comes along.

use super::{furnished, installed};
use crate::lab::{Lab, Staging};

/// One published dataset; anna and bert have hooks.
fn released() -> Lab {
    let lab = furnished();
    lab.release("anna", "a.csv", "id,x\n1,1\n");
    lab.update("bert");
    lab.run("bert", "git data pull").ok();
    installed(&lab, &["anna", "bert"]);
    lab
}

/// The same, and anna's hooks prepare what changed.
fn automatic() -> Lab {
    let lab = released();
    lab.run("anna", "git config data.autoprepare true").ok();
    lab.run("anna", "git switch --quiet -c mine").ok();
    lab.write("anna/code", "1");
    lab.run("anna", "git add code").ok();
    lab.run("anna", "git commit --quiet -m code").ok();
    lab.write("anna/a.csv", "id,x\n1,2\n");
    lab
}

/// The versions of a commit, and that nothing is left over in index and work tree.
#[track_caller]
fn holds(lab: &Lab, place: &str, rev: &str, versions: &[&str]) {
    let text = lab.run(place, &format!("git show {rev}:manifest.json")).ok().stdout;
    let manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
    let found: Vec<&str> = manifest["datasets"]["a.csv"]["versions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|version| version["version"].as_str().unwrap())
        .collect();
    assert_eq!(found, versions);
    for version in manifest["datasets"]["a.csv"]["versions"].as_array().unwrap() {
        let page = version["diff"].as_str().unwrap();
        lab.run(place, &format!("git cat-file -e {rev}:{page}")).ok();
    }
    assert_eq!(lab.run(place, "git status --porcelain --untracked-files=no").ok().stdout, "");
}

#[test]
fn a_manifest_that_is_broken_or_changes_what_is_merged_is_not_committed() {
    let lab = released();
    let good = lab.text("anna/manifest.json");
    for (bad, says) in [
        ("{".to_owned(), "manifest.json of this commit"),
        (good.replace("\"message\": \"Add a.csv\"", "\"message\": \"Other\""), "a.csv v1"),
        (good.replace("\"published\"", "\"purged\""), "a.csv v1"),
        (lab.text("anna/.gitignore"), "manifest.json of this commit"),
    ] {
        lab.write("anna/manifest.json", &bad);
        lab.run("anna", "git add manifest.json").ok();
        let ran = lab.run("anna", "git commit -m bad").fails(1);
        assert!(ran.stderr.contains("error: ") && ran.stderr.contains(says), "{ran}");
        assert!(ran.stderr.contains("hint: "), "{ran}");
    }
    lab.run("anna", "git rm --quiet --cached manifest.json").ok();
    lab.run("anna", "git commit -m gone").fails(1).says("a.csv");
    lab.run("anna", "git commit --quiet --no-verify -m gone").ok();
    // What was committed before is nobody's fault now.
    lab.write("anna/code", "1");
    lab.run("anna", "git add code").ok();
    lab.run("anna", "git commit --quiet -m code").ok();
}

#[test]
fn what_the_publisher_wrote_on_main_comes_in_by_a_merge_that_a_person_finishes() {
    let lab = released();
    lab.write("bert/code", "bert");
    lab.write("bert/b.csv", "b\n");
    lab.run("bert", "git data prepare b.csv b.csv --branch mine --commit").ok();
    lab.run("bert", "git add code").ok();
    lab.run("bert", "git commit --quiet -m code").ok();
    lab.release("anna", "a.csv", "id,x\n1,3\n");
    lab.update("anna");
    lab.write("anna/code", "anna");
    lab.run("anna", "git add code").ok();
    lab.run("anna", "git commit --quiet -m code").ok();
    lab.run("anna", "git push --quiet origin main").ok();
    lab.run("bert", "git fetch --quiet").ok();
    lab.run("bert", "git merge origin/main").fails(1).says("code");
    lab.write("bert/code", "both");
    lab.run("bert", "git add code").ok();
    lab.run("bert", "git commit --quiet --no-edit").ok();
    let list = lab.run("bert", "git data list").ok().stdout;
    assert!(list.contains("a.csv  v2") && list.contains("b.csv"), "{list}");
}

#[test]
fn data_does_not_go_into_git() {
    let lab = released();
    lab.run("anna", "git add --force a.csv").ok();
    let ran = lab.run("anna", "git commit -m data").fails(1);
    assert!(ran.stderr.contains("a.csv is not committed: it belongs to the dataset a.csv"), "{ran}");
    assert!(ran.stderr.contains("hint: git rm --cached a.csv") && ran.stderr.contains("hint: git data prepare a.csv"));
    lab.run("anna", "git rm --quiet --cached a.csv").ok();

    lab.write("anna/folder/large file", "0123456789");
    lab.run("anna", "git add folder").ok();
    lab.run("anna", "git commit --quiet -m 'no limit is set'").ok();
    lab.run("anna", "git config data.maxFileSize 10").ok();
    lab.write("anna/folder/large file", "0123456789a");
    let ran = lab.run("anna", "git commit -am large").fails(1);
    assert!(
        ran.stderr.contains("folder/large file is not committed: it has 11 B, and data.maxFileSize is 10 B"),
        "{ran}"
    );
    assert!(ran.stderr.contains("hint: git rm --cached 'folder/large file'"), "{ran}");
    assert!(ran.stderr.contains("hint: git data prepare NAME 'folder/large file'"), "{ran}");
    lab.run("anna", "git commit --quiet --no-verify -am large").ok();
    lab.run("anna", "git rm --quiet -r folder").ok();
    lab.run("anna", "git commit --quiet -m 'a removal is never too large'").ok();
    lab.run("anna", "git config data.maxFileSize nonsense").ok();
    lab.run("anna", "git commit --quiet --allow-empty -m x").fails(1).says("nonsense");
}

#[test]
fn files_of_a_directory_that_is_a_dataset_do_not_go_into_git() {
    let lab = furnished();
    installed(&lab, &["anna"]);
    lab.write("anna/tree/one", "1");
    lab.run("anna", "git data prepare tree tree --branch mine --commit").ok();
    lab.run("anna", "git add --force tree/one").ok();
    lab.run("anna", "git commit -m data").fails(1).says("tree/one is not committed: it belongs to the dataset tree");
    lab.run("anna", "git rm --quiet --cached tree/one").ok();
    lab.write("anna/tree-like/one", "1");
    lab.run("anna", "git add tree-like").ok();
    lab.run("anna", "git commit --quiet -m 'another folder'").ok();
}

#[test]
fn commit_and_push_are_enough_once_a_dataset_is_tracked() {
    let lab = automatic();
    let before = lab.keys(Staging).len();
    lab.write("anna/code", "2");
    let ran = lab.run("anna", "git commit -am 'Both'").ok();
    assert!(ran.stderr.contains("git data: a.csv v2 is prepared and part of this commit"), "{ran}");
    holds(&lab, "anna", "HEAD", &["v2", "v1"]);
    assert_eq!(lab.keys(Staging).len(), before, "nothing is sent before the push");
    lab.run("anna", "git push --quiet origin mine").ok().says("a.csv v2: 9 B sent to staging");
    lab.merge("mine");
    lab.publish().says("a.csv v2");
    lab.update("bert");
    lab.run("bert", "git data pull").ok();
    assert_eq!(lab.text("bert/a.csv"), "id,x\n1,2\n");
    // Nothing changed since: nothing is said.
    lab.update("anna");
    lab.write("anna/code", "3");
    let ran = lab.run("anna", "git commit -q -am code").ok();
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
}

#[test]
fn a_commit_asks_neither_a_bucket_nor_the_remote() {
    let lab = automatic();
    lab.write("bert/code", "bert");
    lab.run("bert", "git add code").ok();
    lab.run("bert", "git commit --quiet -m code").ok();
    lab.run("bert", "git push --quiet origin main").ok();
    let before = lab.run("anna", "git for-each-ref refs/remotes").ok().stdout;
    lab.offline("anna");
    lab.write("anna/code", "2");
    lab.run("anna", "git commit --quiet -am Both").ok().says("a.csv v2 is prepared");
    assert_eq!(lab.run("anna", "git for-each-ref refs/remotes").ok().stdout, before);
    holds(&lab, "anna", "HEAD", &["v2", "v1"]);
}

#[test]
fn a_commit_of_git_data_itself_holds_what_was_asked_for_and_no_more() {
    let lab = automatic();
    lab.write("anna/b.csv", "b\n");
    let ran = lab.run("anna", "git data prepare b.csv b.csv --commit").ok();
    assert!(!ran.stderr.contains("a.csv"), "{ran}");
    holds(&lab, "anna", "HEAD", &["v1"]);
    lab.run("anna", "git data prepare b.csv --branch other --message Why").ok();
}

#[test]
fn every_way_to_commit_takes_it_along_and_leaves_nothing_behind() {
    for command in [
        "git commit --quiet -m partial code",
        "git commit --quiet --only -m partial -- code",
        "git commit --quiet --include -m included code",
        "git commit --quiet --all -m all",
        "git commit --quiet --amend --all --no-edit",
        "git commit --quiet --amend --no-edit code",
        "git commit --quiet --allow-empty -m empty",
    ] {
        let lab = automatic();
        lab.write("anna/code", "2");
        lab.run("anna", command).ok();
        if command.contains("empty") {
            lab.run("anna", "git commit --quiet -am rest").ok();
        }
        holds(&lab, "anna", "HEAD", &["v2", "v1"]);
        lab.run("anna", "git fsck --strict").ok();
    }
}

#[test]
fn a_linked_work_tree_has_its_own_files_and_its_own_commit() {
    let lab = automatic();
    lab.run("anna", "git worktree add --quiet ../second -b second").ok();
    lab.set("second", "XDG_CACHE_HOME", lab.path("home/anna/cache").to_str().unwrap());
    lab.run("second", "git data pull").ok();
    lab.write("second/a.csv", "id,x\n1,5\n");
    lab.write("second/code", "second");
    lab.run("second", "git commit --quiet -m partial code").ok().says("a.csv v2 is prepared");
    holds(&lab, "second", "HEAD", &["v2", "v1"]);
    lab.run("second", "git push --quiet origin second").ok().says("sent to staging");
    holds(&lab, "anna", "HEAD", &["v1"]);
}

#[test]
fn a_commit_that_came_to_nothing_loses_nothing() {
    let lab = automatic();
    lab.script("anna/.git/hooks/commit-msg", "#!/bin/sh\nexit 1\n");
    lab.write("anna/code", "2");
    lab.run("anna", "git commit -m refused code").fails(1);
    lab.remove("anna/.git/hooks/commit-msg");
    lab.run("anna", "git commit --quiet -m taken code").ok();
    holds(&lab, "anna", "HEAD", &["v2", "v1"]);
}

#[test]
fn a_manifest_that_somebody_is_editing_is_left_alone() {
    let lab = automatic();
    let edited = lab
        .text("anna/manifest.json")
        .replace("\"kind\": \"file\",", "\"kind\": \"file\",\n      \"description\": \"d\",");
    lab.write("anna/manifest.json", &edited);
    lab.write("anna/code", "2");
    lab.run("anna", "git commit -m code code").ok().says("manifest.json has changes that are not in this commit");
    assert_eq!(lab.text("anna/manifest.json"), edited);
    // With all of it committed, both come.
    lab.run("anna", "git commit --quiet -am all").ok().says("a.csv v2 is prepared");
    holds(&lab, "anna", "HEAD", &["v2", "v1"]);
    assert!(lab.text("anna/manifest.json").contains("\"description\": \"d\""));
}

#[test]
fn rebases_picks_stashes_and_merges_prepare_nothing_by_themselves() {
    let lab = automatic();
    lab.write("anna/code", "2");
    lab.run("anna", "git commit --quiet -am Both").ok();
    lab.update("bert");
    lab.write("bert/other", "x");
    lab.run("bert", "git add other").ok();
    lab.run("bert", "git commit --quiet -m other").ok();
    lab.run("bert", "git push --quiet origin main").ok();
    lab.run("anna", "git fetch --quiet").ok();
    lab.write("anna/a.csv", "id,x\n1,9\n");
    lab.write("anna/code", "stashed");
    lab.run("anna", "git stash --quiet").ok();
    lab.run("anna", "git rebase --quiet origin/main").ok();
    holds(&lab, "anna", "HEAD", &["v2", "v1"]);
    lab.run("anna", "git stash pop --quiet").ok();
    lab.run("anna", "git restore code").ok();
    lab.run("anna", "git switch --quiet -c picked origin/main").ok();
    lab.run("anna", "git cherry-pick mine~1 mine").ok();
    holds(&lab, "anna", "HEAD", &["v2", "v1"]);
    lab.run("anna", "git switch --quiet -c conflict mine~1").ok();
    lab.write("anna/code", "other");
    lab.run("anna", "git -c data.autoprepare=false commit --quiet -m other code").ok();
    lab.run("anna", "git merge mine").fails(1).says("code");
    lab.write("anna/code", "both");
    lab.run("anna", "git add code").ok();
    lab.run("anna", "git commit --quiet --no-edit").ok().silent_about("is prepared");
    holds(&lab, "anna", "HEAD", &["v2", "v1"]);
    lab.run("anna", "git switch --quiet -c merged origin/main").ok();
    lab.run("anna", "git merge --quiet --no-ff --no-edit mine").ok();
    holds(&lab, "anna", "HEAD", &["v2", "v1"]);
}

#[test]
fn the_message_is_made_of_what_was_prepared_where_nobody_wrote_one() {
    let lab = automatic();
    // Git looks whether there is something to commit before it asks a hook.
    let ran = lab.run("anna", "git commit --quiet --all").fails(1);
    assert!(ran.stderr.contains("hint: if git finds nothing to commit: the same command again takes it"), "{ran}");
    lab.run("anna", "git commit --quiet --all").ok();
    holds(&lab, "anna", "HEAD", &["v2", "v1"]);
    let message = lab.run("anna", "git log -1 --format=%B").ok().stdout;
    assert!(message.starts_with("data: a.csv v2: Update a.csv\n\na.csv v2: sha256 "), "{message}");
    lab.write("anna/a.csv", "id,x\n1,3\n");
    lab.run("anna", "git commit --quiet --amend --all --no-edit").ok();
    assert_eq!(lab.run("anna", "git log -1 --format=%B").ok().stdout, message);
    lab.write("anna/a.csv", "id,x\n1,4\n");
    lab.write("anna/code", "8");
    lab.run("anna", "git commit --quiet --all -m Mine").ok();
    assert_eq!(lab.run("anna", "git log -1 --format=%B").ok().stdout, "Mine\n\n");
    // Somebody who wants none gets none.
    lab.write("anna/a.csv", "id,x\n1,5\n");
    lab.write("anna/code", "7");
    lab.run("anna", "git commit --quiet --all --allow-empty-message -m ''").ok();
    assert_eq!(lab.run("anna", "git log -1 --format=%B").ok().stdout.trim(), "");
    // Without anything prepared, an empty message is an empty message.
    lab.write("anna/code", "9");
    lab.run("anna", "git commit --all").fails(1).says("empty commit message");
}

#[test]
fn in_a_repository_without_a_commit_the_first_one_is_looked_at_too() {
    let lab = Lab::new(crate::lab::Backend::Directory);
    lab.run("", "git init --quiet new").ok();
    lab.run("new", "git data install").ok();
    lab.run("new", &lab.init()).ok();
    lab.write("new/a.csv", "1\n");
    lab.run("new", "git data prepare a.csv a.csv --no-upload").ok();
    lab.run("new", "git add --force a.csv").ok();
    lab.run("new", "git commit -m first").fails(1).says("it belongs to the dataset a.csv");
    lab.run("new", "git rm --quiet --cached a.csv").ok();
    lab.run("new", "git commit --quiet").ok();
    assert!(lab.run("new", "git log -1 --format=%s").ok().stdout.starts_with("data: a.csv v1"));
}

#[test]
fn a_hook_that_nobody_knows_and_one_without_arguments_are_said_in_words() {
    let lab = furnished();
    lab.run("anna", "git data hook pre-dinner").fails(2).explains().says("pre-commit");
    for hook in ["prepare-commit-msg", "post-checkout", "post-rewrite"] {
        lab.run("anna", &format!("git data hook {hook}")).fails(2).explains();
    }
    assert!(lab.run("anna", "git data hook pre-commit --json").ok().json()["hook"] == "pre-commit");
}
