//! The changes themselves, as many as fit.

use super::sheet::Sheet;
use super::{FEW, cell};
use crate::flow::diff::found::{Change, Class, Object, Table, Value};
use crate::flow::diff::words::{grouped, many, remark, shortened};
use crate::flow::markdown::{md, md_code};

/// So many changed cells are shown open.
const OPEN: u64 = 200;
/// So many in a block that is opened by hand. Of more only the patterns and the number are shown.
const FOLDED: u64 = 700;
/// So many added and as many removed rows are shown.
const ROWS: u64 = 50;
/// So many columns of an added row.
const WIDE: usize = 8;
/// So many lines of a definition.
const LINES: usize = 30;

/// The changes themselves.
pub(super) fn details(page: &mut Sheet, table: &Table) {
    let whole = page.room;
    // Added and removed rows have a share of what is left.
    let left = whole.saturating_sub(page.text.len());
    let shares = [left / 8; 2].map(|share| if table.rows.added + table.rows.removed > 0 { share } else { 0 });
    page.room = whole.saturating_sub(shares[0] + shares[1]);
    edited(page, table);
    for (added, room) in [(true, whole.saturating_sub(shares[1])), (false, whole)] {
        page.room = room;
        alone(page, table, added);
    }
    page.room = whole;
}

fn keys(table: &Table) -> String {
    match table.key.columns.as_slice() {
        [] => "row | ".to_owned(),
        names => names.iter().map(|name| format!("{} | ", md_code(&shortened(name, 40)))).collect(),
    }
}

fn key(key: &[Value], row: u64, table: &Table) -> String {
    if table.key.columns.is_empty() {
        return format!("{} | ", grouped(row + 1));
    }
    key.iter().map(|value| format!("{} | ", cell(value))).collect()
}

fn edited(page: &mut Sheet, table: &Table) {
    let all = table.cells.all();
    if all == 0 {
        return;
    }
    if all > FOLDED {
        patterns(page, table);
        page.add(&format!(
            "\n{} in {} are too many to list here.\n",
            many(all, "changed cell"),
            many(table.rows.changed, "row")
        ));
        return;
    }
    let mut rows = Vec::new();
    for change in &table.changes {
        let Change::Edited { key: values, at, cells } = change else { continue };
        let key = key(values, at.new, table);
        for edit in cells {
            let (old, new, said) = (cell(&edit.old), cell(&edit.new), remark(edit));
            rows.push(format!("| {key}{} | {old} | {new} | {said} |\n", md_code(&shortened(&edit.column, 80))));
        }
    }
    let summary = format!("<b>{} in {}</b>", many(all, "changed cell"), many(table.rows.changed, "row"));
    let columns = table.key.columns.len().max(1) + 4;
    let head = format!("| {}column | before | after | |\n|{}\n", keys(table), "---|".repeat(columns));
    let more = |told: usize| match all.saturating_sub(told as u64) {
        0 => String::new(),
        more => format!("… and {}.", many(more, "more changed cell")),
    };
    page.block(&summary, all <= OPEN, &head, &rows, more);
}

fn patterns(page: &mut Sheet, table: &Table) {
    for pattern in table.patterns.iter().take(FEW / 2) {
        let class = match pattern.class {
            Class::Value => "",
            Class::Format => " (format only)",
            Class::Tolerance => " (within tolerance)",
        };
        let (column, cells) = (md_code(&shortened(&pattern.column, 80)), many(pattern.cells, "cell"));
        page.add(&format!("\n- {column}: {} → {} in {cells}{class}", cell(&pattern.old), cell(&pattern.new)));
    }
    page.add("\n");
}

/// Rows that only one side has.
fn alone(page: &mut Sheet, table: &Table, added: bool) {
    let (all, did, columns) = match added {
        true => (table.rows.added, "added row", &table.columns.after),
        false => (table.rows.removed, "removed row", &table.columns.before),
    };
    if all == 0 {
        return;
    }
    let mut rows = Vec::new();
    for change in &table.changes {
        let (place, values) = match change {
            Change::Added { row, values, .. } if added => (row, values),
            Change::Removed { row, values, .. } if !added => (row, values),
            _ => continue,
        };
        if rows.len() as u64 == ROWS {
            break;
        }
        let mut cells: Vec<String> = values.iter().take(WIDE.min(columns.len())).map(cell).collect();
        cells.resize(WIDE.min(columns.len()), String::new());
        let more = if columns.len() > WIDE { " … |" } else { "" };
        rows.push(format!("| {} | {} |{more}\n", grouped(place + 1), cells.join(" | ")));
    }
    let names: Vec<String> = columns.iter().take(WIDE).map(|column| md_code(&shortened(&column.name, 40))).collect();
    let more = if columns.len() > WIDE { " … |" } else { "" };
    let width = 1 + names.len() + usize::from(columns.len() > WIDE);
    let head = format!("| row | {} |{more}\n|{}\n", names.join(" | "), "---|".repeat(width));
    let more = |told: usize| match all.saturating_sub(told as u64) {
        0 => String::new(),
        more => format!("… and {}.", many(more, &format!("more {did}"))),
    };
    page.block(&many(all, did), false, &head, &rows, more);
}

/// Views, indexes and triggers.
pub(super) fn definitions(page: &mut Sheet, objects: &[Object]) {
    for object in objects.iter().take(FEW) {
        let did = match (&object.old, &object.new) {
            (None, Some(_)) => "added",
            (Some(_), None) => "removed",
            _ => "changed",
        };
        page.add(&format!("\n- {} {} {did}", md(&object.what), md_code(&shortened(&object.name, 80))));
        for (sign, text) in [("before", &object.old), ("after", &object.new)] {
            let lines = text.iter().flat_map(|text| text.lines().take(LINES)).collect::<Vec<_>>().join(" ");
            if !lines.is_empty() {
                page.add(&format!("\n  - {sign}: {}", md_code(&shortened(&lines, 400))));
            }
        }
    }
    if !objects.is_empty() {
        page.add("\n");
    }
}
