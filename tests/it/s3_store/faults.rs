//! Servers and networks that misbehave.

use std::io::Read as _;
use std::time::Duration;

use git_data::error::Kind;
use git_data::store::{Outcome, Read as _, When, Write as _};

use super::{Lab, body, bytes, key, noise};
use crate::s3::{Answer, Backdoor, Fault, Kind as Wrong, Mode};

#[test]
fn a_lost_answer_to_a_create_only_put_is_recognised_as_ours() {
    let lab = Lab::new(Mode::Aws);
    let store = lab.open("s3://staging");
    lab.server.fault(Fault::new("PutObject", Wrong::AnswerLost));
    let stored = store.put(&key("x"), body(b"mine"), When::Absent).unwrap();
    assert!(matches!(stored, Outcome::Stored(_)), "{stored:?}");
    assert_eq!(lab.server.count("PutObject"), 2);
    // With a store that attests nothing, it cannot be proved: the caller looks.
    let lab = Lab::new(Mode::Ceph);
    lab.server.fault(Fault::new("PutObject", Wrong::AnswerLost));
    assert_eq!(lab.open("s3://staging").put(&key("x"), body(b"mine"), When::Absent).unwrap(), Outcome::Refused);
}

#[test]
fn a_lost_answer_is_not_mistaken_for_somebody_elses_object() {
    let lab = Lab::new(Mode::Aws);
    let store = lab.open("s3://staging");
    let server = lab.server.inside();
    lab.server.fault(Fault::new("PutObject", Wrong::Reset));
    let hook = move |_: &crate::s3::Request| server.put_raw("staging", "x", "theirs", Backdoor::Put);
    lab.server.fault(Fault::new("PutObject", Wrong::Call(std::sync::Arc::new(hook))).nth(2));
    assert_eq!(store.put(&key("x"), body(b"mine"), When::Absent).unwrap(), Outcome::Refused);
    assert_eq!(lab.server.get("staging", "x").unwrap(), "theirs");
}

#[test]
fn a_412_is_a_refusal_and_a_409_is_tried_again() {
    let lab = Lab::new(Mode::Aws);
    let store = lab.open("s3://staging");
    lab.server.fault(Fault::new("PutObject", Wrong::Error(Answer::precondition_failed())));
    assert_eq!(store.put(&key("x"), body(b"x"), When::Absent).unwrap(), Outcome::Refused);
    lab.server.mend();
    lab.server.fault(Fault::new("PutObject", Wrong::Error(Answer::conflict())).times(2));
    assert!(matches!(store.put(&key("x"), body(b"x"), When::Absent).unwrap(), Outcome::Stored(_)));
    assert_eq!(lab.slept.lock().unwrap().len(), 2);
}

#[test]
fn a_busy_store_is_waited_for_as_long_as_it_asks() {
    let lab = Lab::new(Mode::Aws);
    let store = lab.open("s3://staging");
    lab.server.fault(Fault::new("PutObject", Wrong::Error(Answer::slow_down())).times(2));
    lab.server.fault(Fault::new("HeadObject", Wrong::Error(Answer::internal_error())));
    store.put(&key("x"), body(b"x"), When::Absent).unwrap();
    assert!(store.head(&key("x")).unwrap().is_some());
    let slept = lab.slept.lock().unwrap().clone();
    assert_eq!(slept, [Duration::from_secs(1), Duration::from_secs(1), Duration::from_millis(100)]);
    lab.server.fault(Fault::new("GetObject", Wrong::Error(Answer::too_many_requests())).always());
    let error = bytes(&store, "x", None, None).unwrap_err();
    assert_eq!(error.message, "cannot read s3://staging/x: the store was busy 8 times");
    assert_eq!((error.kind, lab.server.count("GetObject")), (Kind::Store, 8));
}

#[test]
fn a_body_that_ends_early_is_an_error_that_may_be_tried_again() {
    let lab = Lab::new(Mode::Aws);
    let store = lab.open("s3://staging");
    let content = noise(3 << 20);
    store.put(&key("x"), body(&content), When::Absent).unwrap();
    lab.server.fault(Fault::new("GetObject", Wrong::CutBody(1 << 20)));
    let mut stream = store.open(&key("x"), None, None).unwrap().unwrap();
    let mut got = vec![];
    let error = stream.read_to_end(&mut got).unwrap_err();
    assert!(
        matches!(error.kind(), std::io::ErrorKind::ConnectionReset | std::io::ErrorKind::UnexpectedEof),
        "{error:?}"
    );
    assert!(content.starts_with(&got) && got.len() < content.len());
    let rest = bytes(&store, "x", Some((got.len() as u64, (content.len() - got.len()) as u64)), None).unwrap().unwrap();
    assert_eq!([got, rest].concat(), content);
}

#[test]
fn a_complete_that_fails_inside_a_200_is_no_success() {
    let lab = Lab::new(Mode::Aws);
    let store = lab.open("s3://staging");
    let upload = store.begin(&key("x")).unwrap();
    let part = store.part(&upload, 1, body(b"part")).unwrap();
    let parts = [part];
    let wrong = Wrong::ErrorIn200 { code: "InternalError", applied: false };
    lab.server.fault(Fault::new("CompleteMultipartUpload", wrong).always());
    let error = store.complete(&upload, &parts, 4, When::Absent).unwrap_err();
    assert_eq!(error.kind, Kind::Store);
    assert_eq!(lab.server.count("CompleteMultipartUpload"), 8);
    assert_eq!(lab.server.get("staging", "x"), None);
    lab.server.mend();
    let wrong = Wrong::ErrorIn200 { code: "InternalError", applied: true };
    lab.server.fault(Fault::new("CompleteMultipartUpload", wrong));
    assert!(matches!(store.complete(&upload, &parts, 4, When::Absent).unwrap(), Outcome::Stored(_)));
}

#[test]
fn a_complete_whose_answer_was_lost_is_looked_for() {
    for mode in [Mode::Aws, Mode::R2] {
        let lab = Lab::new(mode);
        let store = lab.open("s3://staging");
        let upload = store.begin(&key("x")).unwrap();
        let parts = [store.part(&upload, 1, body(b"part")).unwrap()];
        lab.server.fault(Fault::new("CompleteMultipartUpload", Wrong::AnswerLost));
        let made = store.complete(&upload, &parts, 4, When::Absent).unwrap();
        assert!(matches!(made, Outcome::Stored(_)), "{mode:?} {made:?}");
        lab.server.fault(Fault::new("CompleteMultipartUpload", Wrong::Error(Answer::no_such_upload())));
        assert!(matches!(store.complete(&upload, &parts, 4, When::Absent).unwrap(), Outcome::Stored(_)));
        lab.server.remove_raw("staging", "x");
        lab.server.mend();
        lab.server.fault(Fault::new("CompleteMultipartUpload", Wrong::Error(Answer::no_such_upload())));
        let error = store.complete(&upload, &parts, 4, When::Absent).unwrap_err();
        assert_eq!(error.kind, Kind::Conflict, "{error}");
    }
}

#[test]
fn a_success_without_content_is_looked_at() {
    let lab = Lab::new(Mode::Aws);
    let store = lab.open("s3://staging");
    let upload = store.begin(&key("x")).unwrap();
    let parts = [store.part(&upload, 1, body(b"part")).unwrap()];
    lab.server.fault(Fault::new("CompleteMultipartUpload", Wrong::Empty200));
    assert!(
        matches!(store.complete(&upload, &parts, 4, When::Absent).unwrap(), Outcome::Stored(p) if p.etag.is_some())
    );
}

#[test]
fn a_connection_that_breaks_is_tried_again_with_the_body_from_its_start() {
    let lab = Lab::new(Mode::Aws);
    let store = lab.open("s3://staging");
    let content = noise(2 << 20);
    let upload = store.begin(&key("x")).unwrap();
    lab.server.fault(Fault::new("UploadPart", Wrong::Reset).times(3));
    let part = store.part(&upload, 1, body(&content)).unwrap();
    assert_eq!((part.size, lab.slept.lock().unwrap().len()), (2 << 20, 3));
}

#[test]
fn silence_is_a_failure_too() {
    let lab = Lab::new(Mode::Aws);
    let mut pace = lab.pace();
    pace.idle = Duration::from_millis(50);
    let address = git_data::flow::address::Address::parse("s3://staging").unwrap();
    let store = git_data::store::s3::S3::new(&address, &lab.options, pace).unwrap();
    lab.server.fault(Fault::new("HeadObject", Wrong::Latency(Duration::from_secs(3_600))).times(2));
    assert_eq!(store.head(&key("x")).unwrap(), None);
    assert_eq!(lab.slept.lock().unwrap().len(), 2);
}
