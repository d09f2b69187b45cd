//! The S3 store against the in-process server, in all its moods.

mod faults;
mod many;
mod probing;
mod public;
mod real;
mod stores;
mod words;

use std::io::Read as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use git_data::error::Result;
use git_data::flow::address::Address;
use git_data::flow::hash::Digest;
use git_data::flow::key::Key;
use git_data::store::options::{Keys, S3Options};
use git_data::store::retry::Pace;
use git_data::store::s3::S3;
use git_data::store::{Body, Pin, Read, Source};

use crate::s3::{Mode, Rights, Server};

const MODES: [Mode; 4] = [Mode::Aws, Mode::R2, Mode::Ceph, Mode::IgnoresConditions];

/// A server with two buckets, and a key that may do everything.
struct Lab {
    server: Server,
    options: S3Options,
    slept: Arc<Mutex<Vec<Duration>>>,
}

impl Lab {
    fn new(mode: Mode) -> Lab {
        let server = Server::start(mode);
        server.bucket("staging");
        server.bucket("production");
        server.minimum_part(1);
        let root = server.key("root", &[("*", Rights::ALL)]);
        let options = S3Options {
            endpoint: Some(server.url()),
            region: Some("us-east-1".into()),
            credentials: Some(Keys::new(&root.access_key, &root.secret)),
            ..S3Options::default()
        };
        Lab { server, options, slept: Arc::default() }
    }

    /// Waits are noted, not slept.
    fn pace(&self) -> Pace {
        let slept = Arc::clone(&self.slept);
        Pace::new(|| 0.5, move |wait| slept.lock().unwrap().push(wait))
    }

    fn open(&self, url: &str) -> S3 {
        self.open_with(url, &self.options)
    }

    fn open_with(&self, url: &str, options: &S3Options) -> S3 {
        S3::new(&Address::parse(url).unwrap(), options, self.pace()).unwrap()
    }

    /// Credentials with fewer rights.
    fn limited(&self, name: &str, rights: &[(&str, Rights)]) -> S3Options {
        let keys = self.server.key(name, rights);
        S3Options { credentials: Some(Keys::new(&keys.access_key, &keys.secret)), ..self.options.clone() }
    }
}

fn body(bytes: &[u8]) -> Body<'_> {
    Body { sha256: Digest::of(bytes), size: bytes.len() as u64, source: Source::Bytes(bytes) }
}

fn key(name: &str) -> Key {
    Key::new(name)
}

/// All bytes, or the error that came instead.
fn bytes(store: &dyn Read, name: &str, range: Option<(u64, u64)>, pin: Option<&Pin>) -> Result<Option<Vec<u8>>> {
    let Some(mut stream) = store.open(&key(name), range, pin)? else { return Ok(None) };
    let mut all = Vec::new();
    stream.read_to_end(&mut all).unwrap();
    Ok(Some(all))
}

/// Megabytes that repeat nowhere.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    (0..len).map(|_| next()).collect()
}
