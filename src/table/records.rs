//! What an engine needs to know of a table: its rows as bytes, one after the other, and how to read such bytes.
//!
//! A record is the bytes of one row, without what separates rows. Rows that are equal as bytes are never split into
//! cells; typed readers write theirs with [`crate::flow::diff::row`].

use crate::error::Result;
use crate::flow::diff::cell::Cell;
use crate::flow::diff::found::Column;
use crate::flow::diff::row;

/// One side of a comparison.
pub trait Records {
    /// Its columns, in their order.
    fn columns(&self) -> &[Column];

    /// How its records are written. Equal bytes of two sides that are written alike and have the same columns are equal
    /// rows.
    fn spelling(&self) -> String;

    /// Whether records name their columns themselves, so that equal bytes are equal cells whatever columns there are.
    fn named(&self) -> bool {
        false
    }

    /// Whether other bytes always are other cells, so that rows need not be split to know that they differ.
    fn exact(&self) -> bool {
        true
    }

    /// About how many bytes its records are; 0 if that is not known.
    fn bytes(&self) -> u64;

    /// Starts with the first row. This is done more than once.
    fn open(&self) -> Result<Box<dyn Cursor + '_>>;

    /// The same where only some columns are wanted: the cells of others may be absent.
    fn open_for(&self, columns: &[usize]) -> Result<Box<dyn Cursor + '_>> {
        let _ = columns;
        self.open()
    }

    /// Tells the cells of a record one by one in the order of the columns; a missing one is absent.
    fn visit<'r>(&self, record: &'r [u8], f: &mut dyn FnMut(usize, Cell<'r>)) -> Result<()>;

    /// How the file is written, as pairs of a word and what it is, for a note where two sides are not written alike.
    /// After its rows were read.
    fn facts(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// What is odd about it. After its rows were read.
    fn oddities(&self) -> Vec<String> {
        Vec::new()
    }

    /// The cells of a record.
    fn cells<'r>(&self, record: &'r [u8]) -> Result<Vec<Cell<'r>>> {
        let mut cells = Vec::with_capacity(self.columns().len());
        self.visit(record, &mut |_, cell| cells.push(cell))?;
        Ok(cells)
    }

    /// Tells the cells of some columns, by their places in `columns`.
    fn pick<'r>(&self, record: &'r [u8], columns: &[usize], f: &mut dyn FnMut(usize, Cell<'r>)) -> Result<()> {
        self.visit(record, &mut |column, cell| {
            if let Some(place) = columns.iter().position(|it| *it == column) {
                f(place, cell);
            }
        })
    }

    /// Tells the cells of some columns, which ascend, by their places in `columns`, of the rows before `until` that are
    /// wanted.
    fn scan(
        &self,
        columns: &[usize],
        until: u64,
        wanted: &dyn Fn(u64) -> bool,
        f: &mut dyn FnMut(u64, usize, Cell<'_>),
    ) -> Result<()> {
        let (mut cursor, mut row) = (self.open_for(columns)?, 0);
        while row < until
            && let Some(record) = cursor.record()?
        {
            if wanted(row) {
                self.pick(record, columns, &mut |at, cell| f(row, at, cell))?;
            }
            row += 1;
        }
        Ok(())
    }

    /// Writes the values of some columns, without their kinds: `"7"` and `7` are one key. What `out` held is gone.
    fn key(&self, record: &[u8], columns: &[usize], out: &mut Vec<u8>) -> Result<()> {
        out.clear();
        let cells = self.cells(record)?;
        for column in columns {
            let raw = cells.get(*column).map_or(&[][..], |cell| &cell.raw);
            push_key(out, columns.len(), raw);
        }
        Ok(())
    }

    /// Writes the cells of some columns so that equal cells are equal bytes, whatever table they come from.
    fn project(&self, record: &[u8], columns: &[usize], out: &mut Vec<u8>) -> Result<()> {
        out.clear();
        let cells = self.cells(record)?;
        for cell in columns.iter().filter_map(|column| cells.get(*column)) {
            row::push(out, cell.kind, &cell.raw);
        }
        Ok(())
    }
}

/// Adds a value to a key of so many columns: alone as it is, else with its length in front.
pub fn push_key(out: &mut Vec<u8>, columns: usize, raw: &[u8]) {
    if columns > 1 {
        out.extend_from_slice(&(raw.len() as u32).to_be_bytes());
    }
    out.extend_from_slice(raw);
}

/// Reads records in their order.
pub trait Cursor {
    /// The next one.
    fn record(&mut self) -> Result<Option<&[u8]>>;

    /// Whether the next one is known to be these bytes; then it is passed. Records of both are written alike.
    fn pass(&mut self, record: &[u8]) -> Result<bool> {
        let _ = record;
        Ok(false)
    }
}
