//! Patches of generated tables: applied, taken back, merged.

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;
use crate::error::Kind;
use crate::flow::csv::{Dialect, Scan};
use crate::flow::diff::found::At;
use crate::flow::diff::pairs::Pairs;

const CSV: Form = Form::Csv(Dialect { delimiter: b',', quoting: true, end: b'\n' });

/// The lines of a text: each with what it ends with.
fn pieces(text: &[u8], form: Form) -> impl Iterator<Item = (&[u8], &[u8])> {
    let (dialect, mut rest) = (form.dialect(), text);
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let Some(end) = Scan::default().end(rest, dialect, true) else {
            return Some((std::mem::take(&mut rest), &text[..0]));
        };
        let record = crate::flow::csv::content(rest, end, dialect);
        let piece = (record, &rest[record.len()..=end]);
        rest = &rest[end + 1..];
        Some(piece)
    })
}

/// Everything before the first row, and the rows.
fn split(text: &[u8], form: Form) -> (Vec<u8>, Vec<Record>) {
    let mut records: Vec<Record> = Vec::new();
    let mut head = Vec::new();
    for (at, (raw, end)) in pieces(text, form).enumerate() {
        match (form, at) {
            (Form::Csv(_), 0) => head.extend([raw, end].concat()),
            _ => records.push(Record { place: records.len() as u64, raw: raw.to_vec(), end: end.to_vec() }),
        }
    }
    (head, records)
}

/// Compares two texts by their first column, as an engine would.
fn patch_of(old: &[u8], new: &[u8], form: Form, columns: &[&str]) -> Patch {
    let columns: Vec<String> = columns.iter().map(|name| (*name).to_owned()).collect();
    let (before, after) = (split(old, form).1, split(new, form).1);
    let key = |record: &Record| form.key(&record.raw, &columns, &[0]);
    let mut rows = Rows::default();
    for one in &after {
        match before.iter().find(|old| key(old) == key(one)) {
            Some(old) if old.raw == one.raw => {}
            Some(old) => rows.both(At { old: old.place, new: one.place }, &[], &[]).unwrap(),
            None => rows.added(one.place, &[]).unwrap(),
        }
    }
    for one in before.iter().filter(|old| !after.iter().any(|new| key(new) == key(old))) {
        rows.removed(one.place, &[]).unwrap();
    }
    let last = |side: &[Record]| side.last().map_or(Vec::new(), |record| record.end.clone());
    let empty = Patch {
        base: Digest::of(old),
        head: Digest::of(new),
        form,
        columns,
        key: vec![0],
        end: if old.contains(&b'\r') || new.contains(&b'\r') { b"\r\n".to_vec() } else { b"\n".to_vec() },
        last: [last(&before), last(&after)],
        rows: Vec::new(),
    };
    let by_place = |side: Vec<Record>| side.into_iter().map(|one| (one.place, one)).collect::<HashMap<_, _>>();
    make(empty, &rows, &by_place(before), &by_place(after)).unwrap()
}

fn applied(patch: &Patch, base: &[u8], finding: Finding) -> Result<(Vec<u8>, Vec<Conflict>), crate::error::Error> {
    let (mut out, records) = split(base, patch.form);
    let mut apply = Apply::new(patch, finding)?;
    for record in records {
        apply.record(&record.raw, &record.end, &mut out)?;
    }
    let conflicts = apply.finish(&mut out)?;
    Ok((out, conflicts))
}

fn text(made: &(Vec<u8>, Vec<Conflict>)) -> &str {
    std::str::from_utf8(&made.0).unwrap()
}

const BASE: &[u8] = b"id,a,b\n1,x,\"p, q\"\n2,y,1.50\n3,z,\n";

#[test]
fn a_patch_is_lines_that_say_what_they_do() {
    let patch = patch_of(BASE, b"id,a,b\n1,x,\"p, r\"\n2,y,1.5\n4,w,\xff\n", CSV, &["id", "a", "b"]);
    let printed = print(&patch);
    let lines: Vec<&str> = printed.lines().skip(1).collect();
    assert_eq!(
        lines,
        [
            r#"{"op":"edit","at":[0,0],"key":["1"],"col":"b","old":"p, q","new":"p, r","old_raw":"\"p, q\"","new_raw":"\"p, r\""}"#,
            r#"{"op":"edit","at":[1,1],"key":["2"],"col":"b","old":"1.50","new":"1.5","old_raw":"1.50","new_raw":"1.5"}"#,
            r#"{"op":"add","at":2,"key":["4"],"raw":{"hex":"342c772cff"},"end":"\n"}"#,
            r#"{"op":"remove","at":2,"key":["3"],"raw":"3,z,","end":"\n"}"#,
        ]
    );
    assert_eq!(parse(&printed).unwrap(), patch);
}

#[test]
fn another_file_is_refused_and_says_where() {
    let patch = patch_of(BASE, b"id,a,b\n1,x,\"p, q\"\n2,Y,1.50\n3,z,\n", CSV, &["id", "a", "b"]);
    let other = b"id,a,b\n0,new,\n2,other,1.50\n3,z,\n";
    let error = applied(&patch, other, Finding::Key).unwrap_err();
    assert_eq!(
        (error.kind, error.line()),
        (Kind::Conflict, "row 2 a is not as the patch expects it (it is other, the patch changes y)".into())
    );
    // What is elsewhere may be anything.
    let other = b"id,a,b\n0,new,\n2,y,changed\n";
    assert_eq!(text(&applied(&patch, other, Finding::Key).unwrap()), "id,a,b\n0,new,\n2,Y,changed\n");
    assert!(applied(&patch, b"id,a,b\n1,x,\n", Finding::Place).is_err());
    let unkeyed = Patch { key: vec![], ..patch };
    assert_eq!(Apply::new(&unkeyed, Finding::Key).err().unwrap().kind, Kind::Conflict);
}

#[test]
fn two_edits_of_one_row_merge_cell_by_cell() {
    let theirs = patch_of(BASE, b"id,a,b\n1,X,\"p, q\"\n2,y,2\n4,new,\n", CSV, &["id", "a", "b"]);
    let ours = b"id,a,b\n1,x,Q\n2,y,1.50\n3,z,\n9,own,\n";
    let made = applied(&theirs, ours, Finding::Merge).unwrap();
    assert_eq!((text(&made), made.1.len()), ("id,a,b\n1,X,Q\n2,y,2\n9,own,\n4,new,\n", 0));
}

#[test]
fn only_what_both_changed_differently_is_a_conflict() {
    let theirs = patch_of(BASE, b"id,a,b\n1,X,\"p, q\"\n2,Y,2\n", CSV, &["id", "a", "b"]);
    // The same change in row 1, another one in row 2, an edit of the row that goes.
    let ours = b"id,a,b\n1,X,\"p, q\"\n2,other,1.50\n3,edited,\n";
    let made = applied(&theirs, ours, Finding::Merge).unwrap();
    assert_eq!(text(&made), "id,a,b\n1,X,\"p, q\"\n2,other,2\n3,edited,\n");
    let said = |one: &Conflict| (one.key[0].clone(), one.column.clone(), one.patch.is_none());
    let told: Vec<_> = made.1.iter().map(said).collect();
    assert_eq!(told, [(b"2".to_vec(), Some("a".to_owned()), false), (b"3".to_vec(), None, true)]);
    // An edit of a row that is gone here.
    let made = applied(&theirs, b"id,a,b\n1,x,\"p, q\"\n", Finding::Merge).unwrap();
    assert_eq!((made.1.len(), made.1[0].here.clone()), (1, None));
    // Both removed row 3: nothing to be said. Both added row 5, each in another way.
    let theirs = patch_of(b"id\n3\n", b"id\n5\n", CSV, &["id"]);
    assert_eq!(applied(&theirs, b"id\n5\n", Finding::Merge).unwrap().1, []);
    assert_eq!(applied(&theirs, b"id\n3\n\"5\"\n", Finding::Merge).unwrap().1.len(), 1);
}

#[test]
fn a_file_with_the_same_key_twice_is_refused() {
    let patch = patch_of(BASE, b"id,a,b\n1,X,\"p, q\"\n2,y,1.50\n3,z,\n", CSV, &["id", "a", "b"]);
    let error = applied(&patch, b"id,a,b\n1,x,\n1,x,\n", Finding::Merge).unwrap_err();
    assert_eq!(error.message, "more than one row has the key 1");
}

#[test]
fn lines_that_are_no_patch_are_named() {
    let good = print(&patch_of(BASE, b"id,a,b\n1,X,\"p, q\"\n2,y,1.50\n", CSV, &["id", "a", "b"]));
    for (from, to, said) in [
        ("\"git-data\"", "\"other\"", "first line"),
        ("\"version\":1", "\"version\":2", "first line"),
        ("\"delimiter\":\",\"", "\"delimiter\":\"\"", "first line"),
        ("\"key\":[\"id\"]", "\"key\":[\"none\"]", "first line"),
        ("\"op\":\"edit\"", "\"op\":\"drop\"", "line 2"),
        ("\"col\":\"a\"", "\"col\":\"z\"", "line 2"),
        ("\"key\":[\"1\"]", "\"key\":[]", "line 2"),
        ("\"new_raw\":\"X\"", "\"new_raw\":{\"hex\":\"0\"}", "line 2"),
        ("\"at\":2", "\"at\":-1", "line 3"),
    ] {
        assert!(good.contains(from), "{from}: {good}");
        let error = parse(&good.replace(from, to)).unwrap_err().line();
        assert!(error.contains(said), "{from}: {error}");
    }
    assert!(parse("").is_err());
    let twice = good.lines().nth(1).unwrap();
    assert!(parse(&good.replace(twice, &format!("{twice}\n{twice}"))).unwrap_err().line().contains("line 3"));
}

/// Fields as they may stand in a file.
fn field() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z0-9 .+-]{0,5}",
        Just("\"\"".to_owned()),
        "\"[a-z,\n]{0,4}\"",
        Just("\"say \"\"hi\"\"\"".to_owned()),
        Just("5\" pipe".to_owned()),
        Just("naïve ⏎".to_owned()),
    ]
}

fn rows() -> impl Strategy<Value = std::collections::BTreeMap<u8, Vec<String>>> {
    prop::collection::btree_map(0_u8..12, prop::collection::vec(field(), 0..4), 0..10)
}

/// A table in one of the ways in which files are written.
fn written(rows: &std::collections::BTreeMap<u8, Vec<String>>, crlf: bool, mark: bool, open: bool) -> Vec<u8> {
    let end = if crlf { "\r\n" } else { "\n" };
    let mut text = if mark { "\u{feff}".to_owned() } else { String::new() } + "id,a,b" + end;
    for (key, fields) in rows {
        text.push_str(&[vec![key.to_string()], fields.clone()].concat().join(","));
        text.push_str(end);
    }
    if open && !rows.is_empty() {
        text.truncate(text.len() - end.len());
    }
    text.into_bytes()
}

fn json_rows() -> impl Strategy<Value = std::collections::BTreeMap<u8, String>> {
    let line = prop_oneof![
        Just(r#""a": 1e3, "b" :"x\u0041""#),
        Just(r#""a":1000,"b":"xA""#),
        Just(r#""b":null"#),
        Just(r#""a":{"c":[1, 2]},"b":true"#),
        Just(r#""a":{"c":[1,2]},"b":true"#),
        Just(r#""a":1,"a":2"#),
    ];
    prop::collection::btree_map(0_u8..12, line.prop_map(str::to_owned), 0..8)
}

proptest! {
    #[test]
    fn a_patch_makes_the_newer_file_and_back(old in rows(), new in rows(), crlf in any::<bool>(), mark in any::<bool>(), open in any::<[bool; 2]>()) {
        let (old, new) = (written(&old, crlf, mark, open[0]), written(&new, crlf, mark, open[1]));
        let printed = print(&patch_of(&old, &new, CSV, &["id", "a", "b"]));
        // What is shown on a terminal is the patch, byte for byte.
        let shown: String = printed.lines().map(|line| crate::flow::text::Untrusted(line).to_string() + "\n").collect();
        prop_assert_eq!(&shown, &printed);
        let patch = parse(&printed).unwrap();
        let made = applied(&patch, &old, Finding::Place).unwrap().0;
        prop_assert_eq!(String::from_utf8_lossy(&made), String::from_utf8_lossy(&new));
        let back = applied(&patch.clone().reversed(), &new, Finding::Place).unwrap().0;
        prop_assert_eq!(String::from_utf8_lossy(&back), String::from_utf8_lossy(&old));
    }

    #[test]
    fn json_lines_too(old in json_rows(), new in json_rows()) {
        let text = |rows: &std::collections::BTreeMap<u8, String>| {
            rows.iter().map(|(key, rest)| format!("{{\"id\":{key},{rest}}}\n")).collect::<String>().into_bytes()
        };
        let (old, new) = (text(&old), text(&new));
        let patch = parse(&print(&patch_of(&old, &new, Form::Jsonl, &["id", "a", "b"]))).unwrap();
        let made = applied(&patch, &old, Finding::Place).unwrap().0;
        prop_assert_eq!(String::from_utf8_lossy(&made), String::from_utf8_lossy(&new));
        prop_assert_eq!(applied(&patch.clone().reversed(), &new, Finding::Place).unwrap().0, old);
    }

    #[test]
    fn merging_into_the_base_itself_conflicts_never(old in rows(), new in rows()) {
        let (old, new) = (written(&old, false, false, false), written(&new, false, false, false));
        let patch = patch_of(&old, &new, CSV, &["id", "a", "b"]);
        let (made, conflicts) = applied(&patch, &old, Finding::Merge).unwrap();
        prop_assert_eq!(conflicts, vec![]);
        let lines = |text: &[u8]| {
            let mut lines = split(text, CSV).1.into_iter().map(|one| one.raw).collect::<Vec<_>>();
            lines.sort();
            lines
        };
        prop_assert_eq!(lines(&made), lines(&new));
        // Once more changes nothing.
        prop_assert_eq!(applied(&patch, &made, Finding::Merge).unwrap(), (made, vec![]));
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in any::<String>()) {
        let _ = parse(&text);
        let _ = parse(&format!("{{\"patch\":\"git-data\"}}\n{text}"));
    }
}
