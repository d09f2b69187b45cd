//! Keys that only ever ascend are unique, without any of them being remembered.

use std::cmp::Ordering;

/// Follows the keys of one side.
#[derive(Clone, Debug, Default)]
pub struct Order {
    last: Option<Vec<u8>>,
    /// Broke the order of bytes: `S10` before `S9`.
    bytes: bool,
    /// Broke the order of length, then bytes, which is that of whole numbers.
    numbers: bool,
}

impl Order {
    /// The next key.
    pub fn see(&mut self, key: &[u8]) {
        if !self.ascends() {
            return;
        }
        match &mut self.last {
            None => self.last = Some(key.to_vec()),
            Some(last) => {
                self.bytes |= last.as_slice() >= key;
                self.numbers |= numbers(last, key) != Ordering::Less;
                last.clear();
                last.extend_from_slice(key);
            }
        }
    }

    /// Whether every key so far was behind the one before it.
    #[must_use]
    pub fn ascends(&self) -> bool {
        !self.bytes || !self.numbers
    }

    /// Which of two keys comes first, in an order that both sides keep so far; `None` if there is no such order.
    #[must_use]
    pub fn compare(&self, other: &Order, one: &[u8], two: &[u8]) -> Option<Ordering> {
        if !self.numbers && !other.numbers {
            return Some(numbers(one, two));
        }
        (!self.bytes && !other.bytes).then(|| one.cmp(two))
    }
}

fn numbers(one: &[u8], two: &[u8]) -> Ordering {
    one.len().cmp(&two.len()).then_with(|| one.cmp(two))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(keys: &[&str]) -> Order {
        let mut order = Order::default();
        keys.iter().for_each(|key| order.see(key.as_bytes()));
        order
    }

    #[test]
    fn numbers_and_words_ascend_in_their_own_way() {
        assert!(of(&["9", "10", "11"]).ascends());
        assert!(of(&["a", "aa", "b"]).ascends());
        assert!(!of(&["9", "10", "1"]).ascends());
        assert!(!of(&["a", "a"]).ascends());
    }

    #[test]
    fn sides_are_compared_in_an_order_that_both_keep() {
        let numbers = of(&["9", "10"]);
        let words = of(&["aa", "b"]);
        assert_eq!(numbers.compare(&numbers, b"9", b"11"), Some(Ordering::Less));
        assert_eq!(words.compare(&words, b"aaa", b"b"), Some(Ordering::Less));
        assert_eq!(numbers.compare(&words, b"1", b"2"), None);
    }
}
