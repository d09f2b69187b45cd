//! Comparisons without the values that nobody may see.

use super::cell::Kind;
use super::found::{Change, Edit, Flag, Found, Key, Pattern, Stats, Table, Value};
use super::words::HIDDEN;

fn hidden() -> Value {
    Value { kind: Kind::Text, raw: HIDDEN.as_bytes().to_vec() }
}

fn hide(value: &mut Value) {
    *value = hidden();
}

impl Found {
    /// The same, where no value of these columns can be seen, on either side and under no name that the column has.
    /// A definition could hold values of theirs: none is shown then.
    #[must_use]
    pub fn redacted(mut self, columns: &[String]) -> Found {
        if columns.is_empty() {
            return self;
        }
        self.tables.iter_mut().for_each(|table| redact(table, columns));
        let hide = |text: &mut Option<String>| *text = text.take().map(|_| HIDDEN.to_owned());
        for object in &mut self.objects {
            hide(&mut object.old);
            hide(&mut object.new);
        }
        self
    }

    /// The same without any value.
    #[must_use]
    pub fn counts_only(mut self) -> Found {
        for table in &mut self.tables {
            table.changes.clear();
            table.patterns.clear();
            for touched in &mut table.touched {
                for stats in [&mut touched.before, &mut touched.after] {
                    *stats =
                        Stats { rows: stats.rows, nulls: stats.nulls, distinct: stats.distinct, ..Stats::default() };
                }
            }
            for flag in &mut table.flags {
                if let Flag::OutOfRange { old, new, key, .. } = flag {
                    [old, new].into_iter().chain(key).for_each(hide);
                }
            }
            for side in [&mut table.key.before, &mut table.key.after] {
                side.examples.clear();
            }
        }
        for object in &mut self.objects {
            (object.old, object.new) = (None, None);
        }
        self
    }
}

/// Which places of a table hold what nobody may see.
struct Secret {
    names: Vec<String>,
    before: Vec<bool>,
    after: Vec<bool>,
    /// Of the key.
    key: Vec<bool>,
}

impl Secret {
    fn new(table: &Table, columns: &[String]) -> Secret {
        let mut names = columns.to_vec();
        for renamed in &table.columns.renamed {
            if names.contains(&renamed.from) || names.contains(&renamed.to) {
                names.extend([renamed.from.clone(), renamed.to.clone()]);
            }
        }
        let of = |name: &String| names.contains(name);
        let before = table.columns.before.iter().map(|column| of(&column.name)).collect();
        let after = table.columns.after.iter().map(|column| of(&column.name)).collect();
        let key = table.key.columns.iter().map(of).collect();
        Secret { before, after, key, names }
    }

    fn has(&self, column: &String) -> bool {
        self.names.contains(column)
    }
}

/// What has no place in `secret` is hidden too.
fn cover(values: &mut [Value], secret: &[bool]) {
    for (at, value) in values.iter_mut().enumerate() {
        if secret.get(at).copied().unwrap_or(true) {
            hide(value);
        }
    }
}

fn redact(table: &mut Table, columns: &[String]) {
    let secret = Secret::new(table, columns);
    redact_key(&mut table.key, &secret);
    for touched in table.touched.iter_mut().filter(|touched| secret.has(&touched.name)) {
        for stats in [&mut touched.before, &mut touched.after] {
            stats.min.iter_mut().chain(&mut stats.max).for_each(hide);
            (stats.median, stats.histogram) = (None, None);
            stats.top.clear();
        }
    }
    for flag in &mut table.flags {
        if let Flag::OutOfRange { column, old, new, key } = flag {
            cover(key, &secret.key);
            if secret.has(column) {
                [old, new].into_iter().for_each(hide);
            }
        }
    }
    redact_patterns(&mut table.patterns, &secret);
    for change in &mut table.changes {
        match change {
            Change::Edited { key, cells, .. } => {
                cover(key, &secret.key);
                cells.iter_mut().filter(|edit| secret.has(&edit.column)).for_each(redact_edit);
            }
            Change::Added { key, values, .. } => {
                cover(key, &secret.key);
                cover(values, &secret.after);
            }
            Change::Removed { key, values, .. } => {
                cover(key, &secret.key);
                cover(values, &secret.before);
            }
        }
    }
}

fn redact_edit(edit: &mut Edit) {
    hide(&mut edit.old);
    hide(&mut edit.new);
    // That it was filled tells what it held.
    edit.notes.clear();
}

fn redact_key(key: &mut Key, secret: &Secret) {
    for side in [&mut key.before, &mut key.after] {
        side.examples.iter_mut().for_each(|example| cover(example, &secret.key));
        side.examples.dedup();
    }
}

/// Of a hidden column only how many cells changed alike would be left: that tells about its values.
fn redact_patterns(patterns: &mut Vec<Pattern>, secret: &Secret) {
    patterns.retain(|pattern| !secret.has(&pattern.column));
}
