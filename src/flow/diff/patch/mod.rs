//! A change of a text table as a patch: what becomes of which record, byte for byte, so that it can be applied, taken
//! back, and merged with other changes cell by cell.
//!
//! A patch knows records and fields, nothing else of a file: other line ends of rows that did not change and other
//! columns are not in it. Whoever makes one applies it once and compares the digest.

mod apply;
mod form;
mod lines;
mod make;
#[cfg(test)]
mod tests;

pub use apply::{Apply, Conflict, Finding, shown};
pub use form::Form;
pub use lines::{LARGEST, parse, print};
pub use make::{Rows, make};

use serde::{Deserialize, Serialize};

use crate::flow::hash::Digest;

/// A patch of one table.
#[derive(Clone, Debug, PartialEq)]
pub struct Patch {
    /// The file that it is for.
    pub base: Digest,
    /// The file that it makes.
    pub head: Digest,
    /// How records are written.
    pub form: Form,
    /// The columns' names.
    pub columns: Vec<String>,
    /// Those that identify a row, by position; none: rows are found by their place.
    pub key: Vec<usize>,
    /// What a record ends with that had no end, being the last one.
    pub end: Vec<u8>,
    /// What the last record ends with, before and after.
    pub last: [Vec<u8>; 2],
    /// In the order of the newer side, then removed rows in that of the older one.
    pub rows: Vec<Row>,
}

/// What becomes of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its values in the key.
    pub key: Vec<Vec<u8>>,
    /// What happens.
    pub what: What,
}

/// A record as it stands, with its line end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its place; the first is 0.
    pub place: u64,
    /// Its bytes.
    pub raw: Vec<u8>,
    /// What follows it.
    pub end: Vec<u8>,
}

/// What happens to a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// Some of its fields change.
    Edit {
        /// Its place before and after.
        places: [u64; 2],
        /// The fields.
        cells: Vec<Field>,
    },
    /// It changes as a whole: other fields than before.
    Replace {
        /// Before.
        old: Record,
        /// After.
        new: Record,
    },
    /// It moves, and may change as a whole.
    Move {
        /// Before.
        old: Record,
        /// After.
        new: Record,
    },
    /// It is new.
    Add(Record),
    /// It goes.
    Remove(Record),
}

/// A field that changes, as it stands in its record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its column, by position.
    pub column: usize,
    /// Before.
    pub old: Vec<u8>,
    /// After.
    pub new: Vec<u8>,
}

/// How many rows change, and how.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Where they are.
    pub edited: u64,
    /// To another place.
    pub moved: u64,
    /// New ones.
    pub added: u64,
    /// Those that go.
    pub removed: u64,
}

/// How a patch is to be applied.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// It is to be taken back.
    pub reverse: bool,
    /// What somebody else changed too is merged, cell by cell.
    pub merge: bool,
}

/// What came of a patch that was applied to a file.
pub struct Made {
    /// The digest of the file that the patch was made for, and of the one that it makes.
    pub sides: [Digest; 2],
    /// What it changes.
    pub counts: Counts,
    /// What cannot be merged, and stays as it is.
    pub conflicts: Vec<Conflict>,
}

impl Patch {
    /// What it changes.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for row in &self.rows {
            *match &row.what {
                What::Edit { .. } | What::Replace { .. } => &mut counts.edited,
                What::Move { .. } => &mut counts.moved,
                What::Add(_) => &mut counts.added,
                What::Remove(_) => &mut counts.removed,
            } += 1;
        }
        counts
    }

    /// The patch that takes this one back.
    #[must_use]
    pub fn reversed(mut self) -> Patch {
        (self.base, self.head) = (self.head, self.base);
        self.last.reverse();
        for row in &mut self.rows {
            row.what = match std::mem::replace(&mut row.what, What::Edit { places: [0; 2], cells: Vec::new() }) {
                What::Edit { places: [old, new], cells } => {
                    let back = |field: Field| Field { old: field.new, new: field.old, ..field };
                    What::Edit { places: [new, old], cells: cells.into_iter().map(back).collect() }
                }
                What::Replace { old, new } => What::Replace { old: new, new: old },
                What::Move { old, new } => What::Move { old: new, new: old },
                What::Add(record) => What::Remove(record),
                What::Remove(record) => What::Add(record),
            };
        }
        self.sort();
        self
    }

    /// In the order of the newer side, then removed rows in that of the older one.
    fn sort(&mut self) {
        self.rows.sort_by_key(|row| match &row.what {
            What::Edit { places: [_, new], .. } => (false, *new),
            What::Replace { new, .. } | What::Move { new, .. } | What::Add(new) => (false, new.place),
            What::Remove(old) => (true, old.place),
        });
    }
}
