//! Where git looks for hooks, and the settings by which it calls our drivers.

use std::path::PathBuf;

use super::{Git, Repo};
use crate::error::Result;

/// Whose configuration a setting is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// This repository's.
    Repository,
    /// The user's, for all repositories.
    User,
}

impl Whose {
    fn option(self) -> &'static str {
        match self {
            Whose::Repository => "--local",
            Whose::User => "--global",
        }
    }
}

impl Repo {
    /// The folder of the hooks, wherever `core.hooksPath` or a linked work tree put it.
    pub fn hooks_dir(&self) -> Result<PathBuf> {
        let path = self.git.run("rev-parse").args(["--git-path", "hooks"]).text()?;
        Ok(self.git.dir().join(path))
    }

    /// `core.hooksPath` as it is written.
    pub fn hooks_path(&self) -> Result<Option<String>> {
        self.ask("config", &["--get", "core.hooksPath"])
    }
}

impl Git {
    /// The value of any setting there; the last one of several.
    pub fn value(&self, whose: Whose, key: &str) -> Result<Option<String>> {
        let ran = self.run("config").args([whose.option(), "--get", key]).output()?;
        Ok(ran.ok().then(|| ran.text()))
    }

    /// The same of one that is a path, in which `~` is a home.
    pub fn path_value(&self, whose: Whose, key: &str) -> Result<Option<String>> {
        let ran = self.run("config").args([whose.option(), "--type=path", "--get", key]).output()?;
        Ok(ran.ok().then(|| ran.text()))
    }

    /// Sets it, in place of every value that it has there.
    pub fn set_value(&self, whose: Whose, key: &str, value: &str) -> Result<()> {
        self.run("config").args([whose.option(), "--replace-all", "--", key, value]).ok().map(drop)
    }

    /// Takes it away; it has to be there.
    pub fn unset_value(&self, whose: Whose, key: &str) -> Result<()> {
        self.run("config").args([whose.option(), "--unset-all", key]).ok().map(drop)
    }
}
