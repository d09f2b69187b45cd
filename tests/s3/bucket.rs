//! Buckets: creating, asking for, and turning on versions.

use super::state::Shared;
use s3s::dto::*;
use s3s::{S3Request, S3Result, s3_error};

pub async fn create(shared: &Shared, request: S3Request<CreateBucketInput>) -> S3Result<CreateBucketOutput> {
    let name = request.input.bucket;
    let mut state = shared.state();
    if state.buckets.contains_key(&name) {
        return Err(s3_error!(BucketAlreadyOwnedByYou, "Your previous request to create the named bucket succeeded."));
    }
    let location = Some(format!("/{name}"));
    state.buckets.insert(name, Default::default());
    Ok(CreateBucketOutput { location })
}

pub async fn head(shared: &Shared, request: S3Request<HeadBucketInput>) -> S3Result<HeadBucketOutput> {
    shared.state().bucket(&request.input.bucket)?;
    Ok(HeadBucketOutput { bucket_region: Some(super::REGION.into()), ..Default::default() })
}

/// An empty location is us-east-1.
pub async fn location(
    shared: &Shared,
    request: S3Request<GetBucketLocationInput>,
) -> S3Result<GetBucketLocationOutput> {
    shared.state().bucket(&request.input.bucket)?;
    Ok(GetBucketLocationOutput::default())
}

pub async fn versioning(
    shared: &Shared,
    request: S3Request<GetBucketVersioningInput>,
) -> S3Result<GetBucketVersioningOutput> {
    require_versions(shared)?;
    let on = shared.state().bucket(&request.input.bucket)?.versioned;
    let status = on.then(|| BucketVersioningStatus::from_static(BucketVersioningStatus::ENABLED));
    Ok(GetBucketVersioningOutput { status, ..Default::default() })
}

pub async fn set_versioning(
    shared: &Shared,
    request: S3Request<PutBucketVersioningInput>,
) -> S3Result<PutBucketVersioningOutput> {
    require_versions(shared)?;
    let mut state = shared.state();
    let bucket = state.buckets.get_mut(&request.input.bucket).ok_or_else(|| s3_error!(NoSuchBucket))?;
    let status = request.input.versioning_configuration.status;
    bucket.versioned = status.is_some_and(|status| status.as_str() == BucketVersioningStatus::ENABLED);
    Ok(PutBucketVersioningOutput::default())
}

fn require_versions(shared: &Shared) -> S3Result<()> {
    if shared.mode.versions() { Ok(()) } else { Err(s3_error!(NotImplemented, "This store keeps no versions")) }
}
