//! The bytes of an object: a rope of shared pieces, so that completing, slicing and copying move no bytes.

use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use md5::Md5;
use s3s::dto::StreamingBlob;
use s3s::{S3Error, S3ErrorCode, S3Result, s3_error};
use sha2::{Digest, Sha256};
use std::error::Error;
use std::ops::Range;

/// Immutable bytes in pieces.
#[derive(Clone, Default)]
pub struct Content {
    pieces: Vec<Bytes>,
    len: u64,
}

impl From<Bytes> for Content {
    fn from(piece: Bytes) -> Content {
        Content { len: piece.len() as u64, pieces: vec![piece] }
    }
}

impl Content {
    /// Reads a request body to its end. What s3s finds wrong while streaming becomes the error AWS would give.
    pub async fn receive(body: Option<StreamingBlob>, length: Option<i64>) -> S3Result<Content> {
        let Some(mut body) = body else { return Ok(Content::default()) };
        let mut buffer =
            BytesMut::with_capacity(length.and_then(|n| usize::try_from(n).ok()).unwrap_or(0).min(1 << 31));
        while let Some(chunk) = body.next().await {
            buffer.extend_from_slice(&chunk.map_err(|error| broken_body(&*error))?);
        }
        if length.is_some_and(|length| length != buffer.len() as i64) {
            return Err(s3_error!(IncompleteBody, "the body is not as long as its header says"));
        }
        Ok(Content::from(buffer.freeze()))
    }

    /// How many bytes.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Adds `other` at the end.
    pub fn append(&mut self, other: &Content) {
        self.pieces.extend(other.pieces.iter().cloned());
        self.len += other.len;
    }

    /// The bytes of `range`, which must lie inside.
    pub fn slice(&self, range: Range<u64>) -> Content {
        let (mut out, mut start) = (Content::default(), 0);
        for piece in &self.pieces {
            let end = start + piece.len() as u64;
            let (from, to) = (range.start.max(start), range.end.min(end));
            if from < to {
                out.append(&Content::from(piece.slice((from - start) as usize..(to - start) as usize)));
            }
            start = end;
        }
        out
    }

    /// All bytes in one piece; copies only where there are several.
    pub fn bytes(&self) -> Bytes {
        match &self.pieces[..] {
            [only] => only.clone(),
            pieces => {
                let mut whole = BytesMut::with_capacity(self.len as usize);
                pieces.iter().for_each(|piece| whole.extend_from_slice(piece));
                whole.freeze()
            }
        }
    }

    /// A response body.
    pub fn stream(self) -> StreamingBlob {
        StreamingBlob::wrap(futures::stream::iter(self.pieces.into_iter().map(Ok::<_, std::io::Error>)))
    }

    /// The SHA-256.
    pub fn sha256(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        self.pieces.iter().for_each(|piece| hash.update(piece));
        hash.finalize().into()
    }

    /// The MD5.
    pub fn md5(&self) -> [u8; 16] {
        let mut hash = Md5::new();
        self.pieces.iter().for_each(|piece| hash.update(piece));
        hash.finalize().into()
    }
}

fn broken_body(error: &(dyn Error + 'static)) -> S3Error {
    let mut link = Some(error);
    while let Some(this) = link {
        if this.to_string().contains("Sha256Mismatch") {
            return sha256_mismatch();
        }
        link = this.source();
    }
    S3Error::with_message(S3ErrorCode::IncompleteBody, error.to_string())
}

/// The body is not the one that was signed.
pub fn sha256_mismatch() -> S3Error {
    let mut error = S3Error::new(S3ErrorCode::Custom("XAmzContentSHA256Mismatch".into()));
    error.set_message("The provided 'x-amz-content-sha256' header does not match what was computed.");
    error.set_status_code(http::StatusCode::BAD_REQUEST);
    error
}
