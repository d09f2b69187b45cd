//! `rename`: a dataset gets a new name and its first version there; the old name keeps its versions.

use serde::Serialize;

use crate::command::env::Env;
use crate::command::propose::{self, Change, Proposed};
use crate::command::view::View;
use crate::error::{Error, Result};
use crate::flow::manifest::edit::{self, NewName};
use crate::flow::manifest::name;
use crate::flow::proposal;
use crate::flow::version::Version;

/// Propose a new name for a dataset
///
/// The new name begins with v1, whose bytes the publisher copies inside production. The old name keeps its versions.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The dataset
    pub old: String,
    /// Its new name
    pub new: String,
    /// How far the proposal goes
    #[command(flatten)]
    pub propose: propose::Args,
}

/// The renaming.
#[derive(Serialize)]
pub struct Renamed {
    /// The old name.
    pub old: String,
    /// The new name.
    pub new: String,
    /// The version whose bytes the new dataset begins with.
    pub from: Version,
    /// Where its file lives; unchanged.
    pub path: String,
    /// How far the proposal went.
    pub proposal: Option<Proposed>,
    /// Nothing was changed: this is the plan.
    pub dry_run: bool,
}

/// Adds the new dataset and marks the old one.
pub fn run(env: &Env<'_>, args: &Args) -> Result<Renamed> {
    propose::preflight(env, &args.propose)?;
    name::check(&args.new)?;
    let view = View::open(env)?;
    let dataset = view.dataset(&args.old)?;
    let latest = view.latest(&args.old, dataset).ok_or_else(|| {
        Error::user(format!("{} has no live version to carry over", args.old))
            .hint(format!("git data log {}", args.old))
    })?;
    let (from, path) = (latest.version, dataset.location(&args.old).to_owned());
    let _lock = env.lock("rename")?;
    let mut manifest = env.manifest()?;
    let message = args.propose.message.clone().unwrap_or_else(|| format!("Renamed from {}", args.old));
    let new = NewName {
        name: args.new.clone(),
        path: Some(path.clone()),
        version: Version(1),
        created: env.stamp(),
        message: message.clone(),
    };
    edit::rename(&mut manifest, &args.old, new, &|e| view.effective(&args.old, e))?;
    let mut done = Renamed {
        old: args.old.clone(),
        new: args.new.clone(),
        from,
        path,
        proposal: None,
        dry_run: args.propose.dry_run,
    };
    if done.dry_run {
        return Ok(done);
    }
    let item = proposal::Item {
        dataset: args.new.clone(),
        version: Version(1),
        base: None,
        sha256: latest.sha256,
        size: latest.size.unwrap_or(0),
        message: message.clone(),
        diff: None,
    };
    let change = Change {
        manifest: &manifest,
        title: format!("data: rename {} to {}: {message}", args.old, args.new),
        body: proposal::pull_request_body(&[item]),
        branch: proposal::branch_name(&[(&args.new, Version(1))]),
        files: Vec::new(),
        ignore: Vec::new(),
    };
    done.proposal = Some(propose::run(env, &args.propose, &change)?);
    Ok(done)
}
