//! Writing: whole objects, and the steps of an upload in parts.

use aws_sdk_s3::types::ServerSideEncryption;

use super::body::{self, Origin};
use super::fail::{Class, Failure};
use super::read::{base64, pin, quoted};
use super::sign::Precomputed;
use super::{S3, persist};
use crate::error::{Error, Result};
use crate::flow::key::Key;
use crate::store::{Attested, Body, CopySource, Outcome, Part, Source, Upload, When, Write};

impl Write for S3 {
    fn put(&self, key: &Key, body: Body<'_>, when: When<'_>) -> Result<Outcome> {
        let path = self.path(key);
        // Opened once before: a file that cannot be read is no fault of the store.
        body::origin(&body).map_err(|e| unreadable(&body, e))?;
        let sent = self.send(&path, &body, when)?;
        self.settle("store", &path, sent, Some((body.size, Attested::Whole(body.sha256))))
    }

    fn begin(&self, key: &Key) -> Result<Upload> {
        self.begin_upload(key)
    }

    fn part(&self, upload: &Upload, number: u32, body: Body<'_>) -> Result<Part> {
        body::origin(&body).map_err(|e| unreadable(&body, e))?;
        self.send_part(upload, number, &body)
    }

    fn copy_part(&self, upload: &Upload, number: u32, source: &CopySource<'_>) -> Result<Part> {
        self.copy_one_part(upload, number, source)
    }

    fn parts(&self, upload: &Upload) -> Result<Vec<Part>> {
        self.list_parts(upload)
    }

    fn complete(&self, upload: &Upload, parts: &[Part], size: u64, when: When<'_>) -> Result<Outcome> {
        self.complete_upload(upload, parts, size, when)
    }

    fn abort(&self, upload: &Upload) -> Result<()> {
        self.abort_upload(upload)
    }

    fn uploads(&self, prefix: &str) -> Result<Vec<Upload>> {
        self.list_uploads(prefix)
    }

    fn copy(&self, key: &Key, source: &CopySource<'_>, when: When<'_>) -> Result<Outcome> {
        self.copy_whole(key, source, when)
    }

    fn delete(&self, key: &Key) -> Result<()> {
        let path = self.path(key);
        let client = self.client()?;
        match self.call(self.pace.idle, || client.delete_object().bucket(self.bucket()).key(&path).send()) {
            Ok(_) => Ok(()),
            Err(failure) if failure.class == Class::Absent => {
                self.bucket_is_there()?.map_err(|failure| self.error("delete", &path, &failure))
            }
            Err(failure) => Err(self.error("delete", &path, &failure)),
        }
    }
}

impl S3 {
    fn send(&self, path: &str, body: &Body<'_>, when: When<'_>) -> Result<Result<Outcome, Failure>> {
        let client = self.client()?;
        Ok(persist(&self.pace, || async {
            let origin = body::origin(body).map_err(|e| Failure::new(Class::Changed, e.to_string()))?;
            self.put_from(client, path, body, origin, when).await
        }))
    }

    pub(super) async fn put_from(
        &self,
        client: &aws_sdk_s3::Client,
        path: &str,
        body: &Body<'_>,
        origin: Origin<'_>,
        when: When<'_>,
    ) -> Result<Outcome, Failure> {
        let (absent, matches) = conditions(when);
        let (kms, kms_key) = self.kms();
        let output = body::send(origin, body.sha256, body.size, &self.pace, |stream| {
            let put = client.put_object().bucket(self.bucket()).key(path);
            put.set_if_none_match(absent)
                .set_if_match(matches)
                .set_server_side_encryption(kms)
                .set_ssekms_key_id(kms_key)
                .content_length(i64::try_from(body.size).unwrap_or(i64::MAX))
                .checksum_sha256(base64(&body.sha256))
                .body(stream)
                .customize()
                .interceptor(Precomputed(body.sha256))
                .send()
        });
        let output = output.await?;
        named(output.e_tag())?;
        Ok(Outcome::Stored(pin(output.e_tag(), output.version_id())))
    }

    /// Turns a conditional write's end into an outcome. After an own retry a refusal may be our own work, whose
    /// answer was lost: then it is looked at, and counts as stored only if it provably is what was sent.
    pub(super) fn settle(
        &self,
        tried: &str,
        path: &str,
        sent: Result<Outcome, Failure>,
        content: Option<(u64, Attested)>,
    ) -> Result<Outcome> {
        match sent {
            Ok(outcome) => {
                let _ = self.seen.set(());
                Ok(outcome)
            }
            Err(failure) if failure.class == Class::Unmet => {
                if failure.tries > 1
                    && let Some(pin) = self.ours(path, content)?
                {
                    return Ok(Outcome::Stored(pin));
                }
                Ok(Outcome::Refused)
            }
            // 404 to If-Match: what should have been replaced is not there.
            Err(failure) if failure.class == Class::Absent => match self.bucket_is_there()? {
                Ok(()) => Ok(Outcome::Refused),
                Err(failure) => Err(self.error(tried, path, &failure)),
            },
            Err(failure) => Err(self.error(tried, path, &failure)),
        }
    }

    /// The pin of what lies at `path`, if the store attests that it is `content`.
    pub(super) fn ours(&self, path: &str, content: Option<(u64, Attested)>) -> Result<Option<crate::store::Pin>> {
        let Some((size, attested)) = content.filter(|(_, attested)| *attested != Attested::Nothing) else {
            return Ok(None);
        };
        let found = self.look(path)?.map_err(|failure| self.error("look at", path, &failure))?;
        Ok(found.filter(|head| head.size == size && head.attested == attested).map(|head| head.pin))
    }

    pub(super) fn kms(&self) -> (Option<ServerSideEncryption>, Option<String>) {
        let key = self.site.options.kms_key.clone();
        (key.as_ref().map(|_| ServerSideEncryption::AwsKms), key)
    }
}

/// Every store names what it stored; an answer without a name is somebody else's, such as a network's that wants a sign-in.
pub(super) fn named(etag: Option<&str>) -> Result<(), Failure> {
    match etag {
        Some(_) => Ok(()),
        None => Err(Failure::new(Class::Broken("its answer was incomplete".into()), "no ETag was named")),
    }
}

/// If-None-Match and If-Match.
pub(super) fn conditions(when: When<'_>) -> (Option<String>, Option<String>) {
    match when {
        When::Absent => (Some("*".into()), None),
        When::Matches(etag) => (None, Some(quoted(etag))),
        When::Always => (None, None),
    }
}

/// The source of a body cannot be opened.
fn unreadable(body: &Body<'_>, error: std::io::Error) -> Error {
    let name = match body.source {
        Source::File(path, _) => path.display().to_string(),
        Source::Bytes(_) => "the content".into(),
    };
    Error::user(format!("FILE_CHANGED: cannot read {name}")).because(error)
}
