//! `pull` of a tree, told like that of a file.

use std::path::Path;

use super::vouch::Vouching;
use super::{Args, One, Outcome, Wanted, available, failed, waiting};
use crate::command::env::Env;
use crate::command::fetch;
use crate::command::tree::placing::{self, Base, Pull};
use crate::command::view::View;
use crate::disk::placed::Placed;
use crate::disk::{file, lines, scratch};
use crate::error::{Error, Result};
use crate::flow::tree::Listing;
use crate::flow::{ignore, state};

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
    let base = args.merge.then(|| base(env, view, wanted)).transpose()?;
    let pull = Pull {
        want: &want,
        base: base.as_ref(),
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

/// What both the directory here and the wanted version were made from.
fn base<'a>(env: &Env<'_>, view: &'a View, wanted: &Wanted<'a>) -> Result<Base<'a>> {
    let Wanted { name, dataset, entry, .. } = wanted;
    let placed = Placed::new(&env.data).get(&env.root, name);
    let here = placed.and_then(|(version, sha256)| dataset.versions.iter().find(|e| e.id() == (version, sha256)));
    let here = here.ok_or_else(|| {
        Error::user(format!("{name} was neither pulled nor prepared here: nothing says what was changed"))
            .hint(format!("git data pull {name}   brings it, where nothing lies in the way"))
    })?;
    let (ours, theirs) = (state::ancestry(dataset, here), state::ancestry(dataset, entry));
    let common = ours.into_iter().find(|one| theirs.iter().any(|other| other.id() == one.id()));
    Ok(common.map_or(Base::Nothing, |entry| {
        let effective = view.effective(name, entry);
        Base::Version(fetch::Want { name, dataset, entry, effective, staged: true, wait: 0 })
    }))
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
