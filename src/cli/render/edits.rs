//! Pages of the verbs that change the manifest: rollback, delete, prune, restore, rename, merge, migrate.

use super::{dry, next, proposal};
use crate::cli::Show;
use crate::cli::page::{Page, Tone};
use crate::command::delete::Deleted;
use crate::command::merge::Merged;
use crate::command::migrate::Migrated;
use crate::command::migrate::lfs::Moved;
use crate::command::prune::Pruned;
use crate::command::rename::Renamed;
use crate::command::restore::Restored;
use crate::command::rollback::RolledBack;
use crate::error::Kind;
use crate::flow::text::{human_size, plural};
use crate::flow::version::Version;

fn list(versions: &[Version]) -> String {
    versions.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

impl Show for RolledBack {
    fn show(&self, page: &mut Page) {
        dry(page, self.dry_run);
        page.line(format!("{} {} brings back {}; no byte is copied.", self.name, self.version, self.to));
        if let Some(proposed) = &self.proposal {
            proposal(page, proposed);
        }
    }
}

/// So many places are named.
const PLACES: usize = 10;

/// What git goes on showing of versions that are given up.
fn shown(page: &mut Page, places: &[String]) {
    if places.is_empty() {
        return;
    }
    page.toned(Tone::Warn, "Git remembers: rows of them stay where they were shown.");
    for place in places.iter().take(PLACES) {
        page.line(format!("  {place}"));
    }
    if places.len() > PLACES {
        page.line(format!("  … {} more", places.len() - PLACES));
    }
}

impl Show for Deleted {
    fn show(&self, page: &mut Page) {
        dry(page, self.dry_run);
        page.line(format!("{}: every version is given up.", self.name));
        for step in &self.versions {
            page.line(format!("  {} → {}", step.version, step.state));
        }
        let published = self.versions.iter().any(|step| step.state == "retired");
        page.toned(
            Tone::Dim,
            if published {
                "Production keeps the bytes for a grace period of 30 days after the merge: until then git data restore \
                 brings them back. The name is free again once every version is purged."
            } else {
                "Nothing of it is known to be published. The name is free again after the merge."
            },
        );
        shown(page, &self.shown);
        if let Some(proposed) = &self.proposal {
            proposal(page, proposed);
        }
    }
}

impl Show for Pruned {
    fn show(&self, page: &mut Page) {
        if self.retired.is_empty() {
            page.line(format!(
                "{} has no more than {}: nothing to prune.",
                self.name,
                plural(self.keep as u64, "live version")
            ));
            return;
        }
        dry(page, self.dry_run);
        page.line(format!("{}: {} retired, the newest {} stay.", self.name, list(&self.retired), self.keep));
        shown(page, &self.shown);
        if let Some(proposed) = &self.proposal {
            proposal(page, proposed);
        }
    }
}

impl Show for Restored {
    fn show(&self, page: &mut Page) {
        dry(page, self.dry_run);
        page.line(format!("{}: {} brought back.", self.name, list(&self.versions)));
        if let Some(proposed) = &self.proposal {
            proposal(page, proposed);
        }
    }
}

impl Show for Renamed {
    fn show(&self, page: &mut Page) {
        dry(page, self.dry_run);
        page.line(format!("{} v1 begins with the bytes of {} {}.", self.new, self.old, self.from));
        page.line(format!("{} keeps its versions; its file stays at {}.", self.old, self.path));
        if let Some(proposed) = &self.proposal {
            proposal(page, proposed);
        }
    }
}

impl Show for Merged {
    fn show(&self, page: &mut Page) {
        if self.by_git {
            self.renumbered.iter().for_each(|line| page.line(line));
            return;
        }
        if self.changed {
            dry(page, self.dry_run);
            page.line(format!("{} {}.", if self.dry_run { "Merge" } else { "Merged" }, self.what));
        } else if self.next.is_empty() {
            page.line(format!("Nothing to merge: this branch holds all of {}.", self.what));
        } else {
            page.line("Nothing is left to merge in manifest.json.");
        }
        for renumbered in &self.renumbered {
            page.line(format!("  {renumbered}"));
        }
        if let Some(commit) = &self.commit {
            page.line(format!("Committed {}.", commit.chars().take(10).collect::<String>()));
        }
        for path in &self.left {
            page.toned(Tone::Warn, format!("  {path} is yours to merge"));
        }
        next(page, &self.next);
    }

    fn remarks(&self) -> Vec<String> {
        self.notes.clone()
    }

    fn failure(&self) -> Option<Kind> {
        (!self.left.is_empty()).then_some(Kind::Partial)
    }
}

impl Show for Moved {
    fn show(&self, page: &mut Page) {
        dry(page, self.dry_run);
        for one in &self.datasets {
            let versions = plural(one.versions as u64, "version");
            page.line(format!("{}: {versions}, {}", one.name, human_size(one.size)));
        }
        for line in &self.missing {
            page.toned(Tone::Warn, format!("  left out: {line}"));
        }
        for line in &self.left {
            page.toned(Tone::Warn, format!("  stays in Git LFS: {line}"));
        }
        if let Some(proposed) = &self.proposal {
            page.line(format!("{} sent to staging; the pointers leave git, the files stay.", human_size(self.sent)));
            proposal(page, proposed);
        }
    }

    fn remarks(&self) -> Vec<String> {
        let rest = "git lfs untrack PATTERN takes a pattern out of .gitattributes once no file of it is left";
        self.proposal.iter().map(|_| rest.to_owned()).collect()
    }
}

impl Show for Migrated {
    fn show(&self, page: &mut Page) {
        dry(page, self.dry_run);
        let (versions, datasets) = (plural(self.versions as u64, "version"), plural(self.datasets as u64, "dataset"));
        if self.again {
            page.line("Added the sizes that were not known.");
        } else {
            page.line(format!("{versions} of {datasets} in format 1; keys, digests and history stay as they are."));
        }
        for gone in &self.gone {
            page.toned(Tone::Warn, format!("  {} {}: its object {} is gone", gone.name, gone.version, gone.key));
        }
        if self.unsized_versions > 0 {
            let count = plural(self.unsized_versions as u64, "version");
            page.line(format!("  {count} without a size: git data migrate asks the buckets"));
        }
        if let Some(proposed) = &self.proposal {
            proposal(page, proposed);
        }
    }
}
