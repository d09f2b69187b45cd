//! A second thread that digests what the first one reads, so that hashing and moving bytes take their time together.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::{self, JoinHandle};

use crate::flow::hash::Hasher;

/// Divides every part size, so no buffer crosses the border of a part.
pub const BUFFER: usize = 256 << 10;
/// Memory is bounded by these, whatever the file's size.
const BUFFERS: usize = 8;

/// Takes bytes in the order of the file.
pub trait Digests: Send + 'static {
    /// The next bytes.
    fn take(&mut self, bytes: &[u8]);
}

impl Digests for Hasher {
    fn take(&mut self, bytes: &[u8]) {
        self.update(bytes);
    }
}

/// The thread, and buffers on their way to it and back.
pub struct Aside<D> {
    full: SyncSender<Vec<u8>>,
    empty: Receiver<Vec<u8>>,
    worker: JoinHandle<D>,
    made: usize,
}

impl<D: Digests> Aside<D> {
    /// Starts it.
    pub fn start(digests: D) -> Self {
        let (full, todo) = sync_channel(BUFFERS);
        let (back, empty) = channel();
        let worker = thread::spawn(move || work(digests, &todo, &back));
        Aside { full, empty, worker, made: 0 }
    }

    /// A buffer to read into, [`BUFFER`] long.
    pub fn buffer(&mut self) -> Vec<u8> {
        if self.made == BUFFERS {
            return self.empty.recv().expect("the worker gives every buffer back");
        }
        self.made += 1;
        vec![0; BUFFER]
    }

    /// Hands over a buffer, cut to what is in it. Every one must come back this way, an empty one too.
    pub fn give(&mut self, buffer: Vec<u8>) {
        self.full.send(buffer).expect("the worker takes buffers until none can come");
    }

    /// Waits for the last one.
    pub fn finish(self) -> D {
        drop(self.full);
        self.worker.join().expect("hashing does not panic")
    }
}

fn work<D: Digests>(mut digests: D, todo: &Receiver<Vec<u8>>, back: &Sender<Vec<u8>>) -> D {
    for mut buffer in todo {
        digests.take(&buffer);
        buffer.resize(BUFFER, 0);
        // The reader may be gone already.
        let _ = back.send(buffer);
    }
    digests
}

/// Reads until the buffer is full or nothing more comes, and says how much came, also before an error.
pub fn fill(from: &mut dyn Read, buffer: &mut [u8]) -> (usize, io::Result<()>) {
    let mut filled = 0;
    while filled < buffer.len() {
        match from.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return (filled, Err(e)),
        }
    }
    (filled, Ok(()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::hash::Digest;

    #[test]
    fn what_is_given_is_digested_in_order_whatever_its_length() {
        let mut aside = Aside::start(Hasher::default());
        let mut all = Vec::new();
        for n in 0..40_usize {
            let mut buffer = aside.buffer();
            assert_eq!(buffer.len(), BUFFER);
            buffer.truncate(n * 100 % 777);
            buffer.fill(n as u8);
            all.extend_from_slice(&buffer);
            aside.give(buffer);
        }
        assert_eq!(aside.finish().finish(), Digest::of(&all));
    }

    #[test]
    fn what_came_before_an_error_counts() {
        struct Cut;
        impl Read for Cut {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::ErrorKind::ConnectionReset.into())
            }
        }
        let mut buffer = [0; 8];
        let (filled, end) = fill(&mut b"abc".chain(Cut), &mut buffer);
        assert_eq!((filled, &buffer[..3]), (3, &b"abc"[..]));
        assert!(end.is_err());
        assert_eq!(fill(&mut &b"abc"[..], &mut buffer).0, 3);
    }
}
