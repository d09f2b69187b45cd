//! Pages of the journey: prepare, pull, publish, demo.

use super::{dry, proposal};
use crate::cli::Show;
use crate::cli::page::{Page, Tone};
use crate::command::demo::Played;
use crate::command::fetch::Whence;
use crate::command::prepare::{self, Prepared};
use crate::command::publish::Published;
use crate::command::pull::{self, Pulled};
use crate::command::tree::placing::Counts;
use crate::error::Kind;
use crate::flow::receipt::Method;
use crate::flow::text::{human_size, plural};

impl Show for Prepared {
    fn show(&self, page: &mut Page) {
        dry(page, self.dry_run);
        if self.datasets.is_empty() {
            page.line("No datasets yet. Propose the first: git data prepare NAME FILE");
        }
        let quiet = self.datasets.len() > 1;
        let said = |d: &&prepare::One| !(quiet && d.sent == 0 && d.outcome == prepare::Outcome::Unchanged);
        for one in self.datasets.iter().filter(said) {
            page.line(prepared(one, self.dry_run));
            for note in &one.notes {
                page.toned(Tone::Warn, format!("  note: {note}"));
            }
        }
        let unchanged = self.datasets.iter().filter(|d| !said(d)).count();
        if unchanged > 0 {
            page.line(format!("{} unchanged.", plural(unchanged as u64, "dataset")));
        }
        for step in &self.plan {
            page.line(format!("  {step}"));
        }
        if let Some(proposed) = &self.proposal {
            proposal(page, proposed);
        }
    }
}

fn prepared(one: &prepare::One, dry_run: bool) -> String {
    use prepare::Outcome;
    let name = &one.name;
    let version = one.version.map_or(String::new(), |v| format!(" {v}"));
    let size = one.size.map_or(String::new(), human_size);
    let size = one.files.map_or_else(|| size.clone(), |files| format!("{}, {size}", plural(files, "file")));
    let base = one.base.map_or(String::new(), |b| format!(", made from {b}"));
    let sent = match (dry_run, one.sent, one.rest_in) {
        (true, ..) => ", would go to staging".to_owned(),
        (false, 0, _) => ", already in staging".to_owned(),
        (false, sent, None) if one.files.is_some() => format!(", {} sent to staging", human_size(sent)),
        (false, _, None) => ", sent to staging".to_owned(),
        (false, sent, Some(base)) => format!(", sent {} of {size} (the rest is in {base})", human_size(sent)),
    };
    let again = if one.sent > 0 { "; staging had lost it, it was sent again" } else { "" };
    match one.outcome {
        Outcome::Unchanged => format!("{name} is unchanged: it is{version}{again}."),
        Outcome::AlreadyPrepared => format!("{name}{version} is proposed already with this content{again}."),
        Outcome::Created | Outcome::Updated => format!("{name}{version}: {size}{base}{sent}."),
        Outcome::Rollback => {
            format!("{name}{version}: this content was live before; it comes back as a rollback, no byte is sent.")
        }
        Outcome::Stale => format!("{name}: the file is the older{version}; it was left alone (git data pull {name})."),
        Outcome::Missing => format!("{name}: there is no file here; it was left alone."),
    }
}

impl Show for Pulled {
    fn show(&self, page: &mut Page) {
        dry(page, self.dry_run);
        if self.datasets.is_empty() {
            page.line("No datasets yet.");
        }
        for one in &self.datasets {
            let tone = if one.outcome == pull::Outcome::Failed { Tone::Bad } else { Tone::Plain };
            page.toned(tone, pulled(one, self.dry_run));
            if let Some(signer) = &one.signer {
                page.line(format!("  signed by {signer}"));
            }
            if let Some(workflow) = &one.attested_by {
                page.line(format!("  attested by {workflow}"));
            }
            if let Some(kept) = &one.kept {
                page.line(format!("  your changes are in {}", kept.display()));
            }
            for note in one.notes.iter().chain(&one.unheld) {
                page.toned(Tone::Warn, format!("  note: {note}"));
            }
            for hint in &one.hints {
                page.line(format!("  hint: {hint}"));
            }
        }
    }

    fn failure(&self) -> Option<Kind> {
        self.failure
    }
}

fn pulled(one: &pull::One, dry_run: bool) -> String {
    let version = one.version.map_or(String::new(), |v| format!(" {v}"));
    let size = one.size.map_or(String::new(), human_size);
    let path = one.path.as_ref().map_or(String::new(), |p| p.display().to_string());
    if let (Some(counts), pull::Outcome::Pulled) = (&one.paths, one.outcome) {
        return tree(one, *counts, dry_run);
    }
    match one.outcome {
        pull::Outcome::Current => format!("{}{version} is here already.", one.name),
        pull::Outcome::Pulled if dry_run => format!("{}{version}: {size} → {path}", one.name),
        pull::Outcome::Pulled => {
            let from = match one.from {
                Some(Whence::Cache) => " from the cache",
                Some(Whence::Staging) => " from staging",
                Some(Whence::Production) | None => "",
            };
            let fetched = one.fetched.map_or(String::new(), |bytes| format!(", {} of it fetched", human_size(bytes)));
            // What the older tool published has no size before it is migrated.
            let size = if size.is_empty() { String::new() } else { format!("{size}{from}{fetched}, ") };
            format!("{}{version}: {size}verified → {path}", one.name)
        }
        pull::Outcome::Nothing => format!("{}: nothing is live.", one.name),
        pull::Outcome::Failed => {
            let (label, error) = (format!("{}{version}", one.name), one.error.as_deref().unwrap_or("failed"));
            if error.starts_with(&label) { error.to_owned() } else { format!("{label}: {error}") }
        }
    }
}

/// What became of a directory.
fn tree(one: &pull::One, counts: Counts, dry_run: bool) -> String {
    let version = one.version.map_or(String::new(), |v| format!(" {v}"));
    let path = one.path.as_ref().map_or(String::new(), |p| p.display().to_string());
    let removed = if counts.removed > 0 { format!(", {} removed", counts.removed) } else { String::new() };
    let put = plural(counts.put, "path");
    if dry_run {
        return format!("{}{version}: {put}{removed} → {path}", one.name);
    }
    let from = match (one.from, counts.fetched) {
        (_, 0) => ", nothing fetched".to_owned(),
        (Some(Whence::Staging), bytes) => format!(", {} from staging", human_size(bytes)),
        (_, bytes) => format!(", {} fetched", human_size(bytes)),
    };
    format!("{}{version}: {put} put{removed}, {} unchanged{from}, verified → {path}", one.name, counts.same)
}

impl Show for Published {
    fn show(&self, page: &mut Page) {
        for still in &self.still {
            page.toned(Tone::Bad, format!("{} stands still: {}", still.dataset, still.fault));
            page.line("  hint: repair it in manifest.json by a pull request");
        }
        if self.items.is_empty() && !self.still.is_empty() {
            return;
        }
        if self.items.is_empty() {
            page.line("Nothing is pending: production is up to date.");
            return;
        }
        dry(page, self.dry_run);
        for one in &self.items {
            let (name, version) = (&one.name, one.version);
            match (&one.error, one.method, &one.key) {
                (Some(error), ..) => {
                    let label = format!("{name} {version}");
                    let error = if error.starts_with(&label) { error.clone() } else { format!("{label}: {error}") };
                    page.toned(Tone::Bad, error);
                    for hint in &one.hints {
                        page.line(format!("  hint: {hint}"));
                    }
                }
                (None, method, _) if one.migrated && !one.earlier => {
                    let done = if method.is_some() { "hashed now, its receipt is written" } else { "to be hashed" };
                    page.line(format!("{name} {version}: published by the older tool; {done}"));
                }
                (None, Some(method), _) if one.earlier || method == Method::Reference => {
                    page.line(format!("{name} {version}: the bytes are in production already, verified"));
                }
                (None, None, _) if !self.dry_run => {
                    page.line(format!("{name} {version}: not copied yet; a later run does it"));
                }
                (None, method, key) => {
                    let key = key.as_deref().unwrap_or_default();
                    let word = match (self.dry_run, method) {
                        (true, _) => "→",
                        (false, Some(Method::Rebuild)) => "rebuilt and verified →",
                        (false, _) => "copied and verified →",
                    };
                    page.line(format!("{name} {version}: {word} {key}"));
                }
            }
            if let Some(signer) = &one.signer {
                page.line(format!("  signed by {signer}"));
            }
        }
        if let Some(commit) = &self.commit {
            let short: String = commit.chars().take(10).collect();
            page.line(format!("Recorded on the default branch by {short}."));
        }
        if let Some(rule) = &self.forbidden {
            page.toned(
                Tone::Warn,
                format!("warning: the default branch takes no push ({rule}); the receipts stand, the data is live."),
            );
        }
    }

    fn remarks(&self) -> Vec<String> {
        self.notes.clone()
    }

    fn failure(&self) -> Option<Kind> {
        self.failure
    }
}

impl Show for Played {
    fn show(&self, page: &mut Page) {
        page.gap();
        page.line(format!(
            "Demo: {} commands, {} proposed, reviewed, published and pulled; every byte verified.",
            self.commands,
            plural(self.published as u64, "version")
        ));
        match &self.sandbox {
            Some(dir) => page.line(format!("The sandbox is in {}", dir.display())),
            None => page.line("The sandbox is removed; --keep leaves it."),
        }
    }
}
