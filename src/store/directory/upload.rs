//! Uploads in parts. Parts of a legal part size go straight to their place in the file that becomes the object;
//! others lie in files of their own. A part counts when its record names it.

use std::fs::{self, File};
use std::io::{self, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use super::super::{Outcome, Part, Upload, When};
use super::claim::{links, unique};
use super::{Directory, seconds};
use crate::disk::{effect, hash};
use crate::error::{Error, Result};
use crate::flow::hash::Digest;
use crate::flow::key::Key;
use crate::flow::part;

/// A part and where its bytes are.
pub(super) struct Record {
    pub(super) part: Part,
    file: String,
    offset: u64,
}

/// Writes a part's bytes at the file's position and says how many with which digest.
type Fill<'a> = &'a mut dyn FnMut(&mut File) -> Result<(u64, Digest)>;

impl Directory {
    fn dir(&self, upload: &Upload) -> Result<PathBuf> {
        let dir = self.side("uploads").join(&upload.id);
        let plain = !upload.id.is_empty() && upload.id.bytes().all(|b| b.is_ascii_hexdigit());
        if plain && fs::read_to_string(dir.join("key")).is_ok_and(|key| key == upload.key.as_str()) {
            return Ok(dir);
        }
        self.there()?;
        Err(Error::conflict(format!("the upload {} of {} is not in {}", upload.id, upload.key, self.address)))
    }

    pub(super) fn begin_upload(&self, key: &Key) -> Result<Upload> {
        self.path(key)?;
        self.there()?;
        let failed = |e| self.failed("begin an upload of", key, e);
        let id = unique();
        let all = self.side("uploads");
        let new = all.join(format!("new-{id}"));
        effect::create_dir_all(&new).map_err(failed)?;
        effect::write(&new.join("key"), key.as_str().as_bytes()).map_err(failed)?;
        let meta = fs::metadata(new.join("key")).map_err(failed)?;
        effect::rename(&new, &all.join(&id)).map_err(failed)?;
        Ok(Upload { key: key.clone(), id, started: seconds(&meta) })
    }

    pub(super) fn write_part(&self, upload: &Upload, number: u32, size: u64, fill: Fill<'_>) -> Result<Part> {
        let dir = self.dir(upload)?;
        let failed = |e| self.failed("write a part of", &upload.key, e);
        if number == 0 {
            return Err(Error::bug("parts count from 1"));
        }
        let (file, offset) = if legal(size) {
            (format!("data-{size}"), u64::from(number - 1) * size)
        } else {
            (format!("part-{number}-{}", unique()), 0)
        };
        let record = dir.join(format!("record-{number}"));
        // What is about to be overwritten counts no more.
        remove(&record).map_err(failed)?;
        let path = dir.join(&file);
        let mut to = effect::open(File::options().write(true).create(true).truncate(false), &path).map_err(failed)?;
        if links(&path) > 1 {
            return Err(Error::conflict(format!("the upload {} of {} was completed", upload.id, upload.key)));
        }
        to.seek(SeekFrom::Start(offset)).map_err(failed)?;
        let (size, sha256) = fill(&mut to)?;
        drop(to);
        let temp = self.temp()?;
        effect::write_all(temp.as_file(), format!("{size} {sha256} {offset} {file}").as_bytes()).map_err(failed)?;
        effect::persist(temp, &record).map_err(|e| failed(e.error))?;
        self.remember(&mark(upload, number, &sha256), true);
        Ok(Part { number, size, etag: sha256.hex(), sha256: Some(sha256) })
    }

    pub(super) fn records(&self, upload: &Upload) -> Result<Vec<Record>> {
        let dir = self.dir(upload)?;
        let failed = |e| self.failed("list the parts of", &upload.key, e);
        let mut records = Vec::new();
        for entry in fs::read_dir(&dir).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name();
            let number = name.to_str().and_then(|name| name.strip_prefix("record-")?.parse().ok());
            let Some(number) = number else { continue };
            // One that is being replaced is not there for a moment.
            let Ok(text) = fs::read_to_string(dir.join(&name)) else { continue };
            records.extend(record(number, &text));
        }
        records.sort_by_key(|record| record.part.number);
        Ok(records)
    }

    pub(super) fn complete_upload(
        &self,
        upload: &Upload,
        parts: &[Part],
        size: u64,
        when: When<'_>,
    ) -> Result<Outcome> {
        let path = self.path(&upload.key)?;
        let dir = self.dir(upload)?;
        let records = self.chosen(upload, parts, size)?;
        let failed = |e| self.failed("complete", &upload.key, e);
        for record in &records {
            self.prove(upload, &dir, record)?;
        }
        let data = assemble(&dir, &records, size).map_err(failed)?;
        let file = effect::open(File::options().write(true), &data).map_err(failed)?;
        effect::sync(&file).map_err(failed)?;
        drop(file);
        let outcome = self.settle(&upload.key, &data, &path, when)?;
        if matches!(outcome, Outcome::Stored(_)) {
            for record in &records {
                self.remember(&mark(upload, record.part.number, &digest(record)), false);
            }
            self.abort_upload(upload)?;
        }
        Ok(outcome)
    }

    /// The records of the parts that are to make the object.
    fn chosen(&self, upload: &Upload, parts: &[Part], size: u64) -> Result<Vec<Record>> {
        let refuse = |why: String| Err(Error::store(format!("cannot complete {}: {why}", upload.key)));
        if parts.is_empty() || !parts.is_sorted_by(|a, b| a.number < b.number) {
            return refuse("its parts are not in order".to_owned());
        }
        let mut records = self.records(upload)?;
        records.retain(|record| parts.iter().any(|part| part.number == record.part.number));
        for part in parts {
            let held = records.iter().find(|record| record.part.number == part.number);
            if !held.is_some_and(|held| held.part.etag == part.etag && held.part.size == part.size) {
                return refuse(format!("part {} is not the one that was sent", part.number));
            }
        }
        let total: u64 = parts.iter().map(|part| part.size).sum();
        if total == size { Ok(records) } else { refuse(format!("its parts are {total} bytes, not {size}")) }
    }

    /// A part from before a restart may have lost its bytes with the power, though its record lived.
    fn prove(&self, upload: &Upload, dir: &Path, record: &Record) -> Result<()> {
        if self.remembers(&mark(upload, record.part.number, &digest(record))) {
            return Ok(());
        }
        let failed = |e| self.failed("read a part of", &upload.key, e);
        let mut file = File::open(dir.join(&record.file)).map_err(failed)?;
        file.seek(SeekFrom::Start(record.offset)).map_err(failed)?;
        let found = hash::stream(&mut io::Read::take(file, record.part.size)).map_err(failed)?;
        if found == (digest(record), record.part.size) {
            return Ok(());
        }
        remove(&dir.join(format!("record-{}", record.part.number))).map_err(failed)?;
        Err(Error::store(format!("part {} of {} was lost: send it again", record.part.number, upload.key)))
    }

    fn remember(&self, mark: &str, yes: bool) {
        if let Ok(mut written) = self.written.lock() {
            if yes {
                written.insert(mark.to_owned())
            } else {
                written.remove(mark)
            };
        }
    }

    fn remembers(&self, mark: &str) -> bool {
        self.written.lock().is_ok_and(|written| written.contains(mark))
    }

    pub(super) fn abort_upload(&self, upload: &Upload) -> Result<()> {
        let Ok(dir) = self.dir(upload) else { return self.there() };
        // Without its key it is no upload any more, even if the rest cannot be removed now.
        let mut done = remove(&dir.join("key"));
        for _ in 0..10 {
            done = match effect::remove_dir_all(&dir) {
                Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
                done => done,
            };
            if done.is_ok() {
                break;
            }
        }
        done.map_err(|e| self.failed("abort an upload of", &upload.key, e))
    }

    pub(super) fn unfinished(&self, prefix: &str) -> Result<Vec<Upload>> {
        self.there()?;
        let all = self.side("uploads");
        let failed = |e| self.failed("list", &"the uploads", e);
        let entries = match fs::read_dir(&all) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(failed)?,
        };
        let mut found = Vec::new();
        for entry in entries {
            let entry = entry.map_err(failed)?;
            let key = entry.path().join("key");
            let (Ok(id), Ok(text), Ok(meta)) =
                (entry.file_name().into_string(), fs::read_to_string(&key), fs::metadata(&key))
            else {
                continue;
            };
            if text.starts_with(prefix) && !id.starts_with("new-") {
                found.push(Upload { key: Key::new(text), id, started: seconds(&meta) });
            }
        }
        found.sort_by(|a, b| (&a.key, a.started, &a.id).cmp(&(&b.key, b.started, &b.id)));
        Ok(found)
    }
}

/// 8 MiB × 2^k.
fn legal(size: u64) -> bool {
    size.is_multiple_of(part::SMALLEST) && (size / part::SMALLEST).is_power_of_two()
}

fn mark(upload: &Upload, number: u32, sha256: &Digest) -> String {
    format!("{}/{number}/{sha256}", upload.id)
}

fn digest(record: &Record) -> Digest {
    record.part.sha256.expect("every record has a digest")
}

fn record(number: u32, text: &str) -> Option<Record> {
    let mut words = text.splitn(4, ' ');
    let size = words.next()?.parse().ok()?;
    let sha256 = Digest::from_hex(words.next()?)?;
    let offset = words.next()?.parse().ok()?;
    let file = words.next()?.to_owned();
    Some(Record { part: Part { number, size, etag: sha256.hex(), sha256: Some(sha256) }, file, offset })
}

fn remove(path: &Path) -> io::Result<()> {
    match effect::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

/// The file with all the bytes. Usually they lie in it already and only the last, shorter part is added;
/// doing it twice changes nothing.
fn assemble(dir: &Path, records: &[Record], size: u64) -> io::Result<PathBuf> {
    let (last, before) = records.split_last().expect("an upload is completed with its parts");
    let first = &records[0];
    let mut at = 0;
    let mut in_place = true;
    for record in before {
        in_place &= record.file == first.file && record.offset == at;
        at += record.part.size;
    }
    let data = dir.join(&first.file);
    // The last one is in its place already, or comes from another file.
    in_place &= last.file != first.file || last.offset == at;
    if in_place && (before.is_empty() || first.file.starts_with("data-")) {
        // Parts that were sent but are not wanted are overwritten or cut off here: they must not be found again.
        forget_others(dir, records)?;
        if last.file != first.file {
            append(&dir.join(&last.file), last, &data, at)?;
        }
        effect::set_len(&effect::open(File::options().write(true), &data)?, size)?;
        return Ok(data);
    }
    let whole = dir.join(format!("whole-{}", unique()));
    effect::open(File::options().write(true).create_new(true), &whole)?;
    let mut at = 0;
    for record in records {
        append(&dir.join(&record.file), record, &whole, at)?;
        at += record.part.size;
    }
    effect::sync_folder(dir)?;
    Ok(whole)
}

fn append(from: &Path, record: &Record, to: &Path, at: u64) -> io::Result<()> {
    let mut from = File::open(from)?;
    from.seek(SeekFrom::Start(record.offset))?;
    let mut to = effect::open(File::options().write(true), to)?;
    to.seek(SeekFrom::Start(at))?;
    effect::copy(&mut io::Read::take(from, record.part.size), &mut to).map(drop)
}

fn forget_others(dir: &Path, wanted: &[Record]) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let name = entry?.file_name();
        let number = name.to_str().and_then(|name| name.strip_prefix("record-")?.parse::<u32>().ok());
        if number.is_some_and(|number| wanted.iter().all(|record| record.part.number != number)) {
            remove(&dir.join(&name))?;
        }
    }
    Ok(())
}
