//! Many objects at a time, and large ones in pieces.

use std::path::PathBuf;

use git_data::disk::hash::{self, Hashed};
use git_data::error::Kind as Wrong;
use git_data::flow::hash::Digest;
use git_data::flow::key::Key;
use git_data::store::Read as _;
use git_data::store::transfer::{Fetched, Silent, download, upload_all};

use super::{Lab, noise};
use crate::s3::{Answer, Backdoor, Fault, Kind, Mode};

const COUNT: usize = 40;

/// Small files, as a batch takes them.
fn files(dir: &tempfile::TempDir) -> Vec<(Key, PathBuf, Hashed)> {
    let all = noise(COUNT * 4096);
    let each = all.chunks(4096).enumerate().map(|(n, bytes)| {
        let path = dir.path().join(n.to_string());
        std::fs::write(&path, bytes).unwrap();
        let hashed = hash::file(&path, &|_| ()).unwrap();
        (Key::new(hashed.sha256.hex()), path, hashed)
    });
    each.collect()
}

#[test]
fn many_files_are_sent_in_one_request_each_and_looked_for_in_a_listing() {
    let (lab, dir) = (Lab::new(Mode::Aws), tempfile::tempdir().unwrap());
    let (store, files) = (lab.open("s3://staging"), files(&dir));
    assert!(upload_all(&store, &files, &Silent).iter().all(Result::is_ok));
    let count = |op| lab.server.count(op);
    assert_eq!((count("PutObject"), count("HeadObject"), count("ListObjectsV2")), (COUNT, 0, 1));
    for (key, path, _) in &files {
        assert_eq!(lab.server.get("staging", key.as_str()).unwrap(), std::fs::read(path).unwrap());
    }
}

#[test]
fn what_a_store_refuses_or_only_says_to_have_is_an_error_and_the_rest_is_there() {
    let (lab, dir) = (Lab::new(Mode::Aws), tempfile::tempdir().unwrap());
    let (store, files) = (lab.open("s3://staging"), files(&dir));
    lab.server.fault(Fault::new("PutObject", Kind::NotApplied).key(files[7].0.as_str()).always());
    let denied = Kind::Error(Answer::access_denied());
    lab.server.fault(Fault::new("PutObject", denied).key(files[30].0.as_str()).always());
    std::fs::write(&files[9].1, noise(4096)).unwrap();
    let sent = upload_all(&store, &files, &Silent);
    let failed: Vec<usize> = (0..COUNT).filter(|n| sent[*n].is_err()).collect();
    assert_eq!(failed, [7, 9, 30]);
    assert!(sent[7].as_ref().unwrap_err().message.contains("is not there after it was sent"));
    assert!(sent[9].as_ref().unwrap_err().message.starts_with("FILE_CHANGED"));
    assert_eq!(lab.server.objects("staging").len(), COUNT - 3);
}

#[test]
fn who_may_not_list_looks_at_each() {
    let (lab, dir) = (Lab::new(Mode::Aws), tempfile::tempdir().unwrap());
    let (store, files) = (lab.open("s3://staging"), files(&dir));
    lab.server.fault(Fault::new("ListObjectsV2", Kind::Error(Answer::access_denied())).always());
    assert!(upload_all(&store, &files, &Silent).iter().all(Result::is_ok));
    assert_eq!(lab.server.count("HeadObject"), COUNT);
}

#[test]
fn a_store_that_asks_for_less_is_heard_though_every_request_ends_well() {
    let (lab, dir) = (Lab::new(Mode::Aws), tempfile::tempdir().unwrap());
    let (store, files) = (lab.open("s3://staging"), files(&dir));
    lab.server.fault(Fault::new("PutObject", Kind::Error(Answer::new(503, "SlowDown"))).times(3));
    assert!(upload_all(&store, &files, &Silent).iter().all(Result::is_ok));
    assert_eq!(store.slowdowns(), 3);
}

/// Two whole pieces and a bit.
const LARGE: usize = (16 << 20) + 777;

fn fetch(fault: Option<Fault>) -> (Lab, git_data::error::Result<Fetched>, bool) {
    let (lab, dir) = (Lab::new(Mode::Aws), tempfile::tempdir().unwrap());
    let bytes = noise(LARGE);
    lab.server.put_raw("staging", "large", bytes.clone(), Backdoor::Put);
    fault.into_iter().for_each(|fault| lab.server.fault(fault));
    let (store, into) = (lab.open("s3://staging"), dir.path().join("into"));
    let done = download(&store, &Key::new("large"), &into, (Digest::of(&bytes), LARGE as u64), &Silent);
    let right = std::fs::read(&into).is_ok_and(|found| found == bytes);
    (lab, done, right)
}

#[test]
fn a_large_object_comes_in_pieces_of_one_object() {
    let (lab, done, right) = fetch(None);
    assert!(done.unwrap() == Fetched::Done && right);
    let log = lab.server.log();
    let gets: Vec<_> = log.iter().filter(|entry| entry.op == "GetObject").collect();
    assert_eq!(gets.len(), 3);
    assert!(gets.iter().all(|get| get.headers.contains_key("range") && get.headers.contains_key("if-match")));
}

#[test]
fn a_server_that_knows_no_ranges_is_read_in_one_stream() {
    let (_, done, right) = fetch(Some(Fault::new("GetObject", Kind::Header("content-range", None)).always()));
    assert!(done.unwrap() == Fetched::Done && right);
}

#[test]
fn a_piece_that_is_damaged_short_or_cut_costs_a_try_and_is_never_believed() {
    for kind in [Kind::FlipBit(99), Kind::CutBody(1000), Kind::ShortBody(5000), Kind::Zeros { from: 0, len: 4096 }] {
        let name = kind.name();
        let (_, done, right) = fetch(Some(Fault::new("GetObject", kind).nth(2)));
        assert!(done.unwrap() == Fetched::Done && right, "{name}");
    }
    let (_, done, _) = fetch(Some(Fault::new("GetObject", Kind::FlipBit(99)).always()));
    assert_eq!(done.unwrap_err().kind, Wrong::Integrity);
}

#[test]
fn an_object_that_is_replaced_between_two_pieces_is_no_mixture() {
    let (lab, dir) = (Lab::new(Mode::Aws), tempfile::tempdir().unwrap());
    let (bytes, other) = (noise(LARGE), vec![7; LARGE]);
    lab.server.put_raw("staging", "large", bytes.clone(), Backdoor::Put);
    let inside = lab.server.inside();
    let swap = move |_: &_| inside.put_raw("staging", "large", other.clone(), Backdoor::Put);
    lab.server.fault(Fault::new("GetObject", Kind::Call(std::sync::Arc::new(swap))).nth(2));
    let into = dir.path().join("into");
    let want = (Digest::of(&bytes), LARGE as u64);
    let error = download(&lab.open("s3://staging"), &Key::new("large"), &into, want, &Silent).unwrap_err();
    assert!(matches!(error.kind, Wrong::Integrity | Wrong::Conflict), "{error}");
    assert!(!into.exists());
}
