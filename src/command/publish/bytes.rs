//! Brings the bytes of a version to their key: this run hashes all of them before they become visible.

use std::io::Read as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::error::{Error, Kind, Result};
use crate::flow::hash::{Digest, Hasher};
use crate::flow::key::{self, Key};
use crate::flow::part;
use crate::flow::receipt::{Identity, Method};
use crate::flow::tree::shard::{Check, Member};
use crate::store::transfer::{Progress, steady};
use crate::store::{Body, CopySource, Head, Part, Pin, Read, Source, Upload, When, Write};

/// Parts of one object that are copied at the same time.
const TOGETHER: usize = 4;
const BUFFER: usize = 256 << 10;

/// Where bytes come from, and where they go.
pub(super) struct Bringing<'a> {
    pub(super) production: &'a dyn Write,
    pub(super) source: &'a dyn Read,
    pub(super) from: &'a Key,
    pub(super) identity: &'a Identity,
    /// What has to be in it, if it is a shard.
    pub(super) members: Option<&'a [Member]>,
    /// A fresh name for the quarantine.
    pub(super) fresh: String,
    pub(super) progress: &'a dyn Progress,
}

/// What was brought, and the digests of its parts as this run hashed them.
pub(super) struct Brought {
    pub(super) method: Method,
    pub(super) parts: Vec<Digest>,
}

impl Bringing<'_> {
    /// One PUT for what is small; else a copy inside the provider, through the quarantine where the store pins no source.
    pub(super) fn bring(&self) -> Result<Brought> {
        let head = self.source.head(self.from)?.ok_or_else(|| self.missing())?;
        if head.size != self.identity.size {
            return Err(self.other(&format!("{} bytes", head.size)));
        }
        if head.size < part::SMALLEST {
            return self.small(&head);
        }
        let parts = self.hash(self.source, self.from, &head.pin)?;
        match self.copy(&head.pin, &parts)? {
            Copied::Proven => Ok(Brought { method: Method::Copy, parts }),
            Copied::Unproven => self.through_quarantine(&head.pin),
        }
    }

    fn small(&self, head: &Head) -> Result<Brought> {
        let body = steady(self.source, self.from, (0, head.size), &head.pin)?;
        let mut bytes = Vec::new();
        body.ok_or_else(|| self.missing())?.read_to_end(&mut bytes).map_err(|e| self.unread(e))?;
        let sha256 = Digest::of(&bytes);
        if sha256 != self.identity.sha256 {
            return Err(self.other(&format!("the SHA-256 {sha256}")));
        }
        if let Some(mut shape) = self.members.map(Check::of) {
            shape.take(&bytes)?;
            shape.finish()?;
        }
        let body = Body { sha256, size: bytes.len() as u64, source: Source::Bytes(&bytes) };
        // Refused means that something lies there: the proof that follows says what.
        let _ = self.production.put(&self.identity.key, body, When::Absent)?;
        self.progress.advance(head.size);
        Ok(Brought { method: Method::Put, parts: vec![sha256] })
    }

    /// Reads an object once: refuses other bytes than the reviewed ones, and gives the digest of each part.
    fn hash(&self, bucket: &dyn Read, key: &Key, pin: &Pin) -> Result<Vec<Digest>> {
        let (mut whole, mut shape) = (Hasher::default(), self.members.map(Check::of));
        let mut parts = Vec::new();
        let mut buffer = vec![0; BUFFER];
        for (offset, length) in part::cut(self.identity.size) {
            let mut body = steady(bucket, key, (offset, length), pin)?.ok_or_else(|| self.missing())?;
            let mut one = Hasher::default();
            while one.count() < length {
                let read = body.read(&mut buffer).map_err(|e| self.unread(e))?;
                if read == 0 {
                    return Err(self.unread(std::io::ErrorKind::UnexpectedEof.into()));
                }
                one.update(&buffer[..read]);
                whole.update(&buffer[..read]);
                if let Some(shape) = &mut shape {
                    shape.take(&buffer[..read])?;
                }
                self.progress.advance(read as u64);
            }
            parts.push(one.finish());
        }
        shape.map_or(Ok(()), Check::finish)?;
        let whole = whole.finish();
        if whole == self.identity.sha256 { Ok(parts) } else { Err(self.other(&format!("the SHA-256 {whole}"))) }
    }

    /// Copies part by part; visible only if the store says of each that it is the part that was hashed.
    fn copy(&self, pin: &Pin, expected: &[Digest]) -> Result<Copied> {
        let upload = self.production.begin(&self.identity.key)?;
        let parts = match self.copy_parts(&upload, self.source, self.from, pin) {
            Ok(parts) => parts,
            Err(error) => return Err(self.given_up(&upload, error)),
        };
        let said: Vec<Option<Digest>> = parts.iter().map(|p| p.sha256).collect();
        if said.iter().any(Option::is_none) {
            self.production.abort(&upload)?;
            return Ok(Copied::Unproven);
        }
        if said.iter().copied().flatten().ne(expected.iter().copied()) {
            return Err(self.given_up(&upload, self.other("parts that changed while they were copied")));
        }
        self.complete(&upload, &parts)?;
        Ok(Copied::Proven)
    }

    /// Copy to a name that nobody else writes, hash what arrived there, and copy that.
    fn through_quarantine(&self, pin: &Pin) -> Result<Brought> {
        let incoming = key::incoming(&self.fresh);
        let done = self.quarantined(&incoming, pin);
        // Its leftovers are swept after seven days.
        let _ = self.production.delete(&incoming);
        done
    }

    fn quarantined(&self, incoming: &Key, pin: &Pin) -> Result<Brought> {
        let upload = self.production.begin(incoming)?;
        let arrived = self.copy_parts(&upload, self.source, self.from, pin);
        let arrived = arrived.and_then(|parts| self.complete(&upload, &parts));
        arrived.map_err(|error| self.given_up(&upload, error))?;
        let head = self.production.head(incoming)?.ok_or_else(|| self.missing())?;
        let parts = self.hash(self.production, incoming, &head.pin)?;
        let upload = self.production.begin(&self.identity.key)?;
        let copied = self.copy_parts(&upload, self.production, incoming, &head.pin);
        let copied = copied.and_then(|parts| self.complete(&upload, &parts));
        copied.map_err(|error| self.given_up(&upload, error))?;
        Ok(Brought { method: Method::Incoming, parts })
    }

    fn copy_parts(&self, upload: &Upload, bucket: &dyn Read, from: &Key, pin: &Pin) -> Result<Vec<Part>> {
        let cuts: Vec<(u64, u64)> = part::cut(self.identity.size).collect();
        let (next, parts) = (AtomicUsize::new(0), Mutex::new(Vec::with_capacity(cuts.len())));
        let work = || -> Result<()> {
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(&range) = cuts.get(at) else { return Ok(()) };
                let number = u32::try_from(at + 1).expect("an object has at most 8,192 parts");
                let source = CopySource { bucket, key: from, pin, range: Some(range) };
                let part = self.production.copy_part(upload, number, &source);
                // The other workers stop at their next part.
                let part = part.inspect_err(|_| next.store(cuts.len(), Ordering::Relaxed))?;
                parts.lock().unwrap_or_else(PoisonError::into_inner).push(part);
            }
        };
        thread::scope(|scope| {
            let workers: Vec<_> = (0..TOGETHER.min(cuts.len())).map(|_| scope.spawn(work)).collect();
            workers.into_iter().try_for_each(|worker| worker.join().expect("a worker does not panic"))
        })?;
        let mut parts = parts.into_inner().unwrap_or_else(PoisonError::into_inner);
        parts.sort_by_key(|part| part.number);
        Ok(parts)
    }

    /// Create-only. Refused, or an answer that was lost, means that something lies there: the proof that follows looks.
    fn complete(&self, upload: &Upload, parts: &[Part]) -> Result<()> {
        match self.production.complete(upload, parts, self.identity.size, When::Absent) {
            Ok(_) => Ok(()),
            Err(error) if error.kind == Kind::Store => match self.production.head(&upload.key) {
                Ok(Some(head)) if head.size == self.identity.size => Ok(()),
                _ => Err(error),
            },
            Err(error) => Err(error),
        }
    }

    fn given_up(&self, upload: &Upload, error: Error) -> Error {
        // The first error is the one to tell; what remains of the upload is invisible and swept.
        let _ = self.production.abort(upload);
        error
    }

    fn label(&self) -> String {
        format!("{} {}", self.identity.dataset, self.identity.version)
    }

    fn missing(&self) -> Error {
        Error::store(format!("{} is not in staging", self.label()))
            .because(format!("there is no object {} in {}", self.from, self.source.address()))
            .hint(format!(
                "git data prepare {}   on the machine that has the file uploads it again",
                self.identity.dataset
            ))
    }

    fn other(&self, found: &str) -> Error {
        Error::integrity(format!(
            "{}: these are not the bytes that were approved; they were not published",
            self.label()
        ))
        .because(format!("expected {} ({} bytes), found {found}", self.identity.sha256, self.identity.size))
        .hint(format!(
            "git data prepare {}   on the machine that has the file sends the right ones again",
            self.identity.dataset
        ))
    }

    fn unread(&self, cause: std::io::Error) -> Error {
        Error::store(format!("{} could not be read from {}", self.label(), self.source.address()))
            .because(cause)
            .hint("the next run tries again: nothing was published, nothing is lost")
    }
}

/// What a copy inside the provider came to.
enum Copied {
    /// The store said of each part that it is the one that was hashed.
    Proven,
    /// The store said nothing of the parts: nothing became visible.
    Unproven,
}
