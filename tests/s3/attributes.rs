//! GetObjectAttributes: size, ETag, checksum and parts without the bytes.

use super::object::find;
use super::rights;
use super::state::{Object, Shared};
use super::sum::Sum;
use s3s::dto::*;
use s3s::{S3Request, S3Result, s3_error};

pub async fn get(shared: &Shared, request: S3Request<GetObjectAttributesInput>) -> S3Result<GetObjectAttributesOutput> {
    if !shared.mode.attributes() {
        return Err(s3_error!(NotImplemented, "GetObjectAttributes"));
    }
    let input = &request.input;
    let knows = rights::of(shared, request.credentials.as_ref(), &input.bucket).list;
    let state = shared.state();
    let (version, object) = find(&state, knows, &input.bucket, &input.key, input.version_id.as_deref())?;
    let asked = |name: &str| input.object_attributes.iter().any(|attribute| attribute.as_str() == name);
    Ok(GetObjectAttributesOutput {
        e_tag: asked("ETag").then(|| ETag::Strong(object.etag.clone())),
        object_size: asked("ObjectSize").then(|| object.content.len() as i64),
        checksum: object.sum.as_ref().filter(|_| asked("Checksum")).map(checksum),
        object_parts: (asked("ObjectParts") && !object.parts.is_empty()).then(|| parts(object, input)),
        last_modified: Some(version.time()),
        version_id: version.id.clone(),
        ..Default::default()
    })
}

fn checksum(sum: &Sum) -> Checksum {
    // Here, unlike in a header, AWS leaves out the `-N` of a composite.
    let value = sum.value.split('-').next().unwrap_or_default().to_owned();
    Checksum { checksum_sha256: Some(value), checksum_type: Some(sum.kind()), ..Default::default() }
}

/// Parts are named only where each has its digest.
fn parts(object: &Object, input: &GetObjectAttributesInput) -> GetObjectAttributesParts {
    let (after, most) = (input.part_number_marker.unwrap_or(0), input.max_parts.unwrap_or(1000).min(1000));
    let known = object.parts.iter().all(|(_, sha256)| sha256.is_some());
    let numbered = object.parts.iter().zip(1..).filter(|(_, number)| *number > after && known);
    let parts: Vec<_> = numbered
        .take(most as usize)
        .map(|((size, sha256), number)| ObjectPart {
            part_number: Some(number),
            size: Some(*size as i64),
            checksum_sha256: sha256.clone(),
            ..Default::default()
        })
        .collect();
    let last = parts.last().and_then(|part| part.part_number);
    GetObjectAttributesParts {
        is_truncated: Some(last.is_some_and(|last| (last as usize) < object.parts.len())),
        max_parts: Some(most),
        next_part_number_marker: last,
        part_number_marker: Some(after),
        total_parts_count: Some(object.parts.len() as i32),
        parts: known.then_some(parts),
    }
}
