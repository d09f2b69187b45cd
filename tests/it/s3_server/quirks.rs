//! The habits of stores that are not AWS.

use super::multipart::Upload;
use super::*;
use aws_sdk_s3::types::{ChecksumMode, CompletedPart, ObjectAttributes, VersioningConfiguration};

fn put_if<'a>(
    client: &Client,
    header: &'static str,
    value: &'a str,
) -> impl Future<Output = Result<(), (u16, String)>> + use<'a> {
    let put = client.put_object().bucket("staging").key("k").body(ByteStream::from_static(b"new"));
    let value = value.to_owned();
    async move {
        let put = put.customize().mutate_request(move |request| {
            request.headers_mut().insert(header, value.clone());
        });
        put.send().await.map(drop).map_err(|error| refused(Err::<(), _>(error)))
    }
}

fn etags(parts: &[CompletedPart]) -> Vec<CompletedPart> {
    let bare = |part: &CompletedPart| {
        CompletedPart::builder().set_part_number(part.part_number()).e_tag(part.e_tag().unwrap()).build()
    };
    parts.iter().map(bare).collect()
}

#[test]
fn r2_wants_equal_parts() {
    let (server, client) = start(Mode::R2);
    server.minimum_part(1);
    let upload = Upload::new(&client, "k", false);
    let (long, short) = (upload.send(1, b"abc"), upload.send(2, b"de"));
    let longer = upload.send(3, b"fgh");
    let uneven = wait(upload.complete(&[long.clone(), short.clone(), longer]).send());
    assert_eq!(refused(uneven), is(400, "InvalidPart"));
    wait(upload.complete(&[long.clone(), short]).send()).unwrap();
    let again = wait(upload.complete(&[long]).send());
    assert_eq!(refused(again), is(404, "NoSuchUpload"));
}

#[test]
fn r2_does_not_implement_these() {
    let (_server, client) = start(Mode::R2);
    let etag = put(&client, "staging", "k", b"hello");
    let missing = is(501, "NotImplemented");
    let versions = VersioningConfiguration::builder().build();
    let versions = client.put_bucket_versioning().bucket("staging").versioning_configuration(versions);
    assert_eq!(refused(wait(versions.send())), missing);
    let attributes = client.get_object_attributes().bucket("staging").key("k");
    assert_eq!(refused(wait(attributes.object_attributes(ObjectAttributes::Etag).send())), missing);
    let copy = || client.copy_object().bucket("production").key("k").copy_source("staging/k");
    assert_eq!(refused(wait(copy().checksum_algorithm(ChecksumAlgorithm::Sha256).send())), missing);
    let upload = Upload::new(&client, "k", true);
    let part = client.upload_part_copy().bucket("production").key("k").upload_id(&upload.id).part_number(1);
    let part = part.copy_source("staging/k");
    assert_eq!(refused(wait(part.clone().copy_source_if_match(&etag).send())), missing);
    let copied = wait(part.send()).unwrap().copy_part_result.unwrap();
    assert_eq!(copied.checksum_sha256(), None, "R2 returns no digest of a copied part");
    assert_eq!(refused(wait(copy().copy_source_if_match("\"x\"").send())), is(412, "PreconditionFailed"));
}

#[test]
fn r2_attests_and_has_its_own_create_only_copy() {
    let (server, client) = start(Mode::R2);
    put_attested(&client, "staging", "k", b"hello");
    let head = client.head_object().bucket("staging").key("k").checksum_mode(ChecksumMode::Enabled);
    assert_eq!(wait(head.send()).unwrap().checksum_sha256(), Some(&*sum(b"hello")));
    put(&client, "production", "k", b"first");
    let copy = || client.copy_object().bucket("production").key("k").copy_source("staging/k");
    let own = copy().customize().mutate_request(|request| {
        request.headers_mut().insert("cf-copy-destination-if-none-match", "*");
    });
    assert_eq!(refused(wait(own.send())), is(412, "PreconditionFailed"));
    wait(copy().if_none_match("*").send()).unwrap();
    assert_eq!(server.get("production", "k").unwrap(), "hello", "the plain header means nothing to R2");
}

#[test]
fn r2_ends_an_upload_whose_condition_fails() {
    let (server, client) = start(Mode::R2);
    put(&client, "production", "k", b"first");
    let upload = Upload::new(&client, "k", false);
    let part = upload.send(1, b"abc");
    let refusal = wait(upload.complete(&[part]).if_none_match("*").send());
    assert_eq!(refused(refusal), is(412, "PreconditionFailed"));
    assert_eq!(server.uploads("production"), []);
}

#[test]
fn ceph_ignores_checksums_but_not_the_signed_digest() {
    let (server, client) = start(Mode::Ceph);
    let put = || client.put_object().bucket("staging").key("k").body(ByteStream::from_static(b"bytes"));
    wait(put().checksum_sha256(sum(b"other")).send()).unwrap();
    assert_eq!(server.stored("staging", "k").unwrap().sha256, None);
    let signed = put().customize().interceptor(SignedBody::of(b"other"));
    assert_eq!(refused(wait(signed.send())), is(400, "XAmzContentSHA256Mismatch"));
    assert_eq!(refused(wait(put_with_trailer(&client))), is(400, "XAmzContentSHA256Mismatch"));
}

#[test]
fn ceph_trips_over_the_quotes_of_if_match() {
    let (_server, client) = start(Mode::Ceph);
    let etag = put(&client, "staging", "k", b"old");
    assert_eq!(wait(put_if(&client, "if-match", &etag)), Err(is(412, "PreconditionFailed")));
    wait(put_if(&client, "if-match", etag.trim_matches('"'))).unwrap();
    assert_eq!(wait(put_if(&client, "if-none-match", "*")), Err(is(412, "PreconditionFailed")));
}

#[test]
fn ceph_knows_its_own_name_of_the_source_condition() {
    let (server, client) = start(Mode::Ceph);
    put(&client, "staging", "k", b"hello");
    let copy = || client.copy_object().bucket("production").key("k").copy_source("staging/k");
    wait(copy().copy_source_if_match("\"other\"").send()).unwrap();
    let own = copy().customize().mutate_request(|request| {
        request.headers_mut().insert("x-amz-copy-if-match", "\"other\"");
    });
    assert_eq!(refused(wait(own.send())), is(412, "PreconditionFailed"));
    assert_eq!(server.count("CopyObject"), 2);
}

#[test]
fn ceph_completes_unconditionally_and_names_no_etag() {
    let (server, client) = start(Mode::Ceph);
    put(&client, "production", "k", b"first");
    let upload = Upload::new(&client, "k", true);
    let parts = etags(&[upload.send(1, b"abc")]);
    let answer = wait(upload.complete(&parts).if_none_match("*").send()).unwrap();
    assert_eq!(answer.e_tag().unwrap_or_default().trim_matches('"'), "");
    assert!(server.stored("production", "k").unwrap().etag.ends_with("-1"));
}

#[test]
fn garage_takes_conditions_and_ignores_them() {
    let (server, client) = start(Mode::IgnoresConditions);
    let etag = put(&client, "staging", "k", b"old");
    wait(put_if(&client, "if-none-match", "*")).unwrap();
    wait(put_if(&client, "if-match", "\"x\"")).unwrap();
    assert_eq!(server.get("staging", "k").unwrap(), "new");
    let copy = || client.copy_object().bucket("production").key("k").copy_source("staging/k");
    assert_eq!(refused(wait(copy().copy_source_if_match(&etag).send())), is(412, "PreconditionFailed"));
    wait(copy().if_none_match("*").send()).unwrap();
    let upload = Upload::new(&client, "k", false);
    let parts = [upload.send(1, b"a"), upload.send(2, b"b")];
    wait(upload.complete(&parts).if_none_match("*").send()).unwrap();
    assert_eq!(server.get("production", "k").unwrap(), "ab");
    wait(client.delete_object().bucket("production").key("k").if_match("\"x\"").send()).unwrap();
    assert_eq!(server.objects("production"), []);
}

#[test]
fn garage_calls_a_bad_digest_invalid() {
    let (_server, client) = start(Mode::IgnoresConditions);
    let put = client.put_object().bucket("staging").key("k").body(ByteStream::from_static(b"bytes"));
    assert_eq!(refused(wait(put.checksum_sha256(sum(b"other")).send())), is(400, "InvalidDigest"));
}
