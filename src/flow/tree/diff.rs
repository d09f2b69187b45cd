//! What changed between two listings, path by path.

use std::collections::{HashMap, HashSet};

use super::listing::{Item, Listing};
use super::pairs::pairs;
use crate::flow::hash::Digest;

/// Paths that changed, in the order of their bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes<'a> {
    /// There now.
    pub added: Vec<&'a Item>,
    /// There before.
    pub removed: Vec<&'a Item>,
    /// Before and now something else.
    pub changed: Vec<(&'a Item, &'a Item)>,
    /// The same content at another path.
    pub renamed: Vec<(&'a Item, &'a Item)>,
    /// How many paths are what they were.
    pub same: u64,
}

impl Changes<'_> {
    /// Whether nothing changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty() && self.renamed.is_empty()
    }
}

/// Compares two listings. A file that went and came with the same content, not empty, counts as renamed.
#[must_use]
pub fn diff<'a>(before: &'a Listing, now: &'a Listing) -> Changes<'a> {
    let mut changes = Changes::default();
    for pair in pairs(before.items().iter(), now.items().iter()) {
        match pair {
            (Some(old), None) => changes.removed.push(old),
            (None, Some(new)) => changes.added.push(new),
            (Some(old), Some(new)) if old.what == new.what => changes.same += 1,
            (Some(old), Some(new)) => changes.changed.push((old, new)),
            (None, None) => {}
        }
    }
    renames(&mut changes);
    changes
}

fn renames(changes: &mut Changes<'_>) {
    let mut gone: HashMap<Digest, Vec<&Item>> = HashMap::new();
    for item in changes.removed.iter().rev() {
        if let Some((digest, size)) = item.content()
            && size > 0
        {
            gone.entry(digest).or_default().push(item);
        }
    }
    let mut moved = Vec::new();
    changes.added.retain(|item| {
        let from = item.content().and_then(|(digest, _)| gone.get_mut(&digest)).and_then(Vec::pop);
        from.inspect(|from| moved.push((*from, *item))).is_none()
    });
    let left: HashSet<&str> = moved.iter().map(|(from, _): &(&Item, &Item)| &*from.path).collect();
    changes.removed.retain(|item| !left.contains(&*item.path));
    changes.renamed = moved;
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::flow::tree::What;

    fn listing(files: &[(&str, &str)]) -> Listing {
        let item = |(path, content): &(&str, &str)| {
            let what =
                What::File { executable: false, size: content.len() as u64, sha256: Digest::of(content.as_bytes()) };
            Item { path: (*path).into(), what }
        };
        Listing::of(files.iter().map(item).collect()).unwrap()
    }

    fn told(before: &[(&str, &str)], now: &[(&str, &str)]) -> String {
        let (before, now) = (listing(before), listing(now));
        let changes = diff(&before, &now);
        let one = |items: &[&Item]| items.iter().map(|item| &*item.path).collect::<Vec<_>>().join(",");
        let two = |items: &[(&Item, &Item)]| {
            items.iter().map(|(old, new)| format!("{}>{}", old.path, new.path)).collect::<Vec<_>>().join(",")
        };
        format!(
            "+{} -{} ~{} ^{} ={}",
            one(&changes.added),
            one(&changes.removed),
            two(&changes.changed),
            two(&changes.renamed),
            changes.same
        )
    }

    #[test]
    fn each_path_is_told_once() {
        assert_eq!(told(&[("a", "1")], &[("a", "1")]), "+ - ~ ^ =1");
        assert_eq!(told(&[("a", "1"), ("b", "2")], &[("a", "3"), ("c", "4")]), "+c -b ~a>a ^ =0");
        assert_eq!(told(&[("a", "1"), ("b", "1")], &[("c", "1"), ("d", "1"), ("e", "1")]), "+e - ~ ^a>c,b>d =0");
        assert_eq!(told(&[("a", "")], &[("b", "")]), "+b -a ~ ^ =0");
        assert_eq!(told(&[], &[("b", "x")]), "+b - ~ ^ =0");
    }

    proptest! {
        #[test]
        fn every_path_of_both_is_counted(
            before in proptest::collection::btree_map("[a-f]", "[12]?", 0..6),
            now in proptest::collection::btree_map("[a-f]", "[12]?", 0..6),
        ) {
            let of = |map: &std::collections::BTreeMap<String, String>| {
                listing(&map.iter().map(|(path, content)| (path.as_str(), content.as_str())).collect::<Vec<_>>())
            };
            let (before, now) = (of(&before), of(&now));
            let changes = diff(&before, &now);
            let both = changes.changed.len() + changes.renamed.len();
            prop_assert_eq!(changes.same as usize + both + changes.removed.len(), before.items().len());
            prop_assert_eq!(changes.same as usize + both + changes.added.len(), now.items().len());
            prop_assert_eq!(changes.is_empty(), before == now);
        }
    }
}
