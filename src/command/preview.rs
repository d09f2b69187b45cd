//! Compares two files in a process of its own: what they hold is untrusted, so whoever reads it has no credentials, and
//! may use so much memory and time. Whatever goes wrong there is told as "unavailable", never as "no change".

use std::collections::BTreeMap;
use std::io::Read;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::command::env::Surroundings;
use crate::disk::{file, stat::Stat};
use crate::error::{Error, Result};
use crate::flow::diff::found::Found;
use crate::flow::diff::ladder::Tolerance;
use crate::flow::diff::page;
use crate::flow::diff::tally;
use crate::process::Run;
use crate::process::limits::{self, Limits};
use crate::table::{self, Ask};

/// The word that makes our own program such a process. It is for no person.
pub const WORD: &str = "read-tables";

/// Texts that are no tables are compared line by line up to this size.
const READABLE: u64 = 4 << 20;
/// What a process needs beside the memory that a comparison may hold: code, threads, pages of the system.
const BESIDE: u64 = 1 << 30;

/// What is to be compared, and how.
#[derive(Serialize, Deserialize, Clone, Debug)]
pub struct Wish {
    /// The older file.
    pub old: PathBuf,
    /// The newer one.
    pub new: PathBuf,
    /// The names by which people know them.
    pub names: [String; 2],
    /// The key that was asked for.
    pub key: Vec<String>,
    /// Keys that the dataset declares, by the table's name.
    pub keys: BTreeMap<String, Vec<String>>,
    /// How near numbers may lie: absolute and relative, for all columns and by the column's name.
    pub tolerance: Near,
    /// For one column each.
    pub tolerances: BTreeMap<String, Near>,
    /// Whether rows in another order are counted.
    pub order: bool,
    /// So many changes are kept.
    pub changes: usize,
    /// About how many bytes a comparison holds.
    pub memory: u64,
    /// Seconds of processor time, where they are bounded.
    pub seconds: Option<u64>,
    /// Where scratch files may lie.
    pub scratch: PathBuf,
}

/// A tolerance on its way.
pub type Near = (Option<f64>, Option<f64>);

/// What came out.
#[derive(Serialize, Deserialize, Clone, Debug)]
pub enum Seen {
    /// Tables.
    Tables(Box<Found>),
    /// Text that is no table: its changed lines.
    Lines(String),
    /// Nothing that can be read: size and digest are all there is to compare.
    Opaque,
    /// It was not compared, and why.
    Unavailable(String),
}

/// Compares in another process.
#[must_use]
pub fn see(around: &Surroundings, wish: &Wish) -> Seen {
    ask(around, wish).unwrap_or_else(|error| Seen::Unavailable(error.line()))
}

fn ask(around: &Surroundings, wish: &Wish) -> Result<Seen> {
    let words = serde_json::to_vec(wish).map_err(|e| Error::bug("a wish cannot be written").because(e))?;
    let mut run = Run::new(&around.program).arg(WORD).bare().stdin(words);
    if let Some(seconds) = wish.seconds {
        // Waiting for a disk is not working: twice as long by the clock.
        run = run.timeout(Duration::from_secs(seconds * 2 + 10));
    }
    let ran = run.output()?;
    if ran.ok() {
        return serde_json::from_slice(&ran.stdout)
            .map_err(|e| Error::user("what was found cannot be read").because(e));
    }
    Err(Error::user(match (ran.code, wish.seconds) {
        (137 | 152, Some(seconds)) => format!("it took more than {seconds} s of processor time"),
        (134, _) => format!("it needs more than {} of memory", crate::flow::text::human_size(wish.memory + BESIDE)),
        (code, _) => format!("the process that reads it ended with {code}"),
    }))
}

/// What that other process does: reads the wish, bounds itself, compares, and answers.
pub fn answer(from: &mut dyn Read) -> Result<Vec<u8>> {
    let wrong = |e: serde_json::Error| Error::usage(format!("{WORD} is for git data itself")).because(e);
    let wish: Wish = serde_json::from_reader(from).map_err(wrong)?;
    limits::set(Limits { memory: wish.memory + BESIDE, seconds: wish.seconds })?;
    let seen = compare(&wish).unwrap_or_else(|error| Seen::Unavailable(error.line()));
    serde_json::to_vec(&seen).map_err(wrong)
}

fn compare(wish: &Wish) -> Result<Seen> {
    let near = |(abs, rel): Near| Tolerance { abs, rel };
    let cells = tally::Options {
        tolerance: near(wish.tolerance),
        tolerances: wish.tolerances.iter().map(|(name, bound)| (name.clone(), near(*bound))).collect(),
        changes: wish.changes,
        ..tally::Options::default()
    };
    let ask = Ask {
        names: [&wish.names[0], &wish.names[1]],
        key: &wish.key,
        keys: &wish.keys,
        cells: &cells,
        order: wish.order,
        memory: usize::try_from(wish.memory).unwrap_or(usize::MAX),
        scratch: &wish.scratch,
    };
    if let Some(found) = table::compare(&wish.old, &wish.new, &ask)? {
        return Ok(Seen::Tables(Box::new(found)));
    }
    for path in [&wish.old, &wish.new] {
        if Stat::of(path)?.size > READABLE {
            return Ok(Seen::Opaque);
        }
    }
    let text = |path| -> Result<Option<String>> {
        let bytes = file::read(path)?.unwrap_or_default();
        Ok(String::from_utf8(bytes).ok().filter(|text| !text.contains('\0')))
    };
    Ok(match (text(&wish.old)?, text(&wish.new)?) {
        (Some(old), Some(new)) => Seen::Lines(page::lines(&old, &new)),
        _ => Seen::Opaque,
    })
}
