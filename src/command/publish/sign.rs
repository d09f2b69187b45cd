//! Signs receipts, before they are written: so no receipt of a publisher that signs is ever without its signature.

use std::path::PathBuf;

use tempfile::NamedTempFile;

use crate::command::env::Env;
use crate::command::signature::{self as checking, Checker, ssh_keygen};
use crate::disk::{file, scratch};
use crate::error::{Error, Result};
use crate::flow::hash::Digest;
use crate::flow::key;
use crate::flow::receipt::Identity;
use crate::flow::settings::SIGNING_KEY;
use crate::flow::signature::{self, NAMESPACE, Signer, SigningKey};
use crate::git::Id;
use crate::store::{Body, Outcome, Source, When, Write};

/// What is signed to see, before anything is copied, that signing works. It is no receipt, and it is kept nowhere.
const TRIAL: &[u8] = b"git data: may this key sign receipts?\n";

/// The key of the publisher, and who may sign by the default branch.
pub(in crate::command) struct Signing {
    key: SigningKey,
    /// Where a key that has to be in a file is put. The runner empties its own folder after each job, whatever happened to us.
    scratch: PathBuf,
    checker: Checker,
}

impl Signing {
    /// `None` where nothing is to be signed. A key that is not allowed to sign, or does not work, is an error now and not later.
    pub(in crate::command) fn open(env: &Env<'_>, tip: Id) -> Result<Option<Self>> {
        let Some(key) = key_of(env)? else {
            if !checking::required(env, false)? {
                return Ok(None);
            }
            return Err(Error::user("receipts have to be signed here, and there is no key to sign with")
                .because("data.verifySignature is set")
                .hint("git config publish.sign ~/.ssh/id_ed25519")
                .hint(format!(
                    "in a workflow: the private key in the secret {SIGNING_KEY} of the environment data-production"
                )));
        };
        let scratch = env.around.variable("RUNNER_TEMP").map_or_else(|| env.tmp(), PathBuf::from);
        let signing = Signing { key, scratch, checker: Checker::open(env, Some(tip))? };
        let signature = signing.make(TRIAL)?;
        signing.checker.verify("a trial", TRIAL, &env.stamp(), &signature).map_err(|error| {
            let why = error.causes().join("; ");
            Error::user(format!("the signing key may not sign: {} does not allow it", signing.checker.whence()))
                .because(if why.is_empty() { error.message } else { why })
                .hint("add a line with its public half there, in a pull request; nothing was published")
        })?;
        Ok(Some(signing))
    }

    /// Signs one publication, once. A signature that is there has to be right: an earlier run may have been ended after it.
    pub(in crate::command) fn sign(&self, production: &dyn Write, id: &Identity, time: &str) -> Result<Signer> {
        if let Some(signer) = self.signed(production, id, time)? {
            return Ok(signer);
        }
        let message = signature::signed_bytes(id);
        let bytes = self.make(&message)?;
        let label = format!("{} {}", id.dataset, id.version);
        let signer = self.checker.verify(&label, &message, time, &bytes)?;
        let body = Body { sha256: Digest::of(&bytes), size: bytes.len() as u64, source: Source::Bytes(&bytes) };
        match production.put(&key::signature(&id.dataset, id.version, &id.sha256), body, When::Absent)? {
            Outcome::Stored(_) => Ok(signer),
            // Somebody was quicker: what lies there now has to be right as well.
            Outcome::Refused => self.signed(production, id, time)?.ok_or_else(|| {
                Error::store(format!("{label}: the store refused its signature and has none"))
                    .hint("git-data-publish run   tries again")
            }),
        }
    }

    /// Who signed it before; `None` if nobody did.
    pub(in crate::command) fn signed(
        &self,
        production: &dyn Write,
        id: &Identity,
        time: &str,
    ) -> Result<Option<Signer>> {
        self.checker.signer_if_any(production, id, time)
    }

    fn make(&self, message: &[u8]) -> Result<Vec<u8>> {
        let run = ssh_keygen().args(["-Y", "sign", "-n", NAMESPACE, "-f"]);
        // What the key needs on disk is there only as long as it is needed.
        let (run, _kept): (_, Option<NamedTempFile>) = match &self.key {
            SigningKey::File(path) => (run.arg(path), None),
            SigningKey::Agent(public) => {
                let kept = scratch::private(&self.scratch, "signing-key", format!("{public}\n").as_bytes())?;
                (run.arg(kept.path()).arg("-U"), Some(kept))
            }
            SigningKey::Text(private) => {
                let kept = scratch::private(&self.scratch, "signing-key", private)?;
                (run.arg(kept.path()), Some(kept))
            }
        };
        let ran = run.stdin(message).output()?;
        if ran.ok() && ran.stdout.starts_with(b"-----BEGIN SSH SIGNATURE-----") {
            return Ok(ran.stdout);
        }
        // Its words may quote the place of the key; of the key itself they never hold anything.
        let words = ran.words();
        let why = match &self.key {
            // They would name a file that nobody knows and that is gone.
            SigningKey::Text(_) => format!("what {SIGNING_KEY} holds is not a private key that it can use"),
            _ => words.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or("it said nothing").to_owned(),
        };
        Err(Error::user("ssh-keygen could not sign with the key of the publisher").because(why).hint(match self.key {
            SigningKey::Agent(_) => "ssh-add -L   lists the keys that the agent has".to_owned(),
            SigningKey::File(_) => {
                "a key with a passphrase has to be in an agent: ssh-add, and publish.sign = key::…".to_owned()
            }
            SigningKey::Text(_) => format!("{SIGNING_KEY} has to be a whole private key without a passphrase"),
        }))
    }
}

/// The key by the environment, else by `publish.sign`, which `.gitdata` cannot set.
fn key_of(env: &Env<'_>) -> Result<Option<SigningKey>> {
    match (env.around.variable(SIGNING_KEY), env.settings.get("publish.sign")) {
        (Some(_), Some(_)) => {
            Err(Error::user(format!("two keys to sign with: {SIGNING_KEY} and publish.sign are both set"))
                .hint("git config --unset publish.sign"))
        }
        (Some(text), None) => Ok(Some(SigningKey::text(text))),
        (None, Some(set)) => match SigningKey::set(set) {
            SigningKey::File(path) => found(env, &path).map(Some),
            key => Ok(Some(key)),
        },
        (None, None) => Ok(None),
    }
}

/// The file of a key, from where the program was started.
fn found(env: &Env<'_>, path: &str) -> Result<SigningKey> {
    let whole = match path.strip_prefix("~/") {
        Some(rest) => PathBuf::from(env.around.variable("HOME").unwrap_or_default()).join(rest),
        None => env.given(path.as_ref()),
    };
    if file::exists(&whole)? {
        return Ok(SigningKey::File(whole.display().to_string()));
    }
    Err(Error::user(format!("publish.sign names {path}, and there is no such file"))
        .hint("git config publish.sign ~/.ssh/id_ed25519"))
}
