//! What a person is told when a bucket cannot be used: one line, a cause, a next step; never a secret.

use git_data::error::{Error, Kind};
use git_data::store::options::{Keys, S3Options};
use git_data::store::{Outcome, Read as _, When, Write as _};

use super::{Lab, body, bytes, key};
use crate::s3::{Answer, Fault, Kind as Wrong, Mode, Rights};

fn head(lab: &Lab, options: &S3Options, url: &str) -> Error {
    let store = lab.open_with(url, options);
    // Debug output of what holds the credentials shows none.
    discreet(lab, &format!("{store:?} {options:?}"));
    let error = store.head(&key("k")).unwrap_err();
    discreet(lab, &format!("{error} {error:?} {:?} {:?}", error.causes(), error.hints));
    assert!(!error.message.contains('\n') && error.kind == Kind::Store, "{error:?}");
    error
}

fn discreet(lab: &Lab, text: &str) {
    let keys = lab.options.credentials.as_ref().unwrap();
    for secret in [keys.secret.reveal(), keys.access.reveal(), "not-the-secret", "Signature="] {
        assert!(!text.contains(secret), "{text}");
    }
}

#[test]
fn a_missing_bucket_is_named_by_every_operation() {
    let lab = Lab::new(Mode::Aws);
    let error = head(&lab, &lab.options, "s3://nowhere/p");
    assert_eq!(error.message, "cannot look at s3://nowhere/p/k: the bucket nowhere does not exist");
    assert!(error.hints[0].contains("git config data.staging"), "{error:?}");
    let store = lab.open("s3://nowhere");
    let errors = [
        store.put(&key("k"), body(b"x"), When::Absent).unwrap_err(),
        bytes(&store, "k", None, None).unwrap_err(),
        store.list("", &mut |_| Ok(())).unwrap_err(),
        store.begin(&key("k")).unwrap_err(),
        store.uploads("").unwrap_err(),
        store.delete(&key("k")).unwrap_err(),
    ];
    for error in errors {
        assert!(error.message.ends_with("the bucket nowhere does not exist"), "{error:?}");
    }
}

#[test]
fn wrong_keys_are_told_from_missing_rights() {
    let lab = Lab::new(Mode::Aws);
    let keys = lab.options.credentials.clone().unwrap();
    let wrong = Keys::new(keys.access.reveal(), "not-the-secret");
    let error = head(&lab, &S3Options { credentials: Some(wrong), ..lab.options.clone() }, "s3://staging");
    assert_eq!(error.message, "cannot look at s3://staging/k: the store does not accept the access key or its secret");
    assert!(error.causes()[0].starts_with("SignatureDoesNotMatch"), "{error:?}");
    assert!(error.hints[0].contains("R2_SECRET_ACCESS_KEY"));
    let unknown = S3Options { credentials: Some(Keys::new("AKNOBODY", "not-the-secret")), ..lab.options.clone() };
    assert!(head(&lab, &unknown, "s3://staging").causes()[0].starts_with("InvalidAccessKeyId"));
    let limited = lab.limited("dev", &[("staging", Rights::READ_WRITE)]);
    let error = head(&lab, &limited, "s3://production");
    assert_eq!(error.message, "cannot look at s3://production/k: these credentials may not do that");
    let reader = lab.limited("reader", &[("production", Rights::READ)]);
    let error = lab.open_with("s3://production", &reader).put(&key("k"), body(b"x"), When::Absent).unwrap_err();
    assert_eq!(error.message, "cannot store s3://production/k: these credentials may not do that");
    assert_eq!(error.causes()[0], "AccessDenied: Access Denied (HTTP 403)");
}

#[test]
fn an_expired_session_names_the_login() {
    let lab = Lab::new(Mode::Aws);
    lab.server.fault(Fault::any(Wrong::Error(Answer::expired_token())).always());
    let error = head(&lab, &lab.options, "s3://staging");
    assert_eq!(error.message, "cannot look at s3://staging/k: the credentials have expired");
    assert!(error.causes()[0].starts_with("ExpiredToken"), "{error:?}");
}

#[test]
fn a_wrong_clock_is_corrected_or_else_measured() {
    let lab = Lab::new(Mode::Aws);
    lab.server.clock(3 * 3_600 + 60);
    lab.server.refuse_skew(true);
    assert_eq!(lab.open("s3://staging").head(&key("k")).unwrap(), None);
    let stored = lab.open("s3://staging").put(&key("k"), body(b"x"), When::Absent).unwrap();
    assert!(matches!(stored, Outcome::Stored(_)));
    lab.server.fault(Fault::any(Wrong::Error(Answer::time_too_skewed())).always());
    let error = head(&lab, &lab.options, "s3://staging");
    assert_eq!(error.message, "cannot look at s3://staging/k: this computer's clock is 3 hours slow");
    assert_eq!(error.hints, ["set the clock: sudo timedatectl set-ntp true"]);
}

#[test]
fn a_bucket_elsewhere_names_its_region() {
    let lab = Lab::new(Mode::Aws);
    lab.server.fault(Fault::any(Wrong::Error(Answer::permanent_redirect("eu-north-1"))).always());
    let error = head(&lab, &lab.options, "s3://staging");
    assert!(error.message.ends_with("the bucket staging is in the region eu-north-1"), "{error:?}");
    assert_eq!(error.hints, ["git config data.region eu-north-1"]);
}

#[test]
fn no_network_names_the_host() {
    let lab = Lab::new(Mode::Aws);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = format!("127.0.0.1:{}", listener.local_addr().unwrap().port());
    drop(listener);
    let options = S3Options { endpoint: Some(format!("http://{closed}")), ..lab.options.clone() };
    let error = head(&lab, &options, "s3://staging");
    assert_eq!(error.message, format!("cannot look at s3://staging/k: could not reach {closed}: connection refused"));
    assert!(error.hints[0].contains("git config data.endpoint"));
    let options = S3Options { endpoint: Some("http://nosuchhost.invalid".into()), ..lab.options.clone() };
    let error = head(&lab, &options, "s3://staging");
    assert!(error.message.contains("could not reach nosuchhost.invalid"), "{error:?}");
    let url = lab.server.url().replace("http://", "https://");
    let error = head(&lab, &S3Options { endpoint: Some(url), ..lab.options.clone() }, "s3://staging");
    assert!(error.message.contains("could not reach 127.0.0.1"), "{error:?} {:?}", error.causes());
}

#[test]
fn no_credentials_name_both_ways_to_give_them() {
    let lab = Lab::new(Mode::Aws);
    let profile = Some("git-data-no-such-profile".to_owned());
    let options = S3Options { credentials: None, profile, ..lab.options.clone() };
    let error = head(&lab, &options, "s3://staging");
    assert_eq!(error.message, "cannot look at s3://staging/k: no credentials were found", "{:?}", error.causes());
    assert_eq!(error.hints[0], "aws configure --profile git-data-no-such-profile");
    assert!(error.hints[1].contains("R2_ACCOUNT_ID"));
}

#[test]
fn the_stores_refusal_of_a_body_is_a_changed_file() {
    let lab = Lab::new(Mode::Aws);
    lab.server.fault(Fault::any(Wrong::Error(Answer::new(400, "XAmzContentSHA256Mismatch"))).always());
    let error = lab.open("s3://staging").put(&key("k"), body(b"x"), When::Absent).unwrap_err();
    assert_eq!(error.kind, Kind::User);
    assert!(error.message.starts_with("FILE_CHANGED"), "{error}");
}
