//! Whether a staged delta makes the bytes that are proposed: it is followed, and what comes out is hashed.

use crate::command::delta::{Delta, Places, base};
use crate::disk::hash::stream;
use crate::error::{Error, Kind, Result};
use crate::flow::hash::Digest;
use crate::flow::key;
use crate::flow::manifest::types::{Entry, Manifest};
use crate::flow::publication;
use crate::store::Read;

/// Proves a proposed delta; false where none is staged.
pub(in crate::command) fn proves(
    staging: &dyn Read,
    production: Result<&dyn Read>,
    (name, head): (&str, &Manifest),
    entry: &Entry,
) -> Result<bool> {
    let (Some(against), Some(size), Some(dataset)) = (entry.delta, entry.size, head.datasets.get(name)) else {
        return Ok(false);
    };
    let label = format!("{name} {}", entry.version);
    let wrong = |why: String| {
        Error::integrity(format!("the delta that is staged for {label} does not make its bytes"))
            .because(why)
            .hint(whole(name))
    };
    let refused = |error: Error| if error.kind == Kind::Integrity { wrong(error.message) } else { error };
    let key = key::staged_delta(&entry.sha256, &against);
    let Some(delta) = Delta::open(staging, &key, (entry.sha256, size), &against).map_err(refused)? else {
        return Ok(false);
    };
    let production = production?;
    let base = base(production, &publication::bases(name, dataset, entry, &against))?;
    let base = base.ok_or_else(|| gone(&label, name, &against))?;
    delta.recipe.within(base.size).map_err(refused)?;
    let places = Places { base: base.place(production), data: delta.data(staging) };
    let read = stream(&mut places.read(&delta.recipe, (0, size)));
    let unread = |e| Error::store(format!("the delta of {label} could not be followed")).because(e);
    match read.map_err(unread)? {
        (digest, _) if digest == entry.sha256 => Ok(true),
        (digest, _) => Err(wrong(format!("their SHA-256 is {digest}"))),
    }
}

/// What a delta was made against is not there any more.
pub(in crate::command) fn gone(label: &str, name: &str, base: &Digest) -> Error {
    Error::store(format!("{label} is a delta, and what it was made against is not in production"))
        .because(format!("production holds no published version of {name} with {base}"))
        .hint(whole(name))
}

/// The way out of a delta that is of no use.
fn whole(name: &str) -> String {
    format!("git data prepare {name} --no-delta   on the machine that has the file sends all of it")
}
