//! What a store honours is tried once, under `.git-data/probe/`, and never assumed.

use serde::{Deserialize, Serialize};

use super::attempt::{Answer, Probed};
use super::{Attested, Body, CopySource, Outcome, Pin, Source, Upload, When};
use crate::error::{Kind, Result};
use crate::flow::hash::Digest;
use crate::flow::key::{Key, probe};

/// What a store was seen to do. The caller keeps it: once for each bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities {
    /// A second create-only PUT is refused.
    pub create_only: bool,
    /// A PUT that names another etag is refused, one that names the right one is not.
    pub replace_only: bool,
    /// A create-only Complete is refused where something lies.
    pub create_only_complete: bool,
    /// A copied part is refused when its source is not the pinned one.
    pub source_condition: bool,
    /// A copied part comes with the digest that the store computed.
    pub copy_attests: bool,
    /// Bytes that are not those of their digest are refused.
    pub refuses_wrong_digest: bool,
    /// HEAD attests the SHA-256 of an object that was sent whole.
    pub attests_whole: bool,
    /// HEAD attests the composite SHA-256 of one sent in parts.
    pub attests_parts: bool,
    /// The bucket keeps versions.
    pub versioned: bool,
}

/// Tries what `store` honours. `id` is a fresh random name; only keys under `.git-data/probe/<id>/` are touched, and
/// they are removed again, also after an error.
pub fn capabilities(store: &dyn Probed, id: &str) -> Result<Capabilities> {
    let tried = Probe { store, id, uploads: Vec::new() };
    tried.run()
}

struct Probe<'a> {
    store: &'a dyn Probed,
    id: &'a str,
    uploads: Vec<Upload>,
}

impl Probe<'_> {
    fn key(&self, name: &str) -> Key {
        probe(&format!("{}/{name}", self.id))
    }

    fn run(mut self) -> Result<Capabilities> {
        let mut found = Capabilities::default();
        let tried = self.whole(&mut found).and_then(|pin| self.parts(&mut found, &pin));
        // What cannot be removed here is removed by the sweep.
        for upload in &self.uploads {
            let _ = self.store.abort(upload);
        }
        for name in ["whole", "parts", "lie"] {
            let _ = self.store.delete(&self.key(name));
        }
        tried.map(|()| found)
    }

    fn whole(&mut self, found: &mut Capabilities) -> Result<Pin> {
        let key = self.key("whole");
        self.store.put(&key, body(b"first"), When::Always)?;
        found.create_only = self.store.put(&key, body(b"second"), When::Absent)? == Outcome::Refused;
        self.store.put(&key, body(b"third"), When::Always)?;
        let head = self.store.head(&key)?.unwrap_or(super::Head {
            size: 0,
            pin: Pin::default(),
            attested: Attested::Nothing,
            modified: 0,
        });
        found.attests_whole = head.attested == Attested::Whole(Digest::of(b"third"));
        let other = "\"00000000000000000000000000000000\"";
        let refused = self.store.put(&key, body(b"fourth"), When::Matches(other))? == Outcome::Refused;
        let etag = self.store.head(&key)?.and_then(|head| head.pin.etag).unwrap_or_default();
        let taken = self.store.put(&key, body(b"source"), When::Matches(&etag))?;
        found.replace_only = refused && taken != Outcome::Refused;
        let lie = self.key("lie");
        found.refuses_wrong_digest = self.store.put_lying(&lie, b"not this", Digest::of(b"this"))?;
        found.versioned = self.store.versioned()? == Answer::Yes;
        Ok(self.store.head(&key)?.map(|head| head.pin).unwrap_or_default())
    }

    fn parts(&mut self, found: &mut Capabilities, pin: &Pin) -> Result<()> {
        let (key, source) = (self.key("parts"), self.key("whole"));
        let upload = self.begin(&key)?;
        let part = self.store.part(&upload, 1, body(b"part"))?;
        self.store.complete(&upload, &[part], 4, When::Always)?;
        let composite = Digest::of(Digest::of(b"part").bytes());
        let head = self.store.head(&key)?;
        found.attests_parts = head.is_some_and(|h| h.attested == Attested::Parts { composite, parts: 1 });
        let upload = self.begin(&key)?;
        let part = self.store.part(&upload, 1, body(b"other"))?;
        found.create_only_complete = self.store.complete(&upload, &[part], 5, When::Absent)? == Outcome::Refused;

        let upload = self.begin(&key)?;
        let copy = |pin: &Pin| {
            let source = CopySource { bucket: self.store, key: &source, pin, range: None };
            self.store.copy_part(&upload, 1, &source)
        };
        let stranger = Pin { etag: Some("\"00000000000000000000000000000000\"".into()), version: None };
        found.source_condition = copy(&stranger).is_err_and(|error| error.kind == Kind::Conflict);
        // Some stores refuse to copy so small a part at all: then nothing is known, and nothing is relied on.
        found.copy_attests = copy(pin).is_ok_and(|part| part.sha256 == Some(Digest::of(b"source")));
        Ok(())
    }

    fn begin(&mut self, key: &Key) -> Result<Upload> {
        let upload = self.store.begin(key)?;
        self.uploads.push(upload.clone());
        Ok(upload)
    }
}

fn body(bytes: &[u8]) -> Body<'_> {
    Body { sha256: Digest::of(bytes), size: bytes.len() as u64, source: Source::Bytes(bytes) }
}
