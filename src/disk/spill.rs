//! What does not fit in memory: written once to a scratch file, then read back whole.

use std::io::{Read as _, Seek as _};
use std::path::Path;

use tempfile::NamedTempFile;

use super::{effect, failed, scratch};
use crate::error::{Error, Result};

/// A scratch file that grows; it is removed when dropped.
pub struct Spill {
    file: NamedTempFile,
    size: u64,
}

impl Spill {
    /// An empty one in `dir`, which is made if need be.
    pub fn new(dir: &Path, name: &str) -> Result<Spill> {
        Ok(Spill { file: scratch::file(dir, name)?, size: 0 })
    }

    /// Refuses, before anything is written, what will not fit into `dir`, which is made if need be.
    pub fn room(dir: &Path, needs: u64) -> Result<()> {
        effect::create_dir_all(dir).map_err(|e| failed("make", dir, e))?;
        scratch::space(dir, needs)
            .map_err(|e| Error::user("there is no room for rows that have to wait").because(e.line()))
    }

    /// Adds to its end.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        effect::write_all(self.file.as_file(), bytes).map_err(|e| failed("write", self.file.path(), e))?;
        self.size += bytes.len() as u64;
        Ok(())
    }

    /// How much was written.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// All that was written; nothing can be added afterwards.
    pub fn read(self) -> Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(usize::try_from(self.size).unwrap_or(0));
        let mut file = self.file.as_file();
        let read = file.rewind().and_then(|()| file.read_to_end(&mut bytes));
        read.map_err(|e| failed("read", self.file.path(), e))?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_and_the_file_goes() {
        let dir = tempfile::tempdir().unwrap();
        let mut spill = Spill::new(dir.path(), "rows").unwrap();
        spill.write(b"one ").unwrap();
        spill.write(b"two").unwrap();
        assert_eq!(spill.size(), 7);
        assert_eq!(spill.read().unwrap(), b"one two");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_will_not_fit_is_refused_before_it_is_written() {
        let dir = tempfile::tempdir().unwrap();
        assert!(Spill::room(&dir.path().join("new"), 1).is_ok());
        let line = Spill::room(dir.path(), 1 << 60).unwrap_err().line();
        assert!(line.contains("needs 1024.0 PiB") && line.contains(&dir.path().display().to_string()), "{line}");
    }
}
