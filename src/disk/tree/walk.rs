//! Walks a directory: every path in the order of its bytes, with what the system says of it. No file is read.

use std::cmp::Ordering;
use std::collections::VecDeque;
use std::ffi::OsStr;
use std::fs::{self, DirEntry, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::rules::{self, Rules};
use crate::disk::failed;
use crate::disk::hash::changed;
use crate::disk::stat::{Stat, regular};
use crate::error::{Error, Result};

/// What lies at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lies {
    /// A file.
    File {
        /// Its marks.
        stat: Stat,
        /// Whether its owner may run it.
        executable: bool,
    },
    /// A link, and where it leads in words.
    Link(Box<str>),
    /// A directory of which nothing belongs to the tree.
    Empty,
}

/// All that lies in a directory, as it was read.
pub struct Walked {
    folders: Vec<Option<Folder>>,
}

/// One directory. Names stand in one text: there may be a million of them.
#[derive(Default)]
struct Folder {
    names: String,
    entries: Vec<Entry>,
}

struct Entry {
    start: u32,
    length: u32,
    there: There,
}

enum There {
    File { stat: Stat, executable: bool },
    Link(Box<str>),
    Folder(usize),
}

impl Folder {
    fn name(&self, entry: &Entry) -> &str {
        &self.names[entry.start as usize..][..entry.length as usize]
    }
}

/// Scratch of ours that lies beside its target, because that is on another file system.
#[must_use]
pub fn is_scratch(name: &str) -> bool {
    name.starts_with(".git-data.") && name.ends_with(".tmp")
}

/// Reads a directory and all below it. One that cannot be read is an error, never a shorter tree.
pub fn walk(root: &Path) -> Result<Walked> {
    let meta = fs::symlink_metadata(root).map_err(|e| failed("look at", root, e))?;
    if !meta.is_dir() {
        return Err(Error::user(format!("{} is no directory", root.display()))
            .hint("move it away: the directory of a dataset belongs there, and no link is followed"));
    }
    let first = Work { at: 0, path: root.to_owned(), rules: None };
    let line = Mutex::new(Line { waiting: VecDeque::from([first]), busy: 0, folders: vec![None], failure: None });
    let come = Condvar::new();
    let threads = std::thread::available_parallelism().map_or(2, usize::from).min(8);
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(|| work(&line, &come));
        }
        work(&line, &come);
    });
    let line = line.into_inner().unwrap_or_else(PoisonError::into_inner);
    match line.failure {
        Some(failure) => Err(failure),
        None => Ok(Walked { folders: line.folders }),
    }
}

/// A directory that is to be read, and its place among the folders.
struct Work {
    at: usize,
    path: PathBuf,
    rules: Option<Arc<Rules>>,
}

struct Line {
    waiting: VecDeque<Work>,
    busy: usize,
    folders: Vec<Option<Folder>>,
    failure: Option<Error>,
}

fn locked(line: &Mutex<Line>) -> MutexGuard<'_, Line> {
    line.lock().unwrap_or_else(PoisonError::into_inner)
}

fn work(line: &Mutex<Line>, come: &Condvar) {
    let mut guard = locked(line);
    loop {
        let Some(work) = guard.waiting.pop_back() else {
            if guard.busy == 0 {
                come.notify_all();
                return;
            }
            guard = come.wait(guard).unwrap_or_else(PoisonError::into_inner);
            continue;
        };
        guard.busy += 1;
        drop(guard);
        let read = read(&work);
        guard = locked(line);
        guard.busy -= 1;
        match read {
            Ok((mut folder, below, rules)) => {
                let first = guard.folders.len();
                for (entry, at) in
                    folder.entries.iter_mut().filter(|e| matches!(e.there, There::Folder(_))).zip(first..)
                {
                    entry.there = There::Folder(at);
                }
                for (path, at) in below.into_iter().zip(first..) {
                    guard.folders.push(None);
                    guard.waiting.push_back(Work { at, path, rules: rules.clone() });
                }
                guard.folders[work.at] = Some(folder);
            }
            Err(failure) => {
                guard.waiting.clear();
                guard.failure.get_or_insert(failure);
            }
        }
        come.notify_all();
    }
}

type Read = (Folder, Vec<PathBuf>, Option<Arc<Rules>>);

/// Reads one directory; the paths of those in it come in the order of its entries.
fn read(work: &Work) -> Result<Read> {
    let path = &work.path;
    let list = |e| failed("list", path, e);
    let all: Vec<DirEntry> = fs::read_dir(path).and_then(Iterator::collect).map_err(list)?;
    let is_rules =
        |entry: &DirEntry| entry.file_name() == rules::NAME && entry.file_type().is_ok_and(|it| it.is_file());
    let rules = match all.iter().any(is_rules) {
        true => Some(Arc::new(Rules::read(path, work.rules.clone())?)),
        false => work.rules.clone(),
    };
    let (mut folder, mut below) = (Folder::default(), Vec::new());
    for entry in all {
        let name = entry.file_name();
        let kind = entry.file_type().map_err(|e| failed("look at", &entry.path(), e))?;
        let left_out = |rules: &Arc<Rules>| rules.leave_out(&entry.path(), kind.is_dir());
        if name == ".git" || rules.as_ref().is_some_and(left_out) || name.to_str().is_some_and(is_scratch) {
            continue;
        }
        let name = utf8(&name, &entry.path())?;
        let there = if kind.is_dir() {
            There::Folder(0)
        } else if kind.is_symlink() {
            There::Link(target(&entry.path())?)
        } else {
            file(&entry)?
        };
        let (start, length) = (folder.names.len(), name.len());
        let large = || Error::user(format!("the directory {} has too many names", path.display()));
        let (start, length) = (u32::try_from(start).map_err(|_| large())?, u32::try_from(length).map_err(|_| large())?);
        folder.names.push_str(name);
        folder.entries.push(Entry { start, length, there });
    }
    let mut entries = std::mem::take(&mut folder.entries);
    let is_folder = |entry: &Entry| matches!(entry.there, There::Folder(_));
    entries.sort_unstable_by(|a, b| order((folder.name(a), is_folder(a)), (folder.name(b), is_folder(b))));
    below.extend(entries.iter().filter(|entry| is_folder(entry)).map(|entry| path.join(folder.name(entry))));
    folder.entries = entries;
    folder.names.shrink_to_fit();
    Ok((folder, below, rules))
}

fn utf8<'n>(name: &'n OsStr, path: &Path) -> Result<&'n str> {
    name.to_str().ok_or_else(|| {
        Error::user(format!("the name of {} is not UTF-8: no version can hold it", path.display()))
            .hint("give it another name, or leave it out by a line in a .gitignore beside it")
    })
}

fn target(path: &Path) -> Result<Box<str>> {
    let target = fs::read_link(path).map_err(|e| failed("read", path, e))?;
    Ok(utf8(target.as_os_str(), path)?.into())
}

fn file(entry: &DirEntry) -> Result<There> {
    let path = || entry.path();
    let meta = entry.metadata().map_err(|e| match e.kind() {
        io::ErrorKind::NotFound => changed(&path()),
        _ => failed("look at", &path(), e),
    })?;
    if !meta.is_file() {
        return regular(&path(), &meta)
            .map(|()| There::Folder(0))
            .map_err(|error| error.hint("remove it, or leave it out by a line in a .gitignore beside it"));
    }
    Ok(There::File { stat: Stat::from(&meta), executable: executable(&meta) })
}

/// Whether the owner of a file may run it.
#[must_use]
pub fn executable(meta: &Metadata) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        meta.permissions().mode() & 0o100 != 0
    }
    #[cfg(not(unix))]
    {
        let _ = meta;
        false
    }
}

/// By the bytes of whole paths: what is in a directory has its name and a slash.
fn order((one, one_folder): (&str, bool), (two, two_folder): (&str, bool)) -> Ordering {
    let shared = one.len().min(two.len());
    let slash = |folder: bool| folder.then_some(b'/');
    let next = |name: &str, folder: bool| name.as_bytes().get(shared).copied().or_else(|| slash(folder));
    one.as_bytes()[..shared]
        .cmp(&two.as_bytes()[..shared])
        .then_with(|| next(one, one_folder).cmp(&next(two, two_folder)))
}

impl Walked {
    /// Calls `each` for every path, in the order of their bytes, and gives the memory back on the way.
    pub fn each(mut self, mut each: impl FnMut(&str, Lies) -> Result<()>) -> Result<()> {
        let mut path = String::new();
        self.below(0, &mut path, &mut each)
    }

    fn below(&mut self, at: usize, path: &mut String, each: &mut impl FnMut(&str, Lies) -> Result<()>) -> Result<()> {
        let folder = self.folders[at].take().expect("every folder that was found was read");
        if folder.entries.is_empty() && !path.is_empty() {
            return each(path.trim_end_matches('/'), Lies::Empty);
        }
        let length = path.len();
        for entry in &folder.entries {
            path.push_str(folder.name(entry));
            match &entry.there {
                There::File { stat, executable } => each(path, Lies::File { stat: *stat, executable: *executable })?,
                There::Link(target) => each(path, Lies::Link(target.clone()))?,
                There::Folder(at) => {
                    path.push('/');
                    self.below(*at, path, each)?;
                }
            }
            path.truncate(length);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(root: &Path) -> Result<Vec<String>> {
        let mut all = Vec::new();
        walk(root)?.each(|path, lies| {
            all.push(match lies {
                Lies::File { stat, executable } => format!("{path} {}{}", stat.size, if executable { "x" } else { "" }),
                Lies::Link(target) => format!("{path} -> {target}"),
                Lies::Empty => format!("{path}/"),
            });
            Ok(())
        })?;
        Ok(all)
    }

    fn grow(files: &[(&str, &str)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (path, content) in files {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        dir
    }

    #[test]
    fn every_path_comes_in_the_order_of_its_bytes() {
        let dir = grow(&[("a/b", "1"), ("a-b", "22"), ("a.c/x/y", ""), ("ab", ""), ("B", "")]);
        fs::create_dir_all(dir.path().join("z/empty")).unwrap();
        fs::create_dir(dir.path().join("a0")).unwrap();
        assert_eq!(told(dir.path()).unwrap(), ["B 0", "a-b 2", "a.c/x/y 0", "a/b 1", "a0/", "ab 0", "z/empty/"]);
        assert_eq!(told(tempfile::tempdir().unwrap().path()).unwrap(), [""; 0]);
        assert!(told(&dir.path().join("B")).unwrap_err().message.ends_with("is no directory"));
    }

    #[test]
    fn git_and_what_is_ignored_inside_are_left_out() {
        let dir = grow(&[
            (".gitignore", "*.log\n/top\nbuild/\n!keep.log\n[bad\n"),
            ("a.log", ""),
            ("keep.log", ""),
            ("top", ""),
            ("sub/top", ""),
            ("sub/.gitignore", "!b.log\nx"),
            ("sub/b.log", ""),
            ("sub/x/y", ""),
            ("build/out", ""),
            (".git/config", ""),
            ("module/.git", "gitdir: elsewhere"),
            ("only/c.log", ""),
            (".git-data.q.tmp", ""),
        ]);
        let kept = [".gitignore 33", "keep.log 0", "module/", "only/", "sub/.gitignore 8", "sub/b.log 0", "sub/top 0"];
        assert_eq!(told(dir.path()).unwrap(), kept);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_told_and_never_followed() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let dir = grow(&[("d/run", "#!")]);
        fs::set_permissions(dir.path().join("d/run"), fs::Permissions::from_mode(0o700)).unwrap();
        symlink("d", dir.path().join("e")).unwrap();
        symlink("/nowhere", dir.path().join("f")).unwrap();
        symlink(".", dir.path().join("loop")).unwrap();
        assert_eq!(told(dir.path()).unwrap(), ["d/run 2x", "e -> d", "f -> /nowhere", "loop -> ."]);
        assert!(told(&dir.path().join("e")).is_err(), "a tree that is a link");
    }

    #[cfg(unix)]
    #[test]
    fn what_no_version_can_hold_is_named() {
        use std::os::unix::ffi::OsStrExt as _;
        let dir = grow(&[("a/b", "")]);
        let socket = dir.path().join("a/socket");
        let _listening = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        let error = told(dir.path()).unwrap_err();
        assert_eq!(error.message, format!("{} is a socket, not a file", socket.display()));
        fs::write(dir.path().join("a/.gitignore"), "socket\n").unwrap();
        assert_eq!(told(dir.path()).unwrap().len(), 2);
        let odd = dir.path().join(OsStr::from_bytes(b"\xff"));
        if fs::write(&odd, "").is_ok() {
            assert!(told(dir.path()).unwrap_err().message.contains("is not UTF-8"));
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_directory_that_cannot_be_read_is_an_error() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = grow(&[("a/b", ""), ("c/d", "")]);
        let closed = dir.path().join("c");
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
        // Who may read everything is not kept out by modes.
        if fs::read_dir(&closed).is_err() {
            assert!(told(dir.path()).unwrap_err().message.starts_with("cannot list "));
        }
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(told(dir.path()).unwrap().len(), 2);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn paths_are_sorted_whatever_their_names(paths in proptest::collection::btree_set("[ab.0/ -]{1,8}", 0..20)) {
            let dir = tempfile::tempdir().unwrap();
            for path in &paths {
                let parts: Vec<&str> = path.split('/').filter(|part| !matches!(*part, "" | "." | "..")).collect();
                let path = dir.path().join(parts.join("/"));
                let _ = fs::create_dir_all(path.parent().unwrap()).and_then(|()| fs::write(path, ""));
            }
            let mut found = Vec::new();
            walk(dir.path()).unwrap().each(|path, _| { found.push(path.to_owned()); Ok(()) }).unwrap();
            let mut sorted = found.clone();
            sorted.sort_unstable();
            prop_assert_eq!(found, sorted);
        }
    }
}
