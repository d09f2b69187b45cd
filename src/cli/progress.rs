//! Progress on stderr: a bar on a terminal, plain lines elsewhere, nothing for work under half a second.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::flow::text::{Untrusted, human_size};
use crate::store::transfer::Progress;

const QUIET_FOR: Duration = Duration::from_millis(500);
const LINE_EVERY: Duration = Duration::from_secs(10);

/// What runs now.
struct Running {
    what: String,
    total: u64,
    done: u64,
    since: Instant,
    said: Instant,
    bar: Option<ProgressBar>,
}

/// Shows how far the work is.
pub struct Bar {
    terminal: bool,
    quiet: bool,
    running: Mutex<Option<Running>>,
}

impl Bar {
    /// Progress as the caller can see it; `quiet` shows none.
    #[must_use]
    pub fn new(quiet: bool) -> Self {
        Bar { terminal: io::stderr().is_terminal(), quiet, running: Mutex::new(None) }
    }

    fn draw(running: &mut Running, terminal: bool) {
        let now = Instant::now();
        if now.duration_since(running.since) < QUIET_FOR {
            return;
        }
        if terminal {
            let bar = running.bar.get_or_insert_with(|| {
                let bar = ProgressBar::with_draw_target(Some(running.total), ProgressDrawTarget::stderr());
                bar.set_style(
                    ProgressStyle::with_template("{msg} {bar:24} {bytes}/{total_bytes} {bytes_per_sec} {eta}")
                        .expect("the template is a constant that is tested"),
                );
                bar.set_message(running.what.clone());
                bar
            });
            bar.set_position(running.done);
        } else if now.duration_since(running.said) >= LINE_EVERY {
            running.said = now;
            let (done, total) = (human_size(running.done), human_size(running.total));
            let _ = writeln!(io::stderr(), "{}: {done} of {total}", running.what);
        }
    }
}

impl Progress for Bar {
    fn start(&self, what: &str, total: u64) {
        if self.quiet {
            return;
        }
        let now = Instant::now();
        let what = Untrusted(what).to_string();
        let mut running = self.running.lock().expect("progress never panics while it holds the lock");
        *running = Some(Running { what, total, done: 0, since: now, said: now, bar: None });
    }

    fn advance(&self, bytes: u64) {
        let mut running = self.running.lock().expect("progress never panics while it holds the lock");
        if let Some(running) = running.as_mut() {
            running.done += bytes;
            Bar::draw(running, self.terminal);
        }
    }

    fn finish(&self) {
        let mut running = self.running.lock().expect("progress never panics while it holds the lock");
        if let Some(bar) = running.take().and_then(|r| r.bar) {
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

    #[test]
    fn the_bar_can_be_drawn() {
        let mut running = Running {
            what: "sending".to_owned(),
            total: 10,
            done: 5,
            since: Instant::now() - Duration::from_secs(1),
            said: Instant::now(),
            bar: None,
        };
        Bar::draw(&mut running, true);
        assert!(running.bar.is_some());
    }
}
