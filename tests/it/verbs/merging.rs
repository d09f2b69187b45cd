//! `git data merge` with real git: stopped merges, rebases and cherry-picks, the default branch, git's driver.

use super::furnished;
use crate::lab::Lab;

/// Anna and bert propose different versions of one dataset and a new one each; anna's are merged and published.
fn two_proposals() -> Lab {
    let lab = furnished();
    lab.release("anna", "a.csv", "1\n");
    lab.update("bert");
    lab.run("bert", "git data pull").ok();
    lab.write("bert/a.csv", "bert\n");
    lab.run("bert", "git data prepare a.csv -m bert --branch mine --commit").ok();
    lab.write("bert/bert.csv", "b\n");
    lab.run("bert", "git data prepare bert.csv bert.csv --push").ok();
    lab.release("anna", "a.csv", "anna\n");
    lab.release("anna", "anna.csv", "a\n");
    lab
}

/// Both sides are there: anna's numbers stay, bert's proposal took the next and says what it was made from.
#[track_caller]
fn both_are_there(lab: &Lab) {
    let log = lab.run("bert", "git data list --json").ok().json();
    let of = |n: usize| {
        let versions = log["datasets"][n]["versions"].as_array().unwrap();
        versions.iter().map(|v| (v["version"].as_str().unwrap().to_owned(), v["message"].as_str().unwrap().to_owned()))
    };
    let pairs: Vec<_> = of(0).collect();
    let want = [("v3", "bert"), ("v2", "Update a.csv"), ("v1", "Add a.csv")];
    assert_eq!(pairs, want.map(|(v, m)| (v.to_owned(), m.to_owned())));
    let names: Vec<_> = log["datasets"].as_array().unwrap().iter().map(|d| d["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["a.csv", "anna.csv", "bert.csv"]);
    assert!(!lab.text("bert/.gitignore").contains("<<<<"), "{}", lab.text("bert/.gitignore"));
    for line in ["/anna.csv", "/bert.csv"] {
        assert!(lab.text("bert/.gitignore").lines().any(|l| l == line), "{line}");
    }
}

#[track_caller]
fn nothing_is_left(lab: &Lab) {
    assert_eq!(lab.run("bert", "git status --porcelain --untracked-files=no").ok().stdout, "");
}

#[test]
fn the_default_branch_comes_in_with_a_merge_commit_that_the_host_can_merge() {
    let lab = two_proposals();
    assert_ne!(lab.run("bert", "git fetch --quiet").ok().code, 1);
    let before = lab.everything("bert");
    lab.run("bert", "git data merge --dry-run").ok().says("a.csv v2 is now v3");
    assert_eq!(lab.everything("bert"), before);
    lab.run("bert", "git data merge").ok().says("a.csv v2 is now v3").says("Committed").says("git push");
    both_are_there(&lab);
    nothing_is_left(&lab);
    assert_eq!(lab.run("bert", "git log -1 --format=%p").ok().stdout.split_whitespace().count(), 2);
    lab.run("bert", "git push --quiet origin mine").ok();
    // The host's own text merge now has nothing to decide.
    lab.merge("mine");
    lab.publish().says("a.csv v3").says("bert.csv v1");
    lab.run("bert", "git data merge").ok();
    lab.run("bert", "git data merge").ok().says("Nothing to merge");
    lab.update("bert");
    lab.run("bert", "git data merge").ok().says("Nothing to merge");
}

#[test]
fn uncommitted_changes_are_in_the_way_and_stay() {
    let lab = two_proposals();
    lab.write("bert/.env.example", "mine\n");
    let before = lab.run("bert", "git status --porcelain").ok().stdout;
    lab.run("bert", "git data merge").fails(1).explains().says(".env.example");
    assert_eq!(lab.run("bert", "git status --porcelain").ok().stdout, before);
}

#[test]
fn another_file_that_conflicts_is_left_to_the_person_and_named() {
    let lab = two_proposals();
    lab.write("bert/code.py", "bert\n");
    lab.run("bert", "git add code.py").ok();
    lab.run("bert", "git commit --quiet -m code").ok();
    lab.update("anna");
    lab.write("anna/code.py", "anna\n");
    lab.run("anna", "git add code.py").ok();
    lab.run("anna", "git commit --quiet -m code").ok();
    lab.run("anna", "git push --quiet origin main").ok();
    let json = lab.run("bert", "git data merge --json").fails(3).json();
    assert_eq!(json["left"], serde_json::json!(["code.py"]));
    lab.write("bert/code.py", "both\n");
    lab.run("bert", "git data merge").fails(3).says("code.py");
    lab.run("bert", "git add code.py").ok();
    lab.run("bert", "git data merge").ok().says("git commit");
    lab.run("bert", "git commit --quiet --no-edit").ok();
    both_are_there(&lab);
}

#[test]
fn a_merge_that_stopped_is_resolved() {
    let lab = two_proposals();
    lab.run("bert", "git fetch --quiet").ok();
    lab.run("bert", "git merge origin/main").fails(1);
    lab.run("bert", "git data list").fails(1).explains().says("hint: git data merge");
    lab.run("bert", "git data merge").ok().says("a.csv v2 is now v3").says("git commit");
    lab.run("bert", "git data merge").ok().says("Nothing is left to merge");
    lab.run("bert", "git commit --quiet --no-edit").ok();
    both_are_there(&lab);
    nothing_is_left(&lab);
}

#[test]
fn a_rebase_that_stopped_is_resolved_though_its_sides_are_swapped() {
    let lab = two_proposals();
    lab.run("bert", "git fetch --quiet").ok();
    lab.run("bert", "git rebase origin/main").fails(1);
    for _ in 0..2 {
        lab.run("bert", "git data merge").ok().says("git rebase --continue");
        let _ = lab.run("bert", "git rebase --continue");
    }
    both_are_there(&lab);
    nothing_is_left(&lab);
    lab.run("bert", "git merge-base --is-ancestor origin/main HEAD").ok();
}

#[test]
fn a_cherry_pick_that_stopped_is_resolved() {
    let lab = two_proposals();
    lab.run("bert", "git fetch --quiet").ok();
    lab.run("bert", "git switch --quiet --create picked origin/main").ok();
    for commit in ["mine~1", "mine"] {
        if lab.run("bert", &format!("git cherry-pick {commit}")).code != 0 {
            lab.run("bert", "git data merge").ok().says("git cherry-pick --continue");
            lab.run("bert", "git cherry-pick --continue").ok();
        }
    }
    both_are_there(&lab);
    nothing_is_left(&lab);
}

#[test]
fn git_calls_the_driver_by_itself() {
    for how in ["merge --no-edit", "rebase"] {
        let lab = two_proposals();
        lab.run("bert", "git config merge.git-data.driver 'git data merge --driver %O %A %B'").ok();
        lab.run("bert", "git fetch --quiet").ok();
        let ran = lab.run("bert", &format!("git {how} origin/main"));
        assert!(!ran.stdout.contains("conflict in manifest.json"), "{ran}");
        for _ in 0..2 {
            let _ = lab.run("bert", "git data merge").ok();
            let _ = lab.run("bert", if how == "rebase" { "git rebase --continue" } else { "git commit --no-edit" });
        }
        both_are_there(&lab);
        nothing_is_left(&lab);
    }
}

/// Both change the description of one dataset.
fn undecided() -> Lab {
    let lab = furnished();
    lab.release("anna", "a.csv", "1\n");
    lab.update("bert");
    for person in ["anna", "bert"] {
        let text = lab.text(&format!("{person}/manifest.json"));
        let text = text
            .replace("\"kind\": \"file\",", &format!("\"kind\": \"file\",\n      \"description\": \"{person}'s\","));
        lab.write(&format!("{person}/manifest.json"), text);
        if person == "bert" {
            lab.run(person, "git switch --quiet --create mine").ok();
        }
        lab.run(person, "git commit --quiet -am words").ok();
        lab.run(person, "git push --quiet origin HEAD").ok();
    }
    lab.run("bert", "git fetch --quiet").ok();
    lab
}

#[test]
fn what_only_a_person_can_decide_is_said_in_words_and_never_in_markers() {
    let says = ["a.csv", "description", "anna's", "bert's", "hint: edit manifest.json"];
    let lab = undecided();
    let before = lab.everything("bert");
    let ran = lab.run("bert", "git data merge").fails(6).explains();
    assert!(says.iter().all(|part| ran.stderr.contains(part)), "{ran}");
    assert_eq!(lab.everything("bert"), before, "nothing was begun");

    lab.run("bert", "git merge origin/main").fails(1);
    let ran = lab.run("bert", "git data merge").fails(6).explains();
    assert!(says.iter().all(|part| ran.stderr.contains(part)), "{ran}");
    assert!(!lab.text("bert/manifest.json").contains("<<<<"));
    lab.run("bert", "git data list").ok();
    lab.run("bert", "git add manifest.json").ok();
    lab.run("bert", "git commit --quiet --no-edit").ok();

    let lab = undecided();
    lab.run("bert", "git config merge.git-data.driver 'git data merge --driver %O %A %B'").ok();
    let ran = lab.run("bert", "git merge --no-edit origin/main").fails(1);
    assert!(says.iter().all(|part| ran.stderr.contains(part)), "{ran}");
    assert!(ran.stdout.contains("CONFLICT (content)"), "{ran}");
    assert!(!lab.text("bert/manifest.json").contains("<<<<"));
    assert_eq!(lab.run("bert", "git diff --name-only --diff-filter=U").ok().stdout, "manifest.json\n");
}

#[test]
fn a_side_that_lost_its_manifest_loses_no_version() {
    let lab = two_proposals();
    lab.run("bert", "git fetch --quiet").ok();
    lab.run("bert", "git switch --quiet --create gone origin/main~1").ok();
    lab.run("bert", "git rm --quiet manifest.json").ok();
    lab.run("bert", "git commit --quiet -m gone").ok();
    lab.run("bert", "git merge origin/main").fails(1);
    lab.run("bert", "git data merge").ok();
    assert_eq!(lab.run("bert", "git diff origin/main -- manifest.json").ok().stdout, "");
}
