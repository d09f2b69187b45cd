//! A download as a plain reader. A task fetches ahead by a few pieces; who reads slowly holds it back.

use std::io::{self, Read};
use std::sync::Arc;

use aws_sdk_s3::primitives::ByteStream;
use bytes::Bytes;
use tokio::sync::mpsc;

use super::runtime;
use crate::error::Result;
use crate::store::retry::Pace;

const AHEAD: usize = 2;

/// Bytes that arrive. Ends with an error, never early: fewer bytes than promised are `UnexpectedEof`, a broken
/// connection is `ConnectionReset`, silence is `TimedOut`. All three may be tried again from where they stopped.
#[derive(Debug)]
pub(super) struct Download {
    pieces: mpsc::Receiver<io::Result<Bytes>>,
    piece: Bytes,
    left: u64,
}

impl Download {
    /// Begins to fetch `size` bytes.
    pub(super) fn begin(mut body: ByteStream, size: u64, pace: &Pace) -> Result<Self> {
        let (to, pieces) = mpsc::channel(AHEAD);
        let (idle, limits) = (pace.idle, Arc::clone(&pace.limits));
        runtime::shared()?.spawn(async move {
            loop {
                if limits.left().is_some_and(|left| left.is_zero()) {
                    let over = io::Error::other("the time that data.timeLimit gives is over");
                    let _ = to.send(Err(over)).await;
                    return;
                }
                let piece = match tokio::time::timeout(idle, body.next()).await {
                    Ok(Some(Ok(piece))) => Ok(piece),
                    Ok(Some(Err(_))) => {
                        Err(io::Error::new(io::ErrorKind::ConnectionReset, "the connection broke while reading"))
                    }
                    Ok(None) => return,
                    Err(_) => Err(io::Error::new(io::ErrorKind::TimedOut, "the store sent nothing for too long")),
                };
                if let Ok(piece) = &piece {
                    tokio::time::sleep(limits.wait(piece.len())).await;
                }
                let last = piece.is_err();
                if to.send(piece).await.is_err() || last {
                    return;
                }
            }
        });
        Ok(Download { pieces, piece: Bytes::new(), left: size })
    }
}

impl Read for Download {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() && self.left > 0 {
            self.piece = match self.pieces.blocking_recv() {
                Some(piece) => piece?,
                None => {
                    return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the store sent less than it promised"));
                }
            };
            if self.piece.len() as u64 > self.left {
                return Err(io::Error::other("the store sent more than it promised"));
            }
        }
        let count = buffer.len().min(self.piece.len());
        buffer[..count].copy_from_slice(&self.piece.split_to(count));
        self.left -= count as u64;
        Ok(count)
    }
}
