//! `--dry-run` changes nothing, `--json` is for programs, `-q` prints only what was asked for.

use serde_json::Value;

use crate::lab::{Lab, ROBOT};

on_every_backend!(a_dry_run_changes_nothing, programs_can_read_every_answer);

fn a_dry_run_changes_nothing(lab: &Lab) {
    lab.furnish();
    lab.release("anna", "prices.csv", "north,1\n");
    lab.release("anna", "prices.csv", "north,2\n");
    lab.write("anna/prices.csv", "north,3\n");
    lab.write("anna/fresh.csv", "new\n");
    let before = lab.everything("anna");
    for (verb, plan) in [
        ("prepare prices.csv", "write and stage manifest.json, diffs/prices.csv/"),
        ("prepare prices.csv --pr", "push data/prices.csv-v3 to origin"),
        ("prepare fresh.csv fresh.csv --branch other --push", "switch to the branch other"),
        ("prepare --all", "prices.csv v3: 8 B, made from v2, would go to staging"),
        ("pull prices.csv --force", "prices.csv v2: 8 B → "),
        ("rollback prices.csv --to-version v1 -m back", "prices.csv v3 brings back v1"),
        ("delete prices.csv --yes --confirm prices.csv", "v2 → retired"),
        ("prune prices.csv --keep 1", "v1 retired"),
        ("rename prices.csv costs.csv", "costs.csv v1 begins with the bytes of prices.csv v2"),
        ("merge", "Nothing to merge"),
        ("init --public-url https://data.example.org", "publicUrl = https://data.example.org"),
    ] {
        lab.run("anna", &format!("git data {verb} --dry-run")).ok().says(plan);
        assert_eq!(lab.everything("anna"), before, "git data {verb} --dry-run");
    }
    assert_eq!(lab.text("anna/prices.csv"), "north,3\n");
    lab.run("anna", "git data prepare prices.csv --pr").ok();
    lab.merge("data/prices.csv-v3");
    let before = lab.everything(ROBOT);
    lab.run(ROBOT, "git-data-publish run --dry-run").ok().says("prices.csv v3: →");
    assert_eq!(lab.everything(ROBOT), before);
}

fn programs_can_read_every_answer(lab: &Lab) {
    lab.furnish();
    lab.release("anna", "prices.csv", "north,1\n");
    let list = lab.run("anna", "git data list --json").ok().json();
    let one = &list["datasets"][0];
    members(one, &["kind", "latest", "name", "sha256", "size", "state", "versions"]);
    members(&one["versions"][0], &["commit", "created", "message", "sha256", "size", "state", "version"]);
    assert_eq!((&one["latest"], &one["state"], &one["size"]), (&"v1".into(), &"published".into(), &8.into()));

    lab.write("anna/prices.csv", "north,2\n");
    for verb in [
        "status",
        "log prices.csv",
        "show prices.csv",
        "why prices.csv",
        "url prices.csv",
        "cache",
        "verify",
        "pull prices.csv --force --dry-run",
        "prepare prices.csv --dry-run",
        "prepare prices.csv",
    ] {
        let ran = lab.run("anna", &format!("git data {verb} --json")).ok();
        assert!(ran.json().is_object(), "{ran}");
        assert_eq!(ran.stderr, "", "{ran}");
    }
    for (verb, kind, exit) in [
        ("show nothing.csv", "user", 1),
        ("show --nonsense", "usage", 2),
        ("pull prices.csv --version v2", "store", 4),
        ("prepare nothing.csv gone.csv", "user", 1),
    ] {
        let ran = lab.run("anna", &format!("git data {verb} --json")).fails(exit);
        let error = &ran.json()["error"];
        members(error, &["causes", "exit", "hints", "kind", "message"]);
        assert_eq!((&error["kind"], &error["exit"]), (&kind.into(), &exit.into()), "{ran}");
        assert_eq!(ran.stderr, "", "{ran}");
    }
    let quiet = lab.run("anna", "git data pull --force -q").ok();
    assert_eq!(quiet.stderr, "", "{quiet}");
}

#[track_caller]
fn members(value: &Value, least: &[&str]) {
    let object = value.as_object().unwrap_or_else(|| panic!("no object: {value}"));
    let missing: Vec<_> = least.iter().filter(|name| !object.contains_key(**name)).collect();
    assert!(missing.is_empty(), "{missing:?} are missing in {value}");
}
