//! Uploads that were begun and are not over: a file each, for whoever goes on with them. Only hints: the store has the truth.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{atomic, effect, file};
use crate::error::Result;
use crate::flow::hash::Digest;

const FORMAT: u32 = 1;
/// 8,192 parts with their names take less.
const LONGEST: u64 = 4 << 20;

/// An upload that was begun.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begun {
    /// Of this file; written by [`Journal::set`].
    pub format: u32,
    /// The dataset's name.
    pub dataset: String,
    /// The file that is sent.
    pub path: PathBuf,
    /// When that file was last written, in nanoseconds since 1970.
    pub modified: i64,
    /// The digest of its content.
    pub sha256: String,
    /// Bytes.
    pub size: u64,
    /// Where it goes: the bucket.
    pub bucket: String,
    /// And the key.
    pub key: String,
    /// The store's name for the upload; empty before it has one.
    pub upload: String,
    /// The parts that arrived: their numbers, and the store's names for their content.
    pub parts: BTreeMap<u32, String>,
}

/// The journal of a repository.
#[derive(Clone, Debug)]
pub struct Journal {
    dir: PathBuf,
}

impl Journal {
    /// The journal in `<data>/journal`.
    #[must_use]
    pub fn new(data: &Path) -> Self {
        Journal { dir: data.join("journal") }
    }

    /// What was begun, by dataset. A file that cannot be read is none: then the upload begins anew.
    #[must_use]
    pub fn all(&self) -> Vec<Begun> {
        let entries = std::fs::read_dir(&self.dir).into_iter().flatten().flatten();
        let mut all: Vec<Begun> = entries.filter_map(|entry| read(&entry.path())).collect();
        all.sort_by(|a, b| (&a.dataset, &a.sha256).cmp(&(&b.dataset, &b.sha256)));
        all
    }

    /// What was begun for that content.
    #[must_use]
    pub fn get(&self, sha256: &Digest) -> Option<Begun> {
        read(&self.file(&sha256.hex()))
    }

    /// Notes it.
    pub fn set(&self, begun: &Begun) -> Result<()> {
        file::create_folder(&self.dir)?;
        let begun = Begun { format: FORMAT, ..begun.clone() };
        let text = serde_json::to_string(&begun).expect("it holds only what JSON can hold") + "\n";
        atomic::write_private(&self.file(&begun.sha256), text.as_bytes())
    }

    /// It is over.
    pub fn forget(&self, begun: &Begun) {
        // What stays is a hint to something that is not there any more.
        let _ = effect::remove_file(&self.file(&begun.sha256));
    }

    fn file(&self, sha256: &str) -> PathBuf {
        self.dir.join(format!("{sha256}.json"))
    }
}

fn read(path: &Path) -> Option<Begun> {
    if std::fs::metadata(path).ok()?.len() > LONGEST {
        return None;
    }
    let begun: Begun = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
    let named = path.file_stem()?.to_str()? == begun.sha256;
    (begun.format == FORMAT && named && Digest::from_hex(&begun.sha256).is_some()).then_some(begun)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begun() -> Begun {
        Begun {
            format: FORMAT,
            dataset: "energy.sqlite".into(),
            path: "/data/energy.sqlite".into(),
            modified: 1_764_000_000_000_000_000,
            sha256: Digest::of(b"x").hex(),
            size: 20 << 20,
            bucket: "s3://staging".into(),
            key: Digest::of(b"x").hex(),
            upload: "u-1".into(),
            parts: BTreeMap::from([(1, "\"a\"".into()), (3, "\"c\"".into())]),
        }
    }

    #[test]
    fn what_was_begun_is_found_until_it_is_over() {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::new(dir.path());
        assert!(journal.all().is_empty());
        journal.set(&begun()).unwrap();
        assert_eq!(journal.all(), [begun()]);
        assert_eq!(journal.get(&Digest::of(b"x")), Some(begun()));
        assert_eq!(journal.get(&Digest::of(b"y")), None);
        journal.forget(&begun());
        assert!(journal.all().is_empty());
    }

    #[test]
    fn the_file_is_as_documented() {
        let dir = tempfile::tempdir().unwrap();
        Journal::new(dir.path()).set(&begun()).unwrap();
        let file = dir.path().join(format!("journal/{}.json", Digest::of(b"x")));
        let sha256 = Digest::of(b"x");
        let golden = format!(
            "{{\"format\":1,\"dataset\":\"energy.sqlite\",\"path\":\"/data/energy.sqlite\",\
             \"modified\":1764000000000000000,\"sha256\":\"{sha256}\",\"size\":20971520,\"bucket\":\"s3://staging\",\
             \"key\":\"{sha256}\",\"upload\":\"u-1\",\"parts\":{{\"1\":\"\\\"a\\\"\",\"3\":\"\\\"c\\\"\"}}}}\n"
        );
        assert_eq!(std::fs::read_to_string(&file).unwrap(), golden);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn what_is_damaged_or_of_another_format_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::new(dir.path());
        journal.set(&begun()).unwrap();
        let file = journal.file(&begun().sha256);
        let whole = std::fs::read_to_string(&file).unwrap();
        for other in [&whole[..40], "", "[]", &whole.replace("\"format\":1", "\"format\":2")] {
            std::fs::write(&file, other).unwrap();
            assert!(journal.all().is_empty(), "{other}");
        }
        std::fs::write(dir.path().join("journal/other.json"), whole).unwrap();
        assert!(journal.all().is_empty());
    }
}
