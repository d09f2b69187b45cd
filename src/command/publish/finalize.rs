//! Finalize: what was proven is written into a fresh tip of the default branch, until the push is the next one.

use std::collections::BTreeMap;

use crate::command::catalog;
use crate::command::env::{Env, MANIFEST};
use crate::command::publish::{Finalize, Plan, Proven, Published, Telling, fetched};
use crate::command::record::{self, Change};
use crate::command::refs::Where;
use crate::error::{Kind, Result};
use crate::flow::hash::Digest;
use crate::flow::manifest::isolate::parse_isolating;
use crate::flow::publication::{self, Fact, Facts};
use crate::flow::version::Version;
use crate::git::Id;

/// How the default branch learned of it.
#[derive(Default)]
pub(super) struct Recorded {
    commit: Option<String>,
    review: Option<String>,
    forbidden: Option<String>,
}

impl Recorded {
    /// The end of a run, in which so many versions were proven.
    pub(super) fn ended(self, plan: Plan, proven: usize) -> Result<Published> {
        let Plan { mut done, failures, wrong, .. } = plan;
        (done.commit, done.review, done.forbidden) = (self.commit, self.review, self.forbidden);
        done.failure = Kind::gravest(&failures).map(|gravest| match (wrong, proven) {
            (true, _) => Kind::Integrity,
            (false, 0) => gravest,
            (false, _) => Kind::Partial,
        });
        Ok(done)
    }
}

/// Applies what was proven to the default branch.
pub(super) fn record(env: &Env<'_>, telling: &Telling, plan: &Plan, proven: &[Proven]) -> Result<Recorded> {
    let mut recorded = Recorded::default();
    let args = &telling.args;
    if proven.is_empty() || telling.finalize == Finalize::None {
        return Ok(recorded);
    }
    let facts = facts(env, plan.tip.id, proven)?;
    let at = Where { remote: args.remote.clone(), branch: args.branch.clone() };
    if telling.finalize == Finalize::PullRequest {
        if let (tip, Some(change)) = change(env, telling, &facts)? {
            let commit = record::commit(env, tip, &change)?;
            let body = "Records what was published. The data is live; this only writes it into the manifest.\n";
            recorded.review = record::propose(env, &at, "publish", commit, &change.message, body)?.review;
            recorded.commit = Some(commit.to_string());
        }
        return Ok(recorded);
    }
    match record::record(env, &at, &mut || change(env, telling, &facts))? {
        record::Recorded::Nothing => {}
        record::Recorded::Pushed(commit) => recorded.commit = Some(commit.to_string()),
        record::Recorded::Forbidden { rule, .. } => recorded.forbidden = Some(rule),
    }
    Ok(recorded)
}

/// What a fresh tip is to learn; nothing if it knows.
fn change(env: &Env<'_>, telling: &Telling, facts: &Facts) -> Result<(Id, Option<Change>)> {
    let args = &telling.args;
    let mut tip = fetched(env, args)?;
    // A dataset that could not be read would be lost: the receipts stand until it is repaired.
    if !tip.is_whole() || publication::apply(facts, &mut tip.manifest) == 0 {
        return Ok((tip.id, None));
    }
    let mut change = Change::of(tip.manifest, format!("data: publish {}", summary(facts)));
    if let Some(folder) = &telling.catalog {
        change.files = catalog::of_tip(env, tip.id, &change.manifest, &args.remote, folder)?;
    }
    Ok((tip.id, Some(change)))
}

/// What the manifest learns of each proven version.
fn facts(env: &Env<'_>, tip: Id, proven: &[Proven]) -> Result<Facts> {
    let ids: Vec<_> =
        proven.iter().map(|p| (p.identity().dataset.clone(), p.identity().version, p.identity().sha256)).collect();
    let firsts = first_commits(env, tip, &ids)?;
    let facts = proven.iter().zip(ids).map(|(proof, id)| {
        let commit = firsts.get(&id).copied().unwrap_or(tip).to_string();
        let published = proof.published().map_or_else(|| env.stamp(), str::to_owned);
        (id, Fact { commit, published })
    });
    Ok(facts.collect())
}

type Name = (String, Version, Digest);

/// For each entry the first commit, along first parents of the default branch, that contains it.
fn first_commits(env: &Env<'_>, tip: Id, ids: &[Name]) -> Result<BTreeMap<Name, Id>> {
    let mut firsts: BTreeMap<Name, Id> = BTreeMap::new();
    let mut open: Vec<&Name> = ids.iter().collect();
    for change in env.repo.history(MANIFEST, tip, true)? {
        let change = change?;
        let manifest = match change.blob {
            Some(blob) => parse_isolating(&env.repo.blob(blob)?).map(|(manifest, _)| manifest).unwrap_or_default(),
            None => break,
        };
        // Going back in time: an entry that is not there any more came with the commit before this one.
        open.retain(|(name, version, sha256)| manifest.entry(name, *version).is_some_and(|e| e.sha256 == *sha256));
        for id in &open {
            firsts.insert((*id).clone(), change.commit);
        }
        if open.is_empty() {
            break;
        }
    }
    Ok(firsts)
}

fn summary(facts: &Facts) -> String {
    let names: Vec<String> = facts.keys().map(|(name, version, _)| format!("{name} {version}")).collect();
    match names.as_slice() {
        [first, second, third, rest @ ..] if !rest.is_empty() => {
            format!("{first}, {second}, {third} and {} more", rest.len())
        }
        few => few.join(", "),
    }
}
