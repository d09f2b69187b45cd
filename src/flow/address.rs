//! A bucket is a URL: `s3://bucket/prefix`, `file:///path`, or `file:relative/dir` from the repository's root.

use std::fmt;

use crate::error::{Error, Result};

/// Where a bucket is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A bucket of an S3 server; the prefix is empty or ends with `/`.
    S3 {
        /// The bucket's name.
        bucket: String,
        /// Put before every key.
        prefix: String,
    },
    /// A directory; relative ones count from the repository's root.
    Directory {
        /// As configured.
        path: String,
    },
}

impl Address {
    /// Reads a bucket's URL.
    pub fn parse(url: &str) -> Result<Self> {
        if let Some(rest) = url.strip_prefix("s3://") {
            let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
            let fits = |b: u8| b.is_ascii_alphanumeric() || b"-._".contains(&b);
            if bucket.is_empty() || !bucket.bytes().all(fits) {
                return Err(bad(url, "the bucket's name is missing or has a character that no bucket has"));
            }
            let prefix = prefix.trim_matches('/');
            if prefix.split('/').any(|s| s == "." || s == "..") {
                return Err(bad(url, "the prefix may not hold . or .."));
            }
            let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
            return Ok(Address::S3 { bucket: bucket.to_owned(), prefix });
        }
        match url.strip_prefix("file:") {
            Some(path) => {
                let path = path.strip_prefix("//").unwrap_or(path);
                if path.is_empty() {
                    return Err(bad(url, "the directory is missing"));
                }
                Ok(Address::Directory { path: path.to_owned() })
            }
            None => Err(bad(url, "it begins neither with s3:// nor with file:")),
        }
    }
}

fn bad(url: &str, why: &str) -> Error {
    Error::user(format!("{url:?} is not a bucket: {why}"))
        .hint("a bucket is s3://bucket/prefix, file:///path, or file:dir from the repository's root")
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::S3 { bucket, prefix } if prefix.is_empty() => write!(f, "s3://{bucket}"),
            Address::S3 { bucket, prefix } => write!(f, "s3://{bucket}/{}", prefix.trim_end_matches('/')),
            Address::Directory { path } if path.starts_with('/') => write!(f, "file://{path}"),
            Address::Directory { path } => write!(f, "file:{path}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_round_trip() {
        for url in ["s3://b", "s3://b/p/q", "file:///tmp/x", "file:data/x"] {
            assert_eq!(Address::parse(url).unwrap().to_string(), url);
        }
        assert_eq!(Address::parse("s3://b/p/").unwrap(), Address::parse("s3://b/p").unwrap());
    }

    #[test]
    fn anything_else_is_refused_with_the_forms_that_exist() {
        for url in ["", "s3://", "s3://b/../c", "s3://b c", "http://b", "file:", "/tmp/x", "r2://b"] {
            let error = Address::parse(url).unwrap_err();
            assert!(error.hints[0].contains("s3://bucket/prefix"), "{url}");
        }
    }
}
