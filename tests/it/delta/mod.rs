//! Deltas with the real programs: of a large file that changed a little, a little travels, and production holds all of it.

mod edits;
mod lies;
mod story;
#[cfg(feature = "s3")]
mod swapped;

use git_data::flow::hash::Digest;

use crate::lab::{Backend, Lab, Production, Staging};

/// Every kind of bucket that is here, and the quirks that matter: parts that are not attested, of one size, of 5 MiB at least.
fn backends() -> Vec<Backend> {
    let mut all = vec![Backend::Directory];
    #[cfg(feature = "s3")]
    {
        use crate::s3::Mode;
        all.extend([Mode::Aws, Mode::R2, Mode::Ceph, Mode::IgnoresConditions].map(Backend::Like));
    }
    all
}

/// Bytes without a pattern.
pub(crate) fn noise(seed: u64, size: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut bytes = Vec::with_capacity(size + 8);
    while bytes.len() < size {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.wrapping_mul(0x2545_F491_4F6C_DD1D).to_le_bytes());
    }
    bytes.truncate(size);
    bytes
}

fn digest(bytes: &[u8]) -> String {
    Digest::of(bytes).hex()
}

/// The key of a version of `base.db`.
fn at(version: u64, content: &[u8]) -> String {
    format!("base.db/v{version}-{}.db", digest(content))
}

fn staged_delta(new: &[u8], base: &[u8]) -> String {
    format!("{}.delta-{}", digest(new), digest(base))
}

fn chunk_list(content: &[u8]) -> String {
    format!(".git-data/chunks/{}", digest(content))
}

/// Writes the file and proposes it on a branch, which is merged; gives what prepare said.
#[track_caller]
fn merged(lab: &Lab, content: &[u8], more: &str) -> serde_json::Value {
    lab.update("anna");
    lab.write("anna/base.db", content);
    let said = lab.run("anna", &format!("git data prepare base.db base.db --pr --json {more}")).ok().json();
    lab.merge(said["proposal"]["branch"].as_str().expect("it is on a branch"));
    lab.update("anna");
    said["datasets"][0].clone()
}

/// The same bytes, exactly where they belong.
#[track_caller]
fn holds(lab: &Lab, version: u64, content: &[u8], about: &str) {
    let object = lab.object(Production, &at(version, content));
    assert!(object.is_some_and(|object| object == content), "{about}: v{version} is not what was proposed");
    let receipt = format!(".git-data/published/base.db/v{version}-{}.json", digest(content));
    assert!(lab.object(Production, &receipt).is_some(), "{about}: v{version} has no receipt");
    assert!(!lab.keys(Production).iter().any(|key| key.starts_with(".git-data/incoming/")), "{about}");
    assert_eq!(lab.uploads(Production), 0, "{about}");
}

fn staged(lab: &Lab, key: &str) -> Option<u64> {
    lab.object(Staging, key).map(|bytes| bytes.len() as u64)
}
