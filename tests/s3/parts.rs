//! Looking at unfinished uploads: ListParts, ListMultipartUploads.

use super::state::Shared;
use s3s::dto::*;
use s3s::{S3Request, S3Result};

pub async fn list(shared: &Shared, request: S3Request<ListPartsInput>) -> S3Result<ListPartsOutput> {
    let input = request.input;
    let mut state = shared.state();
    let (after, most) = (input.part_number_marker.unwrap_or(0), input.max_parts.unwrap_or(1000).clamp(0, state.page));
    let upload = state.upload(&input.upload_id, &input.bucket, &input.key)?;
    let mut later = upload.parts.range(after.saturating_add(1)..);
    let parts: Vec<Part> = later
        .by_ref()
        .take(most as usize)
        .map(|(number, part)| Part {
            part_number: Some(*number),
            size: Some(part.content.len() as i64),
            e_tag: Some(ETag::Strong(part.etag.clone())),
            checksum_sha256: part.sha256.clone(),
            last_modified: Some(Timestamp::from(part.modified)),
            ..Default::default()
        })
        .collect();
    Ok(ListPartsOutput {
        is_truncated: Some(later.next().is_some()),
        next_part_number_marker: parts.last().and_then(|part| part.part_number),
        part_number_marker: Some(after),
        max_parts: Some(most),
        checksum_algorithm: upload.sha256.then(|| ChecksumAlgorithm::from_static(ChecksumAlgorithm::SHA256)),
        checksum_type: upload.sha256.then(|| ChecksumType::from_static(ChecksumType::COMPOSITE)),
        parts: Some(parts),
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(input.upload_id),
        ..Default::default()
    })
}

pub async fn uploads(
    shared: &Shared,
    request: S3Request<ListMultipartUploadsInput>,
) -> S3Result<ListMultipartUploadsOutput> {
    let input = request.input;
    let state = shared.state();
    state.bucket(&input.bucket)?;
    let prefix = input.prefix.clone().unwrap_or_default();
    let most = input.max_uploads.unwrap_or(1000).clamp(0, state.page);
    let mark = (input.key_marker.clone().unwrap_or_default(), input.upload_id_marker.clone());
    let mut found: Vec<_> = state
        .uploads
        .iter()
        .filter(|(_, upload)| upload.bucket == input.bucket && upload.key.starts_with(&prefix))
        .filter(|(id, upload)| match &mark.1 {
            Some(after) => (&upload.key, *id) > (&mark.0, after),
            None => upload.key > mark.0,
        })
        .collect();
    found.sort_by_key(|(id, upload)| (upload.key.clone(), (*id).clone()));
    let truncated = found.len() > most as usize;
    found.truncate(most as usize);
    let last = found.last().filter(|_| truncated);
    Ok(ListMultipartUploadsOutput {
        next_key_marker: last.map(|(_, upload)| upload.key.clone()),
        next_upload_id_marker: last.map(|(id, _)| (*id).clone()),
        uploads: Some(found.iter().map(|(id, upload)| line(id, upload)).collect()),
        bucket: Some(input.bucket),
        prefix: input.prefix,
        is_truncated: Some(truncated),
        max_uploads: Some(most),
        ..Default::default()
    })
}

fn line(id: &str, upload: &super::state::Upload) -> MultipartUpload {
    MultipartUpload {
        key: Some(upload.key.clone()),
        upload_id: Some(id.to_owned()),
        initiated: Some(Timestamp::from(upload.started)),
        ..Default::default()
    }
}
