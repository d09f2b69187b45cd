//! The layer before s3s: it notes each request, lets faults strike, and sends the answer.

use super::body;
use super::fault::{Answer, Armed, Kind};
use super::log::Log;
use super::mangle::{self, Response};
use super::op::Request;
use super::state::{Bucket, Done, Shared, Upload, Version};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use s3s::Body;
use s3s::dto::{Timestamp, TimestampFormat};
use s3s::service::S3Service;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

/// What answers requests.
pub struct Front {
    pub service: S3Service,
    pub shared: Arc<Shared>,
    pub armed: Armed,
    pub log: Log,
    /// Whether signatures older or newer than 15 minutes by the server's clock are refused.
    pub refuse_skew: AtomicBool,
}

/// Answers one request, or drops its connection.
pub async fn answer(front: Arc<Front>, incoming: http::Request<Incoming>) -> io::Result<Response> {
    let request = Request::of(&incoming);
    let faults = front.armed.strike(&request);
    let number = front.log.begin(request.clone(), faults.iter().map(Kind::name).collect());
    let (head, body) = incoming.into_parts();
    let mut body = body::Shared::new(body);
    let mut result = before(&front, &request, &faults, &mut body).await;
    if let Ok(None) = result {
        result = work(&front, &request, &faults, http::Request::from_parts(head, body.clone())).await.map(Some);
    } else if let Some(Kind::Zombie(delay)) = faults.iter().find(|kind| matches!(kind, Kind::Zombie(_))) {
        rise_later(&front, *delay, http::Request::from_parts(head, body.clone())).await?;
    }
    if result.is_ok() {
        body.drain().await;
    }
    let status = result.as_ref().ok().and_then(Option::as_ref).map(|response| response.status().as_u16());
    front.log.finish(number, status, body.received());
    result.map(|response| dated(&front, response.expect("a request was answered or failed")))
}

/// Faults that strike before any work: `Some` is an answer in its place, an error drops the connection.
async fn before(
    front: &Front,
    request: &Request,
    faults: &[Kind],
    body: &mut body::Shared,
) -> io::Result<Option<Response>> {
    for kind in faults {
        match kind {
            Kind::Latency(time) => tokio::time::sleep(*time).await,
            Kind::Call(hook) => hook(request),
            Kind::Reset | Kind::Zombie(_) => return Err(mangle::dropped()),
            Kind::CutUpload(bytes) => {
                body.read_to(*bytes).await;
                return Err(mangle::dropped());
            }
            Kind::Error(answer) => {
                body.drain().await;
                return Ok(Some(mangle::error(answer)));
            }
            Kind::ErrorIn200 { applied: false, .. } | Kind::Portal(_) => {
                body.drain().await;
                return mangle::apply(kind, Response::default()).await.map(Some);
            }
            _ => {}
        }
    }
    let skewed = front.refuse_skew.load(Relaxed) && skew(front, request).is_some_and(|seconds| seconds > 900);
    Ok(skewed.then(|| mangle::error(&Answer::time_too_skewed())))
}

/// The work itself, and the faults that strike its answer.
async fn work(
    front: &Front,
    request: &Request,
    faults: &[Kind],
    incoming: http::Request<body::Shared>,
) -> io::Result<Response> {
    let memory = faults.iter().any(|kind| matches!(kind, Kind::NotApplied)).then(|| Memory::of(front, request));
    let mut response = serve(front, incoming.map(Body::http_body)).await?;
    if let Some(memory) = memory {
        memory.restore(front, request);
    }
    for kind in faults {
        if let Kind::CallAfter(hook) = kind {
            hook(request);
        }
        response = mangle::apply(kind, response).await?;
    }
    Ok(response)
}

async fn serve(front: &Front, request: http::Request<Body>) -> io::Result<Response> {
    front.service.call(request).await.map_err(|error| io::Error::other(format!("{error:?}")))
}

/// Takes the whole request in and works on it after the client was cut off.
async fn rise_later(front: &Arc<Front>, delay: Duration, request: http::Request<body::Shared>) -> io::Result<()> {
    let (head, body) = request.into_parts();
    let bytes: Bytes = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let front = front.clone();
    tokio::spawn(async move {
        tokio::time::sleep(delay).await;
        let body = Body::http_body(Full::new(bytes).map_err(|never| -> io::Error { match never {} }));
        serve(&front, http::Request::from_parts(head, body)).await
    });
    Ok(())
}

/// The Date of an answer is the server's clock, whatever hyper thinks.
fn dated(front: &Front, mut response: Response) -> Response {
    let mut date = vec![];
    let now = Timestamp::from(front.shared.state().now());
    if now.format(TimestampFormat::HttpDate, &mut date).is_ok() {
        let date = http::HeaderValue::from_bytes(&date).expect("a date is a valid header");
        response.headers_mut().entry("date").or_insert(date);
    }
    response
}

/// By how many seconds the signature's time is off.
fn skew(front: &Front, request: &Request) -> Option<u64> {
    let text = request.header("x-amz-date")?;
    let (d, t) = (text.get(..8)?, text.get(9..15)?);
    let date = format!("{}-{}-{}T{}:{}:{}Z", &d[..4], &d[4..6], &d[6..], &t[..2], &t[2..4], &t[4..]);
    let signed = date.parse::<jiff::Timestamp>().ok()?;
    let now = jiff::Timestamp::try_from(front.shared.state().now()).ok()?;
    Some(now.as_second().abs_diff(signed.as_second()))
}

/// What one request may change, as it was before.
struct Memory {
    bucket: Option<Bucket>,
    versions: Option<Vec<Version>>,
    upload: Option<Upload>,
    done: Option<Done>,
}

impl Memory {
    fn of(front: &Front, request: &Request) -> Memory {
        let state = front.shared.state();
        let bucket = state.buckets.get(&request.bucket);
        let upload = request.parameter("uploadId").unwrap_or_default();
        Memory {
            versions: bucket.and_then(|bucket| bucket.objects.get(&request.key).cloned()),
            bucket: bucket.filter(|_| request.key.is_empty()).cloned(),
            upload: state.uploads.get(&upload).cloned(),
            done: state.done.get(&upload).cloned(),
        }
    }

    fn restore(self, front: &Front, request: &Request) {
        let mut state = front.shared.state();
        if let Some(upload) = request.parameter("uploadId") {
            replace(&mut state.uploads, &upload, self.upload);
            replace(&mut state.done, &upload, self.done);
        }
        match (request.key.is_empty(), state.buckets.get_mut(&request.bucket)) {
            (true, _) => replace(&mut state.buckets, &request.bucket, self.bucket),
            (false, Some(bucket)) => replace(&mut bucket.objects, &request.key, self.versions),
            (false, None) => {}
        }
    }
}

fn replace<T>(map: &mut std::collections::BTreeMap<String, T>, key: &str, value: Option<T>) {
    match value {
        Some(value) => drop(map.insert(key.to_owned(), value)),
        None => drop(map.remove(key)),
    }
}
