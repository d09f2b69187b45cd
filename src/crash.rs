//! The moments before and after every effect. In a debug build a test may end the process at one of them, as a power
//! cut or `kill -9` would: no destructor runs, nothing is flushed. A release build holds nothing of this.
//!
//! A moment is named by the line of the effect, `src/disk/place.rs:59 before`, and counted: `… before#2` is the second
//! time that it comes. Two variables arm it:
//!
//! | variable | what |
//! |---|---|
//! | `GIT_DATA_TEST_MOMENTS=FILE` | each moment that comes is added to the file, a line each |
//! | `GIT_DATA_TEST_CRASH=MOMENT` | the process ends there; `#17` is the 17th moment, whichever it is |

/// Does `act` between its two moments. Whatever changes a file, a bucket or a repository goes through here.
#[track_caller]
pub fn around<T>(act: impl FnOnce() -> T) -> T {
    moment("before");
    let done = act();
    moment("after");
    done
}

/// A moment in the middle of an effect: another program was started and goes on by itself.
#[cfg(not(debug_assertions))]
pub fn moment(_: &str) {}

/// A moment in the middle of an effect: another program was started and goes on by itself.
#[cfg(debug_assertions)]
#[track_caller]
pub fn moment(when: &str) {
    if let Some(armed) = armed::armed() {
        armed.come(&format!("{} {when}", armed::place(std::panic::Location::caller())));
    }
}

#[cfg(debug_assertions)]
mod armed {
    use std::collections::HashMap;
    use std::fs::File;
    use std::io::Write as _;
    use std::panic::Location;
    use std::path::PathBuf;
    use std::sync::{Mutex, OnceLock, PoisonError};

    pub(super) struct Armed {
        stop: Option<String>,
        log: Option<PathBuf>,
        seen: Mutex<(u64, HashMap<String, u64>)>,
    }

    /// What the environment asks for; `None` unless a test does.
    #[expect(clippy::disallowed_methods, reason = "only tests set these, and they reach every effect without a path")]
    pub(super) fn armed() -> Option<&'static Armed> {
        static ARMED: OnceLock<Option<Armed>> = OnceLock::new();
        let armed = ARMED.get_or_init(|| {
            let stop = std::env::var("GIT_DATA_TEST_CRASH").ok();
            let log = std::env::var_os("GIT_DATA_TEST_MOMENTS").map(PathBuf::from);
            (stop.is_some() || log.is_some()).then(|| Armed { stop, log, seen: Mutex::default() })
        });
        armed.as_ref()
    }

    pub(super) fn place(at: &Location<'_>) -> String {
        format!("{}:{}", at.file().replace('\\', "/"), at.line())
    }

    impl Armed {
        pub(super) fn come(&self, moment: &str) {
            let (total, times) = {
                let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
                seen.0 += 1;
                let total = seen.0;
                let times = seen.1.entry(moment.to_owned()).or_default();
                *times += 1;
                (total, *times)
            };
            let name = format!("{moment}#{times}");
            if let Some(log) = &self.log {
                note(log, &name);
            }
            if self.stop.as_ref().is_some_and(|stop| *stop == name || *stop == format!("#{total}")) {
                end();
            }
        }
    }

    /// One write, so that lines of several processes stay whole.
    #[expect(clippy::disallowed_methods, reason = "the log of a test")]
    fn note(log: &PathBuf, name: &str) {
        let file = File::options().create(true).append(true).open(log);
        let written = file.and_then(|mut file| file.write_all(format!("{name}\n").as_bytes()));
        written.expect("a test gives a file that can be written");
    }

    #[cfg(unix)]
    fn end() -> ! {
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
        loop {
            std::thread::park();
        }
    }

    #[cfg(not(unix))]
    fn end() -> ! {
        std::process::abort()
    }
}
