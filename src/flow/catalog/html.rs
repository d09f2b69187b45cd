//! The catalog as one HTML page that needs no network: its table can be searched where scripts run, and is read where not.

use std::fmt::Write as _;

use super::{Access, Catalog, Listed, MARK, Offered, ready};
use crate::flow::diff::html::{SCRIPT, SCRIPT_SHA256, STYLE, STYLE_SHA256, escaped, line};
use crate::flow::diff::words::{grouped, many};
use crate::flow::text::{Lines, human_size, plural};

/// What the page of a comparison does not need.
const MORE_STYLE: &str = include_str!("page.css");
/// What the policy allows: a test says what it has to be.
const MORE_STYLE_SHA256: &str = "8ASZl+V4UgSWz5PsA6tvAV347M3QFDUs5EA4gYQ1t5Y=";

/// The page.
pub(super) fn html(catalog: &Catalog) -> String {
    let title = line(&catalog.title);
    let mut page = format!(
        "<!doctype html>\n<!-- {MARK} -->\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
         style-src 'sha256-{STYLE_SHA256}' 'sha256-{MORE_STYLE_SHA256}'; script-src 'sha256-{SCRIPT_SHA256}'; \
         base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}: datasets</title>\n<style>{STYLE}</style>\n<style>{MORE_STYLE}</style>\n</head>\n<body>\n\
         <header>\n<h1>{title}</h1>\n",
    );
    if let Some(home) = &catalog.home {
        let _ = writeln!(page, "<p>{}</p>", link(home, home));
    }
    let (datasets, versions) = (catalog.datasets.len() as u64, catalog.versions() as u64);
    let _ = writeln!(
        page,
        "<p class=\"verdict\">{}, {}</p>\n<p class=\"quiet\">Digests are in {}; how to cite this is in {}.</p>\n</header>",
        many(datasets, "dataset"),
        many(versions, "version"),
        link("SHA256SUMS", "SHA256SUMS"),
        link("CITATION.cff", "CITATION.cff"),
    );
    if !catalog.datasets.is_empty() {
        index(&mut page, &catalog.datasets);
    }
    for (at, dataset) in catalog.datasets.iter().enumerate() {
        section(&mut page, at, dataset);
    }
    let _ = write!(page, "<script>{SCRIPT}</script>\n</body>\n</html>\n");
    page
}

/// A link to an address that is encoded already.
fn link(url: &str, words: &str) -> String {
    format!("<a href=\"{}\">{}</a>", line(url), line(words))
}

/// A row for each dataset.
fn index(page: &mut String, datasets: &[Listed]) {
    let head = |name: &str| {
        let class = if matches!(name, "bytes" | "versions") { " class=\"number\"" } else { "" };
        format!("<th{class}><button type=\"button\">{name}</button></th>")
    };
    let head: String = ["dataset", "latest", "day", "bytes", "versions", "message"].into_iter().map(head).collect();
    let _ = writeln!(
        page,
        "<section class=\"search\">\n<div class=\"tools\" hidden><input type=\"search\" placeholder=\"Search\" \
         aria-label=\"Search the datasets\"><output class=\"quiet\"></output></div>\n\
         <div class=\"scroll\"><table class=\"list\">\n<thead><tr>{head}</tr></thead>\n<tbody>"
    );
    for (at, dataset) in datasets.iter().enumerate() {
        let latest = dataset.latest();
        let told = |of: &dyn Fn(&Offered) -> String| latest.map(of).unwrap_or_default();
        let _ = writeln!(
            page,
            "<tr><td><a href=\"#d{at}\"><code>{}</code></a></td><td>{}</td><td class=\"day\">{}</td>\
             <td class=\"number\">{}</td><td class=\"number\">{}</td><td>{}</td></tr>",
            line(&dataset.name),
            told(&|one| one.version.to_string()),
            told(&|one| line(&one.day)),
            told(&|one| one.size.map(grouped).unwrap_or_default()),
            dataset.versions.len(),
            told(&|one| line(one.message.lines().next().unwrap_or_default())),
        );
    }
    page.push_str("</tbody></table></div>\n</section>\n");
}

fn section(page: &mut String, at: usize, dataset: &Listed) {
    let _ = writeln!(page, "<section class=\"dataset\" id=\"d{at}\">\n<h2><code>{}</code></h2>", line(&dataset.name));
    for words in dataset.about() {
        let _ = writeln!(page, "<p>{}</p>", line(&words));
    }
    let latest = dataset.latest().map(|one| one.version);
    for one in &dataset.versions {
        version(page, dataset, one, latest == Some(one.version));
    }
    page.push_str("</section>\n");
}

fn version(page: &mut String, dataset: &Listed, one: &Offered, latest: bool) {
    let size = one.size.map_or("size not known".to_owned(), human_size);
    let size = one.files.map_or(size.clone(), |files| format!("{}, {size}", plural(files, "file")));
    let _ = writeln!(
        page,
        "<article{}>\n<h3>{} <span class=\"state\">{}</span> <span class=\"quiet\">{} · {size}</span></h3>\n\
         <p class=\"message\">{}</p>",
        if one.access == Access::Gone { " class=\"gone\"" } else { "" },
        one.version,
        line(&one.state),
        line(&one.day),
        escaped(&Lines(one.message.trim_end()).to_string()),
    );
    let mut links = Vec::new();
    if let Access::Link { url, .. } = &one.access {
        links.push(format!("<strong>{}</strong>", link(url, "Download")));
    }
    links.extend(one.diff.iter().map(|url| link(url, "What changed")));
    links.extend(one.commit.as_ref().map(|(id, page)| {
        let short: String = id.chars().take(10).collect();
        let words = format!("<code>{}</code>", line(&short));
        page.as_ref().map_or_else(|| format!("commit {words}"), |url| link(url, &format!("Commit {short}")))
    }));
    links.extend(one.receipt.iter().map(|url| link(url, "Receipt")));
    links.extend(one.origin.iter().map(|words| line(words)));
    if !links.is_empty() {
        let _ = writeln!(page, "<p>{}</p>", links.join(" <span class=\"quiet\">·</span> "));
    }
    let _ = writeln!(page, "<p class=\"quiet\">SHA-256 <code>{}</code></p>", one.sha256);
    let lines = ready::lines(dataset, one);
    if !lines.is_empty() {
        let open = if latest { " open" } else { "" };
        let block = |line: &String| format!("<pre><code>{}</code></pre>\n", escaped(&Lines(line).to_string()));
        let blocks: String = lines.iter().map(block).collect();
        let _ = writeln!(page, "<details{open}><summary>Get and open it</summary>\n{blocks}</details>");
    }
    page.push_str("</article>\n");
}
