//! Faults while the publisher copies, proves and writes receipts; and stores that lie to it.

use std::sync::Arc;
use std::time::Duration;

use super::scene::{Case, RUN, Scene, WELL};
use crate::s3::{Answer, Backdoor, Fault, Kind, Mode, Server};

macro_rules! case {
    ($name:literal, $code:literal, $words:expr, $($fault:expr),+) => {
        Case { name: $name, does: RUN, wrong: |server| { $(server.fault($fault);)+ }, ends: ($code, $words), then: WELL }
    };
}

const LIVE: &str = "prices.csv v2: copied and verified";

fn in_production(op: &'static str, kind: Kind) -> Fault {
    Fault::new(op, kind).bucket("production")
}

/// The bytes that lie at the key that was asked for are changed behind everybody's back.
fn rots(server: &Server, op: &'static str, key: &'static str, after: bool) {
    let inside = server.inside();
    let hook = move |request: &crate::s3::Request| {
        if let Some(bytes) = inside.get(&request.bucket, &request.key) {
            let mut bytes = bytes.to_vec();
            bytes[0] ^= 1;
            inside.put_raw(&request.bucket, &request.key, bytes, Backdoor::Rot);
        }
    };
    let kind = if after { Kind::CallAfter(Arc::new(hook)) } else { Kind::Call(Arc::new(hook)) };
    server.fault(Fault::new(op, kind).key(key));
}

const SMALL: &[Case] = &[
    case!("the put is lost on the way", 0, "", in_production("PutObject", Kind::Reset)),
    case!("stored, and the answer is lost", 0, "", in_production("PutObject", Kind::AnswerLost).key("prices.csv/")),
    case!(
        "stored after its sender gave up",
        0,
        "",
        in_production("PutObject", Kind::Zombie(Duration::from_millis(30))).key("prices.csv/")
    ),
    case!(
        "a receipt whose answer is lost",
        0,
        "",
        in_production("PutObject", Kind::AnswerLost).key(".git-data/published/")
    ),
    case!(
        "a receipt that is written after its sender gave up",
        0,
        "",
        in_production("PutObject", Kind::Zombie(Duration::from_millis(30))).key(".git-data/published/")
    ),
    case!(
        "412 though nothing lies there",
        3,
        "prices.csv v2 is not in production",
        in_production("PutObject", Kind::Error(Answer::precondition_failed())).key("prices.csv/")
    ),
    case!(
        "412 though it was stored just now",
        0,
        "",
        in_production("PutObject", Kind::ErrorAfter(Answer::precondition_failed())).key("prices.csv/")
    ),
    case!(
        "409 though nobody else writes",
        0,
        "",
        in_production("PutObject", Kind::Error(Answer::conflict())).key("prices.csv/")
    ),
    case!("the staged bytes are cut short", 0, "", Fault::new("GetObject", Kind::CutBody(3)).bucket("staging")),
    case!(
        "the staged bytes end early, and their length agrees",
        0,
        "prices.csv v2",
        Fault::new("GetObject", Kind::ShortBody(3)).bucket("staging").key(PRICES).always()
    ),
    case!(
        "a bit flips once on the way: it is read again",
        0,
        LIVE,
        Fault::new("GetObject", Kind::FlipBit(9)).bucket("staging").key(PRICES)
    ),
    case!(
        "a bit flips on the way",
        3,
        "these are not the bytes that were approved",
        Fault::new("GetObject", Kind::FlipBit(9)).bucket("staging").key(PRICES).always()
    ),
    case!(
        "zeros on the way",
        3,
        "these are not the bytes that were approved",
        Fault::new("GetObject", Kind::Zeros { from: 2, len: 4 }).bucket("staging").key(PRICES).always()
    ),
    case!(
        "the body of another object",
        3,
        "these are not the bytes that were approved",
        Fault::new("GetObject", Kind::OtherBody("north,1\nsouth,9\n".into())).bucket("staging").key(PRICES).always()
    ),
    case!(
        "staging is read as another size than it says: the right bytes were read already",
        0,
        LIVE,
        Fault::new("HeadObject", Kind::Header("content-length", Some("7".into()))).bucket("staging").key(PRICES)
    ),
    case!(
        "a store that says stored and stores nothing",
        3,
        "prices.csv v2 is not in production",
        in_production("PutObject", Kind::NotApplied).key("prices.csv/").always()
    ),
    case!(
        "a store that says of the whole what is not so",
        3,
        "production holds other bytes",
        in_production("HeadObject", Kind::Header("x-amz-checksum-sha256", Some(ZEROS.into())))
            .key("prices.csv/")
            .always()
    ),
    case!(
        "a composite where the whole is expected: it is read",
        0,
        LIVE,
        in_production("HeadObject", Kind::Header("x-amz-checksum-sha256", Some(COMPOSITE.into())))
            .key("prices.csv/")
            .always()
    ),
    case!(
        "no word of a checksum: it is read",
        0,
        LIVE,
        in_production("HeadObject", Kind::Header("x-amz-checksum-sha256", None)).key("prices.csv/").always()
    ),
    case!(
        "another ETag each time",
        0,
        LIVE,
        in_production("HeadObject", Kind::Header("etag", Some("\"0123\"".into()))).key("prices.csv/").always()
    ),
    case!(
        "the credentials expire before the receipt",
        4,
        "the credentials have expired",
        in_production("PutObject", Kind::Error(Answer::expired_token())).key(".git-data/published/").always()
    ),
    case!(
        "the key is taken back in the middle",
        4,
        "does not accept the access key or its secret",
        Fault::any(Kind::Error(Answer::new(403, "InvalidAccessKeyId"))).nth(6).always()
    ),
    case!(
        "production is in another region",
        4,
        "is in the region eu-west-1",
        Fault::any(Kind::Error(Answer::permanent_redirect("eu-west-1"))).bucket("production").always()
    ),
    case!("staging is out of reach", 4, "after 2 tries", Fault::any(Kind::Reset).bucket("staging").always()),
    case!("a network that wants a sign-in", 4, "", Fault::any(Kind::Portal(200)).always()),
    Case {
        name: "the staged bytes rot after they were read",
        does: RUN,
        wrong: |server| rots(server, "GetObject", PRICES, true),
        ends: (0, LIVE),
        then: WELL,
    },
    Case {
        name: "production rots while it is looked at: the store's own word is not doubted",
        does: RUN,
        wrong: |server| server.fault(in_production("GetObject", Kind::FlipBit(1)).key("prices.csv/").always()),
        ends: (0, LIVE),
        then: WELL,
    },
];

/// The key of `prices.csv` v2 in staging.
const PRICES: &str = "9171bcdf";
const ZEROS: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
const COMPOSITE: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=-1";

const LARGE: &[Case] = &[
    case!("a part's copy is lost on the way", 0, "", Fault::new("UploadPartCopy", Kind::Reset)),
    case!("a part is copied, and the answer is lost", 0, "", Fault::new("UploadPartCopy", Kind::AnswerLost)),
    case!(
        "an error inside a 200 for a part",
        0,
        "",
        Fault::new("UploadPartCopy", Kind::ErrorIn200 { code: "InternalError", applied: false })
    ),
    case!("a part is copied, and the answer says nothing", 0, "", Fault::new("UploadPartCopy", Kind::Empty200)),
    case!("a part's copy takes its time", 0, "", Fault::new("UploadPartCopy", Kind::KeepAlive(20))),
    case!("completed, and the answer is lost", 0, "", in_production("CompleteMultipartUpload", Kind::AnswerLost)),
    case!(
        "completed later than its sender waited",
        0,
        "",
        in_production("CompleteMultipartUpload", Kind::Zombie(Duration::from_millis(30)))
    ),
    case!(
        "white space before the end of Complete",
        0,
        "",
        in_production("CompleteMultipartUpload", Kind::KeepAlive(100))
    ),
    case!(
        "white space, and then an error",
        0,
        "",
        in_production("CompleteMultipartUpload", Kind::ErrorIn200 { code: "InternalError", applied: false }),
        in_production("CompleteMultipartUpload", Kind::KeepAlive(50))
    ),
    case!(
        "412 on Complete though nothing lies there",
        3,
        "large.bin v1 is not in production",
        in_production("CompleteMultipartUpload", Kind::Error(Answer::precondition_failed()))
    ),
    case!(
        "no such upload, though it was completed",
        0,
        "",
        in_production("CompleteMultipartUpload", Kind::ErrorAfter(Answer::no_such_upload()))
    ),
    case!(
        "a store that says completed and shows nothing",
        3,
        "large.bin v1 is not in production",
        in_production("CompleteMultipartUpload", Kind::NotApplied).always()
    ),
    case!(
        "a store that says copied and copies nothing",
        3,
        "large.bin",
        Fault::new("UploadPartCopy", Kind::NotApplied).always()
    ),
    case!(
        "the staged object is cut short three times",
        0,
        "",
        Fault::new("GetObject", Kind::CutBody(70_000)).bucket("staging").key(LARGE_KEY).times(3)
    ),
    case!(
        "the staged object is cut short again and again",
        3,
        "large.bin v1 could not be read",
        Fault::new("GetObject", Kind::CutBody(1)).bucket("staging").key(LARGE_KEY).always()
    ),
    case!(
        "two blocks change places on the way",
        3,
        "these are not the bytes that were approved",
        Fault::new("GetObject", Kind::Swapped(4_096)).bucket("staging").key(LARGE_KEY)
    ),
    case!(
        "a block comes twice",
        3,
        "these are not the bytes that were approved",
        Fault::new("GetObject", Kind::Doubled(4_096)).bucket("staging").key(LARGE_KEY)
    ),
    case!(
        "the right to begin an upload is missing",
        3,
        "these credentials may not do that",
        in_production("CreateMultipartUpload", Kind::Error(Answer::access_denied())).always()
    ),
    case!(
        "the credentials expire between two parts",
        3,
        "the credentials have expired",
        Fault::new("UploadPartCopy", Kind::Error(Answer::expired_token())).query("partNumber=2").always()
    ),
    Case {
        name: "the staged object rots between the look and the copy",
        does: RUN,
        wrong: |server| rots(server, "UploadPartCopy", "large.bin", false),
        ends: (0, ""),
        then: WELL,
    },
];

/// The key of `large.bin` v1 in staging.
const LARGE_KEY: &str = "9916519d";

#[test]
fn small_objects() {
    Scene::new(Mode::Aws).play(SMALL);
}

#[test]
fn objects_of_several_parts() {
    Scene::new(Mode::Aws).play(LARGE);
}

#[test]
fn the_same_with_a_store_that_ignores_conditions() {
    let scene = Scene::new(Mode::IgnoresConditions);
    scene.play(&SMALL[..5]);
    scene.play(&LARGE[..2]);
}
