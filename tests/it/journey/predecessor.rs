//! The README of the Python tool that came before, step by step, with our verbs and its `.env` names.

use crate::lab::{Lab, Production, ROBOT, Staging};

on_every_backend!(the_predecessors_readme_step_by_step);

const EXAMPLE: &str = "\
R2_ACCOUNT_ID=\"\"
R2_ACCESS_KEY_ID=\"\"
R2_SECRET_ACCESS_KEY=\"\"
R2_PRODUCTION_BUCKET=\"\"
R2_STAGING_BUCKET=\"\"
";

const FIRST: &[u8] = b"SQLite format 3\0 three users";
const SECOND: &[u8] = b"SQLite format 3\0 four users, and a column";

fn the_predecessors_readme_step_by_step(lab: &Lab) {
    installation(lab);

    // Its "create a new dataset": the file lies outside the repository.
    lab.write("downloads/user-profiles.sqlite", FIRST);
    let first = lab.run("anna", "git data prepare user-profiles.sqlite ../downloads/user-profiles.sqlite").ok();
    let first = first.says("user-profiles.sqlite v1: 28 B, sent to staging.");
    follow(lab, &first.stdout);
    lab.merge("data/user-profiles.sqlite-v1");
    lab.publish();
    lab.update("anna");
    lab.check(
        "anna",
        "git data list-datasets",
        "
        user-profiles.sqlite  v1  published  28 B
        [exit 0]
        ",
    );
    lab.run("anna", "git data pull user-profiles.sqlite").ok();
    assert_eq!(lab.read("anna/user-profiles.sqlite"), FIRST);

    // Its "update a dataset": the file lies inside.
    lab.write("anna/user-profiles.sqlite", SECOND);
    let second = lab.run("anna", "git data prepare user-profiles.sqlite user-profiles.sqlite").ok();
    follow(lab, &second.stdout);
    lab.merge("data/user-profiles.sqlite-v2");
    lab.publish();

    // Its "consume": a colleague with the same keys.
    lab.update("bert");
    lab.run("bert", "git data pull user-profiles.sqlite").ok().says("v2");
    assert_eq!(lab.read("bert/user-profiles.sqlite"), SECOND);
    lab.run("bert", "git data pull user-profiles.sqlite --version v1").ok();
    assert_eq!(lab.read("bert/user-profiles.sqlite"), FIRST);
    lab.run("bert", "git data pull user-profiles.sqlite --version v2").ok();
    assert_eq!(lab.read("bert/user-profiles.sqlite"), SECOND);
    assert!(!lab.has("anna/.gitdata"), "its names are enough");
    assert_eq!(lab.keys(Staging).len(), 2);
    assert_eq!(lab.keys(Production).len(), 4);
}

/// `cp .env.example .env`, fill it in, `verify`. No `init` and no `.gitdata`.
fn installation(lab: &Lab) {
    lab.clone_for("anna");
    lab.write("anna/.env.example", EXAMPLE);
    lab.write("anna/.gitignore", ".env\n");
    lab.run("anna", "git add .env.example .gitignore").ok();
    lab.run("anna", "git commit --quiet -m 'A project that the Python tool served'").ok();
    lab.run("anna", "git push --quiet origin main").ok();
    for person in ["anna", "bert", ROBOT] {
        if person != "anna" {
            lab.clone_for(person);
        }
        lab.run(person, "cp .env.example .env").ok();
        let names = lab.dotenv(person);
        lab.write(&format!("{person}/.env"), names);
        lab.without_keys(person);
    }
    let fine =
        if lab.is_sandbox() { "All is there; a sandbox protects nothing." } else { "Everything is as it should be." };
    lab.run("anna", "git data verify").ok().says(fine);
}

/// Types the steps that were printed, to the letter; the last is for a browser.
#[track_caller]
fn follow(lab: &Lab, page: &str) {
    let steps: Vec<&str> = page.lines().skip_while(|line| *line != "Next:").skip(1).map(str::trim).collect();
    let (last, typed) = steps.split_last().expect("there are steps");
    assert!(last.starts_with("open a pull request"), "{page}");
    let verbs: Vec<_> = typed.iter().map(|step| step.split(' ').nth(1).unwrap()).collect();
    assert_eq!(verbs, ["switch", "add", "commit", "push"], "{page}");
    for step in typed {
        lab.run("anna", step).ok();
    }
    lab.run("anna", "git switch --quiet main").ok();
}
