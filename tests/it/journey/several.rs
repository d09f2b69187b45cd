//! Several datasets in one proposal and one run of the publisher; two people at once.

use crate::lab::{Lab, Production, ROBOT};

on_every_backend!(all_that_changed_in_one_proposal, two_people_propose_the_same_number);

fn all_that_changed_in_one_proposal(lab: &Lab) {
    lab.furnish();
    for name in ["changed.csv", "same.csv", "stale.csv", "gone.csv", "sub/also.csv"] {
        lab.write(&format!("anna/{name}"), format!("{name} 1\n"));
        lab.run("anna", &format!("git data prepare {name} {name} --push")).ok();
    }
    lab.run("anna", "git data prepare --all").ok().says("5 datasets unchanged.");
    let published = lab.publish();
    assert_eq!(published.stdout.matches("copied and verified").count(), 5, "{published}");
    lab.release("anna", "stale.csv", "stale.csv 2\n");

    lab.write("anna/changed.csv", "changed.csv 2\n");
    lab.write("anna/sub/also.csv", "also 2\n");
    lab.write("anna/stale.csv", "stale.csv 1\n");
    lab.remove("anna/gone.csv");
    lab.check(
        "anna",
        "git data prepare --all -m 'Monday' --pr",
        "
        changed.csv v2: 14 B, made from v1, sent to staging.
        gone.csv: there is no file here; it was left alone.
        stale.csv: the file is the older v1; it was left alone (git data pull stale.csv).
        sub/also.csv v2: 7 B, made from v1, sent to staging.
        1 dataset unchanged.
        Committed «commit» on data/changed.csv-and-1-more-dfbbef3d, pushed.
        note: the pull request is to be opened by hand: gh opens pull requests on GitHub only
        [exit 0]
        ",
    );
    let branch = lab.run("anna", "git branch --show-current").ok().stdout;
    lab.merge(branch.trim());
    lab.check(
        ROBOT,
        "git-data-publish run",
        "
        changed.csv v2: copied and verified → changed.csv/v2-«digest».csv
        sub/also.csv v2: copied and verified → sub/also.csv/v2-«digest».csv
        Recorded on the default branch by «commit».
        [exit 0]
        ",
    );
    lab.update("bert");
    lab.run("bert", "git data pull").ok();
    assert_eq!(lab.text("bert/changed.csv"), "changed.csv 2\n");
    assert_eq!(lab.text("bert/sub/also.csv"), "also 2\n");
    assert_eq!(lab.text("bert/stale.csv"), "stale.csv 2\n");
    assert_eq!(lab.text("bert/gone.csv"), "gone.csv 1\n");
    lab.update("anna");
    lab.check(
        "anna",
        "git data prepare --all",
        "
        gone.csv: there is no file here; it was left alone.
        stale.csv: the file is the older v1; it was left alone (git data pull stale.csv).
        3 datasets unchanged.
        [exit 0]
        ",
    );
}

fn two_people_propose_the_same_number(lab: &Lab) {
    lab.furnish();
    lab.release("anna", "prices.csv", "north,1\nsouth,1\n");
    lab.update("bert");
    lab.run("bert", "git data pull").ok();

    // At the same time: neither sees the other's branch.
    lab.write("anna/prices.csv", "north,2\nsouth,1\n");
    lab.write("bert/prices.csv", "north,1\nsouth,2\n");
    lab.run("anna", "git data prepare prices.csv -m North --branch north --commit").ok().says("prices.csv v2");
    lab.run("bert", "git data prepare prices.csv -m South --branch south --commit").ok().says("prices.csv v2");
    lab.run("anna", "git push --quiet origin north").ok();
    lab.merge("north");
    lab.publish();

    // Bert comes second. The text merge of git refuses; ours understands.
    lab.run("bert", "git fetch --quiet origin").ok();
    lab.run("bert", "git merge origin/main").fails(1).says("CONFLICT (content): Merge conflict in manifest.json");
    lab.check(
        "bert",
        "git data merge",
        "
        Merged the two sides of manifest.json.
          prices.csv v2 is now v3
        Next:
          git commit
        [exit 0]
        ",
    );
    lab.run("bert", "git commit --quiet --no-edit").ok();
    lab.run("bert", "git push --quiet origin south").ok();
    lab.merge("south");
    lab.publish().says("prices.csv v3: copied and verified");
    lab.update("anna");
    lab.check(
        "anna",
        "git data log prices.csv",
        "
        prices.csv
          v3  published  16 B  «time»  «16»  South
          v2  published  16 B  «time»  «16»  North
          v1  published  16 B  «time»  «16»  Add prices.csv
        [exit 0]
        ",
    );
    lab.run("anna", "git data pull").ok();
    assert_eq!(lab.text("anna/prices.csv"), "north,1\nsouth,2\n");
    lab.run("anna", "git data pull prices.csv --version v2 -o north.csv").ok();
    assert_eq!(lab.text("anna/north.csv"), "north,2\nsouth,1\n");
    assert_eq!(lab.keys(Production).len(), 6);
    let manifest = lab.text("anna/manifest.json");
    assert!(manifest.contains("\"base\": \"v1\",\n          \"supersedes\": \"v2\""), "{manifest}");
}
