//! Stands in for the screens where the program was built without them.

use std::io::{self, IsTerminal as _, Write as _};

use crate::command::env::Surroundings;

/// Whether screens can be shown: not in this build. A person on a terminal learns how to get them.
#[must_use]
pub fn possible(_: &Surroundings) -> bool {
    if io::stdin().is_terminal() && io::stdout().is_terminal() {
        let _ = writeln!(io::stderr(), "note: this git-data was built without its screens: {HOW}");
    }
    false
}

/// How to get them.
const HOW: &str = "cargo install git-data --features tui";

/// Never called, because it is not possible.
pub fn run(_: Surroundings) -> u8 {
    crate::error::Kind::Bug.exit()
}
