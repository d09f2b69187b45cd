//! `migrate --from lfs`: files of Git LFS become datasets, each content of their history a version.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::Args;
use crate::command::env::{Env, MANIFEST};
use crate::command::propose::{self, Change, IGNORE, Proposed};
use crate::command::survey;
use crate::disk::placed::Placed;
use crate::disk::stat::Stat;
use crate::disk::{file, hash, place};
use crate::error::{Error, Result};
use crate::flow::lfs::{self, Pointer, Seen};
use crate::flow::manifest::types::{Entry, Kind, Manifest, State};
use crate::flow::manifest::{edit, name};
use crate::flow::markdown::md_code;
use crate::flow::text::plural;
use crate::flow::time;
use crate::flow::version::Version;
use crate::git::Id;

/// What was moved.
#[derive(Serialize)]
pub struct Moved {
    /// The files that became datasets.
    pub datasets: Vec<One>,
    /// Versions that are left out, because their content is not on this machine.
    pub missing: Vec<String>,
    /// Files that stay in Git LFS, and why.
    pub left: Vec<String>,
    /// Bytes that were sent.
    pub sent: u64,
    /// How far the proposal went.
    pub proposal: Option<Proposed>,
    /// Nothing was changed: this is the plan.
    pub dry_run: bool,
}

/// A file and its versions.
#[derive(Serialize)]
pub struct One {
    /// The dataset, and where its file lies.
    pub name: String,
    /// How many versions it has.
    pub versions: usize,
    /// Their bytes.
    pub size: u64,
}

/// A file of Git LFS.
struct Found {
    path: String,
    /// Each version and where its content lies, oldest first.
    versions: Vec<(Seen, PathBuf)>,
}

/// Moves files.
pub fn run(env: &Env<'_>, args: &Args) -> Result<Moved> {
    propose::preflight(env, &args.propose)?;
    let head = env.repo.head_commit()?.ok_or_else(|| Error::user("there is no commit yet"))?;
    let dry_run = args.propose.dry_run;
    let mut done =
        Moved { datasets: Vec::new(), missing: Vec::new(), left: Vec::new(), sent: 0, proposal: None, dry_run };
    let found = find(env, args, head, &mut done)?;
    let told = |found: &Found| One {
        name: found.path.clone(),
        versions: found.versions.len(),
        size: found.versions.iter().map(|(seen, _)| seen.pointer.size).sum(),
    };
    done.datasets = found.iter().map(told).collect();
    if dry_run || found.is_empty() {
        return Ok(done);
    }
    if args.propose.commits() {
        unmixed(env, &found)?;
    }
    let _lock = env.lock("migrate")?;
    for one in &found {
        for (seen, object) in &one.versions {
            done.sent += send(env, &one.path, &seen.pointer, object)?;
        }
    }
    done.proposal = Some(propose(env, args, &found, &done)?);
    Ok(done)
}

/// The files, and what is to be said of others.
fn find(env: &Env<'_>, args: &Args, head: Id, done: &mut Moved) -> Result<Vec<Found>> {
    let manifest = env.manifest_if_any()?.unwrap_or_default();
    let committed = env.manifest_at(&head.to_string())?.unwrap_or_default();
    let mut found = Vec::new();
    let mut any = false;
    for (path, blob) in small_files(env, head)? {
        let within = |asked: &String| path == *asked || path.starts_with(&format!("{}/", asked.trim_end_matches('/')));
        let wanted = args.paths.is_empty() || args.paths.iter().any(within);
        if !wanted || lfs::parse(&env.repo.blob(blob)?).is_none() {
            continue;
        }
        any = true;
        if let Err(error) = name::check(&path) {
            done.left.push(format!("{path}: {}", error.message));
            continue;
        }
        let already = format!("{path}: it is a dataset already");
        if committed.datasets.contains_key(&path) {
            done.left.push(already);
            continue;
        }
        let Some(one) = contents(env, args, head, &path, done)? else { continue };
        // What a run that was cut short wrote is made again.
        let of_it = |entry: &Entry| {
            let same = |(seen, _): &(Seen, PathBuf)| seen.pointer.sha256 == entry.sha256;
            entry.state == State::Pending && one.versions.iter().any(same)
        };
        match manifest.datasets.get(&path) {
            Some(known) if !known.versions.iter().all(of_it) => done.left.push(already),
            _ => found.push(one),
        }
    }
    if !any {
        return Err(Error::user("no such file of HEAD is kept in Git LFS").hint("git lfs ls-files"));
    }
    if done.missing.is_empty() || args.available {
        return Ok(found);
    }
    let count = plural(done.missing.len() as u64, "version");
    Err(Error::user(format!("{count} of Git LFS not on this machine; nothing was changed"))
        .because(done.missing.join("; "))
        .hint("git lfs fetch --all   brings them")
        .hint("git data migrate --from lfs --available   leaves them out"))
}

/// The regular files of a commit that may be pointers.
fn small_files(env: &Env<'_>, head: Id) -> Result<Vec<(String, Id)>> {
    let listed = env.repo.git().run("ls-tree").args(["-r", "-l", "-z", "--full-tree"]).arg(head.to_string()).ok()?;
    let fault = || Error::bug("git ls-tree says what is not understood");
    let mut files = Vec::new();
    for line in listed.split(|byte| *byte == 0).filter(|line| !line.is_empty()) {
        // What is not text is no name of a dataset either.
        let Ok(line) = std::str::from_utf8(line) else { continue };
        let (about, path) = line.split_once('\t').ok_or_else(fault)?;
        let words: Vec<&str> = about.split_whitespace().collect();
        let [mode, "blob", id, size] = words[..] else { continue };
        if mode.starts_with("100") && size.parse().is_ok_and(|size: u64| size < lfs::LARGEST) {
            files.push((path.to_owned(), Id::from_hex(id.as_bytes()).map_err(|e| fault().because(e))?));
        }
    }
    Ok(files)
}

/// The versions of one file whose contents are here; others are noted.
fn contents(env: &Env<'_>, args: &Args, head: Id, path: &str, done: &mut Moved) -> Result<Option<Found>> {
    let mut history = Vec::new();
    for change in env.repo.history(path, head, true)? {
        let change = change?;
        let Some(blob) = change.blob else { continue };
        if let Some(pointer) = lfs::parse(&env.repo.blob(blob)?) {
            history.push(Seen { pointer, time: change.time, subject: change.subject });
        }
    }
    let all = lfs::versions(history);
    let last = all.len().saturating_sub(1);
    let mut versions = Vec::new();
    for (at, seen) in all.into_iter().enumerate() {
        match object(env, path, &seen.pointer, at == last)? {
            Some(object) => versions.push((seen, object)),
            None => {
                done.missing.push(format!("{path} of {} ({})", time::stamp(seen.time), seen.pointer.sha256.short16()));
                if at == last && args.available {
                    done.left.push(format!("{path}: its newest content is not on this machine"));
                    return Ok(None);
                }
            }
        }
    }
    Ok((!versions.is_empty()).then(|| Found { path: path.to_owned(), versions }))
}

/// Where a content lies: in the store of Git LFS, or in the work tree.
fn object(env: &Env<'_>, path: &str, pointer: &Pointer, newest: bool) -> Result<Option<PathBuf>> {
    let git = env.repo.git();
    let told = git.run("config").args(["--type=path", "--get", "lfs.storage"]).output()?;
    let storage = told.ok().then(|| told.text()).filter(|text| !text.is_empty());
    let common = env.repo.common_dir();
    let storage = storage.map_or_else(|| common.join("lfs"), |storage| common.join(storage.trim_end()));
    let object = storage.join(lfs::object(&pointer.sha256));
    if file::exists(&object)? {
        return Ok(Some(object));
    }
    let here = env.root.join(path);
    let same = newest && file::exists(&here)? && hash::file(&here, &|_| ())?.sha256 == pointer.sha256;
    Ok(same.then_some(here))
}

/// Sends a content whose every byte was seen to be what the pointer says.
fn send(env: &Env<'_>, path: &str, pointer: &Pointer, object: &Path) -> Result<u64> {
    let hashed = hash::file(object, &|_| ())?;
    if (hashed.sha256, hashed.size) != (pointer.sha256, pointer.size) {
        return Err(Error::integrity(format!("{} is damaged", object.display()))
            .because(format!(
                "it holds {} bytes with {}, and {path} wants {}",
                hashed.size, hashed.sha256, pointer.sha256
            ))
            .hint("git lfs fsck"));
    }
    survey::stage(env, path, object, &pointer.sha256, Some(&hashed))
}

/// What else is staged would join the commit.
fn unmixed(env: &Env<'_>, found: &[Found]) -> Result<()> {
    let staged = env.repo.git().run("diff").args(["--cached", "--name-only", "-z"]).ok()?;
    let own = |path: &str| [MANIFEST, IGNORE].contains(&path) || found.iter().any(|one| one.path == path);
    let names = staged.split(|byte| *byte == 0).filter(|name| !name.is_empty()).map(String::from_utf8_lossy);
    match names.into_iter().find(|name| !own(name)) {
        None => Ok(()),
        Some(other) => Err(Error::user(format!("{other} is staged too, and would join the commit"))
            .hint("git commit")
            .hint("git stash")),
    }
}

fn propose(env: &Env<'_>, args: &Args, found: &[Found], done: &Moved) -> Result<Proposed> {
    let manifest = manifest(env, found)?;
    let count = plural(found.len() as u64, "file");
    let change = Change {
        manifest: &manifest,
        branch: "data/migrate-lfs".to_owned(),
        title: args.propose.message.clone().unwrap_or_else(|| format!("data: move {count} from Git LFS")),
        body: body(done),
        files: Vec::new(),
        ignore: found.iter().map(|one| one.path.clone()).collect(),
    };
    let (asked, current) = (&args.propose, env.repo.head_branch()?);
    let own = asked.pr && current == env.default_branch()?;
    let branch = asked.branch.clone().or_else(|| own.then(|| change.branch.clone()));
    let first = propose::Args { message: None, branch, commit: false, push: false, pr: false, dry_run: false };
    let staged = propose::run(env, &first, &change)?;
    let git = env.repo.git();
    // The pointers leave git; the files stay.
    git.run("rm")
        .args(["--cached", "--quiet", "--ignore-unmatch", "--"])
        .args(found.iter().map(|one| one.path.as_str()))
        .ok()?;
    for one in found {
        at_its_place(env, one)?;
    }
    if !asked.commits() {
        return Ok(staged);
    }
    let commit = git.commit(&change.title, &[])?.to_string();
    if !asked.push && !asked.pr {
        return Ok(Proposed { commit: Some(commit), next: Vec::new(), ..staged });
    }
    propose::run(env, &propose::Args { branch: None, ..asked.clone() }, &change)
}

/// The manifest with a version for each content.
fn manifest(env: &Env<'_>, found: &[Found]) -> Result<Manifest> {
    let mut manifest = env.manifest_if_any()?.unwrap_or_default();
    for one in found {
        let mut base = None;
        for (number, (seen, _)) in (1..).zip(&one.versions) {
            let (version, pointer) = (Version(number), seen.pointer);
            let entry =
                Entry::pending(version, pointer.sha256, pointer.size, time::stamp(seen.time), seen.subject.clone());
            edit::propose(&mut manifest, &one.path, Kind::File, None, Entry { base, ..entry })?;
            base = Some(version);
        }
    }
    Ok(manifest)
}

/// Puts the content where its pointer lies; a file that is the content already, or was changed, stays.
fn at_its_place(env: &Env<'_>, one: &Found) -> Result<()> {
    let Some((seen, object)) = one.versions.last() else { return Ok(()) };
    let (target, sha256) = (env.root.join(&one.path), seen.pointer.sha256);
    let small = Stat::find(&target)?.is_none_or(|stat| stat.size < lfs::LARGEST);
    if small && file::read(&target)?.is_none_or(|bytes| lfs::parse(&bytes) == Some(seen.pointer)) {
        place::place(&env.tmp(), &env.root, &target, object, sha256, false)?;
    }
    Placed::new(&env.data).set(&env.root, &one.path, Version(one.versions.len() as u64), sha256)
}

fn body(done: &Moved) -> String {
    let mut text =
        "Files of Git LFS become datasets. Each content of their history is a version; every byte was hashed.\n\n\
                    `git revert` of this commit brings the pointers back: Git LFS still has the contents.\n\n"
            .to_owned();
    for one in &done.datasets {
        text.push_str(&format!("- {}: {}\n", md_code(&one.name), plural(one.versions as u64, "version")));
    }
    for missing in &done.missing {
        text.push_str(&format!("- left out: {}\n", md_code(missing)));
    }
    text
}
