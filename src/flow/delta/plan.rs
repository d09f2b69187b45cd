//! Compares two chunk lists: what the new version has in common with the old one, and whether a delta is worth it.

use std::collections::HashMap;

use super::codec::{HEAD, MOST, RECORD};
use super::{From, Recipe};
use crate::flow::chunk::Chunks;
use crate::flow::hash::Digest;

/// The recipe that makes the new object of the old one: neighbours in both are one run.
#[must_use]
pub fn plan(base: (Digest, &Chunks), new: (Digest, &Chunks)) -> Recipe {
    let mut first = HashMap::with_capacity(base.1.list().len());
    let mut offsets = Vec::with_capacity(base.1.list().len());
    for (at, (offset, chunk)) in base.1.placed().enumerate() {
        first.entry(chunk.blake3).or_insert(at);
        offsets.push(offset);
    }
    let old = base.1.list();
    let mut recipe = Recipe::empty(base.0, new.0);
    // Of equal chunks the one that goes on: long runs are what a store copies by itself.
    let mut next = 0;
    for chunk in new.1.list() {
        let length = u64::from(chunk.length);
        let goes_on = old.get(next).is_some_and(|old| old == chunk);
        let at = if goes_on { Some(next) } else { first.get(&chunk.blake3).copied() };
        match at.filter(|at| old[*at] == *chunk) {
            Some(at) => {
                next = at + 1;
                recipe.push(From::Base, offsets[at], length);
            }
            None => {
                // What was changed in place goes on behind the change.
                next += 1;
                recipe.push(From::Data, recipe.data, length);
            }
        }
    }
    recipe
}

/// Whether so many bytes are few enough beside an object of that size: at least a quarter is saved.
#[must_use]
pub fn pays(bytes: u64, size: u64) -> bool {
    bytes <= size / 4 * 3
}

/// Whether the delta is worth staging instead of the object.
#[must_use]
pub fn worth(recipe: &Recipe) -> bool {
    let ops = recipe.runs.len() as u64;
    ops <= MOST && pays(recipe.data + ops * RECORD + HEAD, recipe.size)
}
