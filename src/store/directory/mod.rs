//! A directory as a bucket: objects are plain files below the root, bookkeeping lies in `.store`.
//! No state in memory decides anything, so several machines may share the directory.
#![expect(clippy::disallowed_methods, reason = "this store is made of files")]

mod attempt;
mod body;
mod claim;
mod list;
mod path;
mod upload;

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tempfile::NamedTempFile;

use super::{Attested, Body, CopySource, Head, Listed, Outcome, Part, Pin, Read, Upload, When, Write};
use crate::disk::stat::Stat;
use crate::disk::{effect, scratch};
use crate::error::{Error, Result};
use crate::flow::address::Address;
use crate::flow::key::Key;

/// A bucket in a directory.
#[derive(Debug)]
pub struct Directory {
    address: Address,
    root: PathBuf,
    /// Without links the claims do their work; tests switch them off.
    links: bool,
    /// Parts that this value wrote itself: they need no second reading at the end.
    written: Mutex<HashSet<String>>,
}

impl Directory {
    /// The bucket at `path`. Nothing is looked at yet; a directory that is not there is an error of each use.
    #[must_use]
    pub fn open(address: Address, path: PathBuf) -> Self {
        let root = std::path::absolute(&path).unwrap_or(path);
        Directory { address, root, links: true, written: Mutex::default() }
    }

    /// Like [`Directory::open`], and makes the directory if it is not there.
    pub fn create(address: Address, path: PathBuf) -> Result<Self> {
        let it = Directory::open(address, path);
        effect::create_dir_all(&it.root).map_err(|e| it.failed("make", &it.root.display(), e))?;
        Ok(it)
    }

    /// Behaves as if its file system had no hard links.
    #[must_use]
    pub fn without_links(mut self) -> Self {
        self.links = false;
        self
    }

    fn failed(&self, doing: &str, what: &dyn std::fmt::Display, source: io::Error) -> Error {
        let error = Error::store(format!("cannot {doing} {what} in the bucket {}", self.address));
        if source.kind() == io::ErrorKind::StorageFull {
            return error.because(source).hint(format!("df -h {}", self.root.display()));
        }
        error.because(source)
    }

    /// A missing directory is not an empty bucket.
    fn there(&self) -> Result<()> {
        if self.root.is_dir() {
            return Ok(());
        }
        Err(Error::store(format!("the bucket {} does not exist", self.address))
            .hint(format!("mkdir -p {}", shell(&self.root))))
    }

    /// What lies at the path, if it is an object.
    fn look(&self, path: &Path, key: &Key) -> Result<Option<fs::Metadata>> {
        match fs::symlink_metadata(path) {
            Ok(meta) if meta.is_file() => Ok(Some(meta)),
            Ok(_) => Ok(None),
            Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                self.there().map(|()| None)
            }
            Err(e) => Err(self.failed("look at", key, e)),
        }
    }

    /// A temporary file on the bucket's file system, never listed.
    fn temp(&self) -> Result<NamedTempFile> {
        self.there()?;
        scratch::file(&self.side("tmp"), "put")
            .map_err(|e| Error::store(format!("cannot write in the bucket {}", self.address)).because(e))
    }

    fn synced(&self, key: &Key, path: &Path) -> Result<()> {
        let done = match path.parent() {
            Some(dir) => effect::sync_folder(dir),
            None => Ok(()),
        };
        done.map_err(|e| self.failed("write", key, e))
    }
}

/// Told apart by what changes when another file takes the place; a rename keeps it.
fn etag(meta: &fs::Metadata) -> String {
    let stat = Stat::from(meta);
    let id = if cfg!(unix) { stat.ino } else { stat.ctime_ns as u64 };
    format!("{:x}-{:x}-{id:x}", stat.size, stat.mtime_ns)
}

fn pin(meta: &fs::Metadata) -> Pin {
    Pin { etag: Some(etag(meta)), version: None }
}

fn seconds(meta: &fs::Metadata) -> i64 {
    Stat::from(meta).mtime_ns.div_euclid(1_000_000_000)
}

/// A path as a shell takes it.
fn shell(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}

impl Read for Directory {
    fn address(&self) -> &Address {
        &self.address
    }

    fn head(&self, key: &Key) -> Result<Option<Head>> {
        let meta = self.look(&self.path(key)?, key)?;
        Ok(meta.map(|meta| Head {
            size: meta.len(),
            pin: pin(&meta),
            attested: Attested::Nothing,
            modified: seconds(&meta),
        }))
    }

    fn open(
        &self,
        key: &Key,
        range: Option<(u64, u64)>,
        pinned: Option<&Pin>,
    ) -> Result<Option<Box<dyn io::Read + Send>>> {
        let path = self.path(key)?;
        if self.look(&path, key)?.is_none() {
            return Ok(None);
        }
        let mut file = match File::open(&path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file.map_err(|e| self.failed("read", key, e))?,
        };
        let meta = file.metadata().map_err(|e| self.failed("read", key, e))?;
        if pinned.is_some_and(|pinned| *pinned != pin(&meta) && *pinned != Pin::default()) {
            return Err(Error::conflict(format!("{key} in {} was replaced since it was looked at", self.address)));
        }
        let Some((offset, length)) = range else { return Ok(Some(Box::new(file))) };
        file.seek(io::SeekFrom::Start(offset)).map_err(|e| self.failed("read", key, e))?;
        Ok(Some(Box::new(file.take(length))))
    }

    fn list(&self, prefix: &str, each: &mut dyn FnMut(Listed) -> Result<()>) -> Result<()> {
        self.there()?;
        self.walk(prefix, each)
    }

    fn link(&self, key: &Key, _seconds: u64) -> Result<String> {
        self.path(key).map(|path| path::url(&path))
    }
}

impl Write for Directory {
    fn put(&self, key: &Key, body: Body<'_>, when: When<'_>) -> Result<Outcome> {
        let path = self.path(key)?;
        let mut temp = self.temp()?;
        body::write(&body, temp.as_file_mut(), &|e| self.failed("write", key, e))?;
        effect::sync(temp.as_file()).map_err(|e| self.failed("write", key, e))?;
        self.settle(key, temp.path(), &path, when)
    }

    fn begin(&self, key: &Key) -> Result<Upload> {
        self.begin_upload(key)
    }

    fn part(&self, upload: &Upload, number: u32, body: Body<'_>) -> Result<Part> {
        let failed = |e| self.failed("write a part of", &upload.key, e);
        self.write_part(upload, number, body.size, &mut |file| {
            body::write(&body, file, &failed).map(|()| (body.size, body.sha256))
        })
    }

    fn copy_part(&self, upload: &Upload, number: u32, source: &CopySource<'_>) -> Result<Part> {
        let size = match source.range {
            Some((_, length)) => length,
            None => body::source_head(source)?.size,
        };
        self.write_part(upload, number, size, &mut |file| body::pour(source, size, file))
    }

    fn parts(&self, upload: &Upload) -> Result<Vec<Part>> {
        Ok(self.records(upload)?.into_iter().map(|record| record.part).collect())
    }

    fn complete(&self, upload: &Upload, parts: &[Part], size: u64, when: When<'_>) -> Result<Outcome> {
        self.complete_upload(upload, parts, size, when)
    }

    fn abort(&self, upload: &Upload) -> Result<()> {
        self.abort_upload(upload)
    }

    fn uploads(&self, prefix: &str) -> Result<Vec<Upload>> {
        self.unfinished(prefix)
    }

    fn copy(&self, key: &Key, source: &CopySource<'_>, when: When<'_>) -> Result<Outcome> {
        let path = self.path(key)?;
        let temp = body::copy(source, self.temp()?)?;
        effect::sync(temp.as_file()).map_err(|e| self.failed("write", key, e))?;
        self.settle(key, temp.path(), &path, when)
    }

    fn delete(&self, key: &Key) -> Result<()> {
        let path = self.path(key)?;
        if self.look(&path, key)?.is_none() {
            return Ok(());
        }
        match effect::remove_file(&path) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(self.failed("delete", key, e)),
            _ => self.synced(key, &path),
        }
    }
}
