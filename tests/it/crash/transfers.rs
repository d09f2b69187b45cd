//! Bytes on their way up, down or to production, killed at random moments: one more run ends byte-exact, and what was
//! there already does not travel again. `GIT_DATA_TEST_KILLS=100` for a long run.

use std::collections::BTreeMap;

use git_data::disk::partial::Partial;
use git_data::flow::hash::Digest;

use super::{alone, killed_at};
use crate::conformance::bytes;
use crate::dice::{Dice, asked};
use crate::lab::{Backend, Lab, ROBOT, Staging};
use crate::s3::Server;

/// Three whole parts and a piece.
const SIZE: usize = (24 << 20) + 12_345;

/// How many moments a command has.
fn moments(lab: &Lab, person: &str, command: &str) -> u64 {
    let log = lab.path("moments");
    let (code, said) = alone(lab, person, command, &[("GIT_DATA_TEST_MOMENTS", log.to_str().unwrap())]);
    assert_eq!(code, Some(0), "{said}");
    lab.text("moments").lines().count() as u64
}

/// Kills a command at moments of chance in a world that is the same each time; `then` is what has to hold.
fn kills(lab: &Lab, person: &str, command: &str, mut then: impl FnMut(&str)) {
    let saved = lab.save();
    let all = moments(lab, person, command);
    let seed = asked("GIT_DATA_TEST_SEED", 1);
    let (mut dice, count) = (Dice::of(seed), asked("GIT_DATA_TEST_KILLS", 10));
    let mut killed = 0;
    for _ in 0..count {
        lab.restore(&saved);
        let moment = format!("#{}", 1 + dice.below(all));
        killed += u64::from(killed_at(lab, person, command, &moment));
        then(&format!("{command}, seed {seed}, killed at {moment} of {all}"));
    }
    // The order of threads is not the same each time, and with it the number of moments.
    assert!(killed * 2 >= count, "{killed} of {count}");
    crate::figure::figure(&format!("kills of {command:?}: killed={killed} of={count} wrong=0 twice=0"));
}

fn received(server: &Server) -> u64 {
    let log = server.log();
    log.iter().filter(|entry| ["UploadPart", "PutObject"].contains(&entry.op)).map(|entry| entry.received).sum()
}

#[test]
fn of_an_upload_only_what_is_missing_is_sent() {
    let lab = Lab::new(Backend::S3);
    lab.furnish();
    let content = bytes(SIZE, 40);
    let key = Digest::of(&content).hex();
    lab.write("anna/large.bin", &content);
    let command = "git-data prepare large.bin large.bin";
    kills(&lab, "anna", command, |at| {
        let server = lab.server().unwrap();
        let held: u64 = server.uploads("staging").iter().flat_map(|upload| &upload.parts).map(|(_, size)| size).sum();
        let due = if server.get("staging", &key).is_some() { 0 } else { SIZE as u64 - held };
        server.forget();
        lab.run("anna", command).ok();
        // A part that was on its way when the program died may have arrived after it was looked.
        assert!(received(server) <= due, "{at}: {} bytes, and only {due} were missing", received(server));
        assert!(lab.object(Staging, &key).as_deref() == Some(&*content), "{at}");
        assert_eq!(lab.uploads(Staging), 0, "{at}");
        assert!(!lab.run("anna", "git-data status").ok().stdout.contains("interrupted"), "{at}");
    });
}

#[test]
fn of_a_download_only_what_is_missing_is_fetched() {
    let lab = Lab::new(Backend::S3);
    lab.furnish();
    let content = bytes(SIZE, 41);
    let digest = Digest::of(&content);
    lab.release("anna", "large.bin", &content);
    lab.update("bert");
    let cache = "home/bert/cache/git-data";
    let command = "git-data pull";
    kills(&lab, "bert", command, |at| {
        let part = lab.path(&format!("{cache}/incoming/{digest}.part"));
        let there = if part.exists() { Partial::open(&part, SIZE as u64).unwrap().there() } else { 0 };
        let hex = digest.hex();
        let whole = lab.has(&format!("{cache}/sha256/{}/{hex}", &hex[..2])) || lab.has("bert/large.bin");
        let due = if whole { 0 } else { SIZE as u64 - there };
        let server = lab.server().unwrap();
        server.forget();
        lab.run("bert", command).ok();
        let fetched: u64 =
            server.log().iter().filter(|e| e.op == "GetObject" && e.key.contains(&hex)).map(asked_for).sum();
        assert!(fetched <= due, "{at}: {fetched} bytes, and only {due} were missing");
        assert!(lab.read("bert/large.bin") == content, "{at}");
        assert!(!part.exists(), "{at}");
    });
}

/// What a publication left: everything but when and by which run.
fn published(server: &Server) -> BTreeMap<String, Digest> {
    let objects = server.objects("production").into_iter().filter(|(key, _)| !key.starts_with(".git-data/"));
    objects.map(|(key, bytes)| (key, Digest::of(&bytes))).collect()
}

#[test]
fn of_a_publication_no_object_that_is_there_is_written_again() {
    let lab = Lab::new(Backend::S3);
    lab.furnish();
    lab.set("anna", "GIT_DATA_TAR", "never");
    lab.write("anna/large.bin", bytes(SIZE, 42));
    for n in 0..40 {
        lab.write(&format!("anna/maps/{n}.bin"), bytes(3_000 + n, n as u64));
    }
    for command in ["git-data prepare large.bin large.bin --pr", "git-data prepare maps maps --pr"] {
        let prepared = lab.run("anna", &format!("{command} --json")).json();
        lab.merge(prepared["proposal"]["branch"].as_str().unwrap());
        lab.update("anna");
    }
    let saved = lab.save();
    lab.publish();
    let server = lab.server().unwrap();
    let whole = published(server);
    assert_eq!(whole.len(), 1 + 40 + 2, "{whole:?}");
    lab.restore(&saved);
    kills(&lab, ROBOT, "git-data-publish run", |at| {
        let there: BTreeMap<String, u64> =
            server.objects("production").into_iter().map(|(key, bytes)| (key, bytes.len() as u64)).collect();
        server.forget();
        lab.publish();
        for entry in server.log() {
            let writes = ["PutObject", "CopyObject", "CreateMultipartUpload", "UploadPart", "UploadPartCopy"];
            let again = entry.bucket == "production" && writes.contains(&entry.op) && there.contains_key(&entry.key);
            assert!(!again, "{at}: {} of {}, which was there", entry.op, entry.key);
        }
        // What an unfinished copy left is invisible; sweep removes it after seven days.
        assert_eq!(published(server), whole, "{at}");
    });
}

/// The bytes that a GET is answered with.
fn asked_for(entry: &crate::s3::Entry) -> u64 {
    if entry.key.ends_with(".json") {
        return 0;
    }
    let Some(range) = entry.headers.get("range") else { return SIZE as u64 };
    let (from, to) = range.to_str().unwrap().trim_start_matches("bytes=").split_once('-').unwrap();
    to.parse::<u64>().unwrap() + 1 - from.parse::<u64>().unwrap()
}
