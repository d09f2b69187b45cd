//! Gets the contents that are missing here, each proven by its own digest, and puts them in their places.

use std::collections::BTreeMap;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::PathBuf;

use crate::command::env::Env;
use crate::command::fetch::{self, Want, Whence};
use crate::command::tree::source::{self, Shelf};
use crate::disk::cache::Cache;
use crate::disk::tree::place::{Ground, Put, Ready};
use crate::disk::{file, scratch};
use crate::error::{Error, Kind, Result};
use crate::flow::hash::Digest;
use crate::flow::key::Key;
use crate::flow::tree::fetching::{self, Ask, LONGEST_SHARD, Part};
use crate::flow::tree::{Item, Listing, What};
use crate::store::transfer::crowd::{self, Crowd};
use crate::store::transfer::{self, Fetched, Progress, steady};
use crate::store::{Pin, Read};

/// Contents up to this pass through memory, and larger ones through the cache.
const SMALL: u64 = 1 << 20;
/// So many contents of a shard are taken out of it at a time.
const CHUNK: usize = 512;
/// So many paths are made ready before they are put.
const BATCH: usize = 2_048;

/// The contents that are wanted, each with the paths that have it.
pub(super) type Wanted<'a> = BTreeMap<Digest, Vec<&'a Item>>;

/// Fills the directory of a tree.
pub(super) struct Filling<'a> {
    pub(super) want: &'a Want<'a>,
    pub(super) ground: &'a Ground,
    pub(super) cache: Cache,
    pub(super) progress: &'a dyn Progress,
}

/// What was done.
#[derive(Default)]
pub(super) struct Filled {
    /// Bytes that came from a bucket.
    pub(super) fetched: u64,
    /// The bucket.
    pub(super) whence: Option<Whence>,
    /// Names that the system cannot hold.
    pub(super) unheld: Vec<String>,
}

/// Something that contents are taken from.
enum Piece<'a> {
    Ask(&'a Ask),
    Cached(PathBuf, Digest),
    Shard(PathBuf, Digest, &'a [Part]),
}

/// Where what is missing is to be had: by bucket, and what the cache has.
pub(super) struct Found<'a> {
    cached: Vec<(PathBuf, Digest)>,
    shelves: Vec<(Shelf<'a>, Vec<Ask>)>,
}

impl Filling<'_> {
    /// Finds out where each content is to be had; nothing is changed yet.
    pub(super) fn find<'e>(&self, env: &'e Env<'_>, wanted: &Wanted<'_>) -> Result<Found<'e>> {
        let mut found = Found { cached: Vec::new(), shelves: Vec::new() };
        let mut missing: BTreeMap<Digest, u64> = BTreeMap::new();
        for (digest, items) in wanted {
            match self.cache.get(digest) {
                Some(path) => found.cached.push((path, *digest)),
                None => drop(missing.insert(*digest, items[0].content().map_or(0, |(_, size)| size))),
            }
        }
        if missing.is_empty() {
            return Ok(found);
        }
        for shelf in source::shelves(env, self.want)? {
            let (asks, lost) = fetching::asks(&missing, &shelf.places);
            missing.retain(|digest, _| lost.binary_search(digest).is_ok());
            found.shelves.push((shelf, asks));
        }
        match missing.keys().next() {
            None => Ok(found),
            Some(digest) => Err(self.lost(&wanted[digest][0].path)),
        }
    }

    fn lost(&self, path: &str) -> Error {
        let missing = fetch::missing(self.want, 0);
        let Want { name, entry, .. } = self.want;
        let message = format!("the content of {path:?} of {name} {} is in no bucket", entry.version);
        Error { message, ..missing }
    }

    /// Copies of what lies here already, made before anything is taken away.
    pub(super) fn copies<'i>(&self, from: &[(PathBuf, Digest)], wanted: &mut Wanted<'i>) -> Vec<(&'i Item, Ready)> {
        let mut ready = Vec::new();
        for (path, digest) in from {
            let items = wanted.get(digest).cloned().unwrap_or_default();
            // A file that changed meanwhile is no source; a bucket has the content.
            let copies: Result<Vec<_>> = items.iter().map(|item| Ok((*item, self.take_file(path, item)?))).collect();
            if let Ok(copies) = copies {
                ready.extend(copies);
                wanted.remove(digest);
            }
        }
        ready
    }

    /// Brings everything that was found, and puts it.
    pub(super) fn fill(&self, found: &Found<'_>, wanted: &Wanted<'_>, filled: &mut Filled) -> Result<()> {
        let progress = self.progress;
        let label = format!("{} {}", self.want.name, self.want.entry.version);
        let asked = |ask: &Ask| match ask {
            Ask::Single { size, .. } => *size,
            Ask::Range { parts, .. } | Ask::Shard { parts, .. } => parts.iter().map(|part| part.length).sum(),
        };
        let total = found.shelves.iter().flat_map(|(_, asks)| asks).map(asked).sum();
        progress.start(&label, total);
        let done = self.all(found, wanted, filled);
        progress.finish();
        filled.fetched = total;
        filled.whence = found.shelves.iter().find(|(_, asks)| !asks.is_empty()).map(|(shelf, _)| shelf.whence);
        done
    }

    fn all(&self, found: &Found<'_>, wanted: &Wanted<'_>, filled: &mut Filled) -> Result<()> {
        let cached: Vec<Piece<'_>> =
            found.cached.iter().map(|(path, digest)| Piece::Cached(path.clone(), *digest)).collect();
        self.pieces(None, &cached, wanted, filled)?;
        for (shelf, asks) in &found.shelves {
            let whole = |ask: &&Ask| matches!(ask, Ask::Shard { .. });
            let shards: Vec<&Ask> = asks.iter().filter(whole).collect();
            let crowd = Crowd::of(shelf.store);
            let mut pieces: Vec<Piece<'_>> = asks.iter().filter(|ask| !whole(ask)).map(Piece::Ask).collect();
            for (path, ask) in crowd::all(&crowd, &shards, |ask| self.shard(shelf, ask))?.into_iter().zip(shards) {
                if let Ask::Shard { sha256, parts, .. } = ask {
                    pieces.extend(parts.chunks(CHUNK).map(|parts| Piece::Shard(path.clone(), *sha256, parts)));
                }
            }
            self.pieces(Some(shelf), &pieces, wanted, filled)?;
        }
        Ok(())
    }

    /// Makes content ready, a batch at a time, and puts each batch once it is safe on disk.
    fn pieces(
        &self,
        shelf: Option<&Shelf<'_>>,
        pieces: &[Piece<'_>],
        wanted: &Wanted<'_>,
        filled: &mut Filled,
    ) -> Result<()> {
        let many = if pieces.iter().any(|piece| matches!(piece, Piece::Shard(..))) { BATCH / CHUNK } else { BATCH };
        let crowd = shelf.map(|shelf| Crowd::of(shelf.store));
        for batch in pieces.chunks(many) {
            let one = |piece: &Piece<'_>| self.piece(shelf, piece, wanted);
            let ready = match &crowd {
                Some(crowd) => crowd::all(crowd, batch, one)?,
                None => batch.iter().map(one).collect::<Result<_>>()?,
            };
            self.put(ready.into_iter().flatten().collect(), filled)?;
        }
        Ok(())
    }

    /// Puts what is ready.
    pub(super) fn put(&self, ready: Vec<(&Item, Ready)>, filled: &mut Filled) -> Result<()> {
        if ready.is_empty() {
            return Ok(());
        }
        self.ground.settle()?;
        for (item, ready) in ready {
            let put = self.ground.put(&item.path, ready)?;
            filled.came(&item.path, put);
        }
        Ok(())
    }

    fn piece<'i>(
        &self,
        shelf: Option<&Shelf<'_>>,
        piece: &Piece<'_>,
        wanted: &Wanted<'i>,
    ) -> Result<Vec<(&'i Item, Ready)>> {
        let cached = |digest: &Digest, done: Result<Vec<(&'i Item, Ready)>>| match done {
            // What is damaged is put aside: the next run fetches it.
            Err(error) if error.kind == Kind::Integrity => {
                Err(self.cache.verify_and_get(digest).err().unwrap_or(error))
            }
            other => other,
        };
        match (piece, shelf) {
            (Piece::Cached(path, digest), _) => {
                let take = |item: &&'i Item| Ok((*item, self.take_file(path, item)?));
                cached(digest, wanted[digest].iter().map(take).collect())
            }
            (Piece::Shard(path, digest, parts), _) => cached(digest, self.out_of(path, parts, wanted)),
            (Piece::Ask(ask), Some(shelf)) => {
                let done = match ask {
                    Ask::Single { key, sha256, size } => self.single(shelf.store, key, *sha256, *size, wanted),
                    Ask::Range { key, offset, length, parts } => {
                        self.range(shelf.store, key, (*offset, *length), parts, wanted)
                    }
                    Ask::Shard { .. } => Err(Error::bug("a whole shard is no piece")),
                };
                done.map_err(|error| fetch::other_bytes(self.want, shelf.whence, error))
            }
            (Piece::Ask(_), None) => Err(Error::bug("nobody to ask")),
        }
    }

    fn single<'i>(
        &self,
        store: &dyn Read,
        key: &Key,
        sha256: Digest,
        size: u64,
        wanted: &Wanted<'i>,
    ) -> Result<Vec<(&'i Item, Ready)>> {
        let absent = || self.lost(&wanted[&sha256][0].path);
        if size <= SMALL {
            let bytes = transfer::bytes(store, key, size)?.ok_or_else(absent)?;
            self.progress.advance(size);
            return self.each(&bytes, sha256, wanted);
        }
        let temp = self.cache.scratch()?;
        let progress = self.progress;
        if transfer::download(store, key, temp.path(), (sha256, size), progress)? == Fetched::Absent {
            return Err(absent());
        }
        let path = self.cache.adopt(temp, &sha256)?;
        wanted[&sha256].iter().map(|item| Ok((*item, self.take_file(&path, item)?))).collect()
    }

    /// A range with some contents in it. One that is large alone never is in memory.
    fn range<'i>(
        &self,
        store: &dyn Read,
        key: &Key,
        range: (u64, u64),
        parts: &[Part],
        wanted: &Wanted<'i>,
    ) -> Result<Vec<(&'i Item, Ready)>> {
        let absent = || self.lost(&wanted[&parts[0].sha256][0].path);
        let pin = Pin::default();
        let mut body = steady(store, key, range, &pin)?.ok_or_else(absent)?;
        let cut = |e| Error::store(format!("cannot read {key} in {}", store.address())).because(e);
        self.progress.advance(parts.iter().map(|part| part.length).sum());
        if let ([part], true) = (parts, range.1 > SMALL) {
            let items = &wanted[&part.sha256];
            let first = self.ground.take(&mut body, part.sha256, executable(items[0]))?;
            let mut done = vec![(items[0], first)];
            for item in &items[1..] {
                let mut body = steady(store, key, range, &pin)?.ok_or_else(absent)?;
                done.push((*item, self.ground.take(&mut body, part.sha256, executable(item))?));
            }
            return Ok(done);
        }
        let mut bytes = Vec::new();
        body.read_to_end(&mut bytes).map_err(cut)?;
        let mut done = Vec::new();
        for part in parts {
            done.extend(self.each(cut_out(&bytes, part)?, part.sha256, wanted)?);
        }
        Ok(done)
    }

    /// A whole shard, in the cache.
    fn shard(&self, shelf: &Shelf<'_>, ask: &Ask) -> Result<PathBuf> {
        let Ask::Shard { key, sha256, parts } = ask else { return Err(Error::bug("no shard")) };
        if let Some(path) = self.cache.get(sha256) {
            return Ok(path);
        }
        let size = match shelf.store.head(key)? {
            Some(head) if head.size <= LONGEST_SHARD => head.size,
            Some(_) => return Err(Error::integrity(format!("{key} is too large for a shard"))),
            None => {
                let path = parts.first().map(|part| part.sha256.hex()).unwrap_or_default();
                return Err(self.lost(&path));
            }
        };
        scratch::space(self.cache.root(), size)?;
        let temp = self.cache.scratch()?;
        let fetched = transfer::download(shelf.store, key, temp.path(), (*sha256, size), self.progress);
        match fetched.map_err(|error| fetch::other_bytes(self.want, shelf.whence, error))? {
            Fetched::Done => self.cache.adopt(temp, sha256),
            Fetched::Absent => Err(fetch::missing(self.want, 0)),
        }
    }

    /// Contents out of a shard that is here.
    fn out_of<'i>(
        &self,
        path: &std::path::Path,
        parts: &[Part],
        wanted: &Wanted<'i>,
    ) -> Result<Vec<(&'i Item, Ready)>> {
        let mut shard = file::open(path)?;
        let cut = |e| Error::integrity(format!("{} is no such shard", path.display())).because(e);
        let (mut done, mut bytes) = (Vec::new(), Vec::new());
        for part in parts {
            shard.seek(SeekFrom::Start(part.offset)).map_err(cut)?;
            if part.length > SMALL {
                for item in &wanted[&part.sha256] {
                    shard.seek(SeekFrom::Start(part.offset)).map_err(cut)?;
                    let mut content = (&mut shard).take(part.length);
                    done.push((*item, self.ground.take(&mut content, part.sha256, executable(item))?));
                }
                continue;
            }
            bytes.clear();
            (&mut shard).take(part.length).read_to_end(&mut bytes).map_err(cut)?;
            done.extend(self.each(&bytes, part.sha256, wanted)?);
        }
        Ok(done)
    }

    /// Each path that has this content.
    fn each<'i>(&self, bytes: &[u8], sha256: Digest, wanted: &Wanted<'i>) -> Result<Vec<(&'i Item, Ready)>> {
        let take = |item: &&'i Item| Ok((*item, self.ground.take_bytes(bytes, sha256, executable(item))?));
        wanted[&sha256].iter().map(take).collect()
    }

    fn take_file(&self, path: &std::path::Path, item: &Item) -> Result<Ready> {
        let (sha256, _) = item.content().ok_or_else(|| Error::bug("only files have contents"))?;
        self.ground.take_file(path, sha256, executable(item))
    }
}

impl Filled {
    /// Notes what came of one path.
    pub(super) fn came(&mut self, path: &str, put: Put) {
        if let Put::Unheld(why) = put {
            self.unheld.push(format!("{path:?} cannot be here: {why}"));
        }
    }
}

fn cut_out<'b>(bytes: &'b [u8], part: &Part) -> Result<&'b [u8]> {
    let start = usize::try_from(part.offset).ok();
    let end = part.offset.checked_add(part.length).and_then(|end| usize::try_from(end).ok());
    let found = start.zip(end).and_then(|(start, end)| bytes.get(start..end));
    found.ok_or_else(|| Error::integrity("fewer bytes came than were asked for"))
}

fn executable(item: &Item) -> bool {
    matches!(item.what, What::File { executable: true, .. })
}

/// The contents of files, each with its paths.
pub(super) fn by_content<'a>(items: impl Iterator<Item = &'a Item>) -> Wanted<'a> {
    let mut wanted = Wanted::new();
    for item in items {
        if let Some((digest, _)) = item.content() {
            wanted.entry(digest).or_default().push(item);
        }
    }
    wanted
}

/// Files that lie here and have a content that is wanted elsewhere in the tree.
pub(super) fn here_already(here: &Listing, place: &std::path::Path, wanted: &Wanted<'_>) -> Vec<(PathBuf, Digest)> {
    let mut seen = std::collections::HashSet::new();
    let found = here.items().iter().filter_map(|item| Some((item, item.content()?.0)));
    let found = found.filter(|(_, digest)| wanted.contains_key(digest) && seen.insert(*digest));
    found.map(|(item, digest)| (place.join(&*item.path), digest)).collect()
}
