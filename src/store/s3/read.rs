//! Reading: what lies at a key, its bytes, listings, links.

use std::io;
use std::time::Duration;

use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::types::ChecksumMode;

use super::fail::{Class, Failure};
use super::stream::Download;
use super::{S3, runtime};
use crate::error::{Error, Result};
use crate::flow::address::Address;
use crate::flow::hash::Digest;
use crate::flow::key::Key;
use crate::store::{Attested, Head, Listed, Pin, Read};

const AGAIN: &str = "run the same command again: half a listing is not believed";

/// AWS signs links for no longer.
const LONGEST_LINK: u64 = 7 * 24 * 3_600;

impl Read for S3 {
    fn address(&self) -> &Address {
        &self.address
    }

    fn head(&self, key: &Key) -> Result<Option<Head>> {
        let path = self.path(key);
        self.look(&path)?.map_err(|failure| self.error("look at", &path, &failure))
    }

    fn open(
        &self,
        key: &Key,
        range: Option<(u64, u64)>,
        pin: Option<&Pin>,
    ) -> Result<Option<Box<dyn io::Read + Send>>> {
        let path = self.path(key);
        if let Some((_, 0)) = range {
            // HTTP cannot ask for nothing.
            return match self.head(key)? {
                Some(head) if pin.is_some_and(|pin| replaced(pin, head.pin.etag.as_deref())) => {
                    Err(self.error("read", &path, &Failure::new(Class::Unmet, "")))
                }
                found => Ok(found.map(|_| Box::new(io::empty()) as Box<dyn io::Read + Send>)),
            };
        }
        match self.download(&path, range, pin)? {
            Ok(download) => Ok(Some(Box::new(download))),
            Err(failure) if failure.class == Class::Absent => match self.bucket_is_there()? {
                Ok(()) => Ok(None),
                Err(failure) => Err(self.error("read", &path, &failure)),
            },
            Err(failure) => Err(self.error("read", &path, &failure)),
        }
    }

    fn list(&self, prefix: &str, each: &mut dyn FnMut(Listed) -> Result<()>) -> Result<()> {
        let client = self.client()?;
        let below = format!("{}{prefix}", self.prefix);
        let incomplete = |why: &str| {
            Error::store(format!("incomplete listing of s3://{}/{below}: {why}", self.bucket())).hint(AGAIN)
        };
        let (mut token, mut last) = (None::<String>, None::<String>);
        loop {
            let page = self.call(self.pace.idle, || {
                client
                    .list_objects_v2()
                    .bucket(self.bucket())
                    .prefix(&below)
                    .set_continuation_token(token.clone())
                    .send()
            });
            let page = page.map_err(|failure| self.error("list", &below, &failure))?;
            for object in page.contents() {
                let path = object.key().ok_or_else(|| incomplete("a line has no key"))?;
                if last.as_deref().is_some_and(|last| path <= last) {
                    return Err(incomplete("a page came twice or out of order"));
                }
                last = Some(path.to_owned());
                let key = self.key(path).filter(|_| path.starts_with(&below));
                let key = key.ok_or_else(|| incomplete("a key lies elsewhere"))?;
                let size = u64::try_from(object.size().unwrap_or(-1)).map_err(|_| incomplete("a line has no size"))?;
                each(Listed { key, size, modified: object.last_modified().map_or(0, |time| time.secs()) })?;
            }
            match (page.is_truncated().unwrap_or(false), page.next_continuation_token) {
                (false, _) => return Ok(()),
                (true, Some(next)) if token.as_ref() != Some(&next) => token = Some(next),
                (true, _) => return Err(incomplete("the store does not say how it goes on")),
            }
        }
    }

    fn link(&self, key: &Key, seconds: u64) -> Result<String> {
        let path = self.path(key);
        let span = Duration::from_secs(seconds.clamp(1, LONGEST_LINK));
        let span = PresigningConfig::expires_in(span).map_err(|e| Error::bug("a link's duration").because(e))?;
        let signed = self.client()?.get_object().bucket(self.bucket()).key(&path).presigned(span);
        let signed = runtime::shared()?.block_on(signed).map_err(Failure::of);
        let signed = signed.map_err(|failure| self.error("make a link to", &path, &failure))?;
        Ok(signed.uri().to_owned())
    }

    fn slowdowns(&self) -> u64 {
        self.pace.slowdowns()
    }
}

impl S3 {
    /// HEAD, with the reason of a refusal: an answer to HEAD carries none.
    pub(super) fn look(&self, path: &str) -> Result<Result<Option<Head>, Failure>> {
        let failure = match self.head_once(path)? {
            Err(failure) if failure.status.is_some() && failure.class != Class::NoBucket => failure,
            answer => return Ok(answer),
        };
        match self.first_byte(path)? {
            // With GET it would have gone well: the refusal taught the SDK the store's clock.
            Ok(()) | Err(Failure { class: Class::Absent, .. }) => self.head_once(path),
            Err(reason) if reason.status.is_some() && reason.status != Some(416) => Ok(Err(reason)),
            Err(_) => Ok(Err(failure)),
        }
    }

    fn head_once(&self, path: &str) -> Result<Result<Option<Head>, Failure>> {
        let client = self.client()?;
        let answer = self.call(self.pace.idle, || {
            client.head_object().bucket(self.bucket()).key(path).checksum_mode(ChecksumMode::Enabled).send()
        });
        match answer {
            Ok(output) => {
                let _ = self.seen.set(());
                Ok(Ok(Some(head(&output))))
            }
            Err(failure) if failure.class == Class::Absent => Ok(self.bucket_is_there()?.map(|()| None)),
            Err(failure) => Ok(Err(failure)),
        }
    }

    /// GET of one byte: whoever may read is told why not.
    pub(super) fn first_byte(&self, path: &str) -> Result<Result<(), Failure>> {
        let client = self.client()?;
        let get = || client.get_object().bucket(self.bucket()).key(path).range("bytes=0-0").send();
        Ok(self.call(self.pace.idle, get).map(drop))
    }

    /// A 404 does not always say what is missing: the key or the whole bucket. Asked once.
    pub(super) fn bucket_is_there(&self) -> Result<Result<(), Failure>> {
        if self.seen.get().is_some() {
            return Ok(Ok(()));
        }
        let client = self.client()?;
        match self.call(self.pace.idle, || client.head_bucket().bucket(self.bucket()).send()) {
            // Who may not look at the bucket itself learns that it is there.
            Ok(_) | Err(Failure { class: Class::Denied, .. }) => {
                let _ = self.seen.set(());
                Ok(Ok(()))
            }
            Err(failure) if matches!(failure.class, Class::Absent | Class::NoBucket) => {
                Ok(Err(Failure { class: Class::NoBucket, ..failure }))
            }
            Err(failure) => Ok(Err(failure)),
        }
    }

    fn download(&self, path: &str, range: Option<(u64, u64)>, pin: Option<&Pin>) -> Result<Result<Download, Failure>> {
        let client = self.client()?;
        let span = range.map(|(from, length)| format!("bytes={from}-{}", from.saturating_add(length - 1)));
        let etag = pin.and_then(|pin| pin.etag.as_deref());
        let version = pin.and_then(|pin| pin.version.clone());
        let answer = self.call(self.pace.idle, || {
            let get = client.get_object().bucket(self.bucket()).key(path).set_range(span.clone());
            get.set_if_match(etag.map(quoted)).set_version_id(version.clone()).send()
        });
        let output = match answer {
            Ok(output) => output,
            Err(failure) => return Ok(Err(failure)),
        };
        let _ = self.seen.set(());
        if pin.is_some_and(|pin| replaced(pin, output.e_tag())) {
            return Ok(Err(Failure::new(Class::Unmet, "the store ignored the condition")));
        }
        if let Some((from, _)) = range
            && !output.content_range().is_some_and(|said| said.starts_with(&format!("bytes {from}-")))
        {
            return Ok(Err(Failure::new(Class::Unsupported, "the store ignored the range")));
        }
        match u64::try_from(output.content_length().unwrap_or(-1)) {
            Ok(size) => Download::begin(output.body, size, self.pace.idle).map(Ok),
            Err(_) => Ok(Err(Failure::new(Class::Other, "the store did not say how many bytes it sends"))),
        }
    }
}

/// Conditions want an etag in quotes.
pub(super) fn quoted(etag: &str) -> String {
    if etag.starts_with('"') || etag.starts_with("W/") { etag.to_owned() } else { format!("\"{etag}\"") }
}

/// Also for stores that ignore conditions.
pub(super) fn replaced(pin: &Pin, found: Option<&str>) -> bool {
    let bare = |etag: &str| etag.trim_matches('"').to_owned();
    match (&pin.etag, found) {
        (Some(wanted), Some(found)) => bare(wanted) != bare(found),
        _ => false,
    }
}

fn head(output: &HeadObjectOutput) -> Head {
    Head {
        size: u64::try_from(output.content_length().unwrap_or(0)).unwrap_or(0),
        pin: pin(output.e_tag(), output.version_id()),
        attested: attested(output.checksum_sha256(), output.checksum_type().map(|kind| kind.as_str())),
        modified: output.last_modified().map_or(0, |time| time.secs()),
    }
}

/// An empty etag (Ceph's Complete) and the version `null` (never versioned) pin nothing.
pub(super) fn pin(etag: Option<&str>, version: Option<&str>) -> Pin {
    let etag = etag.filter(|etag| !etag.trim_matches('"').is_empty()).map(str::to_owned);
    Pin { etag, version: version.filter(|v| !v.is_empty() && *v != "null").map(str::to_owned) }
}

/// `<base64>` is of the whole, `<base64>-<n>` is over n parts; said to be composite without a count, it is nothing.
fn attested(checksum: Option<&str>, kind: Option<&str>) -> Attested {
    let Some(checksum) = checksum else { return Attested::Nothing };
    match checksum.split_once('-') {
        Some((composite, parts)) => match (digest(composite), parts.parse()) {
            (Some(composite), Ok(parts)) => Attested::Parts { composite, parts },
            _ => Attested::Nothing,
        },
        None if kind == Some("COMPOSITE") => Attested::Nothing,
        None => digest(checksum).map_or(Attested::Nothing, Attested::Whole),
    }
}

/// A digest as checksum headers spell it.
pub(super) fn digest(base64: &str) -> Option<Digest> {
    let bytes = aws_smithy_types::base64::decode(base64).ok()?;
    Some(Digest::from_bytes(bytes.try_into().ok()?))
}

/// The same the other way.
pub(super) fn base64(digest: &Digest) -> String {
    aws_smithy_types::base64::encode(digest.bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attestation_is_of_the_whole_or_of_parts_or_nothing() {
        let whole = Digest::of(b"x");
        let text = base64(&whole);
        assert_eq!(attested(Some(&text), None), Attested::Whole(whole));
        assert_eq!(attested(Some(&format!("{text}-3")), None), Attested::Parts { composite: whole, parts: 3 });
        for (checksum, kind) in
            [(None, None), (Some("rubbish"), None), (Some("AAAA"), None), (Some(&*text), Some("COMPOSITE"))]
        {
            assert_eq!(attested(checksum, kind), Attested::Nothing, "{checksum:?}");
        }
    }

    #[test]
    fn etags_are_compared_without_their_quotes() {
        let pin = Pin { etag: Some("\"a\"".into()), version: None };
        assert!(!replaced(&pin, Some("a")));
        assert!(replaced(&pin, Some("\"b\"")));
        assert_eq!(quoted("a"), "\"a\"");
        assert_eq!(quoted("\"a\""), "\"a\"");
        assert_eq!(super::pin(Some("\"\""), Some("null")), Pin::default());
    }
}
