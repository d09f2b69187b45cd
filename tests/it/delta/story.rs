//! From a change to its pull: what travels, what is said, what lies where.

use super::*;

/// Three whole parts and a piece.
const SIZE: usize = (24 << 20) + 54_321;

/// Both directions, on every kind of bucket.
#[test]
fn what_changed_travels_and_production_holds_all_of_it() {
    for backend in backends() {
        let about = format!("{backend:?}");
        let lab = Lab::new(backend);
        lab.furnish();
        let first = noise(1, SIZE);
        merged(&lab, &first, "");
        lab.publish();
        assert!(lab.object(Production, &chunk_list(&first)).is_some(), "{about}: no chunk list");
        lab.update("bert");
        lab.run("bert", "git data pull").ok();
        #[cfg(feature = "s3")]
        lab.server().into_iter().for_each(crate::s3::Server::forget);
        // In the middle of a part something is inserted: everything behind it moves.
        let mut second = first.clone();
        second[5_000_000..5_004_096].copy_from_slice(&noise(2, 4_096));
        second.splice(9_000_000..9_000_000, noise(3, 1_000));
        let said = merged(&lab, &second, "");
        let sent = said["sent"].as_u64().unwrap();
        assert!(sent > 5_000 && sent < 1_000_000, "{about}: {sent}");
        assert_eq!(said["rest_in"], "v1");
        assert_eq!(staged(&lab, &staged_delta(&second, &first)), Some(sent), "{about}");
        assert_eq!(staged(&lab, &digest(&second)), None, "{about}");
        let entry = lab.text("anna/manifest.json");
        assert!(entry.contains(&format!("\"delta\": \"{}\"", digest(&first))), "{entry}");
        #[cfg(feature = "s3")]
        travelled(&lab, "staging", 1_000_000, &about);
        lab.publish().says("base.db v2: rebuilt and verified");
        holds(&lab, 2, &second, &about);
        // Two parts changed, and the last one is too short to be copied in part.
        #[cfg(feature = "s3")]
        travelled(&lab, "production", 17_500_000, &about);
        let receipt = format!(".git-data/published/base.db/v2-{}.json", digest(&second));
        let receipt = String::from_utf8(lab.object(Production, &receipt).unwrap()).unwrap();
        assert!(receipt.contains("\"method\": \"rebuild\""), "{receipt}");
        lab.update("bert");
        let pulled = lab.run("bert", "git data pull --json").ok().json();
        let fetched = pulled["datasets"][0]["fetched"].as_u64().expect("it was built of v1");
        assert!(fetched > 5_000 && fetched < 1_000_000, "{about}: {fetched}");
        assert!(lab.read("bert/base.db") == second, "{about}");
    }
}

/// The server counts for itself what a bucket received, and saw what did not change copied inside.
#[cfg(feature = "s3")]
#[track_caller]
fn travelled(lab: &Lab, bucket: &str, most: u64, about: &str) {
    let Some(server) = lab.server() else { return };
    let log = server.log();
    let received: u64 = log.iter().filter(|entry| entry.bucket == bucket).map(|entry| entry.received).sum();
    assert!(received < most, "{about}: {bucket} received {received}");
    let copied = log.iter().filter(|entry| entry.bucket == bucket && entry.op == "UploadPartCopy").count();
    assert_eq!(copied > 0, bucket == "production", "{about}: {copied} copies");
}

#[test]
fn it_says_what_travelled_and_where_the_rest_is() {
    let lab = Lab::new(Backend::Directory);
    lab.furnish();
    let first = noise(1, 9 << 20);
    merged(&lab, &first, "");
    lab.publish();
    lab.update("bert");
    lab.run("bert", "git data pull").ok();
    let mut second = first.clone();
    second.extend(noise(2, 1_000));
    lab.write("anna/base.db", &second);
    let ran = lab.run("anna", "git data prepare base.db --pr").ok();
    ran.says("base.db v2: 9.0 MiB, made from v1, sent ").says(" KiB of 9.0 MiB (the rest is in v1).");
    // A reviewer puts it together, with and without the base at hand.
    lab.run("bert", "git fetch --quiet origin data/base.db-v2").ok();
    lab.run("bert", "git switch --quiet --detach FETCH_HEAD").ok();
    let staged =
        || lab.run("bert", "git data pull base.db --staged").ok().says("from staging, ").says(" of it fetched");
    staged();
    assert!(lab.read("bert/base.db") == second);
    lab.remove("bert/base.db");
    lab.remove("home/bert/cache");
    staged();
    assert!(lab.read("bert/base.db") == second);
    lab.run("bert", "git fetch --quiet origin main").ok();
    let check = "git-data-publish check --base origin/main --head FETCH_HEAD";
    lab.run(crate::lab::ROBOT, "git fetch --quiet origin data/base.db-v2").ok();
    lab.run(crate::lab::ROBOT, check).ok().says("put together with its base, read and hashed just now");
    lab.merge("data/base.db-v2");
    lab.publish();
    lab.update("bert");
    lab.run("bert", "git data pull").ok();
    lab.update("anna");
    let third = [&second[..], &noise(3, 1_000)].concat();
    lab.release("anna", "base.db", &third);
    lab.update("bert");
    lab.run("bert", "git data pull").ok().says("of it fetched, verified");
    assert!(lab.read("bert/base.db") == third);
}

#[test]
fn whole_files_travel_where_that_is_wanted_or_little_is_saved() {
    let lab = Lab::new(Backend::Directory);
    lab.furnish();
    let first = noise(1, 9 << 20);
    merged(&lab, &first, "");
    lab.publish();
    // Nothing in common.
    let second = noise(2, 9 << 20);
    let said = merged(&lab, &second, "");
    assert_eq!((said["sent"].as_u64(), said["rest_in"].is_null()), (Some(9 << 20), true));
    assert!(staged(&lab, &digest(&second)).is_some());
    lab.publish();
    let mut third = second.clone();
    third.extend(noise(3, 10));
    let said = merged(&lab, &third, "--no-delta");
    assert_eq!(said["sent"].as_u64(), Some(third.len() as u64));
    lab.publish();
    lab.run("anna", "git config data.delta false").ok();
    let mut fourth = third.clone();
    fourth.extend(noise(4, 10));
    let said = merged(&lab, &fourth, "");
    assert_eq!(said["sent"].as_u64(), Some(fourth.len() as u64));
    lab.publish();
    lab.run("anna", "git config --unset data.delta").ok();
    // What was proposed as a delta is proposed whole, on wish.
    let fifth = [&fourth[..], b"more"].concat();
    lab.write("anna/base.db", &fifth);
    let delta = || lab.text("anna/manifest.json").contains("\"delta\"");
    lab.run("anna", "git data prepare base.db").ok().says("the rest is in v4");
    assert!(delta());
    lab.run("anna", "git data prepare base.db").ok().says("is proposed already with this content.");
    lab.run("anna", "git data prepare base.db --no-delta --pr").ok().says("sent to staging");
    assert!(!delta());
    lab.merge("data/base.db-v5");
    lab.publish().says("base.db v5: copied and verified");
    // Small files have no list.
    merged(&lab, b"small\n", "");
    lab.publish();
    let lists = lab.keys(Production).into_iter().filter(|key| key.starts_with(".git-data/chunks/"));
    assert_eq!(lists.count(), 5);
}

/// The list of the base comes from production where this machine never had the base, and from its bytes where it has them.
#[test]
fn another_machine_sends_a_delta_too() {
    for has in [true, false] {
        let lab = Lab::new(Backend::Directory);
        lab.furnish();
        let first = noise(1, 9 << 20);
        merged(&lab, &first, "");
        lab.publish();
        lab.update("bert");
        if has {
            lab.run("bert", "git data pull").ok();
            lab.lose(Production, &chunk_list(&first));
        }
        let mut second = first.clone();
        second.extend(noise(2, 10));
        lab.write("bert/base.db", &second);
        let said = lab.run("bert", "git data prepare base.db --pr --json").ok().json();
        assert_eq!(said["datasets"][0]["rest_in"], "v1", "{said}");
        // The same again sends nothing.
        let again = lab.run("bert", "git data prepare base.db --json").ok().json();
        assert_eq!(again["datasets"][0]["sent"].as_u64(), Some(0), "{again}");
        lab.merge("data/base.db-v2");
        lab.publish();
        holds(&lab, 2, &second, "bert's");
    }
}
