//! The rules of the house as functions: a path and a text in, faults out. Each is shown going red in `red.rs`.

use super::names::{crate_paths, without_comments};

/// Which rooms each room may name. A new edge is a change of architecture: argue it in review.
const MAY_USE: &[(&str, &[&str])] = &[
    ("error", &[]),
    ("crash", &[]),
    ("flow", &["error"]),
    ("process", &["flow", "crash", "error"]),
    ("disk", &["flow", "crash", "error"]),
    ("git", &["flow", "process", "disk", "error"]),
    ("store", &["flow", "disk", "crash", "error"]),
    ("table", &["flow", "process", "disk", "error"]),
    ("command", &["flow", "store", "git", "disk", "process", "table", "error"]),
    ("cli", &["command", "flow", "error"]),
    ("door", &["command", "flow", "error"]),
];

/// Single names that a room may use beyond its edges, and why.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("cli", "store::transfer::Progress", "the terminal draws the progress that a transfer reports"),
    ("door", "store::transfer::Progress", "the screens draw it too"),
    ("door", "cli::Show", "a door shows the very page that the verb prints"),
    ("door", "cli::page", "a door shows the very page that the verb prints"),
    ("door", "cli::exit::words", "an error reads the same everywhere"),
];

/// The files that may open production for writing: where it is defined, and the publisher.
pub(super) const WRITERS: [&str; 2] = ["src/store/open.rs", "src/bin/git-data-publish.rs"];

/// Words that say nothing about what a file holds.
const EMPTY_WORDS: [&str; 8] = ["util", "utils", "helper", "helpers", "common", "manager", "misc", "stuff"];

/// The room that a file below `src` belongs to; `None` for the map and the programs, which see everything.
fn room(path: &str) -> Option<&str> {
    let inside = path.strip_prefix("src/")?;
    let first = inside.split('/').next()?.trim_end_matches(".rs");
    (!matches!(first, "lib" | "bin")).then_some(first)
}

pub(super) fn edges(path: &str, text: &str) -> Vec<String> {
    let Some(room) = room(path) else { return Vec::new() };
    let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == room) else {
        return vec![format!("{path}: there is no room {room}; draw it in MAY_USE, with what it may use")];
    };
    let mut faults = Vec::new();
    for used in crate_paths(text) {
        let first = used.split("::").next().unwrap_or_default();
        let target = if matches!(first, "Error" | "Result") { "error" } else { first };
        let excepted = EXCEPTIONS.iter().any(|(who, what, _)| *who == room && used.starts_with(what));
        if target != room && !allowed.contains(&target) && !excepted {
            faults.push(format!("{path}: {room} may not use {used}"));
        }
    }
    faults
}

/// A `super::` chain that leaves the room hides an edge. Inline modules count one level more.
pub(super) fn way_out(path: &str, text: &str) -> Vec<String> {
    let Some(inside) = path.strip_prefix("src/").filter(|_| room(path).is_some()) else { return Vec::new() };
    let depth = inside.trim_end_matches(".rs").trim_end_matches("/mod").split('/').count();
    let text = without_comments(text);
    let (outer, inner) = text.split_at(text.find("mod tests {").unwrap_or(text.len()));
    let leaves = |part: &str, depth: usize| part.contains(&"super::".repeat(depth));
    if leaves(outer, depth) || leaves(inner, depth + 1) {
        return vec![format!("{path}: leaves its room by super::; write crate::… so that the edge is seen")];
    }
    Vec::new()
}

pub(super) fn head(path: &str, text: &str) -> Vec<String> {
    if text.starts_with("//! ") {
        return Vec::new();
    }
    vec![format!("{path}: the first line must be `//! ` and say what the file is for")]
}

pub(super) fn length(path: &str, text: &str) -> Vec<String> {
    let lines = text.lines().count();
    if lines <= 400 {
        return Vec::new();
    }
    vec![format!("{path}: {lines} lines; at most 400, then it is two files")]
}

pub(super) fn one_opener(path: &str, text: &str) -> Vec<String> {
    let named = without_comments(text).contains("open_production_for_writing");
    if !path.starts_with("src/") || WRITERS.contains(&path) == named {
        return Vec::new();
    }
    if named {
        return vec![format!("{path}: only {} may name open_production_for_writing", WRITERS.join(" and "))];
    }
    vec![format!("{path}: no longer names open_production_for_writing: this rule would guard nothing")]
}

pub(super) fn name(path: &str) -> Vec<String> {
    let words = path.split('/').flat_map(|part| part.split(['.', '-', '_']));
    words
        .filter(|word| EMPTY_WORDS.contains(word))
        .map(|word| format!("{path}: `{word}` says nothing; name what the file holds"))
        .collect()
}

/// An ignored test must say who runs it, or what it needs.
pub(super) fn finished(path: &str, text: &str) -> Vec<String> {
    let banned = [concat!("to", "do!("), concat!("unimple", "mented!(")];
    let code = without_comments(text);
    let mut faults: Vec<_> = banned.iter().filter(|word| code.contains(**word)).copied().collect();
    let ignored = concat!("#[ig", "nore");
    let reasons = [" = \"run by ", " = \"needs "];
    let said = |rest: &str| reasons.iter().any(|reason| rest.starts_with(reason));
    if code.split(ignored).skip(1).any(|rest| !said(rest)) {
        faults.push(ignored);
    }
    faults.iter().map(|word| format!("{path}: contains {word}")).collect()
}

/// `parent` is the text of the module file above. An absent twin is listed by its path.
pub(super) fn listed(path: &str, module: &str, parent: &str) -> Vec<String> {
    let by_name = format!("mod {module};");
    let by_path = format!("path = \"{}\"", path.rsplit('/').next().unwrap_or(path));
    let parent = without_comments(parent);
    if parent.lines().any(|line| line.trim_end().ends_with(&by_name) || line.contains(&by_path)) {
        return Vec::new();
    }
    vec![format!("{path}: no module lists it (`mod {module};`), so it is never compiled")]
}

/// Machines and registries: what is true here only must not be in the repository.
pub(super) fn places(path: &str, text: &str) -> Vec<String> {
    let hosts = [
        concat!("static.", "crates.io"),
        concat!("index.", "crates.io"),
        concat!("py", "pi.org"),
        concat!("python", "hosted.org"),
        concat!("registry.", "npmjs"),
        concat!("deb.", "debian.org"),
    ];
    let machine = [concat!("/wo", "rk"), concat!("/ro", "ot"), concat!("fa", "rm")];
    let mut faults: Vec<_> = hosts.iter().filter(|host| text.contains(**host)).copied().collect();
    faults.extend(machine.iter().filter(|word| has_word(text, word)).copied());
    faults.iter().map(|what| format!("{path}: names {what}, which belongs to one machine")).collect()
}

/// Whether `word` stands alone: not inside a longer name or path component.
fn has_word(text: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || "_-.}".contains(c);
    text.match_indices(word).any(|(at, _)| {
        let after = text[at + word.len()..].chars().next();
        !text[..at].chars().next_back().is_some_and(part) && !after.is_some_and(|c| c.is_alphanumeric() || c == '_')
    })
}

/// A line that opens with a pictogram decorates; words inform.
pub(super) fn plain(path: &str, text: &str) -> Vec<String> {
    let pictogram = |c: char| matches!(u32::from(c), 0x1F000..=0x1FAFF | 0x2600..=0x26FF | 0x2705 | 0x2728 | 0x274C..=0x274E | 0x2753..=0x2757 | 0x2764 | 0x2B50 | 0x2B55);
    let opens =
        |line: &str| line.trim_start_matches([' ', '\t', '#', '*', '-', '/', '!', '|', '>']).starts_with(pictogram);
    let lines = text.lines().enumerate().filter(|(_, line)| opens(line));
    lines.map(|(number, _)| format!("{path}:{}: begins with a pictogram", number + 1)).collect()
}

/// `table` is `.github/actions.tsv`: action, tag, commit.
pub(crate) fn pinned(path: &str, text: &str, table: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let Some(used) = line.trim_start().trim_start_matches("- ").strip_prefix("uses:").map(str::trim) else {
            continue;
        };
        if used.starts_with("./") {
            continue;
        }
        let known = table.lines().skip(1).any(|row| {
            let mut cells = row.split('\t');
            let (Some(action), Some(tag), Some(commit)) = (cells.next(), cells.next(), cells.next()) else {
                return false;
            };
            let Some((name, pin)) = used.split_once('@') else { return false };
            pin == format!("{commit} # {tag}") && (name == action || name.starts_with(&format!("{action}/")))
        });
        if !known {
            faults
                .push(format!("{path}:{}: `{used}` is not `action@commit # tag` from .github/actions.tsv", number + 1));
        }
    }
    faults
}
