//! What git thinks of a path in the work tree: tracked, or ignored.

use std::path::Path;

use gix::bstr::ByteSlice;

use super::{Id, Repo};
use crate::error::{Error, Result};

impl Repo {
    /// Whether the index holds this path (from the root, with `/`).
    pub fn is_tracked(&self, path: &str) -> Result<bool> {
        let index = self.inner.index_or_empty().map_err(|e| Error::user("git's index cannot be read").because(e))?;
        Ok(index.entry_by_path(path.as_bytes().as_bstr()).is_some())
    }

    /// The blob that the work tree's file at this path surely is: by git's index, without reading the file. `None` when
    /// that cannot be said so.
    pub fn unchanged(&self, path: &str) -> Result<Option<Id>> {
        use gix::index::entry::{Mode, Stat};
        let fault = || Error::user("git's index cannot be read");
        let index = self.inner.index_or_empty().map_err(|e| fault().because(e))?;
        let Some(entry) = index.entry_by_path(path.as_bytes().as_bstr()).filter(|e| e.mode == Mode::FILE) else {
            return Ok(None);
        };
        let now = gix::index::fs::Metadata::from_path_no_follow(&self.root()?.join(path)).ok();
        let Some(now) = now.and_then(|meta| Stat::from_fs(&meta).ok()) else { return Ok(None) };
        let mut options = self.inner.stat_options().map_err(|e| fault().because(e))?;
        // Git writes a file and its index within one second; where no such times were kept, nothing matches.
        options.use_nsec = true;
        // Written within one tick of the index: it may have changed since without a trace.
        let racy = entry.stat.is_racy(index.timestamp(), options);
        Ok((!racy && entry.stat.matches(&now, options)).then_some(entry.id))
    }

    /// A side of a conflict that git left in the index: 1 the common ancestor, 2 ours, 3 theirs.
    pub fn staged(&self, stage: u8, path: &str) -> Result<Option<Vec<u8>>> {
        use gix::index::entry::Stage;
        let index = self.inner.index_or_empty().map_err(|e| Error::user("git's index cannot be read").because(e))?;
        let stage = match stage {
            1 => Stage::Base,
            2 => Stage::Ours,
            3 => Stage::Theirs,
            _ => Stage::Unconflicted,
        };
        let id = index.entry_by_path_and_stage(path.as_bytes().as_bstr(), stage).map(|entry| entry.id);
        id.map(|id| self.blob(id)).transpose()
    }

    /// Whether git passes over this path: it matches a `.gitignore` and is not tracked.
    pub fn is_ignored(&self, path: &str) -> Result<bool> {
        let fault = || Error::user(format!("git's ignore rules for {path} cannot be read"));
        if self.is_tracked(path)? {
            return Ok(false);
        }
        let index = self.inner.index_or_empty().map_err(|e| fault().because(e))?;
        let source = gix::worktree::stack::state::ignore::Source::WorktreeThenIdMappingIfNotSkipped;
        let mut rules = self.inner.excludes(&index, None, source).map_err(|e| fault().because(e))?;
        let place =
            rules.at_path(Path::new(path), Some(gix::index::entry::Mode::FILE)).map_err(|e| fault().because(e))?;
        Ok(place.is_excluded())
    }
}
