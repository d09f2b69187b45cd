//! Single objects: put, get, head.

use super::condition::Demand;
use super::content::Content;
use super::rights;
use super::state::{About, Object, Shared, State, Version};
use super::sum::{self, Claims, Sum};
use s3s::dto::*;
use s3s::{S3Request, S3Result, s3_error};
use std::ops::Range as Span;

pub async fn put(shared: &Shared, mut request: S3Request<PutObjectInput>) -> S3Result<PutObjectOutput> {
    refuse_trailers(shared, &request.headers)?;
    let input = &mut request.input;
    let content = Content::receive(input.body.take(), input.content_length).await?;
    shared.state().one_request(content.len())?;
    let claims = Claims::of(&request.headers, request.trailing_headers.as_ref());
    let sum = claims.check(&content, shared.mode)?.map(|value| Sum { value, composite: false });
    let demand = Demand::of_put(&request.headers, shared.mode);
    let etag = sum::etag(&content);
    let about = About { content_type: input.content_type.take(), metadata: input.metadata.take() };
    let object = Object { content, etag: etag.clone(), sum: sum.clone(), parts: vec![], about };

    let mut state = shared.state();
    demand.before_write(state.current(&input.bucket, &input.key)?)?;
    let version_id = state.store(&input.bucket, &input.key, Some(object))?;
    Ok(PutObjectOutput {
        e_tag: Some(ETag::Strong(etag)),
        checksum_type: sum.as_ref().map(Sum::kind),
        checksum_sha256: sum.map(|sum| sum.value),
        version_id,
        ..Default::default()
    })
}

pub async fn get(shared: &Shared, request: S3Request<GetObjectInput>) -> S3Result<GetObjectOutput> {
    let input = &request.input;
    let knows = rights::of(shared, request.credentials.as_ref(), &input.bucket).list;
    let state = shared.state();
    let (version, object) = find(&state, knows, &input.bucket, &input.key, input.version_id.as_deref())?;
    Demand::plain(&request.headers).before_read(object)?;
    let number = input.part_number.filter(|_| shared.mode.part_number());
    let (span, partial) = span(object, input.range, number)?;
    let sum = object.sum.as_ref().filter(|_| input.checksum_mode.is_some() && !partial);
    Ok(GetObjectOutput {
        content_range: partial.then(|| content_range(&span, object.content.len())),
        content_length: Some((span.end - span.start) as i64),
        body: Some(object.content.slice(span).stream()),
        accept_ranges: Some("bytes".into()),
        content_type: Some(content_type(object)),
        e_tag: Some(ETag::Strong(object.etag.clone())),
        last_modified: Some(version.time()),
        metadata: object.about.metadata.clone(),
        parts_count: number.filter(|_| !object.parts.is_empty()).map(|_| object.parts.len() as i32),
        checksum_type: sum.map(Sum::kind),
        checksum_sha256: sum.map(|sum| sum.value.clone()),
        version_id: version.id.clone(),
        ..Default::default()
    })
}

pub async fn head(shared: &Shared, request: S3Request<HeadObjectInput>) -> S3Result<HeadObjectOutput> {
    let input = &request.input;
    let knows = rights::of(shared, request.credentials.as_ref(), &input.bucket).list;
    let state = shared.state();
    let (version, object) = find(&state, knows, &input.bucket, &input.key, input.version_id.as_deref())?;
    Demand::plain(&request.headers).before_read(object)?;
    let number = input.part_number.filter(|_| shared.mode.part_number());
    let (span, partial) = span(object, input.range, number)?;
    let sum = object.sum.as_ref().filter(|_| input.checksum_mode.is_some() && !partial);
    Ok(HeadObjectOutput {
        content_range: partial.then(|| content_range(&span, object.content.len())),
        content_length: Some((span.end - span.start) as i64),
        accept_ranges: Some("bytes".into()),
        content_type: Some(content_type(object)),
        e_tag: Some(ETag::Strong(object.etag.clone())),
        last_modified: Some(version.time()),
        metadata: object.about.metadata.clone(),
        parts_count: number.filter(|_| !object.parts.is_empty()).map(|_| object.parts.len() as i32),
        checksum_type: sum.map(Sum::kind),
        checksum_sha256: sum.map(|sum| sum.value.clone()),
        version_id: version.id.clone(),
        ..Default::default()
    })
}

/// The version that a reader means. One who may not list is not told that it is absent.
pub fn find<'a>(
    state: &'a State,
    knows: bool,
    bucket: &str,
    key: &str,
    version: Option<&str>,
) -> S3Result<(&'a Version, &'a Object)> {
    let bucket = state.bucket(bucket)?;
    let absent = || match knows {
        true => s3_error!(NoSuchKey, "The specified key does not exist."),
        false => s3_error!(AccessDenied, "Access Denied"),
    };
    let Some(wanted) = version else {
        let version = bucket.current(key).ok_or_else(absent)?;
        return Ok((version, version.object.as_ref().ok_or_else(absent)?));
    };
    let mut versions = bucket.objects.get(key).into_iter().flatten();
    let version = versions.find(|version| version.id.as_deref().unwrap_or("null") == wanted);
    let version = version.ok_or_else(|| s3_error!(NoSuchVersion, "The specified version does not exist."))?;
    let marker = || s3_error!(MethodNotAllowed, "A delete marker cannot be read.");
    Ok((version, version.object.as_ref().ok_or_else(marker)?))
}

/// Refuses an aws-chunked upload with a trailer where the store does.
pub fn refuse_trailers(shared: &Shared, headers: &http::HeaderMap) -> S3Result<()> {
    let trailer = headers.get("x-amz-content-sha256").is_some_and(|v| v.as_bytes().ends_with(b"-TRAILER"));
    match trailer && shared.mode.refuses_trailers() {
        true => Err(super::content::sha256_mismatch()),
        false => Ok(()),
    }
}

fn span(object: &Object, range: Option<Range>, number: Option<i32>) -> S3Result<(Span<u64>, bool)> {
    let size = object.content.len();
    match (range, number) {
        (Some(range), _) => Ok((range.check(size)?, true)),
        (None, Some(1)) if object.parts.is_empty() => Ok((0..size, false)),
        (None, Some(number)) => {
            let index = usize::try_from(number - 1).ok().filter(|index| *index < object.parts.len());
            let index = index.ok_or_else(|| s3_error!(InvalidRange, "The requested partnumber is not satisfiable"))?;
            let start = object.parts[..index].iter().map(|(size, _)| size).sum();
            Ok((start..start + object.parts[index].0, true))
        }
        (None, None) => Ok((0..size, false)),
    }
}

fn content_range(span: &Span<u64>, size: u64) -> String {
    format!("bytes {}-{}/{size}", span.start, span.end - 1)
}

fn content_type(object: &Object) -> String {
    object.about.content_type.clone().unwrap_or_else(|| "binary/octet-stream".into())
}
