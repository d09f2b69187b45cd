//! DuckDB files, through DuckDB's own program: it writes each table as Parquet to a scratch folder, and those are
//! compared. It runs no view and loads no extension, and reads and writes nothing but these files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use tempfile::NamedTempFile;

use super::engine::Options;
use super::parquet::{self, Given};
use super::typed::{Beside, Head, Tables};
use crate::disk::{scratch, stat::Stat};
use crate::error::{Error, Result};
use crate::flow::diff::found::{Column, Object, Whole};
use crate::flow::diff::pairs::Layout;
use crate::flow::sql::{identifier, literal};
use crate::flow::text::human_size;
use crate::process::Run;

/// The types that Parquet holds as they are. Others are compared as DuckDB spells them: Parquet has no whole numbers
/// of 128 bits, and would round them.
const AS_THEY_ARE: [&str; 18] = [
    "BOOLEAN",
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
    "UBIGINT",
    "FLOAT",
    "DOUBLE",
    "VARCHAR",
    "BLOB",
    "DATE",
    "TIME",
    "TIMESTAMP",
    "TIMESTAMP_NS",
    "TIMESTAMP WITH TIME ZONE",
];

/// What is asked of a file: its tables, their columns and keys, and the texts of everything else.
const ASKED: &str = "SELECT \
    (SELECT list({'schema': schema_name, 'name': table_name, 'sql': sql}) FROM duckdb_tables() WHERE database_name = 'side' AND NOT internal) AS tables, \
    (SELECT list({'schema': schema_name, 'table': table_name, 'name': column_name, 'kind': data_type, 'nullable': is_nullable} ORDER BY column_index) FROM duckdb_columns() WHERE database_name = 'side' AND NOT internal) AS columns, \
    (SELECT list({'schema': schema_name, 'table': table_name, 'columns': constraint_column_names}) FROM duckdb_constraints() WHERE database_name = 'side' AND constraint_type = 'PRIMARY KEY') AS keys, \
    (SELECT list({'schema': schema_name, 'what': 'view', 'name': view_name, 'sql': sql}) FROM duckdb_views() WHERE database_name = 'side' AND NOT internal) AS views, \
    (SELECT list({'schema': schema_name, 'what': 'index', 'name': index_name, 'sql': sql}) FROM duckdb_indexes() WHERE database_name = 'side') AS indexes";

/// Compares two DuckDB files, and tells `tables` what differs.
pub fn compare(old: &Path, new: &Path, options: &Options<'_>, tables: &mut dyn Tables) -> Result<Beside> {
    let (old, new) = (Side::open(old, options)?, Side::open(new, options)?);
    let names: Vec<&Name> =
        old.tables.keys().chain(new.tables.keys().filter(|name| !old.tables.contains_key(name))).collect();
    for name in names {
        match (old.tables.get(name), new.tables.get(name)) {
            (Some(before), Some(after)) => {
                let asked = options.key_of(&shown(name));
                let has = |table: &Table| asked.iter().all(|key| table.columns.iter().any(|c| c.name == *key));
                let key = if has(before) && has(after) { asked } else { &[] };
                let options = Options { key, primary: &after.key, ..*options };
                let order = if key.is_empty() { &after.key } else { key };
                let (left, right) = (old.export(name, before, order)?, new.export(name, after, order)?);
                let given = Given { name: Some(shown(name)), kinds: Some([kinds(before), kinds(after)]) };
                parquet::table(left.path(), right.path(), given, &options, tables)?;
            }
            (before, after) => {
                let (side, whole) = if after.is_some() { (&new, Whole::Added) } else { (&old, Whole::Removed) };
                let columns = |table: Option<&Table>| table.map(|table| table.columns.clone()).unwrap_or_default();
                let layout = Layout { before: columns(before), after: columns(after), ..Layout::default() };
                let head = Head { name: Some(shown(name)), whole, layout, partly: None };
                tables.alone(head, side.count(name)?)?;
            }
        }
    }
    Ok(Beside { objects: objects(&old, &new), notes: Vec::new() })
}

/// A schema and a table in it.
type Name = (String, String);

struct Table {
    sql: String,
    columns: Vec<Column>,
    key: Vec<String>,
}

/// One file.
struct Side<'a> {
    path: PathBuf,
    options: &'a Options<'a>,
    tables: BTreeMap<Name, Table>,
    objects: BTreeMap<Name, String>,
}

#[derive(Deserialize)]
struct Answer {
    tables: Option<Vec<Text>>,
    columns: Option<Vec<Field>>,
    keys: Option<Vec<Key>>,
    views: Option<Vec<Text>>,
    indexes: Option<Vec<Text>>,
}

#[derive(Deserialize)]
struct Text {
    schema: String,
    #[serde(default)]
    what: String,
    name: String,
    sql: Option<String>,
}

#[derive(Deserialize)]
struct Field {
    schema: String,
    table: String,
    name: String,
    kind: String,
    nullable: bool,
}

#[derive(Deserialize)]
struct Key {
    schema: String,
    table: String,
    columns: Vec<String>,
}

#[derive(Deserialize)]
struct Count {
    rows: u64,
}

impl<'a> Side<'a> {
    fn open(path: &Path, options: &'a Options<'a>) -> Result<Side<'a>> {
        Stat::of(path)?;
        let mut log = path.as_os_str().to_owned();
        log.push(".wal");
        if let Some(stat) = Stat::find(Path::new(&log))?.filter(|stat| stat.size > 0) {
            let what = format!(
                "{} is not whole: a write-ahead log of {} lies beside it",
                path.display(),
                human_size(stat.size)
            );
            return Err(
                Error::user(what).hint(format!("duckdb {} -c CHECKPOINT writes it into the file", path.display()))
            );
        }
        let path = crate::disk::file::absolute(path);
        let mut side = Side { path, options, tables: BTreeMap::new(), objects: BTreeMap::new() };
        let answers: Vec<Answer> = side.ask(ASKED)?;
        let Some(answer) = answers.into_iter().next() else { return Err(side.unexpected("it said nothing")) };
        for text in answer.tables.unwrap_or_default() {
            let table = Table { sql: text.sql.unwrap_or_default(), columns: Vec::new(), key: Vec::new() };
            side.tables.insert((text.schema, text.name), table);
        }
        for field in answer.columns.unwrap_or_default() {
            if let Some(table) = side.tables.get_mut(&(field.schema, field.table)) {
                let kind = if field.nullable { field.kind } else { field.kind + " NOT NULL" };
                table.columns.push(Column { name: field.name, kind });
            }
        }
        for key in answer.keys.unwrap_or_default() {
            if let Some(table) = side.tables.get_mut(&(key.schema, key.table)) {
                table.key = key.columns;
            }
        }
        for text in answer.views.into_iter().chain(answer.indexes).flatten() {
            let name = shown(&(text.schema, text.name));
            side.objects.insert((text.what, name), text.sql.unwrap_or_default());
        }
        Ok(side)
    }

    /// Writes a table as Parquet, sorted by its key so that both sides can be read side by side.
    fn export(&self, name: &Name, table: &Table, key: &[String]) -> Result<NamedTempFile> {
        let to = scratch::file(self.options.scratch, "duckdb")?;
        let mut selected = Vec::new();
        for column in &table.columns {
            let quoted = identifier(&column.name).ok_or_else(|| self.unexpected("a column that no SQL can name"))?;
            let kind = column.kind.trim_end_matches(" NOT NULL");
            let as_it_is = AS_THEY_ARE.contains(&kind) || kind.starts_with("DECIMAL(");
            selected.push(if as_it_is { quoted } else { format!("CAST({quoted} AS VARCHAR) AS {quoted}") });
        }
        let key: Vec<String> = key.iter().filter_map(|name| identifier(name)).collect();
        let order = if key.is_empty() { String::new() } else { format!(" ORDER BY {}", key.join(", ")) };
        let (target, from) = (self.path(to.path())?, self.quoted(name)?);
        let what = format!("SELECT {} FROM {from}{order}", selected.join(", "));
        self.run(Some(&target), &format!("COPY ({what}) TO {target} (FORMAT parquet, USE_TMP_FILE false)"))?;
        Ok(to)
    }

    fn count(&self, name: &Name) -> Result<u64> {
        let counts: Vec<Count> = self.ask(&format!("SELECT count(*) AS rows FROM {}", self.quoted(name)?))?;
        Ok(counts.first().map_or(0, |count| count.rows))
    }

    fn quoted(&self, (schema, table): &Name) -> Result<String> {
        match (identifier(schema), identifier(table)) {
            (Some(schema), Some(table)) => Ok(format!("side.{schema}.{table}")),
            _ => Err(self.unexpected("a table that no SQL can name")),
        }
    }

    fn ask<T: for<'de> Deserialize<'de>>(&self, sql: &str) -> Result<Vec<T>> {
        let said = self.run(None, sql)?;
        serde_json::from_slice(&said).map_err(|e| self.unexpected(&e.to_string()))
    }

    /// Runs one statement. `target` is the only file that it may write.
    fn run(&self, target: Option<&str>, sql: &str) -> Result<Vec<u8>> {
        let (file, scratch) = (self.path(&self.path)?, self.path(self.options.scratch)?);
        let memory = (self.options.memory >> 20).max(256);
        let target = target.unwrap_or_default();
        // Once the file is open, nothing else can be reached, and nothing of this can be undone.
        let setup = format!(
            "ATTACH {file} AS side (READ_ONLY); SET autoinstall_known_extensions = false; \
             SET autoload_known_extensions = false; SET memory_limit = '{memory}MiB'; SET temp_directory = {scratch}; \
             SET allowed_paths = [{target}]; SET enable_external_access = false; SET lock_configuration = true"
        );
        let empty = scratch::private(self.options.scratch, "init", b"")?;
        let run = Run::new("duckdb")
            .args(["-batch", "-bail", "-json", "-init"])
            .arg(empty.path())
            .args(["-c", &setup, "-c", sql])
            .env("HOME", self.options.scratch)
            .install_hint("install DuckDB's command-line program (duckdb.org), and see that it is on your PATH");
        run.ok().map_err(|e| Error { message: format!("cannot read {}: {}", self.path.display(), e.message), ..e })
    }

    fn path(&self, path: &Path) -> Result<String> {
        let absolute = crate::disk::file::absolute(path);
        absolute.to_str().and_then(literal).ok_or_else(|| self.unexpected("a path that is not UTF-8"))
    }

    fn unexpected(&self, what: &str) -> Error {
        Error::user(format!("cannot read {} with duckdb", self.path.display())).because(what.to_owned())
    }
}

fn kinds(table: &Table) -> Vec<String> {
    table.columns.iter().map(|column| column.kind.clone()).collect()
}

/// `main` goes without saying.
fn shown((schema, name): &Name) -> String {
    if schema == "main" { name.clone() } else { format!("{schema}.{name}") }
}

fn objects(old: &Side<'_>, new: &Side<'_>) -> Vec<Object> {
    let texts = |side: &Side<'_>| {
        let tables = side.tables.iter().map(|(name, table)| (("table".to_owned(), shown(name)), table.sql.clone()));
        let mut all = side.objects.clone();
        all.extend(tables);
        all
    };
    super::typed::objects(&texts(old), &texts(new))
}

#[cfg(test)]
mod tests;
