//! Single objects, listings, versions and the clock.

use super::*;
use crate::s3::Backdoor;
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::types::{
    BucketVersioningStatus, ChecksumMode, Delete, ObjectAttributes, ObjectIdentifier, VersioningConfiguration,
};
use std::time::Duration;

#[test]
fn what_was_put_is_got_and_headed() {
    let (server, client) = start(Mode::Aws);
    let request = client.put_object().bucket("staging").key("a b/ü+%&?.csv").metadata("sha256", "abc");
    wait(request.content_type("text/csv").body(ByteStream::from_static(b"hello")).send()).unwrap();
    let answer = wait(client.get_object().bucket("staging").key("a b/ü+%&?.csv").send()).unwrap();
    assert_eq!(answer.content_type(), Some("text/csv"));
    assert_eq!(answer.metadata().unwrap()["sha256"], "abc");
    assert_eq!(answer.e_tag(), Some("\"5d41402abc4b2a76b9719d911017c592\""));
    assert_eq!(wait(answer.body.collect()).unwrap().to_vec(), b"hello");
    let head = wait(client.head_object().bucket("staging").key("a b/ü+%&?.csv").send()).unwrap();
    assert_eq!(head.content_length(), Some(5));
    assert_eq!(server.objects("staging"), [("a b/ü+%&?.csv".into(), "hello".into())]);
}

#[test]
fn an_empty_object_is_an_object() {
    let (_server, client) = start(Mode::Aws);
    put(&client, "staging", "empty", b"");
    assert_eq!(get(&client, "staging", "empty").unwrap(), b"");
}

#[test]
fn what_is_not_there_says_so() {
    let (_server, client) = start(Mode::Aws);
    let missing = client.get_object().bucket("staging").key("none").send();
    assert_eq!(refused(wait(missing)), is(404, "NoSuchKey"));
    assert_eq!(refused(wait(client.head_object().bucket("staging").key("none").send())).0, 404);
    let bucket = client.list_objects_v2().bucket("nowhere").send();
    assert_eq!(refused(wait(bucket)), is(404, "NoSuchBucket"));
    assert_eq!(refused(wait(client.head_bucket().bucket("nowhere").send())).0, 404);
}

#[test]
fn ranges_and_read_conditions() {
    let (_server, client) = start(Mode::Aws);
    let etag = put(&client, "staging", "k", b"0123456789");
    let request = || client.get_object().bucket("staging").key("k");
    let part = wait(request().range("bytes=2-4").if_match(&etag).send()).unwrap();
    assert_eq!((part.content_range(), part.content_length()), (Some("bytes 2-4/10"), Some(3)));
    assert_eq!(wait(part.body.collect()).unwrap().to_vec(), b"234");
    let tail = wait(request().range("bytes=7-").send()).unwrap();
    assert_eq!(wait(tail.body.collect()).unwrap().to_vec(), b"789");
    assert_eq!(refused(wait(request().range("bytes=10-").send())), is(416, "InvalidRange"));
    assert_eq!(refused(wait(request().if_match("\"other\"").send())), is(412, "PreconditionFailed"));
    assert_eq!(refused(wait(request().if_none_match(&etag).send())).0, 304);
}

#[test]
fn a_whole_sha256_is_attested_only_when_it_was_sent_and_asked_for() {
    let (_server, client) = start(Mode::Aws);
    put_attested(&client, "staging", "k", b"hello");
    put(&client, "staging", "plain", b"hello");
    let head = |key: &str| client.head_object().bucket("staging").key(key);
    let attested = wait(head("k").checksum_mode(ChecksumMode::Enabled).send()).unwrap();
    assert_eq!(attested.checksum_sha256(), Some(&*sum(b"hello")));
    assert_eq!(attested.checksum_type().unwrap().as_str(), "FULL_OBJECT");
    assert_eq!(wait(head("k").send()).unwrap().checksum_sha256(), None);
    assert_eq!(wait(head("plain").checksum_mode(ChecksumMode::Enabled).send()).unwrap().checksum_sha256(), None);
}

#[test]
fn a_body_that_is_not_its_checksum_is_not_stored() {
    let (server, client) = start(Mode::Aws);
    let put = || client.put_object().bucket("staging").key("k").body(ByteStream::from_static(b"bytes"));
    assert_eq!(refused(wait(put().checksum_sha256(sum(b"other")).send())), is(400, "BadDigest"));
    assert_eq!(refused(wait(put().content_md5("XUFAKrxLKna5cZ2REBfFkg==").send())), is(400, "BadDigest"));
    let signed = put().customize().interceptor(SignedBody::of(b"other"));
    assert_eq!(refused(wait(signed.send())), is(400, "XAmzContentSHA256Mismatch"));
    assert_eq!(server.objects("staging"), []);
    wait(put().customize().interceptor(SignedBody::of(b"bytes")).send()).unwrap();
    assert_eq!(server.get("staging", "k").unwrap(), "bytes");
    let last = server.log().pop().unwrap();
    assert_eq!(last.header("x-amz-content-sha256"), Some(&*SignedBody::of(b"bytes").0));
    assert!(last.signs("x-amz-content-sha256"));
}

#[test]
fn a_checksum_in_a_trailer_counts() {
    let (server, client) = start(Mode::Aws);
    wait(put_with_trailer(&client)).unwrap();
    let named = client.put_object().bucket("staging").key("k").checksum_algorithm(ChecksumAlgorithm::Sha256);
    let named = named.body(ByteStream::from_static(b"bytes")).send();
    assert_eq!(refused(wait(named)), is(400, "InvalidRequest"), "WhenRequired names an algorithm and sends no sum");
    assert_eq!(server.log()[0].header("x-amz-trailer"), Some("x-amz-checksum-sha256"));
    assert_eq!(server.stored("staging", "k").unwrap().sha256, Some(sum(b"bytes")));
}

#[test]
fn one_of_many_create_only_writers_wins() {
    let (server, client) = start(Mode::Aws);
    let put = |n: u8| client.put_object().bucket("staging").key("k").if_none_match("*").body(vec![n].into()).send();
    let results = wait(futures::future::join_all((0..12).map(put)));
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    let losers = results.into_iter().filter(|result| result.is_err());
    losers.for_each(|loser| assert_eq!(refused(loser), is(412, "PreconditionFailed")));
    assert_eq!(server.count("PutObject"), 12);
}

#[test]
fn if_match_compares_and_swaps() {
    let (server, client) = start(Mode::Aws);
    let put = |etag: &str, bytes: &'static [u8]| {
        client.put_object().bucket("staging").key("k").if_match(etag).body(ByteStream::from_static(bytes)).send()
    };
    assert_eq!(refused(wait(put("\"x\"", b"0"))), is(404, "NoSuchKey"));
    let etag = super::put(&client, "staging", "k", b"1");
    wait(put(&etag, b"2")).unwrap();
    assert_eq!(refused(wait(put(&etag, b"3"))), is(412, "PreconditionFailed"));
    assert_eq!(server.get("staging", "k").unwrap(), "2");
}

#[test]
fn deletion_is_conditional_and_forgiving() {
    let (server, client) = start(Mode::Aws);
    put(&client, "staging", "k", b"1");
    let delete = || client.delete_object().bucket("staging").key("k");
    assert_eq!(refused(wait(delete().if_match("\"x\"").send())), is(412, "PreconditionFailed"));
    wait(delete().send()).unwrap();
    wait(delete().send()).unwrap();
    assert_eq!(refused(wait(delete().if_match("\"x\"").send())), is(404, "NoSuchKey"));
    assert_eq!(server.objects("staging"), []);
}

#[test]
fn a_batch_deletes_many() {
    let (server, client) = start(Mode::Aws);
    (0..5).for_each(|n| server.put_raw("staging", &format!("k{n}"), "x", Backdoor::Put));
    let keys = (0..4).map(|n| ObjectIdentifier::builder().key(format!("k{n}")).build().unwrap());
    let batch = Delete::builder().set_objects(Some(keys.collect())).build().unwrap();
    let answer = wait(client.delete_objects().bucket("staging").delete(batch).send()).unwrap();
    assert_eq!(answer.deleted().len(), 4);
    assert_eq!(server.objects("staging"), [("k4".into(), "x".into())]);
}

#[test]
fn listings_come_in_pages_with_prefix_and_delimiter() {
    let (server, client) = start(Mode::Aws);
    for key in ["a/1", "a/2", "a/b/3", "c", "d"] {
        server.put_raw("staging", key, "x", Backdoor::Put);
    }
    server.page(2);
    let pages = client.list_objects_v2().bucket("staging").into_paginator().send();
    let pages: Vec<_> = wait(pages.collect::<Result<Vec<_>, _>>()).unwrap();
    let keys = pages.iter().flat_map(|page| page.contents()).map(|object| object.key().unwrap());
    assert_eq!(keys.collect::<Vec<_>>(), ["a/1", "a/2", "a/b/3", "c", "d"]);
    assert_eq!(server.count("ListObjectsV2"), 3);
    server.page(1000);
    let list = || client.list_objects_v2().bucket("staging");
    let top = wait(list().delimiter("/").send()).unwrap();
    assert_eq!(top.common_prefixes()[0].prefix(), Some("a/"));
    assert_eq!((top.contents().len(), top.common_prefixes().len(), top.key_count()), (2, 1, Some(3)));
    let inside = wait(list().prefix("a/").start_after("a/1").send()).unwrap();
    assert_eq!(inside.contents().iter().filter_map(|o| o.key()).collect::<Vec<_>>(), ["a/2", "a/b/3"]);
}

#[test]
fn versions_keep_what_was_replaced() {
    let (server, client) = start(Mode::Aws);
    let on = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
    wait(client.put_bucket_versioning().bucket("staging").versioning_configuration(on).send()).unwrap();
    let state = wait(client.get_bucket_versioning().bucket("staging").send()).unwrap();
    assert_eq!(state.status(), Some(&BucketVersioningStatus::Enabled));
    put(&client, "staging", "k", b"old");
    let old = server.stored("staging", "k").unwrap().version.unwrap();
    put(&client, "staging", "k", b"new");
    let gone = wait(client.delete_object().bucket("staging").key("k").send()).unwrap();
    assert_eq!(gone.delete_marker(), Some(true));
    assert!(get(&client, "staging", "k").is_err());
    let held = server.versions("staging", "k").into_iter().map(|(_, bytes)| bytes);
    assert_eq!(held.collect::<Vec<_>>(), [Some("old".into()), Some("new".into()), None]);
    let read = client.get_object().bucket("staging").key("k").version_id(&old).send();
    assert_eq!(wait(wait(read).unwrap().body.collect()).unwrap().to_vec(), b"old");
    let marker = gone.version_id().unwrap();
    wait(client.delete_object().bucket("staging").key("k").version_id(marker).send()).unwrap();
    assert_eq!(get(&client, "staging", "k").unwrap(), b"new");
}

#[test]
fn attributes_tell_size_and_checksum() {
    let (_server, client) = start(Mode::Aws);
    put_attested(&client, "staging", "k", b"hello");
    let ask = client.get_object_attributes().bucket("staging").key("k");
    let ask = ask.object_attributes(ObjectAttributes::Checksum).object_attributes(ObjectAttributes::ObjectSize);
    let answer = wait(ask.send()).unwrap();
    assert_eq!(answer.object_size(), Some(5));
    assert_eq!(answer.checksum().unwrap().checksum_sha256(), Some(&*sum(b"hello")));
}

#[test]
fn buckets_are_made_and_found() {
    let (_server, client) = start(Mode::Aws);
    wait(client.create_bucket().bucket("fresh-bucket").send()).unwrap();
    let head = wait(client.head_bucket().bucket("fresh-bucket").send()).unwrap();
    assert_eq!(head.bucket_region(), Some("us-east-1"));
    wait(client.get_bucket_location().bucket("fresh-bucket").send()).unwrap();
    let again = client.create_bucket().bucket("fresh-bucket").send();
    assert_eq!(refused(wait(again)), is(409, "BucketAlreadyOwnedByYou"));
}

#[test]
fn a_presigned_link_needs_no_key() {
    let (server, client) = start(Mode::Aws);
    put(&client, "staging", "k", b"hello");
    let hour = PresigningConfig::expires_in(Duration::from_secs(3600)).unwrap();
    let link = wait(client.get_object().bucket("staging").key("k").presigned(hour)).unwrap();
    let (status, body) = plain::get(link.uri());
    assert_eq!((status, &*body), (200, &b"hello"[..]));
    assert_eq!(plain::get(&link.uri().replace("/k?", "/other?")).0, 403);
    assert_eq!(server.log().last().unwrap().access_key().as_deref(), Some("AKROOT"));
}

#[test]
fn time_goes_by_the_servers_clock() {
    let (server, client) = start(Mode::Aws);
    let head = || wait(client.head_object().bucket("staging").key("k").send()).unwrap().last_modified().unwrap().secs();
    put(&client, "staging", "k", b"1");
    let first = head();
    server.age("staging", "k", 1000);
    assert_eq!(head(), first - 1000);
    server.clock(40 * 86400);
    put(&client, "staging", "k", b"2");
    assert!((head() - first - 40 * 86400).abs() < 100);
}

/// HTTP/1.1 without an SDK: what a browser would send.
pub(super) mod plain {
    use super::super::wait;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    /// Status and body of an unsigned GET.
    pub(crate) fn get(url: &str) -> (u16, Vec<u8>) {
        let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
        let request = format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        let answer = wait(async {
            let mut stream = tokio::net::TcpStream::connect(host).await.unwrap();
            stream.write_all(request.as_bytes()).await.unwrap();
            let mut answer = vec![];
            stream.read_to_end(&mut answer).await.unwrap();
            answer
        });
        let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap();
        let status = std::str::from_utf8(&answer[9..12]).unwrap().parse().unwrap();
        (status, answer[end + 4..].to_vec())
    }
}
