//! `install --global`: git's template, from which every new repository gets its hooks, and the drivers for the user.

use std::path::{Path, PathBuf};

use super::{Args, Change, Installed, RemovalArgs, SettingChange, anywhere, drivers, files};
use crate::command::env::Surroundings;
use crate::disk::file;
use crate::error::{Error, Result};
use crate::git::{Git, Whose};

const TEMPLATE: &str = "init.templateDir";

/// Puts hooks into the template, or where `core.hooksPath` says that all repositories have theirs.
pub fn install(around: &Surroundings, args: &Args) -> Result<Installed> {
    let git = anywhere(&around.cwd);
    let place = Place::of(around, &git)?;
    let plans = files::plan(&place.folder)?;
    let mut settings = drivers::plan(&git, Whose::User)?;
    let mut notes = drivers::note(&settings);
    notes.extend(files::notes(&plans));
    if let Some(template) = &place.template {
        let change = if place.template_is_set { Change::Unchanged } else { Change::New };
        settings.push(SettingChange { name: TEMPLATE.to_owned(), value: Some(template.clone()), change });
        notes.push("a repository that is there already gets its hooks by git init in it".to_owned());
    }
    let done = Installed {
        removal: false,
        hooks: plans.iter().map(files::Planned::told).collect(),
        settings,
        attributes: Vec::new(),
        runner: None,
        notes,
        dry_run: args.dry_run,
    };
    if !args.dry_run {
        files::apply(&place.folder, &place.folder, &plans)?;
        drivers::apply(&git, Whose::User, &done.settings)?;
    }
    Ok(done)
}

/// Takes them out of the template; hooks that repositories got from it are theirs.
pub fn uninstall(around: &Surroundings, args: &RemovalArgs) -> Result<Installed> {
    let git = anywhere(&around.cwd);
    let place = Place::of(around, &git)?;
    let plans = files::removal(&place.folder)?;
    let mut settings = drivers::removal(&git, Whose::User)?;
    // Only a template that is ours goes with its hooks.
    if place.template_is_set && place.template == own(around).map(|path| path.display().to_string()) {
        settings.push(SettingChange { name: TEMPLATE.to_owned(), value: None, change: Change::Removed });
    }
    let done = Installed {
        removal: true,
        hooks: plans.iter().map(files::Planned::told).collect(),
        settings,
        attributes: Vec::new(),
        runner: None,
        notes: vec!["repositories that got hooks from there keep them: git data uninstall in each".to_owned()],
        dry_run: args.dry_run,
    };
    if !args.dry_run {
        files::apply(&place.folder, &place.folder, &plans)?;
        drivers::apply(&git, Whose::User, &done.settings)?;
    }
    Ok(done)
}

/// Where the hooks of all repositories are.
struct Place {
    folder: PathBuf,
    /// The template, where it is one.
    template: Option<String>,
    template_is_set: bool,
}

impl Place {
    fn of(around: &Surroundings, git: &Git) -> Result<Place> {
        if let Some(path) = git.path_value(Whose::User, "core.hooksPath")?.filter(|path| !path.is_empty()) {
            let folder = PathBuf::from(&path);
            if !folder.is_absolute() {
                return Err(Error::user(format!(
                    "core.hooksPath is {path} for all repositories: another folder in each"
                ))
                .hint("git data install   in each repository"));
            }
            return Ok(Place { folder, template: None, template_is_set: false });
        }
        let set = git.path_value(Whose::User, TEMPLATE)?;
        let template = match set.as_deref() {
            Some("") => {
                return Err(Error::user(format!("{TEMPLATE} is set to nothing: new repositories get no hooks"))
                    .hint(format!("git config --global --unset {TEMPLATE}")));
            }
            Some(path) => PathBuf::from(path),
            None => own(around).ok_or_else(|| {
                Error::user("no place for a template is known: HOME is not set").hint("export HOME=/home/you")
            })?,
        };
        let template_is_set = set.is_some();
        let folder = around.cwd.join(&template).join("hooks");
        Ok(Place { folder: file::absolute(&folder), template: Some(text(&template)), template_is_set })
    }
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

/// The template of our own.
fn own(around: &Surroundings) -> Option<PathBuf> {
    let under = |name: &str, rest: &str| around.variable(name).map(|dir| Path::new(dir).join(rest));
    under("XDG_CONFIG_HOME", "git-data/template").or_else(|| under("HOME", ".config/git-data/template"))
}
