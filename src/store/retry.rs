//! When to try again, and how long to wait before. The rule is pure; chance and sleep are passed in.

use std::fmt;
use std::hash::{BuildHasher as _, Hasher as _};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

const TRIES: u32 = 8;
const BASE: Duration = Duration::from_millis(200);
const CAP: Duration = Duration::from_secs(20);
/// A store that asks for more has said no.
const LONGEST: Duration = Duration::from_secs(120);

/// How long to wait after `failed` tries (from 1); `None` is: give up. `random` is in 0..1.
#[must_use]
pub fn delay(failed: u32, random: f64, retry_after: Option<Duration>) -> Option<Duration> {
    if failed >= TRIES || retry_after.is_some_and(|asked| asked > LONGEST) {
        return None;
    }
    let ceiling = CAP.min(BASE * 2_u32.saturating_pow(failed.saturating_sub(1)));
    Some(ceiling.mul_f64(random.clamp(0.0, 1.0)).max(retry_after.unwrap_or_default()))
}

/// Shared by all requests to one bucket, so that a store in trouble is not beaten by every thread eight times.
#[derive(Debug)]
struct Budget(Mutex<u32>);

impl Budget {
    const FULL: u32 = 500;
    const RETRY: u32 = 5;

    fn take(&self) -> bool {
        let mut left = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let enough = *left >= Self::RETRY;
        if enough {
            *left -= Self::RETRY;
        }
        enough
    }

    fn refund(&self) {
        let mut left = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *left = Self::FULL.min(*left + 1);
    }
}

type Chance = Box<dyn Fn() -> f64 + Send + Sync>;
type Sleep = Box<dyn Fn(Duration) + Send + Sync>;

/// Patience with one store.
pub struct Pace {
    chance: Chance,
    sleep: Sleep,
    budget: Budget,
    slowdowns: AtomicU64,
    /// How often a request is sent at most.
    tries: u32,
    /// A request that moves no byte for so long has failed.
    pub idle: Duration,
    /// The same for requests during which a store is silent by design: Complete and copies.
    pub silent: Duration,
}

impl Pace {
    /// Chance and sleep as given: for tests.
    pub fn new(
        chance: impl Fn() -> f64 + Send + Sync + 'static,
        sleep: impl Fn(Duration) + Send + Sync + 'static,
    ) -> Self {
        Pace {
            chance: Box::new(chance),
            sleep: Box::new(sleep),
            budget: Budget(Mutex::new(Budget::FULL)),
            slowdowns: AtomicU64::new(0),
            tries: TRIES,
            idle: Duration::from_secs(60),
            silent: Duration::from_secs(15 * 60),
        }
    }

    /// The same with so many tries, if a number is given. More than the usual are no help: the waits end there.
    #[must_use]
    pub fn tries(self, tries: Option<u32>) -> Self {
        Pace { tries: tries.unwrap_or(TRIES), ..self }
    }

    /// Sleeps; returns `false` at once when it is time to give up. `most` bounds the tries further.
    pub fn again(&self, failed: u32, most: u32, retry_after: Option<Duration>) -> bool {
        if failed >= most.min(self.tries) {
            return false;
        }
        match delay(failed, (self.chance)(), retry_after) {
            Some(wait) if self.budget.take() => {
                (self.sleep)(wait);
                true
            }
            _ => false,
        }
    }

    /// The store asked for fewer requests.
    pub fn slowed(&self) {
        self.slowdowns.fetch_add(1, Ordering::Relaxed);
    }

    /// How often it has asked so far.
    pub fn slowdowns(&self) -> u64 {
        self.slowdowns.load(Ordering::Relaxed)
    }

    /// A request went well.
    pub fn success(&self) {
        self.budget.refund();
    }
}

impl Default for Pace {
    fn default() -> Self {
        Pace::new(random, std::thread::sleep)
    }
}

impl fmt::Debug for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pace").field("budget", &self.budget).finish_non_exhaustive()
    }
}

/// Chance enough to keep clients apart: the standard library seeds each hasher anew.
fn random() -> f64 {
    let bits = std::collections::hash_map::RandomState::new().build_hasher().finish();
    f64::from(u32::try_from(bits >> 32).unwrap_or_default()) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn waits_double_are_jittered_and_end() {
        let full = |failed| delay(failed, 1.0, None);
        assert_eq!(full(1), Some(Duration::from_millis(200)));
        assert_eq!(full(2), Some(Duration::from_millis(400)));
        assert_eq!(full(7), Some(Duration::from_millis(12_800)));
        assert_eq!(full(8), None);
        assert_eq!(delay(3, 0.0, None), Some(Duration::ZERO));
        assert_eq!(delay(3, 0.5, None), Some(Duration::from_millis(400)));
    }

    #[test]
    fn what_the_store_asks_for_is_the_least_unless_it_is_absurd() {
        let asked = |s| delay(1, 0.0, Some(Duration::from_secs(s)));
        assert_eq!(asked(7), Some(Duration::from_secs(7)));
        assert_eq!(asked(3_600), None);
    }

    #[test]
    fn the_budget_is_shared_and_comes_back_with_success() {
        let pace = Pace::new(|| 0.5, |_| ());
        assert_eq!((0..200).filter(|_| pace.again(1, 8, None)).count(), 100);
        (0..5).for_each(|_| pace.success());
        assert!(pace.again(1, 8, None));
        assert!(!pace.again(1, 8, None));
    }

    #[test]
    fn who_wants_fewer_tries_gets_them() {
        let pace = || Pace::new(|| 0.5, |_| ());
        assert!(pace().tries(Some(2)).again(1, 8, None) && !pace().tries(Some(2)).again(2, 8, None));
        assert!(pace().tries(None).again(7, 8, None) && !pace().tries(Some(99)).again(8, 99, None));
    }

    #[test]
    fn sleeping_is_passed_in() {
        let slept = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&slept);
        let pace = Pace::new(|| 1.0, move |wait| seen.lock().unwrap().push(wait));
        assert!(pace.again(2, 3, None));
        assert!(!pace.again(3, 3, None));
        assert_eq!(*slept.lock().unwrap(), [Duration::from_millis(400)]);
        assert!((0.0..=1.0).contains(&random()));
    }
}
