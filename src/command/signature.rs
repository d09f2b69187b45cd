//! Signatures of receipts: who may sign is a file of the default branch, who did is said by `ssh-keygen`, as for commits of git.

use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::command::env::Env;
use crate::disk::{file, scratch};
use crate::error::{Error, Result};
use crate::flow::key::{self, Key};
use crate::flow::receipt::{Identity, Receipt};
use crate::flow::settings::Origin;
use crate::flow::signature::{self, LONGEST, NAMESPACE, SIGNERS, Signer};
use crate::git::Id;
use crate::process::{Ran, Run};
use crate::store::{Read, transfer};

/// Whether receipts have to be signed: it was asked for, or it is set.
pub(super) fn required(env: &Env<'_>, asked: bool) -> Result<bool> {
    Ok(asked || env.settings.flag("data.verifysignature")?.unwrap_or(false))
}

/// `ssh-keygen`, which makes and checks signatures.
pub(super) fn ssh_keygen() -> Run {
    // Times in the file of signers are then the same on every machine.
    Run::new("ssh-keygen").env("TZ", "UTC").install_hint(
        "install OpenSSH 8.9 or newer (openssh-client): its ssh-keygen makes and checks signatures of receipts",
    )
}

/// Checks signatures against the signers that one commit allows.
pub(super) struct Checker {
    /// For what `ssh-keygen` has to find in a file.
    scratch: PathBuf,
    allowed: NamedTempFile,
    /// The file of signers as it is set, and where it was found.
    name: String,
    whence: String,
}

impl Checker {
    /// By the file of signers of that commit, else of the default branch as last fetched: what a proposal says of signers does
    /// not count before it is merged.
    pub(super) fn open(env: &Env<'_>, tip: Option<Id>) -> Result<Self> {
        let name = env.settings.get("data.allowedsigners").unwrap_or(SIGNERS).to_owned();
        let (text, whence) = allowed(env, &name, tip)?;
        let scratch = env.tmp();
        let allowed = scratch::private(&scratch, "signers", &text)?;
        Ok(Checker { scratch, allowed, name, whence })
    }

    /// Where the allowed signers are written down, for messages.
    pub(super) fn whence(&self) -> &str {
        &self.whence
    }

    /// Who signed a receipt; none or a wrong signature is an error of integrity.
    pub(super) fn signer(&self, production: &dyn Read, receipt: &Receipt) -> Result<Signer> {
        let found = self.signer_if_any(production, &receipt.identity, &receipt.time)?;
        found.ok_or_else(|| missing(production, &receipt.identity))
    }

    /// Who signed at that time; `None` if there is no signature.
    pub(super) fn signer_if_any(&self, production: &dyn Read, id: &Identity, time: &str) -> Result<Option<Signer>> {
        let key = key::signature(&id.dataset, id.version, &id.sha256);
        let read = transfer::bytes(production, &key, LONGEST);
        let Some(bytes) = read.map_err(|error| too_long(production, id, &key, error))? else { return Ok(None) };
        self.verify(&label(id), &signature::signed_bytes(id), time, &bytes).map(Some)
    }

    /// Who signed these bytes at that time.
    pub(super) fn verify(&self, label: &str, bytes: &[u8], time: &str, signature: &[u8]) -> Result<Signer> {
        let at = signature::verify_time(time)
            .ok_or_else(|| Error::integrity(format!("{label}: the time of its receipt is {time:?}, which is none")))?;
        let at = format!("-Overify-time={at}");
        let given = scratch::private(&self.scratch, "signature", signature)?;
        let run = |action: &str| ssh_keygen().arg("-Y").arg(action).arg("-s").arg(given.path());
        let found = run("find-principals").arg("-f").arg(self.allowed.path()).arg(&at).output()?;
        refuse_old(&found)?;
        let names = if found.ok() { signature::principals(&found.text()) } else { Vec::new() };
        let mut why = found;
        for name in names {
            let verify = run("verify").arg("-f").arg(self.allowed.path()).arg("-I").arg(&name).arg("-n").arg(NAMESPACE);
            let ran = verify.arg(&at).stdin(bytes).output()?;
            if let Some(signing_key) = signature::key_of(&ran.text()).filter(|_| ran.ok()) {
                return Ok(Signer { signed_by: name, signing_key });
            }
            why = ran;
        }
        let real = run("check-novalidate").arg("-n").arg(NAMESPACE).stdin(bytes).output()?;
        let Some(key) = signature::key_of(&real.text()).filter(|_| real.ok()) else {
            return Err(Error::integrity(format!(
                "{label}: the signature beside its receipt is not one of that receipt"
            ))
            .because(first_line(&real))
            .hint("signatures are never rewritten: find out who wrote it before anything else"));
        };
        Err(Error::integrity(format!("{label} is signed by the key {key}, which was not allowed to at {time}"))
            .because(format!("{} ({})", first_line(&why), self.whence))
            .hint("git fetch   brings what was merged since about who may sign")
            .hint(format!("git log -p -- {}   shows who could sign when", self.name)))
    }
}

/// The text of the file of signers, and where it was found.
fn allowed(env: &Env<'_>, name: &str, tip: Option<Id>) -> Result<(Vec<u8>, String)> {
    let own = matches!(env.settings.origin("data.allowedsigners"), Some(Origin::Git | Origin::Environment));
    if let Some(path) = outside(env, name) {
        // A committed setting must not point a reader to a file of his machine.
        if !own {
            return Err(Error::user(format!(
                ".gitdata names {name} as the file of allowed signers, outside the repository"
            ))
            .hint(format!("git config -f .gitdata data.allowedSigners {SIGNERS}")));
        }
        let text = file::read(&path)?;
        let text = text.ok_or_else(|| nobody(name).because(format!("there is no file {}", path.display())))?;
        return Ok((text, name.to_owned()));
    }
    let tip = match tip {
        Some(tip) => Some(tip),
        None => match env.default_tip()? {
            Some(tip) => env.repo.resolve(&tip)?,
            None => env.repo.head_commit()?,
        },
    };
    let tip = tip.ok_or_else(|| nobody(name).because("there is no commit yet"))?;
    let short: String = tip.to_string().chars().take(10).collect();
    let text = env.repo.show_at(tip, name)?;
    let text =
        text.ok_or_else(|| nobody(name).because(format!("commit {short} of the default branch has no {name}")))?;
    Ok((text, format!("{name} of commit {short}")))
}

/// The path of a file that is not in the repository.
fn outside(env: &Env<'_>, name: &str) -> Option<PathBuf> {
    match name.strip_prefix("~/") {
        Some(rest) => Some(Path::new(env.around.variable("HOME").unwrap_or_default()).join(rest)),
        None => Path::new(name).is_absolute().then(|| PathBuf::from(name)),
    }
}

fn nobody(name: &str) -> Error {
    Error::user("signatures cannot be checked: nobody is named who may sign")
        .hint(format!("echo 'publisher@example.org namespaces=\"{NAMESPACE}\" ssh-ed25519 AAAA…' >>{name}"))
        .hint(format!(
            "git add {name} && git commit   and have it merged: what counts is the default branch, as last fetched"
        ))
}

/// Nobody signed: what to say of it.
pub(super) fn missing(production: &dyn Read, id: &Identity) -> Error {
    let key = key::signature(&id.dataset, id.version, &id.sha256);
    Error::integrity(format!("{} is not signed", label(id)))
        .because(format!("there is no signature {key} in {}", production.address()))
        .hint("git-data-publish fsck --verify-signature --repair   where the signing key is, signs what is proven and unsigned")
}

/// What is longer than any signature is a wrong one, and not a bucket that failed.
fn too_long(production: &dyn Read, id: &Identity, key: &Key, error: Error) -> Error {
    match production.head(key) {
        Ok(Some(head)) if head.size > LONGEST => {
            Error::integrity(format!("{}: what lies beside its receipt is no signature", label(id)))
                .because(format!("{key} has {} bytes", head.size))
                .hint("signatures are never rewritten: find out who wrote it before anything else")
        }
        _ => error,
    }
}

fn label(id: &Identity) -> String {
    format!("{} {}", id.dataset, id.version)
}

fn first_line(ran: &Ran) -> String {
    let words = ran.words();
    let line = words.lines().map(str::trim).find(|line| !line.is_empty());
    line.map_or_else(|| format!("ssh-keygen ended with {}", ran.code), |line| format!("ssh-keygen: {line}"))
}

/// Before 8.9 `ssh-keygen` cannot look at a signature as of the time it was made.
fn refuse_old(ran: &Ran) -> Result<()> {
    let words = ran.words();
    let old = ["unknown option", "illegal option", "nvalid option", "nsupported"].iter().any(|w| words.contains(w));
    if ran.ok() || !old {
        return Ok(());
    }
    Err(Error::user("this ssh-keygen is too old to check signatures of receipts")
        .because(first_line(ran))
        .hint("ssh -V   OpenSSH 8.9 or newer is needed"))
}
