//! What a directory answers when rights are asked: no rights of a bucket protect it, whoever may write the folder may.

use super::Directory;
use crate::error::{Kind, Result};
use crate::flow::hash::Digest;
use crate::flow::key::{Key, probe};
use crate::store::attempt::{Answer, Attempt, Probed};
use crate::store::{Body, Read as _, Source, When, Write as _};

impl Attempt for Directory {
    fn name(&self) -> String {
        self.address.to_string()
    }

    fn unprotectable(&self) -> Option<&'static str> {
        Some("unprotectable (sandbox)")
    }

    fn exists(&self) -> Result<Answer> {
        Ok(answer(self.root.is_dir()))
    }

    fn can_read(&self, id: &str) -> Result<Answer> {
        Ok(answer(self.head(&probe(id)).is_ok()))
    }

    fn can_list(&self) -> Result<Answer> {
        Ok(answer(self.list(crate::flow::key::OWN, &mut |_| Ok(())).is_ok()))
    }

    fn can_write(&self, _: &str) -> Result<Answer> {
        // A file without a name: not even the folder of the bookkeeping is made.
        Ok(answer(tempfile::tempfile_in(&self.root).is_ok()))
    }

    fn can_delete(&self, id: &str) -> Result<Answer> {
        self.can_write(id)
    }

    fn versioned(&self) -> Result<Answer> {
        Ok(Answer::No)
    }
}

impl Probed for Directory {
    fn put_lying(&self, key: &Key, bytes: &[u8], claimed: Digest) -> Result<bool> {
        let body = Body { sha256: claimed, size: bytes.len() as u64, source: Source::Bytes(bytes) };
        match self.put(key, body, When::Always) {
            Ok(_) => Ok(false),
            Err(error) if matches!(error.kind, Kind::Integrity | Kind::User) => Ok(true),
            Err(error) => Err(error),
        }
    }
}

fn answer(yes: bool) -> Answer {
    if yes { Answer::Yes } else { Answer::No }
}
