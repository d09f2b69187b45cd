//! `rollback`: an older version becomes the latest again, as a new version that copies nothing.

use serde::Serialize;

use crate::command::env::Env;
use crate::command::propose::{self, Change, Proposed};
use crate::command::survey;
use crate::command::view::View;
use crate::error::{Error, Result};
use crate::flow::manifest::edit;
use crate::flow::proposal;
use crate::flow::state::Effective;
use crate::flow::version::Version;

/// Propose that an older version becomes the latest again
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The dataset
    pub name: String,
    /// The version to go back to
    #[arg(long, value_name = "vN")]
    pub to_version: String,
    /// How far the proposal goes
    #[command(flatten)]
    pub propose: propose::Args,
}

/// The rollback.
#[derive(Serialize)]
pub struct RolledBack {
    /// The dataset.
    pub name: String,
    /// The new version.
    pub version: Version,
    /// The version whose bytes it has.
    pub to: Version,
    /// The version that was the latest.
    pub latest: Option<Version>,
    /// How far the proposal went.
    pub proposal: Option<Proposed>,
    /// Nothing was changed: this is the plan.
    pub dry_run: bool,
}

/// Adds a rollback entry.
pub fn run(env: &Env<'_>, args: &Args) -> Result<RolledBack> {
    propose::preflight(env, &args.propose)?;
    let view = View::open(env)?;
    let name = &args.name;
    let dataset = view.dataset(name)?;
    let to = view.entry(name, &args.to_version)?;
    let latest = view.latest(name, dataset);
    if let Some(latest) = latest.filter(|l| l.sha256 == to.sha256) {
        let same = if latest.version == to.version { "" } else { " and has the same content" };
        return Err(Error::user(format!("{name} {} is the latest version already{same}", latest.version))
            .hint(format!("git data log {name}")));
    }
    let state = view.effective(name, to);
    if !matches!(state, Effective::Published | Effective::Merged | Effective::Retired) {
        return Err(Error::user(format!(
            "{name} {} is {state}: there is nothing in production to go back to",
            to.version
        ))
        .hint(format!("git data log {name}")));
    }
    let next = survey::Numbers::of(env)?.next(env, &view.manifest, name);
    let version = next.version;
    let message = args.propose.message.clone().unwrap_or_else(|| format!("Roll back to {}", to.version));
    let mut entry = edit::rollback(&view.manifest, name, to.version, version, env.stamp(), message.clone())?;
    entry.base = latest.map(|e| e.version);
    let mut done = RolledBack {
        name: name.clone(),
        version,
        to: to.version,
        latest: latest.map(|e| e.version),
        proposal: None,
        dry_run: args.propose.dry_run,
    };
    if done.dry_run {
        return Ok(done);
    }
    let _lock = env.lock("rollback")?;
    let mut manifest = env.manifest()?;
    survey::make_room(&mut manifest, name, next)?;
    edit::propose(&mut manifest, name, dataset.kind.clone(), None, entry)?;
    let item = proposal::Item {
        dataset: name.clone(),
        version,
        base: latest.map(|e| e.version),
        sha256: to.sha256,
        size: to.size.unwrap_or(0),
        message: message.clone(),
        diff: None,
    };
    let change = Change {
        manifest: &manifest,
        title: format!("{name} {version}: {message}"),
        body: proposal::pull_request_body(&[item]),
        branch: proposal::branch_name(&[(name, version)]),
        files: Vec::new(),
        ignore: Vec::new(),
    };
    done.proposal = Some(propose::run(env, &args.propose, &change)?);
    Ok(done)
}
