//! Lists that lie, bases that are gone, objects that are spoiled: the right bytes come out, or an error that says what to type.

use super::*;
use crate::lab::ROBOT;

/// Three versions of `base.db` and what was asked: v1 is published, v2 differs by a little.
fn scene(backend: Backend) -> (Lab, Vec<u8>, Vec<u8>) {
    let lab = Lab::new(backend);
    lab.furnish();
    let first = noise(1, (8 << 20) + 700_000);
    merged(&lab, &first, "");
    lab.publish();
    lab.update("bert");
    lab.run("bert", "git data pull").ok();
    let mut second = first.clone();
    second[4_000_000..4_000_100].copy_from_slice(&noise(2, 100));
    (lab, first, second)
}

/// Forgets what this machine knows of the content that it saw.
fn forgetful(lab: &Lab, person: &str) {
    if lab.has(&format!("home/{person}/cache")) {
        lab.remove(&format!("home/{person}/cache"));
    }
}

/// The list that the program makes of some bytes.
fn list_of(content: &[u8]) -> Vec<u8> {
    let mut cutter = git_data::flow::chunk::Cutter::default();
    cutter.take(content);
    git_data::flow::chunk::print(&cutter.finish())
}

#[test]
fn a_list_that_is_no_list_sends_the_whole_file_and_says_so() {
    for bytes in [&b"rubbish"[..], b"", b"git-data chunks 1\n{}\n"] {
        let (lab, first, second) = scene(Backend::Directory);
        lab.spoil(Production, &chunk_list(&first), bytes);
        forgetful(&lab, "anna");
        lab.update("anna");
        lab.write("anna/base.db", &second);
        let ran = lab.run("anna", "git data prepare base.db --pr").ok();
        ran.says("note: all of it was sent, not what changed since v1: this is no chunk list");
        lab.merge("data/base.db-v2");
        lab.publish();
        holds(&lab, 2, &second, "a list that is none");
    }
    let (lab, first, second) = scene(Backend::Directory);
    lab.lose(Production, &chunk_list(&first));
    forgetful(&lab, "anna");
    lab.update("anna");
    lab.write("anna/base.db", &second);
    lab.run("anna", "git data prepare base.db --pr").ok().says("there is no chunk list .git-data/chunks/");
}

/// A list of other bytes misleads prepare: nobody lets what comes of it through, and all the same there is a way out.
#[test]
fn a_list_of_other_bytes_is_found_out_and_all_of_it_is_sent() {
    let (lab, first, second) = scene(Backend::Directory);
    let mut other = first.clone();
    other.rotate_left(3_000_000);
    lab.spoil(Production, &chunk_list(&first), &list_of(&other));
    forgetful(&lab, "anna");
    lab.update("anna");
    lab.write("anna/base.db", &second);
    lab.run("anna", "git data prepare base.db --pr").ok().says("the rest is in v1");
    let check = "git-data-publish check --base origin/main --head origin/data/base.db-v2";
    lab.run(ROBOT, "git fetch --quiet origin").ok();
    let ran = lab.run(ROBOT, check).fails(5);
    ran.says("does not make its bytes").says("git data prepare base.db --no-delta");
    lab.merge("data/base.db-v2");
    lab.publishes().fails(5).says("not the bytes that were approved").says("git data prepare base.db --no-delta");
    assert_eq!(lab.object(Production, &at(2, &second)), None);
    // What a person does who reads the hint; the version is merged by now.
    lab.update("anna");
    lab.run("anna", "git data prepare base.db --no-delta").ok();
    lab.publish().says("all of it is taken from staging");
    holds(&lab, 2, &second, "after --no-delta");
}

#[test]
fn pull_is_not_misled_by_a_list() {
    let (lab, _, second) = scene(Backend::Directory);
    merged(&lab, &second, "");
    lab.publish();
    let mut other = second.clone();
    other.rotate_left(3_000_000);
    for bytes in [list_of(&other), b"rubbish".to_vec()] {
        lab.spoil(Production, &chunk_list(&second), &bytes);
        lab.update("bert");
        lab.run("bert", "git data pull base.db --version v1").ok();
        let cached = format!("home/bert/cache/git-data/sha256/{}/{}", &digest(&second)[..2], digest(&second));
        if lab.has(&cached) {
            lab.remove(&cached);
        }
        lab.run("bert", "git data pull").ok().says("note: all of it was fetched, not what changed: ");
        assert!(lab.read("bert/base.db") == second);
    }
}

/// What is here of an older version may be damaged: whatever is built of it is hashed.
#[test]
fn a_damaged_old_version_here_makes_no_wrong_new_one() {
    let (lab, first, second) = scene(Backend::Directory);
    merged(&lab, &second, "");
    lab.publish();
    let cached = format!("home/bert/cache/git-data/sha256/{}/{}", &digest(&first)[..2], digest(&first));
    let mut rotten = first.clone();
    rotten[10] ^= 1;
    lab.rot(&cached, &rotten);
    lab.remove("bert/base.db");
    lab.update("bert");
    lab.run("bert", "git data pull").ok().says("note: all of it was fetched, not what changed: ");
    assert!(lab.read("bert/base.db") == second);
}

#[test]
fn a_base_that_is_gone_or_spoiled_is_said_and_all_of_it_can_be_sent() {
    let (lab, first, second) = scene(Backend::Directory);
    merged(&lab, &second, "");
    let mut spoiled = first.clone();
    spoiled[0] ^= 1;
    lab.spoil(Production, &at(1, &first), &spoiled);
    lab.publishes().fails(5).says("not the bytes that were approved").says("git data prepare base.db --no-delta");
    lab.spoil(Production, &at(1, &first), &first);
    // Bytes that no receipt proves are no base.
    let receipt = format!(".git-data/published/base.db/v1-{}.json", digest(&first));
    let proof = lab.object(Production, &receipt).unwrap();
    lab.lose(Production, &receipt);
    lab.publishes().fails(4).says("what it was made against is not in production");
    lab.plant(Production, &receipt, &proof);
    lab.lose(Production, &at(1, &first));
    lab.publishes().fails(4).says("what it was made against is not in production").says("--no-delta");
    assert_eq!(lab.object(Production, &at(2, &second)), None);
    lab.run("anna", "git data prepare base.db --no-delta").ok();
    lab.publish().says("base.db v2: all of it is taken from staging");
    holds(&lab, 2, &second, "after --no-delta");
}

/// While it is merged and not yet published, a retired base stays; afterwards it goes, with its list.
#[test]
fn a_base_stays_while_a_delta_needs_it_and_then_goes_with_its_list() {
    let (lab, first, second) = scene(Backend::Directory);
    let third = noise(3, 9 << 20);
    merged(&lab, &second, "");
    lab.publish();
    merged(&lab, &third, "");
    lab.publish();
    lab.update("bert");
    // Against v1, though v2 and v3 came in between.
    let fourth = [&first[..], b"more"].concat();
    lab.run("bert", "git data pull base.db --version v1").ok();
    lab.write("bert/base.db", &fourth);
    let said = lab.run("bert", "git data prepare base.db --supersede --pr --json").ok().json();
    assert_eq!(said["datasets"][0]["rest_in"], "v1", "{said}");
    lab.update("anna");
    lab.run("anna", "git data prune base.db --keep 1 --pr").ok();
    lab.merge("data/prune-base.db");
    let sweep = || {
        lab.run(ROBOT, "git-data-publish sweep --grace 0s").ok();
        lab.run(ROBOT, "git-data-publish sweep --grace 0s").ok()
    };
    sweep().says("whose delta is made against it");
    assert!(lab.object(Production, &at(1, &first)).is_some());
    assert!(lab.object(Production, &chunk_list(&first)).is_some());
    lab.merge("data/base.db-v4");
    lab.publish();
    holds(&lab, 4, &fourth, "against a retired base");
    // What lies in staging still pins it, until the janitor takes that.
    sweep().says("is made against it");
    lab.run("origin.git", "git branch --quiet -D data/base.db-v4").ok();
    lab.age_staging(40);
    lab.run(ROBOT, "git-data-publish janitor").ok();
    sweep();
    for gone in [at(1, &first), chunk_list(&first), at(2, &second), chunk_list(&second)] {
        assert_eq!(lab.object(Production, &gone), None, "{gone}");
    }
    assert!(lab.object(Production, &chunk_list(&fourth)).is_some());
    lab.run(ROBOT, "git-data-publish fsck --read-data 100%").ok().silent_about("chunk list");
}

#[test]
fn fsck_finds_lists_that_are_missing_wrong_or_left_over_and_writes_them() {
    let (lab, first, _) = scene(Backend::Directory);
    let right = lab.object(Production, &chunk_list(&first)).unwrap();
    lab.lose(Production, &chunk_list(&first));
    lab.run(ROBOT, "git-data-publish fsck").ok().says("base.db v1 has no chunk list");
    lab.run(ROBOT, "git-data-publish fsck --repair").ok().says(": written now");
    assert!(lab.object(Production, &chunk_list(&first)).unwrap() == right);
    lab.run(ROBOT, "git-data-publish fsck --read-data 100%").ok().silent_about("chunk list");
    for wrong in [list_of(&noise(9, first.len())), right[1..].to_vec()] {
        lab.spoil(Production, &chunk_list(&first), &wrong);
        lab.run("bert", "git data fsck --read-data 100%").ok().says("base.db v1: its chunk list is wrong: ");
        lab.run(ROBOT, "git-data-publish fsck --read-data 100% --repair").ok().says(": written now");
        assert!(lab.object(Production, &chunk_list(&first)).unwrap() == right);
    }
    lab.plant(Production, &chunk_list(b"nothing"), &right);
    lab.run(ROBOT, "git-data-publish fsck").ok().says("no version has the object .git-data/chunks/");
}

/// It saves time and proves nothing.
#[test]
fn a_list_that_cannot_be_written_fails_nothing_and_is_said() {
    let lab = Lab::new(Backend::Directory);
    lab.furnish();
    let first = noise(1, 9 << 20);
    merged(&lab, &first, "");
    // Where a folder has to be, a file is.
    lab.write("buckets/production/.git-data/chunks", "in the way");
    lab.publish().says("note: base.db v1 has no chunk list: ").says("git-data-publish fsck --repair writes it");
    holds(&lab, 1, &first, "without a list");
}
