//! What we find is what other programs find: DuckDB in CSV and Parquet files, sqldiff in databases. On random tables.

use std::process::Command;

use serde_json::Value as Json;

use crate::dice::{Dice, asked};
use crate::lab::{Backend, Lab, has_program};

/// A random table: rows by their key.
type Rows = std::collections::BTreeMap<u64, [Option<String>; 3]>;

fn cell(dice: &mut Dice) -> Option<String> {
    match dice.below(6) {
        0 => None,
        1 => Some(dice.below(5).to_string()),
        2 => Some(format!("{}.{}", dice.below(3), dice.below(10))),
        3 => Some("say \"hi\", twice".to_owned()),
        4 => Some(format!("line\n{}", dice.below(3))),
        _ => Some((*dice.pick(&["Oslo", "Bergen", "Tromsø"])).to_owned()),
    }
}

fn row(dice: &mut Dice) -> [Option<String>; 3] {
    [cell(dice), cell(dice), cell(dice)]
}

/// A table, and what a few edits make of it.
fn two(dice: &mut Dice) -> [Rows; 2] {
    let old: Rows = (0..dice.below(60) + 20).map(|id| (id, row(dice))).collect();
    let mut new = old.clone();
    for _ in 0..dice.below(30) {
        let id = dice.below(90);
        match dice.below(3) {
            0 => drop(new.insert(id, row(dice))),
            1 => drop(new.remove(&id)),
            _ => {
                if let Some(cells) = new.get_mut(&id) {
                    let column = *dice.pick(&[0, 1, 2]);
                    cells[column] = cell(dice);
                }
            }
        }
    }
    [old, new]
}

fn csv(rows: &Rows, dice: &mut Dice) -> String {
    let field =
        |cell: &Option<String>| cell.as_ref().map_or(String::new(), |it| format!("\"{}\"", it.replace('"', "\"\"")));
    let mut lines: Vec<String> =
        rows.iter().map(|(id, cells)| format!("{id},{}\n", cells.each_ref().map(field).join(","))).collect();
    // In another order.
    let places: Vec<usize> = (0..lines.len()).collect();
    for at in &places {
        lines.swap(*at, *dice.pick(&places));
    }
    format!("id,a,b,c\n{}", lines.concat())
}

/// Rows removed, added, changed, and changed cells, as we find them.
fn ours(lab: &Lab, old: &str, new: &str) -> [u64; 4] {
    let found: Json = lab.run("", &format!("git-data diff --files {old} {new} --key id --json")).ok().json();
    if found["same"] == true {
        return [0; 4];
    }
    let rows = |what: &str| found["rows"][what].as_u64().unwrap();
    let cells: u64 = found["cells"].as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum();
    [rows("removed"), rows("added"), rows("changed"), cells]
}

const JOIN: &str = "SELECT count(*) FILTER (n.id IS NULL), count(*) FILTER (o.id IS NULL), \
    count(*) FILTER (o.id IS NOT NULL AND n.id IS NOT NULL AND (o.a IS DISTINCT FROM n.a OR o.b IS DISTINCT FROM n.b OR o.c IS DISTINCT FROM n.c)), \
    coalesce(sum((o.a IS DISTINCT FROM n.a)::INT + (o.b IS DISTINCT FROM n.b)::INT + (o.c IS DISTINCT FROM n.c)::INT) \
    FILTER (o.id IS NOT NULL AND n.id IS NOT NULL), 0) FROM o FULL JOIN n ON o.id = n.id";

#[test]
fn duckdb_program_finds_the_same() {
    if !has_program("duckdb") {
        return;
    }
    let lab = Lab::new(Backend::Directory);
    let mut dice = Dice::of(asked("GIT_DATA_TEST_SEED", 1));
    for round in 0..12 {
        let sides = two(&mut dice);
        for (name, rows) in ["old", "new"].iter().zip(&sides) {
            let text = csv(rows, &mut dice);
            lab.write(&format!("{name}.csv"), text);
        }
        let sql = format!(
            "CREATE TABLE o AS FROM read_csv('old.csv', all_varchar = true); CREATE TABLE n AS FROM read_csv('new.csv', all_varchar = true); \
             COPY o TO 'old.parquet'; COPY n TO 'new.parquet'; {JOIN}"
        );
        let said = Command::new("duckdb")
            .current_dir(lab.path(""))
            .args(["-batch", "-bail", "-csv", "-noheader", "-c", &sql])
            .output()
            .unwrap();
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
        let theirs: Vec<u64> =
            String::from_utf8(said.stdout).unwrap().trim().split(',').map(|n| n.parse().unwrap()).collect();
        assert_eq!(ours(&lab, "old.csv", "new.csv")[..], theirs, "round {round}");
        #[cfg(feature = "tables")]
        assert_eq!(ours(&lab, "old.parquet", "new.parquet")[..], theirs, "round {round}, Parquet");
    }
}

#[cfg(feature = "tables")]
#[test]
fn sqldiff_program_finds_the_same() {
    use rusqlite::Connection;

    if !has_program("sqldiff") {
        return;
    }
    let lab = Lab::new(Backend::Directory);
    let mut dice = Dice::of(asked("GIT_DATA_TEST_SEED", 1));
    for round in 0..12 {
        let sides = two(&mut dice);
        for (name, rows) in ["old.sqlite", "new.sqlite"].iter().zip(&sides) {
            let _ = std::fs::remove_file(lab.path(name));
            let mut base = Connection::open(lab.path(name)).unwrap();
            base.execute_batch("CREATE TABLE t (id INTEGER PRIMARY KEY, a, b, c)").unwrap();
            let all = base.transaction().unwrap();
            for (id, [a, b, c]) in rows {
                all.execute("INSERT INTO t VALUES (?, ?, ?, ?)", (i64::try_from(*id).unwrap(), a, b, c)).unwrap();
            }
            all.commit().unwrap();
        }
        let sqldiff = |more: &[&str]| {
            let said = Command::new("sqldiff")
                .current_dir(lab.path(""))
                .args(more)
                .args(["old.sqlite", "new.sqlite"])
                .output();
            String::from_utf8(said.unwrap().stdout).unwrap()
        };
        // t: 1 changes, 2 inserts, 3 deletes, 4 unchanged
        let summary = sqldiff(&["--summary"]);
        let count = |what: &str| {
            let words: Vec<&str> = summary.split([' ', ',', '\n']).filter(|word| !word.is_empty()).collect();
            words.windows(2).find(|pair| pair[1] == what).unwrap()[0].parse::<u64>().unwrap()
        };
        let [removed, added, changed, _] = ours(&lab, "old.sqlite", "new.sqlite");
        assert_eq!(
            [removed, added, changed],
            [count("deletes"), count("inserts"), count("changes")],
            "round {round}: {summary}"
        );
        // Their statements and ours make the same of the older one.
        let dump = |sql: &str| {
            std::fs::copy(lab.path("old.sqlite"), lab.path("made.sqlite")).unwrap();
            let base = Connection::open(lab.path("made.sqlite")).unwrap();
            base.execute_batch(sql).unwrap();
            let mut rows = base.prepare("SELECT id, quote(a), quote(b), quote(c) FROM t ORDER BY id").unwrap();
            let rows = rows
                .query_map((), |row| Ok((row.get::<_, i64>(0)?, [row.get::<_, String>(1)?, row.get(2)?, row.get(3)?])));
            rows.unwrap().collect::<Result<Vec<_>, _>>().unwrap()
        };
        let own = lab.run("", "git-data diff --files old.sqlite new.sqlite --format sql -n 0").ok().stdout;
        assert_eq!(dump(&own), dump(&sqldiff(&[])), "round {round}");
    }
}
