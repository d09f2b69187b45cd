//! post-checkout, post-merge, post-rewrite: another manifest is here. Which datasets do not have the files of it?

use std::collections::BTreeSet;

use crate::command::env::{Env, MANIFEST, checked};
use crate::command::hook::{Hooked, needed};
use crate::command::view::View;
use crate::command::{pull, status};
use crate::disk::file;
use crate::disk::index::Index;
use crate::disk::placed::Placed;
use crate::error::Result;
use crate::flow::hash::Digest;
use crate::flow::hook::{Hook, updates, words};
use crate::flow::manifest::types::{Dataset, Entry, Kind, Manifest};
use crate::flow::state::Effective;
use crate::flow::text::human_size;
use crate::flow::version::Version;

/// So many datasets are named.
const NAMED: usize = 10;

/// `args` are the commits before and after, and 1 where a branch was checked out, 0 for files.
pub(super) fn checked_out(env: &Env<'_>, args: &[String]) -> Result<Hooked> {
    let (hook, what) = (Hook::PostCheckout, "two commits and a flag");
    let old = needed(args, 0, hook, what)?;
    // Of files nobody asks what was there before; in a rebase the end of it is waited for.
    if needed(args, 2, hook, what)? != "1" || env.repo.operation()?.is_some() {
        return Ok(Hooked::new(hook));
    }
    arrived(env, hook, Some(old.as_str()).filter(|old| !updates::nothing(old)))
}

/// Git left the commit of before in `ORIG_HEAD`.
pub(super) fn merged(env: &Env<'_>) -> Result<Hooked> {
    arrived(env, Hook::PostMerge, Some("ORIG_HEAD"))
}

/// An amended commit brings nothing that was not here; of a rebase `lines` name the commits of before.
pub(super) fn rewritten(env: &Env<'_>, args: &[String], lines: &str) -> Result<Hooked> {
    let hook = Hook::PostRewrite;
    if needed(args, 0, hook, "what rewrote the commits")? != "rebase" {
        return Ok(Hooked::new(hook));
    }
    let old = updates::rewritten(lines).last().map_or("ORIG_HEAD", |old| *old);
    arrived(env, hook, Some(old))
}

/// A dataset whose files are not those of its version.
struct Differs<'v> {
    name: &'v str,
    entry: &'v Entry,
    proposed: bool,
    /// The version that is here, where it is one.
    here: Option<Version>,
    there: There,
}

#[derive(PartialEq, Eq)]
enum There {
    Nothing,
    Known,
    Changed,
}

fn arrived(env: &Env<'_>, hook: Hook, old: Option<&str>) -> Result<Hooked> {
    let mut done = Hooked::new(hook);
    let before = match old {
        Some(old) => before(env, old)?,
        None => None,
    };
    let Some(bytes) = file::read(&env.root.join(MANIFEST))? else { return Ok(done) };
    if before.as_ref() == Some(&bytes) {
        return Ok(done);
    }
    let read = |bytes: &[u8]| checked(bytes, MANIFEST).and_then(|manifest| View::of(env, manifest));
    let new = read(&bytes)?;
    // What was here before could be read then, or nothing is known of it.
    let old = before.and_then(|bytes| read(&bytes).ok());
    let mut index = Index::load(&env.data);
    let mut all = Vec::new();
    for (name, dataset) in &new.manifest.datasets {
        all.extend(look(env, (old.as_ref(), &new), name, dataset, &mut index)?);
    }
    index.save()?;
    if env.settings.flag("data.autopull")? == Some(true) {
        let known = old.map(|old| digests(&old.manifest)).unwrap_or_default();
        all = pull(env, all, &known, &mut done)?;
    }
    told(&all, &mut done);
    Ok(done)
}

fn before(env: &Env<'_>, old: &str) -> Result<Option<Vec<u8>>> {
    match env.repo.resolve(old)? {
        Some(commit) => env.repo.show_at(commit, MANIFEST),
        None => Ok(None),
    }
}

/// What a work tree of this manifest is expected to have: its own proposal, else the latest.
fn expected<'m>(view: &View, name: &str, dataset: &'m Dataset) -> Option<(&'m Entry, bool)> {
    let proposed = dataset.versions.iter().find(|entry| view.effective(name, entry) == Effective::Proposed);
    proposed.map(|entry| (entry, true)).or_else(|| view.latest(name, dataset).map(|entry| (entry, false)))
}

fn look<'v>(
    env: &Env<'_>,
    (old, new): (Option<&View>, &'v View),
    name: &'v str,
    dataset: &'v Dataset,
    index: &mut Index,
) -> Result<Option<Differs<'v>>> {
    if matches!(dataset.kind, Kind::Unknown(_)) || dataset.renamed.is_some() {
        return Ok(None);
    }
    let Some((entry, proposed)) = expected(new, name, dataset) else { return Ok(None) };
    let was = old.and_then(|view| expected(view, name, view.manifest.datasets.get(name)?));
    if was.is_some_and(|(was, _)| was.id() == entry.id()) {
        return Ok(None);
    }
    let placed = Placed::new(&env.data).get(&env.root, name);
    let digest = status::digest_of(env, name, dataset, index)?;
    let known = |manifest: &Manifest, digest: Digest| {
        manifest.datasets.get(name).and_then(|d| d.versions.iter().find(|e| e.sha256 == digest).map(|e| e.version))
    };
    let here = digest.and_then(|d| known(&new.manifest, d).or_else(|| old.and_then(|old| known(&old.manifest, d))));
    let there = match digest {
        Some(digest) if digest == entry.sha256 => return Ok(None),
        // One that was never wanted here is not missed; in a new work tree all are.
        None if placed.is_none() && old.is_some() => return Ok(None),
        None => There::Nothing,
        Some(_) if here.is_some() => There::Known,
        Some(_) => There::Changed,
    };
    Ok(Some(Differs { name, entry, proposed, here, there }))
}

fn digests(manifest: &Manifest) -> BTreeSet<Digest> {
    manifest.entries().map(|(_, entry)| entry.sha256).collect()
}

/// Pulls what has no changes of a person; gives back what still differs. That a bucket cannot be reached fails no checkout.
fn pull<'v>(
    env: &Env<'_>,
    all: Vec<Differs<'v>>,
    known: &BTreeSet<Digest>,
    done: &mut Hooked,
) -> Result<Vec<Differs<'v>>> {
    let mut left = Vec::new();
    for one in all {
        if one.there == There::Changed {
            left.push(one);
            continue;
        }
        let args = pull::Args {
            name: Some(one.name.to_owned()),
            staged: one.proposed,
            known: known.clone(),
            ..pull::Args::default()
        };
        let pulled = pull::run(env, &args)?;
        let came = pulled.datasets.iter().any(|p| p.outcome == pull::Outcome::Pulled);
        for error in pulled.datasets.iter().filter_map(|p| p.error.as_ref()) {
            done.notes.push(format!("{}: {error}", one.name));
        }
        if came {
            let size = one.entry.size.map_or(String::new(), |size| format!(": {}", human_size(size)));
            done.said.push(format!("{} {}{size}, pulled and verified", one.name, one.entry.version));
        } else {
            left.push(one);
        }
    }
    Ok(left)
}

fn told(all: &[Differs<'_>], done: &mut Hooked) {
    for one in all.iter().take(NAMED) {
        let (name, version) = (one.name, one.entry.version);
        let wanted = if one.proposed { "is proposed" } else { "is the version" };
        done.said.push(match (&one.there, one.here) {
            (There::Nothing, _) => format!("{name}: {version} {wanted} here, and its file is not"),
            (There::Known, Some(here)) => format!("{name}: {version} {wanted} here, and the file is {here}"),
            (There::Known | There::Changed, _) => {
                format!("{name}: {version} {wanted} here, and the file has changes that are in no version")
            }
        });
    }
    if all.len() > NAMED {
        done.said.push(format!("… and {} more", all.len() - NAMED));
    }
    done.hints
        .extend(words::pulls(all.iter().filter(|one| one.there != There::Changed).map(|one| (one.name, one.proposed))));
}
