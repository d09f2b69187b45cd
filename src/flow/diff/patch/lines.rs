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
use serde_json::{Value as Json, json};

use super::{Field, Form, Patch, Record, Row, What};
use crate::error::{Error, Result};
use crate::flow::csv::Dialect;
use crate::flow::diff::cell::Kind;
use crate::flow::hash::Digest;
use crate::flow::text::json_escaped;

/// A larger patch is refused.
const LARGEST: usize = 512 << 20;
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

#[derive(Deserialize)]
#[serde(untagged)]
enum At {
    One(u64),
    Both([u64; 2]),
}

#[derive(Deserialize)]
struct Line {
    op: String,
    at: At,
    key: Vec<Bytes>,
    col: Option<String>,
    raw: Option<Bytes>,
    end: Option<Bytes>,
    old_raw: Option<Bytes>,
    new_raw: Option<Bytes>,
    old_end: Option<Bytes>,
    new_end: Option<Bytes>,
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
    let mut out = json!(header).to_string() + "\n";
    for row in &patch.rows {
        let key: Vec<Bytes> = row.key.iter().map(|value| bytes(value)).collect();
        match &row.what {
            What::Edit { places, cells } => {
                for cell in cells {
                    let (old, new) = (value(patch, cell, &cell.old), value(patch, cell, &cell.new));
                    let col = patch.columns.get(cell.column);
                    out.push_str(
                        &json!({"op": "edit", "at": places, "key": key, "col": col, "old": old, "new": new,
                            "old_raw": bytes(&cell.old), "new_raw": bytes(&cell.new)})
                        .to_string(),
                    );
                    out.push('\n');
                }
                continue;
            }
            What::Replace { old, new } => out.push_str(
                &json!({"op": "replace", "at": [old.place, new.place], "key": key, "old_raw": bytes(&old.raw),
                    "new_raw": bytes(&new.raw), "old_end": bytes(&old.end), "new_end": bytes(&new.end)})
                .to_string(),
            ),
            What::Add(one) | What::Remove(one) => {
                let op = if matches!(row.what, What::Add(_)) { "add" } else { "remove" };
                let line =
                    json!({"op": op, "at": one.place, "key": key, "raw": bytes(&one.raw), "end": bytes(&one.end)});
                out.push_str(&line.to_string());
            }
        }
        out.push('\n');
    }
    // Line ends between our lines are the only ones that are not within a text.
    out.split_inclusive('\n').map(|line| json_escaped(line.trim_end_matches('\n').to_owned()) + "\n").collect()
}

fn bytes(bytes: &[u8]) -> Bytes {
    Bytes::from(bytes)
}

/// What a field means.
fn value(patch: &Patch, cell: &Field, raw: &[u8]) -> Json {
    let cell = patch.form.cell(raw, cell.column + 1 == patch.columns.len() && patch.form.is_rest(raw));
    if cell.kind == Kind::Null { Json::Null } else { json!(bytes(&cell.raw)) }
}

/// Reads a patch.
pub fn parse(text: &str) -> Result<Patch> {
    if text.len() > LARGEST {
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
        ("replace", At::Both([old, new])) => What::Replace {
            old: Record { place: old, raw: line.old_raw?.read()?, end: line.old_end?.read()? },
            new: Record { place: new, raw: line.new_raw?.read()?, end: line.new_end?.read()? },
        },
        ("add", At::One(place)) => What::Add(Record { place, raw: line.raw?.read()?, end: line.end?.read()? }),
        ("remove", At::One(place)) => What::Remove(Record { place, raw: line.raw?.read()?, end: line.end?.read()? }),
        _ => return None,
    };
    patch.rows.push(Row { key, what });
    Some(())
}
