//! The whole journey: propose, review, merge, publish, pull, change, go back.

use git_data::flow::manifest::{parse, validate};

use crate::lab::{Lab, Production, ROBOT, Staging};

on_every_backend!(from_the_first_version_to_a_rollback);

const FIRST: &str = "region,year,price\nnorth,2024,41\nsouth,2024,39\n";
const SECOND: &str = "region,year,price\nnorth,2024,41\nsouth,2024,390\nnorth,2025,44\n";

fn from_the_first_version_to_a_rollback(lab: &Lab) {
    lab.furnish();
    first_version(lab);
    second_version(lab);
    rollback(lab);

    // What is left is what FORMATS.md says, and nothing else.
    let production = [
        ".git-data/published/prices.csv/v1-«digest».json",
        ".git-data/published/prices.csv/v2-«digest».json",
        ".git-data/published/prices.csv/v3-«digest».json",
        "prices.csv/v1-«digest».csv",
        "prices.csv/v2-«digest».csv",
    ];
    assert_eq!(lab.plain_keys(Production), production);
    assert_eq!(lab.plain_keys(Staging), ["«digest»", "«digest»"]);
    assert_eq!((lab.uploads(Staging), lab.uploads(Production)), (0, 0));
    let manifest = parse::parse(&lab.read("bert/manifest.json")).unwrap();
    assert!(validate::validate(&manifest).is_empty());
    let states: Vec<_> = manifest.entries().map(|(_, e)| format!("{} {}", e.version, e.state.word())).collect();
    assert_eq!(states, ["v3 published", "v2 published", "v1 published"]);
    lab.check("bert", "git data pull", "prices.csv v3 is here already.\n[exit 0]");
    lab.check(ROBOT, "git-data-publish run", "Nothing is pending: production is up to date.\n[exit 0]");
}

fn first_version(lab: &Lab) {
    lab.write("anna/prices.csv", FIRST);
    lab.check(
        "anna",
        "git data prepare prices.csv prices.csv -m 'Prices of 2024'",
        "
        prices.csv v1: 46 B, sent to staging.
        manifest.json is changed and staged on main.
        Next:
          git switch -c data/prices.csv-v1
          git add manifest.json diffs/prices.csv/«16».md
          git commit -m 'data: prices.csv v1: Prices of 2024'
          git push origin data/prices.csv-v1
          open a pull request
        [exit 0]
        ",
    );
    lab.check(
        "anna",
        "git data prepare prices.csv -m 'Prices of 2024' --pr",
        "
        prices.csv v1: 46 B, already in staging.
        Committed «commit» on data/prices.csv-v1, pushed.
        note: the pull request is to be opened by hand: gh opens pull requests on GitHub only
        [exit 0]
        ",
    );
    lab.merge("data/prices.csv-v1");
    lab.check(
        ROBOT,
        "git-data-publish run",
        "
        prices.csv v1: copied and verified → prices.csv/v1-«digest».csv
        Recorded on the default branch by «commit».
        [exit 0]
        ",
    );
    lab.update("bert");
    lab.check("bert", "git data pull", "prices.csv v1: 46 B, verified → «LAB»/bert/prices.csv\n[exit 0]");
    assert_eq!(lab.text("bert/prices.csv"), FIRST);
}

fn second_version(lab: &Lab) {
    lab.update("anna");
    lab.write("anna/prices.csv", SECOND);
    lab.check(
        "anna",
        "git data status",
        "
        prices.csv  changed  latest v1
        Next:
          git data prepare prices.csv
        [exit 0]
        ",
    );
    lab.check(
        "anna",
        "git data prepare prices.csv -m 'Prices of 2025' --branch data/prices.csv-v2 --push",
        "
        prices.csv v2: 61 B, made from v1, sent to staging.
        Committed «commit» on data/prices.csv-v2, pushed.
        Next:
          open a pull request
        [exit 0]
        ",
    );
    lab.merge("data/prices.csv-v2");
    lab.publish();
    lab.update("bert");
    lab.check("bert", "git data pull", "prices.csv v2: 61 B, verified → «LAB»/bert/prices.csv\n[exit 0]");
    assert_eq!(lab.text("bert/prices.csv"), SECOND);
    lab.check(
        "bert",
        "git data pull prices.csv --version v1 -o old.csv",
        "
        prices.csv v1: 46 B from the cache, verified → «LAB»/bert/old.csv
        [exit 0]
        ",
    );
    assert_eq!(lab.text("bert/old.csv"), FIRST);
}

fn rollback(lab: &Lab) {
    lab.update("anna");
    lab.run("anna", "git data rollback prices.csv --to-version v1 -m 'South 390 was a slip' --pr").ok();
    lab.merge("data/prices.csv-v3");
    lab.check(
        ROBOT,
        "git-data-publish run",
        "
        prices.csv v3: the bytes are in production already, verified
        Recorded on the default branch by «commit».
        [exit 0]
        ",
    );
    lab.update("bert");
    lab.check(
        "bert",
        "git data pull",
        "
        prices.csv v3: 46 B from the cache, verified → «LAB»/bert/prices.csv
        [exit 0]
        ",
    );
    assert_eq!(lab.text("bert/prices.csv"), FIRST);
    lab.check(
        "bert",
        "git data log prices.csv",
        "
        prices.csv
          v3  published  46 B  «time»  «16»  South 390 was a slip (back to v1)
          v2  published  61 B  «time»  «16»  Prices of 2025
          v1  published  46 B  «time»  «16»  Prices of 2024
        [exit 0]
        ",
    );
}
