//! prepare-commit-msg: a message made from what was prepared, where the person has not begun one.

use crate::command::env::{Env, MANIFEST, checked};
use crate::command::hook::pre_commit::head_manifest;
use crate::command::hook::{Hooked, needed};
use crate::disk::{atomic, file};
use crate::error::Result;
use crate::flow::hook::{Hook, draft};
use crate::flow::manifest::types::{Manifest, State};
use crate::flow::proposal::{self, Item};

/// `args` are the file of the message, where that came from, and a commit.
pub(super) fn run(env: &Env<'_>, args: &[String]) -> Result<Hooked> {
    let done = Hooked::new(Hook::PrepareCommitMsg);
    let path = needed(args, 0, Hook::PrepareCommitMsg, "the file of the message")?;
    // A message, a template, a merge, a commit: somebody or something said it already.
    if args.get(1).is_some_and(|source| !source.is_empty()) {
        return Ok(done);
    }
    let items = proposed(env)?;
    let file = env.given(path.as_ref());
    let Some(text) = file::read(&file)? else { return Ok(done) };
    let text = String::from_utf8_lossy(&text);
    let comment = env.repo.comment_mark()?;
    if items.is_empty() || !draft::is_empty(&text, &comment) {
        return Ok(done);
    }
    atomic::write_by(&env.tmp(), &file, format!("{}{text}", proposal::commit_message(&items)).as_bytes())?;
    Ok(done)
}

/// The pending versions that this commit adds.
fn proposed(env: &Env<'_>) -> Result<Vec<Item>> {
    let read = |bytes: Option<Vec<u8>>| match bytes {
        // What cannot be read was said by pre-commit, or is no longer to be judged.
        Some(bytes) => checked(&bytes, MANIFEST).unwrap_or_default(),
        None => Manifest::default(),
    };
    let staged = env.repo.next_commit()?;
    let Some(change) = staged.iter().find(|change| change.path == MANIFEST) else { return Ok(Vec::new()) };
    let new = read(change.new.map(|id| env.repo.blob(id)).transpose()?);
    let old = read(head_manifest(env)?);
    let fresh = new.entries().filter(|(name, entry)| {
        entry.state == State::Pending && old.entry(name, entry.version).is_none_or(|old| old.id() != entry.id())
    });
    let item = |(name, entry): (&str, &crate::flow::manifest::types::Entry)| Item {
        dataset: name.to_owned(),
        version: entry.version,
        base: entry.base,
        sha256: entry.sha256,
        size: entry.size.unwrap_or(0),
        message: entry.message.clone(),
        diff: None,
    };
    Ok(fresh.map(item).collect())
}
