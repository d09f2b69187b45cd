//! Copies inside the provider; from elsewhere the bytes stream through this machine.

use std::io;

use aws_sdk_s3::operation::upload_part_copy::UploadPartCopyOutput;

use super::body::Origin;
use super::fail::{Class, Failure};
use super::multipart::gone;
use super::read::{digest, pin, quoted, replaced};
use super::write::conditions;
use super::{S3, persist};
use crate::error::{Error, Result};
use crate::flow::address::Address;
use crate::flow::hash::{Digest, Hasher};
use crate::flow::key::Key;
use crate::store::percent::encode;
use crate::store::{Attested, Body, CopySource, Outcome, Part, Source, Upload, When};

/// Ceph's own name for the condition on the source; it ignores the one that everybody else has.
const CEPH: &str = "x-amz-copy-if-match";
/// R2's own name for create-only copies.
const R2: &str = "cf-copy-destination-if-none-match";

impl S3 {
    pub(super) fn copy_one_part(&self, upload: &Upload, number: u32, source: &CopySource<'_>) -> Result<Part> {
        let Some(from) = spelled(source) else { return self.stream_part(upload, number, source) };
        let path = self.path(&upload.key);
        let size = match source.range {
            Some((_, length)) => length,
            None => found(source)?.size,
        };
        let tried = format!("copy s3://{} to part {number} of", from.split('?').next().unwrap_or(&from));
        let etag = source.pin.etag.as_deref().map(quoted);
        let mut copied = self.request_part(upload, number, &from, source.range, etag.clone())?;
        // R2 has no condition here: without it, and looked at afterwards. The probe says that it is not honoured.
        if etag.is_some() && copied.as_ref().is_err_and(|failure| failure.class == Class::Unsupported) {
            copied = self.request_part(upload, number, &from, source.range, None)?;
            if replaced(source.pin, found(source)?.pin.etag.as_deref()) {
                copied = Err(Failure::new(Class::Unmet, "the source"));
            }
        }
        let copied = copied.map_err(|failure| self.error(&tried, &path, &gone(failure)))?;
        let result = copied.copy_part_result().ok_or_else(|| nameless(&path))?;
        let etag = result.e_tag().ok_or_else(|| nameless(&path))?.to_owned();
        Ok(Part { number, size, etag, sha256: result.checksum_sha256().and_then(digest) })
    }

    fn request_part(
        &self,
        upload: &Upload,
        number: u32,
        from: &str,
        range: Option<(u64, u64)>,
        etag: Option<String>,
    ) -> Result<Result<UploadPartCopyOutput, Failure>> {
        let path = self.path(&upload.key);
        let client = self.client()?;
        let span = range.map(|(from, length)| format!("bytes={from}-{}", (from + length).saturating_sub(1)));
        let ceph = etag.clone().filter(|_| self.foreign());
        Ok(self.call(self.pace.silent, || {
            let copy = client.upload_part_copy().bucket(self.bucket()).key(&path).upload_id(&upload.id);
            copy.part_number(i32::try_from(number).unwrap_or(i32::MAX))
                .copy_source(from)
                .set_copy_source_range(span.clone())
                .set_copy_source_if_match(etag.clone())
                .customize()
                .mutate_request({
                    let ceph = ceph.clone();
                    move |request| add(request, CEPH, ceph.as_deref())
                })
                .send()
        }))
    }

    pub(super) fn copy_whole(&self, key: &Key, source: &CopySource<'_>, when: When<'_>) -> Result<Outcome> {
        let Some(from) = spelled(source) else { return self.stream_whole(key, source, when) };
        let path = self.path(key);
        let client = self.client()?;
        let etag = source.pin.etag.as_deref().map(quoted);
        let ceph = etag.clone().filter(|_| self.foreign());
        let (absent, matches) = conditions(when);
        let r2 = absent.clone().filter(|_| self.foreign());
        let (kms, kms_key) = self.kms();
        let copied = self.call(self.pace.silent, || {
            let copy = client.copy_object().bucket(self.bucket()).key(&path).copy_source(&from);
            copy.set_copy_source_if_match(etag.clone())
                .set_if_none_match(absent.clone())
                .set_if_match(matches.clone())
                .set_server_side_encryption(kms.clone())
                .set_ssekms_key_id(kms_key.clone())
                .customize()
                .mutate_request({
                    let (ceph, r2) = (ceph.clone(), r2.clone());
                    move |request| {
                        add(request, CEPH, ceph.as_deref());
                        add(request, R2, r2.as_deref());
                    }
                })
                .send()
        });
        let tried = format!("copy s3://{} to", from.split('?').next().unwrap_or(&from));
        match copied {
            Ok(output) => {
                let etag = output.copy_object_result().ok_or_else(|| nameless(&path))?.e_tag();
                Ok(Outcome::Stored(pin(etag, output.version_id())))
            }
            // The same 412 stands for both conditions: the source says which of them failed.
            Err(failure) if failure.class == Class::Unmet => {
                let head = source.bucket.head(source.key)?;
                let content = head.as_ref().map(|head| (head.size, head.attested));
                match head {
                    Some(head) if source.pin.etag.is_none() || head.pin.etag == source.pin.etag => {
                        self.settle(&tried, &path, Err(failure), content)
                    }
                    _ => Err(self.error(&tried, &path, &failure)),
                }
            }
            Err(failure) => Err(self.error(&tried, &path, &failure)),
        }
    }

    /// Not AWS itself, which knows none of the other spellings.
    fn foreign(&self) -> bool {
        self.site.options.endpoint.is_some()
    }

    fn stream_part(&self, upload: &Upload, number: u32, source: &CopySource<'_>) -> Result<Part> {
        let path = self.path(&upload.key);
        let client = self.client()?;
        let (sha256, size) = measure(source)?;
        let body = Body { sha256, size, source: Source::Bytes(&[]) };
        let body = &body;
        let sent = persist(&self.pace, || {
            // Opened here: the source may wait for the same runtime.
            let stream = again(source);
            async move { self.part_from(client, upload, number, body, Origin::Stream(stream?)).await }
        });
        sent.map_err(|failure| self.error(&format!("send part {number} of"), &path, &failure))
    }

    fn stream_whole(&self, key: &Key, source: &CopySource<'_>, when: When<'_>) -> Result<Outcome> {
        let path = self.path(key);
        let client = self.client()?;
        let (sha256, size) = measure(source)?;
        let body = Body { sha256, size, source: Source::Bytes(&[]) };
        let (place, content) = (path.as_str(), &body);
        let sent = persist(&self.pace, || {
            let stream = again(source);
            async move { self.put_from(client, place, content, Origin::Stream(stream?), when).await }
        });
        self.settle("store", &path, sent, Some((size, Attested::Whole(sha256))))
    }
}

type Stream = Box<dyn io::Read + Send>;

fn opened(source: &CopySource<'_>) -> Result<Stream> {
    let stream = source.bucket.open(source.key, source.range, Some(source.pin))?;
    stream.ok_or_else(|| missing(source))
}

/// A file or public URL: read twice, because the digest is signed before the first byte is sent.
fn measure(source: &CopySource<'_>) -> Result<(Digest, u64)> {
    let mut stream = opened(source)?;
    let (mut hasher, mut buffer) = (Hasher::default(), vec![0; 256 << 10]);
    loop {
        let count = match stream.read(&mut buffer) {
            Ok(count) => count,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => {
                return Err(Error::store(format!("cannot read {}/{}", source.bucket.address(), source.key)).because(e));
            }
        };
        if count == 0 {
            let size = hasher.count();
            return Ok((hasher.finish(), size));
        }
        hasher.update(&buffer[..count]);
    }
}

fn again(source: &CopySource<'_>) -> Result<Stream, Failure> {
    opened(source).map_err(|e| Failure::new(Class::Changed, e.message))
}

fn found(source: &CopySource<'_>) -> Result<crate::store::Head> {
    source.bucket.head(source.key)?.ok_or_else(|| missing(source))
}

fn missing(source: &CopySource<'_>) -> Error {
    Error::store(format!("cannot copy {}/{}: nothing lies there", source.bucket.address(), source.key))
}

fn nameless(path: &str) -> Error {
    Error::store(format!("cannot tell whether {path} was copied: the answer has no result"))
        .hint("run the same command again")
}

/// `bucket/key?versionId=…` as the header wants it; `None` if the source is no bucket of an S3 server.
fn spelled(source: &CopySource<'_>) -> Option<String> {
    let Address::S3 { bucket, prefix } = source.bucket.address() else { return None };
    let from = format!("{bucket}/{}", encode(&format!("{prefix}{}", source.key)));
    Some(match &source.pin.version {
        Some(version) => format!("{from}?versionId={}", encode(version)),
        None => from,
    })
}

fn add(
    request: &mut aws_smithy_runtime_api::client::orchestrator::HttpRequest,
    name: &'static str,
    value: Option<&str>,
) {
    if let Some(value) = value {
        let _ = request.headers_mut().try_insert(name, value.to_owned());
    }
}
