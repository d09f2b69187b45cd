//! Answers made wrong: error documents, bodies cut or changed, listings that lie.

use super::fault::{Answer, Kind, ListLie};
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HeaderName, HeaderValue};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use s3s::Body;
use std::io;
use std::time::Duration;

pub type Response = http::Response<Body>;

/// Ends the connection: hyper closes it when the service fails.
pub fn dropped() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionReset, "a fault dropped the connection")
}

/// An error document.
pub fn error(answer: &Answer) -> Response {
    let mut response = document(answer.code);
    *response.status_mut() = http::StatusCode::from_u16(answer.status).expect("a fault has a valid status");
    for (name, value) in &answer.headers {
        set(&mut response, name, Some(value));
    }
    response
}

/// What this fault makes of an answer.
pub async fn apply(kind: &Kind, response: Response) -> io::Result<Response> {
    match kind {
        Kind::ErrorAfter(answer) => Ok(error(answer)),
        Kind::ErrorIn200 { code, .. } => Ok(document(code)),
        Kind::Empty200 => Ok(xml("<?xml version=\"1.0\" encoding=\"UTF-8\"?><Result></Result>".into())),
        Kind::AnswerLost => Err(dropped()),
        Kind::CutBody(at) => cut(response, *at).await,
        Kind::Header(name, value) => {
            let mut response = response;
            set(&mut response, name, value.as_deref());
            Ok(response)
        }
        Kind::ShortBody(at) => change(response, |mut body| body.split_to((*at).min(body.len()))).await,
        Kind::FlipBit(bit) => change(response, |body| flipped(body, *bit)).await,
        Kind::Zeros { from, len } => change(response, |body| zeroed(body, *from, *len)).await,
        Kind::Swapped(len) => change(response, |body| moved(&body, *len, &[1, 0])).await,
        Kind::Doubled(len) => change(response, |body| moved(&body, *len, &[0, 0])).await,
        Kind::Portal(status) => Ok(portal(*status)),
        Kind::KeepAlive(bytes) => kept_alive(response, *bytes).await,
        Kind::OtherBody(other) => change(response, |_| other.clone()).await,
        Kind::List(lie) => change(response, |body| lied(&body, *lie).into()).await,
        _ => Ok(response),
    }
}

fn document(code: &str) -> Response {
    let head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    xml(format!("{head}<Error><Code>{code}</Code><Message>a fault</Message><RequestId>0</RequestId></Error>"))
}

fn xml(text: String) -> Response {
    let mut response = Response::new(Body::from(text));
    set(&mut response, "content-type", Some("application/xml"));
    response
}

fn set(response: &mut Response, name: &'static str, value: Option<&str>) {
    let name = HeaderName::from_static(name);
    match value {
        Some(value) => {
            response.headers_mut().insert(name, HeaderValue::from_str(value).expect("a fault has a valid header"));
        }
        None => {
            response.headers_mut().remove(name);
        }
    }
}

async fn change(response: Response, work: impl FnOnce(Bytes) -> Bytes) -> io::Result<Response> {
    let (mut parts, body) = response.into_parts();
    let body = work(body.collect().await.map_err(io::Error::other)?.to_bytes());
    parts.headers.insert(CONTENT_LENGTH, body.len().into());
    Ok(Response::from_parts(parts, Body::from(body)))
}

async fn cut(response: Response, at: usize) -> io::Result<Response> {
    let (mut parts, body) = response.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    parts.headers.insert(CONTENT_LENGTH, body.len().into());
    let frames = [Ok(Frame::data(body.slice(..at.min(body.len())))), Err(dropped())];
    // The pause lets all bytes go out before hyper sees the error and closes.
    let frames = futures::StreamExt::then(futures::stream::iter(frames), async |frame| {
        if frame.is_err() {
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
        frame
    });
    Ok(Response::from_parts(parts, Body::http_body_unsync(StreamBody::new(frames))))
}

fn flipped(body: Bytes, bit: usize) -> Bytes {
    let mut body = Vec::from(body);
    let len = body.len();
    if let Some(byte) = body.get_mut((bit / 8) % len.max(1)) {
        *byte ^= 1 << (bit % 8);
    }
    body.into()
}

fn zeroed(body: Bytes, from: usize, len: usize) -> Bytes {
    let mut body = Vec::from(body);
    body.iter_mut().skip(from).take(len).for_each(|byte| *byte = 0);
    body.into()
}

/// The body with these of its first two blocks in front.
fn moved(body: &[u8], len: usize, blocks: &[usize]) -> Bytes {
    let block = |n: &usize| body.get(n * len..(n + 1) * len).unwrap_or_default();
    let rest = body.get(2 * len..).unwrap_or_default();
    blocks.iter().map(block).chain([rest]).collect::<Vec<_>>().concat().into()
}

fn portal(status: u16) -> Response {
    let mut response =
        Response::new(Body::from("<!DOCTYPE html><html><body>Sign in to the network</body></html>".to_owned()));
    *response.status_mut() = http::StatusCode::from_u16(status).expect("a fault has a valid status");
    set(&mut response, "content-type", Some("text/html"));
    response
}

/// What AWS does while it completes an upload: 200 at once, and the answer behind white space.
async fn kept_alive(response: Response, bytes: usize) -> io::Result<Response> {
    let (mut parts, body) = response.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    parts.headers.remove(CONTENT_LENGTH);
    let (head, rest) = match body.windows(2).position(|pair| pair == b"?>") {
        Some(at) => (body.slice(..at + 2), body.slice(at + 2..)),
        None => (Bytes::new(), body),
    };
    let spaces = std::iter::repeat_n(Bytes::from_static(b" "), bytes);
    let frames = std::iter::once(head).chain(spaces).chain([rest]).map(|bytes| Ok::<_, io::Error>(Frame::data(bytes)));
    let frames = futures::StreamExt::then(futures::stream::iter(frames), async |frame| {
        tokio::time::sleep(Duration::from_millis(5)).await;
        frame
    });
    Ok(Response::from_parts(parts, Body::http_body_unsync(StreamBody::new(frames))))
}

fn lied(body: &[u8], lie: ListLie) -> String {
    let text = String::from_utf8_lossy(body).into_owned();
    let (head, entries, tail) = entries(&text);
    let flag = |tail: String, truncated| {
        let (yes, no) = ("<IsTruncated>true</IsTruncated>", "<IsTruncated>false</IsTruncated>");
        if truncated { tail.replace(no, yes) } else { tail.replace(yes, no) }
    };
    let token = |text: &str| element(text, "NextContinuationToken").map(str::to_owned);
    match lie {
        ListLie::Missing => [head, &entries.get(1..).unwrap_or_default().concat(), tail].concat(),
        ListLie::Duplicate => [head, entries.first().unwrap_or(&""), &entries.concat(), tail].concat(),
        ListLie::Stale => {
            let ghost = entries.last().unwrap_or(&"").replacen("</Key>", "~</Key>", 1);
            [head, &entries.concat(), &ghost, tail].concat()
        }
        ListLie::Unsorted => [head, &entries.iter().rev().copied().collect::<String>(), tail].concat(),
        ListLie::SaysComplete => flag(text.replace(&token(&text).unwrap_or("\0".into()), ""), false),
        ListLie::SaysTruncated if token(&text).is_some() => text,
        ListLie::SaysTruncated => {
            let again = "<NextContinuationToken>AA==</NextContinuationToken></ListBucketResult>";
            flag(text.replace("</ListBucketResult>", again), true)
        }
        ListLie::Empty => {
            let rest = [head, tail].concat();
            flag(rest.replace(&token(&rest).unwrap_or("\0".into()), ""), false)
        }
    }
}

/// A listing in three: what comes before its `<Contents>`, each of them, and what follows.
fn entries(text: &str) -> (&str, Vec<&str>, &str) {
    const END: &str = "</Contents>";
    let (Some(start), Some(end)) = (text.find("<Contents>"), text.rfind(END)) else { return (text, vec![], "") };
    let end = end + END.len();
    (&text[..start], text[start..end].split_inclusive(END).collect(), &text[end..])
}

fn element<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let start = text.find(&open)?;
    let end = text.find(&close)? + close.len();
    Some(&text[start..end])
}
