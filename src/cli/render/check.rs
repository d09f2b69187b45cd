//! The page of a check, for a terminal and as the comment of a pull request.

use crate::cli::Show;
use crate::cli::page::{Page, Tone};
use crate::command::check::{By, Checked, Proof};
use crate::error::Kind;
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
        if self.bytes.as_ref().is_some_and(Vec::is_empty) {
            page.line("No version is proposed: there are no bytes to prove.");
        }
    }

    fn failure(&self) -> Option<Kind> {
        self.failure
    }
}

fn proven(by: By) -> &'static str {
    match by {
        By::Attested => "in staging; the store attests its SHA-256",
        By::Read => "in staging; read and hashed just now",
        By::Production => "in production already; nothing is copied from staging",
    }
}

/// The comment: a marker that finds it again, the commit that it speaks of, and a table.
pub(crate) fn markdown(checked: &Checked) -> String {
    let verdict = if checked.ok { "ready to merge" } else { "not ready to merge" };
    let mut text =
        format!("<!-- git-data-check -->\n### git data: {verdict}\n\nChecked at {}.\n", md_code(&checked.head));
    if let Some(findings) = &checked.structure {
        text.push_str("\n**Structure**\n\n");
        if findings.is_empty() {
            text.push_str("- every change of the manifest is legal\n");
        }
        for wrong in findings {
            let line = wrong.line.map_or(String::new(), |n| format!(" (line {n})"));
            let hint = wrong.hint.as_ref().map_or(String::new(), |h| format!(" — {}", md_code(h)));
            text.push_str(&format!("- {}{line}{hint}\n", md(&wrong.message)));
        }
    }
    if let Some(proofs) = &checked.bytes {
        text.push_str("\n**Bytes**\n\n");
        if proofs.is_empty() {
            text.push_str("No version is proposed.\n");
        } else {
            text.push_str("| dataset | version | size | SHA-256 | proof |\n|---|---|---:|---|---|\n");
        }
        proofs.iter().for_each(|proof| text.push_str(&row(proof)));
    }
    if text.len() > 60_000 {
        let end = text[..text.floor_char_boundary(59_000)].rfind('\n').unwrap_or(0);
        text.truncate(end + 1);
        text.push_str("\n… cut: the job's log has the rest.\n");
    }
    text
}

fn row(proof: &Proof) -> String {
    let size = proof.size.map_or("?".to_owned(), human_size);
    let word = match (&proof.by, &proof.error) {
        (Some(by), _) => md(proven(*by)),
        (None, error) => format!("**not proven:** {}", md(error.as_deref().unwrap_or("unknown"))),
    };
    format!("| {} | {} | {size} | `{}` | {word} |\n", md_code(&proof.dataset), proof.version, proof.sha256)
}
