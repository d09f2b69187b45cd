//! `verify`: what this machine may do with each bucket, against what it should be able to do.

use std::path::Path;

use serde::Serialize;

use crate::command::env::Env;
use crate::error::{Error, Kind, Result};
use crate::flow::address::Address;
use crate::store::open;
use crate::store::rights::{Place, Right, Role, Trial, rights};

/// Check what this machine may do with the buckets, leaving nothing behind
///
/// A developer's machine reads both and writes staging. One that can write production is a fault.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Who this machine is
    #[arg(long, value_enum, default_value_t = Role::Developer, value_name = "ROLE")]
    pub role: Role,
}

/// What was found.
#[derive(Serialize)]
pub struct Verified {
    /// Who this machine was taken for.
    pub role: Role,
    /// A table each.
    pub buckets: Vec<Bucket>,
    /// What is wrong with the settings themselves.
    pub faults: Vec<String>,
    /// Whether everything is as it should be.
    pub ok: bool,
}

/// One bucket.
#[derive(Serialize)]
pub struct Bucket {
    /// `staging` or `production`.
    pub name: &'static str,
    /// Where it is.
    pub address: String,
    /// Where that setting came from.
    pub origin: Option<String>,
    /// Why no rights can protect it.
    pub unprotectable: Option<&'static str>,
    /// The table.
    pub rights: Vec<Right>,
    /// What to type where it is not as expected.
    pub hints: Vec<String>,
    /// Why nothing could be found out.
    pub error: Option<Failure>,
}

/// An error that belongs to one bucket.
#[derive(Serialize)]
pub struct Failure {
    /// What and why.
    pub message: String,
    /// What to type.
    pub hints: Vec<String>,
    #[serde(skip)]
    kind: Kind,
}

impl Verified {
    /// The exit code's kind: a wrong right is a user's matter, a bucket out of reach is the store's.
    #[must_use]
    pub fn failure(&self) -> Option<Kind> {
        if !self.faults.is_empty() || self.buckets.iter().any(|b| b.rights.iter().any(|r| !r.ok)) {
            return Some(Kind::User);
        }
        self.buckets.iter().find_map(|b| b.error.as_ref()).map(|e| e.kind)
    }
}

/// Looks at both buckets.
pub fn run(env: &Env<'_>, args: &Args) -> Result<Verified> {
    // A missing setting is said before anything is tried.
    let (staging, production) = (env.settings.bucket("data.staging")?, env.settings.bucket("data.production")?);
    let faults: Vec<String> = apart(&env.root, &staging, &production).into_iter().collect();
    let buckets = vec![bucket(env, args.role, Place::Staging)?, bucket(env, args.role, Place::Production)?];
    let ok = faults.is_empty() && buckets.iter().all(|b| b.error.is_none() && b.rights.iter().all(|r| r.ok));
    Ok(Verified { role: args.role, buckets, faults, ok })
}

/// Two buckets that hold each other cannot have different rights.
fn apart(root: &Path, staging: &Address, production: &Address) -> Option<String> {
    let within = |outer: &str, inner: &str| inner.starts_with(outer);
    let shared = match (staging, production) {
        (Address::S3 { bucket: a, prefix: p }, Address::S3 { bucket: b, prefix: q }) => {
            a == b && (within(p, q) || within(q, p))
        }
        (Address::Directory { path: p }, Address::Directory { path: q }) => {
            let [p, q] = [p, q].map(|path| root.join(path));
            p.starts_with(&q) || q.starts_with(&p)
        }
        _ => false,
    };
    shared.then(|| {
        format!("staging {staging} and production {production} are not apart: who writes one writes the other")
    })
}

fn bucket(env: &Env<'_>, role: Role, place: Place) -> Result<Bucket> {
    let (name, setting) = match place {
        Place::Staging => ("staging", "data.staging"),
        Place::Production => ("production", "data.production"),
    };
    let address = env.settings.bucket(setting)?;
    let origin = env.settings.origin(setting).map(|o| o.to_string());
    let mut bucket = Bucket {
        name,
        address: address.to_string(),
        origin,
        unprotectable: None,
        rights: Vec::new(),
        hints: Vec::new(),
        error: None,
    };
    let access = env.access(place == Place::Production)?;
    let found = open::open_attempt(&address, &access, &env.root).and_then(|attempt| {
        bucket.unprotectable = attempt.unprotectable();
        let id = env.fresh_id();
        if place == Place::Production {
            // Only what leaves no trace: a laptop must not be able to write here, so it does not try to.
            return rights(role, place, attempt.as_ref(), &Trial::Not, &id);
        }
        let staging = open::open_staging(&address, &access, &env.root)?;
        rights(role, place, attempt.as_ref(), &Trial::Here(staging.as_ref()), &id)
    });
    match found {
        Ok(rows) => {
            if rows.iter().any(|row| row.right == "exists" && row.found == "no") {
                bucket.hints = missing(&address, setting);
            }
            bucket.rights = rows;
        }
        Err(error) => bucket.error = Some(failure(error)),
    }
    Ok(bucket)
}

/// A bucket that is not there.
fn missing(address: &Address, setting: &str) -> Vec<String> {
    match address {
        Address::Directory { .. } => vec!["git data init   makes the directory".to_owned()],
        Address::S3 { .. } => vec![format!("git config {setting} s3://BUCKET/PREFIX   if that is not its name")],
    }
}

fn failure(error: Error) -> Failure {
    let causes = error.causes();
    let message = if causes.is_empty() { error.message } else { format!("{}: {}", error.message, causes.join(": ")) };
    Failure { message, hints: error.hints, kind: error.kind }
}
