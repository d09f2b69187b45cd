//! A large file on its way up or down, killed at random moments: one more run ends byte-exact, and what was there
//! already does not travel again. `GIT_DATA_TEST_KILLS=100` for a long run.

use git_data::disk::partial::Partial;
use git_data::flow::hash::Digest;

use super::{alone, killed_at};
use crate::conformance::bytes;
use crate::dice::{Dice, asked};
use crate::lab::{Backend, Lab, Staging};
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

/// The bytes that a GET is answered with.
fn asked_for(entry: &crate::s3::Entry) -> u64 {
    if entry.key.ends_with(".json") {
        return 0;
    }
    let Some(range) = entry.headers.get("range") else { return SIZE as u64 };
    let (from, to) = range.to_str().unwrap().trim_start_matches("bytes=").split_once('-').unwrap();
    to.parse::<u64>().unwrap() + 1 - from.parse::<u64>().unwrap()
}
