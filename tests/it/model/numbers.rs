//! Values by number, so that a state of the model is small; and answers of pure functions, so that each is asked once.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::RwLock;

/// Values, each under a small number, in the order in which they were met.
pub struct Numbers<K, V>(RwLock<(HashMap<K, usize>, Vec<V>)>);

impl<K: Eq + Hash, V: Clone> Numbers<K, V> {
    /// The number of a value that is known by `key`.
    pub fn of(&self, key: K, value: impl FnOnce() -> V) -> usize {
        if let Some(number) = self.0.read().unwrap().0.get(&key) {
            return *number;
        }
        let (numbers, values) = &mut *self.0.write().unwrap();
        *numbers.entry(key).or_insert_with(|| {
            values.push(value());
            values.len() - 1
        })
    }

    /// The value of a number that was given.
    pub fn get(&self, number: usize) -> V {
        self.0.read().unwrap().1[number].clone()
    }
}

impl<K, V> Default for Numbers<K, V> {
    fn default() -> Self {
        Numbers(RwLock::default())
    }
}

/// The answers of a pure function.
pub struct Memo<K, V>(RwLock<HashMap<K, V>>);

impl<K: Eq + Hash + Clone, V: Clone> Memo<K, V> {
    /// The answer to that question.
    pub fn of(&self, key: K, answer: impl FnOnce(&K) -> V) -> V {
        if let Some(known) = self.0.read().unwrap().get(&key) {
            return known.clone();
        }
        let value = answer(&key);
        self.0.write().unwrap().insert(key, value.clone());
        value
    }
}

impl<K, V> Default for Memo<K, V> {
    fn default() -> Self {
        Memo(RwLock::default())
    }
}

/// A set of small numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Bits(u32);

impl Bits {
    /// Whether it is in there.
    pub fn has(self, number: usize) -> bool {
        self.0 >> number & 1 == 1
    }

    /// With that number.
    #[must_use]
    pub fn with(self, number: usize) -> Self {
        assert!(number < 32, "a play has few objects");
        Bits(self.0 | 1 << number)
    }

    /// Without that number.
    #[must_use]
    pub fn without(self, number: usize) -> Self {
        Bits(self.0 & !(1 << number))
    }

    /// The lowest number.
    pub fn first(self) -> Option<usize> {
        self.iter().next()
    }

    /// All numbers.
    pub fn iter(self) -> impl Iterator<Item = usize> {
        (0..32).filter(move |number| self.has(*number))
    }
}

impl FromIterator<usize> for Bits {
    fn from_iter<I: IntoIterator<Item = usize>>(numbers: I) -> Self {
        numbers.into_iter().fold(Bits::default(), Bits::with)
    }
}
