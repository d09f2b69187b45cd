//! What differs between two Parquet files, by the numbers of rows; and how that is told.

use super::open::BATCH;
use super::rows::Rows;
use crate::error::Result;
use crate::flow::diff::found::At;
use crate::flow::diff::key::Place;
use crate::flow::diff::pairs::Pairs;
use crate::flow::diff::passing::Passing;
use crate::table::engine::bits::Bits;
use crate::table::engine::{Compared, Options};
use crate::table::typed::{cells, changed_under_us};

/// What differs.
#[derive(Default)]
pub(super) struct Differences {
    /// Rows of each side.
    pub(super) rows: [u64; 2],
    /// Rows that are on both sides, sorted by their numbers on the newer one.
    pub(super) both: Vec<At>,
    /// Rows that only the newer side has, sorted.
    pub(super) added: Vec<u64>,
    /// Rows that only the older side has, sorted.
    pub(super) removed: Vec<u64>,
    /// Keys that both sides have.
    pub(super) met: u64,
    /// The records of all these rows, if they were at hand.
    pub(super) held: Option<Held>,
    /// What was counted of rows of the older side that are the same, and which rows those are.
    pub(super) counted: Option<(Passing, Bits)>,
}

/// Records, in the order of the rows above.
#[derive(Default)]
pub(super) struct Held {
    pub(super) both: Vec<[Vec<u8>; 2]>,
    pub(super) added: Vec<Vec<u8>>,
    pub(super) removed: Vec<Vec<u8>>,
}

impl Differences {
    /// How many rows.
    pub(super) fn count(&self) -> usize {
        self.both.len() + self.added.len() + self.removed.len()
    }

    /// Whether at least half the rows of the smaller side are on the other.
    pub(super) fn identifies(&self) -> bool {
        self.met.saturating_mul(2) >= self.rows[0].min(self.rows[1])
    }

    /// Tells the rows that differ.
    pub(super) fn tell<'a>(
        mut self,
        sides: [&'a Rows; 2],
        key: &[Place],
        options: &Options<'_>,
        pairs: &mut dyn Pairs,
    ) -> Result<Compared<'a>> {
        match self.held.take() {
            Some(held) => self.at_hand(&held, pairs)?,
            None => self.read_again(sides, key, options, pairs)?,
        }
        let mut other: [Bits; 2] = Default::default();
        self.both.iter().map(|at| at.old).chain(self.removed.iter().copied()).for_each(|row| other[0].set(row, true));
        self.both.iter().map(|at| at.new).chain(self.added.iter().copied()).for_each(|row| other[1].set(row, true));
        let [old, new] = sides;
        let compared = Compared::all_but([old, new], self.rows, other, options);
        Ok(match self.counted {
            Some((passing, passed)) => compared.counted(passing, passed),
            None => compared,
        })
    }

    fn at_hand(&self, held: &Held, pairs: &mut dyn Pairs) -> Result<()> {
        for (row, record) in self.removed.iter().zip(&held.removed) {
            pairs.removed(*row, &cells(record)?)?;
        }
        for (row, record) in self.added.iter().zip(&held.added) {
            pairs.added(*row, &cells(record)?)?;
        }
        for (at, [old, new]) in self.both.iter().zip(&held.both) {
            pairs.both(*at, &cells(old)?, &cells(new)?)?;
        }
        Ok(())
    }

    fn read_again(
        &self,
        [old, new]: [&Rows; 2],
        key: &[Place],
        options: &Options<'_>,
        pairs: &mut dyn Pairs,
    ) -> Result<()> {
        old.chosen(&self.removed, &mut |row, record| pairs.removed(row, &cells(record)?))?;
        new.chosen(&self.added, &mut |row, record| pairs.added(row, &cells(record)?))?;
        let (mut rest, mut next) = (self.both.as_slice(), BATCH);
        while !rest.is_empty() {
            let (batch, later) = rest.split_at(next.min(rest.len()));
            rest = later;
            let mut older: Vec<u64> = batch.iter().map(|at| at.old).collect();
            older.sort_unstable();
            let newer: Vec<u64> = batch.iter().map(|at| at.new).collect();
            let kept = old.kept(&older)?;
            let mut at = batch.iter();
            new.chosen(&newer, &mut |_, record| {
                let at = at.next().copied().ok_or_else(changed_under_us)?;
                let before = kept.get(&at.old).ok_or_else(changed_under_us)?;
                let (before, after) = (cells(before)?, cells(record)?);
                if key.iter().all(|(a, b)| before.get(*a).map(|cell| &cell.raw) == after.get(*b).map(|cell| &cell.raw))
                {
                    return pairs.both(at, &before, &after);
                }
                // Two keys had one hash.
                pairs.removed(at.old, &before)?;
                pairs.added(at.new, &after)
            })?;
            let weight: usize = kept.values().map(|record| 64 + record.len()).sum();
            next = (options.memory / 4 * batch.len() / weight.max(1)).max(BATCH);
        }
        Ok(())
    }
}
