//! How many rows are in another order: those that would have to be moved so that all others are in the old one.

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

    /// The number of moved rows; `None` if there were too many to count.
    #[must_use]
    pub fn count(mut self) -> Option<u64> {
        if self.full {
            return None;
        }
        let all: u64 = self.runs.iter().map(|run| run.rows).sum();
        self.runs.sort_unstable_by_key(|run| run.new);
        let mut places: Vec<u64> = self.runs.iter().map(|run| run.old).collect();
        places.sort_unstable();
        // The most rows in order that end at a place or before it: a tree of maxima.
        let mut best = vec![0_u64; places.len() + 1];
        for run in &self.runs {
            let place = places.partition_point(|old| *old < run.old);
            let mut before = 0;
            let mut at = place;
            while at > 0 {
                before = before.max(best[at]);
                at &= at - 1;
            }
            at = place + 1;
            while at < best.len() {
                best[at] = best[at].max(before + run.rows);
                at += at & at.wrapping_neg();
            }
        }
        Some(all - best.into_iter().max().unwrap_or(0))
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
            }
        }
    }
}
