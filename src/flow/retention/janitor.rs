//! What may leave staging: what no counted name needs and is old, by the store's own clock. Never by age alone.

use crate::flow::key::{self, Key};
use crate::flow::reference::{Pin, References, staged_digest};

/// How long a staged object stays that nothing needs.
pub const OBJECTS: i64 = 30 * 86_400;
/// How long unfinished uploads, quarantine and probes stay.
pub const LEFTOVERS: i64 = 7 * 86_400;

/// A line of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Where.
    pub key: Key,
    /// Bytes.
    pub size: u64,
    /// Seconds since 1970 by the store's own clock.
    pub modified: i64,
}

/// What is to become of a staged object.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Decision {
    /// Where.
    pub key: Key,
    /// Bytes.
    pub size: u64,
    /// What.
    pub verdict: Verdict,
    /// What needs it.
    pub pins: Vec<Pin>,
}

/// What is to become of it, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Needed by nothing, and old.
    Delete,
    /// A counted name needs it.
    Needed,
    /// Needed by nothing yet known: somebody may be about to propose it.
    Young,
    /// Not a key of ours: reported, never deleted.
    Unknown,
}

/// Decides about each object of staging. `now` is by the store's clock.
#[must_use]
pub fn janitor(listing: &[Listed], references: &References, now: i64) -> Vec<Decision> {
    listing.iter().map(|listed| decide(listed, references, now)).collect()
}

fn decide(listed: &Listed, references: &References, now: i64) -> Decision {
    let pins = references.staging(&listed.key);
    let age = now.saturating_sub(listed.modified);
    let probe = listed.key.as_str().starts_with(&format!("{}probe/", key::OWN));
    let verdict = match (staged_digest(&listed.key).is_some(), probe) {
        _ if !pins.is_empty() => Verdict::Needed,
        (false, false) => Verdict::Unknown,
        (true, _) if age > OBJECTS => Verdict::Delete,
        (false, true) if age > LEFTOVERS => Verdict::Delete,
        _ => Verdict::Young,
    };
    Decision { key: listed.key.clone(), size: listed.size, verdict, pins }
}

/// Whether an unfinished upload is given up. One whose age the store does not tell stays.
#[must_use]
pub fn is_stale(started: i64, now: i64) -> bool {
    started > 0 && now.saturating_sub(started) > LEFTOVERS
}

/// Whether that object of production is quarantine or a probe that somebody left behind.
#[must_use]
pub fn is_leftover(listed: &Listed, now: i64) -> bool {
    let ours = ["incoming/", "probe/"].iter().any(|dir| {
        let name = listed.key.as_str().strip_prefix(key::OWN).and_then(|rest| rest.strip_prefix(dir));
        name.is_some_and(|name| !name.is_empty())
    });
    ours && now.saturating_sub(listed.modified) > LEFTOVERS
}
