//! A comparison as Markdown, for a pull request: the verdict, what destroys or is suspicious, counts, touched columns,
//! and as many of the changes as a budget allows. It is cut between rows only.

mod details;
mod sheet;

use self::details::{definitions, details};
use self::sheet::Sheet;
use super::found::{Found, Stats, Table, Touched, Value, Whole};
use super::words::{
    self, Heading, Piece, Shown, classes, flag, grouped, many, paired, percent, rounded, shortened, shown, verdict,
    verdict_of,
};
use crate::flow::markdown::{md, md_code};

/// So many touched columns, flags and patterns are shown.
const FEW: usize = 40;
/// The page, of at most `budget` bytes.
#[must_use]
pub fn markdown(heading: &Heading<'_>, found: &Found, budget: usize) -> String {
    let tail = heading.command.map_or(String::new(), |command| format!("\n{}\n", md_code(command)));
    let mut page = Sheet { text: String::new(), room: budget.saturating_sub(tail.len()) };
    page.add(&format!("### {}: {}\n\n", md_code(heading.name), verdict_of(found)));
    for note in found.notes.iter().take(FEW) {
        page.add(&format!("- {}\n", md(note)));
    }
    page.add(if found.notes.is_empty() { "" } else { "\n" });
    if let ([table], true) = (found.tables.as_slice(), found.tables.iter().all(Table::is_same)) {
        page.add(&format!("{}\n", pieces(&paired(table))));
    }
    // First the heads of all tables, then details, so that a long list hides no other table.
    let changed: Vec<&Table> =
        found.tables.iter().filter(|table| !table.is_same() || !table.flags.is_empty()).collect();
    let single = found.tables.len() == 1;
    let heads = page.room / 2;
    let mut told = 0;
    for table in &changed {
        if page.text.len() + head(heading, table, single).len() > heads.max(1_000) && told > 0 {
            break;
        }
        let head = head(heading, table, single);
        told += usize::from(page.add(&head));
        if single || changed.len() == 1 {
            details(&mut page, table);
        }
    }
    if told < changed.len() {
        page.add(&format!("\n… and {} changed.\n", many((changed.len() - told) as u64, "more table")));
    }
    if !single && changed.len() > 1 {
        for table in changed.iter().take(told) {
            page.add(&format!("\n#### Changes of {}\n", title(table)));
            details(&mut page, table);
        }
    }
    definitions(&mut page, &found.objects);
    page.text.push_str(&tail);
    page.text
}

fn title(table: &Table) -> String {
    table.name.as_deref().map_or("the table".to_owned(), md_code)
}

fn pieces(pieces: &[Piece]) -> String {
    let one = |piece: &Piece| match piece {
        Piece::Plain(text) => text.clone(),
        Piece::Strong(text) => {
            // Two stars beside a space are no markup.
            let (start, end) = (text.len() - text.trim_start().len(), text.trim_end().len());
            format!("{}**{}**{}", &text[..start], text.trim(), &text[end..])
        }
        Piece::Name(name) => md_code(&shortened(name, 80)),
        Piece::Value(value) => cell(value),
    };
    pieces.iter().map(one).collect()
}

fn cell(value: &Value) -> String {
    match shown(value) {
        Shown::Sign(sign) => sign.to_owned(),
        Shown::Text(text) => md_code(&text),
    }
}

/// What has to be seen first, the counts, and the touched columns.
fn head(heading: &Heading<'_>, table: &Table, single: bool) -> String {
    let mut out = String::new();
    if !single {
        out.push_str(&format!("#### {}: {}\n\n", title(table), verdict(table)));
    }
    if table.whole != Whole::Both {
        return out;
    }
    let mut caution: Vec<String> =
        table.flags.iter().filter(|one| one.is_grave()).map(|one| pieces(&flag(one))).collect();
    if table.rows.removed > 0 {
        let share = percent(table.rows.removed, table.rows.before);
        caution.push(format!("**{} removed** ({share} of them).", many(table.rows.removed, "row")));
    }
    callout(&mut out, "CAUTION", &caution);
    let mut warning: Vec<String> =
        table.flags.iter().filter(|one| !one.is_grave()).map(|one| pieces(&flag(one))).collect();
    if let Some(why) = &table.partly {
        warning.push(format!("**Not compared as a whole**: {}", md(why)));
    }
    if table.cells.format > 0 && table.cells.format < table.cells.all() {
        let (format, all) = (grouped(table.cells.format), many(table.cells.all(), "change"));
        warning.push(format!("{format} of the {all} are **format only**."));
    }
    callout(&mut out, "WARNING", &warning);
    counts(&mut out, heading, table);
    out.push_str(&format!("\n{}\n", pieces(&paired(table))));
    for renamed in table.columns.renamed.iter().take(FEW) {
        let (from, to) = (md_code(&renamed.from), md_code(&renamed.to));
        out.push_str(&format!(
            "\nColumn {from} is now {to}: {} % of its values are the same.\n",
            rounded(renamed.alike)
        ));
    }
    for retyped in table.columns.retyped.iter().take(FEW) {
        let (name, from, to) = (md_code(&retyped.name), md_code(&retyped.from), md_code(&retyped.to));
        out.push_str(&format!("\nColumn {name} was {from} and is {to}; its cells are compared by value.\n"));
    }
    names(&mut out, "Added columns", &table.columns.added);
    touched(&mut out, &table.touched);
    out.push_str(if single { "" } else { "\n" });
    out
}

fn callout(out: &mut String, kind: &str, lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    let more = lines.len().saturating_sub(FEW);
    let shown: Vec<String> = lines.iter().take(FEW).map(|line| format!("> {line}")).collect();
    out.push_str(&format!("> [!{kind}]\n{}\n", shown.join("\\\n")));
    if more > 0 {
        out.push_str(&format!("> … and {more} more\n"));
    }
    out.push('\n');
}

fn names(out: &mut String, title: &str, names: &[String]) {
    if names.is_empty() {
        return;
    }
    let shown: Vec<String> = names.iter().take(FEW).map(|name| md_code(&shortened(name, 80))).collect();
    let more = names.len().saturating_sub(FEW);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    out.push_str(&format!("\n{title}: {}{more}.\n", shown.join(", ")));
}

fn counts(out: &mut String, heading: &Heading<'_>, table: &Table) {
    let (rows, columns) = (&table.rows, &table.columns);
    let (old, new) = (md_code(heading.old), md_code(heading.new));
    out.push_str(&format!("|  | {old} | {new} | change |\n|---|--:|--:|--:|\n"));
    let strong = |sign: &str, count: u64| {
        let number = format!("{sign}{}", grouped(count));
        if count > 0 { format!("**{number}**") } else { number }
    };
    let moved =
        rows.moved.filter(|moved| *moved > 0).map_or(String::new(), |moved| format!(", {} moved", grouped(moved)));
    out.push_str(&format!(
        "| rows | {} | {} | {}, {}, {} edited{moved} |\n",
        grouped(rows.before),
        grouped(rows.after),
        strong("+", rows.added),
        strong("−", rows.removed),
        grouped(rows.changed)
    ));
    out.push_str(&format!(
        "| columns | {} | {} | {}, {} |\n",
        columns.before.len(),
        columns.after.len(),
        strong("+", columns.added.len() as u64),
        strong("−", columns.removed.len() as u64)
    ));
    let split = classes(table).map_or(String::new(), |split| format!(" ({split})"));
    out.push_str(&format!("| cells changed |  |  | {}{split} |\n", strong("", table.cells.all())));
}

/// Before and after of each touched column.
fn touched(out: &mut String, touched: &[Touched]) {
    if touched.is_empty() {
        return;
    }
    out.push_str("\n| column | cells | nulls | min | median | max | distinct |\n|---|--:|--:|--:|--:|--:|--:|\n");
    for one in touched.iter().take(FEW) {
        let (before, after) = (&one.before, &one.after);
        let kind = if one.kind.is_empty() { String::new() } else { format!(" {}", md(&shortened(&one.kind, 30))) };
        let end = |of: fn(&Stats) -> &Option<Value>| arrow(of(before).as_ref().map(cell), of(after).as_ref().map(cell));
        let looked = before.rows + after.rows > 0;
        let number =
            |of: fn(&Stats) -> String| if looked { arrow(Some(of(before)), Some(of(after))) } else { String::new() };
        out.push_str(&format!(
            "| {}{kind} | {} | {} | {} | {} | {} | {} |\n",
            md_code(&shortened(&one.name, 80)),
            grouped(one.cells.all()),
            number(|stats| grouped(stats.nulls)),
            end(|stats| &stats.min),
            arrow(before.median.map(rounded), after.median.map(rounded)),
            end(|stats| &stats.max),
            number(|stats| format!(
                "{}{}",
                if stats.distinct.about { "about " } else { "" },
                grouped(stats.distinct.number)
            )),
        ));
    }
    if let Some(more) = touched.len().checked_sub(FEW).filter(|more| *more > 0) {
        out.push_str(&format!("\n… and {more} more columns with changed cells.\n"));
    }
}

/// One text where nothing changed, else both.
fn arrow(before: Option<String>, after: Option<String>) -> String {
    words::arrow(before, after, |text| format!("**{text}**"))
}
