//! Which columns only got another name: they hold the same values in almost every shared row.

use super::cell::Cell;
use super::found::{At, Column};
use super::ladder::{Tolerance, differ};
use super::pairs::{Layout, Match, Pairs};
use crate::error::Result;

/// So many pairs of rows are enough. Which ones an engine gives must not depend on chance.
pub const ENOUGH: u64 = 100_000;
/// So many columns are tried against each other.
const CANDIDATES: usize = 4_096;
/// Of a hundred rows so many have to be alike.
const ALIKE: f64 = 95.0;

/// Tries every column that went against every one that came. It is a pass of its own, before [`super::tally::Tally`]:
/// only where [`Renames::wanted`], and over at most [`ENOUGH`] pairs of rows.
pub struct Renames {
    layout: Layout,
    candidates: Vec<Candidate>,
    pairs: u64,
}

struct Candidate {
    old: usize,
    new: usize,
    alike: u64,
    /// Rows in which at least one of the two holds something.
    filled: u64,
}

impl Renames {
    /// Before the first pair.
    #[must_use]
    pub fn new(layout: Layout) -> Renames {
        let (gone, come) = layout.alone();
        let of_kind = |(old, new): &(usize, usize)| compatible(&layout.before[*old], &layout.after[*new]);
        let all = gone.iter().flat_map(|old| come.iter().map(|new| (*old, *new))).filter(of_kind).take(CANDIDATES);
        let candidates = all.map(|(old, new)| Candidate { old, new, alike: 0, filled: 0 }).collect();
        Renames { layout, candidates, pairs: 0 }
    }

    /// Whether there is anything to try.
    #[must_use]
    pub fn wanted(&self) -> bool {
        !self.candidates.is_empty()
    }

    /// The layout, with what was found. Two columns that are empty throughout are no rename.
    #[must_use]
    pub fn settle(self) -> Layout {
        let mut layout = self.layout;
        let mut likely: Vec<&Candidate> = self.candidates.iter().filter(|one| one.filled > 0).collect();
        likely.sort_by_key(|one| (std::cmp::Reverse(one.alike), one.old, one.new));
        for one in likely {
            let alike = percent(one.alike, self.pairs);
            let taken = layout.renamed.iter().any(|m| m.old == one.old || m.new == one.new);
            if alike >= ALIKE && !taken {
                layout.renamed.push(Match { old: one.old, new: one.new, alike });
            }
        }
        layout.renamed.sort_by_key(|m| m.new);
        layout
    }
}

impl Pairs for Renames {
    fn both(&mut self, _: At, old: &[Cell<'_>], new: &[Cell<'_>]) -> Result<()> {
        self.pairs += 1;
        for one in &mut self.candidates {
            let (Some(old), Some(new)) = (old.get(one.old), new.get(one.new)) else { continue };
            one.filled += u64::from(!old.is_missing() || !new.is_missing());
            one.alike += u64::from(differ(old, new, false, Tolerance::default()).is_none());
        }
        Ok(())
    }

    fn added(&mut self, _: u64, _: &[Cell<'_>]) -> Result<()> {
        Ok(())
    }

    fn removed(&mut self, _: u64, _: &[Cell<'_>]) -> Result<()> {
        Ok(())
    }

    fn duplicates(&mut self, _: bool, _: u64, _: &[Cell<'_>]) -> Result<()> {
        Ok(())
    }

    fn all(&self) -> bool {
        true
    }
}

/// A kind that is not known fits every other.
fn compatible(old: &Column, new: &Column) -> bool {
    old.kind.is_empty() || new.kind.is_empty() || old.kind.eq_ignore_ascii_case(&new.kind)
}

#[expect(clippy::cast_precision_loss, reason = "a percentage")]
fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 * 100.0 / whole as f64 }
}
