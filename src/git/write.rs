//! Makes commits for the publisher: no work tree, no index of the user, no hook is touched.

use super::{Git, Id, parse_id};
use crate::error::{Error, Kind, Result};

/// In whose name the publisher commits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// The name.
    pub name: String,
    /// The address.
    pub email: String,
}

/// One file of a commit.
#[derive(Clone, Copy, Debug)]
pub struct FileChange<'a> {
    /// From the root, with `/`.
    pub path: &'a str,
    /// Its new bytes; `None` removes it.
    pub bytes: Option<&'a [u8]>,
}

impl Git {
    /// A commit on `tip` in which one file has these bytes. Nothing points to it until it is pushed.
    pub fn commit_file_on(&self, tip: Id, path: &str, bytes: &[u8], message: &str, author: &Author) -> Result<Id> {
        self.commit_files_on(tip, &[FileChange { path, bytes: Some(bytes) }], message, author)
    }

    /// A commit on `tip` with these changes. Returns `tip` itself when they change nothing.
    pub fn commit_files_on(&self, tip: Id, files: &[FileChange<'_>], message: &str, author: &Author) -> Result<Id> {
        let scratch = tempfile::Builder::new().prefix("git-data-index-").tempdir();
        let scratch = scratch.map_err(|e| Error::user("no temporary directory can be made").because(e))?;
        let git = self.clone().env("GIT_INDEX_FILE", scratch.path().join("index"));
        let tip = tip.to_string();
        git.run("read-tree").arg(&tip).ok()?;
        let mut lines = Vec::new();
        for file in files {
            let null = "0".repeat(tip.len());
            let (mode, blob) = match file.bytes {
                Some(bytes) => (git.mode_of(file.path)?, git.hash_object(bytes)?.to_string()),
                None => ("0".to_owned(), null),
            };
            lines.extend_from_slice(format!("{mode} {blob}\t{}\0", checked(file.path)?).as_bytes());
        }
        let run = git.run("update-index").args(["-z", "--index-info"]).stdin(lines);
        let ran = run.output()?;
        // Git passes over a path that it finds dangerous, says so, and calls it success.
        if !ran.ok() || ran.words().contains("Ignoring path") {
            return Err(run.failed(Kind::User, &ran));
        }
        let tree = git.run("write-tree").text()?;
        if tree == self.run("rev-parse").args(["--verify", &format!("{tip}^{{tree}}")]).text()? {
            return parse_id(&tip);
        }
        let mut run = git.run("commit-tree").args([tree.as_str(), "-p", &tip, "-F", "-"]).stdin(message);
        for who in ["AUTHOR", "COMMITTER"] {
            run = run.env(format!("GIT_{who}_NAME"), &author.name).env(format!("GIT_{who}_EMAIL"), &author.email);
        }
        parse_id(&run.text()?)
    }

    fn hash_object(&self, bytes: &[u8]) -> Result<Id> {
        parse_id(&self.run("hash-object").args(["-w", "--stdin", "--no-filters"]).stdin(bytes).text()?)
    }

    /// The mode that a path has in the index of this `git`; an ordinary file if it is new.
    fn mode_of(&self, path: &str) -> Result<String> {
        let listed = self.run("ls-files").args(["--stage", "-z", "--", path]).text()?;
        let mode = listed.split(' ').next().filter(|mode| mode.starts_with("100"));
        Ok(mode.unwrap_or("100644").to_owned())
    }
}

/// Git refuses the worst itself; what could be read in two ways is refused here.
fn checked(path: &str) -> Result<&str> {
    let bad = path.contains('\0') || path.split('/').any(|part| matches!(part, "" | "." | ".."));
    if bad { Err(Error::bug(format!("{path:?} is no path in a repository"))) } else { Ok(path) }
}
