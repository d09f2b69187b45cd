//! Everything of a laboratory that must never be lost or wrong, read without the product: git's own answers, JSON, and
//! the bytes of both buckets.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::process::Stdio;

use git_data::flow::hash::Digest;
use serde_json::Value;

use super::grove::{self, Lines};
use crate::lab::{Lab, Production, ROBOT, Staging, Which};

/// Members that hold a time, or the commit that a time made another.
const CHANGING: [&str; 6] = ["created", "published", "commit", "retired", "purging", "purged"];

/// One look at everything.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct World {
    /// Each branch of the origin with its manifest, without times.
    branches: BTreeMap<String, Value>,
    /// The digests of both buckets' objects by key; of what is ours to clean up, only what was settled.
    staging: BTreeMap<String, String>,
    production: BTreeMap<String, String>,
    /// The lists of trees in both buckets.
    lists: Lines,
    /// The files in a person's clone, and what git says of them.
    tree: Option<String>,
}

impl World {
    /// What is shared, and what somebody sees in a clone of their own.
    pub(super) fn look_with(lab: &Lab, person: &str) -> World {
        // A publisher's clone is thrown away after each run.
        World { tree: (person != ROBOT).then(|| tree(lab, person)), ..World::look(lab) }
    }

    /// What is shared: the branches of the origin, both buckets.
    pub(super) fn look(lab: &Lab) -> World {
        let mut world = World::default();
        let refs = lab.run("origin.git", "git for-each-ref --format=%(refname:short) refs/heads").ok().stdout;
        let branches: Vec<&str> = refs.lines().collect();
        for (branch, manifest) in branches.iter().zip(manifests(lab, &branches)) {
            world.branches.extend(manifest.map(|manifest| ((*branch).to_owned(), manifest)));
        }
        world.staging = objects(lab, Staging, &mut world.lists);
        world.production = objects(lab, Production, &mut world.lists);
        world
    }

    /// Nothing is lost and nothing is wrong, whatever else was to be done.
    #[track_caller]
    pub(super) fn sound(&self, before: &World, at: &str) {
        for (key, found) in &self.production {
            let said =
                key.rsplit('/').next().and_then(|file| file.split('-').nth(1)).map(|rest| &rest[..64.min(rest.len())]);
            let said = grove::said(key).unwrap_or(said);
            // A file of a tree lies under its path: the listing says which bytes.
            if !key.starts_with(".git-data/") && !key.contains("/files/") {
                assert_eq!(said, Some(found.as_str()), "{at}: {key} shows other bytes");
            }
        }
        let (now, then) = (self.branches.get("main"), before.branches.get("main"));
        let name = |e: &Entry| (e.dataset.clone(), e.version.clone(), e.sha256.clone());
        let names = |manifest: Option<&Value>| -> BTreeSet<(String, String, String)> {
            manifest.into_iter().flat_map(entries).map(|e| name(&e)).collect()
        };
        let main = names(now);
        for (branch, manifest) in &self.branches {
            // What main has, main decides.
            for entry in entries(manifest).iter().filter(|e| branch == "main" || !main.contains(&name(e))) {
                self.there(entry, at, branch);
            }
        }
        let lost: Vec<_> = names(then).difference(&main).cloned().collect();
        assert_eq!(lost, [], "{at}: entries disappeared from main");
    }

    /// An entry that somebody may pull or publish has its bytes.
    #[track_caller]
    fn there(&self, entry: &Entry, at: &str, branch: &str) {
        let published = || {
            self.production.get(&entry.key) == Some(&entry.sha256) && (!entry.tree || self.has_tree(entry, &entry.key))
        };
        let staged_tree = || entry.tree && self.has_tree(entry, &format!("{}.tree", entry.sha256));
        let staged =
            || staged_tree() || self.staging.get(&entry.sha256) == Some(&entry.sha256) || self.made_of_a_delta(entry);
        let holds = match entry.state.as_str() {
            "published" => published(),
            "pending" if entry.elsewhere => true,
            "pending" => staged() || published(),
            // Its object goes only after the mark, and the mark is a state of its own.
            "retired" => published() || staged(),
            _ => true,
        };
        assert!(
            holds,
            "{at}: {branch} says {} {} is {}, and its bytes are gone",
            entry.dataset, entry.version, entry.state
        );
    }

    /// Each file of the listing at that key is somewhere: in production, or staged.
    fn has_tree(&self, entry: &Entry, listing: &str) -> bool {
        let Some(listing) = self.lists.get(listing) else { return false };
        let ours = format!("{}/", entry.dataset);
        let staged = format!("{}.where", entry.sha256);
        let places =
            self.lists.iter().filter(|(key, _)| key.ends_with(".where") && (key.starts_with(&ours) || **key == staged));
        let places: Vec<&Vec<Value>> = places.map(|(_, lines)| lines).collect();
        let mut objects = self.production.clone();
        if entry.state == "pending" {
            objects.extend(self.staging.clone());
        }
        grove::has_all(listing, &places, &objects)
    }

    /// A delta is staged, and what it is made against is in production.
    fn made_of_a_delta(&self, entry: &Entry) -> bool {
        let delta = format!("{}.delta-{}", entry.sha256, entry.delta);
        self.staging.contains_key(&delta) && self.production.values().any(|found| *found == entry.delta)
    }

    /// What main says to be pending, though its bytes can be had.
    pub(super) fn waiting(&self) -> Vec<String> {
        let all = self.branches.get("main").into_iter().flat_map(entries);
        all.filter(|e| e.state == "pending" && self.staging.contains_key(&e.sha256))
            .map(|e| format!("{} {}", e.dataset, e.version))
            .collect()
    }

    /// It is what it would have been without the kill.
    #[track_caller]
    pub(super) fn same(&self, clean: &World, at: &str) {
        let plain = |world: &World| -> BTreeMap<String, Value> {
            world.branches.iter().map(|(name, manifest)| (name.clone(), timeless(manifest.clone()))).collect()
        };
        assert_eq!(plain(self), plain(clean), "{at}: the manifests");
        assert_eq!(self.staging, clean.staging, "{at}: staging");
        let settled = |world: &World| -> BTreeMap<String, String> {
            // Receipts hold times: that they are there is enough here. Quarantine is swept after seven days.
            let keys = world.production.iter().filter(|(key, _)| !key.starts_with(".git-data/incoming/"));
            keys.map(|(key, digest)| (key.clone(), if key.starts_with('.') { String::new() } else { digest.clone() }))
                .collect()
        };
        assert_eq!(settled(self), settled(clean), "{at}: production");
        assert_eq!(self.tree, clean.tree, "{at}: the clone");
    }
}

/// An entry of a manifest, as far as its bytes go.
struct Entry {
    dataset: String,
    version: String,
    sha256: String,
    state: String,
    delta: String,
    key: String,
    tree: bool,
    /// Its bytes come from inside production.
    elsewhere: bool,
}

fn entries(manifest: &Value) -> Vec<Entry> {
    let mut all = Vec::new();
    for (name, dataset) in manifest["datasets"].as_object().into_iter().flatten() {
        for entry in dataset["versions"].as_array().unwrap() {
            let word = |member: &str| entry[member].as_str().unwrap_or_default().to_owned();
            let (version, sha256) = (word("version"), word("sha256"));
            let owner = entry["rollback"].as_str().unwrap_or(&version);
            let tree = dataset["kind"] == "tree";
            let extension = name.rsplit_once('.').map_or(String::new(), |(_, end)| format!(".{end}"));
            let extension = if tree { ".tree".to_owned() } else { extension };
            all.push(Entry {
                dataset: name.clone(),
                key: format!("{name}/{owner}-{sha256}{extension}"),
                elsewhere: entry["rollback"].is_string() || entry["from"].is_string(),
                state: word("state"),
                delta: word("delta"),
                tree,
                version,
                sha256,
            });
        }
    }
    all
}

/// Without what differs from run to run.
fn timeless(mut manifest: Value) -> Value {
    for (_, dataset) in manifest["datasets"].as_object_mut().into_iter().flatten() {
        for entry in dataset["versions"].as_array_mut().unwrap() {
            for member in CHANGING {
                if let Some(value) = entry.get_mut(member) {
                    *value = Value::Bool(true);
                }
            }
        }
    }
    manifest
}

/// The manifests of those branches of the origin, asked for all at once.
fn manifests(lab: &Lab, branches: &[&str]) -> Vec<Option<Value>> {
    let mut git = lab.start_with("origin.git", "git cat-file --batch", |run| {
        run.stdin(Stdio::piped());
    });
    let mut wanted = git.stdin.take().unwrap();
    for branch in branches {
        writeln!(wanted, "{branch}:manifest.json").unwrap();
    }
    drop(wanted);
    let output = git.wait_with_output().unwrap().stdout;
    let mut rest = output.as_slice();
    let mut answers = Vec::new();
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let head = std::str::from_utf8(&rest[..end]).unwrap();
        let size = head.split(' ').nth(2).and_then(|size| size.parse::<usize>().ok());
        rest = &rest[end + 1..];
        answers.push(size.map(|size| serde_json::from_slice(&rest[..size]).unwrap()));
        rest = &rest[size.map_or(0, |size| size + 1)..];
    }
    answers
}

/// The digest of each object; that of a listing is of its lines.
fn objects(lab: &Lab, which: Which, lists: &mut Lines) -> BTreeMap<String, String> {
    let each = lab.keys(which).into_iter().filter_map(|key| {
        let bytes = lab.object(which, &key)?;
        let mut digest = Digest::of(&bytes);
        if let Some(text) = grove::unpacked(&key, &bytes) {
            lists.insert(key.clone(), grove::values(&text));
            digest = if key.ends_with(".tree") { Digest::of(&text) } else { digest };
        }
        Some((key, digest.hex()))
    });
    each.collect()
}

/// Every file of a clone but git's own, and how git sees the rest.
fn tree(lab: &Lab, person: &str) -> String {
    let mut all = lab.run(person, "git status --porcelain --branch --ignored --untracked-files=all").ok().stdout;
    let mut folders = vec![lab.path(person)];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.extend((!path.ends_with(".git")).then_some(path));
            } else if !path.ends_with("manifest.json") {
                // Manifests are compared without their times.
                files.push(format!(
                    "{} {}\n",
                    path.strip_prefix(lab.path(person)).unwrap().display(),
                    Digest::of(&fs::read(&path).unwrap())
                ));
            }
        }
    }
    files.sort();
    all.extend(files);
    all
}
