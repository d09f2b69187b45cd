//! The publisher: every pending version of the default branch becomes visible in production, verified, and the branch learns of it.

mod ahead;
mod bytes;
mod copy;
mod finalize;
mod migrated;
mod proven;
mod rebuild;
mod sign;
mod tip;
pub(in crate::command) mod tree;
pub(super) mod trusted;

use serde::Serialize;

use std::path::PathBuf;

use crate::command::catalog;
use crate::command::env::Env;
use crate::command::publish::tip::Tip;
use crate::command::refs;
use crate::command::signature::{self, Checker};
use crate::disk::atomic;
use crate::error::{Error, Kind, Result};
use crate::flow::attestation;
use crate::flow::hash::Digest;
use crate::flow::publication::{self, Item, Portion};
use crate::flow::receipt::Method;
use crate::flow::signature::Signer;
use crate::flow::version::Version;
use crate::store::{Read, Write};

pub use proven::Proven;
pub(super) use sign::Signing;
pub use tip::Still;

/// What both halves of a run want to know.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The git remote that holds the default branch
    #[arg(long, default_value = "origin", value_name = "NAME")]
    pub remote: String,
    /// The default branch
    #[arg(long, default_value = "main", value_name = "NAME")]
    pub branch: String,
    /// Write a line for each version that is proven there, as sha256sum does: what a workflow has GitHub attest
    #[arg(long, value_name = "FILE")]
    pub checksums: Option<PathBuf>,
    /// Bring only this portion of the objects, so that several jobs share a huge publication; a run without it does the rest
    #[arg(long, value_name = "I/N")]
    pub shard: Option<Portion>,
    /// Say what would be done and change nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// A run that tells the default branch.
#[derive(clap::Args, Debug)]
pub struct Telling {
    #[command(flatten)]
    args: Args,
    /// How the default branch learns of it
    #[arg(long, value_enum, default_value_t = Finalize::Push, value_name = "HOW")]
    finalize: Finalize,
    /// Refresh the catalog in this folder of the repository, in the commit that records what was published
    #[arg(long, value_name = "DIR")]
    catalog: Option<String>,
}

impl Telling {
    /// Refuses a catalog that cannot be written, before anything is copied.
    fn checked(&self, env: &Env<'_>) -> Result<()> {
        self.catalog.as_deref().map_or(Ok(()), |folder| catalog::writable(env, folder))
    }
}

/// How the default branch learns of what was published.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finalize {
    /// By a fast-forward push
    Push,
    /// By a pull request
    PullRequest,
    /// Not at all: the receipts say it
    None,
}

/// What a run did.
#[derive(Serialize)]
pub struct Published {
    /// Each pending version.
    pub items: Vec<One>,
    /// Datasets that break a rule on the default branch: they stand still, the others go on.
    pub still: Vec<Still>,
    /// The commit that records it; none if there was nothing to record, or nothing was to be.
    pub commit: Option<String>,
    /// The pull request that records it, or the page that opens one.
    pub review: Option<String>,
    /// The default branch takes no push by a rule: the receipts stand.
    pub forbidden: Option<String>,
    /// Nothing was changed: this is the plan.
    pub dry_run: bool,
    /// Worth knowing beside it.
    #[serde(skip)]
    pub notes: Vec<String>,
    /// Not all could be published.
    #[serde(skip)]
    pub failure: Option<Kind>,
}

/// What became of one version.
#[derive(Serialize)]
pub struct One {
    /// The dataset.
    pub name: String,
    /// The version.
    pub version: Version,
    /// The digest of its bytes.
    pub sha256: Option<Digest>,
    /// Where it lies in production.
    pub key: Option<String>,
    /// How it came there; none where it did not, or was not looked for.
    pub method: Option<Method>,
    /// An earlier run brought it; its receipt says so.
    pub earlier: bool,
    /// The older tool published it: only its receipt was missing.
    pub migrated: bool,
    /// Who signed its receipt.
    #[serde(flatten)]
    pub signer: Option<Signer>,
    /// Why it is not published.
    pub error: Option<String>,
    /// What to do then.
    pub hints: Vec<String>,
}

/// Opens production for writing: handed in by `src/bin/git-data-publish.rs`, which alone may name how.
pub type Opener = fn(&Env<'_>) -> Result<Box<dyn Write>>;

/// What a run found on the default branch.
struct Plan {
    tip: Tip,
    items: Vec<Item>,
    done: Published,
    failures: Vec<Kind>,
    /// Something that is published has other bytes than it should.
    wrong: bool,
}

/// Copies, verifies and records.
pub fn run(env: &Env<'_>, open: Opener, telling: &Telling) -> Result<Published> {
    telling.checked(env)?;
    let (plan, brought) = bring(env, open, &telling.args)?;
    let Some(Brought { proven, migrated }) = brought else { return Ok(plan.planned()) };
    finalize::record(env, telling, &plan, &proven)?.ended(plan, proven.len() + migrated)
}

/// Copies and verifies; the receipts in production say what was done.
pub fn copy(env: &Env<'_>, open: Opener, args: &Args) -> Result<Published> {
    let (plan, brought) = bring(env, open, args)?;
    let Some(Brought { proven, migrated }) = brought else { return Ok(plan.planned()) };
    finalize::Recorded::default().ended(plan, proven.len() + migrated)
}

/// What is proven now: what was pending, and how many versions of the older tool.
struct Brought {
    proven: Vec<Proven>,
    migrated: usize,
}

/// The first half of a run; nothing where there is nothing to do, or only a plan is wanted.
fn bring(env: &Env<'_>, open: Opener, args: &Args) -> Result<(Plan, Option<Brought>)> {
    trusted::settings(env)?;
    let production = open(env)?;
    // Listed before the tip is fetched: what is published meanwhile is known to the tip.
    let receipts = refs::receipts(production.as_ref())?;
    let mut plan = plan(env, args)?;
    plan.tip.knows(&receipts, production.as_ref())?;
    let migrated = migrated::lacking(&receipts, &mut plan);
    if args.dry_run || plan.items.is_empty() && migrated.is_empty() {
        migrated::planned(&migrated, &mut plan);
        return Ok((plan, None));
    }
    let mut proven = match std::mem::take(&mut plan.items) {
        none if none.is_empty() => Vec::new(),
        items => copy::all(env, production.as_ref(), &mut plan, args, &items)?,
    };
    let pending = proven.len();
    proven.extend(migrated::all(env, production.as_ref(), &mut plan, args, &migrated));
    checksums(env, args, &proven)?;
    let migrated = proven.split_off(pending).len();
    Ok((plan, Some(Brought { proven, migrated })))
}

/// Records what receipts prove; production is only read.
pub fn finalize(env: &Env<'_>, telling: &Telling) -> Result<Published> {
    let args = &telling.args;
    trusted::settings(env)?;
    telling.checked(env)?;
    let mut plan = plan(env, args)?;
    if args.dry_run || plan.items.is_empty() {
        return Ok(plan.planned());
    }
    let production: &dyn Read = env.production()?;
    let checker = if signature::required(env, false)? { Some(Checker::open(env, Some(plan.tip.id))?) } else { None };
    let mut proven = Vec::new();
    for item in std::mem::take(&mut plan.items) {
        match receipted(production, &item, checker.as_ref()) {
            Ok(Some((proof, signer))) => {
                plan.done.items.push(proven_one(&item, &proof, signer));
                proven.push(proof);
            }
            // Not copied yet: the next run of copy does it.
            Ok(None) => plan.done.items.push(one(&item, None)),
            Err(error) => plan.failed(&item, &error),
        }
    }
    checksums(env, args, &proven)?;
    finalize::record(env, telling, &plan, &proven)?.ended(plan, proven.len())
}

/// What a receipt proves. Where receipts have to be signed, one that is not proves nothing.
fn receipted(
    production: &dyn Read,
    item: &Item,
    checker: Option<&Checker>,
) -> Result<Option<(Proven, Option<Signer>)>> {
    let Some(proof) = Proven::by_receipt(production, item)? else { return Ok(None) };
    let Some(checker) = checker else { return Ok(Some((proof, None))) };
    let time = proof.published().unwrap_or_default();
    match checker.signer_if_any(production, &item.identity, time)? {
        Some(signer) => Ok(Some((proof, Some(signer)))),
        None => Err(signature::missing(production, &item.identity)),
    }
}

/// The digests of all that is proven, also of what an earlier run brought: that run may have been ended before they were attested.
fn checksums(env: &Env<'_>, args: &Args, proven: &[Proven]) -> Result<()> {
    let Some(file) = &args.checksums else { return Ok(()) };
    let line = |proof: &Proven| {
        let id = proof.identity();
        attestation::line(&id.dataset, id.version, &id.sha256)
    };
    atomic::write(&env.given(file), proven.iter().map(line).collect::<String>().as_bytes())
}

impl Plan {
    fn failed(&mut self, item: &Item, error: &Error) {
        self.failures.push(error.kind);
        self.done.items.push(One { error: Some(error.line()), hints: error.hints.clone(), ..one(item, None) });
    }

    fn blocked(&mut self, name: &str, version: Version, why: String) {
        self.failures.push(Kind::Conflict);
        let hints = vec![format!("git data delete {name}   withdraws what is not yet published")];
        let name = name.to_owned();
        self.done.items.push(One {
            name,
            version,
            sha256: None,
            key: None,
            method: None,
            earlier: false,
            migrated: false,
            signer: None,
            error: Some(why),
            hints,
        });
    }

    fn planned(mut self) -> Published {
        for item in &self.items {
            self.done.items.push(one(item, None));
        }
        self.done.failure = Kind::gravest(&self.failures);
        self.done
    }
}

fn one(item: &Item, method: Option<Method>) -> One {
    let id = &item.identity;
    One {
        name: id.dataset.clone(),
        version: id.version,
        sha256: Some(id.sha256),
        key: Some(id.key.to_string()),
        method,
        earlier: false,
        migrated: false,
        signer: None,
        error: None,
        hints: Vec::new(),
    }
}

fn proven_one(item: &Item, proof: &Proven, signer: Option<Signer>) -> One {
    One { earlier: proof.published().is_some(), signer, ..one(item, Some(proof.method())) }
}

/// Reads the fresh tip and plans every pending version.
fn plan(env: &Env<'_>, args: &Args) -> Result<Plan> {
    let tip = fetched(env, args)?;
    let (planned, blocked) = publication::plan(&tip.manifest);
    let done = Published {
        items: Vec::new(),
        still: tip.still.clone(),
        commit: None,
        review: None,
        forbidden: None,
        dry_run: args.dry_run,
        notes: Vec::new(),
        failure: None,
    };
    let failures = done.still.iter().map(|_| Kind::User).collect();
    let mut plan = Plan { tip, items: Vec::new(), done, failures, wrong: false };
    for item in planned {
        if plan.tip.stands_still(&item.identity.dataset) {
            continue;
        }
        match plan.tip.misled(env, &item)? {
            None => plan.items.push(item),
            Some(why) => plan.blocked(&item.identity.dataset, item.identity.version, why),
        }
    }
    for blocked in blocked {
        if !plan.tip.stands_still(&blocked.dataset) {
            plan.blocked(&blocked.dataset, blocked.version, blocked.why);
        }
    }
    Ok(plan)
}

/// The tip of the default branch, fetched just now.
fn fetched(env: &Env<'_>, args: &Args) -> Result<Tip> {
    env.repo.git().fetch(&args.remote, &[&args.branch])?;
    let name = format!("refs/remotes/{}/{}", args.remote, args.branch);
    let id = env.repo.reference(&name)?.ok_or_else(|| {
        Error::user(format!("{} has no branch {}", args.remote, args.branch))
            .hint(format!("git ls-remote --heads {}", args.remote))
    })?;
    Tip::read(env, id)
}
