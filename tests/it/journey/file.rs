//! The file that is prepared: open in a program, written to meanwhile, unchanged, or somewhere else.

use std::fs::OpenOptions;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};

use git_data::flow::hash::Digest;

use crate::lab::{Lab, Staging};

on_every_backend!(
    an_open_database_is_refused,
    a_file_that_changes_meanwhile_is_whole_or_refused,
    what_is_unchanged_needs_no_network,
    a_file_may_be_named_in_many_ways,
    what_another_branch_has_may_be_replaced,
    preparing_again_replaces_the_own_proposal,
    a_branch_that_is_there_loses_nothing,
);

fn an_open_database_is_refused(lab: &Lab) {
    lab.furnish();
    for log in ["users.sqlite-wal", "users.sqlite-journal"] {
        lab.write("anna/users.sqlite", "SQLite format 3\0");
        lab.write(&format!("anna/{log}"), "pages that are not in the file yet");
        let manifest = lab.text("anna/manifest.json");
        let refused = lab.run("anna", "git data prepare users.sqlite users.sqlite").fails(1).explains();
        refused.says("users.sqlite has an open write-ahead log").says("PRAGMA wal_checkpoint(TRUNCATE)");
        assert_eq!(lab.text("anna/manifest.json"), manifest);
        lab.write(&format!("anna/{log}"), "");
        lab.run("anna", "git data prepare users.sqlite users.sqlite --dry-run").ok();
    }
    assert_eq!(lab.keys(Staging), Vec::<String>::new());
}

fn a_file_that_changes_meanwhile_is_whole_or_refused(lab: &Lab) {
    lab.furnish();
    lab.write("anna/big.bin", vec![7; 64 << 20]);
    let manifest = lab.text("anna/manifest.json");
    let (ended, path) = (AtomicBool::new(false), lab.path("anna/big.bin"));
    let ran = std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut file = OpenOptions::new().write(true).open(&path).unwrap();
            for n in 0_u64.. {
                file.seek(SeekFrom::Start(n * 4_097 % (64 << 20))).unwrap();
                file.write_all(&n.to_le_bytes()).unwrap();
                if ended.load(Ordering::Relaxed) {
                    break;
                }
            }
        });
        let ran = lab.run("anna", "git data prepare big.bin big.bin");
        ended.store(true, Ordering::Relaxed);
        ran
    });
    if ran.code == 0 {
        let key = lab.keys(Staging).remove(0);
        assert_eq!(Digest::of(&lab.object(Staging, &key).unwrap()).hex(), key);
        assert!(lab.text("anna/manifest.json").contains(&key));
    } else {
        ran.fails(1).explains().says("FILE_CHANGED");
        assert_eq!(lab.text("anna/manifest.json"), manifest);
        assert_eq!((lab.keys(Staging).len(), lab.uploads(Staging)), (0, 0));
    }
}

fn what_is_unchanged_needs_no_network(lab: &Lab) {
    lab.furnish();
    lab.release("anna", "prices.csv", "north,1\n");
    lab.offline("anna");
    for command in ["git data prepare prices.csv prices.csv", "git data prepare --all"] {
        lab.run("anna", command).ok().says("unchanged");
    }
    for command in ["list", "log prices.csv", "show prices.csv", "why prices.csv", "status", "pull"] {
        lab.run("anna", &format!("git data {command}")).ok();
    }
    lab.online("anna");
    #[cfg(feature = "s3")]
    if let Some(server) = lab.server() {
        server.forget();
        lab.run("anna", "git data prepare prices.csv").ok().says("unchanged");
        lab.run("anna", "git data status").ok();
        assert_eq!(server.log().len(), 0);
    }
}

fn a_file_may_be_named_in_many_ways(lab: &Lab) {
    lab.furnish();
    lab.write("anna/a folder/its prices.csv", "north,1\n");
    let absolute = lab.path("anna/a folder/its prices.csv");
    for (place, path) in [
        ("anna", "a folder/its prices.csv".to_owned()),
        ("anna", "./a folder/../a folder/its prices.csv".to_owned()),
        ("anna/a folder", "its prices.csv".to_owned()),
        ("anna/a folder", "./its prices.csv".to_owned()),
        ("anna", absolute.to_str().unwrap().to_owned()),
    ] {
        lab.run(place, &format!("git data prepare prices.csv '{path}'")).ok().says("prices.csv v1");
        let manifest = lab.text("anna/manifest.json");
        assert!(manifest.contains("\"path\": \"a folder/its prices.csv\""), "{path}: {manifest}");
        assert!(lab.text("anna/.gitignore").lines().any(|line| line == "/a folder/its prices.csv"), "{path}");
        lab.run("anna", "git reset --quiet --hard").ok();
    }
    lab.run("anna", "git data prepare prices.csv nowhere.csv").fails(1).explains();
    lab.run("anna", "git data prepare prices.csv").fails(2).explains();
    lab.run("anna", "git data prepare ../prices.csv x").fails(1).explains();

    // From below, pull and status mean the whole repository.
    lab.run("anna/a folder", "git data prepare prices.csv 'its prices.csv' --pr").ok();
    lab.merge("data/prices.csv-v1");
    lab.publish();
    lab.update("anna");
    lab.run("anna", "git data prepare prices.csv 'a folder'").fails(1).explains();
    lab.update("bert");
    lab.write("bert/below/x", "");
    lab.run("bert/below", "git data pull").ok();
    assert_eq!(lab.text("bert/a folder/its prices.csv"), "north,1\n");
}

fn what_another_branch_has_may_be_replaced(lab: &Lab) {
    lab.furnish();
    lab.release("anna", "prices.csv", "north,1\n");
    lab.run("anna", "git switch --quiet -c work").ok();
    lab.write("anna/prices.csv", "north,2\n");
    lab.run("anna", "git data prepare prices.csv --commit --push").ok();
    let branch = lab.run("anna", "git branch --show-current").ok().stdout;
    lab.run("anna", "git switch --quiet main").ok();
    lab.run("anna", "git data pull").ok();
    assert_eq!(lab.text("anna/prices.csv"), "north,1\n");
    lab.run("anna", &format!("git switch --quiet {}", branch.trim())).ok();
    lab.run("anna", "git data pull prices.csv --version v2 --staged").ok();
    assert_eq!(lab.text("anna/prices.csv"), "north,2\n");
    // Changes that are in no version stay.
    lab.write("anna/prices.csv", "north,3\n");
    lab.run("anna", "git data pull prices.csv --version v2 --staged").fails(1).explains();
}

fn preparing_again_replaces_the_own_proposal(lab: &Lab) {
    lab.furnish();
    lab.release("anna", "prices.csv", "north,1\n");
    lab.write("anna/prices.csv", "north,2\n");
    lab.run("anna", "git data prepare prices.csv -m Second --pr").ok().says("prices.csv v2").says("made from v1");
    lab.write("anna/prices.csv", "north,3\n");
    lab.check(
        "anna",
        "git data prepare prices.csv -m Better --push",
        "
        prices.csv v2: 8 B, made from v1, sent to staging.
        Committed «commit» on data/prices.csv-v2, pushed.
        Next:
          open a pull request
        [exit 0]
        ",
    );
    let again = "prices.csv v2 is proposed already with this content.
[exit 0]";
    lab.check("anna", "git data prepare prices.csv", again);
    lab.run("anna", "git data prepare prices.csv --push").ok().says(", pushed.");
    let log = lab.run("anna", "git data log prices.csv --json").ok().json();
    let messages: Vec<_> = log["datasets"][0]["versions"].as_array().unwrap().iter().map(|e| &e["message"]).collect();
    assert_eq!(messages, ["Better", "Add prices.csv"]);
    lab.merge("data/prices.csv-v2");
    lab.publish().says("prices.csv v2");
    lab.update("anna");
    let files = lab.run("anna", "git ls-files diffs").ok().stdout;
    assert_eq!(files.lines().count(), 2, "the page of the replaced proposal is gone: {files}");

    // Content that was live before comes back as a rollback.
    lab.write("anna/prices.csv", "north,1\n");
    lab.check(
        "anna",
        "git data prepare prices.csv -m Back",
        "
        prices.csv v3: this content was live before; it comes back as a rollback, no byte is sent.
        manifest.json is changed and staged on main.
        Next:
          git switch -c data/prices.csv-v3
          git add manifest.json
          git commit -m 'data: prices.csv v3: Back'
          git push origin data/prices.csv-v3
          open a pull request
        [exit 0]
        ",
    );
    // What was only prepared goes the rest of the way without being told again.
    lab.run("anna", "git data prepare prices.csv --pr").ok().says("on data/prices.csv-v3, pushed");
    let subject = lab.run("anna", "git log -1 --format=%s").ok().stdout;
    assert_eq!(subject, "data: prices.csv v3: Back\n");
}

fn a_branch_that_is_there_loses_nothing(lab: &Lab) {
    lab.furnish();
    lab.write("anna/prices [north].csv", "north,1\n");
    lab.write("anna/costs.csv", "coal,7\n");
    let prices = "git data prepare prices.csv 'prices [north].csv' --description Prices --branch ours --commit";
    lab.run("anna", prices).ok();
    assert_eq!(lab.run("anna", "git status --porcelain").ok().stdout, "?? costs.csv\n");
    lab.run("anna", "git switch --quiet main").ok();

    // From here the branch would lose what only it has.
    let costs = "git data prepare costs.csv costs.csv --branch ours --commit";
    lab.run("anna", costs).fails(1).explains().says("the branch ours is there already and has another manifest.json");
    lab.run("anna", &format!("{costs} --dry-run")).fails(1).explains();
    assert_eq!(lab.run("anna", "git branch --show-current").ok().stdout, "main\n");
    lab.run("anna", "git switch --quiet ours").ok();
    lab.run("anna", costs).ok();

    // A new number for the only version keeps what was said of the dataset.
    lab.run("bert", "git fetch --quiet ../anna ours:mine").ok();
    lab.run("bert", "git switch --quiet mine").ok();
    lab.write("anna/prices [north].csv", "north,3\n");
    lab.run("anna", "git data prepare prices.csv --commit").ok().says("prices.csv v1");
    lab.run("bert", "git fetch --quiet ../anna ours:data/theirs").ok();
    lab.write("bert/prices [north].csv", "north,2\n");
    lab.run("bert", "git data prepare prices.csv").ok().says("prices.csv v2");
    let list = lab.run("bert", "git data list").ok();
    list.says("costs.csv").says("v2 proposed");
    let manifest = lab.text("bert/manifest.json");
    assert!(manifest.contains("\"description\": \"Prices\""), "{manifest}");
    assert!(manifest.contains("\"path\": \"prices [north].csv\""), "{manifest}");
}
