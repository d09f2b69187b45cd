//! The check of a pull request: is every change legal, and are the bytes there, and are they those bytes?

use git_data::flow::hash::Digest;

use crate::lab::{Lab, ROBOT, Staging};

on_every_backend!(commit_landed_bytes_did_not_is_red, a_proposal_that_came_second_is_told_what_to_type,);

fn check(lab: &Lab, more: &str) -> crate::lab::Ran {
    lab.run(ROBOT, "git fetch --quiet origin").ok();
    lab.run(ROBOT, &format!("git-data-publish check --base origin/main --head origin/data/prices.csv-v1 {more}"))
}

fn commit_landed_bytes_did_not_is_red(lab: &Lab) {
    lab.furnish();
    lab.write("anna/prices.csv", "north,1\n");
    lab.run("anna", "git data prepare prices.csv prices.csv --branch data/prices.csv-v1 --push").ok();
    check(lab, "").ok().says("✓ structure").says("✓ prices.csv v1: in staging");

    let key = Digest::of(b"north,1\n").hex();
    lab.lose(Staging, &key);
    check(lab, "").fails(4).says("✗ prices.csv v1 is not in staging").says("git data prepare prices.csv");
    // The structure alone asks no bucket, and needs no key.
    lab.offline(ROBOT);
    lab.run(ROBOT, "git-data-publish check --base origin/main --head origin/data/prices.csv-v1 --part structure")
        .ok()
        .silent_about("in staging");
    lab.online(ROBOT);

    lab.plant(Staging, &key, b"swindle");
    check(lab, "").fails(5).says("staging holds other bytes for prices.csv v1");
    lab.spoil(Staging, &key, b"north,2\n");
    check(lab, "").fails(5).says("their SHA-256 is");

    // For a host: lines of the manifest are marked, the job's page is filled, the comment finds itself again.
    lab.set(ROBOT, "GITHUB_ACTIONS", "true");
    lab.set(ROBOT, "GITHUB_STEP_SUMMARY", lab.path("summary.md").to_str().unwrap());
    let ran = check(lab, "").fails(5);
    ran.says("::error file=manifest.json,line=").says("title=git data::");
    assert!(lab.text("summary.md").contains("not ready to merge"));
    let page = check(lab, "--format md").fails(5);
    page.says("<!-- git-data-check -->").says("**not proven:**");
    lab.unset(ROBOT, "GITHUB_ACTIONS");
    lab.unset(ROBOT, "GITHUB_STEP_SUMMARY");

    lab.run("anna", "git data prepare prices.csv").ok();
    let json = check(lab, "--json").ok().json();
    assert_eq!((&json["ok"], json["bytes"].as_array().unwrap().len()), (&serde_json::Value::Bool(true), 1));
    assert_eq!(json["structure"].as_array().unwrap().len(), 0);
}

fn a_proposal_that_came_second_is_told_what_to_type(lab: &Lab) {
    lab.furnish();
    lab.release("anna", "prices.csv", "north,1\n");
    lab.update("bert");
    lab.run("bert", "git data pull").ok();
    for (person, branch, text) in [("anna", "north", "north,2\n"), ("bert", "south", "north,1\nsouth,1\n")] {
        lab.write(&format!("{person}/prices.csv"), text);
        lab.run(person, &format!("git data prepare prices.csv --branch {branch} --commit")).ok();
        lab.run(person, &format!("git push --quiet origin {branch}")).ok();
    }
    lab.merge("north");
    lab.publish();
    lab.run(ROBOT, "git fetch --quiet origin").ok();
    lab.run(ROBOT, "git-data-publish check --base origin/main --head origin/south")
        .fails(1)
        .says("prices.csv v2 was taken in between; this one becomes v3")
        .says("hint: git data merge");

    lab.run("bert", "git data merge").ok().says("prices.csv v2 is now v3");
    lab.run("bert", "git push --quiet origin south").ok();
    lab.run(ROBOT, "git fetch --quiet origin").ok();
    lab.run(ROBOT, "git-data-publish check --base origin/main --head origin/south")
        .ok()
        .says("prices.csv v3: in staging");
}
