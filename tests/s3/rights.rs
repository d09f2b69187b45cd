//! Who may do what: keys with rights per bucket, checked where s3s asks and where a copy names its source.

use super::state::Shared;
use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::{Credentials as Proven, S3Auth, SecretKey};
use s3s::path::S3Path;
use s3s::{S3Result, s3_error};
use std::pin::Pin;
use std::sync::Arc;

/// What a key may do in one bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rights {
    /// GetObject, HeadObject.
    pub read: bool,
    /// Listing objects and uploads, HeadBucket. Without it, what is not there answers 403.
    pub list: bool,
    /// Everything that adds.
    pub write: bool,
    /// DeleteObject of any key.
    pub delete: bool,
    /// DeleteObject of keys that begin with one of these.
    pub delete_under: &'static [&'static str],
    /// CreateBucket, PutBucketVersioning.
    pub admin: bool,
}

impl Rights {
    /// Nothing.
    pub const NONE: Rights =
        Rights { read: false, list: false, write: false, delete: false, delete_under: &[], admin: false };
    /// Read and list.
    pub const READ: Rights = Rights { read: true, list: true, ..Rights::NONE };
    /// Read, list and add; never delete.
    pub const ADD: Rights = Rights { write: true, ..Rights::READ };
    /// Read, list, write and delete: R2's "Object Read & Write".
    pub const READ_WRITE: Rights = Rights { delete: true, ..Rights::ADD };
    /// All of it.
    pub const ALL: Rights = Rights { admin: true, ..Rights::READ_WRITE };

    /// Whether this key may be deleted.
    pub fn may_delete(&self, key: &str) -> bool {
        self.delete || self.delete_under.iter().any(|prefix| key.starts_with(prefix))
    }
}

/// An access key and its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// `AWS_ACCESS_KEY_ID`
    pub access_key: String,
    /// `AWS_SECRET_ACCESS_KEY`
    pub secret: String,
}

impl Credentials {
    /// What a program needs in its environment to use this key; endpoint and buckets are its settings.
    pub fn environment(&self) -> [(&'static str, &str); 4] {
        [
            ("AWS_ACCESS_KEY_ID", &self.access_key),
            ("AWS_SECRET_ACCESS_KEY", &self.secret),
            ("AWS_REGION", super::REGION),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ]
    }
}

/// The rights of the sender of a request, `None` meaning nobody, in `bucket`.
pub fn of(shared: &Shared, sender: Option<&Proven>, bucket: &str) -> Rights {
    let state = shared.state();
    match sender {
        Some(proven) => state.keys.get(&proven.access_key).map(|key| key.rights(bucket)).unwrap_or_default(),
        None if state.buckets.get(bucket).is_some_and(|bucket| bucket.public) => {
            Rights { read: true, list: shared.mode.public_says_absent(), ..Rights::NONE }
        }
        None => Rights::NONE,
    }
}

/// Looks up secrets for s3s.
pub struct Auth(pub Arc<Shared>);

impl S3Auth for Auth {
    fn get_secret_key<'a, 'b, 'c>(
        &'a self,
        access_key: &'b str,
    ) -> Pin<Box<dyn Future<Output = S3Result<SecretKey>> + Send + 'c>>
    where
        'a: 'c,
        'b: 'c,
        Self: 'c,
    {
        Box::pin(async move {
            let state = self.0.state();
            let key = state.keys.get(access_key);
            let unknown = || s3_error!(InvalidAccessKeyId, "The AWS Access Key Id you provided does not exist.");
            key.map(|key| SecretKey::from(key.secret.clone())).ok_or_else(unknown)
        })
    }
}

/// Refuses what the sender has no right to do.
pub struct Access(pub Arc<Shared>);

impl S3Access for Access {
    fn check<'a, 'b, 'c, 'd>(
        &'a self,
        context: &'b mut S3AccessContext<'c>,
    ) -> Pin<Box<dyn Future<Output = S3Result<()>> + Send + 'd>>
    where
        'a: 'd,
        'b: 'd,
        'c: 'd,
        Self: 'd,
    {
        Box::pin(async move {
            let (bucket, key) = match context.s3_path() {
                S3Path::Root => ("", ""),
                S3Path::Bucket { bucket } => (&**bucket, ""),
                S3Path::Object { bucket, key } => (&**bucket, &**key),
            };
            let rights = of(&self.0, context.credentials(), bucket);
            let operation = context.s3_op().name();
            let public = context.credentials().is_none() && !matches!(operation, "GetObject" | "HeadObject");
            if !public && allowed(operation, &rights, key) {
                Ok(())
            } else {
                Err(s3_error!(AccessDenied, "Access Denied"))
            }
        })
    }
}

fn allowed(operation: &str, rights: &Rights, key: &str) -> bool {
    match operation {
        "GetObject" | "HeadObject" | "GetObjectAttributes" => rights.read,
        "ListObjects"
        | "ListObjectsV2"
        | "ListMultipartUploads"
        | "HeadBucket"
        | "GetBucketLocation"
        | "GetBucketVersioning" => rights.list,
        "PutObject"
        | "CopyObject"
        | "CreateMultipartUpload"
        | "UploadPart"
        | "UploadPartCopy"
        | "ListParts"
        | "CompleteMultipartUpload"
        | "AbortMultipartUpload" => rights.write,
        "DeleteObject" => rights.may_delete(key),
        // Its answer says per key what was refused.
        "DeleteObjects" => rights.delete || rights.write || !rights.delete_under.is_empty(),
        _ => rights.admin,
    }
}
