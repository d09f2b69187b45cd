//! The body of a request, shared between s3s that reads it and the front that counts and drains it.

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

/// A handle on one body; clones read from the same stream.
#[derive(Clone)]
pub struct Shared(Arc<Mutex<(Incoming, u64)>>);

impl Shared {
    pub fn new(body: Incoming) -> Shared {
        Shared(Arc::new(Mutex::new((body, 0))))
    }

    /// How many bytes arrived.
    pub fn received(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1
    }

    /// Reads what is left: a client that is still sending would take an early answer for a broken pipe.
    pub async fn drain(&mut self) {
        self.read_to(u64::MAX).await;
    }

    /// Reads until this many bytes arrived, or all.
    pub async fn read_to(&mut self, bytes: u64) {
        use http_body_util::BodyExt;
        while self.received() < bytes && matches!(self.frame().await, Some(Ok(_))) {}
    }
}

impl Body for Shared {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<hyper::Result<Frame<Bytes>>>> {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let polled = Pin::new(&mut inner.0).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &polled {
            inner.1 += frame.data_ref().map_or(0, |data| data.len() as u64);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0.size_hint()
    }
}
