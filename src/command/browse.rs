//! What lies in a bucket, folder by folder, and which versions it belongs to. Reads only.

use std::collections::BTreeMap;

use crate::command::env::Env;
use crate::error::{Error, Result};
use crate::flow::text::human_size;
use crate::store::Read;

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bucket {
    /// Where proposals go.
    Staging,
    /// Where published versions are.
    Production,
}

impl Bucket {
    /// As people call it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Bucket::Staging => "staging",
            Bucket::Production => "production",
        }
    }
}

/// A folder of a bucket.
pub struct Folder {
    /// The bucket's URL.
    pub address: String,
    /// What is in it, by name.
    pub items: Vec<Item>,
    /// There is more than was looked at.
    pub more: bool,
}

/// An object, or a folder with its objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Below the folder; that of a folder ends with `/`.
    pub name: String,
    /// Objects in it; 1 for an object.
    pub objects: u64,
    /// Their bytes.
    pub size: u64,
    /// A version of the manifest here that has this content.
    pub belongs_to: Option<String>,
}

/// Lists what lies right below `prefix`, looking at no more than `most` objects.
pub fn run(env: &Env<'_>, bucket: Bucket, prefix: &str, most: usize) -> Result<Folder> {
    let store: &dyn Read = match bucket {
        Bucket::Staging => env.staging()?,
        Bucket::Production => env.production()?,
    };
    let known = known(env)?;
    let (mut items, mut seen): (BTreeMap<String, Item>, usize) = (BTreeMap::new(), 0);
    let listed = store.list(prefix, &mut |object| {
        if seen == most {
            return Err(Error::user("enough was seen"));
        }
        seen += 1;
        let key = object.key.as_str();
        let Some(below) = key.strip_prefix(prefix) else { return Ok(()) };
        let name = below.find('/').map_or(below, |slash| &below[..=slash]);
        let belongs_to = if name == below { belongs(&known, name) } else { None };
        let fresh = || Item { name: name.to_owned(), objects: 0, size: 0, belongs_to };
        let item = items.entry(name.to_owned()).or_insert_with(fresh);
        item.objects += 1;
        item.size += object.size;
        Ok(())
    });
    // The listing was stopped on purpose, or it failed.
    let more = seen == most && listed.is_err();
    if !more {
        listed?;
    }
    Ok(Folder { address: store.address().to_string(), items: items.into_values().collect(), more })
}

/// Whether both buckets answer, in words; nothing is written.
pub fn reached(env: &Env<'_>, bucket: Bucket) -> Result<String> {
    let folder = run(env, bucket, "", 1)?;
    let what = match (folder.items.first(), folder.more) {
        (None, _) => "it is empty".to_owned(),
        (Some(item), false) => format!("it holds one object of {}", human_size(item.size)),
        (Some(_), true) => "it holds objects".to_owned(),
    };
    Ok(format!("{} {} answers: {what}", bucket.word(), folder.address))
}

/// The versions of the manifest by their digest.
fn known(env: &Env<'_>) -> Result<BTreeMap<String, String>> {
    let manifest = env.manifest_if_any()?.unwrap_or_default();
    // The newest stand first; of equal contents the oldest is named.
    Ok(manifest.entries().map(|(name, entry)| (entry.sha256.hex(), format!("{name} {}", entry.version))).collect())
}

/// The version whose digest a key spells first.
fn belongs(known: &BTreeMap<String, String>, name: &str) -> Option<String> {
    let digest = name.split(|c: char| !c.is_ascii_hexdigit()).find(|part| part.len() == 64)?;
    known.get(digest).cloned()
}
