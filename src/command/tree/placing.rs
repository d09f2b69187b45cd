//! `pull` of a tree: brings the paths that are wanted to the directory, and takes away what the version has not.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use crate::command::env::Env;
use crate::command::fetch::{Want, Whence};
use crate::command::tree::contents::{Filled, Filling, by_content, here_already};
use crate::command::tree::{here, set, source};
use crate::disk::file;
use crate::disk::placed::Placed;
use crate::disk::tree::index::{Index, Known, Writer};
use crate::disk::tree::kept::Kept;
use crate::disk::tree::place::Ground;
use crate::disk::tree::scan::Scanned;
use crate::error::{Error, Result};
use crate::flow::hash::Digest;
use crate::flow::manifest::types::{Entry, State};
use crate::flow::text::plural;
use crate::flow::tree::merge::{Conflict, merge};
use crate::flow::tree::placing::{Placing, placing};
use crate::flow::tree::{Item, Listing, What};

/// How a tree is to be pulled.
pub(in crate::command) struct Pull<'a> {
    pub(in crate::command) want: &'a Want<'a>,
    /// Where it belongs.
    pub(in crate::command) target: &'a Path,
    /// Whether that is the dataset's own place.
    pub(in crate::command) own: bool,
    /// Only these paths, as they were typed.
    pub(in crate::command) paths: &'a [String],
    /// The set of paths ends: all of them.
    pub(in crate::command) all_paths: bool,
    /// Local changes are put aside.
    pub(in crate::command) force: bool,
    /// Local changes stay, and are merged with those of the version: what both were made from.
    pub(in crate::command) base: Option<&'a Base<'a>>,
    pub(in crate::command) dry_run: bool,
}

/// What two contents of a tree were made from.
pub(in crate::command) enum Base<'a> {
    /// Each begins with itself.
    Nothing,
    /// An earlier version.
    Version(Want<'a>),
}

/// What became of it.
#[derive(Default)]
pub(in crate::command) struct Pulled {
    pub(in crate::command) changed: bool,
    pub(in crate::command) from: Option<Whence>,
    pub(in crate::command) kept: Option<PathBuf>,
    pub(in crate::command) notes: Vec<String>,
    /// Names that this system cannot hold.
    pub(in crate::command) unheld: Vec<String>,
    /// What was done, or would be.
    pub(in crate::command) counts: Counts,
}

/// How many paths of each kind.
#[derive(serde::Serialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Put there.
    pub put: u64,
    /// Taken away.
    pub removed: u64,
    /// As they should be.
    pub same: u64,
    /// Bytes that came from a bucket.
    pub fetched: u64,
}

/// The paths that are to be here, and what may make room for them.
struct Aim<'a> {
    /// Paths to be added to the set that is kept.
    add: Vec<String>,
    wanted: Vec<&'a Item>,
    known: Vec<Listing>,
}

/// Brings a version of a tree to its place.
pub(in crate::command) fn pull(
    env: &Env<'_>,
    pull: &Pull<'_>,
    vouch: &dyn Fn(&Listing) -> Result<()>,
) -> Result<Pulled> {
    let Pull { want, target, .. } = pull;
    let (listing, whence) = source::listing(env, want)?;
    let nothing = Scanned { listing: Listing::default(), hides: false };
    let Scanned { listing: there, hides } = if file::exists(target)? { here(env, want.name, target)? } else { nothing };
    let merged = pull.base.map(|base| merged(env, pull, base, &there, &listing)).transpose()?;
    let mut aim = aim(env, pull, merged.as_ref().map_or(&listing, |(_, merged)| merged))?;
    aim.known.extend(merged.as_ref().map(|(base, _)| base.clone()));
    let known: Vec<&Listing> = aim.known.iter().collect();
    let plan = placing(&there, &aim.wanted, &known);
    let root = if pull.own { env.root.as_path() } else { target };
    let mut pulled = Pulled { from: (whence != Whence::Cache).then_some(whence), ..Pulled::default() };
    let put = puts(&aim, &plan, pull.force);
    pulled.counts = Counts {
        put: put.len() as u64 + plan.mode.len() as u64,
        removed: plan.remove.len() as u64,
        same: plan.same,
        fetched: 0,
    };
    let left = |path: &&str| format!("{path} has local changes and is in this version no more: it was left");
    pulled.notes.extend(super::bounded(plan.leave.iter().map(left).collect()));
    if !plan.refuse.is_empty() && !pull.force {
        return Err(changed(env, pull, &plan.refuse));
    }
    pulled.changed = !plan.is_empty();
    vouch(&listing)?;
    if pull.dry_run {
        return Ok(pulled);
    }
    if pulled.changed {
        let ground = Ground::open(root_of(root, target), target, &env.tmp())?;
        let mut work = Work { env, pull, ground, plan: &plan, put, there: &there, mine: plan.refuse.clone() };
        if hides {
            work.unseen()?;
        }
        let filled = work.all(&mut pulled)?;
        pulled.counts.fetched = filled.fetched;
        pulled.from = filled.whence.or(pulled.from);
        work.remember(&aim.wanted)?;
        pulled.unheld = filled.unheld;
    }
    if pull.own {
        if pull.all_paths {
            set::end(env, want.name)?;
        }
        set::add(env, want.name, &aim.add)?;
        Kept::new(&env.data, want.name).keep_listing(&listing, &want.entry.sha256)?;
    }
    Ok(pulled)
}

/// What both sides were made from, and what lies here with what the version changed since.
fn merged(
    env: &Env<'_>,
    pull: &Pull<'_>,
    base: &Base<'_>,
    here: &Listing,
    theirs: &Listing,
) -> Result<(Listing, Listing)> {
    let (name, version) = (pull.want.name, pull.want.entry.version);
    if !set::of(env, name)?.is_empty() {
        return Err(Error::user(format!("only a part of {name} is here: a merge needs all of it"))
            .hint(format!("git data pull {name} --all-paths")));
    }
    let base = match base {
        Base::Nothing => Listing::default(),
        Base::Version(want) => source::listing(env, want)?.0,
    };
    let told = |one: &Conflict| format!("{}: {} here, {} in {version}", one.path, one.ours, one.theirs);
    let conflicts = |all: Vec<Conflict>| {
        let count = plural(all.len() as u64, "path");
        Error::conflict(format!("{name}: {count} changed here and in {version}; nothing was touched"))
            .because(super::bounded(all.iter().map(told).collect()).join("; "))
            .hint(format!("git data pull {name} --version {version} -o DIR   brings {version} to a place beside"))
            .hint(format!(
                "git data pull {name} --force   takes {version} and keeps the old files beside the directory"
            ))
    };
    let merged = merge(&base, here, theirs).map_err(conflicts)?;
    Ok((base, merged))
}

/// What a tree lies inside: the repository, or for a place of one's own the directory above it.
fn root_of<'a>(root: &'a Path, target: &'a Path) -> &'a Path {
    if root == target { target.parent().unwrap_or(target) } else { root }
}

/// The set of paths that counts, and with it what may be replaced.
fn aim<'a>(env: &Env<'_>, pull: &Pull<'_>, listing: &'a Listing) -> Result<Aim<'a>> {
    let Pull { want, own, paths, .. } = pull;
    let name = want.name;
    // What was only a draft, or is deleted, could not be had again.
    let had = |e: &Entry| !matches!(e.state, State::Withdrawn | State::Purging | State::Purged | State::Unknown(_));
    let again = |digest: &Digest| want.dataset.versions.iter().any(|e| e.sha256 == *digest && had(e));
    let known = Kept::new(&env.data, name).listings(&again);
    let typed = set::typed(name, want.dataset.location(name), listing, paths)?;
    if !own {
        return Ok(Aim { wanted: set::wanted(listing, &typed), add: Vec::new(), known });
    }
    let now = if pull.all_paths { Vec::new() } else { set::of(env, name)? };
    let placed = Placed::new(&env.data).get(&env.root, name);
    let whole = placed.is_some() && now.is_empty() && !typed.is_empty();
    if whole {
        // All of it is here: single paths come back as they were, and nothing else moves.
        if placed.is_some_and(|(_, digest)| digest != want.entry.sha256) {
            return Err(Error::user(format!(
                "{name} is here as a whole, in another version than {}",
                want.entry.version
            ))
            .hint(format!("git data pull {name}   brings all of it to {}", want.entry.version)));
        }
        return Ok(Aim { wanted: set::wanted(listing, &typed), add: Vec::new(), known: Vec::new() });
    }
    let set: Vec<String> = now.into_iter().chain(typed.iter().cloned()).collect();
    Ok(Aim { wanted: set::wanted(listing, &set), add: typed, known })
}

/// What is to be put: with `force` also where local changes are.
fn puts<'a>(aim: &Aim<'a>, plan: &Placing<'a>, force: bool) -> Vec<&'a Item> {
    let mut put = plan.put.clone();
    if force {
        let refused: HashSet<&str> = plan.refuse.iter().copied().collect();
        put.extend(aim.wanted.iter().filter(|item| refused.contains(&*item.path)));
        put.sort_unstable_by(|one, two| one.path.as_bytes().cmp(two.path.as_bytes()));
    }
    put
}

fn changed(env: &Env<'_>, pull: &Pull<'_>, paths: &[&str]) -> Error {
    let name = pull.want.name;
    let shown = pull.target.strip_prefix(&env.root).unwrap_or(pull.target).display();
    let some = paths.iter().take(5).map(|path| format!("{path:?}")).collect::<Vec<_>>().join(", ");
    let more = if paths.len() > 5 { format!(" and {} more", paths.len() - 5) } else { String::new() };
    Error::user(format!("{shown} has changes that are in no version of {name}: {some}{more}; nothing was replaced"))
        .hint(format!("git data pull {name} --merge   keeps them, and brings what the version changed beside them"))
        .hint(format!("git data prepare {name}   proposes them as a new version"))
        .hint(format!(
            "git data pull {name} --force   replaces these files and keeps the old ones beside the directory"
        ))
}

/// A plan that is being carried out.
struct Work<'a> {
    env: &'a Env<'a>,
    pull: &'a Pull<'a>,
    ground: Ground,
    plan: &'a Placing<'a>,
    put: Vec<&'a Item>,
    there: &'a Listing,
    /// Local changes that are to be put aside.
    mine: Vec<&'a str>,
}

impl<'a> Work<'a> {
    /// A file that is ignored here was not seen: it is no room.
    fn unseen(&mut self) -> Result<()> {
        let refused: HashSet<&str> = self.plan.refuse.iter().copied().collect();
        let mut hidden: Vec<&'a str> = Vec::new();
        for item in self.put.iter().copied() {
            let seen = refused.contains(&*item.path) || self.there.get(&item.path).is_some();
            if seen || item.what == What::Dir {
                continue;
            }
            if self.ground.look(&item.path)?.is_some_and(|meta| !meta.is_dir()) {
                hidden.push(&*item.path);
            }
        }
        if hidden.is_empty() || self.pull.force {
            self.mine.extend(hidden);
            return Ok(());
        }
        Err(changed(self.env, self.pull, &hidden).hint("a .gitignore in the directory hides these files"))
    }

    fn all(&self, pulled: &mut Pulled) -> Result<Filled> {
        let files = || self.put.iter().copied().filter(|item| item.content().is_some());
        let progress = self.env.around.progress.as_ref();
        let filling = Filling { want: self.pull.want, ground: &self.ground, cache: self.env.cache()?, progress };
        let mut wanted = by_content(files());
        let mut filled = Filled::default();
        let copies = filling.copies(&here_already(self.there, self.pull.target, &wanted), &mut wanted);
        let found = filling.find(self.env, &wanted)?;
        // From here on the directory changes. A run that is cut is finished by the next one.
        if !self.mine.is_empty() {
            pulled.kept = Some(self.put_aside()?);
        }
        for item in self.plan.remove.iter().rev() {
            self.ground.remove(&item.path)?;
        }
        filling.put(copies, &mut filled)?;
        filling.fill(&found, &wanted, &mut filled)?;
        for item in &self.put {
            let put = match &item.what {
                What::File { .. } => continue,
                What::Link { target } => self.ground.link(&item.path, target)?,
                What::Dir => self.ground.folder(&item.path)?,
            };
            filled.came(&item.path, put);
        }
        for item in &self.plan.mode {
            if let What::File { executable, .. } = item.what {
                let put = self.ground.mode(&item.path, executable)?;
                filled.came(&item.path, put);
            }
        }
        self.ground.settle()?;
        Ok(filled)
    }

    /// Moves local changes to a directory of their own beside the tree.
    fn put_aside(&self) -> Result<PathBuf> {
        crate::command::pull::unoffered(self.env, self.pull.target)?;
        let mut aside = self.pull.target.to_owned();
        for n in 1..10_000 {
            let name = format!("{}.orig.{n}", self.pull.target.file_name().unwrap_or_default().to_string_lossy());
            aside.set_file_name(name);
            if !file::exists(&aside)? {
                for path in &self.mine {
                    self.ground.keep(path, &aside)?;
                }
                return Ok(aside);
            }
        }
        Err(Error::user(format!("{} has 9,999 old copies beside it", self.pull.target.display())))
    }

    /// What was put was proven: the next command need not read it.
    fn remember(&self, wanted: &[&Item]) -> Result<()> {
        let index = Kept::new(&self.env.data, self.pull.want.name).index(self.pull.target);
        let (mut old, mut new) = (Index::open(&index), Writer::new(&index, self.env.now())?);
        let fresh: HashSet<&str> = self.put.iter().chain(&self.plan.mode).map(|item| &*item.path).collect();
        for item in wanted {
            let Some((sha256, _)) = item.content() else { continue };
            let known = match fresh.contains(&*item.path) {
                true => self.ground.stat(&item.path)?.map(|stat| Known { stat, sha256 }),
                false => old.find(&item.path).filter(|known| known.sha256 == sha256),
            };
            if let Some(known) = known {
                new.put(&item.path, known)?;
            }
        }
        new.finish()
    }
}
