//! Multipart uploads, as AWS does them.

use super::*;
use aws_sdk_s3::types::{ChecksumMode, CompletedMultipartUpload, CompletedPart, ObjectAttributes};

/// An upload under way.
pub(super) struct Upload<'a> {
    pub(super) client: &'a Client,
    pub(super) key: &'static str,
    pub(super) id: String,
    pub(super) sums: bool,
}

impl Upload<'_> {
    pub(super) fn new<'a>(client: &'a Client, key: &'static str, sums: bool) -> Upload<'a> {
        let create = client.create_multipart_upload().bucket("production").key(key);
        let create = create.set_checksum_algorithm(sums.then_some(ChecksumAlgorithm::Sha256));
        let id = wait(create.send()).unwrap().upload_id.unwrap();
        Upload { client, key, id, sums }
    }

    /// Sends a part and returns how Complete names it.
    pub(super) fn send(&self, number: i32, bytes: &'static [u8]) -> CompletedPart {
        let part = self.client.upload_part().bucket("production").key(self.key).upload_id(&self.id);
        let part = part.part_number(number).body(ByteStream::from_static(bytes));
        let answer = wait(part.set_checksum_sha256(self.sums.then(|| sum(bytes))).send()).unwrap();
        let sha256 = answer.checksum_sha256.filter(|_| self.sums);
        CompletedPart::builder().part_number(number).e_tag(answer.e_tag.unwrap()).set_checksum_sha256(sha256).build()
    }

    pub(super) fn complete(
        &self,
        parts: &[CompletedPart],
    ) -> aws_sdk_s3::operation::complete_multipart_upload::builders::CompleteMultipartUploadFluentBuilder {
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts.to_vec())).build();
        let complete = self.client.complete_multipart_upload().bucket("production").key(self.key);
        complete.upload_id(&self.id).multipart_upload(parts)
    }
}

#[test]
fn parts_become_one_object_with_a_composite_checksum() {
    let (server, client) = start(Mode::Aws);
    server.minimum_part(3);
    let upload = Upload::new(&client, "k", true);
    let second = upload.send(2, b"def");
    let first = upload.send(1, b"abc");
    let third = upload.send(3, b"g");
    let sum = composite(&[b"abc", b"def", b"g"]);
    let complete = upload.complete(&[first, second, third]).checksum_sha256(&sum).mpu_object_size(7);
    let answer = wait(complete.if_none_match("*").send()).unwrap();
    assert!(answer.e_tag().unwrap().ends_with("-3\""), "{answer:?}");
    assert_eq!(get(&client, "production", "k").unwrap(), b"abcdefg");
    let head = || client.head_object().bucket("production").key("k").checksum_mode(ChecksumMode::Enabled);
    let whole = wait(head().send()).unwrap();
    assert_eq!((whole.checksum_sha256(), whole.checksum_type().unwrap().as_str()), (Some(&*sum), "COMPOSITE"));
    let part = wait(head().part_number(2).send()).unwrap();
    assert_eq!((part.parts_count(), part.content_length()), (Some(3), Some(3)));
    assert_eq!(server.stored("production", "k").unwrap().parts, [3, 3, 1]);
}

#[test]
fn a_part_sent_again_replaces_the_first() {
    let (_server, client) = start(Mode::Aws);
    let upload = Upload::new(&client, "k", false);
    let stale = upload.send(1, b"old");
    let fresh = upload.send(1, b"new");
    assert_eq!(refused(wait(upload.complete(&[stale]).send())), is(400, "InvalidPart"));
    wait(upload.complete(&[fresh]).send()).unwrap();
    assert_eq!(get(&client, "production", "k").unwrap(), b"new");
}

#[test]
fn complete_refuses_what_does_not_fit() {
    let (server, client) = start(Mode::Aws);
    let upload = Upload::new(&client, "k", true);
    let (a, b) = (upload.send(1, b"abc"), upload.send(2, b"def"));
    let both = [a.clone(), b.clone()];
    assert_eq!(refused(wait(upload.complete(&both).send())), is(400, "EntityTooSmall"));
    server.minimum_part(1);
    assert_eq!(refused(wait(upload.complete(&[b, a.clone()]).send())), is(400, "InvalidPartOrder"));
    assert_eq!(refused(wait(upload.complete(&both).mpu_object_size(7).send())), is(400, "InvalidRequest"));
    let wrong = upload.complete(&both).checksum_sha256(composite(&[b"abc", b"xyz"]));
    assert_eq!(refused(wait(wrong.send())), is(400, "BadDigest"));
    let bare = CompletedPart::builder().part_number(1).e_tag(a.e_tag().unwrap()).build();
    assert_eq!(refused(wait(upload.complete(&[bare]).send())), is(400, "InvalidRequest"));
    assert_eq!(refused(wait(upload.complete(&[]).send())), is(400, "MalformedXML"));
    assert_eq!(server.uploads("production").len(), 1, "a refused Complete leaves the upload");
    wait(upload.complete(&both).send()).unwrap();
    assert_eq!(server.uploads("production"), []);
}

#[test]
fn a_part_that_is_not_its_checksum_is_not_kept() {
    let (server, client) = start(Mode::Aws);
    let upload = Upload::new(&client, "k", true);
    let part = || client.upload_part().bucket("production").key("k").upload_id(&upload.id).part_number(1);
    let bad = part().checksum_sha256(sum(b"other")).body(ByteStream::from_static(b"bytes"));
    assert_eq!(refused(wait(bad.send())), is(400, "BadDigest"));
    let none = part().body(ByteStream::from_static(b"bytes"));
    assert_eq!(refused(wait(none.send())), is(400, "InvalidRequest"));
    let signed = part().checksum_sha256(sum(b"bytes")).body(ByteStream::from_static(b"bytes"));
    let signed = signed.customize().interceptor(SignedBody::of(b"other"));
    assert_eq!(refused(wait(signed.send())), is(400, "XAmzContentSHA256Mismatch"));
    assert_eq!(server.uploads("production")[0].parts, []);
}

#[test]
fn complete_is_create_only_and_repeatable() {
    let (server, client) = start(Mode::Aws);
    let upload = Upload::new(&client, "k", false);
    let part = [upload.send(1, b"abc")];
    put(&client, "production", "k", b"first");
    let refusal = wait(upload.complete(&part).if_none_match("*").send());
    assert_eq!(refused(refusal), is(412, "PreconditionFailed"));
    assert_eq!(get(&client, "production", "k").unwrap(), b"first");
    server.remove_raw("production", "k");
    let first = wait(upload.complete(&part).if_none_match("*").send()).unwrap();
    let again = wait(upload.complete(&part).if_none_match("*").send()).unwrap();
    assert_eq!(first.e_tag(), again.e_tag());
    let stale = wait(Upload { id: "nothing".into(), ..upload }.complete(&part).send());
    assert_eq!(refused(stale), is(404, "NoSuchUpload"));
}

#[test]
fn unfinished_uploads_can_be_seen_and_aborted() {
    let (server, client) = start(Mode::Aws);
    let upload = Upload::new(&client, "k", true);
    upload.send(1, b"abc");
    upload.send(2, b"def");
    let list = client.list_parts().bucket("production").key("k").upload_id(&upload.id).max_parts(1);
    let page = wait(list.send()).unwrap();
    assert_eq!((page.is_truncated(), page.next_part_number_marker()), (Some(true), Some("1")));
    assert_eq!(page.parts()[0].checksum_sha256(), Some(&*sum(b"abc")));
    let uploads = wait(client.list_multipart_uploads().bucket("production").send()).unwrap();
    assert_eq!(uploads.uploads()[0].upload_id(), Some(&*upload.id));
    let seen = uploads.uploads()[0].initiated().unwrap().secs();
    server.age_uploads("production", 8 * 86400);
    let uploads = wait(client.list_multipart_uploads().bucket("production").send()).unwrap();
    assert_eq!(uploads.uploads()[0].initiated().unwrap().secs(), seen - 8 * 86400);
    let abort = || client.abort_multipart_upload().bucket("production").key("k").upload_id(&upload.id).send();
    wait(abort()).unwrap();
    assert_eq!(refused(wait(abort())), is(404, "NoSuchUpload"));
}

#[test]
fn attributes_tell_the_parts() {
    let (server, client) = start(Mode::Aws);
    server.minimum_part(1);
    let upload = Upload::new(&client, "k", true);
    let parts = [upload.send(1, b"abc"), upload.send(2, b"de")];
    wait(upload.complete(&parts).send()).unwrap();
    let ask = client.get_object_attributes().bucket("production").key("k");
    let answer = wait(ask.object_attributes(ObjectAttributes::ObjectParts).send()).unwrap();
    let seen = answer.object_parts().unwrap();
    assert_eq!(seen.total_parts_count(), Some(2));
    assert_eq!(seen.parts()[1].checksum_sha256(), Some(&*sum(b"de")));
}
