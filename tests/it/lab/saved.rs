//! A laboratory as it was: to be compared with, or kept beside it and brought back as often as a test begins again.

#[cfg(unix)]
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    time::SystemTime,
};

use super::{Lab, Production, Staging};
#[cfg(all(unix, feature = "s3"))]
use crate::s3::Snapshot;

/// Everything a laboratory holds, at one moment.
#[cfg(unix)]
pub struct Saved {
    files: BTreeMap<PathBuf, Kept>,
    #[cfg(feature = "s3")]
    held: Option<Snapshot>,
}

/// What lies at a path.
#[cfg(unix)]
#[derive(PartialEq, Eq)]
enum Kept {
    Folder,
    Link(PathBuf),
    File { mode: u32, modified: SystemTime, bytes: Vec<u8> },
}

impl Lab {
    /// Everything that a dry run must not change: the tree, the refs, both buckets, a person's own records.
    pub fn everything(&self, person: &str) -> String {
        let git = |command: &str| self.run(person, command).ok().stdout;
        let mut all = git("git status --porcelain --ignored --untracked-files=all");
        all += &git("git for-each-ref");
        all += &git("git diff HEAD");
        all += &self.run("origin.git", "git for-each-ref").ok().stdout;
        for which in [Staging, Production] {
            all += &format!("{which:?}: {:?}, {} uploads\n", self.keys(which), self.uploads(which));
        }
        all
    }

    /// Keeps everything as it is now: clones, origin, homes, both buckets.
    #[cfg(unix)]
    pub fn save(&self) -> Saved {
        let root = self.path("");
        let mut files = BTreeMap::new();
        walk(&root, &mut |path, meta| {
            let kept = if meta.is_dir() {
                Kept::Folder
            } else if meta.is_symlink() {
                Kept::Link(fs::read_link(path).unwrap())
            } else {
                Kept::File { mode: meta.mode(), modified: meta.modified().unwrap(), bytes: fs::read(path).unwrap() }
            };
            files.insert(path.to_owned(), kept);
        });
        Saved {
            files,
            #[cfg(feature = "s3")]
            held: self.server().map(crate::s3::Server::snapshot),
        }
    }

    /// Makes everything what it was then, with modes and times; what did not change is left alone.
    #[cfg(unix)]
    pub fn restore(&self, saved: &Saved) {
        let mut there = BTreeSet::new();
        let mut away = Vec::new();
        walk(&self.path(""), &mut |path, meta| {
            let same = match saved.files.get(path) {
                Some(Kept::Folder) => meta.is_dir(),
                Some(Kept::Link(to)) => meta.is_symlink() && fs::read_link(path).unwrap() == *to,
                Some(Kept::File { mode, modified, bytes }) => {
                    let size = bytes.len() as u64;
                    meta.is_file()
                        && meta.len() == size
                        && meta.mode() == *mode
                        && meta.modified().unwrap() == *modified
                }
                None => false,
            };
            if same {
                there.insert(path.to_owned());
            } else {
                away.push((path.to_owned(), meta.is_dir()));
            }
        });
        for (path, folder) in away.iter().rev() {
            if *folder { fs::remove_dir(path) } else { fs::remove_file(path) }.unwrap();
        }
        for (path, kept) in saved.files.iter().filter(|(path, _)| !there.contains(*path)) {
            match kept {
                Kept::Folder => fs::create_dir(path).unwrap(),
                Kept::Link(to) => std::os::unix::fs::symlink(to, path).unwrap(),
                Kept::File { mode, modified, bytes } => {
                    fs::write(path, bytes).unwrap();
                    fs::File::options().write(true).open(path).unwrap().set_modified(*modified).unwrap();
                    fs::set_permissions(path, fs::Permissions::from_mode(*mode)).unwrap();
                }
            }
        }
        #[cfg(feature = "s3")]
        if let (Some(server), Some(held)) = (self.server(), &saved.held) {
            server.restore(held);
            server.forget();
        }
    }
}

/// Calls `each` for all that lies below `folder`, a folder before what it holds.
#[cfg(unix)]
fn walk(folder: &Path, each: &mut dyn FnMut(&Path, &fs::Metadata)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let meta = path.symlink_metadata().unwrap();
        each(&path, &meta);
        if meta.is_dir() {
            walk(&path, each);
        }
    }
}
