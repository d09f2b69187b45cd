//! What pull never does: replace a changed file, or put bytes in place that are not those recorded.

use std::path::PathBuf;

use crate::lab::{Lab, Production};

on_every_backend!(local_changes_are_never_overwritten, what_is_in_the_cache_needs_no_network, other_bytes_never_arrive);

fn local_changes_are_never_overwritten(lab: &Lab) {
    lab.furnish();
    lab.release("anna", "prices.csv", "north,1\n");
    lab.update("bert");
    lab.run("bert", "git data pull").ok();
    lab.release("anna", "prices.csv", "north,2\n");
    lab.update("bert");

    // A file that is an older version is replaced: it can be had again.
    lab.check(
        "bert",
        "git data status",
        "
        prices.csv  stale v1  latest v2
        Next:
          git data pull prices.csv
        [exit 0]
        ",
    );
    lab.run("bert", "git data pull").ok().says("prices.csv v2");
    assert_eq!(lab.text("bert/prices.csv"), "north,2\n");

    lab.write("bert/prices.csv", "my own work\n");
    lab.check(
        "bert",
        "git data status",
        "
        prices.csv  changed  latest v2
        Next:
          git data prepare prices.csv
        [exit 0]
        ",
    );
    lab.check(
        "bert",
        "git data pull prices.csv",
        "
        error: prices.csv has changes that are in no version of prices.csv; it was not replaced
        hint: git data prepare prices.csv   proposes them as a new version
        hint: git data pull prices.csv --force   replaces the file and keeps the old one beside it
        [exit 1]
        ",
    );
    lab.run("bert", "git data pull prices.csv --version v1").fails(1).explains();
    lab.run("bert", "git data pull").fails(1).says("has changes that are in no version");
    assert_eq!(lab.text("bert/prices.csv"), "my own work\n");

    let forced = lab.run("bert", "git data pull prices.csv --force --json").ok().json();
    assert_eq!(lab.text("bert/prices.csv"), "north,2\n");
    let kept = PathBuf::from(forced["datasets"][0]["kept"].as_str().unwrap());
    assert_eq!(std::fs::read_to_string(&kept).unwrap(), "my own work\n");
    let ignored = lab.run("bert", "git status --porcelain").ok();
    assert_eq!(ignored.stdout, "", "the kept file is not offered to git");

    // Another place is another place, and also protected.
    lab.write("bert/out/prices.csv", "mine\n");
    lab.run("bert", "git data pull prices.csv --version v1 -o out").fails(1).explains();
    lab.run("bert/out", "git data pull prices.csv --version v1 -o older.csv").ok();
    assert_eq!(lab.text("bert/out/older.csv"), "north,1\n");
    assert_eq!(lab.text("bert/out/prices.csv"), "mine\n");
    lab.run("bert", "git data status").ok().says("v2");
}

fn what_is_in_the_cache_needs_no_network(lab: &Lab) {
    lab.furnish();
    lab.release("anna", "prices.csv", "north,1\n");
    lab.release("anna", "costs.csv", "coal,7\n");
    lab.update("bert");
    lab.run("bert", "git data pull").ok();
    for file in ["bert/prices.csv", "bert/costs.csv"] {
        lab.remove(file);
    }
    lab.offline("bert");
    lab.check(
        "bert",
        "git data pull",
        "
        costs.csv v1: 7 B from the cache, verified → «LAB»/bert/costs.csv
        prices.csv v1: 8 B from the cache, verified → «LAB»/bert/prices.csv
        [exit 0]
        ",
    );
    assert_eq!(lab.text("bert/prices.csv"), "north,1\n");

    // A damaged entry is noticed and fetched again.
    lab.remove("bert/prices.csv");
    let entry = cached(lab, "bert", "north,1\n");
    lab.rot(&entry, "north,7\n");
    lab.run("bert", "git data pull prices.csv").fails(4).explains();
    assert!(!lab.has("bert/prices.csv"));
    lab.online("bert");
    lab.rot(&entry, "north,7\n");
    let healed = lab.run("bert", "git data pull prices.csv").ok().says("copy of").says("was damaged");
    healed.silent_about("from the cache");
    assert_eq!(lab.text("bert/prices.csv"), "north,1\n");
}

fn other_bytes_never_arrive(lab: &Lab) {
    lab.furnish();
    lab.release("anna", "prices.csv", "north,1\n");
    lab.release("anna", "prices.csv", "north,2\n");
    lab.update("bert");
    lab.run("bert", "git data pull prices.csv --version v1").ok();
    let key = lab.keys(Production).into_iter().find(|key| key.starts_with("prices.csv/v2-")).unwrap();
    for other in ["north,9\n", "north,2\nand more\n", "n"] {
        lab.spoil(Production, &key, other.as_bytes());
        let wrong = lab.run("bert", "git data pull prices.csv").fails(5).explains();
        let (expected, found) = (digest("north,2\n"), digest(other));
        let wrong = wrong.says(&expected);
        if other.len() == 8 {
            wrong.says(&found);
        }
        assert_eq!(lab.text("bert/prices.csv"), "north,1\n");
    }
    lab.lose(Production, &key);
    lab.run("bert", "git data pull prices.csv").fails(4).explains().says("production does not have it");
    assert_eq!(lab.text("bert/prices.csv"), "north,1\n");
}

fn digest(text: &str) -> String {
    git_data::flow::hash::Digest::of(text.as_bytes()).hex()
}

/// The file in a person's cache that holds the content.
fn cached(lab: &Lab, person: &str, content: &str) -> String {
    let hex = digest(content);
    let name = format!("home/{person}/cache/git-data/sha256/{}/{hex}", &hex[..2]);
    assert_eq!(lab.text(&name), content);
    name
}
