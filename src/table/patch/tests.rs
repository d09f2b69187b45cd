//! Patches of generated files: made, printed, read, applied and taken back.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::flow::diff::patch::{Conflict, Finding, Patch, parse, print};
use crate::flow::diff::tally;
use crate::table::Ask;

/// A folder with two files.
struct Two {
    dir: tempfile::TempDir,
    name: &'static str,
}

impl Two {
    fn new(old: &[u8], new: &[u8], name: &'static str) -> Two {
        let dir = tempfile::tempdir().unwrap();
        crate::disk::file::append(&dir.path().join("old"), old).unwrap();
        crate::disk::file::append(&dir.path().join("new"), new).unwrap();
        Two { dir, name }
    }

    fn patch(&self, memory: usize) -> Result<Option<Patch>> {
        let (cells, scratch) = (tally::Options::default(), self.dir.path().join("scratch"));
        let (keys, names) = (BTreeMap::new(), [self.name; 2]);
        let ask = Ask { names, key: &[], keys: &keys, cells: &cells, order: false, memory, scratch: &scratch };
        make(&self.dir.path().join("old"), &self.dir.path().join("new"), &ask)
    }

    fn applied(&self, side: &str, patch: &Patch, finding: Finding) -> Result<(Vec<u8>, Vec<Conflict>)> {
        let mut out = Vec::new();
        let conflicts = apply(&self.dir.path().join(side), self.name, patch, finding, &mut |bytes| {
            out.extend_from_slice(bytes);
            Ok(())
        })?;
        Ok((out, conflicts))
    }
}

const MEMORY: usize = 1 << 20;

/// Why there is no patch, or how many lines it has.
fn made(old: &[u8], new: &[u8], name: &'static str) -> String {
    match Two::new(old, new, name).patch(MEMORY) {
        Ok(patch) => patch.map_or("none".to_owned(), |patch| print(&patch).lines().skip(1).count().to_string()),
        Err(error) => error.line(),
    }
}

#[test]
fn what_no_patch_can_say_is_refused() {
    let why = "no patch makes the newer a.csv of the older one";
    assert_eq!(made(b"id,v\n1,a\n2,b\n", b"id,v\n1,a\n2,c\n", "a.csv"), "1");
    let other = format!("{why} (a patch changes rows, and it has other columns)");
    assert_eq!(made(b"id,v\n1,a\n", b"id,w\n1,b\n", "a.csv"), other);
    let other = format!("{why} (its fields are separated or quoted in another way)");
    assert_eq!(made(b"id,v\n1,a\n", b"id;v\n1;b\n", "a.csv"), other);
    let ends = format!(
        "{why} (rows that did not change are written with other line ends, or the headers are written differently)"
    );
    assert_eq!(made(b"id,v\n1,a\n", b"id,v\r\n1,a\r\n", "a.csv"), ends);
    assert_eq!(made(b"id,v\n1,a\n", b"id,\"v\"\n1,a\n", "a.csv"), ends);
    assert_eq!(made(b"hello", b"world", "a.txt"), "none");
    let packed = zstd::encode_all(&b"id\n1\n"[..], 3).unwrap();
    assert!(made(&packed, &packed, "a.csv.zst").contains("it is compressed"));
    assert!(made(b"\xff\xfea\0\n\x001\0\n\0", b"\xff\xfea\0\n\x002\0\n\0", "a.csv").contains("it is in UTF-16"));
}

#[test]
fn rows_in_another_order_are_moved() {
    let (old, new) = (b"id,v\n1,a\n2,b\n3,c\n4,d", b"id,v\n4,d\n1,a\n3,C\n2,b\n");
    let two = Two::new(old, new, "a.csv");
    let patch = two.patch(MEMORY).unwrap().unwrap();
    assert_eq!(two.applied("old", &patch, Finding::Place).unwrap().0, new);
    assert_eq!(two.applied("new", &patch.clone().reversed(), Finding::Place).unwrap().0, old);
    // In a file of another order they change where they are.
    let other = Two::new(b"id,v\n3,c\n4,d\n5,e\n1,a\n2,b\n", b"", "a.csv");
    let made = other.applied("old", &patch, Finding::Merge).unwrap();
    assert_eq!((String::from_utf8(made.0).unwrap().as_str(), made.1), ("id,v\n3,C\n4,d\n5,e\n1,a\n2,b\n", vec![]));
}

#[test]
fn a_patch_that_takes_more_than_its_memory_is_refused() {
    let rows = |n: u32| (0..2000).fold("id,v\n".to_owned(), |text, id| text + &format!("{id},{:0400}\n", id + n));
    let two = Two::new(rows(1).as_bytes(), rows(2).as_bytes(), "a.csv");
    assert!(two.patch(MEMORY).unwrap_err().message.starts_with("the patch would hold more than"));
    assert_eq!(two.patch(4 * MEMORY).unwrap().unwrap().rows.len(), 2000);
}

#[test]
fn a_file_of_another_kind_is_no_target() {
    let two = Two::new(b"id,v\n1,a\n2,b\n", b"id,v\n1,a\n2,c\n", "a.csv");
    let patch = two.patch(MEMORY).unwrap().unwrap();
    let refused =
        |bytes: &[u8], name| Two::new(bytes, b"", name).applied("old", &patch, Finding::Key).unwrap_err().line();
    assert_eq!(refused(b"id,w\n2,b\n", "b.csv"), "the patch is not for a table like b.csv (its columns are id, w)");
    assert!(refused(b"{\"id\":2}\n", "b.jsonl").ends_with("(it is written in another format)"));
    assert!(refused(b"PAR1", "b.csv").starts_with("b.csv is no text table"));
    // What it is called does not matter.
    let renamed = Two::new(b"id,v\n2,b\n", b"", "b.data");
    assert_eq!(renamed.applied("old", &patch, Finding::Key).unwrap().0, b"id,v\n2,c\n");
}

fn field() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z0-9 .+-]{0,5}", Just("\"\"".to_owned()), "\"[a-z,\n]{0,4}\"", Just("5\" pipe".to_owned())]
}

/// Rows by their key, and how many empty lines follow each.
fn rows() -> impl Strategy<Value = BTreeMap<u8, (Vec<String>, u8)>> {
    prop::collection::btree_map(
        0_u8..12,
        (prop::collection::vec(field(), 2..3), prop_oneof![9 => Just(0), 1 => 0_u8..3]),
        3..10,
    )
}

#[derive(Clone, Copy, Debug)]
struct Style {
    crlf: bool,
    mark: bool,
    /// The last line has no end.
    open: bool,
}

fn style() -> impl Strategy<Value = Style> {
    any::<[bool; 3]>().prop_map(|[crlf, mark, open]| Style { crlf, mark, open })
}

fn written(rows: &BTreeMap<u8, (Vec<String>, u8)>, gaps: &BTreeMap<u8, (Vec<String>, u8)>, style: Style) -> Vec<u8> {
    let end = if style.crlf { "\r\n" } else { "\n" };
    let mut text = if style.mark { "\u{feff}".to_owned() } else { String::new() } + "id,a,b" + end;
    for (key, (fields, _)) in rows {
        text.push_str(&[vec![key.to_string()], fields.clone()].concat().join(","));
        text.push_str(end);
        for _ in 0..gaps.get(key).map_or(0, |(_, gap)| *gap) {
            text.push_str(end);
        }
    }
    if style.open {
        text.truncate(text.len() - end.len());
    }
    text.into_bytes()
}

proptest! {
    #[test]
    fn a_patch_makes_the_newer_file_and_back(old in rows(), new in rows(), style in style(), open in any::<bool>()) {
        // Empty lines stay with the rows that both have.
        let (older, newer) = (written(&old, &BTreeMap::new(), style), written(&new, &BTreeMap::new(), Style { open, ..style }));
        let two = Two::new(&older, &newer, "a.csv");
        let patch = two.patch(MEMORY).unwrap().unwrap();
        let patch = parse(&print(&patch)).unwrap();
        let made = two.applied("old", &patch, Finding::Place).unwrap().0;
        prop_assert_eq!(String::from_utf8_lossy(&made), String::from_utf8_lossy(&newer));
        let back = two.applied("new", &patch.reversed(), Finding::Place).unwrap().0;
        prop_assert_eq!(String::from_utf8_lossy(&back), String::from_utf8_lossy(&older));
    }

    #[test]
    fn empty_lines_stay_where_they_are(old in rows(), edit in "[a-z]{3}", style in style()) {
        let mut new = old.clone();
        if let Some((fields, _)) = new.values_mut().next() {
            fields[0] = edit;
        }
        let (older, newer) = (written(&old, &old, style), written(&new, &old, style));
        let two = Two::new(&older, &newer, "a.csv");
        let patch = two.patch(MEMORY).unwrap().unwrap();
        let made = two.applied("old", &patch, Finding::Place).unwrap().0;
        prop_assert_eq!(String::from_utf8_lossy(&made), String::from_utf8_lossy(&newer));
    }

    #[test]
    fn json_lines_too(old in prop::collection::btree_map(0_u8..9, "[a-z]{0,3}", 1..8), new in prop::collection::btree_map(0_u8..9, "[a-z]{0,3}", 1..8)) {
        let text = |rows: &BTreeMap<u8, String>| {
            rows.iter().map(|(id, v)| format!("{{\"id\": {id}, \"v\":\"{v}\"}}\n")).collect::<String>().into_bytes()
        };
        let two = Two::new(&text(&old), &text(&new), "a.jsonl");
        let patch = parse(&print(&two.patch(MEMORY).unwrap().unwrap())).unwrap();
        prop_assert_eq!(two.applied("old", &patch, Finding::Place).unwrap().0, text(&new));
        prop_assert_eq!(two.applied("new", &patch.reversed(), Finding::Place).unwrap().0, text(&old));
    }
}
