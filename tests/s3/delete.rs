//! Deleting: one key or a batch, with delete markers where the bucket keeps versions.

use super::condition::Demand;
use super::rights;
use super::state::{Shared, State};
use s3s::dto::*;
use s3s::{S3Error, S3Request, S3Result, s3_error};

/// What a deletion did: the version it removed or made, and whether that is a marker.
struct Gone {
    version: Option<String>,
    marker: bool,
}

pub async fn one(shared: &Shared, request: S3Request<DeleteObjectInput>) -> S3Result<DeleteObjectOutput> {
    let input = &request.input;
    let demand = Demand::of_delete(&request.headers, shared.mode);
    let mut state = shared.state();
    demand.before_write(state.current(&input.bucket, &input.key)?)?;
    let gone = remove(&mut state, &input.bucket, &input.key, input.version_id.as_deref())?;
    let delete_marker = gone.marker.then_some(true);
    Ok(DeleteObjectOutput { delete_marker, version_id: gone.version, ..Default::default() })
}

pub async fn many(shared: &Shared, request: S3Request<DeleteObjectsInput>) -> S3Result<DeleteObjectsOutput> {
    let input = &request.input;
    if input.delete.objects.len() > 1000 {
        return Err(s3_error!(MalformedXML, "At most 1000 keys a request"));
    }
    let allowed = rights::of(shared, request.credentials.as_ref(), &input.bucket);
    let (mut deleted, mut errors) = (vec![], vec![]);
    let mut state = shared.state();
    state.bucket(&input.bucket)?;
    for object in &input.delete.objects {
        let refuse = || s3_error!(AccessDenied, "Access Denied");
        let outcome = allowed
            .may_delete(&object.key)
            .then_some(())
            .ok_or_else(refuse)
            .and_then(|()| condition(shared, &state, &input.bucket, object))
            .and_then(|()| remove(&mut state, &input.bucket, &object.key, object.version_id.as_deref()));
        match outcome {
            Ok(gone) => deleted.push(report(object, gone)),
            Err(error) => errors.push(complain(object, &error)),
        }
    }
    let quiet = input.delete.quiet.unwrap_or(false);
    Ok(DeleteObjectsOutput { deleted: (!quiet).then_some(deleted), errors: Some(errors), ..Default::default() })
}

fn condition(shared: &Shared, state: &State, bucket: &str, wanted: &ObjectIdentifier) -> S3Result<()> {
    let Some(etag) = wanted.e_tag.as_ref().filter(|_| shared.mode.delete_conditions()) else { return Ok(()) };
    match state.current(bucket, &wanted.key)? {
        Some(object) if object.etag == etag.value() || etag.value() == "*" => Ok(()),
        Some(_) => Err(s3_error!(PreconditionFailed, "At least one of the pre-conditions did not hold")),
        None => Err(s3_error!(NoSuchKey, "The specified key does not exist.")),
    }
}

fn remove(state: &mut State, bucket: &str, key: &str, version: Option<&str>) -> S3Result<Gone> {
    let held = state.buckets.get_mut(bucket).ok_or_else(|| s3_error!(NoSuchBucket))?;
    match version {
        None if held.versioned => {
            let version = state.store(bucket, key, None)?;
            Ok(Gone { version, marker: true })
        }
        None => {
            held.objects.remove(key);
            Ok(Gone { version: None, marker: false })
        }
        Some(wanted) => {
            let Some(versions) = held.objects.get_mut(key) else {
                return Ok(Gone { version: Some(wanted.to_owned()), marker: false });
            };
            let is = |id: &Option<String>| id.as_deref().unwrap_or("null") == wanted;
            let marker = versions.iter().any(|version| is(&version.id) && version.object.is_none());
            versions.retain(|version| !is(&version.id));
            if versions.is_empty() {
                held.objects.remove(key);
            }
            Ok(Gone { version: Some(wanted.to_owned()), marker })
        }
    }
}

fn report(object: &ObjectIdentifier, gone: Gone) -> DeletedObject {
    let made = gone.marker && object.version_id.is_none();
    DeletedObject {
        key: Some(object.key.clone()),
        delete_marker: gone.marker.then_some(true),
        delete_marker_version_id: gone.version.clone().filter(|_| gone.marker),
        version_id: gone.version.filter(|_| !made),
    }
}

fn complain(object: &ObjectIdentifier, error: &S3Error) -> Error {
    Error {
        code: Some(error.code().as_str().to_owned()),
        key: Some(object.key.clone()),
        message: error.message().map(str::to_owned),
        version_id: object.version_id.clone(),
    }
}
