//! git data as a guest of git: hooks beside those of others, drivers, and real git that calls them.

mod arriving;
mod committing;
mod drivers;
mod foreign;
mod install;
mod pushing;
mod runners;

use crate::lab::{Backend, Lab};

/// The hooks that are installed, in the order in which they are told.
const ALL: [&str; 7] =
    ["pre-commit", "prepare-commit-msg", "post-commit", "pre-push", "post-checkout", "post-merge", "post-rewrite"];

/// A furnished laboratory on directories, whose people have no hooks yet.
fn furnished() -> Lab {
    let lab = Lab::new(Backend::Directory);
    lab.furnish();
    lab
}

/// People who installed it.
fn installed(lab: &Lab, people: &[&str]) {
    for person in people {
        lab.run(person, "git data install").ok();
    }
}

/// Every file of a person's hooks, its bytes and whether it may be run; a link is told by where it leads.
fn hooks(lab: &Lab, folder: &str) -> Vec<(String, Vec<u8>, u32)> {
    let Ok(entries) = std::fs::read_dir(lab.path(folder)) else { return Vec::new() };
    let mut all: Vec<_> = entries
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let meta = path.symlink_metadata().unwrap();
            if meta.is_symlink() {
                return (name, std::fs::read_link(&path).unwrap().to_str().unwrap().as_bytes().to_vec(), 0);
            }
            (name, std::fs::read(&path).unwrap(), mode(&meta))
        })
        .collect();
    all.sort();
    all
}

#[cfg(unix)]
fn mode(meta: &std::fs::Metadata) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    meta.permissions().mode() & 0o777
}

#[cfg(not(unix))]
fn mode(_: &std::fs::Metadata) -> u32 {
    0
}
