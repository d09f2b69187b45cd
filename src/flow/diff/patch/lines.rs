//! A patch as lines of JSON: the first says what it is for, each other one changes a field or a row.
//!
//! ```text
//! {"patch":"git-data","version":1,"base":"…","head":"…","form":"csv","delimiter":",",…,"columns":[…],"key":["id"]}
//! {"op":"edit","at":[7,7],"key":["S1"],"col":"conc","old":"12.40","new":"12.4","old_raw":"12.40","new_raw":"\"12.4\""}
//! {"op":"add","at":9,"key":["S2"],"raw":"S2,Oslo,1.0","end":"\r\n"}
//! ```
//!
//! `old` and `new` are values, for people; what stands in the file is `old_raw` and `new_raw`, and only that is applied.
//! Bytes that are no text are `{"hex":"…"}`.

use serde::{Deserialize, Serialize};

use super::{Field, Form, Patch, Record, Row, What};
use crate::error::{Error, Result};
use crate::flow::csv::Dialect;
use crate::flow::diff::cell::Kind;
use crate::flow::hash::Digest;
use crate::flow::text::json_escaped;

/// A larger patch is refused.
pub const LARGEST: u64 = 512 << 20;
/// More columns are refused.
const COLUMNS: usize = 10_000;

/// Bytes: a text, or hexadecimal digits where they are none.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(untagged)]
enum Bytes {
    Text(String),
    Hex { hex: String },
}

impl From<&[u8]> for Bytes {
    fn from(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Bytes::Text(text.to_owned()),
            Err(_) => Bytes::Hex { hex: bytes.iter().map(|byte| format!("{byte:02x}")).collect() },
        }
    }
}

impl Bytes {
    fn read(self) -> Option<Vec<u8>> {
        let hex = match self {
            Bytes::Text(text) => return Some(text.into_bytes()),
            Bytes::Hex { hex } => hex,
        };
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let pairs = hex.as_bytes().chunks(2);
        pairs.map(|pair| if let [a, b] = pair { Some(digit(*a)? << 4 | digit(*b)?) } else { None }).collect()
    }
}

#[derive(Deserialize, Serialize)]
struct Header {
    patch: String,
    version: u32,
    base: String,
    head: String,
    form: String,
    delimiter: String,
    quoting: bool,
    line: String,
    end: Bytes,
    last: [Bytes; 2],
    columns: Vec<String>,
    key: Vec<String>,
}

#[derive(Deserialize, Serialize)]
#[serde(untagged)]
enum At {
    One(u64),
    Both([u64; 2]),
}

#[derive(Deserialize, Serialize)]
struct Line {
    op: String,
    at: At,
    key: Vec<Bytes>,
    #[serde(skip_serializing_if = "Option::is_none")]
    col: Option<String>,
    /// Values, for people; a missing one is null. They are not read.
    #[serde(skip_deserializing, flatten)]
    values: Option<Values>,
    #[serde(skip_serializing_if = "Option::is_none")]
    raw: Option<Bytes>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<Bytes>,
    #[serde(skip_serializing_if = "Option::is_none")]
    old_raw: Option<Bytes>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new_raw: Option<Bytes>,
    #[serde(skip_serializing_if = "Option::is_none")]
    old_end: Option<Bytes>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new_end: Option<Bytes>,
}

#[derive(Serialize)]
struct Values {
    old: Option<Bytes>,
    new: Option<Bytes>,
}

impl Line {
    fn new(op: &str, at: At, key: Vec<Bytes>) -> Line {
        let (op, col, values) = (op.to_owned(), None, None);
        let (raw, end, old_raw, new_raw, old_end, new_end) = (None, None, None, None, None, None);
        Line { op, at, key, col, values, raw, end, old_raw, new_raw, old_end, new_end }
    }
}

/// The lines.
#[must_use]
pub fn print(patch: &Patch) -> String {
    let dialect = patch.form.dialect();
    let text = |byte: u8| char::from(byte).to_string();
    let header = Header {
        patch: "git-data".to_owned(),
        version: 1,
        base: patch.base.hex(),
        head: patch.head.hex(),
        form: if patch.form == Form::Jsonl { "jsonl" } else { "csv" }.to_owned(),
        delimiter: text(dialect.delimiter),
        quoting: dialect.quoting,
        line: text(dialect.end),
        end: bytes(&patch.end),
        last: [bytes(&patch.last[0]), bytes(&patch.last[1])],
        columns: patch.columns.clone(),
        key: patch.key.iter().filter_map(|at| patch.columns.get(*at).cloned()).collect(),
    };
    let mut out = one(&header);
    for row in &patch.rows {
        let key = || row.key.iter().map(|value| bytes(value)).collect();
        match &row.what {
            What::Edit { places, cells } => {
                for cell in cells {
                    let values = Values { old: value(patch, cell, &cell.old), new: value(patch, cell, &cell.new) };
                    out.push_str(&one(&Line {
                        col: patch.columns.get(cell.column).cloned(),
                        values: Some(values),
                        old_raw: Some(bytes(&cell.old)),
                        new_raw: Some(bytes(&cell.new)),
                        ..Line::new("edit", At::Both(*places), key())
                    }));
                }
            }
            What::Replace { old, new } | What::Move { old, new } => {
                let op = if matches!(row.what, What::Move { .. }) { "move" } else { "replace" };
                out.push_str(&one(&Line {
                    old_raw: Some(bytes(&old.raw)),
                    new_raw: Some(bytes(&new.raw)),
                    old_end: Some(bytes(&old.end)),
                    new_end: Some(bytes(&new.end)),
                    ..Line::new(op, At::Both([old.place, new.place]), key())
                }));
            }
            What::Add(it) | What::Remove(it) => {
                let op = if matches!(row.what, What::Add(_)) { "add" } else { "remove" };
                let (raw, end) = (Some(bytes(&it.raw)), Some(bytes(&it.end)));
                out.push_str(&one(&Line { raw, end, ..Line::new(op, At::One(it.place), key()) }));
            }
        }
    }
    out
}

/// A line of JSON that steers no terminal.
fn one(line: &impl Serialize) -> String {
    json_escaped(serde_json::to_string(line).unwrap_or_default()) + "\n"
}

fn bytes(bytes: &[u8]) -> Bytes {
    Bytes::from(bytes)
}

/// What a field means; `None` where it has no value.
fn value(patch: &Patch, cell: &Field, raw: &[u8]) -> Option<Bytes> {
    let cell = patch.form.cell(raw, cell.column + 1 == patch.columns.len() && patch.form.is_rest(raw));
    (cell.kind != Kind::Null).then(|| bytes(&cell.raw))
}

/// Reads a patch.
pub fn parse(text: &str) -> Result<Patch> {
    if text.len() as u64 > LARGEST {
        return Err(wrong("it is too large"));
    }
    let mut lines = text.lines().enumerate();
    let first = lines.next().map(|(_, line)| line).unwrap_or_default();
    let header: Header = serde_json::from_str(first).map_err(|e| wrong("its first line cannot be read").because(e))?;
    let mut patch = empty(header).ok_or_else(|| wrong("its first line is not one of a patch"))?;
    for (number, line) in lines {
        let line: Line =
            serde_json::from_str(line).map_err(|e| wrong(&format!("line {} cannot be read", number + 1)).because(e))?;
        add(&mut patch, line).ok_or_else(|| wrong(&format!("line {} is no change", number + 1)))?;
    }
    Ok(patch)
}

fn wrong(what: &str) -> Error {
    Error::user(format!("the patch cannot be applied: {what}")).hint("git data diff --format patch makes one")
}

fn empty(header: Header) -> Option<Patch> {
    if header.patch != "git-data" || header.version != 1 || header.columns.len() > COLUMNS {
        return None;
    }
    let byte = |text: &str| if let [byte] = text.as_bytes() { Some(*byte) } else { None };
    let dialect = Dialect { delimiter: byte(&header.delimiter)?, quoting: header.quoting, end: byte(&header.line)? };
    let form = match header.form.as_str() {
        "csv" => Form::Csv(dialect),
        "jsonl" => Form::Jsonl,
        _ => return None,
    };
    let place = |name: &String| header.columns.iter().position(|column| column == name);
    let key = header.key.iter().map(place).collect::<Option<Vec<usize>>>()?;
    let [before, after] = header.last;
    Some(Patch {
        base: Digest::from_hex(&header.base)?,
        head: Digest::from_hex(&header.head)?,
        form,
        key,
        end: header.end.read()?,
        last: [before.read()?, after.read()?],
        columns: header.columns,
        rows: Vec::new(),
    })
}

fn add(patch: &mut Patch, line: Line) -> Option<()> {
    let key =
        line.key.into_iter().map(Bytes::read).collect::<Option<Vec<_>>>().filter(|key| key.len() == patch.key.len())?;
    let what = match (line.op.as_str(), line.at) {
        ("edit", At::Both(places)) => {
            let name = line.col?;
            let column = patch.columns.iter().position(|column| *column == name)?;
            let field = Field { column, old: line.old_raw?.read()?, new: line.new_raw?.read()? };
            if let Some(Row { key: last, what: What::Edit { places: before, cells } }) = patch.rows.last_mut()
                && *before == places
                && *last == key
            {
                let again = cells.iter().any(|cell| cell.column == column);
                cells.push(field);
                return (!again).then_some(());
            }
            What::Edit { places, cells: vec![field] }
        }
        (op @ ("replace" | "move"), At::Both([old, new])) => {
            let old = Record { place: old, raw: line.old_raw?.read()?, end: line.old_end?.read()? };
            let new = Record { place: new, raw: line.new_raw?.read()?, end: line.new_end?.read()? };
            if op == "move" { What::Move { old, new } } else { What::Replace { old, new } }
        }
        ("add", At::One(place)) => What::Add(Record { place, raw: line.raw?.read()?, end: line.end?.read()? }),
        ("remove", At::One(place)) => What::Remove(Record { place, raw: line.raw?.read()?, end: line.end?.read()? }),
        _ => return None,
    };
    patch.rows.push(Row { key, what });
    Some(())
}
