//! Faults of the answer: wrong status, wrong document, wrong header, listings that lie.

use super::multipart::Upload;
use super::*;
use crate::s3::{Answer, Backdoor, Fault, Kind, ListLie};
use aws_sdk_s3::types::ChecksumMode;

#[test]
fn errors_come_with_status_code_and_headers() {
    let (server, client) = start(Mode::Aws);
    let cases = [
        (Answer::internal_error(), 500, "InternalError"),
        (Answer::slow_down(), 503, "SlowDown"),
        (Answer::too_many_requests(), 429, "TooManyRequests"),
        (Answer::expired_token(), 403, "ExpiredToken"),
        (Answer::time_too_skewed(), 403, "RequestTimeTooSkewed"),
        (Answer::access_denied(), 403, "AccessDenied"),
        (Answer::permanent_redirect("eu-west-1"), 301, "PermanentRedirect"),
        (Answer::precondition_failed(), 412, "PreconditionFailed"),
        (Answer::conflict(), 409, "ConditionalRequestConflict"),
    ];
    for (answer, status, code) in cases {
        let headers = answer.headers.clone();
        server.fault(Fault::new("PutObject", Kind::Error(answer)));
        let body = vec![0; 3 << 20].into();
        let error = wait(client.put_object().bucket("staging").key("k").body(body).send()).unwrap_err();
        for (name, value) in headers {
            assert_eq!(error.raw_response().unwrap().headers().get(name), Some(&*value));
        }
        assert_eq!(refused(Err::<(), _>(error)), is(status, code));
    }
    assert_eq!(server.objects("staging"), []);
    assert_eq!(server.log()[0].received, 3 << 20);
}

#[test]
fn an_error_can_follow_success() {
    let (server, client) = start(Mode::Aws);
    let upload = Upload::new(&client, "k", false);
    let part = [upload.send(1, b"abc")];
    server.fault(Fault::new("CompleteMultipartUpload", Kind::ErrorAfter(Answer::no_such_upload())));
    assert_eq!(refused(wait(upload.complete(&part).send())), is(404, "NoSuchUpload"));
    assert_eq!(server.get("production", "k").unwrap(), "abc");
    server.fault(Fault::new("PutObject", Kind::ErrorAfter(Answer::precondition_failed())));
    let put = client.put_object().bucket("staging").key("k").if_none_match("*").body(ByteStream::from_static(b"x"));
    assert_eq!(refused(wait(put.send())), is(412, "PreconditionFailed"));
    assert_eq!(server.get("staging", "k").unwrap(), "x");
}

#[test]
fn a_200_can_hold_an_error() {
    let (server, client) = start(Mode::Aws);
    put(&client, "staging", "k", b"x");
    let upload = Upload::new(&client, "k", false);
    let part = [upload.send(1, b"abc")];
    let fault = |op, applied| Fault::new(op, Kind::ErrorIn200 { code: "InternalError", applied });
    server.fault(fault("CompleteMultipartUpload", false));
    assert_eq!(refused(wait(upload.complete(&part).send())).1, "InternalError");
    assert_eq!(server.log().last().unwrap().status, Some(200));
    assert_eq!(server.objects("production"), []);
    server.fault(fault("CopyObject", true));
    let copy = client.copy_object().bucket("production").key("copy").copy_source("staging/k").send();
    assert_eq!(refused(wait(copy)).1, "InternalError");
    assert_eq!(server.get("production", "copy").unwrap(), "x");
    server.fault(Fault::new("CompleteMultipartUpload", Kind::Empty200));
    let answer = wait(upload.complete(&part).send());
    assert!(answer.map_or(true, |answer| answer.e_tag().is_none()));
    assert_eq!(server.get("production", "k").unwrap(), "abc");
}

#[test]
fn a_head_can_lie() {
    let (server, client) = start(Mode::Aws);
    put_attested(&client, "staging", "k", b"hello");
    let head = || {
        let head = client.head_object().bucket("staging").key("k").checksum_mode(ChecksumMode::Enabled);
        wait(head.send()).unwrap()
    };
    let lie = |name, value: Option<&str>| Fault::new("HeadObject", Kind::Header(name, value.map(str::to_owned)));
    server.fault(lie("x-amz-checksum-sha256", Some(&sum(b"other"))));
    assert_eq!(head().checksum_sha256(), Some(&*sum(b"other")));
    server.fault(lie("x-amz-checksum-sha256", None));
    assert_eq!(head().checksum_sha256(), None);
    server.fault(lie("content-length", Some("7")));
    assert_eq!(head().content_length(), Some(7));
    server.fault(lie("etag", Some("\"other\"")));
    assert_eq!(head().e_tag(), Some("\"other\""));
    assert_eq!(get(&client, "staging", "k").unwrap(), b"hello");
}

/// One page of at most two keys, of a bucket with `a`, `b`, `c`: its keys, whether more follows, and whether how is told.
fn lied(lie: ListLie, most: i32) -> (String, bool, bool) {
    let (server, client) = start(Mode::Aws);
    ["a", "b", "c"].iter().for_each(|key| server.put_raw("staging", key, "x", Backdoor::Put));
    server.fault(Fault::new("ListObjectsV2", Kind::List(lie)));
    let page = wait(client.list_objects_v2().bucket("staging").max_keys(most).send()).unwrap();
    let keys = page.contents().iter().filter_map(|object| object.key()).collect();
    (keys, page.is_truncated().unwrap(), page.next_continuation_token().is_some())
}

#[test]
fn listings_can_lie() {
    assert_eq!(lied(ListLie::Missing, 9), ("bc".into(), false, false));
    assert_eq!(lied(ListLie::Duplicate, 9), ("aabc".into(), false, false));
    assert_eq!(lied(ListLie::Unsorted, 9), ("cba".into(), false, false));
    assert_eq!(lied(ListLie::Empty, 2), (String::new(), false, false));
    assert_eq!(lied(ListLie::SaysComplete, 2), ("ab".into(), false, false));
    assert_eq!(lied(ListLie::SaysTruncated, 9), ("abc".into(), true, true));
}

#[test]
fn a_skewed_clock_is_refused_when_the_server_cares() {
    let (server, client) = start(Mode::Aws);
    server.put_raw("staging", "k", "x", Backdoor::Put);
    server.clock(-20 * 60);
    server.refuse_skew(true);
    let request = || client.get_object().bucket("staging").key("k").send();
    assert_eq!(refused(wait(request())), is(403, "RequestTimeTooSkewed"));
    wait(request()).expect("the SDK learnt the server's time from the Date of the refusal");
}
