//! Which store the server plays, as a table of what that store can do (reference/s3-servers.md sections 2 and 4).

/// A kind of store. Each has the documented or measured habits of its model, good and bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Everything as AWS documents it.
    Aws,
    /// Cloudflare R2: no versions, no attributes, equal parts, no source condition on part copies.
    R2,
    /// Ceph RGW 16.2: no checksums, and conditions with quirks.
    Ceph,
    /// Garage: takes conditions on writes and ignores them.
    IgnoresConditions,
}

use Mode::{Aws, Ceph, IgnoresConditions, R2};

impl Mode {
    /// Whether `x-amz-checksum-sha256` is verified, kept and shown.
    pub fn checksums(self) -> bool {
        self != Ceph
    }

    /// Whether a copied part or object gets a digest that the client did not send.
    pub fn computes_on_copy(self) -> bool {
        self == Aws
    }

    /// Whether an upload created with SHA256 demands a digest for every part, on sending and on completing.
    pub fn demands_part_sums(self) -> bool {
        self == Aws
    }

    /// Whether Complete takes a composite checksum, as `<digest>-<parts>`.
    pub fn reads_composites(self) -> bool {
        self != IgnoresConditions
    }

    /// Whether naming an algorithm without sending its checksum is refused.
    pub fn demands_named_sum(self) -> bool {
        self == Aws
    }

    /// Whether conditions on PutObject count.
    pub fn put_conditions(self) -> bool {
        self != IgnoresConditions
    }

    /// Ceph compares If-Match with its quotes still on, so what every SDK sends never matches.
    pub fn quoted_if_match_fails(self) -> bool {
        self == Ceph
    }

    /// Whether conditions on CompleteMultipartUpload count.
    pub fn complete_conditions(self) -> bool {
        matches!(self, Aws | R2)
    }

    /// Whether a condition that fails on Complete also ends the upload.
    pub fn failed_complete_aborts(self) -> bool {
        self == R2
    }

    /// Whether a second Complete of the same upload answers 200 again; else 404.
    pub fn complete_repeats(self) -> bool {
        self != R2
    }

    /// Whether If-Match on DeleteObject counts.
    pub fn delete_conditions(self) -> bool {
        self == Aws
    }

    /// The header names under which CopyObject takes a condition on its destination: match, none-match.
    pub fn copy_destination(self) -> Option<(&'static str, &'static str)> {
        match self {
            Aws => Some(("if-match", "if-none-match")),
            R2 => Some(("cf-copy-destination-if-match", "cf-copy-destination-if-none-match")),
            Ceph | IgnoresConditions => None,
        }
    }

    /// The header names under which a copy takes a condition on its source: match, none-match.
    pub fn copy_source(self) -> (&'static str, &'static str) {
        match self {
            Ceph => ("x-amz-copy-if-match", "x-amz-copy-if-none-match"),
            _ => ("x-amz-copy-source-if-match", "x-amz-copy-source-if-none-match"),
        }
    }

    /// Whether UploadPartCopy answers 501 to a condition on its source.
    pub fn refuses_part_source_condition(self) -> bool {
        self == R2
    }

    /// Whether CopyObject answers 501 to a wish for a checksum.
    pub fn refuses_copy_checksum(self) -> bool {
        self == R2
    }

    /// Whether a copy of a composite checksum is computed again over the whole object; else the composite is kept.
    pub fn copy_recomputes(self) -> bool {
        matches!(self, Aws | IgnoresConditions)
    }

    /// Whether buckets can have versions.
    pub fn versions(self) -> bool {
        matches!(self, Aws | Ceph)
    }

    /// Whether GetObjectAttributes exists.
    pub fn attributes(self) -> bool {
        self == Aws
    }

    /// Whether all parts but the last must have one size, the last not larger.
    pub fn equal_parts(self) -> bool {
        self == R2
    }

    /// Whether parts that are too small are refused at Complete.
    pub fn minimum_part(self) -> bool {
        self != IgnoresConditions
    }

    /// Whether UploadPartCopy refuses a source under the minimum part size: AWS for a range, Garage always.
    pub fn minimum_source(self, ranged: bool) -> bool {
        self == IgnoresConditions || (self == Aws && ranged)
    }

    /// Whether `partNumber` on GET and HEAD counts.
    pub fn part_number(self) -> bool {
        self != Ceph
    }

    /// Whether the answer to Complete names the ETag.
    pub fn complete_tells_etag(self) -> bool {
        self != Ceph
    }

    /// Whether an aws-chunked upload with a trailer is refused.
    pub fn refuses_trailers(self) -> bool {
        self == Ceph
    }

    /// The code for a body that is not what its checksum header says.
    pub fn bad_digest(self) -> s3s::S3ErrorCode {
        if self == IgnoresConditions { s3s::S3ErrorCode::InvalidDigest } else { s3s::S3ErrorCode::BadDigest }
    }

    /// Whether a public bucket says 404 for what is not there, though nobody may list it.
    pub fn public_says_absent(self) -> bool {
        self != Aws
    }
}
