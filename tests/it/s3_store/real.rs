//! The same demands on a real server, by hand: MiniStack, Garage, Ceph, R2, AWS.
//!
//! ```sh
//! GIT_DATA_TEST_S3='http://127.0.0.1:9109 staging production ACCESS SECRET' cargo test --test it real -- --ignored --nocapture
//! ```
//! With `GIT_DATA_TEST_S3_COPIES` also create-only copies are demanded (AWS, LocalStack; MiniStack ignores them).

use git_data::flow::address::Address;
use git_data::flow::hash::Digest;
use git_data::store::options::{Keys, S3Options};
use git_data::store::probe::capabilities;
use git_data::store::retry::Pace;
use git_data::store::rights::{Place, Role, Trial, rights};
use git_data::store::s3::S3;
use git_data::store::{Body, CopySource, Outcome, Read as _, Source, When, Write as _};

use super::{body, bytes, key, noise};
use crate::conformance::{self, Honours};

#[test]
#[ignore = "needs GIT_DATA_TEST_S3, see the head of the file"]
fn a_real_store_does_all_of_it() {
    let setting = std::env::var("GIT_DATA_TEST_S3").unwrap();
    let [endpoint, staging, production, access, secret] = setting.split(' ').collect::<Vec<_>>()[..] else { panic!() };
    let options = S3Options {
        endpoint: Some(endpoint.into()),
        region: Some("us-east-1".into()),
        credentials: Some(Keys::new(access, secret)),
        ..S3Options::default()
    };
    let id = format!("test-{}", std::process::id());
    let open = |bucket: &str| {
        let address = Address::parse(&format!("s3://{bucket}/{id}")).unwrap();
        S3::new(&address, &options, Pace::default()).unwrap()
    };
    let (staging, production) = (open(staging), open(production));
    let found = capabilities(&production, &id).unwrap();
    let conditions = found.create_only && found.replace_only && found.create_only_complete;
    let copies = std::env::var_os("GIT_DATA_TEST_S3_COPIES").is_some();
    let honours = Honours { conditions: conditions && copies, source_conditions: found.source_condition, sizes: false };
    conformance::run(&staging, honours, "suite/");
    for (role, place, store) in
        [(Role::Developer, Place::Staging, &staging), (Role::Publisher, Place::Production, &production)]
    {
        for row in rights(role, place, store, &Trial::Known(&found), &id).unwrap() {
            eprintln!("{place:?} {row:?}");
        }
    }
    eprintln!("{found:#?}");
    for name in ["plain", "a b+c%d&e?f#g/é"] {
        staging.put(&key(name), body(b"hello"), When::Always).unwrap();
        assert_eq!(bytes(&staging, name, Some((1, 3)), None).unwrap().unwrap(), b"ell");
        eprintln!("{:?}", staging.head(&key(name)).unwrap().unwrap());
    }
    let content = noise(17 << 20);
    let mut file = tempfile::NamedTempFile::new().unwrap();
    std::io::Write::write_all(&mut file, &content).unwrap();
    let upload = staging.begin(&key("big")).unwrap();
    let mut parts = vec![];
    for (number, (offset, size)) in (1..).zip(git_data::flow::part::cut(content.len() as u64)) {
        let (from, to) = (usize::try_from(offset).unwrap(), usize::try_from(offset + size).unwrap());
        let sha256 = Digest::of(&content[from..to]);
        let piece = Body { sha256, size, source: Source::File(file.path(), offset) };
        parts.push(staging.part(&upload, number, piece).unwrap());
    }
    assert_eq!(staging.parts(&upload).unwrap().len(), 3);
    let stored = staging.complete(&upload, &parts, content.len() as u64, When::Absent).unwrap();
    assert!(matches!(stored, Outcome::Stored(_)));
    let head = staging.head(&key("big")).unwrap().unwrap();
    eprintln!("{head:?}");
    assert!(bytes(&staging, "big", None, Some(&head.pin)).unwrap().unwrap() == content);
    let (big, copied) = (key("big"), key("copied"));
    let upload = production.begin(&copied).unwrap();
    let source = CopySource { bucket: &staging, key: &big, pin: &head.pin, range: None };
    let part = production.copy_part(&upload, 1, &source).unwrap();
    eprintln!("{part:?}");
    production.complete(&upload, &[part], content.len() as u64, When::Absent).unwrap();
    assert!(bytes(&production, "copied", None, None).unwrap().unwrap() == content);
    for store in [&staging, &production] {
        let mut keys = vec![];
        store
            .list("", &mut |line| {
                keys.push(line.key);
                Ok(())
            })
            .unwrap();
        keys.iter().for_each(|key| store.delete(key).unwrap());
    }
}

#[test]
#[ignore = "needs GIT_DATA_TEST_S3_READER, like GIT_DATA_TEST_S3 with a key that may only read production"]
fn a_real_store_keeps_a_laptop_out_of_production() {
    let setting = std::env::var("GIT_DATA_TEST_S3_READER").unwrap();
    let [endpoint, _, production, access, secret] = setting.split(' ').collect::<Vec<_>>()[..] else { panic!() };
    let options = S3Options {
        endpoint: Some(endpoint.into()),
        credentials: Some(Keys::new(access, secret)),
        ..S3Options::default()
    };
    let address = Address::parse(&format!("s3://{production}")).unwrap();
    let store = S3::new(&address, &options, Pace::default()).unwrap();
    let rows = rights(Role::Developer, Place::Production, &store, &Trial::Not, "test-reader").unwrap();
    assert!(rows.iter().all(|row| row.ok), "{rows:#?}");
    let error = store.put(&key("x"), body(b"x"), When::Absent).unwrap_err();
    assert!(error.message.ends_with("these credentials may not do that"), "{error:?}");
    let wrong = S3Options { credentials: Some(Keys::new(access, "wrong-secret")), ..options };
    let error = S3::new(&address, &wrong, Pace::default()).unwrap().head(&key("x")).unwrap_err();
    assert!(error.message.contains("access key or its secret"), "{error:?}");
}
