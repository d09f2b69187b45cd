//! What prepare stages: the file, or a recipe and the bytes that changed since the version it was made from.

use std::path::Path;

use crate::command::delta::listed;
use crate::command::env::Env;
use crate::command::survey;
use crate::disk::chunked::{self, Lists, Spans};
use crate::disk::hash::{self, Hashed};
use crate::disk::{effect, failed, scratch};
use crate::error::Result;
use crate::flow::chunk::{self, Chunk, Chunks};
use crate::flow::delta::{self, From, Recipe};
use crate::flow::hash::Digest;
use crate::flow::key;
use crate::flow::manifest::types::{Dataset, Entry, Kind, State};
use crate::flow::version::Version;
use crate::store::transfer;

/// What was staged.
#[derive(Default)]
pub(in crate::command) struct Sent {
    /// Bytes that were sent.
    pub(in crate::command) bytes: u64,
    /// What the delta is made against, where there is one.
    pub(in crate::command) delta: Option<(Digest, Version)>,
    /// Why it is not a delta, where one was to be expected.
    pub(in crate::command) note: Option<String>,
}

/// A file to be staged.
pub(in crate::command) struct Staging<'a> {
    pub(in crate::command) name: &'a str,
    pub(in crate::command) dataset: &'a Dataset,
    pub(in crate::command) file: &'a Path,
    pub(in crate::command) entry: &'a Entry,
    /// Present when the file was read just now.
    pub(in crate::command) hashed: Option<&'a Hashed>,
    /// A delta will do.
    pub(in crate::command) delta: bool,
}

/// Hashes a file; of a large one the chunk list is kept.
pub(in crate::command) fn read(env: &Env<'_>, file: &Path, progress: &dyn Fn(u64)) -> Result<Hashed> {
    if env.settings.flag("data.delta")? == Some(false) {
        return hash::file(file, progress);
    }
    let (hashed, chunks) = chunked::file(file, progress)?;
    if let Some(chunks) = chunks {
        keep(env, &hashed.sha256, &chunks)?;
    }
    Ok(hashed)
}

/// Without it the next delta costs another reading: that it cannot be kept fails nothing.
fn keep(env: &Env<'_>, sha256: &Digest, chunks: &Chunks) -> Result<()> {
    let _ = Lists::new(env.cache()?.root()).put(sha256, chunks);
    Ok(())
}

/// Sends what staging lacks: what changed, if that is at most three quarters of the file; else the file.
pub(in crate::command) fn stage(env: &Env<'_>, what: &Staging<'_>) -> Result<Sent> {
    let Staging { name, file, entry, hashed, .. } = *what;
    let whole = |note| {
        let bytes = survey::stage(env, name, file, &entry.sha256, hashed)?;
        Ok(Sent { bytes, delta: None, note })
    };
    let Some(base) = made_from(env, what)? else { return whole(None) };
    // Sent before: nothing is smaller than nothing.
    if env.staging()?.head(&key::staging(&entry.sha256))?.is_some_and(|head| Some(head.size) == entry.size) {
        return whole(None);
    }
    let (new, old) = match (own_list(env, what)?, base_list(env, base)) {
        (Some(new), Ok(old)) => (new, old),
        (_, Err(error)) => {
            return whole(Some(format!(
                "all of it was sent, not what changed since {}: {}",
                base.version,
                error.line()
            )));
        }
        (None, _) => return whole(None),
    };
    let recipe = delta::plan((base.sha256, &old), (entry.sha256, &new));
    if !delta::worth(&recipe) {
        return whole(None);
    }
    let bytes = send(env, what, &recipe, &new, base.version)?;
    Ok(Sent { bytes, delta: Some((base.sha256, base.version)), note: None })
}

/// The published version that a delta can be made against.
fn made_from<'a>(env: &Env<'_>, what: &Staging<'a>) -> Result<Option<&'a Entry>> {
    let Staging { dataset, entry, .. } = *what;
    let listed = |entry: &Entry| entry.size.is_some_and(chunk::listed);
    if !what.delta || env.settings.flag("data.delta")? == Some(false) || !listed(entry) || dataset.kind != Kind::File {
        return Ok(None);
    }
    let base = entry.base.and_then(|base| dataset.entry(base));
    let Some(base) = base.filter(|base| base.sha256 != entry.sha256 && listed(base)) else { return Ok(None) };
    // The default branch may know more than the branch that is worked on.
    let published = |known: &Entry| known.id() == base.id() && known.state == State::Published;
    let known = published(base) || env.merged_manifest()?.entry(what.name, base.version).is_some_and(published);
    Ok(known.then_some(base))
}

/// The list of the file: kept from the reading that gave its digest, else made now.
fn own_list(env: &Env<'_>, what: &Staging<'_>) -> Result<Option<Chunks>> {
    let (sha256, size) = (what.entry.sha256, what.entry.size.unwrap_or_default());
    if let Some(kept) = Lists::new(env.cache()?.root()).get(&sha256, size) {
        return Ok(Some(kept));
    }
    let (hashed, chunks) = chunked::file(what.file, &|_| ())?;
    if hashed.sha256 != sha256 { Err(hash::changed(what.file)) } else { Ok(chunks) }
}

/// The list of the base: one that was made here of the bytes themselves, before the one that production has.
fn base_list(env: &Env<'_>, base: &Entry) -> Result<Chunks> {
    let cache = env.cache()?;
    let (lists, size) = (Lists::new(cache.root()), base.size.unwrap_or_default());
    if let Some(kept) = lists.get(&base.sha256, size) {
        return Ok(kept);
    }
    if let Some(path) = cache.get(&base.sha256)
        && let (hashed, Some(chunks)) = chunked::file(&path, &|_| ())?
        && hashed.sha256 == base.sha256
    {
        keep(env, &base.sha256, &chunks)?;
        return Ok(chunks);
    }
    listed(env.production()?, &base.sha256, size)
}

/// Writes the delta to a scratch file and sends that, unless staging has it.
fn send(env: &Env<'_>, what: &Staging<'_>, recipe: &Recipe, new: &Chunks, base: Version) -> Result<u64> {
    let head = delta::head(recipe);
    scratch::space(&env.data, head.len() as u64 + recipe.data)?;
    let mut temp = scratch::file(&env.tmp(), "delta")?;
    let path = temp.path().to_owned();
    let write = |e| failed("write", &path, e);
    effect::write_all(temp.as_file_mut(), &head).map_err(write)?;
    let mut file = Spans::open(what.file)?;
    let mut buffer = Vec::new();
    let mut runs = recipe.runs().iter().filter(|run| run.from == From::Data).peekable();
    for (at, chunk) in new.placed() {
        while runs.next_if(|run| run.end() <= at).is_some() {}
        if runs.peek().is_none_or(|run| run.at > at) {
            continue;
        }
        buffer.resize(chunk.length as usize, 0);
        file.exact(at, &mut buffer).map_err(|_| hash::changed(what.file))?;
        // What was hashed is what is sent, or nothing is.
        if Chunk::of(&buffer) != *chunk {
            return Err(hash::changed(what.file));
        }
        effect::write_all(temp.as_file_mut(), &buffer).map_err(write)?;
    }
    let hashed = hash::file(&path, &|_| ())?;
    let (staging, key) = (env.staging()?, key::staged_delta(&recipe.sha256, &recipe.base));
    let reread = survey::rereads(staging);
    if transfer::already(staging, &key, &hashed, env.now(), reread)? {
        return Ok(0);
    }
    let progress = env.around.progress.as_ref();
    progress.start(&format!("sending {}: what changed since {base}", what.name), hashed.size);
    let sent = transfer::upload(staging, &key, &path, &hashed, progress);
    progress.finish();
    sent.map(|()| hashed.size)
}
