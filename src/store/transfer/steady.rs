//! A reader that goes on where a connection was cut, on the same object or not at all.

use std::io;
use std::thread::sleep;
use std::time::Duration;

use super::super::{Pin, Read};
use crate::error::Result;
use crate::flow::key::Key;

/// Cuts in a row, without a mebibyte between them, that are survived.
const RESUMES: u32 = 5;

type Body = Box<dyn io::Read + Send>;

/// Reads a range of a pinned object to its end.
pub struct Steady<'a> {
    store: &'a dyn Read,
    key: &'a Key,
    pin: &'a Pin,
    at: u64,
    end: u64,
    body: Option<Body>,
    cuts: u32,
    /// Where the last cut was.
    last: u64,
}

/// Opens `length` bytes from `offset`; `None` if nothing lies there.
pub fn steady<'a>(
    store: &'a dyn Read,
    key: &'a Key,
    (offset, length): (u64, u64),
    pin: &'a Pin,
) -> Result<Option<Steady<'a>>> {
    let body = store.open(key, Some((offset, length)), Some(pin))?;
    let reader =
        |body| Steady { store, key, pin, at: offset, end: offset + length, body: Some(body), cuts: 0, last: offset };
    Ok(body.map(reader))
}

impl Steady<'_> {
    fn body(&mut self) -> io::Result<&mut Body> {
        if self.body.is_none() {
            let range = Some((self.at, self.end - self.at));
            let opened = self.store.open(self.key, range, Some(self.pin)).map_err(io::Error::other)?;
            self.body = Some(opened.ok_or(io::ErrorKind::NotFound)?);
        }
        Ok(self.body.as_mut().expect("it was opened above"))
    }

    fn cut(&mut self, why: io::Error) -> io::Result<()> {
        self.cuts = if self.at - self.last >= 1 << 20 { 1 } else { self.cuts + 1 };
        (self.last, self.body) = (self.at, None);
        if self.cuts > RESUMES {
            return Err(why);
        }
        sleep(Duration::from_millis(50 << self.cuts));
        Ok(())
    }
}

impl io::Read for Steady<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end - self.at).unwrap_or(usize::MAX);
        let most = buffer.len().min(left);
        if most == 0 {
            return Ok(0);
        }
        loop {
            match self.body()?.read(&mut buffer[..most]) {
                Ok(0) => self.cut(io::ErrorKind::UnexpectedEof.into())?,
                Ok(count) => {
                    self.at += count as u64;
                    return Ok(count);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => self.cut(error)?,
            }
        }
    }
}
