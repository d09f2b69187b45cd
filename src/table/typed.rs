//! Tables of formats that know types: what a reader of such a format tells.

#[cfg(feature = "tables")]
mod rows;

#[cfg(feature = "tables")]
pub(super) use self::rows::{Numbered, SPELLING, cells, changed_under_us, objects, visit};
use crate::error::Result;
use crate::flow::diff::found::{Object, Whole};
use crate::flow::diff::pairs::{Layout, Pairs};
use crate::table::engine::{Compared, Options};
use crate::table::records::Records;

/// One table of a pair of files.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Head {
    /// Its name, where the file holds more than one.
    pub name: Option<String>,
    /// On which sides it is.
    pub whole: Whole,
    /// Its columns and its key.
    pub layout: Layout,
    /// What of it is not compared, and why.
    pub partly: Option<String>,
}

/// What two files differ in besides the rows of their tables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Beside {
    /// Views, indexes, triggers, and definitions of tables.
    pub objects: Vec<Object>,
    /// What is to be said of the file as a whole.
    pub notes: Vec<String>,
}

/// Takes the tables of a pair of files, one after the other.
pub trait Tables {
    /// A table that is on both sides, to be compared row by row.
    fn rows(&mut self, head: Head, old: &dyn Records, new: &dyn Records, options: &Options<'_>) -> Result<()>;

    /// A table that is on both sides, and whose reader knows itself what differs: that goes to what is given back.
    fn begin(&mut self, head: &Head) -> Result<&mut dyn Pairs>;

    /// That table, when all was told.
    fn end(&mut self, head: Head, compared: &Compared<'_>) -> Result<()>;

    /// A table that is on one side only, or cannot be compared, and how many rows it has.
    fn alone(&mut self, head: Head, rows: u64) -> Result<()>;
}
