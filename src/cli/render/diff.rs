//! What a comparison of two versions of a file looks like on a terminal.

use crate::cli::page::{Page, Tone};
use crate::flow::diff::found::{Change, Class, Edit, Flag, Found, Note, Object, Table, Value, Whole};
use crate::flow::diff::words::{
    Heading, Piece, Shown, classes, flag, grouped, many, paired, remark, rounded, shortened, shown, verdict,
};

/// No value is shortened to less than this.
const NARROW: usize = 8;
/// So many columns or flags are named.
const FEW: usize = 20;

/// Fills the page. Lines fit into `width` characters where they can; of each table at most `most` changes are listed.
pub fn diff(page: &mut Page, heading: &Heading<'_>, found: &Found, width: usize, most: usize) {
    let changed: Vec<&Table> = found.tables.iter().filter(|one| !one.is_same() || !one.flags.is_empty()).collect();
    let single = found.tables.len() == 1;
    let sizes = match found.tables.as_slice() {
        [table] => format!("      {}", size(table)),
        tables => format!("      {} of {} changed", changed.len(), many(tables.len() as u64, "table")),
    };
    page.line(format!("{}   {} → {}{sizes}", heading.name, heading.old, heading.new));
    for note in &found.notes {
        page.line(format!(" · {note}"));
    }
    if single && changed.is_empty() {
        page.line(found.tables.first().map_or(String::new(), verdict));
        page.toned(Tone::Dim, found.tables.first().map_or(String::new(), |table| plain(&paired(table))));
    }
    for table in changed {
        if let Some(name) = table.name.as_deref().filter(|_| !single) {
            page.gap();
            page.line(format!("{name}   {}", size(table)));
        }
        summary(page, table);
        changes(page, table, width, most);
    }
    found.objects.iter().for_each(|object| definition(page, object, width));
}

fn size(table: &Table) -> String {
    let side = |before: u64, after: u64, one: &str| {
        if before == after { many(after, one) } else { format!("{} → {}", grouped(before), many(after, one)) }
    };
    let (rows, columns) = (&table.rows, &table.columns);
    match table.whole {
        Whole::Both => format!(
            "{}   {}",
            side(rows.before, rows.after, "row"),
            side(columns.before.len() as u64, columns.after.len() as u64, "column")
        ),
        Whole::Added | Whole::Removed => verdict(table),
    }
}

fn text(value: &Value) -> String {
    match shown(value) {
        Shown::Sign(sign) => sign.to_owned(),
        Shown::Text(text) => text,
    }
}

fn plain(pieces: &[Piece]) -> String {
    let one = |piece: &Piece| match piece {
        Piece::Plain(text) | Piece::Strong(text) => text.clone(),
        Piece::Name(name) => shortened(name, 80),
        Piece::Value(value) => text(value),
    };
    pieces.iter().map(one).collect()
}

/// How rows were paired, what has to be seen first, and the counts.
fn summary(page: &mut Page, table: &Table) {
    if table.whole != Whole::Both {
        return;
    }
    page.toned(Tone::Dim, plain(&paired(table)));
    page.gap();
    for one in table.flags.iter().take(FEW) {
        let (sign, tone) = match one {
            Flag::ColumnDropped { .. } | Flag::DuplicateKeys { .. } => ("✗", Tone::Bad),
            _ => ("!", Tone::Warn),
        };
        page.toned(tone, format!(" {sign} {}", plain(&flag(one))));
    }
    if table.flags.len() > FEW {
        page.toned(Tone::Warn, format!(" ! … and {} more", table.flags.len() - FEW));
    }
    if let Some(why) = &table.partly {
        page.toned(Tone::Warn, format!(" ! not compared as a whole: {why}"));
    }
    let columns = &table.columns;
    for renamed in columns.renamed.iter().take(FEW) {
        let alike = rounded(renamed.alike);
        page.line(format!(" → column {} is now {} ({alike} % the same)", renamed.from, renamed.to));
    }
    for retyped in columns.retyped.iter().take(FEW) {
        page.line(format!(" → column {} was {} and is {}", retyped.name, retyped.from, retyped.to));
    }
    if !columns.added.is_empty() {
        page.toned(Tone::Good, format!(" + {}: {}", columns_added(columns.added.len()), list(&columns.added)));
    }
    if columns.reordered {
        page.line(" → columns in another order");
    }
    let cells = table.cells.all();
    if cells > 0 {
        let per: Vec<String> =
            table.touched.iter().map(|one| format!("{} {}", one.name, grouped(one.cells.all()))).collect();
        let split = classes(table).map_or(String::new(), |split| format!("      ({split})"));
        let per = if per.is_empty() { String::new() } else { format!(": {}", limited(&per, " · ")) };
        page.line(format!(" ~ {} in {}{per}{split}", many(cells, "cell"), many(table.rows.changed, "row")));
    }
    if table.rows.added > 0 {
        page.toned(Tone::Good, format!(" + {}", many(table.rows.added, "row")));
    }
    if table.rows.removed > 0 {
        page.toned(Tone::Bad, format!(" − {}", many(table.rows.removed, "row")));
    }
    if let Some(moved) = table.rows.moved.filter(|moved| *moved > 0) {
        page.line(format!(" → {} in another order", many(moved, "row")));
    }
    for pattern in table.patterns.iter().take(FEW / 4) {
        let (old, new) = (text(&pattern.old), text(&pattern.new));
        page.line(format!(" ~ {}: {old} → {new} in {}", pattern.column, many(pattern.cells, "cell")));
    }
}

fn columns_added(count: usize) -> &'static str {
    if count == 1 { "column" } else { "columns" }
}

fn list(names: &[String]) -> String {
    limited(names, ", ")
}

fn limited(words: &[String], between: &str) -> String {
    let more = words.len().saturating_sub(FEW);
    let more = if more > 0 { format!("{between}… {more} more") } else { String::new() };
    format!("{}{more}", words.iter().take(FEW).map(String::as_str).collect::<Vec<_>>().join(between))
}

/// The first changes, as a table.
fn changes(page: &mut Page, table: &Table, width: usize, most: usize) {
    let listed: Vec<&Change> = table.changes.iter().take(most).collect();
    if listed.is_empty() {
        return;
    }
    page.gap();
    edited(page, table, &listed, width);
    for change in &listed {
        let (sign, tone, values) = match change {
            Change::Edited { .. } => continue,
            Change::Added { values, .. } => ("+", Tone::Good, values),
            Change::Removed { values, .. } => ("−", Tone::Bad, values),
        };
        let values: Vec<String> = values.iter().map(text).collect();
        let line = format!("{sign} {}", values.join("  "));
        page.toned(tone, cut(&line, width));
    }
    let all = table.rows.changed + table.rows.added + table.rows.removed;
    if all > listed.len() as u64 {
        page.toned(Tone::Dim, format!("  … {}", many(all - listed.len() as u64, "more changed row")));
    }
}

/// At most `width` characters.
fn cut(line: &str, width: usize) -> String {
    if line.chars().count() <= width {
        return line.to_owned();
    }
    line.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

fn edited(page: &mut Page, table: &Table, listed: &[&Change], width: usize) {
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut tones = Vec::new();
    for change in listed {
        let Change::Edited { key, at, cells } = change else { continue };
        for (number, edit) in cells.iter().enumerate() {
            let mut row = vec!["~".to_owned()];
            match (number, key.is_empty()) {
                (0, true) => row.push(grouped(at.new + 1)),
                (0, false) => row.extend(key.iter().map(|value| shortened(&text(value), 30))),
                (_, unkeyed) => row.resize(if unkeyed { 2 } else { key.len() + 1 }, String::new()),
            }
            row.extend([shortened(&edit.column, 30), text(&edit.old), "→".to_owned(), text(&edit.new), said(edit)]);
            rows.push(row);
            tones.push(tone(edit));
        }
    }
    let Some(columns) = rows.first().map(Vec::len) else { return };
    let mut head = vec![String::new()];
    head.extend(if table.key.columns.is_empty() { vec!["row".to_owned()] } else { table.key.columns.clone() });
    head.extend(["column", "before", "", "after", ""].map(str::to_owned));
    // Keys may have been told without their names.
    head.resize(columns, String::new());
    let wide =
        |at: usize| rows.iter().chain([&head]).filter_map(|row| row.get(at)).map(|cell| cell.chars().count()).max();
    let (before, after) = (columns - 4, columns - 2);
    let others: usize =
        (0..columns).filter(|at| *at != before && *at != after).filter_map(wide).map(|wide| wide + 2).sum();
    let room = (width.saturating_sub(others + 2) / 2).max(NARROW);
    let shorten =
        |at: usize, cell: &String| if at == before || at == after { shortened(cell, room) } else { cell.clone() };
    let mut painted = vec![head.iter().map(|cell| (Tone::Dim, cell.clone())).collect::<Vec<_>>()];
    for (row, tone) in rows.iter().zip(tones) {
        let cell =
            |(at, cell): (usize, &String)| (if at + 1 == columns { tone } else { Tone::Plain }, shorten(at, cell));
        painted.push(row.iter().enumerate().map(cell).collect());
    }
    page.table("", &painted);
}

/// `! out of range`, `= format only`.
fn said(edit: &Edit) -> String {
    let sign = match (tone(edit), edit.class) {
        (Tone::Warn, _) => "! ",
        (_, Class::Format | Class::Tolerance) => "= ",
        _ => "",
    };
    format!("{sign}{}", remark(edit))
}

fn tone(edit: &Edit) -> Tone {
    let harmless = |note: &Note| matches!(note, Note::Filled | Note::Emptied);
    if edit.notes.iter().all(harmless) { Tone::Dim } else { Tone::Warn }
}

/// A view, an index or a trigger.
fn definition(page: &mut Page, object: &Object, width: usize) {
    page.gap();
    page.line(format!("{} {}", object.what, object.name));
    for (sign, tone, text) in [("−", Tone::Bad, &object.old), ("+", Tone::Good, &object.new)] {
        for line in text.iter().flat_map(|text| text.lines()) {
            page.toned(tone, cut(&format!("{sign} {line}"), width));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::diff::tests::example::{HEADING, database, found, hostile};
    use crate::flow::text::is_hostile;

    fn shown(found: &Found, width: usize) -> String {
        let mut page = Page::new(false);
        diff(&mut page, &HEADING, found, width, 20);
        page.finish()
    }

    #[test]
    fn one_table() {
        let page = shown(&found(), 100);
        assert!(page == include_str!("diff.txt"), "the page is now:\n{page}");
    }

    #[test]
    fn a_database_names_its_tables() {
        let page = shown(&database(), 100);
        assert!(page.contains("\nsites   a new table of 3 rows\n"), "{page}");
        assert!(page.contains("\nview recent\n− CREATE VIEW recent AS\n−   SELECT 1\n+ CREATE VIEW"), "{page}");
        assert!(!page.contains("users") && !page.contains("whole content"), "{page}");
    }

    #[test]
    fn nothing_steers_the_terminal_and_long_values_are_shortened() {
        let page = shown(&hostile(), 60);
        assert!(!page.chars().any(|c| is_hostile(c) && c != '\n'), "{page}");
        let mut long = found();
        let Change::Edited { cells, .. } = &mut long.tables[0].changes[0] else { panic!() };
        cells[1].new.raw = b"x".repeat(500);
        let page = shown(&long, 80);
        let widest = page.lines().filter(|line| line.starts_with('~')).map(|line| line.chars().count()).max();
        assert!(widest <= Some(80), "{page}");
    }
}
