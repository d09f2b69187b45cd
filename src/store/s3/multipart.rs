//! Uploads in parts.

use aws_sdk_s3::operation::complete_multipart_upload::CompleteMultipartUploadOutput;
use aws_sdk_s3::types::{ChecksumAlgorithm, CompletedMultipartUpload, CompletedPart};

use super::body::{self, Origin};
use super::fail::{Class, Failure};
use super::read::{base64, digest, pin};
use super::sign::Precomputed;
use super::write::{conditions, named};
use super::{S3, persist};
use crate::error::{Error, Result};
use crate::flow::hash::{Digest, Hasher};
use crate::flow::key::Key;
use crate::store::{Attested, Body, Outcome, Part, Upload, When};

impl S3 {
    pub(super) fn begin_upload(&self, key: &Key) -> Result<Upload> {
        let path = self.path(key);
        let client = self.client()?;
        let (kms, kms_key) = self.kms();
        let begun = self.call(self.pace.idle, || {
            let begin = client.create_multipart_upload().bucket(self.bucket()).key(&path);
            begin
                .checksum_algorithm(ChecksumAlgorithm::Sha256)
                .set_server_side_encryption(kms.clone())
                .set_ssekms_key_id(kms_key.clone())
                .send()
        });
        let begun = begun.map_err(|failure| self.error("begin an upload to", &path, &no_bucket(failure)))?;
        match begun.upload_id {
            Some(id) if !id.is_empty() => Ok(Upload { key: key.clone(), id, started: 0 }),
            _ => Err(Error::store(format!("cannot begin an upload to s3://{}/{path}: it got no name", self.bucket()))),
        }
    }

    pub(super) fn send_part(&self, upload: &Upload, number: u32, body: &Body<'_>) -> Result<Part> {
        let path = self.path(&upload.key);
        let client = self.client()?;
        let sent = persist(&self.pace, || async {
            let origin = body::origin(body).map_err(|e| Failure::new(Class::Changed, e.to_string()))?;
            self.part_from(client, upload, number, body, origin).await
        });
        sent.map_err(|failure| self.error(&format!("send part {number} of"), &path, &failure))
    }

    pub(super) async fn part_from(
        &self,
        client: &aws_sdk_s3::Client,
        upload: &Upload,
        number: u32,
        body: &Body<'_>,
        origin: Origin<'_>,
    ) -> Result<Part, Failure> {
        let output = body::send(origin, body.sha256, body.size, &self.pace, |stream| {
            let part = client.upload_part().bucket(self.bucket()).key(self.path(&upload.key)).upload_id(&upload.id);
            part.part_number(i32::try_from(number).unwrap_or(i32::MAX))
                .content_length(i64::try_from(body.size).unwrap_or(i64::MAX))
                .checksum_sha256(base64(&body.sha256))
                .body(stream)
                .customize()
                .interceptor(Precomputed(body.sha256))
                .send()
        });
        let output = output.await?;
        named(output.e_tag())?;
        let etag = output.e_tag().unwrap_or_default().to_owned();
        // What was signed and hashed while sending is known, whether the store repeats it or not; but only its own word
        // says that it computed it.
        let sha256 = output.checksum_sha256().and_then(digest);
        Ok(Part { number, size: body.size, etag, sha256 })
    }

    pub(super) fn list_parts(&self, upload: &Upload) -> Result<Vec<Part>> {
        let path = self.path(&upload.key);
        let client = self.client()?;
        let incomplete = || Error::store(format!("incomplete listing of the parts of s3://{}/{path}", self.bucket()));
        let (mut parts, mut marker) = (Vec::<Part>::new(), None::<String>);
        loop {
            let page = self.call(self.pace.idle, || {
                let list = client.list_parts().bucket(self.bucket()).key(&path).upload_id(&upload.id);
                list.set_part_number_marker(marker.clone()).send()
            });
            let page = page.map_err(|failure| self.error("list the parts of", &path, &gone(failure)))?;
            for part in page.parts() {
                let number = part.part_number().and_then(|n| u32::try_from(n).ok()).ok_or_else(incomplete)?;
                if parts.last().is_some_and(|last| number <= last.number) {
                    return Err(incomplete());
                }
                let size = part.size().and_then(|n| u64::try_from(n).ok()).ok_or_else(incomplete)?;
                let etag = part.e_tag().unwrap_or_default().to_owned();
                parts.push(Part { number, size, etag, sha256: part.checksum_sha256().and_then(digest) });
            }
            match (page.is_truncated().unwrap_or(false), page.next_part_number_marker) {
                (false, _) => return Ok(parts),
                (true, Some(next)) if marker.as_ref() != Some(&next) => marker = Some(next),
                (true, _) => return Err(incomplete()),
            }
        }
    }

    pub(super) fn complete_upload(
        &self,
        upload: &Upload,
        parts: &[Part],
        size: u64,
        when: When<'_>,
    ) -> Result<Outcome> {
        let path = self.path(&upload.key);
        let composite = composite(parts);
        let mut sent = self.request_completion(upload, parts, size, when, composite.as_ref())?;
        // Garage takes the digests of the parts, and no composite in this request; it computes the same itself.
        if composite.is_some() && sent.as_ref().is_err_and(Failure::is_misread) {
            sent = self.request_completion(upload, parts, size, when, None)?;
        }
        let content = composite.map(|(composite, parts)| (size, Attested::Parts { composite, parts }));
        match sent {
            Ok(output) => match pin(output.e_tag(), output.version_id()) {
                // A success without a name for what was made is a success only if it is there.
                unnamed if unnamed.etag.is_none() => self.made(&path, size),
                pin => Ok(Outcome::Stored(pin)),
            },
            // Finished before, perhaps by our own lost try.
            Err(failure) if matches!(failure.class, Class::NoUpload | Class::Absent) => {
                self.finished_before(&path, gone(failure), content, when)
            }
            Err(failure) => self.settle("complete the upload to", &path, Err(failure), content),
        }
    }

    fn request_completion(
        &self,
        upload: &Upload,
        parts: &[Part],
        size: u64,
        when: When<'_>,
        composite: Option<&(Digest, u64)>,
    ) -> Result<Result<CompleteMultipartUploadOutput, Failure>> {
        let path = self.path(&upload.key);
        let client = self.client()?;
        let (absent, matches) = conditions(when);
        let list = CompletedMultipartUpload::builder().set_parts(Some(parts.iter().map(completed).collect())).build();
        Ok(self.call(self.pace.silent, || {
            let complete = client.complete_multipart_upload().bucket(self.bucket()).key(&path).upload_id(&upload.id);
            complete
                .multipart_upload(list.clone())
                .set_checksum_sha256(composite.map(|(digest, count)| format!("{}-{count}", base64(digest))))
                .mpu_object_size(i64::try_from(size).unwrap_or(i64::MAX))
                .set_if_none_match(absent.clone())
                .set_if_match(matches.clone())
                .send()
        }))
    }

    fn made(&self, path: &str, size: u64) -> Result<Outcome> {
        match self.look(path)?.map_err(|failure| self.error("look at", path, &failure))? {
            Some(head) if head.size == size => Ok(Outcome::Stored(head.pin)),
            _ => Err(Error::store(format!("cannot tell whether s3://{}/{path} was completed", self.bucket()))
                .hint("run the same command again")),
        }
    }

    fn finished_before(
        &self,
        path: &str,
        failure: Failure,
        content: Option<(u64, Attested)>,
        when: When<'_>,
    ) -> Result<Outcome> {
        if let Some(pin) = self.ours(path, content)? {
            return Ok(Outcome::Stored(pin));
        }
        let there = self.look(path)?.map_err(|failure| self.error("look at", path, &failure))?;
        match (there, when) {
            // Something lies there whose content the store does not attest: the caller looks.
            (Some(_), When::Absent) => Ok(Outcome::Refused),
            _ => Err(self.error("complete the upload to", path, &failure)),
        }
    }

    pub(super) fn abort_upload(&self, upload: &Upload) -> Result<()> {
        let path = self.path(&upload.key);
        let client = self.client()?;
        let sent = self.call(self.pace.idle, || {
            client.abort_multipart_upload().bucket(self.bucket()).key(&path).upload_id(&upload.id).send()
        });
        match sent {
            Ok(_) | Err(Failure { class: Class::NoUpload | Class::Absent, .. }) => Ok(()),
            Err(failure) => Err(self.error("give up the upload to", &path, &failure)),
        }
    }

    pub(super) fn list_uploads(&self, prefix: &str) -> Result<Vec<Upload>> {
        let client = self.client()?;
        let below = format!("{}{prefix}", self.prefix);
        let incomplete = || Error::store(format!("incomplete listing of uploads to s3://{}/{below}", self.bucket()));
        let (mut uploads, mut marker) = (Vec::new(), (None::<String>, None::<String>));
        loop {
            let page = self.call(self.pace.idle, || {
                let list = client.list_multipart_uploads().bucket(self.bucket()).prefix(&below);
                list.set_key_marker(marker.0.clone()).set_upload_id_marker(marker.1.clone()).send()
            });
            let page = page.map_err(|failure| self.error("list the uploads to", &below, &no_bucket(failure)))?;
            for upload in page.uploads() {
                let key = upload.key().and_then(|path| self.key(path)).ok_or_else(incomplete)?;
                let id = upload.upload_id().ok_or_else(incomplete)?.to_owned();
                uploads.push(Upload { key, id, started: upload.initiated().map_or(0, |time| time.secs()) });
            }
            let next = (page.next_key_marker.clone(), page.next_upload_id_marker.clone());
            match page.is_truncated().unwrap_or(false) {
                false => return Ok(uploads),
                true if next.0.is_some() && next != marker => marker = next,
                true => return Err(incomplete()),
            }
        }
    }
}

fn completed(part: &Part) -> CompletedPart {
    CompletedPart::builder()
        .part_number(i32::try_from(part.number).unwrap_or(i32::MAX))
        .e_tag(&part.etag)
        .set_checksum_sha256(part.sha256.as_ref().map(base64))
        .build()
}

/// The digest over the parts' digests and their number, if all are known.
fn composite(parts: &[Part]) -> Option<(Digest, u64)> {
    let mut hasher = Hasher::default();
    for part in parts {
        hasher.update(part.sha256?.bytes());
    }
    (!parts.is_empty()).then(|| (hasher.finish(), parts.len() as u64))
}

/// Here a 404 without a code is about the upload.
pub(super) fn gone(failure: Failure) -> Failure {
    if failure.class == Class::Absent { Failure { class: Class::NoUpload, ..failure } } else { failure }
}

/// Here a 404 without a code is about the bucket.
fn no_bucket(failure: Failure) -> Failure {
    if failure.class == Class::Absent { Failure { class: Class::NoBucket, ..failure } } else { failure }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_composite_is_over_all_parts_or_none() {
        let part = |number, sha256| Part { number, size: 1, etag: String::new(), sha256 };
        let (a, b) = (Digest::of(b"a"), Digest::of(b"b"));
        let both = [a.bytes().as_slice(), b.bytes()].concat();
        assert_eq!(composite(&[part(1, Some(a)), part(2, Some(b))]), Some((Digest::of(&both), 2)));
        assert_eq!(composite(&[part(1, Some(a)), part(2, None)]), None);
        assert_eq!(composite(&[]), None);
    }
}
