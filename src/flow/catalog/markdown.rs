//! The catalog as a page of Markdown, which hosts show beside the files.

use std::fmt::Write as _;

use super::{Access, Catalog, Listed, MARK, Offered, ready};
use crate::flow::markdown::{md, md_block, md_code};
use crate::flow::text::{human_size, plural};

/// The page.
pub(super) fn markdown(catalog: &Catalog) -> String {
    let (datasets, versions) = (catalog.datasets.len() as u64, catalog.versions() as u64);
    let mut page = format!(
        "<!-- {MARK}, not by hand -->\n# {}: datasets\n\n{}, {}. Also as \
         [a page to search](index.html) and a list of [digests](SHA256SUMS); how to cite it is in \
         [CITATION.cff](CITATION.cff).\n",
        md(&catalog.title),
        plural(datasets, "dataset"),
        plural(versions, "version"),
    );
    if !catalog.datasets.is_empty() {
        page.push_str("\n| dataset | latest | day | size | message |\n|---|---|---|--:|---|\n");
    }
    for dataset in &catalog.datasets {
        let (version, day, size, message) = dataset.latest().map_or_else(
            || ("–".to_owned(), String::new(), String::new(), String::new()),
            |one| (one.version.to_string(), md(&one.day), content(one), first(&one.message)),
        );
        let _ = writeln!(page, "| {} | {version} | {day} | {size} | {message} |", md_code(&dataset.name));
    }
    for dataset in &catalog.datasets {
        section(&mut page, dataset);
    }
    page
}

fn section(page: &mut String, dataset: &Listed) {
    let _ = writeln!(page, "\n## {}\n", md_code(&dataset.name));
    for line in dataset.about() {
        let _ = writeln!(page, "{}\n", md(&line));
    }
    page.push_str("| version | state | day | size | message | SHA-256 | more |\n|---|---|---|--:|---|---|---|\n");
    for one in &dataset.versions {
        let _ = writeln!(
            page,
            "| {} | {} | {} | {} | {} | `{}` | {} |",
            one.version,
            md(&one.state),
            md(&one.day),
            content(one),
            first(&one.message),
            one.sha256,
            more(one)
        );
    }
    let lines = dataset.latest().map(|one| ready::lines(dataset, one)).unwrap_or_default();
    if !lines.is_empty() {
        let _ = write!(page, "\n{}", md_block(&lines.join("\n")).replacen("text\n", "sh\n", 1));
    }
}

fn content(one: &Offered) -> String {
    let size = one.size.map_or("?".to_owned(), human_size);
    one.files.map_or(size.clone(), |files| format!("{}, {size}", plural(files, "file")))
}

fn first(message: &str) -> String {
    md(message.lines().next().unwrap_or_default())
}

/// Links hold encoded text only, and so need no escaping.
fn more(one: &Offered) -> String {
    let mut parts = Vec::new();
    match &one.access {
        Access::Link { url, .. } => parts.push(format!("[download]({url})")),
        Access::Pull(command) => parts.push(md_code(command)),
        Access::Gone => {}
    }
    parts.extend(one.diff.iter().map(|url| format!("[changes]({url})")));
    parts.extend(one.commit.as_ref().map(|(id, page)| {
        let short: String = id.chars().take(10).collect();
        page.as_ref().map_or_else(|| md(&short), |url| format!("[{}]({url})", md(&short)))
    }));
    parts.extend(one.receipt.iter().map(|url| format!("[receipt]({url})")));
    parts.extend(one.origin.iter().map(|words| md(words)));
    parts.join(", ")
}
