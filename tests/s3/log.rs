//! What the server was asked, in the order of asking.

use super::op::Request;
use std::ops::Deref;
use std::sync::{Mutex, PoisonError};

/// A request and what became of it.
#[derive(Clone, Debug)]
pub struct Entry {
    pub request: Request,
    /// The status that was answered; `None` while working, or when the connection was dropped instead.
    pub status: Option<u16>,
    /// Bytes of request body that arrived.
    pub received: u64,
    /// The faults that struck, by name.
    pub faults: Vec<&'static str>,
}

impl Deref for Entry {
    type Target = Request;
    fn deref(&self) -> &Request {
        &self.request
    }
}

/// All entries since the start or the last [`Log::clear`].
#[derive(Default)]
pub struct Log(Mutex<(u64, Vec<(u64, Entry)>)>);

impl Log {
    /// Notes that a request came; the number is for [`Log::finish`].
    pub fn begin(&self, request: Request, faults: Vec<&'static str>) -> u64 {
        let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        log.0 += 1;
        let number = log.0;
        log.1.push((number, Entry { request, status: None, received: 0, faults }));
        number
    }

    /// Notes how it ended.
    pub fn finish(&self, number: u64, status: Option<u16>, received: u64) {
        let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, entry)) = log.1.iter_mut().find(|(n, _)| *n == number) {
            (entry.status, entry.received) = (status, received);
        }
    }

    pub fn entries(&self) -> Vec<Entry> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1.iter().map(|(_, entry)| entry.clone()).collect()
    }

    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1.clear();
    }
}
