//! SQLite files, table by table. Nothing that a file defines is run: no view, no trigger, no computed column.
//!
//! Where both sides store a table alike, its pages are walked side by side and only rows with other bytes are read by
//! SQLite (`walk`): the cost follows the change. Otherwise SQLite reads every row (`rows`).

mod open;
mod pages;
mod plain;
mod plan;
mod rowid;
mod rows;
mod schema;
mod walk;

#[cfg(test)]
mod tests;

use std::path::Path;

use self::open::Opened;
use self::pages::Pages;
use self::plan::{Plan, Way};
use self::rowid::by_rowid;
use self::rows::{Chosen, Rows};
use self::schema::Schema;
use self::walk::{Step, Tree, walk};
use super::engine::bits::Bits;
use super::engine::{self, Compared, Options};
use super::records::Records as _;
use super::typed::{Beside, Head, Numbered, Tables, cells};
use crate::error::{Error, Result};
use crate::flow::diff::found::How;

/// What is remembered of a row that is to be paired.
const REMEMBERED: usize = size_of::<(i64, u64)>();

/// One side.
struct Database {
    file: Opened,
    pages: Pages,
    schema: Schema,
}

/// Compares two SQLite files, and tells `tables` what differs.
pub fn compare(old: &Path, new: &Path, options: &Options<'_>, tables: &mut dyn Tables) -> Result<Beside> {
    Comparison { old: Database::open(old)?, new: Database::open(new)?, walks: true }.run(options, tables)
}

impl Database {
    fn open(path: &Path) -> Result<Database> {
        let (file, mut pages) = Opened::new(path)?;
        let schema = Schema::read(&file, &mut pages)?;
        Ok(Database { file, pages, schema })
    }
}

struct Comparison {
    old: Database,
    new: Database,
    /// Whether pages are walked at all: tests compare both ways.
    walks: bool,
}

impl Comparison {
    fn run(mut self, options: &Options<'_>, tables: &mut dyn Tables) -> Result<Beside> {
        let (before, after) = (&self.old.schema, &self.new.schema);
        let alike = self.walks && self.old.pages.header.stores_like(&self.new.pages.header);
        let plans = plan::tables(before, after, options, alike);
        let beside = Beside { objects: plan::objects(before, after), notes: plan::notes(before, after) };
        for (plan, head) in plans {
            let (Some(left), Some(right)) = (&plan.old, &plan.new) else {
                let mut rows = 0;
                for (side, table) in [(&self.old.file, &plan.old), (&self.new.file, &plan.new)] {
                    rows += table.as_ref().map_or(Ok(0), |table| Rows::new(side, table, false)?.count())?;
                }
                tables.alone(head, rows)?;
                continue;
            };
            let encoding = self.old.pages.header.encoding;
            let left = Rows::new(&self.old.file, left, plan.rowid)?.written(encoding);
            let encoding = self.new.pages.header.encoding;
            let right = Rows::new(&self.new.file, right, plan.rowid)?.written(encoding);
            let pages = [&mut self.old.pages, &mut self.new.pages];
            let options = Options { key: &[], keys: None, primary: &names(&head), ..*options };
            let declared = Options { key: options.primary, primary: &[], ..options };
            let compared = match plan.way {
                Way::Walk => Some(by_rowid([&left, &right], trees(&plan, pages)?, &options, tables.begin(&head)?)?),
                // Which rows moved only all of them can tell.
                Way::WalkAndPair if options.order => None,
                Way::WalkAndPair => by_key([&left, &right], trees(&plan, pages)?, &head, &options, tables)?,
                Way::Rows => None,
            };
            match compared {
                Some(compared) => tables.end(head, &compared)?,
                None if head.layout.how == How::Declared => tables.rows(head, &left, &right, &declared)?,
                None => tables.rows(head, &left, &right, &options)?,
            }
        }
        Ok(beside)
    }
}

/// Pairs the rows whose bytes differ by the primary key. `None` where they are too many to be remembered, or where it
/// is no key: one of them has NULL in it.
fn by_key<'a>(
    [old, new]: [&'a Rows<'a>; 2],
    trees: [Tree<'_>; 2],
    head: &Head,
    options: &Options<'_>,
    tables: &mut dyn Tables,
) -> Result<Option<Compared<'a>>> {
    let most = options.memory / 4 / REMEMBERED;
    let mut ids: [Vec<i64>; 2] = Default::default();
    let mut numbers: [Vec<u64>; 2] = Default::default();
    let sizes = walk(trees, &mut |step: Step<'_>| {
        let mut remember = |side: usize, id, number| {
            if ids[side].len() <= most {
                ids[side].push(id);
                numbers[side].push(number);
            }
        };
        match step {
            Step::Both(id, at, _) => {
                remember(0, id, at.old);
                remember(1, id, at.new);
            }
            Step::Older(id, number, _) => remember(0, id, number),
            Step::Newer(id, number, _) => remember(1, id, number),
        }
        Ok(())
    })?;
    let chosen = [Chosen { rows: old, ids: &ids[0] }, Chosen { rows: new, ids: &ids[1] }];
    if ids.iter().any(|ids| ids.len() > most) || has_null(&chosen, head)? {
        return Ok(None);
    }
    let mut numbered = Numbered { pairs: tables.begin(head)?, numbers: [&numbers[0], &numbers[1]] };
    let paired = engine::walk(&chosen[0], &chosen[1], options)?.tell(options, &mut numbered)?;
    let other = [0, 1].map(|side| {
        let mut other = Bits::default();
        for (row, number) in (0..).zip(numbered.numbers[side]) {
            other.set(*number, !paired.is_same(side == 1, row));
        }
        other
    });
    Ok(Some(Compared::all_but([old, new], sizes, other, options)))
}

fn has_null(sides: &[Chosen<'_>; 2], head: &Head) -> Result<bool> {
    for (side, chosen) in sides.iter().enumerate() {
        let mut cursor = chosen.open()?;
        while let Some(record) = cursor.record()? {
            let cells = cells(record)?;
            let key = head.layout.key.iter().map(|place| if side == 0 { place.0 } else { place.1 });
            if key.filter_map(|at| cells.get(at)).any(|cell| cell.kind == crate::flow::diff::cell::Kind::Null) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

fn names(head: &Head) -> Vec<String> {
    head.layout.key.iter().filter_map(|(_, at)| head.layout.after.get(*at)).map(|column| column.name.clone()).collect()
}

fn trees<'a>(plan: &Plan, [old, new]: [&'a mut Pages; 2]) -> Result<[Tree<'a>; 2]> {
    match (&plan.old, &plan.new) {
        (Some(left), Some(right)) => Ok([Tree::new(old, left.root), Tree::new(new, right.root)]),
        _ => Err(Error::bug("the pages of a table that is on one side only were to be walked")),
    }
}
