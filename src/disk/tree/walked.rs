//! What a walk found, directory by directory, told path by path.

use std::cmp::Ordering;

use crate::disk::stat::Stat;
use crate::error::Result;

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
    pub(super) folders: Vec<Option<Folder>>,
    pub(super) hidden: bool,
}

/// One directory. Names stand in one text: there may be a million of them.
#[derive(Default)]
pub(super) struct Folder {
    pub(super) names: String,
    pub(super) entries: Vec<Entry>,
    /// Something in it was left out.
    pub(super) hidden: bool,
}

pub(super) struct Entry {
    pub(super) start: u32,
    pub(super) length: u32,
    pub(super) there: There,
}

pub(super) enum There {
    File { stat: Stat, executable: bool },
    Link(Box<str>),
    Folder(usize),
}

impl Folder {
    pub(super) fn name(&self, entry: &Entry) -> &str {
        &self.names[entry.start as usize..][..entry.length as usize]
    }
}

/// By the bytes of whole paths: what is in a directory has its name and a slash.
pub(super) fn order((one, one_folder): (&str, bool), (two, two_folder): (&str, bool)) -> Ordering {
    let shared = one.len().min(two.len());
    let slash = |folder: bool| folder.then_some(b'/');
    let next = |name: &str, folder: bool| name.as_bytes().get(shared).copied().or_else(|| slash(folder));
    one.as_bytes()[..shared]
        .cmp(&two.as_bytes()[..shared])
        .then_with(|| next(one, one_folder).cmp(&next(two, two_folder)))
}

impl Walked {
    /// Whether something lies there that a `.gitignore` leaves out.
    #[must_use]
    pub fn hides(&self) -> bool {
        self.hidden
    }

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
