//! `install` and `uninstall`: git calls git data, by hooks and drivers, and no longer does.

mod drivers;
mod everywhere;
mod files;

use std::path::{Component, Path, PathBuf};

use serde::Serialize;

use crate::command::env::Env;
use crate::disk::{file, lines};
use crate::error::{Error, Result};
use crate::flow::hook::Hook;
use crate::flow::hook::runner::{self, Addition, Runner};
use crate::git::{Git, Whose};

pub use everywhere::{install as install_everywhere, uninstall as uninstall_everywhere};

const ATTRIBUTES: &str = ".gitattributes";

/// Let git call git data: hooks, merge driver and diff driver
///
/// Hooks: pre-commit checks manifest.json and keeps data out of git (with data.autoprepare it also prepares datasets
/// whose files changed), prepare-commit-msg proposes a message, post-commit brings the index up to date, pre-push sends
/// what staging lacks, and post-checkout, post-merge and post-rewrite say which datasets differ from the files here
/// (with data.autopull they pull them). Hooks that are there already run as before, after these.
///
/// Drivers: manifest.json is merged by meaning, and files whose .gitattributes say diff=git-data are compared by rows.
///
/// uninstall takes all of it out again.
#[derive(clap::Args, Debug)]
#[command(after_long_help = LONG)]
pub struct Args {
    /// For all repositories that are made or cloned from now on, by git's template
    #[arg(long)]
    pub global: bool,
    /// Compare files of this pattern by their rows: adds `PATTERN diff=git-data` to .gitattributes
    #[arg(long, value_name = "PATTERN", conflicts_with = "global")]
    pub diff: Vec<String>,
    /// Write hooks also into a folder of a hook runner, or one outside this repository
    #[arg(long)]
    pub force: bool,
    /// Say what would be done and change nothing
    #[arg(long)]
    pub dry_run: bool,
}

const LONG: &str = "\
What git then calls:
  git data hook NAME ARGUMENTS            from a hook; a runner of hooks calls it too
  git data merge --driver BASE OURS THEIRS
  git data diff-driver PATH OLD-FILE OLD-HEX OLD-MODE NEW-FILE NEW-HEX NEW-MODE";

/// Take out what install put in
///
/// Hooks are again what they were, byte for byte. In a hook that was edited since, only the lines of git data go.
#[derive(clap::Args, Debug)]
pub struct RemovalArgs {
    /// What `install --global` put in
    #[arg(long)]
    pub global: bool,
    /// Also from a folder of hooks outside this repository
    #[arg(long)]
    pub force: bool,
    /// Say what would be done and change nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// What was (or would be) done.
#[derive(Serialize)]
pub struct Installed {
    /// It was taken out.
    pub removal: bool,
    /// Each hook.
    pub hooks: Vec<HookChange>,
    /// Each setting of git.
    pub settings: Vec<SettingChange>,
    /// Lines that .gitattributes gains.
    pub attributes: Vec<String>,
    /// The program that manages hooks here, to whose files a person adds.
    pub runner: Option<Managed>,
    /// Worth knowing.
    pub notes: Vec<String>,
    /// Nothing was changed: this is the plan.
    pub dry_run: bool,
}

/// What becomes of one hook.
#[derive(Serialize, Clone, Debug)]
pub struct HookChange {
    /// Which.
    pub hook: Hook,
    /// Its file.
    pub path: PathBuf,
    /// What happens to it.
    pub change: Change,
    /// Where what was there before lies, or lay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<PathBuf>,
}

/// What becomes of one setting.
#[derive(Serialize, Clone, Debug)]
pub struct SettingChange {
    /// Its name.
    pub name: String,
    /// Its value; none where it goes.
    pub value: Option<String>,
    /// What happens to it.
    pub change: Change,
}

/// What happens.
#[derive(Serialize, Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// Nothing.
    Unchanged,
    /// It is made.
    New,
    /// Lines of ours come in, go, or are brought up to date.
    Edited,
    /// What was there is moved aside.
    MovedAside,
    /// It goes.
    Removed,
    /// What was there before comes back.
    Restored,
    /// It is somebody else's, and stays.
    Left,
}

/// A program that manages hooks.
#[derive(Serialize, Clone, Debug)]
pub struct Managed {
    /// Its name.
    pub name: &'static str,
    /// What to add to which file.
    pub additions: Vec<Addition>,
    /// What to type then.
    pub then: Option<String>,
}

/// Puts hooks and drivers in.
pub fn install(env: &Env<'_>, args: &Args) -> Result<Installed> {
    let attributes = attributes(env, &args.diff)?;
    let folder = env.repo.hooks_dir()?;
    let path = env.repo.hooks_path()?;
    let runner = managed(env, path.as_deref())?.filter(|_| !args.force);
    let mut notes = Vec::new();
    let plans = if runner.is_some() {
        Vec::new()
    } else {
        ours_to_write(env, &folder, path.as_deref(), args.force)?;
        let whole = file::resolved(&folder);
        if whole.starts_with(&env.root) && !whole.starts_with(env.repo.common_dir()) {
            notes.push(format!("{} is in the work tree: commit the hooks to share them", folder.display()));
        }
        files::plan(&folder)?
    };
    let git = env.repo.git();
    let settings = drivers::plan(git, Whose::Repository)?;
    notes.extend(drivers::note(&settings));
    notes.extend(files::notes(&plans));
    let hooks: Vec<HookChange> = plans.iter().map(files::Planned::told).collect();
    let done = Installed { removal: false, hooks, settings, attributes, runner, notes, dry_run: args.dry_run };
    if args.dry_run {
        return Ok(done);
    }
    let _lock = env.lock("install")?;
    files::apply(&env.tmp(), &folder, &plans)?;
    drivers::apply(git, Whose::Repository, &done.settings)?;
    let lines: Vec<&str> = done.attributes.iter().map(String::as_str).collect();
    lines::ensure(&env.tmp(), &env.root.join(ATTRIBUTES), &lines)?;
    Ok(done)
}

/// Takes hooks and drivers out.
pub fn uninstall(env: &Env<'_>, args: &RemovalArgs) -> Result<Installed> {
    let folder = env.repo.hooks_dir()?;
    let path = env.repo.hooks_path()?;
    // Where git looks now, and where it looked before `core.hooksPath` was set.
    let mut folders = vec![folder.clone(), env.repo.common_dir().join("hooks")];
    folders.dedup_by_key(|folder| file::resolved(folder));
    let mut all = Vec::new();
    for folder in &folders {
        let plans = files::removal(folder)?;
        let any = plans.iter().any(|plan| plan.told().change != Change::Unchanged);
        if any {
            ours_to_write(env, folder, path.as_deref(), args.force)?;
        }
        all.push((folder, plans));
    }
    let git = env.repo.git();
    let settings = drivers::removal(git, Whose::Repository)?;
    let mut notes = Vec::new();
    if let Some(runner) = managed(env, path.as_deref())? {
        notes.push(format!("what you added to the files of {} is yours to take out", runner.name));
    }
    let hooks = all.iter().flat_map(|(_, plans)| plans).map(files::Planned::told).collect();
    let attributes = Vec::new();
    let done = Installed { removal: true, hooks, settings, attributes, runner: None, notes, dry_run: args.dry_run };
    if args.dry_run {
        return Ok(done);
    }
    let _lock = env.lock("uninstall")?;
    for (folder, plans) in &all {
        files::apply(&env.tmp(), folder, plans)?;
    }
    drivers::apply(git, Whose::Repository, &done.settings)?;
    Ok(done)
}

/// The runner whose files the hooks are in.
fn managed(env: &Env<'_>, path: Option<&str>) -> Result<Option<Managed>> {
    let there = |name: &str| file::exists(&env.root.join(name)).unwrap_or(false);
    let found: Option<Runner> = runner::detect(&there, path);
    Ok(found.map(|runner| Managed { name: runner.name(), additions: runner.additions(), then: runner.then() }))
}

/// Refuses a folder that other repositories may share, unless that is meant.
fn ours_to_write(env: &Env<'_>, folder: &Path, path: Option<&str>, force: bool) -> Result<()> {
    let whole = file::resolved(folder);
    let leaves = whole.components().any(|part| part == Component::ParentDir);
    let inside = [&env.root, env.repo.common_dir()].into_iter().any(|own| whole.starts_with(file::absolute(own)));
    if (inside && !leaves) || force {
        return Ok(());
    }
    let shown = path.map_or_else(|| folder.display().to_string(), str::to_owned);
    Err(Error::user(format!("the hooks of this repository are in {shown}, which other repositories may share"))
        .because("core.hooksPath leads out of the repository; nothing was changed")
        .hint("git data install --global   for all repositories that look there")
        .hint("git data install --force    writes there, for this repository")
        .hint("git config core.hooksPath .git/hooks   gives this repository hooks of its own"))
}

/// The lines of `.gitattributes` that are asked for and not there.
fn attributes(env: &Env<'_>, patterns: &[String]) -> Result<Vec<String>> {
    let mut missing = Vec::new();
    let there = file::read(&env.root.join(ATTRIBUTES))?.unwrap_or_default();
    let there = String::from_utf8_lossy(&there);
    for pattern in patterns {
        let odd = |c: char| c.is_whitespace() || c.is_control() || c == '"';
        if pattern.is_empty() || pattern.starts_with(['#', '!', '[']) || pattern.contains(odd) {
            return Err(Error::usage(format!("{pattern:?} cannot be a pattern of {ATTRIBUTES}"))
                .hint("git data install --diff '*.parquet'"));
        }
        let line = format!("{pattern} diff=git-data");
        if !there.lines().any(|known| known.trim_end() == line) && !missing.contains(&line) {
            missing.push(line);
        }
    }
    Ok(missing)
}

/// Git, where no repository is needed.
fn anywhere(dir: &Path) -> Git {
    Git::at(dir)
}
