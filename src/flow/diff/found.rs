//! What a comparison of two versions of one file found. Every surface shows this one value.

use super::cell::Kind;

/// Two versions of a file, compared.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// How the file was read: `csv`, `sqlite`, …
    pub format: &'static str,
    /// Its tables; one without a name where the file is one table.
    pub tables: Vec<Table>,
    /// Views, indexes and triggers whose text changed.
    pub objects: Vec<Object>,
    /// What else is to be said of the file as a whole: another encoding, other line ends.
    pub notes: Vec<String>,
}

/// A table of which at least one side exists.
#[derive(Clone, Debug, Default, PartialEq)]
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    pub before: u64,
    pub after: u64,
    pub added: u64,
    pub removed: u64,
    /// With at least one changed cell, of any class.
    pub changed: u64,
    /// In another order, where that was asked for.
    pub moved: Option<u64>,
}

/// Counts of cells that are not the same byte for byte.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cells {
    /// Other values.
    pub value: u64,
    /// The same value, spelled in another way.
    pub format: u64,
    /// Other values within the tolerance that was asked for.
    pub tolerance: u64,
}

/// A column of one side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    /// Its type in the format's own words; of a text table the one that its values fit.
    pub kind: String,
}

/// The columns of both sides.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Columns {
    pub before: Vec<Column>,
    pub after: Vec<Column>,
    pub added: Vec<String>,
    pub removed: Vec<String>,
    pub renamed: Vec<Renamed>,
    pub retyped: Vec<Retyped>,
    /// The same columns in another order.
    pub reordered: bool,
}

/// A column that only got another name.
#[derive(Clone, Debug, PartialEq)]
pub struct Renamed {
    pub from: String,
    pub to: String,
    /// How many of a hundred shared rows have the same value in both.
    pub alike: f64,
}

/// A column that got another type. Its cells are compared by value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retyped {
    pub name: String,
    pub from: String,
    pub to: String,
}

/// How rows of the two sides were paired.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Key {
    /// Empty: by their whole content.
    pub columns: Vec<String>,
    pub how: How,
    /// Keys that more than one row has.
    pub before: Duplicates,
    /// The same of the newer side.
    pub after: Duplicates,
}

/// Where a key comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Duplicates {
    /// Keys with more than one row.
    pub keys: u64,
    /// The rows that have them.
    pub rows: u64,
    /// The first of the keys.
    pub examples: Vec<Vec<Value>>,
}

/// A value as it is kept: whole in a patch, and shown shortened.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Value {
    pub kind: Kind,
    pub raw: Vec<u8>,
}

/// How two values that are not the same byte for byte differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    Value,
    Format,
    Tolerance,
}

/// A change of one table.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Cells of one row.
    Edited { key: Vec<Value>, at: At, cells: Vec<Edit> },
    /// A new row: values in the order of the newer side's columns.
    Added { key: Vec<Value>, row: u64, values: Vec<Value> },
    /// A row that is gone: values in the order of the older side's columns.
    Removed { key: Vec<Value>, row: u64, values: Vec<Value> },
}

/// Where a paired row lies on each side; the first is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct At {
    pub old: u64,
    pub new: u64,
}

/// One changed cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Edit {
    /// The column's name on the newer side.
    pub column: String,
    pub old: Value,
    pub new: Value,
    pub class: Class,
    pub notes: Vec<Note>,
}

/// What is worth a look about one cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
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
    /// A date was written anew, or a text became a date.
    DateDamage,
    /// A new value that a spreadsheet would run.
    Formula,
}

/// A column with changed cells.
#[derive(Clone, Debug, PartialEq)]
pub struct Touched {
    pub name: String,
    pub kind: String,
    pub cells: Cells,
    /// Over all rows of each side.
    pub before: Stats,
    pub after: Stats,
}

/// What a column holds, over all rows of one side.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stats {
    pub rows: u64,
    pub nulls: u64,
    /// Of numbers and times.
    pub min: Option<Value>,
    pub max: Option<Value>,
    /// Of numbers; within half a percent.
    pub median: Option<f64>,
    pub distinct: Count,
    /// The most frequent values of a column that has few.
    pub top: Vec<(Value, u64)>,
    /// Of numbers: counts between equally wide bounds, the same bounds on both sides.
    pub histogram: Option<Histogram>,
}

/// A number that is exact, or a close estimate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    pub number: u64,
    pub about: bool,
}

/// Counts of values between `from` and `to`, in equal steps.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    pub from: f64,
    pub to: f64,
    pub counts: Vec<u64>,
}

/// One change that many cells of a column have in common.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern {
    pub column: String,
    pub old: Value,
    pub new: Value,
    pub class: Class,
    pub cells: u64,
}

/// What has to be seen first.
#[derive(Clone, Debug, PartialEq)]
pub enum Flag {
    /// A column is gone; how many of its values were filled.
    ColumnDropped { column: String, kind: String, filled: u64, rows: u64 },
    /// Values beyond the old range; the first of them.
    OutOfRange { column: String, old: Value, new: Value, key: Vec<Value> },
    /// Cells that look as a spreadsheet leaves them.
    Damaged { column: String, how: Note, cells: u64 },
    /// More values are missing than before.
    MoreNulls { column: String, before: u64, after: u64 },
    /// The key does not identify rows of the newer side.
    DuplicateKeys { keys: u64, rows: u64 },
    /// New values that a spreadsheet would run.
    Formulas { column: String, cells: u64 },
}

/// Text that belongs to a database beside its tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// `view`, `index`, `trigger`, or `table` for its definition.
    pub what: String,
    pub name: String,
    pub old: Option<String>,
    pub new: Option<String>,
}
