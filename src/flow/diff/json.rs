//! A comparison as JSON, for programs.
//!
//! Values are texts as they stand in the data, so that nothing is rounded; `null` is no value, an absent member is a field
//! that the record does not have, and bytes that are no text are `{"hex":"…"}`.

use serde_json::{Map, Value as Json, json};

use super::cell::Kind;
use super::found::{
    Change, Class, Column, Duplicates, Edit, Flag, Found, Histogram, How, Note, Object, Pattern, Stats, Table, Touched,
    Value, Whole,
};

/// The document: of one table its members themselves, of several `tables`.
#[must_use]
pub fn json(found: &Found) -> Json {
    let mut all = match found.tables.as_slice() {
        [one] => table(one),
        tables => Map::from_iter([("tables".to_owned(), tables.iter().map(|one| Json::Object(table(one))).collect())]),
    };
    all.insert("format".to_owned(), json!(found.format));
    if !found.objects.is_empty() {
        all.insert("definitions".to_owned(), found.objects.iter().map(object).collect());
    }
    if !found.notes.is_empty() {
        all.insert("notes".to_owned(), json!(found.notes));
    }
    Json::Object(all)
}

fn table(table: &Table) -> Map<String, Json> {
    let mut out = Map::new();
    let mut add = |name: &str, value: Json| drop(out.insert(name.to_owned(), value));
    if let Some(name) = &table.name {
        add("name", json!(name));
    }
    match table.whole {
        Whole::Both => {}
        Whole::Added => add("whole", json!("added")),
        Whole::Removed => add("whole", json!("removed")),
    }
    let rows = &table.rows;
    let mut counts = json!({
        "before": rows.before, "after": rows.after,
        "added": rows.added, "removed": rows.removed, "changed": rows.changed,
    });
    if let Some(moved) = rows.moved {
        counts["moved"] = json!(moved);
    }
    add("rows", counts);
    let columns = &table.columns;
    let side = |columns: &[Column]| columns.iter().map(|c| json!({"name": c.name, "type": c.kind})).collect::<Json>();
    let renamed = columns.renamed.iter().map(|r| json!({"from": r.from, "to": r.to, "alike": r.alike}));
    let retyped = columns.retyped.iter().map(|r| json!({"name": r.name, "from": r.from, "to": r.to}));
    add(
        "columns",
        json!({
            "before": side(&columns.before), "after": side(&columns.after),
            "added": columns.added, "removed": columns.removed,
            "renamed": renamed.collect::<Json>(), "retyped": retyped.collect::<Json>(), "reordered": columns.reordered,
        }),
    );
    let cells = table.cells;
    add("cells", json!({"value": cells.value, "format": cells.format, "tolerance": cells.tolerance}));
    add("key", key(table));
    add("complete", json!(table.is_complete()));
    if let Some(why) = &table.partly {
        add("partly", json!(why));
    }
    add("flags", table.flags.iter().map(flag).collect());
    add("touched", table.touched.iter().map(touched).collect());
    add("patterns", table.patterns.iter().map(pattern).collect());
    add("changes", table.changes.iter().map(change).collect());
    out
}

fn key(table: &Table) -> Json {
    let how = match table.key.how {
        How::Declared => "declared",
        How::Primary => "primary",
        How::Inferred => "inferred",
        How::Unkeyed => "none",
    };
    let side = |side: &Duplicates| {
        let examples = side.examples.iter().map(|key| values(key));
        json!({"keys": side.keys, "rows": side.rows, "examples": examples.collect::<Json>()})
    };
    let (before, after) = (side(&table.key.before), side(&table.key.after));
    json!({"columns": table.key.columns, "how": how, "duplicates": {"before": before, "after": after}})
}

/// `None`: the record has no such field.
fn value(value: &Value) -> Option<Json> {
    match value.kind {
        Kind::Absent => None,
        Kind::Null if value.raw.is_empty() => Some(Json::Null),
        _ => Some(match std::str::from_utf8(&value.raw) {
            Ok(text) => json!(text),
            Err(_) => json!({"hex": value.raw.iter().map(|byte| format!("{byte:02x}")).collect::<String>()}),
        }),
    }
}

fn values(all: &[Value]) -> Json {
    all.iter().map(|one| value(one).unwrap_or(Json::Null)).collect()
}

/// Adds a value, unless it is absent.
fn with(mut object: Json, name: &str, of: &Value) -> Json {
    if let Some(value) = value(of) {
        object[name] = value;
    }
    object
}

fn change(change: &Change) -> Json {
    match change {
        Change::Edited { key, at, cells } => {
            let cells: Json = cells.iter().map(edit).collect();
            json!({"op": "edit", "key": values(key), "at": {"before": at.old, "after": at.new}, "cells": cells})
        }
        Change::Added { key, row, values: all } => {
            json!({"op": "add", "key": values(key), "at": {"after": row}, "values": values(all)})
        }
        Change::Removed { key, row, values: all } => {
            json!({"op": "remove", "key": values(key), "at": {"before": row}, "values": values(all)})
        }
    }
}

fn edit(edit: &Edit) -> Json {
    let mut out = json!({"column": edit.column, "class": class(edit.class)});
    if !edit.notes.is_empty() {
        out["notes"] = edit.notes.iter().map(|known| json!(note(*known))).collect();
    }
    with(with(out, "old", &edit.old), "new", &edit.new)
}

fn pattern(pattern: &Pattern) -> Json {
    let out = json!({"column": pattern.column, "class": class(pattern.class), "cells": pattern.cells});
    with(with(out, "old", &pattern.old), "new", &pattern.new)
}

fn class(class: Class) -> &'static str {
    match class {
        Class::Value => "value",
        Class::Format => "format",
        Class::Tolerance => "tolerance",
    }
}

fn note(note: Note) -> &'static str {
    match note {
        Note::OutOfRange => "outOfRange",
        Note::Filled => "filled",
        Note::Emptied => "emptied",
        Note::LostZeros => "lostZeros",
        Note::Exponent => "exponent",
        Note::LostDigits => "lostDigits",
        Note::DateDamage => "dateDamage",
        Note::Formula => "formula",
    }
}

fn touched(touched: &Touched) -> Json {
    let cells = touched.cells;
    let mut out = json!({
        "name": touched.name, "type": touched.kind,
        "cells": {"value": cells.value, "format": cells.format, "tolerance": cells.tolerance},
    });
    // Nobody looked, where there are no rows.
    if touched.before.rows + touched.after.rows > 0 {
        (out["before"], out["after"]) = (stats(&touched.before), stats(&touched.after));
    }
    out
}

fn stats(stats: &Stats) -> Json {
    let distinct = json!({"number": stats.distinct.number, "about": stats.distinct.about});
    let mut out = json!({"rows": stats.rows, "nulls": stats.nulls, "distinct": distinct});
    for (name, of) in [("min", &stats.min), ("max", &stats.max)] {
        if let Some(of) = of {
            out = with(out, name, of);
        }
    }
    if let Some(median) = stats.median {
        out["median"] = json!(median);
    }
    if !stats.top.is_empty() {
        let top = stats.top.iter().map(|(of, rows)| with(json!({"rows": rows}), "value", of));
        out["top"] = top.collect();
    }
    if let Some(Histogram { from, to, counts }) = &stats.histogram {
        out["histogram"] = json!({"from": from, "to": to, "counts": counts});
    }
    out
}

fn flag(flag: &Flag) -> Json {
    match flag {
        Flag::ColumnDropped { column, kind, filled } => {
            let mut out = json!({"flag": "columnDropped", "column": column, "type": kind});
            if let Some((filled, rows)) = filled {
                (out["filled"], out["rows"]) = (json!(filled), json!(rows));
            }
            out
        }
        Flag::OutOfRange { column, old, new, key } => {
            let out = json!({"flag": "outOfRange", "column": column, "key": values(key)});
            with(with(out, "old", old), "new", new)
        }
        Flag::Damaged { column, how, cells } => {
            json!({"flag": "excelDamage", "column": column, "how": note(*how), "cells": cells})
        }
        Flag::MoreNulls { column, before, after } => {
            json!({"flag": "moreNulls", "column": column, "before": before, "after": after})
        }
        Flag::DuplicateKeys { keys, rows } => json!({"flag": "duplicateKeys", "keys": keys, "rows": rows}),
        Flag::Formulas { column, cells } => json!({"flag": "formulas", "column": column, "cells": cells}),
    }
}

fn object(object: &Object) -> Json {
    json!({"what": object.what, "name": object.name, "old": object.old, "new": object.new})
}
