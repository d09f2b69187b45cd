//! Where pairs of rows go: to the sink those that are not the same, into bits those that are.

use super::bits::Bits;
use super::leftovers::Row;
use super::plan::Plan;
use super::watch::Watch;
use crate::error::Result;
use crate::flow::diff::found::At;
use crate::flow::diff::moved::Moved;
use crate::flow::diff::pairs::Pairs;

/// What becomes of rows.
pub struct Out<'s> {
    /// Hears of every row that is not the same on both sides.
    pub sink: &'s mut dyn Pairs,
    /// Rows of each side that have an equal one on the other.
    pub same: [Bits; 2],
    /// Where paired rows lie, if that was asked for.
    pub moved: Option<Moved>,
    /// Counts those that are the same.
    pub watch: Watch,
}

impl Out<'_> {
    /// A pair of rows of one key.
    pub fn pair(&mut self, plan: &Plan<'_>, old: &Row<'_>, new: &Row<'_>) -> Result<()> {
        if plan.same(old.record, new.record, &mut (Vec::new(), Vec::new()))? {
            return self.alike(plan, old, new);
        }
        self.both(plan, old, new)
    }

    /// A pair of rows that are the same.
    pub fn alike(&mut self, plan: &Plan<'_>, old: &Row<'_>, new: &Row<'_>) -> Result<()> {
        self.same[0].set(old.row, true);
        self.same[1].set(new.row, true);
        self.moves(old, new);
        self.watch.same(plan, old.record)
    }

    /// A pair of rows that are not.
    pub fn both(&mut self, plan: &Plan<'_>, old: &Row<'_>, new: &Row<'_>) -> Result<()> {
        self.moves(old, new);
        let at = At { old: old.row, new: new.row };
        self.sink.both(at, &plan.old.cells(old.record)?, &plan.new.cells(new.record)?)
    }

    /// A row that came or went.
    pub fn alone(&mut self, plan: &Plan<'_>, row: &Row<'_>) -> Result<()> {
        let cells = plan.side(row.newer).cells(row.record)?;
        if row.newer { self.sink.added(row.row, &cells) } else { self.sink.removed(row.row, &cells) }
    }

    fn moves(&mut self, old: &Row<'_>, new: &Row<'_>) {
        if let Some(moved) = &mut self.moved {
            moved.pair(old.row, new.row);
        }
    }
}
