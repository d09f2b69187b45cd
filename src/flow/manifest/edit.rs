//! The changes that people propose: each is whole or an error with the way out.

use super::name;
use super::occupied;
use super::types::{Dataset, Entry, Kind, Manifest, State};
use crate::error::{Error, Result};
use crate::flow::state::{Effective, latest};
use crate::flow::version::Version;

/// What an entry is; the caller knows the branches and the receipts.
pub type Judge<'a> = dyn Fn(&Entry) -> Effective + 'a;

/// Adds a pending version; an own pending entry of the same number makes room for it.
///
/// `path` is where the file lives; `None` leaves that as it is.
pub fn propose(manifest: &mut Manifest, name: &str, kind: Kind, path: Option<String>, entry: Entry) -> Result<()> {
    name::check(name)?;
    let version = entry.version;
    let mut changed = manifest.clone();
    let known = occupied::faults(manifest);
    let dataset =
        changed.datasets.entry(name.to_owned()).or_insert_with(|| Dataset { kind: kind.clone(), ..Dataset::default() });
    if let Some(new) = &dataset.renamed {
        return Err(Error::user(format!("{name} was renamed to {new}")).hint(format!("git data prepare {new} <file>")));
    }
    if dataset.kind != kind && !dataset.versions.is_empty() {
        let (is, wanted) = (dataset.kind.word(), kind.word());
        return Err(Error::user(format!("{name} is a {is}, not a {wanted}"))
            .hint(format!("git data prepare <another name> <path> makes a {wanted}")));
    }
    dataset.kind = kind;
    if let Some(path) = path.filter(|path| dataset.location(name) != path) {
        dataset.path = Some(path).filter(|path| path != name);
    }
    name::check_path(dataset.location(name))?;
    match dataset.versions.iter().position(|old| old.version == version) {
        Some(at) if dataset.versions[at].state == State::Pending => dataset.versions[at] = entry,
        Some(_) => return Err(Error::bug(format!("{name} {version} is there already"))),
        None => dataset.versions.push(entry),
    }
    sort(dataset);
    match occupied::faults(&changed).into_iter().find(|fault| !known.contains(fault)) {
        Some(fault) => {
            let other = fault.dataset.filter(|other| other != name).map_or(String::new(), |other| format!("{other} "));
            Err(Error::user(format!("{name} cannot be added: {other}{}", fault.message))
                .hint("git data list   shows the names that are taken"))
        }
        None => {
            *manifest = changed;
            Ok(())
        }
    }
}

/// Takes an own pending entry back, as if it had never been prepared: only while it is not on the default branch.
pub fn take_back(manifest: &mut Manifest, name: &str, version: Version) -> Result<Entry> {
    let dataset = dataset(manifest, name)?;
    let at = dataset.versions.iter().position(|e| e.version == version && e.state == State::Pending);
    let at = at.ok_or_else(|| Error::user(format!("{name} {version} is not pending")))?;
    let entry = dataset.versions.remove(at);
    if dataset.versions.is_empty() {
        manifest.datasets.remove(name);
    }
    Ok(entry)
}

/// A new version with the content of an old one.
pub fn rollback(
    manifest: &Manifest,
    name: &str,
    to: Version,
    version: Version,
    created: String,
    message: String,
) -> Result<Entry> {
    let dataset = manifest.datasets.get(name).ok_or_else(|| unknown(name))?;
    let there = |version| dataset.entry(version).ok_or_else(|| no_version(name, version));
    let target = there(to)?;
    let owner = target.rollback.map_or(Ok(target), there)?;
    for entry in [target, owner] {
        if !matches!(entry.state, State::Pending | State::Published | State::Retired) {
            let state = entry.state.word();
            return Err(Error::user(format!("{name} {} is {state}: its object may be gone", entry.version))
                .hint(format!("git data prepare {name} <file> with the same content")));
        }
    }
    let live = |e: &&Entry| matches!(e.state, State::Pending | State::Published) && e.version < version;
    let base = dataset.versions.iter().filter(live).max_by_key(|e| e.version);
    if let Some(base) = base.filter(|base| base.sha256 == target.sha256) {
        return Err(Error::user(format!("{name} {} has the content of {to} already", base.version)));
    }
    let mut entry = Entry::pending(version, target.sha256, 0, created, message);
    entry.size = target.size;
    entry.files = target.files;
    entry.base = base.map(|base| base.version);
    entry.rollback = Some(owner.version);
    Ok(entry)
}

/// Gives up every version: published ones are retired, others withdrawn.
pub fn delete(manifest: &mut Manifest, name: &str, effective: &Judge<'_>) -> Result<Vec<(Version, State)>> {
    let dataset = dataset(manifest, name)?;
    let mut changed = Vec::new();
    for entry in &mut dataset.versions {
        let state = effective(entry);
        if state.is_live() || state == Effective::Proposed {
            changed.push(give_up(entry, &state));
        }
    }
    if changed.is_empty() {
        return Err(Error::user(format!("{name} is deleted already")).hint(format!("git data log {name}")));
    }
    Ok(changed)
}

/// Gives up all but the newest live versions. Objects are counted by key, so one that a kept rollback needs stays.
pub fn prune(manifest: &mut Manifest, name: &str, keep: usize, effective: &Judge<'_>) -> Result<Vec<Version>> {
    if keep == 0 {
        return Err(Error::usage("at least one version must be kept").hint(format!("git data delete {name}")));
    }
    let dataset = dataset(manifest, name)?;
    let mut live: Vec<&mut Entry> = dataset.versions.iter_mut().filter(|entry| effective(entry).is_live()).collect();
    live.sort_by_key(|entry| std::cmp::Reverse(entry.version));
    let old = live.into_iter().skip(keep).map(|entry| {
        let state = effective(entry);
        give_up(entry, &state).0
    });
    Ok(old.collect())
}

fn give_up(entry: &mut Entry, state: &Effective) -> (Version, State) {
    entry.state = if *state == Effective::Published { State::Retired } else { State::Withdrawn };
    (entry.version, entry.state.clone())
}

/// Takes a retirement back: of one version, or of all that are retired.
pub fn restore(
    manifest: &mut Manifest,
    name: &str,
    version: Option<Version>,
    effective: &Judge<'_>,
) -> Result<Vec<Version>> {
    let dataset = dataset(manifest, name)?;
    let wanted: Vec<Version> = match version {
        Some(version) => vec![version],
        None => dataset.versions.iter().filter(|e| effective(e) == Effective::Retired).map(|e| e.version).collect(),
    };
    if wanted.is_empty() {
        return Err(Error::user(format!("no version of {name} is retired")).hint(format!("git data log {name}")));
    }
    for version in &wanted {
        let entry = dataset.entry(*version).ok_or_else(|| no_version(name, *version))?;
        can_restore(name, dataset, entry, effective)?;
    }
    for entry in dataset.versions.iter_mut().filter(|entry| wanted.contains(&entry.version)) {
        // Without a fact of its own it waits for the publisher to write one.
        let proven = entry.published.is_some() || entry.key.is_some();
        entry.state = if proven { State::Published } else { State::Pending };
        entry.retired = None;
    }
    Ok(wanted)
}

fn can_restore(name: &str, dataset: &Dataset, entry: &Entry, effective: &Judge<'_>) -> Result<()> {
    let version = entry.version;
    let again = format!("git data prepare {name} <file>");
    let owner = entry.rollback.and_then(|owner| dataset.entry(owner)).unwrap_or(entry);
    match (effective(entry), effective(owner)) {
        (Effective::Purging, _) | (_, Effective::Purging) => {
            Err(Error::user(format!("{name} {version} is being purged and cannot be restored"))
                .hint(format!("wait until it is purged, then {again}")))
        }
        (Effective::Purged, _) | (_, Effective::Purged) => {
            Err(Error::user(format!("{name} {version} is purged: its bytes are gone")).hint(again))
        }
        (Effective::Retired, _) => Ok(()),
        (Effective::Withdrawn, _) => {
            Err(Error::user(format!("{name} {version} was withdrawn before it was published")).hint(again))
        }
        (state, _) => {
            Err(Error::user(format!("{name} {version} is {state}, not retired")).hint(format!("git data log {name}")))
        }
    }
}

/// What the first version under a new name is given.
#[derive(Clone, Debug)]
pub struct NewName {
    /// The dataset's new name.
    pub name: String,
    /// Where its file lives; `None` is at the new name.
    pub path: Option<String>,
    /// The number there; more than 1 if the name was used and freed.
    pub version: Version,
    /// Now.
    pub created: String,
    /// Why.
    pub message: String,
}

/// Gives a dataset another name: its latest version is proposed there, its old versions stay.
pub fn rename(manifest: &mut Manifest, old: &str, new: NewName, effective: &Judge<'_>) -> Result<()> {
    name::check(&new.name)?;
    let mut changed = manifest.clone();
    let from = dataset(&mut changed, old)?;
    if let Some(name) = &from.renamed {
        return Err(Error::user(format!("{old} was renamed to {name} already"))
            .hint(format!("git data rename {name} {}", new.name)));
    }
    let newest = latest(from, effective).ok_or_else(|| Error::user(format!("{old} has no version to take along")))?;
    if effective(newest) != Effective::Published {
        return Err(Error::user(format!("{old} {} is merged, but not yet published", newest.version))
            .hint(format!("git data pull {old} --wait waits for it")));
    }
    let mut entry = Entry::pending(new.version, newest.sha256, 0, new.created, new.message);
    entry.size = newest.size;
    entry.files = newest.files;
    entry.from = Some(format!("{old}@{}", newest.version));
    let copy = Dataset { versions: Vec::new(), path: None, extra: Vec::new(), ..from.clone() };
    from.renamed = Some(new.name.clone());
    from.path = None;
    if changed.datasets.get(&new.name).is_some_and(|dataset| !dataset.is_free()) {
        return Err(Error::user(format!("{} is a dataset already", new.name)).hint("git data list"));
    }
    let freed =
        changed.datasets.remove(&new.name).unwrap_or_else(|| Dataset { kind: copy.kind.clone(), ..Dataset::default() });
    let Dataset { kind, versions, extra, .. } = freed;
    changed.datasets.insert(new.name.clone(), Dataset { versions, extra, kind: kind.clone(), ..copy.clone() });
    if kind != copy.kind {
        return Err(Error::user(format!("{} was a {} once and stays one", new.name, kind.word())));
    }
    propose(&mut changed, &new.name, kind, new.path, entry)?;
    *manifest = changed;
    Ok(())
}

fn dataset<'a>(manifest: &'a mut Manifest, name: &str) -> Result<&'a mut Dataset> {
    manifest.datasets.get_mut(name).ok_or_else(|| unknown(name))
}

fn unknown(name: &str) -> Error {
    Error::user(format!("there is no dataset {name:?}")).hint("git data list")
}

fn no_version(name: &str, version: Version) -> Error {
    Error::user(format!("{name} has no {version}")).hint(format!("git data log {name}"))
}

fn sort(dataset: &mut Dataset) {
    dataset.versions.sort_by_key(|entry| std::cmp::Reverse(entry.version));
}
