//! Which names and paths a dataset may have: they must be safe as keys and as files everywhere.

use unicode_normalization::UnicodeNormalization;

use crate::error::{Error, Result};

const SEGMENTS: usize = 4;
const SEGMENT: usize = 64;

/// Checks a dataset's name.
pub fn check(name: &str) -> Result<()> {
    let bad = |why: String| {
        Err(Error::user(format!("{name:?} cannot name a dataset: {why}"))
            .hint("a name is up to 4 segments of letters, digits, '.', '_' and '-', like energy/prices.csv"))
    };
    if name.split('/').count() > SEGMENTS {
        return bad(format!("it has more than {SEGMENTS} segments"));
    }
    for segment in name.split('/') {
        let fits = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
        if segment.is_empty() {
            return bad("a segment is empty".to_owned());
        }
        if segment.len() > SEGMENT {
            return bad(format!("{segment:?} is longer than {SEGMENT} characters"));
        }
        if !segment.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            return bad(format!("{segment:?} does not begin with a letter or a digit"));
        }
        if let Some(c) = segment.chars().find(|c| !c.is_ascii() || !fits(*c as u8)) {
            return bad(format!("{c:?} is not allowed"));
        }
        if segment.ends_with('.') {
            return bad(format!("{segment:?} ends with a dot"));
        }
        if is_device(segment) {
            return bad(format!("{segment:?} is a device on Windows"));
        }
        if looks_like_version(segment) {
            return bad(format!("{segment:?} looks like a version"));
        }
    }
    match [".tree", ".where"].iter().find(|end| name.ends_with(**end)) {
        Some(end) => bad(format!("names that end in {end} are used for listings")),
        None => Ok(()),
    }
}

/// Checks where a dataset is to live in the working tree.
pub fn check_path(path: &str) -> Result<()> {
    let bad = |why: String| {
        Err(Error::user(format!("{path:?} cannot hold a dataset: {why}"))
            .hint("a path is relative to the repository's root, like data/energy.sqlite"))
    };
    if path.is_empty() {
        return bad("it is empty".to_owned());
    }
    if let Some(c) = path.chars().find(|c| c.is_control() || *c == '\\') {
        return bad(format!("it contains {c:?}"));
    }
    if path.starts_with('/') || path.as_bytes().get(1) == Some(&b':') {
        return bad("it is absolute".to_owned());
    }
    for segment in path.split('/') {
        if segment.is_empty() {
            return bad("a segment is empty".to_owned());
        }
        if segment == "." || segment == ".." {
            return bad(format!("it contains the segment {segment:?}"));
        }
        if is_device(segment) {
            return bad(format!("{segment:?} is a device on Windows"));
        }
        if is_git(segment) {
            return bad(format!("{segment:?} is git's own"));
        }
    }
    let folded = fold(path);
    let own = ["manifest.json", ".gitdata", ".gitdata-signers"].contains(&&*folded) || folded.starts_with(".github/");
    let git = [".gitattributes", ".gitignore", ".gitmodules"].contains(&folded.rsplit('/').next().unwrap_or(""));
    if own || git { bad("that file rules the repository".to_owned()) } else { Ok(()) }
}

/// Why two names, or two paths, cannot be there at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clash {
    /// They differ by case or normalization at most.
    Twins,
    /// One is a directory above the other.
    Prefix,
}

/// Whether two names, or two paths, cannot be there at once.
#[must_use]
pub fn clash(a: &str, b: &str) -> Option<Clash> {
    let (a, b) = (fold(a), fold(b));
    let above = |a: &str, b: &str| b.strip_prefix(a).is_some_and(|rest| rest.starts_with('/'));
    if a == b { Some(Clash::Twins) } else { (above(&a, &b) || above(&b, &a)).then_some(Clash::Prefix) }
}

/// What a file system that ignores case and normalization sees.
#[must_use]
pub fn fold(text: &str) -> String {
    // Nearly all names are, and there is nothing to compose in them.
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    // Lower-casing can take a composed letter apart again.
    text.nfc().collect::<String>().to_lowercase().nfc().collect()
}

fn looks_like_version(segment: &str) -> bool {
    let Some(rest) = segment.strip_prefix('v') else { return false };
    let number = rest.split('-').next().unwrap_or(rest);
    !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())
}

/// With or without an extension, Windows opens the device.
fn is_device(segment: &str) -> bool {
    let stem = segment.split(['.', ':']).next().unwrap_or(segment).trim_end_matches(' ').to_lowercase();
    let numbered = |word: &str| {
        let rest = stem.strip_prefix(word).unwrap_or("");
        matches!(rest, "¹" | "²" | "³") || (rest.len() == 1 && rest.as_bytes()[0].is_ascii_digit())
    };
    ["con", "prn", "aux", "nul", "conin$", "conout$"].contains(&&*stem) || numbered("com") || numbered("lpt")
}

/// `.git` as NTFS (trailing dots and spaces, streams, short names) and HFS+ (ignored code points) see it.
fn is_git(segment: &str) -> bool {
    let ignored = |c: &char| !matches!(c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}');
    let seen: String = fold(segment).chars().filter(ignored).collect();
    let seen = seen.split(':').next().unwrap_or("").trim_end_matches(['.', ' ']);
    seen == ".git" || seen == "git~1"
}
