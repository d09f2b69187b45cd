//! `migrate`: datamanager's manifest becomes format 1, its objects stay where they are and can be pulled.

use git_data::flow::hash::Digest;

use super::furnished;
use crate::lab::{Lab, Production, ROBOT, Staging};

/// Two versions in production, one of them gone, and a proposal in staging, under keys of the old kind.
fn legacy() -> Lab {
    let lab = furnished();
    let entry = |version: &str, content: &str, more: &str| {
        let digest = Digest::of(content.as_bytes());
        format!(
            r#"{{"version":"{version}","timestamp":"2024-01-01T00:00:00.123456Z","sha256":"{digest}","r2_object_key":"old/{version}-x.csv","diffFromPrevious":null,"description":"about {version}",{more}}}"#
        )
    };
    let published = r#""commit":"abc1234""#;
    let history = [
        entry("v3", "three\n", r#""commit":"pending-merge","staging_key":"staging/three.csv""#),
        entry("v2", "two\n", published),
        entry("v1", "one\n", published),
    ];
    let text = format!(r#"[{{"fileName":"old.csv","latestVersion":"v9","history":[{}]}}]"#, history.join(","));
    lab.write("anna/manifest.json", text);
    lab.write("anna/.gitignore", format!("{}/old.csv\n", lab.text("anna/.gitignore")));
    lab.run("anna", "git commit --quiet -am legacy").ok();
    lab.run("anna", "git push --quiet origin main").ok();
    lab.plant(Production, "old/v2-x.csv", b"two\n");
    lab.plant(Staging, "staging/three.csv", b"three\n");
    lab
}

#[test]
fn a_legacy_manifest_is_read_as_it_is() {
    let lab = legacy();
    let before = lab.text("anna/manifest.json");
    lab.run("anna", "git data list").ok().says("old.csv  v3  merged");
    lab.run("anna", "git data log old.csv").ok().says("about v1");
    lab.run("anna", "git data show old.csv@v2").ok().says("old/v2-x.csv").says("unknown");
    lab.run("anna", "git data pull old.csv --version v2").ok();
    assert_eq!(lab.text("anna/old.csv"), "two\n");
    assert_eq!(lab.text("anna/manifest.json"), before);
}

#[test]
fn migration_asks_for_sizes_names_what_is_gone_and_is_published() {
    let lab = legacy();
    let before = lab.everything("anna");
    lab.run("anna", "git data migrate --dry-run").ok().says("old.csv v1: its object old/v1-x.csv is gone");
    assert_eq!(lab.everything("anna"), before);
    lab.run("anna", "git data migrate --pr").ok().says("3 versions of 1 dataset").says("is gone");
    lab.merge("data/migrate");
    lab.update("anna");
    let list = lab.run("anna", "git data list --json").ok().json();
    let row = |n: usize, member: &str| list["datasets"][0]["versions"][n][member].clone();
    assert_eq!([row(0, "state"), row(1, "state"), row(2, "state")], ["merged", "published", "purged"]);
    assert_eq!((row(0, "size"), row(1, "size")), (6.into(), 4.into()));
    lab.run("anna", "git data migrate").fails(1).explains().says("of format 1 already");
    lab.run("anna", "git data pull old.csv --version v2").ok();
    assert_eq!(lab.text("anna/old.csv"), "two\n");
    lab.publish().says("old.csv v3");
    assert_eq!(lab.object(Production, "old/v3-x.csv").as_deref(), Some(&b"three\n"[..]));
    lab.update("anna");
    lab.run("anna", "git data pull").ok();
    assert_eq!(lab.text("anna/old.csv"), "three\n");
    lab.run(ROBOT, "git-data-publish run").ok().says("Nothing is pending");
}

#[test]
fn sizes_may_come_later() {
    let lab = legacy();
    lab.run("anna", "git data migrate --offline --commit").ok().says("3 versions without a size");
    lab.run("anna", "git data list").ok().says("?");
    lab.run("anna", "git data migrate --offline").fails(1).explains().says("only sizes are missing");
    lab.run("anna", "git data migrate --commit").ok().says("Added the sizes").says("is gone");
    lab.run("anna", "git data migrate").fails(1).explains().says("of format 1 already");
    let entry = &lab.run("anna", "git data list --json").ok().json()["datasets"][0]["versions"][1];
    assert_eq!((&entry["size"], &entry["message"]), (&4.into(), &"about v2".into()));
}

#[test]
fn a_bucket_out_of_reach_changes_nothing_and_names_the_other_way() {
    let lab = legacy();
    lab.set("anna", "GIT_DATA_PRODUCTION", "file:/nowhere/at/all");
    let before = lab.everything("anna");
    let ran = lab.run("anna", "git data migrate");
    assert_ne!(ran.code, 0, "{ran}");
    ran.explains().says("git data migrate --offline");
    assert_eq!(lab.everything("anna"), before);
}
