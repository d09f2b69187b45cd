//! Stands in for S3 where the program was built without it.

use super::Read;
use super::attempt::{Attempt, Probed};
use super::options::S3Options;
use crate::error::{Error, Result};
use crate::flow::address::Address;

/// A bucket of an S3 server: not in this build.
pub fn open(address: &Address, _: &S3Options) -> Result<Box<dyn Probed>> {
    Err(absent(&address.to_string()))
}

/// Trace-free attempts on a bucket: not in this build.
pub fn attempt(address: &Address, _: &S3Options) -> Result<Box<dyn Attempt>> {
    Err(absent(&address.to_string()))
}

/// A public URL: not in this build.
pub fn public(_: &Address, base: &str, _: &S3Options) -> Result<Box<dyn Read>> {
    Err(absent(base))
}

fn absent(what: &str) -> Error {
    Error::user(format!("cannot reach {what}: this git-data was built without S3"))
        .hint("cargo install git-data --features s3")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_how_to_get_it() {
        let address = Address::parse("s3://b").unwrap();
        let error = open(&address, &S3Options::default()).err().unwrap();
        assert_eq!(error.hints, ["cargo install git-data --features s3"]);
    }
}
