//! The handle that a test holds: starts, furnishes, spoils and inspects one server.

use super::backend::Backend;
use super::content::Content;
use super::fault::{Armed, Fault};
use super::front::{self, Front};
use super::log::{Entry, Log};
use super::mode::Mode;
use super::rights::{Access, Auth, Credentials, Rights};
use super::state::{Bucket, Key, Object, Shared, Snapshot, Version};
use super::sum;
use bytes::Bytes;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use s3s::config::{S3Config, StaticConfigProvider};
use s3s::service::S3ServiceBuilder;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

/// A running server; dropping it stops it.
pub struct Server {
    front: Arc<Front>,
    port: u16,
    runtime: Option<Runtime>,
}

/// How [`Server::put_raw`] puts bytes past the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backdoor {
    /// As any PUT without checksum would: a new time, the ETag of the bytes.
    Put,
    /// An attacker's PUT whose ETag equals the old one (MD5 collides); no checksum.
    SameETag,
    /// The store's own rot: only the bytes change; version, ETag, checksum and time stay.
    Rot,
}

/// What [`Server::stored`] tells of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    pub etag: String,
    /// Base64 SHA-256, `-N` when composite, where the store attests one.
    pub sha256: Option<String>,
    pub version: Option<String>,
    /// Sizes of the parts it was made of; empty for a single PUT.
    pub parts: Vec<u64>,
    pub metadata: Vec<(String, String)>,
}

/// An unfinished upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadSeen {
    pub id: String,
    pub key: String,
    /// Number and size of each part that arrived.
    pub parts: Vec<(i32, u64)>,
}

impl Server {
    /// Starts an empty server on a free port of 127.0.0.1.
    pub fn start(mode: Mode) -> Server {
        let shared = Arc::new(Shared::new(mode));
        let mut builder = S3ServiceBuilder::new(Backend(shared.clone()));
        builder.set_auth(Auth(shared.clone()));
        builder.set_access(Access(shared.clone()));
        // The front judges clocks, by the server's own.
        let mut config = S3Config::default();
        config.presigned_url_max_skew_time_secs = u32::MAX;
        builder.set_config(Arc::new(StaticConfigProvider::new(Arc::new(config))));
        let (service, armed, log) = (builder.build(), Armed::default(), Log::default());
        let front = Arc::new(Front { service, shared, armed, log, refuse_skew: false.into() });

        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a nonblocking listener");
        let port = listener.local_addr().expect("a bound listener has an address").port();
        let runtime = Builder::new_multi_thread().worker_threads(2).thread_name("s3").enable_all().build();
        let runtime = runtime.expect("a runtime for the server");
        runtime.spawn(accept(front.clone(), listener));
        Server { front, port, runtime: Some(runtime) }
    }

    /// `http://127.0.0.1:PORT`
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Creates a bucket, without versions, private.
    pub fn bucket(&self, name: &str) {
        self.front.shared.state().buckets.insert(name.to_owned(), Bucket::default());
    }

    /// Turns versions on or off.
    pub fn versioning(&self, bucket: &str, on: bool) {
        self.with_bucket(bucket, |bucket| bucket.versioned = on);
    }

    /// Lets everyone read objects without a signature.
    pub fn public(&self, bucket: &str) {
        self.with_bucket(bucket, |bucket| bucket.public = true);
    }

    /// Issues a key with these rights; the bucket `*` means every other. The same name again changes its rights.
    pub fn key(&self, name: &str, rights: &[(&str, Rights)]) -> Credentials {
        let credentials = Credentials {
            access_key: format!("AK{}", name.to_uppercase().replace(|c: char| !c.is_ascii_alphanumeric(), "")),
            secret: format!("secret-of-{name}-0123456789abcdef"),
        };
        let rights = rights.iter().map(|(bucket, rights)| ((*bucket).to_owned(), *rights)).collect();
        let key = Key { secret: credentials.secret.clone(), rights };
        self.front.shared.state().keys.insert(credentials.access_key.clone(), key);
        credentials
    }

    /// Takes a key back: it becomes InvalidAccessKeyId.
    pub fn revoke(&self, credentials: &Credentials) {
        self.front.shared.state().keys.remove(&credentials.access_key);
    }

    /// One request carries or copies at most so much: 5 GiB, unless a test has less time.
    pub fn largest(&self, bytes: u64) {
        self.front.shared.state().largest = bytes;
    }

    /// The smallest size of a part that is not the last (5 MiB at the start).
    pub fn minimum_part(&self, bytes: u64) {
        self.front.shared.state().minimum_part = bytes;
    }

    /// How many entries a page of a listing has at most (1000 at the start).
    pub fn page(&self, entries: i32) {
        self.front.shared.state().page = entries;
    }

    /// Sets the server's clock ahead (or back) by seconds: Last-Modified and Date follow it.
    pub fn clock(&self, seconds: i64) {
        self.front.shared.state().clock = seconds;
    }

    /// Whether requests signed more than 15 minutes off the server's clock get RequestTimeTooSkewed.
    pub fn refuse_skew(&self, refuse: bool) {
        self.front.refuse_skew.store(refuse, Relaxed);
    }

    /// Keys and bytes of what a listing of the bucket shows.
    pub fn objects(&self, bucket: &str) -> Vec<(String, Bytes)> {
        let state = self.front.shared.state();
        let bucket = state.buckets.get(bucket);
        let visible = bucket.into_iter().flat_map(Bucket::visible);
        visible.map(|(key, _, object)| (key.clone(), object.content.bytes())).collect()
    }

    /// The bytes at a key.
    pub fn get(&self, bucket: &str, key: &str) -> Option<Bytes> {
        let state = self.front.shared.state();
        let object = state.current(bucket, key).ok()??;
        Some(object.content.bytes())
    }

    /// All versions of a key, the oldest first; one without bytes is a delete marker.
    pub fn versions(&self, bucket: &str, key: &str) -> Vec<(Option<String>, Option<Bytes>)> {
        let state = self.front.shared.state();
        let versions = state.buckets.get(bucket).and_then(|bucket| bucket.objects.get(key));
        let bytes = |version: &Version| version.object.as_ref().map(|object| object.content.bytes());
        versions.into_iter().flatten().map(|version| (version.id.clone(), bytes(version))).collect()
    }

    /// What the store knows about a key.
    pub fn stored(&self, bucket: &str, key: &str) -> Option<Stored> {
        let state = self.front.shared.state();
        let version = state.buckets.get(bucket)?.current(key)?;
        let object = version.object.as_ref()?;
        let metadata = object.about.metadata.iter().flatten();
        let mut metadata: Vec<_> = metadata.map(|(name, value)| (name.clone(), value.clone())).collect();
        metadata.sort();
        Some(Stored {
            etag: object.etag.clone(),
            sha256: object.sum.as_ref().map(|sum| sum.value.clone()),
            version: version.id.clone(),
            parts: object.parts.iter().map(|(size, _)| *size).collect(),
            metadata,
        })
    }

    /// Puts bytes past the API: what an attacker with a key, or a rotten disk, does.
    pub fn put_raw(&self, bucket: &str, key: &str, bytes: impl Into<Bytes>, how: Backdoor) {
        let content = Content::from(bytes.into());
        let mut state = self.front.shared.state();
        let old = state.current(bucket, key).ok().flatten().cloned();
        if how == Backdoor::Rot {
            let held = state.buckets.get_mut(bucket).and_then(|bucket| bucket.objects.get_mut(key));
            let object = held.and_then(|versions| versions.last_mut()?.object.as_mut());
            object.expect("only what is there can rot").content = content;
            return;
        }
        let etag = match (how, old) {
            (Backdoor::SameETag, Some(old)) => old.etag,
            _ => sum::etag(&content),
        };
        state.store(bucket, key, Some(Object { content, etag, ..Object::default() })).expect("the bucket exists");
    }

    /// Removes a key and all its versions past the API.
    pub fn remove_raw(&self, bucket: &str, key: &str) {
        self.with_bucket(bucket, |bucket| drop(bucket.objects.remove(key)));
    }

    /// Makes a key this many seconds older.
    pub fn age(&self, bucket: &str, key: &str, seconds: u64) {
        self.with_bucket(bucket, |bucket| {
            let versions: &mut Vec<Version> = bucket.objects.get_mut(key).expect("only what is there can age");
            versions.iter_mut().for_each(|version| version.modified -= Duration::from_secs(seconds));
        });
    }

    /// Makes all unfinished uploads of a bucket this many seconds older.
    pub fn age_uploads(&self, bucket: &str, seconds: u64) {
        let mut state = self.front.shared.state();
        let uploads = state.uploads.values_mut().filter(|upload| upload.bucket == bucket);
        uploads.for_each(|upload| upload.started -= Duration::from_secs(seconds));
    }

    /// The unfinished uploads of a bucket, in the order of their creation.
    pub fn uploads(&self, bucket: &str) -> Vec<UploadSeen> {
        let state = self.front.shared.state();
        let uploads = state.uploads.iter().filter(|(_, upload)| upload.bucket == bucket);
        let parts = |upload: &super::state::Upload| {
            upload.parts.iter().map(|(number, part)| (*number, part.content.len())).collect()
        };
        uploads.map(|(id, u)| UploadSeen { id: id.clone(), key: u.key.clone(), parts: parts(u) }).collect()
    }

    /// Every request since the start or [`Server::forget`], in the order of arrival.
    pub fn log(&self) -> Vec<Entry> {
        self.front.log.entries()
    }

    /// How many requests of this operation came.
    pub fn count(&self, op: &str) -> usize {
        self.log().iter().filter(|entry| entry.op == op).count()
    }

    /// Empties the log.
    pub fn forget(&self) {
        self.front.log.clear();
    }

    /// Arms a fault. Several may strike one request, in the order of arming.
    pub fn fault(&self, fault: Fault) {
        self.front.armed.add(fault);
    }

    /// Disarms all faults.
    pub fn mend(&self) {
        self.front.armed.clear();
    }

    /// Seeds the dice of faults with a chance.
    pub fn seed(&self, seed: u64) {
        self.front.armed.seed(seed);
    }

    /// What the server holds now, its keys and its clock.
    pub fn snapshot(&self) -> Snapshot {
        self.front.shared.state().snapshot()
    }

    /// Brings that back; zombies that have not risen yet stay dangerous.
    pub fn restore(&self, then: &Snapshot) {
        self.front.shared.state().restore(then);
    }

    /// A second handle that a fault's hook can own, since it runs inside the server.
    pub fn inside(&self) -> Server {
        Server { front: self.front.clone(), port: self.port, runtime: None }
    }

    fn with_bucket(&self, name: &str, work: impl FnOnce(&mut Bucket)) {
        work(self.front.shared.state().buckets.get_mut(name).expect("the bucket exists"));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // A hook may own a handle on the server that owns the hook.
            self.mend();
            runtime.shutdown_background();
        }
    }
}

async fn accept(front: Arc<Front>, listener: std::net::TcpListener) {
    let listener = tokio::net::TcpListener::from_std(listener).expect("inside a runtime");
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let _ = stream.set_nodelay(true);
        let front = front.clone();
        tokio::spawn(async move {
            let service = service_fn(|request| front::answer(front.clone(), request));
            // A connection that a fault or the client ended is no news.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}
