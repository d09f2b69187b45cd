//! How many rows are in another order: those that would have to be moved so that all others are in the old one.

use super::found::At;

/// Rows that follow each other on both sides.
#[derive(Clone, Copy, Debug)]
struct Run {
    old: u64,
    new: u64,
    rows: u64,
}

/// Takes where paired rows lie, in any order, and counts.
#[derive(Clone, Debug)]
pub struct Moved {
    runs: Vec<Run>,
    most: usize,
    full: bool,
}

impl Moved {
    /// About `most` bytes may be held.
    #[must_use]
    pub fn new(most: usize) -> Moved {
        // Counting takes as much again for each run.
        Moved { runs: Vec::new(), most: most / (2 * size_of::<Run>()), full: false }
    }

    /// A pair of rows.
    pub fn pair(&mut self, old: u64, new: u64) {
        if let Some(last) = self.runs.last_mut()
            && (last.old + last.rows, last.new + last.rows) == (old, new)
        {
            last.rows += 1;
            return;
        }
        self.full |= self.runs.len() >= self.most;
        if !self.full {
            self.runs.push(Run { old, new, rows: 1 });
        }
    }

    /// Whether there were too many to be told.
    #[must_use]
    pub fn full(&self) -> bool {
        self.full
    }

    /// The number of moved rows; `None` if there were too many to count.
    #[must_use]
    pub fn count(&self) -> Option<u64> {
        Some(self.runs()?.iter().map(|run| run.rows).sum())
    }

    /// Where the moved rows lie, on both sides; `None` if there were too many.
    #[must_use]
    pub fn rows(&self) -> Option<Vec<At>> {
        let places = |run: &Run| {
            let (old, new) = (run.old, run.new);
            (0..run.rows).map(move |n| At { old: old + n, new: new + n })
        };
        Some(self.runs()?.iter().flat_map(places).collect())
    }

    /// The fewest runs that have to be moved.
    fn runs(&self) -> Option<Vec<Run>> {
        if self.full {
            return None;
        }
        let mut runs = self.runs.clone();
        runs.sort_unstable_by_key(|run| run.new);
        let mut places: Vec<u64> = runs.iter().map(|run| run.old).collect();
        places.sort_unstable();
        // The most rows in order that end at a place or before it, and with which run: a tree of maxima.
        let mut best = vec![(0_u64, usize::MAX); places.len() + 1];
        // The run before each.
        let mut chain = Vec::with_capacity(runs.len());
        for (n, run) in runs.iter().enumerate() {
            let place = places.partition_point(|old| *old < run.old);
            let mut before = best[0];
            let mut at = place;
            while at > 0 {
                before = if best[at].0 > before.0 { best[at] } else { before };
                at &= at - 1;
            }
            chain.push(before.1);
            at = place + 1;
            while at < best.len() {
                if before.0 + run.rows > best[at].0 {
                    best[at] = (before.0 + run.rows, n);
                }
                at += at & at.wrapping_neg();
            }
        }
        let (_, mut last) = best.into_iter().max_by_key(|(rows, _)| *rows)?;
        let mut stay = vec![false; runs.len()];
        while let Some(run) = stay.get_mut(last) {
            *run = true;
            last = chain[last];
        }
        let mut stays = stay.into_iter();
        runs.retain(|_| !stays.next().unwrap_or(false));
        Some(runs)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn moved(olds: &[u64]) -> Option<u64> {
        let mut moved = Moved::new(1 << 20);
        olds.iter().enumerate().for_each(|(new, old)| moved.pair(*old, new as u64));
        moved.count()
    }

    #[test]
    fn the_fewest_rows_that_explain_the_order_are_moved() {
        assert_eq!(moved(&[]), Some(0));
        assert_eq!(moved(&[0, 1, 5, 6]), Some(0));
        assert_eq!(moved(&[3, 0, 1, 2]), Some(1));
        assert_eq!(moved(&[2, 3, 0, 1, 4]), Some(2));
        assert_eq!(moved(&[3, 2, 1, 0]), Some(3));
    }

    #[test]
    fn moved_rows_are_named() {
        let mut moved = Moved::new(1 << 20);
        [3, 0, 1, 7, 4, 5].iter().enumerate().for_each(|(new, old)| moved.pair(*old, new as u64));
        assert_eq!(moved.rows().unwrap(), [At { old: 3, new: 0 }, At { old: 7, new: 3 }]);
    }

    #[test]
    fn too_many_are_not_counted() {
        let mut moved = Moved::new(100);
        (0..10).for_each(|n| moved.pair(100 - 2 * n, n));
        assert_eq!(moved.count(), None);
    }

    proptest! {
        #[test]
        fn runs_do_not_matter(olds in Just((0..24_u64).collect::<Vec<_>>()).prop_shuffle(), cut in 0_usize..24) {
            let mut partly: Vec<u64> = (0..24).collect();
            partly[cut..].rotate_left((24 - cut) / 2);
            for olds in [olds, partly] {
                // The longest ascending part, by the definition.
                let mut best = vec![1_u64; olds.len()];
                for n in 0..olds.len() {
                    best[n] = (0..n).filter(|m| olds[*m] < olds[n]).map(|m| best[m] + 1).max().unwrap_or(1);
                }
                prop_assert_eq!(moved(&olds), Some(24 - best.into_iter().max().unwrap()));
                // Without them, all others are in order.
                let mut all = Moved::new(1 << 20);
                olds.iter().enumerate().for_each(|(new, old)| all.pair(*old, new as u64));
                let gone: Vec<u64> = all.rows().unwrap().iter().map(|at| at.old).collect();
                prop_assert!(olds.iter().filter(|old| !gone.contains(old)).is_sorted());
            }
        }
    }
}
