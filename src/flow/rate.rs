//! A limit of so many bytes a second: a bucket that fills steadily and may be overdrawn by whoever waits for it.

use std::time::Duration;

/// What may go at once after a pause.
const BURST: f64 = 0.1;

/// The arithmetic of a limit. Time is passed in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// Bytes a second.
    per_second: f64,
    level: f64,
    at: Duration,
}

impl Rate {
    /// So many bytes a second, at least one.
    #[must_use]
    pub fn new(bytes: u64) -> Self {
        let per_second = bytes.max(1) as f64;
        Rate { per_second, level: per_second * BURST, at: Duration::ZERO }
    }

    /// Takes bytes at the time `now`, and says how long to wait before they may go.
    pub fn take(&mut self, bytes: u64, now: Duration) -> Duration {
        let passed = now.saturating_sub(self.at).as_secs_f64();
        self.at = self.at.max(now);
        self.level = (self.level + passed * self.per_second).min(self.per_second * BURST) - bytes as f64;
        Duration::from_secs_f64((-self.level).max(0.0) / self.per_second)
    }

    /// Bytes that go at once: few enough that a slow stream is not taken for a dead one.
    #[must_use]
    pub fn piece(&self, most: usize) -> usize {
        let fits = (self.per_second * BURST) as usize;
        fits.clamp(1 << 10, most.max(1 << 10))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    #[test]
    fn in_the_long_run_it_is_the_rate_whoever_takes() {
        let mut rate = Rate::new(1_000_000);
        let (mut now, mut sent) = (0.0, 0);
        while now < 60.0 {
            sent += 64_000;
            now += rate.take(64_000, at(now)).as_secs_f64();
        }
        assert!((59_000_000..61_500_000).contains(&sent), "{sent}");
    }

    #[test]
    fn many_that_take_at_the_same_time_wait_in_turn() {
        let mut rate = Rate::new(1_000);
        let waits: Vec<f64> = (0..4).map(|_| rate.take(1_000, at(5.0)).as_secs_f64()).collect();
        assert_eq!(waits, [0.9, 1.9, 2.9, 3.9]);
    }

    #[test]
    fn a_pause_saves_up_no_more_than_a_burst() {
        let mut rate = Rate::new(1_000);
        assert_eq!(rate.take(100, at(0.0)), Duration::ZERO);
        assert_eq!(rate.take(1_100, at(3_600.0)), at(1.0));
        // A clock that goes back gives nothing and takes nothing.
        assert_eq!(rate.take(0, at(0.0)), at(1.0));
    }

    #[test]
    fn pieces_are_small_where_it_is_slow() {
        assert_eq!(
            [Rate::new(1), Rate::new(100_000), Rate::new(1 << 40)].map(|r| r.piece(256 << 10)),
            [1 << 10, 10_000, 256 << 10]
        );
    }
}
