//! `pull` of a tree, told like that of a file.

use std::path::Path;

use super::vouch::Vouching;
use super::{Args, One, Outcome, Wanted, available, failed, waiting};
use crate::command::env::Env;
use crate::command::fetch;
use crate::command::tree::placing::{self, Pull};
use crate::command::view::View;
use crate::disk::placed::Placed;
use crate::disk::{file, lines, scratch};
use crate::error::Result;
use crate::flow::ignore;
use crate::flow::tree::Listing;

/// Pulls one tree.
pub(super) fn one(
    env: &Env<'_>,
    view: &View,
    args: &Args,
    wanted: &Wanted<'_>,
    vouching: &Vouching<'_>,
) -> Result<One> {
    let Wanted { name, dataset, entry, target, own } = wanted;
    let mut one = failed(name, Some(entry.version), Outcome::Current, None);
    one.path = Some(target.clone());
    one.size = entry.size;
    let effective = view.effective(name, entry);
    available(name, entry, &effective, args.staged)?;
    let wait = waiting(env, args)?;
    one.notes.extend(vouching.note(&effective));
    let want = fetch::Want { name, dataset, entry, effective, staged: args.staged, wait };
    one.signer = vouching.signer(&want, !args.dry_run)?;
    let pull = Pull {
        want: &want,
        target,
        own: *own,
        paths: &args.paths,
        all_paths: args.all_paths,
        force: args.force,
        dry_run: args.dry_run,
    };
    let attested = std::cell::RefCell::new(None);
    let vouch = |listing: &Listing| -> Result<()> {
        if vouching.attests() {
            // What was attested is the listing, which names every content by its digest.
            let text = scratch::private(&env.tmp(), "listing", &listing.print())?;
            *attested.borrow_mut() = vouching.attested(&format!("{name} {}", entry.version), text.path())?;
        }
        Ok(())
    };
    let pulled = placing::pull(env, &pull, &vouch)?;
    one.attested_by = attested.into_inner();
    if pulled.changed {
        one.outcome = Outcome::Pulled;
    }
    one.from = pulled.from;
    one.kept = pulled.kept;
    one.notes.extend(pulled.notes);
    one.unheld = pulled.unheld;
    one.paths = Some(pulled.counts);
    if *own && !args.dry_run {
        Placed::new(&env.data).set(&env.root, name, entry.version, entry.sha256)?;
    }
    Ok(one)
}

/// Old copies of a file are the person's own: git must not offer to commit them.
pub(in crate::command) fn unoffered(env: &Env<'_>, target: &Path) -> Result<()> {
    let Some(path) = file::inside(&env.root, target)? else { return Ok(()) };
    if env.repo.is_ignored(&format!("{path}.orig.1"))? {
        return Ok(());
    }
    let exclude = env.repo.common_dir().join("info/exclude");
    file::create_folder(&exclude.with_file_name(""))?;
    lines::ensure(&env.tmp(), &exclude, &[&format!("{}.orig.*", ignore::line(&path))]).map(drop)
}
