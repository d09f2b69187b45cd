//! What changed between two manifests, in words: a line a dataset or version.

use super::json::Json;
use super::types::{Dataset, Entry, Manifest};
use crate::flow::text::human_size;

/// Each change, datasets by name, versions as the newer manifest has them.
#[must_use]
pub fn changes(old: &Manifest, new: &Manifest) -> Vec<String> {
    let mut lines = Vec::new();
    let mut names: Vec<&String> = old.datasets.keys().chain(new.datasets.keys()).collect();
    names.sort();
    names.dedup();
    for name in names {
        match (old.datasets.get(name), new.datasets.get(name)) {
            (Some(_), None) => lines.push(format!("{name} is there no more")),
            (None, Some(new)) => {
                lines.push(format!("{name} is a new dataset, a {}", new.kind.word()));
                versions(name, &Dataset::default(), new, &mut lines);
            }
            (Some(old), Some(new)) => {
                members(name, old, new, &mut lines);
                versions(name, old, new, &mut lines);
            }
            (None, None) => {}
        }
    }
    if lines.is_empty() && old != new {
        lines.push("members that this version does not know changed".to_owned());
    }
    lines
}

/// What people say of a dataset.
fn members(name: &str, old: &Dataset, new: &Dataset, lines: &mut Vec<String>) {
    let text = |text: &Option<String>| text.clone();
    let json = |value: &Option<Json>| {
        let printed = value.as_ref().map(ToString::to_string)?;
        Some(printed.split_whitespace().collect::<Vec<_>>().join(" "))
    };
    let pairs = [
        ("kind", Some(old.kind.word().to_owned()), Some(new.kind.word().to_owned())),
        ("path", text(&old.path), text(&new.path)),
        ("description", text(&old.description), text(&new.description)),
        ("keys", json(&old.keys), json(&new.keys)),
        ("checks", json(&old.checks), json(&new.checks)),
        ("redact", json(&old.redact), json(&new.redact)),
        ("preview", text(&old.preview), text(&new.preview)),
        ("renamed", text(&old.renamed), text(&new.renamed)),
    ];
    for (member, before, after) in pairs.into_iter().filter(|(_, before, after)| before != after) {
        lines.push(match (before, after) {
            (Some(before), Some(after)) => format!("{name}: {member} was {before} and is {after}"),
            (None, Some(after)) => format!("{name}: {member} is {after}"),
            (before, None) => format!("{name}: {member} is gone, it was {}", before.unwrap_or_default()),
        });
    }
}

fn versions(name: &str, old: &Dataset, new: &Dataset, lines: &mut Vec<String>) {
    for entry in &new.versions {
        match old.entry(entry.version) {
            None => lines.push(format!("{name} {} is new: {}", entry.version, said(entry))),
            Some(before) if before == entry => {}
            Some(before) => lines.push(format!("{name} {}: {}", entry.version, changed(before, entry))),
        }
    }
    for gone in old.versions.iter().filter(|entry| new.entry(entry.version).is_none()) {
        lines.push(format!("{name} {} is there no more", gone.version));
    }
}

fn said(entry: &Entry) -> String {
    let size = entry.size.map_or("of unknown size".to_owned(), human_size);
    let files = entry.files.map_or(String::new(), |files| format!(", {files} files"));
    let base = entry.base.map_or(String::new(), |base| format!(", made from {base}"));
    let message = entry.message.lines().next().unwrap_or_default();
    format!("{}, {size}{files}{base}: {message}", entry.state.word())
}

fn changed(old: &Entry, new: &Entry) -> String {
    let mut parts = Vec::new();
    if old.sha256 != new.sha256 {
        let size = |entry: &Entry| entry.size.map_or("unknown size".to_owned(), human_size);
        let (from, to) = (old.sha256.short16(), new.sha256.short16());
        parts.push(format!("other content, {from} ({}) → {to} ({})", size(old), size(new)));
    }
    if old.state != new.state {
        parts.push(format!("{} → {}", old.state.word(), new.state.word()));
    }
    if old.base != new.base {
        parts.push(new.base.map_or("made from nothing".to_owned(), |base| format!("now made from {base}")));
    }
    if old.message != new.message {
        parts.push(format!("message: {}", new.message.lines().next().unwrap_or_default()));
    }
    // What stands for itself was said; the rest follows from it, or is for programs.
    if parts.is_empty() { "other members changed".to_owned() } else { parts.join("; ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::hash::Digest;
    use crate::flow::manifest::types::State;
    use crate::flow::version::Version;

    fn entry(n: u64, bytes: &[u8]) -> Entry {
        let mut entry =
            Entry::pending(Version(n), Digest::of(bytes), 3, "2026-11-21T10:00:00Z".into(), format!("m{n}"));
        entry.base = (n > 1).then(|| Version(n - 1));
        entry
    }

    fn manifest(versions: &[Entry]) -> Manifest {
        let dataset = Dataset { versions: versions.to_vec(), ..Dataset::default() };
        Manifest { datasets: [("a.csv".to_owned(), dataset)].into(), ..Manifest::default() }
    }

    #[test]
    fn every_change_is_a_line() {
        let old = manifest(&[entry(2, b"2"), entry(1, b"1")]);
        let mut new = manifest(&[entry(3, b"3"), entry(2, b"other"), entry(1, b"1")]);
        let dataset = new.datasets.get_mut("a.csv").unwrap();
        dataset.description = Some("Prices".to_owned());
        dataset.versions[2].state = State::Published;
        dataset.versions[2].commit = Some("c".repeat(40));
        new.datasets.insert("b".to_owned(), Dataset { versions: vec![entry(1, b"b")], ..Dataset::default() });
        let (two, other) = (Digest::of(b"2").short16(), Digest::of(b"other").short16());
        assert_eq!(
            changes(&old, &new),
            [
                "a.csv: description is Prices".to_owned(),
                "a.csv v3 is new: pending, 3 B, made from v2: m3".to_owned(),
                format!("a.csv v2: other content, {two} (3 B) → {other} (3 B)"),
                "a.csv v1: pending → published".to_owned(),
                "b is a new dataset, a file".to_owned(),
                "b v1 is new: pending, 3 B: m1".to_owned(),
            ]
        );
        let back = changes(&new, &old);
        assert!(back.contains(&"a.csv: description is gone, it was Prices".to_owned()), "{back:?}");
        assert!(
            back.contains(&"a.csv v3 is there no more".to_owned()) && back.contains(&"b is there no more".to_owned())
        );
        assert!(changes(&new, &new).is_empty());
    }

    #[test]
    fn no_change_goes_unsaid() {
        let old = manifest(&[entry(1, b"1")]);
        let mut new = old.clone();
        new.datasets.get_mut("a.csv").unwrap().versions[0].delta = Some(Digest::of(b"d"));
        assert_eq!(changes(&old, &new), ["a.csv v1: other members changed"]);
        let mut new = old.clone();
        new.extra.push(("later".to_owned(), Json::Null));
        assert_eq!(changes(&old, &new), ["members that this version does not know changed"]);
    }
}
