//! Uploads that go on where they stopped: after a kill or a reboot, and from another clone of the same content.
//!
//! What the store lists is the truth and the journal a hint: a part counts if the store attests its digest, or if this
//! machine noted the name that the store gave it.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::super::{Part, Upload};
use super::upload::Sending;
use crate::disk::journal::{Begun, Journal};
use crate::error::{Error, Kind, Result};
use crate::flow::part;
use crate::flow::text::human_size;

/// Of several open uploads of the same content so many are looked at.
const LOOKED_AT: usize = 4;
/// The journal is written so often at most.
const PAUSE: Duration = Duration::from_secs(1);

/// Sends a file for a dataset, and only what the store has not: gives the number of bytes that were sent.
pub fn resume(sending: &Sending<'_>, journal: &Journal, dataset: &str) -> Result<u64> {
    let size = sending.hashed.size;
    if size < part::SMALLEST {
        return sending.whole().map(|()| size);
    }
    let mut again = false;
    loop {
        let log = Log::open(sending, journal, dataset);
        let (upload, held, ours) = match find(sending, &log.begun()) {
            Some((upload, held)) => (upload, held, false),
            None => (sending.store.begin(sending.key)?, Vec::new(), true),
        };
        log.goes_by(&upload)?;
        let there: u64 = held.iter().map(|part| part.size).sum();
        if there > 0 {
            let (there, size) = (human_size(there), human_size(size));
            sending.progress.note(&format!("resuming: {there} of {size} already there"));
        }
        match sending.parts(&upload, held, &|part| log.part(part)) {
            Ok(()) => {
                log.over();
                return Ok(size - there);
            }
            // Somebody else finished this upload, or gave it up.
            Err(error) if error.kind == Kind::Conflict && !again => {
                log.over();
                if sending.is_there()? {
                    return Ok(size - there);
                }
                again = true;
            }
            Err(error) if matches!(error.kind, Kind::Store | Kind::Conflict) => {
                log.write();
                return Err(resumable(error));
            }
            Err(error) => {
                if ours {
                    // The first error is the one to tell; what remains of the upload, the janitor takes away.
                    let _ = sending.store.abort(&upload);
                }
                log.over();
                return Err(error);
            }
        }
    }
}

fn resumable(error: Error) -> Error {
    error.hint("git data resume   goes on where it stopped")
}

/// The open upload of this content that has most of it, and the parts that count.
fn find(sending: &Sending<'_>, begun: &Begun) -> Option<(Upload, Vec<Part>)> {
    let key = sending.key;
    let mut open = match sending.store.uploads(key.as_str()) {
        Ok(open) => open,
        // Who may not list them goes on with what was noted.
        Err(_) => vec![Upload { key: key.clone(), id: begun.upload.clone(), started: 0 }],
    };
    open.retain(|upload| upload.key == *key && !upload.id.is_empty());
    open.sort_by_key(|upload| (upload.id != begun.upload, Reverse(upload.started)));
    let looked = open.into_iter().take(LOOKED_AT).filter_map(|upload| {
        let noted = if upload.id == begun.upload { begun.parts.clone() } else { BTreeMap::new() };
        // One that cannot be looked at is of no use: then from the start.
        let mut parts = sending.store.parts(&upload).ok()?;
        parts.retain(|part| counts(sending, part, &noted));
        Some((upload, parts))
    });
    looked.max_by_key(|(_, parts)| parts.len())
}

fn counts(sending: &Sending<'_>, part: &Part, noted: &BTreeMap<u32, String>) -> bool {
    let wanted = sending.cuts().find(|(number, _, size, _)| *number == part.number && *size == part.size);
    wanted.is_some_and(|(number, _, _, sha256)| match part.sha256 {
        Some(attested) => attested == sha256,
        None => !part.etag.is_empty() && noted.get(&number) == Some(&part.etag),
    })
}

/// What is noted of one upload while it runs.
struct Log<'a> {
    journal: &'a Journal,
    state: Mutex<(Begun, Instant)>,
}

impl<'a> Log<'a> {
    fn open(sending: &Sending<'_>, journal: &'a Journal, dataset: &str) -> Self {
        let (bucket, key) = (sending.store.address().to_string(), sending.key.to_string());
        let noted = journal.get(&sending.hashed.sha256).filter(|noted| noted.bucket == bucket && noted.key == key);
        let (upload, parts) = noted.map(|noted| (noted.upload, noted.parts)).unwrap_or_default();
        let begun = Begun {
            dataset: dataset.to_owned(),
            path: sending.file.to_owned(),
            modified: sending.hashed.stat.mtime_ns,
            sha256: sending.hashed.sha256.hex(),
            size: sending.hashed.size,
            bucket,
            key,
            upload,
            parts,
            ..Begun::default()
        };
        Log { journal, state: Mutex::new((begun, Instant::now())) }
    }

    fn begun(&self) -> Begun {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).0.clone()
    }

    /// From now on it is this upload.
    fn goes_by(&self, upload: &Upload) -> Result<()> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.0.upload != upload.id {
            state.0.upload.clone_from(&upload.id);
            state.0.parts.clear();
        }
        self.journal.set(&state.0)
    }

    fn part(&self, part: &Part) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.0.parts.insert(part.number, part.etag.clone());
        if state.1.elapsed() >= PAUSE {
            state.1 = Instant::now();
            // A hint that cannot be written costs at most a part that is sent again.
            let _ = self.journal.set(&state.0);
        }
    }

    fn write(&self) {
        let _ = self.journal.set(&self.begun());
    }

    fn over(&self) {
        self.journal.forget(&self.begun());
    }
}
