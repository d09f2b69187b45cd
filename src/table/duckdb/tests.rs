//! DuckDB's own program makes two files, and what was told of them comes out. Where it is missing they are left out.

use super::*;
use crate::table::seen::{Seen, options};

fn there() -> bool {
    Run::new("duckdb").arg("--version").output().is_ok()
}

fn make(path: &Path, sql: &str) {
    Run::new("duckdb").args(["-batch", "-bail"]).arg(path).args(["-c", sql]).ok().unwrap();
}

/// The older side's SQL, and what then is done to a copy of it.
fn compared(old: &str, edit: &str) -> (Vec<String>, Beside) {
    let dir = tempfile::tempdir().unwrap();
    let (before, after) = (dir.path().join("it's old.db"), dir.path().join("new.db"));
    make(&before, old);
    make(&after, &format!("{old}; {edit}"));
    let scratch = dir.path().join("scratch");
    crate::disk::file::create_folder(&scratch).unwrap();
    let mut seen = Seen::default();
    let beside = compare(&before, &after, &options(&[], 1 << 20, &scratch), &mut seen).unwrap();
    #[expect(clippy::disallowed_methods, reason = "to see that nothing is left there")]
    let left = std::fs::read_dir(&scratch).unwrap().count();
    assert_eq!(left, 0);
    (seen.lines, beside)
}

#[test]
fn duckdb_program_gives_rows_with_their_keys_and_types() {
    if !there() {
        return;
    }
    let old = "CREATE TABLE t(id INTEGER PRIMARY KEY, a VARCHAR, d DECIMAL(9,2), h HUGEINT, l INTEGER[]); \
        INSERT INTO t VALUES (3, 'c', 0.10, 1, [1]), (1, 'a', 1.50, 170141183460469231731687303715884105727, NULL), (2, NULL, NULL, 0, [])";
    let edit = "UPDATE t SET h = h - 1 WHERE id = 1; DELETE FROM t WHERE id = 2; INSERT INTO t VALUES (9, '', 2, 2, [3, NULL])";
    let (lines, _) = compared(old, edit);
    let want = [
        "t 3 -> 3 by Primary(id)",
        "+2 9|''|2.00|'2'|'[3, NULL]'",
        "-1 2|∅|∅|'0'|'[]'",
        "~0:0 1|'a'|1.50|'170141183460469231731687303715884105727'|∅ -> 1|'a'|1.50|'170141183460469231731687303715884105726'|∅",
    ];
    assert_eq!(lines, want);
}

#[test]
fn duckdb_program_gives_tables_and_objects_that_come_and_go() {
    if !there() {
        return;
    }
    let old = "CREATE SCHEMA \"s\"\"x\"; CREATE TABLE \"s\"\"x\".\"gone;\"(a INTEGER); CREATE TABLE same(b INTEGER); CREATE VIEW v AS SELECT 1";
    let edit = "DROP TABLE \"s\"\"x\".\"gone;\"; CREATE TABLE new(c INTEGER); INSERT INTO new VALUES (1); DROP VIEW v; CREATE VIEW v AS SELECT 2; CREATE INDEX i ON same(b)";
    let (lines, beside) = compared(old, edit);
    assert_eq!(lines, ["same 0 -> 0 by Inferred(b)", "s\"x.gone; Removed 0", "new Added 1"]);
    let objects: Vec<_> = beside.objects.iter().map(|o| (o.what.as_str(), o.name.as_str())).collect();
    assert_eq!(objects, [("index", "i"), ("view", "v")]);
}

#[test]
fn duckdb_program_runs_no_view_and_reaches_no_other_file() {
    if !there() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.db");
    make(&path, "CREATE TABLE t(a INTEGER)");
    let own = options(&[], 1 << 20, dir.path());
    let side = Side::open(&path, &own).unwrap();
    for sql in [
        "SELECT * FROM read_text('/etc/hostname')",
        "COPY side.main.t TO 'x.csv'",
        "SET enable_external_access = true",
        "ATTACH 'y.db'",
    ] {
        assert!(side.run(None, sql).is_err(), "{sql}");
    }
}

#[test]
fn duckdb_program_refuses_garbage_and_a_log_beside_the_file() {
    if !there() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.db");
    crate::disk::file::append(&path, b"\0\0\0\0\0\0\0\0DUCK garbage").unwrap();
    let own = options(&[], 1 << 20, dir.path());
    assert!(Side::open(&path, &own).err().unwrap().message.starts_with("cannot read "));
    crate::disk::file::append(&dir.path().join("a.db.wal"), b"x").unwrap();
    assert!(Side::open(&path, &own).err().unwrap().message.contains("is not whole"));
}
