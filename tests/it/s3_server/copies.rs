//! Server-side copies, as AWS does them.

use super::multipart::Upload;
use super::*;
use aws_sdk_s3::types::{CompletedPart, MetadataDirective};

#[test]
fn a_copy_keeps_bytes_and_checksum() {
    let (server, client) = start(Mode::Aws);
    put_attested(&client, "staging", "a b", b"hello");
    let copy = client.copy_object().bucket("production").key("k").copy_source("staging/a%20b");
    let answer = wait(copy.send()).unwrap();
    assert_eq!(answer.copy_object_result().unwrap().checksum_sha256(), Some(&*sum(b"hello")));
    assert_eq!(server.get("production", "k").unwrap(), "hello");
}

#[test]
fn a_copy_of_a_composite_gets_the_whole_checksum() {
    let (server, client) = start(Mode::Aws);
    server.minimum_part(1);
    let upload = Upload::new(&client, "parts", true);
    let parts = [upload.send(1, b"abc"), upload.send(2, b"de")];
    wait(upload.complete(&parts).send()).unwrap();
    let copy = client.copy_object().bucket("production").key("k").copy_source("production/parts");
    wait(copy.send()).unwrap();
    assert_eq!(server.stored("production", "k").unwrap().sha256, Some(sum(b"abcde")));
}

#[test]
fn a_copy_computes_a_checksum_when_asked() {
    let (server, client) = start(Mode::Aws);
    put(&client, "staging", "k", b"hello");
    let copy = client.copy_object().bucket("production").key("k").copy_source("staging/k");
    wait(copy.checksum_algorithm(ChecksumAlgorithm::Sha256).send()).unwrap();
    assert_eq!(server.stored("production", "k").unwrap().sha256, Some(sum(b"hello")));
}

#[test]
fn a_copy_can_insist_on_its_source_and_its_destination() {
    let (server, client) = start(Mode::Aws);
    let etag = put(&client, "staging", "k", b"hello");
    let copy = || client.copy_object().bucket("production").key("k").copy_source("staging/k");
    let other = copy().copy_source_if_match("\"other\"").send();
    assert_eq!(refused(wait(other)), is(412, "PreconditionFailed"));
    let create = || copy().copy_source_if_match(&etag).if_none_match("*").send();
    wait(create()).unwrap();
    assert_eq!(refused(wait(create())), is(412, "PreconditionFailed"));
    assert_eq!(server.count("CopyObject"), 3);
}

#[test]
fn a_copy_onto_itself_must_change_something() {
    let (server, client) = start(Mode::Aws);
    put(&client, "staging", "k", b"hello");
    server.age("staging", "k", 1000);
    let copy = || client.copy_object().bucket("staging").key("k").copy_source("staging/k");
    assert_eq!(refused(wait(copy().send())), is(400, "InvalidRequest"));
    wait(copy().metadata_directive(MetadataDirective::Replace).metadata("renewed", "1").send()).unwrap();
    assert_eq!(server.stored("staging", "k").unwrap().metadata, [("renewed".into(), "1".into())]);
}

#[test]
fn parts_are_copied_from_a_pinned_source_with_their_digest() {
    let (server, client) = start(Mode::Aws);
    server.minimum_part(3);
    let etag = put(&client, "staging", "k", b"abcdef");
    let upload = Upload::new(&client, "k", true);
    let copy = |number, range: &str| {
        let copy = client.upload_part_copy().bucket("production").key("k").upload_id(&upload.id);
        copy.part_number(number).copy_source("staging/k").copy_source_range(range)
    };
    let named = |number, range: &str, bytes: &[u8]| {
        let answer = wait(copy(number, range).copy_source_if_match(&etag).send()).unwrap();
        let part = answer.copy_part_result.unwrap();
        assert_eq!(part.checksum_sha256(), Some(&*sum(bytes)));
        let named = CompletedPart::builder().part_number(number).set_e_tag(part.e_tag);
        named.checksum_sha256(sum(bytes)).build()
    };
    let parts = [named(1, "bytes=0-2", b"abc"), named(2, "bytes=3-5", b"def")];
    let stale = copy(2, "bytes=3-5").copy_source_if_match("\"x\"").send();
    assert_eq!(refused(wait(stale)), is(412, "PreconditionFailed"));
    assert_eq!(refused(wait(copy(2, "bytes=3-6").send())), is(400, "InvalidArgument"));
    wait(upload.complete(&parts).if_none_match("*").send()).unwrap();
    let stored = server.stored("production", "k").unwrap();
    assert_eq!(stored.sha256, Some(composite(&[b"abc", b"def"])));
}

#[test]
fn a_range_of_a_small_source_is_refused() {
    let (_server, client) = start(Mode::Aws);
    put(&client, "staging", "k", b"abcdef");
    let upload = Upload::new(&client, "k", false);
    let copy = client.upload_part_copy().bucket("production").key("k").upload_id(&upload.id).part_number(1);
    let copy = copy.copy_source("staging/k");
    assert_eq!(refused(wait(copy.clone().copy_source_range("bytes=0-2").send())), is(400, "InvalidRequest"));
    wait(copy.send()).unwrap();
}

#[test]
fn a_copy_can_pin_a_version() {
    let (server, client) = start(Mode::Aws);
    server.versioning("staging", true);
    put(&client, "staging", "k", b"reviewed");
    let version = server.stored("staging", "k").unwrap().version.unwrap();
    put(&client, "staging", "k", b"swapped!");
    let source = format!("staging/k?versionId={version}");
    let answer = wait(client.copy_object().bucket("production").key("k").copy_source(&source).send()).unwrap();
    assert_eq!(answer.copy_source_version_id(), Some(&*version));
    let upload = Upload::new(&client, "parts", false);
    let copy = client.upload_part_copy().bucket("production").key("parts").upload_id(&upload.id).part_number(1);
    let answer = wait(copy.copy_source(&source).send()).unwrap();
    let etag = answer.copy_part_result.unwrap().e_tag.unwrap();
    wait(upload.complete(&[CompletedPart::builder().part_number(1).e_tag(etag).build()]).send()).unwrap();
    assert!(server.objects("production").iter().all(|(_, bytes)| bytes == "reviewed"));
}
