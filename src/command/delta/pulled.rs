//! Brings a version by what is here of an older one. Whatever comes out is hashed whole before it counts.

use std::io;
use std::path::PathBuf;

use tempfile::NamedTempFile;

use crate::command::delta::{Delta, Place, Places, base, gone, listed, rebuilt};
use crate::command::env::Env;
use crate::command::fetch::Want;
use crate::disk::chunked::{self, Lists};
use crate::disk::index::Index;
use crate::disk::stat::Stat;
use crate::disk::{place, scratch};
use crate::error::{Error, Result};
use crate::flow::chunk;
use crate::flow::delta::{self, From, Recipe};
use crate::flow::hash::Digest;
use crate::flow::key::{self, Key};
use crate::flow::publication;
use crate::store::transfer::crowd::{self, Crowd};
use crate::store::transfer::{Progress, steady};
use crate::store::{Pin, Read};

/// No more is asked for at once.
const PIECE: usize = 8 << 20;

/// What became of it.
pub(in crate::command) enum Near {
    /// It is in the cache; so many bytes were fetched for it.
    Built(PathBuf, u64),
    /// Nothing here would spare a quarter of it.
    Far,
    /// It was to be had this way, and was not; in words.
    Not(String),
}

/// An older version on this machine.
struct Old {
    path: PathBuf,
    sha256: Digest,
    size: u64,
}

/// Builds a published version of an older one that is here, and fetches only what is missing.
pub(in crate::command) fn nearby(
    env: &Env<'_>,
    want: &Want<'_>,
    store: &dyn Read,
    key: &Key,
    size: u64,
) -> Result<Near> {
    if !chunk::listed(size) || env.settings.flag("data.delta")? == Some(false) {
        return Ok(Near::Far);
    }
    let Some(old) = old(env, want, None)? else { return Ok(Near::Far) };
    let built = || -> Result<Option<(PathBuf, u64)>> {
        let Some(head) = store.head(key)?.filter(|head| head.size == size) else { return Ok(None) };
        let new = listed(store, &want.entry.sha256, size)?;
        let kept = Lists::new(env.cache()?.root()).get(&old.sha256, old.size);
        let before = kept.map_or_else(|| listed(store, &old.sha256, old.size), Ok)?;
        let recipe = delta::plan((old.sha256, &before), (want.entry.sha256, &new));
        if !delta::pays(recipe.data, size) {
            return Ok(None);
        }
        env.around.progress.start(&format!("fetching what changed of {}", want.name), recipe.data);
        let data = fetched(env, &recipe, (store, key, &head.pin));
        env.around.progress.finish();
        let data = data?;
        let places = Places { base: Place::File(&old.path), data: Place::File(data.path()) };
        Ok(Some((build(env, want, &recipe, &places)?, recipe.data)))
    };
    Ok(match built() {
        Ok(Some((path, fetched))) => Near::Built(path, fetched),
        Ok(None) => Near::Far,
        Err(error) => Near::Not(format!("all of it was fetched, not what changed: {}", error.line())),
    })
}

/// Fetches what a recipe does not find in its base, many ranges at a time, into a file where it lies as the recipe says.
fn fetched(env: &Env<'_>, recipe: &Recipe, (store, key, pin): (&dyn Read, &Key, &Pin)) -> Result<NamedTempFile> {
    let temp = scratch::file(&env.tmp(), "missing")?;
    scratch::space(&env.tmp(), recipe.data)?;
    let runs = recipe.runs().iter().filter(|run| run.from == From::Data);
    let pieces = runs.flat_map(|run| {
        (0..run.length).step_by(PIECE).map(|at| (run.at + at, run.offset + at, (run.length - at).min(PIECE as u64)))
    });
    let pieces: Vec<(u64, u64, u64)> = pieces.collect();
    crowd::all(&Crowd::of(store), &pieces, |&(at, offset, length)| {
        let cut = || Error::store(format!("cannot read {key} in {}", store.address()));
        let body = steady(store, key, (at, length), pin)?;
        let body = body.ok_or_else(|| cut().because("it went while it was read"))?;
        match chunked::write_at(temp.path(), offset, body).map_err(|e| cut().because(e))? {
            count if count == length => {
                env.around.progress.advance(count);
                Ok(())
            }
            count => Err(cut().because(format!("{count} of {length} bytes came"))),
        }
    })?;
    Ok(temp)
}

/// Builds a proposal of its staged delta; `None` if there is none. Gives also how many bytes were fetched.
pub(in crate::command) fn proposed(env: &Env<'_>, want: &Want<'_>) -> Result<Option<(PathBuf, u64)>> {
    let (entry, staging) = (want.entry, env.staging()?);
    let (Some(against), Some(size)) = (entry.delta, entry.size) else { return Ok(None) };
    let key = key::staged_delta(&entry.sha256, &against);
    let Some(delta) = Delta::open(staging, &key, (entry.sha256, size), &against)? else { return Ok(None) };
    let data = delta.data(staging);
    let recipe = &delta.recipe;
    if let Some(old) = old(env, want, Some(against))? {
        recipe.within(old.size)?;
        let places = Places { base: Place::File(&old.path), data };
        // What is here may have been damaged since: then production is asked.
        if let Ok(path) = build(env, want, recipe, &places) {
            return Ok(Some((path, recipe.data)));
        }
    }
    let production = env.production()?;
    let versions = publication::bases(want.name, want.dataset, entry, &against);
    let label = format!("{} {}", want.name, entry.version);
    let base = base(production, &versions)?.ok_or_else(|| gone(&label, want.name, &against))?;
    recipe.within(base.size)?;
    let data = delta.data(staging);
    let path = build(env, want, recipe, &Places { base: base.place(production), data })?;
    Ok(Some((path, recipe.data + rebuilt::weight(recipe, From::Base))))
}

/// An older version of the dataset: the file at its place, if nothing was written to it since it was hashed, or in the cache.
fn old(env: &Env<'_>, want: &Want<'_>, sha256: Option<Digest>) -> Result<Option<Old>> {
    let wanted = |digest: &Digest| sha256.is_none_or(|sha256| sha256 == *digest);
    let versions = || want.dataset.versions.iter().filter(|old| wanted(&old.sha256));
    let path = env.root.join(want.dataset.location(want.name));
    if let Some(stat) = Stat::find(&path).ok().flatten()
        && let Some((sha256, size)) = Index::load(&env.data).get(&path, &stat)
        && versions().any(|old| old.sha256 == sha256)
    {
        return Ok(Some(Old { path, sha256, size }));
    }
    let cache = env.cache()?;
    let mut cached =
        versions().filter_map(|old| Some(Old { path: cache.get(&old.sha256)?, sha256: old.sha256, size: old.size? }));
    Ok(cached.next())
}

/// Follows a recipe into the cache. Other bytes than the wanted ones are an error and are kept nowhere.
fn build(env: &Env<'_>, want: &Want<'_>, recipe: &Recipe, places: &Places<'_>) -> Result<PathBuf> {
    let cache = env.cache()?;
    let mut temp = cache.scratch()?;
    scratch::space(cache.root(), recipe.size)?;
    let progress = env.around.progress.as_ref();
    progress.start(&format!("{} {}", want.name, want.entry.version), recipe.size);
    let stream = places.read(recipe, (0, recipe.size));
    let poured = place::pour(&mut Told { stream, progress }, temp.as_file_mut());
    progress.finish();
    let label = format!("{} {}", want.name, want.entry.version);
    let found =
        poured.map_err(|e| Error::store(format!("{label} could not be built of an older version")).because(e))?;
    if found != want.entry.sha256 {
        return Err(Error::integrity(format!("{label}: what was built of an older version has other bytes")).hint(
            format!("git data prepare {} --no-delta   on the machine that has the file sends all of it", want.name),
        ));
    }
    scratch::settle(temp.path(), temp.as_file())?;
    cache.adopt(temp, &found)
}

/// Tells how it goes on.
struct Told<'a, R> {
    stream: R,
    progress: &'a dyn Progress,
}

impl<R: io::Read> io::Read for Told<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.stream.read(buffer)?;
        self.progress.advance(count as u64);
        Ok(count)
    }
}
