//! Compares two tables row by row, in bounded memory and whatever the order of their rows.
//!
//! 1. Both are walked at once while their keys arrive in the same order (`align`). Rows that are equal there are done
//!    with and only remembered by one bit. All others are left over (`leftovers`): in memory, or in scratch files.
//! 2. Keys that only ascend are unique (`order`). Else the hashes of the keys of the rows that are done with show which
//!    keys come up again; rows of such keys are fetched once more.
//! 3. What is left over is paired by its keys, part by part (`join`).

pub mod align;
pub mod bits;
pub mod compared;
pub mod hashes;
pub mod infer;
pub mod join;
pub mod leftovers;
pub mod order;
pub mod out;
pub mod plan;
pub mod some;
pub mod unkeyed;
pub mod watch;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;

use self::align::{Aligned, align};
use self::bits::Bits;
pub use self::compared::Compared;
use self::hashes::Hashes;
use self::join::Join;
use self::leftovers::Leftovers;
use self::out::Out;
use self::plan::Plan;
use super::records::Records;
use crate::error::Result;
use crate::flow::diff::found::How;
use crate::flow::diff::key;
use crate::flow::diff::moved::Moved;
use crate::flow::diff::pairs::{Layout, Pairs};

/// How two tables are compared.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// The key that a person asked for.
    pub key: &'a [String],
    /// Keys that were declared for the tables of a file, by their names.
    pub keys: Option<&'a BTreeMap<String, Vec<String>>>,
    /// The key that the table has, by the names of its columns.
    pub primary: &'a [String],
    /// Whether rows in another order are counted.
    pub order: bool,
    /// About how many bytes may be held.
    pub memory: usize,
    /// Where scratch files may lie.
    pub scratch: &'a Path,
}

impl<'a> Options<'a> {
    /// The key that was asked for or declared for one table of a file.
    #[cfg(feature = "tables")]
    pub(super) fn key_of(&self, table: &str) -> &'a [String] {
        match self.keys.and_then(|keys| keys.get(table)) {
            Some(declared) if self.key.is_empty() => declared,
            _ => self.key,
        }
    }

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

/// Chooses the key and walks both sides.
pub fn walk<'a>(old: &'a dyn Records, new: &'a dyn Records, options: &Options<'_>) -> Result<Walked<'a>> {
    let (before, after) = (old.columns().to_vec(), new.columns().to_vec());
    // A primary key that one side does not have is none.
    let (key, how) = match key::declared(options.key, &before, &after)? {
        key if key.is_empty() => (key::declared(options.primary, &before, &after).unwrap_or_default(), How::Primary),
        key => (key, How::Declared),
    };
    let layout = Layout { before, after, key, how, renamed: Vec::new() };
    if layout.key.is_empty() {
        infer::walk(old, new, layout, options)
    } else {
        with(Plan::new(old, new, layout, false), options, false)
    }
}

fn with<'a>(plan: Plan<'a>, options: &Options<'_>, prove: bool) -> Result<Walked<'a>> {
    let aligned = align(&plan, options.scratch, options.share(), prove)?;
    let unique = aligned.ascends || plan.unkeyed();
    Ok(Walked { plan, aligned, unique })
}

impl<'a> Walked<'a> {
    /// What the sink needs to know before the first row.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.plan.layout
    }

    /// The same with a layout in which columns that got another name are known.
    pub fn renamed(self, layout: Layout, options: &Options<'_>) -> Result<Walked<'a>> {
        if layout.renamed.is_empty() {
            return Ok(self);
        }
        let unique = self.unique;
        let walked = with(Plan::new(self.plan.old, self.plan.new, layout, false), options, false)?;
        Ok(Walked { unique, ..walked })
    }

    /// Tells all that differs.
    pub fn tell(self, options: &Options<'_>, sink: &mut dyn Pairs) -> Result<Compared<'a>> {
        let Walked { plan, aligned, unique } = self;
        let Aligned { rows, same, from, mut keys, leftovers, watch, .. } = aligned;
        if unique {
            keys = Hashes::new(options.scratch, 0, 1);
        } else {
            before(&plan, &same[1], from, &mut keys)?;
        }
        let mut passed = same.clone();
        let moved = options.order.then(|| Moved::new(options.share()));
        let mut join = Join::new(&plan, options.scratch, options.share(), Out { sink, same, moved, watch });
        let mut taken = keys.sorted();
        let (mut number, mut have) = (None, Vec::new());
        leftovers.each(&mut |part, bytes| {
            // A part that is parted again keeps its number.
            while number.is_none_or(|number| number < part) {
                have = taken.next().transpose()?.unwrap_or_default();
                join.again.repeated(&have);
                number = Some(number.map_or(0, |number| number + 1));
            }
            join.part(bytes, &have)
        })?;
        if !join.again.is_empty() {
            join.out.watch.forget();
            let late = join.recall(&mut passed, Leftovers::new(options.scratch, 0, 0))?;
            late.each(&mut |_, bytes| join.part(bytes, &[]))?;
        }
        join.unpaired.finish(&plan, &mut join.out)?;
        let many = "so many rows differ that changed ones could not be told from removed and added ones without a key";
        let mut partly = join.unpaired.full().then(|| many.to_owned());
        let Out { same, moved, watch, .. } = join.out;
        let moved = moved.map(|mut moved| {
            // Rows that were passed on both sides were passed in their order.
            passed[0].rows().zip(passed[1].rows()).for_each(|(old, new)| moved.pair(old, new));
            moved
        });
        if moved.as_ref().is_some_and(Moved::full) {
            partly.get_or_insert_with(|| "so many rows are in another order that they could not be counted".to_owned());
        }
        let [passed, _] = passed;
        Ok(Compared { sides: [plan.old, plan.new], rows, same, passed, watch, moved, partly })
    }
}

/// Adds the keys of the equal rows before `from`, which were not kept while both sides ascended.
fn before(plan: &Plan<'_>, same: &Bits, from: Option<u64>, keys: &mut Hashes) -> Result<()> {
    let (mut number, mut key) = (0, Vec::new());
    let mut cursor = plan.new.open()?;
    while number < from.unwrap_or(same.end()) {
        let Some(record) = cursor.record()? else { break };
        if same.has(number) {
            plan.key(true, record, &mut key)?;
            keys.add(hashes::of(&key))?;
        }
        number += 1;
    }
    Ok(())
}
