//! What a pull does with each path of a tree: put, leave, remove or refuse.

use std::collections::HashSet;

use super::listing::{Item, Listing, What};
use super::pairs::pairs;

/// What is to be done, path by path, in the order of their bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Placing<'a> {
    /// To be put there. What lies there now, if anything, can be had again.
    pub put: Vec<&'a Item>,
    /// The right content with the wrong mode.
    pub mode: Vec<&'a Item>,
    /// To be taken away: the wanted version has nothing there, and what lies there can be had again.
    pub remove: Vec<&'a Item>,
    /// Local changes at paths that the wanted version has not: they stay.
    pub leave: Vec<&'a str>,
    /// Local changes that are in the way.
    pub refuse: Vec<&'a str>,
    /// How many paths are as they should be.
    pub same: u64,
}

impl Placing<'_> {
    /// Whether all is as it should be.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.put.is_empty() && self.mode.is_empty() && self.remove.is_empty() && self.refuse.is_empty()
    }
}

/// Decides. `here` is what lies there, `wanted` what should, sorted; `known` are listings of versions: what equals one
/// of them at its path can be had again. Where `known` is empty, nothing is removed.
#[must_use]
pub fn placing<'a>(here: &'a Listing, wanted: &[&'a Item], known: &[&Listing]) -> Placing<'a> {
    let again = |item: &Item| {
        let same = |listing: &&Listing| listing.get(&item.path).is_some_and(|known| content(known) == content(item));
        item.what == What::Dir || known.iter().any(same)
    };
    let of_a_version = |item: &Item| known.iter().any(|listing| listing.get(&item.path).is_some());
    let mut placing = Placing::default();
    for (lies, item) in pairs(here.items().iter(), wanted.iter().copied()) {
        match (lies, item) {
            (Some(lies), None) if of_a_version(lies) && again(lies) => placing.remove.push(lies),
            (Some(lies), None) if of_a_version(lies) => placing.leave.push(&lies.path),
            (Some(lies), Some(item)) if lies.what == item.what => placing.same += 1,
            (Some(lies), Some(item)) if content(lies) == content(item) => placing.mode.push(item),
            (Some(lies), Some(item)) if again(lies) => placing.put.push(item),
            (Some(lies), Some(_)) => placing.refuse.push(&lies.path),
            (None, Some(item)) => placing.put.push(item),
            (Some(_), None) | (None, None) => {}
        }
    }
    in_the_way(here, &mut placing);
    placing
}

/// What stays at a path above or below one that is to be put: both cannot be there.
fn in_the_way<'a>(here: &'a Listing, placing: &mut Placing<'a>) {
    let gone: HashSet<&str> = placing.remove.iter().map(|item| &*item.path).collect();
    let (mut refuse, mut empty) = (Vec::new(), Vec::new());
    for item in &placing.put {
        let above = item.path.match_indices('/').filter_map(|(at, _)| here.get(&item.path[..at]));
        let below = here.below(&item.path).filter(|lies| lies.path != item.path && item.what != What::Dir);
        for lies in below.filter(|lies| !gone.contains(&*lies.path)) {
            if lies.what == What::Dir { empty.push(lies) } else { refuse.push(&*lies.path) }
        }
        let stays = |lies: &&Item| !gone.contains(&*lies.path) && lies.what != What::Dir;
        refuse.extend(above.filter(stays).map(|lies| &*lies.path));
    }
    placing.remove.extend(empty);
    placing.refuse.extend(refuse);
    placing.refuse.sort_unstable();
    placing.refuse.dedup();
    let refused: HashSet<&str> = placing.refuse.iter().copied().collect();
    placing.leave.retain(|path| !refused.contains(path));
}

/// What has to be had again if it is lost; a mode is none of it.
fn content(item: &Item) -> (Option<(crate::flow::hash::Digest, u64)>, Option<&str>) {
    match &item.what {
        What::File { size, sha256, .. } => (Some((*sha256, *size)), None),
        What::Link { target } => (None, Some(target)),
        What::Dir => (None, None),
    }
}

/// Whether a path is one of `set`, or below one. An empty set holds everything.
#[must_use]
pub fn within(set: &[String], path: &str) -> bool {
    set.is_empty()
        || set
            .iter()
            .any(|one| path.strip_prefix(one.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

/// A tree of which only a set of paths is here: outside the set it is what it was.
pub fn completed(here: &Listing, base: &Listing, set: &[String]) -> crate::error::Result<Listing> {
    let outside = base.items().iter().filter(|item| !within(set, &item.path) && here.get(&item.path).is_none());
    let fits = |item: &&Item| {
        let above = item
            .path
            .match_indices('/')
            .any(|(at, _)| here.get(&item.path[..at]).is_some_and(|it| it.what != What::Dir));
        !above && here.below(&item.path).next().is_none()
    };
    let outside: Vec<Item> = outside.filter(fits).cloned().collect();
    // A directory that is empty here only because its files are outside the set is none of its own.
    let emptied = |item: &Item| {
        !within(set, &item.path) && base.get(&item.path).is_none() && base.below(&item.path).next().is_some()
    };
    let inside = here.items().iter().filter(|item| item.what != What::Dir || !emptied(item));
    Listing::of(inside.cloned().chain(outside).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::flow::hash::Digest;

    /// `x` is a file of that content, `x*` one that may be run, `>x` a link, `/` an empty directory.
    fn listing(items: &[(&str, &str)]) -> Listing {
        let item = |(path, what): &(&str, &str)| {
            let what = match *what {
                "/" => What::Dir,
                link if link.starts_with('>') => What::Link { target: link[1..].into() },
                text => {
                    let content = text.trim_end_matches('*');
                    let (size, sha256) = (content.len() as u64, Digest::of(content.as_bytes()));
                    What::File { executable: text.ends_with('*'), size, sha256 }
                }
            };
            Item { path: (*path).into(), what }
        };
        Listing::of(items.iter().map(item).collect()).unwrap()
    }

    fn told(here: &[(&str, &str)], wanted: &[(&str, &str)], known: &[(&str, &str)]) -> String {
        let (here, wanted, known) = (listing(here), listing(wanted), listing(known));
        let items: Vec<&Item> = wanted.items().iter().collect();
        let placing = placing(&here, &items, &[&known]);
        let paths = |items: &[&Item]| items.iter().map(|item| &*item.path).collect::<Vec<_>>().join(",");
        let (leave, refuse) = (placing.leave.join(","), placing.refuse.join(","));
        format!(
            "put {} mode {} remove {} leave {leave} refuse {refuse}",
            paths(&placing.put),
            paths(&placing.mode),
            paths(&placing.remove)
        )
    }

    #[test]
    fn what_can_be_had_again_makes_room_and_nothing_else() {
        assert_eq!(told(&[], &[("a", "1")], &[]), "put a mode  remove  leave  refuse ");
        assert_eq!(told(&[("a", "1")], &[("a", "1")], &[]), "put  mode  remove  leave  refuse ");
        assert_eq!(told(&[("a", "1")], &[("a", "1*")], &[]), "put  mode a remove  leave  refuse ");
        assert_eq!(told(&[("a", "1")], &[("a", "2")], &[("a", "1")]), "put a mode  remove  leave  refuse ");
        assert_eq!(told(&[("a", "mine")], &[("a", "2")], &[("a", "1")]), "put  mode  remove  leave  refuse a");
        assert_eq!(told(&[("a", "1")], &[], &[("a", "1*")]), "put  mode  remove a leave  refuse ");
        assert_eq!(told(&[("a", "mine")], &[], &[("a", "1")]), "put  mode  remove  leave a refuse ");
        assert_eq!(told(&[("mine", "1")], &[], &[("a", "1")]), "put  mode  remove  leave  refuse ");
        assert_eq!(told(&[("a", ">x")], &[("a", "1")], &[("a", ">y")]), "put  mode  remove  leave  refuse a");
        assert_eq!(told(&[("a", ">x")], &[("a", "1")], &[("a", ">x")]), "put a mode  remove  leave  refuse ");
    }

    #[test]
    fn a_file_and_a_directory_take_each_others_place_only_if_nothing_is_lost() {
        let was = &[("a", "1"), ("b/c", "2")];
        assert_eq!(told(was, &[("a/x", "3"), ("b", "4")], was), "put a/x,b mode  remove a,b/c leave  refuse ");
        assert_eq!(told(&[("a", "mine")], &[("a/x", "3")], was), "put a/x mode  remove  leave  refuse a");
        assert_eq!(told(&[("b/mine", "5")], &[("b", "4")], was), "put b mode  remove  leave  refuse b/mine");
        assert_eq!(told(&[("b/e/f", "/")], &[("b", "4")], &[]), "put b mode  remove b/e/f leave  refuse ");
        assert_eq!(told(&[("b", "/")], &[("b", "4")], &[]), "put b mode  remove  leave  refuse ");
        assert_eq!(told(&[("b", "/")], &[("b/c", "4")], &[]), "put b/c mode  remove  leave  refuse ");
    }

    #[test]
    fn outside_the_set_a_tree_is_what_it_was() {
        let base = listing(&[("a/x", "1"), ("b/y", "2"), ("c", "3")]);
        let set = ["a".to_owned()];
        let here = listing(&[("a/z", "9"), ("new", "4")]);
        let want = listing(&[("a/z", "9"), ("b/y", "2"), ("c", "3"), ("new", "4")]);
        assert_eq!(completed(&here, &base, &set).unwrap(), want);
        assert_eq!(completed(&listing(&[("b", "/")]), &base, &set).unwrap(), listing(&[("b/y", "2"), ("c", "3")]));
        assert!(within(&set, "a") && within(&set, "a/b") && !within(&set, "ab") && within(&[], "z"));
    }

    proptest! {
        #[test]
        fn no_local_change_is_put_over_or_removed(
            here in proptest::collection::btree_map("[a-c](/[a-b])?", "[1-3]\\*?", 0..6),
            wanted in proptest::collection::btree_map("[a-c](/[a-b])?", "[1-3]\\*?", 0..6),
            known in proptest::collection::btree_map("[a-c](/[a-b])?", "[1-3]\\*?", 0..6),
        ) {
            let of = |map: &std::collections::BTreeMap<String, String>| {
                let mut items: Vec<(&str, &str)> = map.iter().map(|(path, what)| (path.as_str(), what.as_str())).collect();
                items.retain(|(path, _)| path.len() == 1 || !map.contains_key(&path[..1]));
                listing(&items)
            };
            let (here, wanted, known) = (of(&here), of(&wanted), of(&known));
            let items: Vec<&Item> = wanted.items().iter().collect();
            let placing = placing(&here, &items, &[&known]);
            for item in placing.put.iter().chain(&placing.remove) {
                if let Some(lies) = here.get(&item.path).filter(|_| !placing.refuse.contains(&&*item.path)) {
                    prop_assert!(known.get(&item.path).is_some_and(|known| content(known) == content(lies)));
                }
            }
            let done = placing.put.len() + placing.mode.len() + placing.same as usize;
            let refused = placing.refuse.iter().filter(|path| wanted.get(path).is_some()).count();
            prop_assert_eq!(done + refused, items.len());
        }
    }
}
