//! Applies a patch to records, one by one: what it does not name is copied.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::make::splice;
use super::{Field, Patch, Record, Row, What};
use crate::error::{Error, Result};
use crate::flow::hash::Digest;
use crate::flow::text::Untrusted;

/// How the rows of a patch are found in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// By their place: the file is the one that the patch was made for.
    Place,
    /// By their key; whatever is not as the patch expects it is refused.
    Key,
    /// By their key; what somebody else changed too is a conflict, and stays as it is.
    Merge,
}

impl Finding {
    /// How they are found in a file of this digest, by a patch from `base` to `head`; `None`: it is the latter already.
    #[must_use]
    pub fn of(found: Digest, [base, head]: [Digest; 2], merge: bool) -> Option<Finding> {
        if found == head {
            return None;
        }
        Some(match (found == base, merge) {
            (true, _) => Finding::Place,
            (false, true) => Finding::Merge,
            (false, false) => Finding::Key,
        })
    }
}

/// A change that cannot be made because somebody else made another one.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The row.
    pub key: Vec<Vec<u8>>,
    /// The column's name; `None`: the row as a whole.
    pub column: Option<String>,
    /// What was expected; `None`: no such row.
    pub base: Option<Vec<u8>>,
    /// What is there.
    pub here: Option<Vec<u8>>,
    /// What the patch would make of it.
    pub patch: Option<Vec<u8>>,
}

/// A patch that is being applied.
pub struct Apply<'p> {
    patch: &'p Patch,
    finding: Finding,
    /// What the patch says about rows that are there before, by their place or key.
    places: HashMap<u64, &'p Row>,
    keys: HashMap<&'p [Vec<u8>], (&'p Row, bool)>,
    /// New rows, the last first.
    added: Vec<&'p Record>,
    old: u64,
    new: u64,
    /// What the last record ends with that was written.
    pending: Option<Vec<u8>>,
    /// Empty lines behind that, which are no records.
    gap: Vec<u8>,
    conflicts: Vec<Conflict>,
}

/// What comes of one record.
enum Outcome {
    Same,
    Other(Vec<u8>, Option<Vec<u8>>),
    Gone,
}

impl<'p> Apply<'p> {
    /// Before the first record. Without a key, rows can be found by their place only.
    pub fn new(patch: &'p Patch, finding: Finding) -> Result<Apply<'p>> {
        if finding != Finding::Place && patch.key.is_empty() {
            return Err(Error::conflict("the file is not the one that the patch was made for")
                .because("the patch has no key, so its rows are known by their place only"));
        }
        let (mut places, mut keys, mut added) = (HashMap::new(), HashMap::new(), Vec::new());
        for row in &patch.rows {
            let place = match &row.what {
                What::Edit { places: [old, _], .. } => Some(*old),
                What::Replace { old, .. } | What::Remove(old) => Some(old.place),
                What::Move { old, new } => {
                    added.push(new);
                    Some(old.place)
                }
                What::Add(record) => {
                    added.push(record);
                    None
                }
            };
            let twice = match (finding, place) {
                (Finding::Place, Some(place)) => places.insert(place, row).is_some(),
                (Finding::Place, None) => false,
                _ => keys.insert(row.key.as_slice(), (row, false)).is_some(),
            };
            if twice {
                return Err(Error::user(format!("the patch changes {} twice", shown(&row.key))));
            }
        }
        added.sort_by_key(|record| std::cmp::Reverse(record.place));
        let (gap, conflicts) = (Vec::new(), Vec::new());
        Ok(Apply { patch, finding, places, keys, added, old: 0, new: 0, pending: None, gap, conflicts })
    }

    /// Takes the next record with its line end, and writes what becomes of it.
    pub fn record(&mut self, record: &[u8], end: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let outcome = match self.finding {
            Finding::Place => {
                self.add(out);
                let row = self.places.remove(&self.old);
                row.map_or(Ok(Outcome::Same), |row| self.change(row, record))?
            }
            Finding::Key | Finding::Merge => {
                let key = self.patch.form.key(record, &self.patch.columns, &self.patch.key);
                match self.keys.get_mut(key.as_slice()) {
                    None => Outcome::Same,
                    Some((_, true)) => {
                        return Err(Error::user(format!("more than one row has the key {}", shown(&key))));
                    }
                    Some((row, seen)) => {
                        *seen = true;
                        let row = *row;
                        self.change(row, record)?
                    }
                }
            }
        };
        self.old += 1;
        match outcome {
            Outcome::Same => self.write(record, end, out),
            Outcome::Other(raw, other) => self.write(&raw, other.as_deref().unwrap_or(end), out),
            Outcome::Gone => {}
        }
        Ok(())
    }

    /// Takes empty lines that are no records: they stay where they are.
    pub fn gap(&mut self, lines: &[u8]) {
        self.gap.extend_from_slice(lines);
    }

    /// After the last record: writes what comes behind it. The conflicts, if there are any.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<Vec<Conflict>> {
        if self.finding == Finding::Place {
            self.add(out);
            if !self.places.is_empty() || !self.added.is_empty() {
                return Err(Error::conflict("the patch changes rows that the file does not have"));
            }
            if self.pending.is_some() {
                out.extend_from_slice(&self.patch.last[1]);
            }
            out.extend_from_slice(&self.gap);
            return Ok(self.conflicts);
        }
        let mut left: Vec<&Row> = self.keys.values().filter(|(_, seen)| !seen).map(|(row, _)| *row).collect();
        left.sort_by(|a, b| a.key.cmp(&b.key));
        for row in &left {
            let (base, patch) = match &row.what {
                // Whoever removed it here did what the patch does.
                What::Remove(_) if self.finding == Finding::Merge => continue,
                What::Remove(old) => (old.raw.clone(), None),
                What::Replace { old, new } | What::Move { old, new } => (old.raw.clone(), Some(new.raw.clone())),
                What::Edit { cells, .. } => {
                    (joined(cells, |field| &field.old), Some(joined(cells, |field| &field.new)))
                }
                What::Add(_) => continue,
            };
            self.conflict(row, None, Some(base), None, patch)?;
        }
        let mut added: Vec<&Record> =
            left.iter().filter_map(|row| if let What::Add(record) = &row.what { Some(record) } else { None }).collect();
        added.sort_by_key(|record| record.place);
        for record in added {
            self.write(&record.raw, &record.end, out);
        }
        out.extend(self.pending.take().unwrap_or_default());
        out.extend_from_slice(&self.gap);
        Ok(self.conflicts)
    }

    /// New rows whose turn it is.
    fn add(&mut self, out: &mut Vec<u8>) {
        while let Some(record) = self.added.pop_if(|record| record.place == self.new) {
            self.write(&record.raw, &record.end, out);
        }
    }

    /// A record without an end gets one as soon as another follows.
    fn write(&mut self, record: &[u8], end: &[u8], out: &mut Vec<u8>) {
        if let Some(end) = self.pending.replace(end.to_vec()) {
            out.extend_from_slice(if end.is_empty() { &self.patch.end } else { &end });
        }
        out.append(&mut self.gap);
        out.extend_from_slice(record);
        self.new += 1;
    }

    fn change(&mut self, row: &Row, record: &[u8]) -> Result<Outcome> {
        let here = || Some(record.to_vec());
        match &row.what {
            What::Edit { cells, .. } => self.edit(row, cells, record),
            // Where it goes to is known by its place only.
            What::Move { old, .. } if old.raw == record && self.finding == Finding::Place => Ok(Outcome::Gone),
            What::Move { old, new } if old.raw == new.raw => Ok(Outcome::Same),
            What::Replace { old, new } | What::Move { old, new } if old.raw == record => {
                Ok(Outcome::Other(new.raw.clone(), Some(new.end.clone())))
            }
            What::Remove(old) if old.raw == record => Ok(Outcome::Gone),
            // Both sides did the same.
            What::Replace { new, .. } | What::Move { new, .. } | What::Add(new)
                if new.raw == record && self.finding == Finding::Merge =>
            {
                Ok(Outcome::Same)
            }
            What::Replace { old, new } | What::Move { old, new } => {
                self.conflict(row, None, Some(old.raw.clone()), here(), Some(new.raw.clone()))
            }
            What::Remove(old) => self.conflict(row, None, Some(old.raw.clone()), here(), None),
            What::Add(new) => self.conflict(row, None, None, here(), Some(new.raw.clone())),
        }
    }

    fn edit(&mut self, row: &Row, cells: &[Field], record: &[u8]) -> Result<Outcome> {
        let (form, columns) = (self.patch.form, &self.patch.columns);
        let fields = form.fields(record, columns);
        let field = |cell: &Field| fields.get(cell.column).cloned().flatten().and_then(|range| record.get(range));
        let mut fit = Vec::new();
        for cell in cells {
            let here = field(cell);
            let merged = here == Some(cell.new.as_slice()) && self.finding == Finding::Merge;
            if here == Some(cell.old.as_slice()) {
                fit.push(cell);
            } else if !merged {
                let name = columns.get(cell.column).cloned();
                let (old, new) = (Some(cell.old.clone()), Some(cell.new.clone()));
                self.conflict(row, name, old, here.map(<[u8]>::to_vec), new)?;
            }
        }
        let made = splice(form, columns, record, fit, |field| (&field.old, &field.new));
        let broken = |column: usize| Error::bug(format!("field {column} is not where it was found"));
        Ok(Outcome::Other(made.map_err(broken)?, None))
    }

    /// Notes a conflict, or refuses where nothing is merged.
    fn conflict(
        &mut self,
        row: &Row,
        column: Option<String>,
        base: Option<Vec<u8>>,
        here: Option<Vec<u8>>,
        patch: Option<Vec<u8>>,
    ) -> Result<Outcome> {
        let conflict = Conflict { key: row.key.clone(), column, base, here, patch };
        if self.finding == Finding::Merge {
            self.conflicts.push(conflict);
            return Ok(Outcome::Same);
        }
        Err(conflict.refused())
    }
}

impl Conflict {
    /// The row, and its column, for people.
    #[must_use]
    pub fn place(&self) -> String {
        let of = self.column.as_ref().map_or(String::new(), |name| format!(" {}", Untrusted(name)));
        format!("row {}{of}", shown(&self.key))
    }

    /// What is there, what was expected, and what the patch makes of it, for people.
    #[must_use]
    pub fn values(&self) -> [String; 3] {
        [&self.here, &self.base, &self.patch].map(|value| match value {
            Some(value) => Untrusted(&String::from_utf8_lossy(value)).to_string(),
            None => "no row".to_owned(),
        })
    }

    /// As an error.
    #[must_use]
    pub fn refused(&self) -> Error {
        let [here, base, _] = self.values();
        Error::conflict(format!("{} is not as the patch expects it", self.place()))
            .because(format!("it is {here}, the patch changes {base}"))
            .hint("git data apply --3way merges cell by cell")
    }
}

fn joined(cells: &[Field], side: fn(&Field) -> &Vec<u8>) -> Vec<u8> {
    cells.iter().map(|field| side(field).as_slice()).collect::<Vec<_>>().join(&b", "[..])
}

/// A key for people.
#[must_use]
pub fn shown(key: &[Vec<u8>]) -> String {
    let values: Vec<String> = key.iter().map(|value| Untrusted(&String::from_utf8_lossy(value)).to_string()).collect();
    if values.is_empty() { "one row".to_owned() } else { values.join(", ") }
}
