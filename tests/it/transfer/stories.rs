//! What people see of uploads that were interrupted.

use git_data::flow::hash::Digest;

use crate::conformance::bytes;
use crate::lab::{Backend, Lab, Staging};
use crate::s3::{Answer, Fault, Kind, Mode};

const SIZE: usize = (24 << 20) + 12_345;
const PREPARE: &str = "git data prepare large.bin large.bin";

/// Anna's upload of a large file stopped for good at its third part.
fn stopped(mode: Mode) -> (Lab, Vec<u8>) {
    let lab = Lab::new(Backend::Like(mode));
    lab.furnish();
    lab.set("anna", "GIT_DATA_TRIES", "1");
    let content = bytes(SIZE, 50);
    lab.write("anna/large.bin", &content);
    let server = lab.server().unwrap();
    server.fault(Fault::new("UploadPart", Kind::Error(Answer::internal_error())).query("partNumber=3").always());
    lab.run("anna", PREPARE).fails(4).says("git data resume");
    server.mend();
    assert_eq!(lab.uploads(Staging), 1);
    assert!(lab.server().unwrap().uploads("staging")[0].parts.iter().all(|(number, _)| *number != 3));
    server.forget();
    (lab, content)
}

fn missing(lab: &Lab) -> u64 {
    let uploads = lab.server().unwrap().uploads("staging");
    SIZE as u64 - uploads.iter().flat_map(|upload| &upload.parts).map(|(_, size)| size).sum::<u64>()
}

fn sent(lab: &Lab) -> u64 {
    lab.server().unwrap().log().iter().filter(|entry| entry.op == "UploadPart").map(|entry| entry.received).sum()
}

#[track_caller]
fn staged(lab: &Lab, content: &[u8]) {
    assert!(lab.object(Staging, &Digest::of(content).hex()).as_deref() == Some(content));
    assert_eq!(lab.uploads(Staging), 0);
}

#[test]
fn status_tells_of_it_and_resume_ends_it() {
    let (lab, content) = stopped(Mode::Aws);
    lab.run("anna", "git data status").ok().says("large.bin: an upload was interrupted").says("git data resume");
    let due = missing(&lab);
    lab.run("anna", "git data resume --dry-run").ok().says("large.bin");
    assert_eq!(sent(&lab), 0);
    lab.run("anna", "git data resume").ok().says("already there").says("in staging now").says(PREPARE);
    assert_eq!(sent(&lab), due);
    staged(&lab, &content);
    assert!(!lab.run("anna", "git data status").ok().stdout.contains("interrupted"));
    lab.run("anna", PREPARE).ok().says("already in staging");
    lab.run("anna", "git data resume").ok().says("No upload was interrupted here.");
    assert_eq!(sent(&lab), due);
}

#[test]
fn another_clone_of_the_same_content_goes_on_with_it() {
    let (lab, content) = stopped(Mode::Aws);
    lab.write("bert/large.bin", &content);
    let due = missing(&lab);
    lab.run("bert", PREPARE).ok().says("resuming: ").says("already there");
    assert_eq!(sent(&lab), due);
    staged(&lab, &content);
    // Hers is over as well, and she learns it without sending anything.
    lab.run("anna", "git data resume").ok();
    assert_eq!(sent(&lab), due);
    lab.run("anna", "git data resume").ok().says("No upload was interrupted here.");
}

#[test]
fn where_the_store_attests_no_part_only_what_was_noted_counts() {
    let (lab, content) = stopped(Mode::Ceph);
    lab.write("bert/large.bin", &content);
    let saved = lab.save();
    let due = missing(&lab);
    assert!(due < SIZE as u64);
    lab.run("anna", "git data resume").ok().says("already there");
    assert_eq!(sent(&lab), due);
    staged(&lab, &content);
    lab.restore(&saved);
    lab.server().unwrap().forget();
    lab.run("bert", PREPARE).ok();
    assert_eq!(sent(&lab), SIZE as u64, "who noted nothing believes nothing");
    assert!(lab.object(Staging, &Digest::of(&content).hex()).as_deref() == Some(&*content));
}

#[test]
fn a_part_with_other_bytes_is_sent_again() {
    let (lab, content) = stopped(Mode::Aws);
    let other = bytes(SIZE, 51);
    lab.write("anna/large.bin", &other);
    lab.run("anna", "git data resume").fails(1).says("is not what it was").says("git data abort large.bin");
    assert_eq!(sent(&lab), 0);
    lab.run("anna", PREPARE).ok();
    assert_eq!(sent(&lab), SIZE as u64);
    assert!(lab.object(Staging, &Digest::of(&other).hex()).as_deref() == Some(&*other));
    assert_eq!(lab.object(Staging, &Digest::of(&content).hex()), None);
}

#[test]
fn abort_gives_it_up() {
    let (lab, _) = stopped(Mode::Aws);
    lab.run("anna", "git data abort other.bin").fails(1).says("git data status");
    lab.run("anna", "git data abort --dry-run").ok().says("would be given up");
    assert_eq!(lab.uploads(Staging), 1);
    lab.run("anna", "git data abort large.bin").ok().says("was given up");
    assert_eq!(lab.uploads(Staging), 0);
    lab.run("anna", "git data abort").ok().says("No upload was interrupted here.");
}

#[test]
fn an_upload_that_somebody_gave_up_begins_anew() {
    let (lab, content) = stopped(Mode::Aws);
    let gone = Kind::Error(Answer::no_such_upload());
    lab.server().unwrap().fault(Fault::new("UploadPart", gone));
    lab.run("anna", "git data resume").ok();
    assert!(lab.object(Staging, &Digest::of(&content).hex()).as_deref() == Some(&*content));
}

#[test]
fn who_may_not_list_uploads_goes_by_what_was_noted() {
    let (lab, content) = stopped(Mode::Aws);
    let due = missing(&lab);
    let denied = Kind::Error(Answer::access_denied());
    lab.server().unwrap().fault(Fault::new("ListMultipartUploads", denied).always());
    lab.run("anna", PREPARE).ok().says("already there");
    assert_eq!(sent(&lab), due);
    staged(&lab, &content);
}

#[test]
fn a_file_that_changes_while_it_is_sent_leaves_no_upload() {
    let lab = Lab::new(Backend::S3);
    lab.furnish();
    lab.write("anna/large.bin", bytes(SIZE, 52));
    let file = lab.path("anna/large.bin");
    let change = move |_: &_| {
        let other = std::fs::File::options().write(true).open(&file).unwrap();
        other.set_len(20 << 20).unwrap();
    };
    let begun = Kind::CallAfter(std::sync::Arc::new(change));
    lab.server().unwrap().fault(Fault::new("CreateMultipartUpload", begun));
    lab.run("anna", PREPARE).fails(1).says("FILE_CHANGED");
    assert_eq!(lab.uploads(Staging), 0);
    assert!(!lab.run("anna", "git data status").ok().stdout.contains("interrupted"));
}

#[test]
fn a_server_that_knows_no_composite_is_told_of_the_parts() {
    let lab = Lab::new(Backend::Like(Mode::IgnoresConditions));
    lab.furnish();
    let content = bytes(SIZE, 53);
    lab.write("anna/large.bin", &content);
    lab.run("anna", PREPARE).ok();
    staged(&lab, &content);
}

#[test]
fn a_limit_of_the_rate_is_kept_both_ways() {
    let lab = Lab::new(Backend::S3);
    lab.furnish();
    let content = bytes(3 << 20, 54);
    lab.write("anna/a.bin", &content);
    lab.run("anna", "git data prepare a.bin a.bin --limit-rate fast").fails(2).says("is no size");
    // No clock can make it faster than this.
    let begun = std::time::Instant::now();
    lab.run("anna", "git data prepare a.bin a.bin --limit-rate 4MB").ok();
    assert!(begun.elapsed().as_millis() >= 600);
    lab.remove("anna/a.bin");
    let begun = std::time::Instant::now();
    lab.run("anna", "git data pull a.bin --staged --limit-rate 4MB").ok();
    assert!(begun.elapsed().as_millis() >= 600);
    assert!(lab.read("anna/a.bin") == content);
}

#[test]
fn time_that_is_over_ends_it_in_words() {
    let lab = Lab::new(Backend::S3);
    lab.furnish();
    lab.set("anna", "GIT_DATA_TIME_LIMIT", "1s");
    lab.set("anna", "GIT_DATA_LIMIT_RATE", "100K");
    lab.write("anna/a.bin", bytes(1 << 20, 55));
    lab.run("anna", "git data prepare a.bin a.bin").fails(4).says("data.timeLimit");
}
