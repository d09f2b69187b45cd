//! The process that reads untrusted tables: our own program, started by itself with one word.

use std::ffi::OsString;
use std::io::{self, Write as _};

use crate::cli::exit;
use crate::command::child::{self, WORD};

/// The exit code, if this process is one of those.
pub(super) fn answered(args: &[OsString]) -> Option<u8> {
    if !matches!(args, [_, word] if word == WORD) {
        return None;
    }
    Some(match child::answer(&mut io::stdin().lock()) {
        Ok(bytes) => u8::from(io::stdout().lock().write_all(&bytes).is_err()),
        Err(error) => exit::fail(&error, false),
    })
}
