//! Reads an object in order, several pieces of it at the same time.

use std::io;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

use crate::command::publish::bytes::Origin;
use crate::disk::aside::fill;
use crate::error::{Error, Result};

/// Divides every part size. Each line holds one of these, and reads another.
const PIECE: u64 = 4 << 20;
const LINES: usize = 4;

/// A piece that was read, or why it was not.
type Line = Receiver<Result<Vec<u8>>>;

/// Gives the pieces of an object to `take`, from the first to the last.
pub(super) fn in_order(
    origin: &dyn Origin,
    size: u64,
    failed: &(dyn Fn(Option<io::Error>) -> Error + Sync),
    mut take: impl FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    let count = size.div_ceil(PIECE);
    let piece = |number: u64| {
        let offset = number * PIECE;
        read(origin, (offset, PIECE.min(size - offset)), failed)
    };
    thread::scope(|scope| {
        let line = |first: u64| -> Line {
            let (full, line) = sync_channel(1);
            scope.spawn(move || {
                for number in (first..count).step_by(LINES) {
                    let read = piece(number);
                    let ended = read.is_err();
                    // Nobody waits for it where an earlier piece failed.
                    if full.send(read).is_err() || ended {
                        break;
                    }
                }
            });
            line
        };
        let lines: Vec<Line> = (0..count.min(LINES as u64)).map(line).collect();
        for (line, _) in lines.iter().cycle().zip(0..count) {
            take(&line.recv().expect("a line gives each of its pieces")?)?;
        }
        Ok(())
    })
}

fn read(
    origin: &dyn Origin,
    range: (u64, u64),
    failed: &(dyn Fn(Option<io::Error>) -> Error + Sync),
) -> Result<Vec<u8>> {
    let mut body = origin.read(range)?.ok_or_else(|| failed(None))?;
    let mut piece = vec![0; usize::try_from(range.1).unwrap_or(usize::MAX)];
    match fill(&mut *body, &mut piece) {
        (filled, Ok(())) if filled == piece.len() => Ok(piece),
        (_, Ok(())) => Err(failed(Some(io::ErrorKind::UnexpectedEof.into()))),
        (_, Err(error)) => Err(failed(Some(error))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::hash::Digest;
    use crate::store::{Part, Upload, Write};

    /// Bytes of which those from `gone` on cannot be read.
    struct Held {
        bytes: Vec<u8>,
        gone: u64,
    }

    impl Origin for Held {
        fn read(&self, (offset, length): (u64, u64)) -> Result<Option<Box<dyn io::Read + '_>>> {
            let end = (offset + length).min(self.gone);
            Ok((offset < self.gone).then(|| Box::new(&self.bytes[offset as usize..end as usize]) as _))
        }

        fn is_copied(&self, _: (u64, u64)) -> bool {
            true
        }

        fn part(&self, _: &dyn Write, _: &Upload, _: u32, _: (u64, u64), _: Option<&Digest>) -> Result<Part> {
            unreachable!("nothing is copied here")
        }
    }

    fn all(held: &Held) -> std::result::Result<Vec<u8>, String> {
        let mut seen = Vec::new();
        let failed = |why: Option<io::Error>| Error::store(why.map_or("absent".to_owned(), |e| e.kind().to_string()));
        in_order(held, held.bytes.len() as u64, &failed, |piece| {
            seen.extend_from_slice(piece);
            Ok(())
        })
        .map_err(|error| error.message)?;
        Ok(seen)
    }

    #[test]
    fn pieces_come_in_order_whatever_their_number() {
        for size in [0, 1, PIECE - 1, PIECE, PIECE + 1, 7 * PIECE + 3] {
            let bytes: Vec<u8> = (0..size).map(|n| (n % 251) as u8).collect();
            assert!(all(&Held { bytes: bytes.clone(), gone: u64::MAX }).unwrap() == bytes, "{size}");
        }
    }

    #[test]
    fn the_first_piece_that_fails_is_told() {
        let bytes = vec![7; 9 * PIECE as usize];
        let told = |gone| all(&Held { bytes: bytes.clone(), gone }).unwrap_err();
        assert_eq!(told(3 * PIECE), "absent");
        assert_eq!(told(3 * PIECE + 1), "unexpected end of file");
    }

    #[test]
    fn who_takes_may_refuse() {
        let held = Held { bytes: vec![0; 20 * PIECE as usize], gone: u64::MAX };
        let refused = in_order(&held, held.bytes.len() as u64, &|_| Error::store("unread"), |_| Err(Error::user("no")));
        assert_eq!(refused.unwrap_err().message, "no");
    }
}
