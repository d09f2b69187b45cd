//! What a column holds, in bounded memory. Two parts of a column can be counted apart and merged.

use std::collections::HashMap;

use xxhash_rust::xxh3::{xxh3_64_with_seed, xxh3_128};

use super::cell::{Cell, Kind};
use super::found::{Count, Histogram, Stats, Value};
use super::ladder::float;
use super::quick::Quick;
use super::scale::{Scale, Span};
use super::sketch::{Distinct, Quantiles};

/// A column of no more values than these shows the most frequent.
const FEW: usize = 50;
/// So many of them.
const TOP: usize = 8;
/// Steps of a histogram.
const STEPS: usize = 24;
/// Longer values are counted by their hash at once.
const LONG: usize = 64;

/// Counts the cells of a column.
#[derive(Clone, Debug)]
pub struct Column {
    rows: u64,
    nulls: u64,
    scaled: [u64; 2],
    spans: [Span; 2],
    /// Every value with its kind before it, while they are few; then only estimates.
    values: Option<HashMap<Vec<u8>, u64, Quick>>,
    most: usize,
    distinct: Distinct,
    numbers: Quantiles,
    buffer: Vec<u8>,
}

impl Column {
    /// Of no cells; `most` different values are counted exactly.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Column {
            rows: 0,
            nulls: 0,
            scaled: [0; 2],
            spans: Default::default(),
            values: Some(HashMap::default()),
            most,
            distinct: Distinct::new(),
            numbers: Quantiles::new(most.max(1_024)),
            buffer: Vec::new(),
        }
    }

    /// The same as if `most` had been lower from the beginning.
    #[must_use]
    pub fn limited(mut self, most: usize) -> Self {
        self.most = most.min(self.most);
        self.numbers.limit(self.most.max(1_024));
        self.bound();
        self
    }

    /// One more cell.
    pub fn add(&mut self, cell: &Cell<'_>) {
        self.rows += 1;
        if cell.is_missing() {
            self.nulls += 1;
            return;
        }
        // Quotes around a value say nothing about it.
        let kind = if cell.kind == Kind::Quoted && !cell.raw.is_empty() { Kind::Bare } else { cell.kind };
        let mut number = None;
        if let Some((scale, place)) = Scale::place(kind, &cell.raw) {
            self.scaled[scale as usize] += 1;
            self.spans[scale as usize].add(scale, kind, &cell.raw, place);
            number = place.filter(|_| scale == Scale::Number);
        }
        if self.values.is_some() || cell.raw.len() > LONG {
            self.spell(kind, &cell.raw);
        }
        let Some(values) = &mut self.values else {
            self.distinct.add(if cell.raw.len() > LONG { hash(&self.buffer) } else { hash_of(kind as u8, &cell.raw) });
            number.into_iter().for_each(|number| self.numbers.add(number, 1));
            return;
        };
        match values.get_mut(self.buffer.as_slice()) {
            Some(times) => *times += 1,
            None => {
                values.insert(self.buffer.clone(), 1);
                self.bound();
            }
        }
    }

    /// Writes a value as it is counted.
    fn spell(&mut self, kind: Kind, raw: &[u8]) {
        self.buffer.clear();
        self.buffer.push(kind as u8);
        if raw.len() <= LONG {
            self.buffer.extend_from_slice(raw);
        } else {
            self.buffer.push(0);
            self.buffer.extend_from_slice(&xxh3_128(raw).to_le_bytes());
        }
    }

    /// The cells of another part.
    pub fn merge(&mut self, other: &Column) {
        self.rows += other.rows;
        self.nulls += other.nulls;
        for scale in [Scale::Number, Scale::Time] {
            let at = scale as usize;
            self.scaled[at] += other.scaled[at];
            for value in other.spans[at].ends.iter().flat_map(|(low, high)| [low, high]) {
                self.spans[at].add(scale, value.kind, &value.raw, None);
            }
        }
        match (&mut self.values, &other.values) {
            (Some(mine), Some(others)) => {
                others.iter().for_each(|(value, times)| *mine.entry(value.clone()).or_default() += times);
                self.bound();
            }
            (_, Some(others)) => others.iter().for_each(|(value, times)| self.estimate(value, *times)),
            (_, None) => {
                self.let_go();
                self.distinct.merge(&other.distinct);
                self.numbers.merge(&other.numbers);
            }
        }
    }

    fn bound(&mut self) {
        if self.values.as_ref().is_some_and(|values| values.len() > self.most) {
            self.let_go();
        }
    }

    fn let_go(&mut self) {
        for (value, times) in self.values.take().unwrap_or_default() {
            self.estimate(&value, times);
        }
    }

    fn estimate(&mut self, value: &[u8], times: u64) {
        self.distinct.add(hash(value));
        number(value).into_iter().for_each(|number| self.numbers.add(number, times));
    }

    /// The scale of almost all its values.
    pub(super) fn scale(&self) -> Option<Scale> {
        let filled = self.rows - self.nulls;
        let rules = |scale: &Scale| filled > 0 && self.scaled[*scale as usize] >= filled - filled / 10;
        [Scale::Number, Scale::Time].into_iter().find(rules)
    }

    pub(super) fn span(&self, scale: Scale) -> &Span {
        &self.spans[scale as usize]
    }

    fn numbers(&self) -> Vec<(f64, u64)> {
        let Some(values) = &self.values else { return self.numbers.numbers().collect() };
        let mut numbers: Vec<_> = values.iter().filter_map(|(value, times)| Some((number(value)?, *times))).collect();
        numbers.sort_by(|a, b| a.0.total_cmp(&b.0));
        numbers
    }

    /// What it holds; the histogram is drawn between the bounds of both sides.
    #[must_use]
    pub fn stats(&self, bounds: Option<(f64, f64)>) -> Stats {
        let scale = self.scale();
        let ends = scale.and_then(|scale| self.span(scale).ends.clone());
        let (min, max) = ends.map_or((None, None), |(low, high)| (Some(low), Some(high)));
        let numbers = if scale == Some(Scale::Number) { self.numbers() } else { Vec::new() };
        let distinct = match &self.values {
            Some(values) => Count { number: values.len() as u64, about: false },
            None => Count { number: self.distinct.estimate(), about: true },
        };
        let histogram = bounds.filter(|_| !numbers.is_empty()).and_then(|bounds| histogram(&numbers, bounds));
        let (rows, nulls, median, top) = (self.rows, self.nulls, median(&numbers), self.top());
        Stats { rows, nulls, min, max, median, distinct, top, histogram }
    }

    fn top(&self) -> Vec<(Value, u64)> {
        let few = |values: &&HashMap<_, _, _>| values.len() <= FEW && values.len() as u64 <= self.rows / 2;
        let Some(values) = self.values.as_ref().filter(few) else { return Vec::new() };
        let mut top: Vec<_> = values.iter().filter_map(|(value, times)| Some((value_of(value)?, *times))).collect();
        top.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        top.truncate(TOP);
        top
    }

    /// The smallest and largest number.
    pub(super) fn bounds(&self) -> Option<(f64, f64)> {
        let (low, high) = self.span(self.scale().filter(|scale| *scale == Scale::Number)?).ends.as_ref()?;
        float(&low.raw).zip(float(&high.raw))
    }
}

const KINDS: [Kind; 9] =
    [Kind::Bare, Kind::Quoted, Kind::Text, Kind::Integer, Kind::Real, Kind::Bool, Kind::Time, Kind::Blob, Kind::Nested];

/// Of a value as it is counted. It has no seed: an estimate is the same everywhere.
fn hash(value: &[u8]) -> u64 {
    value.split_first().map_or(0, |(kind, raw)| hash_of(*kind, raw))
}

fn hash_of(kind: u8, raw: &[u8]) -> u64 {
    xxh3_64_with_seed(raw, u64::from(kind))
}

/// A counted value; a long one was not kept.
fn value_of(value: &[u8]) -> Option<Value> {
    let (kind, raw) = value.split_first()?;
    let kind = KINDS.into_iter().find(|known| *known as u8 == *kind)?;
    (raw.len() != 17 || raw[0] != 0).then(|| Value { kind, raw: raw.to_vec() })
}

fn number(value: &[u8]) -> Option<f64> {
    let value = value_of(value)?;
    if Scale::of(value.kind, &value.raw) == Some(Scale::Number) { float(&value.raw) } else { None }
}

/// Of sorted numbers; between two of them where their number is even.
fn median(numbers: &[(f64, u64)]) -> Option<f64> {
    let all: u64 = numbers.iter().map(|(_, times)| times).sum();
    let at = |rank: u64| {
        let mut seen = 0;
        numbers
            .iter()
            .find(|(_, times)| {
                seen += times;
                seen > rank
            })
            .map(|(number, _)| *number)
    };
    let (low, high) = (at(all.checked_sub(1)? / 2)?, at(all / 2)?);
    Some(low / 2.0 + high / 2.0)
}

#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a picture")]
fn histogram(numbers: &[(f64, u64)], (from, to): (f64, f64)) -> Option<Histogram> {
    let width = (to - from) / STEPS as f64;
    if !width.is_finite() || width <= 0.0 {
        return None;
    }
    let mut counts = vec![0; STEPS];
    for (number, times) in numbers {
        let step = ((number - from) / width).max(0.0) as usize;
        counts[step.min(STEPS - 1)] += times;
    }
    Some(Histogram { from, to, counts })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(values: &[String], most: usize) -> Column {
        let mut column = Column::new(most);
        values.iter().for_each(|value| column.add(&Cell::new(Kind::Bare, value.as_bytes())));
        column
    }

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(|word| word.trim_matches('_').to_owned()).collect()
    }

    #[test]
    fn numbers_have_ends_and_a_middle() {
        let stats = of(&words("3 1.50 _ 2 10 1e3"), 99).stats(Some((0.0, 1000.0)));
        let shown = |value: &Option<Value>| String::from_utf8(value.clone().unwrap().raw).unwrap();
        assert_eq!((shown(&stats.min), shown(&stats.max), stats.median), ("1.50".into(), "1e3".into(), Some(3.0)));
        assert_eq!((stats.rows, stats.nulls, stats.distinct), (6, 1, Count { number: 5, about: false }));
        let histogram = stats.histogram.unwrap();
        assert_eq!((histogram.counts[0], histogram.counts[STEPS - 1], histogram.counts.iter().sum::<u64>()), (4, 1, 5));
    }

    #[test]
    fn few_values_are_told_by_name_and_many_are_estimated() {
        let stats = of(&words("a b a a c b a a"), 99).stats(None);
        assert_eq!(stats.top.iter().map(|(_, times)| *times).collect::<Vec<_>>(), [5, 2, 1]);
        assert_eq!((stats.min, stats.median), (None, None));
        let many: Vec<String> = (0..20_000).map(|n| n.to_string()).collect();
        let stats = of(&many, 1_000).stats(None);
        assert!(stats.distinct.about && stats.distinct.number.abs_diff(20_000) < 500, "{:?}", stats.distinct);
        assert!((stats.median.unwrap() - 10_000.0).abs() < 50.0, "{:?}", stats.median);
        assert_eq!(stats.max.unwrap().raw, b"19999");
    }

    #[test]
    fn times_have_ends_and_mixed_text_has_none() {
        let stats = of(&words("2026-11-21 2026-11-20T10:00:00Z 2026-11-22"), 9).stats(None);
        assert_eq!(
            (stats.min.unwrap().raw, stats.max.unwrap().raw),
            (b"2026-11-20T10:00:00Z".to_vec(), b"2026-11-22".to_vec())
        );
        assert_eq!(of(&words("1 a 2 b"), 9).stats(None).max, None);
    }

    /// A column of anything, or of numbers, or of times.
    fn any_values() -> impl Strategy<Value = Vec<String>> {
        let column = |values: &'static str| prop::collection::vec(values, 0..40);
        let times = "2026-01-0[1-3](T00:00:00Z|T01:00:00\\+01:00)?";
        prop_oneof![column("[0-9]{0,3}|[a-c]|2026-01-0[1-9]"), column("-?[0-3](\\.0|\\.00)?"), column(times)]
    }

    proptest! {
        #[test]
        fn neither_order_nor_parts_matter(mut values in any_values(), cut in 0_usize..40, most in 1_usize..30) {
            let whole = of(&values, most).stats(Some((0.0, 999.0)));
            let (left, right) = values.split_at(cut.min(values.len()));
            let mut merged = of(left, most);
            merged.merge(&of(right, most));
            prop_assert_eq!(merged.stats(Some((0.0, 999.0))), whole.clone());
            values.reverse();
            prop_assert_eq!(of(&values, most).stats(Some((0.0, 999.0))), whole);
        }
    }
}
