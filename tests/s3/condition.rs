//! Conditions on requests, read from the raw headers: what a write, a read or a copy demands of what is there.

use super::mode::Mode;
use super::state::Object;
use http::HeaderMap;
use s3s::{S3Result, s3_error};

/// A pair of conditions on one object.
#[derive(Clone, Debug, Default)]
pub struct Demand {
    matches: Option<String>,
    none_match: Option<String>,
    quotes_fail: bool,
}

impl Demand {
    /// The demand under these two header names.
    pub fn named(headers: &HeaderMap, (matches, none_match): (&str, &str)) -> Demand {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        Demand { matches: text(matches), none_match: text(none_match), quotes_fail: false }
    }

    /// If-Match and If-None-Match.
    pub fn plain(headers: &HeaderMap) -> Demand {
        Demand::named(headers, ("if-match", "if-none-match"))
    }

    /// What PutObject demands of the key it writes.
    pub fn of_put(headers: &HeaderMap, mode: Mode) -> Demand {
        match mode.put_conditions() {
            true => Demand { quotes_fail: mode.quoted_if_match_fails(), ..Demand::plain(headers) },
            false => Demand::default(),
        }
    }

    /// What CompleteMultipartUpload demands of the key it writes.
    pub fn of_complete(headers: &HeaderMap, mode: Mode) -> Demand {
        if mode.complete_conditions() { Demand::plain(headers) } else { Demand::default() }
    }

    /// What CopyObject demands of the key it writes.
    pub fn of_copy(headers: &HeaderMap, mode: Mode) -> Demand {
        mode.copy_destination().map(|names| Demand::named(headers, names)).unwrap_or_default()
    }

    /// What a copy demands of its source.
    pub fn of_source(headers: &HeaderMap, mode: Mode) -> Demand {
        Demand::named(headers, mode.copy_source())
    }

    /// What DeleteObject demands of the key it removes.
    pub fn of_delete(headers: &HeaderMap, mode: Mode) -> Demand {
        let none_match = None;
        if mode.delete_conditions() { Demand { none_match, ..Demand::plain(headers) } } else { Demand::default() }
    }

    /// Whether anything is demanded.
    pub fn is_some(&self) -> bool {
        self.matches.is_some() || self.none_match.is_some()
    }

    /// 412 where a write may not replace `current`; 404 where it wants to replace what is not there.
    pub fn before_write(&self, current: Option<&Object>) -> S3Result<()> {
        match (&self.matches, current) {
            (Some(_), None) => return Err(s3_error!(NoSuchKey, "The specified key does not exist.")),
            (Some(wanted), Some(object)) if !self.is(wanted, object) => return Err(failed("If-Match")),
            _ => {}
        }
        match (&self.none_match, current) {
            (Some(unwanted), Some(object)) if self.is(unwanted, object) => Err(failed("If-None-Match")),
            _ => Ok(()),
        }
    }

    /// 412 where the reader wants another object, 304 where it has this one.
    pub fn before_read(&self, object: &Object) -> S3Result<()> {
        if self.matches.as_ref().is_some_and(|wanted| !self.is(wanted, object)) {
            return Err(failed("If-Match"));
        }
        if self.none_match.as_ref().is_some_and(|held| self.is(held, object)) {
            return Err(s3_error!(NotModified, "Not Modified"));
        }
        Ok(())
    }

    /// 412 where the source of a copy is not the one that was meant.
    pub fn before_copy(&self, object: &Object) -> S3Result<()> {
        self.before_read(object).map_err(|_| failed("x-amz-copy-source-If-Match"))
    }

    fn is(&self, etag: &str, object: &Object) -> bool {
        if self.quotes_fail && etag.starts_with('"') {
            return false;
        }
        etag == "*" || etag.trim_matches('"') == object.etag
    }
}

fn failed(condition: &str) -> s3s::S3Error {
    s3_error!(PreconditionFailed, "At least one of the pre-conditions you specified did not hold: {condition}")
}
