//! What a harness counted: a line that begins with `figure:`, printed, and added to the file that `tests/run` prints.

use std::io::Write as _;

/// Prints a figure. One write, so that lines of several tests stay whole.
pub fn figure(words: &str) {
    println!("figure: {words}");
    let Some(file) = std::env::var_os("GIT_DATA_TEST_FIGURES") else { return };
    let mut file = std::fs::File::options().create(true).append(true).open(file).unwrap();
    file.write_all(format!("figure: {words}\n").as_bytes()).unwrap();
}
