//! What is interrupted: who runs which command in which world.

use crate::lab::{Backend, Lab, ROBOT};

/// A world, and a command in it.
pub(super) struct Scenario {
    pub(super) name: &'static str,
    pub(super) before: fn() -> Lab,
    pub(super) person: &'static str,
    pub(super) command: &'static str,
    /// How often it is run until nothing is left to do.
    pub(super) runs: usize,
}

/// Each function is a scenario, and each scenario is a test of the same name.
macro_rules! scenarios {
    ($($name:ident: $person:expr, $command:literal $(* $runs:literal)?, $before:expr;)+) => {
        $(pub(super) fn $name() -> Scenario {
            Scenario { name: stringify!($name), before: $before, person: $person, command: $command, runs: [$($runs,)? 1][0] }
        })+

        /// All of them, for schedules that pick.
        pub(super) const ALL: &[fn() -> Scenario] = &[$($name),+];

        mod at_every_moment {
            $(#[test] fn $name() { super::super::every_moment(&super::$name()); })+
        }
    };
}

scenarios! {
    prepare_a_first_version: "anna", "git-data prepare a.csv a.csv --pr", || {
        let lab = furnished(Backend::Directory);
        lab.write("anna/a.csv", "new\n");
        lab
    };
    prepare_a_further_version_on_this_branch: "anna", "git-data prepare a.csv a.csv --commit --push", || {
        let lab = released(Backend::Directory);
        lab.run("anna", "git switch --quiet --create work").ok();
        lab.write("anna/a.csv", "changed\n");
        lab
    };
    prepare_all_that_changed: "anna", "git-data prepare --all --pr", || {
        let lab = released(Backend::Directory);
        lab.write("anna/a.csv", "changed\n");
        lab.write("anna/b.csv", "changed too\n");
        lab
    };
    prepare_to_a_bucket: "anna", "git-data prepare a.csv a.csv --pr", || {
        let lab = furnished(Backend::S3);
        lab.write("anna/a.csv", "new\n");
        lab
    };
    roll_back: "anna", "git-data rollback a.csv --to-version v1 -m back --pr", || {
        let lab = released(Backend::Directory);
        lab.release("anna", "a.csv", "second\n");
        lab
    };
    publish_a_first_version: ROBOT, "git-data-publish run", || merged(Backend::Directory);
    publish_many_kinds: ROBOT, "git-data-publish run", || {
        let lab = released(Backend::Directory);
        lab.release("anna", "a.csv", "second\n");
        propose(&lab, "git-data rollback a.csv --to-version v1 -m back --pr");
        propose(&lab, "git-data rename b.csv c.csv --pr");
        lab.write("anna/d.csv", "new\n");
        propose(&lab, "git-data prepare d.csv d.csv --pr");
        lab
    };
    publish_from_bucket_to_bucket: ROBOT, "git-data-publish run", || merged(Backend::S3);
    finalize_what_was_copied: ROBOT, "git-data-publish finalize", || {
        let lab = merged(Backend::Directory);
        lab.run(ROBOT, "git-data-publish copy").ok();
        lab
    };
    sweep_sees_what_was_retired: ROBOT, "git-data-publish sweep --grace 0s" * 3, || retired(false);
    sweep_marks_deletes_and_records: ROBOT, "git-data-publish sweep --grace 0s" * 3, || retired(true);
    clean_staging: ROBOT, "git-data-publish janitor", || {
        let lab = released(Backend::Directory);
        lab.write("anna/a.csv", "open\n");
        lab.run("anna", "git-data prepare a.csv a.csv --pr").ok();
        lab.update("anna");
        lab.write("anna/e.csv", "given up\n");
        lab.run("anna", "git-data prepare e.csv e.csv --pr").ok();
        lab.run("origin.git", "git branch --quiet -D data/e.csv-v1").ok();
        lab.age_staging(40);
        lab
    };
    pull_into_a_fresh_clone: "bert", "git-data pull", || released(Backend::Directory);
    pull_a_newer_version: "bert", "git-data pull", || {
        let lab = released(Backend::Directory);
        lab.run("bert", "git-data pull").ok();
        lab.release("anna", "a.csv", "second\n");
        lab.update("bert");
        lab
    };
    pull_over_a_changed_file: "bert", "git-data pull a.csv --force", || {
        let lab = released(Backend::Directory);
        lab.write("bert/a.csv", "mine\n");
        lab
    };
    prepare_a_delta: "anna", "git-data prepare large.bin --pr", || {
        let lab = furnished(Backend::Directory);
        lab.release("anna", "large.bin", large());
        lab.write("anna/large.bin", [large(), b"more".to_vec()].concat());
        lab
    };
    publish_a_delta: ROBOT, "git-data-publish run", || changed_a_little(Backend::Directory, false);
    pull_a_delta: "bert", "git-data pull", || changed_a_little(Backend::Directory, true);
    prepare_a_tree: "anna", "git-data prepare maps maps --pr", || {
        let lab = furnished(Backend::Directory);
        grow(&lab, "first");
        lab
    };
    publish_a_tree: ROBOT, "git-data-publish run", || grown(Backend::Directory);
    publish_a_tree_to_a_bucket: ROBOT, "git-data-publish run", || grown(Backend::S3);
    sweep_a_tree: ROBOT, "git-data-publish sweep --grace 0s" * 3, || {
        let lab = grown(Backend::Directory);
        lab.publish();
        propose(&lab, "git-data prune maps --keep 1 --pr");
        lab.run(ROBOT, "git-data-publish sweep --grace 0s").ok();
        lab
    };
    pull_from_a_bucket: "bert", "git-data pull", || released(Backend::S3);
}

/// Two datasets with one published version each, on directories.
pub(super) fn released_lab() -> Lab {
    released(Backend::Directory)
}

fn furnished(backend: Backend) -> Lab {
    let lab = Lab::new(backend);
    lab.furnish();
    lab
}

/// Two datasets with one published version each, known to everybody.
fn released(backend: Backend) -> Lab {
    let lab = furnished(backend);
    lab.release("anna", "a.csv", "first of a\n");
    lab.release("anna", "b.csv", "first of b\n");
    lab.update("bert");
    lab.update(ROBOT);
    lab
}

/// One merged version that waits for the publisher.
fn merged(backend: Backend) -> Lab {
    let lab = furnished(backend);
    lab.write("anna/a.csv", "new\n");
    propose(&lab, "git-data prepare a.csv a.csv --pr");
    lab
}

/// A proposal of anna's, merged.
fn propose(lab: &Lab, command: &str) {
    lab.update("anna");
    let said = lab.run("anna", &format!("{command} --json")).json();
    lab.merge(said["proposal"]["branch"].as_str().expect("it is on a branch"));
    lab.update("anna");
}

/// A small tree, with files in shards and beside them.
fn grow(lab: &Lab, word: &str) {
    lab.run("anna", "git config data.tarOver 1").ok();
    lab.run("anna", "git config data.tarBelow 64").ok();
    for path in ["a", "eu/b", "eu/c"] {
        lab.write(&format!("anna/maps/{path}"), format!("{word} {path}\n"));
    }
    lab.write("anna/maps/large", word.repeat(20));
    lab.write("anna/maps/same", "the same in every version\n");
}

/// A tree whose v1 is published and whose v2 is merged.
fn grown(backend: Backend) -> Lab {
    let lab = furnished(backend);
    grow(&lab, "first");
    propose(&lab, "git-data prepare maps maps --pr");
    lab.publish();
    grow(&lab, "second");
    propose(&lab, "git-data prepare maps --pr");
    lab
}

/// One part, and a little more.
fn large() -> Vec<u8> {
    crate::delta::noise(1, (8 << 20) + 100_000)
}

/// A large file of which bert has v1; v2 is merged, and published if that is said.
fn changed_a_little(backend: Backend, published: bool) -> Lab {
    let lab = furnished(backend);
    lab.release("anna", "large.bin", large());
    lab.update("bert");
    lab.run("bert", "git-data pull").ok();
    lab.write("anna/large.bin", [large(), b"more".to_vec()].concat());
    propose(&lab, "git-data prepare large.bin --pr");
    if published {
        lab.publish();
        lab.update("bert");
    }
    lab
}

/// `a.csv` v1 is retired; with `seen` its grace has begun and is over.
fn retired(seen: bool) -> Lab {
    let lab = released(Backend::Directory);
    lab.release("anna", "a.csv", "second\n");
    propose(&lab, "git-data prune a.csv --keep 1 --pr");
    if seen {
        lab.run(ROBOT, "git-data-publish sweep --grace 0s").ok();
    }
    lab
}
