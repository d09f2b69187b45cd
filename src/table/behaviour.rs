//! One small edit of one small table, in each format: what is found is the same, but for what a format cannot say.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;

use super::{Ask, compare};
use crate::flow::diff::tally;

/// A table of four rows: an id, a text, a number as it is written.
#[derive(Clone)]
struct Small {
    columns: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

fn small() -> Small {
    let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
    let rows = vec![row(["1", "x", "1.0"]), row(["2", "y", "2.5"]), row(["3", "z", "3.5"]), row(["4", "w", "4.5"])];
    Small { columns: vec!["id", "b", "c"], rows }
}

impl Small {
    /// The cells of a column as numbers, where they are.
    fn column(&self, at: usize) -> ArrayRef {
        let cells = || self.rows.iter().map(move |row| row[at].as_str());
        if let Ok(whole) = cells().map(str::parse).collect::<Result<Vec<i64>, _>>()
            && self.columns[at] != "c"
        {
            return Arc::new(Int64Array::from(whole));
        }
        match cells().map(str::parse).collect::<Result<Vec<f64>, _>>() {
            Ok(numbers) => Arc::new(Float64Array::from(numbers)),
            Err(_) => Arc::new(StringArray::from_iter_values(cells())),
        }
    }

    fn write(&self, path: &Path, format: &str) {
        let bytes = match format {
            "csv" | "tsv" => {
                let by = if format == "csv" { "," } else { "\t" };
                let rows = self.rows.iter().map(|row| row.join(by) + "\n");
                (self.columns.join(by) + "\n" + &rows.collect::<String>()).into_bytes()
            }
            "jsonl" => {
                let cell = |cell: &String| if cell.parse::<f64>().is_ok() { cell.clone() } else { format!("{cell:?}") };
                let member = |(name, it): (&&str, &String)| format!("\"{name}\":{}", cell(it));
                let row = |row: &Vec<String>| {
                    format!("{{{}}}\n", self.columns.iter().zip(row).map(member).collect::<Vec<_>>().join(","))
                };
                self.rows.iter().map(row).collect::<String>().into_bytes()
            }
            "parquet" => {
                let columns = (0..self.columns.len()).map(|at| (self.columns[at], self.column(at)));
                let batch = RecordBatch::try_from_iter(columns).unwrap();
                let mut bytes = Vec::new();
                let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
                writer.write(&batch).unwrap();
                writer.close().unwrap();
                bytes
            }
            _ => return self.database(path),
        };
        crate::disk::file::append(path, &bytes).unwrap();
    }

    /// A database in which the id is no key, so that it may stand twice.
    fn database(&self, path: &Path) {
        let base = rusqlite::Connection::open(path).unwrap();
        base.execute_batch(&format!("CREATE TABLE t ({})", self.columns.join(", "))).unwrap();
        for row in &self.rows {
            let cell = |it: &String| if it.parse::<f64>().is_ok() { it.clone() } else { format!("'{it}'") };
            let cells: Vec<String> = row.iter().map(cell).collect();
            base.execute_batch(&format!("INSERT INTO t VALUES ({})", cells.join(", "))).unwrap();
        }
    }
}

/// What is found, in words.
fn found(new: &Small, format: &str) -> String {
    let dir = tempfile::tempdir().unwrap();
    let [old_path, new_path] = ["old", "new"].map(|side| dir.path().join(side));
    small().write(&old_path, format);
    new.write(&new_path, format);
    let (cells, scratch, name) = (tally::Options::default(), dir.path().join("s"), format!("a.{format}"));
    let (key, keys) = (["id".to_owned()], BTreeMap::new());
    let ask = Ask {
        names: [&name, &name],
        key: &key,
        keys: &keys,
        cells: &cells,
        order: true,
        memory: 1 << 20,
        scratch: &scratch,
    };
    let found = compare(&old_path, &new_path, &ask).unwrap().unwrap();
    let table = &found.tables[0];
    let (rows, columns) = (&table.rows, &table.columns);
    let mut said = Vec::new();
    for (count, what) in [
        (rows.added, "added"),
        (rows.removed, "removed"),
        (rows.changed, "changed"),
        (rows.moved.unwrap_or(0), "moved"),
        (table.cells.value, "value"),
        (table.cells.format, "format only"),
        (table.key.before.keys + table.key.after.keys, "key twice"),
    ] {
        if count > 0 {
            said.push(format!("{count} {what}"));
        }
    }
    said.extend(columns.removed.iter().map(|name| format!("-{name}")));
    said.extend(columns.added.iter().map(|name| format!("+{name}")));
    said.extend(columns.renamed.iter().map(|it| format!("{} is {}", it.from, it.to)));
    said.extend(columns.reordered.then(|| "columns in another order".to_owned()));
    if said.is_empty() { "nothing".to_owned() } else { said.join(", ") }
}

/// The same is found in every format, but in those that are named.
fn is(new: &Small, expected: &str, but: &[(&str, &str)]) {
    for format in ["csv", "tsv", "jsonl", "parquet", "sqlite"] {
        let expected = but.iter().find(|(which, _)| *which == format).map_or(expected, |(_, other)| other);
        assert_eq!(found(new, format), expected, "{format}");
    }
}

fn edited(edit: impl FnOnce(&mut Small)) -> Small {
    let mut new = small();
    edit(&mut new);
    new
}

#[test]
fn a_dropped_column_is_one_column() {
    let new = edited(|new| {
        new.columns.remove(1);
        new.rows.iter_mut().for_each(|row| drop(row.remove(1)));
    });
    is(&new, "-b", &[]);
}

#[test]
fn columns_in_another_order_change_nothing() {
    let new = edited(|new| {
        new.columns.swap(1, 2);
        new.rows.iter_mut().for_each(|row| row.swap(1, 2));
    });
    is(&new, "columns in another order", &[]);
}

#[test]
fn another_name_is_another_name() {
    is(&edited(|new| new.columns[1] = "d"), "b is d", &[]);
}

#[test]
fn another_spelling_is_no_other_value() {
    let new = edited(|new| new.rows[0][2] = "1".to_owned());
    // Of a number in a column of numbers there is one spelling.
    is(&new, "1 changed, 1 format only", &[("parquet", "nothing")]);
}

#[test]
fn rows_in_another_order_are_moved() {
    is(&edited(|new| new.rows.swap(0, 3)), "2 moved", &[]);
}

#[test]
fn a_key_that_is_there_twice_is_said_and_the_last_does_not_win() {
    let new = edited(|new| new.rows.push(vec!["2".to_owned(), "q".to_owned(), "9.5".to_owned()]));
    is(&new, "1 added, 1 key twice", &[]);
}

#[test]
fn another_value_is_one_cell() {
    is(&edited(|new| new.rows[2][1] = "q".to_owned()), "1 changed, 1 value", &[]);
}
