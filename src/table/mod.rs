//! The rows of two versions of a file, compared.

pub mod csv;
pub mod engine;
pub mod format;
pub mod input;
pub mod jsonl;
pub mod lines;
pub mod records;
#[cfg(test)]
mod tests;
pub mod utf16;

use std::collections::BTreeMap;
use std::path::Path;

use self::csv::Csv;
use self::engine::Options;
use self::format::Format;
use self::input::Input;
use self::jsonl::Jsonl;
use self::records::Records;
use crate::error::Result;
use crate::flow::diff::found::{Found, Table};
use crate::flow::diff::renames::{ENOUGH, Renames};
use crate::flow::diff::tally::{self, Tally};

/// What a comparison may hold in memory, unless something else is asked for.
pub const MEMORY: usize = 256 << 20;

/// How two files are compared.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// The names by which people know the two files: they tell the format of a text.
    pub names: [&'a str; 2],
    /// The key that a person asked for.
    pub key: &'a [String],
    /// Keys that the dataset declares, by the table's name; of a file that is one table the name does not matter.
    pub keys: &'a BTreeMap<String, Vec<String>>,
    /// How cells are judged, and how much is kept.
    pub cells: &'a tally::Options,
    /// Whether rows in another order are counted.
    pub order: bool,
    /// About how many bytes may be held.
    pub memory: usize,
    /// Where scratch files may lie.
    pub scratch: &'a Path,
}

impl Ask<'_> {
    /// The key of the one table of a file.
    fn only(&self) -> &[String] {
        match self.keys.values().next() {
            Some(declared) if self.key.is_empty() && self.keys.len() == 1 => declared,
            _ => self.key,
        }
    }
}

/// Compares two versions of a file by their rows; `None` if they are no tables that can be compared.
pub fn compare(old: &Path, new: &Path, ask: &Ask<'_>) -> Result<Option<Found>> {
    let (old, new) = (Input::new(old, ask.names[0])?, Input::new(new, ask.names[1])?);
    let formats = [format::of(&old)?, format::of(&new)?];
    let (Some(older), Some(newer)) = (text(old, formats[0])?, text(new, formats[1])?) else { return Ok(None) };
    let table = rows(&*older, &*newer, &[], ask)?;
    let mut notes = Vec::new();
    let [before, after] = formats.map(Format::word);
    if before != after {
        notes.push(format!("format: {before} → {after}"));
    }
    notes.extend(written(&*older, &*newer));
    Ok(Some(Found { format: after.into(), tables: vec![table], objects: Vec::new(), notes }))
}

fn text(input: Input, format: Format) -> Result<Option<Box<dyn Records>>> {
    Ok(match format {
        Format::Csv(hint) => Some(Box::new(Csv::new(input, hint)?)),
        Format::Jsonl => Some(Box::new(Jsonl::new(input)?)),
        Format::Sqlite | Format::Parquet | Format::Excel | Format::Duckdb | Format::Text | Format::Other => None,
    })
}

/// Compares two tables. `primary` is the key that they have, by the names of its columns.
pub fn rows(old: &dyn Records, new: &dyn Records, primary: &[String], ask: &Ask<'_>) -> Result<Table> {
    let options = Options { key: ask.only(), primary, order: ask.order, memory: ask.memory, scratch: ask.scratch };
    let mut walked = engine::walk(old, new, &options)?;
    let mut renames = Renames::new(walked.layout().clone());
    if renames.wanted() && !walked.layout().key.is_empty() {
        walked.some(ENOUGH, &options, &mut renames)?;
        walked = walked.renamed(renames.settle(), &options)?;
    }
    let mut tally = Tally::new(walked.layout().clone(), ask.cells);
    let compared = walked.tell(&options, &mut tally)?;
    let [before, after] = compared.rows;
    let (mut table, mut sides) = tally.finish(before, after);
    table.rows.moved = compared.moved;
    table.partly = compared.partly.clone();
    if sides.wanted() {
        let columns = sides.old_columns().to_vec();
        compared.each(false, &columns, &mut |same, cells| {
            if same {
                sides.both(cells)
            } else {
                sides.older(cells)
            }
            Ok(())
        })?;
        if compared.same() < after {
            let columns = sides.new_columns().to_vec();
            compared.each(true, &columns, &mut |same, cells| {
                if !same {
                    sides.newer(cells);
                }
                Ok(())
            })?;
        }
    }
    Ok(sides.settle(table))
}

/// What is to be said of how two tables are written.
fn written(old: &dyn Records, new: &dyn Records) -> Vec<String> {
    let (before, after) = (old.facts(), new.facts());
    let other = before.iter().filter_map(|(what, was)| {
        let (_, is) = after.iter().find(|(other, _)| other == what)?;
        (was != is).then(|| format!("{what}: {was} → {is}"))
    });
    let odd = [("older", old), ("newer", new)]
        .into_iter()
        .flat_map(|(which, side)| side.oddities().into_iter().map(move |words| format!("the {which} file: {words}")));
    other.chain(odd).collect()
}
