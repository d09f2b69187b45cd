//! What a store can do and what we may do there, found out and cleaned up.

use git_data::store::attempt::{Answer, Attempt as _};
use git_data::store::options::S3Options;
use git_data::store::probe::{Capabilities, capabilities};
use git_data::store::rights::{Place, Right, Role, Trial, rights};

use super::{Lab, MODES};
use crate::s3::{Mode, Rights};

#[test]
fn the_probe_sees_each_store_as_it_is() {
    let everything = Capabilities {
        create_only: true,
        replace_only: true,
        create_only_complete: true,
        source_condition: true,
        copy_attests: true,
        refuses_wrong_digest: true,
        attests_whole: true,
        attests_parts: true,
        versioned: false,
    };
    for mode in MODES {
        let lab = Lab::new(mode);
        let found = capabilities(&lab.open("s3://production/p"), "id").unwrap();
        let wanted = match mode {
            Mode::Aws => everything.clone(),
            Mode::R2 => Capabilities { copy_attests: false, ..everything.clone() },
            Mode::Ceph => Capabilities {
                replace_only: false,
                create_only_complete: false,
                copy_attests: false,
                attests_whole: false,
                attests_parts: false,
                ..everything.clone()
            },
            Mode::IgnoresConditions => Capabilities {
                create_only: false,
                replace_only: false,
                create_only_complete: false,
                copy_attests: false,
                ..everything.clone()
            },
        };
        assert_eq!(found, wanted, "{mode:?}");
        assert!(lab.server.objects("production").is_empty(), "{mode:?} {:?}", lab.server.objects("production"));
        assert!(lab.server.uploads("production").is_empty(), "{mode:?}");
        let written = lab.server.log().into_iter().filter(|e| matches!(e.method.as_str(), "PUT" | "POST" | "DELETE"));
        assert!(written.into_iter().all(|entry| entry.key.starts_with("p/.git-data/probe/id/")));
        let json = serde_json::to_string(&found).unwrap();
        assert_eq!(serde_json::from_str::<Capabilities>(&json).unwrap(), found);
    }
}

#[test]
fn a_directory_has_conditions_and_no_protection() {
    use git_data::store::directory::Directory;
    let folder = tempfile::tempdir().unwrap();
    let address = git_data::flow::address::Address::parse("file:production").unwrap();
    let store = Directory::open(address, folder.path().to_owned());
    let found = capabilities(&store, "id").unwrap();
    assert!(found.create_only && found.replace_only && found.create_only_complete && found.refuses_wrong_digest);
    let rows = rights(Role::Developer, Place::Production, &store, &Trial::Known(&found), "id").unwrap();
    assert!(rows.iter().all(|row| row.ok && row.note == "unprotectable (sandbox)"), "{rows:?}");
}

fn table(lab: &Lab, role: Role, place: Place, options: &S3Options, here: bool) -> Vec<Right> {
    let url = if place == Place::Staging { "s3://staging" } else { "s3://production" };
    let store = lab.open_with(url, options);
    let trial = if here { Trial::Here(&store) } else { Trial::Not };
    rights(role, place, &store, &trial, "0123456789abcdef").unwrap()
}

#[test]
fn the_rights_of_each_role_are_shown_and_nothing_is_left() {
    for mode in [Mode::Aws, Mode::R2] {
        let lab = Lab::new(mode);
        let good = lab.limited("dev", &[("staging", Rights::READ_WRITE), ("production", Rights::READ)]);
        let rows = table(&lab, Role::Developer, Place::Staging, &good, true);
        assert!(rows.iter().all(|row| row.ok), "{rows:?}");
        let names: Vec<_> = rows.iter().map(|row| row.right).collect();
        let all = ["exists", "read", "list", "write", "delete", "conditional writes", "checksum refusal", "versioning"];
        assert_eq!(names, all);
        let rows = table(&lab, Role::Developer, Place::Production, &good, false);
        assert!(rows.iter().all(|row| row.ok), "{rows:?}");
        assert_eq!((rows[3].found, rows[4].found, rows[5].found), ("no", "no", "unknown"));
        let bad = lab.limited("bad", &[("*", Rights::READ_WRITE)]);
        let rows = table(&lab, Role::Developer, Place::Production, &bad, false);
        let faults: Vec<_> = rows.iter().filter(|row| !row.ok).map(|row| row.right).collect();
        assert_eq!(faults, ["write", "delete"]);
        assert!(rows[3].note.contains("must not"), "{rows:?}");
        for bucket in ["staging", "production"] {
            assert!(lab.server.objects(bucket).is_empty() && lab.server.uploads(bucket).is_empty(), "{mode:?}");
        }
    }
}

#[test]
fn a_delete_that_ignores_its_condition_leaves_no_mark() {
    let lab = Lab::new(Mode::Ceph);
    lab.server.versioning("production", true);
    let store = lab.open("s3://production");
    assert_eq!(store.can_delete("never-was").unwrap(), Answer::Yes);
    assert_eq!(store.versioned().unwrap(), Answer::Yes);
    assert!(lab.server.stored("production", "never-was").is_none());
}

#[test]
fn what_is_not_there_and_what_may_not_be_seen_differ() {
    let lab = Lab::new(Mode::Aws);
    assert_eq!(lab.open("s3://nowhere").exists().unwrap(), Answer::No);
    let blind = lab.limited("blind", &[("staging", Rights { read: true, ..Rights::NONE })]);
    let store = lab.open_with("s3://staging", &blind);
    assert_eq!(store.exists().unwrap(), Answer::Yes);
    assert_eq!(store.can_list().unwrap(), Answer::No);
    assert!(matches!(store.can_read("id").unwrap(), Answer::Unknown(_)));
}
