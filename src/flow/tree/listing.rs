//! The listing: every path of a tree on a line, sorted by its bytes. Its digest is what people review.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{pack, path};
use crate::error::{Error, Result};
use crate::flow::hash::Digest;

/// More lines are refused, whatever they say: a listing must fit into memory.
const MOST: usize = 20_000_000;

/// A path of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// From the tree's root, with `/`.
    pub path: Box<str>,
    /// What is there.
    pub what: What,
}

/// What is at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A file.
    File {
        /// Whether its owner may run it: mode 755, else 644.
        executable: bool,
        /// Bytes.
        size: u64,
        /// Of its content.
        sha256: Digest,
    },
    /// A link, kept as it is and never followed.
    Link {
        /// Where it leads, in words.
        target: Box<str>,
    },
    /// A directory with nothing in it.
    Dir,
}

/// All paths of a tree, in the order of their bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    items: Vec<Item>,
}

impl Item {
    /// Digest and size, if it is a file.
    #[must_use]
    pub fn content(&self) -> Option<(Digest, u64)> {
        match self.what {
            What::File { sha256, size, .. } => Some((sha256, size)),
            What::Link { .. } | What::Dir => None,
        }
    }
}

impl Listing {
    /// Takes items in any order; an error names the path that no tree can hold, or the one that is there twice.
    pub fn of(mut items: Vec<Item>) -> Result<Self> {
        items.sort_unstable_by(|one, two| one.path.as_bytes().cmp(two.path.as_bytes()));
        for (at, item) in items.iter().enumerate() {
            fits(&items[..at], item).map_err(|why| Error::user(format!("{:?} can be in no tree: {why}", item.path)))?;
        }
        Ok(Listing { items })
    }

    /// The items, sorted.
    #[must_use]
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// The item at that path.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&Item> {
        find(&self.items, path).map(|at| &self.items[at])
    }

    /// The items at or below a path; empty where nothing is.
    pub fn below<'a>(&'a self, path: &'a str) -> impl Iterator<Item = &'a Item> {
        let start = self.items.partition_point(|item| item.path.as_bytes() < path.as_bytes());
        let near = self.items[start..].iter().take_while(move |item| item.path.starts_with(path));
        near.filter(move |item| matches!(item.path.as_bytes().get(path.len()), None | Some(b'/')))
    }

    /// How many of them are files.
    #[must_use]
    pub fn files(&self) -> u64 {
        self.items.iter().filter(|item| item.content().is_some()).count() as u64
    }

    /// The sum of its files; `None` if no number of 64 bits holds it.
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        self.items.iter().filter_map(Item::content).try_fold(0_u64, |sum, (_, size)| sum.checked_add(size))
    }

    /// The lines.
    #[must_use]
    pub fn print(&self) -> Vec<u8> {
        let mut text = Vec::with_capacity(self.items.len() * 160);
        for item in &self.items {
            line(&mut text, item);
        }
        text
    }

    /// The digest of the lines: the version's identity.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let (mut hasher, mut text) = (crate::flow::hash::Hasher::default(), Vec::new());
        for item in &self.items {
            text.clear();
            line(&mut text, item);
            hasher.update(&text);
        }
        hasher.finish()
    }

    /// The lines as they are stored.
    #[must_use]
    pub fn pack(&self) -> Vec<u8> {
        pack::pack(&self.print())
    }

    /// Reads stored lines, which must be those of that digest and spelled in the one way there is.
    pub fn unpack(packed: &[u8], digest: &Digest) -> Result<Self> {
        let mut items = Vec::new();
        let mut again = Vec::new();
        let bad = |line: &[u8], why: &str| {
            let shown = String::from_utf8_lossy(&line[..line.len().min(200)]).into_owned();
            Error::integrity(format!("this listing cannot be read: {why}")).because(format!("{shown:?}"))
        };
        let found = pack::lines("this listing", packed, |text| {
            let item = read(text).map_err(|why| bad(text, &why))?;
            again.clear();
            line(&mut again, &item);
            if again.strip_suffix(b"\n") != Some(text) {
                return Err(bad(text, "a line is not spelled as it has to be"));
            }
            if items.last().is_some_and(|last: &Item| last.path.as_bytes() >= item.path.as_bytes()) {
                return Err(bad(text, "a line is out of order"));
            }
            if items.len() == MOST {
                return Err(bad(text, "it has too many lines"));
            }
            fits(&items, &item).map_err(|why| bad(text, why))?;
            items.push(item);
            Ok(())
        })?;
        let found = found.finish();
        if found != *digest {
            return Err(Error::integrity(format!("this listing is another: its digest is {found}, not {digest}")));
        }
        items.shrink_to_fit();
        Ok(Listing { items })
    }
}

fn find(items: &[Item], path: &str) -> Option<usize> {
    items.binary_search_by(|item| item.path.as_bytes().cmp(path.as_bytes())).ok()
}

/// Whether an item can follow those before it: its path is legal, and nothing but a directory is above it.
fn fits(before: &[Item], item: &Item) -> Result<(), &'static str> {
    if let Some(why) = path::fault(&item.path) {
        return Err(why);
    }
    if let What::Link { target } = &item.what
        && (target.is_empty() || target.len() > 4_096 || target.contains('\0'))
    {
        return Err("it is a link that leads nowhere");
    }
    let Some(last) = before.last() else { return Ok(()) };
    if last.path == item.path {
        return Err("it is there twice");
    }
    let folder = |path: &str| path.rfind('/').map_or(0, |at| at);
    let (here, there) = (folder(&item.path), folder(&last.path));
    // Mostly a file follows one of the same directory, which was looked at then.
    if here == there && item.path[..here] == last.path[..there] {
        return Ok(());
    }
    let above = item.path.match_indices('/').map(|(at, _)| &item.path[..at]);
    match above.map(|folder| find(before, folder)).any(|found| found.is_some()) {
        true => Err("what is above it is listed as something without contents"),
        false => Ok(()),
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire<'a> {
    #[serde(borrow)]
    path: Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    mode: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    sha256: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    target: Option<Cow<'a, str>>,
}

fn line(text: &mut Vec<u8>, item: &Item) {
    let bare = |kind: &'static str| Wire {
        path: Cow::Borrowed(&item.path),
        mode: None,
        kind: Cow::Borrowed(kind),
        size: None,
        sha256: None,
        target: None,
    };
    let wire = match &item.what {
        What::File { executable, size, sha256 } => Wire {
            mode: Some(Cow::Borrowed(if *executable { "755" } else { "644" })),
            size: Some(*size),
            sha256: Some(Cow::Owned(sha256.hex())),
            ..bare("file")
        },
        What::Link { target } => Wire { target: Some(Cow::Borrowed(target)), ..bare("link") },
        What::Dir => bare("dir"),
    };
    serde_json::to_writer(&mut *text, &wire).expect("memory takes every line");
    text.push(b'\n');
}

fn read(line: &[u8]) -> Result<Item, String> {
    let wire: Wire<'_> = serde_json::from_slice(line).map_err(|e| e.to_string())?;
    let what = match (&*wire.kind, wire.mode.as_deref(), wire.size, wire.sha256.as_deref(), wire.target) {
        ("file", Some(mode @ ("644" | "755")), Some(size), Some(hex), None) => {
            let sha256 = Digest::from_hex(hex).ok_or("a digest is not 64 lower-case hexadecimal digits")?;
            What::File { executable: mode == "755", size, sha256 }
        }
        ("link", None, None, None, Some(target)) => What::Link { target: target.into() },
        ("dir", None, None, None, None) => What::Dir,
        _ => return Err("a line has members that do not belong together".to_owned()),
    };
    Ok(Item { path: wire.path.into(), what })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn file(path: &str, content: &[u8]) -> Item {
        let what = What::File { executable: false, size: content.len() as u64, sha256: Digest::of(content) };
        Item { path: path.into(), what }
    }

    fn unpacked(text: &[u8]) -> Result<Listing> {
        Listing::unpack(&pack::pack(text), &Digest::of(text))
    }

    #[test]
    fn the_bytes_are_those_of_the_format_page() {
        let run =
            Item { path: "bin/run".into(), what: What::File { executable: true, size: 3, sha256: Digest::of(b"abc") } };
        let link = Item { path: "latest".into(), what: What::Link { target: "bin/run".into() } };
        let empty = Item { path: "\"out\"".into(), what: What::Dir };
        let listing = Listing::of(vec![link, run, empty]).unwrap();
        let text = String::from_utf8(listing.print()).unwrap();
        let digest = Digest::of(b"abc");
        assert_eq!(
            text,
            format!(
                "{{\"path\":\"\\\"out\\\"\",\"type\":\"dir\"}}\n\
                 {{\"path\":\"bin/run\",\"mode\":\"755\",\"type\":\"file\",\"size\":3,\"sha256\":\"{digest}\"}}\n\
                 {{\"path\":\"latest\",\"type\":\"link\",\"target\":\"bin/run\"}}\n"
            )
        );
        assert_eq!(listing.digest(), Digest::of(text.as_bytes()));
        assert_eq!(unpacked(text.as_bytes()).unwrap(), listing);
        assert_eq!((listing.files(), listing.size()), (1, Some(3)));
    }

    #[test]
    fn a_listing_that_is_not_spelled_in_the_one_way_is_refused() {
        let hex = Digest::of(b"").hex();
        let good = format!("{{\"path\":\"a\",\"mode\":\"644\",\"type\":\"file\",\"size\":0,\"sha256\":\"{hex}\"}}\n");
        assert!(unpacked(good.as_bytes()).is_ok());
        let changed = |from: &str, to: &str| good.replace(from, to);
        let bad = [
            changed("\"a\"", "\"../a\""),
            changed("\"a\"", "\".git/hooks/x\""),
            changed("\"a\"", "\"\\u0061\""),
            changed("644", "600"),
            changed(":0", ": 0"),
            changed(":0", ":-1"),
            changed("\"file\"", "\"dir\""),
            changed("\"file\"", "\"fifo\""),
            changed("\"mode\":\"644\",", ""),
            changed(&hex, &hex.to_uppercase()),
            changed("}", ",\"more\":1}"),
            changed("\n", "\r\n"),
            changed("\n", ""),
            format!("{good}{good}"),
            format!("{}{good}", changed("\"a\"", "\"b\"")),
            format!("{good}{}", changed("\"a\"", "\"a/b\"")),
            format!("{good}{}{}", changed("\"a\"", "\"a-b\""), changed("\"a\"", "\"a/b\"")),
            "{\"path\":\"a\",\"type\":\"link\",\"target\":\"\"}\n".to_owned(),
            "\n".to_owned(),
        ];
        for text in bad {
            assert!(unpacked(text.as_bytes()).is_err(), "{text}");
        }
        let other = Listing::unpack(&pack::pack(good.as_bytes()), &Digest::of(b"other")).unwrap_err();
        assert!(other.message.contains("this listing is another"));
    }

    #[test]
    fn a_path_that_no_tree_holds_is_named() {
        for (items, path) in [
            (vec![file("a", b""), file("a", b"")], "\"a\""),
            (vec![file("a/b", b""), file("a", b"")], "\"a/b\""),
            (vec![file("x/.git/config", b"")], "\"x/.git/config\""),
        ] {
            assert!(Listing::of(items).unwrap_err().message.starts_with(path));
        }
    }

    #[test]
    fn below_a_path_is_what_is_in_that_directory() {
        let listing = Listing::of(["a", "b/c", "b/d/e", "b-c", "bc"].map(|p| file(p, b"")).to_vec()).unwrap();
        let below = |path| listing.below(path).map(|item| &*item.path).collect::<Vec<_>>();
        assert_eq!(below("b"), ["b/c", "b/d/e"]);
        assert_eq!(below("b/d"), ["b/d/e"]);
        assert_eq!(below("a"), ["a"]);
        assert_eq!(below("x").len() + below("b/").len(), 0);
        assert_eq!(listing.get("b/c").map(|item| &*item.path), Some("b/c"));
    }

    proptest! {
        #[test]
        fn what_was_printed_is_read_again(
            paths in proptest::collection::btree_set("[a-c\u{e9} \n\"\\\\.-]{1,3}(/[ab.-]{1,2}){0,2}", 0..30),
            kind in 0..3_usize,
        ) {
            let item = |path: String| {
                let what = match (kind + path.len()) % 3 {
                    0 => What::File { executable: path.len().is_multiple_of(2), size: path.len() as u64, sha256: Digest::of(path.as_bytes()) },
                    1 => What::Link { target: path.chars().rev().collect::<String>().into() },
                    _ => What::Dir,
                };
                Item { path: path.into(), what }
            };
            if let Ok(listing) = Listing::of(paths.into_iter().map(item).collect()) {
                prop_assert_eq!(&Listing::unpack(&listing.pack(), &listing.digest()).unwrap(), &listing);
            }
        }

        #[test]
        fn no_bytes_make_it_panic(text in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = unpacked(&text);
            let _ = Listing::unpack(&text, &Digest::of(&text));
        }
    }
}
