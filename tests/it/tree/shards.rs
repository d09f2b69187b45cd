//! Many small files travel together.

use super::{look, on_each, release};
use crate::lab::{Lab, Production, ROBOT, Staging};

fn many(lab: &Lab) {
    for n in 0..60 {
        lab.write(&format!("anna/maps/{}/f{n:03}", n % 3), format!("file {n}\n").repeat(1 + n));
    }
    lab.write("anna/maps/large", vec![7; 70_000]);
}

#[test]
fn small_files_travel_in_shards_that_any_tar_reads() {
    on_each(|lab| {
        many(lab);
        lab.set("anna", "GIT_DATA_TAR_OVER", "50");
        release(lab, "anna");
        assert_eq!(lab.keys(Staging).len(), 4, "a shard, the large one, places and listing: {:?}", lab.keys(Staging));
        let keys = lab.plain_keys(Production);
        assert!(keys.contains(&"maps/v1-«16»/shards/«digest».tar".to_owned()), "{keys:?}");
        assert!(keys.contains(&"maps/v1-«16»/files/large".to_owned()), "{keys:?}");
        lab.update("bert");
        lab.run("bert", "git data pull").ok().says("61 paths put");
        assert_eq!(look(lab, "bert/maps"), look(lab, "anna/maps"));
        #[cfg(feature = "s3")]
        if let Some(server) = lab.server() {
            // A few of a shard are fetched as a range of it.
            lab.remove("bert/maps");
            lab.remove("home/bert/cache");
            server.forget();
            lab.run("bert", "git data pull maps -- 1/f001 1/f004").ok();
            assert_eq!(look(lab, "bert/maps").len(), 2);
            assert!(server.log().len() <= 2, "{:?}", server.log());
        }
        // Of the next version only a shard of what changed.
        let before = lab.keys(Staging).len();
        lab.write("anna/maps/1/f001", "changed\n");
        lab.write("anna/maps/1/f004", "changed too\n");
        release(lab, "anna");
        assert_eq!(lab.keys(Staging).len() - before, 3);
        lab.update("bert");
        lab.run("bert", "git data pull --force").ok();
        lab.run("bert", "git data pull maps --all-paths").ok();
        assert_eq!(look(lab, "bert/maps"), look(lab, "anna/maps"));
    });
}

#[test]
fn never_means_each_file_alone() {
    on_each(|lab| {
        many(lab);
        lab.set("anna", "GIT_DATA_TAR_OVER", "50");
        lab.set("anna", "GIT_DATA_TAR", "never");
        release(lab, "anna");
        assert_eq!(lab.keys(Staging).len(), 63);
        assert!(!lab.keys(Production).iter().any(|key| key.contains("/shards/")));
        lab.update("bert");
        lab.run("bert", "git data pull").ok();
        assert_eq!(look(lab, "bert/maps"), look(lab, "anna/maps"));
        lab.set("anna", "GIT_DATA_TAR", "sometimes");
        lab.write("anna/maps/new", "1");
        lab.run("anna", "git data prepare maps").fails(1).explains().says("it must be auto or never");
    });
}

#[test]
fn a_shard_that_is_hardly_needed_is_left_behind() {
    on_each(|lab| {
        many(lab);
        lab.set("anna", "GIT_DATA_TAR_OVER", "10");
        release(lab, "anna");
        // A third is gone: the old shard still serves.
        (0..60).filter(|n| n % 3 == 0).for_each(|n| lab.remove(&format!("anna/maps/{}/f{n:03}", n % 3)));
        release(lab, "anna");
        let shards = |lab: &Lab| lab.keys(Production).iter().filter(|key| key.contains("/shards/")).count();
        assert_eq!(shards(lab), 1);
        // Two thirds: what is left of it travels again.
        (0..60).filter(|n| n % 3 == 1).for_each(|n| lab.remove(&format!("anna/maps/{}/f{n:03}", n % 3)));
        release(lab, "anna");
        assert_eq!(shards(lab), 2);
        lab.update("bert");
        lab.run("bert", "git data pull").ok();
        assert_eq!(look(lab, "bert/maps"), look(lab, "anna/maps"));
        // Elsewhere the one who publishes may not delete.
        if !lab.is_sandbox() {
            return;
        }
        let branch = lab.run("anna", "git data prune maps --keep 1 --pr --json").ok().json();
        lab.merge(branch["proposal"]["branch"].as_str().expect("it is on a branch"));
        lab.run(ROBOT, "git-data-publish sweep --grace 0s").ok();
        lab.run(ROBOT, "git-data-publish sweep --grace 0s").ok();
        // The first version is gone; an object stays as long as a content in it is needed, wherever else that lies.
        let keys = lab.plain_keys(Production);
        assert!(!keys.iter().any(|key| key.starts_with("maps/v1-") && key.ends_with(".tree")), "{keys:?}");
        lab.remove("bert/maps");
        lab.remove("home/bert/cache");
        lab.run("bert", "git data pull").ok();
        assert_eq!(look(lab, "bert/maps"), look(lab, "anna/maps"));
        lab.run(ROBOT, "git-data-publish fsck --read-data 100%").ok().says("all as published");
    });
}
