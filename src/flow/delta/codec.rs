//! The bytes of a staged delta: a line that names the format, a line of JSON, a record an operation, then the changed bytes.

use serde::{Deserialize, Serialize};

use super::{From, Recipe, Run};
use crate::error::{Error, Result};
use crate::flow::hash::Digest;

const FORMAT: &str = "git-data delta 1\n";
pub(super) const RECORD: u64 = 17;
const COPY: u8 = 0;
const INSERT: u8 = 1;
/// The two lines are not longer.
pub const HEAD: u64 = 512;
/// A recipe has no more operations than one for so many bytes of its object: more would be an attack, not a saving.
const FINEST: u64 = 4 << 10;
/// And no more than can be held.
pub(super) const MOST: u64 = 1 << 20;

/// The second line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    base: String,
    sha256: String,
    size: u64,
    ops: u64,
    data: u64,
}

/// What the beginning of a staged delta says, before its operations are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// The object that it is made from.
    pub base: Digest,
    /// What must come out.
    pub sha256: Digest,
    /// Its bytes.
    pub size: u64,
    /// Where the operations begin in the staged object, and how many bytes they are.
    pub ops: (u64, u64),
    pub(super) data: u64,
}

fn wrong(why: &str) -> Error {
    Error::integrity(format!("this is no delta: {why}"))
}

/// Everything of a delta but its data.
#[must_use]
pub fn head(recipe: &Recipe) -> Vec<u8> {
    let mut bytes = FORMAT.as_bytes().to_vec();
    let ops = recipe.runs.len() as u64;
    bytes.extend(line(&recipe.base, &recipe.sha256, recipe.size, ops, recipe.data));
    for Run { from, offset, length, .. } in &recipe.runs {
        bytes.push(if *from == From::Base { COPY } else { INSERT });
        bytes.extend_from_slice(&offset.to_le_bytes());
        bytes.extend_from_slice(&length.to_le_bytes());
    }
    bytes
}

fn line(base: &Digest, sha256: &Digest, size: u64, ops: u64, data: u64) -> Vec<u8> {
    let line = Line { base: base.hex(), sha256: sha256.hex(), size, ops, data };
    let mut bytes = serde_json::to_vec(&line).expect("numbers and words are JSON");
    bytes.push(b'\n');
    bytes
}

impl Opening {
    /// Reads the first [`HEAD`] bytes, or all if there are fewer, of a staged object that has `staged` bytes.
    pub fn read(first: &[u8], staged: u64) -> Result<Self> {
        let rest = first.strip_prefix(FORMAT.as_bytes()).ok_or_else(|| wrong("it does not begin as one"))?;
        let end = rest.iter().position(|byte| *byte == b'\n').ok_or_else(|| wrong("its head has no end"))? + 1;
        let read: Line = serde_json::from_slice(&rest[..end]).map_err(|_| wrong("its head cannot be read"))?;
        let Line { size, ops, data, .. } = read;
        let digest = |hex: &str| Digest::from_hex(hex).ok_or_else(|| wrong("its head names no digest"));
        let (base, sha256) = (digest(&read.base)?, digest(&read.sha256)?);
        if line(&base, &sha256, size, ops, data) != rest[..end] {
            return Err(wrong("its head is spelled in another way"));
        }
        if ops > MOST.min(size / FINEST + 2) {
            return Err(wrong(&format!("it has {ops} operations for {size} bytes")));
        }
        let begin = (FORMAT.len() + end) as u64;
        let ops = ops.checked_mul(RECORD).ok_or_else(|| wrong("it has too many operations"))?;
        if begin.checked_add(ops).and_then(|sum| sum.checked_add(data)) != Some(staged) {
            return Err(wrong(&format!("it has {staged} bytes, and not as many as its head says")));
        }
        Ok(Opening { base, sha256, size, ops: (begin, ops), data })
    }

    /// Where the data begins in the staged object.
    #[must_use]
    pub fn data_at(&self) -> u64 {
        self.ops.0 + self.ops.1
    }

    /// Reads the operations.
    pub fn recipe(&self, records: &[u8]) -> Result<Recipe> {
        let (records, odd) = records.as_chunks::<{ RECORD as usize }>();
        if records.len() as u64 * RECORD != self.ops.1 || !odd.is_empty() {
            return Err(wrong("its operations were cut"));
        }
        let Opening { base, sha256, size, data, .. } = *self;
        let mut recipe = Recipe { base, sha256, size: 0, data: 0, runs: Vec::with_capacity(records.len()) };
        for record in records {
            let number = |at: usize| {
                let bytes: [u8; 8] = record[at..at + 8].try_into().expect("eight bytes");
                u64::from_le_bytes(bytes)
            };
            let (offset, length) = (number(1), number(9));
            let from = match record[0] {
                COPY => From::Base,
                INSERT if offset == recipe.data => From::Data,
                INSERT => return Err(wrong("it does not use its data in order")),
                other => return Err(wrong(&format!("it has an operation {other}"))),
            };
            if length == 0 || length > size - recipe.size || offset.checked_add(length).is_none() {
                return Err(wrong("its operations do not make up the object"));
            }
            recipe.runs.push(Run { at: recipe.size, length, from, offset });
            recipe.size += length;
            recipe.data += if from == From::Data { length } else { 0 };
        }
        if (recipe.size, recipe.data) != (size, data) {
            return Err(wrong("its operations do not make up the object"));
        }
        Ok(recipe)
    }
}
