//! Rows without a key that have no equal one on the other side: those that are much alike are taken for one.

use std::collections::HashSet;

use super::leftovers::Row;
use super::out::Out;
use super::plan::Plan;
use crate::error::Result;
use crate::flow::diff::alike::similar;

/// More rows of a side are not looked at for similar ones.
const ROWS: usize = 50_000;

/// Rows of each side that wait for a similar one.
pub struct Unpaired {
    sides: [Vec<Held>; 2],
    /// More bytes are not held.
    most: usize,
    held: usize,
    full: bool,
}

struct Held {
    row: u64,
    record: Vec<u8>,
}

impl Held {
    fn row(&self, newer: bool) -> Row<'_> {
        Row { hash: 0, newer, row: self.row, record: &self.record }
    }
}

impl Unpaired {
    /// None yet.
    #[must_use]
    pub fn new(most: usize) -> Unpaired {
        Unpaired { sides: Default::default(), most, held: 0, full: false }
    }

    /// Whether there were too many, so that none were paired.
    #[must_use]
    pub fn full(&self) -> bool {
        self.full
    }

    /// One more; once there are too many, they are told as they are.
    pub fn add(&mut self, plan: &Plan<'_>, out: &mut Out<'_>, row: &Row<'_>) -> Result<()> {
        if self.full {
            return out.alone(plan, row);
        }
        let side = &mut self.sides[usize::from(row.newer)];
        side.push(Held { row: row.row, record: row.record.to_vec() });
        self.held += row.record.len();
        if side.len() > ROWS || self.held > self.most {
            self.full = true;
            return self.tell(plan, out);
        }
        Ok(())
    }

    fn tell(&mut self, plan: &Plan<'_>, out: &mut Out<'_>) -> Result<()> {
        for (newer, side) in [false, true].into_iter().zip(&mut self.sides) {
            side.drain(..).try_for_each(|held| out.alone(plan, &held.row(newer)))?;
        }
        Ok(())
    }

    /// Pairs those that are alike and tells of all.
    pub fn finish(&mut self, plan: &Plan<'_>, out: &mut Out<'_>) -> Result<()> {
        self.sides.iter_mut().for_each(|side| side.sort_unstable_by_key(|held| held.row));
        let cells = |newer: bool| -> Result<Vec<Vec<u64>>> {
            self.sides[usize::from(newer)].iter().map(|held| plan.cells(newer, &held.record)).collect()
        };
        let pairs = similar(&cells(false)?, &cells(true)?);
        for (one, other) in &pairs {
            out.both(plan, &self.sides[0][*one].row(false), &self.sides[1][*other].row(true))?;
        }
        let paired = |pick: fn(&(usize, usize)) -> usize| pairs.iter().map(pick).collect::<HashSet<usize>>();
        for (side, paired) in self.sides.iter_mut().zip([paired(|pair| pair.0), paired(|pair| pair.1)]) {
            let mut number = 0..;
            side.retain(|_| number.next().is_none_or(|number| !paired.contains(&number)));
        }
        self.tell(plan, out)
    }
}
