//! datamanager's manifest: read as it is by every reading verb, rewritten once by `git data migrate`.

use super::json::{self, Json};
use super::types::{Dataset, Entry, Manifest, State};
use crate::error::{Error, Result};
use crate::flow::hash::Digest;
use crate::flow::version::Version;

/// Members of datamanager that have no counterpart, kept by their own names. We wrote them, so they are not unknown.
pub const KEPT: [&str; 4] = ["diffFromPrevious", "description", "status", "timestamp"];

const PENDING: &str = "pending-merge";

/// Whether these bytes are datamanager's array.
#[must_use]
pub fn is_legacy(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    bytes.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'[')
}

/// Reads datamanager's array. Sizes are not known, `latestVersion` is ignored.
pub fn read(bytes: &[u8]) -> Result<Manifest> {
    let text = super::parse::text(bytes)?;
    let items = serde_json::from_str::<Json>(text).map_err(|e| {
        Error::user(format!("manifest.json, line {}, column {}: {}", e.line(), e.column(), json::words(&e)))
    })?;
    let Json::Array(items) = items else { return Err(bad("", "is not an array")) };
    let mut manifest = Manifest::default();
    for (n, item) in items.into_iter().enumerate() {
        let place = format!("[{n}]");
        let (name, dataset) = dataset(&place, item)?;
        if manifest.datasets.insert(name, dataset).is_some() {
            return Err(bad(&place, "the dataset is there twice"));
        }
    }
    Ok(manifest)
}

fn bad(place: &str, why: &str) -> Error {
    Error::user(format!("manifest.json (of datamanager), {place}: {why}"))
}

/// The members of one object, taken one by one; what is left is kept.
struct Taken<'a> {
    place: &'a str,
    members: Vec<(String, Json)>,
}

impl<'a> Taken<'a> {
    fn of(place: &'a str, value: Json) -> Result<Self> {
        match value {
            Json::Object(members) => Ok(Taken { place, members }),
            _ => Err(bad(place, "is not an object")),
        }
    }

    fn value(&mut self, name: &str) -> Option<Json> {
        let at = self.members.iter().position(|(n, _)| n == name)?;
        Some(self.members.remove(at).1).filter(|value| *value != Json::Null)
    }

    fn text(&mut self, name: &str) -> Result<Option<String>> {
        match self.value(name) {
            None => Ok(None),
            Some(Json::String(text)) => Ok(Some(text)),
            Some(_) => Err(bad(self.place, &format!("{name:?} is not a string"))),
        }
    }

    fn needed<T>(&mut self, name: &str, read: impl FnOnce(&str) -> Option<T>) -> Result<T> {
        let text = self.text(name)?.ok_or_else(|| bad(self.place, &format!("the member {name:?} is missing")))?;
        read(&text).ok_or_else(|| bad(self.place, &format!("{name:?} is not right: {text:?}")))
    }
}

fn dataset(place: &str, item: Json) -> Result<(String, Dataset)> {
    let mut taken = Taken::of(place, item)?;
    let name = taken.needed("fileName", |text| Some(text.to_owned()))?;
    taken.value("latestVersion");
    let Some(Json::Array(history)) = taken.value("history") else {
        return Err(bad(place, "\"history\" is not an array"));
    };
    let deleted = taken.members.iter().any(|(n, value)| n == "status" && is_deletion(value));
    let mut versions = Vec::with_capacity(history.len());
    for (n, item) in history.into_iter().enumerate() {
        versions.push(entry(&format!("{place}.history[{n}]"), item, deleted)?);
    }
    versions.sort_by_key(|entry| std::cmp::Reverse(entry.version));
    own(&mut versions);
    // What a dataset's mark for deletion meant is now in its entries.
    taken.members.retain(|(n, value)| !(n == "status" && is_deletion(value)));
    let extra = kept(taken.members, &Dataset::MEMBERS);
    Ok((name, Dataset { versions, extra, ..Dataset::default() }))
}

fn entry(place: &str, item: Json, deleted: bool) -> Result<Entry> {
    let mut taken = Taken::of(place, item)?;
    let version = taken.needed("version", Version::parse)?;
    let sha256 = taken.needed("sha256", Digest::from_hex)?;
    let time = taken.needed("timestamp", |text| Some(text.to_owned()))?;
    let commit = taken.text("commit")?;
    let message = taken.text("description")?.filter(|text| text != PENDING).unwrap_or_default();
    let created = seconds(&time);
    let mut entry = Entry::pending(version, sha256, 0, created, message);
    entry.size = None;
    entry.key = Some(taken.needed("r2_object_key", |text| Some(text.to_owned()))?);
    entry.staging_key = taken.text("staging_key")?;
    let status = taken.value("status");
    let pending = commit.as_deref() == Some(PENDING) || status.as_ref().and_then(Json::as_str) == Some("pending");
    entry.state = match (pending, deleted || status.as_ref().is_some_and(is_deletion)) {
        (true, true) => State::Withdrawn,
        (true, false) => State::Pending,
        // Its publisher would have deleted the bytes at once; ours waits for the grace period.
        (false, true) => State::Retired,
        (false, false) => State::Published,
    };
    entry.legacy_commit = commit.filter(|commit| commit != PENDING);
    entry.extra = kept(taken.members, &Entry::MEMBERS);
    entry.extra.retain(|(name, value)| !(name == "diffFromPrevious" && *value == Json::Null));
    if let Some(status) = status.filter(|status| !is_known(status)) {
        entry.extra.push(("status".to_owned(), status));
    }
    if time != entry.created {
        entry.extra.push(("timestamp".to_owned(), Json::String(time)));
    }
    json::sort(&mut entry.extra).map_err(|name| bad(place, &format!("the member {name:?} is there twice")))?;
    Ok(entry)
}

/// Members that mean something else with us get another name.
fn kept(members: Vec<(String, Json)>, ours: &[&str]) -> Vec<(String, Json)> {
    let rename = |name: String| if ours.contains(&&*name) { format!("datamanager-{name}") } else { name };
    members.into_iter().map(|(name, value)| (rename(name), value)).collect()
}

fn is_deletion(status: &Json) -> bool {
    status.as_str().is_some_and(|word| ["pending-deletion", "deleted"].contains(&word))
}

fn is_known(status: &Json) -> bool {
    is_deletion(status) || status.as_str().is_some_and(|word| ["pending", "published"].contains(&word))
}

/// datamanager wrote microseconds.
fn seconds(time: &str) -> String {
    let whole = time.split(['.', '+', 'Z']).next().unwrap_or(time);
    let utc = time.ends_with('Z') || time.ends_with("+00:00");
    if utc && whole.len() == "2026-11-21T10:00:00".len() { format!("{whole}Z") } else { time.to_owned() }
}

/// A rollback of datamanager has the key of the entry that it went back to: the oldest with that key owns the object.
fn own(versions: &mut [Entry]) {
    for n in 0..versions.len() {
        let (newer, older) = versions.split_at_mut(n + 1);
        let entry = &mut newer[n];
        let owner = older.iter().rfind(|old| (&old.key, old.sha256) == (&entry.key, entry.sha256));
        entry.rollback = owner.map(|old| old.version).filter(|old| *old < entry.version);
    }
}

/// What a HEAD said about the object of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Object {
    /// It is there, with that many bytes.
    Size(u64),
    /// It is not there.
    Absent,
    /// Nobody asked (`--offline`).
    Unasked,
}

/// The manifest that `git data migrate` writes, from one that [`read`] gave.
///
/// `object` is asked with the dataset's name and the entry: a pending one lies at its staging key, all others at their key.
/// A published version whose object is gone becomes purged, a pending one withdrawn.
#[must_use]
pub fn migrate(legacy: &Manifest, object: &dyn Fn(&str, &Entry) -> Object) -> Manifest {
    let mut migrated = legacy.clone();
    for (name, dataset) in &mut migrated.datasets {
        for entry in dataset.versions.iter_mut().filter(|entry| entry.size.is_none()) {
            match object(name, entry) {
                Object::Size(size) => entry.size = Some(size),
                Object::Unasked => {}
                Object::Absent => {
                    let never = matches!(entry.state, State::Pending | State::Withdrawn);
                    entry.state = if never { State::Withdrawn } else { State::Purged };
                }
            }
        }
    }
    migrated
}
