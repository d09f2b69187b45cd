//! The only place that prints an error, and the table of exit codes.

use std::io::{self, Write as _};

use serde::Serialize;

use crate::error::Error;
use crate::flow::text::{Untrusted, json_escaped};

/// Shown in every help page.
pub const CODES: &str = "\
Exit codes:
  0  done                   4  store or network
  1  could not (user)       5  integrity (bytes do not match)
  2  usage                  6  conflict (someone else changed it)
  3  done in part          70  bug          130  interrupted";

/// The same in full: code, kind, meaning.
pub const TABLE: [(u8, &str, &str); 9] = [
    (0, "", "done"),
    (1, "user", "could not be done as asked"),
    (2, "usage", "the command line was wrong"),
    (3, "partial", "done in part"),
    (4, "store", "a bucket or the network failed"),
    (5, "integrity", "the bytes are not those that were recorded"),
    (6, "conflict", "someone else changed it meanwhile"),
    (70, "bug", "a fault of the program"),
    (130, "interrupted", "Ctrl-C"),
];

#[derive(Serialize)]
struct Wire<'a> {
    error: Fields<'a>,
}

#[derive(Serialize)]
struct Fields<'a> {
    kind: &'a str,
    message: &'a str,
    causes: Vec<String>,
    hints: &'a [String],
    exit: u8,
}

/// Prints the error as words on stderr, or as JSON on stdout, and gives the exit code.
pub fn fail(error: &Error, json: bool) -> u8 {
    let exit = error.kind.exit();
    if json {
        let fields = Fields {
            kind: error.kind.word(),
            message: &error.message,
            causes: error.causes(),
            hints: &error.hints,
            exit,
        };
        let text = json_escaped(serde_json::to_string(&Wire { error: fields }).expect("strings always serialise"));
        // Nobody is left to tell when stdout is closed.
        let _ = writeln!(io::stdout(), "{text}");
    } else {
        let _ = io::stderr().write_all(words(error).as_bytes());
    }
    exit
}

/// `error:`, `because:` and `hint:` lines, safe for a terminal.
#[must_use]
pub fn words(error: &Error) -> String {
    let mut text = format!("error: {}\n", Untrusted(&error.message));
    for cause in error.causes() {
        text.push_str(&format!("because: {}\n", Untrusted(&cause)));
    }
    for hint in &error.hints {
        text.push_str(&format!("hint: {}\n", Untrusted(hint)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_the_object_the_cause_and_the_next_step() {
        let error = Error::store("x.csv v4 is not in staging")
            .because("the object was \u{1b}[31mremoved")
            .hint("git data prepare x.csv x.csv");
        assert_eq!(
            words(&error),
            "error: x.csv v4 is not in staging\nbecause: the object was \\u{1b}[31mremoved\nhint: git data prepare x.csv x.csv\n"
        );
    }
}
