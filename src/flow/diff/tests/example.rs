//! A comparison with something of everything, and one whose texts are hostile.

use crate::flow::diff::cell::Kind;
use crate::flow::diff::found::{
    At, Cells, Change, Class, Column, Columns, Count, Duplicates, Edit, Flag, Found, Histogram, How, Key, Note, Object,
    Pattern, Renamed, Retyped, Rows, Stats, Table, Touched, Value, Whole,
};
use crate::flow::diff::words::Heading;

pub(crate) const HEADING: Heading<'static> = Heading {
    name: "master/matrix.csv",
    old: "v3",
    new: "v4",
    command: Some("git data diff v3..v4 -- master/matrix.csv"),
};

pub(crate) fn value(text: &str) -> Value {
    Value { kind: if text.is_empty() { Kind::Null } else { Kind::Bare }, raw: text.as_bytes().to_vec() }
}

fn values(text: &str) -> Vec<Value> {
    text.split(' ').map(|word| value(word.trim_matches('_'))).collect()
}

fn column(name: &str, kind: &str) -> Column {
    Column { name: name.into(), kind: kind.into() }
}

fn edit(column: &str, old: &str, new: &str, class: Class, notes: &[Note]) -> Edit {
    Edit { column: column.into(), old: value(old), new: value(new), class, notes: notes.to_vec() }
}

fn edited(key: &str, at: u64, cells: Vec<Edit>) -> Change {
    Change::Edited { key: vec![value(key)], at: At { old: at, new: at }, cells }
}

fn numbers(max: &str, distinct: u64, counts: [u64; 6]) -> Stats {
    Stats {
        rows: 1_200_000,
        nulls: 0,
        min: Some(value("0.01")),
        max: Some(value(max)),
        median: Some(499.98),
        distinct: Count { number: distinct, about: true },
        top: vec![],
        histogram: Some(Histogram { from: 0.01, to: 12_400.0, counts: counts.to_vec() }),
    }
}

fn words(nulls: u64, oslo: u64) -> Stats {
    let (distinct, top) = (Count { number: 2, about: false }, vec![(value("Oslo"), oslo), (value("Leeds"), 14)]);
    Stats { rows: 1_200_000, nulls, distinct, top, ..Stats::default() }
}

fn touched() -> Vec<Touched> {
    let (before, after) =
        (numbers("1000.00", 912_004, [9, 40, 12, 0, 0, 0]), numbers("12400", 912_011, [9, 40, 11, 0, 0, 1]));
    let conc = Touched {
        name: "conc".into(),
        kind: "number".into(),
        cells: Cells { value: 2, format: 1, tolerance: 0 },
        before,
        after,
    };
    let (before, after) = (words(14, 600_000), words(3, 600_010));
    let site = Touched {
        name: "site".into(),
        kind: "text".into(),
        cells: Cells { value: 2, format: 0, tolerance: 0 },
        before,
        after,
    };
    vec![conc, site]
}

pub(crate) fn table() -> Table {
    use Class::{Format, Value as Other};
    let before =
        [("sample_id", "text"), ("site", "text"), ("conc", "number"), ("operator_note", "text"), ("visit", "integer")];
    let after = [("sample_id", "text"), ("site", "text"), ("conc", "number"), ("visit_no", "number")];
    let columns = |all: &[(&str, &str)]| all.iter().map(|(name, kind)| column(name, kind)).collect::<Vec<_>>();
    let moved = edit("conc", "12.40", "12400", Other, &[Note::OutOfRange]);
    Table {
        name: None,
        whole: Whole::Both,
        rows: Rows { before: 1_200_000, after: 1_200_001, added: 2, removed: 1, changed: 4, moved: None },
        columns: Columns {
            before: columns(&before),
            after: columns(&after),
            added: vec![],
            removed: vec!["operator_note".into()],
            renamed: vec![Renamed { from: "visit".into(), to: "visit_no".into(), alike: 99.98 }],
            retyped: vec![Retyped { name: "visit_no".into(), from: "integer".into(), to: "number".into() }],
            reordered: false,
        },
        cells: Cells { value: 4, format: 1, tolerance: 0 },
        key: Key {
            columns: vec!["sample_id".into()],
            how: How::Declared,
            before: Duplicates::default(),
            after: Duplicates::default(),
        },
        touched: touched(),
        flags: vec![
            Flag::ColumnDropped {
                column: "operator_note".into(),
                kind: "text".into(),
                filled: Some((856_912, 1_200_000)),
            },
            Flag::OutOfRange {
                column: "conc".into(),
                old: value("12.40"),
                new: value("12400"),
                key: vec![value("S00482211")],
            },
        ],
        patterns: vec![Pattern { column: "site".into(), old: value(""), new: value("Leeds"), class: Other, cells: 2 }],
        changes: vec![
            edited(
                "S00012345",
                7,
                vec![
                    edit("site", "", "Leeds", Other, &[Note::Filled]),
                    edit("conc", "523.1774", "523.6774", Other, &[]),
                ],
            ),
            edited("S00482211", 9, vec![moved]),
            edited("S00700001", 11, vec![edit("conc", "12.50", "12.5", Format, &[])]),
            edited("S00800001", 12, vec![edit("site", "", "Leeds", Other, &[Note::Filled])]),
            Change::Added { key: vec![value("S01200001")], row: 1_199_999, values: values("S01200001 Oslo 41.2000 3") },
            Change::Added { key: vec![value("S01200002")], row: 1_200_000, values: values("S01200002 Oslo 39.9000 _") },
            Change::Removed { key: vec![value("S00000009")], row: 8, values: values("S00000009 Oslo 1.0 gone 2") },
        ],
        partly: None,
    }
}

pub(crate) fn found() -> Found {
    Found {
        format: "csv".into(),
        tables: vec![table()],
        objects: vec![],
        notes: vec!["Line ends changed from CRLF to LF.".into()],
    }
}

/// Two tables and a view.
pub(crate) fn database() -> Found {
    let mut plain = table();
    (plain.name, plain.flags, plain.columns.removed) = (Some("samples".into()), vec![], vec![]);
    let rows = Rows { after: 3, added: 3, ..Rows::default() };
    let new = Table { name: Some("sites".into()), whole: Whole::Added, rows, ..Table::default() };
    let same = Table { name: Some("users".into()), ..Table::default() };
    let view = Object {
        what: "view".into(),
        name: "recent".into(),
        old: Some("CREATE VIEW recent AS\n  SELECT 1".into()),
        new: Some("CREATE VIEW recent AS\n  SELECT 2".into()),
    };
    Found { format: "sqlite".into(), tables: vec![plain, new, same], objects: vec![view], notes: vec![] }
}

pub(crate) const EVIL: &str =
    "</code></td><script>alert(1)</script>|`@all\u{202e}\u{1b}[31m\n<img src=x onerror=a> #1 'x\"";

/// Everything that comes from the data is [`EVIL`].
pub(crate) fn hostile() -> Found {
    let mut found = database();
    let evil = || EVIL.to_owned();
    let bytes = Value { kind: Kind::Text, raw: EVIL.as_bytes().to_vec() };
    found.notes = vec![evil()];
    for object in &mut found.objects {
        *object = Object { what: evil(), name: evil(), old: Some(evil()), new: Some(evil()) };
    }
    for table in &mut found.tables {
        table.name = table.name.as_ref().map(|_| evil());
        table.partly = Some(evil());
        table.key.columns = vec![evil()];
        let side = [Column { name: evil(), kind: evil() }];
        let (renamed, retyped) =
            (Renamed { from: evil(), to: evil(), alike: 99.0 }, Retyped { name: evil(), from: evil(), to: evil() });
        table.columns = Columns {
            before: side.to_vec(),
            after: side.to_vec(),
            added: vec![evil()],
            removed: vec![evil()],
            renamed: vec![renamed],
            retyped: vec![retyped],
            reordered: true,
        };
        for touched in &mut table.touched {
            (touched.name, touched.kind) = (evil(), evil());
            for stats in [&mut touched.before, &mut touched.after] {
                (stats.min, stats.max, stats.top) =
                    (Some(bytes.clone()), Some(bytes.clone()), vec![(bytes.clone(), 2)]);
            }
        }
        let (old, new, key) = (bytes.clone(), bytes.clone(), vec![bytes.clone()]);
        table.flags = vec![
            Flag::ColumnDropped { column: evil(), kind: evil(), filled: None },
            Flag::OutOfRange { column: evil(), old, new, key: key.clone() },
            Flag::Damaged { column: evil(), how: Note::LostZeros, cells: 1 },
            Flag::MoreNulls { column: evil(), before: 0, after: 1 },
            Flag::DuplicateKeys { keys: 1, rows: 2 },
            Flag::Formulas { column: evil(), cells: 1 },
        ];
        for pattern in &mut table.patterns {
            (pattern.column, pattern.old, pattern.new) = (evil(), bytes.clone(), bytes.clone());
        }
        let edit = Edit { column: evil(), old: bytes.clone(), new: bytes.clone(), class: Class::Value, notes: vec![] };
        table.changes = vec![
            Change::Edited { key: key.clone(), at: At::default(), cells: vec![edit] },
            Change::Added { key: key.clone(), row: 0, values: key.clone() },
            Change::Removed { key: key.clone(), row: 0, values: key.clone() },
        ];
    }
    found
}

/// So many changed cells.
pub(crate) fn long(cells: u64) -> Found {
    let mut found = found();
    let table = &mut found.tables[0];
    table.cells = Cells { value: cells, format: 0, tolerance: 0 };
    table.rows.changed = cells;
    let one = |at: u64| {
        edited(&format!("S{at:08}"), at, vec![edit("site", &"x".repeat(80), &"|`".repeat(30), Class::Value, &[])])
    };
    table.changes = (0..cells).map(one).collect();
    let row = |row: u64| Change::Added { key: vec![value("k")], row, values: values(&"long-value ".repeat(4)) };
    table.changes.extend((0..2_000).map(row));
    table.rows.added = 2_000;
    found
}
