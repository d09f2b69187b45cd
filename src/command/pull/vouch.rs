//! Who vouches for what is pulled: the signer of the receipt, and the workflow that attested the bytes.

use std::cell::OnceCell;
use std::path::Path;

use crate::command::attestation;
use crate::command::env::Env;
use crate::command::fetch::{self, Bytes, Want, Whence, patiently};
use crate::command::pull::Args;
use crate::command::signature::{self, Checker};
use crate::error::{Error, Kind, Result};
use crate::flow::attestation::Attester;
use crate::flow::key;
use crate::flow::publication;
use crate::flow::receipt::{Identity, Receipt};
use crate::flow::signature::Signer;
use crate::flow::state::Effective;
use crate::store::transfer;

/// What has to be vouched for.
pub(super) struct Vouching<'a> {
    env: &'a Env<'a>,
    /// Asked for: also of files that are here already.
    asked: bool,
    /// Of everything that is brought here.
    required: bool,
    attester: Option<Attester>,
    checker: OnceCell<Checker>,
}

impl<'a> Vouching<'a> {
    pub(super) fn new(env: &'a Env<'a>, args: &Args) -> Result<Self> {
        let attester = if args.verify_attestation { Some(attestation::attester(env)?) } else { None };
        let required = signature::required(env, args.verify_signature)?;
        let vouching = Vouching { env, asked: args.verify_signature, required, attester, checker: OnceCell::new() };
        // Where nobody may sign there is one thing to say, not one for each dataset.
        if vouching.asked {
            vouching.checker()?;
        }
        Ok(vouching)
    }

    fn checker(&self) -> Result<&Checker> {
        if self.checker.get().is_none() {
            let _ = self.checker.set(Checker::open(self.env, None)?);
        }
        Ok(self.checker.get().expect("it was set above"))
    }

    /// Who signed the receipt, if that is to be known. `brings`: the bytes are not here yet.
    pub(super) fn signer(&self, want: &Want<'_>, brings: bool) -> Result<Option<Signer>> {
        if !(self.asked || self.required && brings) || want.effective == Effective::Proposed {
            return Ok(None);
        }
        let production = self.env.production()?;
        let receipt = self.receipt(want)?;
        self.checker()?.signer(production, &receipt).map(Some)
    }

    /// Something worth knowing of what nobody can vouch for.
    pub(super) fn note(&self, effective: &Effective) -> Option<String> {
        let unsigned = self.required && *effective == Effective::Proposed;
        unsigned.then(|| "a proposal is not published, so nobody signed for it".to_owned())
    }

    /// The receipt, which has to be about this very entry: a signature over something else vouches for nothing.
    fn receipt(&self, want: &Want<'_>) -> Result<Receipt> {
        let (version, sha256) = want.entry.id();
        let at = key::receipt(want.name, version, &sha256);
        let production = self.env.production()?;
        let most = if want.effective == Effective::Merged { want.wait } else { 0 };
        let (found, waited) = patiently(self.env, most, || transfer::bytes(production, &at, 1 << 20))?;
        let label = format!("{} {version}", want.name);
        let Some(bytes) = found else {
            return Err(match want.effective {
                Effective::Merged => fetch::missing(want, waited),
                _ => Error::integrity(format!("{label} has no receipt, so nobody signed for it"))
                    .because(format!("there is no object {at} in {}", production.address()))
                    .hint("git data fsck   says which versions have none"),
            });
        };
        let receipt = Receipt::parse(&bytes).map_err(|e| Error { message: format!("{label}: {}", e.message), ..e })?;
        let key = publication::target(want.name, want.dataset, want.entry)
            .map_err(|why| Error::user(format!("{label} cannot be pulled: {why}")))?;
        let kind = want.dataset.kind.word().to_owned();
        let size = want.entry.size.unwrap_or(receipt.identity.size);
        if receipt.identity != (Identity { dataset: want.name.to_owned(), version, kind, sha256, size, key }) {
            return Err(Error::integrity(format!("{label} has a receipt for something else at {at}"))
                .hint("receipts are never rewritten: tell whoever runs the publisher"));
        }
        Ok(receipt)
    }

    /// Whether anything has to be vouched for.
    pub(super) fn vouches(&self) -> bool {
        self.required || self.attests()
    }

    /// Whether the bytes have to be attested.
    pub(super) fn attests(&self) -> bool {
        self.attester.is_some()
    }

    /// Which workflow attested a file; `None` where nobody asked.
    pub(super) fn attested(&self, label: &str, file: &Path) -> Result<Option<String>> {
        let Some(attester) = &self.attester else { return Ok(None) };
        attestation::check(self.env, attester, label, file)?;
        Ok(Some(attester.name()))
    }

    /// Bytes whose digest was looked at just now: a damaged copy in the cache would look as if nobody had attested it.
    pub(super) fn sound(&self, want: &Want<'_>, bytes: Bytes, notes: &mut Vec<String>) -> Result<Bytes> {
        if bytes.whence != Whence::Cache {
            return Ok(bytes);
        }
        match self.env.cache()?.verify_and_get(&want.entry.sha256) {
            Err(error) if error.kind == Kind::Integrity => {
                notes.push(error.message);
                fetch::fetch(self.env, want)
            }
            other => other.map(|_| bytes),
        }
    }
}
