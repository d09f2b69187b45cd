//! Bytes on their way in: hashed while they are written, refused when they are not what was said.

use std::fs::File;
use std::io::{self, Read as _, Seek as _};

use tempfile::NamedTempFile;

use super::super::{Body, CopySource, Head, Pin, Source};
use super::path;
use crate::disk::hash::changed;
use crate::disk::{effect, failed, folder};
use crate::error::{Error, Result};
use crate::flow::address::Address;
use crate::flow::hash::{Digest, Hasher};

const BUFFER: usize = 256 << 10;

/// Writes the body at the file's position.
pub(super) fn write(body: &Body<'_>, to: &mut File, trouble: &dyn Fn(io::Error) -> Error) -> Result<()> {
    match body.source {
        Source::Bytes(bytes) => {
            let found = Digest::of(bytes);
            if found != body.sha256 || bytes.len() as u64 != body.size {
                let said = format!("{} bytes with {found}, said to be {} with {}", bytes.len(), body.size, body.sha256);
                return Err(Error::integrity(said));
            }
            effect::write_all(to, bytes).map_err(trouble)
        }
        Source::File(from, offset) => {
            let read = |e| failed("read", from, e);
            let mut file = File::open(from).map_err(read)?;
            file.seek(io::SeekFrom::Start(offset)).map_err(read)?;
            let (count, found) = stream(&mut file.take(body.size), to, &read, trouble)?;
            if found == body.sha256 && count == body.size { Ok(()) } else { Err(changed(from)) }
        }
    }
}

/// Copies until the end; reading and writing fail differently.
fn stream(
    from: &mut dyn io::Read,
    to: &mut dyn io::Write,
    read: &dyn Fn(io::Error) -> Error,
    write: &dyn Fn(io::Error) -> Error,
) -> Result<(u64, Digest)> {
    let mut hasher = Hasher::default();
    let mut buffer = vec![0; BUFFER];
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return Ok((hasher.count(), hasher.finish())),
            Ok(n) => {
                hasher.update(&buffer[..n]);
                effect::write_all(&mut *to, &buffer[..n]).map_err(write)?;
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(read(e)),
        }
    }
}

/// The pinned object of a copy, as it is now.
pub(super) fn source_head(source: &CopySource<'_>) -> Result<Head> {
    let head = source.bucket.head(source.key)?.ok_or_else(|| gone(source))?;
    if *source.pin != Pin::default() && head.pin != *source.pin {
        return Err(Error::conflict(format!(
            "{} in {} was replaced since it was looked at",
            source.key,
            source.bucket.address()
        )));
    }
    Ok(head)
}

fn gone(source: &CopySource<'_>) -> Error {
    Error::store(format!("{} is not in {}", source.key, source.bucket.address()))
}

/// Copies the pinned object or its range to the file's position, and says what went through.
pub(super) fn pour(source: &CopySource<'_>, size: u64, to: &mut File) -> Result<(u64, Digest)> {
    let read = |e: io::Error| Error::store(format!("cannot read {}", source.key)).because(e);
    let write = |e: io::Error| Error::store(format!("cannot copy {}", source.key)).because(e);
    let mut from = source.bucket.open(source.key, source.range, Some(source.pin))?.ok_or_else(|| gone(source))?;
    let (count, found) = stream(&mut from, to, &read, &write)?;
    if count != size {
        return Err(Error::store(format!("{} ended after {count} of {size} bytes", source.key)));
    }
    Ok((count, found))
}

/// A temporary file with the pinned object: by reflink or inside the kernel if it is a file too, else as a stream.
pub(super) fn copy(source: &CopySource<'_>, mut temp: NamedTempFile) -> Result<NamedTempFile> {
    let head = source_head(source)?;
    let write = |e: io::Error| Error::store(format!("cannot copy {}", source.key)).because(e);
    let (offset, size) = source.range.unwrap_or((0, head.size));
    if !matches!(source.bucket.address(), Address::Directory { .. }) {
        pour(source, size, temp.as_file_mut())?;
        return Ok(temp);
    }
    let link = source.bucket.link(source.key, 0)?;
    let from = path::of_url(&link).ok_or_else(|| Error::bug(format!("{link} is no file URL")))?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".copy.").suffix(".tmp");
    let clone = match source.range {
        None => effect::clone(&builder, &from, folder(temp.path()), None),
        Some(_) => Err(io::ErrorKind::Unsupported.into()),
    };
    match clone {
        Ok(clone) => temp = clone,
        Err(_) => {
            let mut file = File::open(&from).map_err(write)?;
            file.seek(io::SeekFrom::Start(offset)).map_err(write)?;
            let count = effect::copy(&mut file.take(size), temp.as_file_mut()).map_err(write)?;
            if count != size {
                return Err(Error::store(format!("{} ended after {count} of {size} bytes", source.key)));
            }
        }
    }
    // Replaced while it was copied?
    if source_head(source)?.pin != head.pin {
        return Err(Error::conflict(format!("{} was replaced while it was copied", source.key)));
    }
    Ok(temp)
}
