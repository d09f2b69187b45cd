//! Pages of sweep, janitor and fsck: for each object the proof, or what pins it.

use std::collections::BTreeMap;

use super::dry;
use crate::cli::Show;
use crate::cli::page::{Page, Tone};
use crate::command::fsck::Audited;
use crate::command::janitor::Cleaned;
use crate::command::sweep::Swept;
use crate::error::Kind;
use crate::flow::audit::{Finding, Weight};
use crate::flow::reference::Pin;
use crate::flow::retention::janitor::Verdict;
use crate::flow::retention::{At, Kept, Unneeded};
use crate::flow::signature::Signer;
use crate::flow::text::{human_size, plural};

fn names(entries: &[At]) -> String {
    entries.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// At most three pins in full; a tag more or less changes nothing.
fn pinned(page: &mut Page, pins: &[Pin]) {
    for pin in pins.iter().take(3) {
        page.line(format!("  because {pin}"));
    }
    if pins.len() > 3 {
        page.line(format!("  and {} more", pins.len() - 3));
    }
}

fn notes(page: &mut Page, notes: &[String]) {
    for note in notes {
        page.toned(Tone::Warn, format!("note: {note}"));
    }
}

impl Swept {
    /// Whether what was to be written on the default branch is not there.
    fn unwritten(&self) -> bool {
        self.dry_run || self.forbidden.is_some() && self.commits.is_empty()
    }

    fn object(&self, page: &mut Page, unneeded: &Unneeded, word: &str) {
        let size = unneeded.size.map_or(String::new(), |size| format!(" ({})", human_size(size)));
        page.line(format!("{}: {word} {}{size}", names(&unneeded.entries), unneeded.key));
        if self.dry_run {
            let counted = plural(self.counted.len() as u64, "name");
            page.line(format!("  because its grace period is over and none of {counted} in git needs it"));
        }
    }

    fn stays(page: &mut Page, kept: &Kept) {
        page.toned(Tone::Dim, format!("{}: {} stays", kept.entry, kept.key));
        if let Some(why) = &kept.why {
            page.line(format!("  because {why}"));
        }
        pinned(page, &kept.pins);
    }
}

impl Show for Swept {
    fn show(&self, page: &mut Page) {
        dry(page, self.dry_run);
        if !self.seen.is_empty() {
            let word = if self.unwritten() { "would begin" } else { "begins" };
            page.line(format!("The grace period {word} for {}.", names(&self.seen)));
        }
        for unneeded in &self.marked {
            let word = if self.unwritten() { "would be marked for deletion:" } else { "marked for deletion:" };
            self.object(page, unneeded, word);
        }
        for unneeded in &self.deleted {
            self.object(page, unneeded, if self.dry_run { "would be deleted:" } else { "deleted" });
        }
        for failed in &self.failed {
            page.toned(Tone::Bad, format!("{}: {}", failed.key, failed.error));
        }
        if !self.purged.is_empty() {
            let word = if self.unwritten() { "Would be recorded" } else { "Recorded" };
            page.line(format!("{word} as gone: {}.", names(&self.purged)));
        }
        self.kept.iter().for_each(|kept| Swept::stays(page, kept));
        for key in &self.leftovers {
            page.line(format!("left behind: {key}"));
        }
        for key in &self.uploads {
            page.line(format!("unfinished upload of {key}"));
        }
        let lists = [self.seen.len(), self.marked.len(), self.deleted.len(), self.failed.len(), self.purged.len()];
        if lists.iter().sum::<usize>() + self.kept.len() + self.leftovers.len() + self.uploads.len() == 0 {
            page.line("Nothing is retired: production keeps everything.");
        }
        notes(page, &self.notes);
        if let Some(rule) = &self.forbidden {
            page.toned(Tone::Warn, format!("note: the default branch takes no push: {rule}"));
            match (&self.branch, &self.review) {
                (Some(branch), Some(url)) => page.line(format!("The marks are proposed on {branch}: {url}")),
                (Some(branch), None) => page.line(format!("The marks are on {branch}: open a pull request for it")),
                (None, _) => page.line("Nothing was marked, and nothing that is not marked is deleted."),
            }
        }
    }

    fn failure(&self) -> Option<Kind> {
        self.failure
    }
}

impl Show for Cleaned {
    fn show(&self, page: &mut Page) {
        dry(page, self.dry_run);
        let of = |verdict| self.objects.iter().filter(move |object| object.verdict == verdict);
        for object in of(Verdict::Delete) {
            let word = if self.dry_run { "would be deleted" } else { "deleted" };
            page.line(format!("{} ({}) {word}", object.key, human_size(object.size)));
            if self.dry_run {
                let counted = plural(self.counted.len() as u64, "name");
                page.line(format!("  because it is older than 30 days and none of {counted} in git needs it"));
            }
        }
        for key in &self.uploads {
            page.line(format!("unfinished upload of {key}"));
        }
        for object in of(Verdict::Needed).filter(|_| self.dry_run) {
            page.toned(Tone::Dim, format!("{} stays", object.key));
            pinned(page, &object.pins);
        }
        for object in of(Verdict::Unknown) {
            page.toned(Tone::Warn, format!("{} is not ours and stays", object.key));
        }
        let count = |verdict| plural(of(verdict).count() as u64, "object");
        let (needed, young) = (count(Verdict::Needed), count(Verdict::Young));
        let word = if self.dry_run { "would be freed" } else { "freed" };
        page.line(format!("{} {word}; {needed} needed, {young} younger than 30 days.", human_size(self.freed)));
        notes(page, &self.notes);
    }

    fn failure(&self) -> Option<Kind> {
        self.failure
    }
}

impl Show for Audited {
    fn show(&self, page: &mut Page) {
        for found in &self.findings {
            let tone = match found.weight {
                Weight::Note => Tone::Plain,
                Weight::Unproven => Tone::Warn,
                Weight::Broken if found.repaired => Tone::Good,
                Weight::Broken => Tone::Bad,
            };
            let repaired = match (&found.finding, found.repaired) {
                (_, false) => "",
                (Finding::Unsigned { .. }, true) => ": signed now",
                (Finding::MissingChunks { .. } | Finding::WrongChunks { .. }, true) => ": written now",
                (_, true) => ": brought back",
            };
            page.toned(tone, format!("{}{repaired}", found.words));
            for copy in found.copies.iter().filter(|_| !found.repaired) {
                page.line(format!("  a good copy: {copy}"));
            }
        }
        let mut signers: BTreeMap<&Signer, u64> = BTreeMap::new();
        self.signatures.iter().for_each(|signed| *signers.entry(&signed.signer).or_default() += 1);
        for (signer, count) in signers {
            page.line(format!("{} signed by {signer}", plural(count, "receipt")));
        }
        for name in &self.skipped {
            page.toned(Tone::Warn, format!("{name} is a tree: this version does not look into it"));
        }
        notes(page, &self.notes);
        let objects = plural(self.objects as u64, "object");
        let wrong = self.findings.iter().filter(|f| f.weight != Weight::Note && !f.repaired).count();
        let verdict = if wrong == 0 { "all as published".to_owned() } else { plural(wrong as u64, "fault") };
        page.line(format!("{objects}, {} read and hashed: {verdict}.", self.read));
    }

    fn failure(&self) -> Option<Kind> {
        self.failure
    }
}
