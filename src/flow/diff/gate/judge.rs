//! Which rules a change breaks.

use super::{Amount, Rule, Sign, Wants};
use crate::flow::diff::found::{Flag, Found, Table, Touched, Whole};
use crate::flow::diff::words::{grouped, many};

/// The rules that are broken, in words. Empty: all hold.
#[must_use]
pub fn judge(rules: &[Rule], found: &Found) -> Vec<String> {
    let mut broken = Vec::new();
    for rule in rules {
        for table in &found.tables {
            let of = table.name.as_deref().map_or(String::new(), |name| format!("{name}: "));
            let said = broken_by(&rule.wants, table).into_iter().map(|why| format!("{}: {of}{why}", rule.text));
            broken.extend(said);
        }
    }
    broken
}

fn broken_by(wants: &Wants, table: &Table) -> Vec<String> {
    match wants {
        Wants::No(event) => event_in(event, table).into_iter().collect(),
        Wants::AppendOnly => appended(table),
        Wants::AtMost { of, bound, or_equal } => at_most(of, *bound, *or_equal, table),
        Wants::Count { of, sign, bound, wanted } => {
            let (count, one) = match *of {
                "rows" => (table.rows.after, "row"),
                "columns" => (table.columns.after.len() as u64, "column"),
                _ => (table.rows.added, "added row"),
            };
            if sign.holds(number(count), *bound) == *wanted {
                Vec::new()
            } else {
                vec![format!("there are {}", many(count, one))]
            }
        }
        Wants::Grows { by, margin } => grown(*by, *margin, table).into_iter().collect(),
    }
}

/// What happened, if it did.
fn event_in(event: &str, table: &Table) -> Option<String> {
    let columns = &table.columns;
    let named = |names: Vec<&str>, did: &str| (!names.is_empty()).then(|| format!("{did}: {}", listed(&names)));
    let flags = |is: fn(&Flag) -> Option<&String>, did: &str| {
        named(table.flags.iter().filter_map(is).map(String::as_str).collect(), did)
    };
    let some = |count: u64, one: &str| (count > 0).then(|| many(count, one));
    match event {
        "dropped-column" => named(columns.removed.iter().map(String::as_str).collect(), "dropped"),
        "added-column" => named(columns.added.iter().map(String::as_str).collect(), "added"),
        "renamed-column" => named(columns.renamed.iter().map(|one| one.from.as_str()).collect(), "renamed"),
        "retyped-column" => named(columns.retyped.iter().map(|one| one.name.as_str()).collect(), "of another type"),
        "reordered-columns" => columns.reordered.then(|| "the columns have another order".to_owned()),
        "dropped-table" => (table.whole == Whole::Removed).then(|| "the table is gone".to_owned()),
        "added-table" => (table.whole == Whole::Added).then(|| "the table is new".to_owned()),
        "removed-rows" => some(table.rows.removed, "removed row"),
        "changed-cells" => some(table.cells.all(), "changed cell"),
        "dup-key" => some(table.key.after.keys, "key").map(|keys| format!("{keys} with more than one row")),
        "unkeyed" => table.key.columns.is_empty().then(|| "no column identifies a row".to_owned()),
        "excel-damage" => {
            flags(|flag| if let Flag::Damaged { column, .. } = flag { Some(column) } else { None }, "damaged")
        }
        "out-of-range" => {
            flags(|flag| if let Flag::OutOfRange { column, .. } = flag { Some(column) } else { None }, "out of range")
        }
        "formula" => {
            flags(|flag| if let Flag::Formulas { column, .. } = flag { Some(column) } else { None }, "formulas in")
        }
        _ => table.partly.as_ref().map(|why| format!("not compared as a whole: {why}")),
    }
}

fn listed(names: &[&str]) -> String {
    let mut names: Vec<&str> = names.to_vec();
    names.dedup();
    let more = names.len().saturating_sub(10);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", names[..names.len().min(10)].join(", "))
}

fn appended(table: &Table) -> Vec<String> {
    let events = [
        "removed-rows",
        "changed-cells",
        "dropped-column",
        "renamed-column",
        "retyped-column",
        "dropped-table",
        "incomplete",
    ];
    let mut broken: Vec<String> = events.iter().filter_map(|event| event_in(event, table)).collect();
    if let Some(moved) = table.rows.moved.filter(|moved| *moved > 0) {
        broken.push(format!("{} in another order", many(moved, "row")));
    }
    broken
}

fn at_most(of: &str, bound: Amount, or_equal: bool, table: &Table) -> Vec<String> {
    let (rows, cells) = (&table.rows, table.cells);
    let within = |part: u64, whole: u64| {
        let sign = if or_equal { Sign::AtMost } else { Sign::Less };
        sign.holds(if bound.percent { share(part, whole) } else { number(part) }, bound.number)
    };
    let all = rows.before.saturating_mul(table.columns.before.len() as u64);
    let (part, whole, one) = match of {
        "removed-rows" => (rows.removed, rows.before, "removed row"),
        "changed-rows" => (rows.changed, rows.before, "changed row"),
        "changed-cells" => (cells.all(), all, "changed cell"),
        "format-cells" => (cells.format, all, "cell changed in format only"),
        _ => return missing(bound, or_equal, table),
    };
    if within(part, whole) { Vec::new() } else { vec![format!("{} of {}", many(part, one), grouped(whole))] }
}

/// Columns of which too many more values are missing.
fn missing(bound: Amount, or_equal: bool, table: &Table) -> Vec<String> {
    let sign = if or_equal { Sign::AtMost } else { Sign::Less };
    let too_many = |touched: &&Touched| {
        let (before, after) = (&touched.before, &touched.after);
        let more = match bound.percent {
            true => share(after.nulls, after.rows) - share(before.nulls, before.rows),
            false => number(after.nulls) - number(before.nulls),
        };
        more > 0.0 && !sign.holds(more, bound.number)
    };
    let said = |touched: &Touched| {
        format!("{} misses {} → {} values", touched.name, grouped(touched.before.nulls), grouped(touched.after.nulls))
    };
    table.touched.iter().filter(too_many).map(said).collect()
}

fn grown(by: f64, margin: Amount, table: &Table) -> Option<String> {
    let (before, after) = (number(table.rows.before), number(table.rows.after));
    // Without a number the margin is one of all rows.
    let (by, of) = if by.is_nan() { (0.0, before) } else { (by, by.abs()) };
    let margin = if margin.percent { of * margin.number / 100.0 } else { margin.number };
    let apart = (after - before - by).abs();
    let said = || format!("{} → {}", grouped(table.rows.before), many(table.rows.after, "row"));
    (apart > margin + 1e-9).then(said)
}

impl Sign {
    fn holds(self, number: f64, bound: f64) -> bool {
        match self {
            Sign::Less => number < bound,
            Sign::AtMost => number <= bound,
            Sign::More => number > bound,
            Sign::AtLeast => number >= bound,
            Sign::Equal => (number - bound).abs() < 1e-9,
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "compared with a bound that a person wrote")]
fn number(count: u64) -> f64 {
    count as f64
}

/// In percent.
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { f64::from(u8::from(part > 0)) * 100.0 } else { number(part) * 100.0 / number(whole) }
}
