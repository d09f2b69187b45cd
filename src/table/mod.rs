//! The rows of two versions of a file, compared.

#[cfg(not(feature = "tables"))]
#[path = "typed_absent.rs"]
pub mod absent;
#[cfg(feature = "tables")]
#[cfg(test)]
mod behaviour;
pub mod csv;
#[cfg(feature = "tables")]
pub mod duckdb;
pub mod engine;
#[cfg(feature = "tables")]
pub mod excel;
pub mod format;
pub mod input;
pub mod jsonl;
pub mod lines;
#[cfg(feature = "tables")]
pub mod parquet;
pub mod patch;
pub mod records;
#[cfg(all(test, feature = "tables"))]
mod seen;
#[cfg(feature = "tables")]
pub mod sqlite;
#[cfg(test)]
mod tests;
pub mod typed;
pub mod utf16;

#[cfg(not(feature = "tables"))]
pub use self::{absent as duckdb, absent as excel, absent as parquet, absent as sqlite};

use std::collections::BTreeMap;
use std::path::Path;

use self::csv::Csv;
use self::engine::{Compared, Options};
use self::format::Format;
use self::input::Input;
use self::jsonl::Jsonl;
use self::records::Records;
use self::typed::{Beside, Head, Tables};
use crate::error::{Error, Result};
use crate::flow::diff::found::{Found, Rows, Table, Whole};
use crate::flow::diff::moved::Moved;
use crate::flow::diff::pairs::Pairs;
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

impl<'a> Ask<'a> {
    /// The key of a file that is one table.
    fn only(&self) -> &'a [String] {
        match self.keys.values().next() {
            Some(declared) if self.key.is_empty() && self.keys.len() == 1 => declared,
            _ => self.key,
        }
    }

    /// The same for an engine. `primary` is the key that a table has, by the names of its columns.
    fn options(&self, primary: &'a [String]) -> Options<'a> {
        let (key, keys) = (self.only(), Some(self.keys));
        Options { key, keys, primary, order: self.order, memory: self.memory, scratch: self.scratch }
    }
}

/// Compares two versions of a file by their rows; `None` if they are no tables that can be compared.
pub fn compare(old: &Path, new: &Path, ask: &Ask<'_>) -> Result<Option<Found>> {
    let (paths, old, new) = ([old, new], Input::new(old, ask.names[0])?, Input::new(new, ask.names[1])?);
    let formats = [format::of(&old)?, format::of(&new)?];
    if let Some(found) = with_types(paths, formats, ask)? {
        return Ok(Some(found));
    }
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

/// Two files of one format that knows types.
fn with_types([old, new]: [&Path; 2], formats: [Format; 2], ask: &Ask<'_>) -> Result<Option<Found>> {
    let read = match formats {
        [Format::Sqlite, Format::Sqlite] => sqlite::compare,
        [Format::Parquet, Format::Parquet] => parquet::compare,
        [Format::Excel, Format::Excel] => excel::compare,
        [Format::Duckdb, Format::Duckdb] => duckdb::compare,
        _ => return Ok(None),
    };
    let mut options = ask.options(&[]);
    if !matches!(formats[1], Format::Parquet) {
        // Of many tables each has its own.
        options.key = ask.key;
    }
    let mut gathered = Gathered { ask, tables: Vec::new(), tally: None };
    let Beside { objects, notes } = read(old, new, &options, &mut gathered)?;
    Ok(Some(Found { format: formats[1].word().into(), tables: gathered.tables, objects, notes }))
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
    rows_by(old, new, &ask.options(primary), ask)
}

fn rows_by(old: &dyn Records, new: &dyn Records, options: &Options<'_>, ask: &Ask<'_>) -> Result<Table> {
    let mut walked = engine::walk(old, new, options)?;
    let mut renames = Renames::new(walked.layout().clone());
    if renames.wanted() && !walked.layout().key.is_empty() {
        walked.some(ENOUGH, options, &mut renames)?;
        walked = walked.renamed(renames.settle(), options)?;
    }
    let mut tally = Tally::new(walked.layout().clone(), ask.cells);
    let compared = walked.tell(options, &mut tally)?;
    finish(tally, &compared)
}

/// Adds what the columns hold to what was told.
fn finish(tally: Tally<'_>, compared: &Compared<'_>) -> Result<Table> {
    let [before, after] = compared.rows;
    let (mut table, mut sides) = tally.finish(before, after);
    table.rows.moved = compared.moved.as_ref().and_then(Moved::count);
    table.partly = compared.partly.clone();
    if sides.wanted() {
        compared.count(&mut sides)?;
    }
    Ok(sides.settle(table))
}

/// The tables of a file, one after the other.
struct Gathered<'a> {
    ask: &'a Ask<'a>,
    tables: Vec<Table>,
    /// Of the table that is told.
    tally: Option<Tally<'a>>,
}

impl Gathered<'_> {
    fn add(&mut self, head: Head, table: Table) {
        let partly = [head.partly, table.partly.clone()].into_iter().flatten().collect::<Vec<_>>().join("; ");
        let partly = (!partly.is_empty()).then_some(partly);
        self.tables.push(Table { name: head.name, whole: head.whole, partly, ..table });
    }
}

impl Tables for Gathered<'_> {
    fn rows(&mut self, head: Head, old: &dyn Records, new: &dyn Records, options: &Options<'_>) -> Result<()> {
        let table = rows_by(old, new, options, self.ask)?;
        self.add(head, table);
        Ok(())
    }

    fn begin(&mut self, head: &Head) -> Result<&mut dyn Pairs> {
        Ok(self.tally.insert(Tally::new(head.layout.clone(), self.ask.cells)))
    }

    fn end(&mut self, head: Head, compared: &Compared<'_>) -> Result<()> {
        let Some(tally) = self.tally.take() else { return Err(Error::bug("a table ended that did not begin")) };
        let table = finish(tally, compared)?;
        self.add(head, table);
        Ok(())
    }

    fn alone(&mut self, head: Head, rows: u64) -> Result<()> {
        let (before, after) = if head.whole == Whole::Added { (0, rows) } else { (rows, 0) };
        let (mut table, _) = Tally::new(head.layout.clone(), self.ask.cells).finish(before, after);
        table.rows = Rows { before, after, ..Rows::default() };
        self.add(head, table);
        Ok(())
    }
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
