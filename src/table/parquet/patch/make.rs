//! Makes the patch of two Parquet files, and tries it: it has to make the rows of the newer one, value for value.

use std::path::Path;
use std::sync::Arc;

use arrow_array::{Array as _, RecordBatch, StructArray, UInt64Array};
use arrow_schema::Schema;

use super::find::Found;
use super::write::Compare;
use super::{Change, Changes, Op, apply, caught, nullable, write};
use crate::disk::hash;
use crate::error::{Error, Result};
use crate::flow::diff::found::At;
use crate::flow::diff::patch::{Counts, Finding};
use crate::flow::text::{Untrusted, human_size};
use crate::table::parquet::open::Opened;
use crate::table::parquet::rows::Rows;
use crate::table::parquet::{Given, table};
use crate::table::{Ask, engine};

/// Writes the patch that makes the rows of `new` of those of `old` to `out`; `None` if they are no Parquet files.
pub fn make(old: &Path, new: &Path, ask: &Ask<'_>, out: &Path) -> Result<Option<Counts>> {
    if !write::is_parquet(old)? || !write::is_parquet(new)? {
        return Ok(None);
    }
    caught(new, || made(old, new, ask, out)).map(Some)
}

fn made(old: &Path, new: &Path, ask: &Ask<'_>, out: &Path) -> Result<Counts> {
    let (before, after) = (Opened::new(old)?, Opened::new(new)?);
    let wrong = |why: &str| {
        Error::user(format!("no patch makes the newer {} of the older one", Untrusted(ask.names[1])))
            .because(why.to_owned())
            .hint("git data prepare NAME FILE proposes the newer file as a whole")
    };
    if nullable(before.fields()) != nullable(after.fields()) {
        return Err(wrong("a patch changes rows, and it has other columns or types"));
    }
    let options = engine::Options { order: true, ..ask.options(&[]) };
    let mut found = Found::default();
    table(old, new, Given::default(), &options, &mut found)?;
    let key = found.key();
    let rows = found.rows().ok_or_else(|| wrong("so many rows stand in another order that they could not be told"))?;
    let most = ask.memory;
    let too_large = || {
        Error::user(format!("the patch would hold more than {}", human_size(most as u64)))
            .hint("git data diff --format patch --memory 2G allows it more")
    };
    let sides = [side(before, &rows.older(), most)?, side(after, &rows.newer(), most)?];
    let [Some(older), Some(newer)] = sides else { return Err(too_large()) };
    let changes = changes(&rows.both, &rows.moved, &rows.added, &rows.removed);
    let pick = |side: &Side, place: fn(&Change) -> Option<u64>| side.pick(changes.iter().map(place));
    let changes = Changes {
        base: hash::file(old, &|_| ())?.sha256,
        head: hash::file(new, &|_| ())?.sha256,
        key,
        old: pick(&older, |change| change.old).map_err(|e| older.rows.file.failed(e))?,
        new: pick(&newer, |change| change.new).map_err(|e| newer.rows.file.failed(e))?,
        rows: changes,
    };
    let mut compare = Compare::new(&newer.rows.file)?;
    apply::stream(&older.rows.file, &changes, Finding::Place, &mut |batch| compare.take(&batch))?;
    if !compare.end()? {
        return Err(wrong("its rows are not those that were compared"));
    }
    write::patch(&changes, out)?;
    Ok(changes.counts())
}

/// In the order of the newer side, then removed rows in that of the older one.
fn changes(both: &[At], moved: &[At], added: &[u64], removed: &[u64]) -> Vec<Change> {
    let pair = |op: Op| move |at: &At| Change { op, old: Some(at.old), new: Some(at.new) };
    let mut all: Vec<Change> = both.iter().map(pair(Op::Edit)).chain(moved.iter().map(pair(Op::Move))).collect();
    all.extend(added.iter().map(|place| Change { op: Op::Add, old: None, new: Some(*place) }));
    all.extend(removed.iter().map(|place| Change { op: Op::Remove, old: Some(*place), new: None }));
    all.sort_by_key(|change| (change.new.is_none(), change.new, change.old));
    all
}

/// The rows of one side that change.
struct Side {
    rows: Rows,
    places: Vec<u64>,
    batch: StructArray,
}

/// Reads them; `None` if they take more than `most` bytes.
fn side(file: Opened, places: &[u64], most: usize) -> Result<Option<Side>> {
    let rows = Rows::new(file, Vec::new());
    let schema = Arc::new(Schema::new(nullable(rows.file.fields())));
    let (mut batches, mut size) = (Vec::new(), 0);
    if !places.is_empty() {
        for batch in rows.at(places)? {
            let batch = batch.map_err(|e| rows.file.failed(e))?;
            size += batch.get_array_memory_size();
            if size > most {
                return Ok(None);
            }
            let batch = RecordBatch::try_new(Arc::clone(&schema), batch.columns().to_vec());
            batches.push(batch.map_err(|e| rows.file.failed(e))?);
        }
    }
    let batch = arrow_select::concat::concat_batches(&schema, &batches).map_err(|e| rows.file.failed(e))?;
    Ok(Some(Side { batch: StructArray::from(batch), places: places.to_vec(), rows }))
}

impl Side {
    /// The rows at these places; null where there is none.
    fn pick(&self, places: impl Iterator<Item = Option<u64>>) -> Result<StructArray, arrow_schema::ArrowError> {
        let at = |place: u64| self.places.binary_search(&place).ok().map(|at| at as u64);
        let indices: UInt64Array = places.map(|place| place.and_then(at)).collect();
        let taken = arrow_select::take::take(&self.batch, &indices, None)?;
        Ok(taken.as_any().downcast_ref::<StructArray>().expect("rows of a struct are a struct").clone())
    }
}
