//! What is in an SQLite file: its tables with their columns, and the texts of everything else.

use std::collections::BTreeMap;

use rusqlite::Row;

use super::open::Opened;
use super::pages::Pages;
use crate::error::Result;
use crate::flow::diff::found::Column;
use crate::flow::sql::identifier;
use crate::flow::sqlite::page::{Stored, stored};

/// The names under which a table's rowid is known, unless a column has them.
const ROWID: [&str; 3] = ["rowid", "_rowid_", "oid"];

/// Everything that a file defines.
#[derive(Debug, Default)]
pub(super) struct Schema {
    /// Tables that can be read.
    pub(super) tables: BTreeMap<String, Table>,
    /// Tables that cannot, and why.
    pub(super) unreadable: BTreeMap<String, String>,
    /// Views, indexes and triggers: what and name, and their text.
    pub(super) objects: BTreeMap<(String, String), String>,
    /// Tables of SQLite's own.
    pub(super) own: Vec<String>,
}

/// A table of one side.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) name: String,
    /// Its definition.
    pub(super) sql: String,
    pub(super) root: u32,
    pub(super) stored: Stored,
    /// Columns that hold something; one that is computed when it is read does not.
    pub(super) columns: Vec<Column>,
    /// Columns that are computed.
    pub(super) computed: Vec<String>,
    /// The primary key, as positions in `columns`.
    pub(super) primary: Vec<usize>,
    /// The column that is the rowid under another name.
    pub(super) alias: Option<usize>,
    /// The name of its rowid; `None` if it has none that can be read.
    pub(super) rowid: Option<&'static str>,
}

impl Schema {
    /// Reads it.
    pub(super) fn read(file: &Opened, pages: &mut Pages) -> Result<Schema> {
        let mut schema = Schema::default();
        for object in objects(file)? {
            let Object { what, name, root, sql } = object;
            match (what.as_str(), root) {
                // Indexes that SQLite makes for keys have no text.
                (_, _) if sql.is_empty() && what != "table" => {}
                ("table", _) if name.starts_with("sqlite_") => schema.own.push(name),
                ("table", 0) => {
                    schema.unreadable.insert(name, "it is a virtual table, whose rows a program computes".to_owned());
                }
                ("table", root) => match table(file, pages, &name, sql, root)? {
                    Ok(table) => drop(schema.tables.insert(name, table)),
                    Err(why) => drop(schema.unreadable.insert(name, why)),
                },
                _ => drop(schema.objects.insert((what, name), sql)),
            }
        }
        Ok(schema)
    }
}

struct Object {
    what: String,
    name: String,
    root: u32,
    sql: String,
}

fn objects(file: &Opened) -> Result<Vec<Object>> {
    let read = |row: &Row<'_>| {
        let root: Option<u32> = row.get(2)?;
        let sql: Option<String> = row.get(3)?;
        Ok(Object { what: row.get(0)?, name: row.get(1)?, root: root.unwrap_or(0), sql: sql.unwrap_or_default() })
    };
    file.refill();
    let mut statement = file
        .connection
        .prepare("SELECT type, name, rootpage, sql FROM sqlite_schema NOT INDEXED")
        .map_err(|e| file.failed(e))?;
    let rows = statement.query_map([], read).and_then(Iterator::collect);
    rows.map_err(|e| file.failed(e))
}

/// A table, or why its rows cannot be read.
fn table(file: &Opened, pages: &mut Pages, name: &str, sql: String, root: u32) -> Result<Result<Table, String>> {
    let Some(quoted) = identifier(name) else { return Ok(Err("no SQL can name it".to_owned())) };
    let stored = match pages.page(root).map(|bytes| stored(bytes, root)) {
        Ok(Ok(stored)) => stored,
        Ok(Err(damage)) => return Err(pages.damaged(damage)),
        Err(error) => return Err(error),
    };
    file.refill();
    let infos = infos(file, &quoted).map_err(|e| file.failed(e))?;
    let (mut columns, mut computed, mut primary) = (Vec::new(), Vec::new(), Vec::new());
    for info in infos {
        match info.hidden {
            0 | 3 => {
                if info.key > 0 {
                    primary.push((info.key, columns.len()));
                }
                columns.push(Column { name: info.name, kind: info.kind });
            }
            _ => computed.push(info.name),
        }
    }
    primary.sort_unstable();
    let primary: Vec<usize> = primary.into_iter().map(|(_, column)| column).collect();
    let taken = |name: &str| columns.iter().map(|c| &c.name).chain(&computed).any(|c| c.eq_ignore_ascii_case(name));
    let rowid = ROWID.into_iter().find(|name| stored == Stored::ByRowid && !taken(name));
    let mut table = Table { name: name.to_owned(), sql, root, stored, columns, computed, primary, alias: None, rowid };
    if stored == Stored::ByRowid {
        // Only a key that is the rowid itself has no index of its own.
        if let [column] = table.primary[..]
            && !has_key_index(file, &quoted).map_err(|e| file.failed(e))?
        {
            table.alias = Some(column);
        }
        if table.rowid.is_none() && table.alias.is_none() {
            return Ok(Err("its columns hide its rowid".to_owned()));
        }
    }
    Ok(Ok(table))
}

struct Info {
    name: String,
    kind: String,
    key: u32,
    hidden: u32,
}

fn infos(file: &Opened, quoted: &str) -> rusqlite::Result<Vec<Info>> {
    let mut statement = file.connection.prepare(&format!("PRAGMA table_xinfo({quoted})"))?;
    let rows = statement.query_map([], |row| {
        Ok(Info { name: row.get(1)?, kind: row.get(2)?, key: row.get(5)?, hidden: row.get(6)? })
    })?;
    rows.collect()
}

fn has_key_index(file: &Opened, quoted: &str) -> rusqlite::Result<bool> {
    let mut statement = file.connection.prepare(&format!("PRAGMA index_list({quoted})"))?;
    let origins: rusqlite::Result<Vec<String>> = statement.query_map([], |row| row.get(3))?.collect();
    Ok(origins?.iter().any(|origin| origin == "pk"))
}
