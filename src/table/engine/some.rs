//! Some pairs of rows, the same ones whatever the order of the rows: those whose keys have the lowest hashes.

use super::hashes;
use super::join::Join;
use super::leftovers::{Leftovers, Row};
use super::out::Out;
use super::plan::Plan;
use super::watch::Watch;
use super::{Options, Walked};
use crate::error::Result;
use crate::flow::diff::pairs::Pairs;

impl Walked<'_> {
    /// Tells about so many pairs of rows of equal keys, equal or not.
    pub fn some(&self, most: u64, options: &Options<'_>, sink: &mut dyn Pairs) -> Result<()> {
        let plan = Plan::new(self.plan.old, self.plan.new, self.plan.layout.clone(), true);
        let [before, after] = self.aligned.rows;
        let highest = u64::MAX / before.max(after).div_ceil(most.max(1)).max(1);
        let mut rows = Leftovers::new(options.scratch, options.share(), options.share() as u64 * 4);
        let mut key = Vec::new();
        for newer in [false, true] {
            let (mut cursor, mut row) = (plan.side(newer).open()?, 0);
            while let Some(record) = cursor.record()? {
                plan.key(newer, record, &mut key)?;
                let hash = hashes::of(&key);
                if hash <= highest {
                    // The lowest hashes alone would all fall in the first part.
                    let hash = hash.wrapping_mul(u64::MAX / highest);
                    rows.add(&Row { hash, newer, row, record })?;
                }
                row += 1;
            }
        }
        let out = Out { sink, same: Default::default(), moved: None, watch: Watch::off() };
        let mut join = Join::new(&plan, options.scratch, options.share(), out);
        rows.each(&mut |_, part| join.part(part, &[]))
    }
}
