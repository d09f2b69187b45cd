//! Faults while bytes are deleted: absence is never proof, and what is needed stays.

use super::scene::{Case, JANITOR, SWEEP, Scene, WELL};
use crate::s3::{Answer, Fault, Kind, ListLie, Mode};

macro_rules! case {
    ($name:literal, $does:expr, $code:literal, $words:expr, $fault:expr) => {
        Case { name: $name, does: $does, wrong: |server| server.fault($fault), ends: ($code, $words), then: WELL }
    };
}

fn list(kind: Kind) -> Fault {
    Fault::new("ListObjectsV2", kind)
}

const CASES: &[Case] = &[
    case!("sweep: a listing that fails", SWEEP, 6, "nothing was deleted", list(Kind::Reset).always()),
    case!(
        "sweep: a listing that comes twice",
        SWEEP,
        6,
        "nothing was deleted",
        list(Kind::List(ListLie::Duplicate)).always()
    ),
    case!(
        "sweep: a listing out of order",
        SWEEP,
        6,
        "nothing was deleted",
        list(Kind::List(ListLie::Unsorted)).always()
    ),
    case!(
        "sweep: a listing without an end",
        SWEEP,
        6,
        "nothing was deleted",
        list(Kind::List(ListLie::SaysTruncated)).always()
    ),
    case!(
        "sweep: a listing that is a page for people",
        SWEEP,
        6,
        "nothing was deleted",
        list(Kind::Portal(200)).always()
    ),
    case!(
        "sweep: receipts that the listing lacks",
        SWEEP,
        0,
        "",
        list(Kind::List(ListLie::Empty)).bucket("production").always()
    ),
    case!(
        "sweep: staging that the listing lacks",
        SWEEP,
        0,
        "",
        list(Kind::List(ListLie::Empty)).bucket("staging").always()
    ),
    case!(
        "sweep: a listing that shows what is gone",
        SWEEP,
        6,
        "has a receipt but no entry",
        list(Kind::OtherBody(GHOST.into())).bucket("production").always()
    ),
    case!(
        "sweep: the deletion is lost on the way",
        SWEEP,
        0,
        "deleted old.csv/v1-",
        Fault::new("DeleteObject", Kind::Reset)
    ),
    case!(
        "sweep: deleted, and the answer is lost",
        SWEEP,
        0,
        "deleted old.csv/v1-",
        Fault::new("DeleteObject", Kind::AnswerLost)
    ),
    case!(
        "sweep: a deletion that is none",
        SWEEP,
        4,
        "is still there after it was deleted",
        Fault::new("DeleteObject", Kind::NotApplied).always()
    ),
    case!(
        "sweep: a right that is missing",
        SWEEP,
        4,
        "these credentials may not do that",
        Fault::new("DeleteObject", Kind::Error(Answer::access_denied())).always()
    ),
    case!(
        "sweep: 404 for all that is looked at",
        SWEEP,
        0,
        "",
        Fault::new("HeadObject", Kind::Error(Answer::no_such_key())).bucket("production").always()
    ),
    case!("janitor: a listing that fails", JANITOR, 6, "nothing was deleted", list(Kind::Reset).always()),
    case!(
        "janitor: a listing that comes twice",
        JANITOR,
        6,
        "nothing was deleted",
        list(Kind::List(ListLie::Duplicate)).always()
    ),
    case!(
        "janitor: a listing that lacks something",
        JANITOR,
        0,
        "",
        list(Kind::List(ListLie::Missing)).bucket("staging").always()
    ),
    case!(
        "janitor: a listing that shows what is gone",
        JANITOR,
        0,
        "",
        list(Kind::List(ListLie::Stale)).bucket("staging").always()
    ),
    case!("janitor: an empty listing", JANITOR, 0, "", list(Kind::List(ListLie::Empty)).bucket("staging").always()),
    case!("janitor: deleted, and the answer is lost", JANITOR, 0, "", Fault::new("DeleteObject", Kind::AnswerLost)),
    case!(
        "janitor: a right that is missing",
        JANITOR,
        4,
        "could not be deleted",
        Fault::new("DeleteObject", Kind::Error(Answer::access_denied())).always()
    ),
    case!(
        "janitor: expired in the middle",
        JANITOR,
        4,
        "the credentials have expired",
        Fault::new("DeleteObject", Kind::Error(Answer::expired_token())).always()
    ),
];

/// A receipt of a publication that never was.
const GHOST: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><ListBucketResult><IsTruncated>false</IsTruncated><Contents>\
    <Key>.git-data/published/ghost.csv/v1-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.json</Key>\
    <LastModified>2026-11-21T10:00:00.000Z</LastModified><ETag>\"0\"</ETag><Size>1</Size></Contents></ListBucketResult>";

#[test]
fn nothing_that_is_needed_is_deleted() {
    Scene::new(Mode::Aws).play(CASES);
}
