//! Finds the bytes of a version: in the cache, in production, in staging. The digest decides, wherever they come from.

use std::path::PathBuf;

use serde::Serialize;

use crate::command::delta::{self, Near};
use crate::command::env::Env;
use crate::disk::{scratch, seen};
use crate::error::{Error, Kind, Result};
use crate::flow::key::{self, Key};
use crate::flow::manifest::types::{Dataset, Entry, State};
use crate::flow::publication;
use crate::flow::state::Effective;
use crate::store::Read;
use crate::store::transfer::{self, Fetched};

/// Where bytes came from.
#[derive(Serialize, Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Whence {
    /// This machine had them.
    Cache,
    /// The production bucket.
    Production,
    /// The staging bucket.
    Staging,
}

/// A version whose bytes are wanted.
pub struct Want<'v> {
    /// The dataset's name.
    pub name: &'v str,
    /// The dataset.
    pub dataset: &'v Dataset,
    /// The version.
    pub entry: &'v Entry,
    /// Its state.
    pub effective: Effective,
    /// Staging may be asked for proposals.
    pub staged: bool,
    /// Seconds to wait for a merged version to be published.
    pub wait: u64,
}

/// Bytes in a file of the cache. Whoever places them verifies them: a cache may be damaged.
pub struct Bytes {
    /// The file.
    pub path: PathBuf,
    /// Where they came from.
    pub whence: Whence,
    /// How many of them were fetched, where an older version had the rest.
    pub fetched: Option<u64>,
    /// Worth knowing.
    pub notes: Vec<String>,
}

impl Bytes {
    fn of(path: PathBuf, whence: Whence) -> Self {
        Bytes { path, whence, fetched: None, notes: Vec::new() }
    }
}

/// Gets the bytes, or says what is missing and what to type.
pub fn fetch(env: &Env<'_>, want: &Want<'_>) -> Result<Bytes> {
    let cache = env.cache()?;
    // Whoever places it reads it anyway, and says if it is damaged.
    if let Some(path) = cache.get(&want.entry.sha256) {
        return Ok(Bytes::of(path, Whence::Cache));
    }
    match patiently(env, want.wait, || look(env, want))? {
        (Some(bytes), _) => Ok(bytes),
        (None, waited) => Err(missing(want, waited)),
    }
}

/// Asks until there is an answer, for so many seconds at most; gives also how many it were.
pub(super) fn patiently<T>(
    env: &Env<'_>,
    most: u64,
    mut ask: impl FnMut() -> Result<Option<T>>,
) -> Result<(Option<T>, u64)> {
    let (mut waited, mut nap) = (0, 1);
    loop {
        match ask()? {
            None if waited < most => {
                nap = nap.min(most - waited);
                env.around.clock.sleep(nap);
                waited += nap;
                nap = (nap * 2).min(10);
            }
            answer => return Ok((answer, waited)),
        }
    }
}

/// One look at every place that may have them.
fn look(env: &Env<'_>, want: &Want<'_>) -> Result<Option<Bytes>> {
    if want.effective == Effective::Proposed {
        return from_staging(env, want);
    }
    let key = publication::target(want.name, want.dataset, want.entry)
        .map_err(|why| Error::user(format!("{} {} cannot be pulled: {why}", want.name, want.entry.version)))?;
    let found = take(env, want, env.production()?, &key, Whence::Production);
    let merged = want.effective == Effective::Merged;
    match found {
        Ok(Some(fetched)) => {
            if merged {
                note_receipt(env, want)?;
            }
            Ok(Some(fetched))
        }
        // Before its publication a merged version is in staging, where this machine may be allowed to read.
        Ok(None) if merged => Ok(from_staging(env, want).ok().flatten()),
        Err(error) if merged && error.kind == Kind::Store => match from_staging(env, want).ok().flatten() {
            Some(fetched) => Ok(Some(fetched)),
            None => Err(error),
        },
        other => other,
    }
}

/// What was proposed: all of it, or a delta.
fn from_staging(env: &Env<'_>, want: &Want<'_>) -> Result<Option<Bytes>> {
    if let Some(bytes) =
        take(env, want, env.staging()?, &publication::staged(&want.dataset.kind, want.entry), Whence::Staging)?
    {
        return Ok(Some(bytes));
    }
    let built = delta::proposed(env, want)?;
    Ok(built.map(|(path, fetched)| Bytes { fetched: Some(fetched), ..Bytes::of(path, Whence::Staging) }))
}

/// Downloads from one place, verified, into the cache.
fn take(env: &Env<'_>, want: &Want<'_>, store: &dyn Read, key: &Key, whence: Whence) -> Result<Option<Bytes>> {
    let entry = want.entry;
    let size = match entry.size {
        Some(size) => size,
        // A migrated entry without a size: the digest still decides.
        None => match store.head(key)? {
            Some(head) => head.size,
            None => return Ok(None),
        },
    };
    let mut notes = Vec::new();
    if whence == Whence::Production {
        match delta::nearby(env, want, store, key, size)? {
            Near::Built(path, fetched) => {
                return Ok(Some(Bytes { fetched: Some(fetched), ..Bytes::of(path, whence) }));
            }
            Near::Not(why) => notes.push(why),
            Near::Far => {}
        }
    }
    let cache = env.cache()?;
    let temp = cache.scratch()?;
    scratch::space(cache.root(), size)?;
    let label = format!("{} {}", want.name, entry.version);
    env.around.progress.start(&label, size);
    let found = transfer::download(store, key, temp.path(), (entry.sha256, size), env.around.progress.as_ref());
    env.around.progress.finish();
    if found.map_err(|error| other_bytes(want, whence, error))? == Fetched::Absent {
        return Ok(None);
    }
    let path = cache.adopt(temp, &entry.sha256)?;
    Ok(Some(Bytes { notes, ..Bytes::of(path, whence) }))
}

/// Wrong bytes in a bucket: what that means for the version, and who can help.
pub(super) fn other_bytes(want: &Want<'_>, whence: Whence, error: Error) -> Error {
    if error.kind != Kind::Integrity {
        return error;
    }
    let (name, version) = (want.name, want.entry.version);
    let (bucket, hint) = match whence {
        Whence::Staging => (
            "staging",
            format!("git data prepare {name}   on the machine that has the file sends the right bytes again"),
        ),
        _ => ("production", "tell whoever runs the publisher: this object was damaged or replaced".to_owned()),
    };
    Error::integrity(format!("{name} {version}: {bucket} holds other bytes than were recorded; nothing was replaced"))
        .because(error.message)
        .hint(hint)
}

/// A merged version that production has: its receipt makes it published for every later command.
fn note_receipt(env: &Env<'_>, want: &Want<'_>) -> Result<()> {
    let (version, sha256) = want.entry.id();
    let receipt = key::receipt(want.name, version, &sha256);
    if let Ok(Some(_)) = env.production()?.head(&receipt) {
        seen::add(&env.data, want.name, version, sha256)?;
    }
    Ok(())
}

/// What to say of a version whose bytes are nowhere.
pub(super) fn missing(want: &Want<'_>, waited: u64) -> Error {
    let (name, version) = (want.name, want.entry.version);
    match want.effective {
        Effective::Proposed => Error::store(format!("{name} {version} is not in staging"))
            .because("the object was never uploaded, or was removed")
            .hint(format!("git data prepare {name}   on the machine that has the file uploads it again")),
        Effective::Merged => {
            let patience = if waited > 0 { format!(", also not after {waited} s") } else { String::new() };
            let error = Error::store(format!("{name} {version} is merged but not yet published{patience}"))
                .hint(format!("git data pull {name} --wait 10m"));
            let older = |e: &&Entry| e.version < version && e.state == State::Published;
            match want.dataset.versions.iter().find(older) {
                Some(older) => error.hint(format!("git data pull {name} --version {}", older.version)),
                None => error,
            }
        }
        _ => Error::store(format!("{name} {version} is published, but production does not have it"))
            .hint("git data verify   says whether the right bucket is asked")
            .hint("tell whoever runs the publisher: this version has to be restored"),
    }
}
