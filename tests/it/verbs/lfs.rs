//! `migrate --from lfs`: pointers become datasets with their history. git-lfs itself is not asked; its store is imitated.

use git_data::flow::hash::Digest;

use super::furnished;
use crate::lab::{Lab, Staging};

/// Puts a content into the store of Git LFS, and its pointer in place of the file.
fn keep(lab: &Lab, path: &str, content: &str) -> String {
    let hex = Digest::of(content.as_bytes()).hex();
    let object = format!("anna/.git/lfs/objects/{}/{}/{hex}", &hex[..2], &hex[2..4]);
    lab.write(&object, content);
    let pointer = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{hex}\nsize {}\n", content.len());
    lab.write(&format!("anna/{path}"), pointer);
    object
}

fn commit(lab: &Lab, subject: &str) {
    lab.run("anna", "git add --all").ok();
    lab.run("anna", &format!("git commit --quiet -m '{subject}'")).ok();
}

/// Two files with a history, one of them of three contents; and one whose path is no name.
fn tracked() -> Lab {
    let lab = furnished();
    keep(&lab, "costs.csv", "year,cost\n2023,1\n");
    keep(&lab, "eu/prices.csv", "north,1\n");
    keep(&lab, "with space.csv", "x\n");
    commit(&lab, "First");
    keep(&lab, "costs.csv", "year,cost\n2023,1\n2024,7\n");
    commit(&lab, "Costs of 2024");
    keep(&lab, "costs.csv", "year,cost\n2023,1\n2024,8\n");
    commit(&lab, "A slip");
    lab
}

#[test]
fn files_of_git_lfs_become_datasets_with_their_history() {
    let lab = tracked();
    let before = lab.run("anna", "git status --porcelain").ok().stdout;
    let plan = lab.run("anna", "git data migrate --from lfs --dry-run").ok();
    plan.says("costs.csv: 3 versions, 65 B")
        .says("eu/prices.csv: 1 version, 8 B")
        .says("stays in Git LFS: with space.csv");
    assert_eq!(lab.run("anna", "git status --porcelain").ok().stdout, before);
    lab.run("anna", "git data migrate --from lfs --push").ok();
    let log = lab.run("anna", "git data log costs.csv --json").ok().json();
    let versions = log["datasets"][0]["versions"].as_array().unwrap();
    let told: Vec<_> =
        versions.iter().map(|v| (v["version"].as_str().unwrap(), v["message"].as_str().unwrap())).collect();
    assert_eq!(told, [("v3", "A slip"), ("v2", "Costs of 2024"), ("v1", "First")]);
    assert_eq!(lab.text("anna/costs.csv"), "year,cost\n2023,1\n2024,8\n");
    let tree = lab.run("anna", "git ls-tree -r --name-only HEAD").ok().stdout;
    assert!(!tree.contains("costs.csv\n") && tree.contains("with space.csv"), "{tree}");
    assert_eq!(lab.run("anna", "git status --porcelain").ok().stdout, "");
    // The publisher takes all of it; another clone pulls old and new.
    lab.run("anna", "git push --quiet origin HEAD:main").ok();
    lab.publish();
    lab.update("bert");
    lab.run("bert", "git data pull").ok();
    assert_eq!(lab.text("bert/eu/prices.csv"), "north,1\n");
    lab.run("bert", "git data pull costs.csv --version v1 -o old.csv").ok();
    assert_eq!(lab.text("bert/old.csv"), "year,cost\n2023,1\n");
    lab.run("anna", "git data migrate --from lfs costs.csv").fails(1).explains();
}

#[test]
fn a_migration_that_was_cut_short_goes_on_with_the_same_command() {
    let lab = tracked();
    let head = lab.text("anna/costs.csv");
    lab.run("anna", "git data migrate --from lfs").ok();
    // Killed before the pointers left git, and before the file was put in their place.
    lab.run("anna", "git reset --quiet -- costs.csv").ok();
    lab.write("anna/costs.csv", head);
    lab.run("anna", "git data migrate --from lfs --commit").ok().says("costs.csv: 3 versions");
    assert_eq!(lab.text("anna/costs.csv"), "year,cost\n2023,1\n2024,8\n");
    assert_eq!(lab.run("anna", "git status --porcelain").ok().stdout, "");
    let tree = lab.run("anna", "git ls-tree -r --name-only HEAD").ok().stdout;
    assert!(!tree.contains("costs.csv\n") && !tree.contains("eu/prices.csv"), "{tree}");
}

#[test]
fn what_is_missing_or_damaged_is_named_and_nothing_is_changed() {
    let lab = tracked();
    let gone = keep(&lab, "costs.csv", "year,cost\n2023,1\n2024,7\n");
    lab.run("anna", "git checkout --quiet -- costs.csv").ok();
    std::fs::remove_file(lab.path(&gone)).unwrap();
    let before = lab.everything("anna");
    let refused = lab.run("anna", "git data migrate --from lfs --commit").fails(1).explains();
    refused.says("1 version of Git LFS not on this machine").says("git lfs fetch --all");
    assert_eq!(lab.everything("anna"), before);
    lab.run("anna", "git data migrate --from lfs --available --dry-run").ok().says("costs.csv: 2 versions");
    let object = keep(&lab, "eu/prices.csv", "north,1\n");
    lab.run("anna", "git checkout --quiet -- eu/prices.csv").ok();
    lab.write(&object, "north,2\n");
    let damaged = lab.run("anna", "git data migrate --from lfs --available eu --commit").fails(5).explains();
    damaged.says("is damaged");
    assert!(lab.keys(Staging).is_empty());
    assert_eq!(lab.run("anna", "git status --porcelain").ok().stdout, "");
    // Another change that is staged would join the commit.
    lab.write("anna/own.txt", "own\n");
    lab.run("anna", "git add own.txt").ok();
    lab.run("anna", "git data migrate --from lfs costs.csv --available --commit").fails(1).explains();
    lab.run("anna", "git data migrate costs.csv").fails(2).explains();
}
