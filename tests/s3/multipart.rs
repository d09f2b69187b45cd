//! Multipart uploads: create, send a part, complete, abort.

use super::condition::Demand;
use super::content::Content;
use super::mode::Mode;
use super::state::{About, Done, Object, Part, Shared, State, Upload};
use super::sum::{self, Claims, Sum};
use s3s::dto::*;
use s3s::{S3Error, S3Request, S3Result, s3_error};

pub async fn create(
    shared: &Shared,
    request: S3Request<CreateMultipartUploadInput>,
) -> S3Result<CreateMultipartUploadOutput> {
    let input = request.input;
    let asked = input.checksum_algorithm.as_ref().is_some_and(|algorithm| algorithm.as_str() == "SHA256");
    let sha256 = asked && shared.mode.checksums();
    let mut state = shared.state();
    state.bucket(&input.bucket)?;
    let (started, id) = (state.now(), state.fresh("upload-"));
    let about = About { content_type: input.content_type, metadata: input.metadata };
    let (bucket, key) = (input.bucket.clone(), input.key.clone());
    state.uploads.insert(id.clone(), Upload { bucket, key, started, sha256, parts: Default::default(), about });
    Ok(CreateMultipartUploadOutput {
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(id),
        checksum_algorithm: input.checksum_algorithm.filter(|_| sha256),
        checksum_type: sha256.then(|| ChecksumType::from_static(ChecksumType::COMPOSITE)),
        ..Default::default()
    })
}

pub async fn upload(shared: &Shared, mut request: S3Request<UploadPartInput>) -> S3Result<UploadPartOutput> {
    super::object::refuse_trailers(shared, &request.headers)?;
    let input = &mut request.input;
    check_number(input.part_number)?;
    let content = Content::receive(input.body.take(), input.content_length).await?;
    shared.state().one_request(content.len())?;
    let claims = Claims::of(&request.headers, request.trailing_headers.as_ref());
    let sha256 = claims.check(&content, shared.mode)?;
    let etag = sum::etag(&content);

    let mut state = shared.state();
    let modified = state.now();
    let upload = state.upload(&input.upload_id, &input.bucket, &input.key)?;
    if upload.sha256 && sha256.is_none() && shared.mode.demands_part_sums() {
        let message = "Checksum Type mismatch occurred, expected checksum Type: sha256, actual checksum Type: null";
        return Err(s3_error!(InvalidRequest, "{message}"));
    }
    let part = Part { content, etag: etag.clone(), sha256: sha256.clone(), modified };
    upload.parts.insert(input.part_number, part);
    Ok(UploadPartOutput { e_tag: Some(ETag::Strong(etag)), checksum_sha256: sha256, ..Default::default() })
}

pub async fn complete(
    shared: &Shared,
    request: S3Request<CompleteMultipartUploadInput>,
) -> S3Result<CompleteMultipartUploadOutput> {
    let (input, mode) = (&request.input, shared.mode);
    let mut state = shared.state();
    let repeated = state.done.get(&input.upload_id).filter(|done| done.bucket == input.bucket && done.key == input.key);
    if let Some(done) = repeated.filter(|_| mode.complete_repeats()) {
        return Ok(answer(done, mode));
    }
    let upload = state.upload(&input.upload_id, &input.bucket, &input.key)?.clone();
    let object = join(&upload, input, mode, state.minimum_part)?;
    let demand = Demand::of_complete(&request.headers, mode);
    if let Err(error) = demand.before_write(state.current(&input.bucket, &input.key)?) {
        if mode.failed_complete_aborts() {
            state.uploads.remove(&input.upload_id);
        }
        return Err(error);
    }
    let done = finish(&mut state, input, object)?;
    Ok(answer(&done, mode))
}

pub async fn abort(
    shared: &Shared,
    request: S3Request<AbortMultipartUploadInput>,
) -> S3Result<AbortMultipartUploadOutput> {
    let input = &request.input;
    let mut state = shared.state();
    state.upload(&input.upload_id, &input.bucket, &input.key)?;
    state.uploads.remove(&input.upload_id);
    Ok(AbortMultipartUploadOutput::default())
}

/// Part numbers are 1 to 10,000.
pub fn check_number(number: i32) -> S3Result<()> {
    let message = "Part number must be an integer between 1 and 10000, inclusive";
    if (1..=10_000).contains(&number) { Ok(()) } else { Err(s3_error!(InvalidArgument, "{message}")) }
}

fn finish(state: &mut State, input: &CompleteMultipartUploadInput, object: Object) -> S3Result<Done> {
    let (etag, sum) = (object.etag.clone(), object.sum.clone());
    let version = state.store(&input.bucket, &input.key, Some(object))?;
    let done = Done { bucket: input.bucket.clone(), key: input.key.clone(), etag, sum, version };
    state.uploads.remove(&input.upload_id);
    state.done.insert(input.upload_id.clone(), done.clone());
    Ok(done)
}

fn answer(done: &Done, mode: Mode) -> CompleteMultipartUploadOutput {
    let etag = if mode.complete_tells_etag() { done.etag.clone() } else { String::new() };
    CompleteMultipartUploadOutput {
        bucket: Some(done.bucket.clone()),
        key: Some(done.key.clone()),
        location: Some(format!("/{}/{}", done.bucket, done.key)),
        e_tag: Some(ETag::Strong(etag)),
        checksum_type: done.sum.as_ref().map(Sum::kind),
        checksum_sha256: done.sum.as_ref().map(|sum| sum.value.clone()),
        version_id: done.version.clone(),
        ..Default::default()
    }
}

/// The object that the named parts make, if all that was said about them holds.
fn join(upload: &Upload, input: &CompleteMultipartUploadInput, mode: Mode, minimum: u64) -> S3Result<Object> {
    let parts = choose(upload, input, mode)?;
    check_sizes(&parts, mode, minimum)?;
    let mut content = Content::default();
    parts.iter().for_each(|part| content.append(&part.content));
    if input.mpu_object_size.is_some_and(|size| size as u64 != content.len()) && mode.checksums() {
        return Err(s3_error!(InvalidRequest, "The provided 'x-amz-mp-object-size' header does not match"));
    }
    let sum = match upload.sha256 {
        true => Sum::composite(parts.iter().map(|part| part.sha256.as_deref())),
        false => None,
    };
    if let (Some(claim), true) = (&input.checksum_sha256, mode.checksums()) {
        if !mode.reads_composites() && claim.contains('-') {
            return Err(s3_error!(InvalidRequest, "invalid x-amz-checksum-sha256 header"));
        }
        let found = sum.as_ref().map(|sum| sum.value.as_str()).unwrap_or_default();
        if claim != found && Some(claim.as_str()) != found.split('-').next() {
            return Err(S3Error::with_message(mode.bad_digest(), "The SHA256 did not match the calculated checksum."));
        }
    }
    let etag = sum::etag_of_parts(parts.iter().map(|part| part.etag.as_str()));
    let sizes = parts.iter().map(|part| (part.content.len(), part.sha256.clone())).collect();
    Ok(Object { content, etag, sum, parts: sizes, about: upload.about.clone() })
}

/// The parts that Complete names, in order, each as it was sent.
fn choose<'a>(upload: &'a Upload, input: &CompleteMultipartUploadInput, mode: Mode) -> S3Result<Vec<&'a Part>> {
    let named = input.multipart_upload.as_ref().and_then(|parts| parts.parts.as_deref()).unwrap_or_default();
    if named.is_empty() {
        return Err(s3_error!(MalformedXML, "You must specify at least one part"));
    }
    if !named.is_sorted_by(|a, b| a.part_number < b.part_number) {
        return Err(s3_error!(InvalidPartOrder, "The list of parts was not in ascending order."));
    }
    let missing = || s3_error!(InvalidPart, "One or more of the specified parts could not be found.");
    let mut chosen = vec![];
    for name in named {
        let number = name.part_number.unwrap_or_default();
        let part = upload.parts.get(&number).ok_or_else(missing)?;
        if name.e_tag.as_ref().is_none_or(|etag| etag.value() != part.etag) {
            return Err(missing());
        }
        if upload.sha256 && name.checksum_sha256.is_none() && mode.demands_part_sums() {
            let message = "The complete request must include the checksum for each part. It was missing for part";
            return Err(s3_error!(InvalidRequest, "{message} {number}"));
        }
        if mode.checksums() && part.sha256.is_some() && name.checksum_sha256.is_some() {
            let same = part.sha256 == name.checksum_sha256;
            same.then_some(()).ok_or_else(missing)?;
        }
        chosen.push(part);
    }
    Ok(chosen)
}

fn check_sizes(parts: &[&Part], mode: Mode, minimum: u64) -> S3Result<()> {
    let Some((last, others)) = parts.split_last() else { return Ok(()) };
    if mode.minimum_part() && others.iter().any(|part| part.content.len() < minimum) {
        return Err(s3_error!(EntityTooSmall, "Your proposed upload is smaller than the minimum allowed size"));
    }
    let first = parts[0].content.len();
    if mode.equal_parts() && (others.iter().any(|part| part.content.len() != first) || last.content.len() > first) {
        return Err(s3_error!(InvalidPart, "All non-trailing parts must have the same length."));
    }
    Ok(())
}
