//! Paths inside a tree: which are legal, which not every system can hold, and which can be part of a key.

use std::collections::BTreeMap;

use unicode_normalization::UnicodeNormalization as _;

/// Longer ones are refused: no system that we know opens them.
const LONGEST: usize = 4_096;

/// Why a path can be in no tree; `None` if it can.
#[must_use]
pub fn fault(path: &str) -> Option<&'static str> {
    if path.is_empty() || path.len() > LONGEST {
        return Some("it is empty or longer than 4,096 bytes");
    }
    if path.contains('\0') {
        return Some("it contains a NUL");
    }
    for segment in path.split('/') {
        match segment {
            "" | "." | ".." => return Some("a segment is empty, . or .."),
            _ if is_git(segment) => return Some("git keeps its own files under that name"),
            _ => {}
        }
    }
    None
}

/// `.git`, also as some file system would read it: a tree must not bring hooks.
fn is_git(segment: &str) -> bool {
    let plain = segment.is_ascii().then_some(segment);
    let folded: String;
    let name = match plain {
        Some(name) => name,
        None => {
            // HFS+ ignores these code points in names.
            let ignored = |c: char| matches!(c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}');
            folded = segment.chars().filter(|c| !ignored(*c)).collect();
            &folded
        }
    };
    // NTFS: a stream of it (`.git::$INDEX_ALLOCATION`), its short name, trailing dots and spaces.
    let name = name.split(':').next().unwrap_or_default().trim_end_matches(['.', ' ']);
    name.eq_ignore_ascii_case(".git") || name.eq_ignore_ascii_case("git~1")
}

/// Why some system cannot hold the path; `None` if each can.
#[must_use]
pub fn unportable(path: &str) -> Option<&'static str> {
    path.split('/').find_map(|segment| {
        let stem = segment.split('.').next().unwrap_or_default().trim_end();
        if segment.len() > 255 {
            return Some("a name is longer than 255 bytes");
        }
        if segment.ends_with(['.', ' ']) {
            return Some("a name ends in a dot or a space");
        }
        if segment.contains(['\\', ':', '*', '?', '"', '<', '>', '|']) || segment.chars().any(|c| c < ' ') {
            return Some("a name has a character that Windows does not allow");
        }
        is_device(stem).then_some("a name is that of a Windows device")
    })
}

fn is_device(stem: &str) -> bool {
    let port = |prefix: &str| {
        let rest = stem.get(..3).filter(|start| start.eq_ignore_ascii_case(prefix)).map(|_| &stem[3..]);
        rest.is_some_and(|rest| matches!(rest.as_bytes(), [b'0'..=b'9']) || matches!(rest, "¹" | "²" | "³"))
    };
    ["con", "prn", "aux", "nul"].iter().any(|name| stem.eq_ignore_ascii_case(name)) || port("com") || port("lpt")
}

/// Pairs of paths that some system takes for one: they differ by case or by the composition of letters only.
#[must_use]
pub fn twins<'a>(paths: impl Iterator<Item = &'a str>) -> Vec<(&'a str, &'a str)> {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    let mut twins = Vec::new();
    for path in paths {
        let folded = if path.is_ascii() { path.to_ascii_lowercase() } else { path.to_lowercase().nfc().collect() };
        match seen.get(&folded) {
            Some(first) => twins.push((*first, path)),
            None => drop(seen.insert(folded, path)),
        }
    }
    twins
}

/// Whether each store can have the path in a key of at most `room` bytes.
#[must_use]
pub fn fits_key(path: &str, room: usize) -> bool {
    let odd = |c: char| c.is_control() || matches!(c, '\\' | '\u{fffe}' | '\u{ffff}');
    path.len() <= room && !path.chars().any(odd) && path.split('/').all(|segment| segment.len() <= 255)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_escapes_or_is_gits_is_in_no_tree() {
        for good in ["a", "a/b.c", "ünï/ö", "a b", "...", ".gitignore", "git", "a/.gitkeep", "\u{1}", "con", "x:y"] {
            assert_eq!(fault(good), None, "{good:?}");
        }
        let long = "x/".repeat(3_000);
        #[rustfmt::skip]
        let bad = [
            "", "/a", "a/", "a//b", ".", "..", "a/../b", "a\0b", ".git", "x/.GIT/hooks", ".git.", ".git ", "git~1",
            ".g\u{200c}it", ".git::$INDEX_ALLOCATION", &long,
        ];
        for bad in bad {
            assert!(fault(bad).is_some(), "{bad:?}");
        }
    }

    #[test]
    fn what_some_system_cannot_hold_is_said() {
        for good in ["a", "console", "com", "com10", "a/lpt/b", "ü"] {
            assert_eq!(unportable(good), None, "{good:?}");
        }
        for bad in ["con", "CON.txt", "a/nul", "com1", "LPT9.x", "com¹", "a.", "a ", "a:b", "a\\b", "x\u{1}"] {
            assert!(unportable(bad).is_some(), "{bad:?}");
        }
        assert!(unportable(&"x".repeat(256)).is_some());
    }

    #[test]
    fn twins_differ_by_case_or_composition() {
        let paths = ["A", "a", "b", "e\u{301}", "\u{e9}"];
        assert_eq!(twins(paths.into_iter()), [("A", "a"), ("e\u{301}", "\u{e9}")]);
    }

    #[test]
    fn a_key_takes_what_every_store_takes() {
        assert!(fits_key("a b/ü+&?#%", 900));
        for odd in ["a\n", "a\\b", "\u{7f}", &"x".repeat(256)] {
            assert!(!fits_key(odd, 900), "{odd:?}");
        }
        assert!(!fits_key("abc", 2));
    }
}
