//! Many files: sent many at a time, and looked for all together instead of each by itself.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::PathBuf;

use super::super::{Listed, Read, When, Write};
use super::Progress;
use super::crowd::{Crowd, each};
use super::upload::Sending;
use crate::disk::hash::Hashed;
use crate::error::{Error, Result};
use crate::flow::address::Address;
use crate::flow::key::Key;

/// A page of a listing names so many objects: it is read on while it may save as many looks as it costs.
const PAGE: usize = 1_000;

/// Sends files to staging. Gives for each, in their order, whether it is there now; no failure stops another.
pub fn upload_all(store: &dyn Write, files: &[(Key, PathBuf, Hashed)], progress: &dyn Progress) -> Vec<Result<()>> {
    let sending = |n: usize| {
        let (key, file, hashed) = &files[n];
        Sending { store, key, file, hashed, when: When::Always, progress }
    };
    let crowd = Crowd::of(store);
    let all: Vec<usize> = (0..files.len()).collect();
    let mut sent = each(&crowd, &all, |n| sending(*n).unseen());
    if matches!(store.address(), Address::Directory { .. }) {
        // The file system has said it.
        return sent;
    }
    let seen = listed(store, files);
    let unsure: Vec<usize> = all.into_iter().filter(|n| sent[*n].is_ok() && !seen.contains(&files[*n].0)).collect();
    let looked = each(&crowd, &unsure, |n| sending(*n).seen());
    for (n, found) in unsure.into_iter().zip(looked) {
        sent[n] = found;
    }
    sent
}

/// Which of these keys a bucket lists; `None` if the listing is long beside them, or fails: then nothing is known.
pub fn there(store: &dyn Read, keys: &HashSet<Key>) -> Option<HashSet<Key>> {
    let mut found = HashSet::new();
    let whole = list(store, keys.len(), |line| {
        if keys.contains(&line.key) {
            found.insert(line.key);
        }
    });
    whole.is_ok().then_some(found)
}

/// Those that a listing shows with their sizes; not all, if it is long or fails half way.
fn listed(store: &dyn Write, files: &[(Key, PathBuf, Hashed)]) -> BTreeSet<Key> {
    let wanted: BTreeMap<&Key, u64> = files.iter().map(|(key, _, hashed)| (key, hashed.size)).collect();
    let mut seen = BTreeSet::new();
    let _ = list(store, files.len(), |line| {
        if wanted.get(&line.key) == Some(&line.size) {
            seen.insert(line.key);
        }
    });
    seen
}

/// Reads the listing of a bucket, as long as that may save as many looks as it costs.
fn list(store: &dyn Read, looks: usize, mut each: impl FnMut(Listed)) -> Result<()> {
    let mut lines = 0;
    store.list("", &mut |line| {
        lines += 1;
        each(line);
        if lines < looks * PAGE { Ok(()) } else { Err(Error::store("it is too long to be read to its end")) }
    })
}
