//! The catalog: all that a manifest offers, as files that are read without git data and without a network.
//!
//! It follows from the manifest, the default branch and the settings alone: the same ones make the same bytes on every
//! machine. Neither the clock nor a receipt that only one machine has seen counts.

mod citation;
mod html;
mod markdown;
mod ready;
mod sums;
#[cfg(test)]
mod tests;
mod web;

use self::web::Pages;
use super::compare::encode;
use super::hash::Digest;
use super::key;
use super::manifest::types::{Dataset, Entry, Kind, Manifest, State};
use super::proposal::quoted;
use super::publication;
use super::version::Version;

/// What each file says near its beginning. A file that does not is somebody else's.
const MARK: &str = "written by git data catalog";
/// So many bytes hold it.
const BEGINNING: usize = 400;

/// What a catalog is made of.
pub struct Source<'a> {
    /// The datasets.
    pub manifest: &'a Manifest,
    /// Whether an entry that is spelled pending is on the default branch.
    pub merged: &'a dyn Fn(&str, &Entry) -> bool,
    /// `data.publicUrl`.
    pub public: Option<&'a str>,
    /// The URL of the remote; credentials in it go nowhere.
    pub remote: Option<&'a str>,
    /// What the repository is called where its remote has no name.
    pub called: &'a str,
    /// `data.author`.
    pub author: Option<&'a str>,
    /// Where the catalog lies, from the root with `/`; empty at the root itself.
    pub folder: &'a str,
}

/// The catalog of a repository.
#[derive(Clone, Debug)]
pub struct Catalog {
    /// The repository's name.
    pub title: String,
    /// Its page on the web.
    pub home: Option<String>,
    /// Where production can be read without credentials.
    pub public: Option<String>,
    /// Who is cited; empty where nobody is named.
    pub authors: Vec<String>,
    /// By name.
    pub datasets: Vec<Listed>,
    /// Versions that are not on the default branch, and so not here.
    pub left_out: usize,
}

/// A dataset.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// A directory, not a file.
    pub tree: bool,
    /// Where it lives in the work tree.
    pub path: String,
    /// For people.
    pub description: Option<String>,
    /// Its new name.
    pub renamed: Option<String>,
    /// Newest first.
    pub versions: Vec<Offered>,
}

/// A version.
#[derive(Clone, Debug)]
pub struct Offered {
    /// Its number.
    pub version: Version,
    /// `published`, `merged`, `retired`, …
    pub state: String,
    /// Its digest.
    pub sha256: Digest,
    /// Bytes.
    pub size: Option<u64>,
    /// Of a directory: how many files.
    pub files: Option<u64>,
    /// The day it was published, else the day it was prepared.
    pub day: String,
    /// The day it was published.
    pub published: Option<String>,
    /// Why.
    pub message: String,
    /// Where it came from, in words.
    pub origin: Vec<String>,
    /// The commit that brought it to the default branch, and its page on the web.
    pub commit: Option<(String, Option<String>)>,
    /// The page of what changed.
    pub diff: Option<String>,
    /// The proof of its publication.
    pub receipt: Option<String>,
    /// Where its bytes lie in production; none for a directory, whose bytes lie in many places, and where they are gone.
    pub key: Option<String>,
    /// How to get it.
    pub access: Access,
}

/// How a version is got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// By anybody, from here.
    Link {
        /// The link.
        url: String,
        /// The name that the file has then.
        file: String,
    },
    /// By whoever may read the bucket, with this command.
    Pull(String),
    /// Not any more.
    Gone,
}

/// One file of the catalog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// Its name.
    pub name: &'static str,
    /// All of it.
    pub text: String,
}

/// Whether a catalog may write over a file that begins so.
#[must_use]
pub fn is_ours(bytes: &[u8]) -> bool {
    let beginning = String::from_utf8_lossy(&bytes[..bytes.len().min(BEGINNING)]).into_owned();
    beginning.contains(MARK)
}

/// Whether links may begin with this: it holds nothing that means something to a shell or a page, and ends nowhere.
#[must_use]
pub fn is_public(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).unwrap_or_default();
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~:/%".contains(&b);
    !rest.is_empty() && !rest.starts_with('/') && rest.bytes().all(plain)
}

impl Catalog {
    /// Reads what a manifest offers.
    #[must_use]
    pub fn of(source: &Source<'_>) -> Self {
        let pages = Pages::of(source.remote, source.folder);
        let public = source.public.filter(|url| is_public(url)).map(|url| url.trim_end_matches('/').to_owned());
        let mut left_out = 0;
        let mut datasets = Vec::new();
        for (name, dataset) in &source.manifest.datasets {
            let shelf = Shelf { name, dataset, public: public.as_deref(), pages: &pages };
            let mut versions = Vec::new();
            for entry in &dataset.versions {
                match &entry.state {
                    State::Pending if (source.merged)(name, entry) => versions.push(shelf.offered(entry, "merged")),
                    State::Pending => left_out += 1,
                    State::Withdrawn => {}
                    state => versions.push(shelf.offered(entry, state.word())),
                }
            }
            if !versions.is_empty() {
                datasets.push(Listed {
                    name: name.clone(),
                    tree: dataset.kind == Kind::Tree,
                    path: dataset.location(name).to_owned(),
                    description: dataset.description.clone(),
                    renamed: dataset.renamed.clone(),
                    versions,
                });
            }
        }
        let authors = source.author.unwrap_or_default().split(';').map(str::trim).filter(|name| !name.is_empty());
        Catalog {
            title: source.remote.and_then(web::name).unwrap_or(source.called).to_owned(),
            home: pages.home(),
            public,
            authors: authors.map(str::to_owned).collect(),
            datasets,
            left_out,
        }
    }

    /// Its files.
    #[must_use]
    pub fn sheets(&self) -> Vec<Sheet> {
        vec![
            Sheet { name: "CITATION.cff", text: citation::citation(self) },
            Sheet { name: "README.md", text: markdown::markdown(self) },
            Sheet { name: "SHA256SUMS", text: sums::sums(self) },
            Sheet { name: "index.html", text: html::html(self) },
        ]
    }

    /// How many versions it shows.
    #[must_use]
    pub fn versions(&self) -> usize {
        self.datasets.iter().map(|dataset| dataset.versions.len()).sum()
    }
}

impl Listed {
    /// The highest version that can be had.
    fn latest(&self) -> Option<&Offered> {
        self.versions.iter().filter(|one| one.access != Access::Gone).max_by_key(|one| one.version)
    }

    /// What is said of it before its versions.
    fn about(&self) -> Vec<String> {
        let mut words: Vec<String> = self.description.iter().filter(|about| !about.is_empty()).cloned().collect();
        if let Some(new) = &self.renamed {
            words.push(format!("Its name is now {new}."));
        } else if self.tree {
            words.push(format!("A directory, at {}/ in a clone.", self.path.trim_end_matches('/')));
        } else if self.path != self.name {
            words.push(format!("At {} in a clone.", self.path));
        }
        words
    }
}

/// What every version of a dataset is made with.
struct Shelf<'a> {
    name: &'a str,
    dataset: &'a Dataset,
    public: Option<&'a str>,
    pages: &'a Pages,
}

impl Shelf<'_> {
    fn offered(&self, entry: &Entry, state: &str) -> Offered {
        let day = |stamp: &String| stamp.chars().take(10).collect::<String>();
        let published = entry.published.as_ref().map(day);
        let commit = entry.commit.clone().map(|id| {
            let page = self.pages.commit(&id);
            (id, page)
        });
        let link = |key: &key::Key| self.public.map(|base| format!("{base}/{}", encode(key.as_str(), true)));
        // The receipt of an older tool's version is written by a later run, which the manifest does not tell of.
        let receipt = (state == "published" && entry.key.is_none())
            .then(|| key::receipt(self.name, entry.version, &entry.sha256))
            .as_ref()
            .and_then(&link);
        let key = publication::target(self.name, self.dataset, entry).ok();
        let live = key.is_some() && matches!(state, "published" | "merged");
        let key = key.filter(|_| live && self.dataset.kind == Kind::File);
        Offered {
            version: entry.version,
            state: state.to_owned(),
            sha256: entry.sha256,
            size: entry.size,
            files: entry.files,
            day: published.clone().unwrap_or_else(|| day(&entry.created)),
            published,
            message: entry.message.clone(),
            origin: origin(entry),
            diff: entry.diff.as_deref().map(|path| self.pages.file(entry.commit.as_deref(), path)),
            commit,
            receipt,
            access: match key.as_ref().and_then(&link) {
                _ if !live => Access::Gone,
                Some(url) => Access::Link { url, file: file(self.name, entry) },
                None => Access::Pull(format!("git data pull {} --version {}", quoted(self.name), entry.version)),
            },
            key: key.map(|key| key.to_string()),
        }
    }
}

/// The last part of the key, which is the same for every version that did not come from an older tool.
fn file(name: &str, entry: &Entry) -> String {
    let owner = entry.rollback.unwrap_or(entry.version);
    let ext = Some(key::extension(name)).filter(|ext| encode(ext, false) == **ext).unwrap_or_default();
    format!("{owner}-{}{ext}", entry.sha256)
}

fn origin(entry: &Entry) -> Vec<String> {
    let mut words = Vec::new();
    if let Some(owner) = entry.rollback {
        words.push(format!("brings back {owner}"));
    }
    if let Some(base) = entry.base {
        words.push(format!("made from {base}"));
    }
    if let Some(from) = &entry.from {
        words.push(format!("was {from}"));
    }
    if let Some(url) = entry.source.as_ref().and_then(|source| source.get("url")).and_then(|url| url.as_str()) {
        words.push(format!("imported from {}", super::text::without_credentials(url)));
    }
    words
}
