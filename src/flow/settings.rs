//! Settings: `.gitdata`, overlaid by `git config`, overlaid by `GIT_DATA_*`. Credentials are none of them.

use std::collections::BTreeMap;
use std::fmt;

use crate::error::{Error, Result};
use crate::flow::address::Address;

/// A setting: its name in git-config, its variable, and what it is for.
pub type Known = (&'static str, &'static str, &'static str);

/// Every setting there is.
pub const KNOWN: &[Known] = &[
    ("data.staging", "GIT_DATA_STAGING", "bucket that proposals go to"),
    ("data.production", "GIT_DATA_PRODUCTION", "bucket of published versions"),
    ("data.endpoint", "GIT_DATA_ENDPOINT", "URL of an S3 server that is not AWS"),
    ("data.region", "GIT_DATA_REGION", "region of the buckets"),
    ("data.pathstyle", "GIT_DATA_PATH_STYLE", "true: the bucket is part of the path, not of the host"),
    ("data.publicurl", "GIT_DATA_PUBLIC_URL", "where production can be read without credentials"),
    ("data.author", "GIT_DATA_AUTHOR", "who is cited for the datasets, as in Doe, Jane; Prices Team"),
    ("data.profile", "GIT_DATA_PROFILE", "AWS profile of both buckets"),
    ("data.stagingprofile", "GIT_DATA_STAGING_PROFILE", "AWS profile of the staging bucket"),
    ("data.productionprofile", "GIT_DATA_PRODUCTION_PROFILE", "AWS profile of the production bucket"),
    ("data.requesterpays", "GIT_DATA_REQUESTER_PAYS", "true: we pay for what we read"),
    ("data.kmskey", "GIT_DATA_KMS_KEY", "KMS key that encrypts what is written"),
    ("data.tries", "GIT_DATA_TRIES", "how often a request is sent before it is given up (8)"),
    ("data.delta", "GIT_DATA_DELTA", "false: whole files travel, also where only little changed"),
    ("data.limitrate", "GIT_DATA_LIMIT_RATE", "bytes a second that a bucket's traffic takes at most, as in 2MB"),
    ("data.timeout", "GIT_DATA_TIMEOUT", "how long a connection may move no byte before it is given up (60s)"),
    ("data.timelimit", "GIT_DATA_TIME_LIMIT", "how long the transfers of a command may take in all"),
    ("data.memory", "GIT_DATA_MEMORY", "bytes of buffers that a transfer may hold (64M)"),
    ("data.remote", "GIT_DATA_REMOTE", "git remote of the default branch (origin)"),
    ("data.branch", "GIT_DATA_BRANCH", "default branch (what the remote says)"),
    ("data.keeprefs", "GIT_DATA_KEEP_REFS", "names whose latest versions are kept (tags/* release/*)"),
    ("data.preview", "GIT_DATA_PREVIEW", "rows or counts: what pages and comments show where a dataset does not say"),
    ("data.grace", "GIT_DATA_GRACE", "how long a retired version is kept (30d)"),
    ("data.pullwait", "GIT_DATA_PULL_WAIT", "how long pull waits for a merged version to be published"),
    ("data.cache", "GIT_DATA_CACHE", "directory of the content cache"),
    ("data.cachesize", "GIT_DATA_CACHE_SIZE", "size that the content cache is kept under"),
    (
        "data.autoprepare",
        "GIT_DATA_AUTOPREPARE",
        "true: git commit prepares the datasets whose files changed, by its hooks",
    ),
    (
        "data.autopull",
        "GIT_DATA_AUTOPULL",
        "true: git checkout, merge and rebase pull what differs then, by their hooks",
    ),
    ("data.maxfilesize", "GIT_DATA_MAX_FILE_SIZE", "size over which the hooks let no file into git itself, as in 10M"),
    ("data.tar", "GIT_DATA_TAR", "auto: many small files of a directory travel together; never: each alone (auto)"),
    ("data.tarbelow", "GIT_DATA_TAR_BELOW", "files of fewer bytes are small (64K)"),
    ("data.tarover", "GIT_DATA_TAR_OVER", "directories with more small files than this put them together (1000)"),
    ("data.verifysignature", "GIT_DATA_VERIFY_SIGNATURE", "true: receipts have to be signed, by an allowed signer"),
    ("data.allowedsigners", "GIT_DATA_ALLOWED_SIGNERS", "file that names who may sign (.gitdata-signers)"),
    (
        "publish.sign",
        "GIT_DATA_PUBLISH_SIGN",
        "key that signs receipts: a file, or key:: and a public key; never in .gitdata",
    ),
    ("publish.attest", "GIT_DATA_PUBLISH_ATTEST", "true: the written workflow has GitHub attest what was published"),
    ("publish.repository", "GIT_DATA_PUBLISH_REPOSITORY", "URL that the publisher of the workflows comes from"),
    ("publish.version", "GIT_DATA_PUBLISH_VERSION", "release of the publisher that workflows install"),
    ("publish.sha256", "GIT_DATA_PUBLISH_SHA256", "SHA-256 of that release's archive"),
    ("publish.revision", "GIT_DATA_PUBLISH_REVISION", "revision that the publisher of the workflows is built from"),
];

/// The variable that may hold the private key which signs receipts: a secret, and so no setting.
pub const SIGNING_KEY: &str = "GIT_DATA_SIGNING_KEY";

/// Variables of ours that are no settings.
const INTERNAL: [&str; 3] = ["GIT_DATA_INSIDE", "GIT_DATA_TEST_", SIGNING_KEY];

/// What only the one who runs the program may say: a repository that others write to must not choose it.
const PERSONAL: [&str; 1] = ["publish.sign"];

/// Where a value came from; a later one wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// `R2_*` names of the environment or of `.env`.
    R2,
    /// `.gitdata`, shared by everybody.
    Shared,
    /// `git config`.
    Git,
    /// `GIT_DATA_*`.
    Environment,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Origin::R2 => "R2_* names",
            Origin::Shared => ".gitdata",
            Origin::Git => "git config",
            Origin::Environment => "environment",
        })
    }
}

/// A key pair for one bucket. It never shows itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Keys {
    /// The name of the key; not secret, still not shown.
    pub id: String,
    /// The secret.
    pub secret: String,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(…)")
    }
}

/// What the program works with.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    values: BTreeMap<String, (String, Origin)>,
    /// From the R2 names: reads production and writes staging.
    pub keys: Option<Keys>,
    /// From the R2 names: reads a private production bucket.
    pub production_keys: Option<Keys>,
    /// Settings that nobody knows, to be said once.
    pub unknown: Vec<String>,
    /// Settings of `.gitdata` that do not count there, to be said once.
    pub refused: Vec<String>,
}

impl Settings {
    /// Overlays `.gitdata` pairs, `git config` pairs and the environment. Names are compared without case.
    pub fn overlay(
        shared: &[(String, String)],
        git: &[(String, String)],
        environment: &BTreeMap<String, String>,
    ) -> Result<Self> {
        let mut settings = Settings::default();
        settings.take_r2_names(environment);
        for (name, value) in shared {
            refuse_secret(name)?;
            settings.take(name, value, Origin::Shared);
        }
        for (name, value) in git {
            settings.take(name, value, Origin::Git);
        }
        let ours = |name: &&String| name.starts_with("GIT_DATA_") && !INTERNAL.iter().any(|own| name.starts_with(own));
        for name in environment.keys().filter(ours) {
            if !KNOWN.iter().any(|(_, variable, _)| variable == name) {
                settings.unknown.push(format!("the variable {name}"));
            }
        }
        for (name, variable, _) in KNOWN {
            if let Some(value) = environment.get(*variable).filter(|v| !v.is_empty()) {
                settings.take(name, value, Origin::Environment);
            }
        }
        Ok(settings)
    }

    fn take(&mut self, name: &str, value: &str, origin: Origin) {
        let name = name.to_ascii_lowercase();
        if origin == Origin::Shared && PERSONAL.contains(&name.as_str()) {
            self.refused.push(name);
        } else if KNOWN.iter().any(|(known, ..)| *known == name) {
            self.values.insert(name, (value.trim().to_owned(), origin));
        } else if origin == Origin::Shared {
            self.unknown.push(format!("{} in .gitdata", name));
        }
    }

    /// The predecessor's names: account, keys and buckets of Cloudflare R2.
    fn take_r2_names(&mut self, environment: &BTreeMap<String, String>) {
        let named = |name: &str| environment.get(name).map(|v| v.trim()).filter(|v| !v.is_empty());
        let pair = |id: &str, secret: &str| Some(Keys { id: named(id)?.to_owned(), secret: named(secret)?.to_owned() });
        self.keys = pair("R2_ACCESS_KEY_ID", "R2_SECRET_ACCESS_KEY");
        self.production_keys = pair("R2_PRODUCTION_ACCESS_KEY_ID", "R2_PRODUCTION_SECRET_ACCESS_KEY");
        if let Some(account) = named("R2_ACCOUNT_ID") {
            self.take("data.endpoint", &format!("https://{account}.r2.cloudflarestorage.com"), Origin::R2);
            self.take("data.region", "auto", Origin::R2);
        }
        // R2_BUCKET is what the Python tool called the production bucket.
        if let Some(bucket) = named("R2_PRODUCTION_BUCKET").or_else(|| named("R2_BUCKET")) {
            self.take("data.production", &format!("s3://{bucket}"), Origin::R2);
        }
        if let Some(bucket) = named("R2_STAGING_BUCKET") {
            self.take("data.staging", &format!("s3://{bucket}"), Origin::R2);
        }
    }

    /// Takes what was said on the command line, which wins.
    pub fn say(&mut self, name: &str, value: &str) {
        self.take(name, value, Origin::Environment);
    }

    /// A setting by its lower-case name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(|(value, _)| value.as_str()).filter(|v| !v.is_empty())
    }

    /// Where a setting came from.
    #[must_use]
    pub fn origin(&self, name: &str) -> Option<Origin> {
        self.values.get(name).map(|(_, origin)| *origin)
    }

    /// The bucket of that setting; the error says how to set it.
    pub fn bucket(&self, name: &str) -> Result<Address> {
        let short = name.trim_start_matches("data.");
        let url = self.get(name).ok_or_else(|| {
            Error::user(format!("no {short} bucket is configured"))
                .hint("git data init --staging URL --production URL")
                .hint(format!("git config data.{short} s3://BUCKET"))
        })?;
        Address::parse(url).map_err(|error| {
            let origin = self.origin(name).map_or(String::new(), |o| format!(" (from {o})"));
            Error { message: format!("data.{short}{origin}: {}", error.message), ..error }
        })
    }

    /// A yes or no as git spells it.
    pub fn flag(&self, name: &str) -> Result<Option<bool>> {
        match self.get(name).map(str::to_ascii_lowercase).as_deref() {
            None => Ok(None),
            Some("true" | "yes" | "on" | "1") => Ok(Some(true)),
            Some("false" | "no" | "off" | "0") => Ok(Some(false)),
            Some(other) => Err(Error::user(format!("{name} is {other:?}; it must be true or false"))),
        }
    }

    /// A whole number above nothing.
    pub fn count(&self, name: &str) -> Result<Option<u32>> {
        let Some(text) = self.get(name) else { return Ok(None) };
        match text.parse() {
            Ok(count) if count > 0 => Ok(Some(count)),
            _ => Err(Error::user(format!("{name} is {text:?}; it must be a number from 1"))
                .hint(format!("git config {name} 8"))),
        }
    }

    /// The git remote that holds the default branch.
    #[must_use]
    pub fn remote(&self) -> &str {
        self.get("data.remote").unwrap_or("origin")
    }
}

/// `.gitdata` is read by everybody and must hold no secret.
fn refuse_secret(name: &str) -> Result<()> {
    let lower = name.to_ascii_lowercase();
    if ["secret", "password", "token", "accesskey", "credential"].iter().any(|word| lower.contains(word)) {
        return Err(Error::user(format!(".gitdata holds {name:?}: it is committed and must never hold a credential"))
            .hint("put keys into an AWS profile, the environment or an untracked .env, and replace the leaked one"));
    }
    Ok(())
}

/// Reads `90`, `90s`, `10m`, `2h`, `30d` as seconds.
pub fn duration(text: &str) -> Result<u64> {
    let text = text.trim();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match &text[digits.len()..] {
        "" | "s" => Some(1),
        "m" | "min" => Some(60),
        "h" => Some(3_600),
        "d" => Some(86_400),
        _ => None,
    };
    let number: Option<u64> = digits.parse().ok();
    number
        .zip(unit)
        .and_then(|(n, u)| n.checked_mul(u))
        .ok_or_else(|| Error::usage(format!("{text:?} is no duration")).hint("write 90s, 10m, 2h or 30d"))
}

/// Reads `500`, `10K`, `64M`, `2G`, `1T` (powers of 1024) as bytes.
pub fn bytes(text: &str) -> Result<u64> {
    let text = text.trim();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = text[digits.len()..].to_ascii_uppercase();
    let shift = match unit.trim_end_matches("IB").trim_end_matches('B') {
        "" => Some(0),
        "K" => Some(10),
        "M" => Some(20),
        "G" => Some(30),
        "T" => Some(40),
        _ => None,
    };
    let number: Option<u64> = digits.trim().parse().ok();
    number
        .zip(shift)
        .and_then(|(n, s)| n.checked_mul(1 << s))
        .ok_or_else(|| Error::usage(format!("{text:?} is no size")).hint("write 500, 64M, 2G or 1T"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
    }

    fn environment(values: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs(values).into_iter().collect()
    }

    #[test]
    fn a_later_layer_wins_and_says_so() {
        let shared = pairs(&[("data.Staging", "s3://shared"), ("data.production", "s3://prod")]);
        let git = pairs(&[("data.staging", "s3://mine")]);
        let settings = Settings::overlay(&shared, &git, &environment(&[("GIT_DATA_STAGING", "file:x")])).unwrap();
        assert_eq!(settings.get("data.staging"), Some("file:x"));
        assert_eq!(settings.origin("data.staging"), Some(Origin::Environment));
        assert_eq!(settings.origin("data.production"), Some(Origin::Shared));
    }

    #[test]
    fn the_predecessors_names_are_enough() {
        let names = environment(&[
            ("R2_ACCOUNT_ID", "abc"),
            ("R2_ACCESS_KEY_ID", "id"),
            ("R2_SECRET_ACCESS_KEY", "canary"),
            ("R2_BUCKET", "prod"),
            ("R2_STAGING_BUCKET", "stage"),
        ]);
        let settings = Settings::overlay(&[], &[], &names).unwrap();
        assert_eq!(settings.bucket("data.production").unwrap().to_string(), "s3://prod");
        assert_eq!(settings.bucket("data.staging").unwrap().to_string(), "s3://stage");
        assert_eq!(settings.get("data.endpoint"), Some("https://abc.r2.cloudflarestorage.com"));
        assert!(settings.keys.is_some());
        assert!(!format!("{settings:?}").contains("canary"));
    }

    #[test]
    fn what_nobody_knows_is_said_where_it_is_ours() {
        let shared = pairs(&[("data.stagin", "s3://b"), ("user.name", "x")]);
        let git = pairs(&[("data.ours", "x")]);
        let names = environment(&[("GIT_DATA_STAGIN", "x"), ("GIT_DATA_INSIDE", "1"), ("GIT_DIR", "x")]);
        let settings = Settings::overlay(&shared, &git, &names).unwrap();
        assert_eq!(
            settings.unknown,
            ["data.stagin in .gitdata", "user.name in .gitdata", "the variable GIT_DATA_STAGIN"]
        );
    }

    #[test]
    fn a_credential_in_the_shared_file_is_refused() {
        let error = Settings::overlay(&pairs(&[("data.secretAccessKey", "x")]), &[], &environment(&[])).unwrap_err();
        assert!(error.message.contains("never hold a credential"));
    }

    #[test]
    fn which_key_signs_is_not_for_the_repository_to_say() {
        let shared = pairs(&[("publish.Sign", "/home/robot/.ssh/id_ed25519")]);
        let settings = Settings::overlay(&shared, &[], &environment(&[(SIGNING_KEY, "canary")])).unwrap();
        assert_eq!(
            (settings.get("publish.sign"), settings.refused.as_slice()),
            (None, &["publish.sign".to_owned()][..])
        );
        assert_eq!(settings.unknown, Vec::<String>::new());
        assert!(!format!("{settings:?}").contains("canary"));
        let settings = Settings::overlay(&shared, &pairs(&[("publish.sign", "key::ssh-ed25519 A")]), &environment(&[]));
        assert_eq!(settings.unwrap().get("publish.sign"), Some("key::ssh-ed25519 A"));
    }

    #[test]
    fn a_missing_bucket_says_how_to_set_it() {
        let error = Settings::default().bucket("data.staging").unwrap_err();
        assert_eq!(error.message, "no staging bucket is configured");
        assert!(error.hints[0].starts_with("git data init"));
    }

    #[test]
    fn a_count_is_a_number_from_one() {
        let of = |value: &str| Settings::overlay(&[], &pairs(&[("data.tries", value)]), &environment(&[])).unwrap();
        assert_eq!(of("3").count("data.tries").unwrap(), Some(3));
        assert_eq!(Settings::default().count("data.tries").unwrap(), None);
        for bad in ["0", "-1", "many", "99999999999"] {
            assert!(of(bad).count("data.tries").unwrap_err().message.contains("must be a number from 1"), "{bad}");
        }
    }

    #[test]
    fn durations_and_sizes() {
        assert_eq!(duration("90").unwrap(), 90);
        assert_eq!(duration("10m").unwrap(), 600);
        assert_eq!(duration("30d").unwrap(), 2_592_000);
        assert!(duration("soon").is_err());
        assert_eq!(bytes("64M").unwrap(), 64 << 20);
        assert_eq!(bytes("2GiB").unwrap(), 2 << 30);
        assert!(bytes("-1").is_err());
        assert!(bytes("99999999999T").is_err());
    }
}
