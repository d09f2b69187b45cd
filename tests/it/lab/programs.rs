//! The programs of a laboratory and how their command lines are read.

use std::path::{Path, PathBuf};
use std::{env, io};

impl super::Lab {
    /// Puts a program of this machine on everybody's path.
    pub fn link(&self, program: &str) {
        link_one(program, &self.path("bin"));
    }

    /// Puts `ssh-keygen` there, or says that this machine has none: then a story about signatures is skipped.
    pub fn has_ssh_keygen(&self) -> bool {
        let there = has_ssh_keygen();
        if there {
            self.link("ssh-keygen");
        }
        there
    }
}

/// The words of a command line, with the quotes of a shell.
pub(super) fn words(command: &str) -> Vec<String> {
    let (mut words, mut word, mut any, mut quote) = (Vec::new(), String::new(), false, None);
    for c in command.chars() {
        match (quote, c) {
            (None, '\'' | '"') => (quote, any) = (Some(c), true),
            (Some(open), _) if c == open => quote = None,
            (None, ' ') if any => {
                words.push(std::mem::take(&mut word));
                any = false;
            }
            (None, ' ') => {}
            _ => {
                word.push(c);
                any = true;
            }
        }
    }
    assert!(quote.is_none(), "a quote is left open: {command}");
    if any {
        words.push(word);
    }
    words
}

/// The programs that people here have: ours, git, and what git and hooks need. Not `gh`.
pub(super) fn link_all(bin: &Path) {
    let ours =
        [("git-data", env!("CARGO_BIN_EXE_git-data")), ("git-data-publish", env!("CARGO_BIN_EXE_git-data-publish"))];
    for (name, path) in ours {
        link(Path::new(path), &bin.join(name)).unwrap();
    }
    for name in ["git", "sh", "cp", "cat"] {
        link_one(name, bin);
    }
}

/// A program of this machine.
pub(super) fn link_one(name: &str, bin: &Path) {
    link(&find(name).unwrap_or_else(|| panic!("{name} is not on PATH")), &bin.join(name)).unwrap();
}

fn find(name: &str) -> Option<PathBuf> {
    let folders = env::var_os("PATH").unwrap();
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    env::split_paths(&folders).map(|folder| folder.join(&file)).find(|path| path.is_file())
}

/// Whether this machine has `ssh-keygen`.
pub fn has_ssh_keygen() -> bool {
    has_program("ssh-keygen")
}

/// Whether this machine has a program. Without it a test is skipped, and says so; with `REQUIRE_ALL` it fails.
pub fn has_program(name: &str) -> bool {
    let there = find(name).is_some();
    assert!(there || env::var_os("REQUIRE_ALL").is_none(), "{name} is not on PATH: see docs/testing.md");
    if !there {
        eprintln!("skipped: {name} is not on PATH");
    }
    there
}

#[cfg(unix)]
fn link(from: &Path, to: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(from, to)
}

#[cfg(not(unix))]
fn link(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::copy(from, to.with_extension("exe")).map(drop)
}

#[cfg(unix)]
pub(super) fn search_path(bin: &Path) -> String {
    bin.to_str().unwrap().to_owned()
}

/// Elsewhere git does not work without its own folder.
#[cfg(not(unix))]
pub(super) fn search_path(bin: &Path) -> String {
    let others = env::var_os("PATH").unwrap();
    let all = std::iter::once(bin.to_path_buf()).chain(env::split_paths(&others));
    env::join_paths(all).unwrap().into_string().unwrap()
}
