//! The court: one repository with a past, a clone for the author of each proposal, and the two judges.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use git_data::flow::hash::Digest;
use serde_json::{Value, json};

use crate::lab::{Backend, Lab, Production, ROBOT, Ran, Staging, Which};

/// How a proposal is made.
pub(crate) enum Make {
    /// By changing the work tree; all of it is then committed.
    Tree(fn(&Court)),
    /// By commits of its own on the branch that is checked out.
    Commits(fn(&Court)),
}

/// What `check` says.
pub(crate) enum Check {
    /// Nothing against it.
    Green,
    /// This exit code, and these words of the reason.
    Red(i32, &'static str),
}

/// What the publisher does once it was merged all the same.
pub(crate) enum After {
    /// It finds nothing to do.
    Nothing,
    /// This exit code, and these words of the reason.
    Refused(i32, &'static str),
    /// These bytes become visible: they are those that were approved.
    Live(&'static str, &'static [u8]),
    /// The same, while something else is refused in these words: exit code 3.
    Partly(&'static str, &'static [u8], &'static str),
    /// A receipt for these bytes, which are in production already.
    Receipt(&'static str, &'static [u8]),
}

/// A hostile, or merely strange, proposal.
pub(crate) struct Proposal {
    pub(crate) name: &'static str,
    pub(crate) make: Make,
    pub(crate) check: Check,
    pub(crate) after: After,
}

/// The clone in which proposals are made.
const AUTHOR: &str = "mallory";

/// A repository with a past: `prices.csv` v1 and v2 and `costs.csv` v1 are published, `gone.csv` v1 is purged.
pub(crate) struct Court {
    pub(crate) lab: Lab,
    base: String,
    production: Bucket,
    staging: Bucket,
}

type Bucket = BTreeMap<String, Vec<u8>>;

pub(crate) const V1: &[u8] = b"north,1\n";
pub(crate) const V2: &[u8] = b"north,1\nsouth,2\n";
pub(crate) const COSTS: &[u8] = b"rent,9\n";
pub(crate) const TIME: &str = "2026-11-21T10:00:00Z";

impl Court {
    pub(crate) fn new() -> Court {
        let lab = Lab::new(Backend::Directory);
        lab.furnish();
        for (name, content) in [("prices.csv", V1), ("costs.csv", COSTS), ("prices.csv", V2)] {
            lab.write(&format!("anna/{name}"), content);
            lab.run("anna", &format!("git data prepare {name} {name} --push")).ok();
            if content != V1 {
                lab.publish();
                lab.update("anna");
            }
        }
        let mut manifest = read(&lab, "anna");
        let facts =
            json!({"commit": "c".repeat(40), "published": TIME, "retired": TIME, "purging": TIME, "purged": TIME});
        let mut gone = pending("v1", b"gone\n");
        gone["state"] = "purged".into();
        merge(&mut gone, facts);
        manifest["datasets"]["gone.csv"] = json!({"kind": "file", "versions": [gone]});
        let proof = json!({
            "format": 1, "dataset": "gone.csv", "version": "v1", "kind": "file", "sha256": digest(b"gone\n"), "size": 5,
            "key": format!("gone.csv/v1-{}.csv", digest(b"gone\n")), "base": null, "commit": "c".repeat(40),
            "run": "local", "time": TIME, "method": "put",
        });
        let receipt = format!(".git-data/published/gone.csv/v1-{}.json", digest(b"gone\n"));
        lab.plant(Production, &receipt, proof.to_string().as_bytes());
        lab.write("anna/manifest.json", text(&manifest));
        lab.run("anna", "git commit --quiet --all -m 'data: a past'").ok();
        lab.run("anna", "git push --quiet origin main").ok();
        // What a workflow sets.
        lab.set(ROBOT, "CI", "true");
        lab.set(ROBOT, "GIT_DATA_STAGING", &lab.url(Staging));
        lab.set(ROBOT, "GIT_DATA_PRODUCTION", &lab.url(Production));
        lab.clone_for(AUTHOR);
        let base = lab.run("anna", "git rev-parse HEAD").ok().stdout.trim().to_owned();
        let (production, staging) = (held(&lab, Production), held(&lab, Staging));
        Court { lab, base, production, staging }
    }

    /// Judges each, one after the other, says how many there were, and only then which were judged wrongly.
    pub(crate) fn judge(&self, proposals: &[Proposal]) {
        let mut wrong = Vec::new();
        for proposal in proposals {
            let judged = catch_unwind(AssertUnwindSafe(|| {
                self.propose(proposal);
                self.check(proposal);
                self.merge_it_all_the_same(proposal);
            }));
            wrong.extend(judged.is_err().then_some(proposal.name));
            self.undo();
        }
        let refused = proposals.iter().filter(|proposal| matches!(proposal.check, Check::Red(..))).count();
        crate::figure::figure(&format!("hostile proposals={} refused={refused}", proposals.len()));
        assert_eq!(wrong, [""; 0]);
    }

    fn propose(&self, proposal: &Proposal) {
        self.git(&format!("switch --quiet --discard-changes --force-create proposal {}", self.base));
        self.git("clean --quiet -ffdx");
        match proposal.make {
            Make::Tree(change) => {
                change(self);
                self.git("add --all --force .");
                self.git("commit --quiet --allow-empty -m proposal");
            }
            Make::Commits(work) => work(self),
        }
        self.git("push --quiet --force origin HEAD:refs/heads/proposal");
    }

    fn check(&self, proposal: &Proposal) {
        let lab = &self.lab;
        lab.run(ROBOT, "git fetch --quiet origin +refs/heads/proposal:refs/judged").ok();
        lab.run(ROBOT, &format!("git checkout --quiet --force --detach {}", self.base)).ok();
        let judge =
            |how: &str| lab.run(ROBOT, &format!("git-data-publish check --base {} --head refs/judged{how}", self.base));
        let ran = judge("");
        is_clean(proposal.name, &ran);
        let json = judge(" --json");
        is_clean(proposal.name, &json);
        let page = judge(" --format md");
        is_clean(proposal.name, &page);
        assert_eq!((ran.code, ran.code), (json.code, page.code), "{}\n{ran}\n{json}\n{page}", proposal.name);
        match proposal.check {
            Check::Green => {
                assert_eq!(ran.code, 0, "{}: it is harmless\n{ran}", proposal.name);
                assert_eq!(json.json()["ok"], true, "{json}");
            }
            Check::Red(code, words) => {
                assert_eq!(ran.code, code, "{}\n{ran}", proposal.name);
                assert!(ran.stdout.contains(words) || ran.stderr.contains(words), "{}\n{ran}", proposal.name);
                let found = json.json();
                assert!(found["ok"] != true && reasons(&found).iter().any(|r| r.contains(words)), "{json}");
            }
        }
    }

    fn merge_it_all_the_same(&self, proposal: &Proposal) {
        let lab = &self.lab;
        lab.run("origin.git", "git update-ref refs/heads/main refs/heads/proposal").ok();
        lab.run(ROBOT, "git checkout --quiet --force --detach refs/judged").ok();
        let ran = lab.run(ROBOT, "git-data-publish run");
        is_clean(proposal.name, &ran);
        let mut expected = self.production.clone();
        let mut found = held(lab, Production);
        match proposal.after {
            After::Nothing => assert_eq!(ran.code, 0, "{}\n{ran}", proposal.name),
            After::Refused(code, words) => {
                assert_eq!(ran.code, code, "{}\n{ran}", proposal.name);
                assert!(ran.stdout.contains(words) || ran.stderr.contains(words), "{}\n{ran}", proposal.name);
            }
            After::Live(place, bytes) | After::Receipt(place, bytes) | After::Partly(place, bytes, _) => {
                let (code, words) = if let After::Partly(.., words) = proposal.after { (3, words) } else { (0, "") };
                assert!(ran.code == code && ran.stdout.contains(words), "{}\n{ran}", proposal.name);
                let (name, version) = place.split_once(' ').expect("a dataset and its version");
                let receipt = format!(".git-data/published/{name}/{version}-{}.json", digest(bytes));
                assert!(found.remove(&receipt).is_some(), "{}: no receipt\n{ran}", proposal.name);
                let extension = name.rsplit_once('.').map_or(String::new(), |(_, end)| format!(".{end}"));
                if !matches!(proposal.after, After::Receipt(..)) {
                    expected.insert(format!("{name}/{version}-{}{extension}", digest(bytes)), bytes.to_vec());
                }
            }
        }
        assert!(found == expected, "{}: {:?} became {:?}\n{ran}", proposal.name, expected.keys(), found.keys());
    }

    /// Puts the default branch and both buckets back.
    fn undo(&self) {
        self.lab.run("origin.git", &format!("git update-ref refs/heads/main {}", self.base)).ok();
        for (which, before) in [(Production, &self.production), (Staging, &self.staging)] {
            for key in self.lab.keys(which).iter().filter(|key| !before.contains_key(*key)) {
                self.lab.lose(which, key);
            }
            for (key, bytes) in before {
                if self.lab.object(which, key).as_ref() != Some(bytes) {
                    self.lab.spoil(which, key, bytes);
                }
            }
        }
    }

    /// The author's git.
    pub(crate) fn git(&self, command: &str) -> String {
        self.lab.run(AUTHOR, &format!("git {command}")).ok().stdout
    }

    /// The tip of the default branch before any proposal.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// A file of the author's.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        self.lab.write(&format!("{AUTHOR}/{name}"), content);
    }

    pub(crate) fn path(&self, name: &str) -> std::path::PathBuf {
        self.lab.path(&format!("{AUTHOR}/{name}"))
    }

    /// Changes the manifest as a value.
    pub(crate) fn edit(&self, change: impl FnOnce(&mut Value)) {
        let mut manifest = read(&self.lab, AUTHOR);
        change(&mut manifest);
        self.write("manifest.json", text(&manifest));
    }

    /// Changes the manifest as text.
    pub(crate) fn edit_text(&self, change: impl FnOnce(&str) -> String) {
        self.write("manifest.json", change(&self.lab.text(&format!("{AUTHOR}/manifest.json"))));
    }

    /// Adds a pending version whose bytes are in staging.
    pub(crate) fn offer(&self, dataset: &str, version: &str, bytes: &[u8], more: Value) {
        self.lab.spoil(Staging, &digest(bytes), bytes);
        self.claim(dataset, version, bytes, more);
    }

    /// Adds a pending version, and sends no bytes.
    pub(crate) fn claim(&self, dataset: &str, version: &str, bytes: &[u8], more: Value) {
        self.edit(|manifest| {
            let mut entry = pending(version, bytes);
            merge(&mut entry, more);
            let place = &mut manifest["datasets"][dataset];
            if place.is_null() {
                *place = json!({"kind": "file", "versions": []});
            }
            place["versions"].as_array_mut().expect("a list").insert(0, entry);
        });
    }
}

/// The entry of that version.
pub(crate) fn entry<'a>(manifest: &'a mut Value, dataset: &str, version: &str) -> &'a mut Value {
    let versions = manifest["datasets"][dataset]["versions"].as_array_mut().expect("a dataset");
    versions.iter_mut().find(|entry| entry["version"] == version).expect("a version")
}

pub(crate) fn digest(bytes: &[u8]) -> String {
    Digest::of(bytes).hex()
}

fn pending(version: &str, bytes: &[u8]) -> Value {
    json!({
        "version": version, "state": "pending", "sha256": digest(bytes), "size": bytes.len(),
        "created": TIME, "message": "m",
    })
}

/// Sets members; `null` removes one.
fn merge(value: &mut Value, more: Value) {
    for (name, member) in more.as_object().expect("members") {
        value[name] = member.clone();
        if member.is_null() {
            value.as_object_mut().expect("an object").remove(name);
        }
    }
}

fn read(lab: &Lab, person: &str) -> Value {
    serde_json::from_slice(&lab.read(&format!("{person}/manifest.json"))).expect("a manifest")
}

fn text(manifest: &Value) -> String {
    serde_json::to_string_pretty(manifest).expect("a value") + "\n"
}

fn held(lab: &Lab, which: Which) -> Bucket {
    lab.keys(which).into_iter().map(|key| (key.clone(), lab.object(which, &key).expect("it was listed"))).collect()
}

/// All reasons that a report in JSON gives.
fn reasons(report: &Value) -> Vec<String> {
    match report {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(reasons).collect(),
        Value::Object(members) => members.values().flat_map(reasons).collect(),
        _ => Vec::new(),
    }
}

/// Nothing that was printed steers a terminal, or the host that reads it.
fn is_clean(name: &str, ran: &Ran) {
    let steers = |c: char| {
        c != '\n'
            && (c.is_control()
                || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
    };
    for text in [&ran.stdout, &ran.stderr] {
        assert!(!text.contains(steers), "{name}: {text:?}");
        assert!(!text.lines().any(|line| line.trim_start().starts_with("::")), "{name}: a command to the host\n{ran}");
    }
}
