//! What the Python tool that came before did wrong, one test each: here it cannot happen.

use crate::lab::{Backend, Lab, Production, ROBOT, Staging};

fn lab() -> Lab {
    let lab = Lab::new(Backend::Directory);
    lab.furnish();
    lab
}

/// Prepared on a branch of its own and merged; not yet published.
fn merged(lab: &Lab, name: &str, content: &str) {
    lab.update("anna");
    lab.write(&format!("anna/{name}"), content);
    let said = lab.run("anna", &format!("git data prepare {name} {name} --pr --json")).json();
    lab.merge(said["proposal"]["branch"].as_str().unwrap());
    lab.update("anna");
}

fn pulled(lab: &Lab, name: &str) -> String {
    lab.update("bert");
    lab.run("bert", &format!("git data pull {name}")).ok();
    lab.text(&format!("bert/{name}"))
}

/// What main says of a dataset, newest first.
fn states(lab: &Lab, name: &str) -> Vec<String> {
    let manifest = lab.run("origin.git", "git show main:manifest.json").ok().json();
    let versions = manifest["datasets"][name]["versions"].as_array().unwrap();
    versions.iter().map(|entry| entry["state"].as_str().unwrap().to_owned()).collect()
}

/// It deleted the object of a pruned version though a rollback had brought its bytes back.
#[test]
fn defect_1_a_prune_after_a_rollback_loses_the_live_bytes() {
    let lab = lab();
    lab.release("anna", "a.csv", "good\n");
    lab.release("anna", "a.csv", "bad\n");
    lab.run("anna", "git data rollback a.csv --to-version v1 -m back --pr").ok();
    lab.merge("data/a.csv-v3");
    lab.publish();
    lab.update("anna");
    lab.run("anna", "git data prune a.csv --keep 1 --pr").ok();
    lab.merge("data/prune-a.csv");
    for _ in 0..2 {
        lab.run(ROBOT, "git-data-publish sweep --grace 0s").ok();
    }
    assert_eq!(pulled(&lab, "a.csv"), "good\n");
    assert_eq!(states(&lab, "a.csv"), ["published", "purged", "retired"]);
}

/// It forgot a publication when its push lost a race: live in the bucket, pending for ever in the manifest.
#[test]
fn defect_2_a_rejected_push_strands_a_publication() {
    let lab = lab();
    merged(&lab, "a.csv", "new\n");
    // The first push meets a commit that landed just before it.
    lab.run("anna", "git switch --quiet --create other").ok();
    lab.run("anna", "git commit --quiet --allow-empty -m Meanwhile").ok();
    lab.run("anna", "git push --quiet origin other").ok();
    lab.race("refs/heads/other");
    lab.publish();
    assert!(lab.has_raced());
    assert_eq!(states(&lab, "a.csv"), ["published"]);
    lab.run(ROBOT, "git fetch --quiet origin").ok();
    lab.run(ROBOT, "git merge-base --is-ancestor origin/other origin/main").ok();
}

/// It copied what lay in staging, whatever that was by then.
#[test]
fn defect_3_unverified_bytes_are_copied() {
    let lab = lab();
    merged(&lab, "a.csv", "approved\n");
    let key = lab.keys(Staging).remove(0);
    lab.spoil(Staging, &key, b"swapped!\n");
    lab.publishes().fails(5).says("a.csv v1");
    assert_eq!(lab.keys(Production), [""; 0]);
    assert_eq!(states(&lab, "a.csv"), ["pending"]);
}

/// It published one dataset a run, and the others waited for runs that nobody started.
#[test]
fn defect_4_one_run_publishes_one_dataset() {
    let lab = lab();
    for name in ["a.csv", "b.csv", "c.csv"] {
        merged(&lab, name, name);
    }
    lab.publish();
    for name in ["a.csv", "b.csv", "c.csv"] {
        assert_eq!(states(&lab, name), ["published"]);
        assert_eq!(pulled(&lab, name), name);
    }
}

/// It cleaned staging by age, also what an open pull request was about to need.
#[test]
fn defect_5_staging_is_swept_under_an_open_pull_request() {
    let lab = lab();
    lab.release("anna", "a.csv", "first\n");
    lab.write("anna/a.csv", "proposed\n");
    lab.run("anna", "git data prepare a.csv a.csv --pr").ok();
    lab.age_staging(400);
    lab.run(ROBOT, "git-data-publish janitor").ok();
    lab.merge("data/a.csv-v2");
    lab.publish();
    assert_eq!(pulled(&lab, "a.csv"), "proposed\n");
}

/// It deleted the object first and then said so: when that commit did not land, main promised what was gone.
#[test]
fn defect_6_an_object_is_deleted_before_main_says_so() {
    let lab = lab();
    lab.release("anna", "a.csv", "old\n");
    lab.release("anna", "a.csv", "new\n");
    lab.run("anna", "git data prune a.csv --keep 1 --pr").ok();
    lab.merge("data/prune-a.csv");
    lab.run(ROBOT, "git-data-publish sweep --grace 0s").ok();
    let before = lab.keys(Production);
    // From now on main takes nothing.
    lab.protect_main();
    lab.run(ROBOT, "git-data-publish sweep --grace 0s").ok();
    assert_eq!(lab.keys(Production), before);
    assert_eq!(states(&lab, "a.csv"), ["published", "retired"]);
}

/// It kept a `latestVersion` beside the list, which nobody moved on; who pulled got an old version.
#[test]
fn defect_7_the_latest_version_is_a_member_that_goes_stale() {
    let lab = lab();
    lab.release("anna", "a.csv", "first\n");
    lab.release("anna", "a.csv", "second\n");
    assert!(!lab.text("anna/manifest.json").contains("latest"));
    assert_eq!(pulled(&lab, "a.csv"), "second\n");
    let listed = lab.run("bert", "git data list --json").ok().json();
    assert_eq!(listed["datasets"][0]["latest"], "v2");
}

/// It copied with one request, which stores refuse above 5 GiB. Here the server refuses it above 9 MiB, and single
/// uploads and parts of that size too.
#[cfg(feature = "s3")]
#[test]
fn defect_8_an_object_above_the_limit_of_one_request_cannot_be_published() {
    use crate::s3::Mode;
    use git_data::flow::hash::Digest;
    let content: Vec<u8> = (0..(17_u32 << 20)).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    for mode in [Mode::Aws, Mode::R2, Mode::Ceph, Mode::IgnoresConditions] {
        let lab = Lab::new(Backend::Like(mode));
        lab.furnish();
        lab.server().unwrap().largest(9 << 20);
        lab.write("anna/large.bin", &content);
        lab.run("anna", "git data prepare large.bin large.bin --pr").ok();
        lab.merge("data/large.bin-v1");
        lab.publish();
        lab.update("bert");
        lab.run("bert", "git data pull large.bin").ok();
        assert_eq!(Digest::of(&lab.read("bert/large.bin")), Digest::of(&content), "{mode:?}");
    }
}
