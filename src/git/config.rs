//! Settings: `data.*` and `publish.*` from git's configuration, and the `.gitdata` file that a repository shares.

use std::collections::BTreeMap;

use gix::config::Source;

use super::{Git, Repo, read};
use crate::error::{Error, Result};

/// Where a setting was made; a later one wins over an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// For the machine.
    System,
    /// For the user.
    Global,
    /// For this repository.
    Local,
    /// For this work tree.
    Worktree,
    /// For this one command: `git -c`, or the environment.
    Command,
}

/// One setting, as it was made. A key may occur several times, the winner last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// `data.name`, `data.Sub.name` or `publish.name`, in lower case except for the subsection.
    pub key: String,
    /// Its value; `true` for a key that stands alone.
    pub value: String,
    /// Where it was made.
    pub scope: Scope,
}

impl Git {
    /// Adds a value to a setting of this repository.
    pub fn add_setting(&self, key: &str, value: &str) -> Result<()> {
        self.run("config").args(["--local", "--add", "--", key, value]).ok().map(drop)
    }

    /// Gives a setting of this repository this one value.
    pub fn replace_setting(&self, key: &str, value: &str) -> Result<()> {
        self.run("config").args(["--local", "--replace-all", "--", key, value]).ok().map(drop)
    }

    /// Takes every value of a setting of this repository away; the setting has to be there.
    pub fn unset_setting(&self, key: &str) -> Result<()> {
        self.run("config").args(["--local", "--unset-all", key]).ok().map(drop)
    }
}

impl Repo {
    /// All settings in the sections `data` and `publish` of git's configuration, the winners last.
    pub fn config(&self) -> Result<Vec<Setting>> {
        // The library does not know how git hands down `git -c name=value`.
        if read::environment_names("GIT_CONFIG_PARAMETERS") {
            return self.config_by_git();
        }
        let snapshot = self.inner.config_snapshot();
        let mut out = Vec::new();
        let sections = ["data", "publish"].map(|name| snapshot.plumbing().sections_by_name(name));
        for section in sections.into_iter().flatten().flatten() {
            if section.meta().trust != gix::sec::Trust::Full {
                continue;
            }
            let scope = scope(section.meta().source);
            out.extend(pairs(&section).into_iter().map(|(key, value)| Setting { key, value, scope }));
        }
        out.sort_by_key(|setting| setting.scope);
        Ok(out)
    }

    fn config_by_git(&self) -> Result<Vec<Setting>> {
        let Some(list) = self.ask("config", &["--show-scope", "--null", "--get-regexp", "^(data|publish)\\."])? else {
            return Ok(Vec::new());
        };
        let mut parts = list.split('\0');
        let mut out = Vec::new();
        while let (Some(scope), Some(entry)) = (parts.next(), parts.next()) {
            let (key, value) = entry.split_once('\n').unwrap_or((entry, "true"));
            let scope = match scope {
                "system" => Scope::System,
                "global" => Scope::Global,
                "local" => Scope::Local,
                "worktree" => Scope::Worktree,
                _ => Scope::Command,
            };
            out.push(Setting { key: key.to_owned(), value: value.to_owned(), scope });
        }
        Ok(out)
    }

    /// The URL that a remote is fetched from, after `url.*.insteadOf`. It may hold credentials: show it only without.
    pub fn remote_url(&self, name: &str) -> Result<Option<String>> {
        match self.inner.try_find_remote(name) {
            Some(Ok(remote)) => Ok(remote.url(gix::remote::Direction::Fetch).map(|url| url.to_bstring().to_string())),
            Some(Err(e)) => Err(Error::user(format!("the remote {name} is not set up well")).because(e)),
            None => Ok(None),
        }
    }

    /// The URL of a remote as it is written, before `url.*.insteadOf`: what its host calls it.
    #[must_use]
    pub fn written_url(&self, name: &str) -> Option<String> {
        self.inner.config_snapshot().string(format!("remote.{name}.url").as_str()).map(|url| url.to_string())
    }
}

/// Reads the text of a `.gitdata` file: git's configuration syntax, without includes. Keys are as in [`Setting`], in order.
pub fn gitdata_file(text: &str) -> Result<Vec<(String, String)>> {
    let fault = || Error::user(".gitdata cannot be read").hint("git config --file .gitdata --list");
    let meta = gix::config::file::Metadata::from(Source::Api);
    let file =
        gix::config::File::from_bytes_no_includes(text.as_bytes(), meta, gix::config::file::init::Options::default())
            .map_err(|e| fault().because(e))?;
    let mut out = Vec::new();
    for section in file.sections() {
        let name = section.header().name().to_string().to_ascii_lowercase();
        if name == "include" || name == "includeif" {
            return Err(Error::user(".gitdata may not include other files")
                .because(format!("it has a section [{name}]"))
                .hint(format!("git config --file .gitdata --remove-section {name}")));
        }
        out.extend(pairs(&section));
    }
    Ok(out)
}

fn pairs(section: &gix::config::file::SectionRef<'_>) -> Vec<(String, String)> {
    let header = section.header();
    let mut prefix = header.name().to_string().to_ascii_lowercase();
    if let Some(sub) = header.subsection_name() {
        prefix.push('.');
        prefix.push_str(&sub.to_string());
    }
    let mut values: BTreeMap<String, std::vec::IntoIter<gix::bstr::BString>> = BTreeMap::new();
    let mut out = Vec::new();
    for name in section.value_names() {
        let name = name.to_ascii_lowercase();
        let next = values.entry(name.clone()).or_insert_with(|| section.values(&name).into_iter()).next();
        let value = next.map(|value| value.to_string()).unwrap_or_default();
        // A name that stands alone means yes, one with nothing after `=` means nothing.
        let alone = value.is_empty() && section.value_implicit(&name) == Some(None);
        out.push((format!("{prefix}.{name}"), if alone { "true".to_owned() } else { value }));
    }
    out
}

fn scope(source: Source) -> Scope {
    match source {
        Source::GitInstallation | Source::System => Scope::System,
        Source::Git | Source::User => Scope::Global,
        Source::Local => Scope::Local,
        Source::Worktree => Scope::Worktree,
        Source::Env | Source::Cli | Source::Api | Source::EnvOverride => Scope::Command,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shared_file_is_gits_own_syntax() {
        let text = "# ours\n[data]\n\tStaging = s3://b/p ; where\n\tlist = a\n\tlist = \"b # c\"\n\tflag\n\tnone =\n[data \"Sub.x\"]\n\tKey = 1\n[DATA]\n\tstaging = file:x\n";
        let pairs = gitdata_file(text).unwrap();
        let shown: Vec<String> = pairs.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let want = [
            "data.staging=s3://b/p",
            "data.list=a",
            "data.list=b # c",
            "data.flag=true",
            "data.none=",
            "data.Sub.x.key=1",
            "data.staging=file:x",
        ];
        assert_eq!(shown, want);
        assert!(gitdata_file("").unwrap().is_empty());
    }

    #[test]
    fn includes_and_broken_files_are_refused() {
        for text in
            ["[include]\n\tpath = /etc/passwd\n", "[includeIf \"gitdir:/\"]\n\tpath = x\n", "[INCLUDE]\n\tpath=x"]
        {
            assert!(gitdata_file(text).unwrap_err().message.contains("may not include"), "{text}");
        }
        assert_eq!(gitdata_file("[data\nx = 1").unwrap_err().message, ".gitdata cannot be read");
    }
}
