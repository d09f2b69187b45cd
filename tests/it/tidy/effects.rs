//! No effect without a moment before and after it: the calls that change something stand in few files, each of which
//! goes through `crash::around`.

use super::names::without_comments;

/// The file of effects on files; each of its functions is between moments.
const FILES: &str = "src/disk/effect.rs";
/// Where programs are started, and where requests are sent.
const DOORS: [(&str, &str, usize); 2] = [("src/process/mod.rs", "around(", 2), ("src/store/s3/mod.rs", "around(", 1)];

/// What changes a file, and is called in `src/disk/effect.rs` only.
const ON_FILES: [&str; 19] = [
    "fs::write(",
    "fs::rename(",
    "fs::hard_link(",
    "fs::copy(",
    "fs::remove_",
    "fs::create_dir",
    "fs::set_permissions(",
    "File::create",
    ".write(true).open(",
    ".append(true).open(",
    ".create(true).open(",
    ".truncate(true).open(",
    ".persist(",
    ".sync_all(",
    ".sync_data(",
    ".set_len(",
    ".set_permissions(",
    ".tempfile_in(",
    ".make_in(",
];

/// What starts a program, or sends a request; where it may stand.
const ELSEWHERE: [(&str, &[&str]); 4] = [
    (".spawn()", &["src/process/mod.rs"]),
    (".status()?", &["src/process/mod.rs"]),
    ("command.status()", &["src/process/mod.rs"]),
    // The others sign, connect, and receive.
    ("block_on(attempt", &["src/store/s3/mod.rs"]),
];

/// A file of `src`, and what it changes past the moments.
pub(super) fn effects(path: &str, text: &str) -> Vec<String> {
    let product = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let code = without_comments(product);
    // A chain of calls may stand on several lines.
    let squeezed = code.split_whitespace().collect::<Vec<_>>().join(" ").replace(" .", ".");
    let mut faults = Vec::new();
    // The moments themselves are noted in a file.
    if path != FILES && path != "src/crash.rs" {
        let found = ON_FILES.iter().filter(|call| own(&squeezed, call));
        faults.extend(found.map(|call| format!("{path}: {call}…) belongs in {FILES}, between its two moments")));
    }
    for (call, places) in ELSEWHERE {
        if squeezed.contains(call) && !places.contains(&path) {
            faults.push(format!("{path}: {call} belongs in {}, between its two moments", places.join(", ")));
        }
    }
    if let Some((_, word, times)) = DOORS.iter().find(|(door, _, _)| *door == path)
        && squeezed.matches(word).count() < *times
    {
        faults.push(format!("{path}: an effect without a moment before and after it"));
    }
    faults
}

/// Whether the call is there and not one of `disk::effect` of the same name.
fn own(code: &str, call: &str) -> bool {
    code.match_indices(call).any(|(at, _)| !code[..at].ends_with("effect::"))
}

/// Each function of `src/disk/effect.rs` does what it does between its moments.
pub(super) fn each_between(text: &str) -> Vec<String> {
    let functions = text.split("\npub fn ").skip(1);
    let bare = functions.filter(|function| !function.contains("around(")).map(|function| {
        let name = function.split(['(', '<']).next().unwrap_or_default();
        format!("{FILES}: {name} is an effect without a moment before and after it")
    });
    let untold = text.matches("\npub fn ").count() - text.matches("#[track_caller]\n").count();
    bare.chain((untold > 0).then(|| format!("{FILES}: {untold} functions do not tell who called them"))).collect()
}
