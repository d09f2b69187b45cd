//! How an S3 server is spoken to. The caller read it from settings and environment; this room reads neither.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// Bytes of buffers, unless something else is set.
pub const MEMORY: u64 = 64 << 20;

/// Text that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes a secret.
    pub fn new(secret: impl Into<String>) -> Self {
        Secret(secret.into())
    }

    /// The secret itself: for signing only.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

/// A key pair that was given, in place of the AWS chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    /// The public half; still kept out of messages.
    pub access: Secret,
    /// The private half.
    pub secret: Secret,
    /// Of temporary keys.
    pub session: Option<Secret>,
}

impl Keys {
    /// A lasting key pair.
    pub fn new(access: impl Into<String>, secret: impl Into<String>) -> Self {
        Keys { access: Secret::new(access), secret: Secret::new(secret), session: None }
    }
}

/// What is not in a bucket's URL. The default is AWS itself with its usual chain of credentials.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct S3Options {
    /// The server's URL; `None` is AWS, or what the AWS profile says.
    pub endpoint: Option<String>,
    /// `None`: what the AWS environment or profile says, else us-east-1.
    pub region: Option<String>,
    /// The AWS profile, also named in hints.
    pub profile: Option<String>,
    /// `None`: with an endpoint, yes; with AWS, no.
    pub path_style: Option<bool>,
    /// `None`: the AWS chain (environment, profile, SSO, OIDC…).
    pub credentials: Option<Keys>,
    /// How often a request is sent before it is given up; `None`: 8 times.
    pub tries: Option<u32>,
    /// Bytes of buffers that the streams of one transfer may hold together; `None`: [`MEMORY`].
    pub memory: Option<u64>,
    /// Bytes a second at most, both ways; `None`: as many as there can be.
    pub rate: Option<u64>,
    /// A connection that moves no byte for so long has failed; `None`: a minute.
    pub idle: Option<Duration>,
    /// All transfers together take no longer; `None`: as long as they do.
    pub time: Option<Duration>,
    /// The reader pays.
    pub requester_pays: bool,
    /// What is written is encrypted with this KMS key.
    pub kms_key: Option<String>,
    /// A PEM file of certificates to trust besides the system's.
    pub ca_bundle: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_printed() {
        let options = S3Options { credentials: Some(Keys::new("AKIAEXAMPLE", "very-secret")), ..S3Options::default() };
        let shown = format!("{options:?}");
        assert!(!shown.contains("AKIAEXAMPLE") && !shown.contains("very-secret"), "{shown}");
    }
}
