//! A request as tests see it: which operation on which bucket and key, read before s3s parses it.

use http::{HeaderMap, Method};

/// One request.
#[derive(Clone, Debug)]
pub struct Request {
    /// The S3 name: `PutObject`, `UploadPartCopy`, …
    pub op: &'static str,
    pub method: Method,
    pub bucket: String,
    pub key: String,
    /// The raw query string.
    pub query: String,
    pub headers: HeaderMap,
}

impl Request {
    /// Reads method, path, query and headers.
    pub fn of<B>(request: &http::Request<B>) -> Request {
        let path = request.uri().path().trim_start_matches('/');
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        let query = request.uri().query().unwrap_or_default().to_owned();
        let mut seen = Request {
            op: "Unknown",
            method: request.method().clone(),
            bucket: decode(bucket),
            key: decode(key),
            query,
            headers: request.headers().clone(),
        };
        seen.op = name(&seen);
        seen
    }

    /// A header's text, if it was sent.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// A query parameter's decoded value; empty if it has none.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let pairs = self.query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        pairs.filter(|(n, _)| *n == name).map(|(_, value)| decode(value)).next()
    }

    /// The access key that signed, if any did.
    pub fn access_key(&self) -> Option<String> {
        let scope = match self.header("authorization") {
            Some(header) => header.split("Credential=").nth(1)?.to_owned(),
            None => self.parameter("X-Amz-Credential")?,
        };
        scope.split('/').next().map(str::to_owned)
    }

    /// Whether the signature covers this header.
    pub fn signs(&self, header: &str) -> bool {
        let authorization = self.header("authorization").unwrap_or_default();
        let list = authorization.split("SignedHeaders=").nth(1).and_then(|rest| rest.split(',').next());
        list.is_some_and(|list| list.split(';').any(|name| name == header))
    }
}

fn name(request: &Request) -> &'static str {
    let has = |name| request.parameter(name).is_some();
    let copies = request.headers.contains_key("x-amz-copy-source");
    match (request.method.as_str(), request.key.is_empty()) {
        ("GET", true) if request.bucket.is_empty() => "ListBuckets",
        ("GET", true) if has("location") => "GetBucketLocation",
        ("GET", true) if has("versioning") => "GetBucketVersioning",
        ("GET", true) if has("uploads") => "ListMultipartUploads",
        ("GET", true) if has("versions") => "ListObjectVersions",
        ("GET", true) if has("list-type") => "ListObjectsV2",
        ("GET", true) => "ListObjects",
        ("HEAD", true) => "HeadBucket",
        ("PUT", true) if has("versioning") => "PutBucketVersioning",
        ("PUT", true) => "CreateBucket",
        ("POST", true) if has("delete") => "DeleteObjects",
        ("DELETE", true) => "DeleteBucket",
        ("GET", false) if has("uploadId") => "ListParts",
        ("GET", false) if has("attributes") => "GetObjectAttributes",
        ("GET", false) => "GetObject",
        ("HEAD", false) => "HeadObject",
        ("PUT", false) if has("uploadId") && copies => "UploadPartCopy",
        ("PUT", false) if has("uploadId") => "UploadPart",
        ("PUT", false) if copies => "CopyObject",
        ("PUT", false) => "PutObject",
        ("POST", false) if has("uploads") => "CreateMultipartUpload",
        ("POST", false) if has("uploadId") => "CompleteMultipartUpload",
        ("DELETE", false) if has("uploadId") => "AbortMultipartUpload",
        ("DELETE", false) => "DeleteObject",
        _ => "Unknown",
    }
}

/// Percent-encodes a key as listings with `encoding-type=url` do.
pub fn encode(key: &str) -> String {
    key.bytes().fold(String::new(), |mut out, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => out.push(byte as char),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
        out
    })
}

fn decode(text: &str) -> String {
    let (bytes, mut out, mut at) = (text.as_bytes(), vec![], 0);
    while at < bytes.len() {
        let escape = text.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        let byte = escape.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        out.push(byte.unwrap_or(bytes[at]));
        at += if byte.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}
