//! Who may do what, and the words of a refusal.

use super::objects::plain;
use super::*;
use crate::s3::Backdoor;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};

#[test]
fn an_unknown_key_and_a_wrong_secret_differ() {
    let (server, _) = start(Mode::Aws);
    let dev = server.key("dev", &[("staging", Rights::READ)]);
    let list = |key: &Credentials| refused(wait(client(&server, key).list_objects_v2().bucket("staging").send()));
    assert_eq!(dev.environment()[0], ("AWS_ACCESS_KEY_ID", "AKDEV"));
    let wrong = Credentials { secret: "wrong".into(), ..dev.clone() };
    assert_eq!(list(&wrong), is(403, "SignatureDoesNotMatch"));
    server.revoke(&dev);
    assert_eq!(list(&dev), is(403, "InvalidAccessKeyId"));
}

#[test]
fn a_reader_of_production_cannot_change_it() {
    let (server, root) = start(Mode::Aws);
    let dev = server.key("dev", &[("staging", Rights::READ_WRITE), ("production", Rights::READ)]);
    let dev = client(&server, &dev);
    put(&dev, "staging", "k", b"mine");
    put(&root, "production", "p", b"published");
    assert_eq!(get(&dev, "production", "p").unwrap(), b"published");
    let denied = is(403, "AccessDenied");
    let put = dev.put_object().bucket("production").key("k").body(ByteStream::from_static(b"x")).send();
    assert_eq!(refused(wait(put)), denied);
    let delete = dev.delete_object().bucket("production").key("p").if_match("\"x\"").send();
    assert_eq!(refused(wait(delete)), denied);
    let create = dev.create_multipart_upload().bucket("production").key("k").send();
    assert_eq!(refused(wait(create)), denied);
    let copy = dev.copy_object().bucket("production").key("k").copy_source("staging/k").send();
    assert_eq!(refused(wait(copy)), denied);
    let versions = aws_sdk_s3::types::VersioningConfiguration::builder().build();
    let versions = dev.put_bucket_versioning().bucket("staging").versioning_configuration(versions).send();
    assert_eq!(refused(wait(versions)), denied);
    assert_eq!(server.objects("production"), [("p".into(), "published".into())]);
}

#[test]
fn a_copy_needs_the_right_to_read_its_source() {
    let (server, root) = start(Mode::Aws);
    put(&root, "staging", "k", b"secret");
    let writer = server.key("writer", &[("production", Rights::READ_WRITE)]);
    let writer = client(&server, &writer);
    let copy = writer.copy_object().bucket("production").key("k").copy_source("staging/k").send();
    assert_eq!(refused(wait(copy)), is(403, "AccessDenied"));
    let id = wait(writer.create_multipart_upload().bucket("production").key("k").send()).unwrap().upload_id.unwrap();
    let part = writer.upload_part_copy().bucket("production").key("k").upload_id(id).part_number(1);
    assert_eq!(refused(wait(part.copy_source("staging/k").send())), is(403, "AccessDenied"));
}

#[test]
fn who_may_not_list_is_not_told_that_a_key_is_absent() {
    let (server, root) = start(Mode::Aws);
    put(&root, "staging", "k", b"x");
    let blind = server.key("blind", &[("staging", Rights { read: true, ..Rights::NONE })]);
    let blind = client(&server, &blind);
    assert_eq!(refused(wait(blind.head_object().bucket("staging").key("none").send())).0, 403);
    assert_eq!(refused(wait(blind.get_object().bucket("staging").key("none").send())), is(403, "AccessDenied"));
    assert_eq!(refused(wait(blind.list_objects_v2().bucket("staging").send())), is(403, "AccessDenied"));
    wait(blind.head_object().bucket("staging").key("k").send()).unwrap();
}

#[test]
fn deletion_can_be_bound_to_prefixes() {
    let (server, _) = start(Mode::Aws);
    let rights = Rights { delete_under: &[".git-data/incoming/", ".git-data/probe/"], ..Rights::ADD };
    let publisher = server.key("publisher", &[("production", rights)]);
    let publisher = client(&server, &publisher);
    for key in [".git-data/incoming/1", "data/v1"] {
        server.put_raw("production", key, "x", Backdoor::Put);
    }
    wait(publisher.delete_object().bucket("production").key(".git-data/incoming/1").send()).unwrap();
    let delete = publisher.delete_object().bucket("production").key("data/v1").send();
    assert_eq!(refused(wait(delete)), is(403, "AccessDenied"));
    let key = ObjectIdentifier::builder().key("data/v1").build().unwrap();
    let batch = Delete::builder().objects(key).build().unwrap();
    let answer = wait(publisher.delete_objects().bucket("production").delete(batch).send()).unwrap();
    assert_eq!(answer.errors()[0].code(), Some("AccessDenied"));
    assert_eq!(server.objects("production").len(), 1);
}

#[test]
fn a_public_bucket_is_read_without_a_key() {
    let (server, root) = start(Mode::Aws);
    put(&root, "production", "data/v 1.csv", b"a,b");
    let url = format!("{}/production/data/v%201.csv", server.url());
    assert_eq!(plain::get(&url).0, 403);
    server.public("production");
    assert_eq!(plain::get(&url), (200, b"a,b".to_vec()));
    assert_eq!(plain::get(&format!("{}/production/none", server.url())).0, 403, "absent and unlistable");
    assert_eq!(plain::get(&format!("{}/production?list-type=2", server.url())).0, 403);
    assert_eq!(plain::get(&format!("{}/staging/none", server.url())).0, 403);
}
