//! Two small Parquet files in, what was told out; whole columns against single rows; files that lie.

use std::sync::Arc;

use arrow_array::types::Int64Type;
use arrow_array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int32Array, Int64Array, ListArray,
    RecordBatch, StringArray, StructArray, TimestampMicrosecondArray, TimestampNanosecondArray,
};
use arrow_schema::{DataType, Field};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use proptest::prelude::*;

use super::*;
use crate::error::Error;
use crate::table::seen::{Seen, options, shown};
use crate::table::typed::cells;

type Columns = Vec<(&'static str, ArrayRef)>;

fn packed(columns: Columns, properties: WriterProperties) -> Vec<u8> {
    let batch =
        RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true))).unwrap();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}

fn file(columns: Columns) -> Vec<u8> {
    packed(columns, WriterProperties::builder().set_compression(Compression::SNAPPY).build())
}

fn ints(values: &[i64]) -> ArrayRef {
    Arc::new(Int64Array::from(values.to_vec()))
}

fn texts(values: &[Option<&str>]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

fn reals(values: &[f64]) -> ArrayRef {
    Arc::new(Float64Array::from(values.to_vec()))
}

fn run(key: &[&str], old: &[u8], new: &[u8]) -> Result<Vec<String>, Error> {
    let key: Vec<String> = key.iter().map(|name| (*name).to_owned()).collect();
    let dir = tempfile::tempdir().unwrap();
    let (before, after) = (dir.path().join("a.parquet"), dir.path().join("b.parquet"));
    crate::disk::file::append(&before, old).unwrap();
    crate::disk::file::append(&after, new).unwrap();
    let mut seen = Seen::default();
    compare(&before, &after, &options(&key, 1 << 20, dir.path()), &mut seen)?;
    Ok(seen.lines)
}

fn compared(key: &[&str], old: Columns, new: Columns) -> Vec<String> {
    run(key, &file(old), &file(new)).unwrap()
}

fn four() -> Columns {
    vec![
        ("id", ints(&[1, 2, 3, 4])),
        ("a", texts(&[Some("x"), Some("y"), None, Some("")])),
        ("b", reals(&[1.0, 2.5, -0.0, 1e300])),
    ]
}

/// The same with one column replaced.
fn with(column: &'static str, array: ArrayRef) -> Columns {
    let mut columns = four();
    columns.iter_mut().filter(|(name, _)| *name == column).for_each(|(_, it)| *it = ArrayRef::clone(&array));
    columns
}

#[test]
fn the_same_is_no_change() {
    assert_eq!(compared(&[], four(), four()), [" 4 -> 4 by Inferred(id)"]);
    assert_eq!(compared(&["id"], four(), four()), [" 4 -> 4 by Declared(id)"]);
}

#[test]
fn cells_are_told_with_the_kind_they_have() {
    let a = texts(&[Some("x"), None, Some(""), Some("")]);
    assert_eq!(
        compared(&[], four(), with("a", a)),
        [" 4 -> 4 by Inferred(id)", "~1:1 2|'y'|2.5 -> 2|∅|2.5", "~2:2 3|∅|-0.0 -> 3|''|-0.0"]
    );
    let b = reals(&[1.0, f64::NAN, 0.0, 1e300]);
    assert_eq!(
        compared(&[], four(), with("b", b)),
        [" 4 -> 4 by Inferred(id)", "~1:1 2|'y'|2.5 -> 2|'y'|NaN", "~2:2 3|∅|-0.0 -> 3|∅|0.0"]
    );
}

#[test]
fn rows_come_and_go() {
    let new =
        vec![("id", ints(&[0, 2, 4])), ("a", texts(&[None, Some("y"), Some("")])), ("b", reals(&[0.5, 2.5, 7.0]))];
    let want = [" 4 -> 3 by Inferred(id)", "+0 0|∅|0.5", "-0 1|'x'|1.0", "-2 3|∅|-0.0", "~3:2 4|''|1e300 -> 4|''|7.0"];
    assert_eq!(compared(&[], four(), new), want);
}

#[test]
fn a_dropped_column_is_not_a_change_of_rows() {
    let fewer: Columns = four().into_iter().filter(|(name, _)| *name != "b").collect();
    assert_eq!(compared(&[], four(), fewer.clone()), [" 4 -> 4 by Inferred(id)"]);
    assert_eq!(compared(&[], fewer, four()), [" 4 -> 4 by Inferred(id)"]);
}

#[test]
fn swapped_columns_are_not_a_change_of_rows() {
    let mut swapped = four();
    swapped.reverse();
    assert_eq!(compared(&[], four(), swapped), [" 4 -> 4 by Inferred(id)"]);
}

#[test]
fn a_renamed_column_is_left_to_those_who_look_for_it() {
    let mut renamed = four();
    renamed[2].0 = "c";
    assert_eq!(compared(&[], four(), renamed), [" 4 -> 4 by Inferred(id)"]);
}

#[test]
fn rows_in_another_order_are_no_change() {
    let new = vec![
        ("id", ints(&[4, 1, 3, 2])),
        ("a", texts(&[Some(""), Some("x"), None, Some("y")])),
        ("b", reals(&[1e300, 1.0, -0.0, 2.0])),
    ];
    assert_eq!(compared(&[], four(), new), [" 4 -> 4 by Inferred(id)", "~1:3 2|'y'|2.5 -> 2|'y'|2.0"]);
}

#[test]
fn a_repeated_key_is_told_and_equal_rows_are_paired_first() {
    let new = vec![
        ("id", ints(&[1, 2, 2, 3, 4])),
        ("a", texts(&[Some("x"), Some("y"), Some("new"), None, Some("")])),
        ("b", reals(&[1.0, 2.5, 0.5, -0.0, 1e300])),
    ];
    let want = [" 4 -> 5 by Declared(id)", "+2 2|'new'|0.5", "new: 2 rows have the key 2"];
    assert_eq!(compared(&["id"], four(), new), want);
}

#[test]
fn a_retyped_column_is_compared_by_what_is_spelled() {
    let narrow: ArrayRef = Arc::new(Int32Array::from(vec![1, 2, 3, 9]));
    let lines = compared(
        &["a"],
        vec![("id", ints(&[1, 2, 3, 4])), ("a", ints(&[1, 2, 3, 4]))],
        vec![("id", narrow), ("a", ints(&[1, 2, 3, 4]))],
    );
    assert_eq!(lines, [" 4 -> 4 by Declared(a)", "~3:3 4|4 -> 9|4"]);
}

#[test]
fn values_are_spelled_exactly() {
    let list = ListArray::from_iter_primitive::<Int64Type, _, _>([Some([Some(1), None]), None]);
    let pair = StructArray::from(vec![
        (Arc::new(Field::new("x", DataType::Utf8, true)), Arc::new(StringArray::from(vec!["a\"b", "c"])) as ArrayRef),
        (
            Arc::new(Field::new("y", DataType::Float64, true)),
            Arc::new(Float64Array::from(vec![f64::NAN, 1.5])) as ArrayRef,
        ),
    ]);
    let columns: Columns = vec![
        ("decimal", Arc::new(Decimal128Array::from(vec![1250, -5]).with_precision_and_scale(12, 2).unwrap())),
        ("zoned", Arc::new(TimestampMicrosecondArray::from(vec![1_700_000_000_123_456, 0]).with_timezone("UTC"))),
        ("local", Arc::new(TimestampNanosecondArray::from(vec![1, i64::MAX]))),
        ("beyond", Arc::new(TimestampMicrosecondArray::from(vec![i64::MAX, i64::MIN]))),
        ("day", Arc::new(Date32Array::from(vec![20_000, i32::MIN]))),
        ("bool", Arc::new(BooleanArray::from(vec![Some(true), None]))),
        ("bytes", Arc::new(BinaryArray::from(vec![&b"\x00\xff"[..], b""]))),
        ("list", Arc::new(list)),
        ("pair", Arc::new(pair)),
    ];
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a");
    crate::disk::file::append(&path, &file(columns)).unwrap();
    let rows = Rows::new(Opened::new(&path).unwrap(), Vec::new());
    let mut cursor = rows.open().unwrap();
    let first = shown(&cells(cursor.record().unwrap().unwrap()).unwrap());
    assert_eq!(
        first,
        "12.50|@2023-11-14T22:13:20.123456Z|@1970-01-01T00:00:00.000000001|9223372036854775807|@2024-10-04|true|x'00ff'|[1,null]|{\"x\":\"a\\\"b\",\"y\":\"NaN\"}"
    );
    let second = shown(&cells(cursor.record().unwrap().unwrap()).unwrap());
    assert_eq!(
        second,
        "-0.05|@1970-01-01T00:00:00Z|@2262-04-11T23:47:16.854775807|-9223372036854775808|-2147483648|∅|x''|∅|{\"x\":\"c\",\"y\":1.5}"
    );
    let kinds: Vec<&str> = rows.columns().iter().map(|column| column.kind.as_str()).collect();
    assert_eq!(kinds[..4], ["decimal(12,2)", "timestamp[us, UTC]", "timestamp[ns]", "timestamp[us]"]);
}

/// A file of row groups and pages of a few rows.
fn grouped(rows: &[(i64, u8, Option<u8>)], group: usize) -> Vec<u8> {
    let columns: Columns = vec![
        ("id", ints(&rows.iter().map(|row| row.0).collect::<Vec<_>>())),
        ("a", Arc::new(StringArray::from_iter_values(rows.iter().map(|row| format!("text {}", row.1))))),
        ("b", Arc::new(Int64Array::from_iter(rows.iter().map(|row| row.2.map(i64::from))))),
    ];
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(group))
        .set_data_page_row_count_limit(3)
        .set_write_batch_size(2)
        .build();
    packed(columns, properties)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 64 } else { 1000 }))]

    #[test]
    fn columns_and_rows_agree(
        old in prop::collection::btree_map(0_i64..200, (0_u8..3, prop::option::of(0_u8..2)), 0..80),
        edits in prop::collection::vec((0_i64..200, prop::option::of((0_u8..3, prop::option::of(0_u8..2)))), 0..12),
        groups in (1_usize..40, 1_usize..40),
        same_groups in any::<bool>(),
    ) {
        let mut new = old.clone();
        for (id, edit) in edits {
            match edit {
                Some(row) => drop(new.insert(id, row)),
                None => drop(new.remove(&id)),
            }
        }
        let rows = |side: &std::collections::BTreeMap<i64, (u8, Option<u8>)>| side.iter().map(|(id, row)| (*id, row.0, row.1)).collect::<Vec<_>>();
        let (before, mut after) = (rows(&old), rows(&new));
        let groups = if same_groups { (groups.0, groups.0) } else { groups };
        let sorted = run(&["id"], &grouped(&before, groups.0), &grouped(&after, groups.1)).unwrap();
        // What is told beside the numbers of rows; in another order of rows it is the same.
        let told = |lines: &[String]| {
            let mut told: Vec<String> = lines.iter().map(|line| line.split_once(' ').map_or("", |(_, rest)| rest).to_owned()).collect();
            told.sort();
            told
        };
        after.reverse();
        let reversed = run(&["id"], &grouped(&before, groups.0), &grouped(&after, groups.1)).unwrap();
        prop_assert_eq!(told(&sorted), told(&reversed));
        let naive = old.iter().filter(|(id, row)| new.get(id) != Some(row)).count() + new.keys().filter(|id| !old.contains_key(id)).count();
        prop_assert_eq!(sorted.len() - 1, naive);
    }

    #[test]
    fn garbage_is_refused_or_read(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6), cut in any::<Option<prop::sample::Index>>()) {
        let rows: Vec<_> = (0..50).map(|n| (n, n as u8 % 3, Some(1))).collect();
        let whole = grouped(&rows, 10);
        let mut broken = whole.clone();
        for (at, byte) in changes {
            let at = at.index(broken.len());
            broken[at] = byte;
        }
        if let Some(cut) = cut {
            broken.truncate(cut.index(broken.len()));
        }
        // Either side may be broken; the same broken file twice is an error or no change.
        let _ = run(&["id"], &whole, &broken);
        if let Ok(lines) = run(&["id"], &broken, &broken) {
            prop_assert!(!lines.iter().any(|line| line.starts_with(['+', '-'])), "{:?}", lines);
        }
    }
}

#[test]
fn what_is_no_parquet_file_is_refused() {
    for bytes in [&b""[..], b"PAR1", b"PAR1\xff\xff\xff\x7fPAR1", &[0; 4096]] {
        let error = run(&[], bytes, bytes).unwrap_err();
        assert!(error.message.ends_with("cannot be read as a Parquet file"), "{}", error.line());
    }
}

#[test]
fn a_file_of_many_equal_values_is_refused_when_it_is_a_bomb() {
    // A run of equal values takes a few bytes, whatever its length.
    let rows = 1 << 20;
    let one = file(vec![("id", ints(&vec![7; rows]))]);
    assert!(one.len() < 20_000, "{}", one.len());
    let zeros: ArrayRef =
        Arc::new(StringArray::from_iter_values((0..200_u32).map(|n| format!("{n}{}", "0".repeat(1 << 20)))));
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(Default::default()))
        .set_dictionary_enabled(false)
        .build();
    let bomb = packed(vec![("id", zeros)], properties);
    let error = run(&[], &bomb, &bomb).unwrap_err();
    assert!(error.line().contains("as only an attack does"), "{}", error.line());
}
