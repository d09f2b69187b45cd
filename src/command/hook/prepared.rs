//! `data.autoprepare`: datasets whose files changed are prepared and join the commit that is being made.

use crate::command::env::{Env, MANIFEST};
use crate::command::hook::Hooked;
use crate::command::prepare::{self, Outcome};
use crate::command::view::View;
use crate::disk::file;
use crate::error::Result;
use crate::flow::manifest::edit;
use crate::flow::manifest::types::{Entry, Manifest};
use crate::flow::state::Effective;

/// Prepares, sends nothing, and puts the manifest and its pages into the index of the commit. `staged` is the manifest that
/// it has now.
pub(super) fn join(env: &Env<'_>, staged: &Manifest, done: &mut Hooked) -> Result<()> {
    if env.repo.operation()?.is_some() {
        // A merge or a rebase brings what others made; a person's own changes come after it.
        return Ok(());
    }
    let here = env.manifest()?;
    if settled(env, &here)? != settled(env, staged)? {
        done.notes.push(format!("{MANIFEST} has changes that are not in this commit: no dataset was prepared"));
        return Ok(());
    }
    let prepared = prepare::run(env, &prepare::Args::by_hook())?;
    for one in &prepared.datasets {
        let version = one.version.map_or(String::new(), |version| format!(" {version}"));
        match one.outcome {
            Outcome::Created | Outcome::Updated => {
                done.said.push(format!("{}{version} is prepared and part of this commit; git push sends it", one.name));
            }
            Outcome::Rollback => done.said.push(format!("{}{version} comes back with this commit", one.name)),
            Outcome::Unchanged | Outcome::AlreadyPrepared | Outcome::Stale | Outcome::Missing => {}
        }
        done.notes.extend(one.notes.iter().map(|note| format!("{}: {note}", one.name)));
    }
    // Also what an earlier commit prepared that was given up, with its pages.
    let view = View::open(env)?;
    let mut paths = vec![MANIFEST.to_owned()];
    for (_, entry) in proposed(&view) {
        paths.extend(entry.diff.clone());
    }
    if paths.len() == 1 && view.manifest == *staged {
        return Ok(());
    }
    let mut there = Vec::new();
    for path in &paths {
        if file::exists(&env.root.join(path))? {
            there.push(path.as_str());
        }
    }
    env.repo.git().add(&there)
}

fn proposed(view: &View) -> impl Iterator<Item = (&str, &Entry)> {
    view.manifest.entries().filter(|(name, entry)| view.effective(name, entry) == Effective::Proposed)
}

/// The manifest without what is proposed: what preparing does not touch.
fn settled(env: &Env<'_>, manifest: &Manifest) -> Result<Manifest> {
    let view = View::of(env, manifest.clone())?;
    let mut left = manifest.clone();
    for (name, entry) in proposed(&view) {
        edit::take_back(&mut left, name, entry.version)?;
    }
    Ok(left)
}
