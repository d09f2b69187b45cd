//! Buckets of S3 servers: AWS, R2, MinIO, Ceph, Garage. Everything asynchronous stays in this folder.

mod attempt;
mod body;
mod client;
mod copy;
mod fail;
mod multipart;
mod public;
mod read;
mod runtime;
mod sign;
mod stream;
mod tell;
mod write;

use std::future::Future;
use std::sync::OnceLock;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

pub use public::Public;

use super::Read;
use super::attempt::{Attempt, Probed};
use super::options::S3Options;
use super::retry::Pace;
use crate::crash::around;
use crate::error::{Error, Result};
use crate::flow::address::Address;
use crate::flow::key::Key;
use fail::{Class, Failure};
use tell::Site;

/// A bucket of an S3 server.
pub fn open(address: &Address, options: &S3Options) -> Result<Box<dyn Probed>> {
    Ok(Box::new(S3::new(address, options, Pace::default().tries(options.tries))?))
}

/// Trace-free attempts on a bucket of an S3 server.
pub fn attempt(address: &Address, options: &S3Options) -> Result<Box<dyn Attempt>> {
    Ok(Box::new(S3::new(address, options, Pace::default().tries(options.tries))?))
}

/// What a public URL shows of the bucket `address`, without credentials.
pub fn public(address: &Address, base: &str, options: &S3Options) -> Result<Box<dyn Read>> {
    Ok(Box::new(Public::new(address, base, options, Pace::default().tries(options.tries))?))
}

/// A bucket of an S3 server.
#[derive(Debug)]
pub struct S3 {
    address: Address,
    prefix: String,
    site: Site,
    pace: Pace,
    client: OnceLock<Client>,
    /// The bucket was seen to exist: a 404 then means the key.
    seen: OnceLock<()>,
}

impl S3 {
    /// Connects to nothing yet: the first request does.
    pub fn new(address: &Address, options: &S3Options, pace: Pace) -> Result<Self> {
        let Address::S3 { bucket, prefix } = address else {
            return Err(Error::bug(format!("{address} is not a bucket of an S3 server")));
        };
        let site = Site { root: format!("s3://{bucket}"), bucket: bucket.clone(), options: options.clone() };
        let (client, seen) = (OnceLock::new(), OnceLock::new());
        Ok(S3 { address: address.clone(), prefix: prefix.clone(), site, pace, client, seen })
    }

    fn bucket(&self) -> &str {
        &self.site.bucket
    }

    /// The key as the server knows it.
    fn path(&self, key: &Key) -> String {
        format!("{}{key}", self.prefix)
    }

    /// A server's key as we know it.
    fn key(&self, path: &str) -> Option<Key> {
        path.strip_prefix(&self.prefix).map(Key::new)
    }

    fn error(&self, tried: &str, path: &str, failure: &Failure) -> Error {
        self.site.error(tried, path, failure)
    }

    fn client(&self) -> Result<&Client> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let built = runtime::shared()?.block_on(client::build(&self.site.options))?;
        Ok(self.client.get_or_init(|| built))
    }

    /// Sends a request without a body until it is answered for good.
    #[track_caller]
    fn call<T, E, F>(&self, limit: Duration, request: impl Fn() -> F) -> Result<T, Failure>
    where
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        persist(&self.pace, || {
            let request = request();
            async move {
                match runtime::watched(limit, &AtomicU64::new(0), request).await {
                    Some(answer) => answer.map_err(Failure::of),
                    None => Err(Failure::new(Class::Broken("no answer came".into()), "timeout")),
                }
            }
        })
    }
}

/// Tries again while the failure may pass and patience lasts.
#[track_caller]
fn persist<T, F>(pace: &Pace, attempt: impl Fn() -> F) -> Result<T, Failure>
where
    F: Future<Output = Result<T, Failure>>,
{
    let runtime = runtime::shared().map_err(|e| Failure::new(Class::Other, e.message))?;
    let mut tries = 1;
    loop {
        match around(|| runtime.block_on(attempt())) {
            Ok(value) => {
                pace.success();
                return Ok(value);
            }
            Err(mut failure) => {
                failure.tries = tries;
                if failure.asks_for_less() {
                    pace.slowed();
                }
                if !pace.again(tries, failure.most_tries(), failure.retry_after) {
                    return Err(failure);
                }
                tries += 1;
            }
        }
    }
}
