//! The bytes of a chunk list: a line that names the format, a line of JSON with how it was cut and its counts, a record a chunk.

use serde::{Deserialize, Serialize};

use super::{AVERAGE, Chunk, Chunks, MAX, MIN};
use crate::error::{Error, Result};

const FORMAT: &str = "git-data chunks 1\n";
const RECORD: usize = 36;
/// The two lines are shorter.
const HEAD: usize = 512;

/// The second line. `records` keeps a flipped bit from being taken for another chunk.
#[derive(Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
struct Head {
    fastcdc: u32,
    min: u32,
    average: u32,
    max: u32,
    hash: String,
    chunks: u64,
    size: u64,
    records: String,
}

/// The most bytes that the list of an object of that size can have.
#[must_use]
pub fn most(size: u64) -> u64 {
    (size / u64::from(MIN)).saturating_add(1).saturating_mul(RECORD as u64).saturating_add(HEAD as u64)
}

/// The list as it is stored.
#[must_use]
pub fn print(chunks: &Chunks) -> Vec<u8> {
    let mut records = Vec::with_capacity(chunks.list.len() * RECORD);
    for chunk in &chunks.list {
        records.extend_from_slice(&chunk.length.to_le_bytes());
        records.extend_from_slice(&chunk.blake3);
    }
    let mut bytes = FORMAT.as_bytes().to_vec();
    bytes.extend_from_slice(&head(chunks.list.len() as u64, chunks.size, &records).line());
    bytes.extend_from_slice(&records);
    bytes
}

/// Reads a list of an object of that size. Whatever is not exactly a list is refused.
pub fn parse(bytes: &[u8], size: u64) -> Result<Chunks> {
    let wrong = |why: &str| Error::integrity(format!("this is no chunk list of {size} bytes: {why}"));
    let rest = bytes.strip_prefix(FORMAT.as_bytes()).ok_or_else(|| wrong("it does not begin as one"))?;
    let end = rest.iter().take(HEAD).position(|byte| *byte == b'\n').ok_or_else(|| wrong("its head has no end"))?;
    let (line, records) = rest.split_at(end + 1);
    let read: Head = serde_json::from_slice(line).map_err(|_| wrong("its head cannot be read"))?;
    let (records, odd) = records.as_chunks::<RECORD>();
    if read.chunks != records.len() as u64 || !odd.is_empty() {
        return Err(wrong("it does not have as many records as it says"));
    }
    let mut chunks = Chunks { list: Vec::with_capacity(records.len()), size: 0 };
    for (at, record) in records.iter().enumerate() {
        let (length, blake3) = record.split_at(4);
        let length = u32::from_le_bytes(length.try_into().expect("it was split at 4"));
        let least = if at + 1 == records.len() { 1 } else { MIN };
        if !(least..=MAX).contains(&length) {
            return Err(wrong(&format!("chunk {at} has {length} bytes")));
        }
        chunks.push(Chunk { length, blake3: blake3.try_into().expect("a record has 36 bytes") });
    }
    if chunks.size != size {
        return Err(wrong(&format!("its chunks are {} bytes", chunks.size)));
    }
    // The one spelling of a head: it covers the parameters, the counts and the records.
    if head(read.chunks, size, records.as_flattened()).line() != line {
        return Err(wrong("its head says something else, or it was cut in another way"));
    }
    Ok(chunks)
}

fn head(chunks: u64, size: u64, records: &[u8]) -> Head {
    let records = blake3::hash(records).to_hex().to_string();
    Head { fastcdc: 2020, min: MIN, average: AVERAGE, max: MAX, hash: "blake3".to_owned(), chunks, size, records }
}

impl Head {
    fn line(&self) -> Vec<u8> {
        let mut line = serde_json::to_vec(self).expect("numbers and words are JSON");
        line.push(b'\n');
        line
    }
}
