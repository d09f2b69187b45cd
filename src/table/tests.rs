//! Whole files, compared: what is found, and what is refused.

#[cfg(feature = "tables")]
mod counted;

use std::collections::BTreeMap;

use super::*;
use crate::flow::diff::found::{Change, How};

fn compared(old: &[u8], new: &[u8], name: &str) -> Result<Option<Found>> {
    let dir = tempfile::tempdir().unwrap();
    let paths = ["old", "new"].map(|side| dir.path().join(side));
    crate::disk::file::append(&paths[0], old).unwrap();
    crate::disk::file::append(&paths[1], new).unwrap();
    let (cells, scratch) = (tally::Options::default(), dir.path().join("scratch"));
    let ask = Ask {
        names: [name; 2],
        key: &[],
        keys: &BTreeMap::new(),
        cells: &cells,
        order: true,
        memory: 1 << 20,
        scratch: &scratch,
    };
    compare(&paths[0], &paths[1], &ask)
}

fn found(old: &[u8], new: &[u8]) -> Found {
    compared(old, new, "a.csv").unwrap().unwrap()
}

fn refused(old: &[u8], name: &str) -> String {
    compared(old, old, name).unwrap_err().line()
}

fn counts(found: &Found) -> (u64, u64, u64, u64, u64) {
    let rows = found.tables[0].rows;
    (rows.before, rows.after, rows.added, rows.removed, rows.changed)
}

#[test]
fn a_change_is_counted_and_kept_with_its_key() {
    let found = found(b"id,v\n1,a\n2,1.50\n3,c\n", b"id,v\n1,a\n2,1.5\n4,d\n");
    let table = &found.tables[0];
    assert_eq!((&*found.format, counts(&found)), ("csv", (3, 3, 1, 1, 1)));
    assert_eq!((table.cells.value, table.cells.format), (0, 1));
    assert_eq!((table.key.how, table.key.columns.join("+")), (How::Inferred, "id".to_owned()));
    assert!(matches!(&table.changes[..], [Change::Edited { .. }, Change::Added { .. }, Change::Removed { .. }]));
    assert_eq!((table.touched[0].before.rows, table.touched[0].after.rows), (3, 3));
    assert!(found.notes.is_empty() && table.is_complete());
}

#[test]
fn a_named_key_survives_a_few_rows_that_repeat_it() {
    let rows = |name: &str, again: &str| {
        let rows: String = (1000..1200).map(|n| format!("{n},v{n}\n")).collect();
        format!("{name},v\n{rows}{again}").into_bytes()
    };
    let key = |name: &str, again: &str| {
        let found = found(&rows(name, ""), &rows(name, again));
        let table = &found.tables[0];
        let key = &table.key;
        (key.how, key.columns.join("+"), (key.after.keys, key.after.rows), (table.rows.added, table.rows.changed))
    };
    let id = |keys, rows, added| (How::Inferred, "id".to_owned(), (keys, rows), (added, 0));
    assert_eq!(key("id", ""), id(0, 0, 0));
    // The last one does not win: the row that is there on both sides stays what it is.
    assert_eq!(key("id", "1007,other\n"), id(1, 2, 1));
    assert_eq!(key("id", "1007,a\n1008,b\n1009,c\n").1, "id+v");
    assert_eq!(key("plate", "1007,other\n").1, "plate+v");
}

#[test]
fn rows_in_another_order_are_counted_where_that_is_asked_for() {
    let moved = |new: &[u8]| found(b"id,v\n1,a\n2,b\n3,c\n4,d\n", new).tables[0].rows.moved;
    assert_eq!(moved(b"id,v\n1,a\n2,b\n3,c\n4,d\n"), Some(0));
    assert_eq!(moved(b"id,v\n4,d\n1,a\n2,x\n3,c\n"), Some(1));
    assert_eq!(moved(b"id,v\n0,z\n2,b\n1,a\n4,d\n3,c\n"), Some(2));
}

#[test]
fn a_renamed_column_is_seen() {
    let rows: String = (0..50).map(|n| format!("{n},v{},w\n", n * 7)).collect();
    let found = found(format!("id,a,b\n{rows}").as_bytes(), format!("id,c,b\n{rows}").as_bytes());
    let columns = &found.tables[0].columns;
    assert_eq!((columns.renamed[0].from.as_str(), columns.renamed[0].to.as_str()), ("a", "c"));
    assert!(columns.added.is_empty() && columns.removed.is_empty());
    assert_eq!(counts(&found), (50, 50, 0, 0, 0));
}

#[test]
fn a_dropped_column_says_how_much_it_held() {
    let found = found(b"id,a,b\n1,x,1\n2,,2\n3,y,3\n", b"id,b\n1,1\n2,2\n3,3\n");
    let words = format!("{:?}", found.tables[0].flags);
    assert!(words.contains("filled: Some((2, 3))"), "{words}");
    assert_eq!(counts(&found), (3, 3, 0, 0, 0));
}

#[test]
fn tables_with_nothing_in_common_share_no_row() {
    assert_eq!(counts(&found(b"a,b\n1,2\n", b"c,d\n1,2\n3,4\n")), (1, 2, 2, 1, 0));
}

#[test]
fn how_a_file_is_written_is_said() {
    let notes = |old: &[u8], new: &[u8]| found(old, new).notes.join(" · ");
    assert_eq!(notes(b"id,a\n1,x\n", b"id,a\r\n1,x\r\n"), "line ends: LF → CRLF");
    assert_eq!(
        notes(b"id,a\n1,x\n", b"\xef\xbb\xbfid;a\n1;x\n"),
        "delimiter: , → ; · encoding: UTF-8 → UTF-8 with a byte order mark"
    );
    assert_eq!(
        notes(b"id,a\n1,x\n", b"id,a\n1,\xe9\n\n2\n3,y,z\n"),
        "encoding: UTF-8 → not UTF-8 · the newer file: it is not UTF-8; its values are compared as bytes · \
         the newer file: some records have fewer fields than the header; the others are absent · \
         the newer file: some records have more fields than the header; the last column holds the rest · \
         the newer file: 1 empty lines are no rows"
    );
}

#[test]
fn small_and_odd_files_are_tables_too() {
    let (empty, header): (&[u8], &[u8]) = (b"", b"id,v");
    assert_eq!(counts(&found(empty, empty)), (0, 0, 0, 0, 0));
    assert_eq!(counts(&found(empty, header)), (0, 0, 0, 0, 0));
    assert_eq!(counts(&found(header, b"id,v\n1,a")), (0, 1, 1, 0, 0));
    assert_eq!(counts(&found(b"id,v\n1,a\n", header)), (1, 0, 0, 1, 0));
    assert_eq!(counts(&found(b"id,v\n1,a\0b\n2,x\n", b"id,v\n1,a\0c\n2,x\n")), (2, 2, 0, 0, 1));
    assert_eq!(counts(&found(b"id,v\n1,\xff\n2,x\n", b"id,v\n1,\xfe\n2,x\n")), (2, 2, 0, 0, 1));
    assert_eq!(counts(&found(b"a\n\n1\n", b"a\n1\n\n")), (2, 2, 0, 0, 0));
}

#[test]
fn what_is_too_large_is_refused() {
    let long = [b"id,v\n1,".as_slice(), &vec![b'x'; 2 << 20], b"\n"].concat();
    assert_eq!(refused(&long, "a.csv"), "a.csv: a field of record 2 is longer than 1 MiB");
    let columns = vec![b','; 1_000_000];
    assert_eq!(refused(&columns, "a.csv"), "a.csv has more than 10000 columns");
    let members: String = (0..10_001).map(|n| format!("{{\"{n}\":1}}\n")).collect();
    assert_eq!(refused(members.as_bytes(), "a.jsonl"), "a.jsonl has more than 10000 columns");
    let wide = [b"id,v\n1".as_slice(), &vec![b','; 1_000_000], b"\n"].concat();
    assert_eq!(counts(&found(&wide, &wide)), (1, 1, 0, 0, 0));
}

#[test]
fn a_quote_that_never_closes_is_refused() {
    let rest = "3,z\n".repeat(500_000);
    let text = format!("id,v\n1,\"fine\"\n{}2,\"open\n{rest}", "0,\"x\"\n".repeat(20_000));
    assert_eq!(refused(text.as_bytes(), "a.csv"), "a.csv: a field of record 20003 is longer than 1 MiB");
    let short = format!("id,v\n1,\"fine\"\n{}2,\"open\n", "0,\"x\"\n".repeat(20_000));
    assert_eq!(refused(short.as_bytes(), "a.csv"), "a.csv: a quote that opens in record 20003 never closes");
}

#[test]
fn lines_that_are_no_objects_are_refused() {
    assert!(refused(b"{\"id\":1}\n[1]\n", "a.jsonl").starts_with("a.jsonl: record 2 is not a JSON object"));
    let twice =
        compared(b"{\"id\":1,\"a\":1,\"a\":2}\n", b"{\"id\":1,\"a\":3,\"a\":2}\n", "a.jsonl").unwrap_err().line();
    assert!(twice.ends_with("(an object has two members a)"), "{twice}");
}

#[test]
fn packed_tables_are_read() {
    let pack = |text: &str| zstd::encode_all(text.as_bytes(), 1).unwrap();
    let found = compared(&pack("id,v\n1,a\n2,b\n"), &pack("id,v\n1,a\n2,c\n"), "a.csv.zst").unwrap().unwrap();
    assert_eq!(counts(&found), (2, 2, 0, 0, 1));
}

#[test]
fn what_is_no_table_is_left_to_others() {
    assert!(compared(b"hello\n", b"hallo\n", "a.txt").unwrap().is_none());
    assert!(compared(b"\0\x01", b"\0\x02", "a.bin").unwrap().is_none());
}
