//! Records of a text file, read in blocks. Both CSV and JSON Lines are such records.

use std::cell::Cell;
use std::io::Read;
use std::ops::Range;

use super::input::Input;
use super::records::Cursor;
use crate::error::{Error, Result};
use crate::flow::csv::{self, Dialect, Scan};

/// What is read at once.
const BLOCK: usize = 512 << 10;
/// A longer record is refused.
const RECORD: usize = 64 << 20;
/// A longer field is refused.
pub const CELL: usize = 1 << 20;

/// What was seen on the way that is no value of a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Records that end with a carriage return and a line feed.
    pub crlf: u64,
    /// Records that end otherwise.
    pub other: u64,
    /// Empty lines that were passed over.
    pub blank: u64,
}

impl Seen {
    /// How lines end. The last one may have no end at all.
    #[must_use]
    pub fn ends(self) -> &'static str {
        match (self.crlf, self.other) {
            (0, _) => "LF",
            (_, 0 | 1) => "CRLF",
            _ => "CRLF and LF",
        }
    }
}

/// Reads the records of a text.
pub struct Lines<'a> {
    input: &'a Input,
    dialect: Dialect,
    /// Whether an empty line is a record.
    blank: bool,
    from: Box<dyn Read>,
    buffer: Vec<u8>,
    start: usize,
    filled: usize,
    last: bool,
    /// Where the last record and its line end lie in the buffer.
    told: [Range<usize>; 2],
    /// Empty lines that were passed over in front of it.
    gap: Vec<u8>,
    seen: Seen,
    /// Gets `seen` at the end.
    tell: Option<&'a Cell<Seen>>,
}

impl<'a> Lines<'a> {
    /// From the first record on; empty lines are passed over.
    pub fn new(input: &'a Input, dialect: Dialect, tell: Option<&'a Cell<Seen>>) -> Result<Lines<'a>> {
        let from = input.open()?;
        let (buffer, seen, gap) = (vec![0; BLOCK], Seen::default(), Vec::new());
        let (blank, last, told) = (false, false, [0..0, 0..0]);
        Ok(Lines { input, dialect, blank, from, buffer, start: 0, filled: 0, last, told, gap, seen, tell })
    }

    /// From now on, an empty line is a record if `is` says so.
    pub fn blank(&mut self, is: bool) {
        self.blank = is;
    }

    /// The record that was read last, and its line end.
    #[must_use]
    pub fn told(&self) -> [&[u8]; 2] {
        self.told.each_ref().map(|range| &self.buffer[range.clone()])
    }

    /// Empty lines that were passed over in front of the last record; after the last one, those behind it.
    #[must_use]
    pub fn gap(&self) -> &[u8] {
        &self.gap
    }

    /// Reads on, behind what is there of the record that begins at `start`.
    fn more(&mut self) -> Result<()> {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.filled, 0);
            (self.start, self.filled) = (0, self.filled - self.start);
        }
        if self.filled == self.buffer.len() {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        let read = loop {
            match self.from.read(&mut self.buffer[self.filled..]) {
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                read => break read.map_err(|e| self.input.failed(e))?,
            }
        };
        self.filled += read;
        self.last = read == 0;
        Ok(())
    }

    /// Refuses a record that is too long, or a quote that never closes.
    fn fits(&self, scan: &Scan) -> Result<()> {
        let length = self.filled - self.start;
        let field = scan.open().map_or(0, |open| length - open);
        let number = self.seen.crlf + self.seen.other + self.seen.blank + 1;
        let name = self.input.name();
        if self.last && scan.open().is_some() {
            return Err(Error::user(format!("{name}: a quote that opens in record {number} never closes")));
        }
        if field > CELL || length > RECORD {
            let (what, most) = if field > CELL { ("a field of ", CELL) } else { ("", RECORD) };
            return Err(Error::user(format!("{name}: {what}record {number} is longer than {} MiB", most >> 20)));
        }
        Ok(())
    }

    /// Counts the end of a record.
    fn count(&mut self, crlf: bool) {
        if crlf {
            self.seen.crlf += 1;
        } else {
            self.seen.other += 1;
        }
    }
}

impl Cursor for Lines<'_> {
    fn record(&mut self) -> Result<Option<&[u8]>> {
        self.gap.clear();
        loop {
            let mut scan = Scan::default();
            let end = loop {
                if let Some(end) = scan.end(&self.buffer[self.start..self.filled], self.dialect, self.last) {
                    break end;
                }
                self.fits(&scan)?;
                if self.last {
                    break self.filled - self.start;
                }
                self.more()?;
            };
            let begin = self.start;
            if self.last && begin == self.filled {
                if let Some(tell) = self.tell {
                    tell.set(self.seen);
                }
                return Ok(None);
            }
            let ended = begin + end < self.filled;
            self.start = (begin + end + 1).min(self.filled);
            let record = &self.buffer[begin..begin + end];
            let length = if ended { csv::content(record, end, self.dialect).len() } else { end };
            if length == 0 && !self.blank {
                self.seen.blank += 1;
                self.gap.extend_from_slice(&self.buffer[begin..self.start]);
                continue;
            }
            if length > CELL && csv::longest(&self.buffer[begin..begin + length], self.dialect) > CELL {
                let number = self.seen.crlf + self.seen.other + self.seen.blank + 1;
                let name = self.input.name();
                return Err(Error::user(format!(
                    "{name}: a field of record {number} is longer than {} MiB",
                    CELL >> 20
                )));
            }
            self.count(length < end);
            self.told = [begin..begin + length, begin + length..self.start];
            return Ok(Some(&self.buffer[begin..begin + length]));
        }
    }

    fn pass(&mut self, record: &[u8]) -> Result<bool> {
        while self.filled - self.start < record.len() + 2 && !self.last {
            self.more()?;
        }
        let rest = &self.buffer[self.start..self.filled];
        if rest.is_empty() {
            return Ok(false);
        }
        let Some(rest) = rest.strip_prefix(record) else { return Ok(false) };
        // The same bytes from the same beginning: the record ends here if a line end follows.
        let (end, crlf) = match rest {
            [] => (0, false),
            [end, ..] if *end == self.dialect.end => (1, false),
            [b'\r', b'\n', ..] => (2, true),
            _ => return Ok(false),
        };
        if record.is_empty() && !self.blank {
            return Ok(false);
        }
        self.start += record.len() + end;
        self.count(crlf);
        Ok(true)
    }
}
