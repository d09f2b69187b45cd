//! A large file that arrives in pieces, in any order. What is there of it is written behind its end, so that a fetch
//! that was interrupted goes on; whoever uses it verifies it whole.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::aside::BUFFER;
use super::{effect, failed, scratch};
use crate::error::{Error, Result};
use crate::flow::hash::{Digest, Hasher};

/// What travels in one request.
pub const PIECE: u64 = 8 << 20;
/// How much may arrive before it is noted.
const NOTED: u64 = 1 << 20;
/// How much is written before it is brought to the disk.
const ALONG: u64 = 64 << 20;
/// A count for each piece, little-endian.
const COUNT: usize = 4;

/// The file, locked for this process.
pub struct Partial {
    path: PathBuf,
    file: File,
    size: u64,
    /// Stays when this is dropped.
    kept: bool,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    /// How many bytes of each piece are there, from its start.
    counts: Vec<u32>,
    given_up: bool,
}

/// What is missing of one piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The number of the piece.
    pub piece: usize,
    /// From where in the file.
    pub offset: u64,
    /// Bytes.
    pub length: u64,
}

impl Partial {
    /// The file at `path`, with what an earlier process left in it; while another one works on it, a file for this
    /// process alone.
    pub fn open(path: &Path, size: u64) -> Result<Self> {
        let dir = super::folder(path);
        effect::create_dir_all(dir).map_err(|e| failed("make", dir, e))?;
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(false);
        let file = effect::open(&options, path).map_err(|e| failed("open", path, e))?;
        match file.try_lock() {
            // Its last owner may have given it another name meanwhile.
            Ok(()) if is_named(&file, path) => return Partial::of(path.to_owned(), file, size, true),
            Ok(()) | Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(e)) => return Err(failed("lock", path, e)),
        }
        let (file, path) = scratch::file(dir, "fetch")?.keep().map_err(|e| failed("write", path, e.error))?;
        Partial::of(path, file, size, false)
    }

    fn of(path: PathBuf, file: File, size: u64, kept: bool) -> Result<Self> {
        let state = Mutex::new(State { counts: Vec::new(), given_up: false });
        let partial = Partial { path, file, size, kept, state, changed: Condvar::new() };
        let found = partial.noted().map_err(|e| failed("read", &partial.path, e))?;
        match found {
            Some(counts) => partial.state().counts = counts,
            None => partial.reset()?,
        }
        Ok(partial)
    }

    /// Where it lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes of the whole.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The file itself.
    #[must_use]
    pub fn file(&self) -> &File {
        &self.file
    }

    fn pieces(&self) -> usize {
        usize::try_from(self.size.div_ceil(PIECE)).unwrap_or(usize::MAX)
    }

    fn length(&self, piece: usize) -> u64 {
        PIECE.min(self.size - piece as u64 * PIECE)
    }

    /// What the end of the file says; `None` if it is not ours or not whole.
    fn noted(&self) -> io::Result<Option<Vec<u32>>> {
        let pieces = self.pieces();
        if self.file.metadata()?.len() != self.size + (pieces * COUNT) as u64 {
            return Ok(None);
        }
        let mut bytes = vec![0; pieces * COUNT];
        read_exact_at(&self.file, &mut bytes, self.size)?;
        let counts = bytes.chunks_exact(COUNT).map(|c| u32::from_le_bytes([c[0], c[1], c[2], c[3]]));
        let counts: Vec<u32> = counts.collect();
        let legal = counts.iter().enumerate().all(|(piece, count)| u64::from(*count) <= self.length(piece));
        Ok(legal.then_some(counts))
    }

    /// From the start, with nothing.
    pub fn reset(&self) -> Result<()> {
        let write = |e| failed("write", &self.path, e);
        let pieces = self.pieces();
        effect::set_len(&self.file, 0).map_err(write)?;
        effect::set_len(&self.file, self.size + (pieces * COUNT) as u64).map_err(write)?;
        *self.state() = State { counts: vec![0; pieces], given_up: false };
        Ok(())
    }

    /// How many bytes are there.
    #[must_use]
    pub fn there(&self) -> u64 {
        self.state().counts.iter().map(|count| u64::from(*count)).sum()
    }

    /// What is missing, in the order of the file.
    #[must_use]
    pub fn missing(&self) -> Vec<Gap> {
        let state = self.state();
        let gaps = state.counts.iter().enumerate().map(|(piece, count)| {
            let count = u64::from(*count);
            Gap { piece, offset: piece as u64 * PIECE + count, length: self.length(piece) - count }
        });
        gaps.filter(|gap| gap.length > 0).collect()
    }

    /// Takes the next bytes of a piece, from its start on.
    pub fn take(&self, piece: usize, bytes: &[u8]) -> Result<()> {
        let write = |e| failed("write", &self.path, e);
        let count = u64::from(self.state().counts[piece]);
        let length = self.length(piece);
        if count + bytes.len() as u64 > length {
            return Err(Error::bug(format!("{} bytes too many in a piece", count + bytes.len() as u64 - length)));
        }
        effect::write_all_at(&self.file, bytes, piece as u64 * PIECE + count).map_err(write)?;
        let now = count + bytes.len() as u64;
        let word = u32::try_from(now).expect("a piece is shorter than 4 GiB");
        if now == length || now / NOTED > count / NOTED {
            let at = self.size + (piece * COUNT) as u64;
            effect::write_all_at(&self.file, &word.to_le_bytes(), at).map_err(write)?;
        }
        self.state().counts[piece] = word;
        if now == length {
            self.changed.notify_all();
        }
        Ok(())
    }

    /// The digest of the whole, made while it arrives; `None` if it was given up.
    pub fn digest(&self) -> Result<Option<Digest>> {
        let mut hasher = Hasher::default();
        let mut buffer = vec![0; BUFFER];
        for piece in 0..self.pieces() {
            if !self.wait(piece) {
                return Ok(None);
            }
            let (mut at, end) = (piece as u64 * PIECE, piece as u64 * PIECE + self.length(piece));
            while at < end {
                let most = usize::try_from(end - at).unwrap_or(BUFFER).min(BUFFER);
                read_exact_at(&self.file, &mut buffer[..most], at).map_err(|e| failed("read", &self.path, e))?;
                hasher.update(&buffer[..most]);
                at += most as u64;
            }
        }
        Ok(Some(hasher.finish()))
    }

    /// Waits for a piece; false if nobody brings it any more.
    fn wait(&self, piece: usize) -> bool {
        let mut state = self.state();
        while !state.given_up {
            if u64::from(state.counts[piece]) == self.length(piece) {
                return true;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        false
    }

    /// Nothing more comes.
    pub fn give_up(&self) {
        self.state().given_up = true;
        self.changed.notify_all();
    }

    /// Brings to the disk what has arrived, again and again until all has: the sync at the end then has little to do.
    pub fn settle_along(&self) -> Result<()> {
        let mut settled = 0;
        loop {
            let mut state = self.state();
            let whole = |state: &State| state.counts.iter().map(|count| u64::from(*count)).sum::<u64>();
            while !state.given_up && whole(&state) < self.size.min(settled + ALONG) {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            settled = whole(&state);
            if state.given_up || settled == self.size {
                return Ok(());
            }
            drop(state);
            effect::sync_data(&self.file).map_err(|e| failed("write", &self.path, e))?;
        }
    }

    /// The file as it is wanted. Whoever gives it to people makes it safe on disk.
    pub fn finish(&self) -> Result<()> {
        effect::set_len(&self.file, self.size).map_err(|e| failed("write", &self.path, e))
    }

    /// It is of no use any more.
    pub fn discard(mut self) {
        self.kept = false;
    }

    /// It has another name now.
    pub(super) fn moved(mut self) {
        self.kept = true;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if !self.kept {
            scratch::discard(&self.path);
        }
    }
}

fn is_named(file: &File, path: &Path) -> bool {
    let Ok(there) = std::fs::metadata(path) else { return false };
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        file.metadata().is_ok_and(|own| (own.dev(), own.ino()) == (there.dev(), there.ino()))
    }
    #[cfg(not(unix))]
    {
        let _ = file;
        there.is_file()
    }
}

#[cfg(unix)]
fn read_exact_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, offset)
}

#[cfg(windows)]
fn read_exact_at(file: &File, mut bytes: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, bytes, offset)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => (bytes, offset) = (&mut bytes[read..], offset + read as u64),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: u64 = PIECE + 3 * NOTED + 17;

    fn content() -> Vec<u8> {
        (0..SIZE).map(|n| ((n * 31) >> 9) as u8).collect()
    }

    fn bring(partial: &Partial, gap: Gap, most: usize) {
        let all = content();
        let part = &all[gap.offset as usize..(gap.offset + gap.length) as usize];
        for bytes in part[..most.min(part.len())].chunks(BUFFER) {
            partial.take(gap.piece, bytes).unwrap();
        }
    }

    #[test]
    fn pieces_come_in_any_order_and_what_was_noted_is_there_the_next_time() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("incoming/x.part");
        let partial = Partial::open(&path, SIZE).unwrap();
        let gaps = partial.missing();
        assert_eq!(gaps.iter().map(|gap| gap.length).collect::<Vec<_>>(), [PIECE, 3 * NOTED + 17]);
        bring(&partial, gaps[1], usize::MAX);
        bring(&partial, gaps[0], 2 * NOTED as usize + BUFFER);
        drop(partial);
        let partial = Partial::open(&path, SIZE).unwrap();
        assert_eq!(partial.missing(), [Gap { piece: 0, offset: 2 * NOTED, length: PIECE - 2 * NOTED }]);
        std::thread::scope(|scope| {
            let digest = scope.spawn(|| partial.digest().unwrap());
            bring(&partial, partial.missing()[0], usize::MAX);
            assert_eq!(digest.join().unwrap(), Some(Digest::of(&content())));
        });
        partial.finish().unwrap();
        assert!(std::fs::read(&path).unwrap() == content());
    }

    #[test]
    fn two_processes_do_not_share_one_and_the_second_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.part");
        let first = Partial::open(&path, SIZE).unwrap();
        let second = Partial::open(&path, SIZE).unwrap();
        assert_ne!(first.path(), second.path());
        drop(second);
        first.discard();
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_is_not_ours_or_says_too_much_is_begun_anew() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.part");
        let mut lie = vec![0; SIZE as usize];
        lie.extend(u32::try_from(PIECE + 1).unwrap().to_le_bytes());
        lie.extend([0; 4]);
        for found in [b"short".to_vec(), vec![7; SIZE as usize + 9], lie] {
            std::fs::write(&path, found).unwrap();
            assert_eq!(Partial::open(&path, SIZE).unwrap().there(), 0);
        }
    }

    #[test]
    fn one_that_is_given_up_has_no_digest_and_takes_no_byte_too_many() {
        let dir = tempfile::tempdir().unwrap();
        let partial = Partial::open(&dir.path().join("x.part"), SIZE).unwrap();
        assert!(partial.take(1, &vec![0; 3 * NOTED as usize + 18]).is_err());
        partial.give_up();
        assert_eq!(partial.digest().unwrap(), None);
    }
}
