//! One program at a time in a repository. The system gives the lock back when its holder dies, so it never grows stale.

use std::fs::{File, TryLockError};
use std::io::{Read as _, Seek as _};
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::{effect, failed};
use crate::error::{Error, Result};

/// How long a command waits for another one before it gives up.
pub const WAIT: Duration = Duration::from_secs(30);

/// The lock of a repository's data directory.
#[must_use = "the lock is given back as soon as this is dropped"]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes `<dir>/lock`, waiting at most so long; `command` and `since` tell others who holds it.
    pub fn take(dir: &Path, command: &str, since: &str, wait: Duration) -> Result<Self> {
        effect::create_dir_all(dir).map_err(|e| failed("make", dir, e))?;
        let path = dir.join("lock");
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = effect::open(&options, &path).map_err(|e| failed("open", &path, e))?;
        let start = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if start.elapsed() < wait => sleep(Duration::from_millis(20)),
                Err(TryLockError::WouldBlock) => return Err(held(&path, &mut file)),
                Err(TryLockError::Error(e)) => return Err(failed("lock", &path, e)),
            }
        }
        // Only for the message of the next one, so a failure to write it changes nothing.
        let line = format!("pid {}, {}, since {}\n", std::process::id(), one_line(command), one_line(since));
        let _ = effect::set_len(&file, 0)
            .and_then(|()| file.rewind())
            .and_then(|()| effect::write_all(&file, line.as_bytes()));
        Ok(Lock { _file: file })
    }
}

fn held(path: &Path, file: &mut File) -> Error {
    let mut holder = String::new();
    // Windows lets nobody read a locked file.
    let known = file.rewind().and_then(|()| file.take(500).read_to_string(&mut holder)).is_ok();
    let holder = if known && !holder.trim().is_empty() { one_line(holder.trim()) } else { "unknown".to_owned() };
    Error::conflict(format!("another git data is at work here ({holder}): it holds {}", path.display()))
        .hint("wait until it is done, or end it; the lock goes with its process")
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_one_is_told_who_holds_it_and_the_third_gets_it() {
        let dir = tempfile::tempdir().unwrap();
        let first = Lock::take(dir.path(), "git data prepare", "2026-11-21T10:00:00Z", WAIT).unwrap();
        let second = Lock::take(dir.path(), "git data pull", "later", Duration::from_millis(30));
        let error = second.err().unwrap();
        assert_eq!(error.kind, crate::error::Kind::Conflict);
        if cfg!(unix) {
            let who = format!("pid {}, git data prepare, since 2026-11-21T10:00:00Z", std::process::id());
            assert!(error.message.contains(&who), "{}", error.message);
        }
        drop(first);
        let _third = Lock::take(dir.path(), "git data pull", "later", Duration::ZERO).unwrap();
    }

    #[test]
    fn waiting_ends_when_the_holder_is_done() {
        let dir = tempfile::tempdir().unwrap();
        let first = Lock::take(dir.path(), "a", "b", WAIT).unwrap();
        std::thread::scope(|scope| {
            let second = scope.spawn(|| Lock::take(dir.path(), "c", "d", WAIT).map(drop));
            drop(first);
            second.join().unwrap().unwrap();
        });
    }
}
