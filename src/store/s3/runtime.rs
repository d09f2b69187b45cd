//! The one runtime: nothing outside this folder knows that the SDK is asynchronous.

use std::future::Future;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use crate::error::{Error, Result};

static RUNTIME: OnceLock<Runtime> = OnceLock::new();

/// Started by the first verb that needs a bucket; shared by all threads.
pub(super) fn shared() -> Result<&'static Runtime> {
    if let Some(runtime) = RUNTIME.get() {
        return Ok(runtime);
    }
    let started = Builder::new_multi_thread().worker_threads(2).thread_name("s3").enable_all().build();
    let started = started.map_err(|e| Error::store("cannot start the network threads").because(e))?;
    Ok(RUNTIME.get_or_init(|| started))
}

/// Waits for `work`; `None` if for `limit` it neither ended nor counted another byte.
pub(super) async fn watched<T>(limit: Duration, moved: &AtomicU64, work: impl Future<Output = T>) -> Option<T> {
    tokio::pin!(work);
    let mut last = moved.load(Ordering::Relaxed);
    loop {
        tokio::select! {
            done = &mut work => return Some(done),
            () = tokio::time::sleep(limit) => {
                let now = moved.load(Ordering::Relaxed);
                if now == last {
                    return None;
                }
                last = now;
            }
        }
    }
}
