//! Opens buckets. Who may write production is decided by who calls which of these.

use std::path::Path;

use super::attempt::{Attempt, Probed};
use super::directory::Directory;
use super::options::S3Options;
use super::{Read, s3};
use crate::error::Result;
use crate::flow::address::Address;

/// Staging, for reading and writing. `root` is the repository's, for relative directories.
pub fn open_staging(address: &Address, options: &S3Options, root: &Path) -> Result<Box<dyn Probed>> {
    open(address, options, root)
}

/// Production, for reading: all that a person's program gets.
pub fn open_production(address: &Address, options: &S3Options, root: &Path) -> Result<Box<dyn Read>> {
    Ok(open(address, options, root)?)
}

/// Production through its public URL, without credentials.
pub fn open_public(address: &Address, base: &str, options: &S3Options) -> Result<Box<dyn Read>> {
    s3::public(address, base, options)
}

/// Production, for writing: the publisher's program alone names this.
pub fn open_production_for_writing(address: &Address, options: &S3Options, root: &Path) -> Result<Box<dyn Probed>> {
    open(address, options, root)
}

/// Any bucket, only to find out without a trace what may be done there.
pub fn open_attempt(address: &Address, options: &S3Options, root: &Path) -> Result<Box<dyn Attempt>> {
    match address {
        Address::S3 { .. } => s3::attempt(address, options),
        Address::Directory { path } => Ok(Box::new(Directory::open(address.clone(), root.join(path)))),
    }
}

fn open(address: &Address, options: &S3Options, root: &Path) -> Result<Box<dyn Probed>> {
    match address {
        Address::S3 { .. } => s3::open(address, options),
        Address::Directory { path } => Ok(Box::new(Directory::open(address.clone(), root.join(path)))),
    }
}
