//! pre-push: every version that the pushed commits propose is in staging before git sends them.

use std::collections::BTreeSet;

use crate::command::env::{Env, MANIFEST, checked};
use crate::command::hook::Hooked;
use crate::command::unsent::{self, Care};
use crate::error::{Error, Result};
use crate::flow::hook::updates::{self, Update};
use crate::flow::hook::{Hook, words};
use crate::flow::manifest::legacy;
use crate::flow::text::human_size;
use crate::git::Id;

/// `args` are the remote's name and its URL, `lines` the names that are pushed.
pub(super) fn run(env: &Env<'_>, args: &[String], lines: &str) -> Result<Hooked> {
    let mut done = Hooked::new(Hook::PrePush);
    let updates = updates::pushed(lines).map_err(|line| {
        Error::usage(format!("pre-push cannot read what git told it: {line:?}"))
            .hint("git data install   brings the hooks up to date")
    })?;
    let begun = env.now();
    for blob in fresh(env, &updates)? {
        let bytes = env.repo.blob(blob)?;
        if legacy::is_legacy(&bytes) {
            continue;
        }
        let manifest = checked(&bytes, &format!("{MANIFEST} of what is pushed")).map_err(refused)?;
        let filled = unsent::fill(env, manifest, Care::Proven).map_err(refused)?;
        for (name, version, bytes) in filled.sent {
            done.said.push(format!("{name} {version}: {} sent to staging", human_size(bytes)));
        }
        if let Some(lost) = filled.lost.into_iter().next() {
            return Err(refused(lost));
        }
    }
    let remote = args.first().map_or(env.settings.remote(), String::as_str);
    done.notes.extend(words::patience(env.now() - begun, remote));
    Ok(done)
}

/// The manifests that are pushed and that the remote does not have there already, each once.
fn fresh(env: &Env<'_>, updates: &[Update]) -> Result<BTreeSet<Id>> {
    let mut blobs = BTreeSet::new();
    for update in updates {
        // A tag may name what is no commit.
        let Some(new) = manifest_of(env, &update.new)? else { continue };
        let old = match &update.old {
            // The remote may be at a commit that was never fetched.
            Some(old) => manifest_of(env, old)?,
            None => None,
        };
        let merged = match env.fetched_tip()? {
            Some(tip) if old.is_none() => manifest_of(env, &tip.to_string())?,
            _ => None,
        };
        if Some(new) != old && Some(new) != merged {
            blobs.insert(new);
        }
    }
    Ok(blobs)
}

fn manifest_of(env: &Env<'_>, rev: &str) -> Result<Option<Id>> {
    match env.repo.resolve(rev)? {
        Some(commit) => env.repo.blob_at(&commit.to_string(), MANIFEST),
        None => Ok(None),
    }
}

/// The way out, whatever it was.
fn refused(error: Error) -> Error {
    let message = format!("nothing was pushed: {}", error.message);
    Error { message, ..error }
        .hint("git push   again sends what is left")
        .hint("git push --no-verify   pushes without the bytes; the check of the proposal will be red")
}
