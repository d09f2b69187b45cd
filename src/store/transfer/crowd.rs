//! Does many things with one bucket at the same time, as many as bring more and the store bears.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::super::Read;
use super::width::{Seen, Width};
use crate::error::Result;
use crate::flow::address::Address;

/// A disk has one arm, or seems to.
const DIRECTORY: usize = 2;
const START: usize = 8;
const MOST: usize = 64;
/// What one part in flight holds in buffers, at most: pieces of up to half a mebibyte, some ahead and some on their way.
pub const PER_PART: u64 = 4 << 20;
/// A rate over less time is noise.
const LOOK: Duration = Duration::from_millis(50);

/// How many things are done with a bucket at a time. It learns, so it is kept for the next batch.
pub struct Crowd<'a> {
    store: &'a dyn Read,
    learnt: Mutex<Learnt>,
}

struct Learnt {
    width: Width,
    done: usize,
    since: Instant,
    /// How often the store had asked for less at the last look.
    slowdowns: u64,
}

impl<'a> Crowd<'a> {
    /// For whole objects.
    #[must_use]
    pub fn of(store: &'a dyn Read) -> Self {
        Crowd::at_most(store, MOST)
    }

    /// For streams whose buffers have to fit into so many bytes.
    #[must_use]
    pub fn within(store: &'a dyn Read, memory: u64) -> Self {
        Crowd::at_most(store, usize::try_from(memory / PER_PART).unwrap_or(MOST))
    }

    fn at_most(store: &'a dyn Read, most: usize) -> Self {
        let bound = match store.address() {
            Address::Directory { .. } => DIRECTORY,
            Address::S3 { .. } => MOST,
        };
        let width = Width::new(START, bound.min(most));
        let learnt = Learnt { width, done: 0, since: Instant::now(), slowdowns: store.slowdowns() };
        Crowd { store, learnt: Mutex::new(learnt) }
    }

    fn width(&self) -> usize {
        locked(&self.learnt).width.now()
    }

    /// A batch begins: the time before it says nothing of the store.
    fn begin(&self) {
        let mut learnt = locked(&self.learnt);
        (learnt.done, learnt.since) = (0, Instant::now());
    }

    /// One thing more is done; true if the width is another one now.
    fn done(&self) -> bool {
        let slowdowns = self.store.slowdowns();
        let mut learnt = locked(&self.learnt);
        learnt.done += 1;
        let was = learnt.width;
        let seconds = learnt.since.elapsed();
        if slowdowns > learnt.slowdowns {
            learnt.width = was.after(Seen::Slowed);
        } else if learnt.done >= was.now() * 2 && seconds >= LOOK {
            learnt.width = was.after(Seen::Rate(learnt.done as f64 / seconds.as_secs_f64()));
        } else {
            return false;
        }
        (learnt.done, learnt.since, learnt.slowdowns) = (0, Instant::now(), slowdowns);
        learnt.width.now() != was.now()
    }
}

/// Does `work` for every item, many at a time; the results are in the items' order, and no failure stops another item.
pub fn each<T: Sync, R: Send>(crowd: &Crowd<'_>, items: &[T], work: impl Fn(&T) -> Result<R> + Sync) -> Vec<Result<R>> {
    let done = run(crowd, items, &work, false);
    done.into_iter().map(|result| result.expect("every item was handed out")).collect()
}

/// The same, all or nothing: after a failure no further item is begun.
pub fn all<T: Sync, R: Send>(crowd: &Crowd<'_>, items: &[T], work: impl Fn(&T) -> Result<R> + Sync) -> Result<Vec<R>> {
    run(crowd, items, &work, true).into_iter().flatten().collect()
}

/// Items on their way to the workers, and results on their way back.
struct Line<R> {
    next: usize,
    busy: usize,
    results: Vec<Option<Result<R>>>,
}

impl<R> Line<R> {
    fn ended(&self) -> bool {
        self.next >= self.results.len()
    }
}

fn run<T: Sync, R: Send>(
    crowd: &Crowd<'_>,
    items: &[T],
    work: &(impl Fn(&T) -> Result<R> + Sync),
    all: bool,
) -> Vec<Option<Result<R>>> {
    if let [one] = items {
        return vec![Some(work(one))];
    }
    crowd.begin();
    let results = items.iter().map(|_| None).collect();
    let line = Mutex::new(Line { next: 0, busy: 0, results });
    let changed = Condvar::new();
    let worker = || {
        while let Some(at) = take(crowd, &line, &changed) {
            let result = work(&items[at]);
            let other = crowd.done();
            let mut line = locked(&line);
            line.busy -= 1;
            if all && result.is_err() {
                line.next = items.len();
            }
            line.results[at] = Some(result);
            if other || line.ended() {
                changed.notify_all();
            }
        }
    };
    thread::scope(|scope| {
        let mut hired = 0;
        let mut guard = locked(&line);
        while !guard.ended() {
            while hired < crowd.width().min(items.len()) {
                scope.spawn(worker);
                hired += 1;
            }
            guard = changed.wait(guard).unwrap_or_else(PoisonError::into_inner);
        }
    });
    line.into_inner().unwrap_or_else(PoisonError::into_inner).results
}

/// The next item, when it is this worker's turn; `None` when there is none left.
fn take<R>(crowd: &Crowd<'_>, line: &Mutex<Line<R>>, changed: &Condvar) -> Option<usize> {
    let mut line = locked(line);
    while !line.ended() && line.busy >= crowd.width() {
        line = changed.wait(line).unwrap_or_else(PoisonError::into_inner);
    }
    if line.ended() {
        return None;
    }
    let at = line.next;
    line.next += 1;
    line.busy += 1;
    if line.ended() {
        changed.notify_all();
    }
    Some(at)
}

fn locked<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Error, Kind};
    use crate::store::directory::Directory;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn bucket(dir: &tempfile::TempDir) -> Directory {
        Directory::open(Address::Directory { path: "b".into() }, dir.path().join("b"))
    }

    #[test]
    fn results_come_in_order_and_one_failure_stops_no_other() {
        let dir = tempfile::tempdir().unwrap();
        let store = bucket(&dir);
        let crowd = Crowd::of(&store);
        for count in [0, 1, 2, 500] {
            let items: Vec<usize> = (0..count).collect();
            let odd = |n: &usize| if n.is_multiple_of(2) { Ok(n * 3) } else { Err(Error::user(n.to_string())) };
            let results = each(&crowd, &items, odd);
            assert_eq!(results.len(), count);
            for (n, result) in results.into_iter().enumerate() {
                match result {
                    Ok(value) => assert_eq!((n % 2, value), (0, n * 3)),
                    Err(error) => assert_eq!((n % 2, error.message), (1, n.to_string())),
                }
            }
        }
    }

    #[test]
    fn all_or_nothing_stops_handing_out_and_gives_the_failure() {
        let dir = tempfile::tempdir().unwrap();
        let store = bucket(&dir);
        let items: Vec<usize> = (0..10_000).collect();
        let begun = AtomicUsize::new(0);
        let result = all(&Crowd::of(&store), &items, |n| {
            begun.fetch_add(1, Ordering::Relaxed);
            if *n == 7 { Err(Error::store("seven")) } else { Ok(*n) }
        });
        assert_eq!(result.unwrap_err().kind, Kind::Store);
        assert!(begun.load(Ordering::Relaxed) < 10_000);
        assert_eq!(all(&Crowd::of(&store), &items, |n| Ok(*n)).unwrap(), items);
    }

    #[test]
    fn no_more_work_at_a_time_than_the_bucket_and_memory_allow() {
        let dir = tempfile::tempdir().unwrap();
        let store = bucket(&dir);
        for (crowd, bound) in [(Crowd::of(&store), DIRECTORY), (Crowd::within(&store, 3), 1)] {
            let (now, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
            each(&crowd, &[(); 300], |()| {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                thread::yield_now();
                now.fetch_sub(1, Ordering::SeqCst);
                Ok(())
            });
            assert!(most.load(Ordering::SeqCst) <= bound, "{most:?} of {bound}");
        }
    }
}
