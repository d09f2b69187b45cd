//! A comparison as one HTML file that needs no network: what a reviewer opens when the comment is too short.
//!
//! Nothing in it can be loaded or run but the one style and the one script below: the page's policy names their digests.

mod picture;
mod table;

use std::fmt::Write as _;

use self::picture::histograms;
use self::table::{added, edited, removed};
use super::found::{Flag, Found, Object, Stats, Table, Touched, Value, Whole};
use super::words::{
    self, Heading, Piece, Shown, classes, flag, grouped, many, paired, percent, rounded, shown_within, verdict,
    verdict_of,
};
use crate::flow::text::{Lines, Untrusted};

pub(in crate::flow) const STYLE: &str = include_str!("page.css");
pub(in crate::flow) const SCRIPT: &str = include_str!("page.js");
/// What the policy allows: a test says what they have to be.
pub(in crate::flow) const STYLE_SHA256: &str = "GjBUjdmEX/oHfSPNIj6Imr/SCWLULTjG1fZqdhwWcac=";
pub(in crate::flow) const SCRIPT_SHA256: &str = "QkSq89ZjAcprtkM8Ryt7wJp5Qqr+14UjidKfu4KfAl4=";
/// Longer values are shortened.
const WIDTH: usize = 400;
/// Where a column stays narrow.
const SHORT: usize = 32;

/// The page.
#[must_use]
pub fn html(heading: &Heading<'_>, found: &Found) -> String {
    let (name, said) = (line(heading.name), line(&verdict_of(found)));
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{STYLE_SHA256}'; \
         script-src 'sha256-{SCRIPT_SHA256}'; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{name}: {said}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<header>\n<h1><code>{name}</code></h1>\n\
         <p class=\"quiet\"><code>{}</code> → <code>{}</code></p>\n<p class=\"verdict\">{said}</p>\n</header>\n",
        line(heading.old),
        line(heading.new),
    );
    for note in &found.notes {
        let _ = writeln!(page, "<p class=\"quiet\">{}</p>", line(note));
    }
    let single = found.tables.len() == 1;
    let same = found.tables.iter().filter(|table| table.is_same()).count();
    for table in found.tables.iter().filter(|table| single || !table.is_same()) {
        one(&mut page, heading, table, single);
    }
    if same > 0 && !single {
        let _ = writeln!(page, "<p class=\"quiet\">{} with the same rows.</p>", many(same as u64, "more table"));
    }
    definitions(&mut page, &found.objects);
    if let Some(command) = heading.command {
        let _ = writeln!(page, "<footer><code>{}</code></footer>", line(command));
    }
    let _ = write!(page, "<script>{SCRIPT}</script>\n</body>\n</html>\n");
    page
}

fn one(page: &mut String, heading: &Heading<'_>, table: &Table, single: bool) {
    if let Some(name) = table.name.as_deref().filter(|_| !single) {
        let _ = writeln!(page, "<h2><code>{}</code>: {}</h2>", line(name), line(&verdict(table)));
    }
    flags(page, table);
    if table.whole == Whole::Both {
        counts(page, heading, table);
        let _ = writeln!(page, "<p>{}</p>", pieces(&paired(table)));
    }
    columns(page, table);
    touched(page, &table.touched);
    patterns(page, table);
    edited(page, table);
    added(page, table);
    removed(page, table);
}

/// Text from outside on one line, as it may stand between tags and in a quoted attribute.
pub(in crate::flow) fn line(text: &str) -> String {
    escaped(&Untrusted(text).to_string())
}

pub(in crate::flow) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

fn value(value: &Value) -> String {
    value_within(value, WIDTH)
}

fn value_within(value: &Value, width: usize) -> String {
    match shown_within(value, width) {
        Shown::Sign(sign) => format!("<span class=\"sign\">{}</span>", escaped(sign)),
        Shown::Text(text) => format!("<code>{}</code>", line(&text)),
    }
}

fn pieces(pieces: &[Piece]) -> String {
    let one = |piece: &Piece| match piece {
        Piece::Plain(text) => line(text),
        Piece::Strong(text) => format!("<strong>{}</strong>", line(text)),
        Piece::Name(name) => format!("<code>{}</code>", line(name)),
        Piece::Value(of) => value(of),
    };
    pieces.iter().map(one).collect()
}

fn flags(page: &mut String, table: &Table) {
    let item = |one: &Flag, class: &str| format!("<li{class}>{}</li>\n", pieces(&flag(one)));
    // What destroys comes first.
    let grave = table.flags.iter().filter(|one| one.is_grave());
    let mut items: Vec<String> = grave.map(|one| item(one, " class=\"bad\"")).collect();
    if table.rows.removed > 0 && table.whole == Whole::Both {
        let (rows, share) = (many(table.rows.removed, "row"), percent(table.rows.removed, table.rows.before));
        items.push(format!("<li class=\"bad\"><strong>{rows} removed</strong> ({share} of them).</li>\n"));
    }
    items.extend(table.flags.iter().filter(|one| !one.is_grave()).map(|one| item(one, "")));
    if let Some(why) = &table.partly {
        items.push(format!("<li><strong>Not compared as a whole</strong>: {}</li>\n", line(why)));
    }
    if !items.is_empty() {
        let _ = writeln!(page, "<ul class=\"flags\">\n{}</ul>", items.concat());
    }
}

fn counts(page: &mut String, heading: &Heading<'_>, table: &Table) {
    let (rows, columns) = (&table.rows, &table.columns);
    let row = |what: &str, before: String, after: String, change: String| {
        format!(
            "<tr><th scope=\"row\">{what}</th><td class=\"number\">{before}</td><td class=\"number\">{after}</td>\
             <td class=\"number\">{change}</td></tr>\n"
        )
    };
    let moved =
        rows.moved.filter(|moved| *moved > 0).map_or(String::new(), |moved| format!(", {} moved", grouped(moved)));
    let (added, removed) = (grouped(rows.added), grouped(rows.removed));
    let change = format!("+{added}, −{removed}, {} edited{moved}", grouped(rows.changed));
    let rows = row("rows", grouped(rows.before), grouped(rows.after), change);
    let change = format!("+{}, −{}", columns.added.len(), columns.removed.len());
    let columns = row("columns", columns.before.len().to_string(), columns.after.len().to_string(), change);
    let split = classes(table).map_or(String::new(), |split| format!(" ({split})"));
    let cells = row("cells changed", String::new(), String::new(), format!("{}{split}", grouped(table.cells.all())));
    let (old, new) = (line(heading.old), line(heading.new));
    let _ = writeln!(
        page,
        "<div class=\"scroll counts\"><table>\n<thead><tr><th></th><th class=\"number\"><code>{old}</code></th>\
         <th class=\"number\"><code>{new}</code></th><th class=\"number\">change</th></tr></thead>\n<tbody>\n\
         {rows}{columns}{cells}</tbody></table></div>"
    );
}

fn columns(page: &mut String, table: &Table) {
    let columns = &table.columns;
    let named = |names: &[String]| {
        names.iter().map(|name| format!("<code>{}</code>", line(name))).collect::<Vec<_>>().join(", ")
    };
    if !columns.added.is_empty() {
        let _ = writeln!(page, "<p>Added columns: {}.</p>", named(&columns.added));
    }
    for one in &columns.renamed {
        let (from, to, alike) = (line(&one.from), line(&one.to), rounded(one.alike));
        let _ = writeln!(
            page,
            "<p>Column <code>{from}</code> is now <code>{to}</code>: {alike} % of its values are the same.</p>"
        );
    }
    for one in &columns.retyped {
        let (name, from, to) = (line(&one.name), line(&one.from), line(&one.to));
        let _ = writeln!(page, "<p>Column <code>{name}</code> was <code>{from}</code> and is <code>{to}</code>.</p>");
    }
}

/// Before and after of each touched column, with a picture of numbers.
fn touched(page: &mut String, touched: &[Touched]) {
    if touched.is_empty() {
        return;
    }
    page.push_str(
        "<h3>Touched columns</h3>\n<p class=\"quiet legend\"><i></i>before<i class=\"after\"></i>after</p>\n\
         <div class=\"scroll\"><table>\n<thead><tr><th>column</th><th class=\"number\">cells</th>\
         <th class=\"number\">nulls</th><th class=\"number\">min</th><th class=\"number\">median</th>\
         <th class=\"number\">max</th><th class=\"number\">distinct</th><th>values</th></tr></thead>\n<tbody>\n",
    );
    for one in touched {
        let (before, after) = (&one.before, &one.after);
        let looked = before.rows + after.rows > 0;
        let short = |end: &Value| value_within(end, SHORT);
        let number =
            |of: fn(&Stats) -> String| if looked { arrow(Some(of(before)), Some(of(after))) } else { String::new() };
        let end =
            |of: fn(&Stats) -> &Option<Value>| arrow(of(before).as_ref().map(short), of(after).as_ref().map(short));
        let distinct = |stats: &Stats| {
            format!("{}{}", if stats.distinct.about { "about " } else { "" }, grouped(stats.distinct.number))
        };
        let cells = [
            grouped(one.cells.all()),
            number(|stats| grouped(stats.nulls)),
            end(|stats| &stats.min),
            arrow(before.median.map(rounded), after.median.map(rounded)),
            end(|stats| &stats.max),
            number(distinct),
        ];
        let cells: String = cells.iter().map(|cell| format!("<td class=\"number\">{cell}</td>")).collect();
        let kind = line(&one.kind);
        let picture = histograms(before, after).unwrap_or_else(|| top(before, after));
        let _ = writeln!(
            page,
            "<tr><td><code>{}</code> <span class=\"quiet\">{kind}</span></td>{cells}<td>{picture}</td></tr>",
            line(&one.name)
        );
    }
    page.push_str("</tbody></table></div>\n");
}

/// The most frequent values of a column that has few.
fn top(before: &Stats, after: &Stats) -> String {
    let times =
        |stats: &Stats, of: &Value| stats.top.iter().find(|(known, _)| known == of).map_or(0, |(_, times)| *times);
    let mut lines = Vec::new();
    for (of, now) in &after.top {
        let then = times(before, of);
        let count = if then == *now {
            grouped(*now)
        } else {
            format!("{} → <strong>{}</strong>", grouped(then), grouped(*now))
        };
        lines.push(format!("{} {count}", value(of)));
    }
    lines.join("<br>")
}

/// One text where nothing changed, else both.
fn arrow(before: Option<String>, after: Option<String>) -> String {
    words::arrow(before, after, |text| format!("<strong>{text}</strong>"))
}

fn patterns(page: &mut String, table: &Table) {
    if table.patterns.is_empty() {
        return;
    }
    page.push_str("<h3>The same change in many cells</h3>\n<ul>\n");
    for one in &table.patterns {
        let (column, cells) = (line(&one.column), many(one.cells, "cell"));
        let _ = writeln!(page, "<li><code>{column}</code>: {} → {} in {cells}</li>", value(&one.old), value(&one.new));
    }
    page.push_str("</ul>\n");
}

/// Views, indexes and triggers.
fn definitions(page: &mut String, objects: &[Object]) {
    if objects.is_empty() {
        return;
    }
    page.push_str("<h2>Definitions</h2>\n");
    for object in objects {
        let _ = writeln!(page, "<h3>{} <code>{}</code></h3>", line(&object.what), line(&object.name));
        for (side, text) in [("before", &object.old), ("after", &object.new)] {
            if let Some(text) = text {
                let text = escaped(&Lines(text).to_string());
                let _ = writeln!(page, "<p class=\"quiet\">{side}</p>\n<pre><code>{text}</code></pre>");
            }
        }
    }
}
