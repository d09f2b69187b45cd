//! Patches of small Parquet files: made, applied, taken back, merged; files that are none.

use std::collections::BTreeMap;

use arrow_array::{
    ArrayRef, BooleanArray, Decimal128Array, Float64Array, ListArray, RecordBatchIterator, RecordBatchReader as _,
    TimestampMicrosecondArray,
};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use proptest::prelude::*;

use super::*;
use crate::flow::diff::patch::{Conflict, Wanted};
use crate::flow::diff::tally;
use crate::table::Ask;

/// A row: its id, a text, a number.
type Row = (i64, Option<String>, Option<u32>);

/// A file of such rows in columns of many types, in row groups of three.
fn file(rows: &[Row]) -> Vec<u8> {
    let numbers = |f: fn(u32) -> f64| rows.iter().map(|row| row.2.map(f)).collect::<Float64Array>();
    let lists = rows.iter().map(|row| row.2.map(|n| (0..n % 3).map(|it| Some(i64::from(it))).collect::<Vec<_>>()));
    let decimals: Decimal128Array = rows.iter().map(|row| row.2.map(|n| i128::from(n) * 5)).collect();
    let times: TimestampMicrosecondArray = rows.iter().map(|row| row.2.map(|n| i64::from(n) << 40)).collect();
    let columns: [(&str, ArrayRef); 7] = [
        ("id", Arc::new(rows.iter().map(|row| row.0).collect::<Int64Array>())),
        ("name", Arc::new(rows.iter().map(|row| row.1.clone()).collect::<StringArray>())),
        ("real", Arc::new(numbers(|n| f64::from(n) / 7.0))),
        ("list", Arc::new(ListArray::from_iter_primitive::<Int64Type, _, _>(lists))),
        ("price", Arc::new(decimals.with_precision_and_scale(12, 2).unwrap())),
        ("at", Arc::new(times.with_timezone("UTC"))),
        ("odd", Arc::new(rows.iter().map(|row| row.2.map(|n| n % 2 == 1)).collect::<BooleanArray>())),
    ];
    let fields = columns.iter().map(|(name, array)| Field::new(*name, array.data_type().clone(), *name != "id"));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns.into_iter().map(|(_, array)| array).collect());
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_max_row_group_row_count(Some(3))
        .set_key_value_metadata(Some(vec![KeyValue::new("owner".to_owned(), "anna".to_owned())]));
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, schema, Some(properties.build())).unwrap();
    writer.write(&batch.unwrap()).unwrap();
    writer.close().unwrap();
    bytes
}

/// A folder with two files.
struct Two(tempfile::TempDir);

impl Two {
    fn new(old: &[u8], new: &[u8]) -> Two {
        let dir = tempfile::tempdir().unwrap();
        crate::disk::file::append(&dir.path().join("old"), old).unwrap();
        crate::disk::file::append(&dir.path().join("new"), new).unwrap();
        Two(dir)
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn make(&self, memory: usize) -> Result<Option<Counts>> {
        let (cells, scratch, keys) = (tally::Options::default(), self.path("scratch"), BTreeMap::new());
        let names = ["a.parquet"; 2];
        let ask = Ask { names, key: &[], keys: &keys, cells: &cells, order: false, memory, scratch: &scratch };
        make(&self.path("old"), &self.path("new"), &ask, &self.path("patch"))
    }

    /// What the patch makes of a file, and what cannot be merged.
    fn applied(&self, side: &str, wanted: Wanted) -> Result<(Vec<Row>, Vec<Conflict>)> {
        let file = self.path(side);
        let found = crate::disk::hash::file(&file, &|_| ()).unwrap().sha256;
        let made = apply(&file, found, &self.path("patch"), wanted, &self.path("out"))?;
        Ok((read(&self.path("out")), made.conflicts))
    }
}

const MEMORY: usize = 1 << 20;
const PLAIN: Wanted = Wanted { reverse: false, merge: false };
const BACK: Wanted = Wanted { reverse: true, merge: false };
const MERGE: Wanted = Wanted { reverse: false, merge: true };

/// The rows of a file; all its columns must say the same.
fn read(path: &Path) -> Vec<Row> {
    let opened = Opened::new(path).unwrap();
    let mut rows = Vec::new();
    for batch in opened.read(&[0, 1, 4], None, None).unwrap() {
        let batch = batch.unwrap();
        let (ids, names) = (batch.column(0).as_primitive::<Int64Type>(), batch.column(1).as_string::<i32>());
        let prices = batch.column(2).as_primitive::<arrow_array::types::Decimal128Type>();
        for at in 0..batch.num_rows() {
            let name = names.is_valid(at).then(|| names.value(at).to_owned());
            let number = prices.is_valid(at).then(|| u32::try_from(prices.value(at) / 5).unwrap());
            rows.push((ids.value(at), name, number));
        }
    }
    let again = file(&rows);
    let all = |bytes: Vec<u8>| {
        let reader = parquet::arrow::arrow_reader::ParquetRecordBatchReader::try_new(bytes::Bytes::from(bytes), 1000);
        let reader = reader.unwrap();
        let schema = reader.schema();
        let batches = RecordBatchIterator::new(reader, Arc::clone(&schema)).collect::<Result<Vec<_>, _>>().unwrap();
        arrow_select::concat::concat_batches(&schema, &batches).unwrap()
    };
    assert_eq!(all(crate::disk::file::read(path).unwrap().unwrap()), all(again));
    rows
}

fn row(id: i64, name: &str, number: u32) -> Row {
    (id, Some(name.to_owned()), Some(number))
}

#[test]
fn a_patch_is_applied_and_taken_back() {
    let old = [row(1, "a", 1), row(2, "b", 2), row(3, "c", 3), row(4, "d", 4), row(5, "e", 5)];
    let new = [row(0, "new", 9), row(1, "a", 1), row(2, "B", 2), row(4, "d", 7), row(5, "e", 5), row(6, "f", 6)];
    let two = Two::new(&file(&old), &file(&new));
    assert_eq!(two.make(MEMORY).unwrap(), Some(Counts { edited: 2, moved: 0, added: 2, removed: 1 }));
    assert_eq!(two.applied("old", PLAIN).unwrap(), (new.to_vec(), vec![]));
    let like = Opened::new(&two.path("out")).unwrap();
    let said = like.metadata().file_metadata().key_value_metadata().unwrap();
    assert!(
        said.iter().any(|one| one.key == "owner") && said.iter().filter(|one| one.key == "ARROW:schema").count() == 1
    );
    assert_eq!(like.metadata().row_group(0).num_rows(), 3);
    assert_eq!(like.metadata().row_group(0).column(0).compression(), Compression::SNAPPY);
    assert!(!like.fields()[0].is_nullable());
    assert_eq!(two.applied("new", BACK).unwrap(), (old.to_vec(), vec![]));
}

#[test]
fn two_edits_of_one_row_merge_cell_by_cell() {
    let old = [row(1, "a", 1), row(2, "b", 2), row(3, "c", 3), row(4, "d", 4)];
    let two = Two::new(&file(&old), &file(&[row(1, "A", 1), row(2, "b", 7), row(4, "d", 4), row(5, "e", 5)]));
    two.make(MEMORY).unwrap();
    let theirs = |rows: &[Row]| {
        crate::disk::file::remove(two.0.path(), "theirs").unwrap();
        crate::disk::file::append(&two.path("theirs"), &file(rows)).unwrap();
    };
    // Another cell of row 1, a row that goes there too, a row of its own.
    theirs(&[row(1, "a", 9), row(2, "b", 2), row(4, "d", 4), row(9, "own", 1)]);
    let merged = [row(1, "A", 9), row(2, "b", 7), row(4, "d", 4), row(9, "own", 1), row(5, "e", 5)];
    assert_eq!(two.applied("theirs", MERGE).unwrap(), (merged.to_vec(), vec![]));
    let refused = two.applied("theirs", PLAIN).unwrap_err();
    assert_eq!(refused.line(), "row 3 is not as the patch expects it (it is no row, the patch changes a row)");
    // The same cell in another way, and a row that the patch removes.
    theirs(&[row(1, "other", 1), row(2, "b", 7), row(3, "C", 3), row(4, "d", 4)]);
    let (rows, conflicts) = two.applied("theirs", MERGE).unwrap();
    assert_eq!(rows, [row(1, "other", 1), row(2, "b", 7), row(3, "C", 3), row(4, "d", 4), row(5, "e", 5)]);
    let told: Vec<String> = conflicts.iter().map(|one| format!("{} {:?}", one.place(), one.values())).collect();
    assert_eq!(told, ["row 1 name [\"other\", \"a\", \"A\"]", "row 3 [\"another row\", \"a row\", \"no row\"]"]);
    theirs(&[row(1, "a", 1), row(1, "a", 1)]);
    assert_eq!(two.applied("theirs", MERGE).unwrap_err().message, "more than one row has the key 1");
}

#[test]
fn what_is_no_patch_is_refused() {
    let two = Two::new(&file(&[row(1, "a", 1)]), &file(&[row(1, "b", 1)]));
    two.make(MEMORY).unwrap();
    let other = two.path("new");
    let refused =
        |patch: &Path, file: &Path| apply(file, Digest::of(b""), patch, PLAIN, &two.path("out")).err().unwrap().line();
    assert!(refused(&other, &two.path("old")).ends_with("(it is a Parquet file, and no patch)"));
    assert!(refused(&two.path("patch"), &two.path("patch")).ends_with("is for a table of other columns"));
    crate::disk::file::append(&two.path("text"), b"id\n1\n").unwrap();
    assert!(refused(&two.path("patch"), &two.path("text")).contains("is no Parquet file"));
    let bytes = crate::disk::file::read(&two.path("patch")).unwrap().unwrap();
    crate::disk::file::append(&two.path("cut"), &bytes[..bytes.len() / 2]).unwrap();
    assert!(refused(&two.path("cut"), &two.path("old")).contains("cannot be read as a Parquet file"));
}

#[test]
fn a_patch_that_takes_more_than_its_memory_is_refused() {
    let rows = |n: u32| (0..600).map(|id| row(id, &format!("{id:01000}"), n)).collect::<Vec<_>>();
    let two = Two::new(&file(&rows(1)), &file(&rows(2)));
    assert!(two.make(MEMORY / 4).unwrap_err().message.starts_with("the patch would hold more than"));
    assert_eq!(two.make(64 * MEMORY).unwrap().unwrap().edited, 600);
}

#[test]
fn other_columns_have_no_patch() {
    let old = file(&[row(1, "a", 1)]);
    let batch = RecordBatch::try_from_iter([("id", Arc::new(Int64Array::from(vec![1])) as ArrayRef)]).unwrap();
    let mut new = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut new, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let line = Two::new(&old, &new).make(MEMORY).unwrap_err().line();
    assert!(line.ends_with("(a patch changes rows, and it has other columns or types)"), "{line}");
    assert_eq!(Two::new(b"id\n1\n", &new).make(MEMORY).unwrap(), None);
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let row = (prop::option::of("[a-c]{0,2}"), prop::option::of(0_u32..5));
    let rows = prop::collection::btree_map(0_i64..12, row, 0..10);
    (rows, any::<bool>()).prop_map(|(rows, back)| {
        let mut rows: Vec<Row> = rows.into_iter().map(|(id, (name, number))| (id, name, number)).collect();
        if back {
            rows.reverse();
        }
        rows
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_patch_makes_the_newer_rows_and_back(old in rows(), new in rows()) {
        let two = Two::new(&file(&old), &file(&new));
        two.make(4 * MEMORY).unwrap().unwrap();
        if file(&old) != file(&new) {
            prop_assert_eq!(two.applied("old", PLAIN).unwrap(), (new.clone(), vec![]));
            prop_assert_eq!(two.applied("new", BACK).unwrap(), (old, vec![]));
        }
    }
}
