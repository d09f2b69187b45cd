//! Which paths of a tree differ from the version that was put there.

use serde::Serialize;

use crate::command::env::Env;
use crate::disk::tree::kept::Kept;
use crate::error::Result;
use crate::flow::hash::Digest;
use crate::flow::manifest::types::Dataset;
use crate::flow::tree::diff::diff;
use crate::flow::tree::{Item, Listing};

/// Paths, each list in the order of their bytes.
#[derive(Serialize, Clone, Debug, Default, PartialEq, Eq)]
pub struct Differing {
    /// There now.
    pub added: Vec<String>,
    /// There in the version.
    pub removed: Vec<String>,
    /// With another content or mode.
    pub changed: Vec<String>,
    /// Under another name.
    pub renamed: Vec<Renamed>,
}

/// A content that moved.
#[derive(Serialize, Clone, Debug, PartialEq, Eq)]
pub struct Renamed {
    /// The name in the version.
    pub from: String,
    /// The name now.
    pub to: String,
}

/// What lies at the dataset's place, and its digest.
pub(in crate::command) fn listing(env: &Env<'_>, name: &str, dataset: &Dataset) -> Result<Listing> {
    super::proposed(env, name, dataset, &env.root.join(dataset.location(name)))
}

/// Compares with a version, if its listing is kept here.
pub(in crate::command) fn from(env: &Env<'_>, name: &str, here: &Listing, version: &Digest) -> Option<Differing> {
    let base = Kept::new(&env.data, name).listing(version)?;
    let changes = diff(&base, here);
    let paths = |items: &[&Item]| items.iter().map(|item| item.path.to_string()).collect();
    Some(Differing {
        added: paths(&changes.added),
        removed: paths(&changes.removed),
        changed: changes.changed.iter().map(|(_, new)| new.path.to_string()).collect(),
        renamed: changes
            .renamed
            .iter()
            .map(|(old, new)| Renamed { from: old.path.to_string(), to: new.path.to_string() })
            .collect(),
    })
}
