//! The files of the hooks: looked at all before the first is changed.

use std::path::{Path, PathBuf};

use super::{Change, HookChange};
use crate::disk::{file, script};
use crate::error::{Error, Result};
use crate::flow::hook::Hook;
use crate::flow::hook::plan::{self, Step, There};

/// A hook and what is done with it.
pub(super) struct Planned {
    hook: Hook,
    path: PathBuf,
    there: There,
    step: Step,
}

impl Planned {
    /// For people.
    pub(super) fn told(&self) -> HookChange {
        let change = match &self.step {
            Step::Keep | Step::Refuse(_) => Change::Unchanged,
            Step::Write(_) => Change::New,
            Step::Edit(_) => Change::Edited,
            Step::Aside(_) => Change::MovedAside,
            Step::Remove => Change::Removed,
            Step::Back => Change::Restored,
        };
        let moved = matches!(self.step, Step::Aside(_) | Step::Back);
        let before = moved.then(|| self.path.with_file_name(plan::aside(self.hook)));
        HookChange { hook: self.hook, path: self.path.clone(), change, before }
    }
}

/// What installing does to each hook of a folder.
pub(super) fn plan(folder: &Path) -> Result<Vec<Planned>> {
    planned(folder, &plan::install)
}

/// What taking out does to each.
pub(super) fn removal(folder: &Path) -> Result<Vec<Planned>> {
    planned(folder, &plan::uninstall)
}

fn planned(folder: &Path, decide: &dyn Fn(Hook, &There, &There) -> Step) -> Result<Vec<Planned>> {
    let mut all = Vec::new();
    if file::exists(folder)? && !file::is_folder(folder)? {
        return Err(Error::user(format!("{} is not a folder: no hook can be there", folder.display()))
            .hint("git config --show-origin --get core.hooksPath   says who set that"));
    }
    for hook in Hook::ALL {
        let path = folder.join(hook.name());
        let there = script::look(&path)?;
        let step = decide(hook, &there, &script::look(&folder.join(plan::aside(hook)))?);
        if let Step::Refuse(why) = step {
            return Err(Error::user(format!(
                "the hook {} is left as it is: {why}; nothing was changed",
                path.display()
            ))
            .hint(format!(
                "look at {} and {}, and put them right by hand",
                hook.name(),
                plan::aside(hook)
            )));
        }
        all.push(Planned { hook, path, there, step });
    }
    Ok(all)
}

/// What is worth knowing of hooks that were there.
pub(super) fn notes(plans: &[Planned]) -> Vec<String> {
    let mut notes = Vec::new();
    for Planned { hook, there, step, .. } in plans {
        let name = hook.name();
        match (step, there) {
            (Step::Aside(_), There::File { runs: false, .. }) => {
                notes.push(format!("{name} was there and may not be run, so git passed over it: it still is"));
            }
            (Step::Edit(_), There::File { bytes, .. }) if bytes.split(|b| *b == b'\n').next().is_some_and(crlf) => {
                notes.push(format!("the first line of {name} ends as on Windows: no other system runs it"));
            }
            _ => {}
        }
    }
    notes
}

fn crlf(line: &[u8]) -> bool {
    line.ends_with(b"\r")
}

/// Does it. Each file changes whole or not at all, and the same command again does what is left.
pub(super) fn apply(tmp: &Path, folder: &Path, plans: &[Planned]) -> Result<()> {
    if plans.iter().any(|plan| matches!(plan.step, Step::Write(_))) {
        file::create_folder(folder)?;
    }
    for Planned { hook, path, there, step } in plans {
        let aside = folder.join(plan::aside(*hook));
        match step {
            Step::Keep | Step::Refuse(_) => {}
            Step::Edit(bytes) if matches!(there, There::File { runs: true, .. }) => script::rewrite(tmp, path, bytes)?,
            Step::Edit(bytes) | Step::Write(bytes) => script::write(tmp, path, bytes)?,
            Step::Aside(bytes) => {
                script::rename(path, &aside)?;
                script::write(tmp, path, bytes)?;
            }
            Step::Remove => script::remove(path)?,
            Step::Back => script::rename(&aside, path)?,
        }
    }
    Ok(())
}
