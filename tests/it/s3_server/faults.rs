//! Faults of the connection and of what is applied.

use super::multipart::Upload;
use super::*;
use crate::s3::{Answer, Backdoor, Fault, Kind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

fn attempt(client: &Client, key: &str) -> Result<(), (u16, String)> {
    let put = client.put_object().bucket("staging").key(key).body(ByteStream::from_static(b"bytes"));
    wait(put.send()).map(drop).map_err(|error| refused(Err::<(), _>(error)))
}

#[test]
fn a_fault_strikes_where_it_is_aimed() {
    let (server, client) = start(Mode::Aws);
    server.fault(Fault::new("PutObject", Kind::Error(Answer::internal_error())).key("aim").nth(2).times(2));
    let tries = ["aim1", "other", "aim2", "aim3", "other", "aim4"].map(|key| attempt(&client, key).is_ok());
    assert_eq!(tries, [true, true, false, false, true, true]);
    let struck: Vec<_> = server.log().iter().filter(|entry| !entry.faults.is_empty()).map(|e| e.key.clone()).collect();
    assert_eq!(struck, ["aim2", "aim3"]);
    server.fault(Fault::any(Kind::Reset).bucket("staging").always());
    assert!(attempt(&client, "a").is_err() && get(&client, "staging", "aim1").is_err());
    server.mend();
    assert!(attempt(&client, "a").is_ok());
}

#[test]
fn chance_follows_the_seed() {
    let (server, client) = start(Mode::Aws);
    server.fault(Fault::any(Kind::Error(Answer::slow_down())).chance(50));
    let run = || {
        server.seed(7);
        (0..20).map(|n| attempt(&client, &n.to_string()).is_ok()).collect::<Vec<_>>()
    };
    let first = run();
    assert!(first.contains(&true) && first.contains(&false));
    assert_eq!(first, run());
}

#[test]
fn a_reset_applies_nothing() {
    let (server, client) = start(Mode::Aws);
    server.fault(Fault::new("PutObject", Kind::Reset));
    assert_eq!(attempt(&client, "k"), Err(is(0, "")));
    assert_eq!(server.objects("staging"), []);
    assert_eq!(server.log()[0].status, None);
}

#[test]
fn an_upload_can_be_cut() {
    let (server, client) = start(Mode::Aws);
    server.fault(Fault::new("PutObject", Kind::CutUpload(1 << 20)));
    let put = client.put_object().bucket("staging").key("k").body(vec![0; 8 << 20].into());
    assert_eq!(refused(wait(put.send())), is(0, ""));
    let came = server.log()[0].received;
    assert!((1 << 20..8 << 20).contains(&came), "{came} bytes came");
    assert_eq!(server.objects("staging"), []);
}

#[test]
fn a_lost_answer_was_applied() {
    let (server, client) = start(Mode::Aws);
    server.fault(Fault::new("PutObject", Kind::AnswerLost));
    assert_eq!(attempt(&client, "k"), Err(is(0, "")));
    assert_eq!(server.get("staging", "k").unwrap(), "bytes");
}

#[test]
fn a_zombie_is_applied_after_the_client_gave_up() {
    let (server, client) = start(Mode::Aws);
    server.fault(Fault::new("PutObject", Kind::Zombie(Duration::from_millis(50))));
    assert_eq!(attempt(&client, "k"), Err(is(0, "")));
    assert_eq!(server.get("staging", "k"), None);
    let mut left = 1000;
    while server.get("staging", "k").is_none() && left > 0 {
        wait(async { tokio::time::sleep(Duration::from_millis(10)).await });
        left -= 1;
    }
    assert_eq!(server.get("staging", "k").unwrap(), "bytes");
}

#[test]
fn a_lying_store_answers_and_does_nothing() {
    let (server, client) = start(Mode::Aws);
    put(&client, "staging", "kept", b"1");
    server.fault(Fault::new("PutObject", Kind::NotApplied));
    attempt(&client, "k").unwrap();
    server.fault(Fault::new("DeleteObject", Kind::NotApplied));
    wait(client.delete_object().bucket("staging").key("kept").send()).unwrap();
    assert_eq!(server.objects("staging"), [("kept".into(), "1".into())]);
    let upload = Upload::new(&client, "k", false);
    let part = [upload.send(1, b"abc")];
    server.fault(Fault::new("CompleteMultipartUpload", Kind::NotApplied));
    wait(upload.complete(&part).send()).unwrap();
    assert_eq!(server.objects("production"), []);
    assert_eq!(server.uploads("production").len(), 1);
}

#[test]
fn latency_makes_the_client_wait() {
    let (server, client) = start(Mode::Aws);
    server.fault(Fault::new("PutObject", Kind::Latency(Duration::from_secs(30))));
    let put = client.put_object().bucket("staging").key("k").body(ByteStream::from_static(b"x")).send();
    assert!(wait(async { tokio::time::timeout(Duration::from_millis(50), put).await }).is_err());
    assert_eq!(server.objects("staging"), []);
}

#[test]
fn a_body_can_be_cut_at_any_byte() {
    let (server, client) = start(Mode::Aws);
    put(&client, "staging", "k", b"0123456789");
    for at in [0, 4, 9] {
        server.fault(Fault::new("GetObject", Kind::CutBody(at)));
        let answer = wait(client.get_object().bucket("staging").key("k").send()).unwrap();
        assert_eq!(answer.content_length(), Some(10), "cut at {at}");
        let mut body = answer.body;
        let mut arrived = vec![];
        let cut = wait(async {
            loop {
                match body.next().await {
                    Some(Ok(bytes)) => arrived.extend_from_slice(&bytes),
                    end => break end,
                }
            }
        });
        assert_eq!((cut.is_some_and(|end| end.is_err()), &*arrived), (true, &b"0123456789"[..at]));
    }
    server.fault(Fault::new("GetObject", Kind::ShortBody(4)));
    assert_eq!(get(&client, "staging", "k").unwrap(), b"0123");
    assert_eq!(get(&client, "staging", "k").unwrap(), b"0123456789");
}

#[test]
fn a_body_can_be_changed() {
    let (server, client) = start(Mode::Aws);
    put(&client, "staging", "k", b"0123456789");
    server.fault(Fault::new("GetObject", Kind::FlipBit(8)));
    assert_eq!(get(&client, "staging", "k").unwrap(), b"0023456789");
    server.fault(Fault::new("GetObject", Kind::Zeros { from: 2, len: 3 }));
    assert_eq!(get(&client, "staging", "k").unwrap(), b"01\0\0\x0056789");
    server.fault(Fault::new("GetObject", Kind::OtherBody("other".into())));
    assert_eq!(get(&client, "staging", "k").unwrap(), b"other");
}

#[test]
fn the_staged_bytes_can_be_swapped_between_two_requests_with_an_equal_etag() {
    let (server, client) = start(Mode::Aws);
    let etag = put(&client, "staging", "k", b"reviewed");
    let inside = server.inside();
    let swap = Arc::new(move |request: &crate::s3::Request| {
        inside.put_raw("staging", &request.key, "swapped!", Backdoor::SameETag);
    });
    server.fault(Fault::new("GetObject", Kind::Call(swap)).nth(2));
    assert_eq!(get(&client, "staging", "k").unwrap(), b"reviewed");
    assert_eq!(get(&client, "staging", "k").unwrap(), b"swapped!");
    let pinned = client.copy_object().bucket("production").key("k").copy_source("staging/k");
    wait(pinned.copy_source_if_match(etag).send()).unwrap();
    assert_eq!(server.get("production", "k").unwrap(), "swapped!");
}

#[test]
fn a_hook_can_run_after_the_work() {
    let (server, client) = start(Mode::Aws);
    let (inside, runs) = (server.inside(), Arc::new(AtomicUsize::new(0)));
    let count = runs.clone();
    let hook = Arc::new(move |request: &crate::s3::Request| {
        count.fetch_add(1, SeqCst);
        inside.remove_raw("staging", &request.key);
    });
    server.fault(Fault::new("PutObject", Kind::CallAfter(hook)));
    attempt(&client, "k").unwrap();
    assert_eq!((runs.load(SeqCst), server.objects("staging").len()), (1, 0));
}

#[test]
fn rot_changes_bytes_and_nothing_else() {
    let (server, client) = start(Mode::Aws);
    put_attested(&client, "staging", "k", b"good");
    let before = server.stored("staging", "k");
    server.put_raw("staging", "k", "evil", Backdoor::Rot);
    assert_eq!(server.stored("staging", "k"), before);
    assert_eq!(get(&client, "staging", "k").unwrap(), b"evil");
}

#[test]
fn the_log_tells_what_came() {
    let (server, client) = start(Mode::Aws);
    put(&client, "staging", "k", b"12345");
    assert!(get(&client, "staging", "none").is_err());
    let log = server.log();
    let lines: Vec<_> = log.iter().map(|e| (e.op, &*e.bucket, &*e.key, e.status, e.received)).collect();
    let expected = [("PutObject", "staging", "k", Some(200), 5), ("GetObject", "staging", "none", Some(404), 0)];
    assert_eq!(lines, expected);
    assert_eq!(log[0].access_key().as_deref(), Some("AKROOT"));
    assert_eq!((server.count("PutObject"), server.count("DeleteObject")), (1, 0));
    server.forget();
    assert!(server.log().is_empty());
}
