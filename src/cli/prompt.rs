//! Questions to a person, on stderr, answered on stdin. Never asked where no person is.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use crate::error::{Error, Kind, Result};
use crate::flow::text::Untrusted;

/// Whether somebody is there to answer.
#[must_use]
pub fn possible() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks for a line; an empty answer is the default.
pub fn line(question: &str, default: Option<&str>) -> Result<String> {
    let mut err = io::stderr();
    let shown = default.map_or(String::new(), |d| format!(" [{}]", Untrusted(d)));
    // A question that cannot be shown is answered by nobody: reading then ends in the error below.
    let _ = write!(err, "{}{shown}: ", Untrusted(question));
    let _ = err.flush();
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    match read {
        Ok(0) | Err(_) => Err(Error::new(Kind::Interrupted, "no answer was given; nothing was changed")),
        Ok(_) => {
            let answer = answer.trim();
            Ok(if answer.is_empty() { default.unwrap_or("").to_owned() } else { answer.to_owned() })
        }
    }
}

/// Asks a yes-or-no question; anything but yes is no.
pub fn yes(question: &str) -> Result<bool> {
    Ok(matches!(line(&format!("{question} [y/N]"), None)?.to_ascii_lowercase().as_str(), "y" | "yes"))
}
