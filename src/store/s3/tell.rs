//! What a failed request is called, and what to do about it.

use super::fail::{Class, Failure};
use crate::error::{Error, Kind};
use crate::store::options::S3Options;

const VERIFY: &str = "git data verify shows what this store and these credentials can do";

/// Where a request went: what a message may name.
#[derive(Clone, Debug)]
pub(super) struct Site {
    /// `s3://bucket`, or a public URL.
    pub(super) root: String,
    pub(super) bucket: String,
    pub(super) options: S3Options,
}

impl Site {
    /// One line that names the object and what was tried, its cause, and a next step.
    pub(super) fn error(&self, tried: &str, key: &str, failure: &Failure) -> Error {
        let place = if key.is_empty() { self.root.clone() } else { format!("{}/{key}", self.root) };
        let (kind, why, hints) = self.verdict(failure);
        let message = match failure.class {
            Class::Changed | Class::BadDigest => format!("FILE_CHANGED: cannot {tried} {}: {why}", clean(&place)),
            _ => format!("cannot {tried} {}: {why}", clean(&place)),
        };
        let error = hints.into_iter().fold(Error::new(kind, message), Error::hint);
        match self.cause(failure) {
            cause if cause.is_empty() => error,
            cause => error.because(cause),
        }
    }

    fn verdict(&self, failure: &Failure) -> (Kind, String, Vec<String>) {
        let bucket = &self.bucket;
        let (why, hints) = match &failure.class {
            Class::Unmet | Class::Replaced => {
                return (Kind::Conflict, "it was replaced since it was looked at".into(), Vec::new());
            }
            Class::Wrong => return (Kind::Integrity, "the bytes are not those of their digest".into(), Vec::new()),
            Class::NoUpload => return (Kind::Conflict, "the upload was finished or given up".into(), Vec::new()),
            Class::Changed | Class::BadDigest => {
                let again = "git data prepare NAME FILE reads the file again".into();
                return (Kind::User, "the content is no longer what was read before".into(), vec![again]);
            }
            Class::NoBucket => (
                format!("the bucket {bucket} does not exist"),
                vec!["check `git config data.staging`, `git config data.production` and .gitdata".into()],
            ),
            Class::Absent => ("nothing lies there".into(), Vec::new()),
            Class::Denied => {
                ("these credentials may not do that".into(), vec!["git data verify shows what they may do".into()])
            }
            Class::BadKey => ("the store does not accept the access key or its secret".into(), self.keys_hint()),
            Class::Expired => ("the credentials have expired".into(), self.expired_hint()),
            Class::SsoExpired => ("the sign-on session has expired".into(), vec![self.login()]),
            Class::NoCredentials => ("no credentials were found".into(), self.none_hint()),
            Class::Skewed(by) => (skewed(*by), vec!["set the clock: sudo timedatectl set-ntp true".into()]),
            Class::Region(region) => self.region(region.as_deref()),
            Class::Unreachable(why) => (
                format!("could not reach {}: {why}", self.host()),
                vec!["check the network, the proxy and `git config data.endpoint`".into()],
            ),
            Class::Tls(_) => (
                format!("could not reach {}: its certificate or TLS was not accepted", self.host()),
                vec!["behind a company proxy, set AWS_CA_BUNDLE to its certificates".into()],
            ),
            Class::Broken(why) => {
                (format!("{why} after {} tries", failure.tries), vec!["run the same command again".into()])
            }
            Class::Busy | Class::Clash => {
                (format!("the store was busy {} times", failure.tries), vec!["run the same command again later".into()])
            }
            Class::OutOfTime => (
                "the time that data.timeLimit gives is over".into(),
                vec!["run the same command again: what is there already stays".into()],
            ),
            Class::Unsupported => ("the store does not have this operation".into(), vec![VERIFY.into()]),
            Class::Other => ("the store refused it".into(), vec![VERIFY.into()]),
        };
        (Kind::Store, why, hints)
    }

    fn cause(&self, failure: &Failure) -> String {
        let message = self.without_secrets(&clean(&failure.message));
        let code = clean(&failure.code);
        let said = match (code.is_empty(), message.is_empty()) {
            (true, _) => message,
            (false, true) => code,
            (false, false) => format!("{code}: {message}"),
        };
        match failure.status {
            Some(status) if said.is_empty() => format!("HTTP {status}"),
            Some(status) => format!("{said} (HTTP {status})"),
            None => said,
        }
    }

    fn host(&self) -> String {
        let Some(endpoint) = &self.options.endpoint else { return "AWS".into() };
        let rest = endpoint.split_once("://").map_or(endpoint.as_str(), |(_, rest)| rest);
        let host = rest.split(['/', '?']).next().unwrap_or(rest);
        clean(host.rsplit('@').next().unwrap_or(host))
    }

    fn region(&self, region: Option<&str>) -> (String, Vec<String>) {
        match region {
            Some(region) => (
                format!("the bucket {} is in the region {region}", self.bucket),
                vec![format!("git config data.region {region}")],
            ),
            None => (
                format!("the bucket {} is in another region", self.bucket),
                vec!["git config data.region REGION".into()],
            ),
        }
    }

    fn login(&self) -> String {
        match &self.options.profile {
            Some(profile) => format!("aws sso login --profile {profile}"),
            None => "aws sso login".into(),
        }
    }

    fn expired_hint(&self) -> Vec<String> {
        if self.options.credentials.is_some() {
            return vec!["these were given directly: put fresh ones in their place".into()];
        }
        vec![self.login()]
    }

    fn keys_hint(&self) -> Vec<String> {
        if self.options.credentials.is_some() {
            return vec!["check R2_ACCESS_KEY_ID and R2_SECRET_ACCESS_KEY, in the environment or in .env".into()];
        }
        match &self.options.profile {
            Some(profile) => vec![format!("aws sts get-caller-identity --profile {profile}")],
            None => vec!["aws sts get-caller-identity".into()],
        }
    }

    fn none_hint(&self) -> Vec<String> {
        let profile = match &self.options.profile {
            Some(profile) => format!("aws configure --profile {profile}"),
            None => "name an AWS profile: git config data.profile NAME".into(),
        };
        let r2 =
            "or for R2 set R2_ACCOUNT_ID, R2_ACCESS_KEY_ID and R2_SECRET_ACCESS_KEY, in the environment or in .env";
        vec![profile, r2.into()]
    }

    /// Some servers repeat what was sent to them.
    fn without_secrets(&self, text: &str) -> String {
        let Some(keys) = &self.options.credentials else { return text.to_owned() };
        let secrets = [Some(&keys.secret), keys.session.as_ref(), Some(&keys.access)];
        secrets.into_iter().flatten().filter(|s| !s.reveal().is_empty()).fold(text.to_owned(), |text, secret| {
            if secret.reveal().len() < 4 { text } else { text.replace(secret.reveal(), "(secret)") }
        })
    }
}

fn skewed(by: Option<i64>) -> String {
    match by {
        Some(by) if by < -60 => format!("this computer's clock is {} slow", span(-by)),
        Some(by) if by > 60 => format!("this computer's clock is {} fast", span(by)),
        _ => "this computer's clock is not the store's".into(),
    }
}

fn span(seconds: i64) -> String {
    match seconds {
        0..=119 => format!("{seconds} seconds"),
        120..=7_199 => format!("{} minutes", seconds / 60),
        _ => format!("{} hours", seconds / 3_600),
    }
}

/// One line of bounded length, without control or bidi characters and without any query string, which may be signed.
pub(super) fn clean(text: &str) -> String {
    let visible = |c: char| {
        !c.is_control()
            && !matches!(c, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
    };
    let line: String = text.chars().map(|c| if visible(c) { c } else { ' ' }).take(400).collect();
    let words = line.split_whitespace().map(|word| match word.find("X-Amz-") {
        Some(_) => word.split('?').next().filter(|w| !w.contains("X-Amz-")).unwrap_or("…"),
        None => word,
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::super::fail::Facts;
    use super::*;
    use crate::store::options::Keys;

    fn site() -> Site {
        let options = S3Options { endpoint: Some("https://u:p@minio.example:9000/x".into()), ..S3Options::default() };
        Site { root: "s3://stage".into(), bucket: "stage".into(), options }
    }

    fn told(status: u16, code: &str, message: &str) -> Error {
        let facts =
            Facts { status: Some(status), code: Some(code.into()), message: Some(message.into()), ..Facts::default() };
        site().error("store", "a/b", &Failure::answered(facts))
    }

    #[test]
    fn each_failure_is_one_line_with_its_cause_and_a_next_step() {
        let gone = told(404, "NoSuchBucket", "The specified bucket does not exist");
        assert_eq!(gone.message, "cannot store s3://stage/a/b: the bucket stage does not exist");
        assert_eq!(gone.causes(), ["NoSuchBucket: The specified bucket does not exist (HTTP 404)"]);
        assert!(gone.hints[0].contains("git config data.staging"));
        assert!(told(403, "AccessDenied", "").message.ends_with("these credentials may not do that"));
        assert!(told(403, "SignatureDoesNotMatch", "").message.contains("access key or its secret"));
        assert_eq!(told(400, "ExpiredToken", "").hints, ["aws sso login"]);
        assert_eq!(told(400, "BadDigest", "").kind, Kind::User);
        assert!(told(400, "BadDigest", "").message.starts_with("FILE_CHANGED"));
        assert_eq!(told(412, "", "").kind, Kind::Conflict);
        assert_eq!(told(418, "", "").causes(), ["HTTP 418"]);
    }

    #[test]
    fn the_profile_is_named_where_it_helps() {
        let options = S3Options { profile: Some("work".into()), ..S3Options::default() };
        let site = Site { root: "s3://b".into(), bucket: "b".into(), options };
        let hints = |class| site.error("list", "", &Failure::new(class, "")).hints;
        assert_eq!(hints(Class::SsoExpired), ["aws sso login --profile work"]);
        assert_eq!(hints(Class::NoCredentials)[0], "aws configure --profile work");
        assert!(hints(Class::NoCredentials)[1].contains("R2_ACCOUNT_ID"));
        assert_eq!(hints(Class::Region(Some("eu-west-1".into()))), ["git config data.region eu-west-1"]);
    }

    #[test]
    fn a_wrong_clock_is_measured() {
        assert_eq!(skewed(Some(1_800)), "this computer's clock is 30 minutes fast");
        assert_eq!(skewed(Some(-10_800)), "this computer's clock is 3 hours slow");
    }

    #[test]
    fn nothing_hostile_or_secret_gets_out() {
        assert_eq!(clean("a\u{1b}[31mb\nc\u{202e}d"), "a [31mb c d");
        assert_eq!(clean("GET https://h/k?X-Amz-Signature=abc failed"), "GET https://h/k failed");
        assert_eq!(clean("k&X-Amz-Signature=abc"), "…");
        assert!(clean(&"x".repeat(9_999)).len() < 500);
        let mut site = site();
        site.options.credentials = Some(Keys::new("AKIAEXAMPLE", "topsecret"));
        let facts = Facts { message: Some("you sent topsecret for AKIAEXAMPLE".into()), ..Facts::default() };
        let error = site.error("read", "k", &Failure::answered(facts));
        assert_eq!(error.causes(), ["you sent (secret) for (secret)"]);
        assert_eq!(site.host(), "minio.example:9000");
    }
}
