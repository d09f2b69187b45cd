//! What a comparison says, in words that every surface uses. What comes from the data stays apart from our own words, so
//! that each surface can make it safe in its own way.

use std::borrow::Cow;

use super::cell::Kind;
use super::found::{Class, Edit, Flag, Found, How, Note, Table, Value, Whole};
use crate::flow::text::plural;

/// The longest value that is shown, in characters.
pub const WIDTH: usize = 80;
/// What stands for a value that nobody may see.
pub const HIDDEN: &str = "•••";

/// What a comparison is of.
#[derive(Clone, Copy, Debug)]
pub struct Heading<'a> {
    /// The dataset.
    pub name: &'a str,
    /// What the older side is called: a version, a commit.
    pub old: &'a str,
    /// What the newer side is called.
    pub new: &'a str,
    /// A command that shows the same.
    pub command: Option<&'a str>,
}

/// A part of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Our own words.
    Plain(String),
    /// Our own words that matter most.
    Strong(String),
    /// A name from the data.
    Name(String),
    /// A value from the data.
    Value(Value),
}

/// A value as a surface shows it: our own sign for what is no text, or a text from outside on one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// `∅`, `""`, `—`.
    Sign(&'static str),
    /// Still to be made safe.
    Text(String),
}

/// How a value is shown: on one line, and not too long.
#[must_use]
pub fn shown(value: &Value) -> Shown {
    shown_within(value, WIDTH)
}

/// The same with at most `width` characters.
#[must_use]
pub fn shown_within(value: &Value, width: usize) -> Shown {
    match (value.kind, value.raw.is_empty()) {
        (Kind::Absent, _) => Shown::Sign("—"),
        (Kind::Null, true) => Shown::Sign("∅"),
        (Kind::Blob, true) => Shown::Sign("(no bytes)"),
        (_, true) => Shown::Sign("\"\""),
        (Kind::Blob, false) => Shown::Text(shortened(&format!("0x{}", text(value)), width)),
        _ => Shown::Text(shortened(&one_line(&text(value)), width)),
    }
}

/// A value as text; bytes that are none are replaced.
#[must_use]
pub fn text(value: &Value) -> Cow<'_, str> {
    String::from_utf8_lossy(&value.raw)
}

fn one_line(text: &str) -> String {
    text.replace("\r\n", "⏎").replace(['\n', '\r'], "⏎").replace('\t', "⇥")
}

/// At most `width` characters: the beginning and the end, and that something between them is missing.
#[must_use]
pub fn shortened(text: &str, width: usize) -> String {
    let length = text.chars().count();
    if length <= width {
        return text.to_owned();
    }
    let head = width.saturating_sub(1).div_ceil(2);
    let tail = width.saturating_sub(1) - head;
    let head: String = text.chars().take(head).collect();
    let tail: String = text.chars().skip(length - tail).collect();
    format!("{head}…{tail}")
}

/// `1,200,000`.
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 row`, `1,200 rows`.
#[must_use]
pub fn many(count: u64, one: &str) -> String {
    let word = plural(count, one);
    word.split_once(' ').map_or(word.clone(), |(_, word)| format!("{} {word}", grouped(count)))
}

/// `71.4 %`.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
pub fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "0 %".to_owned();
    }
    let share = part as f64 * 100.0 / whole as f64;
    match share {
        _ if part == 0 => "0 %".to_owned(),
        _ if part == whole => "100 %".to_owned(),
        0.0..0.05 => "under 0.1 %".to_owned(),
        99.95.. => "over 99.9 %".to_owned(),
        _ => format!("{share:.1} %"),
    }
}

/// What changed in a table, the cells first.
#[must_use]
pub fn verdict(table: &Table) -> String {
    match table.whole {
        Whole::Added => return format!("a new table of {}", many(table.rows.after, "row")),
        Whole::Removed => return format!("the table is gone, with {}", many(table.rows.before, "row")),
        Whole::Both => {}
    }
    let (rows, columns, cells) = (&table.rows, &table.columns, table.cells.all());
    let only_format = if cells > 0 && cells == table.cells.format { " in format only" } else { "" };
    let parts = [
        (cells, "cell", format!(" changed{only_format}")),
        (rows.added, "row", " added".to_owned()),
        (rows.removed, "row", " removed".to_owned()),
        (rows.moved.unwrap_or(0), "row", " moved".to_owned()),
        (columns.removed.len() as u64, "column", " dropped".to_owned()),
        (columns.added.len() as u64, "column", " added".to_owned()),
        (columns.renamed.len() as u64, "column", " renamed".to_owned()),
        (columns.retyped.len() as u64, "column", " of another type".to_owned()),
    ];
    let said = parts.iter().filter(|(count, ..)| *count > 0);
    let said: Vec<String> = said.map(|(count, one, did)| format!("{}{did}", many(*count, one))).collect();
    match said.is_empty() {
        false => said.join(" · "),
        true if columns.reordered => "columns in another order".to_owned(),
        true if table.partly.is_some() => "no difference found, but it was not compared as a whole".to_owned(),
        true => "the same rows".to_owned(),
    }
}

/// What changed in a file.
#[must_use]
pub fn verdict_of(found: &Found) -> String {
    let changed = found.tables.iter().filter(|table| !table.is_same()).count() as u64;
    let objects = found.objects.len() as u64;
    let tables = match found.tables.as_slice() {
        [table] if objects == 0 => return verdict(table),
        [table] => verdict(table),
        _ if changed == 0 => "the same rows in all tables".to_owned(),
        tables => format!("{} of {} changed", grouped(changed), many(tables.len() as u64, "table")),
    };
    if objects == 0 { tables } else { format!("{tables} · {} changed", many(objects, "definition")) }
}

/// How rows were paired, and whether all of them were read.
#[must_use]
pub fn paired(table: &Table) -> Vec<Piece> {
    let plain = |text: &str| Piece::Plain(text.to_owned());
    let mut said = Vec::new();
    if table.key.columns.is_empty() {
        said.push(plain("No column identifies a row: rows were paired by their whole content."));
    } else {
        said.push(plain("Rows paired by "));
        for (at, column) in table.key.columns.iter().enumerate() {
            if at > 0 {
                said.push(plain(", "));
            }
            said.push(Piece::Name(column.clone()));
        }
        let how = match table.key.how {
            How::Declared => "declared key",
            How::Primary => "the table's own key",
            How::Inferred => "inferred key",
            How::Unkeyed => "key",
        };
        let unique = match (table.key.before.keys, table.key.after.keys) {
            (0, 0) => "unique on both sides".to_owned(),
            (before, 0) => format!("{} not unique before", many(before, "key")),
            (0, after) => format!("{} not unique after", many(after, "key")),
            (before, after) => format!("{} not unique before, {} after", many(before, "key"), grouped(after)),
        };
        said.push(Piece::Plain(format!(" ({how}, {unique}).")));
    }
    match &table.partly {
        None => said.push(plain(" All rows read, nothing sampled.")),
        Some(why) => {
            said.push(plain(" "));
            said.push(Piece::Strong("Not compared as a whole: ".to_owned()));
            said.push(Piece::Name(why.clone()));
        }
    }
    said
}

/// What a flag says.
#[must_use]
pub fn flag(flag: &Flag) -> Vec<Piece> {
    let name = |name: &String| Piece::Name(name.clone());
    let value = |value: &Value| Piece::Value(value.clone());
    let plain = |text: &str| Piece::Plain(text.to_owned());
    match flag {
        Flag::ColumnDropped { column, kind, filled } => {
            let mut said =
                vec![Piece::Strong("Column ".to_owned()), name(column), Piece::Strong(" was dropped".to_owned())];
            let filled =
                filled.map(|(filled, rows)| format!("{} of {} values were filled", grouped(filled), grouped(rows)));
            let parts: Vec<Piece> = [Some(name(kind)).filter(|_| !kind.is_empty()), filled.map(Piece::Plain)]
                .into_iter()
                .flatten()
                .collect();
            let last = if parts.is_empty() { "." } else { ")." };
            for (at, part) in parts.into_iter().enumerate() {
                said.extend([plain(if at == 0 { " (" } else { ", " }), part]);
            }
            said.push(plain(last));
            said
        }
        Flag::OutOfRange { column, old, new, key } => {
            let mut said = vec![name(column), plain(" has a value beyond its old range: ")];
            let row = match old.kind {
                Kind::Absent => " in the new row",
                _ => {
                    said.extend([value(old), plain(" → ")]);
                    " in the row"
                }
            };
            said.push(value(new));
            said.extend(Some(plain(row)).filter(|_| !key.is_empty()));
            key.iter().for_each(|key| said.extend([plain(" "), value(key)]));
            said.push(plain("."));
            said
        }
        Flag::Damaged { column, how, cells } => {
            vec![
                name(column),
                Piece::Plain(format!(" looks as a spreadsheet leaves it: {} in {}.", note(*how), many(*cells, "cell"))),
            ]
        }
        Flag::MoreNulls { column, before, after } => {
            let more = format!(" misses more values: {} → {}.", grouped(*before), grouped(*after));
            vec![name(column), Piece::Plain(more)]
        }
        Flag::DuplicateKeys { keys, rows } => vec![
            Piece::Strong("The key does not identify a row".to_owned()),
            Piece::Plain(format!(": {} of the newer side share {}.", many(*rows, "row"), many(*keys, "key"))),
        ],
        Flag::Formulas { column, cells } => {
            let text = format!(" has {} that a spreadsheet would run as a formula.", many(*cells, "new value"));
            vec![name(column), Piece::Plain(text)]
        }
    }
}

/// One text where nothing changed, else both, the later one `strong`.
pub(super) fn arrow(before: Option<String>, after: Option<String>, strong: impl Fn(&str) -> String) -> String {
    match (before, after) {
        (None, None) => String::new(),
        (Some(before), Some(after)) if before == after => after,
        (before, after) => {
            let side = |side: Option<String>| side.unwrap_or("—".to_owned());
            format!("{} → {}", side(before), strong(&side(after)))
        }
    }
}

/// A few words beside a changed cell.
#[must_use]
pub fn remark(edit: &Edit) -> String {
    let class = match edit.class {
        Class::Value => None,
        Class::Format => Some("format only"),
        Class::Tolerance => Some("within tolerance"),
    };
    class.into_iter().chain(edit.notes.iter().map(|known| note(*known))).collect::<Vec<_>>().join(", ")
}

/// What a note says.
#[must_use]
pub fn note(note: Note) -> &'static str {
    match note {
        Note::OutOfRange => "out of range",
        Note::Filled => "filled",
        Note::Emptied => "emptied",
        Note::LostZeros => "lost leading zeros",
        Note::Exponent => "became an exponent",
        Note::LostDigits => "lost digits",
        Note::DateDamage => "date rewritten",
        Note::Formula => "formula",
    }
}

/// `32 value, 5 format only`, where there is more than one class.
#[must_use]
pub fn classes(table: &Table) -> Option<String> {
    let cells = table.cells;
    let all = [(cells.value, "value"), (cells.format, "format only"), (cells.tolerance, "within tolerance")];
    let some: Vec<_> = all.iter().filter(|(count, _)| *count > 0).collect();
    let only_values = cells.format == 0 && cells.tolerance == 0;
    let said = || some.iter().map(|(count, word)| format!("{} {word}", grouped(*count))).collect::<Vec<_>>().join(", ");
    if only_values { None } else { Some(said()) }
}

/// A number of our own: six digits that say something.
#[must_use]
pub fn rounded(number: f64) -> String {
    let plain = number.abs() < 1e15 && (number == 0.0 || number.abs() >= 1e-4);
    if !plain {
        return format!("{number:.5e}");
    }
    let whole = if number == 0.0 { 1 } else { (number.abs().log10().floor() as i32 + 1).max(1) };
    let places = usize::try_from(6 - whole).unwrap_or(0);
    let text = format!("{number:.places$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(kind: Kind, raw: &str) -> Value {
        Value { kind, raw: raw.as_bytes().to_vec() }
    }

    #[test]
    fn values_are_shown_on_one_line_and_shortened_in_the_middle() {
        let text = |raw: &str| match shown(&value(Kind::Bare, raw)) {
            Shown::Text(text) => text,
            Shown::Sign(sign) => sign.to_owned(),
        };
        assert_eq!((text("a\r\nb\nc\td"), text(&"x".repeat(80))), ("a⏎b⏎c⇥d".into(), "x".repeat(80)));
        let long = text(&format!("{}{}", "a".repeat(60), "é".repeat(60)));
        assert_eq!(long, format!("{}…{}", "a".repeat(40), "é".repeat(39)));
        assert_eq!(shown(&value(Kind::Null, "")), Shown::Sign("∅"));
        assert_eq!(shown(&value(Kind::Null, "NA")), Shown::Text("NA".into()));
        assert_eq!(shown(&value(Kind::Quoted, "")), Shown::Sign("\"\""));
        assert_eq!(shown(&Value::absent()), Shown::Sign("—"));
        assert_eq!(shown(&Value { kind: Kind::Bare, raw: vec![b'a', 0xff] }), Shown::Text("a\u{fffd}".into()));
    }

    #[test]
    fn what_was_not_compared_is_never_called_the_same() {
        let mut table = Table::default();
        assert_eq!(verdict(&table), "the same rows");
        table.partly = Some("it is too large".to_owned());
        assert_eq!(verdict(&table), "no difference found, but it was not compared as a whole");
        assert!(!table.is_same());
    }

    #[test]
    fn numbers_read_well() {
        assert_eq!((grouped(0), grouped(999), grouped(1_200_000)), ("0".into(), "999".into(), "1,200,000".into()));
        assert_eq!((many(1, "row"), many(1_000, "row")), ("1 row".into(), "1,000 rows".into()));
        for (number, want) in [
            (0.0, "0"),
            (499.98, "499.98"),
            (1234567.8, "1234568"),
            (0.5, "0.5"),
            (-12.0, "-12"),
            (1e-9, "1.00000e-9"),
            (100.0, "100"),
        ] {
            assert_eq!(rounded(number), want);
        }
        for (part, want) in [(0, "0 %"), (1, "under 0.1 %"), (714, "7.1 %"), (9_999, "over 99.9 %"), (10_000, "100 %")]
        {
            assert_eq!(percent(part, 10_000), want);
        }
    }
}
