//! Names in git that are words of a command line, heads of forks, and what a person's clone makes of a hostile default branch.

use super::Court;
use super::court::digest;
use crate::lab::{Production, ROBOT, Staging};

#[test]
fn a_name_in_git_is_no_option() {
    let court = Court::new();
    let lab = &court.lab;
    let evil = ["--upload-pack=touch owned", "--output=owned", "-c core.pager=touch", "--", "HEAD:../x", ""];
    for name in evil {
        for command in [
            format!("git-data-publish check --base {} '--head={name}'", court.base()),
            format!("git-data-publish check '--base={name}' --head {}", court.base()),
            format!("git-data-publish run '--branch={name}'"),
            format!("git-data-publish run '--remote={name}'"),
            format!("git-data-publish sweep '--branch={name}'"),
            format!("git-data-publish janitor '--remote={name}'"),
        ] {
            let ran = lab.run(ROBOT, &command);
            assert!([1, 2, 4, 6].contains(&ran.code), "{ran}");
            assert!(ran.stderr.starts_with("error: "), "{ran}");
        }
    }
    assert!(!lab.has("robot/owned") && !lab.has("owned") && !lab.has("origin.git/owned"));
    // A branch that is called so: counted like any other.
    lab.run("origin.git", &format!("git update-ref 'refs/heads/--upload-pack=touch' {}", court.base())).ok();
    lab.run(ROBOT, "git-data-publish run").ok();
    lab.run(ROBOT, "git-data-publish janitor --dry-run").ok();
    lab.run(ROBOT, "git-data-publish sweep --dry-run").ok();
    assert!(!lab.has("robot/owned"));
}

#[test]
fn the_head_of_a_fork_is_named_and_pins_nothing() {
    let court = Court::new();
    let lab = &court.lab;
    for (number, text) in [(7, "{"), (8, "\u{1b}[2J"), (9, "[[[[")] {
        court.write("manifest.json", text);
        court.git("commit --quiet --all -m fork");
        court.git(&format!("push --quiet origin HEAD:refs/pull/{number}/head"));
    }
    let before = lab.keys(Production);
    lab.run(ROBOT, "git-data-publish janitor").ok().says("cannot be read and pins nothing");
    lab.run(ROBOT, "git-data-publish sweep").ok();
    lab.run(ROBOT, "git-data-publish run").ok();
    assert_eq!(lab.keys(Production), before);
    // A branch of the repository itself that cannot be read stops every deletion.
    court.git("push --quiet origin HEAD:refs/heads/broken");
    lab.run(ROBOT, "git-data-publish janitor").fails(6).says("nothing was deleted");
    lab.run(ROBOT, "git-data-publish sweep").fails(6).says("nothing was deleted");
    assert!(lab.keys(Staging).contains(&digest(super::court::V1)));
}
