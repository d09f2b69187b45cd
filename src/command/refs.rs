//! Gathers what counts: the receipts of production first, then every name of the remote, each with its manifest.

use std::collections::BTreeSet;

mod trees;

use crate::command::env::{Env, MANIFEST};
use crate::error::{Error, Result};
use crate::flow::audit;
use crate::flow::manifest::{legacy, parse};
use crate::flow::receipt::Receipt;
use crate::flow::reference::{self, Count, Counted, Found, Grace, Receipts, References, Refusal, Standing, keep};
use crate::flow::retention::janitor::Listed;
use crate::flow::{key, settings};
use crate::git::Id;
use crate::store::{Read, open, transfer};

use trees::Listings;
pub(super) use trees::parts;

/// The default branch of a remote.
#[derive(clap::Args, Debug, Clone)]
pub struct Where {
    /// The git remote that holds the default branch
    #[arg(long, default_value = "origin", value_name = "NAME")]
    pub remote: String,
    /// The default branch
    #[arg(long, default_value = "main", value_name = "NAME")]
    pub branch: String,
}

impl Where {
    fn name(&self) -> String {
        format!("refs/heads/{}", self.branch)
    }
}

/// All that was counted on one tip.
pub(super) struct Gathered {
    /// The tip.
    pub(super) tip: Id,
    /// What is needed.
    pub(super) references: References,
    /// What staging held before the names were fetched.
    pub(super) staging: Vec<Listed>,
}

/// Production, to read and to list, whatever public URL is set.
pub(super) fn production(env: &Env<'_>) -> Result<Box<dyn Read>> {
    open::open_production(&env.settings.bucket("data.production")?, &env.access(true)?, &env.root)
}

/// The grace period: asked for, set, or 30 days.
pub(super) fn grace(env: &Env<'_>, asked: Option<&str>) -> Result<Grace> {
    let text = asked.or_else(|| env.settings.get("data.grace")).unwrap_or("30d");
    Ok(Grace { now: env.now(), seconds: settings::duration(text)? })
}

/// Counts everything afresh. Buckets are listed first: what comes to be meanwhile is known to the names.
pub(super) fn gather(env: &Env<'_>, at: &Where, production: &dyn Read, grace: Grace) -> Result<Gathered> {
    let mut refusals = Vec::new();
    let receipts = listed_receipts(production, &mut refusals);
    let staging = match env.staging() {
        Ok(staging) => listing(staging, "", "staging", &mut refusals),
        Err(error) => {
            refusals.push(unlisted("staging", &error));
            Vec::new()
        }
    };
    let git = env.repo.git();
    git.fetch_counted(&at.remote)?;
    // The clock after the names: what was retired meanwhile must not be dated before it, or its grace period is shorter.
    let grace = Grace { now: env.now(), ..grace };
    let closed = address(env, at)?.and_then(|url| git.closed_pulls(&url)).unwrap_or_default();
    let past = |name: &str| {
        let closed = keep::pull_number(name).and_then(|number| closed.get(&number));
        closed.is_some_and(|closed| keep::is_past(closed, grace.now))
    };
    if env.repo.is_shallow()? {
        refusals.push(Refusal::Shallow);
    }
    let names = env.repo.counted()?;
    let default = at.name();
    let tip = names.iter().find(|(name, _)| *name == default).map(|(_, id)| *id).ok_or_else(|| {
        Error::user(format!("{} has no branch {}", at.remote, at.branch))
            .hint(format!("git ls-remote --heads {}", at.remote))
    })?;
    let mut listings = Listings::of(env, production);
    let manifest = manifest_of(env, tip);
    let mut count = Count::of(&default, manifest.clone(), receipts, listings.of_found(&manifest), grace);
    refusals.into_iter().for_each(|refusal| count.refuse(refusal));
    staging.iter().for_each(|listed| count.staged(&listed.key));
    let patterns = env.settings.get("data.keeprefs").unwrap_or(keep::DEFAULT);
    let heads: BTreeSet<Id> =
        names.iter().filter(|(name, _)| name.starts_with("refs/heads/")).map(|(_, id)| *id).collect();
    for (name, commit) in names.iter().filter(|(name, _)| *name != default) {
        let kept = keep::is_kept(patterns, name);
        let branch = name.starts_with("refs/heads/");
        if !kept && name.starts_with("refs/tags/") {
            continue;
        }
        // The head of a pull request from a branch of this repository says what that branch says.
        if !kept && !branch && (heads.contains(commit) || past(name)) {
            continue;
        }
        let counted = counted(env, name, *commit, tip, kept, !branch);
        count.know(listings.of_found(&counted.manifest));
        count.add(&counted);
    }
    let references = count.finish().map_err(|refusals| refused(production, "nothing was deleted", &refusals))?;
    Ok(Gathered { tip, references, staging })
}

/// The repository's address at its host: what the workflow says, else the remote's.
fn address(env: &Env<'_>, at: &Where) -> Result<Option<String>> {
    match (env.around.variable("GITHUB_SERVER_URL"), env.around.variable("GITHUB_REPOSITORY")) {
        (Some(server), Some(repository)) => Ok(Some(format!("{server}/{repository}"))),
        _ => env.repo.remote_url(&at.remote),
    }
}

fn counted(env: &Env<'_>, name: &str, commit: Id, tip: Id, kept: bool, fork: bool) -> Counted {
    let name = name.to_owned();
    if kept {
        let nothing = env.repo.is_blob(commit);
        let manifest = if nothing { Found::Nothing } else { manifest_of(env, commit) };
        return Counted { name, standing: Standing::Kept, manifest };
    }
    let bytes = |commit| env.repo.show_at(commit, MANIFEST);
    let against = env.repo.merge_base(commit, tip).and_then(|base| base.map(bytes).transpose());
    let head = bytes(commit);
    let (manifest, base) = match (head, against) {
        (Err(error), _) | (_, Err(error)) => (Found::Unreadable(error.line()), None),
        (Ok(None), _) => (Found::Nothing, None),
        (Ok(Some(head)), Ok(Some(Some(base)))) if head == base => (Found::Unchanged, None),
        // A merge base that cannot be read is none: then all entries of the head count.
        (Ok(Some(head)), Ok(base)) => (
            read(&head),
            base.and_then(|base| match base {
                Some(base) => parse::parse(&base).ok().map(Box::new),
                None => Some(Box::default()),
            }),
        ),
    };
    Counted { name, standing: Standing::Open { base, fork }, manifest }
}

fn manifest_of(env: &Env<'_>, commit: Id) -> Found {
    match env.repo.show_at(commit, MANIFEST) {
        Ok(Some(bytes)) => read(&bytes),
        Ok(None) => Found::Nothing,
        Err(error) => Found::Unreadable(error.line()),
    }
}

fn read(bytes: &[u8]) -> Found {
    match parse::parse(bytes) {
        Ok(manifest) => Found::Manifest(Box::new(manifest)),
        Err(error) => Found::Malformed(error.line()),
    }
}

/// Refuses datamanager's format, which a sweep would have to rewrite.
pub(super) fn writable(env: &Env<'_>, tip: Id) -> Result<()> {
    let bytes = env.repo.show_at(tip, MANIFEST)?.unwrap_or_default();
    if legacy::is_legacy(&bytes) {
        return Err(Error::user(format!("{MANIFEST} has datamanager's format: nothing can be marked in it"))
            .hint("git data migrate"));
    }
    Ok(())
}

fn unlisted(bucket: &str, error: &Error) -> Refusal {
    Refusal::Listing { bucket: bucket.to_owned(), why: error.line() }
}

/// All objects below a prefix; a listing that fails is a refusal.
pub(super) fn listing(store: &dyn Read, prefix: &str, bucket: &str, refusals: &mut Vec<Refusal>) -> Vec<Listed> {
    let mut all = Vec::new();
    let listed = store.list(prefix, &mut |line| {
        all.push(Listed { key: line.key, size: line.size, modified: line.modified });
        Ok(())
    });
    if let Err(error) = listed {
        refusals.push(unlisted(bucket, &error));
    }
    all
}

/// The receipts that production holds; a listing that fails is an error.
pub(super) fn receipts(production: &dyn Read) -> Result<Receipts> {
    let mut all = Receipts::new();
    production.list(&format!("{}published/", key::OWN), &mut |line| {
        all.extend(reference::receipt_of(&line.key));
        Ok(())
    })?;
    Ok(all)
}

/// The error that stops a publisher: production proves publications that the default branch does not know.
pub(super) fn disappeared(production: &dyn Read, lost: &Receipts) -> Error {
    let refusals: Vec<Refusal> = lost
        .iter()
        .map(|(dataset, version, sha256)| Refusal::Receipt {
            dataset: dataset.clone(),
            version: *version,
            sha256: *sha256,
        })
        .collect();
    refused(production, "nothing was published", &refusals)
}

fn listed_receipts(production: &dyn Read, refusals: &mut Vec<Refusal>) -> Receipts {
    receipts(production).unwrap_or_else(|error| {
        refusals.push(unlisted("production", &error));
        Receipts::new()
    })
}

/// The error that stops a command; for receipts without an entry it brings the lines to restore.
fn refused(production: &dyn Read, undone: &str, refusals: &[Refusal]) -> Error {
    let mut error = reference::error(undone, refusals);
    for refusal in refusals.iter().take(10) {
        let Refusal::Receipt { dataset, version, sha256 } = refusal else { continue };
        let key = key::receipt(dataset, *version, sha256);
        let bytes = transfer::bytes(production, &key, 1 << 20).ok().flatten();
        if let Some(receipt) = bytes.and_then(|bytes| Receipt::parse(&bytes).ok()) {
            for line in audit::lines(&receipt).lines() {
                error = error.hint(line);
            }
        }
    }
    error
}
