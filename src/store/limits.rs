//! What a person allows transfers to take: bytes a second, and time in all.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::flow::rate::Rate;

/// Limits of one bucket's traffic, shared by its streams.
#[derive(Debug)]
pub struct Limits {
    rate: Option<Mutex<Rate>>,
    /// The time in all.
    most: Option<Duration>,
    since: Instant,
}

impl Limits {
    /// So many bytes a second, and so much time from now on.
    #[must_use]
    pub fn new(rate: Option<u64>, most: Option<Duration>) -> Self {
        Limits { rate: rate.map(|bytes| Mutex::new(Rate::new(bytes))), most, since: Instant::now() }
    }

    /// How long to wait before so many bytes may go.
    #[must_use]
    pub fn wait(&self, bytes: usize) -> Duration {
        let Some(rate) = &self.rate else { return Duration::ZERO };
        rate.lock().unwrap_or_else(PoisonError::into_inner).take(bytes as u64, self.since.elapsed())
    }

    /// Bytes that go at once, at most `most`.
    #[must_use]
    pub fn piece(&self, most: usize) -> usize {
        self.rate.as_ref().map_or(most, |rate| rate.lock().unwrap_or_else(PoisonError::into_inner).piece(most))
    }

    /// The time that is left; `None` where there is no limit.
    #[must_use]
    pub fn left(&self) -> Option<Duration> {
        self.most.map(|most| most.saturating_sub(self.since.elapsed()))
    }
}

impl Default for Limits {
    fn default() -> Self {
        Limits::new(None, None)
    }
}
