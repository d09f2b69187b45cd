//! Pages of init and verify.

use super::{dry, next};
use crate::cli::Show;
use crate::cli::page::{Page, Tone};
use crate::command::init::Initialised;
use crate::command::verify::{Bucket, Verified};
use crate::error::Kind;

impl Show for Initialised {
    fn show(&self, page: &mut Page) {
        dry(page, self.dry_run);
        let changed: Vec<_> = self.files.iter().filter(|f| !f.lines.is_empty()).collect();
        if changed.is_empty() {
            page.line("Everything is in place; nothing was changed.");
        }
        for file in &changed {
            let what = if file.new { "new" } else { "added to" };
            page.line(format!("{} ({what}):", file.path));
            // A whole file is read in an editor, not here.
            if file.lines.len() > 30 {
                page.toned(Tone::Dim, format!("  {} lines", file.lines.len()));
                continue;
            }
            for line in &file.lines {
                page.toned(Tone::Dim, format!("  {}", line.replace('\t', "    ")));
            }
        }
        if !self.dry_run {
            if !changed.is_empty() {
                page.line("These files are staged for the next commit.");
            }
            next(page, &self.next);
        }
    }
}

impl Show for Verified {
    fn show(&self, page: &mut Page) {
        for (n, bucket) in self.buckets.iter().enumerate() {
            if n > 0 {
                page.gap();
            }
            table(page, bucket);
        }
        page.gap();
        for fault in &self.faults {
            page.toned(Tone::Bad, format!("✗ {fault}"));
        }
        if self.ok && self.buckets.iter().any(|b| b.unprotectable.is_some()) {
            page.line("All is there; a sandbox protects nothing.");
        } else if self.ok {
            page.toned(Tone::Good, "Everything is as it should be.");
        } else {
            page.toned(Tone::Bad, "Not everything is as it should be: see the rows marked ✗.");
        }
    }

    fn failure(&self) -> Option<Kind> {
        Verified::failure(self)
    }
}

fn table(page: &mut Page, bucket: &Bucket) {
    let origin = bucket.origin.as_ref().map_or(String::new(), |o| format!(" (from {o})"));
    page.line(format!("{} {}{origin}", bucket.name, bucket.address));
    if let Some(why) = bucket.unprotectable {
        page.line(format!("  {why}"));
    }
    if let Some(error) = &bucket.error {
        page.toned(Tone::Bad, format!("  ✗ {}", error.message));
        for hint in &error.hints {
            page.line(format!("  hint: {hint}"));
        }
        return;
    }
    let head = ["", "right", "expected", "found", ""].map(|t| (Tone::Dim, t.to_owned())).to_vec();
    let mut rows = vec![head];
    rows.extend(bucket.rights.iter().map(|right| {
        let odd = matches!((right.expected.word(), right.found), ("no", "yes") | ("yes", "no"));
        let (tone, mark) = if right.ok && (odd || right.found == "unknown") {
            (Tone::Dim, "–")
        } else if right.ok {
            (Tone::Good, "✓")
        } else {
            (Tone::Bad, "✗")
        };
        let note = if bucket.unprotectable.is_some() { String::new() } else { right.note.clone() };
        let plain = |t: &str| (Tone::Plain, t.to_owned());
        vec![
            (tone, format!("  {mark}")),
            plain(right.right),
            plain(right.expected.word()),
            (if right.ok { Tone::Plain } else { Tone::Bad }, right.found.to_owned()),
            (Tone::Dim, note),
        ]
    }));
    page.table("<<<<<", &rows);
    for hint in &bucket.hints {
        page.line(format!("  hint: {hint}"));
    }
}
