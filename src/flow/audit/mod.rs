//! Whether production holds what the manifest says, no less and no more; and what to read to be sure of the bytes.

mod finding;
mod sample;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

pub use finding::{Finding, Object, Weight};
pub use sample::{Share, day};

use super::chunk;
use super::hash::Digest;
use super::key::{self, Key};
use super::manifest::print;
use super::manifest::types::{Dataset, Entry, Kind, Manifest, State};
use super::receipt::Receipt;
use super::reference::{place, receipt_of};
use super::retention::janitor::Listed;
use super::state::{Effective, effective};
use super::version::Version;

/// What a receipt's bytes came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Read {
    /// A receipt.
    Receipt(Box<Receipt>),
    /// Not one; in words.
    Unreadable(String),
}

/// What was found in production, and the receipts that were read.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// All of it, listed before the manifest was fetched.
    pub listing: Vec<Listed>,
    /// By key. Those that are listed and not here were not read.
    pub receipts: BTreeMap<Key, Read>,
    /// What trees are made of, by dataset and version; or why that could not be read.
    pub trees: BTreeMap<(String, Version), Result<Vec<Object>, String>>,
}

/// What the audit found out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audit {
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// Every object that must be there, once.
    pub objects: Vec<Object>,
    /// Datasets of a kind that this version cannot audit.
    pub skipped: Vec<String>,
}

/// Compares the manifest of the default branch with production. A listing is a hint: ask for each missing object again.
#[must_use]
pub fn audit(manifest: &Manifest, seen: &Seen) -> Audit {
    let listed: BTreeMap<&Key, u64> = seen.listing.iter().map(|l| (&l.key, l.size)).collect();
    let receipts: BTreeSet<_> = seen.listing.iter().filter_map(|l| receipt_of(&l.key)).collect();
    let mut audit = Audit::default();
    let mut owned: BTreeMap<Key, Object> = BTreeMap::new();
    let mut expected: BTreeSet<Key> = BTreeSet::new();
    // Trees of which not every object is known: nothing there is an orphan.
    let mut unread: BTreeSet<&str> = BTreeSet::new();
    for (name, dataset) in &manifest.datasets {
        if let Kind::Unknown(_) = dataset.kind {
            audit.skipped.push(name.clone());
            unread.insert(name);
            continue;
        }
        for entry in dataset.versions.iter().rev() {
            let receipt = receipts.contains(&(name.clone(), entry.version, entry.sha256));
            let object = object(name, dataset, entry);
            match effective(entry, true, receipt) {
                Effective::Published | Effective::Retired => {
                    if !receipt && !has_other_proof(entry) {
                        audit.findings.push(Finding::MissingReceipt { object: object.clone() });
                    }
                    if dataset.kind == Kind::Tree {
                        match seen.trees.get(&(name.clone(), entry.version)) {
                            Some(Ok(parts)) => parts.iter().cloned().for_each(|part| {
                                owned.entry(part.key.clone()).or_insert(part);
                            }),
                            broken => {
                                let why = broken.and_then(|read| read.as_ref().err()).cloned();
                                let why = why.unwrap_or_else(|| "it was not read".to_owned());
                                audit.findings.push(Finding::BrokenTree { object: object.clone(), why });
                                unread.insert(name);
                            }
                        }
                    }
                    owned.entry(object.key.clone()).or_insert(object);
                }
                Effective::Proposed | Effective::Merged | Effective::Purging | Effective::Unknown(_) => {
                    if dataset.kind == Kind::Tree {
                        unread.insert(name);
                    }
                    expected.insert(object.key);
                }
                Effective::Withdrawn | Effective::Purged => {}
            }
        }
    }
    for object in owned.values() {
        match (listed.get(&object.key), object.size) {
            (None, _) => audit.findings.push(Finding::MissingObject { object: object.clone() }),
            (Some(found), Some(size)) if *found != size => {
                audit.findings.push(Finding::WrongSize { object: object.clone(), found: *found });
            }
            _ => {}
        }
    }
    audit.findings.extend(of_receipts(manifest, seen));
    audit.findings.extend(of_lists(manifest, &listed, &owned));
    for listed in &seen.listing {
        let known = owned.contains_key(&listed.key) || expected.contains(&listed.key);
        let (key, size) = (listed.key.clone(), listed.size);
        match form(manifest, &unread, &listed.key) {
            _ if known => {}
            Form::Own => {}
            Form::Version => audit.findings.push(Finding::Orphan { key, size }),
            Form::Unknown => audit.findings.push(Finding::UnknownKey { key, size }),
        }
    }
    audit.objects = owned.into_values().collect();
    audit
}

/// Large files without a chunk list, and lists without an object.
fn of_lists(manifest: &Manifest, listed: &BTreeMap<&Key, u64>, owned: &BTreeMap<Key, Object>) -> Vec<Finding> {
    let is_file = |name: &str| manifest.datasets.get(name).is_some_and(|dataset| dataset.kind == Kind::File);
    let files = owned.values().filter(|object| is_file(&object.dataset) && object.size.is_some_and(chunk::listed));
    let bare =
        files.filter(|object| listed.contains_key(&object.key) && !listed.contains_key(&key::chunks(&object.sha256)));
    let mut findings: Vec<_> = bare.map(|object| Finding::MissingChunks { object: object.clone() }).collect();
    // What is on its way in, or out, may have its list before, or after, its object.
    let held = manifest.entries().filter(|(_, e)| e.state != State::Purged).map(|(_, e)| e.sha256);
    let held: BTreeSet<Digest> = held.chain(owned.values().map(|object| object.sha256)).collect();
    let lists = listed.iter().filter(|(key, _)| list_of(key).is_some_and(|digest| !held.contains(&digest)));
    findings.extend(lists.map(|(key, size)| Finding::Orphan { key: (*key).clone(), size: *size }));
    findings
}

/// The digest whose chunk list lies at that key.
fn list_of(key: &Key) -> Option<Digest> {
    Digest::from_hex(key.as_str().strip_prefix(key::OWN)?.strip_prefix("chunks/")?)
}

/// Each published version whose receipt was read and says what its entry says: what a signature can vouch for.
#[must_use]
pub fn receipted<'s>(manifest: &Manifest, seen: &'s Seen) -> Vec<(Object, &'s Receipt)> {
    let mut found = Vec::new();
    let known = |(_, dataset): &(&String, &Dataset)| !matches!(dataset.kind, Kind::Unknown(_));
    for (name, dataset) in manifest.datasets.iter().filter(known) {
        for entry in dataset.versions.iter().rev() {
            if !matches!(effective(entry, true, true), Effective::Published | Effective::Retired) {
                continue;
            }
            let receipt = seen.receipts.get(&key::receipt(name, entry.version, &entry.sha256));
            if let Some(Read::Receipt(receipt)) = receipt
                && disagreement(name, dataset, entry, receipt).is_none()
            {
                found.push((object(name, dataset, entry), &**receipt));
            }
        }
    }
    found
}

fn object(name: &str, dataset: &Dataset, entry: &Entry) -> Object {
    let key = place(name, dataset, entry);
    // The size of a tree is that of its files, not of its listing.
    let size = entry.size.filter(|_| dataset.kind == Kind::File);
    Object { dataset: name.to_owned(), version: entry.version, sha256: entry.sha256, size, key }
}

/// A migrated version was proven by its predecessor's publisher; ours writes the receipt when it has hashed it.
fn has_other_proof(entry: &Entry) -> bool {
    entry.key.is_some()
}

fn of_receipts(manifest: &Manifest, seen: &Seen) -> Vec<Finding> {
    let mut findings = Vec::new();
    for key in seen.listing.iter().map(|listed| &listed.key) {
        let Some((name, version, sha256)) = receipt_of(key) else { continue };
        let dataset = manifest.datasets.get(&name);
        let entry = dataset.and_then(|d| Some((d, d.entry(version).filter(|entry| entry.sha256 == sha256)?)));
        let Some((dataset, entry)) = entry else {
            findings.push(Finding::ReceiptWithoutEntry { key: key.clone(), dataset: name, version });
            continue;
        };
        let why = match seen.receipts.get(key) {
            None => continue,
            Some(Read::Unreadable(why)) => why.clone(),
            Some(Read::Receipt(receipt)) => match disagreement(&name, dataset, entry, receipt) {
                Some(why) => why,
                None => continue,
            },
        };
        findings.push(Finding::ReceiptDisagrees { key: key.clone(), why });
    }
    findings
}

/// The first identity member in which a receipt differs from its entry.
fn disagreement(name: &str, dataset: &Dataset, entry: &Entry, receipt: &Receipt) -> Option<String> {
    let id = &receipt.identity;
    let key = place(name, dataset, entry);
    let differs = |member: &str, says: &dyn fmt::Display, is: &dyn fmt::Display| {
        Some(format!("its {member} is {says}, the entry's is {is}"))
    };
    if id.dataset != name {
        return differs("dataset", &id.dataset, &name);
    }
    if id.version != entry.version {
        return differs("version", &id.version, &entry.version);
    }
    if id.kind != dataset.kind.word() {
        return differs("kind", &id.kind, &dataset.kind.word());
    }
    if id.sha256 != entry.sha256 {
        return differs("sha256", &id.sha256, &entry.sha256);
    }
    if let Some(size) = entry.size.filter(|size| *size != id.size) {
        return differs("size", &id.size, &size);
    }
    if id.key != key { differs("key", &id.key, &key) } else { None }
}

/// What a key looks like.
enum Form {
    /// Receipts, chunk lists, quarantine, probes, the parts of a tree.
    Own,
    /// A version's object.
    Version,
    Unknown,
}

fn form(manifest: &Manifest, unread: &BTreeSet<&str>, key: &Key) -> Form {
    let text = key.as_str();
    if let Some(rest) = text.strip_prefix(key::OWN) {
        let signature = text.strip_suffix(".sig").is_some_and(|of| receipt_of(&Key::new(of)).is_some());
        let ours = receipt_of(key).is_some() || signature || list_of(key).is_some();
        return if ours || rest.starts_with("incoming/") || rest.starts_with("probe/") {
            Form::Own
        } else {
            Form::Unknown
        };
    }
    let tree = |(name, dataset): (&String, &Dataset)| {
        dataset.kind != Kind::File && text.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with('/'))
    };
    if let Some((name, _)) = manifest.datasets.iter().find(|found| tree(*found)) {
        return if unread.contains(name.as_str()) { Form::Own } else { Form::Version };
    }
    let Some((name, file)) = text.rsplit_once('/') else { return Form::Unknown };
    let Some((version, rest)) = file.split_once('-') else { return Form::Unknown };
    let ours = Version::parse(version).is_some()
        && rest.split_at_checked(64).is_some_and(|(hex, ext)| {
            Digest::from_hex(hex).is_some() && (ext == key::extension(name) || ext == ".tree")
        });
    if ours { Form::Version } else { Form::Unknown }
}

/// The entry that a receipt proves, as the lines of `manifest.json` that bring it back.
#[must_use]
pub fn lines(receipt: &Receipt) -> String {
    let id = &receipt.identity;
    let message = "restored from its receipt".to_owned();
    let mut entry = Entry::pending(id.version, id.sha256, id.size, receipt.time.clone(), message);
    entry.base = receipt.base;
    entry.state = State::Published;
    entry.commit = Some(receipt.commit.clone());
    entry.published = Some(receipt.time.clone());
    let derived = match id.kind.as_str() {
        "tree" => id.key.clone(),
        _ => key::production(&id.dataset, id.version, &id.sha256),
    };
    if derived != id.key {
        // A rollback: its receipt names the object of the version that owns it.
        let owner = id.key.as_str().strip_prefix(&format!("{}/", id.dataset)).and_then(|file| file.split_once('-'));
        entry.rollback = owner.and_then(|(version, _)| Version::parse(version));
        entry.key = entry.rollback.is_none().then(|| id.key.to_string());
    }
    let mut manifest = Manifest::default();
    let dataset = Dataset { kind: Kind::of(&id.kind), versions: vec![entry], ..Dataset::default() };
    manifest.datasets.insert(id.dataset.clone(), dataset);
    print::print(&manifest)
}
