//! `catalog`: writes files that show every dataset and version to whoever has neither git data nor a network.

use std::path::{Component, Path, PathBuf};

use serde::Serialize;

use crate::command::env::Env;
use crate::command::view::View;
use crate::disk::{atomic, file, place};
use crate::error::{Error, Kind, Result};
use crate::flow::catalog::{self, Catalog, Sheet, Source, is_ours, is_public};
use crate::flow::manifest::types::{Entry, Manifest};

/// Where it lies if nothing else is said.
const FOLDER: &str = "catalog";

/// Write a catalog of all datasets and versions
///
/// index.html is one page that needs no network, README.md the same in Markdown, SHA256SUMS a list that sha256sum -c
/// reads, and CITATION.cff says how to cite the datasets. With data.publicUrl each version has a link and lines for curl,
/// duckdb and pandas. The same manifest makes the same bytes on every machine; the network is never touched.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Write into this folder of the repository instead of catalog
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// Say what would be written and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Only look whether what is there is what would be written, and exit 1 if it is not
    #[arg(long, conflicts_with = "dry_run")]
    pub check: bool,
}

/// A catalog and what became of its files.
#[derive(Serialize)]
pub struct Catalogued {
    /// Its folder, from the root of the repository.
    pub folder: String,
    /// How many datasets it shows.
    pub datasets: usize,
    /// How many versions.
    pub versions: usize,
    /// Versions that are not on the default branch, and so not in it.
    pub left_out: usize,
    /// Its files.
    pub files: Vec<Written>,
    /// Nothing was changed: this is the plan.
    pub dry_run: bool,
    /// Nothing was changed: it was only looked.
    pub checked: bool,
    /// Settings that would make it better.
    #[serde(skip)]
    pub notes: Vec<String>,
}

/// A file of the catalog.
#[derive(Serialize)]
pub struct Written {
    /// From the root of the repository.
    pub path: String,
    /// What was there.
    pub was: Was,
}

/// What lay at the path of a file.
#[derive(Serialize, Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Was {
    /// Nothing.
    Missing,
    /// An older catalog.
    Different,
    /// The same bytes.
    Same,
}

impl Catalogued {
    /// Whether all that is there is what would be written.
    #[must_use]
    pub fn is_current(&self) -> bool {
        self.files.iter().all(|file| file.was == Was::Same)
    }

    /// What it comes to: whoever only asked is told by the exit code.
    #[must_use]
    pub fn failure(&self) -> Option<Kind> {
        (self.checked && !self.is_current()).then_some(Kind::User)
    }
}

/// Writes the catalog, or says what would be written.
pub fn run(env: &Env<'_>, args: &Args) -> Result<Catalogued> {
    let root = file::absolute(&env.root);
    let folder = match &args.output {
        Some(dir) => file::resolved(&env.given(dir)),
        None => root.join(FOLDER),
    };
    let below = below(&root, &folder)?;
    let view = View::open(env)?;
    let merged = |name: &str, entry: &Entry| view.effective(name, entry).is_live();
    let catalog = of(env, &view.manifest, &merged, env.settings.remote(), &below)?;
    let mut files = Vec::new();
    let sheets = catalog.sheets();
    // All are looked at before the first is written.
    for sheet in &sheets {
        let target = folder.join(sheet.name);
        place::inside(&root, &target)?;
        let was = was(file::read(&target)?, sheet, &join(&below, sheet.name))?;
        files.push(Written { path: join(&below, sheet.name), was });
    }
    if !args.dry_run && !args.check {
        for (sheet, _) in sheets.iter().zip(&files).filter(|(_, file)| file.was != Was::Same) {
            let target = folder.join(sheet.name);
            file::create_parents(&root, &target)?;
            atomic::write_by(&env.tmp(), &target, sheet.text.as_bytes())?;
        }
    }
    Ok(Catalogued {
        folder: below,
        datasets: catalog.datasets.len(),
        versions: catalog.versions(),
        left_out: catalog.left_out,
        files,
        dry_run: args.dry_run,
        checked: args.check,
        notes: if args.check { Vec::new() } else { notes(&catalog) },
    })
}

/// The catalog of a manifest, by the settings.
fn of(
    env: &Env<'_>,
    manifest: &Manifest,
    merged: &dyn Fn(&str, &Entry) -> bool,
    remote: &str,
    folder: &str,
) -> Result<Catalog> {
    let public = env.settings.get("data.publicurl");
    if let Some(url) = public.filter(|url| !is_public(url)) {
        return Err(Error::user(format!("{url:?} is no public URL that links can begin with"))
            .hint("it looks like https://data.example.org: git config data.publicUrl URL"));
    }
    let called = env.root.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(Catalog::of(&Source {
        manifest,
        merged,
        public,
        remote: env.repo.written_url(remote).as_deref(),
        called: &called,
        author: env.settings.get("data.author"),
        folder,
    }))
}

/// The catalog of a tip of the default branch, as files of the commit that records what was published.
pub(super) fn of_tip(
    env: &Env<'_>,
    tip: crate::git::Id,
    manifest: &Manifest,
    remote: &str,
    folder: &str,
) -> Result<Vec<(String, String)>> {
    let catalog = of(env, manifest, &|_, _| true, remote, folder)?;
    let mut files = Vec::new();
    for sheet in catalog.sheets() {
        let path = join(folder, sheet.name);
        was(env.repo.show_at(tip, &path)?, &sheet, &path)?;
        files.push((path, sheet.text));
    }
    Ok(files)
}

/// Refuses a folder into which no catalog can be committed: no path in the repository, or somebody else's files there.
pub(super) fn writable(env: &Env<'_>, folder: &str) -> Result<()> {
    if folder.split('/').any(|part| matches!(part, "" | "." | "..") || part.eq_ignore_ascii_case(".git")) {
        return Err(Error::usage(format!("{folder:?} is no folder below the root of the repository"))
            .hint("git-data-publish run --catalog catalog"));
    }
    let catalog = of(env, &Manifest::default(), &|_, _| true, env.settings.remote(), folder)?;
    for sheet in catalog.sheets() {
        let path = join(folder, sheet.name);
        was(env.repo.show("HEAD", &path)?, &sheet, &path)?;
    }
    Ok(())
}

/// A folder as a path from the root.
fn below(root: &Path, folder: &Path) -> Result<String> {
    place::inside(root, &folder.join("index.html"))?;
    let parts = folder.strip_prefix(root).unwrap_or(folder).components().map(|part| match part {
        Component::Normal(name) => name.to_str(),
        _ => None,
    });
    let parts: Option<Vec<&str>> = parts.collect();
    parts.map(|parts| parts.join("/")).ok_or_else(|| {
        Error::usage(format!("{} has a name that is not UTF-8", folder.display())).hint("git data catalog -o catalog")
    })
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// What a path held. What somebody else wrote is not replaced.
fn was(there: Option<Vec<u8>>, sheet: &Sheet, path: &str) -> Result<Was> {
    match there {
        None => Ok(Was::Missing),
        Some(bytes) if bytes == sheet.text.as_bytes() => Ok(Was::Same),
        Some(bytes) if is_ours(&bytes) => Ok(Was::Different),
        Some(_) => Err(Error::user(format!("{path} was not written by git data catalog, and is left alone"))
            .hint("git data catalog -o DIR   writes into another folder")),
    }
}

fn notes(catalog: &catalog::Catalog) -> Vec<String> {
    let mut notes = Vec::new();
    if catalog.public.is_none() {
        notes.push("data.publicUrl is not set: commands stand in place of links".to_owned());
    }
    if catalog.authors.is_empty() {
        notes.push("CITATION.cff names no author: git config -f .gitdata data.author 'Family, Given; Team'".to_owned());
    }
    notes
}
