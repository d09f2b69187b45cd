//! The manifest as values: datasets, versions and their states.

use std::collections::BTreeMap;

use super::json::Json;
use crate::flow::hash::Digest;
use crate::flow::version::Version;

/// The only format there is so far.
pub const FORMAT: u64 = 1;

/// `manifest.json`: every dataset and version, the only source of truth.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Manifest {
    /// By name.
    pub datasets: BTreeMap<String, Dataset>,
    /// Members this version of the program does not know, by name.
    pub extra: Vec<(String, Json)>,
}

/// What a dataset's versions are made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// One file.
    #[default]
    File,
    /// A directory.
    Tree,
    /// A later program's word, kept.
    Unknown(String),
}

/// A name in the manifest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dataset {
    /// File or tree.
    pub kind: Kind,
    /// Where it lives in the working tree; `None` means at its name.
    pub path: Option<String>,
    /// For people.
    pub description: Option<String>,
    /// Key columns of each table, for the diff.
    pub keys: Option<Json>,
    /// Gates of the diff.
    pub checks: Option<Json>,
    /// Columns whose values never reach git.
    pub redact: Option<Json>,
    /// `rows` or `counts`.
    pub preview: Option<String>,
    /// The dataset's new name.
    pub renamed: Option<String>,
    /// Newest first; an entry never disappears.
    pub versions: Vec<Entry>,
    /// Unknown members, by name.
    pub extra: Vec<(String, Json)>,
}

/// The state that an entry spells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// Proposed, or merged and not yet known to be published.
    #[default]
    Pending,
    /// Its bytes are in production.
    Published,
    /// Given up before it was published.
    Withdrawn,
    /// To be deleted once the grace period is over.
    Retired,
    /// Marked on the default branch; its bytes are about to go.
    Purging,
    /// Its bytes are gone.
    Purged,
    /// A later program's word, kept.
    Unknown(String),
}

/// One version of a dataset.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// With `sha256`, the identity of the entry.
    pub version: Version,
    /// As spelled; receipts decide the effective state.
    pub state: State,
    /// What people review.
    pub sha256: Digest,
    /// Bytes; `None` (`null`) only after an offline migration.
    pub size: Option<u64>,
    /// Number of files of a tree.
    pub files: Option<u64>,
    /// RFC 3339, UTC, seconds.
    pub created: String,
    /// Why.
    pub message: String,
    /// The version it was made from; `None` for a first one.
    pub base: Option<Version>,
    /// "I know that this one came in between."
    pub supersedes: Option<Version>,
    /// The object that the staged delta is made against.
    pub delta: Option<Digest>,
    /// The oldest entry that owns the object.
    pub rollback: Option<Version>,
    /// `OLD@vN`: the bytes are copied inside production.
    pub from: Option<String>,
    /// Where an import came from.
    pub source: Option<Json>,
    /// The review page that travels with the version.
    pub diff: Option<String>,
    /// First commit of the default branch that contains the entry.
    pub commit: Option<String>,
    /// When it became visible.
    pub published: Option<String>,
    /// Grace runs from here.
    pub retired: Option<String>,
    /// When it was marked.
    pub purging: Option<String>,
    /// When its bytes went.
    pub purged: Option<String>,
    /// A migrated object's own key.
    pub key: Option<String>,
    /// A migrated entry's own staging key.
    pub staging_key: Option<String>,
    /// What the predecessor called its commit.
    pub legacy_commit: Option<String>,
    /// Unknown members, by name.
    pub extra: Vec<(String, Json)>,
}

impl Entry {
    /// The members, in the order of the format page.
    #[rustfmt::skip]
    pub const MEMBERS: [&str; 22] = [
        "version", "state", "sha256", "size", "files", "created", "message", "base", "supersedes", "delta", "rollback",
        "from", "source", "diff", "commit", "published", "retired", "purging", "purged", "key", "stagingKey", "legacyCommit",
    ];

    /// A new pending entry; everything optional is absent.
    #[must_use]
    pub fn pending(version: Version, sha256: Digest, size: u64, created: String, message: String) -> Self {
        Entry {
            version,
            state: State::Pending,
            sha256,
            size: Some(size),
            files: None,
            created,
            message,
            base: None,
            supersedes: None,
            delta: None,
            rollback: None,
            from: None,
            source: None,
            diff: None,
            commit: None,
            published: None,
            retired: None,
            purging: None,
            purged: None,
            key: None,
            staging_key: None,
            legacy_commit: None,
            extra: Vec::new(),
        }
    }

    /// The identity: (version, sha256).
    #[must_use]
    pub fn id(&self) -> (Version, Digest) {
        (self.version, self.sha256)
    }
}

impl Kind {
    /// Reads the manifest's word; one of a later program is kept.
    #[must_use]
    pub fn of(word: &str) -> Self {
        match word {
            "file" => Kind::File,
            "tree" => Kind::Tree,
            _ => Kind::Unknown(word.to_owned()),
        }
    }

    /// As the manifest spells it.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Kind::File => "file",
            Kind::Tree => "tree",
            Kind::Unknown(word) => word,
        }
    }
}

impl State {
    /// Reads the manifest's word; one of a later program is kept.
    #[must_use]
    pub fn of(word: &str) -> Self {
        match word {
            "pending" => State::Pending,
            "published" => State::Published,
            "withdrawn" => State::Withdrawn,
            "retired" => State::Retired,
            "purging" => State::Purging,
            "purged" => State::Purged,
            _ => State::Unknown(word.to_owned()),
        }
    }

    /// As the manifest spells it.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            State::Pending => "pending",
            State::Published => "published",
            State::Withdrawn => "withdrawn",
            State::Retired => "retired",
            State::Purging => "purging",
            State::Purged => "purged",
            State::Unknown(word) => word,
        }
    }
}

impl Manifest {
    /// The entry of that dataset and version, if there is one.
    #[must_use]
    pub fn entry(&self, dataset: &str, version: Version) -> Option<&Entry> {
        self.datasets.get(dataset)?.entry(version)
    }

    /// Every entry with its dataset's name.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.datasets.iter().flat_map(|(name, d)| d.versions.iter().map(move |e| (name.as_str(), e)))
    }
}

impl Dataset {
    /// The members, in the order of the format page.
    pub const MEMBERS: [&str; 9] =
        ["kind", "path", "description", "keys", "checks", "redact", "preview", "renamed", "versions"];

    /// The entry of that version, if there is one.
    #[must_use]
    pub fn entry(&self, version: Version) -> Option<&Entry> {
        self.versions.iter().find(|e| e.version == version)
    }

    /// Whether every entry is withdrawn or purged, so that others may take its name and path.
    #[must_use]
    pub fn is_free(&self) -> bool {
        self.versions.iter().all(|e| matches!(e.state, State::Withdrawn | State::Purged))
    }

    /// Where it lives in the working tree, from the repository's root.
    #[must_use]
    pub fn location<'a>(&'a self, name: &'a str) -> &'a str {
        self.path.as_deref().unwrap_or(name)
    }
}
