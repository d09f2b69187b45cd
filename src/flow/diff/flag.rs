//! What one has to look at before anything else.

use serde::{Deserialize, Serialize};

use super::found::{Note, Value};

/// What has to be seen first.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
pub enum Flag {
    /// A column is gone.
    ColumnDropped {
        /// Its name.
        column: String,
        /// Its type.
        kind: String,
        /// How many of its values were filled, and of how many rows; `None`: nobody looked.
        filled: Option<(u64, u64)>,
    },
    /// Values beyond the old range; the farthest of them.
    OutOfRange {
        /// The column.
        column: String,
        /// What the cell held before; absent in a new row.
        old: Value,
        /// What it holds.
        new: Value,
        /// The row's key.
        key: Vec<Value>,
    },
    /// Cells that look as a spreadsheet leaves them.
    Damaged {
        /// The column.
        column: String,
        /// What was done to them.
        how: Note,
        /// How many.
        cells: u64,
    },
    /// More values are missing than before.
    MoreNulls {
        /// The column.
        column: String,
        /// Missing in the older side.
        before: u64,
        /// Missing in the newer side.
        after: u64,
    },
    /// The key does not identify rows of the newer side.
    DuplicateKeys {
        /// Keys with more than one row.
        keys: u64,
        /// Rows that have them.
        rows: u64,
    },
    /// New values that a spreadsheet would run.
    Formulas {
        /// The column.
        column: String,
        /// How many.
        cells: u64,
    },
}

impl Flag {
    /// Whether it says that something is lost, or cannot be told apart.
    pub(super) fn is_grave(&self) -> bool {
        matches!(self, Flag::ColumnDropped { .. } | Flag::DuplicateKeys { .. })
    }

    /// What destroys comes first.
    pub(super) fn weight(&self) -> u8 {
        match self {
            Flag::ColumnDropped { .. } => 0,
            Flag::DuplicateKeys { .. } => 1,
            Flag::OutOfRange { .. } => 2,
            Flag::Damaged { .. } => 3,
            Flag::MoreNulls { .. } => 4,
            Flag::Formulas { .. } => 5,
        }
    }
}
