//! The two drivers that install sets: git merges the manifest by meaning, and shows tables by their rows.

use super::{furnished, installed};
use crate::lab::Lab;

/// Anna's v2 is published; bert proposes another v2 and something new, on `mine`.
fn diverged() -> Lab {
    let lab = furnished();
    lab.release("anna", "a.csv", "1\n");
    lab.update("bert");
    lab.run("bert", "git data pull").ok();
    installed(&lab, &["bert"]);
    lab.write("bert/a.csv", "bert\n");
    lab.run("bert", "git data prepare a.csv -m bert --branch mine --commit").ok();
    lab.release("anna", "a.csv", "anna\n");
    lab.run("bert", "git fetch --quiet").ok();
    lab
}

#[track_caller]
fn both(lab: &Lab, place: &str) {
    let log = lab.run(place, "git data list --json").ok().json();
    let versions = log["datasets"][0]["versions"].as_array().unwrap();
    let told: Vec<_> =
        versions.iter().map(|v| (v["version"].as_str().unwrap(), v["message"].as_str().unwrap())).collect();
    assert_eq!(told, [("v3", "bert"), ("v2", "Update a.csv"), ("v1", "Add a.csv")]);
    assert_eq!(lab.run(place, "git status --porcelain --untracked-files=no").ok().stdout, "");
}

#[test]
fn merge_rebase_and_pick_need_nobody() {
    for command in
        ["git merge --no-edit origin/main", "git rebase origin/main", "git pull --no-rebase --no-edit origin main"]
    {
        let lab = diverged();
        lab.run("bert", command).ok().says("a.csv v2 is now v3");
        both(&lab, "bert");
        lab.run("bert", "git push --quiet origin mine").ok();
    }
    let lab = diverged();
    lab.run("bert", "git switch --quiet -c picked origin/main").ok();
    lab.run("bert", "git cherry-pick mine").ok();
    both(&lab, "bert");
}

#[test]
fn a_linked_work_tree_and_a_stash_are_merged_by_the_same_driver() {
    let lab = diverged();
    lab.run("bert", "git switch --quiet main").ok();
    lab.run("bert", "git worktree add --quiet ../second mine").ok();
    lab.run("second", "git merge --no-edit origin/main").ok();
    both(&lab, "second");

    lab.run("bert", "git switch --quiet -c stashing").ok();
    lab.write("bert/c.csv", "c\n");
    lab.run("bert", "git data prepare c.csv c.csv").ok();
    lab.run("bert", "git stash --quiet").ok();
    lab.run("bert", "git merge --quiet --ff-only origin/main").ok();
    lab.run("bert", "git stash pop --quiet").ok();
    let list = lab.run("bert", "git data list").ok().stdout;
    assert!(list.contains("a.csv  v2") && list.contains("c.csv"), "{list}");
}

#[test]
fn what_only_a_person_decides_is_a_conflict_in_words_and_the_file_stays_json() {
    let lab = furnished();
    lab.release("anna", "a.csv", "1\n");
    lab.update("bert");
    installed(&lab, &["bert"]);
    for person in ["anna", "bert"] {
        let text = lab.text(&format!("{person}/manifest.json"));
        let member = format!("\"kind\": \"file\",\n      \"description\": \"{person}'s\",");
        lab.write(&format!("{person}/manifest.json"), text.replace("\"kind\": \"file\",", &member));
        lab.run(person, "git commit --quiet -am words").ok();
    }
    lab.run("anna", "git push --quiet origin main").ok();
    let ran = lab.run("bert", "git pull --no-rebase --no-edit origin main").fails(1);
    assert!(
        ran.stderr.contains("anna's") && ran.stderr.contains("bert's") && ran.stderr.contains("hint: edit"),
        "{ran}"
    );
    assert!(ran.stdout.contains("CONFLICT (content)"), "{ran}");
    serde_json::from_str::<serde_json::Value>(&lab.text("bert/manifest.json")).unwrap();
    lab.run("bert", "git commit --no-edit").fails(128);
    lab.run("bert", "git add manifest.json").ok();
    lab.run("bert", "git commit --quiet --no-edit").ok();
}

/// Tables in git, which `install --diff` has compared by rows; anna's `.git/config` names the driver.
fn tables() -> Lab {
    let lab = furnished();
    lab.run("anna", "git data install --diff '*.csv' --diff '*.parquet' --diff manifest.json").ok();
    lab.write("anna/in git/t.csv", "id,x\n1,1\n2,2\n");
    lab.write("anna/broken.parquet", "PAR1");
    lab.write("anna/z.csv", "id,x\n1,1\n");
    lab.run("anna", "git add --force .").ok();
    lab.run("anna", "git commit --quiet --no-verify -m tables").ok();
    lab
}

#[test]
fn git_shows_tables_by_their_rows_and_goes_on_after_one_that_cannot_be_read() {
    let lab = tables();
    lab.write("anna/in git/t.csv", "id,x\n1,1\n2,3\n3,4\n");
    lab.write("anna/broken.parquet", "PAR1 something else PAR1");
    lab.write("anna/z.csv", "id,x\n1,5\n");
    let ran = lab.run("anna", "git diff").ok();
    let at = |text: &str| ran.stdout.find(text).unwrap_or_else(|| panic!("{text}\n{ran}"));
    assert!(ran.stdout.contains("in git/t.csv   ") && ran.stdout.contains("2 → 3 rows"), "{ran}");
    assert!(at("not compared: ") < at("z.csv   "), "{ran}");
    assert_eq!(ran.stderr, "");
    lab.run("anna/in git", "git diff -- t.csv").ok().says("2 → 3 rows");
    lab.run("anna", "git -c diff.external= diff --no-ext-diff -- z.csv").ok().says("+1,5");

    lab.run("anna", "git add .").ok();
    lab.run("anna", "git commit --quiet --no-verify -m changed").ok();
    lab.run("anna", "git show --ext-diff --format=").ok().says("2 → 3 rows").says("z.csv   ");
    lab.run("anna", "git log -p --ext-diff --format= -1").ok().says("2 → 3 rows");
    lab.run("anna", "git show --format=").ok().says("+1,5");

    lab.run("anna", "git mv z.csv y.csv").ok();
    lab.write("anna/y.csv", "id,x\n1,5\n2,2\n3,3\n4,4\n5,5\n");
    lab.run("anna", "git rm --quiet broken.parquet").ok();
    lab.write("anna/new.csv", "id\n");
    lab.run("anna", "git add .").ok();
    let ran = lab.run("anna", "git diff --cached -M10%").ok();
    assert!(ran.stdout.contains("z.csv → y.csv   ") && ran.stdout.contains("1 → 5 rows"), "{ran}");
    assert!(ran.stdout.contains("broken.parquet   ") && ran.stdout.contains("it is there no more"), "{ran}");
    assert!(ran.stdout.contains("new.csv   ") && ran.stdout.contains("a first version"), "{ran}");
}

#[test]
fn git_shows_the_manifest_in_words() {
    let lab = tables();
    lab.write("anna/d.csv", "id\n1\n");
    lab.run("anna", "git data prepare d.csv d.csv -m Why --no-upload").ok();
    let ran = lab.run("anna", "git diff --cached -- manifest.json").ok();
    assert_eq!(ran.stdout, "manifest.json\n  d.csv is a new dataset, a file\n  d.csv v1 is new: pending, 5 B: Why\n");
    lab.write("anna/manifest.json", "{");
    let ran = lab.run("anna", "git diff -- manifest.json").ok();
    assert!(ran.stdout.starts_with("manifest.json   not compared: "), "{ran}");
    lab.run("anna", "git worktree add --quiet ../second -b second").ok();
    lab.write("second/manifest.json", "{\"format\":1,\"datasets\":{}}");
    lab.run("second", "git diff -- manifest.json").ok();
}

#[test]
fn names_that_steer_a_terminal_do_not_and_a_call_that_is_not_gits_is_said_so() {
    let lab = tables();
    lab.write("anna/one", "id\n1\n");
    lab.write("anna/two", "id\n2\n");
    let zeros = "0".repeat(40);
    let ran =
        lab.run("anna", &format!("git data diff-driver a\u{1b}[31m.csv one {zeros} 100644 two {zeros} 100644")).ok();
    assert!(ran.stdout.contains("a\\u{1b}[31m.csv   the file here → the file here"), "{ran}");
    lab.run("anna", "git data diff-driver a b").fails(2).explains();
    lab.run("anna", "git data diff-driver path").ok().says("a conflict that is not resolved");
    // Where no repository is.
    lab.run("temp", &format!("git data diff-driver x.csv /dev/null . . ../anna/one {zeros} 100644"))
        .ok()
        .says("a first version");
    let coloured = lab.run("anna", &format!("git data diff-driver x.csv one {zeros} 100644 two {zeros} 100644")).ok();
    assert!(!coloured.stdout.contains('\u{1b}'), "{coloured}");
    lab.set("anna", "GIT_PAGER_IN_USE", "1");
    let coloured = lab.run("anna", &format!("git data diff-driver x.csv one {zeros} 100644 two {zeros} 100644")).ok();
    assert!(coloured.stdout.contains('\u{1b}'), "{coloured}");
}
