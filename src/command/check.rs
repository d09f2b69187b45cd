//! `check`: is a proposal legal, and are the bytes that it proposes in staging, and are they those bytes?

pub mod review;
mod told;
mod tree;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use self::review::Review;
pub use self::told::tell;
use crate::command::delta;
use crate::command::env::{Env, MANIFEST, SHARED, Surroundings};
use crate::error::{Error, Kind, Result};
use crate::flow::check::{self, Finding};
use crate::flow::hash::Digest;
use crate::flow::key;
use crate::flow::manifest::types::{Entry, Kind as DatasetKind, Manifest};
use crate::flow::manifest::{parse, validate};
use crate::flow::publication;
use crate::flow::settings::Settings;
use crate::flow::version::Version;
use crate::git::{Id, gitdata_file};
use crate::store::{Attested, Read, transfer};

/// Check a proposal: every change legal, every proposed byte in staging
///
/// Two parts. The structure needs git only and may be checked for a fork without secrets.
/// The bytes are read in staging and hashed unless the store attests them; what was not proven is never green.
///
/// With --comment the pull request is told in one comment, which each check writes again. `gh` does that, as whom GH_TOKEN says;
/// a token that may not comment is no failure. A workflow tells it in a job of its own, from the --report of the others.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The tip of the default branch
    #[arg(long, value_name = "REV", required_unless_present = "report")]
    pub base: Option<String>,
    /// The tip of the proposal
    #[arg(long, value_name = "REV", required_unless_present = "report")]
    pub head: Option<String>,
    /// Check only this part
    #[arg(long, value_enum, value_name = "PART")]
    pub part: Option<Part>,
    /// How the report is printed; --json is the same as json
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub format: Option<Format>,
    /// Write a page for each table into this folder; it needs no network
    #[arg(long, value_name = "FOLDER", conflicts_with = "report")]
    pub html: Option<PathBuf>,
    /// Tell this pull request, in a comment
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    pub comment: Option<u64>,
    /// Check nothing: tell what a check's --format json said before; once for each part
    #[arg(long, value_name = "FILE", requires = "comment", conflicts_with_all = ["base", "head", "part"])]
    pub report: Vec<PathBuf>,
}

/// A part of the check.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The manifest: needs no bucket and no secret
    Structure,
    /// The proposed bytes: needs to read staging
    Bytes,
}

/// How a report is printed.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A comment for the pull request
    Md,
    /// For programs
    Json,
}

/// What was found.
#[derive(Serialize, Deserialize)]
pub struct Checked {
    /// The proposal's commit.
    pub head: String,
    /// What keeps it from being merged; none where that part was not checked.
    pub structure: Option<Vec<Wrong>>,
    /// Every proposed version and what is known of its bytes; none where that part was not checked.
    pub bytes: Option<Vec<Proof>>,
    /// What changed inside them, where the bytes were checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reviews: Option<Vec<Review>>,
    /// Whether everything that was checked is well.
    pub ok: bool,
    /// The page of the comment that tells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Put together from reports: a part that none of them has is missing.
    #[serde(skip)]
    pub together: bool,
    /// Said beside it.
    #[serde(skip)]
    pub notes: Vec<String>,
    /// Lines that make GitHub show each finding at its place in the manifest.
    #[serde(skip)]
    pub annotations: Vec<String>,
    /// The exit code's kind.
    #[serde(skip)]
    pub failure: Option<Kind>,
}

impl Checked {
    /// Before anything is checked.
    fn nothing(head: String) -> Checked {
        let (annotations, notes) = (Vec::new(), Vec::new());
        let (structure, bytes, reviews, comment, failure) = (None, None, None, None, None);
        Checked { head, structure, bytes, reviews, ok: true, comment, together: false, notes, annotations, failure }
    }
}

/// Something wrong with the manifest.
#[derive(Serialize, Deserialize)]
pub struct Wrong {
    /// The dataset, where it is about one.
    pub dataset: Option<String>,
    /// The version, where it is about one.
    pub version: Option<Version>,
    /// In words.
    pub message: String,
    /// What to type.
    pub hint: Option<String>,
    /// The line of the manifest.
    pub line: Option<usize>,
}

/// What is known of a proposed version's bytes.
#[derive(Serialize, Deserialize)]
pub struct Proof {
    /// The dataset.
    pub dataset: String,
    /// The version.
    pub version: Version,
    /// What was reviewed.
    pub sha256: Digest,
    /// Bytes.
    pub size: Option<u64>,
    /// How it was proven; none where it was not.
    pub by: Option<By>,
    /// Why it was not proven.
    pub error: Option<String>,
    /// What to type.
    pub hint: Option<String>,
}

/// How bytes were proven.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum By {
    /// The store attests the SHA-256 of the whole object.
    Attested,
    /// All bytes were read and hashed.
    Read,
    /// What a staged delta makes of its base was read and hashed.
    Rebuilt,
    /// Production holds them: a rollback or a renaming copies nothing from staging.
    Production,
}

/// Judges the proposal, or reads how it was judged.
pub fn run(around: &Surroundings, args: &Args) -> Result<Checked> {
    match (&args.base, &args.head) {
        (Some(base), Some(head)) => {
            let pages = args.html.as_ref().map(|folder| around.cwd.join(folder));
            judge(&Env::open(around)?.with_settings_of(base)?, args.part, base, head, pages.as_deref())
        }
        _ => told::read(around, &args.report),
    }
}

fn judge(env: &Env<'_>, part: Option<Part>, base: &str, head: &str, pages: Option<&Path>) -> Result<Checked> {
    let (base_id, head_id) = (commit(env, base)?, commit(env, head)?);
    let file = env.repo.show_at(head_id, MANIFEST)?;
    let text = file.clone().unwrap_or_default();
    let settings = settings(env, base_id, head_id)?;
    let mut checked = Checked::nothing(head_id.to_string());
    let head = match file {
        None => Manifest::default(),
        Some(_) => match parse::parse(&text) {
            Ok(head) => head,
            Err(error) => {
                // Nothing more can be said of a manifest that cannot be read.
                let wrong = Finding { dataset: None, version: None, message: error.message, hint: None };
                report(&mut checked, vec![wrong], settings, "");
                return Ok(checked);
            }
        },
    };
    let base = manifest(env, base_id)?;
    let ancestor = match env.repo.merge_base(base_id, head_id)? {
        Some(id) => manifest(env, id)?,
        None => Manifest::default(),
    };
    let receipts = |name: &str, entry: &Entry| receipt(env, part, name, entry);
    let found = check::structure(&ancestor, &base, &head, &receipts);
    if part != Some(Part::Bytes) {
        report(&mut checked, found.findings, settings, &String::from_utf8_lossy(&text));
    }
    if part != Some(Part::Structure) {
        prove(env, &mut checked, &head, &found.added, &String::from_utf8_lossy(&text));
        compare(env, &mut checked, (&ancestor, &head), head_id, &found.added, pages)?;
    }
    Ok(checked)
}

fn commit(env: &Env<'_>, rev: &str) -> Result<Id> {
    env.repo.resolve(rev)?.ok_or_else(|| {
        Error::user(format!("there is no commit {rev} here"))
            .hint("fetch it first, with its history: a shallow clone cannot be checked")
    })
}

/// A manifest of the default branch: one that cannot be read is a fault of the repository, not of the proposal.
fn manifest(env: &Env<'_>, id: Id) -> Result<Manifest> {
    let Some(bytes) = env.repo.show_at(id, MANIFEST)? else { return Ok(Manifest::default()) };
    let manifest = parse::parse(&bytes)
        .map_err(|e| Error { message: format!("the default branch at {id}: {}", e.message), ..e })?;
    match validate::error(&validate::validate(&manifest)) {
        Some(error) => Err(Error { message: format!("the default branch at {id}: {}", error.message), ..error }),
        None => Ok(manifest),
    }
}

/// Whether production holds a receipt; a check without secrets knows of none.
fn receipt(env: &Env<'_>, part: Option<Part>, name: &str, entry: &Entry) -> bool {
    if part == Some(Part::Structure) && env.settings.get("data.publicurl").is_none() {
        return false;
    }
    let key = key::receipt(name, entry.version, &entry.sha256);
    env.production().and_then(|production| production.head(&key)).is_ok_and(|head| head.is_some())
}

/// What would be wrong with shared settings that a proposal changes: every command would stop, for everybody.
fn settings(env: &Env<'_>, base: Id, head: Id) -> Result<Option<Finding>> {
    let Some(bytes) = env.repo.show_at(head, SHARED)? else { return Ok(None) };
    if env.repo.show_at(base, SHARED)?.as_ref() == Some(&bytes) {
        return Ok(None);
    }
    let read = gitdata_file(&String::from_utf8_lossy(&bytes));
    let read = read.and_then(|shared| Settings::overlay(&shared, &[], &BTreeMap::new()));
    Ok(read.err().map(|error| Finding {
        dataset: None,
        version: None,
        message: error.message,
        hint: error.hints.into_iter().next(),
    }))
}

fn report(checked: &mut Checked, findings: Vec<Finding>, settings: Option<Finding>, text: &str) {
    let mut list = Vec::new();
    let settings = settings.map(|finding| (SHARED, finding));
    for (file, finding) in settings.into_iter().chain(findings.into_iter().map(|finding| (MANIFEST, finding))) {
        let Finding { dataset, version, message, hint } = finding;
        let line = dataset.as_deref().and_then(|name| check::line(text, name, version));
        let said = hint.as_ref().map_or(message.clone(), |hint| format!("{message}\nhint: {hint}"));
        checked.annotations.push(check::annotation(file, line, "git data", &said));
        list.push(Wrong { dataset, version, message, hint, line });
    }
    if !list.is_empty() {
        checked.ok = false;
        checked.failure = Some(Kind::User);
    }
    checked.structure = Some(list);
}

/// Commit landed, bytes did not: this is what makes it red.
fn prove(env: &Env<'_>, checked: &mut Checked, head: &Manifest, added: &[(String, Entry)], text: &str) {
    let mut proofs = Vec::new();
    for (name, entry) in added {
        let (by, error) = match proof(env, head, name, entry) {
            Ok(by) => (Some(by), None),
            Err(error) => (None, Some(error)),
        };
        if let Some(error) = &error {
            let line = check::line(text, name, Some(entry.version));
            checked.annotations.push(check::annotation(MANIFEST, line, "git data", &error.message));
            checked.failure = Some(checked.failure.unwrap_or(error.kind));
            checked.ok = false;
        }
        proofs.push(Proof {
            dataset: name.clone(),
            version: entry.version,
            sha256: entry.sha256,
            size: entry.size,
            by,
            error: error.as_ref().map(Error::line),
            hint: error.and_then(|e| e.hints.into_iter().next()),
        });
    }
    checked.bytes = Some(proofs);
}

/// What is in the bytes that were proven.
fn compare(
    env: &Env<'_>,
    checked: &mut Checked,
    manifests: (&Manifest, &Manifest),
    commit: Id,
    added: &[(String, Entry)],
    pages: Option<&Path>,
) -> Result<()> {
    let well = |name: &str, entry: &Entry| {
        let proofs = checked.bytes.iter().flatten();
        proofs.filter(|proof| proof.by.is_some()).any(|p| (p.dataset.as_str(), p.version) == (name, entry.version))
    };
    let proven: Vec<(String, Entry)> = added.iter().filter(|(name, entry)| well(name, entry)).cloned().collect();
    let reviews = review::all(env, manifests, commit, &proven, pages)?;
    if reviews.iter().any(|review| !review.broken.is_empty()) {
        checked.ok = false;
        checked.failure = Some(checked.failure.unwrap_or(Kind::User));
    }
    checked.reviews = Some(reviews);
    Ok(())
}

/// The bytes of one proposed version.
fn proof(env: &Env<'_>, head: &Manifest, name: &str, entry: &Entry) -> Result<By> {
    let label = format!("{name} {}", entry.version);
    let Some(size) = entry.size else { return Err(Error::user(format!("{label} has no size"))) };
    if entry.rollback.is_some() || entry.from.is_some() {
        return in_production(env, head, name, entry, size);
    }
    let kind = head.datasets.get(name).map_or(DatasetKind::File, |dataset| dataset.kind.clone());
    if kind == DatasetKind::Tree {
        return tree::proof(env, &planned(head, name, entry)?);
    }
    let staging = env.staging()?;
    let key = publication::staged(&kind, entry);
    let hint = format!("git data prepare {name} <file> uploads it again");
    let found = staging.head(&key)?;
    if found.is_none() && delta::proves(staging, env.production(), (name, head), entry)? {
        return Ok(By::Rebuilt);
    }
    let Some(found) = found else {
        return Err(Error::store(format!("{label} is not in staging"))
            .because(format!("the object {}… was never uploaded, or was removed", &entry.sha256.hex()[..8]))
            .hint(hint));
    };
    let wrong = |what: String| {
        Error::integrity(format!("staging holds other bytes for {label}")).because(what).hint(hint.clone())
    };
    if found.size != size {
        return Err(wrong(format!("{} bytes instead of {size}", found.size)));
    }
    match found.attested {
        Attested::Whole(digest) if digest == entry.sha256 => Ok(By::Attested),
        Attested::Whole(digest) => Err(wrong(format!("their SHA-256 is {digest}"))),
        // A composite is over an author's own parts and proves nothing.
        Attested::Parts { .. } | Attested::Nothing => match transfer::digest(staging, &key)? {
            Some(digest) if digest == entry.sha256 => Ok(By::Read),
            Some(digest) => Err(wrong(format!("their SHA-256 is {digest}"))),
            None => Err(Error::store(format!("{label} went from staging while it was read")).hint(hint)),
        },
    }
}

/// A rollback's or renaming's bytes: the object that owns them has to be there.
fn in_production(env: &Env<'_>, head: &Manifest, name: &str, entry: &Entry, size: u64) -> Result<By> {
    let label = format!("{name} {}", entry.version);
    let item = planned(head, name, entry)?;
    let tree = item.tree.is_some();
    let source = match item.action {
        publication::Action::Rename { from } => from,
        _ => item.identity.key,
    };
    let production: &dyn Read = env.production()?;
    match production.head(&source)? {
        // The size of a tree is that of its files.
        Some(found) if tree || found.size == size => Ok(By::Production),
        Some(found) => Err(Error::integrity(format!("production holds {} bytes for {label}, not {size}", found.size))),
        None => Err(Error::store(format!("{label} needs {source}, which production does not hold"))),
    }
}

/// What the publisher would do with that version.
fn planned(head: &Manifest, name: &str, entry: &Entry) -> Result<publication::Item> {
    let label = format!("{name} {}", entry.version);
    let (items, blocked) = publication::plan(head);
    if let Some(blocked) = blocked.iter().find(|b| b.dataset == name && b.version == entry.version) {
        return Err(Error::user(format!("{label} cannot be published: {}", blocked.why)));
    }
    let item = items.into_iter().find(|i| i.identity.dataset == name && i.identity.version == entry.version);
    item.ok_or_else(|| Error::bug(format!("{label} is pending and not planned")))
}
