//! Sends a proposed tree to staging: the contents that production lacks, then where they lie, then the listing.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::command::env::Env;
use crate::command::listings;
use crate::command::tree::source;
use crate::command::view::View;
use crate::disk::hash::{self, Hashed};
use crate::disk::stat::Stat;
use crate::disk::{effect, failed, file, scratch};
use crate::error::Result;
use crate::flow::address::Address;
use crate::flow::hash::Digest;
use crate::flow::key::{self, Key};
use crate::flow::manifest::types::Entry;
use crate::flow::part;
use crate::flow::tree::shard::{self, Check, Member};
use crate::flow::tree::shelve::{Shelves, shelve, worn};
use crate::flow::tree::{Item, Listing, Place, Places};
use crate::store::transfer::crowd::{self, Crowd};
use crate::store::transfer::{self, Progress};
use crate::store::{Attested, Body, Source, When, Write};

/// A tree on its way to staging.
pub(in crate::command) struct Sending<'a> {
    pub(in crate::command) name: &'a str,
    /// Where it lies.
    pub(in crate::command) place: &'a Path,
    pub(in crate::command) entry: &'a Entry,
    pub(in crate::command) listing: &'a Listing,
    /// Also what production holds already.
    pub(in crate::command) whole: bool,
}

/// Sends what staging has not, or not provably; gives the bytes that were sent.
pub(in crate::command) fn send(
    env: &Env<'_>,
    view: &View,
    sending: &Sending<'_>,
    notes: &mut Vec<String>,
) -> Result<u64> {
    let Sending { name, entry, listing, .. } = sending;
    let held = if sending.whole { Places::default() } else { held(env, view, sending, notes) };
    let room = key::room(name, entry.version, &entry.sha256);
    let shelves = shelve(listing, super::rule(&env.settings)?, room, &|digest| held.get(digest).is_some());
    let (progress, now) = (env.around.progress.as_ref(), env.now());
    let lane = Lane { tmp: env.tmp(), now, progress, staging: env.staging()?, place: sending.place };
    let total = shelves.singles.iter().chain(shelves.shards.iter().flatten()).map(|member| member.size).sum();
    env.around.progress.start(&format!("sending {name}"), total);
    let sent = lane.contents(&shelves);
    env.around.progress.finish();
    let (places, mut sent) = sent?;
    // What names contents comes after them, and the listing last.
    for (key, bytes) in
        [(key::staged_places(&entry.sha256), places.pack()), (key::staged_tree(&entry.sha256), listing.pack())]
    {
        sent += lane.list(&key, &bytes)?;
    }
    Ok(sent)
}

/// What production holds already. Without an answer all of it is staged.
fn held(env: &Env<'_>, view: &View, sending: &Sending<'_>, notes: &mut Vec<String>) -> Places {
    let held = source::of_base(env, view, sending.name, sending.entry).and_then(|held| {
        let mut held = held.unwrap_or_default();
        let production = env.production()?;
        let size = |key: &std::sync::Arc<str>| Ok(production.head(&Key::new(&**key))?.map(|head| head.size));
        let worn = worn(sending.listing, &held, size)?;
        held.forget(&|_, place| worn.contains(&place.key));
        Ok(held)
    });
    match held {
        Ok(held) => held,
        Err(error) => {
            notes.push(format!("production could not be asked what it has, so all of it is staged: {}", error.line()));
            Places::default()
        }
    }
}

/// Whether staging still has all of an earlier proposal of this very tree, as far as it can be seen without reading it.
pub(in crate::command) fn still_there(env: &Env<'_>, listing: &Listing, digest: &Digest) -> Result<bool> {
    let staging = env.staging()?;
    let Some(places) = listings::staged_places(staging, digest)? else { return Ok(false) };
    // Only of those that are objects of their own: most of a million may lie in shards.
    let alone: HashSet<&Digest> = places.iter().filter(|(_, place)| place.range.is_none()).map(|(it, _)| it).collect();
    let contents = listing.items().iter().filter_map(Item::content);
    let sizes: HashMap<Digest, u64> = contents.filter(|(content, _)| alone.contains(content)).collect();
    let mut keys: Vec<(Key, Option<u64>)> = vec![(key::staged_tree(digest), None)];
    let mut seen = HashSet::new();
    for (content, place) in places.iter().filter(|(_, place)| seen.insert(place.key.clone())) {
        keys.push((place.object(), place.range.is_none().then(|| sizes.get(content).copied().unwrap_or(0))));
    }
    let now = env.now();
    let young = |modified: i64| modified.saturating_add(transfer::FRESH) > now;
    let there = crowd::all(&Crowd::of(staging), &keys, |(key, size)| {
        let head = staging.head(key)?;
        Ok(head.is_some_and(|head| young(head.modified) && size.is_none_or(|size| size == head.size)))
    })?;
    Ok(there.into_iter().all(|there| there))
}

struct Lane<'a> {
    tmp: PathBuf,
    now: i64,
    progress: &'a dyn Progress,
    staging: &'a dyn Write,
    place: &'a Path,
}

impl Lane<'_> {
    fn contents(&self, shelves: &Shelves) -> Result<(Places, u64)> {
        let mut places = Places::default();
        let mut sent = self.singles(&shelves.singles)?;
        for member in &shelves.singles {
            places.add(member.sha256, Place { key: member.sha256.hex().into(), range: None });
        }
        for members in &shelves.shards {
            let (object, bytes) = self.shard(members)?;
            sent += bytes;
            let object: std::sync::Arc<str> = object.hex().into();
            for (offset, member) in shard::layout(members).0.into_iter().zip(members) {
                places.add(member.sha256, Place { key: object.clone(), range: Some((offset, member.size)) });
            }
        }
        Ok((places, sent))
    }

    /// Many objects: one listing says which of them staging surely has not, and those need no look of their own.
    fn singles(&self, members: &[Member]) -> Result<u64> {
        let keys: HashSet<Key> = members.iter().map(|member| key::staging(&member.sha256)).collect();
        let there = if members.len() > FEW { transfer::there(self.staging, &keys) } else { None };
        let lacks = |member: &&Member| there.as_ref().is_some_and(|it| !it.contains(&key::staging(&member.sha256)));
        let (new, others): (Vec<&Member>, Vec<&Member>) = members.iter().partition(lacks);
        let mut sent: u64 =
            crowd::all(&Crowd::of(self.staging), &others, |member| self.single(member))?.into_iter().sum();
        for batch in new.chunks(BATCH) {
            let file = |member: &&Member| {
                let (path, hashed) = self.hashed(member)?;
                Ok((key::staging(&hashed.sha256), path, hashed))
            };
            let files = batch.iter().map(file).collect::<Result<Vec<_>>>()?;
            transfer::upload_all(self.staging, &files, self.progress).into_iter().collect::<Result<Vec<()>>>()?;
            sent += files.iter().map(|(_, _, hashed)| hashed.size).sum::<u64>();
        }
        Ok(sent)
    }

    fn single(&self, member: &Member) -> Result<u64> {
        let (path, hashed) = self.hashed(member)?;
        self.object(&path, &hashed)
    }

    fn hashed(&self, member: &Member) -> Result<(PathBuf, Hashed)> {
        let path = self.place.join(&*member.path);
        let hashed = if member.size < part::SMALLEST {
            // One part, whose digest is known; what is sent has to have it.
            let stat = Stat::of(&path)?;
            Hashed { sha256: member.sha256, size: member.size, parts: vec![member.sha256], stat }
        } else {
            hash::file(&path, &|_| ())?
        };
        if (hashed.sha256, hashed.stat.size) != (member.sha256, member.size) {
            return Err(hash::changed(&path));
        }
        Ok((path, hashed))
    }

    /// Builds a shard in a scratch file and sends it.
    fn shard(&self, members: &[Member]) -> Result<(Digest, u64)> {
        let temp = scratch::file(&self.tmp, "shard")?;
        scratch::space(&self.tmp, shard::layout(members).1)?;
        self.build(temp.as_file(), members)?;
        let hashed = hash::file(temp.path(), &|_| ())?;
        let sent = self.object(temp.path(), &hashed)?;
        Ok((hashed.sha256, sent))
    }

    fn build(&self, to: &File, members: &[Member]) -> Result<()> {
        let (mut check, mut buffer) = (Check::of(members), Vec::with_capacity(2 * WRITE));
        let flush = |buffer: &mut Vec<u8>, least: usize| -> Result<()> {
            if buffer.len() < least {
                return Ok(());
            }
            effect::write_all(to, buffer).map_err(|e| failed("write", &self.tmp, e))?;
            buffer.clear();
            Ok(())
        };
        for member in members {
            let path = self.place.join(&*member.path);
            let changed = || hash::changed(&path);
            let header = shard::header(member);
            check.take(&header).map_err(|_| changed())?;
            buffer.extend_from_slice(&header);
            // One byte more would be read, if there were one.
            let mut content = file::open(&path)?.take(member.size.saturating_add(1));
            loop {
                let start = buffer.len();
                (&mut content).take(WRITE as u64).read_to_end(&mut buffer).map_err(|e| failed("read", &path, e))?;
                if buffer.len() == start {
                    break;
                }
                check.take(&buffer[start..]).map_err(|_| changed())?;
                flush(&mut buffer, WRITE)?;
            }
            let padding = vec![0; shard::padding(member.size)];
            check.take(&padding).map_err(|_| changed())?;
            buffer.extend_from_slice(&padding);
            flush(&mut buffer, WRITE)?;
        }
        // A file that ended early has left the check in its middle.
        check.take(&shard::END).and_then(|()| check.finish()).map_err(|_| {
            let paths = members.first().map_or_else(|| self.place.to_owned(), |first| self.place.join(&*first.path));
            hash::changed(&paths)
        })?;
        buffer.extend_from_slice(&shard::END);
        flush(&mut buffer, 1)
    }

    /// One object by its digest, unless staging provably has it.
    fn object(&self, path: &Path, hashed: &Hashed) -> Result<u64> {
        let key = key::staging(&hashed.sha256);
        // A directory attests nothing, and reading it costs little.
        let reread = matches!(self.staging.address(), Address::Directory { .. });
        let progress = self.progress;
        if transfer::already(self.staging, &key, hashed, self.now, reread)? {
            progress.advance(hashed.size);
            return Ok(0);
        }
        transfer::upload(self.staging, &key, path, hashed, progress)?;
        Ok(hashed.size)
    }

    /// A list, whose bytes are in memory.
    fn list(&self, key: &Key, bytes: &[u8]) -> Result<u64> {
        let (sha256, size) = (Digest::of(bytes), bytes.len() as u64);
        let head = self.staging.head(key)?.filter(|head| head.modified.saturating_add(transfer::FRESH) > self.now);
        if head.is_some_and(|head| head.size == size && head.attested == Attested::Whole(sha256)) {
            return Ok(0);
        }
        self.staging.put(key, Body { sha256, size, source: Source::Bytes(bytes) }, When::Always)?;
        Ok(size)
    }
}

/// So few objects are looked at one by one.
const FEW: usize = 64;
/// So many are sent, and then looked for in one listing.
const BATCH: usize = 10_000;
/// A shard is written in pieces of about this.
const WRITE: usize = 256 << 10;
