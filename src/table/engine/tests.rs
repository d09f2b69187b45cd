//! What the engines tell, beside what a naive comparison says.

use std::collections::BTreeMap;
use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::flow::diff::cell::{Cell, Kind};
use crate::flow::diff::found::At;
use crate::table::csv::Csv;
use crate::table::input::Input;
use crate::table::jsonl::Jsonl;

/// Writes down what it is told.
#[derive(Default)]
struct Told(Vec<String>);

fn spelled(cells: &[Cell<'_>]) -> String {
    let cell = |cell: &Cell<'_>| match cell.kind {
        Kind::Absent => "-".to_owned(),
        Kind::Null => "∅".to_owned(),
        Kind::Quoted => format!("{:?}", String::from_utf8_lossy(&cell.raw)),
        _ => String::from_utf8_lossy(&cell.raw).into_owned(),
    };
    cells.iter().map(cell).collect::<Vec<_>>().join("|")
}

impl Pairs for Told {
    fn both(&mut self, at: At, old: &[Cell<'_>], new: &[Cell<'_>]) -> Result<()> {
        self.0.push(format!("~ {}:{} {} → {}", at.old, at.new, spelled(old), spelled(new)));
        Ok(())
    }

    fn added(&mut self, row: u64, cells: &[Cell<'_>]) -> Result<()> {
        self.0.push(format!("+ {row} {}", spelled(cells)));
        Ok(())
    }

    fn removed(&mut self, row: u64, cells: &[Cell<'_>]) -> Result<()> {
        self.0.push(format!("- {row} {}", spelled(cells)));
        Ok(())
    }

    fn duplicates(&mut self, newer: bool, rows: u64, key: &[Cell<'_>]) -> Result<()> {
        self.0.push(format!("! {newer} {rows} {}", spelled(key)));
        Ok(())
    }
}

fn side(dir: &Path, name: &str, text: &[u8]) -> Box<dyn Records> {
    let path = dir.join(name);
    crate::disk::file::append(&path, text).unwrap();
    let input = Input::new(&path, name).unwrap();
    if text.starts_with(b"{") { Box::new(Jsonl::new(input).unwrap()) } else { Box::new(Csv::new(input, None).unwrap()) }
}

/// All that is told, in a fixed order, and a line for the key and the counts of rows.
fn told(old: &[u8], new: &[u8], key: &[&str], memory: usize) -> Vec<String> {
    let dir = tempfile::tempdir().unwrap();
    let (old, new) = (side(dir.path(), "old", old), side(dir.path(), "new", new));
    let key: Vec<String> = key.iter().map(ToString::to_string).collect();
    let scratch = dir.path().join("scratch");
    let options = Options { key: &key, keys: None, primary: &[], order: false, memory, scratch: &scratch };
    let mut sink = Told::default();
    let walked = walk(&*old, &*new, &options).unwrap();
    let layout = walked.layout().clone();
    let compared = walked.tell(&options, &mut sink).unwrap();
    let mut common = 0;
    let mut count = |same: bool, cells: &[Cell<'_>]| {
        common += u64::from(same);
        assert_eq!(cells.len(), 1);
        Ok(())
    };
    compared.each(true, &[0], &mut count).unwrap();
    let names: Vec<&str> = layout.key.iter().map(|place| layout.after[place.1].name.as_str()).collect();
    sink.0.sort();
    let [before, after] = compared.rows;
    let count = |sign: char| sink.0.iter().filter(|line| line.starts_with(sign)).count() as u64;
    assert_eq!(compared.same(), common);
    assert_eq!((before, after), (common + count('~') + count('-'), common + count('~') + count('+')), "{:?}", sink.0);
    sink.0.insert(0, format!("{} {:?}: {before} → {after}", names.join("+"), layout.how));
    sink.0
}

fn golden(old: &str, new: &str) -> String {
    told(old.as_bytes(), new.as_bytes(), &[], 1 << 20).join("\n")
}

const FOUR: &str = "id,b,c\n1,x,1.0\n2,y,2.0\n3,z,3.0\n4,w,4.0\n";

#[test]
fn a_dropped_column_changes_no_row() {
    assert_eq!(golden(FOUR, "id,c\n1,1.0\n2,2.0\n3,3.0\n4,4.0\n"), "id Inferred: 4 → 4");
}

#[test]
fn columns_in_another_order_change_no_row() {
    assert_eq!(golden(FOUR, "id,c,b\n1,1.0,x\n2,2.0,y\n3,3.0,z\n4,4.0,w\n"), "id Inferred: 4 → 4");
}

#[test]
fn a_renamed_column_changes_no_row() {
    assert_eq!(golden(FOUR, &FOUR.replace("id,b", "id,d")), "id Inferred: 4 → 4");
}

#[test]
fn another_spelling_is_told_as_one_row() {
    assert_eq!(golden(FOUR, &FOUR.replace("1.0", "1")), "id Inferred: 4 → 4\n~ 0:0 1|x|1.0 → 1|x|1");
    assert_eq!(golden(FOUR, &FOUR.replace("z", "\"z\"")), "id Inferred: 4 → 4\n~ 2:2 3|z|3.0 → 3|\"z\"|3.0");
    assert_eq!(golden(FOUR, &FOUR.replace("z", "")), "id Inferred: 4 → 4\n~ 2:2 3|z|3.0 → 3|∅|3.0");
}

#[test]
fn rows_in_another_order_are_the_same() {
    let shuffled = "id,b,c\n3,z,3.0\n1,x,1.0\n4,w,4.0\n2,y,2.0\n";
    assert_eq!(golden(FOUR, shuffled), "id Inferred: 4 → 4");
    assert_eq!(golden(shuffled, FOUR), "id Inferred: 4 → 4");
}

#[test]
fn a_second_row_of_a_key_is_told_and_never_hides_the_first() {
    let twice = FOUR.replace("3,z", "2,q,9.0\n3,z");
    let told = told(FOUR.as_bytes(), twice.as_bytes(), &["id"], 1 << 20).join("\n");
    assert_eq!(told, "id Declared: 4 → 5\n! true 2 2\n+ 2 2|q|9.0");
    // Without a word for it, a column that is not unique is no key.
    assert_eq!(golden(FOUR, &twice), "id+b Inferred: 4 → 5\n+ 2 2|q|9.0");
}

#[test]
fn rows_that_came_and_went_are_told() {
    let new = FOUR.replace("2,y,2.0\n", "") + "5,v,5.0\n";
    assert_eq!(golden(FOUR, &new), "id Inferred: 4 → 4\n+ 3 5|v|5.0\n- 1 2|y|2.0");
}

#[test]
fn without_a_key_rows_are_paired_by_their_likeness() {
    let old = "a,b,c\n1,x,p\n1,x,p\n2,y,q\n2,y,q\n";
    let new = "a,b,c\n1,x,p\n2,y,q\n1,x,p\n2,y,r\n7,h,i\n";
    assert_eq!(golden(old, new), " Unkeyed: 4 → 5\n+ 4 7|h|i\n~ 3:3 2|y|q → 2|y|r");
}

#[test]
fn line_ends_marks_and_encodings_change_no_row() {
    let crlf = FOUR.replace('\n', "\r\n");
    let marked = format!("\u{feff}{FOUR}");
    let wide: Vec<u8> = marked.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for other in [crlf.as_bytes(), marked.as_bytes(), &wide, FOUR.trim_end().as_bytes()] {
        assert_eq!(told(FOUR.as_bytes(), other, &[], 1 << 20), ["id Inferred: 4 → 4"]);
    }
    assert_eq!(golden(FOUR, &FOUR.replace(',', ";")), "id Inferred: 4 → 4");
}

#[test]
fn members_of_lines_are_columns() {
    let old = "{\"id\":1,\"v\":1.10}\n{\"id\":2}\n{\"id\":3,\"v\":null}\n";
    let new = "{\"v\":1.10,\"id\":1}\n{\"id\":2,\"v\":null}\n{\"id\":3,\"v\":\"\",\"w\":[1]}\n";
    assert_eq!(golden(old, new), "id Inferred: 3 → 3\n~ 1:1 2|- → ∅|2|-\n~ 2:2 3|∅ → |3|[1]");
}

/// A row as it is made up: a key and two values.
type Made = (u8, u8, u8);

/// A table, and how its values are written.
fn written(rows: &[Made], crlf: bool, mark: bool, end: bool) -> Vec<u8> {
    let line = if crlf { "\r\n" } else { "\n" };
    let value = |n: u8| ["", "\"\"", "a", "\"a\"", "\"x,y\"", "\"q\"\"\n\"", "5\" b"][usize::from(n % 7)].to_owned();
    let lines: Vec<String> = rows.iter().map(|(k, a, b)| format!("{k},{},{}", value(*a), value(*b))).collect();
    let text = format!("id,a,b{line}{}{}", lines.join(line), if end && !rows.is_empty() { line } else { "" });
    [if mark { &b"\xef\xbb\xbf"[..] } else { b"" }, text.as_bytes()].concat()
}

fn cells(row: Made) -> String {
    let value = |n: u8| ["∅", "\"\"", "a", "\"a\"", "\"x,y\"", "\"q\\\"\\n\"", "5\" b"][usize::from(n % 7)];
    format!("{}|{}|{}", row.0, value(row.1), value(row.2))
}

/// The rows of one key on each side.
fn naive(old: &[Made], new: &[Made]) -> Vec<String> {
    let mut groups: BTreeMap<u8, [Vec<usize>; 2]> = BTreeMap::new();
    old.iter().enumerate().for_each(|(n, row)| groups.entry(row.0).or_default()[0].push(n));
    new.iter().enumerate().for_each(|(n, row)| groups.entry(row.0).or_default()[1].push(n));
    let mut out = Vec::new();
    let differ = |a: Made, b: Made| usize::from(a.1 % 7 != b.1 % 7) + usize::from(a.2 % 7 != b.2 % 7);
    for (key, [mut olds, mut news]) in groups {
        for (newer, side) in [(false, &olds), (true, &news)] {
            if side.len() > 1 {
                out.push(format!("! {newer} {} {key}", side.len()));
            }
        }
        while let Some((count, one, other)) =
            olds.iter().flat_map(|o| news.iter().map(move |n| (differ(old[*o], new[*n]), *o, *n))).min()
        {
            olds.retain(|n| *n != one);
            news.retain(|n| *n != other);
            if count > 0 {
                out.push(format!("~ {one}:{other} {} → {}", cells(old[one]), cells(new[other])));
            }
        }
        out.extend(olds.iter().map(|n| format!("- {n} {}", cells(old[*n]))));
        out.extend(news.iter().map(|n| format!("+ {n} {}", cells(new[*n]))));
    }
    out.sort();
    out
}

/// A table and a later version of it.
type Versions = (Vec<Made>, Vec<Made>);

fn versions(keys: u8) -> impl Strategy<Value = Versions> {
    let table = prop::collection::vec((0..keys, 0_u8..7, 0_u8..7), 0..60);
    let ordered = table.prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle(), any::<[bool; 3]>()));
    let edits = prop::collection::vec((any::<prop::sample::Index>(), 0..keys, 0_u8..7), 0..8);
    (ordered, edits).prop_map(|((mut rows, shuffled, [sort, shuffle, unique]), edits)| {
        if unique {
            rows.sort();
            rows.dedup_by_key(|row| row.0);
        } else if sort {
            rows.sort();
        }
        let mut new = if shuffle && !unique { shuffled } else { rows.clone() };
        for (at, key, value) in edits {
            let place = at.index(new.len() + 1);
            match (value, new.get_mut(place)) {
                (0, Some(_)) => drop(new.remove(place)),
                (1, _) => new.insert(place, (key, value, key)),
                (_, Some(row)) => row.1 = value,
                _ => {}
            }
        }
        (rows, new)
    })
}

proptest! {
    #[test]
    fn pairs_are_those_of_a_naive_comparison(
        (old, new) in prop_oneof![versions(8), versions(250)],
        flags: [bool; 6],
        memory in prop_oneof![Just(1_usize << 20), Just(600)],
    ) {
        let before = written(&old, flags[0], flags[1], flags[2]);
        let after = written(&new, flags[3], flags[4], flags[5]);
        let found = told(&before, &after, &["id"], memory);
        prop_assert_eq!(&found[1..], naive(&old, &new));
    }

    #[test]
    fn without_a_key_as_many_rows_are_equal((old, new) in versions(3), memory in prop_oneof![Just(1_usize << 20), Just(600)]) {
        let mut rest: Vec<String> = new.iter().map(|row| cells(*row)).collect();
        let equal = old.iter().filter(|row| {
            rest.iter().position(|other| *other == cells(**row)).map(|n| rest.swap_remove(n)).is_some()
        }).count();
        let dir = tempfile::tempdir().unwrap();
        let (one, other) = (side(dir.path(), "a", &written(&old, false, false, true)), side(dir.path(), "b", &written(&new, false, false, true)));
        let scratch = dir.path().join("scratch");
        let options = Options { key: &[], keys: None, primary: &[], order: false, memory, scratch: &scratch };
        let (before, after) = (one.columns().to_vec(), other.columns().to_vec());
        let layout = Layout { before, after, ..Layout::default() };
        let walked = with(Plan::new(&*one, &*other, layout, false), &options, false).unwrap();
        let compared = walked.tell(&options, &mut Told::default()).unwrap();
        prop_assert_eq!(compared.same(), equal as u64);
    }
}
