//! Compares two files in a process of its own ([`super::child`]). Whatever goes wrong there is told as "unavailable",
//! never as "no change".

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::command::child::{self, Request, Task};
use crate::command::env::Surroundings;
use crate::disk::{file, stat::Stat};
use crate::error::Result;
use crate::flow::diff::found::Found;
use crate::flow::diff::ladder::Tolerance;
use crate::flow::diff::page;
use crate::flow::diff::tally;
use crate::table::{self, Ask};

/// Texts that are no tables are compared line by line up to this size.
const READABLE: u64 = 4 << 20;

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

impl Wish {
    /// How cells are judged.
    pub(super) fn cells(&self) -> tally::Options {
        let near = |(abs, rel): Near| Tolerance { abs, rel };
        tally::Options {
            tolerance: near(self.tolerance),
            tolerances: self.tolerances.iter().map(|(name, bound)| (name.clone(), near(*bound))).collect(),
            changes: self.changes,
            ..tally::Options::default()
        }
    }

    /// The same for the readers of tables.
    pub(super) fn asked<'a>(&'a self, cells: &'a tally::Options) -> Ask<'a> {
        Ask {
            names: [&self.names[0], &self.names[1]],
            key: &self.key,
            keys: &self.keys,
            cells,
            order: self.order,
            memory: usize::try_from(self.memory).unwrap_or(usize::MAX),
            scratch: &self.scratch,
        }
    }
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
    let request = Request::new(Task::Compare(wish.clone()), wish.memory, wish.seconds);
    child::ask(around, &request, &format!("comparing {}", wish.names[1]))
}

/// What the other process does.
pub(super) fn compare(wish: &Wish) -> Result<Seen> {
    if let Some(found) = table::compare(&wish.old, &wish.new, &wish.asked(&wish.cells()))? {
        return Ok(Seen::Tables(Box::new(found)));
    }
    for path in [&wish.old, &wish.new] {
        if Stat::of(path)?.size > READABLE {
            return Ok(Seen::Opaque);
        }
    }
    let text = |path: &Path| -> Result<Option<String>> {
        let bytes = file::read(path)?.unwrap_or_default();
        Ok(String::from_utf8(bytes).ok().filter(|text| !text.contains('\0')))
    };
    Ok(match (text(&wish.old)?, text(&wish.new)?) {
        (Some(old), Some(new)) => Seen::Lines(page::lines(&old, &new)),
        _ => Seen::Opaque,
    })
}
