//! The publisher against the world: bytes that were swapped, a protected branch, a lost race.

use crate::lab::{Lab, Production, ROBOT, Staging};

on_every_backend!(
    only_approved_bytes_become_visible,
    a_protected_branch_is_no_failure,
    a_lost_race_is_run_again,
    a_receipt_for_something_else_is_an_alarm
);

fn only_approved_bytes_become_visible(lab: &Lab) {
    lab.furnish();
    for name in ["good.csv", "swapped.csv", "lost.csv"] {
        lab.write(&format!("anna/{name}"), format!("{name}\n"));
        lab.run("anna", &format!("git data prepare {name} {name} --push")).ok();
    }
    let key = |text: &str| git_data::flow::hash::Digest::of(text.as_bytes()).hex();
    lab.spoil(Staging, &key("swapped.csv\n"), b"swindle.csv\n");
    lab.lose(Staging, &key("lost.csv\n"));
    lab.check(
        ROBOT,
        "git-data-publish run",
        "
        good.csv v1: copied and verified → good.csv/v1-«digest».csv
        lost.csv v1 is not in staging (there is no object «digest» in «staging»)
          hint: git data prepare lost.csv   on the machine that has the file uploads it again
        swapped.csv v1: these are not the bytes that were approved; they were not published (expected «digest» (12 bytes), found the SHA-256 «digest»)
          hint: git data prepare swapped.csv   on the machine that has the file sends the right ones again
        Recorded on the default branch by «commit».
        [exit 3]
        ",
    );
    let live: Vec<_> = lab.keys(Production).into_iter().filter(|key| !key.starts_with(".git-data/")).collect();
    assert_eq!(live, [format!("good.csv/v1-{}.csv", key("good.csv\n"))]);
    lab.publishes().fails(5).silent_about("good.csv");

    // The author sends the bytes again: prepare sees that what lies there is not what was approved.
    lab.update("anna");
    for name in ["swapped.csv", "lost.csv"] {
        lab.run("anna", &format!("git data prepare {name} {name}")).ok().says("staging had lost it, it was sent again");
    }
    lab.publish();
    lab.update("bert");
    lab.run("bert", "git data pull").ok();
    assert_eq!(lab.text("bert/swapped.csv"), "swapped.csv\n");

    // An object that somebody put at the key in production before is not believed either.
    lab.update("anna");
    lab.write("anna/early.csv", "early.csv\n");
    lab.run("anna", "git data prepare early.csv early.csv --push").ok();
    let target = format!("early.csv/v1-{}.csv", key("early.csv\n"));
    lab.plant(Production, &target, b"EARLY.CSV\n");
    lab.publishes().fails(5).says("production holds other bytes");
    assert!(!lab.keys(Production).iter().any(|key| key.starts_with(".git-data/published/early.csv")));
}

fn a_protected_branch_is_no_failure(lab: &Lab) {
    lab.furnish();
    lab.write("anna/prices.csv", "north,1\n");
    lab.run("anna", "git data prepare prices.csv prices.csv --pr").ok();
    lab.merge("data/prices.csv-v1");
    lab.protect_main();
    lab.check(
        ROBOT,
        "git-data-publish run",
        "
        prices.csv v1: copied and verified → prices.csv/v1-«digest».csv
        warning: the default branch takes no push (GH006: Protected branch update failed); the receipts stand, the data is live.
        [exit 0]
        ",
    );
    assert_eq!(lab.keys(Production).len(), 2);
    lab.update("bert");
    lab.run("bert", "git data pull").ok().says("prices.csv v1: 8 B, verified");
    assert_eq!(lab.text("bert/prices.csv"), "north,1\n");
    lab.run("bert", "git data list").ok().says("published");

    lab.unprotect_main();
    lab.check(
        ROBOT,
        "git-data-publish run",
        "
        prices.csv v1: the bytes are in production already, verified
        Recorded on the default branch by «commit».
        [exit 0]
        ",
    );
    lab.update("bert");
    assert!(lab.text("bert/manifest.json").contains("\"state\": \"published\""));
}

fn a_lost_race_is_run_again(lab: &Lab) {
    lab.furnish();
    lab.write("anna/prices.csv", "north,1\n");
    lab.run("anna", "git data prepare prices.csv prices.csv --pr").ok();
    lab.merge("data/prices.csv-v1");
    lab.update("anna");
    lab.run("anna", "git switch --quiet --create other").ok();
    lab.write("anna/README", "meanwhile\n");
    lab.run("anna", "git add README").ok();
    lab.run("anna", "git commit --quiet -m Meanwhile").ok();
    lab.run("anna", "git push --quiet origin other").ok();
    // The first push of the publisher meets a commit that landed just before it.
    lab.race("refs/heads/other");
    lab.publish().says("Recorded on the default branch");
    assert!(lab.has_raced());
    lab.update("bert");
    assert_eq!(lab.text("bert/README"), "meanwhile\n");
    assert!(lab.text("bert/manifest.json").contains("\"state\": \"published\""));
    assert_eq!(lab.keys(Production).len(), 2);
}

/// Somebody wrote a receipt under this version's name that speaks of other bytes: nothing is believed, nothing overwritten.
fn a_receipt_for_something_else_is_an_alarm(lab: &Lab) {
    lab.furnish();
    lab.write("anna/prices.csv", "north,1\n");
    lab.run("anna", "git data prepare prices.csv prices.csv --pr").ok();
    lab.merge("data/prices.csv-v1");
    lab.run(ROBOT, "git-data-publish copy").ok();
    let keys = lab.keys(Production);
    let key = keys.iter().find(|key| key.starts_with(".git-data/published/")).unwrap();
    let receipt = String::from_utf8(lab.object(Production, key).unwrap()).unwrap();
    let forged = receipt.replacen("\"size\":8", "\"size\":9", 1).replacen("\"size\": 8", "\"size\": 9", 1);
    assert_ne!(forged, receipt);
    lab.spoil(Production, key, forged.as_bytes());
    for verb in ["run", "finalize"] {
        lab.run(ROBOT, &format!("git-data-publish {verb}")).fails(5).says("has a receipt for something else");
    }
    assert_eq!(lab.object(Production, key).unwrap(), forged.as_bytes());
    let main = lab.run("origin.git", "git show main:manifest.json").ok();
    assert!(main.stdout.contains("\"state\": \"pending\""), "{main}");
}
