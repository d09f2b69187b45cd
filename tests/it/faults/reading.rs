//! Faults while somebody pulls, checks a proposal, audits production, or asks what this machine may do.

use super::scene::{CHECK, Case, FSCK, PULL, PULL_WIDE, Scene, VERIFY, WELL};
use crate::s3::{Answer, Backdoor, Fault, Kind, ListLie, Mode};

macro_rules! case {
    ($name:literal, $does:expr, $code:literal, $words:expr, $fault:expr) => {
        Case { name: $name, does: $does, wrong: |server| server.fault($fault), ends: ($code, $words), then: WELL }
    };
}

fn get(kind: Kind) -> Fault {
    Fault::new("GetObject", kind).bucket("production").key("/v")
}

const PULLS: &[Case] = &[
    case!("reset once", PULL, 0, "", get(Kind::Reset)),
    case!("500 once", PULL, 0, "", get(Kind::Error(Answer::internal_error()))),
    case!("cut in the middle", PULL, 0, "", get(Kind::CutBody(4))),
    case!("ended early, and the length agrees", PULL, 0, "", get(Kind::ShortBody(4))),
    case!("one flipped bit", PULL, 0, "", get(Kind::FlipBit(13))),
    case!("a flipped bit each time", PULL, 5, "prices.csv", get(Kind::FlipBit(13)).always()),
    case!("the body of another object", PULL, 5, "prices.csv", get(Kind::OtherBody("north,9\n".into())).always()),
    case!("zeros", PULL, 5, "prices.csv", get(Kind::Zeros { from: 0, len: 3 }).always()),
    case!("an empty body", PULL, 4, "prices.csv", get(Kind::ShortBody(0)).always()),
    case!("404 though it is there", PULL, 4, "prices.csv", get(Kind::Error(Answer::no_such_key())).always()),
    case!(
        "403",
        PULL,
        4,
        "these credentials may not do that",
        Fault::any(Kind::Error(Answer::access_denied())).always()
    ),
    case!("a network that wants a sign-in", PULL, 5, "prices.csv", Fault::any(Kind::Portal(200)).always()),
    case!(
        "expired",
        PULL,
        4,
        "the credentials have expired",
        Fault::any(Kind::Error(Answer::expired_token())).always()
    ),
    case!(
        "another region",
        PULL,
        4,
        "is in the region eu-west-1",
        Fault::any(Kind::Error(Answer::permanent_redirect("eu-west-1"))).always()
    ),
    case!(
        "the look says one size, the body has another",
        PULL,
        5,
        "prices.csv",
        Fault::new("HeadObject", Kind::Header("content-length", Some("5".into()))).bucket("production").always()
    ),
    case!(
        "the look says one ETag, the body has another",
        PULL,
        6,
        "it was replaced since it was looked at",
        Fault::new("HeadObject", Kind::Header("etag", Some("\"0123\"".into()))).bucket("production").always()
    ),
    case!("two blocks change places", PULL_WIDE, 5, "big.bin", get(Kind::Swapped(4_096)).always()),
    case!("a block comes twice", PULL_WIDE, 5, "big.bin", get(Kind::Doubled(4_096)).always()),
    case!("a large download is cut three times", PULL_WIDE, 0, "", get(Kind::CutBody(1 << 20)).times(3)),
    Case {
        name: "production rotted",
        does: PULL,
        wrong: |server| server.put_raw("production", &key(server), "north,7\n", Backdoor::Rot),
        ends: (5, "prices.csv"),
        then: (5, "prices.csv"),
    },
];

fn key(server: &crate::s3::Server) -> String {
    let objects = server.objects("production");
    objects.into_iter().map(|(key, _)| key).find(|key| key.starts_with("prices.csv/v1")).unwrap()
}

const CHECKS: &[Case] = &[
    case!("reset once", CHECK, 0, "", Fault::new("HeadObject", Kind::Reset).bucket("staging")),
    case!("out of reach", CHECK, 4, "after 2 tries", Fault::any(Kind::Reset).bucket("staging").always()),
    case!(
        "404 though it is there: not green",
        CHECK,
        4,
        "costs.csv v1 is not in staging",
        Fault::new("HeadObject", Kind::Error(Answer::no_such_key())).bucket("staging").always()
    ),
    case!(
        "another size",
        CHECK,
        5,
        "staging holds other bytes for costs.csv v1",
        Fault::new("HeadObject", Kind::Header("content-length", Some("5".into()))).bucket("staging").always()
    ),
    case!(
        "no attestation: it is read",
        CHECK,
        0,
        "read and hashed just now",
        Fault::new("HeadObject", Kind::Header("x-amz-checksum-sha256", None)).bucket("staging").always()
    ),
    case!(
        "a composite where the whole is expected: it is read",
        CHECK,
        0,
        "read and hashed just now",
        Fault::new("HeadObject", Kind::Header("x-amz-checksum-type", Some("COMPOSITE".into())))
            .bucket("staging")
            .always()
    ),
    case!(
        "a network that wants a sign-in: not green",
        CHECK,
        5,
        "staging holds other bytes for costs.csv v1",
        Fault::any(Kind::Portal(200)).always()
    ),
];

const AUDITS: &[Case] = &[
    case!("a page of the listing is lost once", FSCK, 0, "all as published", Fault::new("ListObjectsV2", Kind::Reset)),
    case!(
        "an object that the listing lacks: asked for",
        FSCK,
        0,
        "",
        Fault::new("ListObjectsV2", Kind::List(ListLie::Missing)).always()
    ),
    case!(
        "an entry twice",
        FSCK,
        4,
        "incomplete listing",
        Fault::new("ListObjectsV2", Kind::List(ListLie::Duplicate)).always()
    ),
    case!(
        "out of order",
        FSCK,
        4,
        "incomplete listing",
        Fault::new("ListObjectsV2", Kind::List(ListLie::Unsorted)).always()
    ),
    case!(
        "more to come for ever",
        FSCK,
        4,
        "incomplete listing",
        Fault::new("ListObjectsV2", Kind::List(ListLie::SaysTruncated)).always()
    ),
    case!("a page for people", FSCK, 4, "", Fault::new("ListObjectsV2", Kind::Portal(200)).always()),
    case!("a flipped bit in what is read", FSCK, 5, "prices.csv", get(Kind::FlipBit(3)).key("prices.csv/").always()),
    case!("cut in what is read", FSCK, 0, "", get(Kind::CutBody(3)).key("prices.csv/")),
    Case {
        name: "production rotted",
        does: FSCK,
        wrong: |server| server.put_raw("production", &key(server), "north,7\n", Backdoor::Rot),
        ends: (5, "prices.csv v1"),
        then: (5, "prices.csv v1"),
    },
    Case {
        name: "production lost an object",
        does: FSCK,
        wrong: |server| server.remove_raw("production", &key(server)),
        ends: (5, "prices.csv v1"),
        then: (5, "prices.csv v1"),
    },
    case!("verify without a connection", VERIFY, 4, "✗", Fault::any(Kind::Reset).always()),
    case!(
        "verify with keys that are refused",
        VERIFY,
        4,
        "✗",
        Fault::any(Kind::Error(Answer::new(403, "SignatureDoesNotMatch"))).always()
    ),
    case!("verify with a sign-in in between", VERIFY, 4, "✗", Fault::any(Kind::Portal(200)).always()),
    case!("verify with one lost answer", VERIFY, 0, "", Fault::any(Kind::AnswerLost)),
];

#[test]
fn pulls() {
    Scene::new(Mode::Aws).play(PULLS);
}

#[test]
fn checks() {
    Scene::new(Mode::Aws).play(CHECKS);
}

#[test]
fn audits() {
    Scene::new(Mode::Aws).play(AUDITS);
}
