//! Progress on stderr: a bar on a terminal, plain lines elsewhere, nothing for work under half a second.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::flow::text::{Untrusted, human_size};
use crate::store::transfer::Progress;

const QUIET_FOR: Duration = Duration::from_millis(500);
const LINE_EVERY: Duration = Duration::from_secs(10);
/// How often a bar moves that has no end.
const TURN: Duration = Duration::from_millis(200);

const BYTES: &str = "{msg} {bar:24} {bytes}/{total_bytes} {bytes_per_sec} {eta}";
const TIME: &str = "{msg} {spinner} {elapsed}";

/// What runs now.
struct Running {
    what: String,
    total: u64,
    done: u64,
    /// What of it an earlier run brought.
    before: u64,
    since: Instant,
    said: Instant,
    bar: Option<ProgressBar>,
}

/// Shows how far the work is.
pub struct Bar {
    terminal: bool,
    quiet: bool,
    running: Arc<(Mutex<Option<Running>>, Condvar)>,
}

impl Running {
    fn new(what: &str, total: u64) -> Running {
        let now = Instant::now();
        Running { what: Untrusted(what).to_string(), total, done: 0, before: 0, since: now, said: now, bar: None }
    }

    fn draw(&mut self, terminal: bool) {
        let now = Instant::now();
        if now.duration_since(self.since) < QUIET_FOR {
            return;
        }
        if terminal {
            let message = format!("{}{}", self.what, self.there());
            let bar = self.bar.get_or_insert_with(|| {
                let bar = ProgressBar::with_draw_target(Some(self.total), ProgressDrawTarget::stderr());
                let template = if self.total == 0 { TIME } else { BYTES };
                bar.set_style(ProgressStyle::with_template(template).expect("the templates are constants, and tested"));
                // What was there before has no speed.
                bar.set_position(self.before);
                bar.reset_eta();
                bar.with_elapsed(now.duration_since(self.since))
            });
            bar.set_message(message);
            if self.total == 0 { bar.tick() } else { bar.set_position(self.done) }
        } else if now.duration_since(self.said) >= LINE_EVERY {
            self.said = now;
            let _ = writeln!(io::stderr(), "{}", self.line(now));
        }
    }

    /// How much an earlier run brought.
    fn there(&self) -> String {
        if self.before == 0 { String::new() } else { format!(" ({} were there)", human_size(self.before)) }
    }

    /// A plain line.
    fn line(&self, now: Instant) -> String {
        let seconds = now.duration_since(self.since).as_secs().max(1);
        if self.total == 0 {
            return format!("{}: {seconds} s", self.what);
        }
        let rate = (self.done - self.before) / seconds;
        let left = self.total.saturating_sub(self.done).checked_div(rate);
        let left = left.map_or(String::new(), |left| format!(", {left} s left"));
        let (done, total) = (human_size(self.done), human_size(self.total));
        format!("{}: {done} of {total}{}, {}/s{left}", self.what, self.there(), human_size(rate))
    }
}

impl Bar {
    /// Progress as the caller can see it; `quiet` shows none.
    #[must_use]
    pub fn new(quiet: bool) -> Self {
        let running = Arc::new((Mutex::new(None), Condvar::new()));
        Bar { terminal: io::stderr().is_terminal(), quiet, running }
    }

    fn running(&self) -> MutexGuard<'_, Option<Running>> {
        self.running.0.lock().expect("progress never panics while it holds the lock")
    }

    fn more(&self, bytes: u64, before: u64) {
        if let Some(running) = self.running().as_mut() {
            running.done += bytes;
            running.before += before;
            running.draw(self.terminal);
        }
    }
}

impl Progress for Bar {
    fn start(&self, what: &str, total: u64) {
        if !self.quiet {
            *self.running() = Some(Running::new(what, total));
        }
    }

    fn advance(&self, bytes: u64) {
        self.more(bytes, 0);
    }

    fn resumed(&self, bytes: u64) {
        self.more(bytes, bytes);
    }

    fn wait(&self, what: &str) {
        if self.quiet {
            return;
        }
        *self.running() = Some(Running::new(what, 0));
        let (shared, terminal) = (Arc::clone(&self.running), self.terminal);
        // Nothing calls while somebody waits: a thread draws until it is over.
        std::thread::spawn(move || {
            let (running, over) = &*shared;
            let mut lock = running.lock().expect("progress never panics while it holds the lock");
            while let Some(one) = lock.as_mut().filter(|one| one.total == 0) {
                one.draw(terminal);
                lock = over.wait_timeout(lock, TURN).expect("progress never panics while it holds the lock").0;
            }
        });
    }

    fn finish(&self) {
        let ended = self.running().take();
        self.running.1.notify_all();
        if let Some(bar) = ended.and_then(|running| running.bar) {
            bar.finish_and_clear();
        }
    }

    fn note(&self, text: &str) {
        if !self.quiet {
            let _ = writeln!(io::stderr(), "{}", Untrusted(text));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn running(total: u64) -> Running {
        let since = Instant::now() - Duration::from_secs(4);
        Running { since, said: since, ..Running::new("sending a.csv", total) }
    }

    #[test]
    fn both_bars_can_be_drawn() {
        for total in [0, 10] {
            let mut running = running(total);
            running.draw(true);
            assert!(running.bar.is_some());
        }
    }

    #[test]
    fn a_line_says_how_much_how_fast_and_how_long() {
        let mut running = running(100 << 20);
        running.done = 60 << 20;
        let line = running.line(running.since + Duration::from_secs(4));
        assert_eq!(line, "sending a.csv: 60.0 MiB of 100.0 MiB, 15.0 MiB/s, 2 s left");
        // What an earlier run brought has no speed.
        running.before = 40 << 20;
        let line = running.line(running.since + Duration::from_secs(4));
        assert_eq!(line, "sending a.csv: 60.0 MiB of 100.0 MiB (40.0 MiB were there), 5.0 MiB/s, 8 s left");
        running.done = running.before;
        assert!(running.line(running.since).ends_with(", 0 B/s"));
    }

    #[test]
    fn a_wait_ends_with_what_was_waited_for() {
        let bar = Bar { terminal: false, quiet: false, running: Arc::new((Mutex::new(None), Condvar::new())) };
        bar.wait("comparing a.csv");
        assert_eq!(bar.running().as_ref().map(|running| running.total), Some(0));
        bar.finish();
        assert!(bar.running().is_none());
        // The thread that drew lets go of it.
        while Arc::strong_count(&bar.running) > 1 {
            std::thread::yield_now();
        }
    }
}
