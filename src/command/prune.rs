//! `prune`: only the newest versions stay; the others are retired, in a proposal.

use serde::Serialize;

use crate::command::env::Env;
use crate::command::propose::{self, Change, Proposed};
use crate::command::remembered;
use crate::command::view::View;
use crate::error::{Error, Result};
use crate::flow::manifest::edit;
use crate::flow::version::Version;

/// Propose to retire old versions of a dataset
///
/// Bytes that a kept version still needs stay, whatever the age of the version that brought them.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The dataset
    pub name: String,
    /// How many live versions stay
    #[arg(long, value_name = "N")]
    pub keep: usize,
    /// How far the proposal goes
    #[command(flatten)]
    pub propose: propose::Args,
}

/// The pruning.
#[derive(Serialize)]
pub struct Pruned {
    /// The dataset.
    pub name: String,
    /// Versions that are retired by it.
    pub retired: Vec<Version>,
    /// How many stay.
    pub keep: usize,
    /// Pages and pull requests that go on showing rows.
    pub shown: Vec<String>,
    /// How far the proposal went.
    pub proposal: Option<Proposed>,
    /// Nothing was changed: this is the plan.
    pub dry_run: bool,
}

/// Retires all but the newest live versions.
pub fn run(env: &Env<'_>, args: &Args) -> Result<Pruned> {
    if args.keep == 0 {
        return Err(Error::usage("--keep 0 would leave nothing")
            .hint(format!("git data delete {} --yes --confirm {}", args.name, args.name)));
    }
    propose::preflight(env, &args.propose)?;
    let name = &args.name;
    let view = View::open(env)?;
    let dataset = view.dataset(name)?;
    let _lock = env.lock("prune")?;
    let mut manifest = env.manifest()?;
    let retired = edit::prune(&mut manifest, name, args.keep, &|e| view.effective(name, e))?;
    let shown = remembered::of(env, dataset, &retired)?;
    let mut done =
        Pruned { name: name.clone(), retired, keep: args.keep, shown, proposal: None, dry_run: args.propose.dry_run };
    if done.dry_run || done.retired.is_empty() {
        return Ok(done);
    }
    let list: Vec<String> = done.retired.iter().map(ToString::to_string).collect();
    let why = args.propose.message.as_ref().map_or(String::new(), |m| format!(": {m}"));
    let change = Change {
        manifest: &manifest,
        branch: format!("data/prune-{name}"),
        title: format!("data: prune {name} to {}{why}", args.keep),
        body: format!("Retires {} of {}.\n", list.join(", "), crate::flow::markdown::md(name)),
        files: Vec::new(),
        ignore: Vec::new(),
    };
    done.proposal = Some(propose::run(env, &args.propose, &change)?);
    Ok(done)
}
