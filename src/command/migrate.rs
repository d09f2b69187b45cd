//! `migrate`: the predecessor's manifest becomes format 1, in one reviewed commit, losing nothing.

pub mod lfs;

use std::cell::RefCell;

use serde::Serialize;

use crate::command::env::{Env, MANIFEST, checked};
use crate::command::propose::{self, Change, Proposed};
use crate::disk::file;
use crate::error::{Error, Result};
use crate::flow::key::Key;
use crate::flow::manifest::legacy::{self, Object};
use crate::flow::manifest::types::{Entry, Manifest, State};
use crate::flow::version::Version;

/// Move datasets here from datamanager or Git LFS
///
/// From datamanager: its manifest is rewritten as format 1. Each object is asked for its size; one that is gone becomes
/// purged (or withdrawn, if it was never published), and is named.
///
/// From Git LFS (`--from lfs`, which needs no git-lfs): each file of HEAD that is a pointer becomes a dataset of the same
/// name, and each content of its history, along first parents, a version with the commit's date and subject. Every byte is
/// hashed while it moves. The files stay where they are, and leave git. To go back: `git revert` of the commit.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Only these files and directories of Git LFS
    #[arg(value_name = "PATH")]
    pub paths: Vec<String>,
    /// Where from
    #[arg(long, value_enum, value_name = "TOOL", default_value = "datamanager")]
    pub from: From,
    /// From Git LFS: leave out versions whose content is not on this machine
    #[arg(long)]
    pub available: bool,
    /// Ask no bucket: sizes stay unknown until a later run
    #[arg(long)]
    pub offline: bool,
    /// How far the proposal goes
    #[command(flatten)]
    pub propose: propose::Args,
}

/// What data are moved from.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// The predecessor: a manifest of another form
    Datamanager,
    /// Git's large file storage: pointers in git
    Lfs,
}

/// The migration.
#[derive(Serialize)]
pub struct Migrated {
    /// Datasets.
    pub datasets: usize,
    /// Versions.
    pub versions: usize,
    /// Versions whose objects are gone.
    pub gone: Vec<Gone>,
    /// Versions whose size is not known.
    pub unsized_versions: usize,
    /// It was of format 1 already: only sizes were added.
    pub again: bool,
    /// How far the proposal went.
    pub proposal: Option<Proposed>,
    /// Nothing was changed: this is the plan.
    pub dry_run: bool,
}

/// A version whose object is gone.
#[derive(Serialize)]
pub struct Gone {
    /// The dataset.
    pub name: String,
    /// The version.
    pub version: Version,
    /// Where the object should have been.
    pub key: String,
}

/// Reads the legacy manifest, asks for sizes and writes format 1.
pub fn run(env: &Env<'_>, args: &Args) -> Result<Migrated> {
    if !args.paths.is_empty() || args.available {
        return Err(Error::usage("PATH and --available go with --from lfs").hint("git data migrate --from lfs"));
    }
    propose::preflight(env, &args.propose)?;
    let bytes = file::read(&env.root.join(MANIFEST))?.ok_or_else(|| {
        Error::user(format!("there is no {MANIFEST} to migrate")).hint("git data init --staging URL --production URL")
    })?;
    let old = if legacy::is_legacy(&bytes) { legacy::read(&bytes)? } else { checked(&bytes, MANIFEST)? };
    let again = !legacy::is_legacy(&bytes);
    let unsized_versions = |m: &Manifest| m.entries().filter(|(_, e)| e.size.is_none() && has_object(e)).count();
    match (again, unsized_versions(&old)) {
        (true, 0) => return Err(Error::user(format!("{MANIFEST} is of format 1 already")).hint("git data list")),
        (true, _) if args.offline => {
            return Err(Error::user(format!("{MANIFEST} is of format 1 already; only sizes are missing"))
                .hint("git data migrate   asks the buckets for them"));
        }
        _ => {}
    }
    let gone = RefCell::new(Vec::new());
    let trouble = RefCell::new(None);
    let new = legacy::migrate(&old, &|name, entry| {
        if args.offline || trouble.borrow().is_some() {
            return Object::Unasked;
        }
        object(env, name, entry, &gone).unwrap_or_else(|error| {
            *trouble.borrow_mut() = Some(error);
            Object::Unasked
        })
    });
    if let Some(error) = trouble.into_inner() {
        return Err(error.hint("git data migrate --offline   leaves the sizes for later"));
    }
    let mut done = Migrated {
        datasets: new.datasets.len(),
        versions: new.entries().count(),
        gone: gone.into_inner(),
        unsized_versions: unsized_versions(&new),
        again,
        proposal: None,
        dry_run: args.propose.dry_run,
    };
    if done.dry_run {
        return Ok(done);
    }
    let _lock = env.lock("migrate")?;
    let why = args.propose.message.clone().unwrap_or_else(|| {
        if again { "data: add the sizes of migrated versions" } else { "data: migrate the manifest to format 1" }
            .to_owned()
    });
    let change = Change {
        manifest: &new,
        branch: "data/migrate".to_owned(),
        title: why,
        body: body(&done),
        files: Vec::new(),
        ignore: Vec::new(),
    };
    done.proposal = Some(propose::run(env, &args.propose, &change)?);
    Ok(done)
}

/// Its size can still be asked for.
fn has_object(entry: &Entry) -> bool {
    !matches!(entry.state, State::Purged | State::Withdrawn)
}

/// A pending version lies in staging, every other in production.
fn object(env: &Env<'_>, name: &str, entry: &Entry, gone: &RefCell<Vec<Gone>>) -> Result<Object> {
    let pending = entry.state == State::Pending;
    let own = if pending { entry.staging_key.as_ref() } else { entry.key.as_ref() };
    let Some(key) = own.map(Key::new) else { return Ok(Object::Unasked) };
    let head = if pending { env.staging()?.head(&key)? } else { env.production()?.head(&key)? };
    Ok(match head {
        Some(head) => Object::Size(head.size),
        None => {
            let gone_now = Gone { name: name.to_owned(), version: entry.version, key: key.to_string() };
            gone.borrow_mut().push(gone_now);
            Object::Absent
        }
    })
}

fn body(done: &Migrated) -> String {
    let mut text = if done.again {
        "Adds the sizes that were not known.\n".to_owned()
    } else {
        format!(
            "Rewrites the manifest as format 1: {} versions of {} datasets. Keys, digests and history stay as they are.\n",
            done.versions, done.datasets
        )
    };
    for gone in &done.gone {
        let name = crate::flow::markdown::md(&gone.name);
        text.push_str(&format!("- {name} {}: its object is gone\n", gone.version));
    }
    text
}
