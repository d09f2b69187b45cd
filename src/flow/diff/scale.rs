//! By what the values of a column have an order, and between which ends they lie.

use std::cmp::Ordering;

use super::cell::Kind;
use super::decimal::{self, Decimal};
use super::found::Value;
use super::moment;

/// By what values have an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scale {
    Number,
    Time,
}

/// Where a value lies on its scale, about.
pub(super) type Place = (Scale, Option<f64>);

impl Scale {
    /// Of a value that has one.
    pub(super) fn of(kind: Kind, raw: &[u8]) -> Option<Scale> {
        Scale::place(kind, raw).map(|(scale, _)| scale)
    }

    /// The same, with about where the value lies on it.
    pub(super) fn place(kind: Kind, raw: &[u8]) -> Option<Place> {
        let text = matches!(kind, Kind::Bare | Kind::Quoted);
        if text || matches!(kind, Kind::Integer | Kind::Real) {
            if let Some(number) = decimal::short(raw) {
                return Some((Scale::Number, Some(number)));
            }
            if Decimal::parse(raw).is_some() {
                return Some((Scale::Number, near(raw)));
            }
        }
        let time = if text || kind == Kind::Time { moment::order(raw) } else { None };
        time.map(|nanoseconds| (Scale::Time, Some(rough(nanoseconds))))
    }

    /// Equal ones are told apart by their spelling, so that the same one is kept in every order.
    pub(super) fn compare(self, a: &[u8], b: &[u8]) -> Ordering {
        self.value(a, b).then_with(|| a.cmp(b))
    }

    /// By what they mean.
    pub(super) fn value(self, a: &[u8], b: &[u8]) -> Ordering {
        match self {
            Scale::Number => Decimal::parse(a).cmp(&Decimal::parse(b)),
            Scale::Time => moment::order(a).cmp(&moment::order(b)),
        }
    }
}

/// The number that a plain decimal is closest to.
pub(super) fn near(text: &[u8]) -> Option<f64> {
    std::str::from_utf8(text).ok()?.parse().ok().filter(|number: &f64| number.is_finite())
}

#[expect(clippy::cast_precision_loss, reason = "the order stays, but for equal ones")]
fn rough(nanoseconds: i128) -> f64 {
    nanoseconds as f64
}

/// Whether a value lies between two ends and is none of them, whatever was rounded.
pub(super) fn between(ends: Option<(f64, f64)>, place: Option<f64>) -> bool {
    ends.zip(place).is_some_and(|((low, high), place)| low < place && place < high)
}

/// The smallest and the largest value on one scale.
#[derive(Clone, Debug, Default)]
pub(super) struct Span {
    pub(super) ends: Option<(Value, Value)>,
    /// The same as numbers: a value well between them needs no exact look.
    near: Option<(f64, f64)>,
}

impl Span {
    pub(super) fn add(&mut self, scale: Scale, kind: Kind, raw: &[u8], place: Option<f64>) {
        let is_end = |(low, high): &(Value, Value)| raw == low.raw || raw == high.raw;
        if between(self.near, place) || self.ends.as_ref().is_some_and(is_end) {
            return;
        }
        let value = || Value { kind, raw: raw.to_vec() };
        let (low, high) = self.ends.get_or_insert_with(|| (value(), value()));
        if scale.compare(raw, &low.raw).is_lt() {
            *low = value();
        }
        if scale.compare(raw, &high.raw).is_gt() {
            *high = value();
        }
        let place = |value: &Value| Scale::place(value.kind, &value.raw).and_then(|(_, place)| place);
        self.near = place(low).zip(place(high));
    }

    /// Whether a value lies beyond both ends.
    pub(super) fn excludes(&self, scale: Scale, raw: &[u8]) -> bool {
        let beyond =
            |(low, high): &(Value, Value)| scale.value(raw, &low.raw).is_lt() || scale.value(raw, &high.raw).is_gt();
        self.ends.as_ref().is_some_and(beyond)
    }
}
