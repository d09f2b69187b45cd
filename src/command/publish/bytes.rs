//! Brings the bytes of a version to their key: this run hashes all of them before they become visible.

use std::io::{self, Read as _};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::command::publish::ahead;
use crate::disk::aside::{Aside, BUFFER};
use crate::disk::chunked::Passing;
use crate::error::{Error, Kind, Result};
use crate::flow::chunk::{self, Chunks};
use crate::flow::hash::{Digest, Hasher};
use crate::flow::key::{self, Key};
use crate::flow::part;
use crate::flow::receipt::{Identity, Method};
use crate::flow::tree::shard::{Check, Member};
use crate::store::transfer::{Progress, steady};
use crate::store::{Body, CopySource, Outcome, Part, Pin, Read, Source, Upload, When, Write};

/// Parts of one object that are copied at the same time.
const TOGETHER: usize = 4;

/// What the bytes of an object come from, part by part.
pub(super) trait Origin: Sync {
    /// (offset, length) of it; `None` if it is not there.
    fn read(&self, range: (u64, u64)) -> Result<Option<Box<dyn io::Read + '_>>>;

    /// Whether that range is copied inside the store.
    fn is_copied(&self, range: (u64, u64)) -> bool;

    /// Makes that range a part of an upload. If it was hashed before, it must be the same still.
    fn part(
        &self,
        to: &dyn Write,
        upload: &Upload,
        number: u32,
        range: (u64, u64),
        sha256: Option<&Digest>,
    ) -> Result<Part>;
}

/// An object that lies somewhere as it is.
pub(super) struct Whole<'a> {
    pub(super) bucket: &'a dyn Read,
    pub(super) key: &'a Key,
    pub(super) pin: &'a Pin,
}

impl Origin for Whole<'_> {
    fn read(&self, range: (u64, u64)) -> Result<Option<Box<dyn io::Read + '_>>> {
        Ok(steady(self.bucket, self.key, range, self.pin)?.map(|body| Box::new(body) as _))
    }

    fn is_copied(&self, _: (u64, u64)) -> bool {
        true
    }

    fn part(
        &self,
        to: &dyn Write,
        upload: &Upload,
        number: u32,
        range: (u64, u64),
        _: Option<&Digest>,
    ) -> Result<Part> {
        let source = CopySource { bucket: self.bucket, key: self.key, pin: self.pin, range: Some(range) };
        to.copy_part(upload, number, &source)
    }
}

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
    /// What `git data prepare` is to be told beside the name, to send other bytes.
    pub(super) how: &'static str,
}

/// The digests of the parts of an object that was hashed, and its chunk list if it is to have one.
type Hashed = (Vec<Digest>, Option<Chunks>);

/// What was brought, as this run hashed it.
pub(super) struct Brought {
    pub(super) method: Method,
    pub(super) parts: Vec<Digest>,
    pub(super) chunks: Option<Chunks>,
    /// Whether the store took these very bytes, with their digest, in one request.
    pub(super) ours: bool,
}

impl Bringing<'_> {
    /// Brings an object that lies in one piece.
    pub(super) fn bring(&self) -> Result<Brought> {
        // Small bytes that are right need no look before; whatever else comes is looked into.
        if self.identity.size < part::SMALLEST
            && let Some(bytes) = self.at_once()
        {
            return self.send(&bytes);
        }
        let head = self.source.head(self.from)?.ok_or_else(|| self.missing())?;
        if head.size != self.identity.size {
            return Err(self.other(&format!("{} bytes", head.size)));
        }
        self.assemble(&Whole { bucket: self.source, key: self.from, pin: &head.pin }, Method::Copy, Method::Incoming)
    }

    /// One PUT for what is small; else part by part inside the provider, through the quarantine where the store does not
    /// say what a part is.
    pub(super) fn assemble(&self, origin: &dyn Origin, straight: Method, quarantined: Method) -> Result<Brought> {
        if self.identity.size < part::SMALLEST {
            return self.small(origin);
        }
        match self.copy(origin)? {
            Some((parts, chunks)) => Ok(Brought { method: straight, parts, chunks, ours: false }),
            None => {
                let (parts, chunks) = self.through_quarantine(origin)?;
                Ok(Brought { method: quarantined, parts, chunks, ours: false })
            }
        }
    }

    /// The reviewed bytes, if one request gives them and nothing more.
    fn at_once(&self) -> Option<Vec<u8>> {
        let body = self.source.open(self.from, None, None).ok()??;
        let mut bytes = Vec::new();
        body.take(self.identity.size + 1).read_to_end(&mut bytes).ok()?;
        let right = bytes.len() as u64 == self.identity.size && Digest::of(&bytes) == self.identity.sha256;
        right.then_some(bytes)
    }

    fn small(&self, origin: &dyn Origin) -> Result<Brought> {
        let mut bytes = Vec::new();
        let mut body = origin.read((0, self.identity.size))?.ok_or_else(|| self.missing())?;
        body.read_to_end(&mut bytes).map_err(|e| self.unread(e))?;
        let sha256 = Digest::of(&bytes);
        if sha256 != self.identity.sha256 {
            return Err(self.other(&format!("the SHA-256 {sha256}")));
        }
        self.send(&bytes)
    }

    /// Bytes that were hashed, in one request.
    fn send(&self, bytes: &[u8]) -> Result<Brought> {
        if let Some(mut shape) = self.members.map(Check::of) {
            shape.take(bytes)?;
            shape.finish()?;
        }
        let (sha256, size) = (self.identity.sha256, bytes.len() as u64);
        let body = Body { sha256, size, source: Source::Bytes(bytes) };
        // Refused means that something lies there: the proof that follows says what.
        let ours = matches!(self.production.put(&self.identity.key, body, When::Absent)?, Outcome::Stored(_));
        self.progress.advance(size);
        Ok(Brought { method: Method::Put, parts: vec![sha256], chunks: None, ours })
    }

    /// Reads an object once: refuses other bytes than the reviewed ones, and gives the digest of each part.
    pub(super) fn hash(&self, origin: &dyn Origin) -> Result<Hashed> {
        let size = self.identity.size;
        let (mut whole, mut shape) = (Hasher::default(), self.members.map(Check::of));
        let mut aside = Aside::start(Passing::new(part::size(size), chunk::listed(size)));
        let failed = |why: Option<io::Error>| why.map_or_else(|| self.missing(), |error| self.unread(error));
        ahead::in_order(origin, size, &failed, |piece| {
            for bytes in piece.chunks(BUFFER) {
                let mut buffer = aside.buffer();
                buffer.truncate(bytes.len());
                buffer.copy_from_slice(bytes);
                aside.give(buffer);
                whole.update(bytes);
            }
            self.progress.advance(piece.len() as u64);
            shape.as_mut().map_or(Ok(()), |shape| shape.take(piece))
        })?;
        shape.map_or(Ok(()), Check::finish)?;
        let (whole, passed) = (whole.finish(), aside.finish().finish());
        if whole == self.identity.sha256 { Ok(passed) } else { Err(self.other(&format!("the SHA-256 {whole}"))) }
    }

    /// Copies part by part; visible only if the store says of each that it is the part that was hashed. `None` where it
    /// says nothing of them: nothing became visible, and nothing was read.
    fn copy(&self, origin: &dyn Origin) -> Result<Option<Hashed>> {
        let upload = self.production.begin(&self.identity.key)?;
        match self.copied(&upload, origin) {
            Ok(Some(hashed)) => Ok(Some(hashed)),
            Ok(None) => self.production.abort(&upload).map(|()| None),
            Err(error) => Err(self.given_up(&upload, error)),
        }
    }

    fn copied(&self, upload: &Upload, origin: &dyn Origin) -> Result<Option<Hashed>> {
        // One part tells whether the store says what it copies: nothing more is moved or read in vain.
        let first = self.first(upload, origin)?;
        if first.as_ref().is_some_and(|part| part.sha256.is_none()) {
            return Ok(None);
        }
        let (expected, chunks) = self.hash(origin)?;
        let parts = self.parts(upload, origin, Some(&expected), first)?;
        let said: Option<Vec<Digest>> = parts.iter().map(|part| part.sha256).collect();
        let Some(said) = said else { return Ok(None) };
        if said != expected {
            return Err(self.other("parts that changed while they were copied"));
        }
        self.complete(upload, &parts)?;
        Ok(Some((expected, chunks)))
    }

    /// Copy to a name that nobody else writes, hash what arrived there, and copy that.
    fn through_quarantine(&self, origin: &dyn Origin) -> Result<Hashed> {
        let incoming = key::incoming(&self.fresh);
        let done = self.quarantined(&incoming, origin);
        // Its leftovers are swept after seven days.
        let _ = self.production.delete(&incoming);
        done
    }

    fn quarantined(&self, incoming: &Key, origin: &dyn Origin) -> Result<Hashed> {
        let upload = self.production.begin(incoming)?;
        let arrived = self.parts(&upload, origin, None, None);
        let arrived = arrived.and_then(|parts| self.complete(&upload, &parts));
        arrived.map_err(|error| self.given_up(&upload, error))?;
        let head = self.production.head(incoming)?.ok_or_else(|| self.missing())?;
        let arrived = Whole { bucket: self.production, key: incoming, pin: &head.pin };
        let (parts, chunks) = self.hash(&arrived)?;
        let upload = self.production.begin(&self.identity.key)?;
        let copied = self.parts(&upload, &arrived, Some(&parts), None);
        let copied = copied.and_then(|parts| self.complete(&upload, &parts));
        copied.map_err(|error| self.given_up(&upload, error))?;
        Ok((parts, chunks))
    }

    /// The first part that is copied inside the store, if any is.
    fn first(&self, upload: &Upload, origin: &dyn Origin) -> Result<Option<Part>> {
        let copied = (1..).zip(part::cut(self.identity.size)).find(|(_, range)| origin.is_copied(*range));
        copied.map(|(number, range)| origin.part(self.production, upload, number, range, None)).transpose()
    }

    /// All parts but one that is there already.
    fn parts(
        &self,
        upload: &Upload,
        origin: &dyn Origin,
        expected: Option<&[Digest]>,
        held: Option<Part>,
    ) -> Result<Vec<Part>> {
        let number = held.as_ref().map(|part| part.number);
        let cuts: Vec<(u32, _)> =
            (1..).zip(part::cut(self.identity.size)).filter(|(n, _)| Some(*n) != number).collect();
        let (next, parts) = (AtomicUsize::new(0), Mutex::new(Vec::from_iter(held)));
        let work = || -> Result<()> {
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some((number, range)) = cuts.get(at) else { return Ok(()) };
                let sha256 = expected.and_then(|all| all.get(*number as usize - 1));
                let part = origin.part(self.production, upload, *number, *range, sha256);
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

    fn again(&self, what: &str) -> String {
        format!("git data prepare {}{}   on the machine that has the file {what}", self.identity.dataset, self.how)
    }

    pub(super) fn label(&self) -> String {
        format!("{} {}", self.identity.dataset, self.identity.version)
    }

    pub(super) fn missing(&self) -> Error {
        Error::store(format!("{} is not in staging", self.label()))
            .because(format!("there is no object {} in {}", self.from, self.source.address()))
            .hint(self.again("uploads it again"))
    }

    pub(super) fn other(&self, found: &str) -> Error {
        Error::integrity(format!(
            "{}: these are not the bytes that were approved; they were not published",
            self.label()
        ))
        .because(format!("expected {} ({} bytes), found {found}", self.identity.sha256, self.identity.size))
        .hint(self.again("sends the right ones again"))
    }

    fn unread(&self, cause: std::io::Error) -> Error {
        Error::store(format!("{} could not be read from {}", self.label(), self.source.address()))
            .because(cause)
            .hint("the next run tries again: nothing was published, nothing is lost")
    }
}
