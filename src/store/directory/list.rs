//! Listing in key order while walking the tree: one directory is held in memory at a time.

use std::fs;
use std::io;
use std::path::Path;

use super::super::Listed;
use super::{Directory, path, seconds};
use crate::error::Result;
use crate::flow::key::Key;

type Each<'a> = &'a mut dyn FnMut(Listed) -> Result<()>;

impl Directory {
    pub(super) fn walk(&self, prefix: &str, each: Each<'_>) -> Result<()> {
        // Everything below the prefix's last slash; the rest of the prefix filters names.
        let (dir, _) = prefix.rsplit_once('/').map_or(("", prefix), |(dir, rest)| (dir, rest));
        if dir.is_empty() && prefix.contains('/') || dir.split('/').any(|it| matches!(it, "." | "..")) {
            return Ok(());
        }
        if !dir.is_empty() && dir.split('/').any(str::is_empty) || path::side(dir.split('/').next().unwrap_or_default())
        {
            return Ok(());
        }
        let base = if dir.is_empty() { String::new() } else { format!("{dir}/") };
        self.visit(&self.root.join(dir), &base, prefix, each)
    }

    fn visit(&self, dir: &Path, base: &str, prefix: &str, each: Each<'_>) -> Result<()> {
        let failed = |e| self.failed("list", &dir.display(), e);
        let entries = match fs::read_dir(dir) {
            Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => return Ok(()),
            entries => entries.map_err(failed)?,
        };
        let mut found = Vec::new();
        for entry in entries {
            let entry = entry.map_err(failed)?;
            // A name that is not UTF-8 is not ours; a link is not followed.
            let Ok(name) = entry.file_name().into_string() else { continue };
            let kind = entry.file_type().map_err(failed)?;
            if kind.is_dir() && !(base.is_empty() && path::side(&name)) {
                found.push(format!("{base}{name}/"));
            } else if kind.is_file() {
                found.push(format!("{base}{name}"));
            }
        }
        // With the slash at its end a directory sorts where its objects do.
        found.sort_unstable();
        for key in found {
            let path = self.root.join(&key);
            if key.ends_with('/') {
                if key.starts_with(prefix) || prefix.starts_with(&key) {
                    self.visit(&path, &key, prefix, each)?;
                }
            } else if key.starts_with(prefix) {
                // Deleted meanwhile: not there any more.
                let key = Key::new(key);
                if let Some(meta) = self.look(&path, &key)? {
                    each(Listed { key, size: meta.len(), modified: seconds(&meta) })?;
                }
            }
        }
        Ok(())
    }
}
