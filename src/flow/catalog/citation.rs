//! `CITATION.cff`: how the datasets are cited, in the Citation File Format 1.2.0.

use std::fmt::Write as _;

use super::{Access, Catalog, MARK, Offered};
use crate::flow::text::Untrusted;

/// The file. The format demands authors: where nobody is named, it says so of all of them together.
pub(super) fn citation(catalog: &Catalog) -> String {
    let mut out = format!("# {MARK}\n");
    if catalog.authors.is_empty() {
        out.push_str("# git config -f .gitdata data.author 'Family, Given; Team' names the authors\n");
    }
    let title = scalar(&catalog.title);
    let _ = write!(
        out,
        "cff-version: 1.2.0\nmessage: \"If you use these datasets, please cite them.\"\ntype: dataset\ntitle: {title}\n"
    );
    authors(&mut out, catalog, "");
    let newest = catalog.datasets.iter().flat_map(|dataset| &dataset.versions).filter_map(day).max();
    if let Some(day) = newest {
        let _ = writeln!(out, "date-released: {day}");
    }
    if let Some(home) = &catalog.home {
        let _ = writeln!(out, "repository-code: {}", scalar(home));
    }
    let latest = catalog.datasets.iter().filter_map(|dataset| Some((dataset, dataset.latest()?)));
    for (at, (dataset, one)) in latest.enumerate() {
        if at == 0 {
            out.push_str("references:\n");
        }
        let _ = writeln!(out, "  - type: data\n    title: {}", scalar(&dataset.name));
        authors(&mut out, catalog, "    ");
        if let Some(about) = dataset.description.as_deref().filter(|about| !about.is_empty()) {
            let _ = writeln!(out, "    abstract: {}", scalar(about));
        }
        let _ = writeln!(out, "    version: {}", one.version);
        if let Some(day) = day(one) {
            let _ = writeln!(out, "    date-released: {day}");
        }
        if let Access::Link { url, .. } = &one.access {
            let _ = writeln!(out, "    url: {}", scalar(url));
        }
        let _ = writeln!(out, "    identifiers:\n      - type: other\n        value: \"sha256:{}\"", one.sha256);
    }
    out
}

/// A day as the format demands it.
fn day(one: &Offered) -> Option<&str> {
    let fits = |day: &&str| {
        day.len() == 10
            && day.bytes().enumerate().all(|(at, b)| if matches!(at, 4 | 7) { b == b'-' } else { b.is_ascii_digit() })
    };
    one.published.as_deref().filter(fits)
}

/// A person where a comma tells the names apart, else an entity.
fn authors(out: &mut String, catalog: &Catalog, indent: &str) {
    let _ = writeln!(out, "{indent}authors:");
    for name in &catalog.authors {
        let _ = match name.split_once(',').map(|(family, given)| (family.trim(), given.trim())) {
            Some((family, given)) if !family.is_empty() && !given.is_empty() => writeln!(
                out,
                "{indent}  - family-names: {}\n{indent}    given-names: {}",
                scalar(family),
                scalar(given)
            ),
            _ => writeln!(out, "{indent}  - name: {}", scalar(name)),
        };
    }
    if catalog.authors.is_empty() {
        let _ = writeln!(out, "{indent}  - name: {}", scalar(&format!("The contributors of {}", catalog.title)));
    }
}

/// A double-quoted scalar of YAML, which reads the escapes of JSON. Nothing that steers is left to escape.
fn scalar(text: &str) -> String {
    serde_json::to_string(&Untrusted(text).to_string()).expect("text is JSON")
}
