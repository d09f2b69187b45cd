//! Files that attack whoever reads them: each ends in words and within bounds, and never as "no change".

use std::io::Write as _;
use std::process::{Command, Stdio};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::lab::{Backend, Lab};

/// Compares two files; whatever is wrong with them is told as not compared.
fn refused(lab: &Lab, old: &str, new: &str, why: &str) {
    let said = lab.run("", &format!("git-data diff --files {old} {new}")).fails(3);
    assert!(said.stdout.contains("not compared") && said.stdout.contains(why), "{said}");
}

#[test]
fn ten_gigabytes_in_ten_megabytes_are_not_unpacked() {
    let lab = Lab::new(Backend::Directory);
    let mut one = GzEncoder::new(Vec::new(), Compression::fast());
    for _ in 0..64 {
        one.write_all(&[b'0'; 1 << 20]).unwrap();
    }
    // Parts of one file follow each other: 64 MiB each.
    let one = one.finish().unwrap();
    lab.write("bomb.csv.gz", one.repeat(160));
    lab.write("a.csv", "id\n1\n");
    refused(&lab, "a.csv", "bomb.csv.gz", "record 1 is longer than 64 MiB");
}

#[test]
fn a_million_columns_are_refused() {
    let lab = Lab::new(Backend::Directory);
    let header: String = (0..1_000_000).map(|n| format!("c{n},")).collect();
    lab.write("wide.csv", format!("{header}last\n1\n"));
    lab.write("a.csv", "id\n1\n");
    refused(&lab, "a.csv", "wide.csv", "has more than 10000 columns");
    let object: String = (0..1_000_000).map(|n| format!("\"c{n}\":1,")).collect();
    lab.write("wide.jsonl", format!("{{{object}\"last\":1}}\n"));
    lab.write("a.jsonl", "{\"id\":1}\n");
    refused(&lab, "a.jsonl", "wide.jsonl", "longer than 1 MiB");
    let object: String = (0..20_000).map(|n| format!("\"c{n}\":1,")).collect();
    lab.write("wide.jsonl", format!("{{{object}\"last\":1}}\n"));
    refused(&lab, "a.jsonl", "wide.jsonl", "has more than 10000 columns");
}

#[test]
fn what_never_ends_is_refused() {
    let lab = Lab::new(Backend::Directory);
    lab.write("a.csv", "id,v\n1,a\n");
    lab.write("open.csv", format!("id,v\n1,\"{}", "a\n".repeat(1 << 20)));
    refused(&lab, "a.csv", "open.csv", "longer than");
    // What is nested deeply is one value, and not followed.
    lab.write("a.jsonl", "{\"id\":1}\n");
    lab.write("deep.jsonl", format!("{{\"id\":{}1{}}}\n", "[".repeat(10_000), "]".repeat(10_000)));
    lab.run("", "git-data diff --files a.jsonl deep.jsonl").ok().says("+ 1 row");
}

#[cfg(feature = "tables")]
#[test]
fn a_hostile_database_is_compared_by_its_rows() {
    use rusqlite::Connection;

    let lab = Lab::new(Backend::Directory);
    let make = |name: &str, value: &str| {
        let base = Connection::open(lab.path(name)).unwrap();
        base.execute_batch(&format!(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT, large TEXT GENERATED ALWAYS AS (printf('%.*c', 900000000, v)) VIRTUAL);
             CREATE TABLE log (x);
             INSERT INTO t(id, v) VALUES (1, 'a'), (2, '{value}');
             CREATE VIEW endless AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c;
             CREATE TRIGGER bad AFTER UPDATE ON t BEGIN INSERT INTO log SELECT randomblob(900000000); END;"
        ))
        .unwrap();
    };
    make("old.sqlite", "b");
    make("new.sqlite", "c");
    let before = lab.read("new.sqlite");
    let said = lab.run("", "git-data diff --files old.sqlite new.sqlite");
    assert!(
        said.stdout.contains("~ 1 cell in 1 row: v 1") && said.stdout.contains("Not compared as a whole"),
        "{said}"
    );
    assert!(before == lab.read("new.sqlite"));
}

/// Asks the process that reads, with bounds of our own; gives its exit code and what it says.
#[cfg(unix)]
fn asked(lab: &Lab, memory: u64, seconds: u64) -> (Option<i32>, String) {
    use std::os::unix::process::ExitStatusExt as _;

    let path = |name: &str| lab.path(name);
    let request = serde_json::json!({
        "task": {"Compare": {
            "old": path("a.csv"), "new": path("b.csv"), "names": ["a.csv", "b.csv"], "key": [], "keys": {},
            "tolerance": [null, null], "tolerances": {}, "order": false, "changes": 10, "memory": 1 << 28,
            "seconds": null, "scratch": path("scratch"),
        }},
        "bounds": {"memory": memory, "seconds": seconds},
    });
    let mut child = Command::new(env!("CARGO_BIN_EXE_git-data"))
        .arg("read-tables")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(request.to_string().as_bytes()).unwrap();
    let out = child.wait_with_output().unwrap();
    let code = out.status.signal().map(|signal| 128 + signal).or(out.status.code());
    (code, String::from_utf8(out.stdout).unwrap())
}

#[cfg(unix)]
#[test]
fn the_process_that_reads_is_bounded() {
    let lab = Lab::new(Backend::Directory);
    let rows = |turn: u64| {
        (0..200_000_u64).fold("id,v\n".to_owned(), |text, n| text + &format!("{},{n}\n", n * turn % 200_003))
    };
    lab.write("a.csv", rows(7));
    lab.write("b.csv", rows(11));
    let (code, said) = asked(&lab, 4 << 30, 600);
    assert!(code == Some(0) && said.starts_with("{\"Done\":{\"Tables\""), "{code:?} {said}");
    // Beyond its addresses: an allocation fails, and the process says so or aborts.
    let (code, said) = asked(&lab, 1 << 20, 600);
    assert!(code == Some(134) || said.contains("out of memory"), "{code:?} {said}");
    // Beyond its time: the system ends it.
    let (code, said) = asked(&lab, 4 << 30, 1);
    assert!(matches!(code, Some(137 | 152)), "{code:?} {said}");
}
