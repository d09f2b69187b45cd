//! Opens the repository as git would, and reads what a revision holds.

use std::path::{Path, PathBuf};

use gix::bstr::ByteSlice;

use super::{Git, Id, parse_id};
use crate::error::{Error, Kind, Result};
use crate::process::Run;

/// A repository, open for reading.
pub struct Repo {
    pub(super) inner: gix::Repository,
    pub(super) git: Git,
    /// Names are in a storage that the library cannot read: `git` is asked.
    pub(super) ask_git_for_refs: bool,
    root: Option<PathBuf>,
    common_dir: PathBuf,
}

impl Repo {
    /// Opens the repository that `dir` lies in, or that `GIT_DIR` names.
    pub fn discover(dir: impl AsRef<Path>) -> Result<Self> {
        Repo::discover_as(&Git::at(dir.as_ref()))
    }

    /// Like [`Repo::discover`], with the directory and the variables of `git`.
    pub fn discover_as(git: &Git) -> Result<Self> {
        let dir = git.dir().to_owned();
        let inner = match gix::ThreadSafeRepository::discover_with_environment_overrides(&dir) {
            Ok(found) => found.to_thread_local(),
            Err(e) => return Err(not_opened(git, e)),
        };
        let inner = if inner.git_dir_trust() == gix::sec::Trust::Full { inner } else { trusted(git, inner)? };
        let mut repo = Repo {
            ask_git_for_refs: uses_other_ref_storage(&inner),
            root: work_tree(&dir, &inner)?,
            common_dir: absolute(&dir, inner.common_dir())?,
            git: git.clone(),
            inner,
        };
        repo.inner.object_cache_size_if_unset(8 << 20);
        if environment_names("GIT_DIR") {
            // What was relative to the caller's directory would mean something else at the root.
            repo.git = repo.git.env("GIT_DIR", absolute(&dir, repo.inner.git_dir())?);
            if let Some(root) = &repo.root {
                repo.git = repo.git.env("GIT_WORK_TREE", root);
            }
        }
        let at = repo.root.clone().unwrap_or_else(|| repo.common_dir.clone());
        repo.git = repo.git.in_dir(at);
        Ok(repo)
    }

    /// The root of the work tree.
    pub fn root(&self) -> Result<&Path> {
        self.root.as_deref().ok_or_else(|| {
            Error::user(format!("{} is a bare repository", self.common_dir.display()))
                .hint("run this in a clone that has its files checked out: git clone <url>")
        })
    }

    /// Where our own state lies, shared by all work trees. It may not exist yet.
    #[must_use]
    pub fn data_dir(&self) -> PathBuf {
        self.common_dir.join("data")
    }

    /// The repository's own directory, shared by all work trees.
    #[must_use]
    pub fn common_dir(&self) -> &Path {
        &self.common_dir
    }

    /// What belongs to this work tree alone: its index and `HEAD`.
    pub fn worktree_git_dir(&self) -> Result<PathBuf> {
        absolute(self.git.dir(), self.inner.git_dir())
    }

    /// The user's `git`, at the root of this repository.
    #[must_use]
    pub fn git(&self) -> &Git {
        &self.git
    }

    /// SHA-1 or SHA-256.
    #[must_use]
    pub fn object_hash(&self) -> gix::hash::Kind {
        self.inner.object_hash()
    }

    /// Whether history was cut off: what is not there then proves nothing.
    pub fn is_shallow(&self) -> Result<bool> {
        self.inner.is_shallow().map_err(|e| Error::user("git's list of shallow commits cannot be read").because(e))
    }

    /// The bytes of the file at `rev:path`; `None` if there is no file there. Fails on a revision that does not exist.
    pub fn show(&self, rev: &str, path: &str) -> Result<Option<Vec<u8>>> {
        let commit = self.resolve(rev)?.ok_or_else(|| unknown(rev))?;
        self.show_at(commit, path)
    }

    /// Like [`Repo::show`], for a commit.
    pub fn show_at(&self, commit: Id, path: &str) -> Result<Option<Vec<u8>>> {
        let tree = self.tree_of(commit)?;
        match self.blob_in(tree, path)? {
            Some(blob) => self.blob(blob).map(Some),
            None => Ok(None),
        }
    }

    /// The blob at `rev:path`; `None` if there is no file there. Fails on a revision that does not exist.
    pub fn blob_at(&self, rev: &str, path: &str) -> Result<Option<Id>> {
        let commit = self.resolve(rev)?.ok_or_else(|| unknown(rev))?;
        self.blob_in(self.tree_of(commit)?, path)
    }

    /// The bytes of a blob.
    pub fn blob(&self, id: Id) -> Result<Vec<u8>> {
        self.object(id, "blob")
    }

    /// The blob at a path in a tree; `None` for a directory, a submodule, or nothing.
    pub(super) fn blob_in(&self, tree: Id, path: &str) -> Result<Option<Id>> {
        let mut at = tree;
        let mut parts = path.split('/').filter(|part| !part.is_empty()).peekable();
        while let Some(part) = parts.next() {
            let bytes = self.object(at, "tree")?;
            let mut entries = gix::objs::TreeRefIter::from_bytes(&bytes, self.object_hash());
            let entry = loop {
                match entries.next() {
                    Some(Ok(entry)) if entry.filename == part.as_bytes().as_bstr() => break entry,
                    Some(Ok(_)) => {}
                    Some(Err(e)) => return Err(unreadable("tree", at).because(e)),
                    None => return Ok(None),
                }
            };
            at = entry.oid.to_owned();
            match (parts.peek().is_some(), entry.mode.is_tree(), entry.mode.is_blob_or_symlink()) {
                (true, true, _) => {}
                (false, _, true) => return Ok(Some(at)),
                _ => return Ok(None),
            }
        }
        Ok(None)
    }

    pub(super) fn tree_of(&self, commit: Id) -> Result<Id> {
        let bytes = self.object(commit, "commit")?;
        gix::objs::CommitRefIter::from_bytes(&bytes, self.object_hash())
            .tree_id()
            .map_err(|e| unreadable("commit", commit).because(e))
    }

    /// An object's bytes. One that a partial clone left out is fetched by `git`, which keeps it.
    pub(super) fn object(&self, id: Id, kind: &str) -> Result<Vec<u8>> {
        match self.inner.try_find_object(id) {
            Ok(Some(object)) if object.kind.to_string() == kind => Ok(object.detach().data),
            Ok(Some(object)) => Err(Error::user(format!("{id} is a {}, not a {kind}", object.kind))),
            Ok(None) => self.git.run("cat-file").args([kind, &id.to_string()]).ok().map_err(|e| {
                let hint = "git fetch";
                Error::user(format!("the {kind} {id} is not in this clone")).because(e).hint(hint)
            }),
            Err(e) => Err(unreadable(kind, id).because(e)),
        }
    }

    pub(super) fn ask(&self, command: &str, args: &[&str]) -> Result<Option<String>> {
        let run = self.git.run(command).args(args);
        answer(&run)
    }

    /// The commit that a revision names; `None` if there is none.
    pub fn resolve(&self, rev: &str) -> Result<Option<Id>> {
        if rev.is_empty() || rev.starts_with('-') {
            return Ok(None);
        }
        if !self.ask_git_for_refs {
            let peeled = format!("{rev}^{{commit}}");
            if let Ok(id) = self.inner.rev_parse_single(peeled.as_str()) {
                return Ok(Some(id.detach()));
            }
        }
        // Git knows more ways to spell a revision, and fetches what a partial clone lacks.
        let peeled = format!("{rev}^{{commit}}");
        self.ask("rev-parse", &["--verify", "--quiet", "--end-of-options", &peeled])?
            .map(|id| parse_id(&id))
            .transpose()
    }
}

/// The stdout of a run that says "no" with 1 (or 128, when it was told to be quiet).
fn answer(run: &Run) -> Result<Option<String>> {
    let ran = run.output()?;
    match ran.code {
        0 => Ok(Some(ran.text())),
        1 => Ok(None),
        128 if ran.stderr.is_empty() || ran.words().contains("Needed a single revision") => Ok(None),
        _ => Err(run.failed(Kind::User, &ran)),
    }
}

pub(super) fn unknown(rev: &str) -> Error {
    Error::user(format!("there is no revision {rev}")).hint("git branch --all")
}

pub(super) fn unreadable(kind: &str, id: Id) -> Error {
    Error::user(format!("the {kind} {id} cannot be read")).hint("git fsck")
}

/// Whether a variable is set that the library obeys by itself and that changes what its answers mean.
#[expect(clippy::disallowed_methods, reason = "only whether git's own variable is there; its value is git's business")]
pub(super) fn environment_names(variable: &str) -> bool {
    std::env::var_os(variable).is_some()
}

/// Absolute and without links, `..` and the prefix that Windows gives such paths.
fn absolute(dir: &Path, path: &Path) -> Result<PathBuf> {
    let whole =
        std::path::absolute(dir).and_then(|dir| gix::path::realpath(dir.join(path)).map_err(std::io::Error::other));
    whole.map_err(|e| Error::user(format!("{} cannot be found", path.display())).because(e))
}

/// The root of the work tree. With `GIT_DIR` alone, git takes the current directory for it.
fn work_tree(dir: &Path, inner: &gix::Repository) -> Result<Option<PathBuf>> {
    let config = inner.config_snapshot();
    let alone = environment_names("GIT_DIR")
        && !environment_names("GIT_WORK_TREE")
        && config.string("core.worktree").is_none()
        && config.boolean("core.bare") != Some(true);
    if alone {
        return absolute(dir, Path::new(".")).map(Some);
    }
    inner.workdir().map(|root| absolute(dir, root)).transpose()
}

/// Whether names are stored as a reftable, which the library opens but cannot read.
fn uses_other_ref_storage(inner: &gix::Repository) -> bool {
    let format = inner.config_snapshot().string("extensions.refStorage");
    format.is_some_and(|format| !format.eq_ignore_ascii_case(b"files"))
}

/// A repository of another owner is read only if git itself would read it.
fn trusted(git: &Git, inner: gix::Repository) -> Result<gix::Repository> {
    let ran = git.run("rev-parse").arg("--git-dir").output()?;
    if !ran.ok() {
        return Err(refused(&inner.git_dir().display().to_string(), &ran.words()));
    }
    let options = gix::open::Options::default().with(gix::sec::Trust::Full).open_path_as_is(true);
    let again = options.open(inner.git_dir().to_owned());
    let mut again = again.map_err(|e| Error::user("the repository cannot be opened").because(e))?.to_thread_local();
    if let Some(root) = inner.workdir() {
        let root = root.to_owned();
        again.set_workdir(root).map_err(|e| Error::user("the work tree cannot be opened").because(e))?;
    }
    Ok(again)
}

/// Git's own words for a repository that the library could not open.
fn not_opened(git: &Git, cause: gix::Error) -> Error {
    match git.run("rev-parse").arg("--git-dir").output() {
        Ok(ran) if ran.words().contains("dubious ownership") => refused(&git.dir().display().to_string(), &ran.words()),
        Ok(ran) if ran.words().contains("not a git repository") => {
            Error::user(format!("{} is not in a git repository", git.dir().display())).hint("git init")
        }
        Ok(ran) if !ran.ok() => Error::user("git cannot open this repository").because(ran.words().trim().to_owned()),
        _ => Error::user("this repository cannot be opened").because(cause).hint("git fsck"),
    }
}

/// Git names in its advice the directory to trust; that line is the hint.
fn refused(dir: &str, words: &str) -> Error {
    let advice = words.lines().map(str::trim).find(|line| line.starts_with("git config --global --add safe.directory"));
    let hint = advice.map_or_else(|| format!("git config --global --add safe.directory '{dir}'"), str::to_owned);
    let first = words.lines().next().unwrap_or_default().to_owned();
    Error::user(format!("{dir} belongs to another user, and git does not trust it")).because(first).hint(hint)
}
