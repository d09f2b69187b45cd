//! Two small databases in, what was told out; and the walk over pages against plain SQL, over random edits.

use std::path::Path;

use proptest::prelude::*;
use rusqlite::Connection;

use super::*;
use crate::table::seen::{Seen, options};

fn make(path: &Path, sql: &str) {
    Connection::open(path).unwrap().execute_batch(sql).unwrap();
}

/// The older side's SQL, and what then is done to a copy of it.
fn compared(old: &str, edit: &str) -> Vec<String> {
    compared_by(&[], old, edit)
}

fn compared_by(key: &[&str], old: &str, edit: &str) -> Vec<String> {
    let key: Vec<String> = key.iter().map(|name| (*name).to_owned()).collect();
    let dir = tempfile::tempdir().unwrap();
    let (before, after) = (dir.path().join("a.db"), dir.path().join("b.db"));
    make(&before, old);
    make(&after, &format!("{old}; {edit}"));
    let run = |walks| {
        let (old, new) = (Database::open(&before).unwrap(), Database::open(&after).unwrap());
        let mut seen = Seen::default();
        Comparison { old, new, walks }.run(&options(&key, 1 << 20, dir.path()), &mut seen).unwrap();
        seen.lines
    };
    let lines = run(true);
    assert_eq!(lines, run(false));
    lines
}

fn refused(bytes: &[u8]) -> Error {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.db");
    crate::disk::file::append(&path, bytes).unwrap();
    compare(&path, &path, &options(&[], 1 << 20, dir.path()), &mut Seen::default()).err().unwrap()
}

const FOUR: &str = "CREATE TABLE t(id INTEGER PRIMARY KEY, a, b); INSERT INTO t VALUES (1,'x',1.0),(2,'y',2.5),(3,NULL,3),(4,'',x'00ff')";

#[test]
fn the_same_is_no_change() {
    assert_eq!(compared(FOUR, ""), ["t 4 -> 4 by Primary(id)"]);
    assert_eq!(compared(FOUR, "VACUUM"), ["t 4 -> 4 by Primary(id)"]);
}

#[test]
fn cells_are_told_with_the_kind_they_have() {
    let edit = "UPDATE t SET b = 1 WHERE id = 1; UPDATE t SET a = '' WHERE id = 3; UPDATE t SET b = '00ff' WHERE id = 4; DELETE FROM t WHERE id = 2; INSERT INTO t VALUES (9, 'n', -0.5)";
    let want = [
        "t 4 -> 4 by Primary(id)",
        "+3 9|'n'|-0.5",
        "-1 2|'y'|2.5",
        "~0:0 1|'x'|1.0 -> 1|'x'|1",
        "~2:1 3|∅|3 -> 3|''|3",
        "~3:2 4|''|x'00ff' -> 4|''|'00ff'",
    ];
    assert_eq!(compared(FOUR, edit), want);
}

#[test]
fn a_dropped_column_is_not_a_change_of_rows() {
    assert_eq!(compared(FOUR, "ALTER TABLE t DROP COLUMN b"), ["t 4 -> 4 by Primary(id)"]);
    assert_eq!(compared(FOUR, "ALTER TABLE t ADD COLUMN c DEFAULT 7"), ["t 4 -> 4 by Primary(id)"]);
}

#[test]
fn swapped_columns_are_not_a_change_of_rows() {
    let swap = "CREATE TABLE n(id INTEGER PRIMARY KEY, b, a); INSERT INTO n SELECT id, b, a FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t";
    assert_eq!(compared(FOUR, swap), ["t 4 -> 4 by Primary(id)"]);
}

#[test]
fn a_renamed_column_is_left_to_those_who_look_for_it() {
    assert_eq!(compared(FOUR, "ALTER TABLE t RENAME COLUMN b TO c"), ["t 4 -> 4 by Primary(id)"]);
}

#[test]
fn the_order_of_rows_is_no_change_where_there_is_a_key() {
    let keyed = "CREATE TABLE t(k TEXT PRIMARY KEY, a); INSERT INTO t VALUES ('a',1),('b',2),('c',3)";
    let shuffle = "DELETE FROM t; INSERT INTO t VALUES ('c',3),('a',1),('b',9)";
    assert_eq!(compared(keyed, shuffle), ["t 3 -> 3 by Primary(k)", "~1:2 'b'|2 -> 'b'|9"]);
}

#[test]
fn a_repeated_declared_key_is_told_and_equal_rows_are_paired_first() {
    let old = "CREATE TABLE t(k, a, b); INSERT INTO t VALUES (1,'x',1),(2,'y',2),(2,'z',3)";
    let lines = compared_by(&["k"], old, "INSERT INTO t VALUES (2,'new',0); UPDATE t SET b = 9 WHERE a = 'z'");
    let want = [
        "t 3 -> 4 by Declared(k)",
        "+3 2|'new'|0",
        "new: 3 rows have the key 2",
        "old: 2 rows have the key 2",
        "~2:2 2|'z'|3 -> 2|'z'|9",
    ];
    assert_eq!(lines, want);
}

#[test]
fn a_table_without_a_key_is_paired_by_rowid_and_says_so() {
    let old = "CREATE TABLE t(a); INSERT INTO t VALUES ('x'),('y')";
    let lines = compared(old, "UPDATE t SET a = 'z' WHERE rowid = 2");
    assert_eq!(lines, ["t 2 -> 2 by Primary(rowid)", "~1:1 2|'y' -> 2|'z'"]);
}

#[test]
fn keys_of_other_shapes() {
    let compound = "CREATE TABLE t(a, b, c, PRIMARY KEY (b, a)) WITHOUT ROWID; INSERT INTO t VALUES (1,2,3),(1,1,4)";
    assert_eq!(
        compared(compound, "UPDATE t SET c = 0 WHERE b = 2"),
        ["t 2 -> 2 by Primary(b,a)", "~1:1 1|2|3 -> 1|2|0"]
    );
    let folded =
        "CREATE TABLE t(k TEXT COLLATE NOCASE PRIMARY KEY DESC, c) WITHOUT ROWID; INSERT INTO t VALUES ('a',1),('B',2)";
    assert_eq!(
        compared(folded, "UPDATE t SET k = 'A' WHERE k = 'a'"),
        ["t 2 -> 2 by Primary(k)", "+0 'A'|1", "-0 'a'|1"]
    );
    // NULL in a primary key is no key: such rows may repeat.
    let nulls = "CREATE TABLE t(k TEXT PRIMARY KEY, c); INSERT INTO t VALUES (NULL,1),(NULL,2),('a',3)";
    let lines = compared(nulls, "UPDATE t SET c = 9 WHERE c = 2");
    assert_eq!(lines[1..], ["new: 2 rows have the key ∅", "old: 2 rows have the key ∅", "~1:1 ∅|2 -> ∅|9"]);
    let backwards = "CREATE TABLE t(k INTEGER PRIMARY KEY DESC, c); INSERT INTO t VALUES (5,1),(3,2)";
    assert_eq!(compared(backwards, "DELETE FROM t WHERE k = 5"), ["t 2 -> 1 by Primary(k)", "-0 5|1"]);
    let named = "CREATE TABLE t(rowid TEXT, x); INSERT INTO t VALUES ('a',1)";
    assert_eq!(compared(named, "UPDATE t SET x = 2"), ["t 1 -> 1 by Primary(_rowid_)", "~0:0 1|'a'|1 -> 1|'a'|2"]);
}

#[test]
fn tables_and_objects_come_and_go() {
    let old = "CREATE TABLE a(x); CREATE TABLE gone(y); INSERT INTO gone VALUES (1); CREATE VIEW v AS SELECT x FROM a; CREATE INDEX i ON a(x)";
    let edit = "DROP TABLE gone; CREATE TABLE new(z INTEGER PRIMARY KEY AUTOINCREMENT); DROP VIEW v; CREATE VIEW v AS SELECT 1; DROP INDEX i; CREATE TRIGGER r AFTER INSERT ON a BEGIN SELECT 1; END; ALTER TABLE a ADD COLUMN w";
    assert_eq!(compared(old, edit), ["a 0 -> 0 by Primary(rowid)", "gone Removed 1", "new Added 0"]);
    let dir = tempfile::tempdir().unwrap();
    let (before, after) = (dir.path().join("a"), dir.path().join("b"));
    make(&before, old);
    make(&after, &format!("{old}; {edit}"));
    let beside = compare(&before, &after, &options(&[], 0, dir.path()), &mut Seen::default()).unwrap();
    let objects: Vec<_> =
        beside.objects.iter().map(|o| (o.what.as_str(), o.name.as_str(), o.old.is_some(), o.new.is_some())).collect();
    let want = [
        ("index", "i", true, false),
        ("table", "a", true, true),
        ("trigger", "r", false, true),
        ("view", "v", true, true),
    ];
    assert_eq!(objects, want);
    assert_eq!(beside.notes, ["SQLite's own tables are not compared: sqlite_sequence"]);
}

#[test]
fn what_is_not_compared_is_named() {
    let old = "CREATE VIRTUAL TABLE f USING fts5(x); CREATE TABLE g(a, b AS (a || 'x'), c AS (a + 1) STORED); INSERT INTO g(a) VALUES (1)";
    let lines = compared(old, "UPDATE g SET a = 2");
    assert!(
        lines.contains(
            &"f Both 0 not compared: on the older side it is a virtual table, whose rows a program computes".to_owned()
        ),
        "{lines:?}"
    );
    assert!(lines.contains(&"g columns that are computed when they are read: b".to_owned()), "{lines:?}");
    assert!(lines.contains(&"~0:0 1|1|2 -> 1|2|3".to_owned()), "{lines:?}");
}

#[test]
fn a_schema_that_computes_for_ever_is_not_run() {
    let old = "CREATE TABLE t(id INTEGER PRIMARY KEY, a CHECK (a IS NULL OR length(hex(zeroblob(100))) > 0), b AS (hex(zeroblob(100000000)))); CREATE INDEX i ON t(length(a)); INSERT INTO t(a) VALUES ('x'); CREATE VIEW v AS WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT n FROM r; CREATE VIEW t2 AS SELECT * FROM v, t";
    let lines = compared(old, "UPDATE t SET a = 'y'");
    assert_eq!(lines[2..], ["~0:0 1|'x' -> 1|'y'"]);
}

#[test]
fn many_tables_are_read() {
    let count = if cfg!(debug_assertions) { 1_000 } else { 10_000 };
    let many: String = (0..count).map(|n| format!("CREATE TABLE t{n}(a);")).collect();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a");
    make(&path, &format!("BEGIN; {many} COMMIT"));
    let mut seen = Seen::default();
    compare(&path, &path, &options(&[], 0, dir.path()), &mut seen).unwrap();
    assert_eq!(seen.lines.len(), count);
}

#[test]
fn what_is_no_database_is_refused() {
    for bytes in [&b""[..], b"SQLite format 3\0", &[0; 4096]] {
        assert!(refused(bytes).message.contains("cannot be read as an SQLite file"));
    }
}

/// A database whose table has three levels of pages, as bytes.
fn bytes() -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a");
    make(
        &path,
        "PRAGMA page_size = 512; CREATE TABLE t(id INTEGER PRIMARY KEY, a); WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 2000) INSERT INTO t SELECT n, zeroblob(n % 1500) FROM r",
    );
    crate::disk::file::read(&path).unwrap().unwrap()
}

#[test]
fn damage_is_an_error_and_never_no_change() {
    let whole = bytes();
    assert!(refused(&whole[..whole.len() - 512]).line().contains("cut short"));
    // The root of the table is the second page: its first child is itself.
    let mut circle = whole.clone();
    let first = 512 + usize::from(u16::from_be_bytes([circle[512 + 12], circle[512 + 13]]));
    circle[first..first + 4].copy_from_slice(&2_u32.to_be_bytes());
    assert!(refused(&circle).line().contains("in a circle"), "{}", refused(&circle).line());
    let mut beyond = whole;
    beyond[first..first + 4].copy_from_slice(&u32::MAX.to_be_bytes());
    assert!(refused(&beyond).line().contains("points to page"), "{}", refused(&beyond).line());
}

/// One edit, as SQL.
fn edit() -> impl Strategy<Value = String> {
    let id = 1_u32..400;
    prop_oneof![
        4 => (id.clone(), 0_u32..3000).prop_map(|(id, n)| format!("UPDATE t SET a = zeroblob({n}) WHERE id = {id}")),
        4 => (id.clone(), any::<i8>()).prop_map(|(id, n)| format!("UPDATE t SET b = {n} WHERE id = {id}")),
        4 => (id.clone(), "[a-z]{0,9}").prop_map(|(id, a)| format!("INSERT OR REPLACE INTO t VALUES ({id}, '{a}', NULL, {id})")),
        4 => id.clone().prop_map(|id| format!("DELETE FROM t WHERE id = {id}")),
        1 => id.prop_map(|id| format!("DELETE FROM t WHERE id BETWEEN {id} AND {}", id + 80)),
        1 => Just("VACUUM".to_owned()),
        1 => (401_u32..900).prop_map(|to| format!("INSERT OR IGNORE INTO t WITH RECURSIVE r(n) AS (SELECT 401 UNION ALL SELECT n + 1 FROM r WHERE n < {to}) SELECT n, 'x', n, n FROM r")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 24 } else { 400 }))]

    #[test]
    fn pages_and_sql_agree(
        key in prop::sample::select(vec!["id INTEGER PRIMARY KEY, a, b, c", "id TEXT PRIMARY KEY, a, b, c", "id, a, b, c"]),
        page in prop::sample::select(vec![512, 4096]),
        rows in 0_u32..400,
        edits in prop::collection::vec(edit(), 0..12),
    ) {
        let old = format!("PRAGMA page_size = {page}; CREATE TABLE t({key}); WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < {rows}) INSERT INTO t SELECT n, zeroblob(n * 7 % 900), n % 5, 'row ' || n FROM r");
        compared(&old, &edits.join(";"));
    }

    #[test]
    fn garbage_is_refused_or_read(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20)) {
        let mut broken = bytes();
        for (at, byte) in changes {
            let at = at.index(broken.len());
            broken[at] = byte;
        }
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.db");
        crate::disk::file::append(&path, &broken).unwrap();
        let options = options(&[], 1 << 16, dir.path());
        for walks in [false, true] {
            let (Ok(old), Ok(new)) = (Database::open(&path), Database::open(&path)) else { continue };
            let mut seen = Seen::default();
            let compared = Comparison { old, new, walks }.run(&options, &mut seen);
            if compared.is_ok() {
                prop_assert!(!seen.lines.iter().any(|line| line.starts_with(['~', '+', '-'])), "{:?}", seen.lines);
            }
        }
    }
}
