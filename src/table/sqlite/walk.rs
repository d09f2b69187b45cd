//! Walks two tables that are stored alike, side by side, and tells which rows do not have the same bytes.
//!
//! A row is its rowid and its record. Under the same definition and encoding the same record is the same values, so
//! nothing is decoded; a leaf that is the same byte for byte is passed over as a whole.

use std::cmp::Ordering;

use super::pages::Pages;
use crate::error::Result;
use crate::flow::diff::found::At;
use crate::flow::sqlite::Damage;
use crate::flow::sqlite::page::{self, Page, Row};

/// More levels than any table of SQLite has.
const DEEPEST: usize = 20;

/// A row that is not the same on both sides: its rowid, its number, and its record if that lies on one page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step<'r> {
    /// Its record differs.
    Both(i64, At, [Option<&'r [u8]>; 2]),
    /// Only the older side has its rowid.
    Older(i64, u64, Option<&'r [u8]>),
    /// Only the newer side has its rowid.
    Newer(i64, u64, Option<&'r [u8]>),
}

/// Takes what a walk finds.
pub(super) trait Steps {
    /// A row that is not the same.
    fn step(&mut self, step: Step<'_>) -> Result<()>;

    /// Whether rows that are the same are wanted.
    fn counts(&self) -> bool {
        false
    }

    /// One of them, as the older side has it.
    fn same(&mut self, id: i64, record: Option<&[u8]>) {
        let _ = (id, record);
    }
}

impl<F: FnMut(Step<'_>) -> Result<()>> Steps for F {
    fn step(&mut self, step: Step<'_>) -> Result<()> {
        self(step)
    }
}

/// One table, read leaf by leaf.
pub(super) struct Tree<'a> {
    pages: &'a mut Pages,
    /// Pages whose children are being visited: the children, and how many of them were.
    above: Vec<(Vec<u32>, usize)>,
    next_page: Option<u32>,
    visited: u64,
    leaf: Vec<u8>,
    rows: Vec<Row>,
    at: usize,
    /// Rows before this leaf.
    before: u64,
    last: Option<i64>,
}

impl<'a> Tree<'a> {
    /// The table with this root page.
    pub(super) fn new(pages: &'a mut Pages, root: u32) -> Tree<'a> {
        let (above, leaf, rows) = (Vec::new(), Vec::new(), Vec::new());
        Tree { pages, above, next_page: Some(root), visited: 0, leaf, rows, at: 0, before: 0, last: None }
    }

    /// Whether there is a row left; if so, it is the current one.
    fn ready(&mut self) -> Result<bool> {
        while self.at == self.rows.len() {
            self.before += self.rows.len() as u64;
            self.at = 0;
            self.rows.clear();
            if !self.load()? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Goes to the next leaf.
    fn load(&mut self) -> Result<bool> {
        loop {
            let Some(number) = self.next_page.take().or_else(|| self.down()) else { return Ok(false) };
            self.visited += 1;
            if self.visited > self.pages.count() || self.above.len() > DEEPEST {
                return Err(self.pages.damaged(Damage("pages of a table go in a circle".to_owned())));
            }
            let header = self.pages.header;
            let bytes = self.pages.page(number)?;
            match page::parse(&header, bytes, number) {
                Ok(Page::Interior(children)) => self.above.push((children, 0)),
                Ok(Page::Leaf(rows)) => {
                    self.leaf.clear();
                    self.leaf.extend_from_slice(bytes);
                    self.rows = rows;
                    return self.in_order().map(|()| true);
                }
                Err(damage) => return Err(self.pages.damaged(damage)),
            }
        }
    }

    fn down(&mut self) -> Option<u32> {
        while let Some((children, visited)) = self.above.last_mut() {
            if let Some(child) = children.get(*visited) {
                *visited += 1;
                return Some(*child);
            }
            self.above.pop();
        }
        None
    }

    fn in_order(&mut self) -> Result<()> {
        for row in &self.rows {
            if self.last.is_some_and(|last| last >= row.id) {
                return Err(self.pages.damaged(Damage(format!("the row {} of a table is out of order", row.id))));
            }
            self.last = Some(row.id);
        }
        Ok(())
    }

    fn current(&self) -> Row {
        self.rows[self.at]
    }

    fn number(&self) -> u64 {
        self.before + self.at as u64
    }

    fn here(&self) -> &[u8] {
        let row = self.current();
        self.leaf.get(row.at..row.at + row.here).unwrap_or_default()
    }

    /// The current record, if all of it is here.
    fn whole(&self) -> Option<&[u8]> {
        self.record(self.at)
    }

    fn record(&self, at: usize) -> Option<&[u8]> {
        let row = self.rows.get(at).filter(|row| row.overflow == 0)?;
        self.leaf.get(row.at..row.at + row.here)
    }

    /// What of the current record lies on other pages.
    fn rest(&self) -> Result<Rest> {
        let row = self.current();
        let rest = Rest { left: row.bytes - row.here as u64, page: row.overflow };
        if rest.left / u64::from(self.pages.header.usable) > self.pages.count() {
            return Err(self.pages.damaged(Damage(format!("the row {} is larger than the file", row.id))));
        }
        Ok(rest)
    }
}

/// A chain of pages that hold the rest of a record.
struct Rest {
    left: u64,
    page: u32,
}

impl Rest {
    /// The next piece; `None` at the end.
    fn piece<'a>(&mut self, pages: &'a mut Pages) -> Result<Option<&'a [u8]>> {
        if self.left == 0 {
            return Ok(None);
        }
        let some = self.left.min(u64::from(pages.header.usable) - 4);
        let bytes = pages.page(self.page)?;
        let next = bytes.first_chunk::<4>().copied().unwrap_or_default();
        (self.left, self.page) = (self.left - some, u32::from_be_bytes(next));
        Ok(bytes.get(4..4 + some as usize))
    }
}

/// Tells where two tables differ, and how many rows they have.
pub(super) fn walk(trees: [Tree<'_>; 2], steps: &mut dyn Steps) -> Result<[u64; 2]> {
    let [mut old, mut new] = trees;
    loop {
        let ordering = match (old.ready()?, new.ready()?) {
            (false, false) => return Ok([old.number(), new.number()]),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (true, true) if same_leaf(&old, &new) => {
                if steps.counts() {
                    (0..old.rows.len()).for_each(|at| steps.same(old.rows[at].id, old.record(at)));
                }
                (old.at, new.at) = (old.rows.len(), new.rows.len());
                continue;
            }
            (true, true) => old.current().id.cmp(&new.current().id),
        };
        match ordering {
            Ordering::Less => steps.step(Step::Older(old.current().id, old.number(), old.whole()))?,
            Ordering::Greater => steps.step(Step::Newer(new.current().id, new.number(), new.whole()))?,
            Ordering::Equal if !same_record(&mut old, &mut new)? => {
                let at = At { old: old.number(), new: new.number() };
                steps.step(Step::Both(old.current().id, at, [old.whole(), new.whole()]))?;
            }
            Ordering::Equal if steps.counts() => steps.same(old.current().id, old.whole()),
            Ordering::Equal => {}
        }
        old.at += usize::from(ordering != Ordering::Greater);
        new.at += usize::from(ordering != Ordering::Less);
    }
}

/// Whether both are at the start of leaves that hold the same, and hold it all.
fn same_leaf(old: &Tree<'_>, new: &Tree<'_>) -> bool {
    old.at == 0 && new.at == 0 && old.leaf == new.leaf && old.rows.iter().all(|row| row.overflow == 0)
}

fn same_record(old: &mut Tree<'_>, new: &mut Tree<'_>) -> Result<bool> {
    if old.current().bytes != new.current().bytes || old.here() != new.here() {
        return Ok(false);
    }
    // Records of equal length are cut into equal pieces.
    let (mut left, mut right) = (old.rest()?, new.rest()?);
    loop {
        match (left.piece(old.pages)?, right.piece(new.pages)?) {
            (None, None) => return Ok(true),
            (a, b) if a != b => return Ok(false),
            _ => {}
        }
    }
}
