//! `restore`: retired versions become live again, in a proposal, as long as their bytes are there.

use serde::Serialize;

use crate::command::env::Env;
use crate::command::propose::{self, Change, Proposed};
use crate::command::view::View;
use crate::error::Result;
use crate::flow::manifest::edit;
use crate::flow::version::Version;

/// Propose to bring retired versions back
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The dataset
    pub name: String,
    /// Only this version; all retired ones when absent
    pub version: Option<String>,
    /// How far the proposal goes
    #[command(flatten)]
    pub propose: propose::Args,
}

/// What comes back.
#[derive(Serialize)]
pub struct Restored {
    /// The dataset.
    pub name: String,
    /// Versions that come back.
    pub versions: Vec<Version>,
    /// How far the proposal went.
    pub proposal: Option<Proposed>,
    /// Nothing was changed: this is the plan.
    pub dry_run: bool,
}

/// Makes retired versions live again.
pub fn run(env: &Env<'_>, args: &Args) -> Result<Restored> {
    propose::preflight(env, &args.propose)?;
    let name = &args.name;
    let view = View::open(env)?;
    view.dataset(name)?;
    let version = match &args.version {
        Some(version) => Some(view.entry(name, version)?.version),
        None => None,
    };
    let _lock = env.lock("restore")?;
    let mut manifest = env.manifest()?;
    let versions = edit::restore(&mut manifest, name, version, &|e| view.effective(name, e))?;
    let mut done = Restored { name: name.clone(), versions, proposal: None, dry_run: args.propose.dry_run };
    if done.dry_run {
        return Ok(done);
    }
    let list: Vec<String> = done.versions.iter().map(ToString::to_string).collect();
    let why = args.propose.message.as_ref().map_or(String::new(), |m| format!(": {m}"));
    let change = Change {
        manifest: &manifest,
        branch: format!("data/restore-{name}"),
        title: format!("data: restore {name} {}{why}", list.join(", ")),
        body: format!("Brings back {} of {}.\n", list.join(", "), crate::flow::markdown::md(name)),
        files: Vec::new(),
        ignore: Vec::new(),
    };
    done.proposal = Some(propose::run(env, &args.propose, &change)?);
    Ok(done)
}
