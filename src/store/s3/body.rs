//! Bodies: sent piece by piece and hashed on the way, so that changed content is stored nowhere.

use std::fmt;
use std::future::Future;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::{ByteStream, SdkBody};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tokio::sync::mpsc;

use super::fail::{Class, Failure};
use super::runtime;
use crate::flow::hash::{Digest, Hasher};
use crate::store::limits::Limits;
use crate::store::retry::Pace;
use crate::store::{Body, Source};

/// With 4 KiB a file was sent twenty times slower.
const PIECE: usize = 256 << 10;

/// Where the bytes of one attempt come from.
pub(super) enum Origin<'a> {
    Memory(&'a [u8]),
    /// All of a small file, read already.
    Small(Vec<u8>),
    Stream(Box<dyn Read + Send>),
}

/// Opens the source of one attempt.
pub(super) fn origin<'a>(body: &Body<'a>) -> io::Result<Origin<'a>> {
    match body.source {
        Source::Bytes(bytes) => Ok(Origin::Memory(bytes)),
        Source::File(path, offset) if body.size <= PIECE as u64 => {
            let mut bytes = vec![0; usize::try_from(body.size).unwrap_or(PIECE)];
            file(path, offset)?.read_exact(&mut bytes)?;
            Ok(Origin::Small(bytes))
        }
        Source::File(path, offset) => Ok(Origin::Stream(Box::new(file(path, offset)?))),
    }
}

#[expect(clippy::disallowed_methods, reason = "a body is read where it is sent; the store is given its path")]
fn file(path: &Path, offset: u64) -> io::Result<std::fs::File> {
    let mut file = std::fs::File::open(path)?;
    file.seek(SeekFrom::Start(offset))?;
    Ok(file)
}

/// Sends `origin`, which must be `size` bytes of `digest`, by whatever request `start` makes of the stream.
pub(super) async fn send<T, E, F>(
    origin: Origin<'_>,
    digest: Digest,
    size: u64,
    pace: &Pace,
    start: impl FnOnce(ByteStream) -> F,
) -> Result<T, Failure>
where
    F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let wrong = if matches!(origin, Origin::Memory(_)) { Class::Wrong } else { Class::Changed };
    // An empty body is sent before anything could be compared.
    if size == 0 && digest != Digest::of(b"") {
        return Err(Failure::new(wrong, ""));
    }
    if let Origin::Small(bytes) = origin {
        if bytes.len() as u64 != size || Digest::of(&bytes) != digest {
            return Err(Failure::new(wrong, ""));
        }
        tokio::time::sleep(pace.limits.wait(bytes.len())).await;
        let answer = runtime::watched(pace.idle, &AtomicU64::new(0), start(ByteStream::from(bytes))).await;
        return answer.map_or_else(|| Err(silence()), |answer| answer.map_err(Failure::of));
    }
    let (sender, receiver) = mpsc::channel(1);
    let watch = Arc::new(Watch::default());
    let channel = Channel { receiver, left: size, watch: Arc::clone(&watch) };
    let request = start(ByteStream::new(SdkBody::from_body_1_x(channel)));
    let feed = feed(origin, digest, size, sender, Arc::clone(&watch), Arc::clone(&pace.limits));
    let both = async {
        tokio::pin!(request, feed);
        tokio::select! {
            // An answer ends it: what feeds the body stops when the body is dropped.
            answer = &mut request => answer,
            () = &mut feed => request.await,
        }
    };
    let answer = runtime::watched(pace.idle, &watch.moved, both).await;
    if watch.changed.load(Ordering::Acquire) {
        return Err(Failure::new(wrong, ""));
    }
    match answer {
        Some(answer) => answer.map_err(Failure::of),
        None => Err(silence()),
    }
}

fn silence() -> Failure {
    Failure::new(Class::Broken("no byte moved for too long".into()), "timeout")
}

#[derive(Debug, Default)]
struct Watch {
    moved: AtomicU64,
    changed: AtomicBool,
}

type Piece = io::Result<Bytes>;

async fn feed(
    origin: Origin<'_>,
    digest: Digest,
    size: u64,
    to: mpsc::Sender<Piece>,
    watch: Arc<Watch>,
    limits: Arc<Limits>,
) {
    let most = limits.piece(PIECE);
    match origin {
        Origin::Memory(bytes) => {
            if bytes.len() as u64 != size || Digest::of(bytes) != digest {
                watch.changed.store(true, Ordering::Release);
                let _ = to.send(Err(io::Error::other("the content changed"))).await;
                return;
            }
            for piece in bytes.chunks(most) {
                tokio::time::sleep(limits.wait(piece.len())).await;
                if to.send(Ok(Bytes::copy_from_slice(piece))).await.is_err() {
                    return;
                }
            }
        }
        // It was sent without a feed.
        Origin::Small(_) => {}
        Origin::Stream(stream) => {
            // Reading and hashing block: not on the network's threads. Ends when the body is dropped.
            let _ = tokio::task::spawn_blocking(move || {
                if let Err(error) = read(stream, digest, size, &to, &limits) {
                    watch.changed.store(true, Ordering::Release);
                    let _ = to.blocking_send(Err(error));
                }
            })
            .await;
        }
    }
}

/// Keeps the last piece back until the digest is known: a changed file never becomes a whole request.
fn read(
    mut stream: Box<dyn Read + Send>,
    digest: Digest,
    size: u64,
    to: &mpsc::Sender<Piece>,
    limits: &Limits,
) -> io::Result<()> {
    let most = limits.piece(PIECE);
    let mut hasher = Hasher::default();
    let mut left = size;
    loop {
        let mut piece = vec![0; most.min(usize::try_from(left).unwrap_or(most))];
        stream.read_exact(&mut piece)?;
        hasher.update(&piece);
        left -= piece.len() as u64;
        std::thread::sleep(limits.wait(piece.len()));
        if left == 0 {
            if hasher.finish() != digest {
                return Err(io::Error::other("the content changed"));
            }
            if !piece.is_empty() {
                let _ = to.blocking_send(Ok(Bytes::from(piece)));
            }
            return Ok(());
        }
        if to.blocking_send(Ok(Bytes::from(piece))).is_err() {
            return Ok(());
        }
    }
}

struct Channel {
    receiver: mpsc::Receiver<Piece>,
    left: u64,
    watch: Arc<Watch>,
}

impl http_body::Body for Channel {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        self.receiver.poll_recv(context).map(|piece| match piece {
            Some(Ok(piece)) => {
                self.left = self.left.saturating_sub(piece.len() as u64);
                self.watch.moved.fetch_add(piece.len() as u64, Ordering::Relaxed);
                Some(Ok(Frame::data(piece)))
            }
            Some(Err(error)) => Some(Err(error)),
            None if self.left > 0 => Some(Err(io::ErrorKind::UnexpectedEof.into())),
            None => None,
        })
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channel").field("left", &self.left).finish_non_exhaustive()
    }
}
