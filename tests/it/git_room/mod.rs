//! The git room against the real `git`, in temporary repositories.

mod act;
mod publish;
mod read;
mod shapes;

use std::fs;
use std::path::{Path, PathBuf};

use git_data::git::{Git, Id, Init, Repo};
use tempfile::TempDir;

/// A directory in which `git` knows nobody's settings.
pub struct Lab {
    dir: TempDir,
}

impl Lab {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("home")).unwrap();
        Lab { dir }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        gix::path::realpath(self.dir.path()).unwrap().join(name)
    }

    pub fn git(&self, name: &str) -> Git {
        let mut git = Git::at(self.path(name))
            .env("HOME", self.path("home"))
            .env("XDG_CONFIG_HOME", self.path("home"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", self.path("home").join("gitconfig"))
            .env("GIT_TERMINAL_PROMPT", "0");
        for who in ["AUTHOR", "COMMITTER"] {
            git = git
                .env(format!("GIT_{who}_NAME"), "Ada")
                .env(format!("GIT_{who}_EMAIL"), "ada@example.org")
                .env(format!("GIT_{who}_DATE"), "1700000000 +0000");
        }
        git
    }

    /// A repository on `main` without commits.
    pub fn empty(&self, name: &str, how: Init) -> Git {
        fs::create_dir_all(self.path(name)).unwrap();
        let git = self.git(name);
        git.init(&Init { branch: Some("main".into()), ..how }).unwrap();
        git
    }

    /// A repository with one commit: `manifest.json` holding `{}`.
    pub fn repo(&self, name: &str) -> Git {
        let git = self.empty(name, Init::default());
        write(&git, "manifest.json", "{}\n");
        git.commit("first", &["manifest.json"]).unwrap();
        git
    }

    /// A bare `hub` with one commit, and two clones of it.
    pub fn hub(&self) -> (Git, Git, Git) {
        let seed = self.repo("seed");
        let at = |name: &str| self.path(name);
        seed.clone_into(at("seed").to_str().unwrap(), &at("hub"), &["--bare"]).unwrap();
        let [a, b] = ["a", "b"].map(|name| seed.clone_into(&url(&at("hub")), &at(name), &[]).unwrap());
        (self.git("hub"), a, b)
    }
}

pub fn url(path: &Path) -> String {
    let path = path.to_str().unwrap().replace('\\', "/");
    format!("file://{}{path}", if path.starts_with('/') { "" } else { "/" })
}

pub fn write(git: &Git, path: &str, text: &str) {
    let path = git.dir().join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

pub fn commit(git: &Git, path: &str, text: &str) -> Id {
    write(git, path, text);
    git.commit(&format!("{path}: {}", text.trim()), &[path]).unwrap()
}

pub fn open(git: &Git) -> Repo {
    Repo::discover_as(git).unwrap()
}

pub fn text(git: &Git, command: &str, args: &[&str]) -> String {
    git.run(command).args(args).text().unwrap()
}

/// A hook that says something and refuses.
#[cfg(unix)]
pub fn hook(git: &Git, name: &str, script: &str) {
    use std::os::unix::fs::PermissionsExt;
    let dir = PathBuf::from(text(git, "rev-parse", &["--absolute-git-dir"])).join("hooks");
    fs::create_dir_all(&dir).unwrap();
    fs::write(dir.join(name), format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(dir.join(name), fs::Permissions::from_mode(0o755)).unwrap();
}
