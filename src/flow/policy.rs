//! Who may do what with the two buckets: a role for each kind of work, each with the least that it needs.
//!
//! The table of grants is the whole of it. For AWS it becomes policies; R2 has tokens and lock rules instead, which are told in words.

use serde_json::{Value, json};

use super::workflow::{self, Provider, Setup};
use crate::error::{Error, Result};
use crate::flow::address::Address;

#[cfg(test)]
mod tests;

const READ_ME: &str = include_str!("policy/aws.md");
const R2: &str = include_str!("policy/r2.md");

/// Stands for the account where none was given.
const ACCOUNT: &str = "ACCOUNT_ID";
const ISSUER: &str = "token.actions.githubusercontent.com";

/// One of the two buckets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bucket {
    Staging,
    Production,
}
use Bucket::{Production, Staging};

const GET: &[&str] = &["s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectAttributes"];
const ADD: &[&str] = &["s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"];
const DELETE: &[&str] = &["s3:DeleteObject"];
const ABORT: &[&str] = &["s3:AbortMultipartUpload"];

/// Everything below the bucket's prefix.
const ALL: &str = "*";
/// The keys that stay for ever: versions and receipts. Quarantine and probe have no such names.
const FINAL: &[&str] = &["*/v*-*", ".git-data/chunks/*"];
/// What a tree is made of decides what staging still has to hold.
const LISTINGS: &str = "*/v*-*.tree";
const RECEIPTS: &str = ".git-data/published/*";
const INCOMING: &str = ".git-data/incoming/*";
const PROBE: &str = ".git-data/probe/*";

/// Role, bucket, actions, keys.
type Grant = (&'static str, Bucket, &'static [&'static str], &'static [&'static str]);

/// What each role may do with objects. Whatever is not here is not allowed.
const GRANTS: &[Grant] = &[
    ("dev", Staging, GET, &[ALL]),
    ("dev", Staging, ADD, &[ALL]),
    ("dev", Staging, DELETE, &[PROBE]),
    ("dev", Production, GET, &[ALL]),
    ("reader", Production, GET, &[ALL]),
    ("check", Staging, GET, &[ALL]),
    ("check", Production, GET, &[ALL]),
    ("publish", Staging, GET, &[ALL]),
    ("publish", Production, GET, &[ALL]),
    ("publish", Production, ADD, &[ALL]),
    ("publish", Production, DELETE, &[INCOMING, PROBE]),
    ("sweep", Staging, GET, &[ALL]),
    ("sweep", Production, GET, &[ALL]),
    ("sweep", Production, DELETE, &[ALL]),
    ("sweep", Production, ABORT, &[ALL]),
    ("janitor", Staging, GET, &[ALL]),
    ("janitor", Staging, DELETE, &[ALL]),
    ("janitor", Staging, ABORT, &[ALL]),
    ("janitor", Production, GET, &[RECEIPTS, LISTINGS]),
];

/// What no role may do, whatever else it is given: role, bucket, actions, keys.
const DENIALS: &[Grant] = &[("sweep", Production, DELETE, &[RECEIPTS])];

/// The roles of workflows: the environments they work in, and the one workflow that may take them.
const TRUSTED: &[(&str, &[&str], Option<&str>)] = &[
    ("check", &["data-check", "data-finalize"], None),
    ("publish", &["data-production"], Some("data-publish.yml")),
    ("sweep", &["data-sweep"], Some("data-sweep.yml")),
    ("janitor", &["data-janitor"], Some("data-sweep.yml")),
];

/// Name and text of every file for this provider; none for folders.
pub fn files(setup: &Setup, staging: &Address, production: &Address) -> Result<Vec<(String, String)>> {
    let (Address::S3 { bucket: s, prefix: sp }, Address::S3 { bucket: p, prefix: pp }) = (staging, production) else {
        return Err(
            Error::usage("a directory has no policies").hint("git data init --staging s3://… --production s3://…")
        );
    };
    let place = Place { staging: (s, sp), production: (p, pp), setup };
    if setup.provider == Provider::R2 {
        return Ok(vec![("r2.md".to_owned(), place.words(R2))]);
    }
    let mut files = vec![("README.md".to_owned(), place.words(READ_ME))];
    let mut file = |name: String, value: &Value| files.push((name, format!("{value:#}\n")));
    for role in ["dev", "reader", "check", "publish", "sweep", "janitor"] {
        file(format!("{role}.json"), &place.role(role));
    }
    file("break-glass.json".to_owned(), &place.break_glass());
    file("production-bucket.json".to_owned(), &place.production_bucket());
    file("staging-bucket.json".to_owned(), &policy(vec![place.encrypted(Staging)]));
    for (bucket, name) in [(Staging, "staging"), (Production, "production")] {
        file(format!("{name}-lifecycle.json"), &lifecycle(bucket));
    }
    if setup.provider == Provider::Aws {
        for (role, environments, workflow) in TRUSTED {
            file(format!("{role}-trust.json"), &place.trust(environments, *workflow));
        }
    }
    Ok(files)
}

struct Place<'a> {
    staging: (&'a str, &'a str),
    production: (&'a str, &'a str),
    setup: &'a Setup,
}

impl Place<'_> {
    fn of(&self, bucket: Bucket) -> (&str, &str) {
        if bucket == Staging { self.staging } else { self.production }
    }

    fn bucket(&self, bucket: Bucket) -> String {
        format!("arn:aws:s3:::{}", self.of(bucket).0)
    }

    fn keys(&self, bucket: Bucket, keys: &[&str]) -> Vec<String> {
        let (name, prefix) = self.of(bucket);
        keys.iter().map(|key| format!("arn:aws:s3:::{name}/{prefix}{key}")).collect()
    }

    /// The policy of one role.
    fn role(&self, role: &str) -> Value {
        let statement = |effect: &'static str| move |(_, bucket, actions, keys): &Grant| json!({ "Effect": effect, "Action": actions, "Resource": self.keys(*bucket, keys) });
        let mine = |grant: &&Grant| grant.0 == role;
        let mut statements: Vec<Value> = GRANTS.iter().filter(mine).map(statement("Allow")).collect();
        for bucket in [Staging, Production] {
            if GRANTS.iter().any(|grant| grant.0 == role && grant.1 == bucket) {
                statements.extend(self.look(bucket));
            }
        }
        statements.extend(DENIALS.iter().filter(mine).map(statement("Deny")));
        policy(statements)
    }

    /// Listing the prefix, so that what is missing answers 404 and not 403.
    fn look(&self, bucket: Bucket) -> Vec<Value> {
        let (_, prefix) = self.of(bucket);
        let mut list = json!({ "Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": [self.bucket(bucket)] });
        if !prefix.is_empty() {
            list["Condition"] = json!({ "StringLike": { "s3:prefix": [format!("{prefix}*")] } });
        }
        let more = ["s3:ListBucketMultipartUploads", "s3:GetBucketVersioning"];
        vec![list, json!({ "Effect": "Allow", "Action": more, "Resource": [self.bucket(bucket)] })]
    }

    /// A person, with a second factor, when something is beyond repair by the tools.
    fn break_glass(&self) -> Value {
        let factor = json!({ "Bool": { "aws:MultiFactorAuthPresent": "true" } });
        let objects = [
            "s3:GetObject",
            "s3:GetObjectVersion",
            "s3:DeleteObject",
            "s3:DeleteObjectVersion",
            "s3:BypassGovernanceRetention",
        ];
        let bucket = [
            "s3:ListBucket",
            "s3:ListBucketVersions",
            "s3:GetBucketPolicy",
            "s3:PutBucketPolicy",
            "s3:GetBucketVersioning",
            "s3:PutBucketVersioning",
            "s3:GetLifecycleConfiguration",
            "s3:PutLifecycleConfiguration",
        ];
        policy(vec![
            json!({ "Effect": "Allow", "Action": objects, "Resource": self.keys(Production, &[ALL]), "Condition": factor }),
            json!({ "Effect": "Allow", "Action": bucket, "Resource": [self.bucket(Production)], "Condition": factor }),
        ])
    }

    /// What the production bucket refuses, whoever asks and whatever policy that one has.
    fn production_bucket(&self) -> Value {
        let account = self.setup.account.as_deref().unwrap_or(ACCOUNT);
        let all_but = |roles: &[&str]| {
            let arns: Vec<String> = roles.iter().map(|role| workflow::role(Some(account), role)).collect();
            json!({ "ArnNotEquals": { "aws:PrincipalArn": arns } })
        };
        let deny = |sid: &str, actions: &[&str], resources: Vec<String>, condition: Value| json!({ "Sid": sid, "Effect": "Deny", "Principal": "*", "Action": actions, "Resource": resources, "Condition": condition });
        let every = self.keys(Production, &[ALL]);
        let mut whole = vec![self.bucket(Production)];
        whole.extend(every.iter().cloned());
        let forever = [
            "s3:DeleteObjectVersion",
            "s3:PutBucketVersioning",
            "s3:PutLifecycleConfiguration",
            "s3:BypassGovernanceRetention",
        ];
        // Whole objects and Complete carry If-None-Match; the calls that begin and fill an upload cannot.
        let unconditional =
            json!({ "Null": { "s3:if-none-match": "true" }, "Bool": { "s3:ObjectCreationOperation": "true" } });
        policy(vec![
            deny("FinalKeysOnce", &["s3:PutObject"], self.keys(Production, FINAL), unconditional),
            deny("OnlyThePublisherWrites", &["s3:PutObject"], every.clone(), all_but(&["publish"])),
            deny("OnlySweepDeletes", DELETE, self.keys(Production, FINAL), all_but(&["sweep", "break-glass"])),
            deny("OnlyOwnLeftovers", DELETE, every, all_but(&["sweep", "publish", "break-glass"])),
            deny("ReceiptsStay", DELETE, self.keys(Production, &[RECEIPTS]), all_but(&["break-glass"])),
            deny("VersionsStay", &forever, whole, all_but(&["break-glass"])),
            self.encrypted(Production),
        ])
    }

    /// No connection without TLS.
    fn encrypted(&self, bucket: Bucket) -> Value {
        let mut resources = vec![self.bucket(bucket)];
        resources.extend(self.keys(bucket, &[ALL]));
        json!({
            "Sid": "Encrypted", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": resources,
            "Condition": { "Bool": { "aws:SecureTransport": "false" } },
        })
    }

    /// Which jobs of which repository may take a role.
    fn trust(&self, environments: &[&str], workflow: Option<&str>) -> Value {
        let account = self.setup.account.as_deref().unwrap_or(ACCOUNT);
        let repository = self.setup.repository.as_deref().unwrap_or("OWNER/REPOSITORY");
        let branch = &self.setup.branch;
        let subjects: Vec<String> = environments.iter().map(|e| format!("repo:{repository}:environment:{e}")).collect();
        let mut equals = json!({ format!("{ISSUER}:aud"): "sts.amazonaws.com", format!("{ISSUER}:sub"): subjects });
        if let Some(id) = &self.setup.repository_id {
            equals[format!("{ISSUER}:repository_id")] = json!(id);
        }
        if let Some(file) = workflow {
            equals[format!("{ISSUER}:ref")] = json!(format!("refs/heads/{branch}"));
            let job = format!("{repository}/.github/workflows/{file}@refs/heads/{branch}");
            equals[format!("{ISSUER}:job_workflow_ref")] = json!(job);
        }
        policy(vec![json!({
            "Effect": "Allow",
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Principal": { "Federated": format!("arn:aws:iam::{account}:oidc-provider/{ISSUER}") },
            "Condition": { "StringEquals": equals },
        })])
    }

    /// A text with the names of this repository.
    fn words(&self, text: &str) -> String {
        let account = self.setup.account.as_deref().unwrap_or(ACCOUNT);
        let pairs = [
            ("@staging@", self.staging.0),
            ("@production@", self.production.0),
            ("@production-prefix@", self.production.1),
            ("@staging-prefix@", self.staging.1),
            ("@repository@", self.setup.repository.as_deref().unwrap_or("OWNER/REPOSITORY")),
            ("@branch@", &self.setup.branch),
            ("@account@", account),
        ];
        pairs.iter().fold(text.to_owned(), |text, (word, value)| text.replace(word, value))
    }
}

fn policy(statements: Vec<Value>) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// What a bucket tidies by itself. Objects are never expired by age: only what was deleted, later for good.
fn lifecycle(bucket: Bucket) -> Value {
    let days = if bucket == Staging { 7 } else { 90 };
    json!({ "Rules": [
        { "ID": "unfinished-uploads", "Status": "Enabled", "Filter": {}, "AbortIncompleteMultipartUpload": { "DaysAfterInitiation": 7 } },
        { "ID": "deleted-for-good", "Status": "Enabled", "Filter": {}, "NoncurrentVersionExpiration": { "NoncurrentDays": days } },
    ] })
}
