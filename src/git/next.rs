//! The next commit: what the index changes against `HEAD`, in whichever index git gave a hook.

use super::{Id, Repo, parse_id, unread_index};
use crate::error::Result;

/// A path that differs between `HEAD` and the index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Staged {
    /// From the root.
    pub path: String,
    /// As `HEAD` has it.
    pub old: Option<Id>,
    /// As the index has it.
    pub new: Option<Id>,
    /// Whether the index has a file there: no link, no submodule.
    pub regular: bool,
}

impl Repo {
    /// Everything that the next commit changes.
    pub fn next_commit(&self) -> Result<Vec<Staged>> {
        self.index_against_head(&[])
    }

    /// The same for some paths.
    pub fn index_against_head(&self, paths: &[&str]) -> Result<Vec<Staged>> {
        let head = match self.head_commit()? {
            Some(head) => head.to_string(),
            None => Id::empty_tree(self.object_hash()).to_string(),
        };
        let run =
            self.git.run("diff-index").args(["--cached", "--raw", "-z", "--no-abbrev", "--no-renames", &head, "--"]);
        let run = run.args(paths);
        let bytes = run.ok()?;
        let text = String::from_utf8_lossy(&bytes);
        let mut parts = text.split('\0');
        let mut all = Vec::new();
        while let (Some(words), Some(path)) = (parts.next().filter(|words| !words.is_empty()), parts.next()) {
            let words: Vec<&str> = words.trim_start_matches(':').split(' ').collect();
            let [old_mode, new_mode, old, new, _] = words.as_slice() else { return Err(unread_index()) };
            let id = |mode: &str, id: &str| (mode != "000000").then(|| parse_id(id)).transpose();
            let regular = new_mode.starts_with("100");
            all.push(Staged { path: path.to_owned(), old: id(old_mode, old)?, new: id(new_mode, new)?, regular });
        }
        Ok(all)
    }

    /// The blob that the first parent of `HEAD` has at a path; `None` where it has none, or where there is no parent.
    pub fn blob_at_parent(&self, path: &str) -> Result<Option<Id>> {
        match self.resolve("HEAD^1")? {
            Some(_) => self.blob_at("HEAD^1", path),
            None => Ok(None),
        }
    }

    /// How many bytes a blob has.
    pub fn blob_size(&self, id: Id) -> Result<u64> {
        match self.inner.find_header(id) {
            Ok(header) => Ok(header.size()),
            Err(_) => Ok(self.blob(id)?.len() as u64),
        }
    }

    /// What a line of a commit's message begins with that is a comment.
    pub fn comment_mark(&self) -> Result<String> {
        let set = self.ask("config", &["--get-regexp", "^core\\.comment(char|string)$"])?.unwrap_or_default();
        let value = set.lines().filter_map(|line| line.split_once(' ')).map(|(_, value)| value).next_back();
        Ok(value.filter(|value| !value.is_empty() && *value != "auto").unwrap_or("#").to_owned())
    }
}

impl super::Git {
    /// The blob that the file in the work tree would be; `None` where there is none.
    pub fn hash_of(&self, path: &str) -> Result<Option<Id>> {
        let ran = self.run("hash-object").args(["--", path]).output()?;
        if ran.ok() { parse_id(&ran.text()).map(Some) } else { Ok(None) }
    }
}
