//! Patches of Parquet files, which are Parquet files: a row for each row that changes, with what it holds before (`old`)
//! and after (`new`), in the types of the table. So nothing is spelled, and any program can read them.
//!
//! ```text
//! op: edit, move, add or remove    old_row, new_row: its places; the first is 0    old, new: the row, as a struct
//! ```
//!
//! A file is read and written anew, value for value; its bytes are other ones than those of the file that the patch was
//! made of. What it says of itself (schema, metadata, compression) stays.

mod apply;
mod find;
mod make;
#[cfg(test)]
mod tests;
mod write;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use arrow_array::cast::AsArray as _;
use arrow_array::types::Int64Type;
use arrow_array::{Array as _, Int64Array, RecordBatch, StringArray, StructArray};
use arrow_schema::{DataType, Field, Fields, Schema};
use parquet::file::metadata::KeyValue;
use serde::{Deserialize, Serialize};

use super::open::Opened;
use crate::error::{Error, Result};
use crate::flow::diff::patch::Counts;
use crate::flow::hash::Digest;

pub use self::apply::apply;
pub use self::make::make;

/// The name under which the file says that it is a patch.
const HEADER: &str = "git-data.patch";

/// What the patch is for.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
struct Header {
    version: u32,
    base: String,
    head: String,
    key: Vec<String>,
}

/// What happens to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Op {
    Edit,
    Move,
    Add,
    Remove,
}

impl Op {
    const ALL: [(Op, &str); 4] = [(Op::Edit, "edit"), (Op::Move, "move"), (Op::Add, "add"), (Op::Remove, "remove")];

    fn word(self) -> &'static str {
        Op::ALL.into_iter().find(|(op, _)| *op == self).map_or("", |(_, word)| word)
    }
}

/// One row that changes.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Change {
    op: Op,
    /// Its place before, and after.
    old: Option<u64>,
    new: Option<u64>,
}

/// A patch in memory.
struct Changes {
    base: Digest,
    head: Digest,
    /// The names of the columns that identify a row.
    key: Vec<String>,
    rows: Vec<Change>,
    /// What they hold before and after; null where a row is not there.
    old: StructArray,
    new: StructArray,
}

impl Changes {
    /// The patch that takes this one back.
    fn reversed(mut self) -> Changes {
        (self.base, self.head) = (self.head, self.base);
        (self.old, self.new) = (self.new, self.old);
        for row in &mut self.rows {
            (row.old, row.new) = (row.new, row.old);
            row.op = match row.op {
                Op::Add => Op::Remove,
                Op::Remove => Op::Add,
                op => op,
            };
        }
        self
    }

    fn counts(&self) -> Counts {
        let count = |op| self.rows.iter().filter(|row| row.op == op).count() as u64;
        Counts { edited: count(Op::Edit), moved: count(Op::Move), added: count(Op::Add), removed: count(Op::Remove) }
    }

    /// As the rows of a file.
    fn batch(&self) -> Result<RecordBatch, arrow_schema::ArrowError> {
        let place = |place: Option<u64>| place.and_then(|place| i64::try_from(place).ok());
        let ops = StringArray::from_iter_values(self.rows.iter().map(|row| row.op.word()));
        let olds: Int64Array = self.rows.iter().map(|row| place(row.old)).collect();
        let news: Int64Array = self.rows.iter().map(|row| place(row.new)).collect();
        let row = |name: &str, side: &StructArray| Field::new(name, side.data_type().clone(), true);
        let schema = Schema::new(vec![
            Field::new("op", DataType::Utf8, false),
            Field::new("old_row", DataType::Int64, true),
            Field::new("new_row", DataType::Int64, true),
            row("old", &self.old),
            row("new", &self.new),
        ]);
        let (old, new) = (Arc::new(self.old.clone()), Arc::new(self.new.clone()));
        RecordBatch::try_new(Arc::new(schema), vec![Arc::new(ops), Arc::new(olds), Arc::new(news), old, new])
    }

    fn header(&self) -> KeyValue {
        let header = Header { version: 1, base: self.base.hex(), head: self.head.hex(), key: self.key.clone() };
        KeyValue::new(HEADER.to_owned(), serde_json::to_string(&header).unwrap_or_default())
    }

    /// Reads a patch for a table of these columns.
    fn read(path: &Path, table: &Opened) -> Result<Changes> {
        let file = Opened::new(path)?;
        let wrong = |why: String| {
            Error::user(format!("{} cannot be applied", path.display()))
                .because(why)
                .hint("git data diff --format patch -o PATCH.parquet makes a patch")
        };
        let said = file.metadata().file_metadata().key_value_metadata();
        let said = said.and_then(|all| all.iter().find(|one| one.key == HEADER)).and_then(|one| one.value.clone());
        let header: Header = said
            .and_then(|text| serde_json::from_str(&text).ok())
            .filter(|header: &Header| header.version == 1)
            .ok_or_else(|| wrong("it is a Parquet file, and no patch".to_owned()))?;
        let digest = |hex: &str| Digest::from_hex(hex).ok_or_else(|| wrong("its header has no digests".to_owned()));
        let side = nullable(table.fields());
        let names: Vec<&str> = file.fields().iter().map(|field| field.name().as_str()).collect();
        if names != ["op", "old_row", "new_row", "old", "new"] {
            return Err(wrong("it does not have the columns of a patch".to_owned()));
        }
        for at in [3, 4] {
            if *file.fields()[at].data_type() != DataType::Struct(side.clone()) {
                return Err(Error::conflict(format!("{} is for a table of other columns", path.display())));
            }
        }
        let all: Vec<usize> = (0..names.len()).collect();
        let batches = file.read(&all, None, None)?.collect::<Result<Vec<_>, _>>().map_err(|e| file.failed(e))?;
        let schema = batches.first().map_or_else(|| Arc::new(Schema::new(file.fields().clone())), RecordBatch::schema);
        let batch = arrow_select::concat::concat_batches(&schema, &batches).map_err(|e| file.failed(e))?;
        let rows = rows(&batch).ok_or_else(|| wrong("one of its rows is no change".to_owned()))?;
        let [old, new] = [3, 4].map(|at| batch.column(at).as_struct().clone());
        Ok(Changes { base: digest(&header.base)?, head: digest(&header.head)?, key: header.key, rows, old, new })
    }
}

/// The rows of a patch; `None` if one of them is none.
fn rows(batch: &RecordBatch) -> Option<Vec<Change>> {
    let ops = batch.column(0).as_string_opt::<i32>()?;
    let [olds, news] = [1, 2].map(|at| batch.column(at).as_primitive_opt::<Int64Type>());
    let (olds, news) = (olds?, news?);
    let place = |side: &Int64Array, at: usize| side.is_valid(at).then(|| u64::try_from(side.value(at)).ok());
    let row = |at: usize| {
        let (op, _) = Op::ALL.into_iter().find(|(_, word)| *word == ops.value(at))?;
        let (old, new) = (
            place(olds, at).map_or(Some(None), |it| it.map(Some))?,
            place(news, at).map_or(Some(None), |it| it.map(Some))?,
        );
        let there = [3, 4].map(|side| batch.column(side).is_valid(at));
        let wanted = [op != Op::Add, op != Op::Remove];
        (there == wanted && [old.is_some(), new.is_some()] == wanted).then_some(Change { op, old, new })
    };
    (0..batch.num_rows()).map(row).collect()
}

/// The same columns, where each may be missing: a row that is not there has none.
fn nullable(fields: &Fields) -> Fields {
    fields.iter().map(|field| Field::new(field.name(), field.data_type().clone(), true)).collect()
}

/// Runs what calls the library, which stops at some damaged files instead of saying so.
fn caught<T>(path: &Path, read: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| {
        let what = format!("{} cannot be read or written as a Parquet file", path.display());
        Err(Error::user(what).because("its headers do not fit together"))
    })
}
