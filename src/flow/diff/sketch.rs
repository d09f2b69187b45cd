//! Estimates in bounded memory that do not depend on the order of values: how many different ones, and how they lie.

use std::collections::HashMap;

use super::quick::Quick;

/// The number of different values, within about one percent (HyperLogLog, with Ertl's estimator).
#[derive(Clone, Debug)]
pub(super) struct Distinct {
    registers: Vec<u8>,
}

/// 2^14 registers.
const PLACES: u32 = 14;
/// Bits of a hash that are left for the rank.
const RANKS: u32 = 64 - PLACES;

impl Distinct {
    pub(super) fn new() -> Self {
        Distinct { registers: vec![0; 1 << PLACES] }
    }

    pub(super) fn add(&mut self, hash: u64) {
        let at = usize::try_from(hash >> RANKS).unwrap_or(0);
        let rank = (hash << PLACES).leading_zeros().min(RANKS) + 1;
        let register = &mut self.registers[at];
        *register = (*register).max(u8::try_from(rank).unwrap_or(u8::MAX));
    }

    pub(super) fn merge(&mut self, other: &Distinct) {
        for (mine, other) in self.registers.iter_mut().zip(&other.registers) {
            *mine = (*mine).max(*other);
        }
    }

    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an estimate"
    )]
    pub(super) fn estimate(&self) -> u64 {
        let many = self.registers.len() as f64;
        let mut counts = [0_u32; RANKS as usize + 2];
        self.registers.iter().for_each(|rank| counts[usize::from(*rank)] += 1);
        let mut z = many * tau(1.0 - f64::from(counts[RANKS as usize + 1]) / many);
        for count in counts[1..=RANKS as usize].iter().rev() {
            z = 0.5 * (z + f64::from(*count));
        }
        z += many * sigma(f64::from(counts[0]) / many);
        (many * many / (2.0 * std::f64::consts::LN_2) / z).round() as u64
    }
}

fn sigma(mut x: f64) -> f64 {
    if x >= 1.0 {
        return f64::INFINITY;
    }
    let (mut y, mut z) = (1.0, x);
    loop {
        x *= x;
        let before = z;
        z += x * y;
        y += y;
        if before.total_cmp(&z).is_eq() {
            return z;
        }
    }
}

fn tau(mut x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return 0.0;
    }
    let (mut y, mut z) = (1.0, 1.0 - x);
    loop {
        x = x.sqrt();
        let before = z;
        y *= 0.5;
        z -= (1.0 - x).powi(2) * y;
        if before.total_cmp(&z).is_eq() {
            return z / 3.0;
        }
    }
}

/// Counts of numbers in buckets whose width is a part of the number itself.
#[derive(Clone, Debug)]
pub(super) struct Quantiles {
    buckets: HashMap<u64, u64, Quick>,
    /// Those that came lately, each at a place of its own: they are counted there first.
    recent: Vec<(u64, u64)>,
    /// Bits of a number that a bucket ignores.
    ignored: u32,
    most: usize,
}

/// So many buckets have a place for the latest.
const RECENT: usize = 512;

/// Seven bits of the mantissa stay: a bucket is at most 1/128 wide, its middle at most 0.4 % off.
const IGNORED: u32 = 52 - 7;

impl Quantiles {
    pub(super) fn new(most: usize) -> Self {
        Quantiles { buckets: HashMap::default(), recent: Vec::new(), ignored: IGNORED, most }
    }

    /// No more buckets than these.
    pub(super) fn limit(&mut self, most: usize) {
        self.most = most.min(self.most);
        self.gather();
        self.bound();
    }

    pub(super) fn add(&mut self, number: f64, times: u64) {
        if self.recent.is_empty() {
            self.recent.resize(RECENT, (0, 0));
        }
        let bucket = ordered(number) >> self.ignored;
        let place = &mut self.recent[bucket as usize % RECENT];
        if place.0 == bucket {
            place.1 += times;
            return;
        }
        let (other, its) = std::mem::replace(place, (bucket, times));
        if its > 0 {
            *self.buckets.entry(other).or_default() += its;
            self.bound();
        }
    }

    /// Counts the latest with all others.
    fn gather(&mut self) {
        for (bucket, times) in std::mem::take(&mut self.recent) {
            if times > 0 {
                *self.buckets.entry(bucket).or_default() += times;
            }
        }
    }

    pub(super) fn merge(&mut self, other: &Quantiles) {
        self.gather();
        let ignored = self.ignored.max(other.ignored);
        self.coarsen(ignored);
        let all =
            other.buckets.iter().chain(other.recent.iter().filter(|(_, times)| *times > 0).map(|it| (&it.0, &it.1)));
        for (bucket, times) in all {
            *self.buckets.entry(bucket >> (ignored - other.ignored)).or_default() += times;
        }
        self.bound();
    }

    // Whether a width is too fine depends on the set of numbers only, so the end is the same in every order.
    fn bound(&mut self) {
        if self.buckets.len() > self.most {
            self.gather();
        }
        while self.buckets.len() > self.most && self.ignored < 62 {
            self.coarsen(self.ignored + 1);
        }
    }

    fn coarsen(&mut self, ignored: u32) {
        let shift = ignored - self.ignored;
        if shift > 0 {
            let finer = std::mem::take(&mut self.buckets);
            for (bucket, times) in finer {
                *self.buckets.entry(bucket >> shift).or_default() += times;
            }
            self.ignored = ignored;
        }
    }

    /// Numbers, each near the middle of its bucket, and how often they occur; the smallest first.
    pub(super) fn numbers(&self) -> impl Iterator<Item = (f64, u64)> {
        let mut all = self.clone();
        all.gather();
        all.bound();
        let ignored = all.ignored;
        let mut buckets: Vec<(u64, u64)> = all.buckets.into_iter().collect();
        buckets.sort_unstable();
        buckets.into_iter().map(move |(bucket, times)| {
            let low = bucket << ignored;
            // 0 has a bucket of its own beside the smallest numbers there are.
            (if low == ordered(0.0) { 0.0 } else { number(low | (1 << (ignored - 1))) }, times)
        })
    }
}

/// Bits that are ordered as the numbers are.
fn ordered(number: f64) -> u64 {
    // -0 is 0.
    let bits = (number + 0.0).to_bits();
    if bits >> 63 == 1 { !bits } else { bits | (1 << 63) }
}

fn number(ordered: u64) -> f64 {
    f64::from_bits(if ordered >> 63 == 1 { ordered ^ (1 << 63) } else { !ordered })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use xxhash_rust::xxh3::xxh3_64;

    use super::*;

    #[test]
    fn the_number_of_different_values_is_close() {
        for many in [0_u32, 1, 100, 10_000, 60_000, 400_000] {
            let mut distinct = Distinct::new();
            (0..many).for_each(|n| distinct.add(xxh3_64(&n.to_le_bytes())));
            let off = (distinct.estimate() as f64 - f64::from(many)).abs();
            assert!(off <= f64::from(many) * 0.025, "{many}: {}", distinct.estimate());
        }
    }

    proptest! {
        #[test]
        fn a_number_is_found_within_half_a_percent(number in any::<f64>().prop_filter("finite", |n| n.is_normal())) {
            let mut all = Quantiles::new(9);
            all.add(number, 3);
            let (near, times) = all.numbers().next().unwrap();
            prop_assert_eq!(times, 3);
            prop_assert!((near - number).abs() <= number.abs() * 0.005, "{} {}", near, number);
        }

        #[test]
        fn the_order_of_numbers_does_not_matter(mut numbers in prop::collection::vec(-1e6..1e6_f64, 0..60), cut in 0_usize..60) {
            let of = |numbers: &[f64]| {
                let mut all = Quantiles::new(8);
                numbers.iter().for_each(|n| all.add(*n, 1));
                all
            };
            let told = |all: &Quantiles| all.numbers().map(|(n, t)| (n.to_bits(), t)).collect::<Vec<_>>();
            let all = of(&numbers);
            let (left, right) = numbers.split_at(cut.min(numbers.len()));
            let mut merged = of(left);
            merged.merge(&of(right));
            prop_assert_eq!(told(&merged), told(&all));
            numbers.reverse();
            prop_assert_eq!(told(&of(&numbers)), told(&all));
        }
    }
}
