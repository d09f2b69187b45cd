//! Hooks that were there: they run, they see what git told, and they come back byte for byte.

use super::{furnished, hooks};
use crate::lab::Lab;

/// Puts a hook there; `notes` says what it adds to `.git/ran`.
fn hook(lab: &Lab, name: &str, script: &str) {
    lab.script(&format!("anna/.git/hooks/{name}"), script);
}

fn commits(lab: &Lab, file: &str) {
    lab.write(&format!("anna/{file}"), file);
    lab.run("anna", &format!("git add {file}")).ok();
    lab.run("anna", &format!("git commit --quiet -m {file}")).ok();
}

#[test]
fn a_shells_hook_runs_after_ours_whatever_its_end_does() {
    for script in [
        "#!/bin/sh\necho theirs >>.git/ran\nexit 0\n",
        "#!/bin/sh -e\necho theirs >>.git/ran\nexec true",
        "#!/bin/sh\nset -eu\necho theirs >>.git/ran",
    ] {
        let lab = furnished();
        lab.program("true", "#!/bin/sh\n:\n");
        hook(&lab, "pre-commit", script);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let path = lab.path("anna/.git/hooks/pre-commit");
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o744)).unwrap();
        }
        let before = hooks(&lab, "anna/.git/hooks");
        lab.run("anna", "git data install").ok().says("the lines of git data in");
        // Ours refuses before theirs is asked.
        lab.write("anna/manifest.json", "{");
        lab.run("anna", "git add manifest.json").ok();
        lab.run("anna", "git commit --quiet -m broken").fails(1).says("manifest.json");
        assert!(!lab.has("anna/.git/ran"));
        lab.run("anna", "git restore --staged --worktree manifest.json").ok();
        commits(&lab, "a");
        assert_eq!(lab.text("anna/.git/ran"), "theirs\n");
        lab.run("anna", "git data uninstall").ok();
        assert_eq!(hooks(&lab, "anna/.git/hooks"), before);
    }
}

#[test]
fn a_hook_that_reads_what_git_wrote_still_reads_it() {
    let lab = furnished();
    hook(&lab, "pre-push", "#!/bin/sh\nwhile read -r name rest; do echo \"$1 $name\" >>.git/ran; done\n");
    lab.run("anna", "git data install").ok();
    commits(&lab, "a");
    lab.run("anna", "git push --quiet origin main").ok();
    assert_eq!(lab.text("anna/.git/ran"), "origin refs/heads/main\n");
    // Nothing to push: nothing is read, and nobody waits.
    lab.run("anna", "git push --quiet origin main").ok();
    assert_eq!(lab.text("anna/.git/ran"), "origin refs/heads/main\n");
}

#[test]
fn a_hook_that_refuses_still_refuses() {
    let lab = furnished();
    hook(&lab, "pre-commit", "#!/bin/sh\necho 'not today' >&2\nexit 3\n");
    lab.run("anna", "git data install").ok();
    lab.write("anna/a", "1");
    lab.run("anna", "git add a").ok();
    lab.run("anna", "git commit -m a").fails(1).says("not today");
}

#[cfg(unix)]
#[test]
fn what_is_no_shells_script_is_moved_aside_and_called() {
    let lab = furnished();
    lab.script("anna/tools/before", "#!/bin/sh\necho linked >>.git/ran\n");
    std::fs::create_dir_all(lab.path("anna/.git/hooks")).unwrap();
    std::os::unix::fs::symlink("../../tools/before", lab.path("anna/.git/hooks/pre-commit")).unwrap();
    // A program: `cat` of this machine, which says what git wrote.
    std::fs::copy(lab.path("bin/cat"), lab.path("anna/.git/hooks/post-commit")).unwrap();
    hook(&lab, "post-checkout", "echo headless $3 >>.git/ran\n");
    lab.write("anna/.git/hooks/post-merge", "#!/bin/sh\necho asleep >>.git/ran\n");
    hook(&lab, "pre-push", "#!/bin/sh\r\n:\r\n");
    let before = hooks(&lab, "anna/.git/hooks");
    let ran = lab.run("anna", "git data install").ok();
    let ran =
        ran.says("what was there is now pre-commit.git-data-before").says("post-merge was there and may not be run");
    let ran = ran.says("the first line of pre-push ends as on Windows");
    assert!(ran.stdout.contains("pre-push: the lines of git data"), "{ran}");
    assert_eq!(
        lab.text("anna/tools/before"),
        "#!/bin/sh\necho linked >>.git/ran\n",
        "nothing is written through a link"
    );
    commits(&lab, "a");
    lab.run("anna", "git switch --quiet -c other").ok();
    lab.run("anna", "git merge --quiet main").ok();
    assert_eq!(lab.text("anna/.git/ran"), "linked\nheadless 1\n");
    lab.run("anna", "git data install").ok().says("Everything is in place");
    // One that was cut short after the first move goes on where it stopped.
    let whole = hooks(&lab, "anna/.git/hooks");
    lab.remove("anna/.git/hooks/pre-commit");
    lab.run("anna", "git data install").ok().says("pre-commit: new");
    assert_eq!(hooks(&lab, "anna/.git/hooks"), whole);
    lab.run("anna", "git data uninstall").ok().says("is again what was pre-commit.git-data-before");
    assert_eq!(hooks(&lab, "anna/.git/hooks"), before);
}

#[test]
fn a_name_that_is_taken_and_marks_without_their_pair_stop_all_of_it() {
    let lab = furnished();
    hook(&lab, "pre-push", "#!/usr/bin/env python3\n");
    hook(&lab, "pre-push.git-data-before", "#!/bin/sh\n");
    let before = hooks(&lab, "anna/.git/hooks");
    lab.run("anna", "git data install").fails(1).explains().says("is taken");
    assert_eq!(hooks(&lab, "anna/.git/hooks"), before);
    lab.remove("anna/.git/hooks/pre-push.git-data-before");
    hook(&lab, "pre-push", "#!/bin/sh\n# >>> git data >>>\nmine\n");
    let before = hooks(&lab, "anna/.git/hooks");
    lab.run("anna", "git data install").fails(1).explains().says("not in pairs");
    lab.run("anna", "git data uninstall").fails(1).explains().says("not in pairs");
    assert_eq!(hooks(&lab, "anna/.git/hooks"), before);
}

#[test]
fn of_a_hook_that_was_edited_since_only_our_lines_go() {
    let lab = furnished();
    hook(&lab, "pre-commit", "#!/bin/sh\necho theirs\n");
    lab.run("anna", "git data install").ok();
    for name in ["pre-commit", "post-merge"] {
        let path = format!("anna/.git/hooks/{name}");
        let edited = lab.text(&path).replace("#!/bin/sh\n", "#!/bin/sh\n# before\n") + "echo after\n";
        lab.write(&path, edited);
    }
    lab.run("anna", "git data uninstall").ok();
    assert_eq!(lab.text("anna/.git/hooks/pre-commit"), "#!/bin/sh\n# before\necho theirs\necho after\n");
    let left = lab.text("anna/.git/hooks/post-merge");
    assert!(left.ends_with("echo after\n") && !left.contains("git-data hook"), "{left}");
}

#[test]
fn without_the_program_a_push_is_refused_and_all_else_goes_on_with_a_word() {
    let lab = furnished();
    lab.run("anna", "git data install").ok();
    lab.remove("bin/git-data");
    lab.write("anna/a", "1");
    lab.run("anna", "git add a").ok();
    lab.run("anna", "git commit -m a").ok().says("git-data is not on the PATH");
    let ran = lab.run("anna", "git push origin main").fails(1);
    assert!(ran.stderr.contains("nothing is pushed") && ran.stderr.contains(".git/hooks/pre-push"), "{ran}");
    lab.run("anna", "git push --quiet --no-verify origin main").ok();
}
