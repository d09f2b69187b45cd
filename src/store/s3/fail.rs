//! What a failed request means: from the SDK's errors to a class that something branches on.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

/// Why a request failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// Nothing lies at the key, or so a 404 says.
    Absent,
    NoBucket,
    NoUpload,
    /// The pinned version is gone.
    Replaced,
    /// 412.
    Unmet,
    /// 409: two writers met.
    Clash,
    Denied,
    BadKey,
    Expired,
    /// Our clock minus the store's, in seconds, if it said its own.
    Skewed(Option<i64>),
    /// The region to use, if it said so.
    Region(Option<String>),
    /// The bytes were not those of the digest: the store's finding.
    BadDigest,
    /// The same, our finding while sending: of a file.
    Changed,
    /// The same, of bytes in memory.
    Wrong,
    NoCredentials,
    SsoExpired,
    /// No connection; the text says why.
    Unreachable(String),
    Tls(String),
    /// The connection broke or nothing moved: it may have been done or not.
    Broken(String),
    /// 5xx, 429 and the like.
    Busy,
    /// 501: the store does not have it.
    Unsupported,
    Other,
}

/// A request that failed for good.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub(super) class: Class,
    pub(super) status: Option<u16>,
    pub(super) code: String,
    pub(super) message: String,
    pub(super) retry_after: Option<Duration>,
    /// How many times it was sent: after more than one a 412 may be our own doing.
    pub(super) tries: u32,
}

/// What an answer said, before it is judged.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    pub(super) status: Option<u16>,
    pub(super) code: Option<String>,
    pub(super) message: Option<String>,
    pub(super) retry_after: Option<String>,
    pub(super) date: Option<String>,
    pub(super) region: Option<String>,
}

impl Failure {
    pub(super) fn new(class: Class, message: impl Into<String>) -> Self {
        Failure { class, status: None, code: String::new(), message: message.into(), retry_after: None, tries: 1 }
    }

    /// From any operation's error.
    pub(super) fn of<E>(error: SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    {
        match &error {
            SdkError::ServiceError(service) => {
                let mut facts = Facts::of(service.raw());
                facts.code = service.err().code().map(str::to_owned);
                facts.message = service.err().message().map(str::to_owned);
                Failure::answered(facts)
            }
            // An answer that cannot be read says nothing about what was done.
            SdkError::ResponseError(response) if response.raw().status().is_success() => {
                Failure::new(Class::Broken("its answer was cut short".into()), innermost(&error))
            }
            SdkError::ResponseError(response) => Failure::answered(Facts::of(response.raw())),
            SdkError::TimeoutError(_) => Failure::new(Class::Broken("it timed out".into()), "timeout"),
            _ => Failure::unsent(&error),
        }
    }

    /// From what a server answered.
    pub(super) fn answered(facts: Facts) -> Self {
        // A success whose content is missing says nothing about what was done.
        if facts.code.is_none() && facts.status.is_some_and(|status| (200..300).contains(&status)) {
            return Failure::new(Class::Broken("its answer was incomplete".into()), "");
        }
        let code = facts.code.clone().unwrap_or_default();
        let class = classify(&code, &facts);
        let retry_after = facts.retry_after.and_then(|s| s.trim().parse().ok()).map(Duration::from_secs);
        let message = facts.message.unwrap_or_default();
        Failure { class, status: facts.status, code, message, retry_after, tries: 1 }
    }

    /// From an error on the way.
    pub(super) fn unsent(error: &(dyn StdError + 'static)) -> Self {
        let chain = || std::iter::successors(Some(error), |&e| e.source());
        let text = innermost(error);
        let all = chain().map(ToString::to_string).collect::<Vec<_>>().join(": ").to_lowercase();
        if chain().any(<dyn StdError>::is::<CredentialsError>) || all.contains("credentials") {
            let sso = all.contains("sso") && (all.contains("expired") || all.contains("token"));
            let class = if sso { Class::SsoExpired } else { Class::NoCredentials };
            return Failure::new(class, text);
        }
        let refused =
            chain().filter_map(|e| e.downcast_ref::<io::Error>()).any(|e| e.kind() == io::ErrorKind::ConnectionRefused);
        let class = if refused {
            Class::Unreachable("connection refused".into())
        } else if all.contains("dns error") || all.contains("failed to lookup") {
            Class::Unreachable("its name is not known".into())
        } else if all.contains("certificate") || all.contains("handshake") || all.contains("tls") {
            Class::Tls(text.clone())
        } else if all.contains("connect timeout") || all.contains("http connect") {
            Class::Unreachable("no answer to the connection".into())
        } else if all.contains("connect") && all.contains("unreachable") {
            Class::Unreachable("no route".into())
        } else if all.contains("failed to construct") {
            Class::Other
        } else {
            Class::Broken("the connection broke".into())
        };
        Failure::new(class, text)
    }

    /// The store is there and well, but wants fewer requests.
    pub(super) fn asks_for_less(&self) -> bool {
        let slower = ["SlowDown", "Throttling", "ThrottlingException", "TooManyRequests", "RequestLimitExceeded"];
        slower.contains(&self.code.as_str()) || matches!(self.status, Some(429 | 503))
    }

    /// How often such a request may be sent in all.
    pub(super) fn most_tries(&self) -> u32 {
        match self.class {
            Class::Busy | Class::Broken(_) | Class::Clash => 8,
            Class::Unreachable(_) => 3,
            // The SDK has learnt the store's clock from the refusal.
            Class::Skewed(_) => 2,
            _ => 1,
        }
    }
}

impl Facts {
    pub(super) fn of(response: &HttpResponse) -> Self {
        let header = |name: &str| response.headers().get(name).map(str::to_owned);
        Facts {
            status: Some(response.status().as_u16()),
            retry_after: header("retry-after"),
            date: header("date"),
            region: header("x-amz-bucket-region"),
            ..Facts::default()
        }
    }
}

fn classify(code: &str, facts: &Facts) -> Class {
    match code {
        "NoSuchBucket" => Class::NoBucket,
        "NoSuchKey" | "NotFound" => Class::Absent,
        "NoSuchVersion" => Class::Replaced,
        "NoSuchUpload" => Class::NoUpload,
        "AccessDenied" | "AllAccessDisabled" => Class::Denied,
        "InvalidAccessKeyId"
        | "SignatureDoesNotMatch"
        | "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "InvalidToken"
        | "Unauthorized" => Class::BadKey,
        "ExpiredToken" | "ExpiredTokenException" | "TokenRefreshRequired" => Class::Expired,
        "RequestTimeTooSkewed" => Class::Skewed(facts.date.as_deref().and_then(skew)),
        "PreconditionFailed" => Class::Unmet,
        "ConditionalRequestConflict" | "OperationAborted" => Class::Clash,
        "PermanentRedirect"
        | "TemporaryRedirect"
        | "AuthorizationHeaderMalformed"
        | "IllegalLocationConstraintException" => Class::Region(region(facts)),
        "XAmzContentSHA256Mismatch" | "BadDigest" | "InvalidDigest" => Class::BadDigest,
        "SlowDown"
        | "Throttling"
        | "ThrottlingException"
        | "TooManyRequests"
        | "RequestLimitExceeded"
        | "ServiceUnavailable"
        | "InternalError"
        | "RequestTimeout" => Class::Busy,
        "NotImplemented" => Class::Unsupported,
        _ => by_status(facts),
    }
}

fn by_status(facts: &Facts) -> Class {
    match facts.status {
        Some(301 | 307) => Class::Region(region(facts)),
        Some(401) => Class::BadKey,
        Some(403) => Class::Denied,
        Some(404) => Class::Absent,
        Some(409) => Class::Clash,
        Some(412) => Class::Unmet,
        Some(408 | 429 | 500 | 502 | 503 | 504) => Class::Busy,
        Some(501) => Class::Unsupported,
        _ => Class::Other,
    }
}

/// The header says it, or the message does: `…; expecting 'eu-west-1'`.
fn region(facts: &Facts) -> Option<String> {
    let said = || {
        let (_, rest) = facts.message.as_deref()?.split_once("expecting '")?;
        Some(rest.split_once('\'')?.0.to_owned())
    };
    let plain = |r: &String| !r.is_empty() && r.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    facts.region.clone().or_else(said).filter(plain)
}

/// Our clock minus the store's, in seconds.
#[expect(clippy::disallowed_methods, reason = "a wrong clock can only be measured by reading it")]
fn skew(date: &str) -> Option<i64> {
    use aws_smithy_types::date_time::{DateTime, Format};
    let theirs = DateTime::from_str(date, Format::HttpDate).ok()?;
    Some(DateTime::from(std::time::SystemTime::now()).secs() - theirs.secs())
}

/// The last cause: the one that says what happened.
fn innermost(error: &(dyn StdError + 'static)) -> String {
    std::iter::successors(Some(error), |&e| e.source()).last().map(ToString::to_string).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(status: u16, code: &str) -> Facts {
        Facts { status: Some(status), code: Some(code.to_owned()), ..Facts::default() }
    }

    fn class(status: u16, code: &str) -> Class {
        Failure::answered(facts(status, code)).class
    }

    #[test]
    fn the_code_decides_before_the_status() {
        assert_eq!(class(404, "NoSuchBucket"), Class::NoBucket);
        assert_eq!(class(404, "NoSuchKey"), Class::Absent);
        assert_eq!(class(403, "SignatureDoesNotMatch"), Class::BadKey);
        assert_eq!(class(400, "ExpiredToken"), Class::Expired);
        assert_eq!(class(400, "XAmzContentSHA256Mismatch"), Class::BadDigest);
        assert_eq!(class(200, "InternalError"), Class::Busy);
        assert_eq!(class(409, "ConditionalRequestConflict"), Class::Clash);
    }

    #[test]
    fn without_a_code_the_status_decides() {
        let cases =
            [(404, Class::Absent), (412, Class::Unmet), (403, Class::Denied), (503, Class::Busy), (418, Class::Other)];
        for (status, want) in cases {
            assert_eq!(class(status, ""), want, "{status}");
        }
    }

    #[test]
    fn credentials_are_missing_or_their_session_has_ended() {
        let ended = CredentialsError::provider_error("the SSO token has expired and cannot be refreshed");
        assert_eq!(Failure::unsent(&ended).class, Class::SsoExpired);
        let none = CredentialsError::not_loaded("no providers in chain provided credentials");
        assert_eq!(Failure::unsent(&none).class, Class::NoCredentials);
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        let tries = |status, code| Failure::answered(facts(status, code)).most_tries();
        assert_eq!((tries(503, "SlowDown"), tries(409, ""), tries(412, ""), tries(403, "AccessDenied")), (8, 8, 1, 1));
        let less = |status, code| Failure::answered(facts(status, code)).asks_for_less();
        assert!(less(503, "") && less(429, "") && less(200, "SlowDown"));
        assert!(!less(500, "InternalError") && !less(403, "AccessDenied"));
        let asked = Failure::answered(Facts { retry_after: Some("7".into()), ..facts(503, "SlowDown") });
        assert_eq!(asked.retry_after, Some(Duration::from_secs(7)));
    }

    #[test]
    fn the_region_is_in_a_header_or_in_the_message() {
        let header = Facts { region: Some("eu-west-1".into()), ..facts(301, "PermanentRedirect") };
        assert_eq!(Failure::answered(header).class, Class::Region(Some("eu-west-1".into())));
        let message = "the region 'us-east-1' is wrong; expecting 'eu-north-1'".to_owned();
        let said = Facts { message: Some(message), ..facts(400, "AuthorizationHeaderMalformed") };
        assert_eq!(Failure::answered(said).class, Class::Region(Some("eu-north-1".into())));
        let hostile = Facts { region: Some("x; rm -rf /".into()), ..facts(301, "PermanentRedirect") };
        assert_eq!(Failure::answered(hostile).class, Class::Region(None));
    }
}
