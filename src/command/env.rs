//! What a command works with: the repository, the settings, the two buckets, the clock.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::disk::cache::Cache;
use crate::disk::{atomic, file, lock::Lock};
use crate::error::{Error, Result};
use crate::flow::manifest::types::Manifest;
use crate::flow::manifest::{parse, print, validate};
use crate::flow::settings::{Settings, bytes, duration};
use crate::flow::time;
use crate::git::{Git, Id, Repo, gitdata_file};
use crate::store::attempt::Probed;
use crate::store::open;
use crate::store::options::{Keys, S3Options};
use crate::store::transfer::Progress;
use crate::store::{Read, Write};

/// Tells the time and lets it pass; tests bring their own.
pub trait Clock: Send + Sync {
    /// Nanoseconds since 1970.
    fn nanos(&self) -> i128;
    /// Waits.
    fn sleep(&self, seconds: u64);
}

/// What the program finds around itself when it starts. Collected once, in `src/bin`.
pub struct Surroundings {
    /// The directory it was started in.
    pub cwd: PathBuf,
    /// The environment.
    pub variables: BTreeMap<String, String>,
    /// The clock.
    pub clock: Box<dyn Clock>,
    /// Shows how far long work is.
    pub progress: Box<dyn Progress>,
    /// This program's own file, beside which its sibling lies.
    pub program: PathBuf,
}

impl Surroundings {
    /// Seconds since 1970.
    #[must_use]
    pub fn now(&self) -> i64 {
        i64::try_from(self.clock.nanos() / 1_000_000_000).unwrap_or(i64::MAX)
    }

    /// A variable that is set and not empty.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|v| !v.is_empty())
    }
}

/// Variables by which git and ssh know whether and how to ask a person.
pub const ASKING: [&str; 3] = ["GIT_TERMINAL_PROMPT", "SSH_ASKPASS_REQUIRE", "SSH_ASKPASS"];

/// The file that holds every dataset and version.
pub const MANIFEST: &str = "manifest.json";
/// The shared settings.
pub const SHARED: &str = ".gitdata";

/// A person's program: production can only be read.
pub struct Env<'a> {
    /// What was found at the start.
    pub around: &'a Surroundings,
    /// The repository.
    pub repo: Repo,
    /// Its work tree.
    pub root: PathBuf,
    /// Journals, indexes, locks: shared by the worktrees.
    pub data: PathBuf,
    /// What is set.
    pub settings: Settings,
    /// Things to be said once, on stderr.
    pub notes: Vec<String>,
    staging: OnceCell<Box<dyn Probed>>,
    production: OnceCell<Box<dyn Read>>,
}

impl<'a> Env<'a> {
    /// Opens the repository around the current directory and reads the settings.
    pub fn open(around: &'a Surroundings) -> Result<Self> {
        Env::of(around, Repo::discover_as(&asking(around))?)
    }

    /// Reads the settings of a repository that was opened.
    pub fn of(around: &'a Surroundings, repo: Repo) -> Result<Self> {
        let root = repo.root()?.to_path_buf();
        let data = repo.data_dir();
        let mut notes = Vec::new();
        let variables = with_dotenv(&repo, &root, &around.variables, &mut notes)?;
        let shared = shared_pairs(&root)?;
        let own: Vec<(String, String)> = repo.config()?.into_iter().map(|s| (s.key, s.value)).collect();
        let settings = Settings::overlay(&shared, &own, &variables)?;
        for name in &settings.unknown {
            notes.push(format!("{name} is not a setting that this version knows"));
        }
        for name in &settings.refused {
            notes.push(format!("{name} in {SHARED} does not count: a repository does not choose whose key signs"));
        }
        Ok(Env { around, repo, root, data, settings, notes, staging: OnceCell::new(), production: OnceCell::new() })
    }

    /// The same with the shared settings of a commit: what a proposal says of buckets does not count before it is merged.
    pub fn with_settings_of(mut self, rev: &str) -> Result<Self> {
        let shared = match self.repo.show(rev, SHARED)? {
            Some(bytes) => gitdata_file(&String::from_utf8_lossy(&bytes))?,
            None => Vec::new(),
        };
        let own: Vec<(String, String)> = self.repo.config()?.into_iter().map(|s| (s.key, s.value)).collect();
        self.settings = Settings::overlay(&shared, &own, &self.around.variables)?;
        Ok(self)
    }

    /// Seconds since 1970.
    #[must_use]
    pub fn now(&self) -> i64 {
        self.around.now()
    }

    /// The time as the manifest writes it.
    #[must_use]
    pub fn stamp(&self) -> String {
        time::stamp(self.now())
    }

    /// A name nobody else takes: time, process and a count.
    #[must_use]
    pub fn fresh_id(&self) -> String {
        let seed = format!("{}-{}-{}", self.around.clock.nanos(), std::process::id(), self.root.display());
        crate::flow::hash::Digest::of(seed.as_bytes()).short16()
    }

    /// The manifest of the work tree, checked; an error names the file and the place.
    pub fn manifest(&self) -> Result<Manifest> {
        self.manifest_if_any()?.ok_or_else(|| {
            Error::user(format!("there is no {MANIFEST} in {}", self.root.display()))
                .hint("git data init --staging URL --production URL")
        })
    }

    /// The manifest of the work tree, or `None` where there is no file.
    pub fn manifest_if_any(&self) -> Result<Option<Manifest>> {
        match file::read(&self.root.join(MANIFEST))? {
            Some(bytes) => checked(&bytes, MANIFEST).map(Some),
            None => Ok(None),
        }
    }

    /// The manifest at a commit, or `None` where it has none.
    pub fn manifest_at(&self, rev: &str) -> Result<Option<Manifest>> {
        match self.repo.show(rev, MANIFEST)? {
            Some(bytes) => checked(&bytes, &format!("{rev}:{MANIFEST}")).map(Some),
            None => Ok(None),
        }
    }

    /// The manifest of the default branch as last fetched; empty where there is none.
    pub fn merged_manifest(&self) -> Result<Manifest> {
        match self.default_tip()? {
            Some(tip) => Ok(self.manifest_at(&tip)?.unwrap_or_default()),
            None => Ok(Manifest::default()),
        }
    }

    /// Whether the work tree's manifest surely is that of the default branch.
    pub fn is_merged(&self) -> Result<bool> {
        let Some(here) = self.repo.unchanged(MANIFEST)? else { return Ok(false) };
        let Some(tip) = self.default_tip()? else { return Ok(false) };
        Ok(self.repo.blob_at(&tip, MANIFEST)? == Some(here))
    }

    /// The commit of the default branch as last fetched.
    pub fn default_tip(&self) -> Result<Option<String>> {
        let remote = self.settings.remote();
        let Some(branch) = self.settings.get("data.branch") else {
            return Ok(self.repo.default_tip(remote)?.map(|id| id.to_string()));
        };
        for name in [format!("refs/remotes/{remote}/{branch}"), format!("refs/heads/{branch}")] {
            if let Some(id) = self.repo.reference(&name)? {
                return Ok(Some(id.to_string()));
            }
        }
        Ok(None)
    }

    /// The commit that the remote's default branch had when it was last fetched; `None` if it never was. What is there,
    /// others have.
    pub fn fetched_tip(&self) -> Result<Option<Id>> {
        let Some(branch) = self.default_branch()? else { return Ok(None) };
        self.repo.reference(&format!("refs/remotes/{}/{branch}", self.settings.remote()))
    }

    /// The name of the default branch.
    pub fn default_branch(&self) -> Result<Option<String>> {
        if let Some(branch) = self.settings.get("data.branch") {
            return Ok(Some(branch.to_owned()));
        }
        if let Some(branch) = self.repo.default_branch(self.settings.remote())? {
            return Ok(Some(branch));
        }
        // Without a remote that says so: the local branch that has one of the usual names.
        for branch in ["main", "master"] {
            let local = self.repo.reference(&format!("refs/heads/{branch}"))?.is_some();
            if local || self.repo.head_branch()?.as_deref() == Some(branch) {
                return Ok(Some(branch.to_owned()));
            }
        }
        Ok(None)
    }

    /// Takes the lock under which the manifest is changed.
    pub fn lock(&self, what: &str) -> Result<Lock> {
        Lock::take(&self.data, &format!("git data {what}"), &self.stamp(), Duration::from_secs(30))
    }

    /// Where scratch files of this repository lie: nobody sees there what a killed program left.
    #[must_use]
    pub fn tmp(&self) -> PathBuf {
        self.data.join("tmp")
    }

    /// Replaces a text file of the work tree, whole or not at all.
    pub fn write(&self, path: &str, text: &str) -> Result<()> {
        atomic::write_by(&self.tmp(), &self.root.join(path), text.as_bytes())
    }

    /// Replaces the manifest of the work tree, whole or not at all.
    pub fn write_manifest(&self, manifest: &Manifest) -> Result<()> {
        no_fault(manifest, MANIFEST)?;
        self.write(MANIFEST, &print::print(manifest))
    }

    /// The staging bucket.
    pub fn staging(&self) -> Result<&dyn Write> {
        if self.staging.get().is_none() {
            let address = self.settings.bucket("data.staging")?;
            let store = open::open_staging(&address, &self.access(false)?, &self.root)?;
            let _ = self.staging.set(store);
        }
        Ok(self.staging.get().expect("it was set above").as_ref())
    }

    /// The production bucket, to read: through its public URL if it has one.
    pub fn production(&self) -> Result<&dyn Read> {
        if self.production.get().is_none() {
            let address = self.settings.bucket("data.production")?;
            let store = match self.settings.get("data.publicurl") {
                Some(url) => open::open_public(&address, url, &self.access(true)?)?,
                None => open::open_production(&address, &self.access(true)?, &self.root)?,
            };
            let _ = self.production.set(store);
        }
        Ok(self.production.get().expect("it was set above").as_ref())
    }

    /// How to reach a bucket.
    pub fn access(&self, production: bool) -> Result<S3Options> {
        access(&self.settings, production)
    }

    /// The content cache that all clones share.
    pub fn cache(&self) -> Result<Cache> {
        Ok(Cache::new(cache_root(&self.settings, self.around)))
    }

    /// A path as the user gave it, from where the program was started.
    #[must_use]
    pub fn given(&self, path: &Path) -> PathBuf {
        self.around.cwd.join(path)
    }
}

/// The user's git, which asks a person for secrets only as the surroundings say.
fn asking(around: &Surroundings) -> Git {
    let said = ASKING.iter().filter_map(|name| Some((name, around.variable(name)?)));
    said.fold(Git::at(&around.cwd), |git, (name, value)| git.env(name, value))
}

/// How to reach a bucket, from the settings.
pub fn access(settings: &Settings, production: bool) -> Result<S3Options> {
    let own = if production { "data.productionprofile" } else { "data.stagingprofile" };
    let keys =
        if production { settings.production_keys.as_ref().or(settings.keys.as_ref()) } else { settings.keys.as_ref() };
    let text = |name: &str| settings.get(name).map(str::to_owned);
    let time = |name: &str| settings.get(name).map(duration).transpose().map(|time| time.map(Duration::from_secs));
    Ok(S3Options {
        endpoint: text("data.endpoint"),
        region: text("data.region"),
        profile: text(own).or_else(|| text("data.profile")),
        path_style: settings.flag("data.pathstyle")?,
        credentials: keys.map(|k| Keys::new(&k.id, &k.secret)),
        requester_pays: settings.flag("data.requesterpays")?.unwrap_or(false),
        kms_key: text("data.kmskey"),
        tries: settings.count("data.tries")?,
        memory: settings.get("data.memory").map(bytes).transpose()?,
        rate: settings.get("data.limitrate").map(bytes).transpose()?,
        idle: time("data.timeout")?,
        time: time("data.timelimit")?,
        ca_bundle: None,
    })
}

/// Parses and validates; a fault is an error that names where.
pub fn checked(bytes: &[u8], whence: &str) -> Result<Manifest> {
    let manifest = parse::parse(bytes).map_err(|error| renamed(way_out(error, bytes), whence))?;
    no_fault(&manifest, whence)?;
    Ok(manifest)
}

fn no_fault(manifest: &Manifest, whence: &str) -> Result<()> {
    match validate::error(&validate::validate(manifest)) {
        Some(error) => Err(renamed(error, whence)),
        None => Ok(()),
    }
}

/// A manifest in which git left both sides of a conflict.
fn way_out(mut error: Error, bytes: &[u8]) -> Error {
    if bytes.split(|b| *b == b'\n').any(|line| line.starts_with(b"<<<<<<< ")) {
        error.hints = vec!["git data merge".to_owned()];
    }
    error
}

fn renamed(mut error: Error, whence: &str) -> Error {
    if error.hints.is_empty() {
        error.hints.push(format!("git diff HEAD -- {MANIFEST}   shows what was changed since the last commit"));
    }
    let message = error.message.replacen(MANIFEST, whence, 1);
    Error { message, ..error }
}

/// The environment, completed from an untracked `.env`. What is in the environment wins.
pub(super) fn with_dotenv(
    repo: &Repo,
    root: &Path,
    variables: &BTreeMap<String, String>,
    notes: &mut Vec<String>,
) -> Result<BTreeMap<String, String>> {
    let mut all = variables.clone();
    let Some(bytes) = file::read(&root.join(".env"))? else { return Ok(all) };
    if repo.is_tracked(".env")? {
        notes.push(
            ".env is tracked by git and therefore not read: git rm --cached .env, then replace its keys".to_owned(),
        );
        return Ok(all);
    }
    for pair in dotenvy::from_read_iter(bytes.as_slice()) {
        // The library's own message would show the line, and with it a secret.
        let (name, value) = pair.map_err(|_| {
            Error::user(".env cannot be read: a line is not of the form NAME=value")
                .hint("cp .env.example .env shows the form")
        })?;
        if name.starts_with("R2_") || name.starts_with("GIT_DATA_") {
            all.entry(name).or_insert(value);
        }
    }
    Ok(all)
}

fn cache_root(settings: &Settings, around: &Surroundings) -> PathBuf {
    if let Some(path) = settings.get("data.cache") {
        return PathBuf::from(path);
    }
    let under = |name: &str, rest: &str| around.variable(name).map(|dir| Path::new(dir).join(rest));
    let home = match std::env::consts::OS {
        "windows" => under("LOCALAPPDATA", "git-data/cache"),
        "macos" => under("HOME", "Library/Caches/git-data"),
        _ => under("XDG_CACHE_HOME", "git-data").or_else(|| under("HOME", ".cache/git-data")),
    };
    home.unwrap_or_else(|| around.cwd.join(".git-data-cache"))
}

/// The pairs of `.gitdata`; none where there is no such file.
pub fn shared_pairs(root: &Path) -> Result<Vec<(String, String)>> {
    let Some(bytes) = file::read(&root.join(SHARED))? else { return Ok(Vec::new()) };
    let text = String::from_utf8(bytes).map_err(|e| Error::user(format!("{SHARED} is not UTF-8")).because(e))?;
    gitdata_file(&text)
}
