//! What changed inside the data: in a person's terminal, on the page of a version, and in the pull request.

use std::fs::File;
use std::sync::Arc;

use arrow_array::{Float64Array, Int64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use rusqlite::Connection;

use crate::lab::{Backend, Lab, Production, ROBOT};

/// A table in each of three formats: ids, places and prices. The first price is another for each number of rows.
fn tables(lab: &Lab, rows: i64, last: f64) {
    let price = |n: i64| match n {
        0 => rows as f64,
        n if n + 1 == rows => last,
        n => n as f64 + 0.5,
    };
    let place = |n: i64| ["north", "south"][n as usize % 2];
    let lines: String = (0..rows).map(|n| format!("{n},{},{}\n", place(n), price(n))).collect();
    lab.write("anna/prices.csv", format!("id,place,price\n{lines}"));

    let fields = [("id", DataType::Int64), ("place", DataType::Utf8), ("price", DataType::Float64)];
    let schema = Arc::new(Schema::new(fields.map(|(name, kind)| Field::new(name, kind, false)).to_vec()));
    let batch = RecordBatch::try_new(
        Arc::clone(&schema),
        vec![
            Arc::new(Int64Array::from_iter_values(0..rows)),
            Arc::new(StringArray::from_iter_values((0..rows).map(place))),
            Arc::new(Float64Array::from_iter_values((0..rows).map(price))),
        ],
    );
    let mut writer = ArrowWriter::try_new(File::create(lab.path("anna/costs.parquet")).unwrap(), schema, None).unwrap();
    writer.write(&batch.unwrap()).unwrap();
    writer.close().unwrap();

    let path = lab.path("anna/energy.sqlite");
    let _ = std::fs::remove_file(&path);
    let base = Connection::open(&path).unwrap();
    base.execute_batch("CREATE TABLE plants (id INTEGER PRIMARY KEY, place TEXT, price REAL)").unwrap();
    for n in 0..rows {
        base.execute("INSERT INTO plants VALUES (?, ?, ?)", (n, place(n), price(n))).unwrap();
    }
}

/// Three published datasets, and on a branch a newer version of each.
fn proposed() -> Lab {
    let lab = Lab::new(Backend::Directory);
    lab.furnish();
    tables(&lab, 40, 39.5);
    for name in ["prices.csv", "costs.parquet", "energy.sqlite"] {
        lab.run("anna", &format!("git data prepare {name} {name} --commit")).ok();
    }
    lab.run("anna", "git push --quiet origin HEAD:main").ok();
    lab.publish();
    lab.update("anna");
    tables(&lab, 41, 1000.0);
    lab
}

#[test]
fn a_person_sees_what_changed_before_it_is_proposed() {
    let lab = proposed();
    let said = lab.run("anna", "git data diff").ok();
    for name in ["prices.csv", "costs.parquet", "energy.sqlite"] {
        assert!(said.stdout.contains(&format!("{name}   v1 → the file here      40 → 41 rows   3 columns")), "{said}");
    }
    assert!(said.stdout.contains("price has a value beyond its old range"), "{said}");
    lab.run("anna", "git data diff --exit-code").fails(1);
    lab.run("anna", "git data diff prices.csv --fail-on removed-rows").ok();
    let broken = lab.run("anna", "git data diff prices.csv --fail-on changed-cells").fails(1);
    assert!(broken.stderr.contains("changed-cells"), "{broken}");
    let json = lab.run("anna", "git data diff --json -- energy.sqlite").ok().json();
    assert_eq!(json["datasets"][0]["rows"]["added"], 1, "{json}");
    assert_eq!(json["datasets"][0]["key"]["how"], "primary", "{json}");
    // Two files need no repository.
    let apart = lab.run("", "git-data diff --files anna/prices.csv anna/prices.csv --json").ok().json();
    assert_eq!(apart["same"], true);
    lab.run("anna", "git data diff nothing").fails(1).explains();
    lab.run("anna", "git data diff v1..v2").fails(2).explains();
    lab.run("anna", "git data diff --files prices.csv absent.csv").fails(1).explains();
    lab.run("anna", "git data diff --tolerance much").fails(2).explains();
    lab.run("anna", "git data diff --fail-on nonsense").fails(1).explains();
    lab.run("anna", "git data diff --key nonsense -- prices.csv").fails(3);
    // What is not as its author expects is not proposed.
    lab.run("anna", "git data prepare prices.csv --expect append-only").fails(1).says("nothing was proposed");
    lab.run("anna", "git data prepare prices.csv --expect rows+1 --commit").ok();
    assert!(lab.run("anna", "git data diff --staged -- prices.csv").ok().stdout.contains("v1 → v2"));
    assert!(lab.run("anna", "git data diff v1..v2 -- prices.csv").ok().stdout.contains("40 → 41 rows"));
    assert!(lab.run("anna", "git data diff main~1..HEAD -- prices.csv").ok().stdout.contains("40 → 41 rows"));
    lab.run("anna", "git data diff --staged --format html -- prices.csv").ok().says("<!doctype html>");
    lab.run("anna", "git data diff --staged --format md -- prices.csv").ok().says("> [!WARNING]");
}

#[test]
fn the_pull_request_shows_what_changed_inside_each_dataset() {
    let lab = proposed();
    lab.run("anna", "git data prepare --all --branch proposal --push").ok();
    lab.run(ROBOT, "git fetch --quiet origin").ok();
    super::comment::hosted(&lab);
    super::comment::check(&lab, "--html pages").ok();
    let body = super::comment::told(&lab);
    for name in ["prices.csv", "costs.parquet", "energy.sqlite"] {
        assert!(body.contains(&format!("### `{name}`: 1 cell changed · 1 row added")), "{body}");
        assert!(lab.text(&format!("robot/pages/{name}-v2.html")).starts_with("<!doctype html>"));
    }
    assert!(
        body.contains("beyond its old range") && body.contains("| rows | 40 | 41 | **+1**, −0, 1 edited |"),
        "{body}"
    );
    assert!(!body.contains("says something else"), "{body}");
    assert!(body.len() < 60_000);
    // A page that an author embellished is told.
    let page = lab.newest_of("anna", "diffs/prices.csv");
    lab.write(&format!("anna/{page}"), "# prices.csv v2\n\nNothing to see.\n");
    lab.run("anna", "git commit --quiet --all -m embellished").ok();
    lab.run("anna", "git push --quiet origin proposal").ok();
    lab.run(ROBOT, "git fetch --quiet origin").ok();
    super::comment::check(&lab, "").ok();
    assert!(super::comment::told(&lab).contains("says something else than its bytes"));
}

#[test]
fn a_rule_of_the_dataset_keeps_a_change_from_being_merged() {
    let lab = proposed();
    let manifest = lab.text("anna/manifest.json");
    let ruled = manifest.replacen("\"kind\": \"file\",", "\"kind\": \"file\", \"checks\": [\"append-only\"],", 3);
    lab.write("anna/manifest.json", ruled);
    lab.run("anna", "git data prepare --all --branch proposal --push").ok();
    lab.run(ROBOT, "git fetch --quiet origin").ok();
    super::comment::hosted(&lab);
    super::comment::check(&lab, "").fails(1).says("append-only: 1 changed cell");
    assert!(super::comment::told(&lab).contains("**A check is not kept:** append-only"));
}

#[test]
fn what_a_dataset_hides_reaches_neither_git_nor_the_pull_request() {
    for (member, hides) in [("\"redact\": [\"price\"]", "1000"), ("\"preview\": \"counts\"", "1000")] {
        let lab = proposed();
        let manifest = lab.text("anna/manifest.json");
        lab.write(
            "anna/manifest.json",
            manifest.replace("\"kind\": \"file\",", &format!("\"kind\": \"file\", {member},")),
        );
        lab.run("anna", "git data prepare --all --branch proposal --push").ok();
        lab.run(ROBOT, "git fetch --quiet origin").ok();
        super::comment::hosted(&lab);
        super::comment::check(&lab, "--html pages").ok();
        let body = super::comment::told(&lab);
        assert!(!body.contains(hides) && body.contains("1 cell changed"), "{member}: {body}");
        let page = lab.newest_of("anna", "diffs/prices.csv");
        assert!(!lab.text(&format!("anna/{page}")).contains(hides), "{member}");
        assert!(!lab.text("robot/pages/prices.csv-v2.html").contains(hides), "{member}");
    }
}

#[test]
fn what_everybody_reads_shows_numbers_only() {
    let lab = proposed();
    // A laptop asks the host.
    let origin = lab.path("origin.git");
    lab.run("anna", &format!("git config url.{}.insteadOf https://github.com/team/data.git", origin.display())).ok();
    lab.run("anna", "git remote set-url origin https://github.com/team/data.git").ok();
    lab.program("gh", "#!/bin/sh\necho \"$@\" >\"$HOME/gh-was-asked\"\necho public\n");
    lab.run("anna", "git data prepare --all --branch proposal --push").ok();
    assert_eq!(lab.text("home/anna/gh-was-asked"), "api --hostname github.com repos/team/data --jq .visibility\n");
    let page = || lab.text(&format!("anna/{}", lab.newest_of("anna", "diffs/prices.csv")));
    assert!(page().contains("1 cell changed") && !page().contains("1000"), "{}", page());
    // A workflow was told.
    super::comment::hosted(&lab);
    lab.write("event.json", r#"{"repository": {"private": false}}"#);
    lab.set(ROBOT, "GITHUB_EVENT_PATH", lab.path("event.json").to_str().unwrap());
    lab.run(ROBOT, "git fetch --quiet origin").ok();
    super::comment::check(&lab, "").ok();
    let body = super::comment::told(&lab);
    assert!(
        body.contains("1 cell changed") && !body.contains("1000") && !body.contains("says something else"),
        "{body}"
    );
    // A private one shows rows, and so does one that says so.
    lab.write("event.json", r#"{"repository": {"private": true}}"#);
    super::comment::check(&lab, "").ok();
    assert!(super::comment::told(&lab).contains("1000"));
    lab.run("anna", "git config data.preview rows").ok();
    lab.run("anna", "git data prepare prices.csv prices.csv --push").ok();
    assert!(page().contains("1000"), "{}", page());
}

#[test]
fn giving_up_a_version_names_what_goes_on_showing_its_rows() {
    let lab = proposed();
    lab.run("anna", "git data prepare prices.csv --branch proposal --push").ok();
    lab.run("anna", "git switch --quiet main").ok();
    lab.run("anna", "git merge --quiet --no-ff proposal -m 'Merge pull request #12 from team/proposal'").ok();
    lab.run("anna", "git push --quiet origin HEAD:main").ok();
    lab.publish();
    lab.update("anna");
    let plan = lab.run("anna", "git data prune prices.csv --keep 1 --dry-run").ok();
    let page = lab.newest_of("anna", "diffs/prices.csv");
    assert!(plan.stdout.contains("Git remembers") && plan.stdout.contains(&format!("{page} (v2)")), "{plan}");
    let deleted = lab.run("anna", "git data delete prices.csv --dry-run --json").ok().json();
    let shown = deleted["shown"].as_array().unwrap();
    assert!(shown.contains(&"pull request #12 (v2)".into()), "{deleted}");
}

#[test]
fn what_cannot_be_read_is_never_no_change() {
    let lab = proposed();
    lab.write("anna/energy.sqlite", [b"SQLite format 3\0".to_vec(), vec![7; 9_000]].concat());
    let said = lab.run("anna", "git data diff -- energy.sqlite").fails(3);
    assert!(said.stdout.contains("not compared"), "{said}");
    lab.run("anna", "git data prepare energy.sqlite --branch proposal --push").ok();
    let page = lab.newest_of("anna", "diffs/energy.sqlite");
    assert!(lab.text(&format!("anna/{page}")).contains("preview unavailable"));
    lab.run(ROBOT, "git fetch --quiet origin").ok();
    super::comment::hosted(&lab);
    super::comment::check(&lab, "").ok();
    assert!(super::comment::told(&lab).contains("preview unavailable"));
    assert!(!lab.keys(Production).is_empty());
}
