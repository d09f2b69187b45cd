//! Checksums and ETags as S3 spells them.

use super::content::Content;
use super::mode::Mode;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use s3s::dto::ChecksumType;
use s3s::{S3Error, S3Result, TrailingHeaders, s3_error};
use sha2::{Digest, Sha256};

/// What a store attests about an object's bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sum {
    /// Base64 of a SHA-256, followed by `-N` when composite.
    pub value: String,
    /// Whether it is the digest of the part digests.
    pub composite: bool,
}

impl Sum {
    /// The digest of the whole object.
    pub fn full(content: &Content) -> Sum {
        Sum { value: base64(&content.sha256()), composite: false }
    }

    /// The digest of the parts' digests, or `None` if one is missing.
    pub fn composite<'a>(parts: impl Iterator<Item = Option<&'a str>>) -> Option<Sum> {
        let (mut hash, mut count) = (Sha256::new(), 0);
        for part in parts {
            hash.update(STANDARD.decode(part?).ok()?);
            count += 1;
        }
        Some(Sum { value: format!("{}-{count}", base64(&hash.finalize())), composite: true })
    }

    /// FULL_OBJECT or COMPOSITE.
    pub fn kind(&self) -> ChecksumType {
        ChecksumType::from_static(if self.composite { ChecksumType::COMPOSITE } else { ChecksumType::FULL_OBJECT })
    }
}

/// What the sender of a body says about it.
#[derive(Default)]
pub struct Claims {
    sha256: Option<String>,
    md5: Option<String>,
    wants: bool,
}

impl Claims {
    /// Reads the headers, and the trailers, which are there once the body was read.
    pub fn of(headers: &HeaderMap, trailers: Option<&TrailingHeaders>) -> Claims {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let trailer = trailers.and_then(|trailers| {
            trailers.read(|map| map.get("x-amz-checksum-sha256").and_then(|v| v.to_str().ok()).map(str::to_owned))
        });
        let algorithm = text("x-amz-sdk-checksum-algorithm").or(text("x-amz-checksum-algorithm"));
        let sha256 = text("x-amz-checksum-sha256").or(trailer.flatten());
        Claims { wants: algorithm.as_deref() == Some("SHA256"), sha256, md5: text("content-md5") }
    }

    /// Refuses a body that is not as claimed; returns its SHA-256 (base64) where the store keeps one.
    pub fn check(&self, content: &Content, mode: Mode) -> S3Result<Option<String>> {
        if self.md5.as_ref().is_some_and(|md5| *md5 != base64(&content.md5())) {
            return Err(s3_error!(BadDigest, "The Content-MD5 you specified did not match what we received."));
        }
        if !mode.checksums() || (self.sha256.is_none() && !self.wants) {
            return Ok(None);
        }
        if self.sha256.is_none() && mode.demands_named_sum() {
            let message = "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* was found.";
            return Err(s3_error!(InvalidRequest, "{message}"));
        }
        let found = base64(&content.sha256());
        if self.sha256.as_ref().is_some_and(|claim| *claim != found) {
            let message = "The SHA256 you specified did not match the calculated checksum.";
            return Err(S3Error::with_message(mode.bad_digest(), message));
        }
        Ok(Some(found))
    }
}

/// The ETag of a single PUT.
pub fn etag(content: &Content) -> String {
    hex(&content.md5())
}

/// The ETag of parts with these ETags.
pub fn etag_of_parts<'a>(etags: impl Iterator<Item = &'a str>) -> String {
    let (mut hash, mut count) = (md5::Md5::new(), 0);
    for etag in etags {
        hash.update(unhex(etag));
        count += 1;
    }
    format!("{}-{count}", hex(&hash.finalize()))
}

/// Standard base64.
pub fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Lowercase hex.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len() / 2).filter_map(|i| u8::from_str_radix(text.get(2 * i..2 * i + 2)?, 16).ok()).collect()
}
