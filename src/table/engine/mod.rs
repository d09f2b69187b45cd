//! Compares two tables row by row, in bounded memory and whatever the order of their rows.
//!
//! 1. Both are walked at once while their keys arrive in the same order ([`align`]). Rows that are equal there are done
//!    with and only remembered by one bit. All others are left over ([`leftovers`]): in memory, or in scratch files.
//! 2. Keys that only ascend are unique ([`order`]). Else the hashes of the keys of the rows that are done with show which
//!    keys come up again; rows of such keys are fetched once more.
//! 3. What is left over is paired by its keys, part by part ([`join`]).

pub mod align;
pub mod bits;
pub mod hashes;
pub mod infer;
pub mod join;
pub mod leftovers;
pub mod order;
pub mod plan;
pub mod unkeyed;

#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::path::Path;

use self::align::{Aligned, align};
use self::bits::Bits;
use self::hashes::Hashes;
use self::join::{Join, recall, repeated};
use self::leftovers::Leftovers;
use self::plan::Plan;
use self::unkeyed::Unpaired;
use super::records::Records;
use crate::error::Result;
use crate::flow::diff::cell::Cell;
use crate::flow::diff::found::How;
use crate::flow::diff::key;
use crate::flow::diff::pairs::{Layout, Pairs};

/// How two tables are compared.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// The key that a person asked for.
    pub key: &'a [String],
    /// The key that the table has, by the names of its columns.
    pub primary: &'a [String],
    /// About how many bytes may be held.
    pub memory: usize,
    /// Where scratch files may lie.
    pub scratch: &'a Path,
}

impl Options<'_> {
    /// What rows that wait may take, so that a part of them can be paired beside.
    fn share(&self) -> usize {
        (self.memory / 4).max(1)
    }
}

/// Two tables whose key is known and that were walked once.
pub struct Walked<'a> {
    plan: Plan<'a>,
    aligned: Aligned,
    /// No key is there twice.
    unique: bool,
}

/// What was found besides what the sink was told.
pub struct Compared<'a> {
    new: &'a dyn Records,
    /// Rows of the older and of the newer side.
    pub rows: [u64; 2],
    /// Rows of the newer side that have an equal one on the older.
    same: Bits,
    /// Why rows were not paired as well as they could be, if so.
    pub partly: Option<String>,
}

/// Chooses the key and walks both sides.
pub fn walk<'a>(old: &'a dyn Records, new: &'a dyn Records, options: &Options<'_>) -> Result<Walked<'a>> {
    let (before, after) = (old.columns(), new.columns());
    if !options.key.is_empty() {
        return with(Plan::new(old, new, key::declared(options.key, before, after)?, How::Declared), options);
    }
    // A key that one side does not have is none.
    let primary = key::declared(options.primary, before, after).unwrap_or_default();
    if !primary.is_empty() {
        return with(Plan::new(old, new, primary, How::Primary), options);
    }
    infer::walk(old, new, options)
}

fn with<'a>(plan: Plan<'a>, options: &Options<'_>) -> Result<Walked<'a>> {
    let aligned = align(&plan, options.scratch, options.share())?;
    let unique = aligned.ascends || plan.unkeyed();
    Ok(Walked { plan, aligned, unique })
}

impl<'a> Walked<'a> {
    /// What the sink needs to know before the first row.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.plan.layout
    }

    /// Tells all that differs.
    pub fn tell(self, options: &Options<'_>, sink: &mut dyn Pairs) -> Result<Compared<'a>> {
        let Walked { plan, aligned, unique } = self;
        let Aligned { rows, mut same, from, mut keys, leftovers, .. } = aligned;
        if unique {
            keys = Hashes::new(options.scratch, 0, 1);
        } else {
            before(&plan, &same[1], from, &mut keys)?;
        }
        let mut taken = keys.sorted();
        let mut late = Leftovers::new(options.scratch, options.share(), plan.old.bytes());
        let (mut unpaired, mut again) = (Unpaired::new(options.share()), HashSet::new());
        let (mut number, mut have) = (None, Vec::new());
        leftovers.each(&mut |part, bytes| {
            while number.is_none_or(|number| number < part) {
                have = taken.next().transpose()?.unwrap_or_default();
                repeated(&have, &mut again);
                number = Some(number.map_or(0, |number| number + 1));
            }
            let (same, unpaired, again, late) = (&mut same, &mut unpaired, &mut again, &mut late);
            Join { plan: &plan, sink, same, unpaired, taken: &have, again, late }.part(bytes)
        })?;
        if !again.is_empty() {
            recall(&plan, &mut same, &again, &mut late)?;
            let mut rest = Leftovers::new(options.scratch, options.share(), 0);
            late.each(&mut |_, bytes| {
                let (same, unpaired, again, late) = (&mut same, &mut unpaired, &mut again, &mut rest);
                Join { plan: &plan, sink, same, unpaired, taken: &[], again, late }.part(bytes)
            })?;
        }
        unpaired.finish(&plan, sink)?;
        let partly = unpaired.full().then(|| {
            "so many rows differ that changed ones could not be told from removed and added ones without a key".to_owned()
        });
        let [_, same] = same;
        Ok(Compared { new: plan.new, rows, same, partly })
    }
}

/// Adds the keys of the equal rows before `from`, which were not kept while both sides ascended.
fn before(plan: &Plan<'_>, same: &Bits, from: Option<u64>, keys: &mut Hashes) -> Result<()> {
    let (mut number, mut key) = (0, Vec::new());
    let mut cursor = plan.new.open()?;
    while from.is_none_or(|from| number < from) {
        let Some(record) = cursor.record()? else { break };
        if same.has(number) {
            plan.key(true, record, &mut key)?;
            keys.add(hashes::of(&key))?;
        }
        number += 1;
    }
    Ok(())
}

impl Compared<'_> {
    /// Rows that are the same on both sides.
    #[must_use]
    pub fn same(&self) -> u64 {
        self.same.count()
    }

    /// Reads the newer side once more and gives the cells of some columns, by their positions there, for each row that
    /// has an equal one on the older side. `f` gets the place in `columns`. Together with the older cells of all rows
    /// that the sink was told, that is all of the older side; with the newer ones all of the newer.
    pub fn common(&self, columns: &[usize], f: &mut dyn FnMut(usize, Cell<'_>) -> Result<()>) -> Result<()> {
        let mut places = vec![None; self.new.columns().len()];
        for (place, column) in columns.iter().enumerate() {
            if let Some(it) = places.get_mut(*column) {
                *it = Some(place);
            }
        }
        let mut cursor = self.new.open()?;
        let mut number = 0;
        while let Some(record) = cursor.record()? {
            if self.same.has(number) {
                let mut told = Ok(());
                self.new.visit(record, &mut |column, cell| {
                    if let (Some(Some(place)), Ok(())) = (places.get(column), &told) {
                        told = f(*place, cell);
                    }
                })?;
                told?;
            }
            number += 1;
        }
        Ok(())
    }
}
