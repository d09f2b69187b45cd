//! Faults while a version is prepared and sent to staging.

use std::time::Duration;

use super::scene::{Case, PREPARE, PREPARE_WIDE, Scene, WELL};
use crate::s3::{Answer, Fault, Kind, Mode};

/// Struck once, and it goes on as if nothing had been.
macro_rules! passes {
    ($name:literal, $does:expr, $fault:expr) => {
        Case { name: $name, does: $does, wrong: |server| server.fault($fault), ends: (0, ""), then: WELL }
    };
}

/// Struck for good: an error that says so; the next time it goes well.
macro_rules! stops {
    ($name:literal, $does:expr, $code:literal, $words:literal, $fault:expr) => {
        Case { name: $name, does: $does, wrong: |server| server.fault($fault), ends: ($code, $words), then: WELL }
    };
}

const SMALL: &[Case] = &[
    passes!("500 once", PREPARE, Fault::new("PutObject", Kind::Error(Answer::internal_error()))),
    passes!("502 once", PREPARE, Fault::new("PutObject", Kind::Error(Answer::new(502, "")))),
    passes!("a gateway's page, once", PREPARE, Fault::new("PutObject", Kind::Portal(502))),
    passes!("429 once", PREPARE, Fault::new("PutObject", Kind::Error(Answer::too_many_requests()))),
    passes!("reset before the head of the answer", PREPARE, Fault::new("PutObject", Kind::Reset)),
    passes!("cut while the body is sent", PREPARE, Fault::new("PutObject", Kind::CutUpload(2))),
    passes!("stored, and the answer is lost", PREPARE, Fault::new("PutObject", Kind::AnswerLost)),
    passes!(
        "stored later than its sender waited",
        PREPARE,
        Fault::new("PutObject", Kind::Zombie(Duration::from_millis(50)))
    ),
    passes!("409 that is none", PREPARE, Fault::new("PutObject", Kind::Error(Answer::conflict()))),
    passes!(
        "stored, and 500 is answered",
        PREPARE,
        Fault::new("PutObject", Kind::ErrorAfter(Answer::internal_error()))
    ),
    passes!("the look at what lies there is lost", PREPARE, Fault::new("HeadObject", Kind::Reset)),
    stops!(
        "500 for good",
        PREPARE,
        4,
        "the store was busy 2 times",
        Fault::new("PutObject", Kind::Error(Answer::internal_error())).always()
    ),
    stops!(
        "a store that asks for an hour",
        PREPARE,
        4,
        "the store was busy 1 times",
        Fault::new(
            "PutObject",
            Kind::Error(Answer { headers: vec![("retry-after", "3600".into())], ..Answer::new(503, "SlowDown") })
        )
        .always()
    ),
    stops!(
        "reset for good",
        PREPARE,
        4,
        "the connection broke after 2 tries",
        Fault::new("PutObject", Kind::Reset).always()
    ),
    stops!(
        "a network that wants a sign-in",
        PREPARE,
        4,
        "its answer was incomplete after 2 tries",
        Fault::any(Kind::Portal(200)).always()
    ),
    stops!(
        "the credentials expire",
        PREPARE,
        4,
        "the credentials have expired",
        Fault::new("PutObject", Kind::Error(Answer::expired_token())).always()
    ),
    stops!(
        "the key is taken back after two requests",
        PREPARE,
        4,
        "does not accept the access key or its secret",
        Fault::any(Kind::Error(Answer::new(403, "InvalidAccessKeyId"))).nth(2).always()
    ),
    stops!(
        "the bucket is in another region",
        PREPARE,
        4,
        "the bucket staging is in the region eu-west-1",
        Fault::any(Kind::Error(Answer::permanent_redirect("eu-west-1"))).always()
    ),
    stops!(
        "signed for another region",
        PREPARE,
        4,
        "git config data.region eu-central-1",
        Fault::any(Kind::Error(Answer {
            headers: vec![("x-amz-bucket-region", "eu-central-1".into())],
            ..Answer::new(400, "AuthorizationHeaderMalformed")
        }))
        .always()
    ),
    stops!(
        "a right that is missing",
        PREPARE,
        4,
        "these credentials may not do that",
        Fault::new("PutObject", Kind::Error(Answer::access_denied())).always()
    ),
    stops!(
        "507, which nobody expects",
        PREPARE,
        4,
        "the store refused it",
        Fault::new("PutObject", Kind::Error(Answer::new(507, "InsufficientStorage"))).always()
    ),
    Case {
        name: "this computer's clock is 20 minutes behind: the store's own is used",
        does: PREPARE,
        wrong: |server| {
            server.clock(1_200);
            server.refuse_skew(true);
        },
        ends: (0, ""),
        then: WELL,
    },
    Case {
        name: "this computer's clock is 20 minutes ahead: the store's own is used",
        does: PREPARE,
        wrong: |server| {
            server.clock(-1_200);
            server.refuse_skew(true);
        },
        ends: (0, ""),
        then: WELL,
    },
    stops!(
        "a store that says stored and stores nothing",
        PREPARE,
        4,
        "is not there after it was sent",
        Fault::new("PutObject", Kind::NotApplied).always()
    ),
];

const WIDE: &[Case] = &[
    passes!("a part is cut", PREPARE_WIDE, Fault::new("UploadPart", Kind::CutUpload(100_000)).query("partNumber=1")),
    passes!("a part is there, and the answer is lost", PREPARE_WIDE, Fault::new("UploadPart", Kind::AnswerLost)),
    passes!(
        "the upload has begun, and the answer is lost",
        PREPARE_WIDE,
        Fault::new("CreateMultipartUpload", Kind::AnswerLost)
    ),
    passes!("completed, and the answer is lost", PREPARE_WIDE, Fault::new("CompleteMultipartUpload", Kind::AnswerLost)),
    passes!(
        "completed, and then there is no such upload",
        PREPARE_WIDE,
        Fault::new("CompleteMultipartUpload", Kind::ErrorAfter(Answer::no_such_upload()))
    ),
    passes!(
        "an error inside a 200, and nothing was completed",
        PREPARE_WIDE,
        Fault::new("CompleteMultipartUpload", Kind::ErrorIn200 { code: "InternalError", applied: false })
    ),
    passes!(
        "an error inside a 200, though it was completed",
        PREPARE_WIDE,
        Fault::new("CompleteMultipartUpload", Kind::ErrorIn200 { code: "InternalError", applied: true })
    ),
    passes!(
        "a 200 without a word of what was made",
        PREPARE_WIDE,
        Fault::new("CompleteMultipartUpload", Kind::Empty200)
    ),
    passes!(
        "white space for a while before the answer",
        PREPARE_WIDE,
        Fault::new("CompleteMultipartUpload", Kind::KeepAlive(100))
    ),
    stops!(
        "the credentials expire between two parts",
        PREPARE_WIDE,
        4,
        "the credentials have expired",
        Fault::new("UploadPart", Kind::Error(Answer::expired_token())).query("partNumber=2").always()
    ),
    stops!(
        "a part never arrives",
        PREPARE_WIDE,
        4,
        "the connection broke after 2 tries",
        Fault::new("UploadPart", Kind::Reset).query("partNumber=2").always()
    ),
    stops!(
        "an error inside each 200",
        PREPARE_WIDE,
        4,
        "the store was busy 2 times",
        Fault::new("CompleteMultipartUpload", Kind::ErrorIn200 { code: "InternalError", applied: false }).always()
    ),
    stops!(
        "a store that says completed and shows nothing",
        PREPARE_WIDE,
        4,
        "is not there after it was sent",
        Fault::new("CompleteMultipartUpload", Kind::NotApplied).always()
    ),
];

#[test]
fn small_files() {
    Scene::new(Mode::Aws).play(SMALL);
}

#[test]
fn files_of_several_parts() {
    Scene::new(Mode::Aws).play(WIDE);
}

#[test]
fn what_passes_does_so_with_every_provider() {
    for mode in [Mode::R2, Mode::Ceph, Mode::IgnoresConditions] {
        let scene = Scene::new(mode);
        let small =
            SMALL.iter().filter(|case| ["stored, and the answer is lost", "409 that is none"].contains(&case.name));
        small.for_each(|case| scene.play(std::slice::from_ref(case)));
        scene.play(&WIDE[..2]);
    }
}
