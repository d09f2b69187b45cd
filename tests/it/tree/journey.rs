//! The whole way of a directory: prepared, reviewed, published, pulled, changed, and pulled again.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use super::{few, look, on_each, release};
use crate::lab::{Lab, Staging};

/// Files, one that may be run, links, and a directory with nothing in it.
fn plant(lab: &Lab, person: &str) {
    few(lab, person);
    let maps = lab.path(&format!("{person}/maps"));
    lab.write(&format!("{person}/maps/bin/run"), "#!/bin/sh\n");
    fs::set_permissions(maps.join("bin/run"), fs::Permissions::from_mode(0o755)).unwrap();
    symlink("eu/de.csv", maps.join("latest")).unwrap();
    symlink("/nowhere/else", maps.join("out")).unwrap();
    fs::create_dir_all(maps.join("empty/within")).unwrap();
    lab.write(&format!("{person}/maps/copy of a.txt"), "one\n");
    lab.write(&format!("{person}/maps/zero"), "");
}

#[test]
fn a_directory_goes_the_whole_way() {
    on_each(|lab| {
        plant(lab, "anna");
        let said = lab.run("anna", "git data prepare maps maps").ok();
        said.says("maps v1: 7 files, 30 B").says("sent to staging");
        assert_eq!(
            lab.run("anna", "git status --porcelain --untracked-files=all").ok().stdout.matches("maps/").count(),
            1
        );
        let page = fs::read_dir(lab.path("anna/diffs/maps")).unwrap().next().unwrap().unwrap().path();
        let page = fs::read_to_string(page).unwrap();
        assert!(
            page.contains("A first version of 10 paths.") && page.contains("- `latest` (a link to `eu/de.csv`)"),
            "{page}"
        );
        release(lab, "anna");
        lab.update("bert");
        lab.run("bert", "git data pull").ok().says("maps v1: 10 paths put, 0 unchanged");
        assert_eq!(look(lab, "bert/maps"), look(lab, "anna/maps"));
        lab.run("bert", "git data pull maps").ok().says("maps v1 is here already.");
        lab.run("bert", "git data status").ok().says("current v1");

        lab.write("anna/maps/eu/de.csv", "k,1\nk,9\n");
        lab.remove("anna/maps/zero");
        fs::rename(lab.path("anna/maps/us/tx.csv"), lab.path("anna/maps/eu/it.csv")).unwrap();
        fs::set_permissions(lab.path("anna/maps/bin/run"), fs::Permissions::from_mode(0o644)).unwrap();
        lab.remove("anna/maps/latest");
        symlink("a.txt", lab.path("anna/maps/latest")).unwrap();
        lab.remove("anna/maps/out");
        lab.write("anna/maps/out/of", "a link's place\n");
        release(lab, "anna");
        lab.write("bert/maps/mine", "of nobody else\n");
        lab.update("bert");
        let said = lab.run("bert", "git data pull maps --json").ok().json();
        assert_eq!(said["datasets"][0]["outcome"], "pulled");
        lab.remove("bert/maps/mine");
        assert_eq!(look(lab, "bert/maps"), look(lab, "anna/maps"));

        // An older version is as near.
        lab.run("bert", "git data pull maps --version v1").ok();
        assert!(lab.has("bert/maps/us/tx.csv") && lab.has("bert/maps/zero") && !lab.has("bert/maps/eu/it.csv"));
        lab.run("bert", "git data pull maps -o elsewhere").ok();
        assert_eq!(look(lab, "bert/elsewhere"), look(lab, "anna/maps"));
    });
}

#[test]
fn a_proposal_is_pulled_from_staging() {
    on_each(|lab| {
        plant(lab, "anna");
        release(lab, "anna");
        lab.write("anna/maps/eu/de.csv", "k,7\n");
        lab.run("anna", "git data prepare maps --branch data/new --push").ok().says("maps v2");
        lab.run("bert", "git fetch --quiet origin data/new").ok();
        lab.run("bert", "git switch --quiet --detach FETCH_HEAD").ok();
        lab.run("bert", "git data pull maps --version v2").fails(4).explains().says("is a proposal");
        lab.run("bert", "git data pull maps --staged").ok().says("maps v2");
        assert_eq!(look(lab, "bert/maps"), look(lab, "anna/maps"));
    });
}

#[test]
fn what_is_unchanged_needs_no_network_and_nothing_is_sent_twice() {
    on_each(|lab| {
        plant(lab, "anna");
        lab.run("anna", "git data prepare maps maps").ok().says("sent to staging");
        let keys = lab.keys(Staging);
        lab.run("anna", "git data prepare maps").ok().says("maps v1 is proposed already with this content.");
        lab.lose(Staging, keys.iter().find(|key| key.len() == 64).unwrap());
        lab.run("anna", "git data prepare maps").ok().says("staging had lost it, it was sent again");
        assert_eq!(lab.keys(Staging), keys);
        release(lab, "anna");
        lab.offline("anna");
        lab.run("anna", "git data prepare maps").ok().says("maps is unchanged: it is v1.");
        for command in ["list", "log maps", "show maps", "status", "pull maps"] {
            lab.run("anna", &format!("git data {command}")).ok();
        }
        lab.online("anna");
        // Of a change only what is new is staged.
        lab.write("anna/maps/new", "new\n");
        let before = lab.keys(Staging).len();
        lab.run("anna", "git data prepare maps").ok();
        assert_eq!(lab.keys(Staging).len() - before, 3, "the content, its place, and the listing");
    });
}

#[test]
fn what_a_dataset_is_stands_everywhere() {
    on_each(|lab| {
        plant(lab, "anna");
        release(lab, "anna");
        lab.run("anna", "git data list").ok().says("7 files, 30 B");
        lab.run("anna", "git data show maps").ok().says("files");
        let link = lab.run("anna", "git data url maps eu/de.csv --json").ok().json();
        assert!(link["url"].as_str().unwrap().contains("/files/eu/de.csv"), "{link}");
        lab.run("anna", "git data url maps nowhere").fails(1).explains().says("has no file \"nowhere\"");
        let list = lab.run("anna", "git data list --json").ok().json();
        let row = &list["datasets"][0];
        assert_eq!(
            (row["kind"].as_str(), row["files"].as_u64(), row["size"].as_u64()),
            (Some("tree"), Some(7), Some(30))
        );
        lab.run("anna", "git data why maps/eu/de.csv").ok().says("maps v1 (published): Add maps");
        lab.write("anna/maps/eu/de.csv", "changed\n");
        lab.run("anna", "git data why maps/eu/de.csv").fails(1).explains().says("is in no version of maps");
        lab.write("anna/maps/\u{1b}[2J", "odd\n");
        lab.remove("anna/maps/a.txt");
        fs::rename(lab.path("anna/maps/us/tx.csv"), lab.path("anna/maps/us/ny.csv")).unwrap();
        let said = lab.run("anna", "git data status").ok();
        said.says("maps: 1 changed, 1 added, 1 removed, 1 renamed").says("M eu/de.csv").says("A \\u{1b}[2J");
        let status = lab.run("anna", "git data status --json").ok().json();
        let differing = &status["datasets"][0]["differing"];
        assert_eq!(differing["removed"], serde_json::json!(["a.txt"]));
        assert_eq!(differing["renamed"], serde_json::json!([{"from": "us/tx.csv", "to": "us/ny.csv"}]));
        // The other kind is refused, both ways.
        lab.write("anna/file", "1");
        lab.run("anna", "git data prepare maps file").fails(1).explains().says("is a file, and maps is a directory");
        lab.run("anna", "git data prepare file file --commit").ok();
        lab.run("anna", "git data prepare file maps").fails(1).explains().says("is a directory, and file is a file");
        lab.run("anna", "git data pull file -- x").fails(2).explains();
    });
}
