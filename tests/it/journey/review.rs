//! Before the publication: what reviewers pull, and what those get who must wait.

use crate::lab::{Lab, Production};

on_every_backend!(a_proposal_is_pulled_only_when_asked_for, a_merged_version_is_there_before_it_is_published);

fn a_proposal_is_pulled_only_when_asked_for(lab: &Lab) {
    lab.furnish();
    lab.write("anna/prices.csv", "north,1\n");
    lab.run("anna", "git data prepare prices.csv prices.csv --pr").ok();
    lab.remove("anna/prices.csv");
    let own = "
        error: prices.csv v1 is a proposal: it is not merged and not published
        hint: git data pull prices.csv --staged
        [exit 4]
    ";
    lab.check("anna", "git data pull prices.csv", own);
    lab.run("anna", "git data pull prices.csv --staged").ok().says("from staging");
    assert_eq!(lab.text("anna/prices.csv"), "north,1\n");

    lab.run("bert", "git fetch --quiet").ok();
    lab.run("bert", "git switch --quiet data/prices.csv-v1").ok();
    lab.check("bert", "git data pull prices.csv", own);
    lab.check("bert", "git data pull", "prices.csv: nothing is live.\n[exit 0]");
    lab.run("bert", "git data pull prices.csv --version v1").fails(4).explains().says("--version v1 --staged");
    assert!(!lab.has("bert/prices.csv"));
    lab.check(
        "bert",
        "git data pull --staged",
        "prices.csv v1: 8 B from staging, verified → «LAB»/bert/prices.csv\n[exit 0]",
    );
    assert_eq!(lab.text("bert/prices.csv"), "north,1\n");

    // With a live version beside it, a plain pull means that one.
    lab.merge("data/prices.csv-v1");
    lab.publish();
    lab.update("anna");
    lab.write("anna/prices.csv", "north,2\n");
    lab.run("anna", "git data prepare prices.csv --pr").ok().says("prices.csv v2");
    lab.run("bert", "git fetch --quiet").ok();
    lab.run("bert", "git switch --quiet data/prices.csv-v2").ok();
    lab.run("bert", "git data pull").ok().says("prices.csv v1 is here already.");
    lab.run("bert", "git data pull --staged").ok().says("prices.csv v2: 8 B from staging");
    assert_eq!(lab.text("bert/prices.csv"), "north,2\n");
    lab.run("bert", "git data pull").ok().says("prices.csv v1: 8 B from the cache");
}

fn a_merged_version_is_there_before_it_is_published(lab: &Lab) {
    lab.furnish();
    lab.write("anna/prices.csv", "north,1\n");
    lab.run("anna", "git data prepare prices.csv prices.csv --pr").ok();
    lab.merge("data/prices.csv-v1");
    assert_eq!(lab.keys(Production), Vec::<String>::new());
    lab.update("bert");
    lab.run("bert", "git data list").ok().says("merged");
    lab.run("bert", "git data pull").ok().says("prices.csv v1: 8 B from staging, verified");
    assert_eq!(lab.text("bert/prices.csv"), "north,1\n");

    // Who may not read staging waits for the publisher.
    lab.clone_for("carla");
    lab.set("carla", "GIT_DATA_STAGING", "s3://another-team");
    if lab.url(Production).starts_with("file:") {
        lab.set("carla", "GIT_DATA_STAGING", "file:../another-team");
    }
    lab.check(
        "carla",
        "git data pull prices.csv",
        "
        error: prices.csv v1 is merged but not yet published
        hint: git data pull prices.csv --wait 10m
        [exit 4]
        ",
    );
    let waiting = lab.start("carla", "git data pull prices.csv --wait 1m");
    lab.publish();
    let waited = waiting.wait_with_output().unwrap();
    assert!(waited.status.success(), "{waited:?}");
    assert_eq!(lab.text("carla/prices.csv"), "north,1\n");

    // The receipt was seen: from now on the version is called published, though this clone's manifest says pending.
    assert!(lab.text("carla/manifest.json").contains("\"state\": \"pending\""));
    lab.run("carla", "git data list").ok().says("published");
}
