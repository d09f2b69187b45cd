//! The bytes of a text file: unpacked, and in UTF-8 if the file says which Unicode it is in.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::utf16::Utf16;
use crate::disk::{failed, file, stat};
use crate::error::{Error, Result};
use crate::flow::text::Untrusted;

/// What unpacks to more than so many times its size is not a table but an attack.
const RATIO: u64 = 200;
/// So much may come out of the first bytes, whatever their number.
const SLACK: u64 = 1 << 20;

/// How a file is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// Not at all.
    Plain,
    /// As `gzip` does.
    Gzip,
    /// As `zstd` does.
    Zstd,
}

/// The encoding of a text, where its first bytes say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, or another one that extends ASCII.
    Bytes,
    /// UTF-8 with a mark in front.
    Marked,
    /// UTF-16; `true` is big-endian.
    Utf16(bool),
}

/// A file that can be read from its start as often as needed.
pub struct Input {
    path: PathBuf,
    name: String,
    /// How it is packed.
    pub packing: Packing,
    /// What its first bytes say of its encoding.
    pub encoding: Encoding,
    /// Its size as it lies there.
    pub size: u64,
}

impl Input {
    /// Looks at the first bytes of a file that people know by a name.
    pub fn new(path: &Path, name: &str) -> Result<Input> {
        let size = stat::Stat::of(path)?.size;
        let (path, name) = (path.to_owned(), name.to_owned());
        let mut input = Input { path, name, packing: Packing::Plain, encoding: Encoding::Bytes, size };
        let first = input.first(4)?;
        input.packing = match first.as_slice() {
            [0x1f, 0x8b, ..] => Packing::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd] => Packing::Zstd,
            _ => Packing::Plain,
        };
        input.encoding = match input.first(3)?.as_slice() {
            [0xef, 0xbb, 0xbf] => Encoding::Marked,
            [0xff, 0xfe, ..] => Encoding::Utf16(false),
            [0xfe, 0xff, ..] => Encoding::Utf16(true),
            _ => Encoding::Bytes,
        };
        Ok(input)
    }

    /// The name by which people know it.
    #[must_use]
    pub fn name(&self) -> Untrusted<'_> {
        Untrusted(&self.name)
    }

    /// About how many bytes its content is.
    #[must_use]
    pub fn content(&self) -> u64 {
        // Text of tables packs to an eighth or so.
        self.size.saturating_mul(if self.packing == Packing::Plain { 1 } else { 8 })
    }

    /// The content from its start.
    pub fn open(&self) -> Result<Box<dyn Read>> {
        let file = file::open(&self.path)?;
        let unpacked: Box<dyn Read> = match self.packing {
            Packing::Plain => Box::new(file),
            Packing::Gzip => Box::new(
                Bounded::new(file, |file| Ok(flate2::read::MultiGzDecoder::new(file))).map_err(|e| self.failed(e))?,
            ),
            Packing::Zstd => Box::new(Bounded::new(file, zstd::Decoder::new).map_err(|e| self.failed(e))?),
        };
        let mark = |mut from: Box<dyn Read>, length: usize| {
            from.read_exact(&mut [0; 3][..length]).map_err(|e| self.failed(e)).map(|()| from)
        };
        match self.encoding {
            Encoding::Bytes => Ok(unpacked),
            Encoding::Marked => mark(unpacked, 3),
            Encoding::Utf16(big) => Ok(Box::new(Utf16::new(mark(unpacked, 2)?, big))),
        }
    }

    /// The first bytes of the content, as many as there are up to `most`.
    pub fn first(&self, most: u64) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.open()?.take(most).read_to_end(&mut bytes).map_err(|e| self.failed(e))?;
        Ok(bytes)
    }

    /// What the system, or an unpacker, says of the file.
    pub fn failed(&self, source: io::Error) -> Error {
        failed("read", &self.path, source)
    }
}

/// Counts what goes into an unpacker.
struct Counted {
    file: File,
    read: std::rc::Rc<std::cell::Cell<u64>>,
}

impl Read for Counted {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(bytes)?;
        self.read.set(self.read.get() + read as u64);
        Ok(read)
    }
}

/// An unpacker that stops when much too much comes out of it.
struct Bounded<R> {
    inner: R,
    read: std::rc::Rc<std::cell::Cell<u64>>,
    out: u64,
}

impl<R: Read> Bounded<R> {
    fn new(file: File, unpack: impl FnOnce(Counted) -> io::Result<R>) -> io::Result<Bounded<R>> {
        let read = std::rc::Rc::new(std::cell::Cell::new(0));
        let inner = unpack(Counted { file, read: std::rc::Rc::clone(&read) })?;
        Ok(Bounded { inner, read, out: 0 })
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(bytes)?;
        self.out += read as u64;
        if self.out > SLACK + self.read.get().saturating_mul(RATIO) {
            return Err(io::Error::other(format!("it unpacks to more than {RATIO} times its size")));
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn content(bytes: &[u8]) -> Result<String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.csv");
        file::append(&path, bytes).unwrap();
        let input = Input::new(&path, "a.csv")?;
        Ok(format!("{:?} {:?} {:?}", input.packing, input.encoding, String::from_utf8_lossy(&input.first(100)?)))
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        packed.write_all(bytes).unwrap();
        packed.finish().unwrap()
    }

    #[test]
    fn text_comes_out_whatever_it_is_packed_in() {
        assert_eq!(content(b"a,b\n").unwrap(), "Plain Bytes \"a,b\\n\"");
        assert_eq!(content(b"\xef\xbb\xbfa,b\n").unwrap(), "Plain Marked \"a,b\\n\"");
        assert_eq!(content(b"\xff\xfea\0,\0").unwrap(), "Plain Utf16(false) \"a,\"");
        assert_eq!(content(b"\xfe\xff\0a\0,").unwrap(), "Plain Utf16(true) \"a,\"");
        assert_eq!(content(&gzip(b"\xef\xbb\xbfa")).unwrap(), "Gzip Marked \"a\"");
        assert_eq!(content(&zstd::encode_all(&b"a,b\n"[..], 3).unwrap()).unwrap(), "Zstd Bytes \"a,b\\n\"");
        assert_eq!(content(b"").unwrap(), "Plain Bytes \"\"");
    }

    #[test]
    fn a_bomb_is_stopped() {
        let dir = tempfile::tempdir().unwrap();
        let zeros = vec![b'0'; 64 << 20];
        for (name, bomb) in [("a.gz", gzip(&zeros)), ("a.zst", zstd::encode_all(&zeros[..], 3).unwrap())] {
            let path = dir.path().join(name);
            file::append(&path, &bomb).unwrap();
            let error = Input::new(&path, "a.csv").unwrap().first(u64::MAX).unwrap_err();
            assert!(error.line().ends_with("(it unpacks to more than 200 times its size)"), "{}", error.line());
        }
    }

    #[test]
    fn what_is_cut_off_is_said() {
        let whole = gzip(&(0..1000_u32).flat_map(|n| n.to_string().into_bytes()).collect::<Vec<_>>());
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.csv.gz");
        file::append(&path, &whole[..whole.len() / 2]).unwrap();
        assert!(Input::new(&path, "a.csv").unwrap().first(u64::MAX).is_err());
    }
}
