//! A huge publication that several jobs share.

use super::{few, look, on_each};
use crate::lab::{Lab, Production, ROBOT};

fn merged(lab: &Lab) {
    lab.run("anna", "git config data.tar never").ok();
    few(lab, "anna");
    for (name, command) in
        [("maps", "git data prepare maps maps --pr --json"), ("a.csv", "git data prepare a.csv a.csv --pr --json")]
    {
        if name == "a.csv" {
            lab.write("anna/a.csv", "x\n");
        }
        let said = lab.run("anna", command).ok().json();
        lab.merge(said["proposal"]["branch"].as_str().expect("it is on a branch"));
        lab.update("anna");
    }
}

/// The listings of trees that production shows.
fn listings(lab: &Lab) -> usize {
    lab.keys(Production).iter().filter(|key| key.ends_with(".tree")).count()
}

#[test]
fn each_job_brings_its_portion_and_the_last_one_shows_the_tree() {
    on_each(|lab| {
        merged(lab);
        lab.run(ROBOT, "git-data-publish copy --shard 5/4").fails(2);
        let mut brought = Vec::new();
        for n in 1..=4 {
            assert_eq!(listings(lab), 0, "a listing is there before its files");
            let said = lab.run(ROBOT, &format!("git-data-publish copy --shard {n}/4")).ok();
            if n == 1 {
                said.says("not copied yet; a later run does it");
            }
            let keys = lab.keys(Production);
            brought.push(keys.iter().filter(|key| key.contains("/files/")).count());
            if brought.last() == Some(&4) {
                break;
            }
        }
        assert_eq!(brought.last(), Some(&4), "{brought:?}");
        assert!(brought.is_sorted() && brought[0] < 4, "{brought:?}");
        lab.run(ROBOT, "git-data-publish run").ok();
        assert_eq!(listings(lab), 1);
        lab.update("bert");
        lab.run("bert", "git data pull").ok();
        assert_eq!(look(lab, "bert/maps"), look(lab, "anna/maps"));
        assert_eq!(lab.text("bert/a.csv"), "x\n");
    });
}

#[test]
fn jobs_at_the_same_time_publish_each_version_once() {
    on_each(|lab| {
        merged(lab);
        for n in 1..=3 {
            lab.clone_for(&format!("robot-{n}"));
        }
        let jobs: Vec<_> =
            (1..=3).map(|n| lab.start(&format!("robot-{n}"), &format!("git-data-publish run --shard {n}/3"))).collect();
        for job in jobs {
            let output = job.wait_with_output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        lab.run(ROBOT, "git-data-publish run").ok();
        lab.update("bert");
        lab.run("bert", "git data list").ok().says("published");
        lab.run("bert", "git data pull").ok();
        assert_eq!(look(lab, "bert/maps"), look(lab, "anna/maps"));
    });
}
