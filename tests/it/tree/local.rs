//! Local changes in a directory are never replaced unasked.

use std::fs;
use std::os::unix::fs::symlink;

use super::{few, look, on_each, release};

#[test]
fn local_changes_stay_or_are_put_aside() {
    on_each(|lab| {
        few(lab, "anna");
        release(lab, "anna");
        lab.update("bert");
        lab.run("bert", "git data pull").ok();
        lab.write("anna/maps/eu/de.csv", "theirs\n");
        lab.write("anna/maps/new", "theirs\n");
        lab.remove("anna/maps/us/tx.csv");
        lab.remove("anna/maps/a.txt");
        release(lab, "anna");
        lab.update("bert");
        lab.write("bert/maps/eu/de.csv", "mine\n");
        lab.write("bert/maps/new", "mine too\n");
        lab.write("bert/maps/us/tx.csv", "mine as well\n");
        let before = look(lab, "bert/maps");
        let refused = lab.run("bert", "git data pull maps").fails(1).explains();
        refused.says("maps has changes that are in no version of maps: \"eu/de.csv\", \"new\"; nothing was replaced");
        assert_eq!(look(lab, "bert/maps"), before);
        lab.run("bert", "git data pull maps --force --dry-run").ok();
        assert_eq!(look(lab, "bert/maps"), before);
        let said = lab.run("bert", "git data pull maps --force").ok();
        said.says("us/tx.csv has local changes and is in this version no more: it was left").says("maps.orig.1");
        assert_eq!(lab.text("bert/maps/eu/de.csv"), "theirs\n");
        assert_eq!(look(lab, "bert/maps.orig.1"), ["eu/de.csv mine\n", "new mine too\n"]);
        assert!(!lab.has("bert/maps/a.txt") && lab.has("bert/maps/us/tx.csv"));
        assert_eq!(lab.run("bert", "git status --porcelain").ok().stdout, "");
    });
}

#[test]
fn a_file_that_is_hidden_here_is_not_replaced() {
    on_each(|lab| {
        few(lab, "anna");
        release(lab, "anna");
        lab.update("bert");
        lab.write("bert/maps/.gitignore", "a.txt\n.gitignore\n");
        lab.write("bert/maps/a.txt", "mine\n");
        lab.run("bert", "git data pull").fails(1).says("a.txt");
        assert_eq!(lab.text("bert/maps/a.txt"), "mine\n");
        lab.run("bert", "git data pull maps --force").ok();
        assert_eq!(lab.text("bert/maps/a.txt"), "one\n");
        assert_eq!(look(lab, "bert/maps.orig.1"), ["a.txt mine\n"]);
    });
}

#[test]
fn no_link_is_followed_out_of_the_tree() {
    on_each(|lab| {
        few(lab, "anna");
        release(lab, "anna");
        lab.update("bert");
        fs::create_dir(lab.path("bert/private")).unwrap();
        lab.write("bert/private/de.csv", "private\n");
        fs::create_dir(lab.path("bert/maps")).unwrap();
        symlink("../private", lab.path("bert/maps/eu")).unwrap();
        lab.run("bert", "git data pull maps").fails(1).explains().says("\"eu\"");
        lab.run("bert", "git data pull maps --force").ok();
        assert_eq!(lab.text("bert/private/de.csv"), "private\n");
        assert_eq!(look(lab, "bert/maps"), look(lab, "anna/maps"));
        lab.remove("bert/maps");
        symlink("private", lab.path("bert/maps")).unwrap();
        lab.run("bert", "git data pull maps --force").fails(1).explains();
        assert_eq!(look(lab, "bert/private"), ["de.csv private\n"]);
    });
}

#[test]
fn what_two_people_changed_is_merged_path_by_path() {
    on_each(|lab| {
        few(lab, "anna");
        release(lab, "anna");
        lab.update("bert");
        lab.run("bert", "git data pull").ok();
        lab.write("bert/maps/eu/de.csv", "mine\n");
        lab.write("bert/maps/mine.txt", "mine\n");
        lab.write("anna/maps/us/tx.csv", "theirs\n");
        lab.write("anna/maps/theirs.txt", "theirs\n");
        lab.remove("anna/maps/a.txt");
        release(lab, "anna");
        lab.update("bert");
        lab.run("bert", "git data pull maps").fails(1).explains().says("git data pull maps --merge");
        lab.run("bert", "git data pull maps --merge --dry-run").ok();
        lab.run("bert", "git data pull maps --merge").ok();
        assert_eq!(lab.text("bert/maps/eu/de.csv"), "mine\n");
        assert_eq!(lab.text("bert/maps/us/tx.csv"), "theirs\n");
        assert!(lab.has("bert/maps/theirs.txt") && lab.has("bert/maps/mine.txt") && !lab.has("bert/maps/a.txt"));
        lab.run("bert", "git data pull maps --merge").ok();
        let merged = look(lab, "bert/maps");
        // What both changed is a conflict, told path by path, and nothing is touched.
        lab.write("anna/maps/eu/de.csv", "theirs\n");
        release(lab, "anna");
        lab.update("bert");
        let refused = lab.run("bert", "git data pull maps --merge").fails(6).explains();
        let said = refused.says("maps: 1 path changed here and in v3; nothing was touched");
        said.says("eu/de.csv: changed here, changed in v3");
        assert_eq!(look(lab, "bert/maps"), merged);
        lab.write("bert/maps/eu/de.csv", "theirs\n");
        lab.run("bert", "git data pull maps --merge").ok();
        release(lab, "bert");
        assert_eq!(lab.run("bert", "git data list --json").json()["datasets"][0]["versions"][0]["version"], "v4");
        lab.update("anna");
        lab.run("anna", "git data pull").ok();
        assert_eq!(look(lab, "anna/maps"), look(lab, "bert/maps"));
        assert!(lab.text("bert/manifest.json").contains("\"base\": \"v3\""));
    });
}
