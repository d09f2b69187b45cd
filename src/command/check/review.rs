//! What changed inside the proposed versions, computed from the bytes themselves and not from what an author committed.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::command::diff::sheet::sheet;
use crate::command::diff::{Comparing, One, Outcome, Pair, Recorded, Side, dataset};
use crate::command::env::Env;
use crate::command::preview::Seen;
use crate::disk::atomic;
use crate::disk::file;
use crate::error::{Error, Result};
use crate::flow::comment::LIMIT;
use crate::flow::diff::gate;
use crate::flow::diff::html::html;
use crate::flow::diff::words::Heading;
use crate::flow::manifest::json::Json;
use crate::flow::manifest::types::{Dataset, Entry, Manifest};
use crate::flow::state;
use crate::flow::version::Version;
use crate::git::Id;

/// Seconds of processor time for one dataset.
const SECONDS: u64 = 300;
/// More bytes than this are not fetched to be compared.
const FETCHED: u64 = 4 << 30;
/// What the comment has beside comparisons.
const HEAD: usize = 8_000;

/// One proposed version beside the one it was made from.
#[derive(Serialize, Deserialize)]
pub struct Review {
    /// The dataset.
    pub dataset: String,
    /// The version.
    pub version: Version,
    /// The one it was made from.
    pub base: Option<Version>,
    /// Markdown.
    pub page: String,
    /// Rules of the dataset that it does not keep.
    pub broken: Vec<String>,
    /// Whether the page that travels with the version says the same; none where there is none.
    pub agrees: Option<bool>,
}

/// Reviews every proposed version. What cannot be compared is said on its page, and is never "no change".
pub(super) fn all(
    env: &Env<'_>,
    (base, head): (&Manifest, &Manifest),
    commit: Id,
    added: &[(String, Entry)],
    pages: Option<&Path>,
) -> Result<Vec<Review>> {
    if added.is_empty() {
        return Ok(Vec::new());
    }
    let (budget, comparing) = ((LIMIT - HEAD) / added.len(), Comparing::bounded(env, SECONDS, FETCHED));
    let scope = Scope { comparing, base, head, commit, budget, pages };
    added.iter().map(|(name, entry)| one(env, &scope, name, entry)).collect()
}

/// What holds for all versions of a proposal.
struct Scope<'a> {
    comparing: Comparing,
    base: &'a Manifest,
    head: &'a Manifest,
    commit: Id,
    /// Bytes of the comment that each may take.
    budget: usize,
    /// Where pages of their own are written.
    pages: Option<&'a Path>,
}

fn one(env: &Env<'_>, scope: &Scope<'_>, name: &str, entry: &Entry) -> Result<Review> {
    let mut review = Review {
        dataset: name.to_owned(),
        version: entry.version,
        base: entry.base,
        page: String::new(),
        broken: Vec::new(),
        agrees: None,
    };
    let Some(known) = scope.head.datasets.get(name) else { return Ok(review) };
    let known = stricter(known, scope.base.datasets.get(name));
    let side = |entry: &Entry, merged: bool| {
        let effective = state::effective(entry, merged, false);
        Side::Version(Box::new(Recorded { dataset: known.clone(), entry: entry.clone(), effective }))
    };
    let old = entry.base.and_then(|base| known.entry(base)).map(|old| side(old, true));
    let pair = Pair { name: name.to_owned(), dataset: known.clone(), old, new: Some(side(entry, false)) };
    let seen = match dataset(env, &scope.comparing, &pair) {
        Ok(Some(one)) => one,
        Ok(None) => return Ok(review),
        Err(error) => One {
            name: name.to_owned(),
            old: entry.base.map(|base| base.to_string()),
            new: Some(entry.version.to_string()),
            digests: [None, Some(entry.sha256)],
            result: Outcome::Seen(Seen::Unavailable(error.line())),
        },
    };
    let wishes = scope.comparing.wishes(&known)?;
    for seen in seen.seen() {
        match seen {
            Seen::Tables(found) => review.broken.extend(gate::judge(&wishes.checks, found)),
            Seen::Unavailable(why) if !wishes.checks.is_empty() => {
                review.broken.push(format!("its checks cannot be judged: {why}"));
            }
            Seen::Lines(_) | Seen::Opaque | Seen::Unavailable(_) => {}
        }
    }
    review.page = sheet(&seen, scope.budget);
    review.agrees = agrees(env, scope.commit, entry, &seen)?;
    if let Some(folder) = scope.pages {
        offline(folder, name, entry, &seen)?;
    }
    Ok(review)
}

/// What either side of the proposal hides or demands counts: a proposal cannot lift it for its own review.
fn stricter(head: &Dataset, base: Option<&Dataset>) -> Dataset {
    let mut both = head.clone();
    let Some(base) = base else { return both };
    let union = |one: &Option<Json>, other: &Option<Json>| match (one, other) {
        (Some(Json::Array(one)), Some(Json::Array(other))) => {
            let more = other.iter().filter(|word| !one.contains(word));
            Some(Json::Array(one.iter().chain(more).cloned().collect()))
        }
        (one, other) => one.clone().or_else(|| other.clone()),
    };
    both.redact = union(&head.redact, &base.redact);
    both.checks = union(&head.checks, &base.checks);
    if base.preview.as_deref().is_some_and(|preview| preview != "rows") {
        both.preview.clone_from(&base.preview);
    }
    both
}

/// Whether the committed page says what was found.
fn agrees(env: &Env<'_>, commit: Id, entry: &Entry, one: &One) -> Result<Option<bool>> {
    let Some(path) = &entry.diff else { return Ok(None) };
    let Some(page) = env.repo.show_at(commit, path)? else { return Ok(None) };
    if !matches!(one.result, Outcome::Seen(Seen::Tables(_))) {
        return Ok(None);
    }
    let page = String::from_utf8_lossy(&page);
    Ok(Some(page.contains(crate::command::review_page::body(one).trim())))
}

/// A page of its own for each table, which needs no network.
fn offline(folder: &Path, name: &str, entry: &Entry, one: &One) -> Result<()> {
    let Outcome::Seen(Seen::Tables(found)) = &one.result else { return Ok(()) };
    let (old, new) = (one.old.as_deref().unwrap_or("nothing"), one.new.as_deref().unwrap_or("nothing"));
    let text = html(&Heading { name, old, new, command: None }, found);
    file::create_folder(folder)?;
    // A name of a dataset has slashes, and nothing else that a file could not have.
    let path = folder.join(format!("{}-{}.html", name.replace('/', "-"), entry.version));
    atomic::write(&path, text.as_bytes())
        .map_err(|error| Error { message: format!("the page of {name}: {}", error.message), ..error })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::diff::wishes::Wishes;

    fn dataset(members: &str) -> Dataset {
        let text = format!(r#"{{"format":1,"datasets":{{"a":{{"kind":"file",{members}"versions":[]}}}}}}"#);
        crate::flow::manifest::parse::parse(text.as_bytes()).unwrap().datasets.remove("a").unwrap()
    }

    #[test]
    fn a_proposal_lifts_nothing_for_its_own_review() {
        let base = dataset(r#""checks":["append-only"],"redact":["name"],"preview":"counts","#);
        let head = dataset(r#""checks":["dup-key"],"redact":["mail"],"preview":"rows","#);
        let both = Wishes::of(&stricter(&head, Some(&base)), false).unwrap();
        assert_eq!((both.checks.len(), both.redact, both.counts), (2, vec!["mail".into(), "name".into()], true));
        let none = Wishes::of(&stricter(&dataset(""), Some(&base)), false).unwrap();
        assert_eq!((none.checks.len(), none.redact.len(), none.counts), (1, 1, true));
        assert_eq!(Wishes::of(&stricter(&head, None), false).unwrap().redact, ["mail"]);
    }
}
