//! What these credentials may do, found out without leaving a trace.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::BucketVersioningStatus;

use super::S3;
use super::fail::{Class, Failure};
use super::read::base64;
use super::sign::Precomputed;
use crate::error::Result;
use crate::flow::hash::Digest;
use crate::flow::key::Key;
use crate::store::attempt::{Answer, Attempt, Probed};

/// No object has it.
const IMPOSSIBLE: &str = "\"00000000000000000000000000000000\"";

impl Attempt for S3 {
    fn name(&self) -> String {
        self.address.to_string()
    }

    fn exists(&self) -> Result<Answer> {
        match self.first_key()? {
            Ok(_) => Ok(Answer::Yes),
            Err(failure) if matches!(failure.class, Class::NoBucket | Class::Absent) => Ok(Answer::No),
            Err(failure) if failure.class == Class::Denied => match self.bucket_is_there()? {
                Ok(()) => Ok(Answer::Yes),
                Err(failure) if failure.class == Class::NoBucket => Ok(Answer::No),
                Err(failure) => Err(self.error("look at", "", &failure)),
            },
            Err(failure) => Err(self.error("look at", "", &failure)),
        }
    }

    fn can_read(&self, id: &str) -> Result<Answer> {
        match self.first_byte(&self.path(&Key::new(id)))? {
            Err(failure) if failure.class == Class::Denied => {}
            answer => return self.answer("read", answer),
        }
        // Who may not list is told 403 for what is not there: an object that exists decides.
        match self.first_key()? {
            Ok(Some(path)) => self.first_byte(&path).and_then(|answer| self.answer("read", answer)),
            Ok(None) => Ok(Answer::Unknown("the bucket is empty".into())),
            Err(_) => Ok(Answer::Unknown("the bucket may not be listed, so no object is known to try it on".into())),
        }
    }

    fn can_list(&self) -> Result<Answer> {
        let listed = self.first_key()?.map(drop);
        self.answer("list", listed)
    }

    fn can_write(&self, id: &str) -> Result<Answer> {
        let path = self.path(&Key::new(id));
        let client = self.client()?;
        let begun =
            self.call(self.pace.idle, || client.create_multipart_upload().bucket(self.bucket()).key(&path).send());
        let begun = match begun {
            Ok(begun) => begun,
            Err(failure) => return self.answer("begin an upload to", Err(failure)),
        };
        let upload = begun.upload_id.unwrap_or_default();
        let ended = self.call(self.pace.idle, || {
            client.abort_multipart_upload().bucket(self.bucket()).key(&path).upload_id(&upload).send()
        });
        ended.map_err(|failure| self.error("give up the upload to", &path, &failure))?;
        Ok(Answer::Yes)
    }

    fn can_delete(&self, id: &str) -> Result<Answer> {
        let path = self.path(&Key::new(id));
        let client = self.client()?;
        let deleted = self.call(self.pace.idle, || {
            client.delete_object().bucket(self.bucket()).key(&path).if_match(IMPOSSIBLE).send()
        });
        match deleted {
            Ok(output) => {
                // A store that ignores the condition marks a name as deleted that never was: take the mark away.
                if let Some(version) = output.version_id().filter(|_| output.delete_marker() == Some(true)) {
                    let _ = self.call(self.pace.idle, || {
                        client.delete_object().bucket(self.bucket()).key(&path).version_id(version).send()
                    });
                }
                Ok(Answer::Yes)
            }
            Err(failure) => self.answer("delete from", Err(failure)),
        }
    }

    fn versioned(&self) -> Result<Answer> {
        let client = self.client()?;
        match self.call(self.pace.idle, || client.get_bucket_versioning().bucket(self.bucket()).send()) {
            Ok(output) if output.status() == Some(&BucketVersioningStatus::Enabled) => Ok(Answer::Yes),
            Ok(_) => Ok(Answer::No),
            Err(failure) if failure.class == Class::Denied => Ok(Answer::Unknown("it may not be asked".into())),
            Err(failure) if failure.class == Class::Unsupported => Ok(Answer::No),
            Err(failure) => Err(self.error("ask about versions of", "", &failure)),
        }
    }
}

impl Probed for S3 {
    fn put_lying(&self, key: &Key, bytes: &[u8], claimed: Digest) -> Result<bool> {
        let path = self.path(key);
        let client = self.client()?;
        let sent = self.call(self.pace.idle, || {
            let put = client.put_object().bucket(self.bucket()).key(&path).checksum_sha256(base64(&claimed));
            put.body(ByteStream::from(bytes.to_vec())).customize().interceptor(Precomputed(claimed)).send()
        });
        match sent {
            Ok(_) => Ok(false),
            Err(failure) if failure.class == Class::BadDigest || failure.status == Some(400) => Ok(true),
            Err(failure) => Err(self.error("probe", &path, &failure)),
        }
    }
}

impl S3 {
    fn first_key(&self) -> Result<Result<Option<String>, Failure>> {
        let client = self.client()?;
        let listed = self.call(self.pace.idle, || {
            client.list_objects_v2().bucket(self.bucket()).prefix(&self.prefix).max_keys(1).send()
        });
        Ok(listed.map(|page| page.contents().first().and_then(|object| object.key()).map(str::to_owned)))
    }

    /// Allowed is also what fails only after the store had agreed to it.
    fn answer(&self, tried: &str, sent: Result<(), Failure>) -> Result<Answer> {
        match sent {
            Ok(()) => Ok(Answer::Yes),
            Err(failure) => match failure.class {
                Class::Absent | Class::Unmet => Ok(Answer::Yes),
                Class::Denied => Ok(Answer::No),
                Class::Unsupported => Ok(Answer::Unknown("the store does not have this operation".into())),
                // An empty object has no first byte.
                _ if failure.status == Some(416) => Ok(Answer::Yes),
                _ => Err(self.error(tried, "", &failure)),
            },
        }
    }
}
