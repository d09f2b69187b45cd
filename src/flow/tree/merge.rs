//! Two listings that were made from one: every path that only one of them changed is as that one has it.

use std::collections::BTreeSet;

use super::listing::{Item, Listing, What};
use super::pairs::pairs;

/// A path that both changed, each in another way.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Conflict {
    /// Where.
    pub path: String,
    /// What became of it here.
    pub ours: &'static str,
    /// What became of it there.
    pub theirs: &'static str,
}

/// Merges; which of the two is ours makes no difference to what comes out. All conflicts are told, or there are none.
pub fn merge(base: &Listing, ours: &Listing, theirs: &Listing) -> Result<Listing, Vec<Conflict>> {
    let (mut items, mut conflicts) = (Vec::new(), BTreeSet::new());
    for pair in pairs(ours.items().iter(), theirs.items().iter()) {
        let ((Some(any), _) | (None, Some(any))) = pair else { continue };
        let (was, our, their) =
            (base.get(&any.path).map(|i| &i.what), pair.0.map(|i| &i.what), pair.1.map(|i| &i.what));
        match one(was, our, their) {
            Some(what) => items.extend(what.map(|what| Item { path: any.path.clone(), what })),
            None => {
                conflicts.insert(Conflict {
                    path: any.path.to_string(),
                    ours: became(was, our),
                    theirs: became(was, their),
                });
            }
        }
    }
    collide(&items, ours, theirs, &mut conflicts);
    if !conflicts.is_empty() {
        return Err(conflicts.into_iter().collect());
    }
    // A directory is listed only while it is empty.
    let full: BTreeSet<String> = items.iter().flat_map(above).map(str::to_owned).collect();
    items.retain(|item| item.what != What::Dir || !full.contains(&*item.path));
    let refused = |error: crate::error::Error| {
        vec![Conflict { path: error.message, ours: "cannot be together", theirs: "cannot be together" }]
    };
    Listing::of(items).map_err(refused)
}

/// What a path becomes; `None` is a conflict.
#[expect(clippy::option_option, reason = "nothing at a path is an answer, too")]
fn one(was: Option<&What>, our: Option<&What>, their: Option<&What>) -> Option<Option<What>> {
    if our == their || their == was {
        return Some(our.cloned());
    }
    if our == was {
        return Some(their.cloned());
    }
    let (Some(What::File { .. }), Some(What::File { .. }), Some(What::File { .. })) = (was, our, their) else {
        return None;
    };
    // One changed the content, the other the mode.
    let (was, our, their) = (parts(was?)?, parts(our?)?, parts(their?)?);
    let (sha256, size) = three(was.0, our.0, their.0)?;
    let executable = three(was.1, our.1, their.1)?;
    Some(Some(What::File { executable, size, sha256 }))
}

fn three<T: PartialEq>(was: T, our: T, their: T) -> Option<T> {
    if our == their || their == was {
        Some(our)
    } else if our == was {
        Some(their)
    } else {
        None
    }
}

fn parts(what: &What) -> Option<((crate::flow::hash::Digest, u64), bool)> {
    match what {
        What::File { executable, size, sha256 } => Some(((*sha256, *size), *executable)),
        _ => None,
    }
}

fn became(was: Option<&What>, now: Option<&What>) -> &'static str {
    match (was, now) {
        (_, None) => "removed",
        (None, Some(_)) => "added",
        (Some(_), Some(_)) => "changed",
    }
}

/// The directories above a path.
fn above(item: &Item) -> impl Iterator<Item = &str> {
    item.path.match_indices('/').map(|(at, _)| &item.path[..at])
}

/// A file of one side that stands where the other has a directory.
fn collide(items: &[Item], ours: &Listing, theirs: &Listing, conflicts: &mut BTreeSet<Conflict>) {
    let files: BTreeSet<&str> = items.iter().filter(|item| item.what != What::Dir).map(|item| &*item.path).collect();
    for item in items {
        if let Some(file) = above(item).find(|folder| files.contains(folder)) {
            let how = |side: &Listing| match side.get(file).is_some() {
                true => "a file",
                false => "a directory",
            };
            conflicts.insert(Conflict { path: file.to_owned(), ours: how(ours), theirs: how(theirs) });
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::flow::hash::Digest;

    fn listing(files: &[(&str, &str)]) -> Listing {
        let item = |(path, content): &(&str, &str)| {
            let what = match *content {
                "/" => What::Dir,
                text => What::File {
                    executable: text.ends_with('*'),
                    size: text.trim_end_matches('*').len() as u64,
                    sha256: Digest::of(text.trim_end_matches('*').as_bytes()),
                },
            };
            Item { path: (*path).into(), what }
        };
        Listing::of(files.iter().map(item).collect()).unwrap()
    }

    #[test]
    fn what_only_one_changed_is_as_that_one_has_it() {
        let base = listing(&[("a", "1"), ("b", "1"), ("c", "1"), ("d", "1"), ("e", "1")]);
        let ours = listing(&[("a", "2"), ("b", "1"), ("d", "1"), ("e", "1*"), ("n", "1")]);
        let theirs = listing(&[("a", "1"), ("b", "2"), ("c", "1"), ("e", "2"), ("m", "1")]);
        let merged = listing(&[("a", "2"), ("b", "2"), ("e", "2*"), ("m", "1"), ("n", "1")]);
        assert_eq!(merge(&base, &ours, &theirs).unwrap(), merged);
    }

    #[test]
    fn what_both_changed_is_told_path_by_path() {
        let base = listing(&[("a", "1"), ("b", "1"), ("f", "1")]);
        let ours = listing(&[("a", "2"), ("f", "2"), ("n", "1"), ("x", "1")]);
        let theirs = listing(&[("a", "3"), ("b", "2"), ("f", "2"), ("n", "2"), ("x/y", "1")]);
        let told: Vec<String> = merge(&base, &ours, &theirs)
            .unwrap_err()
            .iter()
            .map(|c| format!("{}: {} / {}", c.path, c.ours, c.theirs))
            .collect();
        let expected = ["a: changed / changed", "b: removed / changed", "n: added / added", "x: a file / a directory"];
        assert_eq!(told, expected);
    }

    #[test]
    fn a_directory_that_one_side_filled_is_empty_no_more() {
        let (base, ours) = (listing(&[("d", "/")]), listing(&[("d", "/"), ("e", "1")]));
        let theirs = listing(&[("d/x", "1")]);
        assert_eq!(merge(&base, &ours, &theirs).unwrap(), listing(&[("d/x", "1"), ("e", "1")]));
        let emptied =
            merge(&listing(&[("d/x", "1"), ("d/y", "1")]), &listing(&[("d/x", "1")]), &listing(&[("d/y", "1")]));
        assert_eq!(emptied.unwrap(), listing(&[]));
    }

    fn any_listing() -> impl Strategy<Value = Listing> {
        let path = prop::sample::select(vec!["a", "b", "c/d", "c/e", "f"]);
        let content = prop::sample::select(vec!["1", "2", "1*"]);
        prop::collection::btree_map(path, content, 0..5)
            .prop_map(|files| listing(&files.into_iter().collect::<Vec<_>>()))
    }

    proptest! {
        #[test]
        fn it_makes_no_difference_which_is_ours(base in any_listing(), one in any_listing(), two in any_listing()) {
            let swapped = merge(&base, &two, &one).map_err(|all| {
                all.into_iter().map(|c| Conflict { ours: c.theirs, theirs: c.ours, ..c }).collect::<Vec<_>>()
            });
            prop_assert_eq!(merge(&base, &one, &two), swapped);
        }

        #[test]
        fn a_side_that_changed_nothing_changes_nothing(base in any_listing(), one in any_listing()) {
            prop_assert_eq!(merge(&base, &base, &one).unwrap(), one.clone());
            prop_assert_eq!(merge(&base, &one, &one).unwrap(), one);
        }
    }
}
