//! Makes and applies patches in a process of its own ([`super::child`]): what the files hold is untrusted.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::command::child::{self, Request, Task};
use crate::command::env::Surroundings;
use crate::command::preview::Wish;
use crate::disk::{file, hash, stat::Stat};
use crate::error::{Error, Result};
use crate::flow::diff::patch::{Conflict, Counts, Finding, LARGEST, Patch, Wanted, parse, print};
use crate::flow::hash::{Digest, Hasher};
use crate::table;

/// A patch that is to be applied.
#[derive(Serialize, Deserialize, Clone, Debug)]
pub(super) struct Application {
    pub(super) patch: PathBuf,
    pub(super) file: PathBuf,
    /// The name by which people know the file.
    pub(super) name: String,
    /// It is to be taken back.
    pub(super) reverse: bool,
    /// What somebody else changed too is merged, cell by cell.
    pub(super) merge: bool,
    /// Where what it makes is written; an empty file.
    pub(super) out: PathBuf,
    pub(super) memory: u64,
}

/// What came of it.
#[derive(Serialize, Deserialize, Clone, Debug)]
pub(super) struct Applied {
    /// The file is what the patch makes already; nothing was written.
    pub(super) already: bool,
    /// The file is the one that the patch was made for.
    pub(super) exact: bool,
    /// What it holds, and what was made of it.
    pub(super) digests: [Digest; 2],
    pub(super) counts: Counts,
    pub(super) conflicts: Vec<Conflict>,
}

/// Writes the patch between two files to `out`, an empty file; `None` if they have none, being no such tables.
pub(super) fn make(around: &Surroundings, wish: &Wish, out: &Path) -> Result<Option<Counts>> {
    let request = Request::new(Task::Make(wish.clone(), out.to_owned()), wish.memory, wish.seconds);
    child::ask(around, &request, &format!("comparing {}", wish.names[1]))
}

/// Applies a patch.
pub(super) fn apply(around: &Surroundings, application: &Application) -> Result<Applied> {
    let request = Request::new(Task::Apply(application.clone()), application.memory, None);
    child::ask(around, &request, &format!("changing {}", application.name))
}

/// What the other process does for [`make`].
pub(super) fn made(wish: &Wish, out: &Path) -> Result<Option<Counts>> {
    let cells = wish.cells();
    let ask = wish.asked(&cells);
    if let Some(counts) = table::parquet::patch::make(&wish.old, &wish.new, &ask, out)? {
        return Ok(Some(counts));
    }
    let Some(patch) = table::patch::make(&wish.old, &wish.new, &ask)? else { return Ok(None) };
    file::append(out, print(&patch).as_bytes())?;
    Ok(Some(patch.counts()))
}

/// What the other process does for [`apply`].
pub(super) fn applied(application: &Application) -> Result<Applied> {
    let found = hash::file(&application.file, &|_| ())?.sha256;
    let size = Stat::of(&application.patch)?.size;
    if size > LARGEST {
        return Err(Error::user(format!("{} is too large for a patch", application.patch.display())));
    }
    let bytes = file::read(&application.patch)?.unwrap_or_default();
    if bytes.starts_with(b"PAR1") {
        drop(bytes);
        return parquet(application, found);
    }
    let text = String::from_utf8(bytes).map_err(|_| {
        Error::user(format!("{} is no patch", application.patch.display()))
            .hint("git data diff --format patch makes one")
    })?;
    let patch = parse(&text)?;
    drop(text);
    let patch = if application.reverse { patch.reversed() } else { patch };
    let (sides, counts) = ([patch.base, patch.head], patch.counts());
    let Some(finding) = Finding::of(found, sides, application.merge) else {
        return Ok(Applied { already: true, exact: true, digests: [found; 2], counts, conflicts: Vec::new() });
    };
    let (made, conflicts) = written(application, &patch, finding)?;
    let exact = finding == Finding::Place;
    if exact && made != patch.head {
        return Err(damaged());
    }
    Ok(Applied { already: false, exact, digests: [found, made], counts, conflicts })
}

fn parquet(application: &Application, found: Digest) -> Result<Applied> {
    let Application { patch, file, reverse, merge, out, .. } = application;
    let wanted = Wanted { reverse: *reverse, merge: *merge };
    let made = table::parquet::patch::apply(file, found, patch, wanted, out)?;
    let already = found == made.sides[1];
    let digest = if already { found } else { hash::file(out, &|_| ())?.sha256 };
    let (exact, digests) = (already || found == made.sides[0], [found, digest]);
    Ok(Applied { already, exact, digests, counts: made.counts, conflicts: made.conflicts })
}

fn written(application: &Application, patch: &Patch, finding: Finding) -> Result<(Digest, Vec<Conflict>)> {
    let mut hasher = Hasher::default();
    let mut take = |bytes: &[u8]| {
        hasher.update(bytes);
        file::append(&application.out, bytes)
    };
    let conflicts = table::patch::apply(&application.file, &application.name, patch, finding, &mut take)?;
    Ok((hasher.finish(), conflicts))
}

fn damaged() -> Error {
    Error::integrity("the patch does not make the file that it names")
        .because("one of its lines was changed, or it was cut off")
        .hint("git data diff --format patch makes it again")
}
