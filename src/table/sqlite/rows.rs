//! The rows of one SQLite table, read with SQL that names its columns and nothing else.

use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Row as SqlRow, Statement, params_from_iter};

use super::open::Opened;
use super::plain::{Plain, spelled};
use super::schema::Table;
use crate::error::{Error, Result};
use crate::flow::diff::cell::{Cell, Kind};
use crate::flow::diff::found::Column;
use crate::flow::diff::row;
use crate::flow::sql::identifier;
use crate::flow::sqlite::page::Stored;
use crate::flow::sqlite::record::{Value, reads_real};
use crate::table::records::{Cursor, Records};
use crate::table::typed;

/// Rows that are read at once, at most.
const BATCH: usize = 4096;
/// And so many bytes of them, or one row.
const BYTES: usize = 1 << 20;

/// One table of one side.
pub(super) struct Rows<'a> {
    file: &'a Opened,
    table: &'a Table,
    columns: Vec<Column>,
    /// What SQL calls the columns.
    names: Vec<String>,
    /// What SQL calls the columns by which rows are stored.
    order: Vec<String>,
    /// Where values are in the records, if these can be read without SQLite.
    plain: Option<Plain>,
}

impl<'a> Rows<'a> {
    /// `rowid`: whether it stands before the columns.
    pub(super) fn new(file: &'a Opened, table: &'a Table, rowid: bool) -> Result<Rows<'a>> {
        let quoted = |column: &Column| {
            let no_name = || Error::user(format!("the table {} has a column that no SQL can name", table.name));
            identifier(&column.name).ok_or_else(no_name)
        };
        let mut columns = table.columns.clone();
        let mut names = columns.iter().map(quoted).collect::<Result<Vec<_>>>()?;
        let alias = table.alias.and_then(|column| names.get(column).cloned());
        let order = match table.stored {
            Stored::ByRowid => alias.or(table.rowid.map(str::to_owned)).into_iter().collect(),
            Stored::ByKey => table.primary.iter().filter_map(|at| names.get(*at).cloned()).collect(),
        };
        if let Some(name) = table.rowid.filter(|_| rowid) {
            columns.insert(0, Column { name: name.to_owned(), kind: "rowid".to_owned() });
            names.insert(0, name.to_owned());
        }
        Ok(Rows { file, table, columns, names, order, plain: None })
    }

    /// The same in a file whose texts are written so: 1 is UTF-8.
    pub(super) fn written(mut self, encoding: u32) -> Rows<'a> {
        let table = self.table;
        if encoding == 1 && table.computed.is_empty() && table.stored == Stored::ByRowid {
            let before = self.columns.len() - table.columns.len();
            let rowid = if before > 0 { Some(0) } else { table.alias };
            let places = (0..self.columns.len()).map(|column| column.saturating_sub(before)).collect();
            let real = self.columns.iter().map(|column| reads_real(&column.kind)).collect();
            self.plain = Some(Plain { rowid, places, real });
        }
        self
    }

    /// Where values are in the records, if these can be read without SQLite.
    pub(super) fn plain(&self) -> Option<&Plain> {
        self.plain.as_ref()
    }

    /// The row with a rowid, which is bound.
    pub(super) fn seek(&self) -> Result<Seek<'a>> {
        let rowid = self.order.first().cloned().unwrap_or_default();
        let wanted = vec![true; self.names.len()];
        let statement = self.prepare(&wanted, &format!("WHERE {rowid} = ?1"))?;
        Ok(Seek { file: self.file, statement, wanted, record: Vec::new() })
    }

    /// How many there are.
    pub(super) fn count(&self) -> Result<u64> {
        let (mut cursor, mut count) = (self.open()?, 0);
        while cursor.record()?.is_some() {
            count += 1;
        }
        Ok(count)
    }

    /// Selects the wanted columns, and behind them those by which rows are stored.
    fn prepare(&self, wanted: &[bool], rest: &str) -> Result<Statement<'a>> {
        let table = identifier(&self.table.name).unwrap_or_default();
        let some = self.names.iter().zip(wanted).filter(|(_, wanted)| **wanted).map(|(name, _)| name.as_str());
        let selected: Vec<&str> = some.chain(self.order.iter().map(String::as_str)).collect();
        // An index may tell other values than the table does, and one on an expression would be computed.
        let sql = format!("SELECT {} FROM main.{table} NOT INDEXED {rest}", selected.join(", "));
        self.file.connection.prepare(&sql).map_err(|e| self.file.failed(e))
    }
}

impl Records for Rows<'_> {
    fn columns(&self) -> &[Column] {
        &self.columns
    }

    fn spelling(&self) -> String {
        typed::SPELLING.to_owned()
    }

    fn bytes(&self) -> u64 {
        self.file.size
    }

    fn open(&self) -> Result<Box<dyn Cursor + '_>> {
        let all: Vec<usize> = (0..self.names.len()).collect();
        self.open_for(&all)
    }

    fn open_for(&self, columns: &[usize]) -> Result<Box<dyn Cursor + '_>> {
        Ok(Box::new(self.reading(columns)?))
    }

    fn scan(
        &self,
        columns: &[usize],
        until: u64,
        wanted: &dyn Fn(u64) -> bool,
        f: &mut dyn FnMut(u64, usize, Cell<'_>),
    ) -> Result<()> {
        let (mut reading, mut row, mut spelled) = (self.reading(columns)?, 0, Vec::new());
        while row < until {
            let before = row;
            reading.rows(&mut |values| {
                for at in (0..columns.len()).filter(|_| row < until && wanted(row)) {
                    spelled.clear();
                    f(row, at, cell(values.get_ref(at)?, &mut spelled));
                }
                row += 1;
                Ok(0)
            })?;
            if row == before {
                break;
            }
        }
        Ok(())
    }

    fn visit<'r>(&self, record: &'r [u8], f: &mut dyn FnMut(usize, Cell<'r>)) -> Result<()> {
        typed::visit(record, f)
    }
}

impl Rows<'_> {
    fn reading(&self, columns: &[usize]) -> Result<Reading<'_>> {
        let wanted: Vec<bool> = (0..self.names.len()).map(|at| columns.contains(&at)).collect();
        let order = self.order.join(", ");
        let places: Vec<String> = (1..=self.order.len()).map(|n| format!("?{n}")).collect();
        let first = self.prepare(&wanted, &format!("ORDER BY {order} LIMIT {BATCH}"))?;
        let places = places.join(", ");
        let later = self.prepare(&wanted, &format!("WHERE ({order}) > ({places}) ORDER BY {order} LIMIT {BATCH}"))?;
        let (file, places, width) = (self.file, self.order.len(), wanted.iter().filter(|wanted| **wanted).count());
        let (last, batch, ends) = (Vec::new(), Vec::new(), Vec::new());
        Ok(Reading { file, first, later, wanted, width, places, last, batch, ends, at: 0, read: 0 })
    }
}

/// Finds rows by rowid.
pub(super) struct Seek<'a> {
    file: &'a Opened,
    statement: Statement<'a>,
    wanted: Vec<bool>,
    record: Vec<u8>,
}

impl Seek<'_> {
    /// The record of a row.
    pub(super) fn record(&mut self, id: i64) -> Result<&[u8]> {
        let failed = |e| self.file.failed(e);
        self.file.refill();
        let mut rows = self.statement.query([id]).map_err(failed)?;
        let values = rows.next().map_err(failed)?.ok_or_else(typed::changed_under_us)?;
        self.record.clear();
        write(&mut self.record, values, &self.wanted).map_err(failed)?;
        Ok(&self.record)
    }
}

/// Some rows of a table, by rowid.
pub(super) struct Chosen<'a> {
    pub(super) rows: &'a Rows<'a>,
    pub(super) ids: &'a [i64],
}

impl Records for Chosen<'_> {
    fn columns(&self) -> &[Column] {
        self.rows.columns()
    }

    fn spelling(&self) -> String {
        self.rows.spelling()
    }

    fn bytes(&self) -> u64 {
        self.rows.bytes()
    }

    fn open(&self) -> Result<Box<dyn Cursor + '_>> {
        Ok(Box::new(ReadingChosen { seek: self.rows.seek()?, ids: self.ids.iter() }))
    }

    fn visit<'r>(&self, record: &'r [u8], f: &mut dyn FnMut(usize, Cell<'r>)) -> Result<()> {
        typed::visit(record, f)
    }
}

struct ReadingChosen<'a> {
    seek: Seek<'a>,
    ids: std::slice::Iter<'a, i64>,
}

impl Cursor for ReadingChosen<'_> {
    fn record(&mut self) -> Result<Option<&[u8]>> {
        match self.ids.next() {
            Some(id) => self.seek.record(*id).map(Some),
            None => Ok(None),
        }
    }
}

/// Reads all rows in the order of the key by which they are stored, some at a time.
struct Reading<'a> {
    file: &'a Opened,
    first: Statement<'a>,
    later: Statement<'a>,
    /// Which columns are read; the others are absent.
    wanted: Vec<bool>,
    /// How many these are.
    width: usize,
    /// How many values behind the columns tell where a row is stored.
    places: usize,
    /// Those of the last row that was read.
    last: Vec<Held>,
    batch: Vec<u8>,
    /// Where the records of the batch end, and how many of them were given.
    ends: Vec<usize>,
    at: usize,
    /// Rows read so far.
    read: u64,
}

impl Reading<'_> {
    /// Reads on behind the last row.
    fn fill(&mut self) -> Result<()> {
        let (mut batch, mut ends) = (std::mem::take(&mut self.batch), std::mem::take(&mut self.ends));
        batch.clear();
        ends.clear();
        self.at = 0;
        let wanted = std::mem::take(&mut self.wanted);
        let done = self.rows(&mut |values| {
            write(&mut batch, values, &wanted)?;
            ends.push(batch.len());
            Ok(batch.len())
        });
        (self.batch, self.ends, self.wanted) = (batch, ends, wanted);
        done
    }

    /// Tells the rows behind the last one, some of them: `f` says how many bytes they take.
    fn rows(&mut self, f: &mut dyn FnMut(&SqlRow<'_>) -> rusqlite::Result<usize>) -> Result<()> {
        self.file.refill();
        let file = self.file;
        let failed = |e| file.failed(e);
        let width = self.width;
        let statement = if self.read == 0 { &mut self.first } else { &mut self.later };
        let mut rows = statement.query(params_from_iter(self.last.iter())).map_err(failed)?;
        let (mut read, mut bytes) = (0, 0);
        while read < BATCH && bytes < BYTES {
            let Some(values) = rows.next().map_err(failed)? else { break };
            bytes = f(values).map_err(failed)?;
            read += 1;
            let place = (width..width + self.places).map(|at| values.get_ref(at).map(Held::of));
            let place = place.collect::<rusqlite::Result<Vec<_>>>().map_err(failed)?;
            self.read += 1;
            // Pages that contradict each other could lead in a circle.
            let back = matches!((&self.last[..], &place[..]), ([Held::Integer(a)], [Held::Integer(b)]) if a >= b);
            if back || self.read > file.size {
                return Err(file.out_of_order());
            }
            self.last = place;
        }
        Ok(())
    }
}

impl Cursor for Reading<'_> {
    fn record(&mut self) -> Result<Option<&[u8]>> {
        if self.at == self.ends.len() {
            // An empty batch was the last one.
            if self.read > 0 && self.ends.is_empty() {
                return Ok(None);
            }
            self.fill()?;
        }
        let Some(end) = self.ends.get(self.at) else { return Ok(None) };
        let from = self.at.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.at += 1;
        Ok(self.batch.get(from..*end))
    }
}

/// A value as it stands in a file, whatever its bytes.
enum Held {
    Null,
    Integer(i64),
    Real(f64),
    Text(Vec<u8>),
    Blob(Vec<u8>),
}

impl Held {
    fn of(value: ValueRef<'_>) -> Held {
        match value {
            ValueRef::Null => Held::Null,
            ValueRef::Integer(n) => Held::Integer(n),
            ValueRef::Real(n) => Held::Real(n),
            ValueRef::Text(text) => Held::Text(text.to_vec()),
            ValueRef::Blob(bytes) => Held::Blob(bytes.to_vec()),
        }
    }
}

impl ToSql for Held {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Held::Null => ValueRef::Null,
            Held::Integer(n) => ValueRef::Integer(*n),
            Held::Real(n) => ValueRef::Real(*n),
            Held::Text(text) => ValueRef::Text(text),
            Held::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

/// Adds the values of a row to a record, each in the place of its column.
fn write(record: &mut Vec<u8>, values: &SqlRow<'_>, wanted: &[bool]) -> rusqlite::Result<()> {
    let (mut spelled, mut column) = (Vec::new(), 0);
    for wanted in wanted {
        if !wanted {
            row::push(record, Kind::Absent, b"");
            continue;
        }
        spelled.clear();
        let cell = cell(values.get_ref(column)?, &mut spelled);
        row::push(record, cell.kind, &cell.raw);
        column += 1;
    }
    Ok(())
}

/// A value that SQLite gave, spelled in `room` if it is not a text.
fn cell<'c>(value: ValueRef<'c>, room: &'c mut Vec<u8>) -> Cell<'c> {
    spelled(
        match value {
            ValueRef::Null => Value::Null,
            ValueRef::Integer(n) => Value::Integer(n),
            ValueRef::Real(n) => Value::Real(n),
            ValueRef::Text(text) => Value::Text(text),
            ValueRef::Blob(bytes) => Value::Blob(bytes),
        },
        room,
    )
}
