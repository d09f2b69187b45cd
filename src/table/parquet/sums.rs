//! A sum for each row of a batch: the words of its values, each times a number that is drawn anew for every comparison.
//! Rows that are not the same have the same sum once in 2^64, whoever wrote them (multilinear hashing).

use std::hash::{BuildHasher as _, RandomState};

use arrow_array::cast::AsArray as _;
use arrow_array::types::{
    Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
};
use arrow_array::types::{TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType};
use arrow_array::{Array, ArrayRef, ArrowPrimitiveType, PrimitiveArray};
use arrow_schema::{DataType, TimeUnit};

/// Words of a text that have a number each; a longer one is not summed up.
const WORDS: usize = 1 << 16;
/// Numbers of a column: two words, and that a value is missing.
const COLUMN: usize = 3;

/// The numbers of one comparison.
pub(super) struct Numbers {
    columns: Vec<[u128; COLUMN]>,
    text: Vec<u128>,
    random: RandomState,
}

impl Numbers {
    /// For so many columns.
    pub(super) fn new(columns: usize) -> Numbers {
        let mut numbers = Numbers { columns: Vec::new(), text: Vec::new(), random: RandomState::new() };
        numbers.columns = (0..columns).map(|column| [0, 1, 2].map(|n| numbers.draw(column * COLUMN + n))).collect();
        numbers
    }

    fn draw(&self, place: usize) -> u128 {
        u128::from(self.random.hash_one((place, 0))) << 64 | u128::from(self.random.hash_one((place, 1)))
    }

    /// Adds the values of a column to the sums of their rows. `false`: there is a value that cannot be summed up.
    pub(super) fn add(&mut self, column: usize, array: &ArrayRef, sums: &mut [u128]) -> bool {
        match array.data_type() {
            DataType::Boolean => {
                let values = array.as_boolean();
                self.words(column, array, sums, |row| u64::from(values.value(row)));
            }
            DataType::Int8 => self.whole::<Int8Type>(column, array, sums),
            DataType::Int16 => self.whole::<Int16Type>(column, array, sums),
            DataType::Int32 => self.whole::<Int32Type>(column, array, sums),
            DataType::Int64 => self.whole::<Int64Type>(column, array, sums),
            DataType::Date32 => self.whole::<Date32Type>(column, array, sums),
            DataType::Timestamp(TimeUnit::Millisecond, _) => {
                self.whole::<TimestampMillisecondType>(column, array, sums)
            }
            DataType::Timestamp(TimeUnit::Microsecond, _) => {
                self.whole::<TimestampMicrosecondType>(column, array, sums)
            }
            DataType::Timestamp(TimeUnit::Nanosecond, _) => self.whole::<TimestampNanosecondType>(column, array, sums),
            // All that are no numbers are spelled alike.
            DataType::Float32 => {
                let values = array.as_primitive::<Float32Type>();
                let bits = |value: f32| if value.is_nan() { f32::NAN.to_bits() } else { value.to_bits() };
                self.words(column, array, sums, |row| u64::from(bits(values.value(row))));
            }
            DataType::Float64 => {
                let values = array.as_primitive::<Float64Type>();
                let bits = |value: f64| if value.is_nan() { f64::NAN.to_bits() } else { value.to_bits() };
                self.words(column, array, sums, |row| bits(values.value(row)));
            }
            DataType::Decimal128(..) => {
                let values = array.as_primitive::<Decimal128Type>();
                self.pairs(column, array, sums, |row| values.value(row).cast_unsigned());
            }
            DataType::Utf8 => {
                let values = array.as_string::<i32>();
                return self.texts(column, array, sums, |row| values.value(row).as_bytes());
            }
            DataType::Binary => {
                let values = array.as_binary::<i32>();
                return self.texts(column, array, sums, |row| values.value(row));
            }
            _ => return false,
        }
        true
    }

    fn whole<T: ArrowPrimitiveType<Native: Into<i64>>>(&self, column: usize, array: &ArrayRef, sums: &mut [u128]) {
        let values: &PrimitiveArray<T> = array.as_primitive::<T>();
        self.words(column, array, sums, |row| values.value(row).into().cast_unsigned());
    }

    fn words(&self, column: usize, array: &ArrayRef, sums: &mut [u128], word: impl Fn(usize) -> u64) {
        let [number, _, missing] = self.columns[column];
        for (row, sum) in sums.iter_mut().enumerate() {
            let more = if array.is_null(row) { missing } else { number.wrapping_mul(u128::from(word(row))) };
            *sum = sum.wrapping_add(more);
        }
    }

    fn pairs(&self, column: usize, array: &ArrayRef, sums: &mut [u128], pair: impl Fn(usize) -> u128) {
        let [low, high, missing] = self.columns[column];
        for (row, sum) in sums.iter_mut().enumerate() {
            let more = if array.is_null(row) { missing } else { both(low, high, pair(row)) };
            *sum = sum.wrapping_add(more);
        }
    }

    fn texts<'t>(
        &mut self,
        column: usize,
        array: &'t ArrayRef,
        sums: &mut [u128],
        text: impl Fn(usize) -> &'t [u8],
    ) -> bool {
        let [low, high, missing] = self.columns[column];
        for (row, sum) in sums.iter_mut().enumerate() {
            let more = if array.is_null(row) {
                missing
            } else {
                let Some(inner) = self.text(text(row)) else { return false };
                both(low, high, inner)
            };
            *sum = sum.wrapping_add(more);
        }
        true
    }

    /// The sum of a text: its length, then its words.
    fn text(&mut self, bytes: &[u8]) -> Option<u128> {
        let (words, tail) = bytes.as_chunks::<8>();
        if words.len() + 2 > WORDS {
            return None;
        }
        while self.text.len() < words.len() + 2 {
            self.text.push(self.draw(self.columns.len() * COLUMN + self.text.len()));
        }
        let mut last = [0; 8];
        last[..tail.len()].copy_from_slice(tail);
        let words = words.iter().chain([&last]).map(|word| u64::from_le_bytes(*word));
        let words = std::iter::once(bytes.len() as u64).chain(words);
        Some(
            self.text
                .iter()
                .zip(words)
                .fold(0, |sum, (number, word)| sum.wrapping_add(number.wrapping_mul(word.into()))),
        )
    }
}

fn both(low: u128, high: u128, pair: u128) -> u128 {
    low.wrapping_mul(u128::from(pair as u64)).wrapping_add(high.wrapping_mul(pair >> 64))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{BooleanArray, Float64Array, Int64Array, StringArray};

    use super::*;

    /// How many different sums the rows of two columns have.
    fn different(a: ArrayRef, b: ArrayRef) -> usize {
        let mut numbers = Numbers::new(2);
        let mut sums = vec![0; a.len()];
        assert!(numbers.add(0, &a, &mut sums) && numbers.add(1, &b, &mut sums));
        sums.sort_unstable();
        sums.dedup();
        sums.len()
    }

    #[test]
    fn other_rows_have_other_sums() {
        let texts =
            [Some(""), None, Some("a"), Some("a\0"), Some("\0a"), Some("aaaaaaaa"), Some("aaaaaaaaa"), Some("")];
        let flags = [None, Some(true), Some(false), None, None, None, None, Some(false)];
        assert_eq!(
            different(Arc::new(StringArray::from(texts.to_vec())), Arc::new(BooleanArray::from(flags.to_vec()))),
            8
        );
        let whole = [0, 1, -1, i64::MIN, 0, 1, 0, 0];
        let reals = [0.0, 0.0, 0.0, 0.0, -0.0, 1.0, f64::NAN, -f64::NAN];
        assert_eq!(
            different(Arc::new(Int64Array::from(whole.to_vec())), Arc::new(Float64Array::from(reals.to_vec()))),
            7
        );
    }
}
