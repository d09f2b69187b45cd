//! Verbs one by one, in states that stories do not reach: bad input, odd repositories, merges, words.

mod bad_input;
mod catalog;
mod edits;
mod hostile;
mod kept;
mod lfs;
mod manual;
mod merging;
mod migration;
mod reading;
mod set_up;
mod shapes;
#[cfg(unix)]
mod terminal;
mod words;

use crate::lab::{Backend, Lab};

/// A furnished laboratory on directories.
fn furnished() -> Lab {
    let lab = Lab::new(Backend::Directory);
    lab.furnish();
    lab
}
