//! A list of a large manifest keeps what it shows; a change is seen at once, and damage does no harm.

use std::collections::BTreeMap;

use git_data::command::env::{Clock, Env, Surroundings};
use git_data::command::list::{self, Args};
use git_data::disk::{hash, summary};
use git_data::flow::hash::Digest;
use git_data::store::transfer::Silent;

use crate::lab::Lab;

/// Some seconds ahead: files that were written just now are surely older.
struct Later;

impl Clock for Later {
    fn nanos(&self) -> i128 {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        i128::try_from(now.as_nanos()).unwrap() + 60_000_000_000
    }

    fn sleep(&self, _: u64) {}
}

fn version(n: usize, state: &str) -> String {
    let commit = "c".repeat(40);
    let facts = format!(r#", "commit": "{commit}", "published": "2026-11-21T10:00:00Z""#);
    let facts = if state == "published" { facts } else { String::new() };
    let sha256 = Digest::of(&n.to_le_bytes());
    let fixed = r#""created": "2026-11-21T10:00:00Z", "message": "m""#;
    format!(r#"{{"version": "v{n}", "state": "{state}", "sha256": "{sha256}", "size": {n}, {fixed}{facts}}}"#)
}

fn manifest(top: &str) -> String {
    let versions: Vec<String> = (1..=4_000).rev().map(|n| version(n, "published")).collect();
    let list = versions.join(",");
    format!(r#"{{"format": 1, "datasets": {{"a.csv": {{"kind": "file", "versions": [{top}{list}]}}}}}}"#)
}

/// The latest version that a list shows, and the proposal.
fn listed(around: &Surroundings) -> (u64, Option<u64>) {
    let env = Env::open(around).unwrap();
    let listing = list::run(&env, &Args { names: Vec::new() }, true).unwrap();
    let row = listing.datasets().next().unwrap();
    (row.latest.unwrap().0, row.proposed.map(|v| v.0))
}

#[test]
fn what_was_kept_is_shown_only_while_the_manifest_is_the_same() {
    let lab = super::furnished();
    let around = Surroundings {
        cwd: lab.path("anna"),
        variables: BTreeMap::new(),
        clock: Box::new(Later),
        progress: Box::new(Silent),
        program: lab.path("bin/git-data"),
    };
    let path = lab.path("anna/manifest.json");
    let data = lab.path("anna/.git/data");
    lab.write("anna/manifest.json", manifest(""));
    assert_eq!(listed(&around), (4_000, None));

    // It really is read: something else in its place would be shown.
    let digest = hash::file(&path, &|_| ()).unwrap().sha256;
    let mark = manifest("").replace("v4000", "v9000");
    summary::save(&data, &digest, mark.as_bytes()).unwrap();
    assert_eq!(listed(&around), (9_000, None));

    std::fs::write(data.join("summary"), "garbage").unwrap();
    assert_eq!(listed(&around), (4_000, None));

    // A proposal makes what is shown depend on more than this file.
    lab.write("anna/manifest.json", manifest(&(version(4_001, "pending") + ",")));
    assert_eq!(listed(&around), (4_000, Some(4_001)));
    assert_eq!(listed(&around), (4_000, Some(4_001)));
    lab.write("anna/manifest.json", "{");
    lab.run("anna", "git data list").fails(1);
}

#[test]
fn a_list_that_cannot_keep_anything_is_still_a_list() {
    let lab: Lab = super::furnished();
    lab.write("anna/manifest.json", manifest(""));
    std::fs::create_dir_all(lab.path("anna/.git/data/summary/in the way")).unwrap();
    lab.run("anna", "git data list").ok().says("v4000");
}
