//! `delete`: every version of a dataset is given up, in a proposal. Nothing is removed before the merge and the grace period.

use serde::Serialize;

use crate::command::env::Env;
use crate::command::propose::{self, Change, Proposed};
use crate::command::remembered;
use crate::command::view::View;
use crate::error::{Error, Result};
use crate::flow::manifest::edit;
use crate::flow::markdown::md_code;
use crate::flow::version::Version;

/// Propose to delete a dataset with all its versions
///
/// Bytes go from production only after the merge and a grace period of 30 days; until then `restore` brings it back.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The dataset
    pub name: String,
    /// Do not ask; needs --confirm
    #[arg(long)]
    pub yes: bool,
    /// The dataset's name again
    #[arg(long, value_name = "NAME")]
    pub confirm: Option<String>,
    /// How far the proposal goes
    #[command(flatten)]
    pub propose: propose::Args,
}

/// The deletion.
#[derive(Serialize)]
pub struct Deleted {
    /// The dataset.
    pub name: String,
    /// Versions and the state they get.
    pub versions: Vec<Step>,
    /// Pages and pull requests that go on showing rows.
    pub shown: Vec<String>,
    /// How far the proposal went.
    pub proposal: Option<Proposed>,
    /// Nothing was changed: this is the plan.
    pub dry_run: bool,
}

/// A version and the state that it gets.
#[derive(Serialize)]
pub struct Step {
    /// The version.
    pub version: Version,
    /// `retired` or `withdrawn`.
    pub state: String,
}

/// Retires or withdraws every version.
pub fn run(env: &Env<'_>, args: &Args) -> Result<Deleted> {
    let name = &args.name;
    let view = View::open(env)?;
    let dataset = view.dataset(name)?;
    let confirmed = args.yes && args.confirm.as_deref() == Some(name);
    if !confirmed && !args.propose.dry_run {
        return Err(Error::usage(format!("deleting {name} needs its name a second time; nothing was changed"))
            .hint(format!("git data delete {name} --yes --confirm {name}")));
    }
    propose::preflight(env, &args.propose)?;
    let _lock = env.lock("delete")?;
    let mut manifest = env.manifest()?;
    let changed = edit::delete(&mut manifest, name, &|e| view.effective(name, e))?;
    let versions: Vec<Step> =
        changed.iter().map(|(version, state)| Step { version: *version, state: state.word().to_owned() }).collect();
    if versions.is_empty() {
        return Err(Error::user(format!("{name} is deleted already")).hint(format!("git data log {name}")));
    }
    let given: Vec<Version> = versions.iter().map(|step| step.version).collect();
    let shown = remembered::of(env, dataset, &given)?;
    let mut done = Deleted { name: name.clone(), versions, shown, proposal: None, dry_run: args.propose.dry_run };
    if done.dry_run {
        return Ok(done);
    }
    let why = args.propose.message.as_ref().map_or(String::new(), |m| format!(": {m}"));
    let change = Change {
        manifest: &manifest,
        branch: format!("data/delete-{name}"),
        title: format!("data: delete {name}{why}"),
        body: body(&done),
        files: Vec::new(),
        ignore: Vec::new(),
    };
    done.proposal = Some(propose::run(env, &args.propose, &change)?);
    Ok(done)
}

fn body(done: &Deleted) -> String {
    let lines: Vec<String> = done.versions.iter().map(|v| format!("- {} → {}\n", v.version, v.state)).collect();
    let name = crate::flow::markdown::md(&done.name);
    let shown: String = done.shown.iter().map(|place| format!("- {}\n", md_code(place))).collect();
    let shown = if shown.is_empty() { shown } else { format!("\nGit goes on showing rows of them:\n\n{shown}") };
    format!(
        "Deletes the dataset {name}.\n\n{}\nRetired versions can be restored until their grace period is over.\n{shown}",
        lines.concat()
    )
}
