//! Versions that are proposed and not yet sent: their bytes are kept here, and sent before a push shows them to others.

use std::path::PathBuf;

use crate::command::delta::{self, Staging};
use crate::command::env::Env;
use crate::command::examine::New;
use crate::command::tree::{self, Sending};
use crate::command::view::View;
use crate::disk::index::Index;
use crate::disk::stat::Stat;
use crate::disk::tree::kept::Kept;
use crate::disk::{file, hash, seen};
use crate::error::{Error, Result};
use crate::flow::key;
use crate::flow::manifest::types::{Dataset, Entry, Kind, Manifest, State};
use crate::flow::publication;
use crate::flow::tree::Listing;
use crate::flow::version::Version;
use crate::store::transfer::FRESH;
use crate::store::{Attested, Head};

/// Keeps the bytes of a version that is not sent now, so that they are here when it is. Those of a directory stay where they
/// are: a copy of a large one would be made at every commit.
pub(super) fn keep(env: &Env<'_>, file: &std::path::Path, new: &New, notes: &mut Vec<String>) -> Result<()> {
    let entry = &new.entry;
    match &new.tree {
        _ if entry.rollback.is_some() => {}
        None => drop(env.cache()?.add_file(file, &entry.sha256)?),
        Some(_) => notes.push("a directory is sent from its place: push before it changes again".to_owned()),
    }
    Ok(())
}

/// How sure to be of what staging has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Care {
    /// Something of the right size is enough: it was sent by the command that asks.
    Present,
    /// Its store says that it is the content, or else the bytes here say it.
    Proven,
}

/// What became of the versions that a manifest proposes.
#[derive(Default)]
pub(super) struct Filled {
    /// Sent now: dataset, version, bytes.
    pub(super) sent: Vec<(String, Version, u64)>,
    /// Neither in staging nor here.
    pub(super) lost: Vec<Error>,
}

/// Sends what `manifest` proposes and staging has not.
pub(super) fn fill(env: &Env<'_>, manifest: Manifest, care: Care) -> Result<Filled> {
    let fetched = match env.fetched_tip()? {
        // One that cannot be read says of nothing that others have it.
        Some(tip) => env.manifest_at(&tip.to_string()).ok().flatten().unwrap_or_default(),
        None => Manifest::default(),
    };
    let receipts = seen::load(&env.data)?;
    let view = View::of(env, manifest)?;
    let mut filled = Filled::default();
    for (name, dataset) in &view.manifest.datasets {
        for entry in &dataset.versions {
            // A rollback and a renaming copy inside production; a migrated entry has its own place.
            let copied = entry.rollback.is_some() || entry.from.is_some() || entry.staging_key.is_some();
            let merged = fetched.entry(name, entry.version).is_some_and(|known| known.id() == entry.id());
            let published = receipts.contains(&(name.clone(), entry.version, entry.sha256));
            if copied || merged || published || entry.state != State::Pending {
                continue;
            }
            let one = One { env, view: &view, name, dataset, entry, care };
            let found = if dataset.kind == Kind::Tree { one.tree() } else { one.file() };
            match found.map_err(|error| unsent(&one, error))? {
                Found::There => {}
                Found::Sent(bytes) => filled.sent.push((name.clone(), entry.version, bytes)),
                Found::Nowhere => filled.lost.push(one.lost()),
            }
        }
    }
    Ok(filled)
}

enum Found {
    There,
    Sent(u64),
    Nowhere,
}

struct One<'a> {
    env: &'a Env<'a>,
    view: &'a View,
    name: &'a str,
    dataset: &'a Dataset,
    entry: &'a Entry,
    care: Care,
}

impl One<'_> {
    fn file(&self) -> Result<Found> {
        let One { env, name, dataset, entry, care, .. } = *self;
        let staging = env.staging()?;
        let whole = staging.head(&key::staging(&entry.sha256))?.filter(|head| Some(head.size) == entry.size);
        let part = match (&whole, &entry.delta) {
            (None, Some(base)) => staging.head(&key::staged_delta(&entry.sha256, base))?,
            _ => None,
        };
        let there = whole.is_some() || part.is_some();
        if there && (care == Care::Present || whole.is_some_and(|head| proven(&head, entry, env.now()))) {
            return Ok(Found::There);
        }
        let Some(file) = self.bytes()? else { return Ok(if there { Found::There } else { Found::Nowhere }) };
        let staging = Staging { name, dataset, file: &file, entry, hashed: None, delta: entry.delta.is_some() };
        let sent = delta::stage(env, &staging)?;
        Ok(if sent.bytes > 0 { Found::Sent(sent.bytes) } else { Found::There })
    }

    /// The file in the work tree if it is this version, else the copy that was kept.
    fn bytes(&self) -> Result<Option<PathBuf>> {
        let One { env, name, dataset, entry, .. } = *self;
        let path = env.root.join(dataset.location(name));
        if !file::is_folder(&path)?
            && let Some(found) = Stat::find(&path)?.filter(|found| Some(found.size) == entry.size)
        {
            let known = Index::load(&env.data).get(&path, &found).map(|(digest, _)| digest);
            let digest = known.map_or_else(|| hash::file(&path, &|_| ()).map(|hashed| hashed.sha256), Ok)?;
            if digest == entry.sha256 {
                return Ok(Some(path));
            }
        }
        Ok(env.cache()?.get(&entry.sha256))
    }

    fn tree(&self) -> Result<Found> {
        let One { env, view, name, dataset, entry, care } = *self;
        let kept = Kept::new(&env.data, name).listing(&entry.sha256);
        let there = match &kept {
            Some(listing) => tree::still_there(env, listing, &entry.sha256)?,
            // Made elsewhere: its check looks into it.
            None => env.staging()?.head(&publication::staged(&dataset.kind, entry))?.is_some(),
        };
        if there && (care == Care::Present || kept.is_some()) {
            return Ok(Found::There);
        }
        let place = env.root.join(dataset.location(name));
        let here = if file::is_folder(&place)? { Some(tree::differing::listing(env, name, dataset)?) } else { None };
        match here.filter(|listing: &Listing| listing.digest() == entry.sha256) {
            Some(listing) => {
                let sending = Sending { name, place: &place, entry, listing: &listing, whole: false };
                Ok(Found::Sent(tree::send(env, view, &sending, &mut Vec::new())?))
            }
            None => Ok(if there { Found::There } else { Found::Nowhere }),
        }
    }

    fn lost(&self) -> Error {
        let (name, version) = (self.name, self.entry.version);
        Error::user(format!("{name} {version} is not in staging, and its bytes are not here"))
            .hint(format!("git data prepare {name}   on the machine that has them"))
    }
}

/// Whether the store itself says that this is the content, and the janitor is far.
fn proven(head: &Head, entry: &Entry, now: i64) -> bool {
    head.attested == Attested::Whole(entry.sha256) && head.modified.saturating_add(FRESH) > now
}

fn unsent(one: &One<'_>, error: Error) -> Error {
    let (name, version) = (one.name, one.entry.version);
    if error.message.starts_with(name) {
        return error;
    }
    let hints = error.hints.clone();
    let wrapped =
        Error::new(error.kind, format!("{name} {version} could not be sent to staging")).because(error.line());
    hints.into_iter().fold(wrapped, Error::hint)
}
