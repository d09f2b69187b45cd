//! What the server holds: buckets, objects and their versions, uploads, keys, and its clock.

use super::content::Content;
use super::mode::Mode;
use super::rights::Rights;
use super::sum::Sum;
use s3s::dto::Timestamp;
use s3s::{S3Result, s3_error};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

/// One server's everything.
pub struct Shared {
    /// Which store it plays.
    pub mode: Mode,
    state: Mutex<State>,
}

/// What a server holds, for a test that wants it back.
#[derive(Clone)]
pub struct Snapshot {
    buckets: BTreeMap<String, Bucket>,
    uploads: BTreeMap<String, Upload>,
    done: BTreeMap<String, Done>,
    keys: BTreeMap<String, Key>,
    page: i32,
    clock: i64,
}

/// Everything that changes, behind one lock: what is decided under it is atomic.
pub struct State {
    pub buckets: BTreeMap<String, Bucket>,
    pub uploads: BTreeMap<String, Upload>,
    /// Uploads that were completed: their key, ETag and version.
    pub done: BTreeMap<String, Done>,
    pub keys: BTreeMap<String, Key>,
    pub minimum_part: u64,
    /// The largest body, and the largest source of a copy, that one request may have.
    pub largest: u64,
    /// How many entries a page of a listing has at most.
    pub page: i32,
    /// Seconds by which the server's clock is ahead.
    pub clock: i64,
    counter: u64,
}

/// A key's secret and its rights by bucket, `*` meaning every other.
#[derive(Clone)]
pub struct Key {
    pub secret: String,
    pub rights: BTreeMap<String, Rights>,
}

#[derive(Clone, Default)]
pub struct Bucket {
    pub versioned: bool,
    pub public: bool,
    /// Versions by key, the newest last; never an empty list.
    pub objects: BTreeMap<String, Vec<Version>>,
}

/// One version of a key; without an object it is a delete marker.
#[derive(Clone)]
pub struct Version {
    /// `None` where the bucket keeps no versions.
    pub id: Option<String>,
    pub modified: SystemTime,
    pub object: Option<Object>,
}

#[derive(Clone, Default)]
pub struct Object {
    pub content: Content,
    pub etag: String,
    pub sum: Option<Sum>,
    /// Size and digest of each part; empty for a single PUT.
    pub parts: Vec<(u64, Option<String>)>,
    pub about: About,
}

/// What travels with an object.
#[derive(Clone, Default)]
pub struct About {
    pub content_type: Option<String>,
    pub metadata: Option<s3s::dto::Metadata>,
}

#[derive(Clone)]
pub struct Upload {
    pub bucket: String,
    pub key: String,
    pub started: SystemTime,
    /// Whether SHA256 was asked for at its creation.
    pub sha256: bool,
    pub parts: BTreeMap<i32, Part>,
    pub about: About,
}

#[derive(Clone)]
pub struct Part {
    pub content: Content,
    pub etag: String,
    pub sha256: Option<String>,
    pub modified: SystemTime,
}

#[derive(Clone)]
pub struct Done {
    pub bucket: String,
    pub key: String,
    pub etag: String,
    pub sum: Option<Sum>,
    pub version: Option<String>,
}

impl Shared {
    pub fn new(mode: Mode) -> Shared {
        let state = State {
            buckets: BTreeMap::new(),
            uploads: BTreeMap::new(),
            done: BTreeMap::new(),
            keys: BTreeMap::new(),
            minimum_part: 5 << 20,
            largest: 5 << 30,
            page: 1000,
            clock: 0,
            counter: 0,
        };
        Shared { mode, state: Mutex::new(state) }
    }

    /// The state, locked. A test that panicked while holding it has failed already.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Key {
    pub fn rights(&self, bucket: &str) -> Rights {
        self.rights.get(bucket).or_else(|| self.rights.get("*")).copied().unwrap_or_default()
    }
}

impl State {
    /// The server's time of day.
    #[expect(clippy::disallowed_methods, reason = "a server has a clock")]
    pub fn now(&self) -> SystemTime {
        let shift = Duration::from_secs(self.clock.unsigned_abs());
        if self.clock < 0 { SystemTime::now() - shift } else { SystemTime::now() + shift }
    }

    /// All that is there now.
    pub fn snapshot(&self) -> Snapshot {
        let (buckets, uploads, done) = (self.buckets.clone(), self.uploads.clone(), self.done.clone());
        Snapshot { buckets, uploads, done, keys: self.keys.clone(), page: self.page, clock: self.clock }
    }

    /// All that was there then.
    pub fn restore(&mut self, then: &Snapshot) {
        let Snapshot { buckets, uploads, done, keys, page, clock } = then.clone();
        (self.buckets, self.uploads, self.done, self.keys) = (buckets, uploads, done, keys);
        (self.page, self.clock) = (page, clock);
    }

    /// Whether one request may carry or copy so much.
    pub fn one_request(&self, bytes: u64) -> S3Result<()> {
        if bytes <= self.largest {
            return Ok(());
        }
        Err(s3_error!(EntityTooLarge, "Your proposed upload exceeds the maximum allowed size"))
    }

    /// A name that was not used before.
    pub fn fresh(&mut self, kind: &str) -> String {
        self.counter += 1;
        format!("{kind}{:08}", self.counter)
    }

    pub fn bucket(&self, name: &str) -> S3Result<&Bucket> {
        self.buckets.get(name).ok_or_else(|| s3_error!(NoSuchBucket, "The specified bucket does not exist"))
    }

    /// The object that a reader of `key` gets, if any.
    pub fn current(&self, bucket: &str, key: &str) -> S3Result<Option<&Object>> {
        Ok(self.bucket(bucket)?.current(key).and_then(|version| version.object.as_ref()))
    }

    /// Puts an object under a key and returns its version.
    pub fn store(&mut self, bucket: &str, key: &str, object: Option<Object>) -> S3Result<Option<String>> {
        let (modified, id) = (self.now(), self.fresh("version-"));
        let bucket = self.buckets.get_mut(bucket).ok_or_else(|| s3_error!(NoSuchBucket))?;
        let versions = bucket.objects.entry(key.to_owned()).or_default();
        let id = bucket.versioned.then_some(id);
        if id.is_none() {
            versions.retain(|version| version.id.is_some());
        }
        versions.push(Version { id: id.clone(), modified, object });
        Ok(id)
    }

    pub fn upload(&mut self, id: &str, bucket: &str, key: &str) -> S3Result<&mut Upload> {
        let upload = self.uploads.get_mut(id).filter(|upload| upload.bucket == bucket && upload.key == key);
        upload.ok_or_else(|| s3_error!(NoSuchUpload, "The specified upload does not exist."))
    }
}

impl Bucket {
    /// The newest version of a key, which may be a delete marker.
    pub fn current(&self, key: &str) -> Option<&Version> {
        self.objects.get(key)?.last()
    }

    /// Keys that a listing shows, in order.
    pub fn visible(&self) -> impl Iterator<Item = (&String, &Version, &Object)> {
        self.objects.iter().filter_map(|(key, versions)| {
            let version = versions.last()?;
            Some((key, version, version.object.as_ref()?))
        })
    }
}

impl Version {
    /// How answers spell its time.
    pub fn time(&self) -> Timestamp {
        Timestamp::from(self.modified)
    }
}
