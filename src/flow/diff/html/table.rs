//! The changes as tables that can be searched and sorted.

use std::fmt::Write as _;

use super::{line, value};
use crate::flow::diff::found::{Change, Column, Note, Table, Value};
use crate::flow::diff::words::{grouped, many, remark};

/// Changed cells.
pub(super) fn edited(page: &mut String, table: &Table) {
    let mut rows = Vec::new();
    for change in &table.changes {
        let Change::Edited { key, at, cells } = change else { continue };
        let key = keys(key, at.new, table);
        for edit in cells {
            let harmless = |note: &Note| matches!(note, Note::Filled | Note::Emptied);
            let warn = if edit.notes.iter().all(harmless) { "" } else { " warn" };
            rows.push(format!(
                "<tr>{key}<td><code>{}</code></td><td class=\"old\">{}</td><td class=\"new\">{}</td>\
                 <td class=\"note{warn}\">{}</td></tr>\n",
                line(&edit.column),
                value(&edit.old),
                value(&edit.new),
                line(&remark(edit))
            ));
        }
    }
    let mut names: Vec<String> = table.key.columns.iter().map(|name| line(name)).collect();
    if names.is_empty() {
        names.push("row".to_owned());
    }
    names.extend(["column", "before", "after", "note"].map(str::to_owned));
    section(page, table.cells.all(), "changed cell", &names, &rows);
}

/// A cell for each column of the key.
fn keys(key: &[Value], row: u64, table: &Table) -> String {
    if table.key.columns.is_empty() {
        return format!("<td class=\"place\">{}</td>", grouped(row + 1));
    }
    key.iter().map(|one| format!("<td>{}</td>", value(one))).collect()
}

/// Rows that only the newer side has.
pub(super) fn added(page: &mut String, table: &Table) {
    let rows = table.changes.iter().filter_map(|change| match change {
        Change::Added { row, values, .. } => Some((*row, values)),
        _ => None,
    });
    alone(page, table.rows.added, "added row", &table.columns.after, rows);
}

/// Rows that only the older side has.
pub(super) fn removed(page: &mut String, table: &Table) {
    let rows = table.changes.iter().filter_map(|change| match change {
        Change::Removed { row, values, .. } => Some((*row, values)),
        _ => None,
    });
    alone(page, table.rows.removed, "removed row", &table.columns.before, rows);
}

fn alone<'a>(
    page: &mut String,
    all: u64,
    one: &str,
    columns: &[Column],
    rows: impl Iterator<Item = (u64, &'a Vec<Value>)>,
) {
    let row = |(row, values): (u64, &Vec<Value>)| {
        let mut cells: Vec<String> =
            values.iter().take(columns.len()).map(|one| format!("<td>{}</td>", value(one))).collect();
        cells.resize(columns.len(), "<td></td>".to_owned());
        format!("<tr><td class=\"place\">{}</td>{}</tr>\n", grouped(row + 1), cells.concat())
    };
    let rows: Vec<String> = rows.map(row).collect();
    let names: Vec<String> =
        ["row".to_owned()].into_iter().chain(columns.iter().map(|column| line(&column.name))).collect();
    section(page, all, one, &names, &rows);
}

/// `names` and `rows` are markup already.
fn section(page: &mut String, all: u64, one: &str, names: &[String], rows: &[String]) {
    if all == 0 {
        return;
    }
    let _ = writeln!(page, "<h3>{}</h3>", many(all, one));
    if rows.is_empty() {
        page.push_str("<p class=\"quiet\">They are not listed here.</p>\n");
        return;
    }
    let head: String = names.iter().map(|name| format!("<th><button type=\"button\">{name}</button></th>")).collect();
    let _ = write!(
        page,
        "<section class=\"search\">\n<div class=\"tools\" hidden><input type=\"search\" placeholder=\"Search\" \
         aria-label=\"Search these rows\"><output class=\"quiet\"></output></div>\n<div class=\"scroll\"><table class=\"list\">\n\
         <thead><tr>{head}</tr></thead>\n<tbody>\n{}</tbody></table></div>\n</section>\n",
        rows.concat()
    );
    if let Some(more) = all.checked_sub(rows.len() as u64).filter(|more| *more > 0) {
        let _ = writeln!(page, "<p class=\"quiet\">… and {}.</p>", many(more, &format!("more {one}")));
    }
}
