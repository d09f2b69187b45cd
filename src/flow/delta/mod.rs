//! Deltas: how a version is made of an older one and the bytes that changed. A recipe is checked before it is followed,
//! and the object that it makes is hashed before it counts: what it says proves nothing.

mod codec;
mod plan;
#[cfg(test)]
mod tests;

pub use codec::{HEAD, Opening, head};
pub use plan::{pays, plan, worth};

use super::hash::Digest;
use crate::error::{Error, Result};

/// Where the bytes of a run are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// In the version it was made from.
    Base,
    /// In the delta itself.
    Data,
}

/// So many bytes of the object, which lie together somewhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// Where they lie in the object.
    pub at: u64,
    /// Bytes.
    pub length: u64,
    /// Where they come from.
    pub from: From,
    /// Where they lie there.
    pub offset: u64,
}

impl Run {
    /// Where it ends in the object.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.at + self.length
    }
}

/// How an object is made. Its runs cover the object exactly, in order, and use each byte of the data once, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipe {
    /// The object that it is made from.
    pub base: Digest,
    /// What must come out.
    pub sha256: Digest,
    /// Its bytes.
    pub size: u64,
    /// Bytes that do not come from the base.
    pub data: u64,
    runs: Vec<Run>,
}

impl Recipe {
    fn empty(base: Digest, sha256: Digest) -> Self {
        Recipe { base, sha256, size: 0, data: 0, runs: Vec::new() }
    }

    /// All runs.
    #[must_use]
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// Adds a run at the end; one that goes on where the last one ends is one with it.
    fn push(&mut self, from: From, offset: u64, length: u64) {
        let at = self.size;
        self.size += length;
        if from == From::Data {
            self.data += length;
        }
        match self.runs.last_mut() {
            Some(last) if last.from == from && last.offset + last.length == offset => last.length += length,
            _ => self.runs.push(Run { at, length, from, offset }),
        }
    }

    /// Refuses a recipe that reaches beyond its base.
    pub fn within(&self, base: u64) -> Result<()> {
        let beyond = |run: &&Run| run.from == From::Base && run.offset + run.length > base;
        match self.runs.iter().find(beyond) {
            None => Ok(()),
            Some(run) => Err(Error::integrity(format!(
                "the recipe takes {} bytes from {} of a base that has {base}",
                run.length, run.offset
            ))),
        }
    }

    /// What makes up (offset, length) of the object: runs, the first and the last cut to fit.
    pub fn range(&self, (offset, length): (u64, u64)) -> impl Iterator<Item = Run> + '_ {
        let end = offset.saturating_add(length).min(self.size);
        let first = self.runs.partition_point(|run| run.end() <= offset);
        self.runs[first..].iter().take_while(move |run| run.at < end).map(move |run| {
            let at = run.at.max(offset);
            Run { at, length: run.end().min(end) - at, offset: run.offset + (at - run.at), ..*run }
        })
    }

    /// Where (offset, length) of the object lies in the base, if all of it lies there together.
    #[must_use]
    pub fn unchanged(&self, range: (u64, u64)) -> Option<u64> {
        let mut runs = self.range(range);
        let only = runs.next().filter(|run| run.from == From::Base && run.length == range.1)?;
        runs.next().is_none().then_some(only.offset)
    }
}
