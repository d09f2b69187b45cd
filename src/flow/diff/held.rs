//! What a column of each side holds.

use serde::{Deserialize, Serialize};

use super::found::{Cells, Value};

/// A column with changed cells.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct Touched {
    /// Its name on the newer side.
    pub name: String,
    /// Its type there.
    pub kind: String,
    /// Its changed cells.
    pub cells: Cells,
    /// What it held, over all rows of the older side; without rows: nobody looked.
    pub before: Stats,
    /// What it holds, over all rows of the newer side.
    pub after: Stats,
}

/// What a column holds, over all rows of one side.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
pub struct Stats {
    /// Cells that were looked at.
    pub rows: u64,
    /// Those that hold nothing.
    pub nulls: u64,
    /// The smallest, of numbers or times.
    pub min: Option<Value>,
    /// The largest.
    pub max: Option<Value>,
    /// Of numbers; within half a percent.
    pub median: Option<f64>,
    /// Different spellings, without those that hold nothing.
    pub distinct: Count,
    /// The most frequent values of a column that has few.
    pub top: Vec<(Value, u64)>,
    /// Of numbers: counts between equally wide bounds, the same bounds on both sides.
    pub histogram: Option<Histogram>,
}

/// A number that is exact, or a close estimate.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// The number.
    pub number: u64,
    /// Whether it is an estimate.
    pub about: bool,
}

/// Counts of values between `from` and `to`, in equal steps.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct Histogram {
    /// The smallest value of both sides.
    pub from: f64,
    /// The largest value of both sides.
    pub to: f64,
    /// How many values lie in each step.
    pub counts: Vec<u64>,
}
