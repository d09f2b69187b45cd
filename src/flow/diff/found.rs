//! What a comparison of two versions of one file found. Every surface shows this one value.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::cell::Kind;
pub use super::flag::Flag;
pub use super::held::{Count, Histogram, Stats, Touched};
use super::wire;

/// Two versions of a file, compared.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// How the file was read: `csv`, `sqlite`, …
    pub format: Cow<'static, str>,
    /// Its tables; one without a name where the file is one table.
    pub tables: Vec<Table>,
    /// Views, indexes and triggers whose text changed.
    pub objects: Vec<Object>,
    /// What else is to be said of the file as a whole: another encoding, other line ends.
    pub notes: Vec<String>,
}

/// A table of which at least one side exists.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// Its name, where the file holds more than one.
    pub name: Option<String>,
    /// Whether it came or went as a whole.
    pub whole: Whole,
    /// Its rows.
    pub rows: Rows,
    /// Its columns.
    pub columns: Columns,
    /// Its changed cells, each in one class.
    pub cells: Cells,
    /// How rows were paired.
    pub key: Key,
    /// The columns with changed cells, in the order of the newer side.
    pub touched: Vec<Touched>,
    /// What one has to look at before anything else.
    pub flags: Vec<Flag>,
    /// Equal changes of many cells.
    pub patterns: Vec<Pattern>,
    /// The first changes, by their place in the newer side; removed rows come last, by their place in the older one.
    pub changes: Vec<Change>,
    /// Why it was not compared as a whole, if it was not.
    pub partly: Option<String>,
}

/// Whether a table is on both sides.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Whole {
    /// On both.
    #[default]
    Both,
    /// On the newer one only.
    Added,
    /// On the older one only.
    Removed,
}

/// Counts of rows.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// Of the older side.
    pub before: u64,
    /// Of the newer side.
    pub after: u64,
    /// Only the newer side has them.
    pub added: u64,
    /// Only the older side has them.
    pub removed: u64,
    /// With at least one changed cell, of any class.
    pub changed: u64,
    /// In another order, where that was asked for.
    pub moved: Option<u64>,
}

/// Counts of cells that are not the same byte for byte.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cells {
    /// Other values.
    pub value: u64,
    /// The same value, spelled in another way.
    pub format: u64,
    /// Other values within the tolerance that was asked for.
    pub tolerance: u64,
}

/// A column of one side.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type in the format's own words; of a text table the one that its values fit.
    pub kind: String,
}

/// The columns of both sides.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
pub struct Columns {
    /// Of the older side, in its order.
    pub before: Vec<Column>,
    /// Of the newer side, in its order.
    pub after: Vec<Column>,
    /// Names that only the newer side has.
    pub added: Vec<String>,
    /// Names that only the older side has.
    pub removed: Vec<String>,
    /// Columns under another name.
    pub renamed: Vec<Renamed>,
    /// Columns of another type.
    pub retyped: Vec<Retyped>,
    /// The same columns in another order.
    pub reordered: bool,
}

/// A column that only got another name.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct Renamed {
    /// On the older side.
    pub from: String,
    /// On the newer side.
    pub to: String,
    /// How many of a hundred shared rows have the same value in both.
    pub alike: f64,
}

/// A column that got another type. Its cells are compared by value.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Retyped {
    /// The column's name on the newer side.
    pub name: String,
    /// Its type on the older side.
    pub from: String,
    /// Its type on the newer side.
    pub to: String,
}

/// How rows of the two sides were paired.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
pub struct Key {
    /// Empty: by their whole content.
    pub columns: Vec<String>,
    /// Where the key comes from.
    pub how: How,
    /// Keys that more than one row has.
    pub before: Duplicates,
    /// The same of the newer side.
    pub after: Duplicates,
}

/// Where a key comes from.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum How {
    /// The manifest or the command line says it.
    Declared,
    /// The table has it.
    Primary,
    /// The columns' names and values suggest it.
    Inferred,
    /// No column identifies a row.
    #[default]
    Unkeyed,
}

/// Rows that share a key.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
pub struct Duplicates {
    /// Keys with more than one row.
    pub keys: u64,
    /// The rows that have them.
    pub rows: u64,
    /// The first of the keys.
    pub examples: Vec<Vec<Value>>,
}

/// A value as it is kept: whole in a patch, and shown shortened.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Value {
    /// What it is.
    pub kind: Kind,
    /// How it is written.
    #[serde(with = "wire")]
    pub raw: Vec<u8>,
}

/// How two values that are not the same byte for byte differ.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// Another value.
    Value,
    /// The same value in another spelling.
    Format,
    /// Another value within the tolerance.
    Tolerance,
}

/// A change of one table.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
pub enum Change {
    /// Cells of one row.
    Edited {
        /// The row's key on the newer side.
        key: Vec<Value>,
        /// Where it lies.
        at: At,
        /// What changed, in the order of the newer side's columns.
        cells: Vec<Edit>,
    },
    /// A new row: values in the order of the newer side's columns.
    Added {
        /// Its key.
        key: Vec<Value>,
        /// Its place in the newer side.
        row: u64,
        /// Its cells.
        values: Vec<Value>,
    },
    /// A row that is gone: values in the order of the older side's columns.
    Removed {
        /// Its key.
        key: Vec<Value>,
        /// Its place in the older side.
        row: u64,
        /// Its cells.
        values: Vec<Value>,
    },
}

/// Where a paired row lies on each side; the first is 0.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct At {
    /// In the older side.
    pub old: u64,
    /// In the newer side.
    pub new: u64,
}

/// One changed cell.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct Edit {
    /// The column's name on the newer side.
    pub column: String,
    /// Before.
    pub old: Value,
    /// After.
    pub new: Value,
    /// How the two differ.
    pub class: Class,
    /// What is worth a look.
    pub notes: Vec<Note>,
}

/// What is worth a look about one cell.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Note {
    /// Beyond everything that the column held before.
    OutOfRange,
    /// It held nothing before.
    Filled,
    /// It holds nothing any more.
    Emptied,
    /// `007` became `7`.
    LostZeros,
    /// A long number became `1.2E+17`.
    Exponent,
    /// The digits beyond the fifteenth became zeros.
    LostDigits,
    /// A date was written anew, or a text became a date.
    DateDamage,
    /// A new value that a spreadsheet would run.
    Formula,
}

/// One change that many cells of a column have in common.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct Pattern {
    /// The column's name on the newer side.
    pub column: String,
    /// Before.
    pub old: Value,
    /// After.
    pub new: Value,
    /// How the two differ.
    pub class: Class,
    /// How many cells changed like this.
    pub cells: u64,
}

/// Text that belongs to a database beside its tables.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// `view`, `index`, `trigger`, or `table` for its definition.
    pub what: String,
    /// Its name.
    pub name: String,
    /// Its text on the older side.
    pub old: Option<String>,
    /// Its text on the newer side.
    pub new: Option<String>,
}

impl Cells {
    /// One more.
    pub fn add(&mut self, class: Class) {
        match class {
            Class::Value => self.value += 1,
            Class::Format => self.format += 1,
            Class::Tolerance => self.tolerance += 1,
        }
    }

    /// All of them.
    #[must_use]
    pub fn all(self) -> u64 {
        self.value.saturating_add(self.format).saturating_add(self.tolerance)
    }
}

impl Value {
    /// What a record does not have.
    #[must_use]
    pub fn absent() -> Value {
        Value { kind: Kind::Absent, raw: Vec::new() }
    }
}

impl Table {
    /// Whether it has other values, rows or columns.
    #[must_use]
    pub fn differs(&self) -> bool {
        let (rows, columns) = (&self.rows, &self.columns);
        let names = columns.added.len() + columns.removed.len() + columns.renamed.len();
        self.whole != Whole::Both
            || self.cells.value > 0
            || (rows.added, rows.removed, names) != (0, 0, 0)
            || self.partly.is_some()
    }

    /// Whether nothing is to be said of it.
    #[must_use]
    pub fn is_same(&self) -> bool {
        let (rows, columns) = (&self.rows, &self.columns);
        let names = columns.added.len() + columns.removed.len() + columns.renamed.len() + columns.retyped.len();
        self.whole == Whole::Both
            && self.cells.all() == 0
            && (rows.added, rows.removed, rows.moved.unwrap_or(0)) == (0, 0, 0)
            && (names, columns.reordered) == (0, false)
            && self.partly.is_none()
    }

    /// How many of the changes are listed: changed cells, added rows, removed rows.
    #[must_use]
    pub fn listed(&self) -> (u64, u64, u64) {
        self.changes.iter().fold((0, 0, 0), |(cells, added, removed), change| match change {
            Change::Edited { cells: edits, .. } => (cells + edits.len() as u64, added, removed),
            Change::Added { .. } => (cells, added + 1, removed),
            Change::Removed { .. } => (cells, added, removed + 1),
        })
    }

    /// Whether every change is listed, and every row was compared.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.partly.is_none() && self.listed() == (self.cells.all(), self.rows.added, self.rows.removed)
    }
}

impl Found {
    /// Whether anything is of another value, as far as it was compared.
    #[must_use]
    pub fn differs(&self) -> bool {
        !self.objects.is_empty() || self.tables.iter().any(Table::differs)
    }
}
