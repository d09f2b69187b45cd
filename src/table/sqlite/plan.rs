//! Which tables of two SQLite files belong together, by which key their rows are paired, and in which way.

use std::collections::BTreeSet;

use super::super::engine::Options;
use super::schema::{Schema, Table};
use crate::flow::diff::found::{Column, How, Object, Whole};
use crate::flow::diff::pairs::Layout;
use crate::flow::sqlite::page::Stored;
use crate::table::typed::{self, Head};

/// How a table is compared.
pub(super) struct Plan {
    pub(super) old: Option<Table>,
    pub(super) new: Option<Table>,
    /// Whether the rowid is shown as a column: the table has no other key.
    pub(super) rowid: bool,
    pub(super) way: Way,
}

/// In which way rows are found that differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// The pages of both are walked; the key is the rowid.
    Walk,
    /// The same, but the key is another, which the table keeps unique: what is left is paired by it.
    WalkAndPair,
    /// All rows of both are read.
    Rows,
}

/// All tables of both sides, by name. `alike`: the files are written in the same way.
pub(super) fn tables(before: &Schema, after: &Schema, options: &Options<'_>, alike: bool) -> Vec<(Plan, Head)> {
    let names = [before, after].map(|side| side.tables.keys().chain(side.unreadable.keys()));
    let names: BTreeSet<&String> = names.into_iter().flatten().collect();
    names.into_iter().map(|name| table(name, before, after, options.key_of(name), alike)).collect()
}

fn table(name: &str, before: &Schema, after: &Schema, key: &[String], alike: bool) -> (Plan, Head) {
    let (mut old, mut new) = (before.tables.get(name).cloned(), after.tables.get(name).cloned());
    let unreadable = [("the older", before), ("the newer", after)]
        .map(|(which, side)| side.unreadable.get(name).map(|why| format!("not compared: on {which} side {why}")));
    let there = |table: &Option<Table>, side: &Schema| table.is_some() || side.unreadable.contains_key(name);
    let whole = match (there(&old, before), there(&new, after)) {
        (true, false) => Whole::Removed,
        (false, true) => Whole::Added,
        _ => Whole::Both,
    };
    let mut partly = unreadable.into_iter().flatten().next();
    if partly.is_some() {
        // One side alone would look like a table that came or went.
        (old, new) = (None, None);
    }
    partly = partly.or_else(|| computed(old.as_ref(), new.as_ref()));
    let (layout, rowid) = layout(old.as_ref(), new.as_ref(), key);
    let way = match (&old, &new) {
        (Some(old), Some(new)) => way(old, new, &layout, rowid, alike),
        _ => Way::Rows,
    };
    (Plan { old, new, rowid, way }, Head { name: Some(name.to_owned()), whole, layout, partly })
}

fn computed(old: Option<&Table>, new: Option<&Table>) -> Option<String> {
    let names: BTreeSet<&String> = old.into_iter().chain(new).flat_map(|table| &table.computed).collect();
    let names: Vec<&str> = names.into_iter().map(String::as_str).collect();
    (!names.is_empty()).then(|| format!("columns that are computed when they are read: {}", names.join(", ")))
}

/// Columns, and the key: declared, else the newer side's primary key, else the older one's, else the rowid.
fn layout(old: Option<&Table>, new: Option<&Table>, declared: &[String]) -> (Layout, bool) {
    let columns = |table: Option<&Table>| table.map(|table| table.columns.clone()).unwrap_or_default();
    let (mut before, mut after) = (columns(old), columns(new));
    let names = |table: Option<&Table>| -> Vec<String> {
        table.map(|t| t.primary.iter().map(|at| t.columns[*at].name.clone()).collect()).unwrap_or_default()
    };
    let candidates = [(declared.to_vec(), How::Declared), (names(new), How::Primary), (names(old), How::Primary)];
    for (names, how) in candidates {
        if let Some(key) = positions(&names, &before, &after, old.is_some(), new.is_some()) {
            return (Layout { before, after, key, how, renamed: Vec::new() }, false);
        }
    }
    let rowid = [old, new].iter().flatten().all(|table| table.rowid.is_some());
    if !rowid || (old.is_none() && new.is_none()) {
        return (Layout { before, after, ..Layout::default() }, false);
    }
    for (table, columns) in [(old, &mut before), (new, &mut after)] {
        if let Some(name) = table.and_then(|table| table.rowid) {
            columns.insert(0, Column { name: name.to_owned(), kind: "rowid".to_owned() });
        }
    }
    (Layout { before, after, key: vec![(0, 0)], how: How::Primary, renamed: Vec::new() }, true)
}

/// Where the columns of a key are. On a side that has no such table they are nowhere, which does not matter.
fn positions(
    names: &[String],
    before: &[Column],
    after: &[Column],
    old: bool,
    new: bool,
) -> Option<Vec<(usize, usize)>> {
    let at = |columns: &[Column], there: bool, name: &String| {
        if there { columns.iter().position(|column| column.name == *name) } else { Some(0) }
    };
    let key: Option<Vec<_>> = names.iter().map(|name| Some((at(before, old, name)?, at(after, new, name)?))).collect();
    key.filter(|key| !key.is_empty())
}

fn way(old: &Table, new: &Table, layout: &Layout, rowid: bool, alike: bool) -> Way {
    let stored_by_rowid = old.stored == Stored::ByRowid && new.stored == Stored::ByRowid;
    let is_rowid = rowid || matches!(layout.key[..], [(a, b)] if old.alias == Some(a) && new.alias == Some(b));
    // The same text gives columns the same types, defaults and places.
    let same = alike && stored_by_rowid && old.sql == new.sql;
    match (same, is_rowid) {
        (true, true) => Way::Walk,
        (true, false) if layout.how == How::Primary && !old.primary.is_empty() => Way::WalkAndPair,
        _ => Way::Rows,
    }
}

/// Views, indexes, triggers and definitions of tables whose text is not the same on both sides.
pub(super) fn objects(before: &Schema, after: &Schema) -> Vec<Object> {
    let texts = |side: &Schema| {
        let mut texts = side.objects.clone();
        texts.extend(side.tables.values().map(|t| (("table".to_owned(), t.name.clone()), t.sql.clone())));
        texts
    };
    typed::objects(&texts(before), &texts(after))
}

/// What is left out, in words.
pub(super) fn notes(before: &Schema, after: &Schema) -> Vec<String> {
    let own: BTreeSet<&str> = before.own.iter().chain(&after.own).map(String::as_str).collect();
    if own.is_empty() {
        return Vec::new();
    }
    let names: Vec<&str> = own.into_iter().collect();
    vec![format!("SQLite's own tables are not compared: {}", names.join(", "))]
}
