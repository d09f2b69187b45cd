//! Directories as datasets: stories on folders and on the in-process S3 server.

mod bad;
#[cfg(all(unix, debug_assertions))]
mod cut;
#[cfg(unix)]
mod journey;
#[cfg(unix)]
mod local;
mod shards;
#[cfg(unix)]
mod sparse;

use std::fs;
use std::path::Path;

use crate::lab::{Backend, Lab, ROBOT};

/// Plays a story on every kind of bucket that is always there.
fn on_each(story: fn(&Lab)) {
    let mut backends = vec![Backend::Directory];
    #[cfg(feature = "s3")]
    backends.push(Backend::S3);
    for backend in backends {
        let lab = Lab::new(backend);
        lab.furnish();
        story(&lab);
    }
}

/// Everything below a directory: `path content`, `path* content` for what may be run, `path -> target`, `path/`.
fn look(lab: &Lab, name: &str) -> Vec<String> {
    let mut all = Vec::new();
    let root = lab.path(name);
    if root.is_dir() {
        below(&root, &root, &mut all);
    }
    all.sort();
    all
}

fn below(root: &Path, dir: &Path, all: &mut Vec<String>) {
    let mut count = 0;
    for entry in fs::read_dir(dir).unwrap() {
        count += 1;
        let path = entry.unwrap().path();
        let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
        let meta = path.symlink_metadata().unwrap();
        if meta.is_symlink() {
            all.push(format!("{name} -> {}", fs::read_link(&path).unwrap().display()));
        } else if meta.is_dir() {
            below(root, &path, all);
        } else {
            let text = fs::read(&path).unwrap();
            all.push(format!("{name}{} {}", mark(&meta), String::from_utf8_lossy(&text)));
        }
    }
    if count == 0 && dir != root {
        all.push(format!("{}/", dir.strip_prefix(root).unwrap().display()));
    }
}

#[cfg(unix)]
fn mark(meta: &fs::Metadata) -> &'static str {
    use std::os::unix::fs::PermissionsExt as _;
    if meta.permissions().mode() & 0o100 == 0 { "" } else { "*" }
}

#[cfg(not(unix))]
fn mark(_: &fs::Metadata) -> &'static str {
    ""
}

/// Proposes, merges and publishes what lies in a person's `maps`.
fn release(lab: &Lab, person: &str) {
    let prepared = lab.run(person, "git data prepare maps maps --pr --json").ok().json();
    let branch = prepared["proposal"]["branch"].as_str().expect("it is on a branch").to_owned();
    lab.merge(&branch);
    lab.publish();
    lab.run(ROBOT, "git data list").ok();
    lab.update(person);
}

/// A few files.
fn few(lab: &Lab, person: &str) {
    for (path, content) in [("a.txt", "one\n"), ("eu/de.csv", "k,1\n"), ("eu/fr.csv", "k,2\n"), ("us/tx.csv", "k,3\n")]
    {
        lab.write(&format!("{person}/maps/{path}"), content);
    }
}
