//! A comparison of SQLite databases as SQL that makes the newer one of the older one, in the words of sqldiff.

use std::fmt::Write as _;

use super::cell::Kind;
use super::decimal::Decimal;
use super::found::{Change, Edit, Found, Object, Table, Value, Whole};
use crate::error::{Error, Result};
use crate::flow::text::Untrusted;

/// The statements: what goes, then what changes, then what is new. An error where they would not say everything.
pub fn sql(found: &Found) -> Result<String> {
    let mut out = String::new();
    for object in found.objects.iter().filter(|object| object.what != "table") {
        if object.old.is_some() {
            let _ = writeln!(out, "DROP {} IF EXISTS {};", kind_of(object)?, quoted(&object.name)?);
        }
    }
    for table in &found.tables {
        one(&mut out, table, &found.objects)?;
    }
    for object in found.objects.iter().filter(|object| object.what != "table") {
        if let Some(text) = &object.new {
            let _ = writeln!(out, "{};", statement(text)?);
        }
    }
    Ok(out)
}

fn kind_of(object: &Object) -> Result<&'static str> {
    let known = [("view", "VIEW"), ("index", "INDEX"), ("trigger", "TRIGGER")];
    let kind = known.iter().find(|(what, _)| *what == object.what).map(|(_, kind)| *kind);
    kind.ok_or_else(|| no(&object.name, "it is no view, index or trigger"))
}

fn no(table: &str, why: &str) -> Error {
    Error::user(format!("{} cannot be told as SQL: {why}", Untrusted(table)))
        .hint("git data diff --format json tells all that was found")
}

fn one(out: &mut String, table: &Table, objects: &[Object]) -> Result<()> {
    let name = table.name.as_deref().ok_or_else(|| no("the file", "it is no database"))?;
    if table.whole == Whole::Removed {
        let _ = writeln!(out, "DROP TABLE {};", quoted(name)?);
        return Ok(());
    }
    let defined = objects.iter().find(|object| object.what == "table" && object.name == name);
    let definition = defined.and_then(|object| object.new.as_deref());
    if table.whole == Whole::Added {
        let _ = writeln!(out, "{};", statement(definition.ok_or_else(|| no(name, "its definition is not known"))?)?);
    } else if definition.is_some() || table.columns.before != table.columns.after {
        return Err(no(name, "its definition changed"));
    }
    if !table.is_complete() {
        return Err(no(name, "not all of its changes are listed"));
    }
    let (mut removed, mut edited, mut added) = (String::new(), String::new(), String::new());
    for change in &table.changes {
        match change {
            Change::Edited { key, cells, .. } => edited.push_str(&update(name, table, key, cells)?),
            Change::Added { values, .. } => added.push_str(&insert(name, table, values)?),
            Change::Removed { key, .. } => {
                let _ = writeln!(removed, "DELETE FROM {} WHERE {};", quoted(name)?, places(name, table, key)?);
            }
        }
    }
    out.extend([removed, edited, added]);
    Ok(())
}

fn update(name: &str, table: &Table, key: &[Value], cells: &[Edit]) -> Result<String> {
    let set = |edit: &Edit| Ok(format!("{}={}", quoted(&edit.column)?, literal(&edit.new)));
    let set = cells.iter().map(set).collect::<Result<Vec<_>>>()?.join(", ");
    Ok(format!("UPDATE {} SET {set} WHERE {};\n", quoted(name)?, places(name, table, key)?))
}

fn insert(name: &str, table: &Table, values: &[Value]) -> Result<String> {
    let columns = table.columns.after.iter().map(|column| quoted(&column.name)).collect::<Result<Vec<_>>>()?.join(",");
    let values = values.iter().map(literal).collect::<Vec<_>>().join(",");
    Ok(format!("INSERT INTO {}({columns}) VALUES({values});\n", quoted(name)?))
}

/// The condition that finds one row.
fn places(name: &str, table: &Table, key: &[Value]) -> Result<String> {
    let columns = &table.key.columns;
    if columns.is_empty() || columns.len() != key.len() || table.key.before.keys > 0 {
        return Err(no(name, "no key identifies its rows"));
    }
    let one = |(column, value): (&String, &Value)| {
        Ok(match literal(value).as_str() {
            "NULL" => format!("{} IS NULL", quoted(column)?),
            value => format!("{}={value}", quoted(column)?),
        })
    };
    Ok(columns.iter().zip(key).map(one).collect::<Result<Vec<_>>>()?.join(" AND "))
}

/// A name in quotes. No name holds a zero byte: the text would end there.
fn quoted(name: &str) -> Result<String> {
    if name.contains('\0') {
        return Err(no(name, "a name holds a zero byte"));
    }
    Ok(format!("\"{}\"", name.replace('"', "\"\"")))
}

/// A statement as the database holds it, which is one statement without its end.
fn statement(text: &str) -> Result<&str> {
    if text.contains('\0') {
        Err(no("a definition", "it holds a zero byte"))
    } else {
        Ok(text.trim_end_matches([';', ' ', '\n']))
    }
}

fn literal(value: &Value) -> String {
    let text = std::str::from_utf8(&value.raw).ok().filter(|text| !text.contains('\0'));
    match (value.kind, text) {
        (Kind::Absent | Kind::Null, _) => "NULL".to_owned(),
        (Kind::Integer | Kind::Real, Some(number)) if Decimal::parse(&value.raw).is_some() => number.to_owned(),
        (Kind::Real, Some(word)) if word.eq_ignore_ascii_case("inf") => "9e999".to_owned(),
        (Kind::Real, Some(word)) if word.eq_ignore_ascii_case("-inf") => "-9e999".to_owned(),
        (Kind::Blob, Some(hex))
            if hex.len().is_multiple_of(2) && hex.bytes().all(|digit| digit.is_ascii_hexdigit()) =>
        {
            format!("x'{hex}'")
        }
        (_, Some(text)) => format!("'{}'", text.replace('\'', "''")),
        (_, None) => {
            let hex: String = value.raw.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("CAST(x'{hex}' AS TEXT)")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::diff::found::{At, Cells, Class, Column, Columns, Rows};

    fn value(kind: Kind, raw: &str) -> Value {
        Value { kind, raw: raw.as_bytes().to_vec() }
    }

    fn database() -> Found {
        let columns = [("id", "INTEGER"), ("it's \"b\"", "TEXT")];
        let columns: Vec<Column> =
            columns.iter().map(|(n, k)| Column { name: (*n).into(), kind: (*k).into() }).collect();
        let edit = Edit {
            column: columns[1].name.clone(),
            old: value(Kind::Null, ""),
            new: value(Kind::Text, "x'); DROP TABLE t; --"),
            class: Class::Value,
            notes: vec![],
        };
        let key = |id: &str| vec![value(Kind::Integer, id)];
        let table = Table {
            name: Some("t".into()),
            rows: Rows { added: 1, removed: 1, changed: 1, ..Rows::default() },
            cells: Cells { value: 1, ..Cells::default() },
            columns: Columns { before: columns.clone(), after: columns, ..Columns::default() },
            changes: vec![
                Change::Edited { key: key("1"), at: At::default(), cells: vec![edit] },
                Change::Added {
                    key: key("2"),
                    row: 1,
                    values: vec![value(Kind::Integer, "2"), value(Kind::Blob, "00ff")],
                },
                Change::Removed { key: key("3"), row: 2, values: vec![] },
            ],
            ..Table::default()
        };
        let mut found = Found { format: "sqlite".into(), tables: vec![table], ..Found::default() };
        found.tables[0].key.columns = vec!["id".into()];
        found
    }

    #[test]
    fn statements_say_what_changed() {
        let name = "\"it's \"\"b\"\"\"";
        let want = format!(
            "DELETE FROM \"t\" WHERE \"id\"=3;\nUPDATE \"t\" SET {name}='x''); DROP TABLE t; --' WHERE \"id\"=1;\n\
             INSERT INTO \"t\"(\"id\",{name}) VALUES(2,x'00ff');\n"
        );
        assert_eq!(sql(&database()).unwrap(), want);
    }

    #[test]
    fn tables_and_definitions_come_and_go() {
        let mut found = database();
        let whole = |name: &str, whole| Table { name: Some(name.into()), whole, ..Table::default() };
        found.tables = vec![whole("gone", Whole::Removed), whole("new", Whole::Added)];
        let object = |what: &str, name: &str, old: Option<&str>, new: Option<&str>| Object {
            what: what.into(),
            name: name.into(),
            old: old.map(str::to_owned),
            new: new.map(str::to_owned),
        };
        found.objects = vec![
            object("view", "v", Some("CREATE VIEW v AS SELECT 1"), Some("CREATE VIEW v AS SELECT 2")),
            object("table", "new", None, Some("CREATE TABLE new(a)")),
        ];
        let want =
            "DROP VIEW IF EXISTS \"v\";\nDROP TABLE \"gone\";\nCREATE TABLE new(a);\nCREATE VIEW v AS SELECT 2;\n";
        assert_eq!(sql(&found).unwrap(), want);
    }

    #[test]
    fn what_would_not_be_all_is_refused() {
        type Break = fn(&mut Table);
        let breaks: [(Break, &str); 5] = [
            (|table| table.rows.added = 2, "not all of its changes"),
            (|table| table.columns.after.clear(), "its definition changed"),
            (|table| table.key.columns.clear(), "no key identifies"),
            (|table| table.key.before.keys = 1, "no key identifies"),
            (|table| table.name = None, "no database"),
        ];
        for (broken, why) in breaks {
            let mut found = database();
            broken(&mut found.tables[0]);
            assert!(sql(&found).unwrap_err().message.contains(why), "{why}");
        }
    }

    #[test]
    fn no_value_leaves_its_literal() {
        for (kind, raw, want) in [
            (Kind::Integer, "1;DROP", "'1;DROP'"),
            (Kind::Real, "1.5", "1.5"),
            (Kind::Real, "inf", "9e999"),
            (Kind::Real, "NaN", "'NaN'"),
            (Kind::Blob, "0'", "'0'''"),
            (Kind::Text, "a\0b", "CAST(x'610062' AS TEXT)"),
            (Kind::Text, "", "''"),
            (Kind::Null, "", "NULL"),
        ] {
            assert_eq!(literal(&value(kind, raw)), want);
        }
    }
}
