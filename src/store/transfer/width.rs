//! How many things to do at a time: more while that brings more, fewer when the store asks for it. Pure.

/// Growth is kept only if it brings a quarter of what it could: twice the workers, 25 % more.
const WORTH: f64 = 0.25;
/// Looks without a try after the store asked for less.
const CALM: u32 = 12;
/// The same after a try that brought nothing: it may have been chance.
const AGAIN: u32 = 3;

/// A number of workers, and what is known of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Width {
    now: usize,
    most: usize,
    /// The number before the last growth, and what was done with it in a second; 0 is not known.
    before: usize,
    rate: f64,
    calm: u32,
}

/// What was seen since the last look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Seen {
    /// So much was done in a second.
    Rate(f64),
    /// The store asked for less.
    Slowed,
}

impl Width {
    pub(super) fn new(start: usize, most: usize) -> Self {
        let most = most.max(1);
        let now = start.clamp(1, most);
        Width { now, most, before: now, rate: 0.0, calm: 0 }
    }

    pub(super) fn now(self) -> usize {
        self.now
    }

    /// What the rate has to be multiplied by for the last growth to be kept.
    fn worth(self) -> f64 {
        1.0 + WORTH * (self.now - self.before) as f64 / self.before as f64
    }

    /// The width after another look.
    #[must_use]
    pub(super) fn after(self, seen: Seen) -> Self {
        match seen {
            Seen::Slowed => {
                let now = (self.now / 2).max(1);
                Width { now, before: now, rate: 0.0, calm: CALM, ..self }
            }
            Seen::Rate(_) if self.calm > 0 => Width { calm: self.calm - 1, ..self },
            Seen::Rate(rate) if rate > self.rate * self.worth() => {
                let now = self.most.min(self.now + (self.now / 2).max(1));
                Width { now, before: self.now, rate, ..self }
            }
            Seen::Rate(_) => Width { now: self.before, rate: 0.0, calm: AGAIN, ..self },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The width after so many looks at a store that does `rate` a second.
    fn looks(mut width: Width, count: usize, rate: impl Fn(usize) -> f64) -> Width {
        for _ in 0..count {
            width = width.after(Seen::Rate(rate(width.now())));
        }
        width
    }

    #[test]
    fn it_grows_to_its_bound_while_that_brings_more() {
        let width = looks(Width::new(4, 64), 8, |now| now as f64);
        assert_eq!(width.now(), 64);
        assert_eq!(looks(width, 100, |now| now as f64).now(), 64);
    }

    #[test]
    fn it_stays_near_the_number_that_is_enough() {
        for enough in [1, 3, 8, 20, 50] {
            let mut width = Width::new(4, 64);
            let mut spent = 0;
            for _ in 0..400 {
                width = looks(width, 1, |now| now.min(enough) as f64);
                spent += usize::from(width.now() > (enough * 2).max(6));
            }
            assert_eq!(spent, 0, "{enough}");
            assert!(width.now() >= enough.min(4), "{enough}: {}", width.now());
        }
    }

    #[test]
    fn what_the_store_asks_for_is_done_at_once_and_not_forgotten_at_once() {
        let wide = looks(Width::new(4, 64), 8, |now| now as f64);
        let slowed = wide.after(Seen::Slowed);
        assert_eq!((slowed.now(), slowed.after(Seen::Slowed).now()), (32, 16));
        assert_eq!(looks(slowed, 12, |now| now as f64).now(), 32);
        assert_eq!(looks(slowed, 13, |now| now as f64).now(), 48);
        assert_eq!(Width::new(1, 64).after(Seen::Slowed).now(), 1);
    }

    #[test]
    fn a_bound_of_nothing_is_one() {
        assert_eq!(Width::new(4, 0).now(), 1);
        assert_eq!(looks(Width::new(4, 2), 20, |now| now as f64).now(), 2);
    }
}
