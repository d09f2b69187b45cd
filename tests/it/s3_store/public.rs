//! A public URL: no credentials, no listing, the same bytes.

use git_data::error::Kind;
use git_data::flow::address::Address;
use git_data::store::options::S3Options;
use git_data::store::s3::Public;
use git_data::store::{Attested, Read as _, When, Write as _};

use super::{Lab, body, bytes, key};
use crate::s3::{Answer, Fault, Kind as Wrong, Mode};

fn public(lab: &Lab, base: &str) -> Public {
    let address = Address::parse("s3://production/p").unwrap();
    Public::new(&address, base, &S3Options::default(), lab.pace()).unwrap()
}

#[test]
fn published_bytes_are_read_without_credentials() {
    let lab = Lab::new(Mode::R2);
    lab.server.public("production");
    let store = lab.open("s3://production/p");
    store.put(&key("a b/é+"), body(b"hello"), When::Absent).unwrap();
    lab.server.forget();
    let public = public(&lab, &format!("{}/production/p/", lab.server.url()));
    let head = public.head(&key("a b/é+")).unwrap().unwrap();
    assert_eq!((head.size, head.attested), (5, Attested::Nothing));
    assert!(head.pin.etag.is_some() && head.modified > 0);
    assert_eq!(bytes(&public, "a b/é+", None, Some(&head.pin)).unwrap().unwrap(), b"hello");
    assert_eq!(bytes(&public, "a b/é+", Some((1, 3)), Some(&head.pin)).unwrap().unwrap(), b"ell");
    assert_eq!(public.head(&key("none")).unwrap(), None);
    assert!(bytes(&public, "none", None, None).unwrap().is_none());
    assert!(lab.server.log().iter().all(|entry| entry.header("authorization").is_none()));
    store.put(&key("a b/é+"), body(b"other"), When::Always).unwrap();
    assert_eq!(bytes(&public, "a b/é+", None, Some(&head.pin)).unwrap_err().kind, Kind::Conflict);
    lab.server.fault(Fault::new("GetObject", Wrong::Error(Answer::internal_error())).times(2));
    assert_eq!(bytes(&public, "a b/é+", None, None).unwrap().unwrap(), b"other");
}

#[test]
fn what_is_not_public_says_so() {
    let lab = Lab::new(Mode::Aws);
    let base = format!("{}/production", lab.server.url());
    let error = public(&lab, &base).head(&key("k")).unwrap_err();
    assert_eq!(error.message, format!("cannot read {base}/k: it is not public"));
    assert!(error.hints[0].contains("data.publicUrl"));
}
