//! What is counted, kept and flagged.

use proptest::prelude::*;

use super::*;
use crate::flow::diff::found::{Change, Flag, Note};
use crate::flow::diff::ladder::Tolerance;

fn of(old: &'static str, new: &'static str) -> Table {
    compared(&sheet(old), &sheet(new), &Options::default(), false)
}

fn counts(table: &Table) -> [u64; 6] {
    let (rows, cells) = (&table.rows, &table.cells);
    [rows.added, rows.removed, rows.changed, cells.value, cells.format, cells.tolerance]
}

#[test]
fn a_dropped_column_is_said_once() {
    let table = of("id a b\n1 x y\n2 x _\n", "id a\n1 x\n2 x\n");
    assert_eq!((counts(&table), &table.columns.removed), ([0; 6], &vec!["b".to_owned()]));
    let dropped = Flag::ColumnDropped { column: "b".into(), kind: String::new(), filled: Some((1, 2)) };
    assert_eq!(table.flags, [dropped]);
}

#[test]
fn columns_in_another_order_change_nothing() {
    let table = of("id a b\n1 x y\n", "id b a\n1 y x\n");
    assert_eq!((counts(&table), table.columns.reordered), ([0; 6], true));
}

#[test]
fn a_column_under_another_name_is_recognised_by_its_values() {
    let rows = |name: &str, change: &str| {
        let rows: String = (0..40).map(|n| format!("{n} v{n}\n")).collect();
        sheet(format!("id {name}\n{}", rows.replace("v7\n", change)).leak())
    };
    let table = compared(&rows("a", "v7\n"), &rows("b", "other\n"), &Options::default(), false);
    let renamed = &table.columns.renamed[0];
    assert_eq!((renamed.from.as_str(), renamed.to.as_str(), renamed.alike), ("a", "b", 97.5));
    assert_eq!((counts(&table), table.columns.added.len()), ([0, 0, 1, 1, 0, 0], 0));
    let table = of("id a\n1 x\n2 y\n", "id b\n1 x\n2 z\n");
    assert_eq!(
        (table.columns.renamed.len(), &table.columns.added[0], &table.columns.removed[0]),
        (0, &"b".into(), &"a".into())
    );
    let table = of("id a\n1 _\n", "id b\n1 _\n");
    assert_eq!(table.columns.renamed, []);
}

#[test]
fn each_cell_falls_in_one_class() {
    let options = Options { tolerance: Tolerance { abs: Some(0.1), rel: None }, ..Options::default() };
    let (old, new) = (sheet("id v\n1 1.50\n2 1.5\n3 a\n4 1\n"), sheet("id v\n1 1.5\n2 1.55\n3 b\n5 2\n"));
    let table = compared(&old, &new, &options, false);
    assert_eq!(counts(&table), [1, 1, 3, 1, 1, 1]);
    assert!(matches!(
        table.changes.as_slice(),
        [Change::Edited { .. }, _, _, Change::Added { row: 3, .. }, Change::Removed { row: 3, .. }]
    ));
}

#[test]
fn what_leaves_the_old_range_is_flagged_with_its_row() {
    let table = of("id v\na 12.40\nb 999\nc 5\n", "id v\na 12400\nb 999\nc 6\n");
    let [Flag::OutOfRange { old, new, key, .. }] = table.flags.as_slice() else { panic!("{:?}", table.flags) };
    assert_eq!(
        (old.raw.as_slice(), new.raw.as_slice(), key[0].raw.as_slice()),
        (&b"12.40"[..], &b"12400"[..], &b"a"[..])
    );
    let notes = |at: usize| match &table.changes[at] {
        Change::Edited { cells, .. } => cells[0].notes.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!((notes(0), notes(1)), (vec![Note::OutOfRange], vec![]));
    assert_eq!(table.touched[0].after.max.as_ref().unwrap().raw, b"12400");
}

#[test]
fn one_value_beyond_the_range_is_one_flag() {
    let table = of("id v\na 1\nb 2\n", "id v\na 99\nb 2\n");
    assert_eq!(table.flags.len(), 1, "{:?}", table.flags);
}

#[test]
fn keys_that_are_not_unique_are_counted_and_the_first_are_shown() {
    let told = |keys: [&'static str; 5]| {
        let mut tally = Tally::new(Layout::default(), &Options::default());
        keys.iter().for_each(|key| tally.duplicates(true, 2, &cells(&[key])).unwrap());
        tally.finish(0, 10).0
    };
    let table = told(["d", "a", "e", "c", "b"]);
    assert_eq!(table, told(["e", "d", "c", "b", "a"]));
    assert_eq!(table.flags, [Flag::DuplicateKeys { keys: 5, rows: 10 }]);
    let shown: Vec<&[u8]> = table.key.after.examples.iter().map(|key| key[0].raw.as_slice()).collect();
    assert_eq!((shown, table.key.before.keys), (vec![&b"a"[..], b"b", b"c"], 0));
}

#[test]
fn a_column_that_only_misses_more_values_is_touched_where_that_is_asked_for() {
    let (old, new) = (sheet("id v\n1 a\n"), sheet("id v\n1 a\n2 _\n"));
    let touched = |missing| compared(&old, &new, &Options { missing, ..Options::default() }, false).touched.len();
    assert_eq!((touched(false), touched(true)), (0, 1));
}

#[test]
fn what_a_spreadsheet_did_and_what_is_missing_is_flagged() {
    let table = of("id zip v\n1 007 x\n2 008 y\n3 1 z\n", "id zip v\n1 7 _\n2 8 =A1()\n3 1 z\n");
    assert_eq!(
        table.flags,
        [
            Flag::Damaged { column: "zip".into(), how: Note::LostZeros, cells: 2 },
            Flag::MoreNulls { column: "v".into(), before: 0, after: 1 },
            Flag::Formulas { column: "v".into(), cells: 1 },
        ]
    );
}

#[test]
fn equal_changes_are_counted_together() {
    let table = of("id v\n1 a\n2 a\n3 a\n4 c\n", "id v\n1 b\n2 b\n3 d\n4 e\n");
    assert_eq!((table.patterns.len(), table.patterns[0].cells), (1, 2));
}

#[test]
fn only_the_first_changes_are_kept_and_all_are_counted() {
    let rows = |value: &str| {
        sheet(format!("id v\n{}", (0..50).map(|n| format!("{n} {value}{n}\n")).collect::<String>()).leak())
    };
    let options = Options { changes: 7, ..Options::default() };
    let table = compared(&rows("a"), &rows("b"), &options, true);
    assert_eq!((table.changes.len(), table.cells.value), (7, 50));
    assert!(matches!(table.changes[6], Change::Edited { at: At { new: 6, .. }, .. }));
}

fn any_sheet() -> impl Strategy<Value = Vec<(u8, String, String)>> {
    let value = || "[0-3]|1\\.0|a|b|_|00[1-3]";
    prop::collection::btree_map(0_u8..20, (value(), value()), 0..15)
        .prop_map(|rows| rows.into_iter().map(|(key, (a, b))| (key, a, b)).collect::<Vec<_>>())
        .prop_shuffle()
}

fn written(rows: &[(u8, String, String)], second: &str) -> Sheet {
    let rows: String = rows.iter().map(|(key, a, b)| format!("{key} {a} {b}\n")).collect();
    sheet(format!("id a {second}\n{rows}").leak())
}

proptest! {
    #[test]
    fn the_order_of_calls_does_not_matter(old in any_sheet(), new in any_sheet(), same in any::<bool>(), changes in 0_usize..12) {
        let (old, new) = (written(&old, "b"), written(&new, if same { "b" } else { "c" }));
        let options = Options { changes, ..Options::default() };
        prop_assert_eq!(compared(&old, &new, &options, false), compared(&old, &new, &options, true));
    }

    #[test]
    fn the_other_direction_counts_the_same(old in any_sheet(), new in any_sheet()) {
        let (old, new) = (written(&old, "b"), written(&new, "b"));
        let (there, back) = (compared(&old, &new, &Options::default(), false), compared(&new, &old, &Options::default(), false));
        prop_assert_eq!((there.cells, there.rows.added, there.rows.changed), (back.cells, back.rows.removed, back.rows.changed));
        let same = compared(&old, &old, &Options::default(), false);
        prop_assert_eq!((counts(&same), same.flags, same.changes), ([0; 6], vec![], vec![]));
    }
}
