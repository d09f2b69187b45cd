//! Reads an object that is nowhere yet: the runs of a recipe, each from where it lies, as one stream.

use std::collections::VecDeque;
use std::io;
use std::path::Path;

use crate::disk::chunked::Spans;
use crate::error::Result;
use crate::flow::delta::{From, Recipe, Run};
use crate::flow::key::Key;
use crate::store::transfer::steady;
use crate::store::{Pin, Read};

/// Bytes that lie no further apart are read in one go: reading on costs less than asking again.
const GAP: u64 = 64 << 10;

/// Where one half of a recipe lies.
pub(in crate::command) enum Place<'a> {
    /// In an object of a bucket, from there on.
    Object { store: &'a dyn Read, key: &'a Key, pin: &'a Pin, begin: u64 },
    /// In a file.
    File(&'a Path),
}

/// The base and the data of a recipe.
pub(in crate::command) struct Places<'a> {
    pub(in crate::command) base: Place<'a>,
    pub(in crate::command) data: Place<'a>,
}

impl Places<'_> {
    /// The bytes of a range of the object.
    pub(in crate::command) fn read<'r>(&'r self, recipe: &Recipe, range: (u64, u64)) -> Rebuilt<'r> {
        let runs: VecDeque<Run> = recipe.range(range).collect();
        let tape = |place, from| Tape { place, spans: spans(&runs, from), body: None, at: 0, end: 0 };
        let (base, data) = (tape(&self.base, From::Base), tape(&self.data, From::Data));
        Rebuilt { runs, base, data }
    }
}

/// Bytes of a base that a recipe reads with [`Places::read`], those between near runs included.
pub(in crate::command) fn weight(recipe: &Recipe, from: From) -> u64 {
    let runs = recipe.runs().iter().copied().collect();
    spans(&runs, from).iter().map(|(begin, end)| end - begin).sum()
}

/// What is read in one go, in the order of the object.
fn spans(runs: &VecDeque<Run>, from: From) -> VecDeque<(u64, u64)> {
    let mut spans = VecDeque::<(u64, u64)>::new();
    for run in runs.iter().filter(|run| run.from == from) {
        let end = run.offset + run.length;
        match spans.back_mut() {
            Some(last) if run.offset >= last.1 && run.offset - last.1 <= GAP => last.1 = end,
            _ => spans.push_back((run.offset, end)),
        }
    }
    spans
}

/// The stream.
pub(in crate::command) struct Rebuilt<'a> {
    runs: VecDeque<Run>,
    base: Tape<'a>,
    data: Tape<'a>,
}

impl io::Read for Rebuilt<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(run) = self.runs.front_mut() else { return Ok(0) };
        let most = buffer.len().min(usize::try_from(run.length).unwrap_or(usize::MAX));
        if most == 0 {
            return Ok(0);
        }
        let tape = if run.from == From::Base { &mut self.base } else { &mut self.data };
        let count = tape.read(run.offset, &mut buffer[..most])?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        run.offset += count as u64;
        run.length -= count as u64;
        if run.length == 0 {
            self.runs.pop_front();
        }
        Ok(count)
    }
}

/// A place that is read forwards, here and there.
struct Tape<'a> {
    place: &'a Place<'a>,
    spans: VecDeque<(u64, u64)>,
    body: Option<Box<dyn io::Read + 'a>>,
    at: u64,
    end: u64,
}

impl Tape<'_> {
    fn read(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        if self.body.is_none() || offset < self.at || offset >= self.end {
            let (begin, end) = self.spans.pop_front().ok_or(io::ErrorKind::UnexpectedEof)?;
            self.body = Some(self.place.open(begin, end - begin).map_err(io::Error::other)?);
            (self.at, self.end) = (begin, end);
        }
        let body = self.body.as_mut().expect("it was opened above");
        let skipped = offset - self.at;
        if skipped > 0 && io::copy(&mut io::Read::take(&mut *body, skipped), &mut io::sink())? < skipped {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let count = body.read(buffer)?;
        self.at = offset + count as u64;
        Ok(count)
    }
}

impl<'a> Place<'a> {
    fn open(&self, offset: u64, length: u64) -> Result<Box<dyn io::Read + 'a>> {
        match *self {
            Place::Object { store, key, pin, begin } => {
                let body = steady(store, key, (begin + offset, length), pin)?;
                body.map(|body| Box::new(body) as _).ok_or_else(|| {
                    crate::error::Error::store(format!("{key} went from {} while it was read", store.address()))
                        .hint("run the same command again")
                })
            }
            Place::File(path) => {
                let spans = Spans::open(path)?;
                let file = spans.from(offset).map_err(|e| crate::disk::failed("read", path, e))?;
                Ok(Box::new(io::Read::take(file, length)))
            }
        }
    }
}
