//! Why nothing may be deleted: absence is never proof.

use std::fmt;

use super::{keep, short};
use crate::error::Error;
use crate::flow::hash::Digest;
use crate::flow::version::Version;

/// Something that could not be counted. One of them stops every deletion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A counted name, or its commit or manifest, cannot be read.
    Unreadable {
        /// The name.
        reference: String,
        /// In words.
        why: String,
    },
    /// A counted name speaks of something that this program does not know.
    Unknown {
        /// The name.
        reference: String,
        /// What and where.
        what: String,
    },
    /// The default branch's manifest breaks a rule that is no fault of one dataset.
    Faulty {
        /// The name.
        reference: String,
        /// What and where.
        what: String,
    },
    /// History was cut off in this clone.
    Shallow,
    /// A bucket could not be listed to its end.
    Listing {
        /// `production` or `staging`.
        bucket: String,
        /// In words.
        why: String,
    },
    /// The default branch has not one entry.
    NoEntry {
        /// The default branch.
        reference: String,
    },
    /// Production proves a publication that the default branch does not know: history was rewritten.
    Receipt {
        /// Its dataset.
        dataset: String,
        /// Its version.
        version: Version,
        /// Its content.
        sha256: Digest,
    },
    /// A counted tree whose listing was not read.
    Tree {
        /// The name.
        reference: String,
        /// The dataset.
        dataset: String,
        /// Its version.
        version: Version,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Unreadable { reference, why } => write!(f, "{} cannot be read: {why}", short(reference)),
            Refusal::Unknown { reference, what } => {
                write!(f, "{} holds what this version does not know: {what}", short(reference))
            }
            Refusal::Faulty { reference, what } => write!(f, "{} is faulty: {what}", short(reference)),
            Refusal::Shallow => f.write_str("this clone is shallow: what is not here proves nothing"),
            Refusal::Listing { bucket, why } => write!(f, "{bucket} could not be listed: {why}"),
            Refusal::NoEntry { reference } => {
                write!(f, "{} has not one version: an empty manifest is no proof", short(reference))
            }
            Refusal::Receipt { dataset, version, sha256 } => {
                write!(f, "{dataset} {version} ({}) has a receipt but no entry", sha256.short16())
            }
            Refusal::Tree { reference, dataset, version } => {
                write!(f, "the listing of the tree {dataset} {version} at {} could not be read", short(reference))
            }
        }
    }
}

impl Refusal {
    /// What to type next.
    #[must_use]
    pub fn hint(&self) -> String {
        let head = |reference: &str| {
            let name = reference.strip_prefix("refs/heads/").unwrap_or(reference);
            format!("git log -p -1 {reference} -- manifest.json shows it; repair {name} or delete it")
        };
        match self {
            Refusal::Unreadable { reference, .. } | Refusal::Faulty { reference, .. } => head(reference),
            Refusal::Unknown { reference, .. } => {
                let newer = "a newer git data is needed: cargo install git-data";
                match keep::pull_number(reference) {
                    Some(number) => format!("{newer}; or close pull request {number}, which counts 30 days more"),
                    None => newer.to_owned(),
                }
            }
            Refusal::Shallow => "git fetch --unshallow".to_owned(),
            Refusal::Listing { .. } => "git data verify says what this machine may do with the buckets".to_owned(),
            Refusal::NoEntry { .. } => "git log -p -- manifest.json shows who emptied it".to_owned(),
            Refusal::Receipt { dataset, version, .. } => {
                format!("bring the entry of {dataset} {version} back to manifest.json by a pull request")
            }
            Refusal::Tree { dataset, version, .. } => {
                format!(
                    "git data prepare {dataset} sends it again while {version} is not published; else git-data-publish fsck"
                )
            }
        }
    }
}

/// All of them as one error of kind conflict: what was not done, and the first is the message, the others its causes.
#[must_use]
pub fn error(undone: &str, refusals: &[Refusal]) -> Error {
    let mut words = refusals.iter().map(ToString::to_string);
    let first = words.next().unwrap_or_else(|| "nothing was counted".to_owned());
    let rest: Vec<String> = words.take(20).collect();
    let mut error = Error::conflict(format!("{undone}: {first}"));
    if !rest.is_empty() {
        let more = refusals.len() - 1 - rest.len();
        let tail = if more > 0 { format!("; and {more} more") } else { String::new() };
        error = error.because(rest.join("; ") + &tail);
    }
    let mut hints: Vec<String> = Vec::new();
    for hint in refusals.iter().map(Refusal::hint) {
        if !hints.contains(&hint) && hints.len() < 10 {
            hints.push(hint);
        }
    }
    hints.into_iter().fold(error, Error::hint)
}
