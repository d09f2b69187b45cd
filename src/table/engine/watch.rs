//! Counts, while rows pass that are the same on both sides, what the columns hold that others differ in: most columns
//! that differ do so early, and then nothing has to be read once more.

use super::plan::Plan;
use crate::error::Result;
use crate::flow::diff::passing::Passing;

/// So many pairs of rows are looked at for the columns in which they differ, and then one in so many.
const LOOKS: (u64, u64) = (1_000, 64);

/// What is counted in passing.
pub struct Watch {
    passing: Option<Passing>,
    looks: u64,
    closed: bool,
}

impl Watch {
    /// Counts nothing.
    #[must_use]
    pub fn off() -> Watch {
        Watch { passing: None, looks: 0, closed: true }
    }

    /// What was counted already.
    #[must_use]
    pub fn of(passing: Passing) -> Watch {
        Watch { passing: Some(passing), ..Watch::off() }
    }

    /// Counts the columns that are gone, and those that turn out to differ.
    #[must_use]
    pub fn new(plan: &Plan<'_>) -> Watch {
        let (gone, _) = plan.layout.alone();
        Watch { passing: Some(Passing::new(&gone)), looks: 0, closed: false }
    }

    /// A row that is the same on both sides, as the older one has it.
    pub fn same(&mut self, plan: &Plan<'_>, record: &[u8]) -> Result<()> {
        let Some(passing) = &mut self.passing else { return Ok(()) };
        let (places, mut count) = passing.counting();
        if places.is_empty() { Ok(()) } else { plan.old.pick(record, places, &mut count) }
    }

    /// Two rows of one key that are not. What they differ in is counted from here on: the next row of the older side is
    /// `next`.
    pub fn differ(&mut self, plan: &Plan<'_>, old: &[u8], new: &[u8], next: u64) -> Result<()> {
        self.looks += 1;
        let Some(passing) = self.passing.as_mut().filter(|_| !self.closed) else { return Ok(()) };
        if self.looks > LOOKS.0 && !self.looks.is_multiple_of(LOOKS.1) {
            return Ok(());
        }
        let (old, new) = (plan.old.cells(old)?, plan.new.cells(new)?);
        for (before, after) in plan.shared() {
            if old.get(before) != new.get(after) {
                passing.touch(before, next);
            }
        }
        Ok(())
    }

    /// Whether another column may still be counted.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.closed && self.looks <= LOOKS.0
    }

    /// From now on rows come in no order: no other column is counted.
    pub fn close(&mut self) {
        self.closed = true;
    }

    /// Rows that were the same are so no more.
    pub fn forget(&mut self) {
        *self = Watch::off();
    }

    /// What was counted.
    #[must_use]
    pub fn passing(&self) -> Option<&Passing> {
        self.passing.as_ref()
    }
}
