//! Statistics of touched columns, however they were counted: in passing, among the rows that differ, or in a second pass.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use ::parquet::arrow::ArrowWriter;
use ::parquet::file::properties::WriterProperties;
use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use proptest::prelude::*;

use super::super::*;
use crate::flow::diff::cell::{Cell, Kind};
use crate::flow::diff::found::Stats;
use crate::flow::diff::stats::Column;

/// A number in quarters, and a word.
type Row = (Option<i16>, Option<u8>);

fn number(row: Row) -> Option<String> {
    row.0.map(|quarters| format!("{:?}", f64::from(quarters) / 4.0))
}

fn word(row: Row) -> Option<String> {
    row.1.map(|word| format!("word {word}"))
}

fn write(path: &Path, format: &str, rows: &[(i64, Row)]) {
    match format {
        "csv" => {
            let line = |(id, row): &(i64, Row)| {
                format!("{id},{},{}\n", number(*row).unwrap_or_default(), word(*row).unwrap_or_default())
            };
            let lines: String = rows.iter().map(line).collect();
            crate::disk::file::append(path, format!("id,a,b\n{lines}").as_bytes()).unwrap();
        }
        "sqlite" => {
            let base = rusqlite::Connection::open(path).unwrap();
            base.execute_batch("PRAGMA page_size = 512; CREATE TABLE t(id INTEGER PRIMARY KEY, a REAL, b TEXT)")
                .unwrap();
            let mut insert = base.prepare("INSERT INTO t VALUES (?1, ?2, ?3)").unwrap();
            for (id, row) in rows {
                insert.execute((id, row.0.map(|quarters| f64::from(quarters) / 4.0), word(*row))).unwrap();
            }
        }
        _ => {
            let column = |name: &'static str, array: ArrayRef| (name, array, name != "id");
            let batch = RecordBatch::try_from_iter_with_nullable([
                column("id", Arc::new(Int64Array::from_iter_values(rows.iter().map(|(id, _)| *id)))),
                column(
                    "a",
                    Arc::new(Float64Array::from_iter(rows.iter().map(|(_, row)| row.0.map(|n| f64::from(n) / 4.0)))),
                ),
                column("b", Arc::new(StringArray::from_iter(rows.iter().map(|(_, row)| word(*row))))),
            ]);
            let (batch, mut bytes) = (batch.unwrap(), Vec::new());
            let groups = WriterProperties::builder().set_max_row_group_row_count(Some(50)).build();
            let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(groups)).unwrap();
            writer.write(&batch).unwrap();
            writer.close().unwrap();
            crate::disk::file::append(path, &bytes).unwrap();
        }
    }
}

/// What a column holds, by the plainest way to find out.
fn plainly(rows: &[(i64, Row)], format: &str, name: &str) -> Stats {
    let mut column = Column::new(5_000);
    for (_, row) in rows {
        let (value, kind) = if name == "a" { (number(*row), Kind::Real) } else { (word(*row), Kind::Text) };
        let kind = if format == "csv" { Kind::Bare } else { kind };
        let cell = value.as_ref().map_or(Cell::new(Kind::Null, b""), |value| Cell::new(kind, value.as_bytes()));
        column.add(&cell);
    }
    column.stats(None)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 48 } else { 400 }))]

    #[test]
    fn statistics_are_those_of_all_rows(
        old in prop::collection::btree_map(0_i64..300, (prop::option::of(-40_i16..40), prop::option::of(0_u8..9)), 1..250),
        edits in prop::collection::vec((0_i64..300, prop::option::of((prop::option::of(-40_i16..60), prop::option::of(0_u8..12)))), 1..9),
        format in prop::sample::select(vec!["csv", "sqlite", "parquet"]),
        shuffled in any::<bool>(),
        memory in prop::sample::select(vec![1 << 12, 1 << 20]),
    ) {
        let mut new = old.clone();
        for (id, edit) in edits {
            match edit {
                Some(row) => drop(new.insert(id, row)),
                None => drop(new.remove(&id)),
            }
        }
        let before: Vec<_> = old.into_iter().collect();
        let mut after: Vec<_> = new.into_iter().collect();
        if shuffled && format != "sqlite" {
            after.sort_by_key(|(id, _)| id.wrapping_mul(0x9e37_79b9) % 1009);
        }
        let dir = tempfile::tempdir().unwrap();
        let paths = ["old", "new"].map(|side| dir.path().join(side));
        write(&paths[0], format, &before);
        write(&paths[1], format, &after);
        let (cells, scratch, key) = (tally::Options::default(), dir.path().join("scratch"), ["id".to_owned()]);
        let ask = Ask { names: ["a.csv"; 2], key: &key, keys: &BTreeMap::new(), cells: &cells, order: false, memory, scratch: &scratch };
        let found = compare(&paths[0], &paths[1], &ask).unwrap().unwrap();
        for touched in &found.tables[0].touched {
            for (rows, stats) in [(&before, &touched.before), (&after, &touched.after)] {
                let stats = Stats { histogram: None, ..stats.clone() };
                prop_assert_eq!(stats, plainly(rows, format, &touched.name), "{} of {}", &touched.name, format);
            }
        }
    }
}
