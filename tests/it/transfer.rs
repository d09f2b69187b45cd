//! Up and down through a store that fails on purpose.

#[cfg(feature = "s3")]
mod stories;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use git_data::disk::hash;
use git_data::disk::journal::Journal;
use git_data::error::{Error, Kind, Result};
use git_data::flow::address::Address;
use git_data::flow::hash::Digest;
use git_data::flow::key::Key;
use git_data::store::directory::Directory;
use git_data::store::transfer::{Fetched, Sending, Silent, already, download, resume, upload};
use git_data::store::{Attested, Body, CopySource, Head, Listed, Outcome, Part, Pin, Read, Upload, When, Write};

use crate::conformance::{bytes, read};
use crate::directory::{bucket, keys};

/// A fault for the next calls of one kind; each is used once, first to last.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    /// The stream fails after so many bytes.
    Cut(usize),
    /// The stream ends after so many bytes.
    End(usize),
    /// The byte there is another.
    Flip(usize),
    /// It works, and the answer is lost.
    AnswerLost,
    /// It does not work, and nobody knows.
    RequestLost,
}

struct Faulty {
    inner: Directory,
    open: Mutex<Vec<Fault>>,
    write: Mutex<Vec<Fault>>,
    attested: Attested,
    ranges: Mutex<Vec<Option<(u64, u64)>>>,
}

impl Faulty {
    fn new(root: &Path) -> Self {
        let (open, write, ranges) = Default::default();
        Faulty { inner: bucket(root), open, write, attested: Attested::Nothing, ranges }
    }

    fn unsure(&self, act: impl FnOnce() -> Result<Outcome>) -> Result<Outcome> {
        let lost = || Err(Error::store("the connection was reset"));
        match self.write.lock().unwrap().pop() {
            None => act(),
            Some(Fault::RequestLost) => lost(),
            Some(_) => act().and_then(|_| lost()),
        }
    }
}

struct Bent {
    inner: Box<dyn io::Read + Send>,
    at: usize,
    fault: Fault,
}

impl io::Read for Bent {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let most = match self.fault {
            Fault::Cut(after) if self.at >= after => return Err(io::ErrorKind::ConnectionReset.into()),
            Fault::End(after) if self.at >= after => return Ok(0),
            Fault::Cut(after) | Fault::End(after) => into.len().min(after - self.at),
            _ => into.len(),
        };
        let n = self.inner.read(&mut into[..most])?;
        if let Fault::Flip(at) = self.fault
            && (self.at..self.at + n).contains(&at)
        {
            into[at - self.at] ^= 1;
        }
        self.at += n;
        Ok(n)
    }
}

impl Read for Faulty {
    fn address(&self) -> &Address {
        self.inner.address()
    }
    fn head(&self, key: &Key) -> Result<Option<Head>> {
        Ok(self.inner.head(key)?.map(|head| Head { attested: self.attested, ..head }))
    }
    fn open(
        &self,
        key: &Key,
        range: Option<(u64, u64)>,
        pin: Option<&Pin>,
    ) -> Result<Option<Box<dyn io::Read + Send>>> {
        assert!(pin.is_some(), "a download is pinned");
        self.ranges.lock().unwrap().push(range);
        let Some(inner) = self.inner.open(key, range, pin)? else { return Ok(None) };
        Ok(Some(match self.open.lock().unwrap().pop() {
            Some(fault) => Box::new(Bent { inner, at: 0, fault }),
            None => inner,
        }))
    }
    fn list(&self, prefix: &str, each: &mut dyn FnMut(Listed) -> Result<()>) -> Result<()> {
        self.inner.list(prefix, each)
    }
    fn link(&self, key: &Key, seconds: u64) -> Result<String> {
        self.inner.link(key, seconds)
    }
}

impl Write for Faulty {
    fn put(&self, key: &Key, body: Body<'_>, when: When<'_>) -> Result<Outcome> {
        self.unsure(|| self.inner.put(key, body, when))
    }
    fn begin(&self, key: &Key) -> Result<Upload> {
        self.inner.begin(key)
    }
    fn part(&self, upload: &Upload, number: u32, body: Body<'_>) -> Result<Part> {
        self.inner.part(upload, number, body)
    }
    fn copy_part(&self, upload: &Upload, number: u32, source: &CopySource<'_>) -> Result<Part> {
        self.inner.copy_part(upload, number, source)
    }
    fn parts(&self, upload: &Upload) -> Result<Vec<Part>> {
        self.inner.parts(upload)
    }
    fn complete(&self, upload: &Upload, parts: &[Part], size: u64, when: When<'_>) -> Result<Outcome> {
        self.unsure(|| self.inner.complete(upload, parts, size, when))
    }
    fn abort(&self, upload: &Upload) -> Result<()> {
        self.inner.abort(upload)
    }
    fn uploads(&self, prefix: &str) -> Result<Vec<Upload>> {
        self.inner.uploads(prefix)
    }
    fn copy(&self, key: &Key, source: &CopySource<'_>, when: When<'_>) -> Result<Outcome> {
        self.inner.copy(key, source, when)
    }
    fn delete(&self, key: &Key) -> Result<()> {
        self.inner.delete(key)
    }
}

struct Lab {
    _dir: tempfile::TempDir,
    store: Faulty,
    file: PathBuf,
    into: PathBuf,
    all: Vec<u8>,
    key: Key,
}

impl Lab {
    fn new(size: usize) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (file, into) = (dir.path().join("file"), dir.path().join("into"));
        let all = bytes(size, 30);
        fs::write(&file, &all).unwrap();
        let store = Faulty::new(&dir.path().join("bucket"));
        Lab { store, file, into, key: Key::new(Digest::of(&all).hex()), all, _dir: dir }
    }

    fn hashed(&self) -> hash::Hashed {
        hash::file(&self.file, &|_| {}).unwrap()
    }

    fn up(&self) -> Result<()> {
        upload(&self.store, &self.key, &self.file, &self.hashed(), &Silent)
    }

    fn journal(&self) -> Journal {
        Journal::new(self._dir.path())
    }

    fn resume(&self, hashed: &hash::Hashed) -> Result<u64> {
        let (store, key, file) = (&self.store, &self.key, self.file.as_path());
        let sending = Sending { store, key, file, hashed, when: When::Always, progress: &Silent };
        resume(&sending, &self.journal(), "file")
    }

    fn down(&self) -> Result<Fetched> {
        let want = (Digest::of(&self.all), self.all.len() as u64);
        download(&self.store, &self.key, &self.into, want, &Silent)
    }

    /// First to last.
    fn faults(&self, open: &[Fault]) {
        *self.store.open.lock().unwrap() = open.iter().rev().copied().collect();
    }
}

const MIB: usize = 1 << 20;

#[test]
fn files_of_every_size_go_up_and_come_down() {
    for size in [0, 1, 8 * MIB - 1, 8 * MIB, 8 * MIB + 1, 35 * MIB + 7] {
        let lab = Lab::new(size);
        lab.up().unwrap();
        assert_eq!(keys(&lab.store), [lab.key.as_str()]);
        assert_eq!(lab.down().unwrap(), Fetched::Done);
        assert!(fs::read(&lab.into).unwrap() == lab.all, "{size}");
        assert!(lab.store.uploads("").unwrap().is_empty());
    }
}

#[test]
fn a_file_that_changed_since_pass_one_is_not_staged() {
    for size in [1000, 20 * MIB] {
        let lab = Lab::new(size);
        let hashed = lab.hashed();
        let mut other = lab.all.clone();
        other[size - 1] ^= 1;
        fs::write(&lab.file, other).unwrap();
        let error = upload(&lab.store, &lab.key, &lab.file, &hashed, &Silent).unwrap_err();
        assert!(error.message.starts_with("FILE_CHANGED: "), "{error}");
        assert!(keys(&lab.store).is_empty());
        assert!(lab.store.uploads("").unwrap().is_empty(), "the upload was given up");
    }
}

#[test]
fn an_upload_goes_on_where_it_was_cut() {
    let lab = Lab::new(20 * MIB);
    let hashed = lab.hashed();
    let begun = lab.store.begin(&lab.key).unwrap();
    let first = &lab.all[..8 * MIB];
    lab.store.part(&begun, 1, crate::conformance::body(first)).unwrap();
    // Only what is missing is read.
    let mut file = lab.all.clone();
    file[..8 * MIB].fill(0);
    fs::write(&lab.file, file).unwrap();
    assert_eq!(lab.resume(&hashed).unwrap(), 12 * MIB as u64);
    assert_eq!(lab.down().unwrap(), Fetched::Done);
}

#[test]
fn an_unknown_outcome_is_looked_at() {
    for size in [1000, 9 * MIB] {
        let lab = Lab::new(size);
        lab.store.write.lock().unwrap().push(Fault::AnswerLost);
        lab.up().unwrap();
        let lab = Lab::new(size);
        lab.store.write.lock().unwrap().push(Fault::RequestLost);
        assert_eq!(lab.up().unwrap_err().message, "the connection was reset");
        // Something else of that size does not pass for it.
        let lab = Lab::new(size);
        let other = bytes(size, 31);
        lab.store.inner.put(&lab.key, crate::conformance::body(&other), When::Always).unwrap();
        lab.store.write.lock().unwrap().push(Fault::RequestLost);
        assert!(lab.up().is_err());
        lab.up().unwrap();
        assert!(read(&lab.store.inner, &lab.key, None, None).unwrap().unwrap() == lab.all);
    }
}

#[test]
fn an_object_is_believed_only_when_attested_or_read_and_young() {
    let mut lab = Lab::new(9 * MIB);
    let hashed = lab.hashed();
    assert!(!already(&lab.store, &lab.key, &hashed, 0, true).unwrap());
    lab.up().unwrap();
    let born = lab.store.head(&lab.key).unwrap().unwrap().modified;
    let there = |lab: &Lab, now, reread| already(&lab.store, &lab.key, &hashed, now, reread).unwrap();
    assert!(there(&lab, born, true));
    assert!(!there(&lab, born, false), "a directory attests nothing");
    assert!(there(&lab, born + 7 * 86_400 - 1, true));
    assert!(!there(&lab, born + 7 * 86_400, true), "the janitor may be coming");
    lab.store.attested = Attested::Whole(hashed.sha256);
    assert!(there(&lab, born, false));
    lab.store.attested = Attested::Whole(Digest::of(b"other"));
    assert!(!there(&lab, born, true));
    let digests: Vec<u8> = hashed.parts.iter().flat_map(|digest| *digest.bytes()).collect();
    let composite = Digest::of(&digests);
    lab.store.attested = Attested::Parts { composite, parts: 2 };
    assert!(there(&lab, born, false));
    lab.store.attested = Attested::Parts { composite, parts: 3 };
    assert!(!there(&lab, born, false));
    lab.store.attested = Attested::Parts { composite: hashed.sha256, parts: 2 };
    assert!(!there(&lab, born, false));
    // Bytes of the same size that are not those.
    lab.store.attested = Attested::Nothing;
    let other = bytes(9 * MIB, 32);
    lab.store.inner.put(&lab.key, crate::conformance::body(&other), When::Always).unwrap();
    assert!(!there(&lab, born, true));
}

#[test]
fn a_download_is_resumed_and_proven() {
    let lab = Lab::new(5 * MIB);
    lab.up().unwrap();
    lab.faults(&[Fault::Cut(MIB), Fault::End(2 * MIB), Fault::Cut(0)]);
    assert_eq!(lab.down().unwrap(), Fetched::Done);
    assert!(fs::read(&lab.into).unwrap() == lab.all);
    let at = |mib: usize| Some(((mib * MIB) as u64, ((5 - mib) * MIB) as u64));
    assert_eq!(*lab.store.ranges.lock().unwrap(), [None, at(1), at(3), at(3)]);
}

#[test]
fn a_download_that_never_moves_on_ends() {
    let lab = Lab::new(MIB);
    lab.up().unwrap();
    lab.faults(&[Fault::Cut(10); 20]);
    let error = lab.down().unwrap_err();
    assert_eq!(error.kind, Kind::Store);
    assert!(error.message.contains("cut at 60 of 1048576 bytes"), "{error}");
    assert!(!lab.into.exists());
}

#[test]
fn one_flipped_bit_costs_a_second_try_and_two_are_an_error() {
    let lab = Lab::new(MIB);
    lab.up().unwrap();
    lab.faults(&[Fault::Flip(99_999)]);
    assert_eq!(lab.down().unwrap(), Fetched::Done);
    assert!(fs::read(&lab.into).unwrap() == lab.all);
    lab.faults(&[Fault::Flip(99_999), Fault::Flip(5)]);
    let error = lab.down().unwrap_err();
    assert_eq!(error.kind, Kind::Integrity);
    let mut bent = lab.all.clone();
    bent[5] ^= 1;
    for digest in [Digest::of(&lab.all), Digest::of(&bent)] {
        assert!(error.message.contains(&digest.hex()), "{error}");
    }
    assert!(!lab.into.exists());
}

#[test]
fn what_is_absent_or_of_another_size_leaves_no_file() {
    let lab = Lab::new(MIB);
    assert_eq!(lab.down().unwrap(), Fetched::Absent);
    assert!(!lab.into.exists());
    lab.store.inner.put(&lab.key, crate::conformance::body(b"short"), When::Always).unwrap();
    assert_eq!(lab.down().unwrap_err().kind, Kind::Integrity);
    assert!(!lab.into.exists());
}
