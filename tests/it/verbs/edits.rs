//! Verbs that change the manifest: rollback, delete, restore, prune, rename.

use super::furnished;
use crate::lab::Lab;

fn two_versions() -> Lab {
    let lab = furnished();
    lab.release("anna", "a.csv", "1\n");
    lab.release("anna", "a.csv", "2\n");
    lab
}

fn states(lab: &Lab) -> Vec<String> {
    let list = lab.run("anna", "git data list --json a.csv").ok().json();
    let versions = list["datasets"][0]["versions"].as_array().unwrap();
    versions.iter().map(|v| format!("{} {}", v["version"].as_str().unwrap(), v["state"].as_str().unwrap())).collect()
}

#[test]
fn delete_needs_the_name_twice_and_restore_takes_it_back() {
    let lab = two_versions();
    let before = lab.everything("anna");
    for flags in ["", "--yes", "--yes --confirm b.csv", "--confirm a.csv"] {
        lab.run("anna", &format!("git data delete a.csv {flags}"))
            .fails(2)
            .explains()
            .says("git data delete a.csv --yes --confirm a.csv");
        lab.run("anna", &format!("git data delete a.csv {flags} --json")).fails(2);
        assert_eq!(lab.everything("anna"), before);
    }
    lab.run("anna", "git data delete nope --yes --confirm nope").fails(1).explains();
    let ran = lab.run("anna", "git data delete a.csv --yes --confirm a.csv --commit").ok();
    ran.says("v2 → retired").says("v1 → retired").says("30 days");
    assert_eq!(states(&lab), ["v2 retired", "v1 retired"]);
    lab.run("anna", "git data delete a.csv --yes --confirm a.csv").fails(1).explains().says("deleted already");
    // The name is still taken: its bytes are in production.
    lab.write("anna/A.csv", "x\n");
    lab.run("anna", "git data prepare A.csv A.csv").fails(1).explains();
    lab.run("anna", "git data restore a.csv v1").ok();
    assert_eq!(states(&lab), ["v2 retired", "v1 published"]);
    lab.run("anna", "git data restore a.csv").ok().says("v2 brought back");
    assert_eq!(states(&lab), ["v2 published", "v1 published"]);
    lab.run("anna", "git data restore a.csv").fails(1).explains().says("no version of a.csv is retired");
    lab.run("anna", "git data restore a.csv v1").fails(1).explains().says("published, not retired");
    lab.run("anna", "git data restore a.csv v9").fails(1).explains();
}

#[test]
fn what_was_never_published_is_withdrawn_and_frees_its_name() {
    let lab = furnished();
    lab.write("anna/a.csv", "1\n");
    lab.run("anna", "git data prepare a.csv a.csv --commit").ok();
    lab.run("anna", "git data delete a.csv --yes --confirm a.csv --commit")
        .ok()
        .says("v1 → withdrawn")
        .says("free again");
    lab.run("anna", "git data restore a.csv v1").fails(1).explains().says("withdrawn before it was published");
    lab.write("anna/A.csv", "2\n");
    lab.run("anna", "git data prepare A.csv A.csv").ok();
}

#[test]
fn what_is_purged_is_prepared_again_and_not_restored() {
    let lab = two_versions();
    let text = lab.text("anna/manifest.json");
    let stamp = "2026-11-21T10:00:00Z";
    for (state, more, says) in [
        ("purging", format!("\"purging\": \"{stamp}\""), "wait until it is purged"),
        ("purged", format!("\"purging\": \"{stamp}\",\n          \"purged\": \"{stamp}\""), "its bytes are gone"),
    ] {
        let (head, tail) = text.rsplit_once("\"state\": \"published\",").unwrap();
        let (members, end) = tail.split_once("\n        }").unwrap();
        let retired = format!("\"retired\": \"{stamp}\",\n          {more}");
        let head = format!("{head}\"state\": \"{state}\",{members},\n          {retired}\n        }}{end}");
        lab.write("anna/manifest.json", head);
        assert_eq!(states(&lab), ["v2 published".to_owned(), format!("v1 {state}")]);
        lab.run("anna", "git data restore a.csv v1").fails(1).explains().says(says).says("git data prepare a.csv");
        lab.run("anna", "git data rollback a.csv --to-version v1").fails(1).explains();
        lab.run("anna", "git data url a.csv --version v1").fails(1).explains().says(state);
    }
}

#[test]
fn rollback_goes_to_what_production_has() {
    let lab = two_versions();
    lab.run("anna", "git data rollback a.csv --to-version v2")
        .fails(1)
        .explains()
        .says("v2 is the latest version already");
    lab.run("anna", "git data rollback a.csv --to-version v7").fails(1).explains().says("it has v2, v1");
    lab.run("anna", "git data rollback a.csv --to-version 1").fails(2);
    lab.run("anna", "git data rollback nope --to-version v1").fails(1).explains();
    lab.write("anna/b.csv", "1\n");
    lab.run("anna", "git data prepare b.csv b.csv --branch b --commit").ok();
    lab.run("anna", "git data rollback b.csv --to-version v1").fails(1).explains().says("nothing in production");
    lab.run("anna", "git switch --quiet main").ok();
    lab.run("anna", "git data rollback a.csv --to-version v1 -m back --pr").ok().says("v3 brings back v1");
    lab.merge("data/a.csv-v3");
    lab.publish();
    lab.update("anna");
    lab.run("anna", "git data pull").ok();
    assert_eq!(lab.text("anna/a.csv"), "1\n");
    lab.run("anna", "git data rollback a.csv --to-version v1").fails(1).explains().says("has the same content");
}

#[test]
fn prune_keeps_the_newest() {
    let lab = two_versions();
    lab.run("anna", "git data prune a.csv --keep 0").fails(2).explains().says("git data delete a.csv");
    lab.run("anna", "git data prune a.csv --keep 2").ok().says("nothing to prune");
    lab.run("anna", "git data prune a.csv --keep 1").ok().says("v1 retired");
    assert_eq!(states(&lab), ["v2 published", "v1 retired"]);
}

#[test]
fn rename_begins_anew_and_leaves_a_trace() {
    let lab = two_versions();
    for (new, says) in [("a.csv", "a.csv"), ("../x", ".."), ("v1", "v1")] {
        lab.run("anna", &format!("git data rename a.csv {new}")).fails(1).explains().says(says);
    }
    lab.run("anna", "git data rename a.csv b.csv --pr").ok().says("b.csv v1 begins with the bytes of a.csv v2");
    lab.merge("data/b.csv-v1");
    lab.publish().says("b.csv v1");
    lab.update("anna");
    lab.run("anna", "git data list").ok().says("now b.csv").says("b.csv  v1  published");
    lab.run("anna", "git data rename a.csv c.csv").fails(1).explains().says("renamed to b.csv");
    lab.run("anna", "git data prepare a.csv").fails(1).explains().says("renamed to b.csv");
}
