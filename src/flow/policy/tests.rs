//! A small evaluator of policies, and against it the table of who may do what.

use super::*;
use crate::flow::workflow::{Names, Publisher};

const RECEIPT: &str = ".git-data/published/prices.csv/v1-ab.json";
const SIGNATURE: &str = ".git-data/published/prices.csv/v1-ab.json.sig";
const DATA: &str = "prices.csv/v1-ab.csv";
const LISTING: &str = "maps/v2-0123456789abcdef.tree";
const TREE: &str = "maps/v2-0123456789abcdef/files/a/b.png";
const QUARANTINE: &str = ".git-data/incoming/0123456789abcdef";
const TRY: &str = ".git-data/probe/0123456789abcdef/whole";

fn setup(provider: Provider) -> Setup {
    let publisher = Publisher::Source { repository: "https://h/o/r".into(), revision: "a".repeat(40) };
    let (repository, account) = (Some("o/r".into()), Some("123456789012".into()));
    let repository_id = Some("42".into());
    let names = Names::Variables;
    Setup { provider, names, publisher, branch: "main".into(), repository, repository_id, attest: false, account }
}

fn written(provider: Provider, prefix: &str) -> Vec<(String, String)> {
    let address = |bucket: &str| Address::S3 { bucket: bucket.into(), prefix: prefix.into() };
    files(&setup(provider), &address("stage"), &address("prod")).unwrap()
}

fn policy_of(prefix: &str, name: &str) -> Value {
    let files = written(Provider::Aws, prefix);
    serde_json::from_str(&files.iter().find(|(n, _)| n == name).unwrap().1).unwrap()
}

/// A request: who, what, on which resource, with which condition keys.
struct Asked<'a> {
    principal: &'a str,
    action: &'a str,
    resource: String,
    context: Vec<(&'a str, &'a str)>,
}

/// `*` stands for any text, as in policies.
fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((head, rest)) => text
            .strip_prefix(head)
            .is_some_and(|tail| (0..=tail.len()).any(|at| tail.is_char_boundary(at) && matches(rest, &tail[at..]))),
    }
}

fn list(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(all) => all.iter().map(|v| v.as_str().unwrap()).collect(),
        one => vec![one.as_str().unwrap()],
    }
}

fn holds(condition: &Value, asked: &Asked<'_>) -> bool {
    let Some(operators) = condition.as_object() else { return true };
    operators.iter().all(|(operator, keys)| {
        keys.as_object().unwrap().iter().all(|(key, wanted)| {
            let principal = ("aws:PrincipalArn", asked.principal);
            let there = asked.context.iter().chain([&principal]).find(|(k, _)| k == key).map(|(_, v)| *v);
            match operator.as_str() {
                "Null" => there.is_none() == (wanted == "true"),
                "Bool" | "StringEquals" => there.is_some_and(|v| list(wanted).contains(&v)),
                "StringLike" => there.is_some_and(|v| list(wanted).iter().any(|w| matches(w, v))),
                "ArnNotEquals" => there.is_none_or(|v| !list(wanted).contains(&v)),
                other => panic!("the evaluator does not know {other}"),
            }
        })
    })
}

/// Whether a statement of that effect applies.
fn says(policy: &Value, effect: &str, asked: &Asked<'_>) -> bool {
    policy["Statement"].as_array().unwrap().iter().any(|s| {
        s["Effect"] == effect
            && list(&s["Action"]).iter().any(|a| matches(a, asked.action))
            && list(&s["Resource"]).iter().any(|r| matches(r, &asked.resource))
            && holds(&s["Condition"], asked)
    })
}

fn role_may(prefix: &str, role: &str, action: &str, bucket: &str, key: &str) -> bool {
    let policy = policy_of(prefix, &format!("{role}.json"));
    let resource = format!("arn:aws:s3:::{bucket}/{prefix}{key}");
    let context = vec![("aws:MultiFactorAuthPresent", "true")];
    let asked = Asked { principal: "", action, resource, context };
    says(&policy, "Allow", &asked) && !says(&policy, "Deny", &asked)
}

const ROLES: [&str; 7] = ["dev", "reader", "check", "publish", "sweep", "janitor", "break-glass"];
/// Letter, and the action that it stands for.
const ACTIONS: [(char, &str); 5] = [
    ('r', "s3:GetObject"),
    ('w', "s3:PutObject"),
    ('d', "s3:DeleteObject"),
    ('v', "s3:DeleteObjectVersion"),
    ('p', "s3:PutObjectAcl"),
];

/// Where, and what each of `ROLES` may do there.
#[rustfmt::skip]
const TABLE: [(&str, &str, [&str; 7]); 9] = [
    //                      dev    reader check publish sweep janitor break-glass
    ("stage", "ab12",      ["rw",  "",    "r",  "r",    "r",  "rd",   ""]),
    ("stage", TRY,         ["rwd", "",    "r",  "r",    "r",  "rd",   ""]),
    ("prod",  DATA,        ["r",   "r",   "r",  "rw",   "rd", "",     "rdv"]),
    ("prod",  TREE,        ["r",   "r",   "r",  "rw",   "rd", "",     "rdv"]),
    ("prod",  LISTING,     ["r",   "r",   "r",  "rw",   "rd", "r",    "rdv"]),
    ("prod",  RECEIPT,     ["r",   "r",   "r",  "rw",   "r",  "r",    "rdv"]),
    ("prod",  SIGNATURE,   ["r",   "r",   "r",  "rw",   "r",  "r",    "rdv"]),
    ("prod",  QUARANTINE,  ["r",   "r",   "r",  "rwd",  "rd", "",     "rdv"]),
    ("prod",  TRY,         ["r",   "r",   "r",  "rwd",  "rd", "",     "rdv"]),
];

#[test]
fn each_role_may_do_what_the_table_says_and_nothing_else() {
    for prefix in ["", "team/"] {
        for (bucket, key, rights) in TABLE {
            for (role, expected) in ROLES.iter().zip(rights) {
                let may = |action: &str| role_may(prefix, role, action, bucket, key);
                let found: String =
                    ACTIONS.iter().filter(|(_, action)| may(action)).map(|(letter, _)| *letter).collect();
                assert_eq!(found, expected, "{role} on {bucket}/{prefix}{key}");
            }
        }
    }
}

#[test]
fn nobody_reaches_beyond_the_prefix() {
    for role in ROLES {
        let policy = policy_of("team/", &format!("{role}.json"));
        for (bucket, (_, action)) in ["stage", "prod"].iter().flat_map(|b| ACTIONS.map(|a| (b, a))) {
            let resource = format!("arn:aws:s3:::{bucket}/other/v1-x");
            let context = vec![("aws:MultiFactorAuthPresent", "true")];
            assert!(!says(&policy, "Allow", &Asked { principal: "", action, resource, context }), "{role} {action}");
        }
        let list = |prefix| Asked {
            principal: "",
            action: "s3:ListBucket",
            resource: "arn:aws:s3:::prod".into(),
            context: vec![("s3:prefix", prefix)],
        };
        if role != "break-glass" {
            assert!(!says(&policy, "Allow", &list("other/")), "{role} lists what is beyond");
            assert!(says(&policy, "Allow", &list("team/x")), "{role} lists its own");
        }
    }
}

#[test]
fn break_glass_needs_a_second_factor() {
    let policy = policy_of("", "break-glass.json");
    let asked = |context| Asked {
        principal: "",
        action: "s3:DeleteObjectVersion",
        resource: "arn:aws:s3:::prod/x".into(),
        context,
    };
    assert!(says(&policy, "Allow", &asked(vec![("aws:MultiFactorAuthPresent", "true")])));
    assert!(!says(&policy, "Allow", &asked(vec![("aws:MultiFactorAuthPresent", "false")])));
    assert!(!says(&policy, "Allow", &asked(vec![])));
}

/// Whether the production bucket refuses a principal that may do everything.
fn refused(role: &str, action: &str, key: &str, more: &[(&str, &str)]) -> bool {
    let principal = format!("arn:aws:iam::123456789012:role/git-data-{role}");
    let mut context = vec![("aws:SecureTransport", "true")];
    context.extend(more);
    let resource = format!("arn:aws:s3:::prod/team/{key}");
    says(
        &policy_of("team/", "production-bucket.json"),
        "Deny",
        &Asked { principal: &principal, action, resource, context },
    )
}

#[test]
fn the_production_bucket_refuses_even_an_administrator() {
    let whole = [("s3:ObjectCreationOperation", "true")];
    let once = [("s3:ObjectCreationOperation", "true"), ("s3:if-none-match", "*")];
    for key in [DATA, TREE, RECEIPT, SIGNATURE, ".git-data/chunks/ab"] {
        assert!(!refused("publish", "s3:PutObject", key, &once), "{key}: the publisher writes once");
        assert!(refused("publish", "s3:PutObject", key, &whole), "{key}: a plain write");
        assert!(!refused("publish", "s3:PutObject", key, &[("s3:ObjectCreationOperation", "false")]), "{key}: a part");
        assert!(refused("admin", "s3:PutObject", key, &once), "{key}: nobody else writes");
        assert!(refused("publish", "s3:DeleteObject", key, &[]), "{key}: the publisher deletes nothing final");
        assert_eq!(refused("sweep", "s3:DeleteObject", key, &[]), key == RECEIPT || key == SIGNATURE, "{key}");
        assert!(refused("sweep", "s3:DeleteObjectVersion", key, &[]), "{key}: versions stay");
        assert!(!refused("break-glass", "s3:DeleteObjectVersion", key, &[]), "{key}");
        assert!(!refused("break-glass", "s3:DeleteObject", key, &[]), "{key}");
    }
    for key in [QUARANTINE, TRY] {
        assert!(!refused("publish", "s3:PutObject", key, &whole), "{key}: the publisher tries and isolates there");
        assert!(!refused("publish", "s3:DeleteObject", key, &[]), "{key}");
        assert!(refused("dev", "s3:DeleteObject", key, &[]), "{key}");
        assert!(refused("dev", "s3:PutObject", key, &once), "{key}");
    }
    assert!(!refused("dev", "s3:GetObject", DATA, &[]));
}

#[test]
fn nothing_passes_without_encryption() {
    for name in ["production-bucket.json", "staging-bucket.json"] {
        let bucket = name.split('-').next().unwrap().replace("production", "prod").replace("staging", "stage");
        let resource = format!("arn:aws:s3:::{bucket}/team/{DATA}");
        let context = vec![("aws:SecureTransport", "false")];
        let asked = Asked { principal: "x", action: "s3:GetObject", resource, context };
        assert!(says(&policy_of("team/", name), "Deny", &asked), "{name}");
    }
}

#[test]
fn a_role_is_taken_by_its_own_job_only() {
    let trusts = |role: &str, claims: &[(&str, &str)]| {
        let policy = policy_of("", &format!("{role}-trust.json"));
        let names: Vec<String> = claims.iter().map(|(name, _)| format!("{ISSUER}:{name}")).collect();
        let context = names.iter().map(String::as_str).zip(claims.iter().map(|(_, value)| *value)).collect();
        holds(
            &policy["Statement"][0]["Condition"],
            &Asked { principal: "", action: "", resource: String::new(), context },
        )
    };
    let good = [
        ("aud", "sts.amazonaws.com"),
        ("sub", "repo:o/r:environment:data-production"),
        ("repository_id", "42"),
        ("ref", "refs/heads/main"),
        ("job_workflow_ref", "o/r/.github/workflows/data-publish.yml@refs/heads/main"),
    ];
    assert!(trusts("publish", &good));
    for (at, (claim, _)) in good.iter().enumerate() {
        let mut other = good;
        other[at].1 = "another";
        assert!(!trusts("publish", &other), "{claim}");
        let without: Vec<_> = good.iter().filter(|(name, _)| name != claim).copied().collect();
        assert!(!trusts("publish", &without), "{claim} missing");
    }
    assert!(!trusts("sweep", &good) && !trusts("check", &good) && !trusts("janitor", &good));
    let check = [("aud", "sts.amazonaws.com"), ("sub", "repo:o/r:environment:data-check"), ("repository_id", "42")];
    assert!(trusts("check", &check), "a pull request's ref is not the branch's");
}

#[test]
fn r2_is_told_in_words_and_folders_have_none() {
    let files = written(Provider::R2, "team/");
    let [(name, text)] = files.as_slice() else { panic!("{files:?}") };
    assert_eq!(name, "r2.md");
    assert!(text.contains("`team/.git-data/published/` | indefinite") && !text.contains("@production@"));
    for (_, text) in written(Provider::Aws, "") {
        assert!(!text.contains("@staging@") && !text.contains("@branch@") && !text.contains(ACCOUNT_LEFT), "{text}");
    }
    let folder = Address::Directory { path: "x".into() };
    assert!(super::files(&setup(Provider::Directory), &folder, &folder).is_err());
}

/// An ARN that nobody filled in.
const ACCOUNT_LEFT: &str = "::ACCOUNT_ID:";
