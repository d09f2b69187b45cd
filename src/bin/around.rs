//! What both programs find around them: the environment, the clock, the terminal. Read here and handed on.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use git_data::cli::progress::Bar;
use git_data::command::env::{Clock, Surroundings};

struct System;

impl Clock for System {
    fn nanos(&self) -> i128 {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| i128::try_from(d.as_nanos()).unwrap_or(i128::MAX))
    }

    fn sleep(&self, seconds: u64) {
        std::thread::sleep(Duration::from_secs(seconds));
    }
}

/// Looks around once.
pub(crate) fn look(args: &[std::ffi::OsString]) -> Surroundings {
    let quiet = args.iter().any(|a| a == "-q" || a == "--quiet" || a == "--json");
    let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    Surroundings {
        cwd: std::env::current_dir().unwrap_or_default(),
        variables: std::env::vars_os().filter_map(text).collect(),
        clock: Box::new(System),
        progress: Box::new(Bar::new(quiet)),
        program: std::env::current_exe().unwrap_or_default(),
    }
}
