//! `fsck`: is every published version in production, and are its bytes right? It repairs by copying, and deletes nothing.

mod lists;
mod trees;
mod vouch;

use serde::Serialize;

use crate::command::env::{Env, MANIFEST};
use crate::command::publish::{Opener, trusted};
use crate::command::refs::{self, Where};
use crate::command::signature;
use crate::disk::{hash, scratch};
use crate::error::{Error, Kind, Result};
use crate::flow::audit::{self, Audit, Finding, Object, Read as Readable, Seen, Share, Weight};
use crate::flow::key::{self, Key};
use crate::flow::manifest::parse;
use crate::flow::manifest::types::{Kind as DatasetKind, Manifest, State};
use crate::flow::receipt::Receipt;
use crate::flow::reference::{place, receipt_of};
use crate::flow::retention::janitor::Listed;
use crate::git::Id;
use crate::store::transfer::{self, Fetched};
use crate::store::{Attested, Read, Write};

pub use vouch::Signed;

/// Up to so many receipts are read each time; of more, the share of the day.
const RECEIPTS: usize = 1_000;

/// Check that production holds every published version, and the right bytes
///
/// Looks for missing and wrong objects, receipts that say something else, and objects that no version has.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Read and hash this share of the objects, another one each day, such as 10%
    #[arg(long, value_name = "SHARE")]
    pub read_data: Option<Share>,
    /// Receipts have to be signed by an allowed signer; says who signed
    #[arg(long)]
    pub verify_signature: bool,
    /// GitHub has to have attested the objects (with --read-data that share of them); fetches them, and asks gh
    #[arg(long)]
    pub verify_attestation: bool,
}

/// Check that production holds every published version, and the right bytes
#[derive(clap::Args, Debug)]
pub struct PublisherArgs {
    /// Where the manifest is
    #[command(flatten)]
    pub at: Where,
    /// What is read
    #[command(flatten)]
    pub look: Args,
    /// Bring missing objects back from a verified copy, sign what is unsigned; nothing is ever deleted or overwritten
    #[arg(long)]
    pub repair: bool,
    /// With --repair: say what would be copied
    #[arg(long, requires = "repair")]
    pub dry_run: bool,
}

/// What was found.
#[derive(Serialize)]
pub struct Audited {
    /// The commit whose manifest was compared.
    pub commit: String,
    /// What is wrong or worth knowing.
    pub findings: Vec<Found>,
    /// How many objects must be there.
    pub objects: usize,
    /// How many of them were read and hashed.
    pub read: usize,
    /// Receipts whose signature is right, if that was to be known.
    pub signatures: Vec<Signed>,
    /// Datasets that this version cannot look into.
    pub skipped: Vec<String>,
    /// Things worth knowing.
    pub notes: Vec<String>,
    /// Something is wrong.
    #[serde(skip)]
    pub failure: Option<Kind>,
}

/// A finding and what helps.
#[derive(Serialize)]
pub struct Found {
    /// What is wrong.
    #[serde(flatten)]
    pub finding: Finding,
    /// In words.
    pub words: String,
    /// How bad it is.
    pub weight: Weight,
    /// Verified copies of the bytes that should be there.
    pub copies: Vec<String>,
    /// It was brought back.
    pub repaired: bool,
}

/// What a person may do: look.
pub fn run(env: &Env<'_>, args: &Args) -> Result<Audited> {
    let remote = env.settings.remote();
    let production = env.production()?;
    let listing = match list(production) {
        // A public URL has no listing: what the manifest names is asked for one by one.
        Err(_) if env.settings.get("data.publicurl").is_some() => None,
        listing => Some(listing?),
    };
    let mut notes = Vec::new();
    if env.repo.remote_url(remote)?.is_some()
        && let Err(error) = env.repo.git().fetch(remote, &[])
    {
        notes.push(format!("the default branch is as last fetched: {}", error.line()));
    }
    let tip = env.default_tip()?.ok_or_else(|| Error::user("there is no default branch yet").hint("git data init"))?;
    let tip = env.repo.resolve(&tip)?.ok_or_else(|| Error::bug("the default branch has no commit"))?;
    let manifest = manifest_at(env, tip)?;
    if listing.is_none() {
        notes.push("production is read through its public URL: what no version has cannot be found there".to_owned());
    }
    let listing = listing.map_or_else(|| asked(production, &manifest), Ok)?;
    let look = Look { env, production, args, notes };
    look.audit(tip, &manifest, listing, None)
}

/// What the publisher may do: look, and bring back.
pub fn run_publisher(env: &Env<'_>, open: Opener, args: &PublisherArgs) -> Result<Audited> {
    trusted::settings(env)?;
    let production = refs::production(env)?;
    let listing = list(production.as_ref())?;
    env.repo.git().fetch(&args.at.remote, &[&args.at.branch])?;
    let name = format!("refs/remotes/{}/{}", args.at.remote, args.at.branch);
    let tip = env.repo.reference(&name)?.ok_or_else(|| {
        Error::user(format!("{} has no branch {}", args.at.remote, args.at.branch))
            .hint(format!("git ls-remote --heads {}", args.at.remote))
    })?;
    let manifest = manifest_at(env, tip)?;
    let look = Look { env, production: production.as_ref(), args: &args.look, notes: Vec::new() };
    let write = if args.repair && !args.dry_run { Some(open(env)?) } else { None };
    look.audit(tip, &manifest, listing, write.as_deref())
}

fn manifest_at(env: &Env<'_>, tip: Id) -> Result<Manifest> {
    let bytes = env.repo.show_at(tip, MANIFEST)?;
    let bytes = bytes.ok_or_else(|| Error::user(format!("commit {tip} has no {MANIFEST}")))?;
    parse::parse(&bytes)
}

fn list(production: &dyn Read) -> Result<Vec<Listed>> {
    let mut all = Vec::new();
    production.list("", &mut |line| {
        all.push(Listed { key: line.key, size: line.size, modified: line.modified });
        Ok(())
    })?;
    Ok(all)
}

/// What a listing would say of all that the manifest names.
fn asked(production: &dyn Read, manifest: &Manifest) -> Result<Vec<Listed>> {
    let mut listing = Vec::new();
    for (name, dataset) in &manifest.datasets {
        for entry in dataset.versions.iter().filter(|e| !matches!(e.state, State::Purging | State::Purged)) {
            let receipt = key::receipt(name, entry.version, &entry.sha256);
            let signature = key::signature(name, entry.version, &entry.sha256);
            for key in [place(name, dataset, entry), receipt, signature] {
                if let Some(head) = production.head(&key)? {
                    listing.push(Listed { key, size: head.size, modified: head.modified });
                }
            }
        }
    }
    Ok(listing)
}

struct Look<'a> {
    env: &'a Env<'a>,
    production: &'a dyn Read,
    args: &'a Args,
    notes: Vec<String>,
}

impl Look<'_> {
    fn audit(
        mut self,
        tip: Id,
        manifest: &Manifest,
        listing: Vec<Listed>,
        repair: Option<&dyn Write>,
    ) -> Result<Audited> {
        let mut seen = self.seen(listing)?;
        seen.trees = trees::read(self.production, manifest, &seen.listing);
        let Audit { findings, objects, skipped } = audit::audit(manifest, &seen);
        let mut all = Vec::new();
        for finding in findings {
            all.extend(self.again(finding)?);
        }
        let broken: Vec<Object> = all.iter().filter_map(|finding| finding.damaged().cloned()).collect();
        let mut read = 0;
        let today = audit::day(self.env.now());
        let share = self.args.read_data;
        let chosen = |object: &&Object| share.is_some_and(|share| share.holds(&object.sha256, today));
        for object in objects.iter().filter(chosen).filter(|object| !broken.contains(object)) {
            read += 1;
            all.extend(self.bytes(object)?);
        }
        let mut findings = Vec::new();
        for finding in all {
            findings.push(self.found(finding, repair)?);
        }
        let mut signatures = Vec::new();
        if signature::required(self.env, self.args.verify_signature)? {
            let mut vouched = vouch::signatures(&self, tip, manifest, &seen, repair)?;
            findings.append(&mut vouched.findings);
            self.notes.append(&mut vouched.notes);
            signatures = vouched.signed;
        }
        if self.args.verify_attestation {
            // Of a tree the listing is attested, not each of its objects; it was read above.
            let whole =
                |object: &&Object| manifest.datasets.get(&object.dataset).is_some_and(|d| d.kind == DatasetKind::File);
            let asked = |object: &&Object| whole(object) && (share.is_none() || chosen(object));
            let broken = |object: &&Object| findings.iter().any(|found| found.finding.damaged() == Some(*object));
            let asked: Vec<&Object> = objects.iter().filter(asked).filter(|object| !broken(object)).collect();
            findings.append(&mut vouch::attestations(&self, &asked)?);
        }
        let failure = vouch::gravest(&findings);
        let (commit, objects) = (tip.to_string(), objects.len());
        Ok(Audited { commit, findings, objects, read, signatures, skipped, notes: self.notes, failure })
    }

    fn seen(&self, listing: Vec<Listed>) -> Result<Seen> {
        let mut seen = Seen { listing, ..Seen::default() };
        let keys: Vec<Key> = seen.listing.iter().map(|l| &l.key).filter(|k| receipt_of(k).is_some()).cloned().collect();
        let (few, today) = (keys.len() <= RECEIPTS, audit::day(self.env.now()));
        for key in keys {
            let chosen = |share: Share| share.holds(&crate::flow::hash::Digest::of(key.as_str().as_bytes()), today);
            if !few && !self.args.read_data.is_some_and(chosen) {
                continue;
            }
            let read = match transfer::bytes(self.production, &key, 1 << 20)? {
                None => continue,
                Some(bytes) => match Receipt::parse(&bytes) {
                    Ok(receipt) => Readable::Receipt(Box::new(receipt)),
                    Err(error) => Readable::Unreadable(error.line()),
                },
            };
            seen.receipts.insert(key, read);
        }
        Ok(seen)
    }

    /// A listing is a hint: what it lacks is asked for.
    fn again(&self, finding: Finding) -> Result<Option<Finding>> {
        if let Finding::MissingReceipt { object } = &finding {
            let receipt = key::receipt(&object.dataset, object.version, &object.sha256);
            return Ok(self.production.head(&receipt)?.is_none().then_some(finding));
        }
        if let Finding::MissingChunks { object } = &finding {
            return Ok(self.production.head(&key::chunks(&object.sha256))?.is_none().then_some(finding));
        }
        let Some(object) = finding.damaged() else { return Ok(Some(finding)) };
        let Some(head) = self.production.head(&object.key)? else { return Ok(Some(finding)) };
        let object = object.clone();
        let found = head.size;
        Ok(object.size.is_some_and(|size| size != found).then_some(Finding::WrongSize { object, found }))
    }

    /// Reads and hashes an object; of a large one the chunk list is compared, too.
    fn bytes(&self, object: &Object) -> Result<Option<Finding>> {
        if object.key == key::tree(&object.dataset, object.version, &object.sha256) {
            // Its digest is that of the lines, which were read to know its objects.
            return Ok(None);
        }
        let progress = &self.env.around.progress;
        progress.start(&format!("reading {object}"), object.size.unwrap_or_default());
        let found = lists::read(self.production, object);
        progress.finish();
        let owned = object.clone();
        Ok(match found? {
            None => Some(Finding::MissingObject { object: owned }),
            Some((found, _)) if found != object.sha256 => Some(Finding::WrongDigest { object: owned, found }),
            Some((_, chunks)) => chunks.and_then(|chunks| lists::compared(self.production, object, &chunks)),
        })
    }

    fn found(&self, finding: Finding, repair: Option<&dyn Write>) -> Result<Found> {
        let (words, weight) = (finding.to_string(), finding.weight());
        let mut found = Found { words, weight, copies: Vec::new(), repaired: false, finding };
        if let (Some(production), Finding::MissingChunks { object } | Finding::WrongChunks { object, .. }) =
            (repair, &found.finding)
        {
            found.repaired = lists::written(production, object)?;
        }
        let Some(object) = found.finding.damaged() else { return Ok(found) };
        found.copies = self.copies(object);
        if let (Some(production), Finding::MissingObject { object }) = (repair, &found.finding) {
            found.repaired = self.repair(production, object)?;
        }
        Ok(found)
    }

    /// Where the right bytes were found by reading them.
    fn copies(&self, object: &Object) -> Vec<String> {
        let mut copies = Vec::new();
        let cached = self.env.cache().and_then(|cache| cache.verify_and_get(&object.sha256));
        copies.extend(cached.ok().flatten().map(|path| path.display().to_string()));
        let staged = self.env.staging().and_then(|staging| {
            let key = key::staging(&object.sha256);
            let attested = staging.head(&key)?.is_some_and(|head| head.attested == Attested::Whole(object.sha256));
            let right = attested || transfer::digest(staging, &key)? == Some(object.sha256);
            Ok(right.then(|| format!("{}/{key}", staging.address())))
        });
        copies.extend(staged.ok().flatten());
        copies
    }

    /// Copies the bytes back, create-only, from a copy that is hashed on the way; false if there is none.
    fn repair(&self, production: &dyn Write, object: &Object) -> Result<bool> {
        let progress = self.env.around.progress.as_ref();
        let cached = self.env.cache()?.verify_and_get(&object.sha256).ok().flatten();
        let temp = scratch::file(&self.env.tmp(), "repair")?;
        let file = match (cached, object.size) {
            (Some(path), _) => path,
            (None, Some(size)) => {
                let key = key::staging(&object.sha256);
                let want = (object.sha256, size);
                if !matches!(
                    transfer::download(self.env.staging()?, &key, temp.path(), want, progress),
                    Ok(Fetched::Done)
                ) {
                    return Ok(false);
                }
                temp.path().to_owned()
            }
            (None, None) => return Ok(false),
        };
        let hashed = hash::file(&file, &|_| ())?;
        if hashed.sha256 != object.sha256 {
            return Err(hash::changed(&file));
        }
        transfer::create(production, &object.key, &file, &hashed, progress)?;
        match transfer::digest(production, &object.key)? {
            Some(found) if found == object.sha256 => Ok(true),
            _ => Err(Error::integrity(format!("{object}: {} was copied back and has other bytes", object.key))
                .hint("git-data-publish fsck --read-data 100%")),
        }
    }
}

/// What a finding means for the exit code.
fn exit(finding: &Finding) -> Option<Kind> {
    match finding {
        Finding::ReceiptWithoutEntry { .. } => Some(Kind::Conflict),
        _ if finding.weight() == Weight::Note => None,
        _ => Some(Kind::Integrity),
    }
}
