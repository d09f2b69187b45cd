//! Which rows of two Parquet files are not the same: what the comparison tells, kept by place.

use crate::error::{Error, Result};
use crate::flow::diff::found::Whole;
use crate::flow::diff::moved::Moved;
use crate::flow::diff::pairs::{Layout, Pairs};
use crate::flow::diff::patch::Rows;
use crate::table::engine::{self, Compared, Options};
use crate::table::records::Records;
use crate::table::typed::{Head, Tables};

/// What was told.
#[derive(Default)]
pub(super) struct Found {
    rows: Rows,
    layout: Layout,
    moved: Option<Moved>,
}

impl Found {
    /// The names of the columns that identify a row.
    pub(super) fn key(&self) -> Vec<String> {
        self.layout.key.iter().map(|(old, _)| self.layout.before[*old].name.clone()).collect()
    }

    /// The rows; `None` if too many are in another order.
    pub(super) fn rows(mut self) -> Option<Rows> {
        self.rows.set_moved(self.moved?.rows()?);
        Some(self.rows)
    }
}

impl Tables for Found {
    fn rows(&mut self, _: Head, old: &dyn Records, new: &dyn Records, options: &Options<'_>) -> Result<()> {
        let walked = engine::walk(old, new, options)?;
        self.layout = walked.layout().clone();
        self.moved = walked.tell(options, &mut self.rows)?.moved;
        Ok(())
    }

    fn begin(&mut self, head: &Head) -> Result<&mut dyn Pairs> {
        self.layout = head.layout.clone();
        Ok(&mut self.rows)
    }

    fn end(&mut self, _: Head, compared: &Compared<'_>) -> Result<()> {
        self.moved = compared.moved.clone();
        Ok(())
    }

    fn alone(&mut self, head: Head, _: u64) -> Result<()> {
        // A file that is one table is on both sides.
        if head.whole == Whole::Both { Ok(()) } else { Err(Error::bug("a Parquet file is one table")) }
    }
}
