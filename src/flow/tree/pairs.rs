//! Two sorted lists of items side by side: each path once, with what lies there on either side.

use std::cmp::Ordering;
use std::iter::Peekable;

use super::listing::Item;

/// Walks two lists that are sorted by the bytes of their paths. At least one of each pair is there.
pub(super) fn pairs<'a>(
    old: impl Iterator<Item = &'a Item>,
    new: impl Iterator<Item = &'a Item>,
) -> impl Iterator<Item = (Option<&'a Item>, Option<&'a Item>)> {
    Pairs { old: old.peekable(), new: new.peekable() }
}

struct Pairs<O: Iterator, N: Iterator> {
    old: Peekable<O>,
    new: Peekable<N>,
}

impl<'a, O: Iterator<Item = &'a Item>, N: Iterator<Item = &'a Item>> Iterator for Pairs<O, N> {
    type Item = (Option<&'a Item>, Option<&'a Item>);

    fn next(&mut self) -> Option<Self::Item> {
        let order = match (self.old.peek(), self.new.peek()) {
            (None, None) => return None,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(old), Some(new)) => old.path.as_bytes().cmp(new.path.as_bytes()),
        };
        Some(match order {
            Ordering::Less => (self.old.next(), None),
            Ordering::Greater => (None, self.new.next()),
            Ordering::Equal => (self.old.next(), self.new.next()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::tree::What;

    #[test]
    fn each_path_comes_once_and_in_order() {
        let items = |paths: &[&str]| -> Vec<Item> {
            paths.iter().map(|path| Item { path: (*path).into(), what: What::Dir }).collect()
        };
        let (old, new) = (items(&["a", "b", "d", "é"]), items(&["b", "c", "d", "e"]));
        let told: Vec<String> = pairs(old.iter(), new.iter())
            .map(|(old, new)| format!("{}-{}", old.map_or("", |o| &o.path), new.map_or("", |n| &n.path)))
            .collect();
        assert_eq!(told, ["a-", "b-b", "-c", "d-d", "-e", "é-"]);
        assert_eq!(pairs(old.iter(), [].iter()).count(), 4);
        assert_eq!(pairs([].iter(), [].iter()).count(), 0);
    }
}
