//! One bit for each row of a side.

/// Rows that have something in common. Those beyond the last one that was set have it not.
#[derive(Clone, Debug, Default)]
pub struct Bits {
    words: Vec<u64>,
}

impl Bits {
    /// Marks a row, or takes the mark from it.
    pub fn set(&mut self, row: u64, is: bool) {
        let (word, bit) = place(row);
        if word >= self.words.len() {
            if !is {
                return;
            }
            self.words.resize(word + 1, 0);
        }
        if is {
            self.words[word] |= bit;
        } else {
            self.words[word] &= !bit;
        }
    }

    /// Whether a row is marked.
    #[must_use]
    pub fn has(&self, row: u64) -> bool {
        let (word, bit) = place(row);
        self.words.get(word).is_some_and(|word| word & bit != 0)
    }

    /// A row behind the last one that is marked.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.words.len() as u64 * 64
    }

    /// Those that are, in their order.
    pub fn rows(&self) -> impl Iterator<Item = u64> {
        let words = self.words.iter().zip(0_u64..).filter(|(word, _)| **word != 0);
        words.flat_map(|(word, n)| (0..64).filter(move |bit| word >> bit & 1 != 0).map(move |bit| n * 64 + bit))
    }

    /// How many are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.words.iter().map(|word| u64::from(word.count_ones())).sum()
    }
}

/// Rows are counted one by one as they are read, so that their numbers fit.
fn place(row: u64) -> (usize, u64) {
    (usize::try_from(row / 64).unwrap_or(usize::MAX), 1 << (row % 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_set_and_taken() {
        let mut bits = Bits::default();
        [0, 63, 64, 1000].iter().for_each(|row| bits.set(*row, true));
        bits.set(64, false);
        bits.set(9999, false);
        let marked: Vec<u64> = (0..2000).filter(|row| bits.has(*row)).collect();
        assert_eq!((marked, bits.count()), (vec![0, 63, 1000], 3));
        assert_eq!(bits.rows().collect::<Vec<_>>(), [0, 63, 1000]);
    }
}
