//! `diff-driver`: git's diff of one file, by its rows, or of the manifest, in words. Git goes on whatever is in the file.

use std::path::Path;

use serde::{Serialize, Serializer};
use serde_json::json;

use super::compared::Comparing;
use super::{Diffed, Format, One, Outcome, temporary};
use crate::command::env::{MANIFEST, Surroundings, checked};
use crate::command::preview::Seen;
use crate::disk::file;
use crate::error::{Error, Result};
use crate::flow::diff::wishes::Wishes;
use crate::flow::manifest::changes::changes;
use crate::flow::manifest::types::Manifest;

/// Seconds of processor time that a file may take.
const SECONDS: u64 = 60;
/// So many changes of a table are shown.
const ROWS: usize = 20;
/// What git gives for a side that is not there.
const ABSENT: &str = "/dev/null";

/// Compare two files that git hands over
///
/// For git: `git data install` sets diff.git-data.command, and `diff=git-data` in .gitattributes says for which files.
#[derive(clap::Args, Debug)]
pub struct DriverArgs {
    /// What git gives: PATH OLD-FILE OLD-HEX OLD-MODE NEW-FILE NEW-HEX NEW-MODE, and of a renamed file NEW-PATH and how
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "PATH")]
    pub args: Vec<String>,
}

/// What came out.
pub enum Driven {
    /// The manifest: a line a change.
    Manifest(Vec<String>),
    /// A file.
    File(Box<Diffed>),
    /// Something that git says all of.
    Said(String),
}

/// Compares. Only a call that cannot be git's is an error: what is in the files never is.
pub fn run(around: &Surroundings, args: &DriverArgs) -> Result<Driven> {
    let words: Vec<&str> = args.args.iter().map(String::as_str).collect();
    let (path, sides, renamed) = match words.as_slice() {
        [path] => return Ok(Driven::Said(format!("{path}   has a conflict that is not resolved"))),
        [path, old, old_hex, _, new, new_hex, _, rest @ ..] => {
            (*path, [(*old, *old_hex), (*new, *new_hex)], rest.first())
        }
        _ => {
            return Err(Error::usage("diff-driver is called by git, with a path and two files")
                .hint("git data diff --files OLD NEW   compares two files"));
        }
    };
    if path == MANIFEST {
        return Ok(match manifests(around, sides.map(|(file, _)| file)) {
            Ok(lines) => Driven::Manifest(lines),
            Err(error) => Driven::Said(format!("{MANIFEST}   not compared: {}", error.line())),
        });
    }
    let name = renamed.map_or(path.to_owned(), |new| format!("{path} → {new}"));
    let label = |(file, hex): (&str, &str)| (file != ABSENT).then(|| short(hex));
    let [old, new] = sides.map(label);
    let result = if old.is_none() || new.is_none() {
        Outcome::Alone
    } else {
        let comparing = Comparing::alone(SECONDS, temporary(around));
        let files = sides.map(|(file, _)| Path::new(file));
        // A renamed file is read as what its new name says.
        let names = [path, renamed.copied().unwrap_or(path)];
        Outcome::Seen(seen(&comparing, around, files, names))
    };
    let one = One { name, old, new, digests: [None, None], result };
    let (datasets, notes) = (vec![one], Vec::new());
    let diffed = Diffed { datasets, format: Format::Term, rows: ROWS, alone: true, failure: None, notes };
    Ok(Driven::File(Box::new(diffed)))
}

fn seen(comparing: &Comparing, around: &Surroundings, files: [&Path; 2], names: [&str; 2]) -> Seen {
    comparing.see(around, files, names, &Wishes::default())
}

/// As git shortens it; a file of the work tree has no name yet.
fn short(hex: &str) -> String {
    if hex.bytes().all(|b| b == b'0') { "the file here".to_owned() } else { hex.chars().take(7).collect() }
}

fn manifests(around: &Surroundings, files: [&str; 2]) -> Result<Vec<String>> {
    let read = |path: &str| -> Result<Manifest> {
        match file::read(&around.cwd.join(path))?.filter(|_| path != ABSENT) {
            Some(bytes) => checked(&bytes, MANIFEST),
            None => Ok(Manifest::default()),
        }
    };
    Ok(changes(&read(files[0])?, &read(files[1])?))
}

impl Serialize for Driven {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Driven::Manifest(lines) => json!({"changes": lines}).serialize(to),
            Driven::File(diffed) => diffed.serialize(to),
            Driven::Said(words) => json!({"said": words}).serialize(to),
        }
    }
}
