//! The table from S3 operations to the files that do them.

use super::state::Shared;
use super::{attributes, bucket, copy, delete, list, multipart, object, parts};
use s3s::dto::*;
use s3s::{S3, S3Request, S3Response, S3Result};
use std::pin::Pin;
use std::sync::Arc;

/// What s3s calls once a request is parsed, authenticated and allowed.
pub struct Backend(pub Arc<Shared>);

/// Writes what `#[async_trait]` would make of `async fn name(&self, …) { work(&self.0, …).await }`.
macro_rules! operations {
    ($($name:ident($Input:ty) -> $Output:ty = $work:path;)*) => {
        impl S3 for Backend {
            $(fn $name<'a, 'b>(
                &'a self,
                request: S3Request<$Input>,
            ) -> Pin<Box<dyn Future<Output = S3Result<S3Response<$Output>>> + Send + 'b>>
            where
                'a: 'b,
                Self: 'b,
            {
                Box::pin(async move { $work(&self.0, request).await.map(S3Response::new) })
            })*
        }
    };
}

operations! {
    put_object(PutObjectInput) -> PutObjectOutput = object::put;
    get_object(GetObjectInput) -> GetObjectOutput = object::get;
    head_object(HeadObjectInput) -> HeadObjectOutput = object::head;
    get_object_attributes(GetObjectAttributesInput) -> GetObjectAttributesOutput = attributes::get;
    delete_object(DeleteObjectInput) -> DeleteObjectOutput = delete::one;
    delete_objects(DeleteObjectsInput) -> DeleteObjectsOutput = delete::many;
    list_objects_v2(ListObjectsV2Input) -> ListObjectsV2Output = list::objects;
    copy_object(CopyObjectInput) -> CopyObjectOutput = copy::object;
    upload_part_copy(UploadPartCopyInput) -> UploadPartCopyOutput = copy::part;
    create_multipart_upload(CreateMultipartUploadInput) -> CreateMultipartUploadOutput = multipart::create;
    upload_part(UploadPartInput) -> UploadPartOutput = multipart::upload;
    complete_multipart_upload(CompleteMultipartUploadInput) -> CompleteMultipartUploadOutput = multipart::complete;
    abort_multipart_upload(AbortMultipartUploadInput) -> AbortMultipartUploadOutput = multipart::abort;
    list_parts(ListPartsInput) -> ListPartsOutput = parts::list;
    list_multipart_uploads(ListMultipartUploadsInput) -> ListMultipartUploadsOutput = parts::uploads;
    create_bucket(CreateBucketInput) -> CreateBucketOutput = bucket::create;
    head_bucket(HeadBucketInput) -> HeadBucketOutput = bucket::head;
    get_bucket_location(GetBucketLocationInput) -> GetBucketLocationOutput = bucket::location;
    get_bucket_versioning(GetBucketVersioningInput) -> GetBucketVersioningOutput = bucket::versioning;
    put_bucket_versioning(PutBucketVersioningInput) -> PutBucketVersioningOutput = bucket::set_versioning;
}
