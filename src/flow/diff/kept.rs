//! The first changes by their place, within bounds, whatever the order in which they are found.

use std::collections::BTreeMap;

use super::found::{Change, Value};

/// The first of many, until they are too many or too long.
#[derive(Debug)]
pub(super) struct First<T> {
    kept: BTreeMap<u64, (T, usize, usize)>,
    items: usize,
    bytes: usize,
    most_items: usize,
    most_bytes: usize,
    /// From this place on nothing is kept: something there was too much already.
    end: Option<u64>,
}

impl<T> First<T> {
    pub(super) fn new(most_items: usize, most_bytes: usize) -> Self {
        First { kept: BTreeMap::new(), items: 0, bytes: 0, most_items, most_bytes, end: None }
    }

    /// Whether something at that place would be kept so far.
    pub(super) fn wants(&self, place: u64) -> bool {
        self.end.is_none_or(|end| place < end)
    }

    pub(super) fn offer(&mut self, place: u64, items: usize, bytes: usize, what: T) {
        if !self.wants(place) {
            return;
        }
        self.items += items;
        self.bytes += bytes;
        self.kept.insert(place, (what, items, bytes));
        while self.items > self.most_items || self.bytes > self.most_bytes {
            let Some((place, (_, items, bytes))) = self.kept.pop_last() else { break };
            self.items -= items;
            self.bytes -= bytes;
            self.end = Some(place);
        }
    }

    pub(super) fn into_sorted(self) -> impl Iterator<Item = (u64, T)> {
        self.kept.into_iter().map(|(place, (what, ..))| (place, what))
    }
}

/// What a value takes in memory, roughly.
pub(super) fn weight(values: &[Value]) -> usize {
    values.iter().map(|value| value.raw.len() + size_of::<Value>()).sum()
}

/// Edited, added and removed rows, each within bounds of its own: a million added rows hide no edit.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) edited: First<Change>,
    pub(super) added: First<Change>,
    pub(super) removed: First<Change>,
}

impl Kept {
    pub(super) fn new(most_items: usize, most_bytes: usize) -> Self {
        let first = || First::new(most_items, most_bytes);
        Kept { edited: first(), added: first(), removed: first() }
    }

    pub(super) fn into_changes(self) -> Vec<Change> {
        let mut newer: Vec<(u64, Change)> = self.edited.into_sorted().chain(self.added.into_sorted()).collect();
        newer.sort_by_key(|(place, _)| *place);
        newer.into_iter().chain(self.removed.into_sorted()).map(|(_, change)| change).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_keeps_a_beginning_whatever_the_order(sizes in prop::collection::vec(1_usize..9, 0..40), seed in any::<u64>(), most in 0_usize..60) {
            let mut order: Vec<usize> = (0..sizes.len()).collect();
            order.sort_by_key(|at| (*at as u64).wrapping_mul(seed | 1).rotate_left(17));
            let mut first = First::new(most, usize::MAX);
            for at in order {
                first.offer(at as u64, sizes[at], 1, at);
            }
            let mut sum = 0;
            let want: Vec<usize> = (0..sizes.len()).take_while(|at| { sum += sizes[*at]; sum <= most }).collect();
            prop_assert_eq!(first.into_sorted().map(|(_, at)| at).collect::<Vec<_>>(), want);
        }
    }
}
