//! What a file means for its dataset: nothing new, an old version, or a version to propose.

use crate::command::delta::{self, Staging};
use crate::command::env::Env;
use crate::command::prepare::{Args, One, Outcome, Subject};
use crate::command::survey::{self, Numbers};
use crate::command::tree::{self, Sending};
use crate::command::view::View;
use crate::disk::hash::Hashed;
use crate::disk::index::Index;
use crate::disk::placed::Placed;
use crate::disk::stat::Stat;
use crate::disk::{file, wal};
use crate::error::{Error, Result};
use crate::flow::hash::Digest;
use crate::flow::manifest::edit;
use crate::flow::manifest::types::{Dataset, Entry, Kind, State};
use crate::flow::proposal;
use crate::flow::state::{Effective, Next};
use crate::flow::tree::Listing;
use crate::flow::version::Version;

fn noun(kind: &Kind) -> &'static str {
    if *kind == Kind::Tree { "directory" } else { "file" }
}

/// An entry that the proposal will hold.
pub(super) struct New {
    pub(super) entry: Entry,
    pub(super) next: Next,
    /// Present when the file was read just now.
    pub(super) hashed: Option<Hashed>,
    /// What lies in a directory.
    pub(super) tree: Option<Listing>,
}

/// Finds out what a file means for its dataset, and the entry that it becomes.
pub(super) fn examine(
    env: &Env<'_>,
    view: &View,
    args: &Args,
    subject: &Subject,
    numbers: &mut Option<Numbers>,
) -> Result<(One, Option<New>)> {
    let name = &subject.name;
    let mut one = One {
        name: name.clone(),
        outcome: Outcome::Missing,
        version: None,
        sha256: None,
        size: None,
        files: None,
        base: None,
        sent: 0,
        rest_in: None,
        notes: Vec::new(),
    };
    let Some(content) = content(env, view, subject, args.all)? else {
        if args.all {
            return Ok((one, None));
        }
        return Err(Error::user(format!("there is no {} {}", noun(&subject.kind), subject.file.display()))
            .hint(format!("git data prepare {name} FILE")));
    };
    let (sha256, size) = (content.sha256, content.size);
    (one.sha256, one.size) = (Some(sha256), Some(size));
    one.files = content.tree.as_ref().map(Listing::files);
    let empty = Dataset::default();
    let dataset = view.manifest.datasets.get(name).unwrap_or(&empty);
    let latest = view.latest(name, dataset);
    if let Some(done) = settled(env, view, args, subject, dataset, &content)? {
        (one.outcome, one.version, one.sent) = done;
        return Ok((one, None));
    }
    if numbers.is_none() {
        *numbers = Some(if args.by_hook { Numbers::fetched(env)? } else { Numbers::of(env)? });
    }
    let next = numbers.as_ref().expect("it was filled above").next(env, &view.manifest, name);
    let version = next.version;
    let own = next.replaces.and_then(|own| view.manifest.entry(name, own));
    let message = args.propose.message.clone().or_else(|| own.map(|own| own.message.clone()));
    let message = message.unwrap_or_else(|| survey::default_message(name, latest.is_none()));
    let owner = survey::owner_of(view, name, dataset, &sha256);
    let mut entry = match owner {
        Some(owner) => edit::rollback(&view.manifest, name, owner, version, env.stamp(), message)?,
        None => Entry::pending(version, sha256, size, env.stamp(), message),
    };
    entry.files = one.files;
    if let Some(listing) = &content.tree {
        one.notes.extend(tree::portable(name, listing, args.portable)?);
    }
    if let Some(own) = own.filter(|own| own.sha256 == sha256) {
        entry.created.clone_from(&own.created);
    }
    entry.base = base(env, dataset, name, latest, &mut one.notes)?;
    if args.supersede {
        entry.supersedes = latest.map(|e| e.version).filter(|v| Some(*v) != entry.base);
    } else if let Some(between) = latest.map(|e| e.version).filter(|v| Some(*v) != entry.base) {
        one.notes.push(format!("{between} came in between: pull it and redo the change, or add --supersede"));
    }
    if owner.is_none() {
        entry.diff = Some(proposal::diff_path(name, &sha256));
    }
    one.outcome = match (owner, latest) {
        (Some(_), _) => Outcome::Rollback,
        (None, None) => Outcome::Created,
        (None, Some(_)) => Outcome::Updated,
    };
    (one.version, one.base) = (Some(entry.version), entry.base);
    Ok((one, Some(New { entry, next, hashed: content.hashed, tree: content.tree })))
}

/// Content for which nothing is to be proposed: what it is, which version, and the bytes that staging had lost.
fn settled(
    env: &Env<'_>,
    view: &View,
    args: &Args,
    subject: &Subject,
    dataset: &Dataset,
    content: &Content,
) -> Result<Option<(Outcome, Option<Version>, u64)>> {
    let (name, sha256) = (&subject.name, content.sha256);
    let again = |entry: &Entry| {
        if args.no_upload || args.propose.dry_run || entry.rollback.is_some() || entry.from.is_some() {
            return Ok(0);
        }
        let (file, hashed, delta) = (&subject.file, content.hashed.as_ref(), entry.delta.is_some() && !args.no_delta);
        match &content.tree {
            Some(listing) if tree::still_there(env, listing, &sha256)? => Ok(0),
            Some(listing) => {
                // Whatever is missing, and wherever: all of it is staged.
                let sending = Sending { name, place: file, entry, listing, whole: true };
                tree::send(env, view, &sending, &mut Vec::new())
            }
            None => delta::stage(env, &Staging { name, dataset, file, entry, hashed, delta }).map(|sent| sent.bytes),
        }
    };
    let proposed = dataset.versions.iter().find(|e| view.effective(name, e) == Effective::Proposed);
    let as_it_is = args.propose.message.is_none() && !args.supersede && !args.propose.commits();
    let other_way = |e: &Entry| args.no_delta && e.delta.is_some();
    if let Some(entry) = proposed.filter(|e| e.sha256 == sha256 && as_it_is && !other_way(e)) {
        return Ok(Some((Outcome::AlreadyPrepared, Some(entry.version), again(entry)?)));
    }
    if proposed.is_some_and(|e| e.sha256 == sha256) {
        // An earlier run may have been cut short: what is left of it is done now.
        return Ok(None);
    }
    if proposed.is_none()
        && let Some(entry) = view.latest(name, dataset).filter(|e| e.sha256 == sha256)
    {
        // Until it is published, staging is the only place that has the bytes.
        let sent = if view.effective(name, entry) == Effective::Merged { again(entry)? } else { 0 };
        return Ok(Some((Outcome::Unchanged, Some(entry.version), sent)));
    }
    if !args.all {
        return Ok(None);
    }
    // Unasked, a file that equals some known version is an old one, not a wish to go back.
    let known = dataset.versions.iter().find(|e| e.sha256 == sha256).map(|e| e.version);
    let placed = Placed::new(&env.data).get(&env.root, name).is_some_and(|(_, digest)| digest == sha256);
    Ok((placed || known.is_some()).then_some((Outcome::Stale, known, 0)))
}

/// The version that the file was made from: what this worktree last pulled or prepared, else the latest.
fn base(
    env: &Env<'_>,
    dataset: &Dataset,
    name: &str,
    latest: Option<&Entry>,
    notes: &mut Vec<String>,
) -> Result<Option<Version>> {
    let placed = Placed::new(&env.data).get(&env.root, name);
    let known = |version: Version, digest: Digest| {
        dataset.versions.iter().any(|e| e.id() == (version, digest) && latest.is_some_and(|l| e.version <= l.version))
    };
    let own = dataset.versions.iter().find(|e| latest.is_none_or(|l| e.version > l.version));
    if let Some(own) = own.filter(|e| e.state == State::Pending) {
        // Prepared again on the same branch: it is made from what it was made from, or from what was pulled since.
        let pulled = placed.filter(|(version, digest)| known(*version, *digest)).map(|(version, _)| version);
        return Ok(own.base.max(pulled));
    }
    match placed {
        Some((version, digest)) if known(version, digest) => Ok(Some(version)),
        Some(_) | None => {
            if latest.is_some() && placed.is_none() {
                notes.push("this worktree never pulled it: the latest version counts as the base".to_owned());
            }
            Ok(latest.map(|e| e.version))
        }
    }
}

/// What is in a file.
struct Content {
    sha256: Digest,
    size: u64,
    /// Present when the file was read just now.
    hashed: Option<Hashed>,
    /// What lies in a directory.
    tree: Option<Listing>,
}

/// What lies in a directory; an empty one is more likely lost than meant.
fn directory(env: &Env<'_>, view: &View, subject: &Subject, all: bool) -> Result<Option<Content>> {
    let name = &subject.name;
    if !file::exists(&subject.file)? {
        return Ok(None);
    }
    let empty = Dataset::default();
    let dataset = view.manifest.datasets.get(name).unwrap_or(&empty);
    let listing = tree::proposed(env, name, dataset, &subject.file)?;
    if listing.items().is_empty() {
        if all {
            return Ok(None);
        }
        return Err(Error::user(format!("there is nothing in {}", subject.file.display()))
            .hint(format!("git data pull {name}   brings its files back"))
            .hint(format!("git data delete {name}   gives the dataset up")));
    }
    let (sha256, size) = (listing.digest(), tree::size(name, &listing)?);
    Ok(Some(Content { sha256, size, hashed: None, tree: Some(listing) }))
}

/// The digest of a file: from the stat index if the file did not change, else read.
fn content(env: &Env<'_>, view: &View, subject: &Subject, all: bool) -> Result<Option<Content>> {
    if subject.kind == Kind::Tree {
        return directory(env, view, subject, all);
    }
    let Some(found) = Stat::find(&subject.file)? else { return Ok(None) };
    if let Some(log) = wal::open_log(&subject.file) {
        return Err(Error::user(format!(
            "{} has an open write-ahead log: {} is not empty, so the file alone is not the data",
            subject.file.display(),
            log.display()
        ))
        .hint("close the program that has it open")
        .hint(format!("sqlite3 {} 'PRAGMA wal_checkpoint(TRUNCATE)'   (DuckDB: CHECKPOINT)", subject.file.display())));
    }
    let mut index = Index::load(&env.data);
    if let Some((digest, size)) = index.get(&subject.file, &found) {
        return Ok(Some(Content { sha256: digest, size, hashed: None, tree: None }));
    }
    let progress = &env.around.progress;
    progress.start(&format!("reading {}", subject.name), found.size);
    let hashed = delta::read(env, &subject.file, &|bytes| progress.advance(bytes));
    progress.finish();
    let hashed = hashed?;
    index.put(&subject.file, hashed.stat, hashed.sha256, env.now());
    index.save()?;
    Ok(Some(Content { sha256: hashed.sha256, size: hashed.size, hashed: Some(hashed), tree: None }))
}
