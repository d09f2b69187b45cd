//! A public URL in front of a bucket: read without credentials, over plain HTTP(S).

use std::io;
use std::sync::OnceLock;
use std::sync::atomic::AtomicU64;

use aws_sdk_s3::primitives::{ByteStream, SdkBody};
use aws_smithy_runtime_api::client::http::{HttpConnector as _, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::date_time::{DateTime, Format};

use super::fail::{Class, Facts, Failure};
use super::read::{pin, quoted, replaced};
use super::stream::Download;
use super::tell::Site;
use super::{client, persist, runtime};
use crate::error::{Error, Result};
use crate::flow::address::Address;
use crate::flow::key::Key;
use crate::store::options::S3Options;
use crate::store::percent::encode;
use crate::store::retry::Pace;
use crate::store::{Attested, Head, Listed, Pin, Read};

/// More than that go in a circle.
const REDIRECTS: usize = 5;

/// What `data.publicUrl` shows of a bucket. Its answers attest nothing: read and hash.
#[derive(Debug)]
pub struct Public {
    address: Address,
    base: String,
    site: Site,
    pace: Pace,
    connector: OnceLock<SharedHttpConnector>,
}

impl Public {
    /// `base` is put before every key; `address` is the bucket behind it.
    pub fn new(address: &Address, base: &str, options: &S3Options, pace: Pace) -> Result<Self> {
        let base = base.trim_end_matches('/');
        let rest = base.strip_prefix("https://").or_else(|| base.strip_prefix("http://"));
        if !rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/') && !rest.contains(['?', '#', '@', ' ']))
        {
            return Err(Error::user(format!("{base:?} is no public URL of a bucket"))
                .hint("it looks like https://data.example.org: git config data.publicUrl URL"));
        }
        // Credentials have no business here, and messages name the URL's own host.
        let options =
            S3Options { endpoint: Some(base.into()), ca_bundle: options.ca_bundle.clone(), ..S3Options::default() };
        let site = Site { root: base.into(), bucket: base.into(), options };
        Ok(Public { address: address.clone(), base: base.into(), site, pace, connector: OnceLock::new() })
    }

    fn url(&self, key: &Key) -> String {
        format!("{}/{}", self.base, encode(key.as_str()))
    }

    fn connector(&self) -> Result<&SharedHttpConnector> {
        if let Some(connector) = self.connector.get() {
            return Ok(connector);
        }
        let _inside = runtime::shared()?.enter();
        let built = client::connector(self.site.options.ca_bundle.as_deref())?;
        Ok(self.connector.get_or_init(|| built))
    }

    fn ask(
        &self,
        method: &str,
        key: &Key,
        headers: &[(&'static str, String)],
    ) -> Result<Result<HttpResponse, Failure>> {
        let connector = self.connector()?;
        let url = self.url(key);
        Ok(persist(&self.pace, || async {
            let mut url = url.clone();
            for _ in 0..=REDIRECTS {
                let request = request(method, &url, headers)?;
                let answer = runtime::watched(self.pace.idle, &AtomicU64::new(0), connector.call(request)).await;
                let answer = answer.ok_or_else(|| Failure::new(Class::Broken("no answer came".into()), "timeout"))?;
                let answer = answer.map_err(|e| Failure::unsent(&e))?;
                match answer.status().as_u16() {
                    200..=299 => return Ok(answer),
                    301 | 302 | 307 | 308 => url = onward(&url, answer.headers().get("location"))?,
                    _ => return Err(Failure::answered(Facts::of(&answer))),
                }
            }
            Err(Failure::new(Class::Other, "it redirects in a circle"))
        }))
    }

    fn error(&self, key: &Key, failure: &Failure) -> Error {
        match failure.class {
            Class::Denied | Class::BadKey => Error::store(format!("cannot read {}: it is not public", self.url(key)))
                .because(format!("HTTP {}", failure.status.unwrap_or(403)))
                .hint("perhaps it is not yet published; else check `git config data.publicUrl`"),
            _ => self.site.error("read", key.as_str(), failure),
        }
    }
}

impl Read for Public {
    fn address(&self) -> &Address {
        &self.address
    }

    fn head(&self, key: &Key) -> Result<Option<Head>> {
        match self.ask("HEAD", key, &[])? {
            Ok(answer) => {
                let header = |name: &str| answer.headers().get(name);
                let size = header("content-length").and_then(|size| size.parse().ok());
                let size =
                    size.ok_or_else(|| Error::store(format!("{} does not say how large it is", self.url(key))))?;
                let modified = header("last-modified").and_then(|date| DateTime::from_str(date, Format::HttpDate).ok());
                Ok(Some(Head {
                    size,
                    pin: pin(header("etag"), None),
                    attested: Attested::Nothing,
                    modified: modified.map_or(0, |date| date.secs()),
                }))
            }
            Err(failure) if failure.class == Class::Absent => Ok(None),
            Err(failure) => Err(self.error(key, &failure)),
        }
    }

    fn open(
        &self,
        key: &Key,
        range: Option<(u64, u64)>,
        pin: Option<&Pin>,
    ) -> Result<Option<Box<dyn io::Read + Send>>> {
        if let Some((_, 0)) = range {
            return Ok(self.head(key)?.map(|_| Box::new(io::empty()) as Box<dyn io::Read + Send>));
        }
        let mut headers = Vec::new();
        if let Some((from, length)) = range {
            headers.push(("range", format!("bytes={from}-{}", from.saturating_add(length - 1))));
        }
        // A weak etag never matches.
        if let Some(etag) = pin.and_then(|pin| pin.etag.as_deref()).filter(|etag| !etag.starts_with("W/")) {
            headers.push(("if-match", quoted(etag)));
        }
        let answer = match self.ask("GET", key, &headers)? {
            Ok(answer) => answer,
            Err(failure) if failure.class == Class::Absent => return Ok(None),
            Err(failure) => return Err(self.error(key, &failure)),
        };
        if pin.is_some_and(|pin| replaced(pin, answer.headers().get("etag"))) {
            return Err(self.error(key, &Failure::new(Class::Unmet, "the URL ignored the condition")));
        }
        if range.is_some() && answer.status().as_u16() != 206 {
            return Err(self.error(key, &Failure::new(Class::Unsupported, "the URL ignored the range")));
        }
        let size = answer.headers().get("content-length").and_then(|size| size.parse().ok());
        let size = size.ok_or_else(|| Error::store(format!("{} does not say how large it is", self.url(key))))?;
        let body = ByteStream::new(answer.into_body());
        Ok(Some(Box::new(Download::begin(body, size, self.pace.idle)?)))
    }

    fn list(&self, _: &str, _: &mut dyn FnMut(Listed) -> Result<()>) -> Result<()> {
        Err(Error::user(format!("a public URL cannot be listed: {}", self.base))
            .hint("set credentials for the bucket itself; git data verify shows what is found"))
    }

    fn link(&self, key: &Key, _: u64) -> Result<String> {
        Ok(self.url(key))
    }

    fn slowdowns(&self) -> u64 {
        self.pace.slowdowns()
    }
}

fn request(method: &str, url: &str, headers: &[(&'static str, String)]) -> Result<HttpRequest, Failure> {
    let bad = |e: &dyn std::fmt::Display| Failure::new(Class::Other, e.to_string());
    let mut request = HttpRequest::new(SdkBody::empty());
    request.set_method(method).map_err(|e| bad(&e))?;
    request.set_uri(url).map_err(|e| bad(&e))?;
    // What is stored compressed arrives compressed; nothing else may be.
    request.headers_mut().insert("accept-encoding", "identity");
    request.headers_mut().insert("user-agent", "git-data");
    for (name, value) in headers {
        request.headers_mut().try_insert(*name, value.clone()).map_err(|e| bad(&e))?;
    }
    Ok(request)
}

/// Follows whole URLs only, and never from https to http.
fn onward(from: &str, to: Option<&str>) -> Result<String, Failure> {
    let to = to.filter(|to| to.starts_with("https://") || (to.starts_with("http://") && from.starts_with("http://")));
    to.map(str::to_owned).ok_or_else(|| Failure::new(Class::Other, "it redirects to where we do not follow"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(base: &str) -> Result<Public> {
        let address = Address::parse("s3://production").unwrap();
        Public::new(&address, base, &S3Options::default(), Pace::default())
    }

    #[test]
    fn urls_are_encoded_and_cannot_be_listed() {
        let public = at("https://data.example.org/x/").unwrap();
        let link = public.link(&Key::new("a b/é"), 60).unwrap();
        assert_eq!(link, "https://data.example.org/x/a%20b/%C3%A9");
        let error = public.list("", &mut |_| Ok(())).unwrap_err();
        assert!(error.message.starts_with("a public URL cannot be listed"));
    }

    #[test]
    fn only_urls_of_a_host_are_taken() {
        for base in ["", "https://", "ftp://h", "file:///x", "https://u:p@h", "https://h/?token=1"] {
            assert!(at(base).is_err(), "{base}");
        }
    }

    #[test]
    fn redirects_never_leave_https() {
        assert!(onward("https://a", Some("https://b/x")).is_ok());
        assert!(onward("https://a", Some("http://b/x")).is_err());
        assert!(onward("https://a", Some("/x")).is_err());
        assert!(onward("https://a", None).is_err());
    }
}
