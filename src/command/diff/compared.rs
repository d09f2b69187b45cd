//! Compares one dataset: finds the bytes of both sides, and has them read.

use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};

use crate::command::diff::sides::{Lying, Recorded, Side};
use crate::command::diff::{Args, One, Outcome, Pair, seen_json};
use crate::command::env::{Env, Surroundings};
use crate::command::fetch::{self, Want};
use crate::command::preview::{self, Near, Seen, Wish};
use crate::command::secrecy;
use crate::command::tree;
use crate::disk::same::same;
use crate::disk::stat::Stat;
use crate::disk::{file, hash};
use crate::error::{Error, Result};
use crate::flow::diff::wishes::Wishes;
use crate::flow::hash::Digest;
use crate::flow::manifest::types::{Dataset, Entry, Kind as DatasetKind};
use crate::flow::settings;
use crate::flow::tree::diff::diff;
use crate::flow::tree::{Item, Listing};

/// Of a directory so many changed files are read.
const FILES: usize = 50;

/// Of a table so many changes are kept.
const CHANGES: usize = 10_000;

/// What holds for all comparisons of a command.
pub(in crate::command) struct Comparing {
    wish: Wish,
    /// What is shown leaves this machine: what a dataset hides is hidden.
    public: bool,
    /// Only numbers are shown where a dataset does not say.
    counts: bool,
    /// More than so many bytes are not fetched only to be compared.
    fetch: u64,
}

/// What changed in a directory.
pub struct Paths {
    /// There now.
    pub added: Vec<String>,
    /// There before.
    pub removed: Vec<String>,
    /// Something else now.
    pub changed: Vec<String>,
    /// The same content at another path.
    pub renamed: Vec<(String, String)>,
    /// What is in the changed files.
    pub tables: Vec<(String, Seen)>,
}

impl Paths {
    pub(super) fn json(&self) -> Json {
        let renamed: Vec<Json> = self.renamed.iter().map(|(from, to)| json!({"from": from, "to": to})).collect();
        let files = |(path, seen): &(String, Seen)| {
            let mut one = seen_json(seen);
            one["path"] = json!(path);
            one
        };
        json!({
            "paths": {"added": self.added, "removed": self.removed, "changed": self.changed, "renamed": renamed},
            "files": self.tables.iter().map(files).collect::<Vec<_>>(),
        })
    }
}

impl Comparing {
    pub(super) fn new(args: &Args, scratch: PathBuf) -> Result<Comparing> {
        let mut tolerance: Near = (None, None);
        let mut tolerances = std::collections::BTreeMap::new();
        for bound in &args.tolerance {
            match bound.rsplit_once('=') {
                Some((column, bound)) => {
                    tolerances.entry(column.to_owned()).or_insert((None, None));
                    near(tolerances.get_mut(column).expect("it was put there"), bound)?;
                }
                None => near(&mut tolerance, bound)?,
            }
        }
        let shown = if args.rows == 0 { usize::MAX } else { args.rows.max(CHANGES) };
        let wish = Wish {
            key: args.key.clone(),
            tolerance,
            tolerances,
            order: args.order,
            changes: shown,
            memory: settings::bytes(&args.memory)?,
            ..plain(scratch)
        };
        Ok(Comparing { wish, public: false, counts: false, fetch: u64::MAX })
    }

    /// For a reviewer: what is shown is public, and time is bounded.
    pub(in crate::command) fn bounded(env: &Env<'_>, seconds: u64, fetch: u64) -> Comparing {
        let wish = Wish { seconds: Some(seconds), ..plain(env.tmp()) };
        Comparing { wish, public: true, counts: secrecy::hides(env), fetch }
    }

    /// Of files that are at hand, for whoever has them.
    pub(super) fn alone(seconds: u64, scratch: PathBuf) -> Comparing {
        let wish = Wish { seconds: Some(seconds), ..plain(scratch) };
        Comparing { wish, public: false, counts: false, fetch: 0 }
    }

    /// What a dataset says of its own review.
    pub(in crate::command) fn wishes(&self, dataset: &Dataset) -> Result<Wishes> {
        Wishes::of(dataset, self.counts)
    }

    /// Has two files read that people know by these names.
    pub(in crate::command) fn see(
        &self,
        around: &Surroundings,
        files: [&Path; 2],
        names: [&str; 2],
        wishes: &Wishes,
    ) -> Seen {
        match preview::see(around, &self.wish(around, files, names, wishes)) {
            Seen::Tables(found) if self.public => Seen::Tables(Box::new(wishes.public(*found))),
            Seen::Lines(_) if self.public && wishes.hide() => Seen::Opaque,
            seen => seen,
        }
    }

    /// What is asked of the process that reads them.
    pub(super) fn wish(&self, around: &Surroundings, files: [&Path; 2], names: [&str; 2], wishes: &Wishes) -> Wish {
        Wish {
            old: around.cwd.join(files[0]),
            new: around.cwd.join(files[1]),
            names: names.map(str::to_owned),
            keys: wishes.keys.clone(),
            ..self.wish.clone()
        }
    }
}

/// A wish for no files yet, where nobody asked for anything.
fn plain(scratch: PathBuf) -> Wish {
    Wish {
        old: PathBuf::new(),
        new: PathBuf::new(),
        names: Default::default(),
        key: Vec::new(),
        keys: Default::default(),
        tolerance: (None, None),
        tolerances: Default::default(),
        order: false,
        changes: CHANGES,
        memory: crate::table::MEMORY as u64,
        seconds: None,
        scratch,
    }
}

fn near(tolerance: &mut Near, bound: &str) -> Result<()> {
    let (number, relative) = bound.strip_suffix('%').map_or((bound, false), |number| (number, true));
    let number: f64 = number.parse().ok().filter(|n: &f64| n.is_finite() && *n >= 0.0).ok_or_else(|| {
        Error::usage(format!("--tolerance {bound}: a number, a percentage, or COLUMN= and one of them"))
            .hint("git data diff --tolerance 0.01,price=1%")
    })?;
    *(if relative { &mut tolerance.1 } else { &mut tolerance.0 }) =
        Some(if relative { number / 100.0 } else { number });
    Ok(())
}

/// Where two files are.
pub(super) fn places(around: &Surroundings, typed: [&Path; 2]) -> Result<[PathBuf; 2]> {
    let places = typed.map(|path| around.cwd.join(path));
    for (place, typed) in places.iter().zip(typed) {
        if !file::exists(place)? || file::is_folder(place)? {
            return Err(Error::user(format!("{} is not a file", typed.display())).hint("git data diff --files OLD NEW"));
        }
    }
    Ok(places)
}

/// Compares two files.
pub(super) fn files(around: &Surroundings, comparing: &Comparing, old: &Path, new: &Path) -> Result<One> {
    let places = places(around, [old, new])?;
    let look = || -> Result<[Stat; 2]> { Ok([Stat::of(&places[0])?, Stat::of(&places[1])?]) };
    let (before, names) = (look()?, [old.to_string_lossy(), new.to_string_lossy()]);
    // To hash both would take longer than to compare them.
    let result = if same(&places[0], &places[1])? {
        Outcome::Same
    } else {
        Outcome::Seen(comparing.see(around, [&places[0], &places[1]], [&names[0], &names[1]], &Wishes::default()))
    };
    for ((was, is), path) in before.iter().zip(look()?).zip(&places) {
        if *was != is {
            return Err(hash::changed(path));
        }
    }
    Ok(One {
        name: names[1].clone().into_owned(),
        old: Some(names[0].clone().into_owned()),
        new: Some(names[1].clone().into_owned()),
        digests: [None, None],
        result,
    })
}

/// Compares a dataset; `None` where a file here is what it was.
pub(in crate::command) fn dataset(env: &Env<'_>, comparing: &Comparing, pair: &Pair) -> Result<Option<One>> {
    if pair.dataset.kind == DatasetKind::Tree {
        return directory(env, comparing, pair);
    }
    let (old, new) = (content(pair.old.as_ref())?, content(pair.new.as_ref())?);
    let here = matches!(pair.new, Some(Side::Here(_)));
    let one = |old: Option<&Content>, new: Option<&Content>, result| One {
        name: pair.name.clone(),
        old: old.map(|it| it.label.clone()),
        new: new.map(|it| it.label.clone()),
        digests: [old.map(|it| it.sha256), new.map(|it| it.sha256)],
        result,
    };
    let (Some(old), Some(new)) = (&old, &new) else {
        return Ok(Some(one(old.as_ref(), new.as_ref(), Outcome::Alone)));
    };
    if old.sha256 == new.sha256 {
        return Ok((!here).then(|| one(Some(old), Some(new), Outcome::Same)));
    }
    let name = pair.dataset.location(&pair.name);
    let wishes = comparing.wishes(&pair.dataset)?;
    let seen = match [old, new].map(|side| bytes(env, comparing, &pair.name, side)) {
        [Ok(old), Ok(new)] => comparing.see(env.around, [&old, &new], [name, name], &wishes),
        // A page without a comparison is still a page.
        [Err(error), _] | [_, Err(error)] if comparing.public => Seen::Unavailable(error.line()),
        [Err(error), _] | [_, Err(error)] => return Err(error),
    };
    Ok(Some(one(Some(old), Some(new), Outcome::Seen(seen))))
}

/// Where both sides of a file are whose bytes are not the same; `None` if it did not change.
pub(super) fn changed(env: &Env<'_>, comparing: &Comparing, pair: &Pair) -> Result<Option<[PathBuf; 2]>> {
    let (old, new) = (content(pair.old.as_ref())?, content(pair.new.as_ref())?);
    match (old, new) {
        (Some(old), Some(new)) if old.sha256 == new.sha256 => Ok(None),
        (Some(old), Some(new)) if pair.dataset.kind == DatasetKind::File => {
            Ok(Some([bytes(env, comparing, &pair.name, &old)?, bytes(env, comparing, &pair.name, &new)?]))
        }
        (Some(_), Some(_)) => Err(Error::user(format!("{} is a directory, which has no patch", pair.name))),
        _ => Err(Error::user(format!("{} is there on one side only, so it has no patch", pair.name))),
    }
}

/// A side of a file, before its bytes are needed.
struct Content<'p> {
    label: String,
    sha256: Digest,
    side: &'p Side,
}

fn content(side: Option<&Side>) -> Result<Option<Content<'_>>> {
    Ok(match side {
        None => None,
        Some(side @ Side::Version(recorded)) => {
            Some(Content { label: recorded.label(), sha256: recorded.entry.sha256, side })
        }
        Some(side @ Side::Here(Lying { path, label, sha256 })) => {
            let sha256 = sha256.map_or_else(|| hash::file(path, &|_| ()).map(|hashed| hashed.sha256), Ok)?;
            Some(Content { label: label.clone(), sha256, side })
        }
    })
}

fn bytes(env: &Env<'_>, comparing: &Comparing, name: &str, content: &Content<'_>) -> Result<PathBuf> {
    let large = |entry: &Entry| entry.size.is_none_or(|size| size > comparing.fetch);
    match content.side {
        Side::Version(recorded) if large(&recorded.entry) => match env.cache()?.get(&recorded.entry.sha256) {
            Some(path) => Ok(path),
            None => Err(Error::user(format!(
                "{} is not on this machine, and too large to be fetched for it",
                content.label
            ))),
        },
        Side::Here(lying) => Ok(lying.path.clone()),
        Side::Version(recorded) => Ok(fetch::fetch(env, &recorded.want(name))?.path),
    }
}

impl Recorded {
    fn label(&self) -> String {
        self.entry.version.to_string()
    }

    fn want<'v>(&'v self, name: &'v str) -> Want<'v> {
        let (dataset, entry, effective) = (&self.dataset, &self.entry, self.effective.clone());
        Want { name, dataset, entry, effective, staged: true, wait: 0 }
    }
}

fn directory(env: &Env<'_>, comparing: &Comparing, pair: &Pair) -> Result<Option<One>> {
    let name = &pair.name;
    let listing = |side: &Side| -> Result<Listing> {
        match side {
            Side::Version(recorded) => tree::listing_of(env, &recorded.want(name)),
            Side::Here(_) => tree::differing::listing(env, name, &pair.dataset),
        }
    };
    let label = |side: &Side| match side {
        Side::Version(recorded) => recorded.label(),
        Side::Here(lying) => lying.label.clone(),
    };
    let (old, new) = (pair.old.as_ref().map(listing).transpose()?, pair.new.as_ref().map(listing).transpose()?);
    let digests = [old.as_ref().map(Listing::digest), new.as_ref().map(Listing::digest)];
    let one = |result| One {
        name: name.clone(),
        old: pair.old.as_ref().map(label),
        new: pair.new.as_ref().map(label),
        digests,
        result,
    };
    let (Some(before), Some(now)) = (&old, &new) else { return Ok(Some(one(Outcome::Alone))) };
    let changes = diff(before, now);
    if changes.is_empty() {
        let here = matches!(pair.new, Some(Side::Here(_)));
        return Ok((!here).then(|| one(Outcome::Same)));
    }
    let paths = |items: &[&Item]| items.iter().map(|item| item.path.to_string()).collect();
    let mut tables = Vec::new();
    let wishes = comparing.wishes(&pair.dataset)?;
    let files = changes.changed.iter().filter(|(old, new)| old.content().is_some() && new.content().is_some());
    let sides = [Shelf::of(env, name, pair.old.as_ref())?, Shelf::of(env, name, pair.new.as_ref())?];
    for (old, new) in files.take(FILES) {
        let seen = match (sides[0].file(old), sides[1].file(new)) {
            (Ok(before), Ok(now)) => comparing.see(env.around, [&before, &now], [&old.path, &new.path], &wishes),
            (Err(error), _) | (_, Err(error)) => Seen::Unavailable(error.line()),
        };
        tables.push((new.path.to_string(), seen));
    }
    Ok(Some(one(Outcome::Tree(Paths {
        added: paths(&changes.added),
        removed: paths(&changes.removed),
        changed: changes.changed.iter().map(|(_, new)| new.path.to_string()).collect(),
        renamed: changes.renamed.iter().map(|(old, new)| (old.path.to_string(), new.path.to_string())).collect(),
        tables,
    }))))
}

/// Where the files of one side of a directory are.
enum Shelf<'a> {
    Here(&'a Path),
    Version(tree::Single<'a>),
    Nowhere,
}

impl<'a> Shelf<'a> {
    fn of(env: &'a Env<'a>, name: &'a str, side: Option<&'a Side>) -> Result<Shelf<'a>> {
        Ok(match side {
            Some(Side::Here(lying)) => Shelf::Here(&lying.path),
            Some(Side::Version(recorded)) => Shelf::Version(tree::Single::of(env, &recorded.want(name))?),
            None => Shelf::Nowhere,
        })
    }

    fn file(&self, item: &Item) -> Result<PathBuf> {
        match self {
            Shelf::Here(root) => Ok(root.join(&*item.path)),
            Shelf::Version(single) => single.file(item),
            Shelf::Nowhere => Err(Error::bug("a changed file has two sides")),
        }
    }
}
