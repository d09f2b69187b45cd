//! `merge` on a proposal's branch: the default branch comes in with a real merge commit, so that the host can merge again.

use super::{Merged, Three, ignore_lines, joined, left_to_do, undecided, words};
use crate::command::env::{Env, MANIFEST};
use crate::error::{Error, Result};
use crate::flow::manifest::merge;
use crate::git::{Git, Id, Operation};

/// Fetches, merges, resolves and commits; what is left to a person stops it before the commit.
pub(super) fn run(env: &Env<'_>, dry_run: bool) -> Result<Merged> {
    let remote = env.settings.remote();
    let git = Git::at(&env.root);
    let mut notes = Vec::new();
    if dry_run {
        notes.push("a dry run fetches nothing: this is about what was fetched before".to_owned());
    }
    if !dry_run
        && env.repo.remote_url(remote)?.is_some()
        && let Err(error) = git.fetch(remote, &[])
    {
        notes.push(format!("{error}: merging what was fetched before"));
    }
    let (name, tip) = default_branch(env)?;
    let head = env.repo.head_commit()?.ok_or_else(|| Error::user("there is no commit yet to merge into"))?;
    let ancestor = env.repo.merge_base(head, tip)?;
    let mut done = Merged { what: name.clone(), notes, dry_run, ..Merged::default() };
    if ancestor == Some(tip) {
        return Ok(done);
    }
    done.changed = true;
    let at = |commit: Option<Id>| commit.map_or(Ok(None), |commit| env.repo.show_at(commit, MANIFEST));
    let sides = [at(ancestor)?, at(Some(head))?, at(Some(tip))?];
    let [base, ours, theirs] = &sides;
    let three = Three::read([("the common ancestor", base), ("this branch", ours), (&name, theirs)])?;
    let joined = joined(env, &three)?;
    if !joined.conflicts.is_empty() {
        return Err(undecided(&joined.conflicts, ["this branch", &name], false)
            .hint(format!("git merge {name}   begins it by hand")));
    }
    done.renumbered = words(&joined.renumbered);
    if dry_run {
        return Ok(done);
    }
    clean(&git)?;
    let _lock = env.lock("merge")?;
    together(env, &git, tip, &joined, done)
}

/// Git merges all files, we the manifest.
fn together(env: &Env<'_>, git: &Git, tip: Id, joined: &merge::Merged, mut done: Merged) -> Result<Merged> {
    let title = format!("Merge {}", done.what);
    git.merge_uncommitted(tip, &title)?;
    if env.repo.operation()? != Some(Operation::Merge) {
        done.notes.push("this branch had nothing of its own: it was brought forward".to_owned());
        return Ok(done);
    }
    env.write_manifest(&joined.manifest)?;
    git.add(&[MANIFEST])?;
    ignore_lines(env, git)?;
    done.left = git.unmerged()?;
    if !done.left.is_empty() {
        done.next = left_to_do(Operation::Merge, &done.left);
        return Ok(done);
    }
    let body: String = done.renumbered.iter().map(|line| format!("\n{line}")).collect();
    let message = if body.is_empty() { title } else { format!("{title}\n{body}") };
    let commit = git.commit(&message, &[]).map_err(|error| error.hint("git commit   finishes the merge"))?;
    done.commit = Some(commit.to_string());
    done.next = vec!["git push".to_owned()];
    Ok(done)
}

/// The default branch as last fetched, by the name that a person knows.
fn default_branch(env: &Env<'_>) -> Result<(String, Id)> {
    let remote = env.settings.remote();
    let tip = env.default_tip()?.and_then(|tip| env.repo.resolve(&tip).transpose()).transpose()?;
    let branch = env.default_branch()?;
    let (Some(tip), Some(branch)) = (tip, branch) else {
        return Err(Error::user("there is nothing to merge: no conflict, and no default branch is known")
            .hint(format!("git fetch {remote}")));
    };
    let remote_has = env.repo.reference(&format!("refs/remotes/{remote}/{branch}"))?.is_some();
    Ok((if remote_has { format!("{remote}/{branch}") } else { branch }, tip))
}

/// A merge over uncommitted changes could not be taken back.
fn clean(git: &Git) -> Result<()> {
    match git.changes()?.as_slice() {
        [] => Ok(()),
        [first, rest @ ..] => {
            let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
            Err(Error::user(format!("there are changes that are not committed: {first}{more}"))
                .hint("git commit -a   or   git stash")
                .hint("git data merge"))
        }
    }
}
