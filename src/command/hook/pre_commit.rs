//! pre-commit: the manifest is valid and its changes legal, no data goes into git, and changed datasets come along.

use crate::command::env::{Env, MANIFEST, checked};
use crate::command::hook::{Hooked, prepared};
use crate::disk::seen;
use crate::error::{Error, Result};
use crate::flow::hook::Hook;
use crate::flow::manifest::transition::{Author, transitions};
use crate::flow::manifest::types::{Entry, Kind, Manifest};
use crate::flow::manifest::{legacy, name};
use crate::flow::proposal::quoted;
use crate::flow::settings;
use crate::flow::text::human_size;
use crate::git::Staged;

/// So many paths are named.
const NAMED: usize = 5;

/// Looks at the commit that is about to be made.
pub(super) fn run(env: &Env<'_>) -> Result<Hooked> {
    let mut done = Hooked::new(Hook::PreCommit);
    let staged = env.repo.next_commit()?;
    let bytes = match staged.iter().find(|change| change.path == MANIFEST) {
        Some(change) => change.new.map(|id| env.repo.blob(id)).transpose()?,
        None => head_manifest(env)?,
    };
    let touched = staged.iter().any(|change| change.path == MANIFEST);
    let manifest = match &bytes {
        Some(bytes) if touched => Some(checked(bytes, &format!("{MANIFEST} of this commit"))?),
        // What was committed before is not this commit's fault.
        Some(bytes) => checked(bytes, MANIFEST).ok(),
        None => None,
    };
    if touched {
        legal(env, bytes.as_deref(), &manifest.clone().unwrap_or_default())?;
    }
    no_data(env, &staged, manifest.as_ref())?;
    if env.settings.flag("data.autoprepare")? == Some(true)
        && let Some(manifest) = &manifest
    {
        prepared::join(env, manifest, &mut done)?;
        if staged.is_empty() && !done.said.is_empty() {
            // Git looked before it asked us.
            done.hints.push("if git finds nothing to commit: the same command again takes it".to_owned());
        }
    }
    Ok(done)
}

/// The manifest that the commit is made on.
pub(super) fn head_manifest(env: &Env<'_>) -> Result<Option<Vec<u8>>> {
    match env.repo.head_commit()? {
        Some(head) => env.repo.show_at(head, MANIFEST),
        None => Ok(None),
    }
}

/// Every change against the default branch has to be one that a pull request may make.
fn legal(env: &Env<'_>, bytes: Option<&[u8]>, manifest: &Manifest) -> Result<()> {
    let Some(tip) = env.default_tip()?.map(|tip| env.repo.resolve(&tip)).transpose()?.flatten() else { return Ok(()) };
    let at = |commit| env.repo.show_at(commit, MANIFEST);
    let tip_bytes = at(tip)?;
    if bytes.is_some_and(legacy::is_legacy) || tip_bytes.as_deref().is_some_and(legacy::is_legacy) {
        // Only a migration changes those, and its check is told of the buckets.
        return Ok(());
    }
    let receipts = seen::load(&env.data)?;
    let receipt = |name: &str, entry: &Entry| receipts.contains(&(name.to_owned(), entry.version, entry.sha256));
    let against = |bytes: Option<Vec<u8>>| {
        // A default branch that cannot be read is its own check's business.
        let base = bytes.map_or_else(|| Ok(Manifest::default()), |bytes| checked(&bytes, MANIFEST)).unwrap_or_default();
        transitions(&base, manifest, &receipt, Author::PullRequest)
    };
    let ancestor = match env.repo.head_commit()? {
        Some(head) => env.repo.merge_base(head, tip)?,
        None => None,
    };
    let own = against(ancestor.map(at).transpose()?.flatten());
    if own.is_empty() {
        return Ok(());
    }
    // What a merge brings from the default branch, the publisher wrote there.
    let illegal = if ancestor == Some(tip) { own } else { against(tip_bytes) };
    let Some(first) = illegal.first() else { return Ok(()) };
    let rest: Vec<String> = illegal.iter().skip(1).map(ToString::to_string).collect();
    let error = Error::user(format!("{MANIFEST} of this commit: {first}"));
    let error = if rest.is_empty() { error } else { error.because(rest.join(" · ")) };
    Err(error
        .hint(format!("git diff --cached -- {MANIFEST}   shows what would be committed"))
        .hint(format!("git restore --staged {MANIFEST}")))
}

/// A path that does not belong into git, why, and what to type.
struct Misplaced {
    path: String,
    why: String,
    instead: String,
}

/// Refuses files of datasets, and files over `data.maxFileSize`.
fn no_data(env: &Env<'_>, staged: &[Staged], manifest: Option<&Manifest>) -> Result<()> {
    let most = env.settings.get("data.maxfilesize").map(settings::bytes).transpose()?;
    let mut found = Vec::new();
    for change in staged {
        let Some(id) = change.new.filter(|_| change.regular) else { continue };
        if let Some(dataset) = manifest.and_then(|manifest| dataset_of(manifest, &change.path)) {
            let why = format!("it belongs to the dataset {dataset}: its bytes go to staging, not into git");
            found.push(Misplaced { path: change.path.clone(), why, instead: format!("git data prepare {dataset}") });
            continue;
        }
        let Some(most) = most else { continue };
        let size = env.repo.blob_size(id)?;
        if size > most {
            let why = format!("it has {}, and data.maxFileSize is {}", human_size(size), human_size(most));
            let name = if name::check(&change.path).is_ok() { quoted(&change.path) } else { "NAME".to_owned() };
            let instead = format!("git data prepare {name} {}", quoted(&change.path));
            found.push(Misplaced { path: change.path.clone(), why, instead });
        }
    }
    refused(&found)
}

/// The dataset that has this path, itself or in its directory.
fn dataset_of<'m>(manifest: &'m Manifest, path: &str) -> Option<&'m str> {
    let own = |(name, dataset): &(&String, &crate::flow::manifest::types::Dataset)| {
        let location = dataset.location(name);
        let below = path.strip_prefix(location).is_some_and(|rest| rest.starts_with('/'));
        let has = path == location || (dataset.kind == Kind::Tree && below);
        has && dataset.renamed.is_none() && !dataset.is_free()
    };
    manifest.datasets.iter().find(own).map(|(name, _)| name.as_str())
}

fn refused(found: &[Misplaced]) -> Result<()> {
    let Some((first, rest)) = found.split_first() else { return Ok(()) };
    let mut error = Error::user(format!("{} is not committed: {}", first.path, first.why));
    if !rest.is_empty() {
        let mut others: Vec<String> = rest.iter().take(NAMED).map(|one| format!("{}: {}", one.path, one.why)).collect();
        if rest.len() > NAMED {
            others.push(format!("and {} more", rest.len() - NAMED));
        }
        error = error.because(others.join(" · "));
    }
    let paths: Vec<String> = found.iter().take(NAMED).map(|one| quoted(&one.path)).collect();
    error = error.hint(format!("git rm --cached {}", paths.join(" ")));
    let mut instead: Vec<&str> = found.iter().take(NAMED).map(|one| one.instead.as_str()).collect();
    instead.dedup();
    Err(instead.into_iter().fold(error, |error, command| error.hint(command)))
}
