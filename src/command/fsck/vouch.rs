//! The part of `fsck` that asks who vouches for what is published: signatures of receipts, and attestations of the bytes.

use serde::Serialize;

use super::{Found, Look, exit};
use crate::command::attestation;
use crate::command::publish::Signing;
use crate::command::signature::Checker;
use crate::disk::scratch;
use crate::error::{Kind, Result};
use crate::flow::audit::{Finding, Object, Seen, receipted};
use crate::flow::manifest::types::Manifest;
use crate::flow::receipt::Receipt;
use crate::flow::signature::Signer;
use crate::flow::version::Version;
use crate::git::Id;
use crate::store::Write;
use crate::store::transfer::{self, Fetched};

/// A receipt whose signature is right.
#[derive(Serialize)]
pub struct Signed {
    /// The dataset.
    pub name: String,
    /// Its version.
    pub version: Version,
    /// Who signed.
    #[serde(flatten)]
    pub signer: Signer,
}

/// What the signatures of receipts came to.
#[derive(Default)]
pub(super) struct Signatures {
    pub(super) signed: Vec<Signed>,
    pub(super) findings: Vec<Found>,
    pub(super) notes: Vec<String>,
}

/// Looks at the signature of every receipt that was read; with `repair`, what is unsigned and proven is signed.
pub(super) fn signatures(
    look: &Look<'_>,
    tip: Id,
    manifest: &Manifest,
    seen: &Seen,
    repair: Option<&dyn Write>,
) -> Result<Signatures> {
    let mut done = Signatures::default();
    let checker = Checker::open(look.env, Some(tip))?;
    let signing = if repair.is_some() { Signing::open(look.env, tip)? } else { None };
    for (object, receipt) in receipted(manifest, seen) {
        let (name, version) = (object.dataset.clone(), object.version);
        match checker.signer_if_any(look.production, &receipt.identity, &receipt.time) {
            Ok(Some(signer)) => done.signed.push(Signed { name, version, signer }),
            Ok(None) => {
                let mut found = look.found(Finding::Unsigned { object: object.clone() }, None)?;
                if let (Some(production), Some(signing)) = (repair, &signing)
                    && let Some(signer) = sign(look, production, signing, &object, receipt)?
                {
                    found.repaired = true;
                    done.signed.push(Signed { name, version, signer });
                }
                done.findings.push(found);
            }
            Err(error) if error.kind == Kind::Integrity => {
                let why = error.line();
                done.findings.push(look.found(Finding::WrongSignature { object, why }, None)?);
            }
            Err(error) => return Err(error),
        }
    }
    let all = seen.receipts.len();
    let listed = seen.listing.iter().filter(|l| crate::flow::reference::receipt_of(&l.key).is_some()).count();
    if all < listed {
        done.notes.push(format!("{all} of {listed} receipts were read: --read-data 100% reads all"));
    }
    Ok(done)
}

/// Signs what this run has read itself: a receipt alone says that somebody could write here. `None` if the bytes are not right.
fn sign(
    look: &Look<'_>,
    production: &dyn Write,
    signing: &Signing,
    object: &Object,
    receipt: &Receipt,
) -> Result<Option<Signer>> {
    let id = &receipt.identity;
    if look.bytes(object)?.is_some() {
        return Ok(None);
    }
    signing.sign(production, id, &receipt.time).map(Some)
}

/// Asks `gh` about every object that is to be read; an object that nobody attested is a finding.
pub(super) fn attestations(look: &Look<'_>, objects: &[&Object]) -> Result<Vec<Found>> {
    let attester = attestation::attester(look.env)?;
    let mut findings = Vec::new();
    for object in objects {
        let Some(size) = object.size else { continue };
        let temp = scratch::file(&look.env.tmp(), "attested")?;
        let cached = look.env.cache()?.verify_and_get(&object.sha256).ok().flatten();
        let file = match cached {
            Some(path) => Some(path),
            None => {
                let progress = look.env.around.progress.as_ref();
                let want = (object.sha256, size);
                match transfer::download(look.production, &object.key, temp.path(), want, progress) {
                    Ok(Fetched::Done) => Some(temp.path().to_owned()),
                    // Other bytes than these are no question for gh.
                    Ok(Fetched::Absent) => None,
                    Err(error) if error.kind == Kind::Integrity => None,
                    Err(error) => return Err(error),
                }
            }
        };
        let Some(file) = file else {
            if let Some(finding) = look.bytes(object)? {
                findings.push(look.found(finding, None)?);
            }
            continue;
        };
        match attestation::check(look.env, &attester, &object.to_string(), &file) {
            Err(error) if error.kind == Kind::Integrity => {
                findings.push(look.found(Finding::Unattested { object: (*object).clone(), why: error.line() }, None)?);
            }
            other => other?,
        }
    }
    Ok(findings)
}

/// Of all that was found, what the exit code names.
pub(super) fn gravest(findings: &[Found]) -> Option<Kind> {
    let bad = findings.iter().filter(|found| !found.repaired);
    bad.filter_map(|found| exit(&found.finding)).max_by_key(|kind| *kind == Kind::Integrity)
}
