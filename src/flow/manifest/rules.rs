//! The rules of one entry among the others of its dataset.

use super::json::Json;
use super::types::{Dataset, Entry, Kind, Manifest, State};
use super::validate::Found;
use crate::flow::version::Version;

/// Takes a member and what is wrong with it.
type Tell<'a> = dyn FnMut(&str, String) + 'a;

/// Versions are newest first, each once.
pub(super) fn order(dataset: &Dataset, found: &mut Found<'_>) {
    for (n, pair) in dataset.versions.windows(2).enumerate() {
        let (newer, older) = (pair[0].version, pair[1].version);
        let place = format!("versions[{}].version", n + 1);
        if older == newer {
            found.add(&place, format!("{older} is there twice"));
        } else if older > newer {
            found.add(&place, format!("{older} comes after {newer}, but versions are newest first"));
        }
    }
}

/// Everything about one entry.
pub(super) fn of_entry(manifest: &Manifest, dataset: (&str, &Dataset), entry: &Entry, tell: &mut Tell<'_>) {
    content(dataset, entry, tell);
    times(entry, tell);
    facts(entry, tell);
    references(dataset.1, entry, tell);
    rollback(dataset.1, entry, tell);
    from(manifest, dataset.0, entry, tell);
}

fn content((name, dataset): (&str, &Dataset), entry: &Entry, tell: &mut Tell<'_>) {
    if entry.files.is_some() && dataset.kind == Kind::File {
        tell("files", "only a tree has a number of files".to_owned());
    }
    let owner = entry.rollback.and_then(|version| dataset.entry(version)).unwrap_or(entry);
    if entry.size.is_none() && owner.key.is_none() {
        tell("size", "only a migrated version may have no size yet".to_owned());
    }
    if let Some(diff) = entry.diff.as_ref().filter(|diff| !is_page(diff, name, entry)) {
        tell("diff", format!("{diff:?} is not {}", page(name, entry)));
    }
    if entry.source.as_ref().is_some_and(|source| !matches!(source, Json::Object(_))) {
        tell("source", "is not an object".to_owned());
    }
    if let Some(delta) = entry.delta.filter(|delta| !dataset.versions.iter().any(|e| e.sha256 == *delta)) {
        tell("delta", format!("no version of this dataset has the digest {delta}"));
    }
    for (member, key) in [("key", &entry.key), ("stagingKey", &entry.staging_key)] {
        if key.as_ref().is_some_and(String::is_empty) {
            tell(member, "is empty".to_owned());
        }
    }
}

/// Where the review page of an entry lies.
#[must_use]
pub fn page(name: &str, entry: &Entry) -> String {
    format!("diffs/{name}/{}.md", entry.sha256.short16())
}

/// Whether this is [`page`]'s answer, without making it: a manifest has many entries.
fn is_page(path: &str, name: &str, entry: &Entry) -> bool {
    let rest =
        path.strip_prefix("diffs/").and_then(|rest| rest.strip_prefix(name)).and_then(|rest| rest.strip_prefix('/'));
    rest.and_then(|rest| rest.strip_suffix(".md")).is_some_and(|digits| entry.sha256.begins_with(digits, 16))
}

fn times(entry: &Entry, tell: &mut Tell<'_>) {
    let times = [
        ("created", Some(&entry.created)),
        ("published", entry.published.as_ref()),
        ("retired", entry.retired.as_ref()),
        ("purging", entry.purging.as_ref()),
        ("purged", entry.purged.as_ref()),
    ];
    for (member, time) in times {
        if let Some(time) = time.filter(|time| !is_time(time)) {
            tell(member, format!("{time:?} is not a time like 2026-11-21T10:00:00Z"));
        }
    }
}

/// RFC 3339, UTC, seconds.
fn is_time(text: &str) -> bool {
    is_common_time(text.as_bytes())
        || text.len() == "2026-11-21T10:00:00Z".len()
            && text.parse::<jiff::Timestamp>().is_ok_and(|time| time.to_string() == text)
}

/// Whether it surely is a time. The rare others, such as a 29th of February, need a calendar.
fn is_common_time(text: &[u8]) -> bool {
    let Ok(text): Result<&[u8; 20], _> = text.try_into() else { return false };
    let plain = text.iter().zip(b"0000-00-00T00:00:00Z").all(|(found, shape)| match shape {
        b'0' => found.is_ascii_digit(),
        _ => found == shape,
    });
    let two = |at: usize| (text[at] - b'0') * 10 + (text[at + 1] - b'0');
    let days = |month: u8| match month {
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    // The first and the last year are for the calendar too.
    plain
        && (1..=98).contains(&two(0))
        && (1..=12).contains(&two(5))
        && (1..=days(two(5))).contains(&two(8))
        && two(11) < 24
        && two(14) < 60
        && two(17) < 60
}

/// A fact may stand only where it can be true.
fn facts(entry: &Entry, tell: &mut Tell<'_>) {
    use State::{Pending, Published, Retired, Withdrawn};
    let state = entry.state.word();
    let mut only = |member: &str, there: bool, not_in: &[State]| {
        if there && not_in.contains(&entry.state) {
            tell(member, format!("a {state} version cannot have it"));
        }
    };
    only("commit", entry.commit.is_some(), &[Pending]);
    only("published", entry.published.is_some(), &[Pending]);
    only("retired", entry.retired.is_some(), &[Pending, Published, Withdrawn]);
    only("purging", entry.purging.is_some(), &[Pending, Published, Withdrawn, Retired]);
    only("purged", entry.purged.is_some(), &[Pending, Published, Withdrawn, Retired, State::Purging]);
}

fn references(dataset: &Dataset, entry: &Entry, tell: &mut Tell<'_>) {
    if let Some(base) = entry.base.filter(|base| *base >= entry.version) {
        tell("base", format!("{base} is not a lower version"));
    }
    let Some(between) = entry.supersedes else { return };
    if between >= entry.version {
        tell("supersedes", format!("{between} is not a lower version"));
    } else if dataset.entry(between).is_none() {
        tell("supersedes", format!("there is no {between}"));
    } else if entry.base == Some(between) {
        tell("supersedes", format!("{between} is the base already"));
    }
}

fn rollback(dataset: &Dataset, entry: &Entry, tell: &mut Tell<'_>) {
    let Some(version) = entry.rollback else { return };
    let mut tell = |why: String| tell("rollback", why);
    let Some(target) = dataset.entry(version) else { return tell(format!("there is no {version}")) };
    if version >= entry.version {
        return tell(format!("{version} is not a lower version"));
    }
    if (target.sha256, target.size) != (entry.sha256, entry.size) {
        tell(format!("{version} has another content"));
    }
    if let Some(owner) = target.rollback {
        tell(format!("{version} is a rollback itself; the object belongs to {owner}"));
    }
    if entry.key.is_some() && entry.key != target.key {
        tell(format!("{version} has another object"));
    }
    let gone = matches!(target.state, State::Purging | State::Purged);
    if entry.state == State::Pending && gone {
        tell(format!("{version} is {}", target.state.word()));
    }
}

/// `OLD@vN`, read.
#[must_use]
pub fn origin(from: &str) -> Option<(&str, Version)> {
    let (name, version) = from.rsplit_once('@')?;
    Some((name, Version::parse(version)?)).filter(|(name, _)| super::name::check(name).is_ok())
}

fn from(manifest: &Manifest, name: &str, entry: &Entry, tell: &mut Tell<'_>) {
    let Some(from) = &entry.from else { return };
    let mut tell = |why: String| tell("from", why);
    let Some((old, version)) = origin(from) else { return tell(format!("{from:?} is not of the form OLD@vN")) };
    if old == name {
        return tell("is this dataset itself".to_owned());
    }
    match manifest.entry(old, version) {
        None => tell(format!("there is no {old} {version}")),
        Some(source) if (source.sha256, source.size) != (entry.sha256, entry.size) => {
            tell(format!("{old} {version} has another content"));
        }
        Some(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quick_look_at_a_time_believes_nothing_that_the_calendar_would_not() {
        let by_calendar = |text: &str| text.parse::<jiff::Timestamp>().is_ok_and(|time| time.to_string() == text);
        let mut sure = 0;
        for year in [0, 99, 100, 1900, 2000, 2026, 9899, 9999] {
            for month in 0..=13 {
                for day in 0..=32 {
                    let text = format!("{year:04}-{month:02}-{day:02}T23:59:59Z");
                    let quick = is_common_time(text.as_bytes());
                    assert!(!quick || by_calendar(&text), "{text}");
                    assert_eq!(is_time(&text), by_calendar(&text), "{text}");
                    sure += usize::from(quick);
                }
            }
        }
        assert_eq!(sure, 5 * 365);
        for bad in [
            "",
            "2026-11-21",
            "2026-11-21T24:00:00Z",
            "2026-11-21T10:60:00Z",
            "2026-11-21T10:00:60Z",
            "2026-11-21t10:00:00Z",
            "2026-11-21T10:00:00ZZ",
            "２026-11-21T10:00Z",
        ] {
            assert!(!is_common_time(bad.as_bytes()) && !is_time(bad), "{bad}");
        }
    }

    #[test]
    fn a_page_is_recognised_by_what_it_would_be() {
        let entry = Entry::pending(Version(1), crate::flow::hash::Digest::of(b"x"), 1, String::new(), String::new());
        let right = page("a/b.csv", &entry);
        assert!(is_page(&right, "a/b.csv", &entry));
        for (path, name) in [
            (&*right, "a/b"),
            (&right[1..], "a/b.csv"),
            (&right[..right.len() - 1], "a/b.csv"),
            ("diffs/a/b.csv/.md", "a/b.csv"),
            ("", ""),
        ] {
            assert!(!is_page(path, name, &entry), "{path}");
        }
    }
}
