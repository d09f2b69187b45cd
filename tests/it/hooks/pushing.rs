//! pre-push: what is proposed is in staging before others see the commits, or nothing is pushed.

use super::{furnished, installed};
use crate::lab::{Backend, Lab, Staging};

/// Anna proposes v2 of a released dataset and sends nothing.
fn unsent() -> Lab {
    let lab = furnished();
    lab.release("anna", "a.csv", "id,x\n1,1\n");
    lab.update("bert");
    installed(&lab, &["anna", "bert"]);
    lab.write("anna/a.csv", "id,x\n1,2\n");
    let ran = lab.run("anna", "git data prepare a.csv --no-upload --branch mine --commit").ok();
    assert!(ran.stdout.contains("a.csv v2"), "{ran}");
    lab.run("anna", "git data prepare a.csv --no-upload").ok().says("proposed already");
    lab
}

fn has_branch(lab: &Lab) -> bool {
    lab.run("origin.git", "git rev-parse --verify --quiet refs/heads/mine").code == 0
}

#[test]
fn what_was_prepared_without_sending_is_sent_by_the_push_and_published() {
    let lab = unsent();
    assert_eq!(lab.keys(Staging).len(), 1, "only v1");
    // The file goes on changing: what was proposed was kept.
    lab.write("anna/a.csv", "something else\n");
    lab.run("anna", "git push --quiet origin mine").ok().says("a.csv v2: 9 B sent to staging");
    assert_eq!(lab.keys(Staging).len(), 2);
    lab.run("anna", "git push --quiet origin mine").ok().silent_about("sent to staging");
    lab.merge("mine");
    lab.publish().says("a.csv v2");
    lab.update("bert");
    lab.run("bert", "git data pull").ok();
    assert_eq!(lab.text("bert/a.csv"), "id,x\n1,2\n");
}

#[test]
fn a_push_that_cannot_send_is_refused_and_the_next_one_does_it() {
    let lab = unsent();
    lab.offline("anna");
    let ran = lab.run("anna", "git push origin mine").fails(1);
    assert!(ran.stderr.contains("error: nothing was pushed: a.csv v2 could not be sent"), "{ran}");
    assert!(ran.stderr.contains("hint: git push --no-verify"), "{ran}");
    assert!(!has_branch(&lab));
    lab.online("anna");
    lab.run("anna", "git push --quiet origin mine").ok().says("sent to staging");
    assert!(has_branch(&lab));
}

#[test]
fn bytes_that_are_nowhere_are_not_pushed_unless_told_so() {
    let lab = unsent();
    lab.remove("home/anna/cache");
    lab.write("anna/a.csv", "something else\n");
    let ran = lab.run("anna", "git push origin mine").fails(1);
    assert!(ran.stderr.contains("a.csv v2 is not in staging, and its bytes are not here"), "{ran}");
    assert!(!has_branch(&lab));
    lab.run("anna", "git push --quiet --no-verify origin mine").ok();
    assert!(has_branch(&lab));
}

#[test]
fn what_others_staged_is_pushed_on_by_those_who_do_not_have_it() {
    let lab = unsent();
    lab.run("anna", "git push --quiet origin mine").ok();
    lab.run("bert", "git fetch --quiet").ok();
    lab.run("bert", "git switch --quiet mine").ok();
    lab.write("bert/code", "x");
    lab.run("bert", "git add code").ok();
    lab.run("bert", "git commit --quiet -m code").ok();
    lab.run("bert", "git push --quiet origin mine:theirs").ok();
    let key = lab.keys(Staging).into_iter().find(|key| lab.object(Staging, key).unwrap() == b"id,x\n1,2\n").unwrap();
    lab.lose(Staging, &key);
    lab.run("bert", "git push origin mine:again").fails(1).says("its bytes are not here");
    // The same manifest is there already: nobody is asked anything.
    lab.write("bert/code", "y");
    lab.run("bert", "git commit --quiet -am more").ok();
    lab.run("bert", "git push --quiet origin mine:theirs").ok();
}

#[test]
fn what_is_merged_is_the_publishers_business() {
    let lab = unsent();
    lab.run("anna", "git push --quiet origin mine").ok();
    lab.merge("mine");
    lab.update("bert");
    for key in lab.keys(Staging) {
        lab.lose(Staging, &key);
    }
    lab.write("bert/b.csv", "b\n");
    lab.run("bert", "git data prepare b.csv b.csv --no-upload --branch bert --commit").ok();
    let ran = lab.run("bert", "git push --quiet origin bert").ok();
    assert!(ran.stderr.contains("b.csv v1: 2 B sent") && !ran.stderr.contains("a.csv"), "{ran}");
}

#[test]
fn code_is_pushed_without_asking_a_bucket() {
    let lab = unsent();
    lab.offline("anna");
    lab.run("anna", "git switch --quiet main").ok();
    lab.write("anna/code", "x");
    lab.run("anna", "git add code").ok();
    lab.run("anna", "git commit --quiet -m code").ok();
    for command in [
        "git push --quiet origin main",
        "git push --quiet origin main:new",
        "git push --quiet origin --delete new",
        "git tag -a -m t t",
        "git push --quiet origin t",
        "git push --quiet origin main^{tree}:refs/tags/tree",
        "git push --quiet origin main",
    ] {
        let ran = lab.run("anna", command).ok();
        assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""), "{command}");
    }
}

#[test]
fn the_very_first_push_of_the_default_branch_sends_too() {
    let lab = Lab::new(Backend::Directory);
    lab.clone_for("anna");
    lab.run("anna", &lab.init()).ok();
    installed(&lab, &["anna"]);
    lab.write("anna/a.csv", "1\n");
    lab.run("anna", "git data prepare a.csv a.csv --no-upload --commit").ok();
    lab.run("anna", "git push --quiet origin main").ok().says("a.csv v1: 2 B sent to staging");
    lab.run("anna", "git push --quiet origin main:copy").ok().silent_about("sent");
}

#[test]
fn a_bare_repository_pushes_what_it_has() {
    let lab = unsent();
    lab.run("anna", "git push --quiet --no-verify origin mine").ok();
    lab.run("", "git clone --quiet --bare origin.git mirror").ok();
    std::fs::create_dir_all(lab.path("mirror/hooks")).unwrap();
    std::fs::copy(lab.path("anna/.git/hooks/pre-push"), lab.path("mirror/hooks/pre-push")).unwrap();
    lab.run("mirror", "git push --quiet origin mine:copy").ok();
}

#[test]
fn a_tip_counts_and_not_what_was_on_the_way_to_it() {
    let lab = unsent();
    lab.write("anna/a.csv", "id,x\n1,3\n");
    lab.run("anna", "git data prepare a.csv --no-upload --commit").ok();
    let ran = lab.run("anna", "git push --quiet origin mine").ok();
    assert_eq!(ran.stderr.matches("sent to staging").count(), 1, "{ran}");
    let staged: Vec<_> = lab.keys(Staging).iter().map(|key| lab.object(Staging, key).unwrap()).collect();
    assert!(staged.iter().any(|bytes| bytes == b"id,x\n1,3\n") && !staged.iter().any(|bytes| bytes == b"id,x\n1,2\n"));
}

#[test]
fn a_command_that_pushes_sends_what_was_left_to_the_push_too() {
    let lab = unsent();
    lab.write("anna/b.csv", "b\n");
    lab.run("anna", "git data prepare b.csv b.csv --push").ok();
    let staged: Vec<_> = lab.keys(Staging).iter().map(|key| lab.object(Staging, key).unwrap()).collect();
    assert!(staged.iter().any(|bytes| bytes == b"id,x\n1,2\n"), "the earlier commit's bytes are there");
    for flag in ["--push", "--pr"] {
        lab.run("anna", &format!("git data prepare b.csv --no-upload {flag}")).fails(2).explains();
    }
}

#[test]
fn a_directory_is_sent_from_its_place() {
    let lab = furnished();
    installed(&lab, &["anna"]);
    lab.write("anna/tree/one", "1");
    lab.write("anna/tree/two", "2");
    lab.run("anna", "git data prepare tree tree --no-upload --branch mine --commit")
        .ok()
        .says("before it changes again");
    assert_eq!(lab.keys(Staging), Vec::<String>::new());
    lab.write("anna/tree/two", "3");
    lab.run("anna", "git push origin mine").fails(1).says("its bytes are not here");
    lab.write("anna/tree/two", "2");
    lab.run("anna", "git push --quiet origin mine").ok().says("sent to staging");
    lab.run("anna", "git push --quiet origin mine:other").ok().silent_about("sent");
    lab.merge("mine");
    lab.publish().says("tree v1");
}

#[test]
fn a_linked_work_tree_pushes_as_the_first_one_does() {
    let lab = unsent();
    lab.run("anna", "git switch --quiet main").ok();
    lab.run("anna", "git worktree add --quiet ../second mine").ok();
    lab.set("second", "XDG_CACHE_HOME", lab.path("home/anna/cache").to_str().unwrap());
    lab.run("second", "git push --quiet origin mine").ok().says("a.csv v2: 9 B sent to staging");
}

#[cfg(feature = "s3")]
#[test]
fn to_a_server_the_same() {
    let lab = Lab::new(Backend::S3);
    lab.furnish();
    installed(&lab, &["anna"]);
    lab.write("anna/a.csv", "1\n");
    lab.run("anna", "git data prepare a.csv a.csv --no-upload --branch mine --commit").ok();
    lab.run("anna", "git push --quiet origin mine").ok().says("a.csv v1: 2 B sent to staging");
    lab.run("anna", "git push --quiet origin mine:other").ok().silent_about("sent");
    // Somebody spoiled it: the store says so, and it is sent again.
    let key = lab.keys(Staging)[0].clone();
    lab.spoil(Staging, &key, b"2\n");
    lab.run("anna", "git push --quiet origin mine:third").ok().says("sent to staging");
    assert_eq!(lab.object(Staging, &key).unwrap(), b"1\n");
}
