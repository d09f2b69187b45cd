//! Which changes from the default branch to a proposal are legal, on effective states. Every other one is named.

use std::fmt;

use super::legacy;
use super::proposal;
use super::types::{Dataset, Entry, Manifest, State};
use crate::flow::state::{Effective, effective};
use crate::flow::version::Version;

/// Who wrote the change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Author {
    /// A person, by pull request.
    PullRequest,
    /// The publisher, on the default branch.
    Publisher,
}

/// Which rule a change breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Entries and their datasets never disappear.
    Disappeared,
    /// What is on the default branch does not change.
    Immutable,
    /// A state that cannot follow.
    State,
    /// A fact that the publisher writes; legal in a pull request if `check` recomputes it.
    Publisher,
    /// A member that only `git data migrate` writes.
    Migrated,
    /// A number that is spent.
    Spent,
    /// Made from a version that is not the latest.
    Base,
    /// It needs an object that is not in production.
    Object,
    /// The dataset has, or gets, another name.
    Renamed,
    /// Only pull requests propose.
    Proposal,
}

/// A change that is not legal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Illegal {
    /// Of which dataset.
    pub dataset: String,
    /// Of which entry; `None` is the dataset itself.
    pub version: Option<Version>,
    /// Which member, as the manifest spells it.
    pub member: String,
    /// Which rule.
    pub rule: Rule,
    /// What the rule says here.
    pub message: String,
}

impl fmt::Display for Illegal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.dataset)?;
        if let Some(version) = self.version {
            write!(f, " {version}")?;
        }
        write!(f, ": {}: {}", self.member, self.message)
    }
}

/// Every change from `base`, the default branch, to `head` that is not legal.
#[must_use]
pub fn transitions(
    base: &Manifest,
    head: &Manifest,
    has_receipt: &dyn Fn(&str, &Entry) -> bool,
    by: Author,
) -> Vec<Illegal> {
    let mut list = Vec::new();
    for (name, old) in &base.datasets {
        let mut told = Told { dataset: name, list: &mut list };
        match head.datasets.get(name) {
            None if old.versions.is_empty() => {}
            None => told.tell(None, "versions", Rule::Disappeared, "a dataset never disappears".to_owned()),
            Some(new) => {
                let receipt = |entry: &Entry| has_receipt(name, entry);
                dataset(old, new, head, &mut told);
                for entry in &old.versions {
                    one(entry, new.entry(entry.version), &receipt, by, &mut told);
                }
            }
        }
    }
    for (name, new) in &head.datasets {
        let old = base.datasets.get(name);
        let mut told = Told { dataset: name, list: &mut list };
        proposal::added((base, head), old, new, has_receipt, by, &mut told);
    }
    list
}

/// Collects what is illegal in one dataset.
pub(super) struct Told<'a> {
    pub(super) dataset: &'a str,
    list: &'a mut Vec<Illegal>,
}

impl Told<'_> {
    pub(super) fn tell(&mut self, version: Option<Version>, member: &str, rule: Rule, message: String) {
        let (dataset, member) = (self.dataset.to_owned(), member.to_owned());
        self.list.push(Illegal { dataset, version, member, rule, message });
    }
}

fn dataset(old: &Dataset, new: &Dataset, head: &Manifest, told: &mut Told<'_>) {
    if old.kind != new.kind && !old.versions.is_empty() {
        let message = format!("a dataset with merged versions stays a {}", old.kind.word());
        told.tell(None, "kind", Rule::Immutable, message);
    }
    if old.renamed == new.renamed {
        return;
    }
    let name = told.dataset;
    let came_from_here = |entry: &Entry| {
        let from = entry.from.as_deref().and_then(super::rules::origin);
        from.is_some_and(|(old, _)| old == name)
    };
    match (&old.renamed, &new.renamed) {
        (Some(was), _) if head.datasets.get(was).is_some_and(|d| !d.is_free()) => {
            told.tell(None, "renamed", Rule::Renamed, format!("it is {was} already"));
        }
        (_, Some(to)) if !head.datasets.get(to).is_some_and(|d| d.versions.iter().any(came_from_here)) => {
            let message = format!("no version of {to} says that it is from {name}");
            told.tell(None, "renamed", Rule::Renamed, message);
        }
        _ => {}
    }
}

fn one(old: &Entry, new: Option<&Entry>, receipt: &dyn Fn(&Entry) -> bool, by: Author, told: &mut Told<'_>) {
    let version = Some(old.version);
    let Some(new) = new else {
        return told.tell(version, "versions", Rule::Disappeared, "an entry never disappears".to_owned());
    };
    for (member, same) in immutable(old, new) {
        if !same {
            told.tell(version, member, Rule::Immutable, "it is on the default branch and does not change".to_owned());
        }
    }
    for (member, before, after) in facts(old, new) {
        if let Err((rule, message)) = fact(member, before, after, new, by) {
            told.tell(version, member, rule, message);
        }
    }
    if let Err((rule, message)) = step(old, new, receipt(old), by) {
        told.tell(version, "state", rule, message);
    }
}

/// The members that nobody may change, and whether they are the same.
fn immutable(old: &Entry, new: &Entry) -> Vec<(&'static str, bool)> {
    // A size that an offline migration left open may be filled in.
    let size = old.size == new.size || (old.size.is_none() && old.key.is_some());
    let mut members = vec![
        ("sha256", old.sha256 == new.sha256),
        ("size", size),
        ("files", old.files == new.files),
        ("created", old.created == new.created),
        ("message", old.message == new.message),
        ("base", old.base == new.base),
        ("supersedes", old.supersedes == new.supersedes),
        ("delta", old.delta == new.delta),
        ("rollback", old.rollback == new.rollback),
        ("from", old.from == new.from),
        ("source", old.source == new.source),
        ("diff", old.diff == new.diff),
        ("key", old.key == new.key),
        ("stagingKey", old.staging_key == new.staging_key),
        ("legacyCommit", old.legacy_commit == new.legacy_commit),
    ];
    if old.extra != new.extra {
        members.push(("an unknown member", false));
    }
    members
}

type Fact<'a> = (&'static str, Option<&'a str>, Option<&'a str>);

/// The members of the publisher, before and after.
pub(super) fn facts<'a>(old: &'a Entry, new: &'a Entry) -> [Fact<'a>; 5] {
    [
        ("commit", old.commit.as_deref(), new.commit.as_deref()),
        ("published", old.published.as_deref(), new.published.as_deref()),
        ("retired", old.retired.as_deref(), new.retired.as_deref()),
        ("purging", old.purging.as_deref(), new.purging.as_deref()),
        ("purged", old.purged.as_deref(), new.purged.as_deref()),
    ]
}

type Broken = (Rule, String);

fn fact(member: &str, before: Option<&str>, after: Option<&str>, new: &Entry, by: Author) -> Result<(), Broken> {
    let restored = member == "retired" && matches!(new.state, State::Pending | State::Published);
    match (before, after) {
        (before, after) if before == after => Ok(()),
        (Some(_), None) if restored => Ok(()),
        (None, Some(_)) if by == Author::Publisher => Ok(()),
        (None, Some(_)) => Err((Rule::Publisher, "the publisher writes it".to_owned())),
        _ => Err((Rule::Immutable, "what the publisher wrote does not change".to_owned())),
    }
}

/// Whether that state may follow.
fn step(old: &Entry, new: &Entry, receipt: bool, by: Author) -> Result<(), Broken> {
    if old.state == new.state {
        return Ok(());
    }
    let was = effective(old, true, receipt);
    let cannot = |why: &str| {
        let (before, after) = (was.word(), new.state.word());
        Err((Rule::State, format!("{before} cannot become {after}{why}")))
    };
    let publisher = |ok: bool| match by {
        Author::Publisher if ok => Ok(()),
        Author::Publisher => cannot(""),
        Author::PullRequest => Err((Rule::Publisher, format!("only the publisher writes {}", new.state.word()))),
    };
    // What the publisher of datamanager wrote, or ours: then it was published, whatever receipts say.
    let proven = receipt || old.published.is_some() || old.key.is_some();
    match (&was, &new.state) {
        (Effective::Merged, State::Withdrawn) | (Effective::Published, State::Retired) => Ok(()),
        (Effective::Merged, State::Retired) => cannot(": it has no receipt, so withdraw it"),
        (Effective::Published, State::Withdrawn) if receipt => Ok(()),
        (Effective::Published, State::Withdrawn) => cannot(": retire it"),
        // Spelled pending or withdrawn, with a receipt: a fact waiting to be written down.
        (Effective::Published, State::Published) => publisher(true),
        (Effective::Retired, State::Retired) => Ok(()),
        (Effective::Retired, State::Withdrawn) => cannot(""),
        (Effective::Retired, State::Published) if proven => Ok(()),
        (Effective::Retired, State::Published) => cannot(": nothing proves that it was published, so make it pending"),
        (Effective::Retired, State::Pending) => Ok(()),
        (Effective::Retired, State::Purging) => publisher(true),
        (Effective::Purging, State::Purged) => publisher(true),
        (Effective::Published, State::Purged) if migrated_away(old, new) => Ok(()),
        (Effective::Retired, State::Purged) if migrated_away(old, new) => Ok(()),
        (Effective::Purging, State::Pending | State::Published) => cannot(": wait, then prepare it again"),
        (Effective::Merged, State::Published) => publisher(false),
        _ => cannot(""),
    }
}

/// `git data migrate` found no object: the entry never had a size, and gets no times.
fn migrated_away(old: &Entry, new: &Entry) -> bool {
    let untimed = new.retired.is_none() && new.purging.is_none() && new.purged.is_none();
    old.key.is_some() && old.size.is_none() && new.size.is_none() && untimed
}

/// Members that only a migration writes.
pub(super) fn migrated(entry: &Entry) -> impl Iterator<Item = &'static str> {
    let kept = legacy::KEPT.iter().filter(|name| entry.extra.iter().any(|(n, _)| n == *name)).copied();
    let ours = [("key", &entry.key), ("stagingKey", &entry.staging_key), ("legacyCommit", &entry.legacy_commit)];
    ours.into_iter().filter(|(_, value)| value.is_some()).map(|(name, _)| name).chain(kept)
}
