//! What the `.gitignore` files inside a tree leave out of it.

use std::path::Path;
use std::sync::Arc;

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::disk::failed;
use crate::error::{Error, Result};

/// The name of such a file.
pub(super) const NAME: &str = ".gitignore";

/// The rules of one directory, and of those above it up to the tree's own.
pub(super) struct Rules {
    own: Gitignore,
    above: Option<Arc<Rules>>,
}

impl Rules {
    /// Reads the file of `folder`.
    pub(super) fn read(folder: &Path, above: Option<Arc<Rules>>) -> Result<Self> {
        let file = folder.join(NAME);
        let bytes = std::fs::read(&file).map_err(|e| failed("read", &file, e))?;
        let mut builder = GitignoreBuilder::new(folder);
        for line in String::from_utf8_lossy(&bytes).trim_start_matches('\u{feff}').lines() {
            // Like git, which knows no wrong pattern: one that cannot be read matches nothing.
            let _ = builder.add_line(None, line);
        }
        let own = builder.build().map_err(|e| Error::user(format!("cannot use {}", file.display())).because(e))?;
        Ok(Rules { own, above })
    }

    /// Whether a path is left out. The nearest file that speaks of it decides.
    pub(super) fn leave_out(&self, path: &Path, is_folder: bool) -> bool {
        match self.own.matched(path, is_folder) {
            Match::Ignore(_) => true,
            Match::Whitelist(_) => false,
            Match::None => self.above.as_ref().is_some_and(|above| above.leave_out(path, is_folder)),
        }
    }
}
