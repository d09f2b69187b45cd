//! The page of a check, for a terminal and as the comment of a pull request.

use crate::cli::Show;
use crate::cli::page::{Page, Tone};
use crate::command::check::{By, Checked, Proof, Review, Wrong};
use crate::error::Kind;
use crate::flow::comment::{self, MARKER};
use crate::flow::markdown::{md, md_code};
use crate::flow::text::human_size;

impl Show for Checked {
    fn show(&self, page: &mut Page) {
        if let Some(findings) = &self.structure {
            if findings.is_empty() {
                page.toned(Tone::Good, "✓ structure: every change of the manifest is legal");
            }
            for wrong in findings {
                page.toned(Tone::Bad, format!("✗ {}", wrong.message));
                if let Some(hint) = &wrong.hint {
                    page.line(format!("  hint: {hint}"));
                }
            }
        }
        for proof in self.bytes.iter().flatten() {
            let what = format!("{} {}", proof.dataset, proof.version);
            match (&proof.by, &proof.error) {
                (Some(by), _) => page.toned(Tone::Good, format!("✓ {what}: {}", proven(*by))),
                (None, error) => page.toned(Tone::Bad, format!("✗ {}", error.as_deref().unwrap_or(&what))),
            }
            if let Some(hint) = &proof.hint {
                page.line(format!("  hint: {hint}"));
            }
        }
        for review in self.reviews.iter().flatten() {
            for broken in &review.broken {
                page.toned(Tone::Bad, format!("✗ {} {}: {broken}", review.dataset, review.version));
            }
        }
        if self.bytes.as_ref().is_some_and(Vec::is_empty) {
            page.line("No version is proposed: there are no bytes to prove.");
        }
        if let Some(url) = &self.comment {
            page.line(format!("The pull request is told: {url}"));
        }
    }

    fn remarks(&self) -> Vec<String> {
        self.notes.clone()
    }

    fn failure(&self) -> Option<Kind> {
        self.failure
    }
}

fn proven(by: By) -> &'static str {
    match by {
        By::Attested => "in staging; the store attests its SHA-256",
        By::Read => "in staging; read and hashed just now",
        By::Rebuilt => "what changed is in staging; put together with its base, read and hashed just now",
        By::Production => "in production already; nothing is copied from staging",
    }
}

/// The comment: a marker that finds it again, the commit that it speaks of, and a table.
pub(crate) fn markdown(checked: &Checked) -> String {
    let verdict = verdict(checked);
    let mut text = format!("{MARKER}\n### git data: {verdict}\n\nChecked at {}.\n", md_code(&checked.head));
    let unknown = "Not known here: the page of its job tells what there is.\n";
    if checked.structure.is_some() || checked.together {
        text.push_str("\n**Structure**\n\n");
    }
    match &checked.structure {
        None if checked.together => text.push_str(unknown),
        None => {}
        Some(findings) if findings.is_empty() => text.push_str("- every change of the manifest is legal\n"),
        Some(findings) => findings.iter().for_each(|wrong| text.push_str(&finding(wrong))),
    }
    if checked.bytes.is_some() || checked.together {
        text.push_str("\n**Bytes**\n\n");
    }
    match &checked.bytes {
        None if checked.together => text.push_str(unknown),
        None => {}
        Some(proofs) if proofs.is_empty() => text.push_str("No version is proposed.\n"),
        Some(proofs) => {
            text.push_str("| dataset | version | size | SHA-256 | proof |\n|---|---|---:|---|---|\n");
            proofs.iter().for_each(|proof| text.push_str(&row(proof)));
        }
    }
    for review in checked.reviews.iter().flatten() {
        text.push_str(&reviewed(review));
    }
    comment::fit(&text)
}

/// What changed inside a version: broken rules first.
fn reviewed(review: &Review) -> String {
    let mut text = String::from("\n---\n\n");
    for broken in &review.broken {
        text.push_str(&format!("> [!CAUTION]\n> **A check is not kept:** {}\n\n", md(broken)));
    }
    if review.agrees == Some(false) {
        text.push_str(
            "> [!WARNING]\n> The page that was committed with this version says something else than its bytes.\n\n",
        );
    }
    text.push_str(&review.page);
    text
}

/// Half a check never says that all is well.
fn verdict(checked: &Checked) -> &'static str {
    match (checked.ok, &checked.structure, &checked.bytes) {
        (false, ..) => "not ready to merge",
        (true, Some(_), Some(_)) => "ready to merge",
        (true, Some(_), None) => "the structure is well",
        (true, None, _) => "the bytes are well",
    }
}

fn finding(wrong: &Wrong) -> String {
    let line = wrong.line.map_or(String::new(), |n| format!(" (line {n})"));
    let hint = wrong.hint.as_ref().map_or(String::new(), |h| format!(" — {}", md_code(h)));
    format!("- {}{line}{hint}\n", md(&wrong.message))
}

fn row(proof: &Proof) -> String {
    let size = proof.size.map_or("?".to_owned(), human_size);
    let word = match (&proof.by, &proof.error) {
        (Some(by), _) => md(proven(*by)),
        (None, error) => format!("**not proven:** {}", md(error.as_deref().unwrap_or("unknown"))),
    };
    format!("| {} | {} | {size} | `{}` | {word} |\n", md_code(&proof.dataset), proof.version, proof.sha256)
}
