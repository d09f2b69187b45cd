//! Server-side copies: whole objects, and ranges into the part of an upload.

use super::condition::Demand;
use super::content::Content;
use super::object::find;
use super::rights;
use super::state::{About, Object, Part, Shared};
use super::sum::{self, Sum};
use s3s::auth::Credentials;
use s3s::dto::*;
use s3s::{S3Request, S3Result, s3_error};

/// What a copy reads: the object and the version it was.
struct Source {
    object: Object,
    version: Option<String>,
    bucket: String,
    key: String,
}

pub async fn object(shared: &Shared, request: S3Request<CopyObjectInput>) -> S3Result<CopyObjectOutput> {
    let (input, mode) = (&request.input, shared.mode);
    if input.checksum_algorithm.is_some() && mode.refuses_copy_checksum() {
        return Err(s3_error!(NotImplemented, "Header 'x-amz-checksum-algorithm' not implemented"));
    }
    let source = read(shared, request.credentials.as_ref(), &input.copy_source)?;
    Demand::of_source(&request.headers, mode).before_copy(&source.object)?;
    shared.state().one_request(source.object.content.len())?;
    let replaces = input.metadata_directive.as_ref().is_some_and(|directive| directive.as_str() == "REPLACE");
    if !replaces && source.bucket == input.bucket && source.key == input.key && source.version.is_none() {
        let message = "This copy request is illegal because it is trying to copy an object to itself without changes.";
        return Err(s3_error!(InvalidRequest, "{message}"));
    }
    let about = match replaces {
        true => About { content_type: input.content_type.clone(), metadata: input.metadata.clone() },
        false => source.object.about.clone(),
    };
    let wants = input.checksum_algorithm.as_ref().is_some_and(|algorithm| algorithm.as_str() == "SHA256");
    let copied = copy_of(&source.object, wants, shared, about);

    let mut state = shared.state();
    Demand::of_copy(&request.headers, mode).before_write(state.current(&input.bucket, &input.key)?)?;
    let last_modified = Some(Timestamp::from(state.now()));
    let result = CopyObjectResult {
        e_tag: Some(ETag::Strong(copied.etag.clone())),
        checksum_type: copied.sum.as_ref().map(Sum::kind),
        checksum_sha256: copied.sum.as_ref().map(|sum| sum.value.clone()),
        last_modified,
        ..Default::default()
    };
    let version_id = state.store(&input.bucket, &input.key, Some(copied))?;
    Ok(CopyObjectOutput {
        copy_object_result: Some(result),
        copy_source_version_id: source.version,
        version_id,
        ..Default::default()
    })
}

pub async fn part(shared: &Shared, request: S3Request<UploadPartCopyInput>) -> S3Result<UploadPartCopyOutput> {
    let (input, mode) = (&request.input, shared.mode);
    let demand = Demand::of_source(&request.headers, mode);
    if demand.is_some() && mode.refuses_part_source_condition() {
        return Err(s3_error!(NotImplemented, "Header 'x-amz-copy-source-if-match' not implemented"));
    }
    super::multipart::check_number(input.part_number)?;
    let source = read(shared, request.credentials.as_ref(), &input.copy_source)?;
    demand.before_copy(&source.object)?;
    let content = cut(shared, &source.object.content, input.copy_source_range.as_deref())?;
    shared.state().one_request(content.len())?;
    let etag = sum::etag(&content);
    let asked = shared.state().upload(&input.upload_id, &input.bucket, &input.key)?.sha256;
    let sha256 = (asked && mode.computes_on_copy()).then(|| sum::base64(&content.sha256()));

    let mut state = shared.state();
    let modified = state.now();
    let result = CopyPartResult {
        e_tag: Some(ETag::Strong(etag.clone())),
        checksum_sha256: sha256.clone(),
        last_modified: Some(Timestamp::from(modified)),
        ..Default::default()
    };
    let upload = state.upload(&input.upload_id, &input.bucket, &input.key)?;
    upload.parts.insert(input.part_number, Part { content, etag, sha256, modified });
    Ok(UploadPartCopyOutput {
        copy_part_result: Some(result),
        copy_source_version_id: source.version,
        ..Default::default()
    })
}

/// The source of a copy, if the sender may read it: s3s checks only the destination.
fn read(shared: &Shared, sender: Option<&Credentials>, source: &CopySource) -> S3Result<Source> {
    let CopySource::Bucket { bucket, key, version_id } = source else {
        return Err(s3_error!(NotImplemented, "Access points"));
    };
    let rights = rights::of(shared, sender, bucket);
    if !rights.read {
        return Err(s3_error!(AccessDenied, "Access Denied"));
    }
    let state = shared.state();
    let (version, object) = find(&state, rights.list, bucket, key, version_id.as_deref())?;
    let (object, version) = (object.clone(), version.id.clone());
    Ok(Source { object, version, bucket: bucket.to_string(), key: key.to_string() })
}

/// The copy of an object: one piece, with the checksum that the store gives it.
fn copy_of(source: &Object, wants: bool, shared: &Shared, about: About) -> Object {
    let mode = shared.mode;
    let sum = match &source.sum {
        _ if !mode.checksums() => None,
        Some(sum) if sum.composite && mode.copy_recomputes() => Some(Sum::full(&source.content)),
        None if wants => Some(Sum::full(&source.content)),
        kept => kept.clone(),
    };
    let etag = if source.parts.is_empty() { source.etag.clone() } else { sum::etag(&source.content) };
    Object { content: source.content.clone(), etag, sum, parts: vec![], about }
}

fn cut(shared: &Shared, whole: &Content, range: Option<&str>) -> S3Result<Content> {
    let minimum = shared.state().minimum_part;
    if shared.mode.minimum_source(range.is_some()) && whole.len() < minimum {
        let message = "The specified copy source is smaller than the minimum allowable size";
        return Err(s3_error!(InvalidRequest, "{message}"));
    }
    let Some(range) = range else { return Ok(whole.clone()) };
    let bad = || s3_error!(InvalidArgument, "Range specified is not valid for source object of size: {}", whole.len());
    let span = range.strip_prefix("bytes=").and_then(|span| span.split_once('-')).ok_or_else(bad)?;
    let (first, last): (u64, u64) = (span.0.parse().map_err(|_| bad())?, span.1.parse().map_err(|_| bad())?);
    if first > last || last >= whole.len() {
        return Err(bad());
    }
    Ok(whole.slice(first..last + 1))
}
