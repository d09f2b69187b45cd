//! A pull that is killed at any moment is finished by the same command.

use super::{few, look, release};
use crate::lab::{Backend, Lab};

#[test]
fn a_pull_that_is_killed_is_finished_by_the_next() {
    let lab = Lab::new(Backend::Directory);
    lab.furnish();
    few(&lab, "anna");
    release(&lab, "anna");
    lab.update("bert");
    lab.run("bert", "git data pull").ok();
    lab.write("anna/maps/eu/de.csv", "changed\n");
    lab.remove("anna/maps/us/tx.csv");
    lab.write("anna/maps/us/tx.csv/now-a-folder", "1\n");
    lab.write("anna/maps/new", "2\n");
    release(&lab, "anna");
    lab.update("bert");
    let saved = lab.save();
    let log = lab.path("moments");
    lab.set("bert", "GIT_DATA_TEST_MOMENTS", log.to_str().unwrap());
    lab.run("bert", "git data pull").ok();
    lab.unset("bert", "GIT_DATA_TEST_MOMENTS");
    let moments = std::fs::read_to_string(&log).unwrap().lines().count();
    assert!(moments > 20, "{moments}");
    for moment in (1..=moments).step_by(7) {
        lab.restore(&saved);
        lab.set("bert", "GIT_DATA_TEST_CRASH", &format!("#{moment}"));
        let cut = lab.run("bert", "git data pull maps");
        assert_ne!(cut.code, 0, "moment {moment} did not come");
        lab.unset("bert", "GIT_DATA_TEST_CRASH");
        lab.run("bert", "git data pull maps").ok();
        assert_eq!(look(&lab, "bert/maps"), look(&lab, "anna/maps"), "moment {moment}");
    }
}
