//! What a proposal must be before it is merged: legal against the default branch, and mergeable by meaning.

use std::collections::BTreeSet;

use crate::flow::manifest::merge::{self, Side};
use crate::flow::manifest::transition::{Author, transitions};
use crate::flow::manifest::types::{Entry, Manifest, State};
use crate::flow::manifest::validate::{self, Fault};
use crate::flow::version::Version;

/// Something that keeps a proposal from being merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The dataset, where it is about one.
    pub dataset: Option<String>,
    /// The version, where it is about one.
    pub version: Option<Version>,
    /// In words.
    pub message: String,
    /// What to type.
    pub hint: Option<String>,
}

/// What a proposal changes, and what is wrong with that.
#[derive(Debug, Default)]
pub struct Structure {
    /// What keeps it from being merged.
    pub findings: Vec<Finding>,
    /// Pending versions that it adds: their bytes are to be proven.
    pub added: Vec<(String, Entry)>,
}

/// Judges `head` against `base`, the tip of the default branch, where `ancestor` is what both have in common.
#[must_use]
pub fn structure(
    ancestor: &Manifest,
    base: &Manifest,
    head: &Manifest,
    has_receipt: &dyn Fn(&str, &Entry) -> bool,
) -> Structure {
    let mut findings = Vec::new();
    for fault in validate::validate(head) {
        let message = fault.to_string();
        findings.push(Finding { dataset: fault.dataset, version: None, message, hint: None });
    }
    findings.extend(strange(base, head));
    // What the author did, against what the author saw: a newer default branch is no disappearance.
    for illegal in transitions(ancestor, head, has_receipt, Author::PullRequest) {
        findings.push(Finding {
            dataset: Some(illegal.dataset.clone()),
            version: illegal.version,
            message: illegal.to_string(),
            hint: None,
        });
    }
    let merged = merge::merge(ancestor, base, head, Side::Ours);
    for conflict in &merged.conflicts {
        findings.push(Finding {
            dataset: conflict.dataset.clone(),
            version: conflict.version,
            message: conflict.to_string(),
            hint: Some(conflict.hint.clone()),
        });
    }
    for moved in &merged.renumbered {
        findings.push(Finding {
            dataset: Some(moved.dataset.clone()),
            version: Some(moved.from),
            message: format!("{} {} was taken in between; this one becomes {}", moved.dataset, moved.from, moved.to),
            hint: Some("git data merge".to_owned()),
        });
    }
    // What the merge would bring to the default branch as it is now.
    for illegal in transitions(base, &merged.manifest, has_receipt, Author::PullRequest) {
        let message = illegal.to_string();
        let known = findings.iter().any(|f| f.message == message);
        // A number that moved is said above.
        let moved = merged.renumbered.iter().any(|m| m.dataset == illegal.dataset && Some(m.to) == illegal.version);
        if !known && !moved {
            let hint = Some("git data merge".to_owned());
            findings.push(Finding { dataset: Some(illegal.dataset), version: illegal.version, message, hint });
        }
    }
    let fresh = |name: &str, entry: &Entry| {
        entry.state == State::Pending && base.entry(name, entry.version).is_none_or(|b| b.sha256 != entry.sha256)
    };
    let added = head.entries().filter(|(name, e)| fresh(name, e)).map(|(name, e)| (name.to_owned(), e.clone()));
    Structure { findings, added: added.collect() }
}

/// What this program does not know and the default branch does not have yet: nothing could be deleted any more.
fn strange(base: &Manifest, head: &Manifest) -> Vec<Finding> {
    // Entries move when another comes before them: their place is not compared.
    let seen = |fault: &Fault| (fault.dataset.clone(), fault.message.clone(), member(&fault.place).to_owned());
    let known: BTreeSet<_> = validate::unknown(base).iter().map(seen).collect();
    let new = validate::unknown(head).into_iter().filter(|fault| !known.contains(&seen(fault)));
    let finding = |fault: Fault| Finding {
        message: format!("{fault}, with which nothing could be deleted"),
        dataset: fault.dataset,
        version: None,
        hint: Some("cargo install git-data   brings a newer one, which may know it".to_owned()),
    };
    new.map(finding).collect()
}

fn member(place: &str) -> &str {
    place.rsplit_once("].").map_or(place, |(_, member)| member)
}

/// The line of `text`, a manifest as it is printed, that holds that version or dataset; from 1.
#[must_use]
pub fn line(text: &str, dataset: &str, version: Option<Version>) -> Option<usize> {
    let opening = format!("    {}: {{", serde_json::Value::from(dataset));
    let mut lines = text.lines().enumerate().skip_while(|(_, l)| l.trim_end() != opening);
    let (first, _) = lines.next()?;
    let Some(version) = version else { return Some(first + 1) };
    let wanted = format!("\"version\": \"{version}\"");
    let inside = lines.take_while(|(_, l)| !l.starts_with("    }"));
    inside.filter(|(_, l)| l.contains(&wanted)).map(|(at, _)| at + 1).next()
}

/// A line that makes GitHub show `message` at a place of the manifest. Nothing in it can begin another command.
#[must_use]
pub fn annotation(file: &str, line: Option<usize>, title: &str, message: &str) -> String {
    let data = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let property = |text: &str| data(text).replace(':', "%3A").replace(',', "%2C");
    let place = line.map_or(String::new(), |line| format!(",line={line}"));
    format!("::error file={}{place},title={}::{}", property(file), property(title), data(message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::hash::Digest;
    use crate::flow::manifest::json::Json;
    use crate::flow::manifest::print::print;
    use crate::flow::manifest::types::{Dataset, Kind};

    fn entry(n: u64, bytes: &[u8], state: State) -> Entry {
        let stamp = "2026-11-21T10:00:00Z".to_owned();
        let published = state == State::Published;
        let mut entry =
            Entry::pending(Version(n), Digest::of(bytes), bytes.len() as u64, stamp.clone(), "m".to_owned());
        entry.state = state;
        entry.base = (n > 1).then(|| Version(n - 1));
        if published {
            entry.commit = Some("c".repeat(40));
            entry.published = Some(stamp);
        }
        entry
    }

    fn manifest(entries: &[Entry]) -> Manifest {
        let mut manifest = Manifest::default();
        let versions = entries.to_vec();
        manifest.datasets.insert("a.csv".to_owned(), Dataset { versions, ..Dataset::default() });
        manifest
    }

    fn judged(ancestor: &Manifest, base: &Manifest, head: &Manifest) -> Structure {
        structure(ancestor, base, head, &|_, _| false)
    }

    #[test]
    fn a_proper_proposal_has_no_findings_and_its_bytes_are_to_be_proven() {
        let base = manifest(&[entry(1, b"1", State::Published)]);
        let head = manifest(&[entry(2, b"2", State::Pending), entry(1, b"1", State::Published)]);
        let found = judged(&base, &base, &head);
        assert_eq!(found.findings, []);
        assert_eq!(found.added.len(), 1);
    }

    #[test]
    fn a_newer_default_branch_is_no_disappearance() {
        let ancestor = manifest(&[entry(1, b"1", State::Published)]);
        let mut base = ancestor.clone();
        let other = Dataset { versions: vec![entry(1, b"x", State::Published)], ..Dataset::default() };
        base.datasets.insert("b.csv".to_owned(), other);
        let head = manifest(&[entry(2, b"2", State::Pending), entry(1, b"1", State::Published)]);
        assert_eq!(judged(&ancestor, &base, &head).findings, []);
    }

    #[test]
    fn a_number_that_was_taken_in_between_is_red_and_says_what_to_type() {
        let ancestor = manifest(&[entry(1, b"1", State::Published)]);
        let base = manifest(&[entry(2, b"theirs", State::Published), entry(1, b"1", State::Published)]);
        let head = manifest(&[entry(2, b"mine", State::Pending), entry(1, b"1", State::Published)]);
        let found = judged(&ancestor, &base, &head);
        assert_eq!(found.findings.len(), 1, "{:?}", found.findings);
        assert!(found.findings[0].message.contains("a.csv v2 was taken in between; this one becomes v3"));
        assert_eq!(found.findings[0].hint.as_deref(), Some("git data merge"));
    }

    #[test]
    fn a_changed_published_version_is_named() {
        let base = manifest(&[entry(1, b"1", State::Published)]);
        let head = manifest(&[entry(1, b"other", State::Published)]);
        let found = judged(&base, &base, &head);
        assert!(found.findings.iter().any(|f| f.version == Some(Version(1))), "{:?}", found.findings);
    }

    #[test]
    fn what_nobody_knows_is_red_unless_it_is_there_already() {
        let strange = |mut entry: Entry| {
            entry.extra.push(("later".to_owned(), Json::Null));
            entry
        };
        let base = manifest(&[entry(1, b"1", State::Published)]);
        let head = manifest(&[strange(entry(2, b"2", State::Pending)), entry(1, b"1", State::Published)]);
        let found = judged(&base, &base, &head).findings;
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].message.contains("versions[0].later: an unknown member"), "{found:?}");
        let base = manifest(&[strange(entry(1, b"1", State::Published))]);
        let head = manifest(&[entry(2, b"2", State::Pending), strange(entry(1, b"1", State::Published))]);
        assert_eq!(judged(&base, &base, &head).findings, []);
        let mut head = base.clone();
        head.datasets.insert("b".to_owned(), Dataset { kind: Kind::of("swarm"), ..Dataset::default() });
        assert!(judged(&base, &base, &head).findings.iter().any(|f| f.message.contains("unknown kind \"swarm\"")));
    }

    #[test]
    fn a_head_that_breaks_a_rule_by_itself_is_named() {
        let base = manifest(&[entry(1, b"1", State::Published)]);
        let mut head = base.clone();
        head.datasets.insert(
            "A.csv".to_owned(),
            Dataset { versions: vec![entry(1, b"x", State::Pending)], ..Dataset::default() },
        );
        let found = judged(&base, &base, &head);
        assert!(found.findings.iter().any(|f| f.message.contains("A.csv")), "{:?}", found.findings);
    }

    #[test]
    fn the_line_is_that_of_the_version() {
        let head = manifest(&[entry(2, b"2", State::Pending), entry(1, b"1", State::Published)]);
        let text = print(&head);
        let at = line(&text, "a.csv", Some(Version(1))).unwrap();
        assert!(text.lines().nth(at - 1).unwrap().contains("\"version\": \"v1\""));
        assert_eq!(line(&text, "b.csv", None), None);
    }

    #[test]
    fn an_annotation_cannot_begin_another_command() {
        let line = annotation("manifest.json", Some(3), "a,b:c", "x\n::add-mask::y%0A");
        assert_eq!(line, "::error file=manifest.json,line=3,title=a%2Cb%3Ac::x%0A::add-mask::y%250A");
        assert_eq!(line.lines().count(), 1);
    }
}
